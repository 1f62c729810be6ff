-- Integers above 2^63-1 as constants: Lua has them as negative ones, and what a u64 pipeline gives it takes back.
-- Against an oracle that compares as math.ult does and computes floats of the unsigned value.

local helper = require "spec.lua.helper"
local tine = require "tine"

after_each(helper.settle)

local ult = math.ult
local MOST, HALF = -1, math.mininteger -- 2^64-1, 2^63
local values = { 5, MOST, 7, HALF, 0, math.maxinteger, HALF + 1, MOST - 4096, 2, MOST }
local constants = { 0, 5, math.maxinteger, HALF, HALF + 1, MOST - 4096, MOST - 1, MOST }

local function float(u)
  return u >= 0 and u * 1.0 or (u >> 1 | u & 1) * 2.0
end

local compare = {
  eq = function(a, b) return a == b end,
  ne = function(a, b) return a ~= b end,
  lt = ult,
  le = function(a, b) return not ult(b, a) end,
  gt = function(a, b) return ult(b, a) end,
  ge = function(a, b) return not ult(a, b) end,
}
local choose = {
  min = function(a, b) return ult(b, a) and b or a end,
  max = function(a, b) return ult(a, b) and b or a end,
}
local wrap = { -- in i64: the bits are those of unsigned arithmetic
  add = function(a, b) return a + b end,
  sub = function(a, b) return a - b end,
  mul = function(a, b) return a * b end,
  band = function(a, b) return a & b end,
  bor = function(a, b) return a | b end,
  bxor = function(a, b) return a ~ b end,
}

local function mapped(fn, c)
  local out = {}
  for i, v in ipairs(values) do out[i] = fn(v, c) end
  return out
end

local function kept(fn, c)
  local out, positions = {}, {}
  for i, v in ipairs(values) do
    if fn(v, c) then
      out[#out + 1] = v
      positions[#positions + 1] = i
    end
  end
  return out, positions
end

describe("a constant beside a column of u64", function()
  local u, b = tine.array("u64", values), tine.rep(true, #values)

  it("is compared without a sign", function()
    for name, fn in pairs(compare) do
      for _, c in ipairs(constants) do
        local want, positions = kept(fn, c)
        assert.holds("bool", mapped(fn, c), u:map(name, c):collect())
        assert.holds("u64", want, u:filter(name, c):collect())
        assert.holds("u64", want, (u:zip(b):filter({ 1 }, name, c):collect()))
        assert.holds("i64", positions, u:positions(name, c):collect())
        assert.equal(#want, u:count(name, c))
        assert.equal(#want > 0, u:any(name, c))
        assert.equal(#want == #values, u:all(name, c))
        assert.equal(want[1], u:find_first(name, c))
        assert.equal(want[#want], u:find_last(name, c))
        assert.equal(positions[1], u:position_first(name, c))
        assert.equal(positions[#positions], u:position_last(name, c))
        assert.equal(positions[1] == nil, u:position_any(name, c) == nil)
        local a, z = u:partition(name, c)
        assert.holds("u64", want, a)
        assert.equal(#values - #want, #z)
        assert.equal(#want, u:start("count", name, c):wait())
        assert.equal(#values, u:take_while(name, c):count() + u:skip_while(name, c):count())
      end
    end
  end)

  it("keeps the type where that is kept", function()
    for name, fn in pairs(choose) do
      for _, c in ipairs(constants) do
        assert.holds("u64", mapped(fn, c), u:map(name, c):collect())
        local want = c
        for _, v in ipairs(values) do want = fn(want, v) end
        assert.equal(want, u:reduce(name, c))
        assert.equal(want, u:scan(name, c)[#values])
        assert.equal(want, u:fold_chunks(#values, name, c):collect()[1])
      end
    end
    for _, lo in ipairs(constants) do
      assert.holds("u64", mapped(choose.max, lo), u:map("clamp", lo, MOST):collect())
      assert.holds("u64", mapped(function(v) return v end), b:zip(u):map("where", lo):collect())
    end
  end)

  it("is the same in arithmetic", function()
    for name, fn in pairs(wrap) do
      for _, c in ipairs(constants) do assert.holds("i64", mapped(fn, c), u:map(name, c):collect()) end
    end
    assert.holds("i64", mapped(wrap.add, MOST), (u + MOST):collect())
    assert.holds("i64", mapped(function(v, c) return c - v end, MOST), (MOST - u):collect())
  end)

  it("is its unsigned value among floats", function()
    for _, c in ipairs(constants) do
      assert.holds("f64", mapped(function(v) return float(v) / float(c) end, c), (u / c):collect())
      assert.holds("f64", mapped(function(v) return float(c) / float(v) end, c), (c / u):collect())
    end
    assert.is_true((u / (u:max())):max() == 1.0)
  end)

  it("bounds bins", function()
    local lo, hi = u:minmax()
    assert.same({ 0, MOST }, { lo, hi })
    assert.holds("i64", { 4, 0, 3, 3 }, u:histogram(lo, hi, 4))
    assert.holds("i64", { 2, 3 }, u:filter("ge", HALF):collect():histogram(HALF, MOST, 2))
  end)

  it("that is a float has its sign", function()
    assert.equal(#values, u:count("gt", -1.0))
    assert.equal(0, u:count("eq", -1.0))
    assert.holds("f64", { -5.0 }, (tine.array("u64", { 5 }) / -1.0):collect())
  end)

  it("has its sign beside a column that has one", function()
    local i = tine.array("i64", { -1, 1 })
    assert.equal(1, i:count("eq", -1))
    assert.equal(1, i:zip(tine.array("u64", { 1, 2 })):count({ 1 }, "eq", -1))
    assert.equal(1, i:zip(tine.array("u64", { 1, MOST })):count({ 2 }, "gt", -2))
    assert.equal(2, tine.array("u32", { 1, 2 }):count("gt", -1))
    assert.raises("out of range", function() return tine.array("u32", { 1 }):map("min", -1):collect() end)
  end)
end)
