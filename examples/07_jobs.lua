-- One idea: a run need not be waited for. Here a clock ticks while a job integrates; then a second job is given only a
-- moment, and a third is cancelled.
--
--   lua5.4 examples/07_jobs.lua [points]
--
-- p:start(terminal, ...) runs it on other threads and gives a Job at once.

local tine = require "tine"

local n = math.tointeger(tonumber(arg[1] or 100000000)) or error("the number of points must be an integer", 0)

-- 4 / (1 + x * x) over [0, 1], whose integral is pi, at n points: a pipeline, nothing runs yet.
local x = tine.range(1, n):map("sub", 0.5):map("div", n)
local curve = 4 / (x * x + 1)

local job = curve:start "sum"
print(job)
repeat
  local sum, why = job:wait(0.1) -- seconds; nil, "timeout" while it runs
  if why then
    local done, total = job:progress()
    print(("tick: %3d %%"):format(total and 100 * done // total or 0))
  else
    print(("pi is about %.9f"):format(sum / n))
  end
until sum

-- A limit belongs to the pipeline: with it every terminal gives up, with nil, "timeout", and a code.
local endless = tine.range(1, 1 << 50):map("sqrt")
print("with a limit:", endless:timeout(0.05):sum())

-- A job ends with its scope, or when it is told to.
do
  local forgotten <close> = endless:start "sum" -- cancelled and waited for at the 'end'
  assert(not forgotten:done())
end
local last = endless:start "sum"
last:cancel()
print("cancelled:", last:wait())
