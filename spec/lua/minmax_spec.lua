-- min, max, minmax, argmin and argmax: value and position, ties to the first, NaN, unsigned order, empty input.

local helper = require "spec.lua.helper"
local tine = require "tine"

after_each(helper.settle)

local NAN, INF = 0.0 / 0.0, math.huge

-- All five terminals at once: low, position, high, position.
local function check(expected, p)
  local low, low_at, high, high_at = table.unpack(expected)
  assert.bits({ low }, { p:min() })
  assert.bits({ high }, { p:max() })
  assert.bits({ low, high }, { p:minmax() })
  assert.bits(low_at, (p:argmin()))
  assert.bits(high_at, (p:argmax()))
end

describe("the extremes", function()
  it("have the column's type, and a 1-based position", function()
    for _, dtype in ipairs(helper.integers) do check({ 1, 2, 9, 3 }, tine.array(dtype, { 5, 1, 9 })) end
    check({ 0.5, 1, 2.0, 2 }, tine.array("f32", { 0.5, 2 }))
    check({ -INF, 2, INF, 3 }, tine.array("f64", { 0, -INF, INF }))
    check({ 4, 1, 4, 1 }, tine.array("i8", { 4 }))
    check({ math.mininteger, 2, math.maxinteger, 1 }, tine.array("i64", { math.maxinteger, math.mininteger }))
  end)

  it("are the first of equals", function() -- semantics 7
    check({ 1, 2, 3, 1 }, tine.array("i32", { 3, 1, 3, 1 }))
    check({ 7, 1, 7, 1 }, tine.full("i64", 100000, 7))
    check({ 0.0, 1, 0.0, 1 }, tine.rep(0.0, 100000))
  end)

  it("are found wherever they are", function()
    local n = 5000
    local a = tine.zeros("f64", n)
    for _, i in ipairs { 1, 2, 31, 32, 33, 1023, 1024, 1025, 2048, 4999, 5000 } do
      a[i] = -1
      assert.bits({ -1.0, i }, { a:min(), a:argmin() })
      a[i] = 1
      assert.bits({ 1.0, i }, { a:max(), a:argmax() })
      a[i] = NAN
      assert.bits({ NAN, i }, { a:max(), a:argmax() })
      a[i] = 0
    end
  end)

  it("are NaN where there is one, with the position of the first", function() -- semantics 10
    check({ NAN, 2, NAN, 2 }, tine.array("f64", { 1, NAN, -INF, NAN }))
    check({ NAN, 1, NAN, 1 }, tine.array("f32", { NAN }))
    check({ NAN, 3, NAN, 3 }, tine.array("f64", { INF, -INF, NAN }))
  end)

  it("order u64 as unsigned", function() -- semantics 11
    check({ 1, 2, -1, 1 }, tine.array("u64", { -1, 1, math.mininteger }))
  end)

  it("count positions in the pipeline, not in the array", function()
    local a = tine.array("i32", { 0, 5, 3, 9 })
    check({ 3, 2, 9, 3 }, tine.slice(a, 2, 4))
    check({ -9, 4, 0, 1 }, a:map "neg")
  end)

  it("are nil on empty input", function() -- semantics 9
    for _, dtype in ipairs { "i32", "f64" } do
      local none = tine.zeros(dtype, 0)
      for _, name in ipairs { "min", "max", "minmax", "argmin", "argmax" } do
        assert.is_nil((none[name](none)), name)
      end
    end
  end)

  it("are the same for every schedule", helper.seeded(function(rng)
    local pools = helper.pools { 1, 2, 3, 16 }
    local values = {}
    for i = 1, 20000 do values[i] = rng:int(-50, 50) end
    local a = tine.array("i16", values)
    local low, low_at, high, high_at = table.unpack { -50, 0, 50, 0 }
    for i = #values, 1, -1 do
      if values[i] == low then low_at = i end
      if values[i] == high then high_at = i end
    end
    for _, schedule in ipairs(helper.schedules(tine.slice(a), pools)) do
      check({ low, low_at, high, high_at }, schedule[2])
    end
    helper.close(pools)
  end))
end)

describe("the extremes of several columns", function() -- semantics 5
  local p = tine.array("u8", { 2, 1, 3 }):zip(tine.array("f64", { 0.5, 4, -1 }))

  it("are one of each", function()
    assert.bits({ 1, -1.0 }, { p:min() })
    assert.bits({ 3, 4.0 }, { p:max() })
    assert.bits({ 1, 3, -1.0, 4.0 }, { p:minmax() })
    assert.same({ 2, 3 }, { p:argmin() })
    assert.same({ 3, 2 }, { p:argmax() })
  end)

  it("are one of each in a job, too", function()
    assert.bits({ 3, 4.0 }, { p:start("max"):wait() })
    assert.same({ 2, 3 }, { p:start("argmin"):wait() })
  end)
end)

-- A value alone fits wherever a value does: at the end of arguments and of a table, and where there may be one more.
describe("an extreme", function()
  local xs, ys = tine.array("f64", { 3, -1, 2 }), tine.array("f64", { 4, 0 })

  it("is an argument as any other", function()
    assert.equal(4.0, math.max(xs:max(), ys:max()))
    assert.equal(-1.0, math.min(ys:min(), xs:min()))
    assert.holds("f64", { 4.0, 0.0, 3.0 }, xs:map("sub", xs:min()):collect())
    assert.holds("f64", { 3.0 }, xs:filter("eq", xs:max()):collect())
    assert.same({ -1.0, 3.0 }, { xs:min(), xs:max() })
    assert.equal("3.0", tostring(xs:max()))
    assert.holds("f64", { 4.0, 0.0, 3.0 }, (xs - xs:min()):collect())
    assert.holds("i64", { 1, 0, 2 }, xs:histogram(xs:min(), xs:max(), 3))
    assert.holds("f64", { 3.0 }, tine.array("f64", { xs:max() }))
    assert.equal(3.0, xs:start("reduce", "max", xs:max()):wait())
  end)

  it("is the value alone of every kind of pipeline", function()
    for _, p in ipairs { xs, tine.slice(xs), xs:filter("gt", -9), xs:flat_map("repeat", 1) } do
      for _, name in ipairs { "min", "max" } do
        assert.equal(1, select("#", p[name](p)))
        assert.equal(1, select("#", p:start(name):wait()))
      end
    end
  end)
end)
