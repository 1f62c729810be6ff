-- Random expressions, and chains of them, against plain Lua: all types, their extremes among the values.
--
-- The oracle (oracle/expression/) is a second reading of core/expression/README.md and core/kernel/README.md: a tree,
-- of which the text is made that the module gets, and of which each node has a type and a value for each item. What is
-- around it - adaptors, terminals, what is compared, how a failing case is made smaller - is that of
-- differential_spec.lua. TINE_SEED repeats a run, TINE_CASES says how many cases there are.

local call = require "spec.lua.oracle.expression.call"
local chains = require "spec.lua.oracle.expression.chains"
local drawn = require "spec.lua.oracle.expression.draw"
local helper = require "spec.lua.helper"
local plan = require "spec.lua.oracle.plan"
local shrink = require "spec.lua.oracle.shrink"
local tine = require "tine"
local tree = require "spec.lua.oracle.expression.tree"
local trial = require "spec.lua.oracle.trial"
local types = require "spec.lua.oracle.types"

local CASES = math.tointeger(tonumber(os.getenv "TINE_CASES")) or 4000
local PARTS <const> = 20

describe("a random chain of expressions", function()
  setup(function()
    for threads = 1, 3 do plan.pools[threads] = helper.pools({ threads })[1] end
  end)
  teardown(function()
    for _, pool in pairs(plan.pools) do pool:close() end
  end)

  for part = 1, PARTS do
    it(("gives what plain Lua gives (%d of %d)"):format(part, PARTS), helper.seeded(function(rng)
      for _ = 1, CASES // PARTS do
        local case = chains.draw(rng)
        local complaint = trial.complaint(case)
        if complaint then
          local small = shrink(case)
          error(("%s\n%s"):format(trial.complaint(small) or complaint, trial.text(small)), 0)
        end
      end
      helper.settle()
    end, part))
  end
end)

-- What the oracle itself is right about, worked out by hand.
describe("the oracle of expressions", function()
  local X <const>, Y <const> = { input = 1 }, { input = 2 }
  local function op(name, ...) return { call = name, form = "op", ... } end

  -- The type and the value of a tree for x and y.
  local function value(root, dtypes, ...)
    local meaning = tree.meaning(root, dtypes, { 1, 2 })
    return meaning.dtype, meaning.eval { ... }
  end
  local function gives(dtype, want, root, dtypes, ...)
    local got_dtype, got = value(root, dtypes, ...)
    assert.equal(dtype, got_dtype)
    assert.bits(want, got)
  end

  it("has the types of the contract", function()
    gives("i64", 256, op("add", X, { value = 1 }), { "u8" }, 255)
    gives("f32", types.round32(0.1), op("mul", X, { value = 0.1 }), { "f32" }, 1.0)
    gives("f64", 2.0 ^ 64, op("add", X, { value = 0.0 }), { "u64" }, -1)
    gives("f64", 0.5, op("div", X, Y), { "u8", "u8" }, 1, 2)
    gives("u8", 7, { call = "min", form = "call", X, { value = 9 } }, { "u8" }, 7)
    gives("i64", -1, op("bor", X, Y), { "u64", "i8" }, 1 << 63, -1)
    gives("bool", true, op("lt", X, Y), { "i64", "u64" }, -1, 0)
    gives("bool", true, op("eq", X, { value = -1 }), { "u64" }, -1)
    gives("bool", false, op("eq", X, { value = -1 }), { "f64" }, 2.0 ^ 64)
  end)

  it("asks for the right side where the left side does", function()
    local sour = op("eq", op("idiv", { value = 1 }, X), { value = 1 })
    gives("bool", false, op("and", op("ne", X, { value = 0 }), sour), { "i64" }, 0)
    gives("bool", true, op("or", op("eq", X, { value = 0 }), sour), { "i64" }, 0)
    local _, got, why = value(op("and", op("eq", X, { value = 0 }), sour), { "i64" }, 0)
    assert.is_nil(got)
    assert.equal("attempt to perform 'n//0'", why)
  end)

  it("writes what Lua reads as the same tree", function()
    for text, root in pairs {
      ["x - (y - x)"] = op("sub", X, op("sub", Y, X)), ["x - y - x"] = op("sub", op("sub", X, Y), X),
      ["-x ^ y"] = op("neg", op("pow", X, Y)), ["(-x) ^ -y"] = op("pow", op("neg", X), op("neg", Y)),
      ["- -x"] = op("neg", op("neg", X)), ["x ^ y ^ x"] = op("pow", X, op("pow", Y, X)),
      ["(x < y) == (y < x)"] = op("eq", op("lt", X, Y), op("lt", Y, X)),
      ["not (x == y)"] = op("not", op("eq", X, Y)), ["x & y == 1"] = op("eq", op("band", X, Y), { value = 1 }),
      ["x - -1"] = op("sub", X, { value = -1 }), ["(-1) ^ x"] = op("pow", { value = -1 }, X),
    } do
      assert.equal(text, tree.text(root))
    end
  end)

  it("knows every kernel, and draws it", helper.seeded(function(rng)
    local missing, count = {}, 0
    for _, kernel in ipairs(tine.kernels()) do
      if kernel.name ~= "repeat" and kernel.name ~= "span" then missing[kernel.name], count = true, count + 1 end
    end
    assert(count > 60)
    local dtypes = { "i64", "f64", "bool", "f32", "u8" }
    for _ = 1, 30000 do
      if not next(missing) then break end
      local expression = drawn.expression(rng, dtypes, "any")
      tree.each(expression and expression.root or {}, function(node)
        if node.call and node.form ~= "math" then missing[node.call] = nil end
      end)
    end
    assert.is_nil((next(missing)), "is not drawn: see spec/README.md")
  end))

  it("makes what fails smaller", function()
    local root = op("add", op("mul", X, { value = 12 }), op("sub", Y, { value = 3.25 }))
    local texts = {}
    call.expression(root):smaller(function(other) texts[tree.text(other.root)] = true end)
    for _, text in ipairs { "x * 12", "y - 3.25", "1 + (y - 3.25)", "x * 6 + (y - 3.25)", "x * 12 + y" } do
      assert.is_true(texts[text], text)
    end
  end)
end)
