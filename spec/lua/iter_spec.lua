-- Back in the sequential phase: totable, each and iter give items in order, on the calling thread.

local helper = require "spec.lua.helper"
local tine = require "tine"

after_each(helper.settle)

describe("totable", function()
  it("gives a plain table of Lua values", function()
    local t = tine.range(1, 3):map("mul", 0.5):totable()
    assert.bits({ 0.5, 1.0, 1.5 }, t)
    assert.is_nil(getmetatable(t))
    assert.same({ true, false }, tine.slice(tine.array("bool", { true, false })):totable())
    assert.same({}, tine.range(1, 0):totable())
  end)

  it("gives what collect gives", function()
    local p = tine.range(1, 5000):map("sqrt")
    assert.bits(p:collect(), p:totable())
  end)
end)

describe("each", function()
  it("calls the function once per item, in order, on this thread", function()
    local co, seen = coroutine.running(), {}
    tine.range(1, 5000):map("mul", 2):each(function(x)
      assert.equal(co, coroutine.running())
      seen[#seen + 1] = x
    end)
    assert.equal(5000, #seen)
    for i = 1, 5000 do assert.equal(2 * i, seen[i]) end
  end)

  it("passes all columns", function()
    local seen = {}
    tine.range(1, 2):zip(tine.array("bool", { false, true }), tine.rep(0.5, 2)):each(function(...)
      seen[#seen + 1] = table.pack(...)
    end)
    assert.same({ { 1, false, 0.5, n = 3 }, { 2, true, 0.5, n = 3 } }, seen)
  end)

  it("never calls it for empty input", function()
    tine.range(1, 0):each(function() error "called" end)
  end)

  it("passes on what the function raises, and works again", function()
    local p = tine.range(1, 100000)
    for _ = 1, 20 do
      local last
      assert.raises("stop here", function()
        p:each(function(x)
          last = x
          if x == 1500 then error "stop here" end
        end)
      end)
      assert.equal(1500, last)
    end
    local object = {}
    local _, raised = pcall(p.each, p, function() error(object) end)
    assert.equal(object, raised)
    assert.equal(5000050000, p:sum())
  end)

  it("lets the function run pipelines and make garbage", function()
    local total = 0
    tine.range(1, 200):each(function(n)
      total = total + tine.range(1, n):sum()
      tine.zeros("f64", 1000)
      if n % 50 == 0 then collectgarbage() end
    end)
    assert.equal(200 * 201 * 202 // 6, total)
  end)

  it("refuses what is no function", function()
    assert.has_error(function() tine.range(1, 3):each() end)
    assert.has_error(function() tine.range(1, 3):each "add" end)
  end)
end)

describe("iter", function()
  it("works in a for loop, in order", function()
    local expected = 0
    for x in tine.range(1, 10000):map("mul", 3):iter() do
      expected = expected + 3
      assert.equal(expected, x)
    end
    assert.equal(30000, expected)
  end)

  it("gives all columns; false does not end it", function()
    local seen = {}
    for b, i in tine.zip(tine.array("bool", { false, true, false }), tine.range(1, 3)):iter() do
      seen[#seen + 1] = { b, i }
    end
    assert.same({ { false, 1 }, { true, 2 }, { false, 3 } }, seen)
  end)

  it("has nothing to say about empty input", function()
    for _ in tine.range(1, 0):iter() do error "called" end
  end)

  it("streams: a huge range starts at once and break stops it", function()
    for _ = 1, 50 do
      local seen = 0
      for x in tine.range(1, math.maxinteger):map("add", 1):iter() do
        seen = seen + 1
        assert.equal(seen + 1, x)
        if seen == 3000 then break end
      end
    end
    helper.settle()
    assert.equal(6, tine.range(1, 3):sum())
  end)

  it("may be nested, and run side by side", function()
    local pairs_seen = 0
    for x in tine.range(1, 20):iter() do
      for y in tine.range(1, x):map("mul", 2):iter() do
        assert.is_true(y <= 2 * x)
        pairs_seen = pairs_seen + 1
      end
    end
    assert.equal(210, pairs_seen)
    local f, s, v = tine.range(1, 3000):iter()
    local g, t, w = tine.range(1, 3000):map("neg"):iter()
    for i = 1, 3000 do
      v, w = f(s, v), g(t, w)
      assert.equal(i, v)
      assert.equal(-i, w)
    end
  end)

  it("may be left by an error or abandoned in a coroutine", function()
    for _ = 1, 20 do
      pcall(function()
        for x in tine.range(1, 1000000):iter() do
          if x == 10 then error "out" end
        end
      end)
      local co = coroutine.wrap(function()
        for x in tine.range(1, 1000000):iter() do coroutine.yield(x) end
      end)
      assert.equal(1, co())
      assert.equal(2, co())
    end
    helper.settle()
    assert.equal(3, tine.range(1, 2):sum())
  end)

  it("runs again", function()
    local p = tine.range(1, 10)
    for _ = 1, 3 do
      local sum = 0
      for x in p:iter() do sum = sum + x end
      assert.equal(55, sum)
    end
  end)

  it("raises where an item fails, after the items before it", function() -- semantics 8
    local xs = tine.build("i64", 3000, function(i) return i == 2500 and 0 or 1 end)
    local seen = 0
    assert.raises("item 2500", function()
      for _ in tine.rep(7, 3000):zip(xs):map("idiv"):iter() do seen = seen + 1 end
    end)
    assert.is_true(seen < 2500)
  end)
end)
