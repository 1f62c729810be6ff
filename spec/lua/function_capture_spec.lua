-- Lua functions over columns with what they captured: arrays, kernels, and functions, which are read as they are.

local helper = require "spec.lua.helper"
local tine = require "tine"

after_each(helper.settle)

local ns = tine.array("i64", { 1, 2, 3, 4 })

-- On several numbers of threads, and none.
local function everywhere(check)
  check(function(p) return p:sequential() end)
  for threads = 1, 3 do
    local pool <close> = tine.pool { threads = threads }
    check(function(p) return p:on(pool) end)
  end
end

describe("a captured array", function()
  it("gives what it gives Lua, of each type, on any threads", function()
    for _, dtype in ipairs { "f64", "f32", "i64", "i32", "u64", "u8", "bool" } do
      local lut = tine.build("i64", 100, function(i) return i % 7 end):cast(dtype)
      local function look(i) return lut[i % 103] or lut[#lut], #lut + i, lut[i / 2] == nil end
      local want = { {}, {}, {} }
      for i = 1, 5000 do
        want[1][i], want[2][i], want[3][i] = look(i)
      end
      everywhere(function(on)
        local got = { on(tine.range(1, 5000):map(look)):collect() }
        for k = 1, 3 do
          for i = 1, 5000 do assert(want[k][i] == got[k][i], ("%s: %d, %d"):format(dtype, k, i)) end
        end
      end)
    end
  end)

  it("serves in every place", function()
    local lut = tine.array("f64", { 40, 30, 20, 10 })
    local keep = tine.array("bool", { true, false, true, false })
    everywhere(function(on)
      assert.holds("f64", { 41.0, 32.0, 23.0, 14.0 }, on(ns:map(function(i) return (lut[i] or 0.0) + i end)):collect())
      assert.holds("i64", { 1, 3 }, on(tine.slice(ns):filter(function(i) return keep[i] end)):collect())
      assert.equal(2, on(tine.slice(ns):filter(function(i) return keep[i] == true end)):count())
      assert.equal(11, on(tine.slice(ns)):reduce(function(a, b) return a + (keep[1] and b or #lut) end, 1))
      assert.is_true(on(tine.slice(ns)):any(function(i) return lut[i] == 10 end))
    end)
    assert.equal(20.0, tine.kernel(function(i) return lut[i] or -1.0 end)(3))
  end)

  it("that is no element is nil, and no result", function()
    local lut = tine.array("f64", { 1, 2, 3 })
    everywhere(function(on)
      assert.raises("failed at item 4 ", function() on(ns:map(function(i) return lut[i] end)):collect() end)
      assert.raises("returns nil; every path must return a value", function()
        on(ns:map(function(i) return lut[i] end)):sum()
      end)
      assert.raises("attempt to perform arithmetic on a nil value", function()
        on(ns:map(function(i) return lut[i] + 1 end)):sum()
      end)
    end)
  end)

  it("is read as it is when the pipeline runs, and stays as long", function()
    local lut = tine.array("i64", { 5, 6, 7, 8 })
    local p = ns:map(function(i) return lut[i] or 0 end)
    assert.equal(26, p:sum())
    lut:fill(1)
    assert.equal(4, p:sum())
    lut = nil
    collectgarbage()
    assert.equal(4, p:sum())
  end)

  it("of another type makes another version, and the same array is not kept by it", function()
    local alive = setmetatable({}, { __mode = "v" })
    local function look(dtype)
      local lut = tine.build(dtype, 4, function(i) return i end)
      alive[1] = lut
      return ns:map(function(i) return (lut[i] or 0) / 2 end):sum()
    end
    for _ = 1, 3 do
      for _, dtype in ipairs { "i64", "f64", "u8" } do assert.equal(5.0, look(dtype)) end
    end
    collectgarbage()
    collectgarbage()
    assert.is_nil(alive[1])
  end)

  it("is refused when it is closed, or a job writes it", function()
    local lut = tine.array("f64", { 1, 2, 3, 4 })
    local function look(i) return lut[i] or 0.0 end
    local k, p = tine.kernel(look), ns:map(look)
    local slow = tine.range(1, 5):map(function(x) for _ = 1, 3000000 do x = x + 0.5 end return x end)
    local writing = slow:take(4):start("collect_into", lut)
    assert.raises("array is in use by a running job", function() return ns:map(look) end)
    assert.raises("array is in use by a running job", function() return p:sum() end)
    assert.raises("array is in use by a running job", function() return k(1) end)
    assert.raises("array is in use by a running job", function() return ns:map(k):sum() end)
    assert.raises("array is in use by a running job", function() return p:start "sum" end)
    assert.raises("array is in use by a running job", function() return ns:start("any", k) end)
    writing:cancel()
    writing:wait()
    lut:fill(2)
    assert.equal(8.0, p:sum())
    assert.equal(2.0, k(1))
    assert.raises("overlaps", function() p:collect_into(lut) end)
    lut:close()
    assert.raises("attempt to use a closed array", function() return ns:map(look) end)
    assert.equal(8.0, p:sum())
    assert.equal(2.0, k(1))
  end)

  it("is lent to jobs that look into it, also by a kernel of a kernel", function()
    local lut = tine.zeros("f64", 4)
    local inner = tine.kernel("lut[x]", { lut = lut })
    local outer = tine.kernel(function(i) return inner(i) end)
    local function slow(i) for k = 1, 100000000 do i = k < 0 and 0 or i end return i end
    for _, f in ipairs { function(i) return lut[slow(i)] or 0.0 end, function(i) return outer(slow(i)) end } do
      local starts = { function() return ns:map(f):start "sum" end,
        function() return ns:start("any", function(i) return f(i) > 1 end) end }
      for _, start in ipairs(starts) do
        local job = start()
        assert.raises("array is in use by a running job", lut.fill, lut, 2)
        job:cancel()
        job:wait()
        lut:fill(0)
      end
    end
  end)
end)

describe("a captured function", function()
  local function square(x) return x * x end
  local function both(x, y) return square(x) + square(y), x < y end

  it("becomes a part of the one that calls it, everywhere", function()
    everywhere(function(on)
      assert.holds("i64", { 1, 4, 9, 16 }, on(ns:map(function(x) return square(x) end)):collect())
      assert.holds("i64", { 3, 4 }, on(tine.slice(ns):filter(function(x) return square(x) > 5 end)):collect())
      assert.equal(10, on(tine.slice(ns)):reduce(function(x, y) return square(1) * x + y end))
      local a, b = on(ns:map(function(x) return both(x, 3) end)):collect()
      assert.holds("i64", { 10, 13, 18, 25 }, a)
      assert.holds("bool", { true, true, false, false }, b)
    end)
  end)

  it("has values of its own, and the same text may have others", function()
    local function adder(n) return function(x) return x + n end end
    local function compose(f, g) return function(x) return f(g(x)) end end
    local one, half = adder(1), adder(0.5)
    assert.holds("f64", { 2.5, 3.5, 4.5, 5.5 }, ns:map(compose(one, half)):collect())
    assert.holds("i64", { 5, 6, 7, 8 }, ns:map(compose(compose(one, one), compose(one, one))):collect())
    for k = 1, 20 do assert.equal(10 + 4 * k, ns:map(compose(adder(k), adder(0))):sum()) end
    assert.holds("f64", { 1.5, 3.0, 3.5, 5.0 },
      ns:map(function(x) local f = x % 2 == 0 and one or half return f(x) end):collect())
  end)

  it("that calls itself is refused, alone and in a round; one that could and does not is none", function()
    local function down(n) return n < 1 and 0 or down(n - 1) end
    local even, odd
    function even(n) return n == 0 or odd(n - 1) end
    function odd(n) return n ~= 0 and even(n - 1) end
    assert.raises("calls itself; kernels have no recursion", function() ns:map(down) end)
    assert.raises("calls a function that it was called by; kernels have no recursion", function() ns:map(even) end)
    local a, b
    function a(x) if x > 100 and false then return b(x) end return x + 1 end
    function b(x) return a(x) * 2 end
    for _ = 1, 3 do
      assert.equal(14, ns:map(a):sum())
      assert.equal(28, ns:map(b):sum())
    end
  end)

  it("fails on its own line", function()
    local function fails(x) return x | 1 end
    local line = debug.getinfo(fails, "S").linedefined
    assert.raises((":%d: number has no integer representation"):format(line), function()
      ns:map(function(x)
        return fails(x / 2)
      end):collect()
    end)
  end)
end)

describe("a captured kernel", function()
  it("is called, built-in, of a text or of a function", function()
    local least, scaled = tine.kernel "min", tine.kernel("x * a", { a = 2.5 })
    local shift = 0.5
    local moved = tine.kernel(function(x) return x + shift end, { name = "moved" })
    everywhere(function(on)
      assert.holds("i64", { 1, 2, 2, 2 }, on(ns:map(function(x) return least(x, 2) end)):collect())
      assert.holds("f64", { 2.5, 5.0, 7.5, 10.0 }, on(ns:map(function(x) return scaled(x) end)):collect())
      assert.holds("f64", { 3.5, 6.0, 8.5, 11.0 }, on(ns:map(function(x) return scaled(moved(x)) - 0.25 end)):collect())
      assert.equal(2, on(tine.slice(ns)):filter(function(x) return least(x, 2) == x end):count())
      assert.equal(1, on(tine.slice(ns)):reduce(function(x, y) return least(x, y) end))
    end)
  end)

  it("fails by its name", function()
    local wrong = tine.kernel(function(x) return x | 1 end, { name = "wrong" })
    assert.raises("kernel 'wrong' failed: ", function() ns:map(function(x) return wrong(x / 2) end):collect() end)
  end)

  it("may be of a function that captured it before, so deep", function()
    local k = tine.kernel(function(x) return x + 1 end)
    local function deeper(inner) return tine.kernel(function(x) return inner(x) + 1 end) end
    for _ = 2, 8 do k = deeper(k) end
    assert.equal(9, k(1))
    assert.equal(10 + 4 * 8, ns:map(k):sum())
    assert.raises("captures kernels of functions that capture others more than 8 deep", function() deeper(k) end)
  end)

  it("that never ends is ended with the terminal", function()
    local stuck = tine.kernel(function(x) while x > 0 do x = x + 1.0 end return x end)
    local twice = tine.kernel(function(x) return stuck(x) + stuck(x) end)
    local nothing, why = ns:map(function(x) return twice(x) end):timeout(0.05):sum()
    assert.same({ nil, "timeout" }, { nothing, why })
    local short = tine.kernel(function(x) return x end)
    for _ = 1, 6 do
      local k = short
      short = tine.kernel(function(x) for _ = 1, 1000 do x = k(x) end return x end)
    end
    nothing, why = ns:map(short):timeout(0.05):sum()
    assert.same({ nil, "timeout" }, { nothing, why })
  end)
end)
