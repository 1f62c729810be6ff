-- What an array stores: the rules of string.pack, honest Lua subtypes, one message for an integer out of range.

local data = require "spec.lua.data"
local helper = require "spec.lua.helper"
local tine = require "tine"
local types = require "spec.lua.oracle.types"

after_each(helper.settle)

describe("storing", function()
  it("keeps integers integers and floats floats", function()
    for _, dtype in ipairs(helper.integers) do
      local a = tine.array(dtype, { 1, 2.0 })
      assert.equal("integer", math.type(a[1]))
      assert.equal("integer", math.type(a[2]))
    end
    for _, dtype in ipairs { "f32", "f64" } do
      local a = tine.array(dtype, { 1, 2.5 })
      assert.equal("float", math.type(a[1]))
      assert.equal("float", math.type(a[2]))
    end
    local b = tine.array("bool", { true, false })
    assert.is_true(b[1])
    assert.is_false(b[2])
  end)

  it("takes the whole range of every integer type and nothing more", function()
    for _, dtype in ipairs(helper.integers) do
      local a = tine.zeros(dtype, 1)
      for _, value in ipairs { types.low[dtype], types.high[dtype] } do
        a[1] = value
        assert.bits(value, a[1], dtype)
      end
      if types.bits[dtype] < 64 then
        for _, value in ipairs { types.low[dtype] - 1, types.high[dtype] + 1, math.maxinteger, math.mininteger } do
          assert.raises("integer overflow", function() a[1] = value end)
        end
        assert.raises("integer overflow", function() a[1] = types.high[dtype] + 1.0 end)
      end
      assert.bits(types.high[dtype], a[1], dtype .. " after refused writes")
    end
  end)

  it("takes floats with an integer value only", function()
    for _, dtype in ipairs(helper.integers) do
      local a = tine.full(dtype, 1, 9)
      a[1] = 3.0
      assert.bits(3, a[1])
      for _, value in ipairs { 1.5, 0 / 0, math.huge, -math.huge, 2.0 ^ 70 } do
        assert.raises("number has no integer representation", function() a[1] = value end)
      end
      assert.bits(3, a[1])
    end
  end)

  it("refuses what string.pack refuses", function()
    for _, dtype in ipairs { "f64", "i32" } do
      local a = tine.full(dtype, 1, 1)
      for _, value in ipairs { {}, print, "x", true } do
        assert.has_error(function() a[1] = value end)
      end
      assert.has_error(function() a[1] = nil end)
      assert.equal(1, a[1])
    end
  end)

  it("reads u64 above 2^63-1 as string.unpack does", function()
    local a = tine.frombytes("u64", string.pack("=I8", -1) .. string.pack("=I8", math.mininteger))
    assert.bits(-1, a[1])
    assert.bits(math.mininteger, a[2])
    a[2] = a[1]
    assert.equal(string.pack("=I8I8", -1, -1), a:tobytes())
  end)

  it("rounds to f32 as string.pack does", function()
    for _, value in ipairs { 0.1, 1 / 3, 16777217, -1e-40, 2.0 ^ -149, 3.4e38 } do
      assert.bits(helper.f32(value + 0.0), tine.array("f32", { value })[1])
    end
  end)

  it("keeps every bit of every corner value", function()
    for _, dtype in ipairs(helper.dtypes) do
      assert.holds(dtype, data.corners[dtype], tine.array(dtype, data.corners[dtype]))
    end
  end)

  it("agrees with string.pack on random values", helper.seeded(function(rng)
    for _, dtype in ipairs(helper.dtypes) do
      local values = data.values(rng, dtype, 200, "wide")
      local packed = {}
      for i, value in ipairs(values) do
        if dtype == "bool" then value = value and 1 or 0 end
        packed[i] = string.pack(helper.letter[dtype], value)
      end
      local bytes = table.concat(packed)
      assert.equal(bytes, tine.array(dtype, values):tobytes())
      assert.holds(dtype, values, tine.frombytes(dtype, bytes))
    end
  end))
end)

describe("frombytes and tobytes", function()
  it("frombytes copies a string whose length is a multiple of the element size", function()
    assert.holds("u8", { 104, 105 }, tine.frombytes("u8", "hi"))
    assert.holds("u16", { 0x0201 }, tine.frombytes("u16", string.pack("=I2", 0x0201)))
    assert.holds("f64", {}, tine.frombytes("f64", ""))
    for _, n in ipairs { 1, 7, 9, 15 } do
      assert.has_error(function() tine.frombytes("f64", ("x"):rep(n)) end)
    end
  end)

  it("tobytes gives the elements of a view only", function()
    local a = tine.array("i16", { 1, 2, 3, 4 })
    assert.equal(string.pack("=i2i2", 2, 3), a:sub(2, 3):tobytes())
  end)
end)

describe("cast", function()
  it("gives a new array in every type that holds the values", function()
    for _, from in ipairs(helper.integers) do
      for _, to in ipairs(helper.integers) do
        assert.holds(to, { 0, 1, 127 }, tine.array(from, { 0, 1, 127 }):cast(to))
      end
      assert.holds("f64", { 0.0, 1.0, 127.0 }, tine.array(from, { 0, 1, 127 }):cast "f64")
    end
  end)

  it("is exact or an error", function() -- semantics 12
    assert.raises("number has no integer representation", function() tine.array("f64", { 1, 0.5 }):cast "i32" end)
    assert.raises("integer overflow", function() tine.array("i64", { 1, 128 }):cast "i8" end)
    assert.raises("integer overflow", function() tine.array("i8", { -1 }):cast "u16" end)
    assert.has_error(function() tine.array("f64", { 1e10 }):cast "i32" end)
    assert.has_error(function() tine.array("f64", { 0 / 0 }):cast "i64" end)
  end)

  it("converts u64 as unsigned", function() -- semantics 11
    assert.holds("f64", { 2.0 ^ 64 }, tine.array("u64", { -1 }):cast "f64")
    assert.holds("f64", { 2.0 ^ 63 }, tine.array("u64", { math.mininteger }):cast "f64")
  end)
end)
