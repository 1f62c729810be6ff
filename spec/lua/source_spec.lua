-- Sources: slice, range, rep and zip; their lengths, types and kinds. All are lazy and indexed.

local helper = require "spec.lua.helper"
local tine = require "tine"

after_each(helper.settle)

describe("tine.slice", function()
  it("gives the items of an array", function()
    local a = tine.array("i16", { 1, 2, 3, 4, 5 })
    assert.holds("i16", { 1, 2, 3, 4, 5 }, tine.slice(a):collect())
    assert.holds("i16", { 2, 3, 4 }, tine.slice(a, 2, 4):collect())
    assert.holds("i16", { 4, 5 }, tine.slice(a, 4):collect())
    assert.equal(5, tine.slice(a):len())
  end)

  it("takes indices as sub does", function()
    local a = tine.array("i16", { 1, 2, 3, 4, 5 })
    for _, i in ipairs { -6, -2, 0, 1, 3, 5, 6 } do
      for _, j in ipairs { -6, -2, 0, 1, 3, 5, 6 } do
        assert.bits(a:sub(i, j), tine.slice(a, i, j):collect())
      end
    end
  end)

  it("is what a pipeline method on an array starts from", function()
    local a = tine.array("f64", { 1, 4, 9 })
    assert.bits(tine.slice(a):map("sqrt"):collect(), a:map("sqrt"):collect())
    assert.equal(14.0, a:sum())
    assert.equal("indexed", a:kind())
    assert.equal(3, a:count())
    assert.is_true(tine.isarray(a:cast "f32")) -- the array's own method wins
  end)

  it("reads the array when it runs, not when it is built", function()
    local a = tine.array("f64", { 1, 2 })
    local p = tine.slice(a):map("mul", 10)
    a[1] = 5
    assert.holds("f64", { 50.0, 20.0 }, p:collect())
    a[2] = 6
    assert.holds("f64", { 50.0, 60.0 }, p:collect())
  end)

  it("refuses what is no array", function()
    for _, other in ipairs { {}, 1, "x", tine.range(1, 2) } do
      assert.has_error(function() tine.slice(other) end)
    end
    assert.has_error(function() tine.slice() end)
  end)
end)

-- The values a numeric `for` gives.
local function loop(first, last, step)
  local values = {}
  for i = first, last, step or 1 do values[#values + 1] = i end
  return values
end

describe("tine.range", function()
  it("is a numeric for", function()
    for _, r in ipairs {
      { 1, 10 }, { 1, 1 }, { 1, 0 }, { 5, 1 }, { -3, 3 }, { 1, 10, 3 }, { 1, 9, 3 }, { 10, 1, -1 }, { 10, 1, -4 },
      { 1, 10, -1 }, { 1, 3, 100 }, { math.maxinteger - 2, math.maxinteger }, { 1, 3.7 }, { 3, -1.5, -2 },
      { math.mininteger, math.mininteger + 2 }, { math.mininteger, math.maxinteger, math.maxinteger },
      { math.maxinteger, math.mininteger, math.mininteger },
    } do
      local values = loop(table.unpack(r))
      local p = tine.range(table.unpack(r))
      assert.equal(#values, p:len())
      assert.holds("i64", values, p:collect())
    end
  end)

  it("is a float range where a bound or step is a float", function() -- semantics 13: first + (i-1)*step
    assert.holds("f64", { 1.0, 2.0, 3.0 }, tine.range(1.0, 3):collect())
    assert.holds("f64", { 1.0, 1.5, 2.0 }, tine.range(1, 2, 0.5):collect())
    assert.holds("f64", { 1.0, 0.75, 0.5 }, tine.range(1, 0.5, -0.25):collect())
    assert.holds("f64", {}, tine.range(1.0, 0.5):collect())
    local tenths = tine.range(0, 99.95, 0.1):collect()
    assert.equal(1000, #tenths)
    for i = 1, 1000 do assert.bits(0.0 + (i - 1) * 0.1, tenths[i]) end
  end)

  it("may be larger than any memory", function() -- semantics 13
    local p = tine.range(1, 10 ^ 15 // 1 | 0)
    assert.equal(10 ^ 15 // 1 | 0, p:len())
    assert.holds("i64", { 1, 2, 3 }, p:take(3):collect())
    assert.equal(math.maxinteger, tine.range(1, math.maxinteger):len())
    assert.equal(10 ^ 15 // 1 | 0, p:count())
  end)

  it("raises where it would be longer than 2^63-1", function() -- semantics 13
    assert.has_error(function() tine.range(0, math.maxinteger) end)
    assert.has_error(function() tine.range(math.mininteger, math.maxinteger) end)
    assert.has_error(function() tine.range(math.maxinteger, math.mininteger, -1) end)
  end)

  it("refuses step 0 and what is no number", function()
    assert.raises("step", tine.range, 1, 10, 0)
    assert.raises("step", tine.range, 1.0, 10, 0.0)
    assert.has_error(function() tine.range(1) end)
    assert.has_error(function() tine.range("x", 2) end)
    assert.has_error(function() tine.range(1, {}) end)
  end)
end)

describe("tine.rep", function()
  it("gives one value n times, in the value's type", function()
    assert.holds("i64", { 7, 7, 7 }, tine.rep(7, 3):collect())
    assert.holds("f64", { 0.5, 0.5 }, tine.rep(0.5, 2):collect())
    assert.holds("bool", { true, true }, tine.rep(true, 2):collect())
    assert.holds("i64", {}, tine.rep(7, 0):collect())
    assert.equal(10 ^ 15 // 1 | 0, tine.rep(1, 10 ^ 15 // 1 | 0):len())
  end)

  it("refuses values no column can hold", function()
    for _, value in ipairs { {}, "x", print } do
      assert.has_error(function() tine.rep(value, 3) end)
    end
    assert.has_error(function() tine.rep(nil, 3) end)
    assert.has_error(function() tine.rep(1) end)
    assert.has_error(function() tine.rep(1, 1.5) end)
  end)
end)

describe("tine.zip", function()
  it("puts arrays and pipelines side by side", function()
    local a, b, c = tine.zip(tine.array("u8", { 1, 2 }), tine.range(3, 4), tine.rep(true, 2)):collect()
    assert.holds("u8", { 1, 2 }, a)
    assert.holds("i64", { 3, 4 }, b)
    assert.holds("bool", { true, true }, c)
  end)

  it("is as long as its shortest", function() -- semantics 14
    assert.equal(2, tine.zip(tine.range(1, 5), tine.range(1, 2), tine.range(1, 9)):len())
    assert.equal(0, tine.zip(tine.range(1, 5), tine.zeros("f64", 0)):len())
  end)

  it("refuses what is no source", function()
    assert.has_error(function() tine.zip(tine.range(1, 2), 3) end)
    assert.has_error(function() tine.zip({}, tine.range(1, 2)) end)
  end)
end)

describe("every source and adaptor so far", function()
  it("is indexed, and knows its length", function()
    local a = tine.zeros("f64", 10)
    for _, p in ipairs {
      tine.slice(a), tine.range(1, 10), tine.rep(0.5, 10), tine.zip(a, a), a:map("neg"), a:zip(a), a:zip_eq(a),
      tine.range(1, 20):take(10), tine.range(1, 10):cast("f32"), a + a, tine.slice(a):min_len(3):max_len(9),
      tine.slice(a):sequential(), a:take(99),
    } do
      assert.equal("indexed", p:kind())
      assert.equal(10, p:len())
      assert.equal(10, p:count())
      assert.same({ 10, 10 }, { p:bounds() })
    end
  end)
end)
