-- sum, product, mean, var, std, count and reduce: types, wrapping, NaN, empty input, several columns.

local helper = require "spec.lua.helper"
local tine = require "tine"

after_each(helper.settle)

local NAN, INF = 0.0 / 0.0, math.huge

describe("sum", function() -- semantics 5
  it("of integers and bools is an integer", function()
    for _, dtype in ipairs(helper.integers) do
      assert.bits(106, tine.array(dtype, { 1, 2, 3, 100 }):sum(), dtype)
    end
    assert.bits(2, tine.array("bool", { true, false, true }):sum())
    assert.bits(255 * 100000, tine.full("u8", 100000, 255):sum())
    assert.bits(-128 * 100000, tine.full("i8", 100000, -128):sum())
  end)

  it("of integers wraps, as Lua's", function()
    assert.bits(math.mininteger, tine.array("i64", { math.maxinteger, 1 }):sum())
    assert.bits(math.maxinteger * 1000, tine.full("i64", 1000, math.maxinteger):sum())
    assert.bits(-2, tine.array("u64", { -1, -1 }):sum())
  end)

  it("of floats is a float", function()
    assert.bits(3.5, tine.array("f64", { 1, 2.5 }):sum())
    assert.bits(3.5, tine.array("f32", { 1, 2.5 }):sum())
    assert.bits(2.0, tine.array("f64", { 1, 1 }):sum())
  end)

  it("of f32 accumulates in f64", function()
    assert.bits(16777217.0, tine.array("f32", { 16777216, 1 }):sum())
    assert.bits(helper.f32(0.1) * 3, tine.full("f32", 3, 0.1):sum())
    assert.close(1.2e39, tine.full("f32", 4, 3e38):sum(), 1e-7)
  end)

  it("follows IEEE for NaN and infinity", function() -- semantics 10
    assert.bits(NAN, tine.array("f64", { 1, NAN, 2 }):sum())
    assert.bits(INF, tine.array("f64", { 1, INF, 2 }):sum())
    assert.bits(NAN, tine.array("f64", { INF, -INF }):sum())
  end)
end)

describe("product", function()
  it("is an integer that wraps, or a float", function()
    assert.bits(24, tine.array("u8", { 2, 3, 4 }):product())
    assert.bits(math.maxinteger * 2, tine.array("i64", { math.maxinteger, 2 }):product())
    assert.bits(0, tine.full("i32", 64, 2):product())
    assert.bits(3.0, tine.array("f64", { 2, 1.5 }):product())
    assert.bits(0, tine.array("bool", { true, false }):product())
    assert.bits(1, tine.array("bool", { true, true }):product())
    assert.bits(NAN, tine.array("f64", { 2, NAN }):product())
  end)
end)

describe("mean, var and std", function() -- semantics 5: f64, population
  it("are those of the population", function()
    for _, dtype in ipairs { "u8", "i32", "i64", "f32", "f64" } do
      local a = tine.array(dtype, { 2, 4, 4, 4, 5, 5, 7, 9 })
      assert.bits(5.0, a:mean(), dtype)
      assert.close(4.0, a:var(), 1e-15)
      assert.close(2.0, a:std(), 1e-15)
    end
    assert.bits(1.5, tine.array("i32", { 1, 2 }):mean())
    assert.bits(0.0, tine.array("f64", { 42 }):var())
    assert.bits(0.0, tine.array("f64", { 42 }):std())
  end)

  it("are those of a sample, divided by n less ddof", function()
    local a = tine.array("i32", { 2, 4, 4, 4, 5, 5, 7, 9 })
    for ddof = 0, 7 do
      assert.bits(32 / (8 - ddof), a:var(ddof))
      assert.bits(math.sqrt(32 / (8 - ddof)), a:std(ddof))
      assert.bits(32 / (8 - ddof), a:start("var", ddof):wait())
    end
    assert.bits(4.0, a:var(nil))
    assert.bits({ 2.0, 0.5 }, { tine.array("u8", { 1, 3 }):zip(tine.array("f64", { 0.5, 1.5 })):var(1) })
    assert.bits(32 / 7, a:filter("gt", 0):var(1))
  end)

  it("are none of ddof items or fewer, as the mean of none is", function()
    local a = tine.array("f64", { 1, 2 })
    for _, ddof in ipairs { 2, 3, math.maxinteger } do
      assert.same({ nil, n = 1 }, table.pack(a:var(ddof)))
      assert.same({ nil, n = 1 }, table.pack(a:std(ddof)))
    end
    assert.is_nil(tine.zeros("f64", 0):var(0))
    for _, wrong in ipairs { -1, 0.5, "x", {} } do
      assert.raises("bad argument #1 to 'std' (", function() return a:std(wrong) end)
    end
  end)

  it("do not lose small noise on a large mean", function()
    -- 1e9 + {-0.25, 0.25} alternating: exactly representable, var 1/16.
    local a = tine.build("f64", 10001, function(i) return 1e9 + (i == 10001 and 0 or i % 2 == 0 and 0.25 or -0.25) end)
    assert.close(1e9, a:mean(), 1e-15)
    assert.close(0.0625 * 10000 / 10001, a:var(), 1e-9)
    assert.close(0.25 * math.sqrt(10000 / 10001), a:std(), 1e-9)
    assert.bits(0.0, tine.rep(1e9, 12345):var())
    assert.bits(0.0, tine.full("i64", 777, 10 ^ 12 // 1 | 0):var())
  end)

  it("follow IEEE for NaN", function()
    for _, name in ipairs { "mean", "var", "std" } do
      assert.bits(NAN, tine.array("f64", { 1, NAN })[name](tine.array("f64", { 1, NAN })))
    end
    assert.bits(INF, tine.array("f64", { 1, INF }):mean())
  end)
end)

describe("reduce", function()
  it("folds with a kernel, in the kernel's own types", function() -- semantics 5
    assert.bits(6, tine.range(1, 3):reduce "add")
    assert.bits(24, tine.array("u8", { 2, 3, 4 }):reduce "mul")
    assert.bits(300, tine.array("u8", { 100, 200 }):reduce "add")
    assert.bits(0.5, tine.array("f64", { 3, 0.5, 2 }):reduce "min")
    assert.bits(200, tine.array("u8", { 100, 200 }):reduce "max")
    assert.bits(helper.f32(16777216), tine.array("f32", { 16777216, 1 }):reduce "add") -- f32, not f64
    assert.bits(7, tine.array("i32", { 1, 2, 4 }):reduce "bor")
    assert.bits(0, tine.array("i32", { 1, 2, 4 }):reduce "band")
    assert.is_false(tine.array("bool", { true, false }):reduce "and")
    assert.is_true(tine.array("bool", { true, false }):reduce "or")
    assert.bits(NAN, tine.array("f64", { 1, NAN, 2 }):reduce "min")
    assert.bits(6, tine.range(1, 3):reduce(tine.kernel "add"))
  end)

  it("combines an identity exactly once", function() -- semantics 2
    for _, n in ipairs { 0, 1, 31, 32, 33, 1023, 1024, 1025, 100000 } do
      assert.bits(n * (n + 1) // 2 + 1000, tine.range(1, n):reduce("add", 1000))
    end
    assert.bits(-5, tine.range(1, 3):reduce("min", -5))
    assert.bits(1, tine.range(1, 3):reduce("min", 9))
  end)

  it("without identity is nil on empty input", function() -- semantics 9
    assert.is_nil(tine.range(1, 0):reduce "add")
    assert.is_nil(tine.zeros("f64", 0):reduce "min")
    assert.bits(7, tine.range(1, 0):reduce("add", 7))
  end)

  it("refuses kernels that are not associative, or take other than two arguments", function() -- semantics 2
    for _, name in ipairs { "sub", "div", "idiv", "mod", "pow", "lt", "shl", "neg", "sqrt", "fma", "where" } do
      assert.has_error(function() tine.range(1, 3):reduce(name) end)
    end
    assert.has_error(function() tine.range(1, 3):reduce() end)
    assert.raises("did you mean 'add'", function() tine.range(1, 3):reduce "addd" end)
  end)
end)

describe("empty input", function() -- semantics 9
  it("has a sum, a product and a count", function()
    for _, dtype in ipairs(helper.integers) do
      assert.bits(0, tine.zeros(dtype, 0):sum())
      assert.bits(1, tine.zeros(dtype, 0):product())
    end
    assert.bits(0.0, tine.zeros("f64", 0):sum())
    assert.bits(0.0, tine.zeros("f32", 0):sum())
    assert.bits(1.0, tine.zeros("f64", 0):product())
    assert.bits(0, tine.zeros("bool", 0):sum())
    assert.bits(0, tine.zeros("f64", 0):count())
  end)

  it("has no mean, var or std", function()
    for _, dtype in ipairs { "i32", "f32", "f64" } do
      local none = tine.zeros(dtype, 0)
      assert.is_nil((none:mean()))
      assert.is_nil((none:var()))
      assert.is_nil((none:std()))
    end
  end)
end)

describe("several columns", function() -- semantics 5
  it("give one result each", function()
    local p = tine.array("u8", { 1, 2, 3 }):zip(tine.array("f64", { 0.5, 1.5, 4 }), tine.rep(true, 3))
    local function check(expected, ...)
      assert.equal(#expected, select("#", ...))
      assert.bits(expected, { ... })
    end
    check({ 6, 6.0, 3 }, p:sum())
    check({ 6, 3.0, 1 }, p:product())
    local numbers = tine.array("u8", { 1, 3 }):zip(tine.array("f64", { 0.5, 1.5 }))
    check({ 2.0, 1.0 }, numbers:mean())
    check({ 1.0, 0.25 }, numbers:var())
    check({ 1.0, 0.5 }, numbers:std())
    check({ 4, 2.0 }, numbers:reduce "add")
  end)
end)

describe("count", function()
  it("is the number of items", function()
    for _, n in ipairs { 0, 1, 1024, 123456 } do assert.bits(n, tine.range(1, n):count()) end
    assert.bits(2, tine.range(1, 2):zip(tine.range(1, 9)):count())
  end)

  it("is that of the items for which a predicate holds, as of a filter", function()
    local xs = tine.array("f64", { 0.25, 0.5, 0.75, 1 })
    local both = xs:zip(tine.range(1, 4))
    assert.equal(2, xs:count("gt", 0.5))
    assert.equal(2, xs:start("count", "gt", 0.5):wait())
    assert.equal(4, xs:count(nil))
    assert.equal(1, tine.array("bool", { false, true }):count "not")
    assert.equal(3, both:count({ 2 }, "gt", 1))
    assert.equal(3, both:start("count", { 2 }, "gt", 1):wait())
    assert.equal(4, both:count({ 1, 2 }, "lt"))
    assert.equal(1, xs:filter("gt", 0.5):count("lt", 1))
    assert.equal(50000, tine.range(1, 100000):count("gt", 50000))
    assert.raises("column 3 is out of range [1, 2]", function() return both:count({ 3 }, "gt", 1) end)
    assert.raises("unknown kernel 'gtt'; did you mean 'gt'?", function() return xs:count("gtt", 1) end)
    assert.raises("'count' needs a predicate", function() return xs:count "neg" end)
    assert.raises("'count' needs a predicate", function() return xs:start("count", "neg") end)
  end)
end)
