-- Lua drops handles without calling their finalisers where its stack, or that of C, is at an end, and those that are
-- made while the state closes. What they own goes with the state all the same: limits_host.c looks for what is left.

local tine, limit = tine, limit -- luacheck: ignore 113

limit(64 << 20, 1)

local function first(p)
  local step, state = p:iter()
  return step(state)
end

-- One of each, garbage at once.
local function make()
  local a = tine.full("f64", 1000, 1.5)
  tine.slice(a):map("sqrt")
  a:sub(2)
  tine.kernel("add")
  assert(tine.kernel("a[x] + y", { a = a })(1, 2) == 3.5)
  first(a)
  first(a:filter("gt", 1))
  tine.pool { threads = 1 }
  a:start("sum")
end

-- Calls fn at that depth of C's stack.
local function down(depth, fn)
  if depth > 0 then return pcall(down, depth - 1, fn) end
  fn()
end

-- ... and of Lua's.
local function deeper(depth, fn)
  if depth > 0 then return 1, (deeper(depth - 1, fn)) end
  fn()
end

local before = tine.info().limits.used
for depth = 170, 200 do
  make()
  down(depth, collectgarbage)
end
for depth = 199960, 199999, 3 do
  make()
  pcall(deeper, depth, collectgarbage)
end
collectgarbage()
assert(tine.info().limits.used > before, "none was lost")

-- What was lost does no harm to what is made now.
local b = tine.range(1, 10):collect()
assert(b:sum() == 55 and first(b:map("neg")) == -1)

-- The first of these is finalised last, when the others have made what nobody finalises.
local made = {}
setmetatable({}, { __gc = function()
  for _, a in ipairs(made) do assert(a:sum() == 1500) end
end })
for _ = 1, 3 do
  setmetatable({}, { __gc = function()
    make()
    made[#made + 1] = tine.full("f64", 1000, 1.5)
  end })
end
