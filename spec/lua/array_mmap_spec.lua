-- tine.mmap: a file seen as an array, without a copy. "r" refuses writes, "rw" writes to the file, "cow" to a private
-- copy. What is wrong with the file comes back as nil, message, errno.

local helper = require "spec.lua.helper"
local npy = require "spec.lua.npy"
local tine = require "tine"

local path

before_each(function() path = os.tmpname() end)
after_each(function()
  os.remove(path)
  helper.settle()
end)

local function doubles(...)
  return npy.pack("f64", { ... }, "=")
end

describe("mmap", function()
  it("sees a raw file as an array", function()
    helper.write(path, doubles(1, 2, 3))
    local a = assert(tine.mmap(path, "f64"))
    assert.holds("f64", { 1.0, 2.0, 3.0 }, a)
    assert.equal(6.0, a:sum())
    assert.holds("f64", { 2.0 }, a:sub(2, 2))
    assert.equal(3 * 8, #assert(tine.mmap(path, "u8")))
  end)

  it("understands a .npy header", function()
    tine.array("i32", { 4, 5, 6 }):save(path, { format = "npy" })
    assert.holds("i32", { 4, 5, 6 }, assert(tine.mmap(path, "i32")))
    tine.zeros("i32", 0):save(path, { format = "npy" })
    assert.holds("i32", {}, assert(tine.mmap(path, "i32")))
  end)

  it("refuses writes by default", function()
    helper.write(path, doubles(1, 2, 3))
    for _, a in ipairs { assert(tine.mmap(path, "f64")), assert(tine.mmap(path, "f64", "r")) } do
      assert.has_error(function() a[1] = 9 end)
      assert.has_error(function() a:fill(9) end)
      assert.has_error(function() a:sub(1)[1] = 9 end)
      assert.has_error(function() tine.rep(1.0, 3):collect_into(a) end)
      assert.has_error(function() table.sort(a, function(x, y) return x > y end) end)
      assert.holds("f64", { 1.0, 2.0, 3.0 }, a)
    end
    assert.equal(doubles(1, 2, 3), helper.read(path))
  end)

  it("writes to the file with 'rw'", function()
    helper.write(path, doubles(1, 2, 3))
    do
      local a <close> = assert(tine.mmap(path, "f64", "rw"))
      a[1] = 10
      tine.slice(a):map("mul", 2):collect_into(a)
    end
    assert.equal(doubles(20, 4, 6), helper.read(path))
  end)

  it("keeps the header of a .npy file intact", function()
    tine.array("f64", { 1, 2 }):save(path, { format = "npy" })
    do
      local a <close> = assert(tine.mmap(path, "f64", "rw"))
      a:fill(7)
    end
    assert.holds("f64", { 7.0, 7.0 }, assert(tine.load(path)))
  end)

  it("keeps writes to itself with 'cow'", function()
    helper.write(path, doubles(1, 2, 3))
    local a = assert(tine.mmap(path, "f64", "cow"))
    a[1] = 10
    assert.holds("f64", { 10.0, 2.0, 3.0 }, a)
    assert.equal(doubles(1, 2, 3), helper.read(path))
  end)

  it("reads into memory with { copy = true }, whatever becomes of the file", function()
    helper.write(path, doubles(1, 2, 3))
    local raw = assert(tine.mmap(path, "f64", "r", { copy = true }))
    local own = assert(tine.mmap(path, "f64", "cow", { copy = true }))
    tine.range(1, 100000):collect():save(path, { format = "npy" })
    local large = assert(tine.mmap(path, nil, nil, { copy = true }))
    do
      local mapped <close> = assert(tine.mmap(path, "i64", "r", { copy = false }))
      assert.has_error(function() mapped:fill(5) end)
    end
    helper.write(path, "x") -- in place: whoever has it mapped ends by SIGBUS at the next look
    assert.equal(5000050000, large:sum())
    raw[1] = 5
    assert.holds("f64", { 5.0, 2.0, 3.0 }, raw)
    assert.holds("f64", { 1.0, 2.0, 3.0 }, own)
    assert.equal("x", helper.read(path))
  end)

  it("copies what mapping shows, and what load reads", function()
    helper.write(path, "\0\1\2")
    assert.holds("bool", { false, true, true }, assert(tine.mmap(path, "bool", "r", { copy = true })))
    assert.outside(tine.mmap(path, "bool"))
    assert.outside(tine.mmap(path, "i16", "r", { copy = true }))
    assert.outside(tine.mmap(path, nil, "r", { copy = true }))
    helper.write(path, npy.file("<f8", "(2, 2)", doubles(1, 2, 3, 4), { fortran = "True" }))
    assert.equal(10.0, assert(tine.mmap(path, "f64", "r", { copy = true })):sum())
    local message = assert.outside(tine.mmap(path, "i64", "r", { copy = true }))
    assert.truthy(message:find("file holds f64, not i64", 1, true))
    assert.raises("no mode 'rw'", tine.mmap, path, "f64", "rw", { copy = true })
    assert.raises("unknown option 'copied'", tine.mmap, path, "f64", "r", { copied = true })
    assert.raises("must be true or false", tine.mmap, path, "f64", "r", { copy = 1 })
  end)

  it("outlives its path and its views keep it", function()
    helper.write(path, doubles(1, 2, 3))
    local view = assert(tine.mmap(path, "f64")):sub(2)
    os.remove(path)
    helper.settle()
    assert.holds("f64", { 2.0, 3.0 }, view)
  end)

  it("gives nil, message, errno for what is no such file", function()
    assert.outside(tine.mmap("/no/such/file", "f64"))
    assert.outside(tine.mmap("/tmp", "f64"))
    local _, message, code = tine.mmap("/no/such/file", "f64")
    assert.truthy(message:find("/no/such/file", 1, true))
    assert.equal(2, code)
    helper.write(path, "12345")
    assert.outside(tine.mmap(path, "f64"))
  end)

  it("an empty file is an empty array or refused, never a fault", function()
    helper.write(path, "")
    local a, message, code = tine.mmap(path, "f64")
    if a then assert.holds("f64", {}, a) else assert.outside(a, message, code) end
  end)

  it("refuses what cannot be used as it lies, and names load", function()
    local body = doubles(1, 2, 3, 4)
    for what, bytes in pairs {
      ["Fortran order cannot be mapped; load"] = npy.file("<f8", "(2, 2)", body, { fortran = "True" }),
      ["float16 elements cannot be mapped; load"] = npy.file("<f2", "(4,)", "12345678"),
    } do
      helper.write(path, bytes)
      local message = assert.outside(tine.mmap(path))
      assert.truthy(message:find(what, 1, true))
      assert.truthy(tine.load(path))
    end
    helper.write(path, npy.file("=f8", "(1, 4, 1)", body, { fortran = "True" })) -- the same in either order
    assert.equal(10.0, assert(tine.mmap(path)):sum())
  end)

  it("refuses broken .npy headers", function()
    local body = doubles(1, 2, 3, 4, 5, 6)
    for _, bytes in ipairs {
      npy.file("<f8", "(7,)", body), npy.file("|O", "(6,)", body), npy.file("<f8", "(9223372036854775807,)", body),
      npy.file("<f8", "(2, 3)", body, { fortran = "True" }), npy.file("<f8", "(6,)", body):sub(1, 40),
    } do
      helper.write(path, bytes)
      assert.outside(tine.mmap(path, "f64"))
    end
  end)

  it("raises on wrong arguments", function()
    helper.write(path, doubles(1))
    assert.has_error(function() tine.mmap() end)
    assert.raises("f65", tine.mmap, path, "f65")
    assert.raises("wrx", tine.mmap, path, "f64", "wrx")
  end)
end)
