-- What tine is held to in time: small runs beside plain loops, elements beside those of tables, how soon Ctrl-C,
-- timeouts and cancels are obeyed, what an idle pool uses. Ratios where there is something to compare with in the same
-- run, the least of several attempts each. Nothing fails here: a busy machine may miss any of them. What of it can be
-- shown by counting, the tests show: spec/core/small_test.c, prompt_test.c, quiet_test.c.
--
--   make bench   or   make build/bench/latency && LUA_CPATH="./build/?.so;;" lua5.4 spec/bench/latency.lua [--quick]

local tine = require "tine"

local quick = arg[1] == "--quick"
local build = os.getenv "TINE_BUILD" or "build"
local N, ROUNDS, ATTEMPTS = 500000, quick and 2 or 7, quick and 1 or 3

local missed = 0

local function report(what, figure, limit, unit)
  local held = figure <= limit
  if not held then missed = missed + 1 end
  print(("%-58s %9.3f %-5s  <= %-6g %s"):format(what, figure, unit, limit, held and "held" or "not held"))
end

-- The best of several rounds, in seconds.
local function best(fn)
  local least = math.huge
  for _ = 1, ROUNDS do
    local start = os.clock()
    fn()
    least = math.min(least, os.clock() - start)
  end
  return least
end

local function ratio(what, limit, ours, theirs)
  local least = math.huge
  for _ = 1, ATTEMPTS do least = math.min(least, best(ours) / best(theirs)) end
  report(what, least, limit, "times")
end

local function read(t)
  local sum = 0.0
  for i = 1, N do sum = sum + t[i] end
  return sum
end

local function elements()
  local array, plain = tine.full("f64", N, 1), {}
  for i = 1, N do plain[i] = 1.0 end
  ratio("an element is read, beside one of a table", 5, function() read(array) end, function() read(plain) end)
  ratio("an element is iterated over, beside reading it", 1.2, function()
    local sum = 0.0
    for x in array:iter() do sum = sum + x end
    return sum
  end, function() read(array) end)
end

-- The whole expression, its pipeline built each time, beside a loop over tables of 200 items.
local function dot(n)
  local xs, ys = tine.linspace(0, 1, n), tine.linspace(1, 2, n)
  local us, vs = tine.linspace(0, 1, 200):totable(), tine.linspace(1, 2, 200):totable()
  ratio(("a dot product of %d, beside a Lua loop over 200"):format(n), 1, function()
    for _ = 1, 2000 do xs:zip(ys):map("mul"):sum() end
  end, function()
    for _ = 1, 2000 do
      local sum = 0.0
      for i = 1, 200 do sum = sum + us[i] * vs[i] end
    end
  end)
end

-- Milliseconds between a SIGINT and the end of a script that waits in `body`. Both look at the system's clock.
local function interrupted_after(body)
  local path, least = os.tmpname(), math.huge
  local file <close> = assert(io.open(path, "w"))
  file:write(([[
    local tine = require "tine"
    local slow = tine.range(1, 1 << 50):map("sqrt"):map("sin")
    local killer = io.popen "sleep 0.3; date +%%s.%%N; kill -INT $PPID"
    pcall(function() %s end)
    local clock = io.popen "date +%%s.%%N"
    print(clock:read "n" - killer:read "n")]]):format(body))
  file:close()
  for _ = 1, ATTEMPTS do
    local pipe <close> = assert(io.popen(("'%s' %s"):format(arg[-1], path)))
    least = math.min(least, pipe:read "n" or math.huge)
  end
  os.remove(path)
  return least * 1e3
end

print("what is held to a time; the least of several attempts")
local pipe = io.popen(("%s/bench/latency %s"):format(build, quick and "--quick" or ""))
for line in pipe:lines() do
  local what, figure, limit, unit = line:match "^(.-)\t(.-)\t(.-)\t(.*)$"
  report(what, tonumber(figure), tonumber(limit), unit)
end
pipe:close()
elements()
dot(10)
dot(1000)
for _, case in ipairs {
  { "a fold", "slow:sum()" },
  { "a search", "slow:filter('gt', 2.0):find_first('gt', 3)" },
  { "collect", "slow:filter('gt', 2.0):collect()" },
  { "short runs, one after the other", "while true do slow:take(1 << 22):collect() end" },
  { "an iterator", "for _ in slow:filter('gt', 2.0):iter() do end" },
  { "waiting for a job", "slow:start('sum'):wait()" },
  { "closing a pool", "local pool = tine.pool { threads = 2 } slow:on(pool):start 'sum' pool:close()" },
} do
  report("Ctrl-C ends " .. case[1] .. " after", interrupted_after(case[2]), 100, "ms")
end
print(missed == 0 and "all held" or ("%d not held"):format(missed))
