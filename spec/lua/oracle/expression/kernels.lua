-- The built-in kernels in plain Lua, type by type: name -> their signatures, in the order in which binding tries them
-- (core/kernel/README.md, "Type rules"). A signature is { input types..., out = type of the result, fn = function }:
-- fn takes values of the input types and gives the value of one item, or nil and a reason where the kernel fails.
--
-- kernels.lua of the folder above asks the contract alone, and leaves cases open; this one has an answer to all.
-- Functions whose last bits are the module's own are asked of it, one value at a time.

local casts = require "spec.lua.oracle.casts"
local order = require "spec.lua.oracle.order"
local tine = require "tine"
local types = require "spec.lua.oracle.types"

local kernels = {}

local round32 = types.round32

local INTEGERS = { "u8", "i8", "u16", "i16", "u32", "i32", "u64" }
local NUMBERS = { "i64", "f64", "f32", table.unpack(INTEGERS) }

-- Adds a signature of `count` inputs of one type.
local function add(name, count, dtype, out, fn)
  local signature = { out = out, fn = fn }
  for k = 1, count do signature[k] = dtype end
  kernels[name] = kernels[name] or {}
  table.insert(kernels[name], signature)
end

-- A function on doubles as one on f32: of what it gives once rounded that is the f32 result.
local function narrow(fn)
  return function(a, b, c) return round32(fn(a, b, c)) end
end

-- In i64, f32 and f64; nil: not on integers.
local function arithmetic(name, count, on_integers, on_floats, on_f32)
  if on_integers then add(name, count, "i64", "i64", on_integers) end
  add(name, count, "f32", "f32", on_f32 or narrow(on_floats))
  add(name, count, "f64", "f64", on_floats)
end

--------------------------------------------------------------------------------------------------------------------
-- Arithmetic

arithmetic("add", 2, function(a, b) return a + b end, function(a, b) return a + b end)
arithmetic("sub", 2, function(a, b) return a - b end, function(a, b) return a - b end)
arithmetic("mul", 2, function(a, b) return a * b end, function(a, b) return a * b end)
arithmetic("div", 2, nil, function(a, b) return a / b end)

-- Where b is 0 an integer operation fails.
local function divides(reason, fn)
  return function(a, b)
    if b == 0 then return nil, reason end
    return fn(a, b)
  end
end

-- In f32 the quotient is rounded before it is floored.
arithmetic("idiv", 2, divides("attempt to perform 'n//0'", function(a, b) return a // b end),
  function(a, b) return a // b end, function(a, b) return round32(a / b) // 1 end)
arithmetic("mod", 2, divides("attempt to perform 'n%%0'", function(a, b) return a % b end),
  function(a, b) return a % b end)

local function sign(x, one) return x > 0 and one or x < 0 and -one or x end
arithmetic("neg", 1, function(a) return -a end, function(x) return -x end)
arithmetic("abs", 1, function(a) return a < 0 and -a or a end, math.abs)
arithmetic("sign", 1, function(a) return sign(a, 1) end, function(x) return sign(x, 1.0) end)

-- Roundings keep the sign of a zero, as in C; round goes half away from zero.
local function whole(x) return x - x ~= 0 or math.abs(x) >= 2.0 ^ 52 end
local function floor(x) return x // 1 end
local function ceil(x) return -(-x // 1) end
local function trunc(x) if x < 0 then return ceil(x) end return floor(x) end
local function round(x)
  local near = trunc(x)
  if math.abs(x - near) < 0.5 then return near end
  return near + (x < 0 and -1.0 or 1.0)
end
for name, fn in pairs { floor = floor, ceil = ceil, trunc = trunc, round = round } do
  arithmetic(name, 1, function(a) return a end, function(x) return whole(x) and x or fn(x) end)
end

arithmetic("sqrt", 1, nil, math.sqrt)

--------------------------------------------------------------------------------------------------------------------
-- What the module knows: in f64 a kernel applied to single values, in f32 a pipeline of one item

local function borrowed(name, count, on_integers)
  local kernel = tine.kernel(name)
  arithmetic(name, count, on_integers, function(...) return (kernel(...)) end, function(...)
    local columns = {}
    for k = 1, count do columns[k] = tine.array("f32", { (select(k, ...)) }) end
    local p = count == 1 and columns[1] or tine.zip(table.unpack(columns))
    return p:map(name):collect()[1]
  end)
end

for _, name in ipairs { "cbrt", "exp", "log", "log2", "log10", "sin", "cos", "tan", "asin", "acos", "atan", "sinh",
  "cosh", "tanh" } do
  borrowed(name, 1)
end
for _, name in ipairs { "pow", "atan2", "hypot" } do borrowed(name, 2) end
borrowed("fma", 3, function(a, b, c) return a * b + c end)

--------------------------------------------------------------------------------------------------------------------
-- Selection, in the type that the inputs share

local function below(dtype)
  if dtype == "u64" then return math.ult end
  return function(a, b) return a < b end
end

local function is_nan(x) return x ~= x end

-- The second of two that are equal; a NaN on either side.
local function lesser(less)
  return function(a, b) return (less(a, b) or is_nan(a)) and a or b end
end
local function greater(less)
  return function(a, b) return (less(b, a) or is_nan(a)) and a or b end
end

local function clamp_integers(less)
  return function(a, b, c)
    if less(a, b) then return less(b, c) and b or c end
    return less(a, c) and a or c
  end
end

local function clamp_floats(a, low, high)
  if is_nan(low) or is_nan(high) then return 0.0 / 0.0 end
  local raised = a < low and low or a
  return raised > high and high or raised
end

for _, dtype in ipairs(NUMBERS) do
  local less = below(dtype)
  add("min", 2, dtype, dtype, lesser(less))
  add("max", 2, dtype, dtype, greater(less))
  add("clamp", 3, dtype, dtype, types.is_float(dtype) and clamp_floats or clamp_integers(less))
end

local function where(condition, a, b)
  if condition then return a end
  return b
end
for _, dtype in ipairs { table.unpack(NUMBERS) } do
  add("where", 3, dtype, dtype, where)
  kernels.where[#kernels.where][1] = "bool"
end
add("where", 3, "bool", "bool", where)

--------------------------------------------------------------------------------------------------------------------
-- Comparison: exact, whatever the types

-- Functions of what order.compare gives: -1, 0, 1, or nil beside a NaN.
local holds = {
  eq = function(s) return s == 0 end,
  ne = function(s) return s ~= 0 end,
  lt = function(s) return s == -1 end,
  le = function(s) return s == -1 or s == 0 end,
  gt = function(s) return s == 1 end,
  ge = function(s) return s == 1 or s == 0 end,
}
local PAIRS = { { "u64", "u64" }, { "i64", "i64" }, { "f32", "f32" }, { "f64", "f64" }, { "i64", "u64" },
  { "u64", "i64" }, { "i64", "f64" }, { "f64", "i64" }, { "u64", "f64" }, { "f64", "u64" } }
for name, fn in pairs(holds) do
  if name == "eq" or name == "ne" then
    add(name, 2, "bool", "bool", function(a, b) return (a == b) == (name == "eq") end)
  end
  for _, pair in ipairs(PAIRS) do
    local da, db = pair[1], pair[2]
    add(name, 2, da, "bool", function(a, b) return fn(order.compare(da, a, db, b)) end)
    kernels[name][#kernels[name]][2] = db
  end
end

for name, fn in pairs { isnan = is_nan, isfinite = function(x) return x - x == 0 end } do
  add(name, 1, "i64", "bool", function() return name == "isfinite" end)
  add(name, 1, "f32", "bool", fn)
  add(name, 1, "f64", "bool", fn)
end

--------------------------------------------------------------------------------------------------------------------
-- Logic, bits, conversions

add("and", 2, "bool", "bool", function(a, b) return a and b end)
add("or", 2, "bool", "bool", function(a, b) return a or b end)
add("xor", 2, "bool", "bool", function(a, b) return a ~= b end)
add("not", 1, "bool", "bool", function(a) return not a end)

add("band", 2, "i64", "i64", function(a, b) return a & b end)
add("bor", 2, "i64", "i64", function(a, b) return a | b end)
add("bxor", 2, "i64", "i64", function(a, b) return a ~ b end)
add("bnot", 1, "i64", "i64", function(a) return ~a end)
add("shl", 2, "i64", "i64", function(a, b) return a << b end)
add("shr", 2, "i64", "i64", function(a, b) return a >> b end)

local function misfit(from, value)
  if types.is_float(from) and (value - value ~= 0 or value % 1 ~= 0) then
    return "number has no integer representation"
  end
  return "integer overflow"
end

local ALL = { "bool", "i64", "f64", "f32", table.unpack(INTEGERS) }
for _, to in ipairs(ALL) do
  for _, from in ipairs(ALL) do
    add(to, 1, from, to, function(a)
      local value = casts.cast(from, to, a, "exact")
      if value == nil then return nil, misfit(from, a) end
      return value
    end)
  end
end

return kernels
