-- Functions as kernels on several threads, in a state that notes who calls it (thread_host.c), or in eight at once
-- (states_host.c).

local tine, noted = require "tine", noted -- luacheck: ignore 113
local pool <close> = tine.pool { threads = 4 }
local scale, limit = 2.5, 20

local function escape(x, y)
  local a, b = 0.0, 0.0
  for k = 1, limit do
    if a * a + b * b > 4 then return k end
    a, b = a * a - b * b + x, 2 * a * b + y * scale
  end
  return 0
end

local kept = tine.kernel(escape, { name = "escape" })
local xs, ys = tine.linspace(-2, 1, 20000), tine.linspace(-1, 1, 20000)

for round = 1, 3 do
  scale = round
  local p = xs:zip(ys):on(pool)
  assert(p:map(escape):sum() >= 0)
  assert(p:map(kept):sum() >= 0)
  assert(p:filter(function(x, y) return x * x + y * y < scale end):count() > 0)
  assert(xs:on(pool):reduce(function(a, b) return a < b and b or a end) == 1)
  local job = p:map(escape):start "sum"
  assert(job:wait() >= 0)
  local ok, message = pcall(function()
    tine.range(1, 20000):on(pool):map(function(n) return 1 // (n - 15000) end):sum()
  end)
  assert(not ok and message:find("failed at item 15000", 1, true), message)
  job = xs:map(function(x) while x == x do x = x + 1 end return x end):on(pool):start "sum"
  job:cancel()
end

if noted then
  local calls, strangers = noted()
  assert(calls > 1000 and strangers == 0, strangers)
end
