-- The kernel catalogue, and what the exact kernels compute: every kernel, over every pair of element types, against
-- plain Lua (oracle/kernels.lua).

local data = require "spec.lua.data"
local helper = require "spec.lua.helper"
local kernels = require "spec.lua.oracle.kernels"
local tine = require "tine"
local types = require "spec.lua.oracle.types"

after_each(helper.settle)

local NAMES = [[add sub mul div idiv mod pow neg abs min max fma clamp floor ceil round trunc sqrt cbrt exp log log2
  log10 sin cos tan asin acos atan atan2 sinh cosh tanh hypot sign eq ne lt le gt ge and or not xor band bor bxor bnot
  shl shr isnan isfinite where]]

-- The names tine.kernels() lists, whether it gives strings or tables with a name, by position or by name.
local function listed()
  local set = {}
  for key, entry in pairs(tine.kernels()) do
    local name = type(entry) == "table" and entry.name or type(key) == "string" and key or entry
    set[tostring(name):match "^[%w_]+"] = true
  end
  return set
end

describe("the catalogue", function()
  it("lists every built-in kernel", function()
    local set = listed()
    for name in NAMES:gmatch "%S+" do assert.is_true(set[name], name .. " is not listed") end
  end)

  it("gives a kernel object and a page of help for every name", function()
    for name in pairs(listed()) do
      assert.truthy(tine.kernel(name))
      local text = tine.help(name)
      assert.equal("string", type(text))
      assert.truthy(text:find(name, 1, true))
    end
  end)

  it("says what was probably meant", function()
    assert.raises("unknown kernel 'mull'; did you mean 'mul'?", tine.kernel, "mull")
    assert.raises("did you mean 'floor'?", tine.kernel, "floot")
    assert.raises("unknown kernel 'zzzzzzzz'", tine.kernel, "zzzzzzzz")
    assert.raises("unknown kernel ''", tine.kernel, "")
    assert.has_error(function() tine.kernel() end)
  end)

  it("tells the result type of a signature, and the mode", function() -- semantics 11
    for _, case in ipairs {
      { "add", "i64", "u8", "u8" }, { "add", "f32", "f32", "f32" }, { "add", "f64", "f32", "i8" },
      { "div", "f64", "i64", "i64" }, { "lt", "bool", "u8", "f64" }, { "min", "u8", "u8", "u8" },
      { "sqrt", "f64", "i32" }, { "floor", "f32", "f32" }, { "where", "i16", "bool", "i16", "i16" },
    } do
      local text = tostring((tine.kernel(case[1]):signature(table.unpack(case, 3))))
      assert.truthy(text:find(case[2] .. "%s*$"), ("%s: %s"):format(case[1], text))
    end
    assert.equal("fn", tine.kernel("add"):mode())
  end)

  it("applies a kernel to single values on the calling thread", function()
    assert.bits(3, tine.kernel "add"(1, 2))
    assert.bits(3.5, tine.kernel "add"(1, 2.5))
    assert.bits(3.5, tine.kernel "div"(7, 2))
    assert.bits(-4, tine.kernel "idiv"(-7, 2))
    assert.is_true(tine.kernel "lt"(1, 1.5))
    assert.is_false(tine.kernel "and"(true, false))
    assert.bits(7.0, tine.kernel "fma"(2.0, 3.0, 1.0))
    assert.has_error(function() tine.kernel "idiv"(1, 0) end)
    assert.has_error(function() tine.kernel "add"(1) end)
    assert.has_error(function() tine.kernel "add"(1, {}) end)
    assert.has_error(function() tine.kernel "and"(1, true) end)
  end)
end)

--------------------------------------------------------------------------------------------------------------------

-- Runs a kernel over rows of arguments: the array it gives, and what the model gives. Rows the contract leaves open,
-- and rows that are kernel errors, are left out.
local function compare(name, dtypes, rows)
  local kernel, columns, expected = kernels[name], {}, {}
  for k in ipairs(dtypes) do columns[k] = {} end
  for _, row in ipairs(rows) do
    local ok, value = pcall(kernel.apply, dtypes, table.unpack(row))
    if not ok and not types.is_open(value) then error(value, 0) end
    if ok and value ~= nil then
      expected[#expected + 1] = value
      for k in ipairs(dtypes) do table.insert(columns[k], row[k]) end
    end
  end
  for k, dtype in ipairs(dtypes) do columns[k] = tine.array(dtype, columns[k]) end
  local p = #dtypes == 1 and columns[1]:map(name) or tine.zip(table.unpack(columns)):map(name)
  local label = ("%s(%s)"):format(name, table.concat(dtypes, ", "))
  local actual = p:collect()
  assert.equal(kernel.result(table.unpack(dtypes)), actual:dtype(), label)
  for i, value in ipairs(expected) do
    if not helper.same(value, actual[i]) then
      local arguments = {}
      for k in ipairs(dtypes) do arguments[k] = helper.show(columns[k][i]) end
      error(("%s of %s: expected %s, got %s"):format(label, table.concat(arguments, ", "), helper.show(value),
        helper.show(actual[i])), 0)
    end
  end
end

-- Rows of one random value per type: corners and wide values mixed.
local function rows_of(rng, dtypes, n)
  local rows = {}
  for i = 1, n do
    rows[i] = {}
    for k, dtype in ipairs(dtypes) do
      rows[i][k] = data.values(rng, dtype, 1, rng:pick { "corner", "corner", "wide", "small" })[1]
    end
  end
  return rows
end

local BOOL = { ["and"] = true, ["or"] = true, xor = true, ["not"] = true, add = true, sub = true, mul = true }

-- The contract says what bool gives for logic and for integer arithmetic only.
local function modelled(name, dtypes)
  for _, dtype in ipairs(dtypes) do
    if dtype == "bool" and not BOOL[name] then return false end
  end
  return kernels[name].result(table.unpack(dtypes))
end

for name, kernel in pairs(kernels) do
  if kernel.arity == 1 then
    it("kernel " .. name .. " is Lua's, over every type", helper.seeded(function(rng)
      for _, dtype in ipairs(helper.dtypes) do
        if modelled(name, { dtype }) then compare(name, { dtype }, rows_of(rng, { dtype }, 500)) end
      end
    end))
  elseif kernel.arity == 2 then
    it("kernel " .. name .. " is Lua's, over every pair of types", helper.seeded(function(rng)
      for _, a in ipairs(helper.dtypes) do
        for _, b in ipairs(helper.dtypes) do
          if modelled(name, { a, b }) then compare(name, { a, b }, rows_of(rng, { a, b }, 150)) end
        end
      end
    end))
  end
end

it("kernel where picks by the condition, over every type", helper.seeded(function(rng)
  for _, a in ipairs(helper.dtypes) do
    for _, b in ipairs(helper.dtypes) do
      local dtypes = { "bool", a, b }
      if kernels.where.result("bool", a, b) then compare("where", dtypes, rows_of(rng, dtypes, 100)) end
    end
  end
end))

it("kernel clamp keeps values between its bounds, over every type", helper.seeded(function(rng)
  for _, dtype in ipairs(helper.dtypes) do
    if dtype ~= "bool" then
      local dtypes, rows = { dtype, dtype, dtype }, {}
      for _, row in ipairs(rows_of(rng, dtypes, 300)) do
        -- A NaN bound, or bounds the wrong way round, are nobody's promise.
        if kernels.le.apply(dtypes, row[2], row[3]) then rows[#rows + 1] = row end
      end
      compare("clamp", dtypes, rows)
    end
  end
end))

it("the same kernels give the same on single values", helper.seeded(function(rng)
  local signatures = { { "i64", "i64" }, { "f64", "f64" }, { "i64", "f64" }, { "f64", "i64" }, { "i64" }, { "f64" } }
  for name, kernel in pairs(kernels) do
    local k = tine.kernel(name)
    for _, dtypes in ipairs(signatures) do
      if #dtypes == kernel.arity and modelled(name, dtypes) then
        for _, row in ipairs(rows_of(rng, dtypes, 50)) do
          local ok, value = pcall(kernel.apply, dtypes, row[1], row[2])
          if ok and value ~= nil then assert.bits(value, k(table.unpack(row)), name) end
        end
      end
    end
  end
end))
