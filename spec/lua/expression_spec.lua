-- Expressions where a kernel is expected. Over floats and integers they mean what Lua means, so random ones are
-- evaluated by Lua itself, item by item, and compared bit for bit.

local helper = require "spec.lua.helper"
local tine = require "tine"

after_each(helper.settle)

-- A random expression of numbers in x and y that tine and Lua take alike; 'float': its value is a float.
local function number(rng, depth, float)
  local kind = depth == 0 and rng:int(1, 3) or rng:int(1, 12)
  local function part(as_float) return number(rng, depth - 1, as_float) end
  if kind == 1 then return "x" end
  if kind == 2 then return "y" end
  if kind == 3 then return float and ("%.3f"):format(rng:int(-4000, 4000) / 1000):gsub("^%-(.*)", "(-%1)")
    or ("%d"):format(rng:int(1, 9)) end
  if kind == 4 then return "-" .. part(float) end
  if kind == 5 then return "(" .. part(float) .. ")" end
  local ops = float and { "+", "-", "*", "/", "+", "-" } or { "+", "-", "*", "&", "|", "~" }
  return ("%s %s %s"):format(part(float), ops[rng:int(1, 6)], part(float))
end

local function truth(rng, depth, float)
  local kind = depth == 0 and 1 or rng:int(1, 4)
  if kind == 1 then
    local ops = { "<", "<=", ">", ">=", "==", "~=" }
    return ("(%s %s %s)"):format(number(rng, 2, float), ops[rng:int(1, 6)], number(rng, 2, float))
  end
  if kind == 2 then return "not " .. truth(rng, depth - 1, float) end
  return ("(%s %s %s)"):format(truth(rng, depth - 1, float), kind == 3 and "and" or "or", truth(rng, depth - 1, float))
end

describe("a random expression", function()
  local function columns(rng, float)
    local xs, ys = {}, {}
    for i = 1, 300 do
      xs[i] = float and rng:int(-1000, 1000) / 8 or rng:int(-100, 100)
      ys[i] = float and rng:int(-1000, 1000) / 8 or rng:int(-100, 100)
    end
    return xs, ys
  end

  for _, float in ipairs { true, false } do
    local dtype = float and "f64" or "i64"
    it("of " .. dtype .. " gives what Lua gives", helper.seeded(function(rng)
      for _ = 1, 300 do
        local xs, ys = columns(rng, float)
        local text = rng:int(1, 3) == 1 and truth(rng, 3, float) or number(rng, 4, float)
        if text:find "[xy]" then
          -- "- -x" is no comment: Lua's own would be
          text = text:gsub("%-%-", "- -"):gsub("%-%-", "- -")
          local plain = assert(load("local x, y = ... return " .. text))
          local a, b = tine.array(dtype, xs), tine.array(dtype, ys)
          local got = a:zip(b):map(text):collect()
          for i = 1, #xs do
            local want = plain(xs[i], ys[i])
            if type(want) == "boolean" then assert.equal(want, got[i], text) else assert.bits(want, got[i], text) end
          end
        end
      end
    end))
  end
end)

describe("an expression", function()
  local xs = tine.array("f64", { 1, 2, 3, 4 })
  local ns = tine.array("i64", { 1, 2, 3, 4 })

  it("is a kernel wherever one is expected", function()
    assert.holds("f64", { 3.0, 5.0, 7.0, 9.0 }, xs:map("2*x + 1"):collect())
    assert.holds("f64", { 3.0, 4.0 }, xs:filter("x > 2.5"):collect())
    assert.equal(2, xs:count("x > 2.5"))
    assert.holds("f64", { 1.0, 4.0, 9.0, 16.0 }, xs:extend("x*x"):select(2):collect())
    assert.holds("i64", { 2, 4 }, ns:positions("x % 2 == 0"):collect())
    assert.holds("i64", { 1, 2 }, ns:take_while("x < 3"):collect())
    assert.holds("i64", { 3, 4 }, ns:skip_while("x < 3"):collect())
    assert.is_true(xs:any("x == 3"))
    assert.is_true(xs:all("x > 0 and x < 5"))
    assert.equal(3, ns:find_first("x > 2"))
    assert.equal(4, ns:find_last("x > 2"))
    assert.equal(3, ns:position_first("x > 2"))
    assert.equal(10, ns:reduce("x + y"))
    assert.equal(110, ns:reduce("x + y", 100))
    assert.equal(4, ns:reduce("where(x > y, x, y)"))
    assert.holds("i64", { 1, 3, 6, 10 }, ns:scan("x + y"))
    assert.holds("i64", { 3, 7 }, ns:fold_chunks(2, "x + y"):collect())
    local odd, even = ns:partition("x % 2 == 1")
    assert.holds("i64", { 1, 3 }, odd)
    assert.holds("i64", { 2, 4 }, even)
    assert.equal(30, ns:map("x*x"):start("sum"):wait())
    assert.equal(10, ns:start("reduce", "x + y"):wait())
  end)

  it("reads the columns that it names, and no others", function()
    local p = tine.zip(ns, xs, tine.range(10, 13))
    assert.holds("i64", { 11, 13, 15, 17 }, p:map("x + z"):collect())
    assert.holds("i64", { 10, 11, 12, 13 }, p:map("c3"):collect())
    assert.holds("i64", { 3, 4 }, p:filter({ 3 }, "x > 11"):select(1):collect())
    assert.raises('expression "x + w" reads input 4 of 3', p.map, p, "x + w")
  end)

  it("has values, by name", function()
    assert.holds("f64", { 3.5, 5.5, 7.5, 9.5 }, xs:map("a*x + b", { a = 2, b = 1.5 }):collect())
    assert.holds("bool", { false, true, true, true }, xs:map("x > least or yes", { least = 1, yes = false }):collect())
    local lut = tine.array("f64", { 10, 20, 30, 40 })
    assert.holds("f64", { 40.0, 30.0, 20.0, 10.0 }, ns:map("lut[5 - x]", { lut = lut }):collect())
    lut:close()
    assert.equal(110, ns:reduce("x + y + 0*k", { k = 3 }, 100))
    assert.equal(110, ns:reduce("x + y", nil, 100))
    assert.equal(10, ns:reduce("x + y", nil))
    assert.holds("f64", { 2.0, 3.0, 4.0, 5.0 }, xs:map("x + 1", nil):collect())
    assert.holds("f64", { 3.0, 7.0 }, xs:fold_chunks(2, "x + k*y", { k = 1 }):collect())
  end)

  it("holds the arrays that it looks into, while jobs do", function()
    local lut = tine.full("i64", 1000, 1)
    local long = tine.range(1, 10 ^ 12 // 1 | 0):map("x % 1000 + 1")
    local jobs = { long:map("lut[x]", { lut = lut }):start "sum", long:start("any", "lut[x] > 1", { lut = lut }) }
    local k = tine.kernel("lut[x]", { lut = lut })
    assert.equal(1, k(3)) -- readers do not mind each other
    for _, job in ipairs(jobs) do
      assert.raises("array is in use by a running job", lut.fill, lut, 2)
      job:cancel()
      job:wait()
    end
    lut:fill(2)
    local slow = tine.range(1, 1000):map("x" .. (" + sin(f64(x))"):rep(3000)):cast("i64", "wrap")
    local writing = slow:start("collect_into", lut)
    local ok, message = pcall(k, 3)
    assert.is_true(writing:done() or not ok and message:find("in use", 1, true) ~= nil)
    writing:cancel()
    writing:wait()
    assert.raises("overlaps", tine.range(1, 1000):map("lut[1001 - x]", { lut = lut }).collect_into,
      tine.range(1, 1000):map("lut[1001 - x]", { lut = lut }), lut)
  end)

  it("asks for no more of constants than the text does", function()
    assert.equal(0, xs:count("n ~= 0 and 100 // n > x", { n = 0 }))
    assert.equal(4, xs:count("x > 0 or 1 // 0 == 1"))
    assert.equal(1, ns:count("n > 255 or u8(n) == x", { n = 3 }))
    assert.equal(4, ns:count("n > 255 or u8(n) == x", { n = 300 }))
    assert.raises("failed at item 1 ", function() return xs:count("x > 0 and 1 // 0 == 1") end)
  end)

  it("means of u64 what calls by name mean", function()
    local u = tine.array("u64", { -1, 5 })
    assert.equal(u:count("eq", -1), u:count "x == -1")
    assert.equal(u:count("gt", -1), u:count "x > -1")
    assert.equal(1, u:count "x == 0xffffffffffffffff")
    assert.holds("u64", { -1, -1 }, u:map("max(x, -1)"):collect())
  end)

  it("has values in front of an identity, or nil", function()
    assert.holds("i64", { 103, 107 }, ns:fold_chunks(2, "x + y", nil, 100):collect())
    assert.holds("i64", { 110 }, ns:fold_chunks(2000, "x + y", nil, 100):collect())
    assert.raises("bad argument #3 to 'reduce' (number or boolean expected", function()
      ns:reduce("x + y", { k = 1 }, {})
    end)
  end)

  it("is ended as any run is, whatever its size", function()
    local nested = "y ~= 0 and (" .. ("x // y ~= 1 and ("):rep(150) .. "x // y ~= 1" .. (")"):rep(151)
    local p = tine.rep(7, 200000):zip(tine.rep(0, 200000))
    local _, what = p:map(nested .. (" and x > 0"):rep(3000)):timeout(0.01):collect()
    assert.equal("timeout", what)
    assert.raises("'and' and 'or' in each other's right side", function()
      return p:map("y ~= 0 and (" .. ("x // y ~= 1 and ("):rep(300) .. "x // y ~= 1" .. (")"):rep(301)):collect()
    end)
  end)

  it("chooses by 'and' and 'or'", function()
    assert.holds("f64", { 1.0, 2.0, -3.0, -4.0 }, xs:map("x < 3 and x or -x"):collect())
    assert.holds("i64", { 1, 2, 2, 3 }, ns:map("x < 2 and 1 or x < 4 and 2 or 3"):collect())
    assert.holds("i64", { 1, 2, 2, 3 }, ns:map("x < 2 and 1 or (x < 4 and 2 or 3)"):collect())
    assert.holds("f64", { 1.0, 2.5, 2.5, 2.5 }, ns:map("x == 1 and x or 2.5"):collect())
    assert.holds("f64", { 2.0, 4.0, 3.0, 4.0 }, xs:map("x + (x < 3 and x or 0)"):collect())
    assert.holds("i64", { -1, 6, 3, 2 }, tine.range(0, 3):map("x ~= 0 and 6 // x or -1"):collect())
    assert.holds("i64", { -1, 6, 3, 2 }, tine.range(0, 3):map("x == 0 and -1 or 6 // x"):collect())
    assert.raises("failed at item 1 (stage 2 'map'", function()
      tine.range(0, 3):map("x == 0 and 6 // x or 6 // x"):collect()
    end)
    assert.raises("failed at item 3 (stage 2 'map'", function() -- what chooses always counts
      tine.range(-2, 3):map("6 // x > 1 and 1 or 2"):collect()
    end)
    assert.holds("bool", { true, false, true, true }, ns:map("x == 1 and true or x > 2"):collect())
    assert.raises("expression \"x > 1 and 2\": kernel 'and' has no signature for (bool, i64); to choose say "
      .. "'c and a or b' at 7", ns.map, ns, "x > 1 and 2")
    assert.raises("kernel 'or' has no signature for (i64, i64) at 3", ns.map, ns, "x or 2")
    local chain = ("x == %d and %d or "):rep(300)
    local names = {}
    for k = 1, 300 do names[2 * k - 1], names[2 * k] = k, 7 * k end
    assert.holds("i64", { 7, 14, 21, 28 }, ns:map(chain:format(table.unpack(names)) .. "0"):collect())
  end)

  it("finds its names among very many, of any length", function()
    local values, sum = {}, {}
    for i = 1, 20000 do values["v" .. i], sum[i] = i, "v" .. i end
    values[("k"):rep(1 << 20)] = 1
    assert.equal(20000 * 20001 // 2 + 1, tine.range(1, 1):map("x + " .. table.concat(sum, " + "), values):sum())
    assert.equal(100001, tine.range(1, 1):map("x" .. (" + x"):rep(100000), values):sum())
    local arrays, elements = {}, {}
    for i = 1, 3000 do arrays["a" .. i], elements[i] = ns, ("a%d[x]"):format(i) end
    assert.equal(3000 * 10, ns:map(table.concat(elements, " + "), arrays):sum())
  end)

  it("is kept, and applied to single values", function()
    local k = tine.kernel "x*y + 1"
    assert.equal(13, k(3, 4))
    assert.equal(13.0, k(3.0, 4))
    assert.equal("tine.Kernel x*y + 1", tostring(k))
    assert.equal("i64 f64 -> f64", k:signature("i64", "f64"))
    assert.equal("i64 f64 -> f64", tine.kernel("y - x"):signature("i64", "f64"))
    assert.equal("fn", k:mode())
    assert.holds("i64", { 2, 5, 10, 17 }, ns:zip(ns):map(k):collect())
    assert.equal(7, tine.kernel("x + a", { a = 4 })(3))
    assert.raises("not associative", ns.reduce, ns, tine.kernel "x + y")
    assert.equal(10, ns:reduce(tine.kernel("x + y", nil, { associative = true, commutative = true })))
  end)

  it("tells its signatures by the types it is asked for", function()
    local k = tine.kernel "x*y + 1"
    for _, case in ipairs {
      { "i64 i64 -> i64", "i64", "i64" }, { "bool f64 -> f64", "bool", "f64" }, { "u8 i8 -> i64", "u8", "i8" },
      { "f32 f32 -> f32", "f32", "f32" }, { "f32 f64 -> f64", "f32", "f64" }, { "u64 f32 -> f64", "u64", "f32" },
    } do
      for _ = 1, 2 do assert.equal(case[1], k:signature(table.unpack(case, 2))) end
    end
    assert.equal("", k:signature()) -- any number
    assert.equal("i64 -> i64", tine.kernel("a[x]", { a = ns }):signature "i64")
    assert.equal("f64 bool -> bool", tine.kernel("x > 1 and y"):signature("f64", "bool"))
    assert.raises("reads input 2 of 1", k.signature, k, "u8")
    assert.equal("u8 f64 -> f64", k:signature("u8", "f64", "bool")) -- of columns; it reads two
    assert.raises("unknown element type 'complex'", k.signature, k, "u8", "complex")
    local both = tine.kernel "x and y"
    assert.raises("kernel 'and' has no signature for (bool, u8); to choose say 'c and a or b' at 3", both.signature,
      both, "bool", "u8")
    assert.equal("bool bool -> bool", both:signature("bool", "bool"))
  end)

  it("is applied to as many values as it reads, of types that it has", function()
    local k = tine.kernel "x*y + 1"
    assert.equal(2, k(true, 1))
    assert.bits(3.5, k(2.5, 1))
    assert.bits(3, k(2, 1))
    assert.raises("reads input 1 of 0", k)
    assert.raises("reads input 2 of 1", k, 1)
    assert.raises("does not read input 3 of 3", k, 1, 2, 3)
    assert.raises("number or boolean expected", k, 1, {})
    local quotient = tine.kernel "x // y"
    assert.raises("kernel 'x // y' failed: attempt to perform 'n//0'", quotient, 1, 0)
    assert.equal(3, quotient(7, 2))
    local lut = tine.array("i64", { 10, 20 })
    local look = tine.kernel("lut[x]", { lut = lut })
    lut:close()
    assert.raises("index 3 is out of range; 'lut' has 2 elements", look, 3)
    assert.equal(20, look(2))
  end)

  it("is the same when its text comes again, but for its values", function()
    local two = tine.array("f64", { 1, 2 })
    for round = 1, 3 do
      for a = 2, 4 do assert.same({ a, 2 * a }, two:map("a*x + 0", { a = a }):collect():totable()) end
      assert.raises("unknown name 'a'", function() two:map "a*x + 0" end)
      assert.same({ 3, 5 }, two:map("2*x + 1", nil):collect():totable())
      assert.same({ 3, 5 }, two:map("2*x + 1"):collect():totable())
      assert.same({ 3, 5 }, two:cast("i64"):map("2*x + 1"):collect():totable())
      assert.equal(1, two:count "2*x + 1 > 3")
      assert.same({ 7, 9 }, tine.kernel("2*x + 1")(3) == 7 and { 7, tine.kernel("2*x + 1")(4) })
      if round == 2 then helper.settle() end
    end
  end)

  it("has the types of its kernels", function()
    local f = tine.array("f32", { 0.1, 0.2 })
    assert.equal("f32", f:map("x*2.5 + 1"):collect():dtype())
    assert.equal("i64", tine.array("u8", { 255 }):map("x + 1"):collect():dtype())
    assert.equal("f64", ns:map("x / 2"):collect():dtype())
    assert.equal("u8", tine.array("u8", { 1, 2 }):map("max(x, x)"):collect():dtype())
    assert.equal("bool", ns:map("x == 1.5"):collect():dtype())
  end)

  it("fails at the lowest item, and says where in the pipeline", function()
    local zeros = tine.array("i64", { 1, 1, 0, 1, 0 })
    local p = tine.range(1, 5):zip(zeros)
    assert.raises("kernel 'x // y + 1' failed at item 3 (stage 3 'map'", function()
      return p:map("x // y + 1"):sum()
    end)
    assert.equal(8, p:filter("y ~= 0 and x // y > 0"):select(1):sum() + 1)
    local lut = tine.array("f64", { 1, 2, 3 })
    assert.raises("index 4 is out of range; 'lut' has 3 elements", function()
      return tine.range(1, 5):map("lut[x]", { lut = lut }):sum()
    end)
  end)

  it("says what is wrong with it, and where", function()
    for text, message in pairs {
      [" "] = 'expression " ": it is empty at 2',
      ["x**2"] = [[expression "x**2": unexpected '**' (power is '^') at 2]],
      ["x != 2"] = [[expression "x != 2": unexpected '!=' (unequal is '~=') at 3]],
      ["x = 2"] = "unexpected '=' (an expression assigns nothing; equality is '==') at 3",
      ["(x + 1"] = "')' expected, for the one at 1 at 7",
      ["x + 1)"] = "unexpected ')' at 6",
      ["x + "] = "it ends too early at 5",
      ["x + foo"] = "unknown name 'foo'",
      ["x + coutn"] = "unknown name 'coutn'; did you mean 'count'?",
      ["x + sqrt"] = "'sqrt' is a kernel: call it, as in sqrt(x) at 5",
      ["sqrt(x, 2)"] = "kernel 'sqrt' takes 1 input, got 2 at 1",
      ["sqtr(x)"] = "unknown kernel 'sqtr'; did you mean 'sqrt'? at 1",
      ["os.exit(1)"] = "unknown kernel 'os.exit' at 1",
      ["x + 'a'"] = "(expressions have no strings) at 5",
      ["x + {1}"] = "(expressions have no tables) at 5",
      ["x + 1e999"] = "number '1e999' is out of range (infinity is math.huge) at 5",
      ["x + 3f"] = "malformed number '3f' at 5",
      ["x and 1"] = "kernel 'and' has no signature for (f64, i64) at 3",
      ["math.random(x)"] = "no kernel does what math.random does at 1",
      ["x + lut"] = "'lut' is an array: take an element, lut[x] at 5",
      ["lut[x]"] = "'lut' is indexed by f64; it takes integers, as of i64(x) at 1",
      ["1 < x < 3"] = "comparisons do not chain; say a < b and b < c at 7",
      ["x == 1 == true"] = "comparisons do not chain",
      ["span(x, 2)"] = "kernel 'span' gives any number of values; use flat_map at 1",
      ["x + nil"] = "expressions have no nil at 5",
    } do
      assert.raises(message, xs.map, xs, text, { count = 2, lut = ns })
    end
    assert.raises("contains a zero byte", xs.map, xs, "x + a", { ["a\0b"] = 1 })
    assert.raises("values have names", xs.map, xs, "x + a", { 1 })
    assert.raises("value 'a' is a string; it may be a number, a boolean or an array", xs.map, xs, "x + a", { a = "1" })
    assert.raises("has a name that expressions have for something else", xs.map, xs, "x + 1", { x = 1 })
    assert.raises("takes no constants", xs.map, xs, "x + y", 3)
    assert.raises("expression \"7 + 1\" reads no input", xs.map, xs, "7 + 1")
  end)

  it("may be of any size", function()
    local deep = ("("):rep(10000) .. "x" .. (")"):rep(10000)
    assert.equal(10.0, xs:map(deep .. " + 0"):sum())
    local long = "x" .. (" + x"):rep(20000)
    assert.equal(20001 * 10.0, xs:map(long):sum())
    local right = ("x + ("):rep(3000) .. "x" .. (")"):rep(3000)
    assert.equal(3001 * 10.0, xs:map(right):sum())
  end)
end)
