-- What a script sees of the host's interrupt: see interrupt_host.c.

local tine = require "tine"
local soon, set, clear, install = soon, set, clear, install -- luacheck: ignore 113

local slow = tine.range(1, 1 << 50):map("sqrt"):map("sin")
local a = tine.random(1 << 20, 7):collect()

local function interrupted(fn, ...)
  local ok, why = pcall(fn, ...)
  assert(not ok and why:find "interrupted!$", why)
end

for _, run in ipairs {
  function() slow:sum() end,
  function() slow:sequential():filter("gt", 2.0):collect() end,
  function() slow:filter("gt", 2.0):each(function() end) end,
  function() for _ in slow:iter() do end end,
  function() slow:filter("gt", 2.0):totable() end,
  function() slow:fold_chunks(1 << 49, "add"):sum() end,
  function() slow:start("sum"):wait() end,
  function() slow:start("sum"):wait(600) end,
  function() while true do a:argsort() end end,
  function() while true do a:copy() end end,
} do
  soon()
  interrupted(run)
  interrupted(run) -- as long as it is set
  interrupted(tine.range(1, 3).sum, tine.range(1, 3)) -- as short as it is
  clear()
  assert(tine.range(1, 3):sum() == 6)
end

-- What is no run, but long.
local b, list = tine.zeros("f64", 1 << 22), {}
local bytes, path = b:tobytes(), os.tmpname() .. ".npy"
b:save(path)
for i = 1, 10000 do list[i] = i end
for _, work in ipairs {
  function() b:fill(1) end, function() b:equal(b) end, function() b:tobytes() end, function() b:totable() end,
  function() tine.linspace(0, 1, 1 << 22) end, function() tine.full("i64", 1 << 22, 7) end,
  function() tine.frombytes("f64", bytes) end, function() tine.array("f64", list) end, function() b:copy() end,
  function() b:save(path) end, function() tine.load(path) end,
} do
  set()
  interrupted(work)
  clear()
  work()
end

os.remove(path)
os.remove((path:gsub("%.npy$", "")))

-- A job that was started before is ended, whoever waits for it.
local job = slow:start "sum"
set()
interrupted(job.wait, job)
clear()
local sum, why = job:wait()
assert(sum == nil and why == "cancelled")

-- In coroutines.
soon()
coroutine.wrap(function() interrupted(slow.sum, slow) end)()
clear()

-- The state lets go of it in the midst of a run, and it is another's from then on.
local told
local p = slow:progress(function()
  told = told or install(true) or install(false) or true
end, 0.001):timeout(0.3)
assert(select(2, p:sum()) == "timeout" and told)
