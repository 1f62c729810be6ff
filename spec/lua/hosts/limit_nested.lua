-- The byte limit holds whatever a script does inside of its own terminals, and nothing is left on the host's thread.
-- A global from the host: in_use() - does this thread use an account at the moment?
local tine = require "tine"
local limit, in_use = _G.limit, _G.in_use -- luacheck: ignore
local MB <const> = 1 << 20
limit(8 * MB, 1)

local function fails(...)
  local ok, message = pcall(...)
  assert(not ok and tostring(message):find("memory limit of this state", 1, true), message)
  assert(not in_use())
end

-- What a progress function may do: build, fail to build, make arrays, collect garbage, in a coroutine or not.
local what = {
  function() return tine.range(1, 1) end,
  function() return tine.range(1, 10):map("sqrt"):filter("gt", 1) end,
  function() assert(not pcall(tine.range, 1, 10, 0)) end,
  function() assert(not pcall(function() return tine.range(1, 10):map("nothing like it") end)) end,
  function() assert(not pcall(function() return tine.range(1, 10) + "x" end)) end,
  function() return tine.zeros("f64", 10):sub(2, 3) end,
  function() collectgarbage() end,
  function() coroutine.wrap(function() coroutine.yield(tine.range(1, 10)) end)() end,
  function() assert(tine.range(1, 10):sum() == 55) end,
}

-- Few items are kept, so that the account is full only long after the first report is due.
local function kept_slowly()
  local all = tine.range(1, 1 << 40)
  return all:filter(all:map("mod", 16):map("eq", 0)):sequential()
end

local function grows(f)
  local called = 0
  local p = kept_slowly():progress(function()
    called = called + 1
    assert(not in_use()) -- what is made here is charged when it is made
    f()
  end, 0.001)
  fails(p.collect, p)
  assert(called > 0)
end

for _, f in ipairs(what) do grows(f) end
for _, f in ipairs(what) do coroutine.wrap(grows)(f) end
assert(tine.info().limits.used < MB, tine.info().limits.used)

-- A progress function that fails, and one that fills the account itself.
do
  local p = tine.range(1, 20000000):map("sqrt"):sequential():progress(function() error "enough" end, 0.001)
  local ok, message = pcall(p.sum, p)
  assert(not ok and message:find "enough" and not in_use())
  local kept = {}
  p = tine.range(1, 20000000):map("sqrt"):map("exp"):sequential():progress(function()
    kept[#kept + 1] = tine.zeros("u8", MB)
  end, 0.001)
  fails(p.sum, p)
  assert(#kept <= 8)
end
collectgarbage()

-- A hook, in the main thread.
do
  local hooked = 0
  local p = kept_slowly():progress(function()
    debug.sethook(function()
      debug.sethook()
      hooked = hooked + 1
      return tine.range(1, 10):map("sqrt")
    end, "c")
  end, 0.001)
  fails(p.collect, p)
  assert(hooked > 0)
end

-- Iterators call back between their windows.
for x in tine.range(1, 100000):filter("gt", 5):iter() do
  if x % 10000 == 0 then
    tine.range(1, 10):map("sqrt")
    assert(not in_use())
  end
end
tine.range(1, 3000):each(function()
  tine.range(1, 2)
  assert(not in_use())
end)
fails(function() tine.range(1, 3000):each(function() return tine.zeros("u8", 9 * MB) end) end)
fails(tine.zeros, "u8", 9 * MB)
