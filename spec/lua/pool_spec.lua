-- Pools: made, installed, closed; the same bits on every number of threads; no thread left behind.

local helper = require "spec.lua.helper"
local tine = require "tine"

after_each(helper.settle)

-- The number of threads of this process, or nil where /proc does not tell.
local function threads_alive()
  local file = io.open "/proc/self/status"
  if not file then return nil end
  local text = file:read "a"
  file:close()
  return tonumber(text:match "Threads:%s*(%d+)")
end

-- Whether the process comes back to at most n threads. A joined thread may stay in the count for a moment, so n
-- itself may have counted threads of the test before.
local function back_to(n)
  return helper.eventually(function() return threads_alive() <= n end)
end

-- Enough work, long enough, that every thread of a pool has been asked for help.
local function work(pool)
  return tine.range(1, 2000000):map("mul", 0.5):map("sin"):on(pool):sum()
end

describe("tine.pool", function()
  it("has the threads it was asked for, the caller included", function()
    for _, n in ipairs { 1, 2, 3, 16 } do
      local pool <close> = tine.pool { threads = n }
      assert.equal(n, pool:threads())
    end
  end)

  it("takes a name and a stack size, or nothing", function()
    local pool <close> = tine.pool { threads = 2, name = "spec", stack_size = 1 << 20 }
    assert.equal(6, tine.range(1, 3):on(pool):sum())
    local default <close> = tine.pool {}
    assert.is_true(default:threads() >= 1)
  end)

  it("refuses impossible options", function()
    for _, options in ipairs {
      { threads = -1 }, { threads = 1.5 }, { threads = "many" }, { threads = math.maxinteger }, { threads = {} },
      { threads = 2, stack_size = -1 }, { threads = 2, name = {} },
    } do
      assert.has_error(function() tine.pool(options) end)
    end
    assert.has_error(function() tine.pool "many" end)
  end)

  it("gives the same bits whatever the threads", function() -- semantics 1
    local pools = helper.pools { 1, 2, 3, 16 }
    local p = tine.range(1, 100000):map("mul", 0.1):map("sin")
    local sum, array = p:sum(), p:collect()
    for _, pool in ipairs(pools) do
      assert.bits(sum, p:on(pool):sum())
      assert.bits(sum, pool:install(function() return p:sum() end))
      assert.is_true(p:on(pool):collect():equal(array))
    end
    helper.close(pools)
  end)
end)

describe("install", function()
  it("passes arguments and results", function()
    local pool <close> = tine.pool { threads = 2 }
    assert.same({ 1, 2, 3, 6 }, { pool:install(function(a, b, c) return a, b, c, tine.range(1, 3):sum() end, 1, 2, 3) })
    assert.equal(0, select("#", pool:install(function() end)))
  end)

  it("passes errors on, and ends with them", function()
    local pool <close> = tine.pool { threads = 2 }
    for _ = 1, 10 do
      assert.raises("boom", function() pool:install(function() error "boom" end) end)
    end
    local object = {}
    local _, raised = pcall(pool.install, pool, function() error(object) end)
    assert.equal(object, raised)
    assert.equal(6, tine.range(1, 3):sum())
  end)

  it("nests", function()
    local a <close> = tine.pool { threads = 2 }
    local b <close> = tine.pool { threads = 3 }
    local sum = a:install(function()
      return b:install(function() return tine.range(1, 100000):sum() end) + tine.range(1, 10):sum()
    end)
    assert.equal(5000050000 + 55, sum)
  end)

  it("refuses what is no function", function()
    local pool <close> = tine.pool { threads = 1 }
    assert.has_error(function() pool:install() end)
    assert.has_error(function() pool:install(3) end)
  end)
end)

describe("close", function()
  it("may be called twice, and happens at the end of a <close> scope", function()
    local pool = tine.pool { threads = 2 }
    pool:close()
    pool:close()
    local kept
    do
      local scoped <close> = tine.pool { threads = 2 }
      kept = scoped
    end
    assert.raises("close", function() kept:install(function() end) end)
  end)

  it("makes every further use raise", function()
    local pool = tine.pool { threads = 2 }
    local p = tine.range(1, 3):on(pool)
    pool:close()
    assert.raises("close", function() pool:install(function() end) end)
    assert.raises("close", function() return tine.range(1, 3):on(pool) end)
    -- A pipeline that was told to run there may raise or run elsewhere.
    local ok, result = pcall(p.sum, p)
    assert.is_true(not ok and type(result) == "string" or result == 6)
    assert.equal(6, tine.range(1, 3):sum())
  end)

  it("leaves no thread behind", function()
    local before = threads_alive()
    if not before then return end
    for _ = 1, 5 do
      local pool = tine.pool { threads = 4 }
      work(pool)
      assert.is_true(threads_alive() <= before + 3)
      pool:close()
      assert.is_true(back_to(before))
    end
  end)

  it("is done by the collector for a dropped pool", function()
    local before = threads_alive()
    if not before then return end
    work(tine.pool { threads = 4 })
    helper.settle()
    assert.is_true(back_to(before))
  end)
end)

describe("a pool", function()
  it("is refused where another kind of value is meant", function()
    assert.has_error(function() return tine.range(1, 3):on(3) end)
    assert.has_error(function() return tine.range(1, 3):on() end)
    assert.has_error(function() return tine.range(1, 3):on(tine.zeros("f64", 1)) end)
  end)
end)

describe("the default pool", function()
  it("has at least one thread, or as many as TINE_NUM_THREADS says", function()
    assert.equal("integer", math.type(tine.threads()))
    assert.is_true(tine.threads() >= 1)
    local code = "local tine = require 'tine' io.write(tine.threads(), ' ', tine.range(1, 100):sum())"
    for _, n in ipairs { 1, 3 } do
      assert.equal(n .. " 5050", (helper.script(code, { env = "TINE_NUM_THREADS=" .. n })))
    end
  end)

  it("shrugs at a TINE_NUM_THREADS that makes no sense", function()
    local code = "local tine = require 'tine' io.write(tostring(tine.threads() >= 1), ' ', tine.range(1, 100):sum())"
    for _, nonsense in ipairs { "0", "-3", "many", "", "1e99", "99999999999999999999" } do
      local output, how, status = helper.script(code, { env = ("TINE_NUM_THREADS='%s'"):format(nonsense) })
      assert.equal("true 5050", output)
      assert.equal("exit 0", ("%s %s"):format(how, status))
    end
  end)

  it("tells of a TINE_NUM_THREADS that is no number, and takes spaces around one", function()
    local code = "local tine = require 'tine' io.write(tine.threads(), ' ', tostring(tine.info().warning))"
    for _, value in ipairs { "3", "3 ", " 3" } do
      assert.equal("3 nil", (helper.script(code, { env = ("TINE_NUM_THREADS='%s'"):format(value) })))
    end
    for _, value in ipairs { "many", "0", "-3", "3x" } do
      local output = helper.script(code, { env = ("TINE_NUM_THREADS='%s'"):format(value) })
      assert.equal(("TINE_NUM_THREADS is no number from 1 up, and is ignored: '%s'"):format(value),
        output:match "^%d+ (.*)")
    end
    for _, env in ipairs { "TINE_NUM_THREADS=", "TINE_NUM_THREADS=' '", "env -u TINE_NUM_THREADS" } do
      assert.equal("nil", (helper.script(code, { env = env })):match "^%d+ (.*)")
    end
  end)

  it("tells how many threads could be started #memory", function()
    local code = "local tine = require 'tine' tine.range(1, 10000000):map('sqrt'):sum() io.write(tine.threads())"
    local env = "ulimit -s 100000; ulimit -v 1000000; TINE_NUM_THREADS=64"
    assert.is_true(tonumber((helper.script(code, { env = env }))) < 64)
  end)

  it("is there for several states' worth of runs, then leaves quietly", function()
    local code = [[
      local tine = require "tine"
      local pool = tine.pool { threads = 3 } -- never closed: leaving the state does it
      for _ = 1, 100 do assert(tine.range(1, 10000):on(pool):sum() == 50005000) end
      local it = tine.range(1, 1000000):iter()
      print(it ~= nil)]]
    local output, how, status = helper.script(code)
    assert.equal("true\n", output)
    assert.equal("exit 0", ("%s %s"):format(how, status))
  end)
end)

describe("tine.clock", function()
  it("is monotonic seconds", function()
    local last = tine.clock()
    assert.equal("float", math.type(last))
    for _ = 1, 1000 do
      local now = tine.clock()
      assert.is_true(now >= last)
      last = now
    end
    local outer, inner = os.time(), tine.clock()
    os.execute "sleep 0.05"
    local least = tine.clock() - inner
    local most = os.time() - outer + 1 -- which counts whole seconds
    assert.is_true(0.05 <= least and least <= most)
  end)
end)

describe("the module", function()
  it("tells whose mathematics is in use", function()
    local name = tine.info().math
    assert(name:find "^sleef %d+%.%d+%.%d+ %(deterministic, fma%)$" or name:find "^libm", name)
  end)
end)
