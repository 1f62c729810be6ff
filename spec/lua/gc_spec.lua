-- Memory: the collector is told about array bytes, views and pipelines keep what they read alive, and what fails or is
-- dropped half-way leaks nothing. Each measurement has a process of its own.

local helper = require "spec.lua.helper"
local tine = require "tine"

after_each(helper.settle)

-- Runs `body` with `peak()` (MB resident, now) and `tine` in scope; what it prints is the result.
local function measure(body)
  local output, how, status = helper.script([[
    local tine = require "tine"
    local function resident()
      local file = assert(io.open "/proc/self/statm")
      local pages = tonumber(file:read "a":match "%d+%s+(%d+)")
      file:close()
      return pages * 4096 / 2 ^ 20
    end
    local peak = 0
    local function note() peak = math.max(peak, resident()) end
    ]] .. body .. "\nio.write(('%.1f'):format(peak))")
  assert.equal("exit 0", ("%s %s"):format(how, status), output)
  return tonumber(output), output
end

describe("a loop that makes and drops 8 MB arrays stays below 64 MB #memory", function()
  for name, make in pairs {
    full = 'tine.full("f64", 1 << 20, 1.0)',
    collect = "tine.range(1, 1 << 20):collect()",
    copy = "source:copy()",
    cast = 'source:cast "i64"',
    frombytes = 'tine.frombytes("f64", bytes)',
    array = 'tine.array("f64", tine.rep(1.0, 1 << 20))',
  } do
    it(name, function()
      local before = name == "frombytes" and 'local bytes = ("\\0"):rep(1 << 23)' or
        (name == "copy" or name == "cast") and 'local source = tine.full("f64", 1 << 20, 1.0)' or ""
      local peak, output = measure(before .. " for _ = 1, 200 do local a = " .. make ..
        " a[1] = 2 note() end")
      assert.is_true(peak and peak < 64, output)
    end)
  end

  -- Here views and pipelines keep what their array's handle gave up, in the generational mode of lua5.4.
  for name, body in pairs {
    ["kept by a pipeline"] = [[local a <close> = tine.full("f64", 1 << 20, 1.0) kept = a:map "sqrt" kept:sum()]],
    ["kept by a view"] = [[local a <close> = tine.full("f64", 1 << 20, 1.0) kept = a:sub(2)]],
  } do
    it(name, function()
      local peak, output = measure("local kept for _ = 1, 300 do " .. body .. " note() end")
      assert.is_true(peak and peak < 128, output)
    end)
  end

  it("with the collector stopped, when arrays are closed", function()
    local peak, output = measure [[
      collectgarbage "stop"
      for _ = 1, 200 do
        local a <close> = tine.full("f64", 1 << 20, 1.0)
        note()
      end]]
    assert.is_true(peak and peak < 64, output)
  end)
end)

describe("a loop over anything else does not grow #memory", function()
  for name, body in pairs {
    ["failing runs"] = [[pcall(function() tine.range(1, 100000):map("mod", 0):collect() end)]],
    ["failing constructors"] = [[pcall(tine.array, "u8", tine.full("i64", 10000, 300))]],
    ["abandoned iterators"] = [[for x in tine.range(1, 1000000):map("sqrt"):iter() do if x > 5 then break end end]],
    ["pipelines"] = [[local p = tine.zeros("f64", 100) for _ = 1, 50 do p = p:map("add", 1) end p:sum()]],
    ["errors at build"] = [[pcall(function() tine.zeros("f64", 10000):map("sqrt"):map("nothing") end)]],
    ["pools"] = [[if i % 20 == 0 then tine.pool { threads = 2 }:close() end]],
  } do
    it(name, function()
      local _, output = measure(([[
        local function round(n) for i = 1, n do %s end collectgarbage() collectgarbage() end
        round(300)
        local before = resident()
        round(1500)
        peak = resident() - before]]):format(body))
      assert.is_true(tonumber(output) < 8, output)
    end)
  end
end)

-- Fills freed memory with other values.
local function churn()
  helper.settle()
  for _ = 1, 20 do tine.full("f64", 10000, -7) end
  helper.settle()
end

describe("a finaliser", function()
  it("may use the iterator whose window it interrupts: no item is lost", function()
    local output, how, status = helper.script [[
      local tine = require "tine"
      collectgarbage "generational"
      local step, state = tine.range(1, 1000000):collect("f64"):iter()
      local sum, finalised = 0, 0
      local function arm()
        setmetatable({}, { __gc = function()
          finalised = finalised + 1
          sum = sum + (step(state) or 0)
          if finalised < 10000 then arm() end
        end })
      end
      arm()
      for i = 1, math.huge do
        local x = step(state)
        if not x then break end
        sum = sum + x
        if i % 64 == 0 then local _ = { {}, {} } end
      end
      io.write(finalised > 0 and ("%.0f"):format(sum) or "none ran")]]
    assert.equal("exit 0 500000500000", ("%s %s %s"):format(how, status, output))
  end)

  it("that is older than the module finds closed what others made while the state closed", function()
    local output, how, status = helper.script [[
      local array, pipeline, kernel, told, step, state
      local function try(fn)
        local ok, message = pcall(fn)
        io.write(tostring(ok), " ", tostring(message):gsub("^.-:%d+: ", ""), "\n")
      end
      KEPT = { setmetatable({}, { __gc = function()
        try(function() return array[1] end)
        try(function() return #array end)
        try(function() return array:sum() end)
        try(function() return pipeline:sum() end)
        try(function() return tostring(pipeline) end)
        try(function() return kernel:name() end)
        try(function() return told(1, 2) end)
        try(function() return told:signature("f32", "i8") end)
        try(function() return told:signature() end)
        try(function() return tostring(told) end)
        try(function() return step(state) end)
        try(function() return array:close() end)
      end }) }
      local tine = require "tine"
      KEPT[2] = setmetatable({}, { __gc = function()
        array, kernel = tine.full("f64", 5000, 1.0), tine.kernel "add"
        told = tine.kernel("x*y + a[1]", { a = array })
        told(1, 2)
        pipeline = array:map("neg")
        step, state = tine.full("f64", 5000, 2.0):iter()
        step(state)
      end })]]
    assert.equal("exit 0", ("%s %s"):format(how, status))
    assert.equal([[
false attempt to use a closed array
false attempt to use a closed array
false attempt to use a closed array
false attempt to use a closed pipeline
true tine.Pipeline (closed)
false attempt to use a closed kernel
false attempt to use a closed kernel
false attempt to use a closed kernel
false attempt to use a closed kernel
true tine.Kernel (closed)
true nil
true nil
]], output)
  end)

  it("of a closing state can make no pool that outlives it", function()
    for _ = 1, 5 do
      local output, how, status = helper.script [[
        local tine = require "tine"
        setmetatable({}, { __gc = function() pool = tine.pool { threads = 8 } end }) -- luacheck: ignore
        local before = tine.pool { threads = 3 } -- made, never closed
        io.write(before:threads())]]
      assert.equal("exit 0 3", ("%s %s %s"):format(how, status, output))
    end
  end)
end)

describe("what is still reachable", function()
  it("keeps a view's memory", function()
    local view = tine.full("f64", 10000, 3):sub(100, 199):sub(2)
    churn()
    assert.equal(3.0 * 99, view:sum())
  end)

  it("keeps the arrays of a pipeline", function()
    local p = tine.full("f64", 10000, 3):zip(tine.full("f64", 10000, 2)):map("mul")
    local q = tine.full("f64", 10000, 1) + tine.full("f64", 10000, 2)
    churn()
    assert.equal(60000.0, p:sum())
    assert.equal(30000.0, q:sum())
  end)

  it("keeps a pipeline's base pipelines", function()
    local p = tine.range(1, 10000):map("mul", 2)
    local q = p:map("add", 1):zip(p)
    p = nil
    churn()
    assert.is_nil(p)
    assert.equal(100010000 + 10000, (q:sum()))
  end)

  it("keeps what an iterator reads", function()
    local step, state, x = tine.full("f64", 10000, 3):map("mul", 2):iter()
    churn()
    for _ = 1, 10000 do
      x = step(state, x)
      assert.equal(6.0, x)
    end
    assert.is_nil((step(state, x)))
  end)

  it("keeps the pool a pipeline was told to run on", function()
    local p = tine.range(1, 100000):on(tine.pool { threads = 2 })
    churn()
    assert.equal(5000050000, p:sum())
  end)

  it("is not kept by weak references only", function()
    local weak = setmetatable({}, { __mode = "v" })
    weak[1] = tine.zeros("f64", 10)
    weak[2] = tine.slice(weak[1]):map("neg")
    helper.settle()
    helper.settle()
    assert.is_nil(weak[1])
    assert.is_nil(weak[2])
  end)
end)

describe("leaving a state", function()
  it("frees everything in any order", function()
    local output, how, status = helper.script [[
      local tine = require "tine"
      keep = { tine.zeros("f64", 1000), tine.pool { threads = 3 }, tine.range(1, 10):map("neg"), tine.kernel "add" }
      keep[5] = keep[1]:sub(10)
      keep[6] = keep[3]:on(keep[2]):zip(keep[5])
      keep[7] = table.pack(keep[6]:iter())
      keep[7][1](keep[7][2], keep[7][3])
      keep[6]:sum()
      io.write "done"]]
    assert.equal("done", output)
    assert.equal("exit 0", ("%s %s"):format(how, status))
  end)
end)
