-- A pipeline as a tree of calls, from which the pipeline itself, its model and its text are made.
--
-- A node is { op, base = node or nil, args = { ... } }: the method `op` of the base, or a function of the module where
-- there is no base. Arguments are plain values, nodes, lists of columns, or { pool = threads }. The node "array" has a
-- type and a list of values: a Lua array.

local items = require "spec.lua.oracle.items"
local stages = require "spec.lua.oracle.unindexed"
local tine = require "tine"

local plan = {}

plan.pools = {} -- threads -> pool, for whoever builds pipelines

function plan.node(op, base, ...)
  return { op = op, base = base, args = table.pack(...) }
end

function plan.array(dtype, values)
  return plan.node("array", nil, dtype, values)
end

local function is_node(x) return type(x) == "table" and x.op ~= nil end

--------------------------------------------------------------------------------------------------------------------
-- Models

-- Stages in which items fail by themselves.
local SIGNED = { map = true, extend = true, cast = true, filter = true, positions = true, take_while = true,
  skip_while = true }

local sources = {}

function sources.array(dtype, values)
  local list = {}
  for i, value in ipairs(values) do list[i] = { value } end
  return items.indexed({ dtype }, list)
end

-- Ranges as string.sub has them.
local function part(m, i, j)
  local n, list = #m.items, {}
  i, j = i or 1, j or -1
  if i < 0 then i = math.max(n + i + 1, 1) elseif i == 0 then i = 1 end
  if j < 0 then j = n + j + 1 elseif j > n then j = n end
  for k = i, j do list[#list + 1] = m.items[k] end
  return items.indexed(m.dtypes, list)
end
sources.slice, sources.sub = part, part

function sources.range(first, last, step)
  step = step or 1
  if step == 0 then items.refuse() end
  if math.type(first) == "integer" and math.type(step) == "integer" then
    local list = {}
    for i = first, last, step do list[#list + 1] = i end
    return sources.array("i64", list)
  end
  local list, i = {}, 0
  while step > 0 and first + i * step <= last or step < 0 and first + i * step >= last do
    list[i + 1] = first + i * step + 0.0
    i = i + 1
  end
  return sources.array("f64", list)
end

function sources.rep(value, n)
  local list = {}
  for i = 1, n do list[i] = value end
  return sources.array(type(value) == "boolean" and "bool" or math.type(value) == "integer" and "i64" or "f64", list)
end

function sources.empty(dtype) return sources.array(dtype, {}) end

-- Which numbers they are is the module's own.
function sources.random(n, seed)
  return sources.array("f64", tine.random(n, seed):sequential():totable())
end

sources.zip, sources.chain = stages.zip, stages.chain

-- Stages that say where an item failed: the first that finds one that does not know yet is its own.
local function sign(x, m)
  for _, item in ipairs(m.items) do
    if type(item.fail) == "table" and not item.fail.stage then item.fail.stage = x.op end
  end
end

-- The model of a node, kept with it. Raises a fault where the call is refused.
function plan.model(x)
  if not is_node(x) then return x end
  if x.known then return x.known end
  local args = { n = x.args.n }
  for i = 1, x.args.n do args[i] = plan.model(x.args[i]) end
  local m
  if x.base and x.op ~= "sub" then
    m = stages[x.op](plan.model(x.base), table.unpack(args, 1, args.n))
    if SIGNED[x.op] then sign(x, m) end
  elseif x.base then
    m = part(plan.model(x.base), table.unpack(args, 1, args.n))
  elseif x.op:sub(1, 2) == "__" then
    m = stages[x.op](table.unpack(args, 1, args.n))
  else
    m = sources[x.op](table.unpack(args, 1, args.n))
  end
  x.known = m
  return m
end

--------------------------------------------------------------------------------------------------------------------
-- Pipelines

local OPERATOR = {
  __add = "+", __sub = "-", __mul = "*", __div = "/", __idiv = "//", __mod = "%", __pow = "^", __band = "&",
  __bor = "|", __bxor = "~", __shl = "<<", __shr = ">>", __unm = "-", __bnot = "~",
}

local APPLY = {}
for event, operator in pairs(OPERATOR) do
  local unary = event == "__unm" or event == "__bnot"
  APPLY[event] = assert(load(("local a, b = ... return %s %s %s"):format(unary and "" or "a", operator,
    unary and "a" or "b")))
end

-- What a call is given: a kernel may be several of its arguments (expression/call.lua).
function plan.arguments(args)
  local out = { n = 0 }
  for i = 1, args.n do
    local x = args[i]
    local given = type(x) == "table" and x.hand and x:hand(i < args.n) or { n = 1, plan.build(x) }
    table.move(given, 1, given.n, out.n + 1, out)
    out.n = out.n + given.n
  end
  return out
end

function plan.build(x)
  if type(x) == "table" and x.pool then return plan.pools[x.pool] end
  if not is_node(x) then return x end
  if x.op == "array" then return tine.array(x.args[1], x.args[2]) end
  local args = plan.arguments(x.args)
  if APPLY[x.op] then return APPLY[x.op](table.unpack(args, 1, args.n)) end
  if not x.base then return tine[x.op](table.unpack(args, 1, args.n)) end
  local base = plan.build(x.base)
  if x.op == "cast" and tine.isarray(base) then base = tine.slice(base) end -- the array's own would come first
  return base[x.op](base, table.unpack(args, 1, args.n))
end

--------------------------------------------------------------------------------------------------------------------
-- Text that a user could run

local function number(x)
  if math.type(x) == "integer" then return x == math.mininteger and "math.mininteger" or tostring(x) end
  if x ~= x then return "0/0" end
  if x - x ~= 0 then return x > 0 and "math.huge" or "-math.huge" end
  local text = ("%.17g"):format(x)
  return text:find "[.e]" and text or text .. ".0"
end

local function list(values)
  local parts = {}
  for i, value in ipairs(values) do parts[i] = plan.text(value) end
  return "{" .. table.concat(parts, ", ") .. "}"
end

-- The arguments of a call, as text.
function plan.texts(args)
  local parts = {}
  for i = 1, args.n do
    local x = args[i]
    parts[i] = type(x) == "table" and x.show and x:show(plan.text, i < args.n) or plan.text(x)
  end
  return table.concat(parts, ", ")
end

function plan.text(x)
  if type(x) == "number" then return number(x) end
  if type(x) == "string" then return ("%q"):format(x) end
  if type(x) ~= "table" then return tostring(x) end
  if x.pool then return ("tine.pool { threads = %d }"):format(x.pool) end
  if not x.op then return list(x) end
  if OPERATOR[x.op] then
    local a, b = plan.text(x.args[1]), x.args.n > 1 and plan.text(x.args[2])
    return b and ("(%s %s %s)"):format(a, OPERATOR[x.op], b) or ("(%s %s)"):format(OPERATOR[x.op], a)
  end
  local call = ("%s(%s)"):format(x.op, plan.texts(x.args))
  if not x.base then return "tine." .. call end
  local slice = x.op == "cast" and x.base.op == "array"
  return ("%s:%s"):format(slice and ("tine.slice(%s)"):format(plan.text(x.base)) or plan.text(x.base), call)
end

return plan
