-- What a script does with handles, and finalisers of its own, passes no limit and keeps nothing.

local tine, limit, threads = tine, limit, threads -- luacheck: ignore 113

-- It cannot take the finaliser of arrays away: else nobody would give this one back.
local meta = tine.Array
for _, limits in ipairs { { 1 << 20 }, { 0, 2 }, { 0, 0, true }, { 0, 0, false, true } } do
  limit(table.unpack(limits))
  local xs = tine.zeros("f64", 100)
  assert(tine.Array == nil and getmetatable(xs) == "tine.Array")
  assert(not pcall(setmetatable, xs, {}))
  limit()
  assert(tine.Array == meta and getmetatable(xs) == meta)
end

local function collect()
  collectgarbage()
  collectgarbage()
end

-- A pool that only its job keeps has its threads still, until that is over.
local before = threads()
limit(64 << 20, 3)
local job = tine.range(1, 1 << 50):map("sqrt"):on(tine.pool { threads = 3 }):start "sum"
collect()
assert(not pcall(tine.pool, { threads = 2 }) and threads() <= before + 2, threads())
job:cancel()
job:wait()
tine.pool { threads = 3 }
collect()
tine.range(1, 1 << 50):map("sqrt"):on(tine.pool { threads = 3 }):timeout(0.01):start "sum"
collect()
repeat until pcall(tine.pool, { threads = 3 }) -- nobody waited for it
local used
repeat -- what ends on other threads gives its memory back a little later
  used = tine.info().limits.used
  collect()
until threads() <= before and tine.info().limits.used == used

-- A finaliser that makes a pool while memory is looked for to make one in.
limit(used + (1 << 20), 4)
local filling, made = tine.zeros("u8", used + (1 << 20) - tine.info().limits.used - 3000), nil
setmetatable({}, { __gc = function()
  filling:close()
  made = tine.pool { threads = 4 }
end })
assert(not pcall(tine.pool, { threads = 4 }) and made:threads() == 4)
assert(threads() <= before + 3, threads())

-- One that closes the pool of the run that memory is looked for for.
limit(50 << 20, 8)
local pool, hog = tine.pool { threads = 2 }, tine.zeros("u8", 30 << 20)
local run = tine.range(1, 4 << 20):map("sqrt"):on(pool)
local function at_collection(fn) setmetatable({}, { __gc = fn }) end
at_collection(function()
  hog:close()
  pool:close()
end)
local well, message = pcall(run.collect, run)
assert(not well and message:find("attempt to use a closed pool", 1, true), message)
hog, pool = tine.zeros("u8", 30 << 20), tine.pool { threads = 2 }
run = run:on(pool)
at_collection(function() hog:close() end)
assert(#run:collect() == 4 << 20)
