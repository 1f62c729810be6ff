-- The adaptors that draw.lua draws: each function adds one to a pipeline, or gives nil where it does not fit.

local draw = require "spec.lua.oracle.draw"
local plan = require "spec.lua.oracle.plan"
local types = require "spec.lua.oracle.types"

local stages = draw.stages

local UNARY = {
  "neg", "abs", "floor", "ceil", "round", "trunc", "sqrt", "isnan", "isfinite", "not", "bnot", "sign", "exp", "sin",
  "atan", "cbrt", "log2",
}
local BINARY = {
  "add", "sub", "mul", "div", "idiv", "mod", "min", "max", "add", "mul", "add", "mul", "eq", "ne", "lt", "le", "gt",
  "ge", "and", "or", "xor", "band", "bor", "bxor", "shl", "shr", "pow", "hypot",
}
local ARITHMETIC = { "add", "sub", "mul", "div", "idiv", "mod", "pow", "add", "mul" }
local BITS = { "band", "bor", "bxor", "shl", "shr" }
local COMPARISON = { "lt", "le", "gt", "ge", "eq", "ne" }
local LOGIC = { "and", "or", "xor" }

local function all_of(dtypes, dtype)
  for _, d in ipairs(dtypes) do
    if d ~= dtype then return false end
  end
  return true
end

-- A constant that the types of its kind hold exactly.
local function constant(rng, dtype, name)
  if dtype == "bool" and (name == "and" or name == "or" or name == "xor") then return rng:chance(0.5) end
  if types.is_float(dtype) and rng:chance(0.7) then return rng:int(-40, 40) / 4 end
  if not types.is_float(dtype) and rng:chance(0.1) then return rng:int(-40, 40) / 4 end
  local value = rng:pick { rng:int(1, 100), rng:int(1, 100), rng:int(0, 7) }
  if dtype ~= "bool" and types.low[dtype] ~= 0 and rng:chance(0.3) then value = -value end
  return value
end

-- A kernel and its constants for these columns.
local function kernel(rng, dtypes)
  if #dtypes == 3 then return dtypes[1] == "bool" and "where" or "clamp" end
  if #dtypes == 2 then return rng:pick(all_of(dtypes, "bool") and LOGIC or BINARY) end
  if #dtypes ~= 1 then return nil end
  if rng:chance(0.3) then return rng:pick(UNARY) end
  if rng:chance(0.08) then return "clamp", constant(rng, dtypes[1]), constant(rng, dtypes[1]) end
  local name = rng:pick(BINARY)
  return name, constant(rng, dtypes[1], name)
end

-- A predicate and its constant: against a value of the column itself, so that it splits the items.
function draw.predicate(rng, model, columns)
  local c = columns[1]
  local dtype = model.dtypes[c]
  if rng:chance(0.01) then return "add", 1 end -- is none
  if #columns == 2 then
    return rng:pick(dtype == "bool" and model.dtypes[columns[2]] == "bool" and LOGIC or COMPARISON)
  end
  if #columns ~= 1 then return nil end
  if dtype == "bool" then
    if rng:chance(0.3) then return "not" end
    return rng:pick(LOGIC), rng:chance(0.5)
  end
  if types.is_float(dtype) and rng:chance(0.1) then return rng:pick { "isnan", "isfinite" } end
  local item = #model.items > 0 and rng:pick(model.items) or {}
  local value = item[c]
  if value == nil or value ~= value or rng:chance(0.2) then value = constant(rng, dtype) end
  return rng:pick(COMPARISON), value
end

-- Columns as they are given in a list: some of them, in any order; or nil for all.
local function some_columns(rng, model)
  local n = #model.dtypes
  if n == 1 and rng:chance(0.7) or n == 2 and rng:chance(0.5) then return nil end
  local list = {}
  for i = 1, rng:int(1, 2) do list[i] = rng:int(1, n) end
  return list
end

local function every(model)
  local list = {}
  for c = 1, #model.dtypes do list[c] = c end
  return list
end

local function pick_types(model, columns)
  local dtypes = {}
  for i, c in ipairs(columns) do dtypes[i] = model.dtypes[c] end
  return dtypes
end

--------------------------------------------------------------------------------------------------------------------
-- One item of each

function stages.map(rng, node, model)
  local name, a, b = kernel(rng, model.dtypes)
  if not name then return nil end
  if a == nil then return plan.node("map", node, name) end
  if b == nil then return plan.node("map", node, name, a) end
  return plan.node("map", node, name, math.min(a, b), math.max(a, b))
end

function stages.extend(rng, node, model)
  local columns = some_columns(rng, model)
  local name, a, b = kernel(rng, pick_types(model, columns or every(model)))
  if not name or b then return nil end
  local args = { name, a }
  if columns then table.insert(args, 1, columns) end
  return plan.node("extend", node, table.unpack(args))
end

function stages.select(rng, node, model)
  local list = {}
  for i = 1, rng:int(1, 3) do list[i] = rng:int(1, #model.dtypes) end
  if rng:chance(0.02) then list[1] = #model.dtypes + 1 end
  return plan.node("select", node, table.unpack(list))
end

function stages.cast(rng, node)
  local dtype = rng:pick { "f64", "f64", "f32", "i64", "i64", "u8", "i8", "i32", "u64", "i16", "u16", "u32", "bool" }
  local mode = rng:pick { "exact", "wrap", "clamp" }
  if rng:chance(0.5) then return plan.node("cast", node, dtype) end
  return plan.node("cast", node, dtype, mode)
end

function stages.operator(rng, node, model)
  local dtype = model.dtypes[1]
  local integer = types.is_integer(dtype)
  if rng:chance(0.1) then return plan.node(integer and rng:chance(0.5) and "__bnot" or "__unm", nil, node) end
  local name = integer and rng:chance(0.3) and rng:pick(BITS) or rng:pick(ARITHMETIC)
  local other
  if rng:chance(0.3) and model.kind == "indexed" then
    other = draw.slice(rng, #model.items + (rng:chance(0.05) and 1 or 0))
  else
    other = constant(rng, dtype, name)
  end
  if rng:chance(0.4) then return plan.node("__" .. name, nil, other, node) end
  return plan.node("__" .. name, nil, node, other)
end

function stages.schedule(rng, node)
  local name = rng:pick { "min_len", "max_len", "max_len", "sequential", "on", "on" }
  if name == "sequential" then return plan.node(name, node) end
  if name == "on" then return plan.node(name, node, { pool = rng:pick { 1, 2, 3, 16 } }) end
  return plan.node(name, node, rng:pick { 1, 2, 31, 100, 1024, 10000 })
end

--------------------------------------------------------------------------------------------------------------------
-- Indexed

function stages.zip(rng, node, model)
  if #model.dtypes > 3 then return nil end
  if rng:chance(0.3) then return plan.node("zip", node, node) end
  return plan.node("zip", node, draw.pipeline(rng, rng:int(0, 2)))
end

function stages.zip_eq(rng, node, model)
  if #model.dtypes > 3 then return nil end
  return plan.node("zip_eq", node, draw.source(rng, #model.items))
end

function stages.enumerate(_, node) return plan.node("enumerate", node) end
function stages.rev(_, node) return plan.node("rev", node) end

local function count(rng, model)
  return rng:chance(0.5) and draw.length(rng) or rng:int(0, #model.items)
end

function stages.skip(rng, node, model) return plan.node("skip", node, count(rng, model)) end
function stages.take(rng, node, model) return plan.node("take", node, count(rng, model)) end
function stages.step_by(rng, node) return plan.node("step_by", node, rng:pick { 1, 2, 3, 7, 31, 32, 1024, 2, 3, 0 }) end

function stages.interleave(rng, node, model) return plan.node("interleave", node, draw.like(rng, model)) end
function stages.interleave_shortest(rng, node, model)
  return plan.node("interleave_shortest", node, draw.like(rng, model))
end
function stages.chain(rng, node, model)
  local other = draw.like(rng, model)
  if rng:chance(0.3) then return plan.node("chain", other, node) end
  return plan.node("chain", node, other)
end

function stages.windows(rng, node, model)
  return plan.node("windows", node, rng:pick { 1, 2, 2, 3, rng:int(0, 40 // #model.dtypes) })
end

local REDUCERS = { "add", "add", "mul", "min", "max", "band", "bor", "bxor" }

-- A kernel that reduces, and at times a constant to begin with.
function draw.reducer(rng, model)
  local name = all_of(model.dtypes, "bool") and rng:pick { "and", "or", "xor", "add" } or rng:pick(REDUCERS)
  if rng:chance(0.02) then name = "sub" end
  if rng:chance(0.6) then return name end
  return name, constant(rng, model.dtypes[1], name)
end

function stages.fold_chunks(rng, node, model)
  return plan.node("fold_chunks", node, rng:pick { 1, 2, 3, 7, 32, 33, 100, 1024, 1025, 2050, 2, 3, 0 },
    draw.reducer(rng, model))
end

-- Indices are made to fit, but for a few.
function stages.gather(rng, node, model)
  if #model.dtypes ~= 1 or not types.is_integer(model.dtypes[1]) then return nil end
  local n = rng:int(1, 40)
  local index = plan.node("map", plan.node("map", node, "mod", n), "add", rng:chance(0.9) and 1 or 0)
  return plan.node("gather", rng:chance(0.95) and index or node, draw.array(rng, n))
end

--------------------------------------------------------------------------------------------------------------------
-- Without an index

local function with_predicate(op)
  return function(rng, node, model)
    local columns = op ~= "positions" and some_columns(rng, model) or nil
    local name, value = draw.predicate(rng, model, columns or every(model))
    if not name then return nil end
    local args = { name, value }
    if columns then table.insert(args, 1, columns) end
    return plan.node(op, node, table.unpack(args))
  end
end

stages.filter, stages.positions = with_predicate "filter", with_predicate "positions"
stages.take_while, stages.skip_while = with_predicate "take_while", with_predicate "skip_while"

function stages.mask(_, node, model)
  if #model.dtypes == 1 or model.dtypes[#model.dtypes] ~= "bool" then return nil end
  return plan.node("filter", node)
end

-- Counts and limits are made small.
function stages.flat_map(rng, node, model)
  local dtypes = model.dtypes
  if rng:chance(0.4) then
    if #dtypes ~= 1 then return nil end
    return plan.node("flat_map", node, "repeat", rng:int(0, 4))
  end
  local c = rng:int(1, #dtypes)
  if not types.is_integer(dtypes[c]) or dtypes[c] == "u64" then return nil end
  local counted = plan.node("extend", node, { c }, "mod", rng:pick { 2, 5, 40 })
  local n = #dtypes + 1
  if rng:chance(0.5) then return plan.node("flat_map", plan.node("select", counted, rng:int(1, n - 1), n), "repeat") end
  local last = plan.node("extend", counted, { c, n }, "add")
  return plan.node("flat_map", plan.node("select", last, c, n + 1), "span")
end

-- The same items, of which one or two fail.
function stages.sour(rng, node, model)
  local n, values = #model.items, {}
  if n == 0 or model.kind ~= "indexed" then return nil end
  for i = 1, n do values[i] = 1 end
  for _ = 1, rng:int(1, 2) do values[rng:int(1, n)] = 0 end
  local columns = every(model)
  local failing = plan.node("__idiv", nil, 1, plan.array("i64", values))
  return plan.node("select", plan.node("zip", node, failing), table.unpack(columns))
end

-- A stage is named as often as it should come up.
draw.names = {
  "map", "map", "map", "map", "map", "extend", "extend", "select", "cast", "cast", "operator", "operator", "schedule",
  "schedule", "zip", "zip", "zip_eq", "enumerate", "rev", "skip", "take", "take", "step_by", "interleave",
  "interleave_shortest", "chain", "chain", "windows", "fold_chunks", "gather", "filter", "filter", "filter",
  "positions", "take_while", "skip_while", "mask", "flat_map", "flat_map", "sour", "sour",
}

return draw
