-- What every terminal must give for a case: sums.lua has those that add, this file the rest and the whole list.

local helper = require "spec.lua.helper"
local kernels = require "spec.lua.oracle.kernels"
local sums = require "spec.lua.oracle.sums"
local terminal = require "spec.lua.oracle.terminal"
local tine = require "tine"
local types = require "spec.lua.oracle.types"

local demand, require_that = terminal.demand, terminal.require_that

--------------------------------------------------------------------------------------------------------------------
-- Collecting

local function judge_arrays(case, arrays)
  require_that(#arrays == #case.model.columns, "%d arrays for %d columns", #arrays, #case.model.columns)
  for i, column in ipairs(case.model.columns) do
    demand(column.dtype, arrays[i]:dtype(), "the type of column " .. i)
    demand(column.values, arrays[i], "column " .. i)
  end
end

terminal.define("collect", terminal.any, terminal.plain "collect", judge_arrays)

terminal.define("collect_into", terminal.any, function(case, p)
  local targets = {}
  for i, dtype in ipairs(terminal.column_types(case)) do targets[i] = tine.zeros(dtype, case.model.n) end
  local given = table.pack(p:collect_into(table.unpack(targets)))
  if #targets ~= given.n then error(("gave %d arrays for %d"):format(given.n, #targets), 0) end
  return targets
end, judge_arrays)

terminal.define("array", terminal.single, function(case, p)
  return { tine.array(case.model.columns[1].dtype, p) }
end, judge_arrays)

local function judge_tables(case, columns)
  require_that(#columns == #case.model.columns, "%d values for %d columns", #columns, #case.model.columns)
  for i, column in ipairs(case.model.columns) do demand(column.values, columns[i], "column " .. i) end
end

terminal.define("totable", terminal.single, terminal.plain "totable", judge_tables)

-- Appends one item to the tables of the columns.
local function append(columns, ...)
  for i = 1, select("#", ...) do
    columns[i] = columns[i] or {}
    table.insert(columns[i], (select(i, ...)))
  end
end

local function empty_columns(case)
  local columns = {}
  for i in ipairs(case.model.columns) do columns[i] = {} end
  return columns
end

terminal.define("each", terminal.any, function(case, p)
  local columns = empty_columns(case)
  p:each(function(...) append(columns, ...) end)
  return columns
end, judge_tables)

terminal.define("iter", terminal.any, function(case, p)
  local columns = empty_columns(case)
  for x, y, z in p:iter() do
    if z ~= nil then append(columns, x, y, z) elseif y ~= nil then append(columns, x, y) else append(columns, x) end
  end
  return columns
end, judge_tables)

-- A count of known length need not compute its items, so cases with a failing item are left out.
terminal.define("count", function(case) return not case.model.fail end, terminal.plain "count", function(case, results)
  demand(case.model.n, results[1], "count")
  demand(case.model.n, case.p:len(), "len")
end)

--------------------------------------------------------------------------------------------------------------------
-- Extremes: the first of equals; a NaN anywhere wins (semantics 7, 10)

-- Value and position of the smallest (`kernel` lt) or largest (gt) item; open where zeros of both signs tie.
local function extreme(column, kernel)
  local d, best = { column.dtype, column.dtype }, 1
  local values = column.values
  for i, value in ipairs(values) do
    if value ~= value then return value, i end
    local zeros = value == 0 and values[best] == 0
    if zeros and not helper.same(value, values[best]) then types.open "zeros of both signs" end
    if kernels[kernel].apply(d, value, values[best]) then best = i end
  end
  return values[best], #values > 0 and best or nil
end

for name, kernel in pairs { min = "lt", max = "gt" } do
  terminal.define(name, terminal.one_number, terminal.plain(name), function(case, results)
    local value, position = extreme(case.model.columns[1], kernel)
    demand(value, results[1], name)
    demand(position, results[2], "the position of the " .. name)
  end)

  terminal.define("arg" .. name, terminal.one_number, terminal.plain("arg" .. name), function(case, results)
    local _, position = extreme(case.model.columns[1], kernel)
    demand(position, results[1], "arg" .. name)
  end)
end

terminal.define("minmax", terminal.one_number, terminal.plain "minmax", function(case, results)
  demand(extreme(case.model.columns[1], "lt"), results[1], "the lower end")
  demand(extreme(case.model.columns[1], "gt"), results[2], "the upper end")
end)

--------------------------------------------------------------------------------------------------------------------
-- reduce: the kernel's own types; nil on empty input without identity (semantics 5, 9)

local function reducers(dtype)
  if dtype == "bool" then return { "and", "or", "xor" } end
  if types.is_float(dtype) then return { "add", "min", "max" } end
  return { "add", "mul", "min", "max", "band", "bor", "bxor" }
end

local function reduce_model(column, name)
  local kernel, result, dtype = kernels[name], column.values[1], column.dtype
  if result == nil then return nil end
  for i = 2, #column.values do
    result = kernel.apply({ dtype, column.dtype }, result, column.values[i])
    dtype = kernel.result(dtype, column.dtype)
  end
  return result
end

terminal.define("reduce", terminal.single, function(case, p, rng)
  case.reducer = rng:pick(reducers(case.model.columns[1].dtype))
  return table.pack(p:reduce(case.reducer))
end, function(case, results, pools)
  local column = case.model.columns[1]
  if types.is_float(column.dtype) and case.reducer == "add" then
    terminal.judge_schedules(case, results, pools, function(_, p) return table.pack(p:reduce "add") end)
    if column.dtype == "f64" and case.model.n > 0 then sums.judge(column.values, results[1]) end
  else
    demand(reduce_model(column, case.reducer), results[1], "reduce " .. case.reducer)
  end
end)

return terminal.all
