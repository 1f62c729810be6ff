-- Kernels that a text tells hold memory of the state's, and more with every combination of types that they are asked
-- for: all of it counts, is refused where there is no more, and is there again when they are gone.

local tine, limit = tine, limit -- luacheck: ignore 113

local MB <const> = 1 << 20
local DTYPES <const> = { "bool", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "f32", "f64" }

local function bytes() return tine.info().limits.used end

local function refused(fn, ...)
  local ok, message = pcall(fn, ...)
  if ok or not message:find "memory limit of this state: %d+ bytes wanted, %d+ of %d+ in use" then
    error(ok and "not refused" or message, 2)
  end
  assert(not message:find("bad argument", 1, true), message)
end

local function collected()
  collectgarbage()
  collectgarbage()
  return bytes()
end

limit(4 * MB)
tine.range(1, 10):map("x + 1"):sum()
local before = collected()

-- Texts, values and the arrays that they look into.
refused(function()
  local list = {}
  while true do list[#list + 1] = tine.kernel("x*y + " .. #list) end
end)
refused(tine.kernel, "x" .. (" + x"):rep(MB // 8))
refused(tine.kernel, "x + " .. ("v"):rep(5 * MB), { [("v"):rep(5 * MB)] = 1 })
assert(collected() <= before + 1000, bytes() - before)
do
  local a = tine.full("u8", 3 * MB, 7)
  local k = tine.kernel("a[x]", { a = a })
  a:close()
  refused(tine.zeros, "u8", 2 * MB)
  assert(k(3 * MB) == 7 and k:signature("u8") == "u8 -> u8")
end
assert(collected() <= before + 1000, bytes() - before)
tine.zeros("u8", 3 * MB):close()

-- Types, until there is no more memory; what was known before is still known, and what is refused can be had later.
local function every_combination(k)
  for _, a in ipairs(DTYPES) do
    for _, b in ipairs(DTYPES) do
      for _, c in ipairs(DTYPES) do
        for _, d in ipairs(DTYPES) do k:signature(a, b, c, d) end
      end
    end
  end
end
local k = tine.kernel "x*y + z*w"
assert(k(2, 3, 4, 5) == 26 and k:signature("u8", "i8", "bool", "u16") == "u8 i8 bool u16 -> i64")
local known = bytes()
refused(every_combination, k)
assert(bytes() > 3 * MB)
for _ = 1, 100 do
  assert(k(2, 3, 4, 5) == 26 and k:signature("u8", "i8", "bool", "u16") == "u8 i8 bool u16 -> i64")
end
limit(bytes())
refused(k, 2.5, 3, true, 5)
refused(k.signature, k, "f32", "f64", "f64", "f32")
refused(tine.kernel, "x + 1")
limit(known + 64 * MB)
assert(k(2.5, 3, 4, 5) == 27.5 and k:signature("f32", "f64", "f64", "f32") == "f32 f64 f64 f32 -> f64")
every_combination(k)
assert(bytes() > known + 4 * MB)
k = nil -- luacheck: ignore 311
assert(collected() <= before + 1000, bytes() - before)

-- Garbage counts only until it is collected, whoever asks.
collectgarbage("incremental", 1000, 1) -- hardly ever by itself
limit(before + MB)
for _ = 1, 20 do
  k = tine.kernel "x*y + z*w"
  for i = 1, 300 do k:signature(DTYPES[i % 11 + 1], DTYPES[i // 11 % 11 + 1], DTYPES[i // 121 % 11 + 1], "f64") end
end
limit(collected() + MB // 4)
local VALUES <const> = { 1, 1.5, true }
for _ = 1, 20 do
  k = tine.kernel "x*y + z*w"
  for i = 0, 80 do k(VALUES[i % 3 + 1], VALUES[i // 3 % 3 + 1], VALUES[i // 9 % 3 + 1], VALUES[i // 27 + 1]) end
end

-- A job has what it needs charged to the state, and is refused no less.
limit(collected() + 100000)
k = tine.kernel "x*y + 1"
assert(tine.range(1, 1000):zip(tine.range(1, 1000)):map(k):start("sum"):wait() == 333834500)
refused(function() return tine.range(1, MB):map("x*2 + 1"):start("collect"):wait() end)
