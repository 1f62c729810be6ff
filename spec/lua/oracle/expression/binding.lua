-- Which signature of a kernel serves columns and constants, and what each becomes for it (core/kernel/README.md,
-- "Binding"). An argument is { dtype = type, value = of a constant, else nil }.

local casts = require "spec.lua.oracle.casts"
local kernels = require "spec.lua.oracle.expression.kernels"
local order = require "spec.lua.oracle.order"
local types = require "spec.lua.oracle.types"

local binding = {}

-- How well something fits.
local NOT <const>, RANGE <const>, ROUNDED <const>, WIDER <const>, EXACT <const> = 0, 1, 2, 3, 4

local PASSES = { { EXACT, EXACT }, { EXACT, ROUNDED }, { WIDER, EXACT }, { ROUNDED, ROUNDED } }

-- Does every value of one integer type exist in the other?
local function widens(from, to)
  if to == "u64" then return types.low[from] == 0 end
  return from ~= "u64" and types.low[from] >= types.low[to] and types.high[from] <= types.high[to]
end

local function column_fits(from, to)
  if from == to then return EXACT end
  local integer = types.is_integer(from)
  if to == "f64" then return (from == "i64" or from == "u64") and ROUNDED or WIDER end
  if to == "i64" and (integer or from == "bool") then return from == "u64" and ROUNDED or WIDER end
  return integer and types.is_integer(to) and widens(from, to) and WIDER or NOT
end

-- Do columns of one type become the other where a kernel asks for it?
function binding.promotes(from, to) return column_fits(from, to) ~= NOT end

local function float_fits(x, to)
  if to == "f64" then return EXACT end
  if to ~= "f32" then return NOT end
  local rounded = types.round32(x)
  if rounded == x or x ~= x then return EXACT end
  return rounded - rounded == 0 and ROUNDED or RANGE
end

local function integer_fits(dtype, value, to)
  if types.is_float(to) then
    local there = types.round(to, types.to_float(dtype, value))
    return order.compare(dtype, value, "f64", there) == 0 and EXACT or ROUNDED
  end
  if dtype == "u64" and value < 0 then return to == "u64" and EXACT or RANGE end
  return types.fits(to, value) and EXACT or RANGE
end

local function constant_fits(dtype, value, to)
  if dtype == "bool" or to == "bool" then return dtype == to and EXACT or NOT end
  if types.is_float(dtype) then return float_fits(value, to) end
  return integer_fits(dtype, value, to)
end

-- Does a constant fit a type, so that it is one of its values, rounded at need?
function binding.constant(dtype, value, to)
  if constant_fits(dtype, value, to) > RANGE then return true, casts.cast(dtype, to, value, "wrap") end
end

-- Is the signature one for this pass? The second result: it was, but for the range of a constant.
local function serves(signature, args, pass, all, bits)
  local misfit = false
  for k, arg in ipairs(args) do
    local to = signature[k]
    if arg.value == nil or all then
      if column_fits(arg.dtype, to) < pass[1] then return false end
    else
      local fit = constant_fits(arg.dtype, arg.value, to)
      if fit == RANGE and bits and arg.dtype == "u64" and to == "i64" then fit = ROUNDED end
      if fit == NOT or fit == ROUNDED and pass[2] == EXACT then return false end
      misfit = misfit or fit == RANGE
    end
  end
  return not misfit, misfit
end

-- The signature, or nil where there is none.
function binding.choose(name, args)
  local all, bits, misfit = true, false, false
  for _, arg in ipairs(args) do
    all = all and arg.value ~= nil
    bits = bits or arg.value == nil and arg.dtype == "u64"
  end
  for _, pass in ipairs(PASSES) do
    if misfit and pass[1] < EXACT then return nil end
    for _, signature in ipairs(kernels[name]) do
      if #signature == #args then
        local good, out_of_range = serves(signature, args, pass, all, bits)
        if good then return signature end
        misfit = misfit or out_of_range
      end
    end
  end
end

-- Beside columns that are all of u64, bools apart, a negative integer is the u64 of its bits.
function binding.adapt(args)
  local all, any = true, false
  for _, arg in ipairs(args) do
    local column = arg.value == nil
    all = all and (not column or arg.dtype == "u64" or arg.dtype == "bool")
    any = any or column and arg.dtype == "u64"
  end
  local out = {}
  for k, arg in ipairs(args) do
    local negative = arg.value ~= nil and arg.dtype == "i64" and arg.value < 0
    out[k] = all and any and negative and { dtype = "u64", value = arg.value } or arg
  end
  return out
end

-- The function that makes values of one type those of another, as promotion does; nil where they are that already.
function binding.conversion(from, to)
  if from == to or types.is_integer(from) and types.is_integer(to) or from == "f32" and to == "f64" then return nil end
  return function(value) return casts.cast(from, to, value, "wrap") end
end

function binding.kind(value)
  return type(value) == "boolean" and "bool" or math.type(value) == "integer" and "i64" or "f64"
end

return binding
