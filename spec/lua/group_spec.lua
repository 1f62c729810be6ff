-- partition, unique, count_by and histogram against plain loops: order, NaN, -0.0, edges.

local helper = require "spec.lua.helper"
local rows = require "spec.lua.rows"
local tine = require "tine"

after_each(helper.settle)

local pools
setup(function() pools = helper.pools { 1, 2, 3, 16 } end)
teardown(function() helper.close(pools) end)

local NAN, INF = 0.0 / 0.0, math.huge

describe("partition", function()
  it("gives the items that pass, then the others, an array a column", helper.seeded(function(rng)
    for _, n in ipairs(rows.LENGTHS) do
      local list, p = rows.random(rng, { "i32", "f64" }, n)
      local yes = rows.where(list, function(row) return row[1] < row[2] end)
      local no = rows.where(list, function(row) return row[1] >= row[2] end)
      for _, schedule in ipairs(helper.schedules(p, pools)) do
        local a = table.pack(schedule[2]:partition "lt")
        assert.equal(4, a.n)
        assert.same({ "i32", "f64", "i32", "f64" }, { a[1]:dtype(), a[2]:dtype(), a[3]:dtype(), a[4]:dtype() })
        assert.same({ yes, no }, { rows.of(a[1], a[2]), rows.of(a[3], a[4]) })
      end
    end
  end))

  it("of one column gives two arrays", function()
    local small, large = tine.range(1, 6):partition("lt", 3)
    assert.holds("i64", { 1, 2 }, small)
    assert.holds("i64", { 3, 4, 5, 6 }, large)
    small, large = tine.range(1, 9):filter("gt", 4):partition("lt", 7)
    assert.holds("i64", { 5, 6 }, small)
    assert.holds("i64", { 7, 8, 9 }, large)
    small, large = tine.empty("u8"):partition("lt", 3)
    assert.holds("u8", {}, small)
    assert.holds("u8", {}, large)
  end)

  it("wants a predicate", function()
    local p = tine.range(1, 6)
    assert.raises("bad argument #1 to 'partition' (kernel name or tine.Kernel expected, got no value)", function()
      p:partition()
    end)
    assert.raises("bad argument #1 to 'partition' (a C function cannot be read", function() p:partition(print) end)
    assert.has_error(function() p:partition "neg" end)
    assert.raises("failed at item 1 ", function() p:map("idiv", 0):partition("lt", 3) end)
  end)
end)

-- What makes two values one key: NaNs are one, and -0.0 is 0.0.
local function key_of(row)
  local words = {}
  for c, value in ipairs(row) do
    words[c] = value ~= value and "nan" or value == 0 and "zero " .. math.type(value) or tostring(value)
    if math.type(value) == "float" and value == value and value ~= 0 then words[c] = ("%a"):format(value) end
  end
  return table.concat(words, "|")
end

-- The different rows by first occurrence, and how often each occurs.
local function groups(list)
  local keys, counts, index = {}, {}, {}
  for _, row in ipairs(list) do
    local key = key_of(row)
    if not index[key] then
      keys[#keys + 1] = row
      index[key] = #keys
      counts[#keys] = 0
    end
    counts[index[key]] = counts[index[key]] + 1
  end
  return keys, counts
end

local function check_groups(dtypes, list, p)
  local keys, counts = groups(list)
  local unique, counted = table.pack(p:unique()), table.pack(p:count_by())
  assert.same({ #dtypes, #dtypes + 1 }, { unique.n, counted.n })
  assert.holds("i64", counts, counted[#dtypes + 1])
  for c, dtype in ipairs(dtypes) do
    local expected = {}
    for i, row in ipairs(keys) do expected[i] = row[c] end
    assert.holds(dtype, expected, unique[c])
    assert.holds(dtype, expected, counted[c])
  end
end

describe("unique and count_by", function()
  for stream, dtype in ipairs(helper.dtypes) do
    it("list the first occurrences: " .. dtype, helper.seeded(function(rng)
      for _, n in ipairs(rows.LENGTHS) do
        for _, kind in ipairs { "small", "corner", "wide" } do
          local list, p = rows.random(rng, { dtype }, n, kind)
          check_groups({ dtype }, list, p)
        end
      end
    end, stream))
  end

  it("group by all columns", helper.seeded(function(rng)
    for _, n in ipairs { 0, 1, 1024, 5000 } do
      for _, dtypes in ipairs { { "i8", "bool" }, { "f64", "u8", "f32" } } do
        local list, p = rows.random(rng, dtypes, n, rng:pick { "small", "corner" })
        for _, schedule in ipairs(helper.schedules(p, pools)) do check_groups(dtypes, list, schedule[2]) end
      end
    end
  end))

  it("take NaNs as one value, and -0.0 as 0.0", function() -- semantics 10
    local a = tine.array("f64", { NAN, -0.0, 1, NAN, 0.0, 1, 1 })
    assert.holds("f64", { NAN, -0.0, 1.0 }, a:unique())
    local keys, counts = a:count_by()
    assert.holds("f64", { NAN, -0.0, 1.0 }, keys)
    assert.holds("i64", { 2, 2, 3 }, counts)
  end)

  it("take any kind", function()
    assert.holds("i64", { 2, 0, 1 }, tine.range(5, 100):filter("gt", 7):map("mod", 3):unique())
    local keys, counts = tine.range(1, 4):extend("add", 0):flat_map("repeat"):count_by()
    assert.holds("i64", { 1, 2, 3, 4 }, keys)
    assert.holds("i64", { 1, 2, 3, 4 }, counts)
  end)

  it("name the item that fails", function()
    assert.raises("failed at item 1 ", function() tine.range(1, 3):map("idiv", 0):unique() end)
    assert.raises("failed at item 1 ", function() tine.range(1, 3):map("idiv", 0):count_by() end)
  end)
end)

describe("histogram", function()
  -- Bins of width 1 over whole numbers: no rounding is in doubt.
  local function counted(list, lo, hi)
    local counts = {}
    for b = 1, hi - lo do counts[b] = 0 end
    for _, row in ipairs(list) do
      local x = row[1]
      if x >= lo and x <= hi then
        local b = x == hi and hi - lo or math.floor(x) - lo + 1
        counts[b] = counts[b] + 1
      end
    end
    return counts
  end

  it("counts in half-open bins, the last one closed", helper.seeded(function(rng) -- semantics 14
    for _, dtype in ipairs { "i8", "i64", "f32", "f64" } do
      for _, n in ipairs(rows.LENGTHS) do
        local list, p = rows.random(rng, { dtype }, n, rng:pick { "small", "corner" })
        for _, schedule in ipairs(helper.schedules(p, pools)) do
          assert.holds("i64", counted(list, -4, 4), schedule[2]:histogram(-4, 4, 8))
        end
      end
    end
  end))

  it("does not count what is outside, nor NaN", function()
    local a = tine.array("f64", { -1, 0, 0.999, 1, 2, 2.001, NAN, INF, -INF, -0.0 })
    assert.holds("i64", { 3, 2 }, a:histogram(0, 2, 2))
    assert.holds("i64", { 5 }, a:histogram(0, 2, 1))
    assert.holds("i64", { 0, 0, 0 }, tine.empty("f64"):histogram(0, 1, 3))
  end)

  it("gives an array a column", function()
    local a, b = tine.range(0, 9):zip(tine.rep(0.5, 10)):histogram(0, 10, 2)
    assert.holds("i64", { 5, 5 }, a)
    assert.holds("i64", { 10, 0 }, b)
  end)

  it("refuses bins that are none", function()
    local p = tine.range(0, 9)
    for text, arguments in pairs {
      ["#3 to 'histogram' (must be positive)"] = { 0, 1, 0 },
      ["#2 to 'histogram' (must be above the lower end)"] = { 1, 1, 5 },
      ["#1 to 'histogram' (must be finite)"] = { NAN, 1, 5 },
      ["#2 to 'histogram' (must be finite)"] = { 0, INF, 5 },
      ["#3 to 'histogram' (number expected, got no value)"] = { 0, 1 },
    } do
      assert.raises("bad argument " .. text, function() p:histogram(table.unpack(arguments)) end)
    end
  end)
end)
