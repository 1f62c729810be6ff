-- zip and zip_eq: columns side by side; the shortest wins, or lengths must match.

local helper = require "spec.lua.helper"
local tine = require "tine"

after_each(helper.settle)

describe("zip", function()
  it("puts columns side by side, one array each when collected", function()
    local a, b, c = tine.range(1, 2):zip(tine.rep(0.5, 2), tine.array("u8", { 8, 9 })):collect()
    assert.holds("i64", { 1, 2 }, a)
    assert.holds("f64", { 0.5, 0.5 }, b)
    assert.holds("u8", { 8, 9 }, c)
  end)

  it("flattens", function()
    local p = tine.range(1, 2):zip(tine.range(3, 4)):zip(tine.range(5, 6):zip(tine.range(7, 8)))
    assert.equal(4, select("#", p:collect()))
    local items = {}
    p:each(function(...) items[#items + 1] = { ... } end)
    assert.same({ { 1, 3, 5, 7 }, { 2, 4, 6, 8 } }, items)
  end)

  it("is as long as its shortest side", function() -- semantics 14
    for n = 0, 5 do
      for m = 0, 5 do
        local a, b = tine.range(1, n):zip(tine.range(1, m)):collect()
        assert.equal(math.min(n, m), #a)
        assert.equal(math.min(n, m), #b)
      end
    end
  end)

  it("never evaluates the longer side's extra items", function() -- semantics 14
    local bad = tine.array("i64", { 1, 1, 0 }) -- item 3 would fail
    local p = tine.range(1, 3):zip(bad):map("idiv")
    assert.raises("item 3", function() p:sum() end)
    assert.equal(-9, tine.range(1, 2):zip(tine.rep(6, 3):zip(bad):map("idiv")):map("sub"):sum())
    assert.holds("i64", { 6, 6 }, tine.rep(6, 3):zip(bad):map("idiv"):zip(tine.range(1, 2)):collect())
    assert.holds("i64", { 1 }, tine.range(1, 10 ^ 15 // 1 | 0):zip(tine.range(1, 1)):collect())
  end)

  it("zips an array with itself", function()
    local a = tine.array("f64", { 1, 2, 3 })
    assert.equal(14.0, a:zip(a):map("mul"):sum())
  end)

  it("keeps the pipelines it was made of usable", function()
    local p, q = tine.range(1, 3), tine.range(4, 6)
    local z = p:zip(q)
    assert.equal(6, p:sum())
    assert.equal(15, q:sum())
    assert.equal(32, z:map("mul"):sum())
  end)

  it("refuses what is no source", function()
    for _, other in ipairs { {}, 1, "x", print } do
      assert.has_error(function() return tine.range(1, 2):zip(other) end)
      assert.has_error(function() return tine.range(1, 2):zip_eq(other) end)
    end
    assert.has_error(function() return tine.range(1, 2):zip(nil) end)
  end)
end)

describe("zip_eq", function()
  it("is zip for equal lengths", function()
    assert.equal(32, tine.range(1, 3):zip_eq(tine.range(4, 6)):map("mul"):sum())
    assert.equal(0, tine.range(1, 0):zip_eq(tine.range(2, 1)):len())
  end)

  it("raises for unequal lengths, when it is built", function()
    assert.raises("length", function() return tine.range(1, 3):zip_eq(tine.range(1, 4)) end)
    assert.raises("length", function() return tine.range(1, 1):zip_eq(tine.zeros("f64", 0)) end)
  end)
end)
