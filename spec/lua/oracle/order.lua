-- The order of values: exact between all number types, u64 as unsigned (semantics 11); and that of sorting, in which
-- NaNs are last and -0.0 is before 0.0 (semantics 10).

local types = require "spec.lua.oracle.types"

local order = {}

local function sign(less, greater) return less and -1 or greater and 1 or 0 end

-- A u64 above 2^63-1 with a value of another type.
local function large(u, dtype, b)
  if dtype == "u64" and b < 0 then return sign(math.ult(u, b), math.ult(b, u)) end
  if types.is_integer(dtype) or b < 2.0 ^ 63 then return 1 end
  if b >= 2.0 ^ 64 then return -1 end
  local i = math.tointeger(b - 2.0 ^ 64)
  return sign(math.ult(u, i), math.ult(i, u))
end

-- -1, 0, 1, or nil where one of the two is a NaN.
function order.compare(da, a, db, b)
  if (da == "bool") ~= (db == "bool") then types.open "a bool compared with a number" end
  if da == "bool" then return sign(not a and b, a and not b) end
  if a ~= a or b ~= b then return nil end
  if da == "u64" and a < 0 then return large(a, db, b) end
  if db == "u64" and b < 0 then return -large(b, da, a) end
  return sign(a < b, a > b)
end

-- Of two values of one type, for sorting: `direction` is 1 or -1.
local function sorting(dtype, a, b, direction)
  if a ~= a or b ~= b then return sign(a == a, b == b) end
  if types.is_float(dtype) and a == 0 and b == 0 then
    return direction * sign(1 / a < 1 / b, 1 / a > 1 / b)
  end
  return direction * order.compare(dtype, a, dtype, b)
end

-- Where each item goes when sorted: 1-based indices, stable.
function order.sorted(dtypes, columns, n, direction)
  local index = {}
  for i = 1, n do index[i] = i end
  table.sort(index, function(i, j)
    for c, dtype in ipairs(dtypes) do
      local s = sorting(dtype, columns[c][i], columns[c][j], direction)
      if s ~= 0 then return s < 0 end
    end
    return i < j
  end)
  return index
end

return order
