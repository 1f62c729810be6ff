-- When is tine too much? A dot product of n items: a plain Lua loop over tables, a plain C loop (small.c, compiled with
-- -O2 by the compiler in CC), and tine, with the pipeline built for every run and with one that is kept. A dot product
-- is about the cheapest work there is; dearer work pays from fewer items on.
--
--   make bench        or       LUA_CPATH="./build/?.so;;" lua5.4 spec/bench/small.lua

local tine = require "tine"

local LENGTHS = { 1, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000, 1000000, 10000000 }
local ROUNDS, ITEMS_A_ROUND = 9, 2000000

-- Seconds a call of fn(...), the best of some rounds that are each long enough to be measured.
local function shortest(n, fn, ...)
  local calls, least = ITEMS_A_ROUND // (n + 200) + 1, math.huge
  for _ = 1, ROUNDS do
    local start = tine.clock()
    for _ = 1, calls do fn(...) end
    least = math.min(least, (tine.clock() - start) / calls)
  end
  return least
end

local function loop(xs, ys)
  local sum = 0.0
  for i = 1, #xs do sum = sum + xs[i] * ys[i] end
  return sum
end

local function build_and_run(xs, ys) return xs:zip(ys):map("mul"):sum() end

-- Seconds of the C loop, one for each length; none without a compiler.
local function c_times()
  local program, times = os.tmpname(), {}
  local source = arg[0]:gsub("%.lua$", ".c")
  if os.execute(("%s -std=c11 -O2 -o %s %s"):format(os.getenv "CC" or "cc", program, source)) then
    local pipe <close> = assert(io.popen(program .. " " .. table.concat(LENGTHS, " ")))
    for line in pipe:lines() do times[#times + 1] = tonumber(line) end
  end
  os.remove(program)
  return times
end

-- The least of LENGTHS from which on `ours` is never slower than `theirs`.
local function break_even(ours, theirs)
  local from
  for k = #LENGTHS, 1, -1 do
    if not theirs[k] or ours[k] > theirs[k] then break end
    from = LENGTHS[k]
  end
  return from or "-"
end

local c, lua, built, kept = c_times(), {}, {}, {}
print(("dot product of f64, %d threads, best of %d; microseconds a run"):format(tine.threads(), ROUNDS))
print("       n     Lua loop       C loop   tine, built    tine, kept")
for k, n in ipairs(LENGTHS) do
  local xs <close> = tine.linspace(0, 1, n)
  local ys <close> = tine.linspace(1, 2, n)
  local pipeline = xs:zip(ys):map("mul")
  lua[k] = shortest(n, loop, xs:totable(), ys:totable())
  built[k] = shortest(n, build_and_run, xs, ys)
  kept[k] = shortest(n, pipeline.sum, pipeline)
  print(("%8d %12.3f %12s %13.3f %13.3f"):format(
    n, lua[k] * 1e6, c[k] and ("%.3f"):format(c[k] * 1e6) or "-", built[k] * 1e6, kept[k] * 1e6))
end

local function verdict(name, theirs)
  print(("tine is as fast as the %s loop from n = %s on; with a pipeline that is kept, from n = %s on"):format(
    name, break_even(built, theirs), break_even(kept, theirs)))
end

verdict("Lua", lua)
verdict("C", c)
