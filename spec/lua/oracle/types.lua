-- Element types in plain Lua: how wide they are, how they convert, how they mix. Written from the contract alone.
--
-- Values are held as an array gives them to Lua: integers for integer types (u64 above 2^63-1 is negative), floats for
-- floats, booleans for bool. Where the contract leaves a result open, `types.open` stops the case being modelled: the
-- specs then leave that case out.

local types = {}

types.bits = { u8 = 8, i8 = 8, u16 = 16, i16 = 16, u32 = 32, i32 = 32, u64 = 64, i64 = 64 }

types.low, types.high = {}, {}
for name, bits in pairs(types.bits) do
  if name == "u64" then
    types.low[name], types.high[name] = 0, -1
  elseif name:sub(1, 1) == "u" then
    types.low[name], types.high[name] = 0, (1 << bits) - 1
  else
    types.low[name], types.high[name] = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
  end
end

function types.is_integer(dtype) return types.bits[dtype] ~= nil end
function types.is_float(dtype) return dtype == "f32" or dtype == "f64" end

local Open = {}

-- Stops a case whose result the contract leaves open.
function types.open(reason)
  error(setmetatable({ reason = reason }, Open), 0)
end

function types.is_open(failure)
  return getmetatable(failure) == Open
end

-- The type arithmetic on two columns is done in (semantics 11).
function types.promote(a, b)
  if a == "f32" and b == "f32" then return "f32" end
  if types.is_float(a) or types.is_float(b) then return "f64" end
  return "i64"
end

function types.round32(x)
  return (string.unpack("=f", string.pack("=f", x)))
end

function types.round(dtype, x)
  if dtype == "f32" then return types.round32(x) end
  return x
end

-- As a float; u64 converts as unsigned, with one rounding: the bit shifted out stays as a sticky bit.
function types.to_float(dtype, value)
  if dtype == "bool" then return value and 1.0 or 0.0 end
  if dtype == "u64" and value < 0 then return ((value >> 1) | (value & 1)) * 2.0 end
  return value * 1.0 -- unlike + 0.0, this keeps a negative zero
end

-- As a Lua integer, for integer arithmetic: bool counts 0 and 1, u64 keeps its bits.
function types.to_integer(dtype, value)
  if dtype == "bool" then return value and 1 or 0 end
  return value
end

-- For operators whose result on large u64 values the contract does not fix.
function types.small(dtype, value)
  if dtype == "u64" and value < 0 then types.open "u64 above 2^63-1 in signed arithmetic" end
  return value
end

function types.fits(dtype, integer)
  if dtype == "u64" then return integer >= 0 end
  return integer >= types.low[dtype] and integer <= types.high[dtype]
end

-- A constant beside a column (semantics 11): the type it takes, and its value in that type. `keeps` is set for kernels
-- whose result keeps the type of its inputs; for the others integers work in i64 anyway.
function types.constant(column, value, keeps)
  local kind = math.type(value) or type(value)
  if kind == "boolean" then return "bool", value end
  if types.is_float(column) then
    local rounded = types.round(column, value * 1.0)
    if rounded - rounded ~= 0 and value - value == 0 then types.open "a constant out of range" end
    return column, rounded
  end
  if kind == "float" then return "f64", value end
  if column ~= "bool" and not types.fits(column, value) then types.open "a constant out of the column's range" end
  return (keeps or column == "u64") and column or "i64", value
end

return types
