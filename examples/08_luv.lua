-- One idea: in an event loop a job is one more descriptor. libuv's loop, from luv, watches it and a timer, and none
-- keeps the other waiting.
--
--   lua5.4 examples/08_luv.lua [seconds]        (needs luv; Debian: lua-luv)

local tine = require "tine"
local uv = require "luv"

local seconds = tonumber(arg[1] or 2)

-- More items than can be done: the limit ends it after those seconds.
local job = tine.range(1, 1 << 50):map("sqrt"):timeout(seconds):start "sum"

local ticks = 0
local timer = uv.new_timer()
timer:start(100, 100, function()
  ticks = ticks + 1
  print(("tick %d: %d items"):format(ticks, (job:progress())))
end)

-- Readable once the job is done: then wait gives what there is without waiting.
local poll = uv.new_poll(job:getfd())
poll:start("r", function()
  poll:close() -- first: the descriptor is the job's
  timer:close()
  print("the job gives", job:wait())
end)

uv.run()
print(("%d ticks"):format(ticks))
