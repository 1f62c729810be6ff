-- Conversions between all pairs of types, in the three modes of `cast`, in plain Lua.
--
-- Exact: to integers what does not fit is refused (semantics 12). Wrap: as C's unsigned arithmetic; floats lose their
-- fraction first, NaN and infinities give 0. Clamp: to the nearest value there is, NaN gives 0. To floats values are
-- rounded once, and to bool all but 0 is true, in every mode (core/tine.h).

local types = require "spec.lua.oracle.types"

local casts = {}

-- The low bits of an integer as a value of that type.
local function narrowed(to, integer)
  local bits = types.bits[to]
  if bits == 64 then return integer end
  integer = integer & ((1 << bits) - 1)
  if types.low[to] < 0 and integer > types.high[to] then integer = integer - (1 << bits) end
  return integer
end

-- -1, 0 or 1: is an integer below, within or above the range of a type? As u64 if `unsigned`.
local function side(to, integer, unsigned)
  if unsigned and integer < 0 then return to == "u64" and 0 or 1 end
  if to == "u64" then return integer < 0 and -1 or 0 end
  return integer < types.low[to] and -1 or integer > types.high[to] and 1 or 0
end

local function from_integer(from, to, value, mode)
  if mode == "wrap" then return narrowed(to, value) end
  local where = side(to, value, from == "u64")
  if where == 0 then return value end
  if mode == "clamp" then return where < 0 and types.low[to] or types.high[to] end
end

-- A whole float modulo 2^64, as the integer of the same bits.
local function modulo(x)
  x = math.fmod(x, 2.0 ^ 64)
  if x >= 2.0 ^ 63 then x = x - 2.0 ^ 64 elseif x < -2.0 ^ 63 then x = x + 2.0 ^ 64 end
  return math.tointeger(x)
end

local function truncated(x)
  return x < 0 and -(-x // 1) or x // 1
end

local function from_float(to, x, mode)
  if mode == "wrap" then return x - x == 0 and narrowed(to, modulo(truncated(x))) or 0 end
  if x ~= x then return mode == "clamp" and 0 or nil end
  local low = types.low[to] * 1.0
  local limit = to == "u64" and 2.0 ^ 64 or types.high[to] + 1.0
  local whole = x - x == 0 and truncated(x) or x
  if whole >= low and whole < limit then
    if whole == x or mode == "clamp" then return modulo(whole) end
  elseif mode == "clamp" then
    return x < 0 and types.low[to] or types.high[to]
  end
end

-- An integer as f32, rounded once: what a double cannot hold stays as a sticky bit.
local function integer_to_f32(value, unsigned)
  if unsigned and value < 0 then
    return types.round32(((value >> 12) | ((value & 0xFFF) ~= 0 and 1 or 0)) * 4096.0)
  end
  local negative = value < 0
  if value > -(1 << 53) and value < 1 << 53 then return types.round32(value * 1.0) end
  if value == math.mininteger then return -2.0 ^ 63 end
  if negative then value = -value end
  local x = types.round32(((value >> 12) | ((value & 0xFFF) ~= 0 and 1 or 0)) * 4096.0)
  return negative and -x or x
end

local function to_float(from, to, value)
  if to == "f32" and types.is_integer(from) then return integer_to_f32(value, from == "u64") end
  return types.round(to, types.to_float(from, value))
end

-- The value in the other type, or nil where the cast fails.
function casts.cast(from, to, value, mode)
  if from == to then return value end
  if to == "bool" then return value ~= 0 end
  if types.is_float(to) then return to_float(from, to, value) end
  if from == "bool" then return value and 1 or 0 end
  if types.is_float(from) then return from_float(to, value, mode) end
  return from_integer(from, to, value, mode)
end

return casts
