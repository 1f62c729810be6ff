-- Views, copies and the operations on a whole array: sub, copy, fill, totable, equal, reverse, closing.

local helper = require "spec.lua.helper"
local tine = require "tine"

after_each(helper.settle)

-- The indices string.sub would keep of "1", "2", ... "n".
local function sub_indices(n, i, j)
  local text = {}
  for k = 1, n do text[k] = string.char(k) end
  return { table.concat(text):sub(i, j):byte(1, -1) }
end

describe("sub", function()
  it("follows the index rules of string.sub", function()
    local a = tine.array("i64", { 1, 2, 3, 4, 5 })
    local ends = { -7, -6, -5, -3, -1, 0, 1, 2, 3, 5, 6, 7, math.maxinteger, math.mininteger }
    for _, i in ipairs(ends) do
      assert.holds("i64", sub_indices(5, i, -1), a:sub(i))
      for _, j in ipairs(ends) do
        assert.holds("i64", sub_indices(5, i, j), a:sub(i, j))
        assert.bits(sub_indices(5, i, j), a:totable(i, j))
      end
    end
  end)

  it("is a view: writes show on both sides", function()
    local a = tine.array("f64", { 1, 2, 3, 4 })
    local view = a:sub(2, 3)
    view[1] = 20
    a[3] = 30
    assert.holds("f64", { 1.0, 20.0, 30.0, 4.0 }, a)
    assert.holds("f64", { 20.0, 30.0 }, view)
    assert.equal(16, view:nbytes())
  end)

  it("bounds what the view may touch", function()
    local a = tine.array("f64", { 1, 2, 3, 4 })
    local view = a:sub(2, 3)
    assert.is_nil(view[0])
    assert.is_nil(view[3])
    assert.has_error(function() view[3] = 1 end)
    assert.has_error(function() view[0] = 1 end)
    view:fill(9)
    assert.holds("f64", { 1.0, 9.0, 9.0, 4.0 }, a)
  end)

  it("gives views of views", function()
    local a = tine.array("i32", { 1, 2, 3, 4, 5, 6 })
    assert.holds("i32", { 3, 4 }, a:sub(2, 5):sub(2, -2))
  end)
end)

describe("copy, fill and totable", function()
  it("copy shares nothing", function()
    local a = tine.array("f32", { 1, 2 })
    local b = a:copy()
    b[1] = 5
    assert.holds("f32", { 1.0, 2.0 }, a)
    assert.holds("f32", { 5.0, 2.0 }, b)
  end)

  it("fill writes every element, or none when the value does not fit", function()
    local a = tine.array("u8", { 1, 2 })
    a:fill(7)
    assert.holds("u8", { 7, 7 }, a)
    assert.raises("integer overflow", function() a:fill(256) end)
    assert.has_error(function() a:fill {} end)
    assert.has_error(function() a:fill() end)
    assert.holds("u8", { 7, 7 }, a)
  end)

  -- Lengths around those from which threads share the work, and from which memory is written past the caches.
  it("fill writes all of a large array, and nothing beside it", function()
    local function check(dtype, n, from, to, value)
      local a = tine.full(dtype, n, 3)
      a:sub(from, to):fill(value)
      assert.equal(to - from + 1, a:map("eq", value):sum())
      assert.equal(to - from + 1, tine.slice(a, from, to):map("eq", value):sum())
      assert.equal(n - (to - from + 1), a:map("eq", 3):sum())
    end
    for _, dtype in ipairs { "u8", "i16", "f32", "f64" } do
      for _, n in ipairs { 100, 4097, 70001, 300000 } do
        check(dtype, n, 1, n, 7)
        check(dtype, n, 2, n - 1, 7)
      end
    end
    check("f64", 4194304 + 9, 1, 4194304 + 9, 0.1)
    check("f64", 4194304 + 9, 2, 4194304 + 8, 0.1)
    check("f64", 4194304 + 9, 3, 4194304 + 7, 0.1)
  end)

  it("totable gives a plain table", function()
    local t = tine.array("bool", { true, false }):totable()
    assert.same({ true, false }, t)
    assert.is_nil(getmetatable(t))
  end)

  it("totable raises where a finaliser closes the array meanwhile, and gives no short table", function()
    local a = tine.array("f64", { 1, 2, 3 })
    local totable, mode = a.totable, collectgarbage "generational"
    collectgarbage "stop"
    setmetatable({}, { __gc = function() a:close() end })
    collectgarbage "restart" -- so the next table that is made, which is the result, collects what is young
    local ok, message = pcall(totable, a)
    collectgarbage(mode)
    assert.is_false(ok)
    assert.matches("closed", message)
  end)

  it("reverse turns the order around", function()
    local a = tine.array("i32", { 1, 2, 3 })
    local given = a:reverse()
    assert.holds("i32", { 3, 2, 1 }, tine.isarray(given) and given or a)
  end)
end)

describe("equal", function()
  it("compares length and values", function()
    local a = tine.array("f64", { 1, 2 })
    assert.is_true(a:equal(a))
    assert.is_true(a:equal(tine.array("f64", { 1, 2 })))
    assert.is_false(a:equal(tine.array("f64", { 1, 2.5 })))
    assert.is_false(a:equal(tine.array("f64", { 1 })))
    assert.is_false(a:equal(tine.array("f64", { 1, 2, 3 })))
    assert.is_true(tine.zeros("i8", 0):equal(tine.zeros("i8", 0)))
  end)

  it("allows a tolerance", function()
    local a, b = tine.array("f64", { 1, 2 }), tine.array("f64", { 1.125, 2 })
    assert.is_true(a:equal(b, 0.25))
    assert.is_true(a:equal(b, 0.125))
    assert.is_false(a:equal(b, 0.0625))
  end)

  it("refuses what is no array", function()
    assert.has_error(function() tine.zeros("f64", 1):equal(1) end)
  end)
end)

describe("closing", function()
  it("happens at the end of a <close> scope", function()
    local kept
    do
      local a <close> = tine.full("f64", 10, 1)
      kept = a
      assert.equal(10.0, a:sum())
    end
    -- A closed array may answer or raise, but must not touch freed memory.
    for _, use in ipairs {
      function() return kept[1] end, function() kept[1] = 1 end, function() return #kept end,
      function() return kept:sum() end, function() return tostring(kept) end, function() return kept:copy() end,
      function() return kept:sub(1) end, function() return tine.slice(kept):sum() end,
    } do
      local ok, message = pcall(use)
      assert.is_true(ok or type(message) == "string")
    end
  end)

  it("is idempotent, by __close and by __gc", function()
    local a = tine.full("f64", 10, 1)
    local meta = getmetatable(a)
    for _ = 1, 3 do
      meta.__close(a)
      meta.__gc(a)
    end
  end)

  it("does not take a view's memory away", function()
    local view
    do
      local a <close> = tine.full("i32", 1000, 5)
      view = a:sub(10, 19)
    end
    helper.settle()
    local ok, sum = pcall(function() return view:sum() end)
    assert.is_true(not ok or sum == 50)
  end)
end)
