-- A limit of bytes: nothing a script does makes the engine have more, and it gets back what it lets go.

local tine, limit, used = tine, limit, used -- luacheck: ignore 113

local MB <const> = 1 << 20
local fixed = used()

local function refused(fn, ...)
  local ok, message = pcall(fn, ...)
  if ok or not message:find "memory limit of this state: %d+ bytes wanted, %d+ of %d+ in use" then
    error(ok and "not refused" or message, 2)
  end
end

limit(8 * MB)
assert(tine.info().limits.bytes == 8 * MB and tine.info().limits.used == 0)
tine.range(1, 100000):sum() -- makes the default pool, which is nobody's
local pools = used() - fixed
used()

-- Arrays, all at once and one after the other; what is freed is there again.
refused(tine.zeros, "f64", MB + 1)
refused(tine.full, "u8", 9 * MB, 1)
refused(tine.frombytes, "u8", ("x"):rep(9 * MB))
local kept = {}
refused(function()
  while true do kept[#kept + 1] = tine.zeros("u8", 100000) end
end)
assert(#kept > 80 and #kept <= 83, #kept)
for _, a in ipairs(kept) do a:close() end

-- Stages of an array's own, which combining a single one makes, and questions about it.
do
  local numbers <const>, list = tine.zeros("u8", 10), {}
  refused(function() while true do list[#list + 1] = tine.zip(numbers) end end)
  list = {}
  refused(function() while true do list[#list + 1] = tine.chain(numbers) end end)
  list = nil
  collectgarbage()
  collectgarbage()
  collectgarbage "stop"
  local before <const> = tine.info().limits.used
  for _ = 1, 100 do numbers:kind() end
  assert(tine.info().limits.used > before + 10000)
  collectgarbage "restart"
end
kept = nil
assert(tine.info().limits.used < 100000, tine.info().limits.used)
for _ = 1, 100 do
  local a <close> = tine.zeros("u8", 7 * MB)
  assert(#a == 7 * MB)
end
for _ = 1, 20 do tine.zeros("u8", 1 * MB) end -- garbage counts only until it is collected
collectgarbage()

-- What a view or a pipeline keeps is still charged.
local view
do
  local a <close> = tine.zeros("u8", 7 * MB)
  view = a:sub(1, 1)
end
refused(tine.zeros, "u8", 2 * MB)
view:close()
tine.zeros("u8", 2 * MB):close()
local p
do
  local a <close> = tine.zeros("u8", 7 * MB)
  p = a:map("neg")
end
refused(tine.zeros, "u8", 2 * MB)
assert(p:kind() == "indexed")
p = nil -- luacheck: ignore 311
collectgarbage()
tine.zeros("u8", 2 * MB):close()

-- Results, of known size and not, of every terminal that gives arrays; and what runs need on their way.
local million = tine.range(1, 4 * MB)
local few = tine.range(1, 100000):collect("i32")
refused(million.collect, million)
refused(tine.array, "f64", million)
refused(function() million:filter("gt", 3):collect() end)
refused(function() million:partition("gt", 3) end)
refused(function() million:scan("add") end)
refused(function() million:sorted("desc") end)
refused(function() million:unique() end)
refused(function() million:count_by() end)
refused(function() million:top(2 * MB) end)
refused(function() million:positions("gt", 3):collect() end)
refused(function() million:zip(million):flat_map("repeat"):collect() end)
refused(function() tine.rep(1, 4):zip(tine.rep(MB, 4)):flat_map("repeat"):collect() end)
refused(function() few:histogram(0, 1, 4 * MB) end)
refused(function()
  local wide = few
  for _ = 1, 20 do wide = wide:zip(few) end
  wide:sorted()
end)
refused(function() tine.random(900000, 1):collect():sort() end)
assert(million:filter("gt", 3):count() == 4 * MB - 3) -- needs next to nothing
assert(few:sorted("desc")[1] == 100000)

-- Without arrays: pipelines, pools, names that nobody receives.
refused(function()
  local list = {}
  while true do list[#list + 1] = million:map("neg"):chain(tine.range(1, 10)):filter("gt", 3) end
end)
collectgarbage()
refused(function()
  local list = {}
  while true do list[#list + 1] = tine.pool { threads = 1 } end
end)
collectgarbage()
refused(function()
  while true do few:share() end
end)

local now, most = used()
assert(most - fixed - pools < 8 * MB + 3 * MB, ("%d bytes were in use"):format(most - fixed - pools))
assert(now <= most)

-- Iterators: their windows count, too, and a loop over a huge pipeline stays in them.
limit(tine.info().limits.used + 1 * MB)
local seen = 0
for x in million:map("add", 1):iter() do
  seen = seen + 1
  if x > 300000 then break end
end
assert(seen == 300000)
limit(tine.info().limits.used + 24 * MB)
for _ in million:filter("gt", 3):iter() do
  seen = seen + 1
  if seen > 400000 then break end
end
limit(1)
refused(tine.zeros, "u8", 1)
refused(function() for _ in million:iter() do error "an item" end end)
refused(function() million:map("neg") end)

-- Limits can be lifted.
limit()
assert(tine.info().limits.bytes == nil and #million:collect() == 4 * MB)
