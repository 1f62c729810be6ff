-- take_while, skip_while, and take of what is not indexed: the first items in order, and what lies behind is not run.

local helper = require "spec.lua.helper"
local rows = require "spec.lua.rows"
local tine = require "tine"

after_each(helper.settle)

local pools
setup(function() pools = helper.pools { 1, 2, 3, 16 } end)
teardown(function() helper.close(pools) end)

local HUGE = 10 ^ 15 // 1 | 0

-- How many items stand before the first for which holds() is false.
local function before(list, holds)
  for i, row in ipairs(list) do
    if not holds(row) then return i - 1 end
  end
  return #list
end

describe("take_while and skip_while", function()
  it("part the items at the first that fails the test", helper.seeded(function(rng)
    for _, n in ipairs(rows.LENGTHS) do
      for _, place in ipairs { 1, 2, 1024, 1025, 3000, n } do
        local list, _, arrays = rows.random(rng, { "i32", "f64" }, n)
        for i, row in ipairs(list) do
          row[1] = math.abs(row[1])
          if i == place then row[1] = -1 end
          arrays[1][i] = row[1]
        end
        local p = tine.zip(table.unpack(arrays))
        local k = before(list, function(row) return row[1] >= 0 end)
        rows.check_schedules({ "i32", "f64" }, rows.part(list, 1, k), p:take_while({ 1 }, "ge", 0), pools)
        rows.check_schedules({ "i32", "f64" }, rows.part(list, k + 1, n), p:skip_while({ 1 }, "ge", 0), pools)
        k = before(list, function(row) return row[1] > row[2] end)
        rows.check({ "i32", "f64" }, rows.part(list, 1, k), p:take_while "gt")
        rows.check({ "i32", "f64" }, rows.part(list, k + 1, n), p:skip_while({ 2, 1 }, "lt"))
      end
    end
  end))

  it("look at each item before that, and not far behind", function()
    assert.equal(499500, tine.range(0, HUGE):take_while("lt", 1000):sum())
    assert.equal(1000, tine.range(1, HUGE):map("mul", 3):take_while("le", 3000):count())
    assert.equal(0, tine.range(1, HUGE):take_while("lt", 1):count())
    assert.holds("i64", { 5001, 5002 }, tine.range(1, HUGE):skip_while("le", 5000):take(2):collect())
  end)

  it("go behind a filter", function()
    local p = tine.range(1, HUGE):filter("gt", 5)
    assert.holds("i64", { 6, 7, 8 }, p:take_while("lt", 9):collect())
    assert.holds("i64", { 6, 7, 8 }, p:take(3):collect())
    assert.holds("i64", { 100, 101 }, p:skip_while("lt", 100):take(2):collect())
    assert.holds("i64", { 7, 8 }, tine.range(1, 10):filter("gt", 5):skip_while("lt", 7):take_while("lt", 9):collect())
  end)

  it("fail as the plain loop does", function() -- semantics 8
    local divisors = tine.full("i64", 5000, 1)
    divisors[3000] = 0
    local p = tine.rep(7, 5000):zip(divisors, tine.range(1, 5000)):extend({ 1, 2 }, "idiv"):select(4, 3)
    assert.equal(2998 * 7, (p:take_while({ 2 }, "lt", 2999):sum()))
    assert.raises("failed at item 3000 ", function() p:take_while({ 2 }, "lt", 3000):sum() end)
    assert.raises("failed at item 3000 ", function() p:skip_while({ 2 }, "lt", 10):count() end)
  end)

  it("take predicates only", function()
    local p = tine.range(1, 3)
    for _, name in ipairs { "take_while", "skip_while" } do
      local call, place = helper.method(name), ("bad argument #1 to '%s' ("):format(name)
      assert.raises(place, call, p, "neg")
      assert.raises(place, call, p, "gt")
      assert.raises(place .. "kernel name or tine.Kernel expected, got no value", call, p)
      assert.raises(place .. "a C function cannot be read", call, p, print)
    end
  end)
end)

describe("take behind a filter", function()
  it("gives the first n that pass", helper.seeded(function(rng)
    for _, n in ipairs { 0, 1, 1024, 5000 } do
      local list, p = rows.random(rng, { "i64" }, n)
      local kept = rows.where(list, function(row) return row[1] > 5 end)
      for _, k in ipairs { 0, 1, 2, 100, 1000, 1000000 } do
        rows.check_schedules({ "i64" }, rows.part(kept, 1, math.min(k, #kept)), p:filter("gt", 5):take(k), pools)
      end
    end
  end))

  it("does not look far behind them", function()
    assert.equal(10, tine.range(1, HUGE):filter("gt", 1000000):take(10):count())
    local p = tine.range(-5, HUGE):filter("le", 2):take(3)
    assert.holds("i64", { -5, -4, -3 }, p:collect())
  end)

  it("ends before the item that would fail", function()
    local p = tine.range(-10, 10):extend("gt", -9):filter():map("add", 5):map("idiv", 1)
    assert.equal(21 - 2, p:count())
    local q = tine.rep(100, 21):zip(tine.range(-10, 10)):map("idiv"):filter("lt", 0)
    assert.holds("i64", { -10, -12, -13 }, q:take(3):collect())
    assert.raises("failed at item 11 ", function() q:take(11):collect() end)
  end)
end)
