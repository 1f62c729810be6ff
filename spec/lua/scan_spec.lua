-- scan: inclusive prefixes, collected; and eq and cmp of two pipelines.

local data = require "spec.lua.data"
local helper = require "spec.lua.helper"
local rows = require "spec.lua.rows"
local tine = require "tine"

after_each(helper.settle)

local pools
setup(function() pools = helper.pools { 1, 2, 3, 16 } end)
teardown(function() helper.close(pools) end)

local NAN = 0.0 / 0.0
local LENGTHS = { 0, 1, 2, 3, 33, 1023, 1024, 1025, 2049, 5000, 50000 }

describe("scan", function()
  it("folds the items up to each", helper.seeded(function(rng)
    for _, n in ipairs(LENGTHS) do
      local list, p = rows.random(rng, { "i64", "i32" }, n, "wide")
      local sums, largest, a, b = { {}, {} }, { {}, {} }, { 0, 0 }, { nil, nil }
      for i, row in ipairs(list) do
        for c = 1, 2 do
          a[c] = a[c] + row[c]
          b[c] = b[c] and math.max(b[c], row[c]) or row[c]
          sums[c][i], largest[c][i] = a[c], b[c]
        end
      end
      for _, schedule in ipairs(helper.schedules(p, pools)) do
        local x, y = schedule[2]:scan "add"
        assert.holds("i64", sums[1], x)
        assert.holds("i64", sums[2], y)
        x, y = schedule[2]:scan "max"
        assert.holds("i64", largest[1], x)
        assert.holds("i32", largest[2], y)
      end
    end
  end))

  it("never lets sums of one sign go back, nor move at an item that is 0", function()
    for _, weight in ipairs { 0.4, 0.7 } do
      local a = tine.zeros("f64", 1089)
      a[1], a[1025], a[1057] = 1, weight * 2 ^ -52, weight * 2 ^ -52
      local s = a:scan "add"
      assert.equal(s[1088], s[1089])
    end
    for _, dtype in ipairs { "f64", "f32" } do
      for _, power in ipairs { 1, 4, 40 } do
        for _, schedule in ipairs(helper.schedules(tine.random(30000, 11):map("pow", power):cast(dtype), pools)) do
          local s = schedule[2]:scan "add"
          assert.is_false(s:sub(2):zip(s:sub(1, -2)):any "lt")
        end
      end
    end
  end)

  it("tells what is wrong with its kernel before it looks at an item", function()
    local sour = tine.array("i64", { 1 }):map "x // 0"
    for _, p in ipairs { sour, sour:filter "x == x" } do
      assert.raises("kernel 'and' has no signature for (i64, i64)", p.scan, p, "and")
      assert.raises("'scan' needs a kernel that gives the type it takes", p.scan, p, "x == y")
      assert.raises("is out of range for u8", function() p:cast("u8"):scan("max", 300) end)
    end
  end)

  it("is no more infinite than a loop is", function()
    local large <const> = 0x1.fffffffffffffp+1023
    local a = tine.zeros("f64", 64)
    a[1], a[33], a[34], a[64] = -large, large, large, -large
    local s, sum = a:scan "add", 0.0
    for i = 1, #a do
      sum = sum + a[i]
      assert.bits(sum, s[i])
    end
    a[40] = math.huge
    s = a:scan "add"
    assert.equal(large, s[39])
    assert.equal(math.huge, s[64])
    s = tine.array("f64", { -0.0, -0.0 }):scan "add"
    assert.bits(-0.0, s[2])
  end)

  it("begins with init, where there is one", function()
    assert.holds("i64", { 11, 13, 16 }, tine.range(1, 3):scan("add", 10))
    assert.holds("i64", { 1, 2, 6 }, tine.range(1, 3):scan "mul")
    assert.holds("f64", { 1.5, 3.5 }, tine.array("f64", { 1, 2 }):scan("add", 0.5))
    assert.holds("i64", {}, tine.range(1, 0):scan("add", 10))
    assert.holds("bool", { true, false, false }, tine.array("bool", { true, false, true }):scan "and")
  end)

  it("gives the same bits on every schedule", helper.seeded(function(rng)
    for _, dtype in ipairs { "f64", "f32" } do
      for _, n in ipairs { 1, 33, 1025, 20000 } do
        local values = data.cancelling(rng, dtype, n)
        local p = tine.slice(tine.array(dtype, values))
        local expected = p:scan "add"
        assert.equal(dtype, expected:dtype())
        for _, schedule in ipairs(helper.schedules(p, pools)) do
          assert.bits(expected, schedule[2]:scan "add", schedule[1])
        end
        local exact, magnitude = data.exact_sum(values)
        local rounding, carried = 2.0 ^ -53, 2.0 ^ -90
        if dtype == "f32" then rounding, carried = 2.0 ^ -24, 2.0 ^ -38 end
        assert.is_true(math.abs(expected[n] - exact) <= 2 * rounding * math.abs(exact) + carried * magnitude)
      end
    end
  end))

  it("takes any kind", function()
    assert.holds("i64", { 4, 9, 15 }, tine.range(1, 6):filter("gt", 3):scan "add")
    assert.holds("i64", { 1, 3, 5 }, tine.range(1, 2):extend("add", 0):flat_map("repeat"):scan "add")
  end)

  it("wants an associative kernel", function()
    local p = tine.range(1, 3)
    assert.raises("bad argument #1 to 'scan' (kernel name or tine.Kernel expected, got no value)", function()
      p:scan()
    end)
    assert.raises("bad argument #1 to 'scan' (a C function cannot be read", function() p:scan(print) end)
    assert.raises("bad argument #2 to 'scan' (number or boolean expected", function() p:scan("add", "0") end)
    assert.has_error(function() p:scan "sub" end)
    assert.raises("failed at item 1 ", function() p:map("idiv", 0):scan "add" end)
  end)
end)

-- eq and cmp of two lists of rows, by the contract.
local function equal_rows(a, b)
  if #a ~= #b then return false end
  for i = 1, #a do
    for c = 1, #a[i] do
      if a[i][c] ~= b[i][c] then return false end
    end
  end
  return true
end

local function order_of(a, b)
  for i = 1, math.min(#a, #b) do
    for c = 1, #a[i] do
      local x, y = a[i][c], b[i][c]
      if x ~= x or y ~= y then return nil end
      if x ~= y then return x < y and -1 or 1 end
    end
  end
  return #a < #b and -1 or #a > #b and 1 or 0
end

describe("eq and cmp", function()
  it("compare item by item", helper.seeded(function(rng)
    for _ = 1, 60 do
      local n = rng:pick { 0, 1, 2, 1023, 1024, 1025, 3000 }
      local a, p, arrays = rows.random(rng, { "i32", "f64" }, n)
      local copies = { arrays[1]:copy(), arrays[2]:copy() }
      if n > 0 and rng:chance(0.7) then
        copies[rng:int(1, 2)][rng:int(1, n)] = rng:int(-20, 20)
        if rng:chance(0.3) then copies[2][rng:int(1, n)] = NAN end
      end
      local last = rng:chance(0.3) and rng:int(0, n) or n
      local q = tine.zip(copies[1], copies[2]):take(last)
      local b = rows.part(rows.of(copies[1], copies[2]), 1, last)
      for _, schedule in ipairs(helper.schedules(p, pools)) do
        assert.equal(equal_rows(a, b), schedule[2]:eq(q))
        assert.equal(order_of(a, b), schedule[2]:cmp(q))
        assert.equal(order_of(b, a), q:cmp(schedule[2]))
      end
    end
  end))

  it("compare numbers of any two types as Lua does", function()
    local p = tine.array("u8", { 1, 2 })
    for _, dtype in ipairs(helper.integers) do
      assert.is_true(p:eq(tine.array(dtype, { 1, 2 })))
      assert.equal(-1, p:cmp(tine.array(dtype, { 1, 3 })))
    end
    assert.is_true(p:eq(tine.array("f64", { 1, 2 })))
    assert.equal(1, p:cmp(tine.array("f32", { 1, 1.5 })))
    assert.is_true(tine.rep(0.0, 2):eq(tine.rep(-0.0, 2)))
    assert.is_false(tine.rep((1 << 53) + 1, 1):eq(tine.rep(2.0 ^ 53, 1)))
    assert.equal(1, tine.array("u64", { -1 }):cmp(tine.array("i64", { 1 })))
  end)

  it("see NaN as Lua does", function() -- semantics 10
    local p = tine.rep(NAN, 3)
    assert.is_false(p:eq(p))
    assert.is_nil(p:cmp(p))
    assert.equal(1, select("#", p:cmp(p)))
    assert.equal(-1, tine.array("f64", { 1, NAN }):cmp(tine.array("f64", { 2, NAN })))
  end)

  it("end where the answer is known", function()
    local huge = 10 ^ 15 // 1 | 0
    assert.is_false(tine.range(1, huge):eq(tine.range(1, huge - 1)))
    assert.is_false(tine.range(1, huge):eq(tine.range(0, huge - 1)))
    assert.equal(1, tine.range(1, huge):cmp(tine.range(0, huge)))
    assert.equal(1, tine.range(1, huge):cmp(tine.range(1, 5)))
    assert.equal(-1, tine.range(1, 5):cmp(tine.range(1, huge)))
  end)

  it("take any kind, and empty ones", function()
    assert.is_true(tine.range(1, 9):filter("gt", 5):eq(tine.range(6, 9)))
    assert.is_true(tine.range(6, 9):eq(tine.range(1, 9):filter("gt", 5)))
    assert.equal(-1, tine.range(1, 9):filter("gt", 5):cmp(tine.range(1, 9):filter("gt", 6)))
    assert.is_true(tine.empty("f64"):eq(tine.empty "u8"))
    assert.equal(0, tine.empty("f64"):cmp(tine.empty "u8"))
    assert.equal(-1, tine.empty("f64"):cmp(tine.rep(0, 1)))
  end)

  it("refuse what cannot be compared", function()
    local p = tine.range(1, 3)
    for _, name in ipairs { "eq", "cmp" } do
      local call, place = helper.method(name), ("bad argument #1 to '%s' ("):format(name)
      assert.raises(place .. "tine.Pipeline expected, got no value", call, p)
      assert.raises(place .. "tine.Pipeline expected, got number", call, p, 1)
      assert.has_error(function() call(p, p:enumerate()) end)
    end
    local pool = tine.pool { threads = 1 }
    local q = p:on(pool)
    pool:close()
    assert.raises("attempt to use a closed pool", function() p:eq(q) end)
    assert.raises("attempt to use a closed pool", function() q:cmp(p) end)
  end)
end)
