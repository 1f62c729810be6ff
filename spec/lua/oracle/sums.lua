-- What sum, product, mean, var and std must give.
--
-- Integer results are fixed to the bit. The last bits of float results are the module's own: those are compared with
-- the same run scheduled otherwise, with the sum of the collected array, and within an error bound with a compensated
-- sum.

local data = require "spec.lua.data"
local terminal = require "spec.lua.oracle.terminal"
local types = require "spec.lua.oracle.types"

local demand, require_that = terminal.demand, terminal.require_that

local sums = {}

--------------------------------------------------------------------------------------------------------------------
-- Sums and products: i64 that wraps, or f64 (semantics 5)

local function fold_integers(column, start, fn)
  local result = start
  for _, value in ipairs(column.values) do result = fn(result, types.to_integer(column.dtype, value)) end
  return result
end

local function has_nan(values)
  for _, value in ipairs(values) do
    if value ~= value then return true end
  end
  return false
end

-- Pairwise sums err by at most (32 + log n) roundings (semantics 3); twice that is allowed.
function sums.judge(values, sum)
  require_that(math.type(sum) == "float", "the sum of floats is %s", tostring(sum))
  if has_nan(values) then return demand(0 / 0, sum, "sum with a NaN") end
  local exact, magnitude = data.exact_sum(values)
  if magnitude < 1e307 then
    require_that(math.abs(sum - exact) <= 2 ^ -47 * magnitude, "sum: expected about %.17g, got %.17g", exact, sum)
  end
end

local sum = terminal.plain "sum"
terminal.define("sum", terminal.any, sum, function(case, results, pools)
  for i, column in ipairs(case.model.columns) do
    if types.is_float(column.dtype) then
      sums.judge(column.values, results[i])
    else
      demand(fold_integers(column, 0, function(a, b) return a + b end), results[i], "sum")
    end
  end
  terminal.judge_schedules(case, results, pools, sum)
  for i, array in ipairs { case.p:collect() } do demand(results[i], array:sum(), "the sum of the collected array") end
end)

-- Only where no partial product can leave the range of normal numbers in any order.
local function judge_float_product(column, product)
  require_that(math.type(product) == "float", "the product of floats is %s", tostring(product))
  local up, down, expected = 0, 0, 1.0
  for _, x in ipairs(column.values) do
    expected = expected * x
    if x ~= 0 then
      local log = math.log(math.abs(x), 2)
      up, down = up + math.max(log, 0), down + math.min(log, 0)
    end
  end
  local limit = column.dtype == "f32" and 100 or 900
  local slack = #column.values * (column.dtype == "f32" and 2.0 ^ -22 or 2.0 ^ -51)
  if up < limit and down > -limit then
    require_that(math.abs(product - expected) <= slack * math.abs(expected),
      "product: expected about %.17g, got %.17g", expected, product)
  end
end

local product = terminal.plain "product"
terminal.define("product", terminal.any, product, function(case, results, pools)
  for i, column in ipairs(case.model.columns) do
    if types.is_float(column.dtype) then
      judge_float_product(column, results[i])
    else
      demand(fold_integers(column, 1, function(a, b) return a * b end), results[i], "product")
    end
  end
  terminal.judge_schedules(case, results, pools, product)
end)

--------------------------------------------------------------------------------------------------------------------
-- mean, var, std: f64, population, nil on empty input (semantics 5, 9)

local function moments(column)
  local values, largest = {}, 0.0
  for i, value in ipairs(column.values) do
    values[i] = types.to_float(column.dtype, value)
    largest = math.max(largest, math.abs(values[i]))
  end
  local total, magnitude = data.exact_sum(values)
  local mean, squares = total / #values, {}
  for i, value in ipairs(values) do squares[i] = (value - mean) ^ 2 end
  return mean, data.exact_sum(squares) / #values, magnitude / #values, largest, values
end

-- name -> expected value and its allowed error, of mean, variance, mean magnitude and largest magnitude.
local MOMENTS = {
  mean = function(mean, _, magnitude) return mean, 1e-13 * magnitude end,
  var = function(_, var, _, largest) return var, 1e-9 * var + 1e-27 * largest ^ 2 end,
  std = function(_, var, _, largest) return math.sqrt(var), 1e-9 * math.sqrt(var) + 3e-14 * largest end,
}

for name, expect in pairs(MOMENTS) do
  local run = terminal.plain(name)
  terminal.define(name, terminal.numeric, run, function(case, results, pools)
    for i, column in ipairs(case.model.columns) do
      if case.model.n == 0 then return require_that(results[i] == nil, "%s of nothing is not nil", name) end
      require_that(math.type(results[i]) == "float", "%s is %s", name, tostring(results[i]))
      local mean, var, magnitude, largest, values = moments(column)
      if has_nan(values) then
        demand(0 / 0, results[i], name)
      elseif largest < 1e150 and largest > 1e-120 then
        local expected, slack = expect(mean, var, magnitude, largest)
        require_that(math.abs(results[i] - expected) <= slack, "%s: expected about %.17g, got %.17g", name,
          expected, results[i])
      end
    end
    terminal.judge_schedules(case, results, pools, run)
  end)
end

return sums
