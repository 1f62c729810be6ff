-- What functions captured within limits: what is kept of functions keeps no array, no kernel and no circle of them, and
-- a captured function is read once. With limits_host.c.

local tine, used, limit = tine, used, limit -- luacheck: ignore 113

local function settle()
  collectgarbage()
  collectgarbage()
  return (used())
end

local ns = tine.array("i64", { 1, 2, 3, 4 })

-- After a first time nothing more stays.
local function leaves_nothing(name, use, most)
  use(1)
  local before = settle()
  for k = 1, 200 do use(k) end
  local after = settle()
  assert(after < before + most, ("%s: %d bytes before, %d after"):format(name, before, after))
end

leaves_nothing("an array", function()
  local lut = tine.zeros("f64", 100000)
  assert(ns:map(function(i) return lut[i] or 1.0 end):sum() == 0)
end, 20000)

leaves_nothing("an array that a text looks into", function()
  local look = tine.kernel("lut[x]", { lut = tine.zeros("f64", 100000) })
  assert(ns:map(function(i) return look(i) end):sum() == 0)
end, 20000)

leaves_nothing("functions with values of their own", function(k)
  local function inner(x) return x * k end
  local function outer(x) return inner(x) + k end
  assert(ns:map(outer):sum() == 14 * k)
end, 20000)

leaves_nothing("functions that know each other", function(k)
  local f, g
  function f(x)
    if false then return g(x) end -- luacheck: ignore 511
    return x + k
  end
  function g(x) return f(x) * 2 end
  assert(ns:map(f):sum() == 10 + 4 * k and ns:map(g):sum() == 20 + 8 * k)
end, 20000)

leaves_nothing("other functions that know each other", function(k)
  local text = "local f, g function f(x) if false then return g(x) end return x + %d end "
    .. "function g(x) return f(x) * 2 end return f, g"
  local f, g = assert(load(text:format(k % 3)))()
  assert(ns:map(f):sum() == 10 + 4 * (k % 3) and ns:map(g):sum() == 20 + 8 * (k % 3))
end, 60000)

leaves_nothing("kernels that captured kernels of the same function", function()
  local k = tine.kernel "abs"
  local function f(x) return k(x) end
  for _ = 1, 4 do k = tine.kernel(f) end
  assert(ns:map(f):sum() == 10)
end, 20000)

-- A captured function is read once: after that a closure costs hardly more than its values.
local long = ("x = x * 1.5 + n if x > n then x = x - 1 end "):rep(200)
local make = assert(load(("return function(n) local function f(x) %s return x end return function(x) return f(x) "
  .. "end end"):format(long)))()
ns:map(make(1)):sum()
local before, kept = settle(), {}
for k = 1, 50 do kept[k] = ns:map(make(k)) end
assert((settle() - before) / #kept < 8000, ("%d bytes each"):format((settle() - before) // #kept))

-- Too little memory for each step in turn.
local refused, lut = 0, tine.array("f64", { 1, 2, 3, 4 })
limit(1 << 40)
for room = 0, 60000, 500 do
  settle()
  limit(tine.info().limits.used + room + 1)
  local source = ("local lut, min = ... local function f(x) return min(lut[x] or 0.0, %d) end "
    .. "return function(x) return f(x) end"):format(room + 5)
  local ok, message = pcall(function() return ns:map(assert(load(source))(lut, tine.kernel "min")):sum() end)
  if ok then assert(message == 10) end
  if not ok then
    refused = refused + 1
    assert(message:find "memory limit of this state", message)
  end
  limit(1 << 40)
end
assert(refused > 3, refused)
limit()
