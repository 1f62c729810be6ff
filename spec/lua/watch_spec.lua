-- What goes on while the calling thread waits: Ctrl-C, progress, event loops.

local helper = require "spec.lua.helper"
local tine = require "tine"

after_each(helper.settle)

if not os.execute "true" then
  pending "these need a shell"
  return
end

local function slow(n) return tine.range(1, n or 1 << 50):map("sqrt"):map("sin") end

-- What a script prints that waits in `body` when a SIGINT comes. Its shell is one of popen, for os.execute would keep
-- the signal from the script while it runs; and where the machine is so slow that the signal comes before `body`, Lua
-- itself raises the same.
local function interrupted(body)
  return helper.script(([[
    local tine = require "tine"
    local slow = tine.range(1, 1 << 50):map("sqrt"):map("sin")
    local killer
    print(pcall(function()
      killer = io.popen "sleep 0.3; kill -INT $PPID"
      %s
    end))
    if killer then killer:close() end -- the signal may come while it is made
  ]]):format(body))
end

-- (How soon is for spec/bench/latency.lua to say.)
describe("Ctrl-C ends", function()
  for name, body in pairs {
    ["a fold"] = "slow:sum()",
    ["a search"] = "slow:filter('gt', 2.0):find_first('gt', 3)",
    ["collect"] = "slow:filter('gt', 2.0):collect()",
    ["collect_into"] = "while true do slow:take(1 << 22):collect_into(tine.zeros('f64', 1 << 22)) end",
    ["an iterator"] = "for _ in slow:filter('gt', 2.0):iter() do end",
    ["each"] = "slow:each(function() end)",
    ["waiting for a job"] = "slow:start('sum'):wait()",
    ["waiting with a limit"] = "slow:start('sum'):wait(50)",
    ["closing a pool"] = "local pool = tine.pool { threads = 2 } slow:on(pool):start 'sum' pool:close()",
    ["a sequential run"] = "slow:sequential():sum()",
  } do
    it(name, function() assert.matches("^false\t.*interrupted!\n$", interrupted(body)) end)
  end

  it("a coroutine", function()
    assert.matches("^false\t.*interrupted!\n$", interrupted [[
      local ok, message = coroutine.resume(coroutine.create(function() slow:sum() end))
      assert(not ok and message:find "interrupted!")
      while true do end]])
  end)

  it("lua5.4 at a terminal", function()
    if not os.execute "command -v script >/dev/null" then pending "script is not installed" return end
    local output = helper.script([[
      local path, sign, over = os.tmpname(), os.tmpname(), os.tmpname()
      os.remove(sign)
      local file = io.open(path, "w")
      file:write('local tine = require "tine" print "begun" tine.range(1, 1 << 50):map("sqrt"):progress(function()' ..
        ' io.open("' .. sign .. '", "w"):close() end, 0.01):sum()')
      file:close()
      os.execute("(while [ ! -e " .. sign .. " ]; do sleep 0.1; done; printf '\\003'; while [ -e " .. over ..
        " ]; do sleep 0.1; done) | (script -qec '" .. arg[-1] .. " " .. path .. "' /dev/null; rm " .. over .. ")")
      os.remove(path)
      os.remove(sign)
    ]])
    assert.matches("begun.*interrupted!.*in method 'sum'", output)
  end)
end)

describe("a hook", function()
  it("that raises ends the run, any other does not", function()
    local output = helper.script [[
      local tine = require "tine"
      local calls = 0
      debug.sethook(function() calls = calls + 1 end, "c")
      local sum = tine.range(1, 50000000):map("sqrt"):map("sin"):sum()
      debug.sethook()
      print(sum == tine.range(1, 50000000):map("sqrt"):map("sin"):sum(), calls > 0)]]
    assert.equal("true\ttrue\n", output)
  end)

  -- What is set on the line of the run hears of nothing else but the run.
  local function raising(set)
    return helper.script(([[
      local tine = require "tine"
      local slow = tine.range(1, 1 << 50):map("sqrt"):map("sin"):timeout(600)
      local function up() debug.sethook() error("time is up", 0) end
      %s]]):format(set))
  end

  for what, arguments in pairs { ["counts"] = [["", 1000]], ["counts far"] = [["", 1000000]], ["counts on"] = [["", 1]],
    ["hears of lines"] = [["l"]], ["hears of returns"] = [["r"]] } do
    it("that " .. what .. " is called, on every thread that waits", function()
      local armed = "debug.sethook(up, " .. arguments .. ") "
      if what == "counts on" or what == "hears of returns" then -- as soon as the run is on
        armed = ([[debug.sethook(function()
          if debug.getinfo(2, "S").short_src:find "^tine" then up() end
        end, %s) ]]):format(arguments)
      end
      local sum = armed .. "print(pcall(slow.sum, slow))"
      assert.equal("false\ttime is up\n", raising(sum))
      assert.equal("false\ttime is up\n", raising("coroutine.wrap(function() " .. sum .. " end)()"))
      assert.equal("false\ttime is up\n",
        raising("local job = slow:start 'sum' " .. armed .. "print(pcall(job.wait, job))"))
      local table = "print(pcall(function() return tine.range(1, 20000000):totable() end))"
      assert.equal("false\ttime is up\n", raising(armed .. table)) -- of many short runs
    end)
  end
end)

describe("progress", function()
  it("is told on the calling thread, upwards, to the end", function()
    local here, told, last = coroutine.running(), {}, 0
    local p = slow(60000000):progress(function(done, total)
      assert(coroutine.running() == here and total == 60000000 and done >= last)
      last, told[#told + 1] = done, done
    end, 0.01)
    assert.equal(slow(60000000):sum(), p:sum())
    assert.is_true(#told > 1)
    assert.equal(60000000, last)
    assert.equal(6, tine.range(1, 3):progress(error):sum())
  end)

  it("is told of a job to who waits, of windows between them, and of no total", function()
    local told = 0
    local function tell() told = told + 1 end
    local p = slow(30000000):progress(tell, 0.005)
    p:start("sum"):wait()
    assert.is_true(told > 0)
    told = 0
    for _ in slow(300000):progress(tell, 0.001):iter() do end
    assert.is_true(told > 0)
    told = 0
    p:filter("gt", 2):collect()
    assert.is_true(told > 0)
  end)

  it("stops the run by an error", function()
    local mark = {}
    local p = slow():progress(function() error(mark) end, 0.01)
    for _, run in ipairs {
      p.sum, function() p:start("sum"):wait() end, function() p:each(function() end) end,
      function() p:filter("lt", -2):collect() end, function() tine.array("f64", p:filter("lt", -2)) end,
    } do
      local ok, why = pcall(run, p)
      assert.is_false(ok)
      assert.equal(mark, why)
    end
  end)

  it("can run what it likes, beside the run it tells of", function()
    local a, b = tine.linspace(0, 1, 100000), tine.zeros("f64", 3)
    local pool <close> = tine.pool { threads = 3 }
    local all = {
      function() return a:sum() end, function() return a:start("sum"):wait() end, function() return b:sort() end,
      function() return #a:copy() end, function() return #a:map("sqrt"):sorted() end,
      function() return #a:map("mod", 16):unique() end, function() return a:filter("gt", 0.5):on(pool):count() end,
      function() return pool:install(function() return a:map("mul", 2):sum() end) end,
      function() local n = 0 for _ in a:iter() do n = n + 1 end return n end,
      function() local n = 0 for _ in a:filter("gt", 0.5):iter() do n = n + 1 end return n end,
      function() return #tine.array("f64", a:map("sqrt")) end, function() return a:eq(a) end,
      function() return #tine.zeros("f64", 100000) end, function() return #a:totable() end,
    }
    local right = {}
    for i, use in ipairs(all) do right[i] = use() end
    for i, use in ipairs(all) do
      for _, p in ipairs { slow(30000000), slow(30000000):on(pool), slow(30000000):filter("gt", 2) } do
        local called, got = 0, nil
        p:progress(function()
          called = called + 1
          if called == 1 then got = table.pack(pcall(use)) end
        end, 0.001):sum()
        assert.is_true(called > 0)
        assert.same({ true, right[i], n = 2 }, got)
      end
    end
  end)

  it("is called for runs inside of it, too, which have limits of their own", function()
    local inner, ended, value = 0, nil, nil
    local ok, how = slow():timeout(0.1):progress(function()
      if value then return end
      slow():timeout(0.15):sum() -- until the time is up
      value = slow(30000000):progress(function() inner = inner + 1 end, 0.001):sum()
      ended = table.pack(slow():timeout(0.01):sum())
    end, 0.01):sum()
    assert.same({ nil, "timeout" }, { ok, how })
    assert.equal(slow(30000000):sum(), value)
    assert.is_true(inner > 0)
    assert.same({ nil, "timeout" }, { ended[1], ended[2] })
  end)

  it("lets finalisers and hooks run, too", function()
    local data, saved, lost = tine.linspace(0, 1, 1000), 0, 0
    local function object()
      return setmetatable({}, { __gc = function()
        if pcall(data.sum, data) then saved = saved + 1 else lost = lost + 1 end
      end })
    end
    slow(30000000):progress(function()
      for _ = 1, 20 do object() end
      collectgarbage()
    end, 0.001):sum()
    assert.is_true(saved >= 20)
    assert.equal(0, lost)
  end)

  it("cannot take what the run is at", function()
    local a, b = tine.linspace(0, 1, 300000), tine.zeros("f64", 300000)
    local pool <close> = tine.pool { threads = 2 }
    local busy, read, closed
    local p = a:map("sqrt")
    for _ = 1, 40 do p = p:map("sin"):map("exp") end
    p = p:on(pool):progress(function()
      busy, read = { pcall(a.sort, a) }, { pcall(function() return b:map("sqrt"):sum() end) }
      closed = { pcall(pool.close, pool) }
    end, 0.001)
    repeat p:collect_into(b) until busy -- at once, unless this thread slept while another did all
    assert.is_false(busy[1] or read[1] or closed[1])
    assert.matches("in use", busy[2])
    assert.matches("in use", read[2])
    assert.matches("close a pool inside of a terminal", closed[2])
    assert.raises("yield", function()
      coroutine.wrap(function() slow(30000000):progress(coroutine.yield, 0.001):sum() end)()
    end)
  end)

  it("can be the end of the state", function()
    local output, how, status = helper.script([[
      local tine = require "tine"
      tine.range(1, 1 << 50):map("sqrt"):progress(function() print "bye" os.exit(true, false) end, 0.01):sum()]])
    assert.same({ "bye\n", "exit", 0 }, { output, how, status })
  end)

  local function bar(redirect)
    return helper.script(([[
      local path = os.tmpname()
      local file = io.open(path, "w")
      file:write('require "tine".range(1, 60000000):map("sqrt"):map("sin"):progress(nil, 0.02):sum()')
      file:close()
      os.execute("script -qec '" .. arg[-1] .. " " .. path .. " %s' /dev/null </dev/null")
      os.remove(path)
    ]]):format(redirect))
  end

  it("is a bar on a terminal, and nothing elsewhere", function()
    if not os.execute "command -v script >/dev/null" then pending "script is not installed" return end
    assert.matches("\r%[#*%-*%] +%d+%%  [%d.]+M of 60%.0M  [%d.]+M/s  %d+:%d%d left\27%[K.*\n$", bar "")
    assert.equal("", bar "2>&1 | cat")
  end)
end)

describe("event loops:", function()
  it("luasocket's select takes jobs", function()
    local ok, socket = pcall(require, "socket")
    if not ok then pending "luasocket is not installed" return end
    local short, long <close> = slow(3000000):start "sum", slow():start "sum"
    local ready = socket.select({ long, short }, nil, 60)
    assert.equal(short, ready[1])
    assert.is_nil(ready[2])
    local none, _, why = socket.select({ long }, nil, 0.01)
    assert.same({ 0, "timeout" }, { #none, why })
    assert.equal(slow(3000000):sum(), (short:wait(0)))
  end)

  -- (in a process of its own: luv does not survive being required twice, as busted makes files do)
  it("luv's poll handles take descriptors", function()
    if not package.searchpath("luv", package.cpath) then pending "luv is not installed" return end
    local output = helper.script [[
      local tine, uv = require "tine", require "luv"
      local job, ticks = tine.range(1, 1 << 50):map("sqrt"):start "sum", 0
      local timer, poll = uv.new_timer(), uv.new_poll(job:getfd())
      timer:start(10, 10, function()
        ticks = ticks + 1
        if ticks == 6 then job:cancel() end
      end)
      poll:start("r", function()
        poll:close()
        timer:close()
        print(job:wait(0))
      end)
      uv.run()
      print(ticks >= 6)]]
    assert.equal("nil\tcancelled\t12\ntrue\n", output)
  end)
end)

describe("an interrupt of the host's", function()
  it("ends what a state runs, from any thread, until it is cleared", function()
    if not helper.host("interrupt_host", "spec/lua/hosts/interrupt.lua") then
      pending "interrupt_host is built by make test"
    end
  end)
end)
