-- A script that forks while a job of its own has its arrays: the child has neither the job nor what that borrowed.

local tine, limit, child, threads = tine, limit, child, threads -- luacheck: ignore 113

local most = tonumber(os.getenv "TINE_SPEC_LIMIT") or 0
limit(0, most)

local xs, to = tine.linspace(0, 1, 1000), tine.zeros("f64", 1000)
local endless = xs:chain(tine.range(1.0, 2 ^ 50)):map "sqrt"
local job = endless:start "sum"
local into = xs:map("sqrt"):start("collect_into", to)
local had = tine.threads()
local busy = "array is in use by a running job"
assert(select(2, pcall(xs.fill, xs, 5)):find(busy, 1, true))

assert(child(function()
  assert(select(2, job:wait()) == "cancelled" and select(2, job:wait(0)) == "cancelled" and job:done())
  xs[1] = 5
  assert(xs:max() == 5)
  xs:sort()
  to:fill(1)
  -- Loans that are made here are those of here, whatever becomes of the parent's.
  local own = endless:start "sum"
  job, into = nil, nil
  collectgarbage()
  collectgarbage()
  assert(select(2, pcall(xs.fill, xs, 5)):find(busy, 1, true))
  own:cancel()
  assert(select(2, own:wait()) == "cancelled")
  xs:fill(2)
  assert(xs:start("sum"):wait() == 2000)
  -- Threads, too, as many as may be.
  assert(tine.threads() == had and (most == 0 or threads() <= most))
  assert(tine.range(1, 1e6):map("sqrt"):sum() > 0)
end))

-- One that is in a loop over what is lent goes on, and so does the parent.
local n = 0
for x in xs:map("mul", 1):iter() do
  n = n + 1
  if n == 10 then
    assert(child(function()
      for i = 1, 1000 do xs[i] = i end
      collectgarbage()
      assert(xs:sum() == 500500)
    end))
  end
  assert(x >= 0)
end
assert(n == 1000)
assert(xs:sum() > 499)
job:cancel()
assert(select(2, job:wait()) == "cancelled")
into:wait()
xs:fill(1)
