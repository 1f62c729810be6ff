-- collect and collect_into: one array per column; length, type and overlap are checked before anything is written.

local helper = require "spec.lua.helper"
local tine = require "tine"

after_each(helper.settle)

describe("collect", function()
  it("gives one array per column", function()
    local a, b = tine.range(1, 3):zip(tine.rep(0.5, 3)):collect()
    assert.holds("i64", { 1, 2, 3 }, a)
    assert.holds("f64", { 0.5, 0.5, 0.5 }, b)
  end)

  it("gives fresh arrays", function()
    local a = tine.array("f64", { 1, 2 })
    local b = tine.slice(a):collect()
    b[1] = 9
    assert.holds("f64", { 1.0, 2.0 }, a)
  end)

  it("gives empty arrays of the right types", function() -- semantics 9
    local a, b = tine.range(1, 0):zip(tine.zeros("u8", 5)):collect()
    assert.holds("i64", {}, a)
    assert.holds("u8", {}, b)
  end)

  it("casts on request, exactly or not at all", function() -- semantics 12
    assert.holds("u8", { 1, 2 }, tine.range(1, 2):collect "u8")
    assert.holds("f32", { 1.0, 2.0 }, tine.range(1, 2):collect "f32")
    assert.holds("i32", { 1, 2 }, tine.array("f64", { 1, 2 }):map("abs"):collect "i32")
    assert.raises("item 2", function() tine.array("f64", { 1, 1.5 }):map("abs"):collect "i32" end)
    assert.raises("item 256", function() tine.range(1, 300):collect "u8" end)
    assert.raises("f65", function() tine.range(1, 3):collect "f65" end)
  end)

  it("keeps the order, whatever the threads", function() -- semantics 6
    local pools = helper.pools { 1, 2, 3, 16 }
    local n = 50000
    local expected = tine.build("i64", n, function(i) return i * 3 end)
    for _, schedule in ipairs(helper.schedules(tine.range(1, n):map("mul", 3), pools)) do
      assert.is_true(schedule[2]:collect():equal(expected), schedule[1])
    end
    helper.close(pools)
  end)

  it("refuses what memory cannot hold", function() -- semantics 18
    assert.has_error(function() tine.range(1, math.maxinteger):collect() end)
    assert.has_error(function() tine.rep(true, 1 << 60):collect() end)
    assert.equal(6, tine.range(1, 3):sum())
  end)
end)

describe("collect_into", function()
  it("fills and returns the arrays it is given", function()
    local a, b = tine.zeros("i64", 3), tine.zeros("f64", 3)
    local c, d = tine.range(1, 3):zip(tine.rep(0.5, 3)):collect_into(a, b)
    assert.equal(a, c)
    assert.equal(b, d)
    assert.holds("i64", { 1, 2, 3 }, a)
    assert.holds("f64", { 0.5, 0.5, 0.5 }, b)
  end)

  it("fills a view, and only that", function()
    local a = tine.zeros("i64", 5)
    tine.range(1, 3):collect_into(a:sub(2, 4))
    assert.holds("i64", { 0, 1, 2, 3, 0 }, a)
  end)

  it("casts by the exact-or-error rule", function() -- semantics 15
    assert.holds("u8", { 1, 2 }, tine.range(1, 2):collect_into(tine.zeros("u8", 2)))
    assert.holds("f32", { 0.5 }, tine.rep(0.5, 1):collect_into(tine.zeros("f32", 1)))
    assert.holds("i32", { 2 }, tine.rep(2.0, 1):collect_into(tine.zeros("i32", 1)))
    assert.raises("item 2", function()
      tine.array("f64", { 1, 1.5 }):map("abs"):collect_into(tine.zeros("i32", 2))
    end)
  end)

  it("checks length and number of arrays before it writes", function()
    local a, b = tine.full("i64", 3, 7), tine.full("i64", 4, 7)
    for _, message in ipairs {
      assert.raises("", function() tine.range(1, 4):collect_into(a) end),
      assert.raises("", function() tine.range(1, 3):zip(tine.range(1, 3)):collect_into(a, b) end),
    } do
      assert.truthy(message:find "3" and message:find "4" or message:find "length")
    end
    assert.has_error(function() tine.range(1, 2):collect_into(a) end)
    assert.has_error(function() tine.range(1, 0):collect_into(a) end)
    assert.has_error(function() tine.range(1, 3):collect_into() end)
    assert.has_error(function() tine.range(1, 3):collect_into(a, a) end)
    assert.has_error(function() tine.range(1, 3):zip(tine.range(1, 3)):collect_into(a) end)
    assert.has_error(function() tine.range(1, 3):collect_into {} end)
    assert.has_error(function() tine.range(1, 3):collect_into(tine.range(1, 3)) end)
    assert.holds("i64", { 7, 7, 7 }, a)
    assert.holds("i64", { 7, 7, 7, 7 }, b)
  end)

  it("may write where it reads, item by item", function() -- semantics 15
    local n = 100000
    local a = tine.build("i64", n, function(i) return i end)
    tine.slice(a):map("mul", 2):map("add", 1):collect_into(a)
    assert.equal(n * (n + 1) + n, a:sum())
    local half = tine.slice(a, 1, n // 2)
    half:map("neg"):collect_into(a:sub(1, n // 2))
    assert.equal(-3, a[1])
    assert.equal(2 * n + 1, a[n])
    local b = tine.full("i64", n, 1)
    a:zip(b):map("sub"):collect_into(b)
    assert.equal(-4, b[1])
  end)

  it("may read one half and write the other", function()
    local a = tine.build("f64", 1000, function(i) return i end)
    tine.slice(a, 1, 500):map("mul", 10):collect_into(a:sub(501, 1000))
    assert.equal(1.0, a[1])
    assert.equal(10.0, a[501])
    assert.equal(5000.0, a[1000])
  end)

  it("refuses any other overlap before it writes", function() -- semantics 15
    local n = 10000
    local a = tine.build("f64", n, function(i) return i end)
    local before = a:copy()
    for _, wrong in ipairs {
      function() tine.slice(a, 1, n - 1):collect_into(a:sub(2)) end,
      function() tine.slice(a, 2):map("neg"):collect_into(a:sub(1, n - 1)) end,
      function() tine.zip(a:sub(1, n - 1), a:sub(2)):map("add"):collect_into(a:sub(1, n - 1)) end,
      function() tine.range(1, n):zip(tine.range(1, n)):collect_into(a, a) end,
      function() tine.range(1, 10):zip(tine.range(1, 10)):collect_into(a:sub(1, 10), a:sub(10, 19)) end,
    } do
      assert.has_error(wrong)
      assert.bits(before, a)
    end
  end)

  it("leaves the pool usable after a failure", function() -- semantics 17
    local target = tine.zeros("i64", 100000)
    local numbers = tine.range(-50000, 49999)
    local p = numbers:zip(numbers):map("mod")
    for _ = 1, 20 do
      assert.raises("item 50001", function() p:collect_into(target) end)
    end
    assert.equal(5000050000, tine.range(1, 100000):collect_into(target):sum())
  end)
end)
