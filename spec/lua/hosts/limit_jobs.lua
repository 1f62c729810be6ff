-- Jobs have no threads beyond those that a state may have, and are done all the same.

local tine, limit, threads = tine, limit, threads -- luacheck: ignore 113

local function endless() return tine.range(1, 1 << 50):map "sqrt" end

local most = tonumber(os.getenv "TINE_SPEC_LIMIT") or 1
limit(64 << 20, most)
local before = threads()

-- Many at once, of which none ends.
local jobs = {}
for i = 1, 300 do jobs[i] = endless():start "sum" end
assert(threads() <= before + most - 1, threads())
for i = 1, 300 do jobs[i]:cancel() end
for i = 1, 300 do assert(select(2, jobs[i]:wait()) == "cancelled") end

-- However they are asked for.
local xs = tine.linspace(0, 1, 1000)
assert(xs:start("sum"):wait() == xs:sum())
assert(xs:start("sum"):wait(60) == xs:sum())
local job = xs:start "sum"
while not job:done() do end
assert(job:wait() == xs:sum())
job = xs:start "sum"
while not job:dirty() do end
assert(job:getfd() >= 0)
assert(xs:start("sum"):await() == xs:sum())
local co = coroutine.wrap(function() return xs:start("sum"):await() end)
local got = co()
while type(got) ~= "number" do got = co() end
assert(got == xs:sum())
assert(select(2, endless():timeout(0.01):start("sum"):wait()) == "timeout")
local to = tine.zeros("f64", 1000)
xs:start("collect_into", to):wait()
assert(to:eq(xs))

-- On a pool of the script's, too; and what is dropped keeps no array.
if most > 1 then
  local pool <close> = tine.pool { threads = 1 }
  for i = 1, 300 do jobs[i] = xs:on(pool):start "sum" end
  assert(threads() <= before + most - 1, threads())
  assert(jobs[300]:wait() == xs:sum() and jobs[1]:done())
end
xs:start("collect_into", to)
collectgarbage()
collectgarbage()
while not pcall(to.fill, to, 0) do end

-- Those left are ended with the state.
for i = 1, 300 do jobs[i] = (i % 2 == 0 and endless() or xs):start "sum" end
assert(threads() <= before + most - 1, threads())
