-- flat_map: any number of items for each, in order. Built in are repeat(x, n) and span(first, last).

local helper = require "spec.lua.helper"
local rows = require "spec.lua.rows"
local tine = require "tine"

after_each(helper.settle)

local pools
setup(function() pools = helper.pools { 1, 2, 3, 16 } end)
teardown(function() helper.close(pools) end)

describe("flat_map", function()
  it("repeats", helper.seeded(function(rng)
    for _, n in ipairs(rows.LENGTHS) do
      local values, counts, expected = {}, {}, {}
      for i = 1, n do
        values[i], counts[i] = rng:int(-99, 99), rng:chance(0.3) and 0 or rng:int(0, 5)
        if rng:chance(0.001) then counts[i] = 3000 end
        for _ = 1, counts[i] do expected[#expected + 1] = { values[i] } end
      end
      local p = tine.array("i64", values):zip(tine.array("i64", counts)):flat_map "repeat"
      assert.equal("parallel", p:kind())
      rows.check_schedules({ "i64" }, expected, p, pools)
    end
  end))

  it("spans", helper.seeded(function(rng)
    for _, n in ipairs { 0, 1, 1024, 3000 } do
      local first, last, expected = {}, {}, {}
      for i = 1, n do
        first[i] = rng:int(-50, 50)
        last[i] = first[i] + rng:int(-2, 6)
        for x = first[i], last[i] do expected[#expected + 1] = { x } end
      end
      rows.check_schedules({ "i64" }, expected,
        tine.array("i64", first):zip(tine.array("i64", last)):flat_map "span", pools)
    end
  end))

  it("is no obstacle for what follows", function()
    local p = tine.range(1, 100):extend("add", 0):flat_map "repeat" -- x, x times
    local sum = 0
    for i = 1, 100 do sum = sum + i * i end
    assert.equal(sum, p:sum())
    assert.equal(5050, p:count())
    assert.equal(2 * 5050, p:map("mul", 0):map("add", 2):sum())
    assert.holds("i64", { 99, 99 }, p:filter("eq", 99):take(2):collect())
    assert.holds("i64", { 1, 2, 2, 3 }, p:take(4):collect())
    assert.equal(5050 - 1 - 2, p:skip_while("lt", 3):count())
    assert.bits({ 1 }, { p:min() })
  end)

  it("streams what is far larger than memory", function()
    local huge = 10 ^ 12 // 1 | 0
    local p = tine.rep(1, 5):zip(tine.rep(huge, 5)):flat_map "span"
    assert.holds("i64", { 1, 2, 3 }, p:take(3):collect())
    assert.equal(7, (p:find_first("gt", 6)))
    local seen = 0
    for x in tine.rep(1, 1000):zip(tine.rep(100000, 1000)):flat_map("span"):iter() do
      seen = seen + 1
      assert.equal((seen - 1) % 100000 + 1, x)
      if seen == 300000 then break end
    end
  end)

  it("sums floats to the same bits on every schedule", helper.seeded(function(rng)
    local xs, ns = {}, {}
    for i = 1, 5000 do xs[i], ns[i] = (rng:float() - 0.5) * 10.0 ^ rng:int(-8, 8), rng:int(0, 4) end
    local p = tine.array("f64", xs):zip(tine.array("i64", ns)):flat_map "repeat"
    local sum = p:sum()
    for _, schedule in ipairs(helper.schedules(p, pools)) do assert.bits(sum, schedule[2]:sum(), schedule[1]) end
  end))

  it("wants a kernel that expands", function()
    assert.raises("'flat_map' needs a kernel that expands", function() tine.range(1, 3):flat_map "neg" end)
    assert.raises("bad argument #1 to 'flat_map' (a C function cannot be read", function()
      tine.range(1, 3):flat_map(print)
    end)
    assert.raises("'flat_map' needs a kernel that expands", function()
      tine.range(1, 3):flat_map(function(x) return x end)
    end)
    assert.has_error(function() tine.range(1, 3):enumerate():map "span" end)
  end)
end)

describe("filter_map", function()
  it("wants a kernel whose last result tells whether there is one", function() -- host kernels: api_host.c
    assert.raises("bad argument #1 to 'filter_map' (", function() tine.range(1, 3):filter_map "neg" end)
    assert.raises("bad argument #1 to 'filter_map' (kernel name", function() tine.range(1, 3):filter_map() end)
  end)
end)
