-- filter, with and without a list of columns, and as a mask; positions; and what the ladder of kinds says about them.

local helper = require "spec.lua.helper"
local rows = require "spec.lua.rows"
local tine = require "tine"

after_each(helper.settle)

local pools
setup(function() pools = helper.pools { 1, 2, 3, 16 } end)
teardown(function() helper.close(pools) end)

local DTYPES = { "i32", "f64" }

describe("filter by a mask", function()
  it("keeps the items where it is true", helper.seeded(function(rng)
    for _, n in ipairs(rows.LENGTHS) do
      for _, share in ipairs { 0, 0.01, 0.5, 1 } do
        local list, p = rows.random(rng, DTYPES, n)
        local mask, kept = {}, {}
        for i = 1, n do
          mask[i] = rng:chance(share)
          if mask[i] then kept[#kept + 1] = list[i] end
        end
        local array = tine.array("bool", mask)
        rows.check_schedules(DTYPES, kept, p:filter(array), pools)
        rows.check(DTYPES, kept, p:filter(array:map("not"):map("not")))
        rows.check(DTYPES, kept, p:filter(tine.range(1, n):zip(array):select(2)))
        kept = rows.where(kept, function(row) return row[1] > 3 end)
        rows.check(DTYPES, kept, p:filter(array):filter({ 1 }, "gt", 3))
      end
    end
  end))

  it("is a filter: bounded, in order, with the places of its base", function()
    local p = tine.range(1, 5000):filter(tine.rep(true, 5000))
    assert.equal("bounded", p:kind())
    assert.same({ 0, 5000 }, { p:bounds() })
    local divisor = tine.range(-4096, 903) -- 0 at item 4097
    p = tine.rep(1, 5000):zip(divisor):filter(divisor:map("gt", -100)):map("idiv")
    assert.raises("failed at item 4097 ", function() p:sum() end)
  end)

  it("takes an array as base", function()
    local xs = tine.array("f32", { 1, 2, 3 })
    assert.holds("f32", { 1.0, 3.0 }, xs:filter(tine.array("bool", { true, false, true })):collect())
    assert.holds("f32", { 2.0, 3.0 }, xs:filter(xs:map("gt", 1)):collect())
  end)

  it("refuses what is no mask", function()
    local p = tine.range(1, 3)
    local function refused(what, ...)
      local arguments = table.pack(...)
      assert.raises("bad argument #1 to 'filter' (" .. what, function() p:filter(table.unpack(arguments)) end)
    end
    refused("'filter' of 3 items by a mask of 2)", tine.rep(true, 2))
    refused("'filter' of 3 items by a mask of 4)", tine.rep(true, 4))
    refused("'filter' needs a mask of bool, got i64)", p)
    refused("'filter' needs a mask of bool, got u8)", tine.zeros("u8", 3))
    refused("'filter' needs a mask of one column, got 2)", tine.rep(true, 3):zip(tine.rep(true, 3)))
    assert.raises("'filter by a mask' needs an indexed pipeline; stage 2 'filter'", function()
      p:filter("gt", 0):filter(tine.rep(true, 3))
    end)
    assert.raises("'mask of a filter' needs an indexed pipeline; stage 2 'filter'", function()
      p:filter(tine.rep(true, 3):filter("not"))
    end)
    assert.raises("'filter by a mask' takes one argument", function() p:filter(tine.rep(true, 3), 1) end)
    local closed = tine.zeros("bool", 3)
    closed:close()
    assert.raises("closed array", function() p:filter(closed) end)
  end)
end)

describe("filter", function()
  it("keeps whole items for which the predicate holds, in order", helper.seeded(function(rng)
    for _, n in ipairs(rows.LENGTHS) do
      local list, p = rows.random(rng, DTYPES, n)
      for _, limit in ipairs { -100, 0, 7, 100 } do
        rows.check_schedules(DTYPES, rows.where(list, function(row) return row[1] > limit end),
          p:filter({ 1 }, "gt", limit), pools)
      end
      rows.check_schedules(DTYPES, rows.where(list, function(row) return row[1] < row[2] end), p:filter "lt", pools)
      rows.check(DTYPES, rows.where(list, function(row) return row[2] < row[1] end), p:filter({ 2, 1 }, "lt"))
      rows.check(DTYPES, rows.where(list, function(row) return row[2] > 1 end), p:filter({ 2 }, "gt", 1))
    end
  end))

  it("works on every type", helper.seeded(function(rng)
    for _, dtype in ipairs(helper.integers) do
      local list, p = rows.random(rng, { dtype }, 3000)
      rows.check({ dtype }, rows.where(list, function(row) return row[1] > 4 end), p:filter("gt", 4))
    end
    local list, p = rows.random(rng, { "f32" }, 3000, "corner")
    rows.check({ "f32" }, rows.where(list, function(row) return row[1] ~= row[1] end), p:filter "isnan")
    list, p = rows.random(rng, { "bool" }, 3000)
    rows.check({ "bool" }, rows.where(list, function(row) return not row[1] end), p:filter "not")
  end))

  it("without a predicate takes the last column as one, and drops it", helper.seeded(function(rng)
    for _, n in ipairs(rows.LENGTHS) do
      local list, p = rows.random(rng, { "u8", "f32", "bool" }, n)
      local expected = rows.where(list, function(row) return row[3] end)
      for i, row in ipairs(expected) do expected[i] = { row[1], row[2] } end
      rows.check_schedules({ "u8", "f32" }, expected, p:filter(), pools)
    end
    assert.has_error(function() tine.range(1, 3):filter() end) -- no bool
    assert.has_error(function() tine.rep(true, 3):filter() end) -- no other column
  end))

  it("takes the mask that extend makes", function()
    local p = tine.array("f64", { 1, 4, 2 }):extend("gt", 1.5)
    rows.check({ "f64", "bool" }, { { 1.0, false }, { 4.0, true }, { 2.0, true } }, p)
    rows.check({ "f64" }, { { 4.0 }, { 2.0 } }, p:filter())
  end)

  it("goes before and after everything", helper.seeded(function(rng)
    local list, p = rows.random(rng, { "i64" }, 5000)
    local function even(row) return row[1] % 2 == 0 end
    local expected = rows.where(rows.where(list, even), function(row) return row[1] > 0 end)
    rows.check_schedules({ "i64" }, expected,
      p:extend("mod", 2):filter({ 2 }, "eq", 0):select(1):filter("gt", 0), pools)
    local halves = {}
    for i, row in ipairs(expected) do halves[i] = { row[1] / 2 } end
    rows.check_schedules({ "f64" }, halves,
      p:extend("mod", 2):filter({ 2 }, "eq", 0):select(1):filter("gt", 0):map("div", 2), pools)
    rows.check({ "i64" }, rows.part(expected, 1, 40),
      p:filter("gt", 0):extend("mod", 2):filter({ 2 }, "eq", 0):select(1):take(40))
    rows.check({ "i16" }, rows.part(expected, 1, 10),
      p:filter("gt", 0):extend("mod", 2):filter({ 2 }, "eq", 0):select(1):take(10):cast "i16")
  end))

  it("may keep nothing, or all", function()
    rows.check({ "i64" }, {}, tine.range(1, 5000):filter("lt", 0))
    assert.equal(5000, tine.range(1, 5000):filter("gt", 0):count())
    assert.equal(0, tine.range(1, 0):filter("gt", 0):sum())
    assert.is_nil((tine.range(1, 5):filter("gt", 9):min()))
  end)

  it("sums to the same bits on every schedule", helper.seeded(function(rng) -- semantics 1
    local data = require "spec.lua.data"
    local a = tine.array("f64", data.cancelling(rng, "f64", 20000))
    local p = a:filter("gt", 0)
    local sum, mean, var = p:sum(), p:mean(), p:var()
    for _, schedule in ipairs(helper.schedules(p, pools)) do
      assert.bits({ sum, mean, var }, { schedule[2]:sum(), schedule[2]:mean(), schedule[2]:var() }, schedule[1])
    end
    assert.close(p:collect():sum(), sum, 1e-9)
  end))

  it("reports the position of the item before it was filtered", function()
    local divisors = tine.full("i64", 3000, 1)
    divisors[2500] = 0
    local p = tine.range(1, 3000):zip(divisors):filter({ 1 }, "gt", 2400):map "idiv"
    assert.raises("kernel 'idiv' failed at item 2500 (stage ", function() p:sum() end)
    assert.raises("failed at item 2500 ", function() p:collect() end)
  end)

  it("shields what stands behind it", function()
    local xs = tine.array("i64", { 2, 0, 3, 0 })
    assert.holds("i64", { 6, 4 }, tine.rep(12, 4):zip(xs):filter({ 2 }, "ne", 0):map("idiv"):collect())
  end)

  it("takes predicates only", function()
    local p = tine.range(1, 3)
    assert.raises("bad argument #1 to 'filter' (", function() p:filter "neg" end)
    assert.raises("bad argument #1 to 'filter' (", function() p:filter "gt" end) -- a constant is missing
    assert.raises("bad argument #1 to 'filter' (unknown kernel 'gtt'", function() p:filter("gtt", 1) end)
    assert.raises("bad argument #1 to 'filter' (kernel name or tine.Kernel expected, got nil)", function()
      p:filter(nil)
    end)
    assert.raises("bad argument #1 to 'filter' (a C function cannot be read; name a kernel, see tine.kernels(), or " ..
      "write a Lua function that calls it, if it is one of math)", function() p:filter(print) end)
    assert.raises("takes no parameters, the pipeline gives 1 column and no constants", function()
      p:filter(function() return true end)
    end)
  end)
end)

describe("positions", function()
  it("gives the 1-based indices of matches", helper.seeded(function(rng)
    for _, n in ipairs(rows.LENGTHS) do
      local list, p = rows.random(rng, DTYPES, n)
      local expected = {}
      for i, row in ipairs(list) do
        if row[1] < row[2] then expected[#expected + 1] = { i } end
      end
      rows.check_schedules({ "i64" }, expected, p:positions "lt", pools)
    end
  end))

  it("leads back to the items by gather", function()
    local a = tine.array("f64", { 3, -1, 4, -1, 5 })
    assert.holds("f64", { 3.0, 4.0, 5.0 }, a:positions("gt", 0):collect():gather(a):collect())
    assert.holds("i64", { 1, 2 }, a:rev():positions("ne", -1):take(2):map("add", 0):filter("lt", 3):collect():sub(1, 1)
      :gather(tine.array("i64", { 1, 2 })):chain(tine.rep(2, 1)):collect())
  end)

  it("needs an indexed pipeline", function()
    assert.raises("'positions' needs an indexed pipeline; stage 2 'filter' (", function()
      tine.range(1, 3):filter("gt", 1):positions("gt", 1)
    end)
  end)
end)

-- All adaptors and terminals that need an index, with arguments to match a pipeline of one i64 column.
local NEED_INDEX = {
  enumerate = {}, rev = {}, skip = { 1 }, step_by = { 2 }, windows = { 2 }, fold_chunks = { 2, "add" },
  gather = { tine.range(1, 9):collect() }, zip = { tine.range(1, 3) }, zip_eq = { tine.range(1, 3) },
  interleave = { tine.range(1, 3) }, interleave_shortest = { tine.range(1, 3) }, positions = { "gt", 1 },
  argmin = {}, argmax = {}, position_first = { "gt", 1 }, position_last = { "gt", 1 }, position_any = { "gt", 1 },
}

describe("the ladder of kinds", function()
  local filtered = tine.range(1, 9):filter("gt", 2)

  it("is climbed down only", function()
    local p = tine.range(1, 9)
    local expanded = p:zip(tine.rep(2, 9)):flat_map "repeat"
    for _, case in ipairs {
      { "indexed", p }, { "indexed", p:take(3) }, { "indexed", p:chain(p) }, { "indexed", p:map("neg"):cast "i8" },
      { "bounded", filtered }, { "bounded", filtered:map "neg" }, { "bounded", filtered:take(2) },
      { "bounded", filtered:chain(p) }, { "bounded", p:chain(filtered) }, { "bounded", p:positions("gt", 1) },
      { "bounded", p:take_while("lt", 5) }, { "bounded", p:skip_while("lt", 5) },
      { "bounded", filtered:sequential():min_len(5):select(1) }, { "bounded", filtered:extend "neg" },
      { "bounded", p:enumerate():filter({ 2 }, "gt", 2):select(2) },
      { "parallel", expanded }, { "parallel", expanded:filter("gt", 1) }, { "parallel", expanded:chain(p) },
      { "parallel", expanded:take_while("lt", 3) }, { "bounded", expanded:take(3) },
    } do
      assert.equal(case[1], case[2]:kind(), tostring(case[2]))
    end
  end)

  it("tells bounds", function()
    local p = tine.range(1, 9)
    assert.same({ 9, 9 }, { p:bounds() })
    assert.same({ 0, 9 }, { filtered:bounds() })
    assert.same({ 0, 2 }, { filtered:take(2):bounds() })
    assert.same({ 9, 18 }, { p:chain(filtered):bounds() })
    local lower, upper = p:zip(tine.rep(2, 9)):flat_map("repeat"):bounds()
    assert.equal("integer", math.type(lower))
    assert.is_nil(upper)
    assert.equal(2, select("#", p:zip(tine.rep(2, 9)):flat_map("repeat"):bounds()))
    assert.same({ 3, 3 }, { tine.zeros("u8", 3):bounds() })
  end)

  it("is named, with the stage and line that lost it", function()
    local line = debug.getinfo(1, "l").currentline + 1
    local p = tine.range(1, 9):filter("gt", 2):map "neg"
    local place = ("; stage 2 'filter' (%s:%d) made it bounded"):format(debug.getinfo(1, "S").short_src, line)
    for name, arguments in pairs(NEED_INDEX) do
      local message = assert.raises(("'%s' needs an indexed pipeline%s"):format(name, place), function()
        helper.method(name)(p, table.unpack(arguments))
      end)
      assert.falsy(message:find("bad argument", 1, true))
    end
    assert.raises("'len' needs an exact pipeline" .. place, function() p:len() end)
    assert.raises("'collect_into' needs an exact pipeline" .. place, function()
      p:collect_into(tine.zeros("i64", 9))
    end)
    assert.raises("'zip' needs an indexed pipeline" .. place, function() tine.range(1, 9):zip(p) end)
    assert.raises("needs an indexed pipeline" .. place, function() return p + 1 + p end)
  end)

  it("is lost by the stage that takes most", function()
    local expanded = tine.range(1, 3):enumerate():flat_map "repeat"
    assert.raises("'len' needs an exact pipeline; stage 3 'flat_map' (", function() expanded:filter("gt", 1):len() end)
  end)
end)

describe("a bounded pipeline", function()
  local a = tine.array("f64", { 3, -1, 4, -1, 5, -9 })
  local p = a:filter("gt", 0)

  it("has values but no positions", function()
    assert.bits({ 3.0 }, { p:min() })
    assert.bits({ 5.0 }, { p:max() })
    assert.bits({ 3.0, 5.0 }, { p:minmax() })
    assert.equal(1, select("#", p:min()))
    assert.bits({ 3.0, -5.0 }, { p:extend("neg"):min() })
    assert.equal(0, select("#", p:map("neg"):for_each "isnan"))
  end)

  it("becomes an array", function()
    assert.holds("f32", { 3.0, 4.0, 5.0 }, tine.array("f32", p))
    assert.holds("u8", { 3, 4, 5 }, tine.array("u8", p))
    assert.holds("u8", { 3, 4, 5 }, p:collect "u8")
    assert.holds("i64", {}, tine.array("i64", a:filter("gt", 9)))
    assert.raises("number has no integer representation", function() tine.array("u8", p:map("div", 2)) end)
    assert.raises("one column expected, got 2", function() tine.array("u8", a:enumerate():filter({ 1 }, "gt", 2)) end)
  end)

  it("is folded", function()
    assert.bits({ 12.0, 60.0, 4.0, 3 }, { p:sum(), p:product(), p:mean(), p:count() })
    assert.bits({ 12.0, 13.0, 60.0 }, { p:reduce "add", p:reduce("add", 1), p:reduce "mul" })
  end)
end)
