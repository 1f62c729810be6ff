-- Run by states_host: jobs of eight states read and write one array at once. Each borrows it or is refused; and
-- when all are over it is free.
local tine, me, send, receive = tine, me, send, receive -- luacheck: ignore 113

local shared
if me == 1 then
  shared = tine.zeros("i64", 100)
  local name = shared:share(7)
  for to = 2, 8 do send(to, name) end
else
  shared = tine.receive(receive(1))
end

local source, sums = tine.range(1, 100), { [0] = true, [5050] = true }
for _ = 1, 600 do
  local ok, job
  if me % 2 == 0 then
    ok, job = pcall(source.start, source, "collect_into", shared)
  else
    ok, job = pcall(shared.start, shared, "sum")
  end
  if not ok then
    assert(job:find("array is in use by a running job", 1, true), job)
  else
    local result = job:wait()
    assert(me % 2 == 0 or sums[result], tostring(result)) -- all of a write, or nothing of it
  end
end

for to = 1, 8 do
  if to ~= me then send(to, "done") end
end
for from = 1, 8 do
  if from ~= me then receive(from) end
end
if me == 1 then shared:fill(1) end -- it is free
