-- fold_chunks: each n items folded to one, the last chunk may be short; the arithmetic is reduce's.

local data = require "spec.lua.data"
local helper = require "spec.lua.helper"
local rows = require "spec.lua.rows"
local tine = require "tine"

after_each(helper.settle)

local pools
setup(function() pools = helper.pools { 1, 3 } end)
teardown(function() helper.close(pools) end)

describe("fold_chunks", function()
  it("folds each n items to one", helper.seeded(function(rng)
    for _, length in ipairs(rows.LENGTHS) do
      for _, n in ipairs { 1, 2, 3, 100, 1023, 1024, 1025, 4000, math.maxinteger } do
        local list, p = rows.random(rng, { "i64", "i64" }, length)
        local expected = {}
        for i, row in ipairs(list) do
          local chunk = (i - 1) // n + 1
          local so_far = expected[chunk] or { 0, 0 }
          expected[chunk] = { so_far[1] + row[1], so_far[2] + row[2] }
        end
        local q = p:fold_chunks(n, "add")
        assert.equal("indexed", q:kind())
        rows.check_schedules({ "i64", "i64" }, expected, q, pools)
      end
    end
  end))

  it("gives the bits that reduce gives for the chunk", helper.seeded(function(rng)
    for _, dtype in ipairs { "f64", "f32" } do
      local a = tine.array(dtype, data.cancelling(rng, dtype, 3000))
      for _, n in ipairs { 5, 33, 700, 1024 } do
        local plain, begun = a:fold_chunks(n, "add"):collect(), a:fold_chunks(n, "add", 0.5):collect()
        for i = 1, #plain do
          local chunk = tine.slice(a, (i - 1) * n + 1, math.min(i * n, #a))
          assert.bits(chunk:reduce "add", plain[i])
          assert.bits(chunk:reduce("add", 0.5), begun[i])
        end
        for _, schedule in ipairs(helper.schedules(a:fold_chunks(n, "add"), pools)) do
          assert.bits(plain, schedule[2]:collect(), schedule[1])
        end
      end
    end
  end))

  it("combines the identity with each chunk, leftmost", function()
    assert.holds("i64", { 103, 107, 105 }, tine.range(1, 5):fold_chunks(2, "add", 100):collect())
    assert.holds("i64", { 2, 4, 5 }, tine.range(1, 5):fold_chunks(2, "max"):collect())
    assert.holds("i64", {}, tine.range(1, 0):fold_chunks(2, "add", 100):collect())
  end)

  it("may go on: chunks of chunks", function()
    assert.equal(500500, tine.range(1, 1000):fold_chunks(7, "add"):fold_chunks(3, "add"):sum())
    assert.holds("i64", { 15 + 40 }, tine.range(1, 10):fold_chunks(5, "add"):fold_chunks(2, "add"):collect())
    assert.holds("i64", { 40, 15 }, tine.range(1, 10):fold_chunks(5, "add"):rev():collect())
  end)

  it("names the item that fails", function()
    local p = tine.rep(7, 100):zip(tine.full("i64", 100, 1)):map "idiv"
    assert.equal(700, p:fold_chunks(9, "add"):sum())
    local divisors = tine.full("i64", 100, 1)
    divisors[42] = 0
    assert.raises("'idiv'", function() tine.rep(7, 100):zip(divisors):map("idiv"):fold_chunks(9, "add"):sum() end)
  end)

  it("refuses wrong arguments", function()
    local p = tine.range(1, 10)
    assert.raises("bad argument #1 to 'fold_chunks' (must be positive)", function() p:fold_chunks(0, "add") end)
    assert.raises("bad argument #1 to 'fold_chunks' (number expected, got no value)", function() p:fold_chunks() end)
    assert.raises("bad argument #2 to 'fold_chunks' (kernel name or tine.Kernel expected, got no value)", function()
      p:fold_chunks(2)
    end)
    assert.raises("takes 0 parameters; to fold it is given 2)", function()
      p:fold_chunks(2, function() end)
    end)
    assert.raises("bad argument #2 to 'fold_chunks' (", function() p:fold_chunks(2, "sub") end) -- not associative
    assert.raises("bad argument #3 to 'fold_chunks' (number or boolean", function() p:fold_chunks(2, "add", {}) end)
  end)
end)
