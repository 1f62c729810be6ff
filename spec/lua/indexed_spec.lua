-- Adaptors that move items about and keep the index: enumerate, rev, skip, step_by, interleave, interleave_shortest and
-- chain. Their meaning is Rayon's; the oracles are plain loops over rows.

local helper = require "spec.lua.helper"
local rows = require "spec.lua.rows"
local tine = require "tine"

after_each(helper.settle)

local pools
setup(function() pools = helper.pools { 1, 3 } end)
teardown(function() helper.close(pools) end)

local DTYPES = { "i32", "f64" }

-- Checks build(p, list) against model(list) for inputs of every length.
local function law(dtypes, build, model)
  return helper.seeded(function(rng)
    for _, n in ipairs(rows.LENGTHS) do
      local list, p = rows.random(rng, DTYPES, n)
      local q = build(p, n)
      assert.equal("indexed", q:kind())
      rows.check_schedules(dtypes, model(list, n), q, pools)
    end
  end)
end

describe("enumerate", function()
  it("puts the 1-based index in front, as i64", law({ "i64", "i32", "f64" }, function(p)
    return p:enumerate()
  end, function(list)
    local numbered = {}
    for i, row in ipairs(list) do numbered[i] = { i, table.unpack(row) } end
    return numbered
  end))

  it("counts what the stage before it gives", function()
    rows.check({ "i64", "i64" }, { { 1, 2 }, { 2, 1 } }, tine.range(1, 5):rev():skip(3):enumerate())
    rows.check({ "i64", "i64" }, { { 2, 4 }, { 3, 5 } }, tine.range(3, 5):enumerate():skip(1))
    rows.check({ "i64", "i64", "bool" }, { { 1, 1, true } }, tine.rep(true, 1):enumerate():enumerate())
  end)

  it("works on an array of any type", function()
    for _, dtype in ipairs(helper.integers) do
      rows.check({ "i64", dtype }, { { 1, 9 }, { 2, 8 } }, tine.array(dtype, { 9, 8 }):enumerate())
    end
  end)
end)

describe("rev", function()
  it("gives the items from the last to the first", law(DTYPES, function(p) return p:rev() end, function(list)
    local reversed = {}
    for i, row in ipairs(list) do reversed[#list + 1 - i] = row end
    return reversed
  end))

  it("twice is nothing", law(DTYPES, function(p) return p:rev():rev() end, function(list) return list end))

  it("works on a huge range", function() -- semantics 13
    assert.holds("i64", { 10 ^ 15 // 1 | 0, 10 ^ 15 - 1 // 1 | 0 }, tine.range(1, 10 ^ 15):rev():take(2):collect())
    assert.equal(3, tine.range(1, math.maxinteger):rev():skip(math.maxinteger - 2):sum())
  end)
end)

describe("skip", function()
  for _, k in ipairs { 0, 1, 1000, 1024, 5000, math.maxinteger } do
    it(("leaves out the first %d"):format(k), law(DTYPES, function(p) return p:skip(k) end, function(list)
      return k < #list and rows.part(list, k + 1, #list) or {}
    end))
  end

  it("never evaluates what it leaves out", function()
    local p = tine.rep(12, 4):zip(tine.array("i64", { 0, 0, 2, 3 })):map "idiv"
    assert.holds("i64", { 6, 4 }, p:skip(2):collect())
    assert.raises("failed at item 1 ", function() p:skip(1):collect() end)
  end)

  it("refuses what is no count", function()
    assert.raises("bad argument #1 to 'skip' (number expected, got no value)", function() tine.range(1, 2):skip() end)
    assert.raises("bad argument #1 to 'skip' (must not be negative)", function() tine.range(1, 2):skip(-1) end)
  end)
end)

describe("step_by", function()
  for _, k in ipairs { 1, 2, 3, 1000, 1024, math.maxinteger } do
    it(("gives the first and each %dth after it"):format(k), law(DTYPES, function(p) return p:step_by(k) end,
      function(list)
        return rows.where(list, function(_, i) return (i - 1) % k == 0 end)
      end))
  end

  it("never evaluates the others", function()
    local p = tine.rep(12, 4):zip(tine.array("i64", { 1, 0, 2, 0 })):map "idiv"
    assert.holds("i64", { 12, 6 }, p:step_by(2):collect())
  end)

  it("refuses 0", function() -- semantics 14
    assert.raises("bad argument #1 to 'step_by' (must be positive)", function() tine.range(1, 2):step_by(0) end)
    assert.raises("bad argument #1 to 'step_by' (number expected, got no value)", function()
      tine.range(1, 2):step_by()
    end)
  end)
end)

-- Alternates while both have items; then what is left, if 'all'.
local function interleaved(a, b, all)
  local list = {}
  for i = 1, math.max(#a, #b) do
    if not all and not a[i] then break end
    list[#list + 1] = a[i]
    if not all and not b[i] then break end
    list[#list + 1] = b[i]
  end
  return list
end

describe("interleave", function()
  local SIZES = { { 0, 0 }, { 0, 3 }, { 3, 0 }, { 1, 1 }, { 2, 1 }, { 1, 2 }, { 4, 2 }, { 2, 4 }, { 1024, 1023 },
    { 700, 2500 }, { 2500, 700 }, { 1, 3000 } }

  it("alternates, then gives what is left of the longer one", helper.seeded(function(rng)
    for _, size in ipairs(SIZES) do
      local a, p = rows.random(rng, DTYPES, size[1])
      local b, q = rows.random(rng, DTYPES, size[2])
      rows.check_schedules(DTYPES, interleaved(a, b, true), p:interleave(q), pools)
    end
  end))

  it("or stops when one has no more: interleave_shortest", helper.seeded(function(rng)
    for _, size in ipairs(SIZES) do
      local a, p = rows.random(rng, DTYPES, size[1])
      local b, q = rows.random(rng, DTYPES, size[2])
      rows.check_schedules(DTYPES, interleaved(a, b, false), p:interleave_shortest(q), pools)
    end
  end))

  it("is Rayon's", function()
    local a, b = tine.range(1, 4), tine.range(5, 6)
    assert.holds("i64", { 1, 5, 2, 6, 3, 4 }, a:interleave(b):collect())
    assert.holds("i64", { 1, 5, 2, 6, 3 }, a:interleave_shortest(b):collect())
    assert.holds("i64", { 5, 1, 6, 2 }, b:interleave_shortest(a):collect())
  end)

  it("refuses other columns", function()
    for _, name in ipairs { "interleave", "interleave_shortest", "chain" } do
      local p, call = tine.range(1, 2), helper.method(name)
      assert.raises(("bad argument #1 to '%s' ("):format(name), call, p, tine.rep(true, 2))
      assert.raises(("bad argument #1 to '%s' ("):format(name), call, p, p:enumerate())
      assert.raises(("bad argument #1 to '%s' (tine.Pipeline expected, got no value)"):format(name), call, p)
    end
  end)
end)

describe("chain", function()
  it("gives the items of one after the other", helper.seeded(function(rng)
    for _, n in ipairs { 0, 1, 1023, 1024, 3000 } do
      for _, m in ipairs { 0, 1, 1025, 2048 } do
        local a, p = rows.random(rng, DTYPES, n)
        local b, q = rows.random(rng, DTYPES, m)
        rows.check_schedules(DTYPES, table.move(b, 1, m, n + 1, table.move(a, 1, n, 1, {})), p:chain(q), pools)
      end
    end
  end))

  it("takes any number of them", function()
    local a = tine.array("i64", { 1, 2 })
    assert.holds("i64", { 1, 2, 7, 1, 2 }, tine.chain(a, tine.rep(7, 1), a):collect())
    assert.holds("i64", { 1, 2, 7, 1, 2 }, a:chain(tine.rep(7, 1), a):collect())
    assert.holds("i64", { 1, 2 }, tine.chain(a):collect())
    assert.raises("bad argument #3 to 'chain' (", function() tine.chain(a, a, tine.rep(true, 1)) end)
    assert.raises("bad argument #2 to 'chain' (", function() tine.chain(a, tine.rep(true, 1), a) end)
    assert.raises("bad argument #1 to 'chain' (tine.Pipeline expected, got no value)", function() tine.chain() end)
  end)

  it("of one pipeline is that pipeline", function()
    local p = tine.range(1, 3)
    assert.equal(p, tine.chain(p))
    assert.equal(p, tine.zip(p))
  end)

  it("works on huge ranges", function() -- semantics 13
    local big = 10 ^ 15 // 1 | 0
    local p = tine.range(1, big):chain(tine.range(1, big))
    assert.equal(2 * big, p:len())
    assert.holds("i64", { big, 1 }, p:skip(big - 1):take(2):collect())
    assert.raises("more than 2^63-1 items", function()
      return tine.range(1, math.maxinteger):chain(tine.range(1, 1))
    end)
  end)

  it("reports the position in the whole", function()
    local bad = tine.rep(1, 5):map("idiv", 0)
    assert.raises("failed at item 4 ", function() tine.range(1, 3):chain(bad):sum() end)
  end)
end)
