-- Numbers at the ends of what their types hold: first and last elements, distances that overflow or vanish, integers
-- that would be rounded twice.

local helper = require "spec.lua.helper"
local tine = require "tine"

after_each(helper.settle)

local inf, huge, tiny = math.huge, 1.7e308, 5e-324

-- Zeros have their sign.
local function ends(a, first, last)
  assert.bits(first, a[1])
  assert.bits(last, a[#a])
end

describe("tine.linspace", function()
  it("begins and ends with its arguments, whatever lies between", function()
    for _, first in ipairs { -inf, -huge, -1.0, -tiny, -0.0, 0.0, tiny, 0.1, huge, inf } do
      for _, last in ipairs { -inf, -huge, -tiny, -0.0, 0.0, 0.7, huge, inf } do
        for n = 2, 5 do ends(tine.linspace(first, last, n), first, last) end
        assert.bits({ first }, tine.linspace(first, last, 1):totable())
      end
    end
  end)

  it("has no distance that overflows", function()
    local wide = 0x1.8p1023
    assert.holds("f64", { -wide, -wide / 2, 0.0, wide / 2, wide }, tine.linspace(-wide, wide, 5))
    assert.holds("f64", { huge, 0.0, -huge }, tine.linspace(huge, -huge, 3))
    assert.is_true(tine.linspace(-huge, huge, 100001):map("abs"):max() == huge)
  end)

  it("has steps below the smallest number", function() -- as NumPy
    local want = {}
    for i, k in ipairs { 0, 0, 1, 1, 2, 2, 3, 3, 4, 4 } do want[i] = k * tiny end
    assert.holds("f64", want, tine.linspace(0, 4 * tiny, 10))
    local many = tine.linspace(0, 3 * tiny, 100001)
    assert.same({ 16667, 33333, 33334, 16667 }, { many:filter("eq", 0):count(), many:filter("eq", tiny):count(),
      many:filter("eq", 2 * tiny):count(), many:filter("eq", 3 * tiny):count() })
  end)
end)

describe("tine.range of floats", function()
  it("begins with its first argument", function()
    for _, step in ipairs { 0.5, 1, huge } do assert.bits(-0.0, tine.range(-0.0, 3, step):collect()[1]) end
    assert.bits({ 0.0, 1.0 }, tine.range(-1.0, 1, 1):skip(1):collect():totable())
  end)

  it("goes from end to end of what floats hold", function()
    assert.holds("f64", { -huge, -huge + 1e308, 2 * (-huge / 2 + 1e308), 2 * (-huge / 2 + 1.5e308) },
      tine.range(-huge, huge, 1e308):collect())
    assert.holds("f64", { 0x1.8p1023, 0.0, -0x1.8p1023 }, tine.range(0x1.8p1023, -huge, -0x1.8p1023):collect())
    assert.equal(3, tine.range(-huge, huge, huge):len())
    assert.truthy(tostring(tine.range(-huge, huge, 1e308)):find("from -1.7e+308 step 1e+308", 1, true))
  end)

  it("counts the smallest numbers", function()
    assert.holds("f64", { 0.0, tiny, 2 * tiny, 3 * tiny }, tine.range(0, 3 * tiny, tiny):collect())
  end)

  it("ends at the largest integer, forwards and backwards", function()
    assert.holds("i64", { math.maxinteger }, tine.range(math.maxinteger, math.maxinteger, -1):collect())
    assert.holds("i64", { math.maxinteger }, tine.range(math.maxinteger, math.maxinteger):collect())
    assert.holds("i64", { math.mininteger }, tine.range(math.mininteger, math.mininteger, -1):collect())
  end)
end)

describe("a histogram", function()
  it("has bins narrower than the smallest number", function()
    local xs = tine.array("f64", { 0, tiny, 2 * tiny, 3 * tiny })
    assert.holds("i64", { 1, 1, 2 }, xs:histogram(0, 3 * tiny, 3))
    assert.holds("i64", { 1, 0, 1, 0, 1, 1 }, xs:histogram(0, 3 * tiny, 6))
    assert.holds("i64", { 1, 1 }, xs:histogram(tiny, 2 * tiny, 2))
    assert.holds("i64", { 1, 5 }, tine.array("f64", { tiny, 1, -tiny, 2, 3, 1e300 }):histogram(-1e300, 1e300, 2))
  end)
end)

describe("a number", function()
  -- Just above the middle of two neighbours in f32; as a double it is the middle, and goes to the other one.
  local whole, rounded = (1 << 54) + (1 << 30) + 1, 2.0 ^ 54 + 2.0 ^ 31

  it("is rounded once on its way into f32", function()
    local a = tine.zeros("f32", 1)
    a[1] = whole
    assert.bits(rounded, a[1])
    a:fill(-whole)
    assert.bits(-rounded, a[1])
    assert.bits(rounded, tine.full("f32", 1, whole)[1])
    assert.bits(rounded, tine.array("f32", { whole })[1])
    assert.bits(rounded, tine.build("f32", 1, function() return whole end)[1])
    assert.bits(rounded, tine.array("i64", { whole }):cast("f32"):collect()[1])
    assert.bits(rounded, tine.array("u64", { whole }):cast("f32"):collect()[1])
    assert.bits(rounded, tine.array("f32", tine.rep(whole, 1))[1])
    assert.bits(rounded, tine.zeros("f32", 1):map("add", whole):collect()[1])
  end)

  it("that is a float goes into u64 where it is an integer there", function()
    local a = tine.array("u64", { 2.0 ^ 63, 2.0 ^ 64 - 2048, 5.0, 0.0 })
    assert.holds("u64", { math.mininteger, -2048, 5, 0 }, a)
    a[2] = 2.0 ^ 63
    assert.equal(math.mininteger, a[2])
    for _, no in ipairs { 2.0 ^ 64, 0.5, 0 / 0, inf, -2.0 ^ 63 - 2048 } do
      assert.raises("number has no integer representation", function() a[1] = no end)
    end
    assert.raises("number has no integer representation", tine.array, "i64", { 2.0 ^ 63 })
  end)
end)
