-- take: the first n items, and none of the rest.

local helper = require "spec.lua.helper"
local tine = require "tine"

after_each(helper.settle)

describe("take", function()
  it("gives the first n", function()
    for _, n in ipairs { 0, 1, 2, 31, 32, 33, 100 } do
      local values = {}
      for i = 1, n do values[i] = i end
      assert.holds("i64", values, tine.range(1, 100):take(n):collect())
    end
  end)

  it("gives all there are when there are fewer", function()
    assert.equal(3, tine.range(1, 3):take(4):len())
    assert.equal(6, tine.range(1, 3):take(math.maxinteger):sum())
    assert.equal(0, tine.range(1, 0):take(5):len())
  end)

  it("never evaluates what it drops", function()
    local xs = tine.array("i64", { 1, 2, 0, 4 })
    local p = tine.rep(12, 4):zip(xs):map("idiv")
    assert.holds("i64", { 12, 6 }, p:take(2):collect())
    assert.raises("item 3", function() p:take(3):collect() end)
  end)

  it("takes every column", function()
    local a, b = tine.range(1, 9):zip(tine.rep(true, 5)):take(2):collect()
    assert.holds("i64", { 1, 2 }, a)
    assert.holds("bool", { true, true }, b)
  end)

  it("goes before and after map, and again", function()
    assert.holds("i64", { 2, 4 }, tine.range(1, 10):take(2):map("mul", 2):collect())
    assert.holds("i64", { 2, 4 }, tine.range(1, 10):map("mul", 2):take(2):collect())
    assert.holds("i64", { 1, 2 }, tine.range(1, 10):take(5):take(2):collect())
    assert.holds("i64", { 1, 2 }, tine.range(1, 10):take(2):take(5):collect())
  end)

  it("stays cheap on a huge range", function()
    assert.equal(50005000, tine.range(1, math.maxinteger):map("add", 0):take(10000):sum())
  end)

  it("refuses what is no count", function()
    assert.has_error(function() return tine.range(1, 3):take() end)
    assert.has_error(function() return tine.range(1, 3):take(1.5) end)
    assert.has_error(function() return tine.range(1, 3):take "x" end)
  end)
end)
