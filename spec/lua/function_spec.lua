-- Lua functions, read: dumps decoded and verified by lua/function, as the probe shows it.

local dump = require "spec.lua.dump"
local helper = require "spec.lua.helper"
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
    local refused, accepted = 0, 0
    for _, f in ipairs { corpus, dump.read, helper.seeded, assert(loadfile "spec/lua/dump.lua"),
                         function(x, y) for k = 1, 9 do x = k > y and x * 0.5 or -x end return x, y // 2 end } do
      local r, a = probe.damage(string.dump(f), 25000, rng:int(1, 2 ^ 40))
      refused, accepted = refused + r, accepted + a
    end
    assert(refused > 10000 and accepted > 1000, ("%d refused, %d accepted"):format(refused, accepted))
  end))
end)
