-- windows, gather and select: other columns for the same places.

local helper = require "spec.lua.helper"
local rows = require "spec.lua.rows"
local tine = require "tine"

after_each(helper.settle)

local pools
setup(function() pools = helper.pools { 1, 3 } end)
teardown(function() helper.close(pools) end)

local DTYPES = { "i32", "f64" }

describe("windows", function()
  it("puts k neighbours side by side", helper.seeded(function(rng)
    for _, n in ipairs(rows.LENGTHS) do
      for _, k in ipairs { 1, 2, 3, 7 } do
        local list, p = rows.random(rng, DTYPES, n)
        local expected, dtypes = {}, {}
        for j = 1, 2 * k do dtypes[j] = DTYPES[(j - 1) % 2 + 1] end
        for i = 1, n - k + 1 do
          local row = {}
          for j = 0, k - 1 do row[2 * j + 1], row[2 * j + 2] = table.unpack(list[i + j]) end
          expected[i] = row
        end
        rows.check(dtypes, expected, p:windows(k))
      end
    end
  end))

  it("is empty for k above the length", function() -- semantics 14
    assert.equal(0, tine.range(1, 3):windows(4):len())
    assert.equal(0, tine.range(1, 0):windows(1):len())
    assert.equal(1, tine.range(1, 3):windows(3):len())
  end)

  it("makes a moving average", function()
    local p = tine.array("f64", { 1, 2, 6, 4 }):windows(2):map("add"):map("div", 2)
    assert.holds("f64", { 1.5, 4.0, 5.0 }, p:collect())
  end)

  it("gives none where there are fewer items, whatever the length", function()
    for _, k in ipairs { 4, 32, 33, 1000, math.maxinteger } do
      local p = tine.range(1, 3):windows(k)
      assert.equal(0, #p)
      assert.equal(0, p:count())
      assert.equal(math.min(k, 32), select("#", p:collect()))
    end
    assert.equal(30, select("#", tine.range(1, 3):zip(tine.range(1, 3), tine.range(1, 3)):windows(20):min()))
  end)

  it("refuses 0 and too many columns", function()
    assert.raises("bad argument #1 to 'windows' (must be positive)", function() tine.range(1, 3):windows(0) end)
    assert.raises("bad argument #1 to 'windows' (", function() tine.range(1, 100):windows(33) end)
    assert.raises("bad argument #1 to 'windows' (", function() tine.range(1, 33):windows(33) end)
    assert.equal(69, tine.range(1, 100):windows(32):len())
  end)
end)

describe("gather", function()
  it("gives the elements at the items", helper.seeded(function(rng)
    for _, dtype in ipairs(helper.dtypes) do
      for _, n in ipairs { 0, 1, 1025, 3000 } do
        local values, _, arrays = rows.random(rng, { dtype }, 100, "wide")
        local index, expected = {}, {}
        for i = 1, n do
          index[i] = rng:int(1, 100)
          expected[i] = values[index[i]]
        end
        for _, type in ipairs { "i64", "u8", "u64", "i16" } do
          rows.check({ dtype }, expected, tine.array(type, index):gather(arrays[1]))
        end
      end
    end
  end))

  it("names the item that is out of range", function()
    local a = tine.array("f64", { 1, 2, 3 })
    for _, wrong in ipairs { 0, -1, 4, math.maxinteger, math.mininteger } do
      local index = tine.array("i64", { 1, 3, wrong, 2 })
      assert.raises("item 3 ", function() index:gather(a):sum() end)
      assert.holds("f64", { 1.0, 3.0 }, index:gather(a):take(2):collect())
    end
    assert.raises("item 1 ", function() tine.array("u64", { -1 }):gather(a):collect() end)
    assert.raises("item 1 ", function() tine.range(1, 1):gather(tine.zeros("u8", 0)):collect() end)
  end)

  it("refuses items that are no integers, and what is no array", function()
    local a = tine.zeros("f64", 3)
    assert.has_error(function() tine.rep(1.0, 2):gather(a) end)
    assert.has_error(function() tine.rep(true, 2):gather(a) end)
    assert.has_error(function() tine.range(1, 2):enumerate():gather(a) end)
    assert.raises("bad argument #1 to 'gather' (tine.Array expected, got tine.Pipeline)", function()
      tine.range(1, 2):gather(tine.range(1, 2))
    end)
    assert.raises("bad argument #1 to 'gather' (tine.Array expected, got no value)", function()
      tine.range(1, 2):gather()
    end)
  end)

  it("keeps the array alive", function()
    local p = tine.range(1, 2):gather(tine.array("f64", { 4, 5 }))
    collectgarbage()
    assert.equal(9.0, p:sum())
  end)
end)

describe("select", function()
  it("picks, reorders and repeats columns, counted from 1", helper.seeded(function(rng)
    for _, n in ipairs(rows.LENGTHS) do
      local list, p = rows.random(rng, DTYPES, n)
      for i, row in ipairs(list) do list[i] = { row[2], row[1], row[2] } end
      rows.check_schedules({ "f64", "i32", "f64" }, list, p:select(2, 1, 2), pools)
    end
  end))

  it("refuses columns that do not exist", function()
    local p = tine.range(1, 3):enumerate()
    assert.raises("bad argument #1 to 'select' (column 0 is out of range [1, 2])", function() p:select(0) end)
    assert.raises("bad argument #2 to 'select' (column 3 is out of range [1, 2])", function() p:select(1, 3) end)
    assert.raises("bad argument #1 to 'select' (column -1 is out of range [1, 2])", function() p:select(-1) end)
    assert.raises("bad argument #1 to 'select' (number expected, got no value)", function() p:select() end)
    assert.raises("bad argument #1 to 'select' (number has no integer", function() p:select(1.5) end)
    local many = {}
    for i = 1, 33 do many[i] = 1 end
    assert.raises("too many columns", function() p:select(table.unpack(many)) end)
  end)
end)
