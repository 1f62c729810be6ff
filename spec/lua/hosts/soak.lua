-- One life of a state of the soak (soak_host.c): random things with jobs, pools, arrays and iterators until the time is
-- up; then it just ends, whatever is under way. What is done to the end is compared with the same run without threads.

local tine, me, seed, seconds, at, swap = tine, me, seed, seconds, at, swap -- luacheck: ignore 113

math.randomseed(seed, me)
local random = math.random
local ends = tine.clock() + seconds

local function one_of(list) return list[random(#list)] end

-- ----- What must be -----

local function check(ok, ...)
  if not ok then error(table.concat({ "wrong:", ... }, " "), 2) end
end

-- Calls fn; an error must be of memory, or one that these patterns find. True, and what it gave, if there was none.
local function try(allowed, fn, ...)
  local result = table.pack(pcall(fn, ...))
  if not result[1] then
    local message = tostring(result[2])
    if message:find("not enough memory", 1, true) then return false end -- the host lets some fail
    for _, pattern in ipairs(allowed) do
      if message:find(pattern) then return false end
    end
    error(message, 0)
  end
  return table.unpack(result, 1, result.n)
end

local busy <const> = "array is in use by a running job"

local function same(a, b)
  if type(a) == "table" and type(b) == "table" then
    if #a ~= #b then return false end
    for i = 1, #a do
      if a[i] ~= b[i] then return false end
    end
    return true
  end
  return a == b or tine.isarray(a) and tine.isarray(b) and a:equal(b) or a ~= a and b ~= b
end

local function same_results(name, expected, given)
  check(expected.n == given.n, name, "gives", expected.n, "results, and now", given.n)
  for i = 1, expected.n do
    check(same(expected[i], given[i]), name, "result", i, tostring(expected[i]), "and now", tostring(given[i]))
  end
end

-- ----- What there is -----

local n <const> = random(1, 30) * 1000
local ints <const> = tine.range(1, n):collect()
local floats <const> = tine.random(n, seed):collect()
local total <const> = n * (n + 1) // 2
local scratch = tine.zeros("i64", n) -- written by jobs and by hand
local kept = {} -- jobs
local pools = {}
local got = { ints } -- arrays of other states

local function endless() return tine.range(1, 1 << 50):map("sqrt") end

local sources <const> = {
  function() return tine.range(1, n) end,
  function() return tine.slice(ints) end,
  function() return floats:map("mul", 1000):map("floor"):cast("i64") end,
  function() return ints:chain(tine.range(1, 5000)) end,
  function() return ints:zip(ints:map("mul", 2)):map("sub") end,
  function() return one_of(got):map("band", 0xffff) end,
  function() return ints:interleave(tine.range(-n, -1)) end,
}

local adaptors <const> = {
  function(p) return p:map("add", random(10)) end,
  function(p) return p:map("bxor", random(255)) end,
  function(p) return p:filter("gt", random(n)) end,
  function(p) return p:take(random(n)) end,
  function(p) return p:flat_map("repeat", 2) end,
  function(p) return p:take_while("lt", random(n)) end,
  function(p) return p:skip_while("lt", random(n)) end,
  function(p) return p:filter("ne", 3):map("neg") end,
  function(p) return p:max_len(random(100, 2000)) end,
  function(p) return p:kind() == "indexed" and p:rev() or p end,
  function(p) return p:kind() == "indexed" and p:windows(2):map("sub") or p end,
  function(p) return #pools > 0 and p:on(one_of(pools)) or p end,
  function(p) return p:timeout(1000) end,
}

local terminals <const> = {
  { "sum" }, { "min" }, { "max" }, { "count" }, { "mean" }, { "collect" }, { "totable" }, { "sorted" }, { "unique" },
  { "count_by" }, { "minmax" }, { "reduce", "add" }, { "any", "eq", 7 }, { "all", "lt", n }, { "top", 10 },
  { "find_first", "gt", 100 }, { "find_last", "lt", 100 }, { "partition", "lt", 1000 }, { "scan", "add" },
  { "histogram", 0, 1000, 16 }, { "sorted", "desc" }, { "eq", ints }, { "cmp", ints },
}

local folds <const> = { { "sum" }, { "min" }, { "count" }, { "mean" }, { "reduce", "add" }, { "histogram", 0, 9, 5 } }

local function pipeline()
  local p = one_of(sources)()
  for _ = 1, random(0, 3) do p = one_of(adaptors)(p) end
  return p
end

-- ----- What is done -----

-- Waits now and then, not always to the end; nil if the job did not give its results.
local function wait_somehow(job)
  local cancelled = false
  for _ = 1, random(0, 3) do
    local what = random(5)
    if what == 1 then
      job:cancel()
      cancelled = true
    elseif what == 2 then job:done()
    elseif what == 3 then
      local done, of = job:progress()
      check(done >= 0 and (of == nil or of > 0), "progress", done, tostring(of))
    elseif what == 4 then check(job:getfd() >= 0, "getfd")
    else job:wait(random() / 1000) end
  end
  local result = table.pack(job:wait())
  check(job:done(), "waited for, and not done")
  if result[1] == nil and (result[2] == "cancelled" or result[2] == "timeout") then
    check(cancelled or result[2] == "timeout", "cancelled by nobody")
    return nil
  end
  return result
end

local actions = {}

-- The same as a call gives.
function actions.compare()
  local p, terminal = pipeline(), one_of(terminals)
  local expected = table.pack(p:sequential()[terminal[1]](p:sequential(), table.unpack(terminal, 2)))
  local job = p:start(table.unpack(terminal))
  if random(3) == 1 then
    same_results(terminal[1], expected, table.pack(p[terminal[1]](p, table.unpack(terminal, 2))))
  end
  local result = wait_somehow(job)
  if result then same_results(terminal[1], expected, result) end
  if result and random(4) == 1 then same_results(terminal[1], expected, table.pack(job:wait())) end
end

-- Many at once; known answers.
function actions.many()
  local jobs = {}
  for i = 1, random(2, 12) do jobs[i] = ints:map("mul", i):start("sum") end
  for i, job in ipairs(jobs) do
    local result = wait_somehow(job)
    if result then check(result[1] == total * i, "sum", tostring(result[1]), "not", total * i) end
  end
end

-- All states share the threads for jobs, and jobs wait in a queue: one that never ended would be in everybody's way.
function actions.keep()
  if random(4) == 1 then
    kept[random(20)] = endless():timeout(random() / 2):start(table.unpack(one_of(folds)))
  else
    kept[random(20)] = pipeline():start(table.unpack(one_of(terminals)))
  end
end

function actions.drop() kept[random(20)] = nil end

function actions.cancel()
  local job = kept[random(20)]
  if job then job:cancel() end
end

function actions.close()
  local p = random(2) == 1 and pipeline() or endless()
  local job <close> = p:start("count")
  if random(2) == 1 then job:wait(random() / 1000) end
end

function actions.timeout()
  local p = endless():timeout(random() / 200)
  local value, why
  if random(2) == 1 then p = p:progress(function(done) check(done >= 0, "progress") end, 0.001) end
  if random(2) == 1 then value, why = p:sum() else value, why = p:start("sum"):wait() end
  check(value == nil and why == "timeout", "timeout", tostring(value), tostring(why))
  value, why = p:start("sum"):wait(0)
  check(value == nil and why == "timeout", "wait(0)", tostring(value), tostring(why))
end

-- A job that fails does so wherever it is waited for.
function actions.failure()
  local job = tine.range(-n, n):map("idiv", 0):start("sum")
  for _ = 1, 2 do
    local ok, message = pcall(job.wait, job)
    check(not ok and (message:find "kernel 'idiv' failed at item 1" or message:find "not enough memory"), message)
  end
end

function actions.iterate()
  local stop, last = random(n), 0
  local p = random(2) == 1 and ints:filter("gt", 0) or tine.range(1, n):map("add", 0)
  if random(3) == 1 then p = p:timeout(random() / 500) end
  try({ "timed out", "enough" }, function()
    for x in p:iter() do
      check(x == last + 1, "iter", last, tostring(x))
      last = x
      if x == stop and random(2) == 1 then error "enough" end
      if x == stop then break end
    end
  end)
  if random(3) == 1 then kept.iter = { pipeline():iter() } end -- begun, perhaps, and left
  if kept.iter then try({ "timed out" }, kept.iter[1], kept.iter[2]) end
end

-- Two coroutines in turns, which wait for jobs.
function actions.coroutines()
  local sums = 0
  local function turn()
    for _ = 1, 3 do sums = sums + ints:start("sum"):await() end
  end
  local a, b = coroutine.create(turn), coroutine.create(turn)
  local left = random(200)
  while left > 0 and coroutine.status(a) .. coroutine.status(b) ~= "deaddead" do
    for _, thread in ipairs { a, b } do
      if coroutine.status(thread) ~= "dead" then check(coroutine.resume(thread)) end
    end
    left = left - 1
  end
  check(sums % total == 0, "coroutines")
end

-- Writes where jobs write: refused, or done.
function actions.borrow()
  local p = random(2) == 1 and ints:map("mul", 3) or scratch:map("add", 0)
  local ok, job = try({ busy }, p.start, p, "collect_into", scratch)
  if ok and random(2) == 1 then kept[random(20)] = job end
  try({ busy }, function() scratch[random(n)] = 0 end)
  try({ busy }, scratch.fill, scratch, 1)
  try({ busy }, scratch.sum, scratch)
  if random(10) == 1 then
    local new = tine.zeros("i64", n)
    scratch:close()
    scratch = new
  end
end

function actions.pool()
  if #pools > 3 then table.remove(pools, random(#pools)) end -- for the collector
  local pool = tine.pool { threads = random(1, 3), name = "soak" }
  check(pool:install(function() return ints:sum() end) == total, "install")
  if random(2) == 1 then
    pools[#pools + 1] = pool
    return
  end
  local job = ints:on(pool):start("sum")
  local never = random(2) == 1 and endless():on(pool):start("sum")
  if never then never:cancel() end
  pool:close()
  check(job:wait() == total and (not never or select(2, never:wait()) == "cancelled"), "pool closed")
  check(not pcall(ints.on, ints, pool), "closed pool")
end

-- What a state left is received by the next; its own may run on meanwhile.
function actions.share()
  local a = ints:sub(1, random(n)):copy()
  local token = swap(a:share())
  if random(2) == 1 then kept[random(20)] = a:start("sorted") end
  if not token then return end
  local ok, array = try({ "no array is shared under this name" }, tine.receive, token) -- all may have closed since
  if not ok then return end
  check(array:sum() == #array * (#array + 1) // 2, "received")
  got[random(math.min(#got + 1, 4))] = array
  if random(3) == 1 then got = { array } end
end

function actions.collect() collectgarbage(one_of { "collect", "step" }) end

function actions.wrong()
  check(not pcall(ints.start, ints, "summ") and not pcall(ints.start, ints, "each", print), "wrong start")
  local ok, job = pcall(ints.start, ints, "reduce", "sub")
  check(not ok or not pcall(job.wait, job), "not associative") -- for want of memory it may be found out late
end

-- A hook that raises in the middle of whatever.
function actions.hook()
  local fn = actions[one_of { "many", "close", "timeout", "iterate", "pool", "coroutines" }]
  try({ "a hook" }, function()
    debug.sethook(function()
      debug.sethook()
      error "a hook"
    end, "", random(2000))
    local ok, message = pcall(fn)
    debug.sethook()
    if not ok then error(message, 0) end
  end)
end

local names = {}
for name in pairs(actions) do names[#names + 1] = name end
table.sort(names)

while tine.clock() < ends do
  local name = one_of(names)
  at(debug.getinfo(actions[name], "S").linedefined)
  try({}, actions[name])
end
if random(2) == 1 then
  for i = 1, random(8) do
    kept[i] = endless():start("sum")
    if #pools > 0 then kept[-i] = endless():on(one_of(pools)):start("count") end
  end
end
left = { kept, pools, got } -- luacheck: ignore 111
