-- sort, sorted, argsort, top and reverse: stable in both directions, NaN last in both, -0.0 before 0.0 ascending.

local data = require "spec.lua.data"
local helper = require "spec.lua.helper"
local rows = require "spec.lua.rows"
local tine = require "tine"

after_each(helper.settle)

local pools
setup(function() pools = helper.pools { 1, 2, 3, 16 } end)
teardown(function() helper.close(pools) end)

local NAN = 0.0 / 0.0
local LENGTHS = { 0, 1, 2, 3, 100, 1023, 1024, 1025, 3000 }

local function negative_zero(x)
  return x == 0 and 1 / x < 0
end

-- -1, 0, 1: the order of two values of a type, ascending; a NaN is equal to none but a NaN.
local function compare(dtype, x, y)
  if dtype == "bool" then return x == y and 0 or y and -1 or 1 end
  if dtype == "u64" then return x == y and 0 or math.ult(x, y) and -1 or 1 end
  if x == y then
    if math.type(x) ~= "float" or x ~= 0 or negative_zero(x) == negative_zero(y) then return 0 end
    return negative_zero(x) and -1 or 1
  end
  return x < y and -1 or 1
end

-- Does row a stand before row b? Positions decide between equals.
local function stands_before(dtypes, sign, a, b)
  for c, dtype in ipairs(dtypes) do
    local x, y = a[c], b[c]
    if x ~= x or y ~= y then
      if x == x then return true end
      if y == y then return false end
    else
      local order = compare(dtype, x, y) * sign
      if order ~= 0 then return order < 0 end
    end
  end
  return a.at < b.at
end

-- The rows, sorted; each knows its place as 'at'.
local function sorted(list, dtypes, order)
  local copy, sign = {}, order == "desc" and -1 or 1
  for i, row in ipairs(list) do
    copy[i] = table.move(row, 1, #dtypes, 1, { at = i })
  end
  table.sort(copy, function(a, b) return stands_before(dtypes, sign, a, b) end)
  return copy
end

local function column(list, key)
  local values = {}
  for i, row in ipairs(list) do values[i] = row[key] end
  return values
end

-- Random values of a type with many equals, or few.
local function make(rng, dtype, n)
  local kind = rng:pick { "wide", "small", "corner" }
  return tine.array(dtype, data.values(rng, dtype, n, kind))
end

describe("sorting an array", function()
  for stream, dtype in ipairs(helper.dtypes) do
    it("orders it: " .. dtype, helper.seeded(function(rng)
      for _, n in ipairs(LENGTHS) do
        local a = make(rng, dtype, n)
        local list = rows.of(a)
        for _, order in ipairs { "asc", "desc" } do
          local expected = sorted(list, { dtype }, order)
          assert.holds(dtype, column(expected, 1), a:sorted(order))
          assert.holds("i64", column(expected, "at"), a:argsort(order))
          local b = a:copy()
          assert.equal(b, b:sort(order))
          assert.holds(dtype, column(expected, 1), b)
          assert.bits(column(expected, 1), b:sort(order))
        end
        assert.bits(a:sorted(), a:sorted "asc")
        assert.bits(a:argsort(), a:argsort "asc")
      end
    end, stream))
  end

  it("puts NaN last in both orders, and -0.0 before 0.0 ascending", function() -- semantics 10
    for _, dtype in ipairs { "f32", "f64" } do
      local a = tine.array(dtype, { 1, NAN, 0.0, -0.0, -math.huge, NAN, math.huge })
      assert.holds(dtype, { -math.huge, -0.0, 0.0, 1.0, math.huge, NAN, NAN }, a:sorted())
      assert.bits({ math.huge, 1.0 }, rows.part(a:sorted("desc"):totable(), 1, 2))
      assert.bits({ -math.huge, NAN, NAN }, rows.part(a:sorted("desc"):totable(), 5, 7))
      assert.holds("i64", { 5, 4, 3, 1, 7, 2, 6 }, a:argsort())
    end
  end)

  it("is done in place, in views too", function()
    local a = tine.array("i32", { 5, 4, 3, 2, 1 })
    assert.holds("i32", { 2, 3, 4 }, a:sub(2, 4):sort())
    assert.holds("i32", { 5, 2, 3, 4, 1 }, a)
    a:sub(3):reverse()
    assert.holds("i32", { 5, 2, 1, 4, 3 }, a)
    assert.holds("i32", { 1, 2, 3, 4, 5 }, a:sorted())
    assert.holds("i32", { 5, 2, 1, 4, 3 }, a)
  end)

  it("gives the same on any pool", helper.seeded(function(rng)
    local a = make(rng, "f64", 100000)
    local expected, places = a:sorted(), a:argsort "desc"
    for _, pool in ipairs(pools) do
      assert.bits(expected, tine.slice(a):on(pool):sorted())
      pool:install(function()
        assert.bits(expected, a:copy():sort())
        assert.bits(expected, a:sorted())
        assert.bits(places, a:argsort "desc")
      end)
    end
  end))

  it("knows two orders", function()
    local a = tine.array("f64", { 1 })
    for _, name in ipairs { "sort", "sorted", "argsort" } do
      assert.raises(("bad argument #1 to '%s' (invalid option 'down')"):format(name), helper.method(name), a, "down")
      assert.raises(("bad argument #1 to '%s' ("):format(name), helper.method(name), a, {})
    end
  end)

  it("refuses closed and read-only arrays", function()
    local a = tine.array("f64", { 2, 1 })
    a:close()
    for _, name in ipairs { "sort", "sorted", "argsort", "reverse" } do
      assert.raises("attempt to use a closed array", a[name], a)
    end
    local path = os.tmpname()
    assert(tine.array("f64", { 2, 1 }):save(path, { format = "npy" }))
    local mapped = assert(tine.mmap(path))
    assert.raises("array is read-only", function() mapped:sort() end)
    assert.raises("array is read-only", function() mapped:reverse() end)
    assert.holds("f64", { 1.0, 2.0 }, mapped:sorted())
    os.remove(path)
  end)
end)

describe("sorted of a pipeline", function()
  it("orders whole items, by their columns from the first to the last", helper.seeded(function(rng)
    for _, dtypes in ipairs { { "i8", "f64" }, { "bool", "u8", "i64" }, { "f32", "u64" }, { "f64" } } do
      for _, n in ipairs { 0, 1, 2, 1024, 3000 } do
        local list, p = rows.random(rng, dtypes, n, rng:pick { "small", "corner" })
        for _, order in ipairs { "asc", "desc" } do
          local expected = sorted(list, dtypes, order)
          local arrays = table.pack(p:sorted(order))
          assert.equal(#dtypes, arrays.n)
          for c, dtype in ipairs(dtypes) do assert.holds(dtype, column(expected, c), arrays[c]) end
        end
      end
    end
  end))

  it("takes any kind", function()
    local p = tine.array("i32", { 5, 1, 4, 2, 3 }):filter("gt", 1)
    assert.holds("i32", { 2, 3, 4, 5 }, p:sorted())
    assert.holds("i32", { 5, 4, 3, 2 }, p:sorted "desc")
    assert.holds("i64", { 3, 3, 3, 2, 2, 1 }, tine.range(1, 3):extend("add", 0):flat_map("repeat"):sorted "desc")
    assert.holds("i64", {}, tine.empty("i64"):sorted())
  end)

  it("names the item that fails", function()
    assert.raises("failed at item 1 ", function() tine.range(1, 3):map("idiv", 0):sorted() end)
  end)
end)

describe("top", function()
  it("gives the first k of sorted, descending", helper.seeded(function(rng)
    for _, dtypes in ipairs { { "f64" }, { "u64" }, { "bool" }, { "i8", "f32" }, { "f64", "u8", "i64" } } do
      for _, n in ipairs(LENGTHS) do
        local list, p = rows.random(rng, dtypes, n, rng:pick { "small", "corner", "wide" })
        local expected = sorted(list, dtypes, "desc")
        for _, k in ipairs { 0, 1, 10, n, n + 1, math.maxinteger } do
          for _, schedule in ipairs { { p }, { p:on(pools[3]):max_len(100) } } do
            local arrays = table.pack(schedule[1]:top(k))
            assert.equal(#dtypes, arrays.n)
            for c, dtype in ipairs(dtypes) do
              assert.holds(dtype, rows.part(column(expected, c), 1, math.min(k, n)), arrays[c])
            end
          end
        end
      end
    end
  end))

  it("finds the largest of a long range, or of any kind", function()
    assert.holds("i64", { 1000000, 999999, 999998 }, tine.range(1, 1000000):top(3))
    assert.holds("i32", { 5, 4 }, tine.array("i32", { 5, 1, 4, 2, 3 }):filter("gt", 1):top(2))
    assert.holds("f64", {}, tine.empty("f64"):top(3))
  end)

  it("wants a count", function()
    local p = tine.range(1, 3)
    assert.raises("bad argument #1 to 'top' (number expected, got no value)", function() p:top() end)
    assert.raises("bad argument #1 to 'top' (must not be negative)", function() p:top(-1) end)
    assert.raises("failed at item 1 ", function() p:map("idiv", 0):top(1) end)
  end)
end)

describe("reverse", function()
  it("turns arrays of every type and length", helper.seeded(function(rng)
    for _, dtype in ipairs(helper.dtypes) do
      for _, n in ipairs { 0, 1, 2, 3, 1023, 1024, 1025, 30000 } do
        local a = make(rng, dtype, n)
        local expected = {}
        for i = 1, n do expected[n + 1 - i] = a[i] end
        assert.equal(a, a:reverse())
        assert.holds(dtype, expected, a)
      end
    end
  end))
end)
