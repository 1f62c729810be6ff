-- Pipelines as lists of items in plain Lua, and what can go wrong with them.
--
-- A model is { kind, dtypes = { type of each column }, items, shape = see grid.lua }; an item is its values with
-- `at`, its position from 0. An item that fails is there too, with `fail` set and no values: whoever gets to it fails,
-- whoever does not, does not (semantics 8). `vague` marks one whose position the contract does not tell, and
-- `ordered` a model that only a loop from the first item on can make.

local grid = require "spec.lua.oracle.grid"
local kernels = require "spec.lua.oracle.kernels"
local tine = require "tine"
local types = require "spec.lua.oracle.types"

local items = {}

--------------------------------------------------------------------------------------------------------------------
-- Faults: raised by models, expected of the module

local Fault = {}

-- The run fails at an item.
function items.fail(item)
  error(setmetatable({ at = not item.vague and item.at or nil, why = item.fail }, Fault), 0)
end

-- The call is refused; with a message that contains the text, if there is one.
function items.refuse(text)
  error(setmetatable({ refused = true, text = text }, Fault), 0)
end

function items.is_fault(x) return getmetatable(x) == Fault end

-- Stops the generator, not the case: a stage that makes no sense here, or whose result the contract leaves open.
items.open = types.open

--------------------------------------------------------------------------------------------------------------------
-- Lists

-- 'fail' is true, or what the message will tell: { kernel =, reason =, stage = its name }.
function items.failed(at, vague, why) return { at = at, fail = why or true, vague = vague } end

local WEIGHT = { parallel = 1, bounded = 2, indexed = 3 }

function items.lower(a, b)
  return WEIGHT[a] < WEIGHT[b] and a or b
end

-- An indexed model of these items, in this order.
function items.indexed(dtypes, list)
  local out = {}
  for i, item in ipairs(list) do
    local copy = table.move(item, 1, #dtypes, 1, { at = i - 1, fail = item.fail, vague = item.vague })
    out[i] = copy
  end
  return { kind = "indexed", dtypes = dtypes, items = out, shape = grid.cells(#out) }
end

-- A model like m with other items, and other types if given.
function items.like(m, list, dtypes)
  return { kind = m.kind, dtypes = dtypes or m.dtypes, items = list, shape = m.shape, ordered = m.ordered }
end

-- A model of what fn makes of each item: its values, or nil where it fails, and why.
function items.each(m, dtypes, fn)
  local out = {}
  for i, item in ipairs(m.items) do
    if item.fail then
      out[i] = item
    else
      local values, why = fn(item)
      if values then values.at, values.vague = item.at, item.vague end
      out[i] = values or items.failed(item.at, item.vague, why)
    end
  end
  return items.like(m, out, dtypes)
end

-- As a sparse pipeline: the items of an indexed one that are left.
function items.sparse(m, list, dtypes)
  local out = items.like(m, list, dtypes)
  out.kind = items.lower(m.kind, "bounded")
  return out
end

-- What the method needs; all that know their count here are indexed, so "exact" is no kind of its own.
function items.need(m, kind)
  local known = kind == "exact" and "indexed" or kind
  if WEIGHT[m.kind] < WEIGHT[known] then items.refuse("needs an " .. kind) end
end

-- Raises the failure of the first failing item; otherwise the values of each column, and the positions.
function items.columns(m)
  local columns, ats = {}, {}
  for c = 1, #m.dtypes do columns[c] = {} end
  for i, item in ipairs(m.items) do
    if item.fail then items.fail(item) end
    ats[i] = item.at
    for c = 1, #m.dtypes do columns[c][i] = item[c] end
  end
  return columns, ats
end

--------------------------------------------------------------------------------------------------------------------
-- Kernels over columns and constants

-- Functions whose last bits are the module's own: what it gives for single values counts.
local borrowed = {}

local function borrow(name, arity)
  local kernel = tine.kernel(name)
  borrowed[name] = {
    arity = arity,
    result = function(a, b)
      if a == "bool" or b == "bool" or a == "f32" or b == "f32" then return nil end
      return "f64"
    end,
    apply = function(d, a, b)
      if arity == 1 then return kernel(types.to_float(d[1], a)) end
      return kernel(types.to_float(d[1], a), types.to_float(d[2], b))
    end,
  }
end

for _, name in ipairs { "cbrt", "exp", "log", "log2", "log10", "sin", "cos", "tan", "atan", "sinh", "cosh", "tanh" } do
  borrow(name, 1)
end
for _, name in ipairs { "pow", "atan2", "hypot" } do borrow(name, 2) end

-- bool is left out where the contract does not say what a kernel makes of it.
local BOOL = { ["and"] = true, ["or"] = true, xor = true, ["not"] = true, where = true, add = true, sub = true,
  mul = true, div = true, idiv = true, mod = true }

-- What each argument is: the columns picked (nil: all), then the constants; `first`: one constant before the columns.
-- Gives the types, a function that fetches the arguments of an item, and the type of the result.
function items.bind(m, picked, name, constants, first)
  if type(name) == "table" then return name:bind(m, picked) end -- expression/call.lua
  local kernel = kernels[name] or borrowed[name] or types.open("kernel " .. name)
  local dtypes, source = {}, {}
  if not picked then
    picked = {}
    for c = 1, #m.dtypes do picked[c] = c end
  end
  for i, c in ipairs(picked) do
    if not m.dtypes[c] then items.refuse() end
    dtypes[i], source[i] = m.dtypes[c], c
    if #constants > 0 and m.dtypes[c] ~= m.dtypes[picked[1]] then types.open "a constant beside many types" end
    if m.dtypes[c] == "bool" and not BOOL[name] then types.open "a bool column" end
  end
  local values = {}
  for _, constant in ipairs(constants) do
    local dtype, value = types.constant(dtypes[1], constant, kernel.keeps)
    local k = first and 1 or #dtypes + 1
    table.insert(dtypes, k, dtype)
    table.insert(source, k, false)
    values[k] = value
  end
  if #dtypes ~= kernel.arity then items.refuse() end
  local result = kernel.result(table.unpack(dtypes)) or types.open("no signature of " .. name)
  local function argument(item, k)
    if source[k] then return item[source[k]] end
    return values[k]
  end
  return result, function(item)
    return kernel.apply(dtypes, argument(item, 1), argument(item, 2), argument(item, 3))
  end
end

-- Splits the arguments of a method that takes [columns,] kernel, constants...
function items.picked(first, ...)
  if type(first) == "table" and not first.bind then return first, (...), { select(2, ...) } end
  return nil, first, { ... }
end

-- The item where the predicate holds for it, or where it fails; one that fails where the predicate does; else nil.
function items.passed(holds, item)
  if item.fail then return item end
  local yes, why = holds(item)
  if yes == nil then return items.failed(item.at, item.vague, why) end
  return yes and item or nil
end

-- A predicate, as a function of an item.
function items.predicate(m, picked, name, constants)
  local result, apply = items.bind(m, picked, name, constants)
  if result ~= "bool" then items.refuse() end
  return apply
end

return items
