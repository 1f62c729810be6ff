-- Functions as kernels within limits: closures share their code, what is kept of functions is bounded, and where there
-- is no memory that is said and nothing is lost. With limits_host.c.

local tine, limit, used = tine, limit, used -- luacheck: ignore 113

local function settle()
  collectgarbage()
  collectgarbage()
  return (used())
end

local xs = tine.array("f64", { 1, 2, 3 })
local body = ("x = x * 1.5 + by if x > by then x = x - 1 end "):rep(40)

local function maker(k)
  return assert(load(("return function(by) return function(x) %s return x + %d end end"):format(body, k)))()
end

-- Closures of one function, and as many of functions that differ: both are made, and kept.
local one = maker(0)
xs:map(one(1)):sum()
local before = settle()
do
  local same, others = {}, {}
  for k = 1, 100 do same[k] = xs:map(one(k)) end
  local shared = settle() - before
  for k = 1, 100 do others[k] = xs:map(maker(k)(k)) end
  local apart = settle() - before - shared
  assert(apart > 5 * shared, ("%d bytes shared, %d apart"):format(shared, apart))
  assert(same[7]:sum() ~= same[8]:sum() and others[7]:sum() ~= others[8]:sum())
end

-- What is kept of functions that are gone does not grow without end, be they large or small.
for _, make in ipairs { maker, function(k) return assert(load("return function(x) return x + " .. k .. " end")) end } do
  local most = 0
  settle()
  for k = 1, 3000 do
    xs:map(make(k)(k)):sum()
    if k % 50 == 0 then most = math.max(most, settle()) end -- the table is begun anew, so it rises and falls
    if k == 1000 then before = most end
  end
  assert(most < before * 1.5, ("%d bytes after 1000, %d after 3000"):format(before, most))
end

do -- nor with their size
  local large = ("x = x * 1.5 + by if x > by then x = x - 1 end "):rep(800)
  for k = 1, 100 do
    local f = assert(load(("return function(x) local by = %d %s return x end"):format(k, large)))()
    xs:map(f)
  end
  assert(settle() < 16 << 20, settle())
end

-- Versions for ever new constants of a module do not, either.
local pi = math.pi
local function area(x) local m = math return x * m.pi end
for k = 1, 1500 do
  rawset(math, "pi", k)
  assert(xs:map(area):sum() == 6.0 * k)
  if k == 300 then before = settle() end
end
rawset(math, "pi", pi)
assert(settle() < before * 1.2, "versions pile up")

-- Too little memory for each step in turn.
local refused = 0
limit(1 << 40)
for room = 0, 60000, 500 do
  settle()
  limit(tine.info().limits.used + room + 1)
  local ok, message = pcall(function() return xs:map(maker(room + 5000)(2)):sum() end)
  if not ok then
    refused = refused + 1
    assert(message:find "memory limit of this state", message)
  end
  limit(1 << 40)
  assert(xs:map(one(1)):sum() > 0)
end
assert(refused > 3, refused)
limit()
