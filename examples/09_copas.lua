-- One idea: a coroutine awaits a job while others go on. The scheduler is Copas, on luasocket's select, which takes a
-- job for a socket because it has getfd and dirty.
--
--   lua5.4 examples/09_copas.lua [seconds]        (needs copas and luasocket; Debian: lua-copas lua-socket)
--
-- Debian has Copas for Lua 5.1 only; the file works: LUA_PATH=";;/usr/share/lua/5.1/?.lua"

local tine = require "tine"
local copas = require "copas"

local seconds = tonumber(arg[1] or 2)

-- Waits as Copas does: it receives from what select says can be read. job:await calls this until the job is done.
local function with_copas(job)
  local socket = { getfd = function() return job:getfd() end, dirty = function() return job:done() end }
  function socket.close() end -- Copas closes what a coroutine used last
  function socket.receive()
    if job:done() then return "" end
    return nil, "timeout"
  end
  copas.receive(socket)
end

local open = 0

-- A coroutine that runs for so long and says what came of it.
local function worker(name, limit)
  open = open + 1
  copas.addthread(function()
    local job = tine.range(1, 1 << 50):map("sqrt"):timeout(limit):start "sum"
    print(name, job:await(with_copas))
    open = open - 1
  end)
end

worker("first", seconds)
worker("second", seconds / 2)

local ticks = 0
while open > 0 do
  copas.step(0.1)
  ticks = ticks + 1
  print("tick", ticks)
end
