-- Makes and drops arrays of 8 MB, as the seven other states do; tells how much the process has.

local tine, me = tine, me -- luacheck: ignore 113

local function resident()
  local file <close> = assert(io.open "/proc/self/statm")
  return tonumber(file:read "a":match "%d+%s+(%d+)") * 4096 / 2 ^ 20
end

local peak = 0
for _ = 1, 60 do
  local a = tine.full("f64", 1 << 20, 1.0)
  a[1] = 2
  peak = math.max(peak, resident())
end
if me == 1 then io.write(("%.0f"):format(peak)) end
