-- The result of a run depends on the pipeline and its data only (semantics 1-5): the same bits on 1, 2, 3 and 16
-- threads, cut into pieces of any length, in f32 and in f64; and float sums that stay accurate.

local data = require "spec.lua.data"
local helper = require "spec.lua.helper"
local tine = require "tine"

after_each(helper.settle)

-- Around multiples of 32 (values added in a row) and 1024, and a few lengths that fit nothing.
local LENGTHS = {
  1, 2, 31, 32, 33, 63, 64, 65, 1000, 1023, 1024, 1025, 2047, 2048, 2049, 3072, 4095, 4097, 10007, 32769,
}

local pools

setup(function() pools = helper.pools { 1, 2, 3, 16 } end)
teardown(function() helper.close(pools) end)

local function run_all(p, terminal, ...)
  local expected = table.pack(p[terminal](p, ...))
  for _, schedule in ipairs(helper.schedules(p, pools)) do
    local actual = table.pack(schedule[2][terminal](schedule[2], ...))
    assert.bits(expected, actual, terminal .. ", " .. schedule[1])
  end
  for _, pool in ipairs(pools) do
    local installed = table.pack(pool:install(function(...) return p[terminal](p, ...) end, ...))
    assert.bits(expected, installed, terminal .. ", installed")
  end
  return table.unpack(expected, 1, expected.n)
end

describe("a float reduction with huge cancellation", function()
  for stream, dtype in ipairs { "f64", "f32" } do
    it("gives the same bits however it is run: " .. dtype, helper.seeded(function(rng)
      for _, n in ipairs(LENGTHS) do
        local a = tine.array(dtype, data.cancelling(rng, dtype, n))
        local p = tine.slice(a)
        assert.bits(run_all(p, "sum"), p:collect():sum())
        run_all(p, "mean")
        run_all(p, "var")
        run_all(p, "std")
        run_all(p, "reduce", "add")
        run_all(p, "reduce", "add", 0.5)
        run_all(p:map("div", 1e17):map("add", 1.0), "product")
      end
    end, stream))
  end

  it("gives the same bits after map, cast and zip", helper.seeded(function(rng)
    for _, n in ipairs(LENGTHS) do
      local a = tine.array("f64", data.cancelling(rng, "f64", n))
      local b = tine.array("f32", data.cancelling(rng, "f32", n))
      for _, p in ipairs {
        a:map("mul", 0.1), tine.slice(a):cast "f32", a * b + a, a:zip(b):map("fma", 0.3), a:map("sin"),
        tine.range(1, n):map("sqrt"), tine.slice(a, 2), tine.slice(a):take(n - 1),
      } do
        assert.bits(run_all(p, "sum"), p:collect():sum())
      end
      assert.bits({ a:sum(), b:sum() }, { run_all(a:zip(b), "sum") })
    end
  end))

  it("sums stay close to the exact sum", helper.seeded(function(rng) -- semantics 3
    for _, n in ipairs(LENGTHS) do
      local values = data.cancelling(rng, "f64", n)
      local exact, magnitude = data.exact_sum(values)
      local error_bound = (32 + math.log(n, 2) + 2) * 2.0 ^ -53 * magnitude
      assert.is_true(math.abs(tine.array("f64", values):sum() - exact) <= error_bound)
    end
  end))

  it("does not depend on what ran before or runs beside it", helper.seeded(function(rng)
    local a = tine.array("f64", data.cancelling(rng, "f64", 50000))
    local expected = a:sum()
    for _ = 1, 200 do
      local pool = rng:pick(pools)
      if rng:chance(0.5) then tine.range(1, rng:int(1, 5000)):map("sqrt"):on(pool):sum() end
      assert.bits(expected, tine.slice(a):on(pool):max_len(rng:int(1, 3000)):sum())
    end
  end))
end)

describe("sums of many values", function() -- semantics 3
  it("10^8 times 0.1 is 10^7, to a relative error below 1e-15", function()
    assert.close(1e7, tine.rep(0.1, 10 ^ 8 // 1 | 0):sum(), 1e-15)
    assert.close(1e7, tine.range(1, 10 ^ 8 // 1 | 0):map("mul", 0):map("add", 0.1):sum(), 1e-15)
  end)

  it("f32 accumulates in f64", function() -- semantics 5
    local n = 10 ^ 7 // 1 | 0
    assert.close(n * helper.f32(0.1), tine.full("f32", n, 0.1):sum(), 1e-15)
  end)

  it("var of 1e9 with small noise keeps the noise", helper.seeded(function(rng) -- semantics 5
    local n, noise, values = 20000, {}, {}
    for i = 1, n do
      -- Multiples of 2^-20 below 2^31: 1e9 + noise is exact.
      noise[i] = rng:int(-(1 << 16), 1 << 16) * 2.0 ^ -20
      values[i] = 1e9 + noise[i]
    end
    local mean, squares = data.exact_sum(noise) / n, {}
    for i = 1, n do squares[i] = (noise[i] - mean) ^ 2 end
    local a = tine.array("f64", values)
    assert.close(data.exact_sum(squares) / n, run_all(tine.slice(a), "var"), 1e-9)
    assert.close(math.sqrt(data.exact_sum(squares) / n), run_all(tine.slice(a), "std"), 1e-9)
  end))
end)

describe("what is collected", function()
  it("is the same bits however it is run", helper.seeded(function(rng)
    for _, n in ipairs { 1, 1023, 1025, 10007 } do
      local a = tine.array("f64", data.values(rng, "f64", n, "wide"))
      for _, name in ipairs { "sin", "exp", "tanh", "cbrt", "log", "sqrt", "atan" } do
        local p = tine.slice(a):map(name)
        local expected = p:collect():tobytes()
        for _, schedule in ipairs(helper.schedules(p, pools)) do
          -- NaN is not part of the bits; only log and sqrt give it, of negative values.
          if name == "log" or name == "sqrt" then
            assert.bits(p:collect(), schedule[2]:collect(), schedule[1])
          else
            assert.is_true(expected == schedule[2]:collect():tobytes(), name .. ", " .. schedule[1])
          end
        end
      end
    end
  end))
end)

describe("the scheduling adaptors", function()
  it("may conflict: min_len wins", function() -- semantics 14
    local p = tine.range(1, 100000):map("mul", 0.1)
    assert.bits(p:sum(), p:min_len(5000):max_len(10):sum())
    assert.bits(p:sum(), p:max_len(10):min_len(5000):sum())
    assert.bits(p:sum(), p:min_len(math.maxinteger):sum())
    assert.bits(p:sum(), p:max_len(math.maxinteger):sum())
  end)

  it("change neither kind, length nor type", function()
    local p = tine.range(1, 10):map("mul", 0.5)
    for _, schedule in ipairs(helper.schedules(p, pools)) do
      assert.equal("indexed", schedule[2]:kind())
      assert.equal(10, schedule[2]:len())
      assert.equal("f64", schedule[2]:collect():dtype())
    end
  end)
end)
