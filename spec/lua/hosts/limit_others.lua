-- Limits of threads and of files.

local tine, limit, threads = tine, limit, threads -- luacheck: ignore 113

local function raises(text, fn, ...)
  local ok, message = pcall(fn, ...)
  assert(not ok and message:find(text, 1, true), message)
end

-- Threads: pools of the script's own and what runs without one share them.
assert(tine.info().limits.threads == nil and tine.info().limits.io == true)
limit(0, 4)
local before = threads()
assert(tine.info().limits.threads == 4)
do
  local a <close> = tine.pool { threads = 3 }
  assert(a:threads() == 3 and threads() == before + 2, ("%d %d %d"):format(a:threads(), threads(), before))
  raises("thread limit of this state: a pool of 3 threads wanted, 1 of 3 workers left", tine.pool, { threads = 3 })
  raises("thread limit", tine.pool, { threads = 1000 })
  local b <close> = tine.pool() -- as many as there are left
  assert(b:threads() <= 2)
  local c <close> = tine.pool { threads = 1 }
  assert(c:threads() == 1 and tine.range(1, 10):on(a):sum() == 55)
  assert(c:install(function() return tine.range(1, 100000):map("mul", 2):sum() end) == 10000100000)
end
-- Joined ones may be shown for a moment. (Waiting runs nothing: the first run makes the state's own pool, which stays.)
while threads() > before do collectgarbage "step" end
assert(tine.range(1, 1000000):filter("gt", 5):count() == 999995 and threads() <= before + 3)
assert(tine.threads() <= 4)
for x in tine.range(1, 100000):filter("gt", 5):iter() do
  if x > 50000 then break end
end
tine.full("f64", 1 << 20, 1):sort()
assert(threads() <= before + 3)
local rest = 4 - tine.threads()
local b = tine.pool { threads = rest + 1 }
raises("thread limit", tine.pool, { threads = 2 })
raises("thread limit", tine.pool, { threads = 2 })
b:close()

-- Files.
local path = os.tmpname()
local a = tine.array("u8", { 1, 2, 3 })
assert(a:save(path, { format = "npy" }))
limit(0, 0, true)
assert(tine.info().limits.io == false)
raises("this state may not use files", tine.load, path)
raises("this state may not use files", tine.mmap, path, "u8")
raises("this state may not use files", a.save, a, path, { format = "npy" })
limit(1 << 20)
assert(tine.load(path):sum() == 6)

-- Pages of a file that may become memory are charged; the file's own are not.
local file <close> = assert(io.open(path, "wb"))
file:write(("x"):rep(1 << 21))
file:flush()
raises("memory limit of this state", tine.mmap, path, "u8", "cow")
raises("memory limit of this state", function()
  local maps = {}
  for i = 1, 100 do maps[i] = tine.mmap(path, "u8") maps[-i] = tine.zeros("u8", 1 << 18) end
  return maps
end)
limit(1 << 22)
collectgarbage()
local cow <close> = assert(tine.mmap(path, "u8", "cow"))
assert(#cow == 1 << 21)
raises("memory limit of this state", tine.mmap, path, "u8", "cow")
os.remove(path)
