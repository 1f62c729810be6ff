-- extend: the kernel's results as further columns; a leading list picks the columns it sees. And two sources that no
-- array stands behind: tine.empty and tine.random.

local helper = require "spec.lua.helper"
local rows = require "spec.lua.rows"
local tine = require "tine"

after_each(helper.settle)

local pools
setup(function() pools = helper.pools { 1, 3 } end)
teardown(function() helper.close(pools) end)

describe("extend", function()
  it("adds a column", helper.seeded(function(rng)
    for _, n in ipairs(rows.LENGTHS) do
      local list, p = rows.random(rng, { "i64", "i32" }, n)
      local sums, seconds = {}, {}
      for i, row in ipairs(list) do
        sums[i] = { row[1], row[2], row[1] + row[2] }
        seconds[i] = { row[1], row[2], row[2] * 10 - row[1] }
      end
      rows.check_schedules({ "i64", "i32", "i64" }, sums, p:extend "add", pools)
      rows.check_schedules({ "i64", "i32", "i64" }, seconds,
        p:extend({ 2 }, "mul", 10):extend({ 3, 1 }, "sub"):select(1, 2, 4), pools)
    end
  end))

  it("fails at the item", function()
    local p = tine.range(-3, 3):extend("idiv", 0)
    assert.raises("(stage 2 'extend', built at ", function() p:collect() end)
  end)

  it("refuses wrong lists of columns", function()
    local p = tine.range(1, 3):enumerate()
    for _, name in ipairs { "extend", "filter", "take_while", "skip_while" } do
      local call = helper.method(name)
      local function wrong(text, ...)
        assert.raises((text:gsub("NAME", name)), call, p, ...)
      end
      wrong("bad argument #1 to 'NAME' (column 0 is out of range [1, 2])", { 0 }, "gt", 1)
      wrong("bad argument #1 to 'NAME' (column 3 is out of range [1, 2])", { 1, 3 }, "gt", 1)
      wrong("bad argument #1 to 'NAME' (column -1 is out of range [1, 2])", { -1 }, "gt", 1)
      wrong("bad argument #1 to 'NAME' (columns are integers)", { "1" }, "gt", 1)
      wrong("bad argument #1 to 'NAME' (columns are integers)", { 1.5 }, "gt", 1)
      wrong("bad argument #1 to 'NAME' (list of columns is empty)", {}, "gt", 1)
      wrong("bad argument #2 to 'NAME' (kernel name or tine.Kernel expected, got no value)", { 1 })
      wrong("bad argument #2 to 'NAME' (a C function cannot be read", { 1 }, print)
      wrong("bad argument #3 to 'NAME' (number or boolean expected", { 1 }, "gt", {})
      wrong("bad argument #2 to 'NAME' (unknown kernel 'gtt'; did you mean 'gt'?)", { 1 }, "gtt", 1)
    end
  end)
end)

describe("tine.empty", function()
  it("gives nothing, of any type", function()
    for _, dtype in ipairs(helper.dtypes) do
      rows.check_schedules({ dtype }, {}, tine.empty(dtype), pools)
      assert.equal("indexed", tine.empty(dtype):kind())
    end
    assert.raises("unknown element type 'f65'", function() tine.empty "f65" end)
    assert.has_error(function() tine.empty() end)
  end)

  it("is where a chain may begin", function()
    local p = tine.empty "f64"
    for i = 1, 3 do p = p:chain(tine.rep(i + 0.5, 1)) end
    assert.holds("f64", { 1.5, 2.5, 3.5 }, p:collect())
  end)
end)

describe("tine.random", function()
  it("gives numbers in [0, 1), that depend on seed and position alone", function()
    local p = tine.random(100000, 42)
    local first = p:collect()
    assert.equal("f64", first:dtype())
    local low, high = p:min(), p:max()
    assert.is_true(low >= 0 and low < 0.001 and high ~= nil and (p:max()) < 1)
    assert.is_true(math.abs(p:mean() - 0.5) < 0.01)
    assert.is_true(math.abs(p:var() - 1 / 12) < 0.01)
    for _, schedule in ipairs(helper.schedules(p, pools)) do assert.bits(first, schedule[2]:collect()) end
    assert.bits(first:sub(500, 600), p:skip(499):take(101):collect())
    assert.bits(first:sub(1, 10), tine.random(10, 42):collect())
  end)

  it("differs from seed to seed", function()
    local a, b = tine.random(1000, 1):collect(), tine.random(1000, 2):collect()
    local same = 0
    for i = 1, 1000 do
      if a[i] == b[i] then same = same + 1 end
    end
    assert.is_true(same < 2)
    assert.bits(tine.random(10, -1):collect(), tine.random(10, math.tointeger(-1.0)):collect())
  end)

  it("wants a length and a seed", function()
    assert.equal(0, tine.random(0, 1):len())
    assert.raises("bad argument #2 to 'random' (number expected, got no value)", function() tine.random(10) end)
    assert.raises("bad argument #1 to 'random' (must not be negative)", function() tine.random(-1, 1) end)
    assert.equal(math.maxinteger, tine.random(math.maxinteger, 0):len())
  end)
end)
