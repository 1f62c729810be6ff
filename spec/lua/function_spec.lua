-- Lua functions, read: dumps decoded and verified by lua/function, as the probe shows it.

local dump = require "spec.lua.dump"
local helper = require "spec.lua.helper"
local tine = require "tine"
local built, probe = pcall(require, "probe_function")

after_each(helper.settle)

local function judge(what, fn)
  it(what, function()
    if not built then return pending "the probe is built by make test" end
    fn()
  end)
end

-- Every function that can be reached from what is loaded, and all files of this repository as functions.
local function corpus()
  local found, seen = {}, {}
  local function reach(value)
    if type(value) == "table" and not seen[value] then
      seen[value] = true
      for k, v in next, value do
        reach(k)
        reach(v)
      end
    elseif type(value) == "function" and not seen[value] then
      seen[value] = true
      if debug.getinfo(value, "S").what ~= "C" then found[#found + 1] = value end
      for i = 1, math.huge do
        local name, inner = debug.getupvalue(value, i)
        if not name then break end
        reach(inner)
      end
    end
  end
  reach(package.loaded)
  local pipe <close> = assert(io.popen "find lua spec examples -name '*.lua' | sort")
  for path in pipe:lines() do found[#found + 1] = assert(loadfile(path)) end
  return found
end

local refused_at <const> = 10000
local fields = { "source", "line", "last_line", "params", "registers", "vararg", "code", "constants" }

describe("a dump", function()
  judge("is read as it was written, stripped or not", function()
    local n = 0
    for _, f in ipairs(corpus()) do
      for _, strip in ipairs { false, true } do
        local s = string.dump(f, strip)
        local want, got, why = dump.read(s), probe.read(s)
        if #want.code > refused_at then
          assert.matches("is too long for a kernel: %d+ instructions", why)
        else
          assert(got, why)
          for _, field in ipairs(fields) do assert.same(want[field], got[field]) end
          assert.equal(#want.nested, got.nested)
          for i = 1, #want.code do assert.equal(want.lines[i] or 0, got.lines[i]) end
          n = n + 1
        end
      end
    end
    assert(n > 1000, "hardly any functions")
  end)

  judge("has the lines of debug.getinfo, in functions of all lengths", function()
    local text = { "local x = ...\n" }
    for i = 1, 700 do
      text[#text + 1] = ("x = x + %d%s"):format(i, i % 50 == 0 and ("\n"):rep(i) or " ")
    end
    local f = assert(load(table.concat(text) .. "return x"))
    local lines = {}
    for _, line in ipairs(probe.read(string.dump(f)).lines) do lines[line] = true end
    for line in pairs(debug.getinfo(f, "L").activelines) do assert(lines[line], line) end
  end)

  judge("has the names of variables where they have some", function()
    local function f(a, b)
      local c = a + b
      do local d = c * 2; c = d end
      return c, built
    end
    local p = probe.read(string.dump(f))
    assert.same({ "built" }, p.upvalues)
    assert.equal("a,b,", p.locals[1])
    local seen = {}
    for _, names in ipairs(p.locals) do seen[names] = true end
    assert.same({ ["a,b,"] = true, ["a,b,c,"] = true, ["a,b,c,d,"] = true }, seen)
    assert.same({ "?" }, probe.read(string.dump(f, true)).upvalues)
  end)

  judge("is refused where it is of something else", function()
    local s = string.dump(function(x) return x + 1.5 end)
    local function says(text, bytes)
      local p, why, line = probe.read(bytes)
      assert.is_nil(p)
      assert.equal(0, line)
      assert.equal("not a function that Lua 5.4 has dumped: " .. text, why)
    end
    local function byte(at, value) return s:sub(1, at - 1) .. string.char(value) .. s:sub(at + 1) end
    says("it ends too early", "")
    says("it does not begin as one", ("x"):rep(100))
    says("it is of another version", byte(5, 0x55))
    says("it is of another version", byte(6, 1))
    says("it was damaged on its way", byte(8, 0))
    says("its numbers have other sizes", byte(14, 4))
    says("its numbers are of another machine", byte(16, 0))
    says("its numbers are of another machine", byte(31, 0))
    says("there is more than a function", s .. "\0")
    for n = 4, #s - 1 do
      local p, why = probe.read(s:sub(1, n))
      assert.is_nil(p)
      assert(why:find("ends too early", 1, true) or why:find("fewer elements", 1, true), why)
    end
    local counts = dump.read(s).places
    says("it has fewer elements than it says", s:sub(1, counts.code - 1) .. "\127\255" .. s:sub(counts.code + 1))
    says("a number is too large", s:sub(1, counts.code - 1) .. ("\127"):rep(9) .. "\255" .. s:sub(counts.code + 1))
    says("a constant is of no type that constants have", byte(counts.constants + 1, 0x77))
  end)
end)

-- A function of two parameters, two upvalues, the constants 1.5 and "x", and five registers; with code of its own.
local function verified(...)
  local up, other = 1, {}
  local function f(a, b)
    local c, d, e = a * 1.5, other.x, up
    return c, d, e, b
  end
  local s = string.dump(f)
  assert(dump.read(s).registers >= 7)
  return probe.read(dump.with_code(string.dump(f, true), { ... }))
end

describe("a function", function()
  local abc, abx, jump = dump.abc, dump.abx, dump.jump
  local stop = abc("RETURN0", 0)

  local function refuses(text, ...)
    local p, why = verified(...)
    assert.is_nil(p)
    assert.matches("not a function that Lua 5.4 has compiled: " .. text, why, 1, true)
  end

  judge("that is right is verified", function()
    assert(verified(stop))
    assert(verified(abc("ADD", 0, 0, 1), abc("MMBIN", 0, 1, 6), abc("RETURN1", 0)))
    assert(verified(abc("LT", 0, 1), jump(1), abc("MOVE", 0, 1), stop))
    assert(verified(abx("FORPREP", 0, 0), abx("FORLOOP", 0, 1), stop))
    assert(verified(abc("CALL", 0, 1, 0), abc("RETURN", 0, 0), stop))
    assert(verified(abc("TAILCALL", 0, 2), abc("RETURN", 0, 0), stop))
  end)

  judge("is refused where something is not there", function()
    refuses("it has no code")
    refuses("there is no such instruction, at instruction 1 (none)", 83, stop)
    refuses("it has fewer registers, at instruction 1 (MOVE)", abc("MOVE", 0, 200), stop)
    refuses("it has fewer registers", abc("MOVE", 200, 0), stop)
    refuses("it has fewer registers", abc("LOADNIL", 0, 250), stop)
    refuses("it has fewer registers", abc("CALL", 0, 200, 1), stop)
    refuses("it has fewer registers", abc("CALL", 0, 1, 200), stop)
    refuses("it has fewer registers", abc("RETURN", 0, 200), stop)
    refuses("it has fewer registers", abc("SETTABLE", 0, 0, 200), stop)
    refuses("it has fewer registers", abx("FORPREP", 6, 0), abx("FORLOOP", 6, 1), stop)
    refuses("it has fewer constants", abx("LOADK", 0, 9), stop)
    refuses("it has fewer constants", abc("SETTABLE", 0, 0, 200, 1), stop)
    refuses("it has fewer constants", abc("EQK", 0, 200), jump(0), stop)
    refuses("it has fewer constants", abc("LOADKX", 0), dump.ops.EXTRAARG | 100 << 7, stop)
    refuses("it has fewer upvalues", abc("GETUPVAL", 0, 2), stop)
    refuses("it has fewer functions in it", abx("CLOSURE", 0, 0), stop)
    refuses("it has no operands", abc("CONCAT", 0, 0), stop)
    refuses("it runs out at the end", abc("MOVE", 0, 1))
    refuses("a constant is of another type", abc("GETFIELD", 0, 0, 0), stop)
    refuses("a constant is of another type", abc("MULK", 0, 0, 1), abc("MMBINK", 0, 1, 8), stop)
    refuses("a constant is of another type", abc("BANDK", 0, 0, 0), abc("MMBINK", 0, 0, 8), stop)
    refuses("a constant is of another type", abc("SELF", 0, 0, 0, 1), stop)
  end)

  judge("is refused where pairs are none, or something jumps between the two", function()
    local behind, before = "what belongs behind it is not there", "what belongs before it is not there"
    refuses(behind, abc("LT", 0, 1), stop)
    refuses(behind, abc("ADD", 0, 0, 1), stop)
    refuses(behind, abc("NEWTABLE", 0), stop)
    refuses(behind, abc("LOADKX", 0), stop)
    refuses(behind, abc("TFORCALL", 0, 0, 1), stop)
    refuses(before, abc("MMBIN", 0, 1, 6), stop)
    refuses(before, dump.ops.EXTRAARG, stop)
    refuses(before, abx("TFORLOOP", 0, 1), stop)
    refuses(before, abc("RETURN", 0, 0), stop)
    refuses(before, abc("CALL", 0, 0, 1), stop)
    refuses("nothing takes all of its results", abc("CALL", 0, 1, 0), stop)
    refuses("nothing takes all of its results", abc("CALL", 0, 1, 0), abc("CALL", 0, 0, 1), stop)
    refuses("nothing takes all of its results", abc("VARARG", 0, 0, 0), stop)
    refuses("no return is behind it", abc("TAILCALL", 0, 1), stop)
    local between = "something jumps in between two that belong together"
    refuses(between .. ", at instruction 3 (MMBIN)", jump(1), abc("ADD", 0, 0, 1), abc("MMBIN", 0, 1, 6), stop)
    refuses(between, jump(1), abc("CALL", 0, 1, 0), abc("RETURN", 0, 0), stop)
  end)

  judge("is refused where it jumps out, and where a 'for' has one end", function()
    refuses("it jumps out of the function", jump(1), stop)
    refuses("it jumps out of the function", jump(-2), stop)
    refuses("it jumps out of the function", abc("LT", 0, 1), jump(7), stop)
    refuses("a 'for' has one end only", abx("FORPREP", 0, 0), stop)
    refuses("a 'for' has one end only", abx("FORPREP", 0, 0), abx("FORLOOP", 1, 1), stop)
    refuses("a 'for' has one end only", abx("FORPREP", 0, 0), abx("FORLOOP", 0, 0), stop)
    refuses("a 'for' has one end only", stop, abx("FORLOOP", 0, 1), stop)
    refuses("a 'for' has one end only", abx("TFORPREP", 0, 0), stop)
  end)
end)

describe("damaged dumps", function()
  judge("are refused, or mean something, but are never read beyond", helper.seeded(function(rng)
    local refused, accepted, made = 0, 0, 0
    for _, f in ipairs { corpus, dump.read, helper.seeded, assert(loadfile "spec/lua/dump.lua"),
                         function(x, y) for k = 1, 9 do x = k > y and x * 0.5 or -x end return x, y // 2 end } do
      local r, a, m = probe.damage(string.dump(f), 25000, rng:int(1, 2 ^ 40))
      refused, accepted, made = refused + r, accepted + a, made + m
    end
    assert(refused > 10000 and accepted > 1000 and made > 500,
      ("%d refused, %d accepted, %d translated"):format(refused, accepted, made))
  end))
end)

describe("a Lua function as code", function()
  local sqrt, scale, other, output = math.sqrt, 2.5, {}, print
  local array = tine.array("f64", { 1, 2 })

  local function compile(f, types, strip)
    return probe.compile(f, types, string.dump(f, strip))
  end

  local function line_of(f) return debug.getinfo(f, "S").linedefined end

  -- The function is refused, at its second line, with that message.
  local function refuses(text, types, f)
    local k, why = compile(f, types)
    assert.is_nil(k)
    assert.matches(("%d: %s"):format(line_of(f) + 1, text), why, 1, true)
  end

  judge("computes what it computes, stripped or not", function()
    local function hypotenuse(x, y)
      return x < 0 and 0 or sqrt(x * x + y * y) * scale
    end
    for _, strip in ipairs { false, true } do
      local k, results = compile(hypotenuse, "FF", strip)
      assert.equal("F", results)
      assert.equal(hypotenuse(3.0, 4.0), k(0, 3.0, 4.0))
      assert.equal(0.0, k(0, -1.0, 4.0))
    end
  end)

  judge("gives several results, each of a type of its own", function()
    local k, results = compile(function(x, y)
      return x // y, x < y, math.floor(y * 0.5), math.max(x, y, 2)
    end, "II")
    assert.equal("IBFI", results)
    assert.same({ 3, false, 1.0, 7 }, { k(0, 7, 2) })
  end)

  judge("knows functions and math by what they are", function()
    local aliases = math
    local function f(x) local m = math return aliases.abs(x) + m.sqrt(x) + sqrt(x) + math.pi end
    assert.equal(f(4.0), (compile(f, "F")(0, 4.0)))
    local kept = math.sqrt
    math.sqrt = function() return 0 end -- luacheck: ignore
    local k, why = compile(f, "F")
    math.sqrt = kept -- luacheck: ignore
    assert.is_nil(k)
    assert.truthy(why:find("uses 'math.sqrt', which kernels do not have", 1, true), why)
  end)

  judge("captures values as they are when it is read", function()
    local gain = 2
    local function f(x) return x * gain end
    local k, results = compile(f, "I")
    assert.same({ "I", 14 }, { results, k(0, 7) })
    gain = 0.5
    k, results = compile(f, "I")
    assert.same({ "F", 3.5 }, { results, k(0, 7) })
  end)

  judge("fails at the line at which Lua does", function()
    -- What Lua says; of a division by zero, some give a line before it.
    local function said(fn, ...) return (select(2, pcall(fn, ...)):gsub("^.-:%d+: ", "")) end
    local function f(x, y)
      local z = x + 1
      return z // y
    end
    local none, why = compile(f, "II")(0, 1, 0)
    assert.is_nil(none)
    assert.equal(("spec/lua/function_spec.lua:%d: %s"):format(line_of(f) + 2, said(f, 1, 0)), why)
    local function g(x, y)
      local z = x + 1
      return z % y
    end
    why = select(2, compile(g, "II")(0, 1, 0))
    assert.equal(("spec/lua/function_spec.lua:%d: %s"):format(line_of(g) + 2, said(g, 1, 0)), why)
  end)

  judge("has the elements of captured arrays as Lua has them, and their length", function()
    for _, dtype in ipairs(helper.dtypes) do
      local values = dtype == "bool" and { true, false, true } or { 1, 0, 100 }
      local lut = tine.array(dtype, values)
      local function f(i) return lut[i] end
      local function g() return #lut, lut[3], lut[2.0] end
      local k = compile(f, "I")
      for i = 1, 3 do assert(helper.same(f(i), (k(0, i)))) end
      assert.same({ g() }, { compile(g, "")(0) })
    end
    local bits = tine.array("u64", { -1, math.mininteger })
    local function h(i) return bits[i] end
    assert.same({ -1, math.mininteger }, { compile(h, "I")(0, 1), compile(h, "I")(0, 2) })
  end)

  judge("has nil where there is no element, and fails where Lua would with it", function()
    local lut = tine.array("f64", { 1.5, 2.5 })
    local function f(x)
      local v = lut[x]
      if v == nil then return -1.0 end
      return v + (lut[x + 1] or 0.25)
    end
    for _, x in ipairs { 0, 1, 2, 3, -1, math.maxinteger, math.mininteger } do
      assert.equal(f(x), (compile(f, "I")(0, x)))
    end
    for _, x in ipairs { 1.0, 1.5, 0 / 0, math.huge, -math.huge, 2.0 ^ 63, -2.0 ^ 63, 2.0 ^ 64, -0.0, 2.0 } do
      assert.equal(f(x), (compile(f, "F")(0, x)))
    end
    local function fails(text, g)
      local line = line_of(g) + 1
      assert.matches(("%d: %s"):format(line, text), select(2, pcall(g, 7)), 1, true)
      assert.matches(("%d: %s"):format(line, text), select(2, compile(g, "I")(0, 7)), 1, true)
    end
    fails("attempt to perform arithmetic on a nil value (local 'v')", function(x) local v = lut[x]
      return 1 + v
    end)
    fails("attempt to perform bitwise operation on a nil value (field '?')", function(x)
      return lut[x] | 1
    end)
    fails("attempt to compare nil with number", function(x)
      return lut[x] < lut[1]
    end)
    fails("attempt to compare two nil values", function(x)
      return lut[x] < lut[x + 1]
    end)
    fails("bad argument #1 to 'sqrt' (number expected, got nil)", function(x)
      return (math.sqrt(lut[x]))
    end)
    fails("bad 'for' limit (number expected, got nil)", function(x)
      for k = 1, lut[x] do return k end -- luacheck: ignore
      return 1
    end)
    local none, why = compile(function(x) return lut[x] end, "I")(0, 3)
    assert.is_nil(none)
    assert.matches("returns nil; every path must return a value", why, 1, true)
  end)

  judge("holds arrays as long as it lives, and takes none that is closed or being written", function()
    local lut = tine.full("f64", 1000, 2.5)
    local function f(i) return lut[i] end
    local k = compile(f, "I")
    lut:close()
    collectgarbage()
    assert.equal(2.5, (k(0, 1000)))
    local gone, why = compile(f, "I")
    assert.is_nil(gone)
    assert.matches("attempt to use a closed array", why, 1, true)
    lut = tine.full("f64", 1 << 21, 0.0)
    local busy
    tine.range(1.0, #lut):map("sqrt"):map("exp"):progress(function()
      busy = select(2, compile(f, "I"))
    end, 0.001):collect_into(lut)
    assert.matches("array is in use by a running job", busy, 1, true)
    assert.truthy(compile(f, "I"))
  end)

  judge("may have anything where nothing goes", function()
    local function f(x)
      do return x end
      print({}) -- luacheck: ignore
    end
    assert.equal(3, (compile(f, "I")(0, 3)))
  end)

  judge("calls kernels that it captured, as scripts call them", function()
    local lut = tine.array("f32", { 0.1, 2.5 })
    local fma, isnan, shl, idiv, single = tine.kernel "fma", tine.kernel "isnan", tine.kernel "shl", tine.kernel "idiv",
      tine.kernel "f32"
    local poly, wide = tine.kernel("a*x^2 + lut[i64(y)]", { a = 0.5, lut = lut }), tine.kernel "x + y*z - w + c5"
    local function f(x, y)
      local k = fma
      if isnan(x / 0.0) then return k(x, y, 1), single(0.1), wide(1, x, y, 4, 5) end
      return k(x, 2, y), poly(x, 1 + y % 2), wide(x, 2, 3, y, 5)
    end
    for _, types in ipairs { "II", "FF", "IF", "FI" } do
      for _, args in ipairs { { 1, 2 }, { 0, 3 }, { -4, 5 } } do
        if types:sub(1, 1) == "F" then args[1] = args[1] * 1.0 end
        if types:sub(2, 2) == "F" then args[2] = args[2] * 1.0 end
        local k, results = compile(f, types)
        local want, got = table.pack(f(args[1], args[2])), table.pack(k(0, args[1], args[2]))
        for i = 1, 3 do
          if results:sub(i, i) == "F" then want[i] = want[i] * 1.0 end
          assert(helper.same(want[i], got[i]), ("%s: %s, not %s"):format(types, got[i], want[i]))
        end
      end
    end
    local function fails(types, g, ...)
      local ok, want = pcall(g, ...)
      assert.is_false(ok)
      local k, why = compile(g, types)
      if k then why = select(2, k(0, ...)) end
      assert.equal((want:gsub("to '%w+'", "")), (why:gsub("to '%w+'", "")))
    end
    fails("II", function(x, y) local z = idiv(x, y) return z end, 1, 0)
    fails("II", function(x, y) local z = poly(x, y) return z end, 1, 7)
    fails("FI", function(x, y) local z = shl(x, y) return z end, 1.5, 7)
    fails("FI", function(x, y) local z = fma(x, y) return z end, 1.5, 7)
    fails("FI", function(x, y) local z = fma(x, y, lut[y]) return z end, 1.5, 7)
    fails("FI", function(x, y) local z = fma(x, y, nil) return z end, 1.5, 7)
    local flat = tine.kernel "repeat"
    fails("FI", function(x, y) local z = flat(x, y) return z end, 1.5, 7)
    refuses("attempt to index a userdata value (local 'k')", "F", function(x) local k = fma
      return k.name + x
    end)
  end)

  judge("may do anything where types and constants do not lead", function()
    local debugging <const> = false
    local sink
    local function f(x, y)
      if debugging then print("x", x) end
      if false then error "never" end -- luacheck: ignore
      while nil do sink = x end -- luacheck: ignore
      if y == nil then return nothing(x) .. "" end -- luacheck: ignore
      if x == true then
        local t = { x, #tostring(x), f() } -- luacheck: ignore
        for k, v in pairs(t) do sink = k + v end
        function t.g() return x end
        return t:g()
      end
      return x + y
    end
    assert.equal(3, (compile(f, "II")(0, 1, 2)))
    assert.matches("assigns to upvalue 'sink'", select(2, compile(function(x) sink = x return 1 end, "I")), 1, true)
    assert.is_nil(sink)
  end)

  judge("knows the functions of math that there were when the module was opened", function()
    local sin, kept = math.sin, math.sqrt
    local function f(x) return math.sqrt(x), sqrt(x) end
    math.sqrt = sin -- luacheck: ignore
    local k = compile(f, "F")
    math.sqrt = kept -- luacheck: ignore
    assert.same({ math.sin(4.0), 2.0 }, { k(0, 4.0) })
  end)

  judge("is refused for what kernels cannot do, once for each", function()
    refuses("assigns to upvalue 'scale', so it cannot run in parallel; use reduce, count or sum", "F", function(x)
      scale = x
      return x
    end)
    refuses("assigns to global 'total'", "F", function(x)
      total = x -- luacheck: ignore
      return x
    end)
    refuses("makes a table; kernels compute numbers and booleans only: return several values instead", "F", function(x)
      return { x }
    end)
    refuses("uses global 'print'; kernels may use math, captured values and kernels", "F", function(x)
      print(x)
      return x
    end)
    refuses("calls 'output', which is a C function that is not in math", "F", function(x)
      output(x)
      return x
    end)
    refuses("captures 'other', a table", "F", function(x)
      return other.x + x
    end)
    refuses("takes 'sum' of an array; kernels have its elements and its length, a[i] and #a", "F", function(x)
      return array.sum + x
    end)
    refuses("takes 'sum' of an array", "F", function(x) local a = array
      return a.sum + x
    end)
    refuses("attempt to perform arithmetic on a userdata value (local 'a')", "F", function(x) local a = array
      return a + x
    end)
    refuses("uses 'math.random', which kernels do not have", "F", function(x)
      return math.random() + x
    end)
    refuses("makes a string", "F", function(x)
      return x .. x
    end)
    refuses("uses a string", "F", function(x)
      return x == "x"
    end)
    refuses("makes a function", "F", function(x)
      return (function() return x end)()
    end)
    refuses("calls method 'len'", "F", function(x)
      return x:len()
    end)
    refuses("attempt to index a number value (local 'x')", "F", function(x)
      return x[1]
    end)
    refuses("writes to a table", "F", function(x)
      x[1] = 2
      return x
    end)
    refuses("attempt to get length of a number value (local 'x')", "F", function(x)
      return #x
    end)
    refuses("has a 'for' over an iterator", "F", function(x)
      for k in x do return k end -- luacheck: ignore
      return x
    end)
    refuses("attempt to perform arithmetic on a boolean value (local 'x')", "B", function(x)
      return x + 1
    end)
    refuses("attempt to perform bitwise operation on a boolean value (local 'x')", "B", function(x)
      return x & 1
    end)
    refuses("bad argument #1 to 'sqrt' (number expected, got boolean)", "B", function(x)
      return math.sqrt(x)
    end)
    refuses("bad argument #2 to 'max' (number expected, got boolean)", "B", function(x)
      return math.max(1, x)
    end)
    refuses("bad 'for' limit (number expected, got boolean)", "B", function(x)
      for k = 1, x do return k end -- luacheck: ignore
      return 1
    end)
    refuses("attempt to compare boolean with number", "B", function(x)
      return x < 1
    end)
    local k, why = compile(function(...) return ... end, "")
    assert.is_nil(k)
    assert.matches("takes '...'; name the parameters", why, 1, true)
  end)

  judge("has max and min of integers and floats", function()
    local function f(a, b, c, d, e) return math.max(a, b, c, d, e), math.min(a, b, 2, d, e) end
    local k, results = compile(f, "IFIFI")
    assert.equal("FF", results)
    for _, args in ipairs { { 1, 2.5, 3, -1.0, 0 }, { 7, 7.0, 7, 1.0, 9 }, { 2, 0 / 0, 5, 0 / 0, 1 } } do
      local want, least = f(table.unpack(args))
      local got, smallest = k(0, table.unpack(args))
      assert(helper.same(want * 1.0, got) and helper.same(least * 1.0, smallest))
    end
    refuses("math.max of more than 8 values, some of which are integers and some floats", "IF", function(x, y)
      return math.max(x, y, 1, 2, 3, 4, 5, 6, 7)
    end)
  end)

  judge("calls functions that it captured, with what these captured", function()
    local offset, lut = 10, tine.array("f64", { 0.5, 1.5 })
    local function base(x) return x + offset end
    local function both(x, y) return base(x), lut[y] or y end
    local function twice(g, x, m) return g(m.abs(x)) * 2, g(x) end
    local function f(x, y)
      local local_base = base
      local a, b = both(x, y)
      local c, d = twice(local_base, x, math)
      return a, b, c, d, (both(y, x)), math.max(both(1, 2))
    end
    for _, types in ipairs { "II", "FF", "IF", "FI" } do
      for _, args in ipairs { { 1, 2 }, { -3, 1 }, { 0, 0 } } do
        if types:sub(1, 1) == "F" then args[1] = args[1] * 1.0 end
        if types:sub(2, 2) == "F" then args[2] = args[2] * 1.0 end
        local k, results = compile(f, types)
        local want, got = table.pack(f(args[1], args[2])), table.pack(k(0, args[1], args[2]))
        assert.equal(want.n, got.n)
        for i = 1, want.n do
          if results:sub(i, i) == "F" then want[i] = want[i] * 1.0 end
          assert(helper.same(want[i], got[i]))
        end
      end
    end
    offset = 0.5
    assert.equal(base(2) + 0, (compile(function(x) return base(x) end, "I")(0, 2)))
  end)

  judge("chooses functions by what is known of them, and gives nil for what is missing", function()
    local function up(x, by) by = by or 1 return x + by end
    local function down(x, by) if by == nil then by = 1.0 end return x - by end
    local function nothing() end
    local function f(x, b)
      local g = b and up or down
      local a, c = g(x)
      if c == nil and nothing(x) == nil then return a, g(x, x) end
    end
    for _, b in ipairs { true, false } do
      local want, got = { f(5, b) }, { compile(f, "IB")(0, 5, b) }
      assert.same({ want[1] * 1.0, want[2] }, got)
    end
  end)

  judge("fails in a function where that fails", function()
    local function g(x) local z = x + 1
      return z // 0
    end
    local function f(x)
      local y = g(x)
      return y
    end
    local none, why = compile(f, "I")(0, 1)
    assert.is_nil(none)
    assert.matches((":%d: "):format(line_of(g) + 1), why, 1, true)
  end)

  judge("refuses functions that call themselves, or each other, or too many, or what is no kernel", function()
    local even
    local function odd(n)
      return n == 0 and 0 or even(n - 1)
    end
    function even(n)
      return n == 0 and 1 or odd(n - 1)
    end
    local fact
    fact = function(n)
      return n < 2 and 1 or n * fact(n - 1)
    end
    local function says(text, f, line)
      local k, why = compile(f, "I")
      assert.is_nil(k)
      assert.matches(("function_spec.lua:%d: %s"):format(line, text), why, 1, true)
    end
    says("calls itself; kernels have no recursion: use a loop", fact, line_of(fact) + 1)
    says("calls a function that it was called by; kernels have no recursion: use a loop", odd, line_of(even) + 1)
    local function makes(x)
      return { x }
    end
    local function caller(x)
      return makes(x)
    end
    says("makes a table", caller, line_of(makes) + 1)
    local function variable(...) return ... end
    local function other_caller(x)
      return variable(x)
    end
    says(("'variable' is no kernel: spec/lua/function_spec.lua:%d: takes '...'"):format(line_of(variable)),
      other_caller, line_of(other_caller) + 1)
    local chain = function(x) return x end
    for _ = 1, 250 do
      local inner = chain
      chain = function(x) return inner(x) + 1 end
    end
    local k, why = compile(chain, "I")
    assert.is_nil(k)
    assert.matches("captures 'inner', and too many functions besides: there may be 200", why, 1, true)
    local double = function(x) return x end
    for _ = 1, 12 do
      local inner = double
      double = function(x) return inner(x) + inner(x) end
    end
    k, why = compile(double, "I")
    assert.is_nil(k)
    assert.matches("the function is too large: more than 1000 calls of functions in it", why, 1, true)
    local wide = function(x) return x end
    for _ = 1, 5 do
      local text, names = {}, {}
      for i = 1, 120 do names[i] = "v" .. i end
      text[1] = "local inner = ... return function(x) local " .. table.concat(names, ",") .. " = x"
      text[2] = " return inner(x) + (v120 or 1) + (v1 or 1) end"
      wide = assert(load(table.concat(text), "=wide"))(wide)
    end
    k, why = compile(wide, "I")
    assert.is_nil(k)
    assert.matches("wide:1: calls functions in functions that need more than 500 registers", why, 1, true)
  end)

  judge("is refused where its ways do not fit each other", function()
    refuses("may end without a result; every path must return a value", "F", function(x) if x > 0 then return x end
    end)
    refuses("returns a boolean here and a number at line", "F", function(x) if x > 0 then return x end
      return true
    end)
    refuses("returns 2 values here and 1 at line", "F", function(x) if x > 0 then return x end
      return x, x
    end)
    local function late(x)
      local z
      if x > 0 then z = x end
      return z + 1
    end
    local line = line_of(late)
    local text = ("%d: 'z' has no value here on one path; give it one at line %d"):format(line + 3, line + 1)
    assert.matches(text, select(2, compile(late, "F")), 1, true)
    assert.matches("0: uses nil where a number or a boolean is wanted", select(2, compile(late, "F", true)), 1, true)
  end)

  judge("may mix integers and floats, up to a measure", function()
    local function f(a, b, c, d, e)
      if a > 0 then a = 1.5 end
      if b > 0 then b = 1.5 end
      if c > 0 then c = 1.5 end
      if d > 0 then d = 1.5 end
      if e > 0 then e = 1.5 end
      return a + b + c + d + e
    end
    assert.truthy(compile(f, "FIIII"))
    local k, why = compile(f, "IIIII")
    assert.is_nil(k)
    assert.matches("mixes integers and floats in too many ways; write floats as floats", why, 1, true)
  end)
end)
