-- The exact kernels in plain Lua: name -> { arity, result type, value of one item }.
--
-- `result(types...)` gives the type of the result, or nil where the kernel does not take these types.
-- `apply(types, a, b, c)` gives the value of one item, or nil and a reason where the item is a kernel error.
-- Transcendental functions are not here: their last bits are the module's own (semantics 1).

local types = require "spec.lua.oracle.types"

local kernels = {}

local is_float, is_integer = types.is_float, types.is_integer

local function is_number(dtype)
  return is_float(dtype) or is_integer(dtype)
end

--------------------------------------------------------------------------------------------------------------------
-- Arithmetic: integers and bools in i64, which wraps; f32 with f32 in f32; any other mix in f64 (semantics 11)

local function arithmetic(name, on_integers, on_floats)
  kernels[name] = {
    arity = 2,
    result = types.promote,
    apply = function(d, a, b)
      local dtype = types.promote(d[1], d[2])
      if dtype == "i64" then
        return on_integers(types.to_integer(d[1], a), types.to_integer(d[2], b), d)
      end
      local x, y = types.to_float(d[1], a), types.to_float(d[2], b)
      return types.round(dtype, (on_floats or on_integers)(x, y, dtype))
    end,
  }
end

arithmetic("add", function(a, b) return a + b end)
arithmetic("sub", function(a, b) return a - b end)
arithmetic("mul", function(a, b) return a * b end)

-- Floor division and modulo as Lua's, an integer divided by integer zero is an error (semantics 12).
local function floored(operation)
  return function(a, b, d)
    types.small(d[1], a)
    types.small(d[2], b)
    if b == 0 then return nil, "division by zero" end
    return operation(a, b)
  end
end

arithmetic("idiv", floored(function(a, b) return a // b end), function(x, y, dtype)
  -- In f32 the quotient may be rounded before it is floored, or not: the contract does not say.
  local quotient = x / y
  if dtype == "f32" and quotient == quotient and types.round32(quotient) // 1 ~= quotient // 1 then
    types.open "an f32 quotient that rounds up to an integer"
  end
  return x // y
end)
arithmetic("mod", floored(function(a, b) return a % b end), function(x, y) return x % y end)

-- `div` always gives floats (semantics 12).
kernels.div = {
  arity = 2,
  result = function(a, b) return a == "f32" and b == "f32" and "f32" or "f64" end,
  apply = function(d, a, b)
    return types.round(kernels.div.result(d[1], d[2]), types.to_float(d[1], a) / types.to_float(d[2], b))
  end,
}

local function unary(name, on_integers, on_floats)
  kernels[name] = {
    arity = 1,
    result = function(dtype) return is_float(dtype) and dtype or on_integers and "i64" end,
    apply = function(d, a)
      if is_float(d[1]) then return types.round(d[1], on_floats(a)) end
      return on_integers(types.to_integer(d[1], a), d[1])
    end,
  }
end

unary("neg", function(a) return -a end, function(x) return -x end)
unary("abs", function(a, dtype) return math.abs(types.small(dtype, a)) end, math.abs)
unary("sign", function(a, dtype)
  types.small(dtype, a)
  return a > 0 and 1 or a < 0 and -1 or 0
end, function(x)
  if x ~= x or x == 0 then types.open "the sign of a zero or a NaN" end
  return x > 0 and 1.0 or -1.0
end)

-- Roundings keep floats floats, and the sign of a zero, as in C; round goes half away from zero (semantics 11).
local function floor(x) return x // 1 end
local function ceil(x) return -(-x // 1) end
local function trunc(x) if x < 0 then return ceil(x) end return floor(x) end
local function round(x)
  local whole = trunc(x)
  if math.abs(x - whole) >= 0.5 then return whole + (x < 0 and -1.0 or 1.0) end
  return whole
end
for name, fn in pairs { floor = floor, ceil = ceil, trunc = trunc, round = round } do
  unary(name, nil, function(x)
    if x - x ~= 0 or math.abs(x) >= 2.0 ^ 52 then return x end
    return fn(x)
  end)
end

kernels.sqrt = {
  arity = 1,
  result = function(dtype) return dtype == "f32" and "f32" or "f64" end,
  apply = function(d, a) return types.round(kernels.sqrt.result(d[1]), math.sqrt(types.to_float(d[1], a))) end,
}

--------------------------------------------------------------------------------------------------------------------
-- Comparison: exact between integers and floats, as Lua's; u64 as unsigned (semantics 11)

local function less(d, a, b)
  if d[1] == "u64" and d[2] == "u64" then return math.ult(a, b) end
  types.small(d[1], a)
  types.small(d[2], b)
  if (d[1] == "u64" and is_integer(d[2]) and b < 0) or (d[2] == "u64" and is_integer(d[1]) and a < 0) then
    types.open "u64 compared with a negative integer"
  end
  return a < b
end

local function equal(d, a, b)
  if d[1] ~= d[2] then less(d, a, b) end
  return a == b
end

local function comparison(name, holds)
  kernels[name] = {
    arity = 2,
    result = function(a, b) return is_number(a) and is_number(b) and "bool" end,
    apply = function(d, a, b) return holds(d, a, b) end,
  }
end

local function swapped(d) return { d[2], d[1] } end

comparison("eq", equal)
comparison("ne", function(d, a, b) return not equal(d, a, b) end)
comparison("lt", less)
comparison("gt", function(d, a, b) return less(swapped(d), b, a) end)
comparison("le", function(d, a, b) return less(d, a, b) or equal(d, a, b) end)
comparison("ge", function(d, a, b) return less(swapped(d), b, a) or equal(d, a, b) end)

for name, fn in pairs {
  isnan = function(x) return x ~= x end,
  isfinite = function(x) return x - x == 0 end,
} do
  kernels[name] = {
    arity = 1,
    result = function(dtype) return is_float(dtype) and "bool" end,
    apply = function(_, a) return fn(a) end,
  }
end

--------------------------------------------------------------------------------------------------------------------
-- Selection: keeps the type when all inputs share it, else promotes (semantics 11); NaN propagates (semantics 10)

-- u64 beside another integer type is left out: neither i64 nor u64 holds both.
local function shared(a, b)
  if a == b then return a end
  if is_integer(a) and is_integer(b) and (a == "u64" or b == "u64") then return nil end
  if is_number(a) and is_number(b) then return types.promote(a, b) end
end

local function as(dtype, from, value)
  if dtype == from then return value end
  if is_float(dtype) then return types.round(dtype, types.to_float(from, value)) end
  return types.small(from, value)
end

-- The smaller (or, with `flip`, the larger) of two values of one type.
local function extremum(dtype, a, b, flip)
  if is_float(dtype) then
    if a ~= a or b ~= b then return 0.0 / 0.0 end
    if a == 0 and b == 0 and 1 / a ~= 1 / b then types.open "min or max of zeros of both signs" end
  end
  local d = { dtype, dtype }
  if flip then return less(d, a, b) and b or a end
  return less(d, b, a) and b or a
end

for name, flip in pairs { min = false, max = true } do
  kernels[name] = {
    arity = 2,
    keeps = true,
    result = function(a, b) return is_number(a) and shared(a, b) end,
    apply = function(d, a, b)
      local dtype = shared(d[1], d[2])
      return extremum(dtype, as(dtype, d[1], a), as(dtype, d[2], b), flip)
    end,
  }
end

kernels.clamp = {
  arity = 3,
  keeps = true,
  result = function(a, b, c) return is_number(a) and shared(shared(a, b), c) end,
  apply = function(d, a, b, c)
    local dtype = kernels.clamp.result(d[1], d[2], d[3])
    local low, high = as(dtype, d[2], b), as(dtype, d[3], c)
    return extremum(dtype, extremum(dtype, as(dtype, d[1], a), low, true), high, false)
  end,
}

kernels.where = {
  arity = 3,
  keeps = true,
  result = function(a, b, c) return a == "bool" and shared(b, c) end,
  apply = function(d, a, b, c)
    local dtype = shared(d[2], d[3])
    if a then return as(dtype, d[2], b) end
    return as(dtype, d[3], c)
  end,
}

--------------------------------------------------------------------------------------------------------------------
-- Logic takes bool only; bits work on Lua's integers (semantics 11, 12)

local function logic(name, arity, fn)
  kernels[name] = {
    arity = arity,
    result = function(a, b) return a == "bool" and (arity == 1 or b == "bool") and "bool" end,
    apply = function(_, a, b) return fn(a, b) end,
  }
end

logic("and", 2, function(a, b) return a and b end)
logic("or", 2, function(a, b) return a or b end)
logic("xor", 2, function(a, b) return a ~= b end)
logic("not", 1, function(a) return not a end)

local function bitwise(name, arity, fn)
  kernels[name] = {
    arity = arity,
    result = function(a, b) return is_integer(a) and (arity == 1 or is_integer(b)) and "i64" end,
    apply = function(_, a, b) return fn(a, b) end,
  }
end

bitwise("band", 2, function(a, b) return a & b end)
bitwise("bor", 2, function(a, b) return a | b end)
bitwise("bxor", 2, function(a, b) return a ~ b end)
bitwise("bnot", 1, function(a) return ~a end)
bitwise("shl", 2, function(a, b) return a << b end)
bitwise("shr", 2, function(a, b) return a >> b end)

return kernels
