-- Operators on arrays and pipelines: each builds a pipeline, with the types of the kernel it stands for.

local helper = require "spec.lua.helper"
local tine = require "tine"

after_each(helper.settle)

local xs, ys

before_each(function()
  xs, ys = tine.array("f64", { 1, 2, 3 }), tine.array("f64", { 4, 5, 6 })
end)

describe("an operator", function()
  it("builds a pipeline", function()
    assert.equal(35.0, (xs * ys + 1):sum())
    assert.equal(32.0, (xs * ys):sum())
    assert.is_false(tine.isarray(xs * ys))
    assert.equal("indexed", (xs + 1):kind())
  end)

  it("takes an array, a pipeline or a number on either side", function()
    local p, q = tine.slice(xs), tine.slice(ys)
    for _, pair in ipairs { { xs, ys }, { p, ys }, { xs, q }, { p, q } } do
      assert.holds("f64", { 5.0, 7.0, 9.0 }, (pair[1] + pair[2]):collect())
      assert.holds("f64", { -3.0, -3.0, -3.0 }, (pair[1] - pair[2]):collect())
      assert.holds("f64", { 4.0, 10.0, 18.0 }, (pair[1] * pair[2]):collect())
      assert.holds("f64", { 0.25, 0.4, 0.5 }, (pair[1] / pair[2]):collect())
    end
    for _, x in ipairs { xs, p } do
      assert.holds("f64", { 9.0, 8.0, 7.0 }, (10 - x):collect())
      assert.holds("f64", { 6.0, 3.0, 2.0 }, (6 / x):collect())
      assert.holds("f64", { -9.0, -8.0, -7.0 }, (x - 10):collect())
      assert.holds("f64", { 0.5, 1.0, 1.5 }, (x / 2):collect())
      assert.holds("f64", { -1.0, -2.0, -3.0 }, (-x):collect())
      assert.holds("f64", { 0.0, 1.0, 1.0 }, (x // 2):collect())
      assert.holds("f64", { 7.0, 3.0, 2.0 }, (7 // x):collect())
      assert.holds("f64", { 1.0, 0.0, 1.0 }, (x % 2):collect())
      assert.holds("f64", { 1.0, 4.0, 9.0 }, (x ^ 2):collect())
      assert.holds("f64", { 2.0, 4.0, 8.0 }, (2 ^ x):collect())
    end
  end)

  it("nests, and reads the same array twice", function()
    assert.holds("f64", { 3.0, 8.0, 15.0 }, (xs * xs + 2 * xs):collect())
    assert.equal(14.0, (xs * xs):sum())
    assert.holds("f64", { 0.0, 0.0, 0.0 }, (xs - xs):collect())
  end)

  it("gives Lua's types", function() -- semantics 11, 12
    local i, f = tine.array("i32", { 7, -7 }), tine.array("f32", { 1, 3 })
    assert.holds("i64", { 8, -6 }, (i + 1):collect())
    assert.holds("i64", { 3, -4 }, (i // 2):collect())
    assert.holds("i64", { 1, 1 }, (i % 2):collect())
    assert.holds("i64", { -7, 7 }, (-i):collect())
    assert.holds("f64", { 3.5, -3.5 }, (i / 2):collect())
    assert.holds("f64", { 49.0, 49.0 }, (i ^ 2):collect())
    assert.holds("f64", { 7.5, -6.5 }, (i + 0.5):collect())
    assert.holds("f32", { 2.5, 7.5 }, (f * 2.5):collect())
    assert.holds("f32", { 2.0, 4.0 }, (f + 1):collect())
    assert.holds("f32", { 1.0, 9.0 }, (f * f):collect())
    assert.holds("f64", { 7.0, -21.0 }, (f * i):collect())
  end)

  it("wraps integers", function() -- semantics 12
    local big = tine.array("i64", { math.maxinteger, math.mininteger })
    assert.holds("i64", { math.mininteger, math.mininteger + 1 }, (big + 1):collect())
    assert.holds("i64", { -math.maxinteger, math.mininteger }, (-big):collect())
    assert.holds("i64", { -2, 0 }, (big * 2):collect())
  end)

  it("does arithmetic on narrow integers in i64", function() -- semantics 11
    local b = tine.array("u8", { 255, 0 })
    assert.holds("i64", { 510, 0 }, (b + b):collect())
    assert.holds("i64", { 254, -1 }, (b - 1):collect())
    assert.holds("u8", { 255, 1 }, (b // 1 + tine.array("i8", { 0, 1 })):cast("u8"):collect())
  end)

  it("rounds a constant to f32, and refuses one out of its range when it is built", function() -- semantics 11
    local f = tine.array("f32", { 1 })
    assert.holds("f32", { helper.f32(0.1) }, (f * 0.1):collect())
    assert.has_error(function() return f * 1e300 end)
  end)
end)

describe("two pipelines under an operator", function()
  it("must have one length", function()
    local short = tine.array("f64", { 1, 2 })
    assert.raises("length", function() return xs + short end)
    assert.raises("length", function() return tine.slice(xs) * short end)
    assert.raises("length", function() return xs - tine.range(1, 4) end)
  end)

  it("may both be empty", function()
    local none = tine.zeros("f64", 0)
    assert.equal(0.0, (none + none):sum())
  end)
end)

describe("an operand of another type", function()
  it("raises", function()
    for _, other in ipairs { {}, "x", print } do
      assert.has_error(function() return xs + other end)
      assert.has_error(function() return other * tine.slice(xs) end)
    end
    assert.has_error(function() return xs + nil end)
  end)
end)

-- a < b and its like: the operators, and the kernel of each.
local comparisons = {
  lt = function(a, b) return a < b end, le = function(a, b) return a <= b end,
  gt = function(a, b) return a > b end, ge = function(a, b) return a >= b end,
}
local mirrored = { lt = "gt", le = "ge", gt = "lt", ge = "le" }

describe("a comparison", function()
  it("cannot give a pipeline, and says what does", function()
    for kernel, compare in pairs(comparisons) do
      for name, p in pairs { xs = xs, p = tine.slice(xs), ["p "] = xs:map("neg"):filter("gt", 0) } do
        name = name:sub(1, 1) == "p" and "p" or name
        for _, number in ipairs { 0, -3, 2.5, math.mininteger, 1 / 0 } do
          local write = ("write %s:map(\"%%s\", %s)"):format(name, number)
          assert.raises(write:format(kernel), compare, p, number)
          -- Lua turns a > b into b < a, so which side the number was on is known, and not how it was written.
          assert.raises(write:format(mirrored[kernel]), compare, number, p)
        end
      end
    end
    assert.raises('write xs:zip_eq(ys):map("lt")', comparisons.lt, xs, xs)
    assert.raises('write xs:zip_eq(q):map("le")', comparisons.le, xs, tine.range(1, 3))
    assert.raises('write p:zip_eq(ys):map("lt")', comparisons.lt, tine.range(1, 3), xs)
    assert.raises('write p:zip_eq(q):map("lt")', comparisons.gt, tine.range(1, 3), tine.range(1, 3))
  end)

  it("is what the message says", helper.seeded(function(rng)
    for _ = 1, 200 do
      local values, kernel = {}, rng:pick { "lt", "le", "gt", "ge" }
      for i = 1, rng:int(0, 20) do values[i] = rng:int(-5, 5) end
      local a, c, expected = tine.array("i64", values), rng:int(-5, 5), {}
      local left = rng:chance(0.5)
      for i, v in ipairs(values) do
        if left then expected[i] = comparisons[kernel](v, c) else expected[i] = comparisons[kernel](c, v) end
      end
      local _, message = pcall(comparisons[kernel], left and a or c, left and c or a)
      local written = assert(load("local xs = ... return " .. message:match "write (.*)$"))
      assert.holds("bool", expected, written(a):collect())
    end
  end))

  it("with what is no number is Lua's error", function()
    assert.raises("attempt to compare tine.Array with string", comparisons.lt, xs, "1")
    assert.raises("attempt to compare nil with tine.Pipeline", comparisons.lt, nil, tine.range(1, 2))
    assert.raises("attempt to compare table with tine.Array", comparisons.gt, xs, {})
    assert.raises("attempt to compare tine.Array with boolean", comparisons.le, xs, true)
  end)

  it("by == is one of identity", function()
    local copy = xs:copy()
    assert.is_true(xs == xs)
    assert.is_false(xs == copy)
    assert.is_false(tine.slice(xs) == xs)
    assert.is_true(xs:eq(copy))
  end)

  it("knows its kernel whatever a script that has the debug library makes of it", function()
    local add = debug.getmetatable(xs).__add
    local _, own = debug.getupvalue(add, 2)
    assert.equal("number", type(own))
    for _, other in ipairs { -1, 14, math.maxinteger, 0.5, "x", {}, io.stdout, xs } do
      debug.setupvalue(add, 2, other)
      local fine, p = pcall(add, xs, 1)
      assert.truthy(not fine or p:collect():totable()[1])
    end
    debug.setupvalue(add, 2, own)
    assert.equal(xs[1] + 1, (xs + 1):collect()[1])
  end)
end)
