-- What each terminal gives for a list of items: name -> function(model, arguments...), which returns the results or
-- raises a fault (items.lua). An array is a table with its `dtype`.

local casts = require "spec.lua.oracle.casts"
local grid = require "spec.lua.oracle.grid"
local items = require "spec.lua.oracle.items"
local order = require "spec.lua.oracle.order"
local reducer_of = require "spec.lua.oracle.reducers"
local sums = require "spec.lua.oracle.sums"
local stages = require "spec.lua.oracle.unindexed"
local types = require "spec.lua.oracle.types"

local ends = {}

-- A result for each column.
local function each_column(m, fn)
  local columns, ats = items.columns(m)
  local results = { n = #columns }
  for c, values in ipairs(columns) do results[c] = fn(values, m.dtypes[c], ats) end
  return table.unpack(results, 1, results.n)
end

--------------------------------------------------------------------------------------------------------------------
-- Sums and products: i64 that wraps, or f64; mean var std: f64, nil of nothing (semantics 5, 9)

local function total(name, reducer, none)
  ends[name] = function(m)
    return each_column(m, function(values, dtype, ats)
      local float, entered = types.is_float(dtype), {}
      for i, x in ipairs(values) do entered[i] = float and x or types.to_integer(dtype, x) end
      local result = grid.fold(m.shape, ats, entered, reducer)
      if result == nil then return float and none * 1.0 or none end
      return result
    end)
  end
end

total("sum", grid.sum, 0)
total("product", grid.product, 1)

local function as_f64(name, reducer, finish)
  ends[name] = function(m, ddof)
    return each_column(m, function(values, dtype, ats)
      local entered = {}
      for i, x in ipairs(values) do entered[i] = types.to_float(dtype, x) end
      if #values > 0 then return finish(grid.fold(m.shape, ats, entered, reducer), #values, ddof or 0) end
    end)
  end
end

as_f64("mean", grid.sum, function(sum, n) return sum / n end)
-- Of ddof items or fewer there is none.
as_f64("var", grid.moments, function(acc, n, ddof) return n > ddof and acc.m2 / (n - ddof) or nil end)
as_f64("std", grid.moments, function(acc, n, ddof) return n > ddof and math.sqrt(acc.m2 / (n - ddof)) or nil end)

function ends.reduce(m, name, identity)
  local reducers = {}
  for c, dtype in ipairs(m.dtypes) do reducers[c] = reducer_of(dtype, name, identity) end
  local c = 0
  return each_column(m, function(values, _, ats)
    c = c + 1
    local reducer, entered = reducers[c], {}
    for i = 1, #values do entered[i] = reducer.enter(values[i]) end
    return reducer.finish(grid.fold(m.shape, ats, entered, reducer))
  end)
end

function ends.scan(m, name, init)
  local reducers, dtypes = {}, {}
  for c, dtype in ipairs(m.dtypes) do reducers[c], dtypes[c] = reducer_of(dtype, name, init) end
  local c = 0
  return each_column(m, function(values)
    c = c + 1
    local entered = {}
    for i = 1, #values do entered[i] = reducers[c].enter(values[i]) end
    local out
    if name == "add" and types.is_float(dtypes[c]) then
      out = sums(entered, reducers[c].init, dtypes[c] == "f32" and types.round32 or nil)
    else
      out = grid.scan(entered, reducers[c].combine, reducers[c].init)
    end
    out.dtype = dtypes[c]
    return out
  end)
end

--------------------------------------------------------------------------------------------------------------------
-- Extremes: the first of equals; the first NaN wins (semantics 7, 10)

local function extreme(values, dtype, direction)
  local best = 1
  for i, x in ipairs(values) do
    if x ~= x then return x, i end
    if order.compare(dtype, x, dtype, values[best]) == direction then best = i end
  end
  return values[best], #values > 0 and best or nil
end

-- For each column what pick(value, index) gives.
local function extremes(direction, pick, need)
  return function(m)
    if need then items.need(m, need) end
    return each_column(m, function(values, dtype) return (pick(extreme(values, dtype, direction))) end)
  end
end

local function value_of(value) return value end
local function index_of(_, index) return index end

ends.min, ends.max = extremes(-1, value_of), extremes(1, value_of)
ends.argmin, ends.argmax = extremes(-1, index_of, "indexed"), extremes(1, index_of, "indexed")

function ends.minmax(m)
  local results, n = {}, 0
  for c, values in ipairs((items.columns(m))) do
    results[n + 1] = extreme(values, m.dtypes[c], -1)
    results[n + 2] = extreme(values, m.dtypes[c], 1)
    n = n + 2
  end
  return table.unpack(results, 1, n)
end

--------------------------------------------------------------------------------------------------------------------
-- Arrays

local function arrays(dtypes, columns)
  for c, values in ipairs(columns) do values.dtype = dtypes[c] end
  return table.unpack(columns)
end

function ends.count(m, ...)
  if ... then m = stages.filter(m, ...) end
  items.columns(m)
  return #m.items
end

function ends.collect(m, dtype)
  if dtype then m = stages.cast(m, dtype) end
  return arrays(m.dtypes, (items.columns(m)))
end

-- The arrays have these types, and so many elements more than there are items.
function ends.collect_into(m, dtypes, more)
  items.need(m, "exact")
  if #dtypes ~= #m.dtypes or more ~= 0 then items.refuse() end
  local converted = items.each(m, dtypes, function(item)
    local values = {}
    for c, from in ipairs(m.dtypes) do
      values[c] = casts.cast(from, dtypes[c], item[c])
      if values[c] == nil then return nil end
    end
    return values
  end)
  return arrays(dtypes, (items.columns(converted)))
end

function ends.partition(m, name, ...)
  local holds = items.predicate(m, nil, name, { ... })
  local yes, no = {}, {}
  for _, item in ipairs(m.items) do
    local passed = items.passed(holds, item)
    if passed and passed.fail then items.fail(passed) end
    table.insert(passed and yes or no, item)
  end
  local columns = items.columns(items.like(m, yes))
  table.move((items.columns(items.like(m, no))), 1, #m.dtypes, #m.dtypes + 1, columns)
  return arrays(table.move(m.dtypes, 1, #m.dtypes, #m.dtypes + 1, table.move(m.dtypes, 1, #m.dtypes, 1, {})), columns)
end

local function ordered(m, direction, limit)
  local columns = items.columns(m)
  local index = order.sorted(m.dtypes, columns, #m.items, direction)
  local out = {}
  for c, values in ipairs(columns) do
    out[c] = {}
    for i = 1, math.min(limit or #index, #index) do out[c][i] = values[index[i]] end
  end
  return arrays(m.dtypes, out)
end

function ends.sorted(m, direction) return ordered(m, direction == "desc" and -1 or 1) end
function ends.top(m, k) return ordered(m, -1, k) end

-- Items that are alike have one key: NaNs are one value, and so are the zeros.
local function key(dtypes, item)
  local parts = {}
  for c, dtype in ipairs(dtypes) do
    local x = item[c]
    if x ~= x then
      parts[c] = "nan"
    elseif types.is_float(dtype) then
      parts[c] = string.pack("=d", x + 0.0)
    else
      parts[c] = tostring(x)
    end
  end
  return table.concat(parts, "|")
end

local function different(m)
  items.columns(m)
  local first, counts, index = {}, { dtype = "i64" }, {}
  for _, item in ipairs(m.items) do
    local k = key(m.dtypes, item)
    if not index[k] then
      first[#first + 1], index[k] = item, #first + 1
    end
    counts[index[k]] = (counts[index[k]] or 0) + 1
  end
  return items.columns(items.like(m, first)), counts
end

function ends.unique(m)
  return arrays(m.dtypes, (different(m)))
end

function ends.count_by(m)
  local columns, counts = different(m)
  arrays(m.dtypes, columns)
  columns[#columns + 1] = counts
  return table.unpack(columns)
end

-- Bins of a width that is exact: half-open, the last one closed.
function ends.histogram(m, lo, hi, bins)
  local width = (hi - lo) / bins
  return each_column(m, function(values, dtype)
    local counts = { dtype = "i64" }
    for b = 1, bins do counts[b] = 0 end
    for _, value in ipairs(values) do
      local x = types.to_float(dtype, value)
      for b = 1, x >= lo and x <= hi and bins or 0 do
        if x < lo + b * width or b == bins then
          counts[b] = counts[b] + 1
          break
        end
      end
    end
    return counts
  end)
end

return ends
