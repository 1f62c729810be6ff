-- Parts of different types put together: chain and interleave promote to a common type. The oracle is a table of values
-- and the rules, two parts at a time.

local data = require "spec.lua.data"
local helper = require "spec.lua.helper"
local tine = require "tine"

after_each(helper.settle)

local function is_float(dtype) return dtype == "f32" or dtype == "f64" end
local function unsigned(dtype) return dtype:sub(1, 1) == "u" end

-- The type of two, nil for none.
local function common(a, b)
  if a == b then return a end
  if a == "bool" or b == "bool" then return nil end
  if is_float(a) or is_float(b) then return "f64" end
  return unsigned(a) and unsigned(b) and (a == "u64" or b == "u64") and "u64" or "i64"
end

-- A value of a type in another; nil where it does not fit.
local function convert(value, from, to)
  if from == to or is_float(from) then return value end
  if to == "f64" then
    if from ~= "u64" or value >= 0 then return value + 0.0 end
    return ((value >> 1 | value & 1) + 0.0) * 2 -- the bit shifted out only matters where it breaks a tie
  end
  if from == "u64" and to == "i64" and value < 0 then return nil end
  return value
end

local ways = {
  chain = function(a, b)
    return table.move(b, 1, #b, #a + 1, table.move(a, 1, #a, 1, {}))
  end,
  interleave = function(a, b)
    local out = {}
    for i = 1, math.max(#a, #b) do
      if i <= #a then out[#out + 1] = a[i] end
      if i <= #b then out[#out + 1] = b[i] end
    end
    return out
  end,
  interleave_shortest = function(a, b)
    local out = {}
    for i = 1, #a do
      out[#out + 1] = a[i]
      if i > #b then break end
      out[#out + 1] = b[i]
    end
    return out
  end,
}

-- Something that does not fit, as an item.
local BAD = {}

-- A pipeline of a type, and what it must give: the items, BAD among them; or nil for a pipeline that raised.
local function some(rng, depth, names)
  if depth == 0 or rng:chance(0.3) then
    local dtype = rng:pick(helper.dtypes)
    if dtype == "bool" and rng:chance(0.8) then dtype = "f32" end
    local n, kind = rng:int(0, rng:chance(0.1) and 3000 or 20), rng:chance(0.7) and "small" or "wide"
    local values = data.values(rng, dtype, n, kind)
    return tine.array(dtype, values), dtype, values
  end
  local name = rng:pick(names)
  local p, left, a = some(rng, depth - 1, names)
  if not p then return nil end
  local q, right, b = some(rng, depth - 1, names)
  if not q then return nil end
  local dtype = common(left, right)
  if not dtype then
    assert.raises(("'%s' puts no bool beside a number, got %s and %s as column 1; cast one of them"):format(name, left,
      right), function() return tine.slice(tine.zeros(left, 0))[name](p, q) end)
    return nil
  end
  local function brought(values, from)
    local out = {}
    for i, v in ipairs(values) do
      if v == BAD then out[i] = BAD else out[i] = convert(v, from, dtype) end
      if out[i] == nil then out[i] = BAD end
    end
    return out
  end
  return p[name](p, q), dtype, ways[name](brought(a, left), brought(b, right))
end

local function check(rng, names, rounds)
  local tried, failed = 0, 0
  for _ = 1, rounds do
    local p, dtype, items = some(rng, rng:int(1, 5), names)
    if p then
      local bad
      for i, v in ipairs(items) do
        if v == BAD then bad = bad or i end
      end
      tried = tried + 1
      if bad then
        failed = failed + 1
        assert.raises("failed at item " .. bad, function() p:map("add", 0):collect() end)
        items = table.move(items, 1, bad - 1, 1, {})
        p = p:take(bad - 1)
      end
      assert.holds(dtype, items, p:collect())
      assert.holds(dtype, items, p:max_len(7):collect())
      assert.equal(#items, p:count())
    end
  end
  assert.is_true(tried > rounds / 4 and failed > 0)
end

describe("parts of different types", function()
  it("are promoted by chain", helper.seeded(function(rng) check(rng, { "chain" }, 400) end))

  it("are promoted by interleave", helper.seeded(function(rng)
    check(rng, { "chain", "interleave", "interleave_shortest" }, 400)
  end, 1))

  it("are promoted column by column", function()
    local a, b = tine.rep(1, 2):zip(tine.rep(1.5, 2)):chain(tine.rep(0.25, 1):zip(tine.array("f32", { 2 }))):collect()
    assert.holds("f64", { 1.0, 1.0, 0.25 }, a)
    assert.holds("f64", { 1.5, 1.5, 2.0 }, b)
    assert.raises("got i64 and bool as column 2", function()
      return tine.rep(1, 1):enumerate():chain(tine.rep(true, 1):enumerate())
    end)
  end)

  it("are promoted behind filters, where places are known, too", function()
    local p = tine.range(1, 9):filter("gt", 7):chain(tine.rep(0.5, 2):filter("lt", 1))
    assert.holds("f64", { 8.0, 9.0, 0.5, 0.5 }, p:collect())
    p = tine.range(1, 9):take_while("lt", 3):chain(tine.rep(0.5, 2))
    assert.holds("f64", { 1.0, 2.0, 0.5, 0.5 }, p:collect())
  end)

  it("are told by the plan", function()
    assert.truthy(tine.range(1, 2):chain(tine.rep(0.5, 1)):explain():find("cast f64", 1, true))
  end)

  it("are counted without being gone through, where none can fail", function()
    local p = tine.range(1, math.maxinteger // 4):chain(tine.rep(0.5, 1)):chain(tine.rep(0.5, math.maxinteger // 4))
    assert.equal(math.maxinteger // 4 * 2 + 1, p:count())
    p = tine.array("u8", { 1 }):chain(tine.range(1, math.maxinteger // 4))
    assert.equal(math.maxinteger // 4 + 1, p:count())
  end)
end)
