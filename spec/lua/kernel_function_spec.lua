-- Lua functions where a kernel is expected: everywhere, with what they captured, on any threads, refused with a reason.

local helper = require "spec.lua.helper"
local tine = require "tine"

after_each(helper.settle)

local xs = tine.array("f64", { 3, 1, 4, 1, 5 })
local ns = tine.array("i64", { 1, 2, 3, 4 })
local sqrt = math.sqrt

local function line_of(f) return debug.getinfo(f, "S").linedefined end
local source = debug.getinfo(1, "S").short_src

-- What this Lua says of a division by zero.
local no_quotient = select(2, pcall(function(a, b) return a // b end, 1, 0)):match ":%d+: (.*)$"
local no_remainder = select(2, pcall(function(a, b) return a % b end, 1, 0)):match ":%d+: (.*)$"

describe("a Lua function is a kernel", function()
  local function big(x) return x > 2 end
  local function small(x) return x < 4 end
  local function add(a, b) return a + b end

  it("of stages", function()
    assert.holds("f64", { 7.0, 3.0, 9.0, 3.0, 11.0 }, xs:map(function(x) return 2 * x + 1 end):collect())
    assert.holds("f64", { 9.0, 1.0, 16.0, 1.0, 25.0 }, xs:extend(function(x) return x * x end):select(2):collect())
    assert.holds("f64", { 3.0, 4.0, 5.0 }, xs:filter(big):collect())
    assert.holds("f64", { 6.0, 8.0, 10.0 }, xs:filter_map(function(x) return x * 2, x > 2 end):collect())
    assert.holds("i64", { 1, 3, 5 }, xs:positions(big):collect())
    assert.holds("i64", { 1, 2, 3 }, ns:take_while(small):collect())
    assert.holds("i64", { 4 }, ns:skip_while(small):collect())
    assert.holds("i64", { 3, 7 }, ns:fold_chunks(2, add):collect())
    assert.holds("i64", { 13, 17 }, ns:fold_chunks(2, add, 10):collect())
  end)

  it("of terminals", function()
    assert.equal(10, ns:reduce(add))
    assert.equal(110, ns:reduce(add, 100))
    assert.equal(10.5, ns:reduce(add, 0.5))
    assert.equal(3, xs:count(big))
    assert.is_true(xs:any(big))
    assert.is_false(xs:all(big))
    assert.equal(3.0, xs:find_first(big))
    assert.equal(5.0, xs:find_last(big))
    assert.is_true(xs:find_any(big) > 2)
    assert.equal(1, xs:position_first(big))
    assert.equal(5, xs:position_last(big))
    assert.is_true(xs[xs:position_any(big)] > 2)
    local yes, no = xs:partition(big)
    assert.holds("f64", { 3.0, 4.0, 5.0 }, yes)
    assert.holds("f64", { 1.0, 1.0 }, no)
    assert.holds("i64", { 1, 3, 6, 10 }, ns:scan(add))
    assert.holds("i64", { 11, 13, 16, 20 }, ns:scan(add, 10))
  end)

  it("of jobs", function()
    local p = xs:map(function(x) return x + 1 end)
    assert.equal(19.0, (p:start "sum":wait()))
    assert.equal(10, (ns:start("reduce", add):wait()))
    assert.equal(3, (xs:start("count", big):wait()))
  end)

  it("behind and before others, at any place", function()
    local p = tine.range(1, 1000):map("mul", 2):map(function(n) return n + 1 end):filter(function(n)
      return n % 3 == 0
    end):map("x + 1")
    local sum = 0
    for n = 1, 1000 do
      if (2 * n + 1) % 3 == 0 then sum = sum + 2 * n + 2 end
    end
    assert.equal(sum, p:sum())
  end)

  it("of several columns, results and constants", function()
    local p = xs:zip(tine.range(1, 5)):map(function(x, n) return x * n, n - 1, x > 2 end)
    local a, b, c = p:collect()
    assert.holds("f64", { 3.0, 2.0, 12.0, 4.0, 25.0 }, a)
    assert.holds("i64", { 0, 1, 2, 3, 4 }, b)
    assert.holds("bool", { true, false, true, false, true }, c)
    assert.holds("f64", { 103.0, 101.0, 104.0, 101.0, 105.0 }, xs:map(function(x, k) return x + k end, 100):collect())
    assert.holds("f64", { 3.0, 4.0, 5.0 }, xs:filter({ 1 }, function(x, least) return x > least end, 2):collect())
    assert.equal(3, xs:count({ 1 }, function(x, least) return x > least end, 2))
  end)

  it("that takes columns of any type as Lua has their elements", function()
    local function add_one(x) return x + 1 end
    for _, dtype in ipairs(helper.integers) do
      assert.holds("i64", { 2, 101 }, tine.array(dtype, { 1, 100 }):map(add_one):collect())
    end
    assert.holds("i64", { math.mininteger }, tine.array("u64", { math.maxinteger }):map(add_one):collect())
    assert.holds("i64", { 0 }, tine.array("u64", { -1 }):map(add_one):collect())
    assert.holds("f64", { helper.f32(0.1) + 1.0 }, tine.array("f32", { 0.1 }):map(add_one):collect())
    local function nay(b) return not b end
    assert.holds("bool", { false, true }, tine.array("bool", { true, false }):map(nay):collect())
    assert.holds("i64", { -5 }, tine.array("u64", { -6 }):map(function(x, y) return x + y end, 1):collect())
    assert.equal(6, tine.array("u8", { 1, 2, 3 }):reduce(add))
    assert.equal(2.0, tine.array("u8", { 1, 2, 3 }):reduce(function(a, b) return (a + b) / 2 + 0.25 end, 1) // 1 * 1.0)
  end)

  it("that gives what Lua gives, with branches and loops", function()
    local function steps(n)
      local count = 0
      while n ~= 1 do
        if n % 2 == 0 then n = n // 2 else n = 3 * n + 1 end
        count = count + 1
      end
      return count
    end
    local got = tine.range(1, 3000):map(steps):collect()
    for n = 1, 3000 do assert.equal(steps(n), got[n]) end
  end)

  it("made by load, stripped or not", function()
    local f = assert(load "local a, b = ... return function(x) return a * x + b end")(2, 0.5)
    assert.holds("f64", { 6.5, 2.5 }, xs:sub(1, 2):map(f):collect())
    local g = assert(load(string.dump(function(x) return x * x end, true)))
    assert.holds("f64", { 9.0, 1.0 }, xs:sub(1, 2):map(g):collect())
  end)
end)

describe("what a function captured", function()
  it("is read each time that it is used", function()
    local gain = 2
    local function f(x) return x * gain end
    local before = ns:map(f)
    gain = 0.5
    local after = ns:map(f)
    gain = 100
    assert.holds("i64", { 2, 4, 6, 8 }, before:collect())
    assert.holds("f64", { 0.5, 1.0, 1.5, 2.0 }, after:collect())
    gain = true
    assert.raises("attempt to perform arithmetic on a boolean value", function() ns:map(f) end)
    gain = 3
    assert.holds("i64", { 3, 6, 9, 12 }, ns:map(f):collect())
  end)

  it("is each closure's own, though they share their code", function()
    local function scaled(by) return function(x) return x * by end end
    local kernels = {}
    for k = 1, 50 do kernels[k] = tine.kernel(scaled(k)) end
    for k = 1, 50 do assert.holds("i64", { k, 2 * k, 3 * k, 4 * k }, ns:map(kernels[k]):collect()) end
    assert.holds("f64", { 1.5, 3.0, 4.5, 6.0 }, ns:map(scaled(1.5)):collect())
  end)

  it("may be a function of math, whatever it is called", function()
    local f = sqrt
    assert.holds("f64", { 1.0, sqrt(2.0) }, ns:sub(1, 2):map(function(x) return f(x) end):collect())
    f = math.floor
    assert.holds("i64", { 1, 2 }, ns:sub(1, 2):map(function(x) return f(x) end):collect())
    f = math.abs
    assert.holds("i64", { 1, 2 }, ns:sub(1, 2):map(function(x) return f(-x) end):collect())
  end)

  it("may be different kinds of value in as many closures as one likes", function()
    local values = { 1, 1.5, true, sqrt, math.floor, math.abs }
    local function choose(a, b, c) return function(x) if a and b and c then return x end return x + 1 end end
    for round = 1, 2 do
      for i = 1, #values do
        for j = 1, #values do
          for k = 1, #values do -- more than are kept
            assert.equal(7, tine.kernel(choose(values[i], values[j], values[k]))(7), round)
          end
        end
      end
    end
  end)
end)

describe("tine.kernel of a function", function()
  local function hypot(a, b) return sqrt(a * a + b * b) end

  it("is kept, named, and applied to single values", function()
    local k = tine.kernel(hypot)
    assert.equal(5.0, k(3, 4))
    assert.equal(5.0, k(3.0, 4))
    assert.equal(("%s:%d"):format(source, line_of(hypot)), k:name())
    assert.equal("fn", k:mode())
    assert.equal("i64 f64 -> f64", k:signature("u8", "f32"))
    assert.equal("", k:signature())
    assert.equal("tine.Kernel distance", tostring(tine.kernel(hypot, { name = "distance", help = "how far" })))
    assert.equal("distance: how far", tine.help(tine.kernel(hypot, { name = "distance", help = "how far" })))
    assert.holds("f64", { 5.0 }, tine.array("f64", { 3 }):zip(tine.array("f64", { 4 })):map(k):collect())
    assert.same({ 3, 1.5, false }, { tine.kernel(function(x) return x + 1, x * 0.75, x > 5 end)(2) })
    assert.equal(7, tine.kernel(function() return 7 end)())
    assert.is_false(k == tine.kernel(hypot))
  end)

  it("promises nothing unless its user does", function()
    local function add(a, b) return a + b end
    assert.raises("is not associative", function() ns:reduce(tine.kernel(add)) end)
    assert.equal(10, ns:reduce(tine.kernel(add, { associative = true })))
    assert.equal(10, ns:reduce(tine.kernel(add, { associative = true, commutative = true })))
    assert.holds("i64", { 1, 3, 6, 10 }, ns:scan(tine.kernel(add, { associative = true })))
  end)

  it("takes its options and no others", function()
    assert.raises("unknown option 'nmae'; did you mean 'name'?", function() tine.kernel(hypot, { nmae = "x" }) end)
    assert.raises("option 'name' must be a string", function() tine.kernel(hypot, { name = 1 }) end)
    assert.raises("option 'help' must be a string", function() tine.kernel(hypot, { help = "a\0b" }) end)
    assert.raises("option 'associative' must be a boolean", function() tine.kernel(hypot, { associative = 1 }) end)
    assert.raises("bad argument #2 to 'kernel' (table expected", function() tine.kernel(hypot, "x") end)
    assert.has_error(function() tine.kernel(hypot, {}, {}) end)
  end)

  it("says what is wrong with a call", function()
    local k = tine.kernel(hypot)
    local at = ("function at %s:%d takes 2 parameters, got "):format(source, line_of(hypot))
    assert.raises(at .. "1", function() k(1) end)
    assert.raises(at .. "3", function() k(1, 2, 3) end)
    assert.raises("too many constants", function() k(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17) end)
    assert.raises("attempt to perform arithmetic on a boolean value (local 'a')", function() k(true, 1) end)
    assert.raises(at .. "1", function() k:signature("f64") end)
    local function divide(a, b) return a // b end
    assert.raises(("kernel '%s:%d' failed: %s:%d: %s"):format(source, line_of(divide), source, line_of(divide),
      no_quotient), function() tine.kernel(divide)(1, 0) end)
  end)
end)

describe("a function that no kernel can be made of is refused:", function()
  local count, out = 0, {}
  local map = helper.method "map"

  -- At the line behind that where it begins.
  local function refuses(text, f, p)
    local want = ("bad argument #1 to 'map' (%s:%d: %s"):format(source, line_of(f) + 1, text)
    assert.raises(want, map, p or xs, f)
  end

  it("one that changes what it captured, with the way out", function()
    refuses("assigns to upvalue 'count', so it cannot run in parallel; use reduce, count or sum)", function(x)
      count = count + 1
      return x
    end)
    assert.equal(0, count)
  end)

  it("what makes or uses what kernels do not have", function()
    refuses("makes a table; kernels compute numbers and booleans only: return several values instead)", function(x)
      return { x }
    end)
    refuses("uses global 'print'; kernels may use math, captured values and kernels)", function(x)
      print(x)
      return x
    end)
    refuses("captures 'out', a table; kernels compute numbers and booleans only)", function(x)
      return out.x + x
    end)
    refuses("makes a string", function(x)
      return x .. x
    end)
  end)

  it("what does not fit itself", function()
    refuses("may end without a result; every path must return a value)", function(x) if x > 2 then return x end
    end)
    refuses("returns a boolean here and a number at line", function(x) if x > 2 then return x end
      return true
    end)
    refuses("returns 2 values here and 1 at line", function(x) if x > 2 then return x end
      return x, x
    end)
    refuses("'z' has no value here on one path; give it one at line", function(x) local z if x > 2 then z = x end
      return z + 1
    end)
  end)

  it("what does not fit the columns", function()
    refuses("attempt to perform arithmetic on a boolean value (local 'b')", function(b)
      return b + 1
    end, tine.array("bool", { true }))
    refuses("bad argument #1 to 'sqrt' (number expected, got boolean)", function(b)
      return sqrt(b)
    end, tine.array("bool", { true }))
    local function two(x, y) return x + y end
    local at = ("bad argument #1 to 'map' (function at %s:%d takes 2 parameters, the pipeline gives "):format(source,
      line_of(two))
    local three = xs:zip(xs, xs)
    assert.raises(at .. "3 columns and no constants)", map, three, two)
    assert.raises(at .. "1 column and no constants)", map, xs, two)
    assert.raises(at .. "2 columns and 1 constant)", map, xs:zip(xs), two, 1)
    assert.raises(at .. "1 column and 2 constants)", map, xs, two, 1, 2)
    local function one(x) return x end
    at = ("function at %s:%d takes 1 parameter; to fold it is given 2"):format(source, line_of(one))
    assert.raises(at, function() xs:reduce(one) end)
  end)

  it("what does not fit the place", function()
    assert.raises("'filter' needs a predicate; kernel '" .. source, function() xs:filter(function(x) return x end) end)
    assert.raises("does not give one bool", function() xs:any(function(x) return x, true end) end)
    assert.raises("'filter_map' needs a kernel whose last output is bool", function()
      xs:filter_map(function(x) return x end)
    end)
    assert.raises("'flat_map' needs a kernel that expands", function() xs:flat_map(function(x) return x end) end)
    assert.raises("'reduce' needs a kernel that gives the type it takes", function()
      xs:reduce(function(a, b) return a < b end)
    end)
    assert.raises("'scan' needs a kernel that gives the type it takes", function()
      xs:scan(function(a, b) return a, b end)
    end)
    assert.raises("number or boolean expected", function() xs:map(function(x, y) return x + y end, {}) end)
  end)

  it("C functions", function()
    assert.raises("bad argument #1 to 'map' (a C function cannot be read; name a kernel, see tine.kernels(), or " ..
      "write a Lua function that calls it, if it is one of math)", map, xs, print)
    assert.raises("a C function cannot be read", function() tine.kernel(math.sqrt) end)
    assert.raises("takes '...'; name the parameters", function() xs:map(assert(load "return ...")) end)
  end)

  it("after which all is as before", function()
    assert.holds("f64", { 4.0, 2.0, 5.0, 2.0, 6.0 }, xs:map(function(x) return x + 1 end):collect())
  end)
end)

describe("a function that fails", function()
  local function inverse(n)
    local m = n - 700
    return 1000 // m
  end

  it("names itself, the item, the stage and the line that failed", function()
    local p = tine.range(1, 5000):map(inverse)
    local line = debug.getinfo(1, "l").currentline - 1
    local want = ("kernel '%s:%d' failed at item 700 (stage 2 'map', built at %s:%d): %s:%d: %s")
      :format(source, line_of(inverse), source, line, source, line_of(inverse) + 2, no_quotient)
    for threads = 1, 3 do
      local pool <close> = tine.pool { threads = threads }
      assert.raises(want, function() p:on(pool):sum() end)
      assert.raises(want, function() p:on(pool):collect() end)
      assert.raises(want, function() p:on(pool):filter("gt", 0):count() end)
    end
    assert.raises(want, function() p:sequential():max() end)
  end)

  it("fails in a fold and in a search, too", function()
    local p = tine.range(0, 100)
    assert.raises(no_quotient, function() p:reduce(function(a, b) return b // a end) end)
    assert.raises(no_remainder, function() p:any(function(n) return 5 % n > 100 end) end)
    assert.is_true(tine.range(1, 10):rev():any(function(n) return 5 // (n - 5) == 1 end))
    assert.raises("number has no integer representation", function() xs:map(function(x) return x / 2 | 1 end):sum() end)
    assert.raises("'for' step is zero", function()
      tine.range(0, 3):map(function(n) for k = 1, 3, n do n = k end return n end):sum()
    end)
  end)
end)

describe("a function that never ends", function()
  local function stuck(x)
    while x > 0 do x = x + 1 end
    return x
  end

  it("is ended by a timeout", function()
    for threads = 1, 3 do
      local pool <close> = tine.pool { threads = threads }
      for _, name in ipairs { "sum", "collect", "count" } do
        local p = xs:map(stuck):on(pool):timeout(0.05)
        local nothing, why = p[name](p)
        assert.same({ nil, "timeout" }, { nothing, why })
      end
      local nothing, why = xs:on(pool):timeout(0.05):reduce(stuck and function(a, b)
        while a > 0 do a = a + b end
        return a
      end)
      assert.same({ nil, "timeout" }, { nothing, why })
    end
    local nothing, why = xs:sequential():timeout(0.05):any(function(x) while x > 0 do x = x + 1 end return true end)
    assert.same({ nil, "timeout" }, { nothing, why })
    nothing, why = xs:fold_chunks(2, function(a, b) while a > 0 do a = a + b end return a end):timeout(0.05):sum()
    assert.same({ nil, "timeout" }, { nothing, why })
  end)

  it("is ended by cancelling its job, and by closing it", function()
    local job = xs:map(stuck):start "sum"
    job:cancel()
    assert.same({ nil, "cancelled" }, { (select(1, job:wait())), (select(2, job:wait())) })
    do
      local other <close> = xs:map(stuck):start "sum"
      assert.is_false(other:done())
    end
  end)

  it("is ended by a hook, in a run of few items, a kept kernel and a call", function()
    local kept = tine.kernel(stuck)
    local function hooked(f)
      debug.sethook(function() error "enough" end, "", 1000)
      local ok, message = pcall(f)
      debug.sethook()
      assert.is_false(ok)
      assert.matches("enough", message)
    end
    hooked(function() xs:map(stuck):sum() end)
    hooked(function() xs:map(kept):sum() end)
    hooked(function() xs:count(function(x) while x > 0 do x = x + 1 end return true end) end)
    hooked(function() xs:fold_chunks(5, function(a, b) while a > 0 do a = a + b end return a end):sum() end)
    hooked(function() kept(1.0) end)
    hooked(function() for _ in xs:map(stuck):iter() do end end) -- luacheck: ignore
    assert.equal(-1.0, kept(-1.0))
  end)

  it("is ended by Ctrl-C", function()
    if not os.execute "true" then pending "this needs a shell" return end
    local output = helper.script [[
      local tine = require "tine"
      local function stuck(x) while x > 0 do x = x + 1 end return x end
      local killer
      print(pcall(function()
        killer = io.popen "sleep 0.3; kill -INT $PPID"
        tine.array("f64", { 1, 2 }):map(stuck):sum()
      end))
      if killer then killer:close() end]]
    assert.matches("^false\t.*interrupted!\n$", output)
  end)
end)

describe("a state", function()
  it("is called by no worker while its functions run on them", function()
    local ran = helper.host("thread_host", "spec/lua/hosts/functions.lua")
    if not ran then pending "thread_host is built by make test" end
  end)

  it("shares the workers with seven others", function()
    if not helper.host("states_host", "spec/lua/hosts/functions.lua 2") then
      pending "states_host is built by make test"
    end
  end)
end)

describe("hostile functions", function()
  it("change their own captures under way, and what they are read by", function()
    local env = setmetatable({}, { __index = function(_, name)
      for k = 1, 300 do tine.kernel(assert(load(("return function(y) return y + %d end"):format(k)))()) end
      collectgarbage()
      return name == "math" and math or nil
    end })
    local f = assert(load("return function(x) return math.abs(x) end", "=f", "t", env))()
    assert.holds("f64", { 3.0, 1.0 }, xs:sub(1, 2):map(f):collect())
    local bad = assert(load("return function(x) return math.abs(x) end", "=f", "t",
      setmetatable({}, { __index = function() error "no" end })))()
    assert.raises("no", function() xs:map(bad) end)
  end)

  it("have upvalues that others joined, and none", function()
    local a, b = 1, 2
    local function f(x) return x + a end
    local function g(x) return x + b end
    debug.upvaluejoin(f, 1, g, 1)
    assert.holds("i64", { 3, 4, 5, 6 }, ns:map(f):collect())
    debug.setupvalue(f, 1, "text")
    assert.raises("captures 'a', a string", function() ns:map(f) end)
    local stripped = assert(load(string.dump(f)))
    assert.has_error(function() ns:map(stripped) end)
  end)

  it("are dumps that somebody has damaged", helper.seeded(function(rng)
    local gain = 2
    local function victim(x, y)
      local s = 0
      for k = 1, 5 do s = s + (x > k and x * gain or y // k) end
      return s, x < y
    end
    local dump, ran, loaded = string.dump(victim), 0, 0
    local p = ns:zip(ns):timeout(0.002)
    for _ = 1, 600 do
      local bytes = dump
      for _ = 1, rng:int(1, 3) do
        local at = rng:int(33, #bytes)
        bytes = bytes:sub(1, at - 1) .. string.char(rng:int(0, 255)) .. bytes:sub(at + 1)
      end
      local ok, f = pcall(load, bytes, "=f", "b")
      if ok and f then
        loaded = loaded + 1
        for k = 1, 3 do pcall(debug.setupvalue, f, k, 3) end
        local made, q = pcall(function() return p:map(f) end)
        if made then
          ran = ran + 1
          pcall(function() return q:collect() end)
        end
      end
    end
    assert(loaded > 50 and ran > 5, ("%d loaded, %d ran"):format(loaded, ran))
  end))
end)
