-- Jobs: a terminal that is started gives what it gives when it is called; waiting, ending, dropping; limits.

local helper = require "spec.lua.helper"
local tine = require "tine"

after_each(helper.settle)

-- A pipeline that nobody lives to see the end of.
local function endless() return tine.range(1, 1 << 50):map "sqrt" end

local function same_results(expected, given)
  assert.equal(expected.n, given.n)
  for i = 1, expected.n do
    local x, y = helper.totable(expected[i]), helper.totable(given[i])
    if type(x) == "table" or math.type(x) then assert.bits(x, y) else assert.equal(x, y) end
  end
end

describe("a job gives what its terminal gives:", function()
  local xs = tine.array("f64", { 3, 1, 0 / 0, -2, 1, 1e300 })
  local p = xs:zip(xs:map("neg"))
  local integers = tine.array("i64", { 5, 3, 5, -1 })
  for _, case in ipairs {
    { p, "sum" }, { p, "product" }, { p, "mean" }, { p, "var" }, { p, "std" }, { p, "min" }, { p, "max" },
    { p:filter({ 1 }, "gt", 0), "min" }, { tine.empty "f64", "max" }, { xs, "argmin" }, { xs, "argmax" },
    { p, "minmax" }, { xs, "reduce", "add" }, { xs, "reduce", "add", 2 }, { p, "count" }, { xs, "any", "gt", 1 },
    { xs, "all", "gt", 1 }, { p, "find_first", "gt" }, { p, "find_last", "gt" }, { xs, "find_any", "gt", 1e299 },
    { xs, "find_first", "gt", 1e301 }, { xs, "position_first", "eq", 1 }, { xs, "position_last", "eq", 1 },
    { xs, "position_any", "eq", 3 }, { xs, "position_any", "eq", 4 }, { xs, "eq", xs }, { integers, "eq", integers },
    { integers, "cmp", tine.range(1, 9) }, { xs, "cmp", xs }, { p, "collect" },
    { integers, "collect", "f32" }, { xs, "partition", "gt", 0 }, { integers, "scan", "add" },
    { integers, "scan", "add", 10 }, { p, "sorted" }, { xs, "sorted", "desc" }, { integers, "top", 2 },
    { integers, "unique" }, { integers, "count_by" }, { xs, "histogram", -3, 3, 4 }, { p, "totable" },
    { integers:flat_map("repeat", 2), "collect" }, { tine.empty "u8", "collect" },
  } do
    it(("%s of %s"):format(case[2], case[1]), function()
      local expected = table.pack(case[1][case[2]](case[1], table.unpack(case, 3)))
      local job = case[1]:start(case[2], table.unpack(case, 3))
      for _ = 1, 2 do same_results(expected, table.pack(job:wait())) end
      assert.is_true(job:done())
    end)
  end

  it("collect_into returns the arrays", function()
    local to = tine.zeros("f64", 4)
    local job = integers:map("mul", 2):start("collect_into", to)
    assert.is_true(rawequal(to, (job:wait())))
    assert.is_true(rawequal(to, (job:wait())))
    assert.holds("f64", { 10.0, 6.0, 10.0, -2.0 }, to)
  end)

  it("the same arrays and tables each time", function()
    local job = integers:start "collect"
    assert.is_true(rawequal((job:wait()), (job:wait())))
    job = integers:start "totable"
    assert.is_true(rawequal((job:wait()), (job:wait())))
  end)
end)

describe("start", function()
  it("raises at once what the terminal raises at once", function()
    local xs = tine.array("f64", { 1, 2 })
    for _, case in ipairs {
      { "unknown kernel 'mull'", xs, "any", "mull" }, { "not associative", xs, "reduce", "sub" },
      { "needs an indexed pipeline", xs:filter("gt", 1), "argmin" },
      { "needs an indexed pipeline", xs:filter("gt", 1), "position_first", "gt", 1 },
      { "needs an exact pipeline", xs:filter("gt", 1), "collect_into", xs:copy() },
      { "destination 1 has 3 elements, pipeline has 2", xs, "collect_into", tine.zeros("f64", 3) },
      { "overlaps a source", xs:rev(), "collect_into", xs }, { "unknown element type", xs, "collect", "f65" },
      { "pipeline has 1 columns, got 2 destinations", xs, "collect_into", xs:copy(), xs:copy() },
      { "must be above the lower end", xs, "histogram", 3, 1, 2 }, { "no terminal is named", xs, "map", "sqrt" },
      { "read-only", xs, "collect_into", (function()
        local path = os.tmpname()
        xs:save(path, { format = "npy" })
        local a = assert(tine.mmap(path))
        os.remove(path)
        return a
      end)() },
    } do
      assert.raises(case[1], case[2].start, table.unpack(case, 2))
    end
  end)

  it("lets a kernel's failure be raised by who waits", function()
    local job = tine.range(1, 9):map("idiv", 0):start "collect"
    for _ = 1, 2 do assert.raises("kernel 'idiv' failed at item 1 (stage 2 'map'", job.wait, job) end
  end)

  it("keeps arrays, pipelines and kernels alive", function()
    local job
    do
      local xs <close> = tine.full("f64", 2000000, 4)
      job = xs:map(tine.kernel "sqrt"):map("sin"):map("cos"):start("reduce", tine.kernel "max")
    end
    collectgarbage()
    collectgarbage()
    assert.equal(tine.kernel "cos"(tine.kernel "sin"(2.0)), (job:wait()))
  end)

  it("runs on the pool that is bound or installed, which waits for it when it is closed", function()
    local pool = tine.pool { threads = 2 }
    local jobs = { tine.range(1, 10000000):map("sqrt"):on(pool):start "count" }
    pool:install(function() jobs[2] = tine.range(1, 10000000):map("sqrt"):map("sin"):start "sum" end)
    pool:close()
    assert.is_true(jobs[1]:done() and jobs[2]:done())
    assert.equal(10000000, (jobs[1]:wait()))
    assert.equal(tine.range(1, 10000000):map("sqrt"):map("sin"):sum(), (jobs[2]:wait()))
  end)

  it("outlives a pool that is dropped", function()
    local job = tine.range(1, 10000000):map("sqrt"):map("sin"):on(tine.pool { threads = 2 }):start "sum"
    collectgarbage()
    collectgarbage()
    assert.equal(tine.range(1, 10000000):map("sqrt"):map("sin"):sum(), (job:wait()))
  end)

  it("outlives a dropped pool along with the jobs started before and after", function()
    local p = endless():on(tine.pool { threads = 2 })
    local jobs = { p:start "sum", p:start "sum", p:start "sum" }
    p = nil -- luacheck: ignore 311
    helper.settle()
    for _, i in ipairs { 1, 3 } do
      jobs[i]:cancel()
      jobs[i]:wait()
      jobs[i] = nil
      helper.settle()
    end
    assert.is_false(jobs[2]:done())
    jobs[2]:cancel()
    assert.same({ nil, "cancelled" }, { (jobs[2]:wait()), (select(2, jobs[2]:wait())) })
  end)
end)

describe("a running job", function()
  it("is waited for, asked, cancelled", function()
    local job <close> = endless():start "sum"
    assert.is_false(job:done())
    assert.is_false(job:dirty())
    assert.same({ nil, "timeout", n = 2 }, table.pack(job:wait(0)))
    assert.same({ nil, "timeout", n = 2 }, table.pack(job:wait(0.01)))
    assert.equal("tine.Job sum (running)", tostring(job))
    local done, total = job:progress()
    assert.equal("integer", math.type(done))
    assert.equal(1 << 50, total)
    assert.is_true(done < total)
    assert.is_true(job:getfd() >= 0)
    assert.equal(job:getfd(), job:pollfd())
    assert.equal("r", job:events())
    assert.is_nil(job:timeout())
    job:cancel()
    for _ = 1, 2 do
      local result, why = job:wait()
      assert.is_nil(result)
      assert.equal("cancelled", why)
    end
    assert.is_true(job:done() and job:dirty())
    assert.equal("tine.Job sum (done)", tostring(job))
  end)

  it("ends with its scope", function()
    local kept
    do
      local job <close> = endless():start "sum"
      kept = job
    end
    assert.is_true(kept:done())
    assert.equal("cancelled", (select(2, kept:wait())))
  end)

  it("goes on when it is dropped", function()
    local to = tine.zeros("f64", 3000000)
    tine.range(1, 3000000):map("sqrt"):map("sin"):map("mul", 0.0):map("add", 7):start("collect_into", to)
    collectgarbage()
    collectgarbage()
    assert.is_true(helper.eventually(function() return pcall(to.get, to, 1) end))
    assert.equal(7.0, to[3000000])
  end)

  it("ends at any moment", helper.seeded(function(rng)
    for _ = 1, 30 do
      local n = 1 << rng:int(1, 22)
      local p = tine.range(1, n):map("sqrt")
      local job = rng:chance(0.5) and p:start "sum" or p:filter("gt", n ^ 0.5 / 2):start "collect"
      for _ = 1, rng:int(0, 20000) do job:progress() end
      if rng:chance(0.7) then job:cancel() end
      local result, why = job:wait()
      assert.is_true(result ~= nil or why == "cancelled")
    end
  end))

  it("is awaited by coroutines, many at once", function()
    local threads, sums = {}, {}
    for i = 1, 50 do
      threads[i] = coroutine.create(function()
        local job = tine.range(1, 1000 * i):map("add", 0):start "sum"
        sums[i] = i % 2 == 0 and job:await() or job:await(function(j) assert.equal(job, coroutine.yield(j)) end)
      end)
    end
    local alive = #threads
    while alive > 0 do
      alive = 0
      for _, thread in ipairs(threads) do
        if coroutine.status(thread) == "suspended" then
          local ok, job = coroutine.resume(thread, threads[thread])
          assert(ok, job)
          threads[thread] = job
          if coroutine.status(thread) == "suspended" then alive = alive + 1 end
        end
      end
    end
    for i = 1, 50 do assert.equal(1000 * i * (1000 * i + 1) // 2, sums[i]) end
    assert.equal(6, (tine.range(1, 3):start("sum"):await()))
  end)
end)

describe("lua_close ends jobs:", function()
  for name, body in pairs {
    ["one that runs"] = "job = endless():start 'sum'",
    ["one that is dropped"] = "endless():start 'sum' collectgarbage()",
    ["on a pool of the script's"] = "pool = tine.pool { threads = 2 } job = endless():on(pool):start 'sum'",
    ["on a pool that is dropped"] = "endless():on(tine.pool { threads = 2 }):start 'sum' collectgarbage()",
    ["several, some done"] = [[
      jobs = {} for i = 1, 20 do jobs[i] = (i % 2 == 0 and endless() or tine.range(1, 9)):start 'sum' end
      jobs[1]:wait()]],
    ["after an error"] = "job = endless():start 'sum' if tine.threads() > 0 then os.exit(true, true) end",
    ["of a coroutine"] = "co = coroutine.wrap(function() endless():start('sum'):await() end) co()",
  } do
    it(name, function()
      local output, how, status = helper.script([[
        tine = require "tine"
        function endless() return tine.range(1, 1 << 50):map "sqrt" end
        ]] .. body .. " io.write 'closing'")
      assert.matches("^closing", output .. (name == "after an error" and "closing" or ""))
      assert.equal("exit 0", ("%s %d"):format(how, status))
    end)
  end
end)

describe("a timeout", function()
  it("ends every way to run", function()
    local p = endless():timeout(0.02)
    for _, run in ipairs {
      p.sum, function() return p:filter("gt", 1e9):count() end,
      function() return p:each(function() end) end, function() return p:filter("lt", 0):totable() end,
      function() return tine.array("f64", p:filter("lt", 0)) end, function() return p:start("sum"):wait() end,
      function() return p:start("max"):wait(60) end, function() return p:map("sin"):filter("gt", 2):collect() end,
      function() return tine.zeros("f64", 3):chain(p):mean() end,
      function() return p:zip(endless()):map("add"):sum() end,
    } do
      local result = table.pack(run(p))
      assert.same({ nil, "timeout", 13, n = 3 }, result)
    end
    assert.raises("timed out", function() for _ in p:iter() do end end)
    assert.raises("timed out", function() for _ in p:filter("lt", 0):iter() do end end)
  end)

  it("ends between two items, whatever is done with them", function()
    local calls, p = 0, tine.range(1, 200):timeout(0.03)
    local function longer() calls = calls + 1 endless():timeout(0.05):sum() end
    assert.same({ nil, "timeout", 13, n = 3 }, table.pack(p:each(longer)))
    assert.raises("timed out", function() for _ in p:iter() do longer() end end)
    assert.equal(2, calls)
  end)

  it("is the least of several, and long enough does nothing", function()
    assert.equal("timeout", (select(2, endless():timeout(60):timeout(0.01):sum())))
    assert.equal("timeout", (select(2, endless():timeout(0.01):timeout(60):sum())))
    assert.equal(6, tine.range(1, 3):timeout(60):sum())
    assert.same({ 1, 2, 3 }, tine.range(1, 3):timeout(60):totable())
    assert.raises("seconds must not be negative", endless().timeout, endless(), -1)
    assert.raises("seconds must not be negative", endless().timeout, endless(), 0 / 0)
  end)
end)
