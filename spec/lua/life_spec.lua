-- Handles and installs at their end: finalised at any time or never, in a coroutine that dies, in a state that closes.

local helper = require "spec.lua.helper"
local tine = require "tine"

after_each(helper.settle)

describe("a metatable", function()
  it("is closed to scripts, but that of arrays, which Lanes looks for", function()
    local pool <close> = tine.pool { threads = 1 }
    local xs = tine.range(1, 10)
    local _, iter = xs:iter()
    local job = xs:start "sum"
    for name, handle in pairs { Pool = pool, Pipeline = xs, Job = job, Iterator = iter, Kernel = tine.kernel "mul" } do
      assert.equal("tine." .. name, getmetatable(handle))
    end
    job:wait()
    assert.equal(tine.Array, getmetatable(tine.zeros("f64", 1)))
  end)
end)

describe("the metatable of arrays", function()
  it("may be changed, which is the script's own affair", function()
    local _, how, status = helper.script [[
      local tine = require "tine"
      for _, index in ipairs { 5, print, string.rep, {}, false } do
        tine.Array.__index = index
        local p = tine.range(1, 3)
        local ok, message = pcall(function() return p:fill() end)
        assert(not ok and message:find("collect() gives an array, which has", 1, true), message)
        assert(not pcall(function() return p:fil() end))
      end]]
    assert.same({ "exit", 0 }, { how, status })
  end)
end)

describe("a finaliser called by hand, through debug,", function()
  it("may come twice", function()
    local pool, job = tine.pool { threads = 2 }, tine.range(1, 10):start "sum"
    job:wait()
    for _ = 1, 2 do
      debug.getmetatable(pool).__gc(pool)
      debug.getmetatable(job).__gc(job)
    end
    assert.raises("attempt to use a closed pool", pool.threads, pool)
    assert.raises("attempt to use a closed job", job.wait, job)
  end)

  it("may come to a job that is being waited for", function()
    local job
    local function finalise()
      if job then
        debug.getmetatable(job).__gc(job)
        job = nil
      end
    end
    job = tine.range(1, 1 << 40):map("sqrt"):progress(finalise, 0.001):timeout(0.1):start "sum"
    local kept = job
    assert.raises("attempt to use a closed job", kept.wait, kept)
  end)

  it("ends the run that a pool is finalised in", function()
    local pool = tine.pool { threads = 2 }
    local run = tine.range(1, 1 << 50):map("sqrt"):on(pool):progress(function()
      debug.getmetatable(pool).__gc(pool)
    end, 0.001)
    assert.same({ n = 3, nil, "cancelled", 12 }, table.pack(run:sum()))
    assert.raises("attempt to use a closed pool", run.sum, run)
  end)
end)

describe("an install", function()
  it("ends with the coroutine that an error ended", function()
    local outer <close>, inner = tine.pool { threads = 2 }, tine.pool { threads = 3 }
    local before = tine.threads()
    local died
    outer:install(function()
      died = coroutine.create(function() inner:install(function() error "x" end) end)
      assert.is_false(coroutine.resume(died))
      assert.equal(2, tine.threads())
    end)
    assert.equal(before, tine.threads())
    inner:close()
    assert.is_true(tine.range(1, 10):sum() == 55)
    coroutine.close(died)
    assert.equal(before, tine.threads())
  end)

  it("ends with coroutines that die in each other, whoever asks first", function()
    local a <close>, b, c = tine.pool { threads = 2 }, tine.pool { threads = 3 }, tine.pool { threads = 4 }
    local outer = coroutine.create(function()
      b:install(function()
        local inner = coroutine.create(function() c:install(error) end)
        coroutine.resume(inner)
        error "x"
      end)
    end)
    assert.is_false(coroutine.resume(outer))
    a:install(function() assert.equal(2, tine.threads()) end)
    b:close()
    c:close()
    coroutine.close(outer)
  end)

  it("leaves nothing behind when nobody closes such a coroutine", function()
    local before = tine.threads()
    for _ = 1, 20 do
      coroutine.resume(coroutine.create(function() tine.pool { threads = 2 }:install(error) end))
      collectgarbage()
    end
    collectgarbage()
    assert.equal(before, tine.threads())
    assert.equal(55, tine.range(1, 10):sum())
  end)
end)

describe("a state that closes", function()
  it("inside of a run on a pool of its own ends at once", function()
    for _, where in ipairs {
      "run(pool)", "pool:install(run)", "pool:install(function() run(pool) end)",
      "run(pool, function() pool = nil collectgarbage() os.exit(3, true) end)",
    } do
      local _, how, status = helper.script(([[
        local tine = require "tine"
        local pool = tine.pool { threads = 2 }
        local function run(on, tell)
          local p = tine.range(1, 1 << 50):map("sqrt")
          if on then p = p:on(on) end
          p:progress(tell or function() os.exit(3, true) end, 0.001):sum()
        end
        %s
      ]]):format(where))
      assert.same({ "exit", 3 }, { how, status })
    end
  end)

  it("and in which a finaliser makes a pool and a job, ends them", function()
    local output, how, status = helper.script [[
      local late = setmetatable({}, { __gc = function()
        print(pcall(KEPT.wait, KEPT))
        print(pcall(POOL.threads, POOL))
      end })
      KEEP = late
      local tine = require "tine"
      KEEP2 = setmetatable({}, { __gc = function()
        do local lost = tine.pool { threads = 2 } end
        POOL = tine.pool { threads = 2 }
        KEPT = tine.range(1, 1 << 50):map("sqrt"):on(POOL):start "sum"
        collectgarbage()
        local t = {}
        for i = 1, 300 do t[i] = ("y"):rep(20) .. i end
      end })
      os.exit(0, true)
    ]]
    assert.same({ "exit", 0 }, { how, status })
    assert.matches("^false\tattempt to use a closed job\nfalse\tattempt to use a closed pool\n$", output)
  end)
end)
