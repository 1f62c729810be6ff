-- Random chains of expressions, casts, selections, zips and kernels by name over columns of all types, in terminals:
-- cases as trial.lua has them.

local draw = require "spec.lua.oracle.draw_stages"
local drawn = require "spec.lua.oracle.expression.draw"
local items = require "spec.lua.oracle.items"
local plan = require "spec.lua.oracle.plan"
local terminals = require "spec.lua.oracle.terminals"
local types = require "spec.lua.oracle.types"

local chains = {}

local DTYPES = { "bool", "u8", "i8", "u16", "i16", "u32", "i32", "u64", "u64", "i64", "i64", "f32", "f32", "f64", "f64",
  "f64" }

-- Mostly short; some as long as a program is made for, a few longer than one thread does alone.
local function length(rng)
  local way = rng:float()
  if way < 0.6 then return rng:int(0, 40) end
  if way < 0.8 then return rng:int(41, 200) end
  if way < 0.985 then return rng:int(200, 700) end
  return way < 0.998 and rng:int(1000, 2100) or rng:int(4097, 4400)
end

local function source(rng)
  local n, columns = length(rng), {}
  if rng:chance(0.04) then return draw.source(rng, n) end
  for c = 1, n > 1000 and rng:int(1, 2) or rng:int(1, 4) do columns[c] = draw.slice(rng, n, rng:pick(DTYPES)) end
  return #columns == 1 and columns[1] or plan.node("zip", nil, table.unpack(columns))
end

--------------------------------------------------------------------------------------------------------------------
-- Stages

local stages = {}

function stages.map(rng, node, model)
  local call = rng:chance(0.8) and drawn.expression(rng, model.dtypes, "any") or drawn.named(rng, model.dtypes)
  return call and plan.node("map", node, call)
end

function stages.extend(rng, node, model)
  if #model.dtypes > 5 then return nil end
  if rng:chance(0.4) then
    local list, call = drawn.listed(rng, model.dtypes, "any")
    return list and plan.node("extend", node, list, call)
  end
  local call = drawn.expression(rng, model.dtypes, "any")
  return call and plan.node("extend", node, call)
end

function stages.named(rng, node, model)
  local list, picked = {}, {}
  for k = 1, rng:int(1, 2) do
    list[k] = rng:int(1, #model.dtypes)
    picked[k] = model.dtypes[list[k]]
  end
  local call = drawn.named(rng, picked)
  return call and plan.node("extend", node, list, call)
end

local function with_predicate(op, listed)
  return function(rng, node, model)
    if listed and rng:chance(0.3) then
      local list, call = drawn.listed(rng, model.dtypes, "bool")
      return list and plan.node(op, node, list, call)
    end
    local call = drawn.expression(rng, model.dtypes, "bool")
    return call and plan.node(op, node, call)
  end
end
stages.filter, stages.positions = with_predicate("filter", true), with_predicate("positions")
stages.take_while, stages.skip_while = with_predicate("take_while", true), with_predicate("skip_while", true)

function stages.zip(rng, node, model)
  if #model.dtypes > 3 then return nil end
  local other = rng:chance(0.3) and node or draw.slice(rng, #model.items + rng:int(0, 2), rng:pick(DTYPES))
  local call = rng:chance(0.5) and drawn.expression(rng, plan.model(other).dtypes, "any")
  return plan.node("zip", node, call and plan.node("map", other, call) or other)
end

function stages.fold_chunks(rng, node, model)
  local fold, init = drawn.fold(rng, model.dtypes)
  return plan.node("fold_chunks", node, rng:pick { 1, 2, 3, 7, 32, 33, 100, 1025 }, fold, init)
end

function stages.select(rng, node, model)
  local list = {}
  for i = 1, rng:int(1, 3) do list[i] = rng:int(1, #model.dtypes) end
  return plan.node("select", node, table.unpack(list))
end

-- On a few threads, in pieces.
function stages.schedule(rng, node)
  if rng:chance(0.5) then return plan.node("on", node, { pool = rng:pick { 1, 2, 3 } }) end
  return plan.node("max_len", node, rng:pick { 1, 7, 50, 300, 1000 })
end

for _, name in ipairs { "cast", "enumerate", "rev", "take", "skip", "step_by", "windows", "mask" } do
  stages[name] = draw.stages[name]
end

local NAMES = {}
for name, weight in pairs { map = 6, extend = 8, named = 3, filter = 4, positions = 1, take_while = 1, skip_while = 1,
  zip = 2, fold_chunks = 1, select = 3, cast = 3, enumerate = 1, rev = 1, take = 1, skip = 1, step_by = 1, windows = 1,
  mask = 1, schedule = 1 } do
  for _ = 1, weight do NAMES[#NAMES + 1] = name end
end
table.sort(NAMES)

local MOST_VALUES <const> = 20000

-- Is it worth having? Failing items are wanted, but not in most cases.
local function welcome(rng, longer)
  local ok, m = pcall(plan.model, longer)
  if not ok then
    if items.is_fault(m) then return rng:chance(0.05), true end
    if types.is_open(m) then return false end
    error(plan.text(longer) .. "\n" .. tostring(m), 0)
  end
  if #m.items * #m.dtypes > MOST_VALUES or #m.dtypes > 12 then return false end
  for _, item in ipairs(m.items) do
    if item.fail then return rng:chance(0.5) end
  end
  return #m.items > 0 or rng:chance(0.3)
end

-- With one more stage; the second result tells that its call is to be refused.
local function longer(rng, node)
  for _ = 1, 5 do
    local next = stages[rng:pick(NAMES)](rng, node, plan.model(node))
    if next then
      local good, refused = welcome(rng, next)
      if good then return next, refused end
    end
  end
  return node
end

--------------------------------------------------------------------------------------------------------------------
-- Terminals

local PREDICATES = { any = true, all = true, find_first = true, find_last = true, find_any = true,
  position_first = true, position_last = true, position_any = true, partition = true }
local ENDS = { "collect", "collect", "collect", "sum", "sum", "min", "max", "argmin", "argmax", "minmax", "product",
  "mean", "var", "count", "count", "histogram", "totable", "sorted", "unique", "top", "iter" }
local FOLDS = { "reduce", "scan", "reduce", "scan", "reduce" }
local OTHERS = {}
for name in pairs(PREDICATES) do OTHERS[#OTHERS + 1] = name end
table.sort(OTHERS)
table.move(ENDS, 1, #ENDS, #OTHERS + 1, OTHERS)
table.move(FOLDS, 1, #FOLDS, #OTHERS + 1, OTHERS)

local function arguments(rng, name, node, m)
  if PREDICATES[name] then return { drawn.expression(rng, m.dtypes, "bool") or nil } end
  if name == "reduce" or name == "scan" then return { drawn.fold(rng, m.dtypes) } end
  if name == "count" and rng:chance(0.7) then
    if rng:chance(0.3) then return { drawn.listed(rng, m.dtypes, "bool") } end
    return { drawn.expression(rng, m.dtypes, "bool") }
  end
  return terminals[name].draw(rng, node, m)
end

-- A random case.
function chains.draw(rng)
  local node, refused = source(rng), false
  for _ = 1, rng:pick { 0, 1, 1, 2, 2, 3, 3, 4, 5 } do
    if not refused then node, refused = longer(rng, node) end
  end
  if not refused and rng:chance(0.5) then node = stages.schedule(rng, node) end
  local ok, m = pcall(plan.model, node)
  if not ok then return { node = node, terminal = "count", args = { n = 0 } } end -- a call that is to be refused
  local name = rng:pick(OTHERS)
  local args, n = arguments(rng, name, node, m), 0
  if PREDICATES[name] and not args[1] then name, args = "collect", {} end
  for i in pairs(args or {}) do n = math.max(n, i) end
  args = args or {}
  args.n = n
  return { node = node, terminal = name, args = args }
end

return chains
