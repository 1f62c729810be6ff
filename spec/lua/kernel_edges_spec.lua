-- Kernels at their edges: division by zero, floor division and shifts as Lua's, NaN, exact comparison, rounding;
-- transcendental functions within two units in the last place of Lua's math library.

local helper = require "spec.lua.helper"
local tine = require "tine"

after_each(helper.settle)

local NAN, INF = 0.0 / 0.0, math.huge

-- What a kernel makes of columns given as tables.
local function run(name, dtype, ...)
  local columns = {}
  for i, values in ipairs { ... } do columns[i] = tine.array(dtype, values) end
  return #columns == 1 and columns[1]:map(name):collect() or tine.zip(table.unpack(columns)):map(name):collect()
end

describe("integer division", function() -- semantics 12
  it("by zero is an error that names the item", function()
    for _, name in ipairs { "idiv", "mod" } do
      for _, dtype in ipairs(helper.integers) do
        local message = assert.raises("item 3", run, name, dtype, { 1, 2, 3, 4 }, { 1, 1, 0, 0 })
        assert.truthy(message:find("'" .. name .. "'", 1, true))
      end
      assert.raises("item 1", function() tine.range(1, 5):map(name, 0):sum() end)
    end
  end)

  it("by zero is no error for floats", function()
    assert.holds("f64", { INF, -INF, NAN }, run("idiv", "f64", { 1, -1, 0 }, { 0, 0, 0 }))
    assert.holds("f64", { NAN, NAN }, run("mod", "f64", { 1, -1 }, { 0, 0 }))
    assert.holds("f64", { INF, -INF, NAN }, run("div", "i64", { 1, -1, 0 }, { 0, 0, 0 }))
  end)

  it("floors, and wraps at the lowest integer", function()
    assert.holds("i64", { 3, -4, -4, 3, math.mininteger }, run("idiv", "i64", { 7, -7, 7, -7, math.mininteger },
      { 2, 2, -2, -2, -1 }))
    assert.holds("i64", { 1, 1, -1, -1, 0 }, run("mod", "i64", { 7, -7, 7, -7, math.mininteger }, { 2, 2, -2, -2, -1 }))
    assert.holds("f64", { 3.0, -4.0 }, run("idiv", "f64", { 7, -7 }, { 2, 2 }))
    assert.holds("f64", { 0.5, 1.5 }, run("mod", "f64", { 2.5, -2.5 }, { 2, 2 }))
  end)
end)

describe("shifts", function() -- semantics 12
  it("are Lua's: logical, either way, nothing left after 64", function()
    local values, amounts, left, right = {}, {}, {}, {}
    for _, value in ipairs { 1, -1, 0x123456789ABCDEF, math.mininteger } do
      for _, amount in ipairs { 0, 1, 63, 64, 65, 1000, -1, -63, -64, math.maxinteger, math.mininteger } do
        values[#values + 1], amounts[#amounts + 1] = value, amount
        left[#left + 1], right[#right + 1] = value << amount, value >> amount
      end
    end
    assert.holds("i64", left, run("shl", "i64", values, amounts))
    assert.holds("i64", right, run("shr", "i64", values, amounts))
  end)
end)

describe("NaN", function() -- semantics 10
  it("propagates through min, max and clamp, on either side", function()
    for _, dtype in ipairs { "f32", "f64" } do
      for _, name in ipairs { "min", "max" } do
        assert.holds(dtype, { NAN, NAN, NAN }, run(name, dtype, { NAN, 1, NAN }, { 1, NAN, NAN }))
      end
      assert.holds(dtype, { NAN, 1.0 }, run("clamp", dtype, { NAN, 5 }, { 0, 0 }, { 1, 1 }))
    end
    assert.holds("f64", { NAN, 1.0 }, tine.array("f64", { NAN, 5 }):map("min", 1):collect())
  end)

  it("is unordered", function()
    for name, result in pairs { eq = false, ne = true, lt = false, le = false, gt = false, ge = false } do
      local expected = { result, result, result }
      assert.holds("bool", expected, run(name, "f64", { NAN, 1, NAN }, { 1, NAN, NAN }))
      assert.holds("bool", expected, run(name, "f32", { NAN, 1, NAN }, { 1, NAN, NAN }))
    end
    assert.holds("bool", { true, false, false, false }, run("isnan", "f64", { NAN, INF, 0, 1 }))
    assert.holds("bool", { false, false, true, true }, run("isfinite", "f64", { NAN, -INF, 0, 1 }))
  end)

  it("is picked by where like any other value", function()
    local condition = tine.array("bool", { true, false })
    local p = tine.zip(condition, tine.array("f64", { NAN, 1 }), tine.array("f64", { 2, NAN }))
    assert.holds("f64", { NAN, NAN }, p:map("where"):collect())
  end)
end)

describe("comparison of integers with floats", function() -- semantics 11
  it("is exact, as Lua's", function()
    local ints = { 2 ^ 53 | 0, (2 ^ 53 | 0) + 1, math.maxinteger, math.mininteger, 0, 1 }
    local floats = { 2.0 ^ 53, 2.0 ^ 53, 2.0 ^ 63, -(2.0 ^ 63), NAN, INF }
    for name, compare in pairs {
      eq = function(a, b) return a == b end,
      lt = function(a, b) return a < b end,
      le = function(a, b) return a <= b end,
    } do
      local expected, mirrored = {}, {}
      for i, a in ipairs(ints) do expected[i], mirrored[i] = compare(a, floats[i]), compare(floats[i], a) end
      local i, f = tine.array("i64", ints), tine.array("f64", floats)
      assert.holds("bool", expected, i:zip(f):map(name):collect())
      assert.holds("bool", mirrored, f:zip(i):map(name):collect())
    end
  end)

  it("takes u64 as unsigned", function()
    assert.holds("bool", { true, false }, run("gt", "u64", { -1, 1 }, { 1, -1 }))
    assert.holds("u64", { 1, 1 }, run("min", "u64", { -1, 1 }, { 1, -1 }))
    assert.holds("u64", { -1, -1 }, run("max", "u64", { -1, 1 }, { 1, -1 }))
  end)
end)

describe("rounding", function() -- semantics 11
  it("goes half away from zero, and keeps floats floats", function()
    assert.holds("f64", { 1.0, -1.0, 2.0, 3.0, -3.0, 0.0, 2.0 ^ 52 + 1 }, run("round", "f64",
      { 0.5, -0.5, 1.5, 2.5, -2.5, 0.49999999999999994, 2.0 ^ 52 + 1 }))
    assert.holds("f32", { 3.0, -3.0, 8388609.0, 0.0 }, run("round", "f32", { 2.5, -2.5, 8388609, 0.49999997 }))
    assert.holds("f64", { 1.0, -2.0, INF }, run("floor", "f64", { 1.5, -1.5, INF }))
    assert.holds("f64", { 2.0, -1.0, -INF }, run("ceil", "f64", { 1.5, -1.5, -INF }))
    assert.holds("f64", { 1.0, -1.0, NAN }, run("trunc", "f64", { 1.5, -1.5, NAN }))
  end)
end)

describe("logic", function() -- semantics 11
  it("takes bool only", function()
    for _, name in ipairs { "and", "or", "xor" } do
      assert.has_error(function() run(name, "i64", { 1 }, { 1 }) end)
      assert.has_error(function() run(name, "f64", { 1 }, { 1 }) end)
    end
    assert.has_error(function() run("not", "u8", { 1 }) end)
  end)
end)

--------------------------------------------------------------------------------------------------------------------

local function samples(rng, low, high)
  local values = { low, high }
  for i = 3, 200 do values[i] = low + (high - low) * rng:float() end
  return values
end

-- name -> Lua's function and an interval it is sampled on.
local MATH = {
  exp = { math.exp, -700, 700 },
  log = { math.log, 1e-3, 1e6 },
  log2 = { function(x) return math.log(x, 2) end, 1e-3, 1e6 },
  log10 = { function(x) return math.log(x, 10) end, 1e-3, 1e6 },
  sin = { math.sin, -10, 10 },
  cos = { math.cos, -10, 10 },
  tan = { math.tan, -1.5, 1.5 },
  asin = { math.asin, -1, 1 },
  acos = { math.acos, -1, 1 },
  atan = { math.atan, -50, 50 },
}

describe("transcendental kernels", function()
  for name, case in pairs(MATH) do
    it("agree with math: " .. name, helper.seeded(function(rng)
      local values = samples(rng, case[2], case[3])
      local out = run(name, "f64", values)
      for i, x in ipairs(values) do
        assert.is_true(helper.ulps(case[1](x), out[i]) <= 2, ("%s(%.17g) = %.17g"):format(name, x, out[i]))
      end
      -- f32 in, f32 out, within two units of f32.
      local small = tine.array("f32", samples(rng, math.max(case[2], -80), math.min(case[3], 80)))
      local rounded = small:map(name):collect()
      assert.equal("f32", rounded:dtype())
      for i, x in ipairs(small) do
        local exact = case[1](x)
        assert.is_true(math.abs(rounded[i] - exact) <= 2 ^ -22 * math.abs(exact) + 2.0 ^ -148, name)
      end
    end))
  end

  it("agree with math: pow and atan2", helper.seeded(function(rng)
    local x, y = samples(rng, 0.01, 100), samples(rng, -20, 20)
    local powers, angles = run("pow", "f64", x, y), run("atan2", "f64", y, x)
    for i in ipairs(x) do
      assert.is_true(helper.ulps(x[i] ^ y[i], powers[i]) <= 2)
      assert.is_true(helper.ulps(math.atan(y[i], x[i]), angles[i]) <= 2)
    end
    assert.holds("f64", { 8.0, 0.125 }, run("pow", "i64", { 2, 2 }, { 3, -3 }))
  end))

  it("keep their identities: cbrt, hypot, sinh, cosh, tanh", helper.seeded(function(rng)
    local x, y = samples(rng, 0.5, 20), samples(rng, -20, 20)
    local cbrt, hypot = run("cbrt", "f64", x), run("hypot", "f64", x, y)
    local sinh, cosh, tanh = run("sinh", "f64", x), run("cosh", "f64", x), run("tanh", "f64", x)
    for i, v in ipairs(x) do
      assert.close(v ^ (1 / 3), cbrt[i], 2e-15)
      assert.close(math.sqrt(v * v + y[i] * y[i]), hypot[i], 1e-15)
      assert.close((math.exp(v) - math.exp(-v)) / 2, sinh[i], 1e-14)
      assert.close((math.exp(v) + math.exp(-v)) / 2, cosh[i], 1e-14)
      assert.close(sinh[i] / cosh[i], tanh[i], 1e-14)
    end
    assert.close(-3.0, run("cbrt", "f64", { -27 })[1], 3e-16)
    assert.close(1e-10, run("sinh", "f64", { 1e-10 })[1], 3e-16)
    assert.close(math.sqrt(2) * 1e200, run("hypot", "f64", { 1e200 }, { 1e200 })[1], 1e-15)
    assert.holds("f64", { 1.0, -1.0 }, run("tanh", "f64", { 100, -100 }))
  end))

  it("take integers as f64", function()
    assert.holds("f64", { 1.0 }, run("exp", "i32", { 0 }))
    assert.holds("f64", { 2.0, 3.0 }, run("sqrt", "u8", { 4, 9 }))
  end)

  it("give NaN outside their domain, without an error", function()
    for _, name in ipairs { "sqrt", "log", "log2", "log10" } do
      assert.holds("f64", { NAN }, run(name, "f64", { -1 }))
    end
    assert.holds("f64", { NAN, NAN }, run("asin", "f64", { 2, -2 }))
    assert.holds("f64", { -INF }, run("log", "f64", { 0 }))
    assert.holds("f64", { INF, 0.0 }, run("exp", "f64", { 1000, -1000 }))
  end)

  it("fma rounds once", function() -- semantics 1
    -- (1 + 2^-30)^2 - (1 + 2^-29) is 2^-60 exactly; with two roundings it would be 0.
    local x = 1 + 2.0 ^ -30
    assert.holds("f64", { 2.0 ^ -60 }, run("fma", "f64", { x }, { x }, { -(1 + 2.0 ^ -29) }))
  end)
end)
