-- map and cast: lazy, immutable, reusable; columns first, then constants. kernel_spec has what each kernel computes.

local helper = require "spec.lua.helper"
local tine = require "tine"

after_each(helper.settle)

describe("map", function()
  it("applies a kernel to every item", function()
    assert.holds("f64", { 1.0, 2.0, 3.0 }, tine.array("f64", { 1, 4, 9 }):map("sqrt"):collect())
    assert.holds("i64", { -1, -2 }, tine.range(1, 2):map("neg"):collect())
  end)

  it("passes columns first, then constants", function()
    local xs, ys = tine.array("f64", { 10, 20 }), tine.array("f64", { 1, 2 })
    assert.holds("f64", { 7.0, 17.0 }, xs:map("sub", 3):collect())
    assert.holds("f64", { 9.0, 18.0 }, xs:zip(ys):map("sub"):collect())
    assert.holds("f64", { 11.0, 41.0 }, xs:zip(ys):map("fma", 1.0):collect())
    assert.holds("f64", { 12.0, 15.0 }, xs:map("clamp", 12, 15):collect())
    assert.holds("f64", { 9.0, 38.0 }, tine.zip(xs, ys, tine.array("f64", { -1, -2 })):map("fma"):collect())
  end)

  it("takes a kernel object as well as a name", function()
    assert.holds("i64", { 3, 4 }, tine.range(1, 2):map(tine.kernel "add", 2):collect())
  end)

  it("joins several columns into one", function()
    local p = tine.range(1, 3):zip(tine.range(4, 6)):map("mul")
    assert.equal(1, select("#", p:collect()))
    assert.holds("i64", { 4, 10, 18 }, p:collect())
  end)

  it("runs nothing until a terminal", function()
    local p = tine.array("i64", { 1, 0 }):map("idiv", 0):map("add", 1)
    assert.equal(2, p:len())
    assert.has_error(function() p:sum() end)
  end)

  it("leaves the pipeline it was called on alone", function()
    local p = tine.range(1, 3)
    local q, r = p:map("add", 1), p:map("mul", 2)
    assert.equal(6, p:sum())
    assert.equal(9, q:sum())
    assert.equal(12, r:sum())
    assert.equal(6, p:sum())
  end)

  it("runs again, with the same result", function()
    local p = tine.range(1, 1000):map("mul", 0.1)
    local first = p:collect()
    for _ = 1, 5 do assert.bits(first, p:collect()) end
  end)

  it("chains as long as one likes", function()
    local p = tine.range(1, 10)
    for _ = 1, 200 do p = p:map("add", 1) end
    assert.holds("i64", { 201, 202 }, p:take(2):collect())
  end)

  it("raises when columns and constants do not fit the kernel", function()
    local xs = tine.array("f64", { 1, 2 })
    for name, wrong in pairs {
      add = function() return xs:map "add" end,
      sub = function() return xs:map("sub", 1, 2) end,
      neg = function() return xs:zip(xs):map "neg" end,
      sqrt = function() return xs:map("sqrt", 1) end,
    } do
      local message = assert.raises("", wrong)
      assert.truthy(message:find(name, 1, true) or message:find("map", 1, true))
    end
    assert.has_error(function() return xs:map("add", {}) end)
    assert.has_error(function() return xs:map("add", "one") end)
    assert.has_error(function() return xs:map "and" end)
    assert.has_error(function() return xs:map() end)
    assert.has_error(function() return xs:map(42) end)
  end)

  it("works on blocks of any length", function()
    for _, n in ipairs { 0, 1, 31, 32, 33, 1023, 1024, 1025, 4095, 4096, 4097, 100003 } do
      local out = tine.range(1, n):map("mul", 3):collect()
      assert.equal(n, #out)
      if n > 0 then
        assert.equal(3, out[1])
        assert.equal(3 * n, out[n])
      end
      assert.equal(3 * n * (n + 1) // 2, out:sum())
    end
  end)
end)

describe("a constant beside a column", function() -- semantics 11
  it("adapts to a float column", function()
    local f = tine.array("f32", { 1, 2 })
    local tenth = helper.f32(0.1)
    assert.holds("f32", { helper.f32(1 + tenth), helper.f32(2 + tenth) }, f:map("add", 0.1):collect())
    assert.holds("f32", { 3.0, 4.0 }, f:map("add", 2):collect())
    assert.holds("f64", { 3.0 }, tine.array("f64", { 1 }):map("add", 2):collect())
  end)

  it("makes i64 of an integer column, or f64 when it is a float", function()
    for _, dtype in ipairs(helper.integers) do
      local a = tine.array(dtype, { 1, 2 })
      assert.holds("i64", { 2, 3 }, a:map("add", 1):collect())
      assert.holds("f64", { 1.5, 2.5 }, a:map("add", 0.5):collect())
      assert.holds("f64", { 1.0, 1.5 }, a:map("min", 1.5):collect())
      assert.holds("f64", { 1.5, 1.75 }, a:map("clamp", 1.5, 1.75):collect())
      assert.holds(dtype, { 1, 1 }, a:map("min", 1):collect())
      assert.holds(dtype, { 2, 2 }, a:map("clamp", 2, 3):collect())
    end
  end)

  it("is refused out of the type's range, when the pipeline is built", function()
    assert.has_error(function() return tine.array("f32", { 1 }):map("mul", 1e39) end)
    assert.has_error(function() return tine.array("f32", { 1 }):map("max", -1e300) end)
  end)
end)

describe("cast", function()
  it("converts a column", function()
    assert.holds("f32", { 1.0, 2.0 }, tine.range(1, 2):cast("f32"):collect())
    assert.holds("u8", { 1, 2 }, tine.range(1, 2):cast("u8"):collect())
    assert.holds("i64", { 1, 0 }, tine.slice(tine.array("bool", { true, false })):cast("i64"):collect())
    assert.holds("f32", { helper.f32(0.1) }, tine.rep(0.1, 1):cast("f32"):collect())
  end)

  it("is exact or an error that names the item", function() -- semantics 12
    local message = assert.raises("item 3", function()
      tine.slice(tine.array("f64", { 1, 2, 2.5, 3.5 })):cast("i32"):collect()
    end)
    assert.truthy(message:find("number has no integer representation", 1, true))
    assert.raises("item 256", function() tine.range(1, 1000):cast("u8"):sum() end)
    assert.raises("item 2", function() tine.slice(tine.array("f64", { 1, 0 / 0 })):cast("i64"):sum() end)
  end)

  it("narrows what arithmetic widened", function()
    local a = tine.array("u8", { 1, 2, 3 })
    assert.holds("u8", { 2, 4, 6 }, (a * 2):cast("u8"):collect())
  end)

  it("names an unknown type", function()
    assert.raises("f65", function() return tine.range(1, 2):cast "f65" end)
  end)
end)
