-- any, all, find_*, position_*: the answer of a plain loop, and no look at what lies behind the deciding item.

local helper = require "spec.lua.helper"
local rows = require "spec.lua.rows"
local tine = require "tine"

after_each(helper.settle)

local pools
setup(function() pools = helper.pools { 1, 2, 3, 16 } end)
teardown(function() helper.close(pools) end)

local HUGE = 10 ^ 15 // 1 | 0

-- Positions of the rows that hold.
local function matches(list, holds)
  local found = {}
  for i, row in ipairs(list) do
    if holds(row) then found[#found + 1] = i end
  end
  return found
end

local function row_at(list, i)
  return i and list[i] or { nil }
end

-- All searches of p, whose items are list and of which those at 'found' match.
local function check(list, found, p, ...)
  assert.equal(#found > 0, p:any(...))
  assert.equal(#found == #list, p:all(...))
  assert.bits(row_at(list, found[1]), { p:find_first(...) })
  assert.bits(row_at(list, found[#found]), { p:find_last(...) })
  local any = { p:find_any(...) }
  assert.equal(#found > 0, any[1] ~= nil)
  if p:kind() ~= "indexed" then return end
  assert.equal(found[1], p:position_first(...))
  assert.equal(found[#found], p:position_last(...))
  local at = p:position_any(...)
  assert.equal(#found > 0, at ~= nil)
  if at then
    local valid = false
    for _, i in ipairs(found) do valid = valid or i == at end
    assert.is_true(valid)
  end
end

describe("a search", function()
  it("finds what a loop finds", helper.seeded(function(rng)
    for _, n in ipairs(rows.LENGTHS) do
      local list, p = rows.random(rng, { "i32", "f64" }, n)
      for _, schedule in ipairs(helper.schedules(p, pools)) do
        check(list, matches(list, function(row) return row[1] < row[2] end), schedule[2], "lt")
      end
      local q = p:select(1)
      for i, row in ipairs(list) do list[i] = { row[1] } end
      for _, limit in ipairs { -100, -9, 0, 9, 100 } do
        check(list, matches(list, function(row) return row[1] >= limit end), q, "ge", limit)
        check(list, matches(list, function(row) return row[1] == limit end), q, "eq", limit)
      end
    end
  end))

  it("finds the one item, wherever it is", helper.seeded(function(rng)
    local a = tine.zeros("u8", 5000)
    for _ = 1, 30 do
      local i = rng:pick { 1, 2, 1023, 1024, 1025, 2048, 4999, 5000, rng:int(1, 5000) }
      a[i] = 7
      for _, schedule in ipairs(helper.schedules(tine.slice(a), pools)) do
        local p = schedule[2]
        assert.same({ i, i, i }, { p:position_first("eq", 7), p:position_last("eq", 7), p:position_any("eq", 7) })
        assert.is_true(p:any("eq", 7))
        assert.is_false(p:all("eq", 0))
        assert.equal(i, (p:enumerate():filter({ 2 }, "gt", 0):select(1):find_any("gt", 0)))
      end
      a[i] = 0
    end
  end))

  it("sees what is filtered", helper.seeded(function(rng)
    for _, n in ipairs { 0, 1, 1024, 5000 } do
      local list, p = rows.random(rng, { "i64" }, n)
      local kept = rows.where(list, function(row) return row[1] > 0 end)
      for _, limit in ipairs { 0, 5, 9 } do
        check(kept, matches(kept, function(row) return row[1] < limit end), p:filter("gt", 0), "lt", limit)
      end
    end
    local p = tine.range(1, 100):extend("add", 0):flat_map "repeat"
    assert.same({ 50, 100, true }, { p:find_first("ge", 50), p:find_last("ge", 50), p:any("eq", 77) })
  end))

  it("of nothing", function() -- semantics 9
    for _, p in ipairs { tine.empty "i64", tine.range(1, 5):filter("gt", 9) } do
      assert.is_false(p:any("gt", 0))
      assert.is_true(p:all("gt", 0))
      for _, name in ipairs { "find_first", "find_last", "find_any" } do
        local result = table.pack(p[name](p, "gt", 0))
        assert.equal(1, result.n)
        assert.is_nil(result[1])
      end
    end
    assert.same({}, { tine.empty("i64"):position_first("gt", 0) })
  end)

  it("gives values in their own types", function()
    assert.bits({ 3, 0.5 }, { tine.zip(tine.range(-2, 4), tine.rep(0.5, 7)):skip(5):find_first "gt" })
    assert.bits(-1, (tine.array("u64", { 1, -1 }):find_last("gt", 5)))
    assert.bits(2.0, (tine.array("f32", { 1, 2, 3 }):find_first("gt", 1)))
    assert.bits(false, (tine.array("bool", { true, false }):find_first "not"))
  end)

  it("on a huge range ends at once", function() -- semantics 8
    local p = tine.range(1, HUGE)
    for _, q in ipairs { p, p:sequential(), p:on(pools[1]), p:on(pools[4]), p:map("add", 0), p:filter("gt", 0) } do
      assert.equal(5001, (q:find_first("gt", 5000)))
      assert.equal(HUGE - 4, (q:find_last("lt", HUGE - 3)))
      assert.is_true(q:any("eq", 77))
      assert.is_false(q:all("lt", 100))
      assert.is_true(q:find_any("gt", 1000) > 1000)
    end
    assert.equal(5001, p:position_first("gt", 5000))
    assert.equal(HUGE - 4, p:position_last("lt", HUGE - 3))
    assert.is_true(p:position_any("gt", 1000) > 1000)
    assert.equal(HUGE, (p:rev():find_first("gt", 0)))
    assert.equal(1, (p:rev():find_last("gt", 0)))
  end)

  it("fails as the plain loop does", function() -- semantics 8
    local divisors = tine.full("i64", 5000, 1)
    divisors[3000] = 0
    local p = tine.range(1, 5000):zip(divisors):map "idiv"
    for _, schedule in ipairs(helper.schedules(p, pools)) do
      local q = schedule[2]
      assert.equal(2999, (q:find_first("eq", 2999)))
      assert.equal(3001, (q:find_last("eq", 3001)))
      assert.is_true(q:any("eq", 1))
      assert.is_false(q:all("lt", 2000))
      assert.equal(7, q:position_first("eq", 7))
      assert.equal(4000, q:position_last("eq", 4000))
      for _, name in ipairs { "find_first", "position_first", "any" } do
        assert.raises("failed at item 3000 ", function() return q[name](q, "eq", 3001) end)
      end
      assert.raises("failed at item 3000 ", function() return q:all("lt", 4000) end)
      assert.raises("failed at item 3000 ", function() return q:find_last("eq", 2999) end)
      assert.raises("failed at item 3000 ", function() return q:position_last("eq", 2999) end)
    end
  end)

  it("takes predicates only", function()
    local p = tine.range(1, 3)
    for _, name in ipairs { "any", "all", "find_first", "find_last", "find_any", "position_first", "position_last",
      "position_any" } do
      local call, place = helper.method(name), ("bad argument #1 to '%s' ("):format(name)
      assert.raises(place .. "kernel name or tine.Kernel expected, got no value", call, p)
      assert.raises(place .. "a C function cannot be read", call, p, print)
      assert.raises(place .. "unknown kernel 'gtt'", call, p, "gtt", 1)
      assert.has_error(function() call(p, "neg") end)
      assert.has_error(function() call(p, "gt") end)
      assert.raises(("bad argument #2 to '%s' (number or boolean expected"):format(name), call, p, "gt", "1")
    end
  end)
end)
