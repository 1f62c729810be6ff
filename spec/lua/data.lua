-- Data that tends to break things: the corner values of every element type, and random columns made from them.

local types = require "spec.lua.oracle.types"

local data = {}

local NAN, INF = 0.0 / 0.0, math.huge

data.corners = {
  bool = { true, false },
  f64 = {
    0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, -2.5, 0.1, 2.0 ^ -1074, 2.0 ^ -1022, 1.7976931348623157e308,
    -1.7976931348623157e308, 2.0 ^ 53, 2.0 ^ 53 + 2, 2.0 ^ 63, -(2.0 ^ 63), 0.49999999999999994, 1e16, INF, -INF, NAN,
  },
  f32 = {
    0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, -2.5, types.round32(0.1), 2.0 ^ -149, 2.0 ^ -126, 2.0 ^ 24,
    3.4028234663852886e38, -3.4028234663852886e38, 8388609.0, types.round32(0.49999997), INF, -INF, NAN,
  },
}

for dtype in pairs(types.bits) do
  local low, high = types.low[dtype], types.high[dtype]
  local corners = { 0, 1, 2, 3, 7, 63, 64, 100, high, high - 1, high >> 1 }
  if low < 0 then
    for _, value in ipairs { -1, -2, -3, -7, -64, low, low + 1 } do corners[#corners + 1] = value end
  end
  data.corners[dtype] = corners
end

-- One value whose bits are spread over the whole type.
local function wide(rng, dtype)
  if dtype == "bool" then return rng:chance(0.5) end
  if dtype == "f64" then return (rng:float() - 0.5) * 2.0 ^ rng:int(-60, 60) end
  if dtype == "f32" then return types.round32((rng:float() - 0.5) * 2.0 ^ rng:int(-20, 20)) end
  local bits = rng:bits()
  if types.bits[dtype] == 64 then return bits end
  bits = bits & ((1 << types.bits[dtype]) - 1)
  return bits > types.high[dtype] and bits - (1 << types.bits[dtype]) or bits
end

-- One value near zero; floats are multiples of 1/4, so that sums and products of a few stay exact.
local function small(rng, dtype)
  if dtype == "bool" then return rng:chance(0.5) end
  if types.is_float(dtype) then return rng:int(-40, 40) / 4 end
  return rng:int(types.low[dtype] < 0 and -9 or 0, 9)
end

local function corner(rng, dtype)
  return rng:pick(data.corners[dtype])
end

local makers = { wide = wide, small = small, corner = corner }

-- n random values of a type; `kind` is "wide", "small" or "corner".
function data.values(rng, dtype, n, kind)
  local make, values = makers[kind], {}
  for i = 1, n do values[i] = make(rng, dtype) end
  return values
end

-- n floats whose plain sum loses everything: magnitudes over 30 decades, most values followed by their negation.
function data.cancelling(rng, dtype, n)
  local values = {}
  for i = 1, n do
    local previous = values[i - rng:int(1, 40)]
    if previous and rng:chance(0.6) then
      values[i] = -previous
    else
      values[i] = types.round(dtype, (rng:float() - 0.5) * 10.0 ^ rng:int(-12, 16))
    end
  end
  return values
end

-- The sum of floats to within one rounding of a sum in twice the precision (Neumaier's compensated sum).
function data.exact_sum(values)
  local sum, compensation, magnitude = 0.0, 0.0, 0.0
  for i = 1, #values do
    local x = values[i]
    local total = sum + x
    if math.abs(sum) >= math.abs(x) then
      compensation = compensation + ((sum - total) + x)
    else
      compensation = compensation + ((x - total) + sum)
    end
    sum, magnitude = total, magnitude + math.abs(x)
  end
  return sum + compensation, magnitude
end

return data
