-- Terminals: how arguments are drawn for a pipeline, and how each is called. name -> { draw, run, text }.
--
-- `draw(rng, node, model)` gives the arguments in a table, or nil where the terminal does not fit. `run(p, ...)` calls
-- it; most are methods of that name. The model of each is in ends.lua.

local draw = require "spec.lua.oracle.draw_stages"
local ends = require "spec.lua.oracle.searches"
local plan = require "spec.lua.oracle.plan"
local tine = require "tine"

local terminals = {}

local function define(name, arguments, run)
  terminals[name] = { draw = arguments or function() return {} end, model = ends[name], run = run or function(p, ...)
    return p[name](p, ...)
  end }
end

for _, name in ipairs { "sum", "product", "mean", "min", "max", "minmax", "argmin", "argmax", "unique", "count_by" } do
  define(name)
end

for _, name in ipairs { "var", "std" } do
  define(name, function(rng) return { rng:chance(0.5) and rng:int(0, 3) or nil } end)
end

define("reduce", function(rng, _, model) return { draw.reducer(rng, model) } end)

define("scan", function(rng, _, model) return { draw.reducer(rng, model) } end)

define("collect", function(rng)
  return { rng:chance(0.3) and rng:pick { "f64", "f32", "i64", "u8", "i32", "bool" } or nil }
end)

-- Into arrays of these types, and as many elements more than there are items.
define("collect_into", function(rng, _, model)
  local dtypes = table.move(model.dtypes, 1, #model.dtypes, 1, {})
  if rng:chance(0.2) then dtypes[1] = rng:pick { "f64", "i64", "f32" } end
  return { dtypes, rng:chance(0.03) and 1 or 0 }
end, function(p, dtypes, more)
  local targets, n = {}, tine.isarray(p) and #p or p:kind() == "indexed" and p:len() or 0
  for c, dtype in ipairs(dtypes) do targets[c] = tine.zeros(dtype, n + more) end
  return p:collect_into(table.unpack(targets))
end)

define("array", function(_, _, model) return #model.dtypes == 1 and { model.dtypes[1] } or nil end, function(p, dtype)
  return tine.array(dtype, p)
end)
terminals.array.model = ends.collect

--------------------------------------------------------------------------------------------------------------------

local function with_predicate(_, model)
  local columns = {}
  for c = 1, #model.dtypes do columns[c] = c end
  return columns
end

for _, name in ipairs { "any", "all", "find_first", "find_last", "find_any", "position_first", "position_last",
  "position_any", "partition" } do
  define(name, function(rng, node, model)
    local kernel, value = draw.predicate(rng, model, with_predicate(node, model))
    return kernel and { kernel, value }
  end)
end

-- As a filter has it, with a list of columns or without; or no predicate.
define("count", function(rng, _, model)
  local columns = { rng:int(1, #model.dtypes) }
  local listed = rng:chance(0.5)
  local kernel, value = draw.predicate(rng, model, listed and columns or with_predicate(nil, model))
  if not kernel or rng:chance(0.3) then return {} end
  return listed and { columns, kernel, value } or { kernel, value }
end)

define("sorted", function(rng) return { rng:chance(0.4) and rng:pick { "asc", "desc" } or nil } end)
define("top", function(rng) return { rng:pick { 0, 1, 2, 10, 100, 5000 } } end)
define("histogram", function(rng)
  local bins = rng:pick { 1, 2, 4, 8, 64, 10 }
  local lo = rng:int(-20, 10) * 1.0
  return { lo, lo + bins * rng:pick { 0.25, 0.5, 1.0, 16.0 }, bins }
end)

-- Against something alike, or the very same.
local function other(rng, node, model)
  if rng:chance(0.4) then return { node } end
  if rng:chance(0.3) then return { plan.node("take", node, math.max(#model.items - rng:int(0, 1), 0)) } end
  return { draw.columns(rng, model.dtypes, #model.items) }
end
define("eq", other)
define("cmp", other)

--------------------------------------------------------------------------------------------------------------------
-- Back in Lua

define("totable")

-- A list of the values of each column; none if there is no item.
local function gather(columns, ...)
  for c = 1, select("#", ...) do
    columns[c] = columns[c] or {}
    table.insert(columns[c], (select(c, ...)))
  end
end

define("each", nil, function(p)
  local columns = {}
  p:each(function(...) gather(columns, ...) end)
  return table.unpack(columns)
end)

define("iter", function(rng, _, model)
  return { rng:chance(0.5) and rng:int(1, #model.items + 1) or nil }
end, function(p, limit)
  local columns, count = {}, 0
  local function body(...)
    gather(columns, ...)
    count = count + 1
    return count == limit
  end
  local iterator, state, control, last = p:iter()
  local closing <close> = last
  repeat
    local item = table.pack(iterator(state, control))
    control = item[1]
  until control == nil or body(table.unpack(item, 1, item.n))
  assert(closing == last)
  return table.unpack(columns)
end)

return terminals
