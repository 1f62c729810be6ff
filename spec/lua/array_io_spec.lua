-- NumPy .npy files: what load reads, what save writes, and that no file, however broken, does more than
-- nil, message, errno.

local data = require "spec.lua.data"
local helper = require "spec.lua.helper"
local npy = require "spec.lua.npy"
local tine = require "tine"

local path
local NPY = { format = "npy" } -- os.tmpname gives names without an end

before_each(function() path = os.tmpname() end)
after_each(function()
  os.remove(path)
  helper.settle()
end)

local function load_bytes(bytes)
  helper.write(path, bytes)
  return tine.load(path)
end

-- The shape as one table, whether `shape` gives a table or several numbers.
local function shape_of(a)
  local shape = table.pack(a:shape())
  return type(shape[1]) == "table" and shape[1] or { table.unpack(shape) }
end

describe("save and load", function()
  it("round-trips every element type", function()
    for _, dtype in ipairs(helper.dtypes) do
      local a = tine.array(dtype, data.corners[dtype])
      assert.truthy(a:save(path, NPY))
      assert.holds(dtype, data.corners[dtype], assert(tine.load(path)))
    end
  end)

  it("round-trips empty arrays and views", function()
    assert.truthy(tine.zeros("i16", 0):save(path, NPY))
    assert.holds("i16", {}, assert(tine.load(path)))
    assert.truthy(tine.array("i16", { 1, 2, 3, 4 }):sub(2, 3):save(path, NPY))
    assert.holds("i16", { 2, 3 }, assert(tine.load(path)))
  end)

  it("writes version 1.0, little-endian, data at a multiple of 64", function()
    for _, dtype in ipairs(helper.dtypes) do
      local a = tine.array(dtype, data.corners[dtype])
      a:save(path, NPY)
      local bytes = helper.read(path)
      assert.equal("\x93NUMPY\1\0", bytes:sub(1, 8))
      local start = 10 + string.unpack("<I2", bytes, 9)
      assert.equal(0, start % 64)
      assert.equal("\n", bytes:sub(start, start))
      local header = bytes:sub(11, start)
      assert.truthy(header:find(("'descr': '%s'"):format(npy.descr(dtype, "<")), 1, true))
      assert.truthy(header:find("'fortran_order': False", 1, true))
      assert.truthy(header:find(("'shape': (%d,)"):format(#a), 1, true))
      assert.equal(npy.pack(dtype, a:totable(), "<"), bytes:sub(start + 1))
    end
  end)

  it("replaces a longer file", function()
    tine.zeros("f64", 1000):save(path, NPY)
    tine.full("f64", 1, 3):save(path, NPY)
    assert.holds("f64", { 3.0 }, assert(tine.load(path)))
  end)
end)

describe("load", function()
  it("reads versions 1, 2 and 3 in both byte orders", function()
    for _, dtype in ipairs(helper.dtypes) do
      local values = data.corners[dtype]
      for version = 1, 3 do
        for _, order in ipairs { "<", ">" } do
          local body = npy.pack(dtype, values, order)
          local bytes = npy.file(npy.descr(dtype, order), ("(%d,)"):format(#values), body, { version = version })
          assert.holds(dtype, values, assert(load_bytes(bytes)))
        end
      end
    end
  end)

  it("reads the keys in any order", function()
    local body = npy.pack("i32", { 1, 2 }, "<")
    for _, header in ipairs {
      "{'shape': (2,), 'fortran_order': False, 'descr': '<i4'}",
      "{'fortran_order': False, 'shape': (2,), 'descr': '<i4', }",
    } do
      assert.holds("i32", { 1, 2 }, assert(load_bytes(npy.raw(header, body))))
    end
  end)

  it("loads several dimensions flat, and says their shape", function()
    local a = assert(load_bytes(npy.file("<i4", "(2, 3)", npy.pack("i32", { 1, 2, 3, 4, 5, 6 }, "<"))))
    assert.holds("i32", { 1, 2, 3, 4, 5, 6 }, a)
    assert.same({ 2, 3 }, shape_of(a))
    local empty = assert(load_bytes(npy.file("<i4", "(0, 3)", "")))
    assert.holds("i32", {}, empty)
    assert.same({ 0, 3 }, shape_of(empty))
    assert.same({ 2 }, shape_of(tine.zeros("i32", 2)))
  end)

  it("brings Fortran order to C order, with its shape", function()
    -- np.save(f, np.asfortranarray(np.arange(6, dtype='<f8').reshape(2, 3))), as NumPy 1.24 wrote it
    local a = assert(load_bytes("\x93NUMPY\1\0\x76\0{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3), }"
      .. (" "):rep(59) .. "\n" .. string.pack("<dddddd", 0, 3, 1, 4, 2, 5)))
    assert.holds("f64", { 0.0, 1.0, 2.0, 3.0, 4.0, 5.0 }, a)
    assert.same({ 2, 3 }, shape_of(a))
  end)

  it("brings any shape to C order, in either byte order", helper.seeded(function(rng)
    for _ = 1, 200 do
      local shape, n = {}, 1
      for d = 1, rng:int(1, 5) do
        shape[d] = rng:int(1, rng:chance(0.2) and 40 or 4)
        n = n * shape[d]
      end
      local dtype, order = rng:pick(helper.dtypes), rng:pick { "<", ">" }
      local values, placed = data.values(rng, dtype, n, "wide"), {}
      for i = 0, n - 1 do -- the index of element i, last extent first; its place, first extent first
        local rest, place, index = i, 0, {}
        for d = #shape, 1, -1 do index[d], rest = rest % shape[d], rest // shape[d] end
        for d = #shape, 1, -1 do place = place * shape[d] + index[d] end
        placed[place + 1] = values[i + 1]
      end
      local text = "(" .. table.concat(shape, ",") .. (#shape == 1 and ",)" or ")")
      local a = assert(load_bytes(npy.file(npy.descr(dtype, order), text, npy.pack(dtype, placed, order),
        { fortran = "True" })))
      assert.holds(dtype, values, a)
      assert.same(shape, shape_of(a))
    end
  end))

  it("reads float16 as f32", function()
    local halves = { 0x0000, 0x8000, 0x3C00, 0xC000, 0x0001, 0x03FF, 0x0400, 0x7BFF, 0x7C00, 0xFC00, 0x3555 }
    local values = {
      0.0, -0.0, 1.0, -2.0, 2.0 ^ -24, 1023 * 2.0 ^ -24, 2.0 ^ -14, 65504.0, 1 / 0, -1 / 0, 0.333251953125,
    }
    local body = { ["<"] = "", [">"] = "" }
    for _, h in ipairs(halves) do
      for order in pairs(body) do body[order] = body[order] .. string.pack(order .. "I2", h) end
    end
    for _, descr in ipairs { "<f2", ">f2", "<e", ">e" } do
      assert.holds("f32", values, assert(load_bytes(npy.file(descr, "(11,)", body[descr:sub(1, 1)]))))
    end
    local a = assert(load_bytes(npy.file("float16", "(1,)", string.pack("=I2", 0x7E00))))
    assert.is_true(a[1] ~= a[1])
  end)

  it("knows every name that NumPy has for a type", function()
    local names = {
      bool = "? b1 bool bool_", u8 = "B u1 uint8 ubyte", i8 = "b i1 int8 byte", u16 = "H u2 uint16 ushort",
      i16 = "h i2 int16 short", u32 = "I u4 uint32 uintc", i32 = "i i4 int32 intc",
      u64 = "L Q P u8 uint64 uint ulonglong", i64 = "l q p i8 int64 int intp longlong",
      f32 = "f f4 float32 single", f64 = "d f8 float64 double float",
    }
    for _, dtype in ipairs(helper.dtypes) do
      local values = data.corners[dtype]
      local shape, own = ("(%d,)"):format(#values), npy.pack(dtype, values, "=")
      for name in names[dtype]:gmatch "%S+" do
        assert.holds(dtype, values, assert(load_bytes(npy.file(name, shape, own))))
        for _, order in ipairs(#name <= 2 and { "<", ">", "=", "|" } or {}) do
          local body = npy.pack(dtype, values, order == "|" and "=" or order)
          assert.holds(dtype, values, assert(load_bytes(npy.file(order .. name, shape, body))))
        end
      end
    end
    for _, name in ipairs { "<float32", "|bool", "float8", "f", "1f8", "i08" } do
      local a, message = load_bytes(npy.file(name, "(2,)", "12345678"))
      if name == "f" then
        assert.equal("f32", a:dtype())
      else
        assert.truthy(message:find(("element type '%s' (unknown) is not supported"):format(name), 1, true))
      end
    end
  end)

  it("says what a file is that is none", function()
    for start, what in pairs {
      ["PK\3\4"] = ".npz archive, not a .npy file; unzip it", ["\x1f\x8b\8"] = "gzip", ["\x89HDF\r\n"] = "HDF5",
      ["\x80\4\x95"] = "pickle", ["1,2,3\n"] = "not a .npy file",
    } do
      local _, message = load_bytes(start .. ("x"):rep(50))
      assert.truthy(message:find(what, 1, true), message)
      _, message = tine.mmap(path)
      assert.truthy(message:find(what, 1, true), message)
    end
  end)

  it("names a missing file and gives its errno", function()
    local message = assert.outside(tine.load "/no/such/file.npy")
    assert.truthy(message)
    local _, text, code = tine.load "/no/such/file.npy"
    assert.truthy(text:find("/no/such/file.npy", 1, true))
    assert.equal(2, code)
  end)

  it("refuses a folder and an empty file", function()
    assert.outside(tine.load "/tmp")
    assert.outside(load_bytes "")
  end)

  it("raises when the path is no string", function()
    assert.has_error(function() tine.load() end)
    assert.has_error(function() tine.load {} end)
  end)
end)

describe("a broken file gives nil, message, errno:", function()
  local body = npy.pack("f64", { 1, 2, 3, 4, 5, 6 }, "<")

  it("cut anywhere", function()
    local whole = npy.file("<f8", "(6,)", body)
    for n = 0, #whole - 1 do assert.outside(load_bytes(whole:sub(1, n))) end
  end)

  it("a shape larger than the file, or than memory", function()
    for _, shape in ipairs {
      "(7,)", "(1000000000000,)", "(9223372036854775807,)", "(99999999999999999999999,)", "(4294967296, 4294967296)",
      "(2305843009213693952,)", "(3037000500, 3037000500)", "(9223372036854775807, 9223372036854775807, 0, 3)",
    } do
      local a, message, code = load_bytes(npy.file("<f8", shape, body))
      -- A shape with a zero in it has no elements, so it may load.
      if not (tine.isarray(a) and shape:find(" 0,", 1, true)) then assert.outside(a, message, code) end
    end
  end)

  it("element types that are no numbers here", function()
    local strange = { "|O", "<U4", "|S8", "<c16", "<f16", "g", "<M8[ns]", "<x8", "", "<", "<f88", "<i3" }
    for _, descr in ipairs(strange) do
      assert.outside(load_bytes(npy.file(descr, "(6,)", body)))
    end
    assert.outside(load_bytes(npy.raw(
      "{'descr': [('x', '<f8'), ('y', '<f8')], 'fortran_order': False, 'shape': (3,), }", body)))
  end)

  it("headers that are no such dict", function()
    for _, header in ipairs {
      "", "{", "}", "{}", "[]", "None", "{'descr': '<f8'}", "{'descr': '<f8', 'fortran_order': False}",
      "{'descr': '<f8', 'fortran_order': False, 'shape': (6}",
      "{'descr': '<f8', 'fortran_order': False, 'shape': 6}",
      "{'descr': '<f8', 'fortran_order': False, 'shape': (-6,)}",
      "{'descr': '<f8', 'fortran_order': False, 'shape': (6.0,)}",
      "{'descr': '<f8', 'fortran_order': False, 'shape': ('a',)}",
      "{'descr': '<f8', 'fortran_order': False, 'shape': (6,)",
      "{'descr': '<f8, 'fortran_order': False, 'shape': (6,)}",
      "{'descr': '<f8', 'fortran_order': Maybe, 'shape': (6,)}",
      "{'descr': 8, 'fortran_order': False, 'shape': (6,)}",
      ("{"):rep(5000), ("("):rep(5000), ("'"):rep(5001),
    } do
      assert.outside(load_bytes(npy.raw(header, body)))
    end
  end)

  it("wrong magic, versions and header lengths", function()
    local whole = npy.file("<f8", "(6,)", body)
    assert.outside(load_bytes("\x93NUMPZ" .. whole:sub(7)))
    assert.outside(load_bytes("PK\3\4" .. ("\0"):rep(100)))
    for _, version in ipairs { "\0\0", "\4\0", "\255\255" } do
      assert.outside(load_bytes(whole:sub(1, 6) .. version .. whole:sub(9)))
    end
    for _, length in ipairs { 0, 1, 10, 65535 } do
      assert.outside(load_bytes(whole:sub(1, 8) .. string.pack("<I2", length) .. whole:sub(11)))
    end
    assert.outside(load_bytes("\x93NUMPY\2\0" .. string.pack("<I4", 0xFFFFFFFF) .. whole:sub(11)))
  end)

  it("random damage never does more", helper.seeded(function(rng)
    local whole = npy.file("<f8", "(6,)", body)
    for _ = 1, 1000 do
      local bytes = { whole:byte(1, -1) }
      for _ = 1, rng:int(1, 4) do bytes[rng:int(1, 80)] = rng:int(0, 255) end
      local a, message, code = load_bytes(string.char(table.unpack(bytes)))
      if tine.isarray(a) then
        assert.is_true(a:nbytes() <= #whole)
      else
        assert.outside(a, message, code)
      end
    end
  end))
end)

describe("save", function()
  it("gives nil, message, errno where it cannot write", function()
    local a = tine.zeros("f64", 100000)
    assert.outside(a:save "/no/such/folder/a.npy")
    assert.outside(a:save("/tmp", NPY))
    local _, message, code = a:save "/no/such/folder/a.npy"
    assert.truthy(message:find("/no/such/folder/a.npy", 1, true))
    assert.equal(2, code)
  end)

  it("notices a full disk", function()
    local full = io.open("/dev/full", "w")
    if not full then return end
    full:close()
    local result, message, code = tine.zeros("f64", 100000):save("/dev/full", NPY)
    assert.outside(result, message, code)
    assert.equal(28, code)
  end)

  it("asks for a name that ends in .npy, or to be told the format", function()
    local a = tine.array("i16", { 7 })
    for _, name in ipairs {
      "x.txt", "x", "", ".npy", "x.npz", "x.npy.gz", "xnpy", "x.npy ", "/tmp/.npy/x", "x\14npy",
    } do
      local message = assert.raises("bad argument #1 to 'save' (", function() a:save(name) end)
      local what = ("'%s' is no name of a .npy file; {format = \"npy\"} behind it"):format(name)
      assert.truthy(message:find(what, 1, true))
      assert.raises("bad argument #1 to 'save' (", function() a:save(name, {}) end)
    end
    for _, ending in ipairs { ".npy", ".NPY", ".Npy" } do
      local named <close> = setmetatable({}, { __close = function() os.remove(path .. ending) end })
      assert.is_true(a:save(path .. ending))
      assert.holds("i16", { 7 }, tine.load(path .. ending))
      assert.is_true(a:save(path .. ending, NPY), tostring(named))
    end
    assert.raises("option 'format' must be \"npy\"", function() a:save(path, { format = "txt" }) end)
    assert.raises("option 'format' must be \"npy\"", function() a:save(path, { format = 1 }) end)
    assert.raises("unknown option 'fromat'", function() a:save(path, { fromat = "npy" }) end)
    assert.raises("unknown option '1'", function() a:save(path, { "npy" }) end)
    assert.raises("bad argument #2 to 'save' (table expected, got string)", function() a:save(path, "npy") end)
    assert.equal("", helper.read(path))
  end)

  it("raises when the path is no string", function()
    assert.has_error(function() tine.zeros("f64", 1):save() end)
    assert.has_error(function() tine.zeros("f64", 1):save {} end)
  end)
end)
