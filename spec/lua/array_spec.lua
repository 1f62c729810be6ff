-- Arrays: how they are made, what they hold, and how they behave where Lua expects a sequence.

local helper = require "spec.lua.helper"
local tine = require "tine"

after_each(helper.settle)

describe("tine.array", function()
  it("makes an array of every element type from a table", function()
    for _, dtype in ipairs(helper.dtypes) do
      local values = { 1, 0, 1 }
      if dtype == "bool" then values = { true, false, true } end
      if dtype == "f32" or dtype == "f64" then values = { 1.0, 0.0, 1.0 } end
      local a = tine.array(dtype, values)
      assert.holds(dtype, values, a)
      assert.equal(3, #a)
      assert.equal(3, a:len())
      assert.equal(3 * string.packsize(helper.letter[dtype]), a:nbytes())
    end
  end)

  it("accepts the long names and gives the short one", function()
    local names = { float64 = "f64", double = "f64", float32 = "f32", int32 = "i32", int8 = "i8", uint16 = "u16" }
    for long, short in pairs(names) do assert.equal(short, tine.zeros(long, 1):dtype()) end
  end)

  it("names an unknown element type", function()
    assert.raises("f65", tine.array, "f65", { 1 })
    assert.raises("f65", tine.zeros, "f65", 1)
  end)

  it("casts another array, by the exact-or-error rule", function()
    assert.holds("i32", { 1, -2 }, tine.array("i32", tine.array("f64", { 1, -2 })))
    assert.holds("f64", { 1.0, 2.0 }, tine.array("f64", tine.array("u8", { 1, 2 })))
    assert.holds("i64", { 1, 0 }, tine.array("i64", tine.array("bool", { true, false })))
    assert.raises("number has no integer representation", tine.array, "i32", tine.array("f64", { 1, 1.5 }))
    assert.raises("integer overflow", tine.array, "u8", tine.array("i32", { 1, 300 }))
  end)

  it("makes a new array even of the same type", function()
    local a = tine.array("f64", { 1, 2 })
    local b = tine.array("f64", a)
    b[1] = 7
    assert.holds("f64", { 1.0, 2.0 }, a)
  end)

  it("runs a pipeline", function()
    assert.holds("i64", { 1, 2, 3 }, tine.array("i64", tine.range(1, 3)))
    assert.holds("f32", { 1.0, 2.0 }, tine.array("f32", tine.range(1, 2)))
  end)

  it("refuses values that are not numbers", function()
    assert.has_error(function() tine.array("f64", { 1, {} }) end)
    assert.has_error(function() tine.array("f64", { 1, print }) end)
    assert.has_error(function() tine.array("f64", 3) end)
    assert.has_error(function() tine.array "f64" end)
  end)
end)

describe("the other constructors", function()
  it("zeros and full", function()
    assert.holds("f64", { 0.0, 0.0 }, tine.zeros("f64", 2))
    assert.holds("bool", { false, false }, tine.zeros("bool", 2))
    assert.holds("i16", { 7, 7, 7 }, tine.full("i16", 3, 7))
    assert.holds("bool", { true }, tine.full("bool", 1, true))
    assert.raises("integer overflow", tine.full, "u8", 3, 256)
    assert.raises("number has no integer representation", tine.full, "i8", 3, 0.5)
  end)

  it("linspace has both ends, exactly", function()
    assert.holds("f64", { 0.0, 0.25, 0.5, 0.75, 1.0 }, tine.linspace(0, 1, 5))
    assert.holds("f64", { 3.0, 2.0, 1.0 }, tine.linspace(3, 1, 3))
    assert.equal(0.3, tine.linspace(0, 0.3, 4)[4])
    assert.holds("f64", { 5.0 }, tine.linspace(5, 9, 1))
    assert.holds("f64", {}, tine.linspace(5, 9, 0))
  end)

  it("large ones are those of a plain loop, in any pool", function()
    local n, pool = 100003, tine.pool { threads = 3 }
    local step = (9 - 0.1) / (n - 1)
    local want = tine.build("f64", n, function(i) return i == n and 9 or 0.1 + (i - 1) * step end)
    assert.is_true(tine.linspace(0.1, 9, n):eq(want))
    pool:install(function()
      assert.is_true(tine.linspace(0.1, 9, n):eq(want))
      assert.equal(n, tine.full("f64", n, 0.1):map("eq", 0.1):sum())
      assert.equal(n, tine.full("i32", n, 0):map("eq", 0):sum())
      assert.equal("-0.0", tostring(tine.full("f64", n, -0.0)[n]))
    end)
    pool:close()
  end)

  it("build calls the function once per element, in order, on this thread", function()
    local seen = {}
    local co = coroutine.running()
    local a = tine.build("i32", 4, function(...)
      assert.equal(co, coroutine.running())
      seen[#seen + 1] = table.pack(...)
      return (...) * 10
    end)
    assert.holds("i32", { 10, 20, 30, 40 }, a)
    assert.equal(4, #seen)
    for i, arguments in ipairs(seen) do assert.equal(i, arguments[1]) end
  end)

  it("build passes on what the function raises, and refuses what does not fit", function()
    assert.raises("boom 2", tine.build, "f64", 3, function(i)
      if i == 2 then error "boom 2" end
      return i
    end)
    assert.raises("integer overflow", tine.build, "u8", 3, function(i) return i * 200 end)
    assert.has_error(function() tine.build("f64", 3, function() return nil end) end)
  end)

  it("refuses impossible lengths", function()
    for _, n in ipairs { -1, math.mininteger, math.maxinteger, 1 << 61, 1.5, 0 / 0, math.huge } do
      assert.has_error(function() tine.zeros("f64", n) end)
      assert.has_error(function() tine.full("f64", n, 1) end)
      assert.has_error(function() tine.build("f64", n, function() return 1 end) end)
    end
    assert.equal(3, #tine.zeros("f64", 3.0))
  end)

  it("isarray", function()
    local a = tine.zeros("u8", 3)
    assert.is_true(tine.isarray(a))
    assert.is_true(tine.isarray(a:sub(2)))
    for _, other in ipairs { 1, "f64", {}, print, io.stdout, tine.range(1, 2) } do
      assert.is_false(tine.isarray(other))
    end
    assert.is_false(tine.isarray(nil))
  end)
end)

describe("an array as a sequence", function()
  it("reads nil outside", function()
    local a = tine.array("i32", { 5, 6 })
    assert.equal(5, a[1])
    assert.equal(6, a[2.0])
    assert.equal(6, a:get(2))
    for _, i in ipairs { 0, 3, -1, math.maxinteger, math.mininteger } do assert.is_nil(a[i]) end
    assert.is_nil(a["1"])
    assert.raises("tine.Array has no method 'nothing'", function() return a.nothing end)
  end)

  it("raises on writes outside, and leaves the array alone", function()
    local a = tine.array("i32", { 5, 6 })
    for _, i in ipairs { 0, 3, -1, math.maxinteger, "x", {}, 1.5 } do
      assert.has_error(function() a[i] = 1 end)
    end
    assert.raises("3", function() a[3] = 1 end)
    assert.holds("i32", { 5, 6 }, a)
  end)

  it("works with ipairs and pairs", function()
    local a = tine.array("f64", { 1, 2, 3 })
    for _, iterate in ipairs { ipairs, pairs } do
      local keys, values = {}, {}
      for i, v in iterate(a) do
        keys[#keys + 1], values[#values + 1] = i, v
      end
      assert.bits({ 1, 2, 3 }, keys)
      assert.bits({ 1.0, 2.0, 3.0 }, values)
    end
  end)

  it("works with the table library", function()
    local a = tine.array("i32", { 3, 1, 2 })
    assert.equal("3,1,2", table.concat(a, ","))
    assert.same({ 3, 1, 2 }, { table.unpack(a) })
    assert.same({ 1, 2 }, { table.unpack(a, 2, 3) })
    assert.same({ 0, 3, 1, 2 }, table.move(a, 1, 3, 2, { 0 }))
    local b = tine.zeros("i32", 4)
    table.move(a, 1, 3, 2, b)
    assert.holds("i32", { 0, 3, 1, 2 }, b)
    table.move(b, 1, 3, 2)
    assert.holds("i32", { 0, 0, 3, 1 }, b)
    table.sort(a)
    assert.holds("i32", { 1, 2, 3 }, a)
    table.sort(a, function(x, y) return x > y end)
    assert.holds("i32", { 3, 2, 1 }, a)
  end)

  it("may be empty", function()
    for _, dtype in ipairs(helper.dtypes) do
      local a = tine.array(dtype, {})
      assert.equal(0, #a)
      assert.is_nil(a[1])
      assert.has_error(function() a[1] = 1 end)
      assert.holds(dtype, {}, a:copy())
      assert.equal("", a:tobytes())
      assert.equal("", table.concat(a, ","))
    end
  end)
end)

describe("print", function()
  it("shows type, length and the ends", function()
    assert.equal("tine.Array f64[1000] {1.0, 2.0, 3.0, ..., 1000.0}", tostring(tine.linspace(1, 1000, 1000)))
  end)

  it("stays short whatever the array", function()
    for _, dtype in ipairs(helper.dtypes) do
      local text = tostring(tine.zeros(dtype, 100000))
      assert.truthy(text:find("tine.Array " .. dtype .. "[100000]", 1, true))
      assert.is_true(#text < 200)
      assert.truthy(tostring(tine.zeros(dtype, 0)):find("tine.Array " .. dtype .. "[0]", 1, true))
    end
    assert.truthy(tostring(tine.array("i32", { 4, 5 })):find("4, 5", 1, true))
  end)
end)
