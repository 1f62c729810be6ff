-- What stands in plans (plan.lua) where a kernel is expected: an expression, or a kernel by its name with constants.
--
-- Each has bind(m, picked), as items.bind; reducer(dtype, init), as reducers.lua, if it folds; hand(more), what a call
-- is given for it, `more` if there are further arguments; show(value), the same as text; smaller(add).

local binding = require "spec.lua.oracle.expression.binding"
local grid = require "spec.lua.oracle.grid"
local items = require "spec.lua.oracle.items"
local tine = require "tine"
local tree = require "spec.lua.oracle.expression.tree"
local types = require "spec.lua.oracle.types"

local call = {}

-- An item's value, or nil and what the message says of it.
local function telling(name, eval)
  return function(item)
    local value, why = eval(item)
    if value == nil then return nil, { kernel = name, reason = why } end
    return value
  end
end

local function all_columns(m)
  local list = {}
  for c = 1, #m.dtypes do list[c] = c end
  return list
end

local function types_of(m, columns)
  local dtypes = {}
  for k, c in ipairs(columns) do dtypes[k] = m.dtypes[c] or items.refuse() end
  return dtypes
end

--------------------------------------------------------------------------------------------------------------------
-- Expressions: { root = tree, kept = it is made a kernel first, commutative = that one promises so }

local expression = {}
expression.__index = expression

function call.expression(root, kept, commutative)
  return setmetatable({ root = root, kept = kept, commutative = commutative }, expression)
end

-- As messages have it.
local NAME <const> = 57
function expression:name()
  local text = tree.text(self.root)
  return #text > NAME and text:sub(1, NAME) .. "..." or text
end

function expression:inputs()
  local read = {}
  tree.each(self.root, function(node) if node.input then read[node.input] = true end end)
  return read
end

-- The same where input k is number place[k].
function expression:renumbered(place)
  return call.expression(tree.renumbered(self.root, place), self.kept, self.commutative)
end

function expression:bind(m, picked)
  local columns, read = picked or all_columns(m), self:inputs()
  if not next(read) then items.refuse() end
  for k in pairs(read) do
    if k > #columns then items.refuse(("reads input %d of %d"):format(k, #columns)) end
  end
  for k = 1, picked and #columns or 0 do
    if not read[k] then items.refuse(("does not read input %d of %d"):format(k, #columns)) end
  end
  local result = tree.meaning(self.root, types_of(m, columns), columns)
  return result.dtype, telling(self:name(), result.eval)
end

-- The type of which both inputs and the result are, and the meaning for it.
local function fixed(root, dtype)
  for _ = 1, 3 do
    local result = tree.meaning(root, { dtype, dtype }, { 1, 2 })
    if result.dtype == dtype then return dtype, result end
    if not binding.promotes(dtype, result.dtype) then break end
    dtype = result.dtype
  end
  items.refuse "needs a kernel that gives the type it takes"
end

function expression:reducer(dtype, init)
  if not next(self:inputs()) then items.open "a fold of nothing" end
  local kind = init ~= nil and binding.kind(init)
  if kind == "i64" and init < 0 and dtype == "u64" then kind = "u64" end
  local wider = kind == "f64" and not types.is_float(dtype) and dtype ~= "bool"
  local to, result = fixed(self.root, wider and "f64" or dtype)
  local function combine(a, b)
    local value = result.eval { a, b }
    if value == nil then items.open "a fold that fails" end
    return value
  end
  local reducer = self.commutative and grid.reducer(combine) or grid.ordered(combine)
  if init ~= nil then
    local fits, value = binding.constant(kind, init, to)
    if not fits then items.refuse() end
    reducer.init = value
  end
  local convert = binding.conversion(dtype, to)
  function reducer.enter(x)
    if convert then return convert(x) end
    return x
  end
  function reducer.finish(acc)
    if init == nil then return acc end
    if acc == nil then return reducer.init end
    return combine(reducer.init, acc)
  end
  return reducer, to
end

local PROMISES = { associative = true, commutative = true }

function expression:hand(more)
  local values = tree.values(self.root)
  for name, value in pairs(values or {}) do
    if type(value) == "table" then values[name] = tine.array(value.dtype, value.values) end
  end
  local text = tree.text(self.root)
  if self.kept then return { n = 1, tine.kernel(text, values, self.commutative and PROMISES or nil) } end
  return { n = (values or more) and 2 or 1, text, values }
end

function expression:show(value, more)
  local values, parts = tree.values(self.root), {}
  for name, x in pairs(values or {}) do
    parts[#parts + 1] = ("%s = %s"):format(name, type(x) ~= "table" and value(x)
      or ("tine.array(%q, %s)"):format(x.dtype, value(x.values)))
  end
  table.sort(parts)
  local text = ("%q"):format(tree.text(self.root))
  if values then text = ("%s, { %s }"):format(text, table.concat(parts, ", ")) end
  if not self.kept then return (values or not more) and text or text .. ", nil" end
  local promises = self.commutative and (values and "" or ", nil") .. ", { associative = true, commutative = true }"
  return ("tine.kernel(%s%s)"):format(text, promises or "")
end

function expression:smaller(add)
  if self.kept and not self.commutative then add(call.expression(self.root)) end
  tree.smaller(self.root, function(root) add(call.expression(root, self.kept, self.commutative)) end)
end

--------------------------------------------------------------------------------------------------------------------
-- Kernels by name: { kernel = name, constants = list }

local named = {}
named.__index = named

function call.named(kernel, ...)
  return setmetatable({ kernel = kernel, constants = { ... } }, named)
end

function named:bind(m, picked)
  local columns, args = picked or all_columns(m), {}
  for k, dtype in ipairs(types_of(m, columns)) do
    local column = columns[k]
    args[k] = { dtype = dtype, eval = function(item) return item[column] end }
  end
  for _, value in ipairs(self.constants) do args[#args + 1] = { dtype = binding.kind(value), value = value } end
  args = binding.adapt(args)
  local signature = binding.choose(self.kernel, args) or items.refuse()
  return signature.out, telling(self.kernel, tree.applied(signature, args))
end

function named:hand()
  return { n = 1 + #self.constants, self.kernel, table.unpack(self.constants) }
end

function named:show(value)
  local parts = { ("%q"):format(self.kernel) }
  for k, x in ipairs(self.constants) do parts[k + 1] = value(x) end
  return table.concat(parts, ", ")
end

function named:smaller(add)
  for k, x in ipairs(self.constants) do
    if math.type(x) == "integer" and x ~= 1 then
      local constants = table.move(self.constants, 1, #self.constants, 1, {})
      constants[k] = 1
      add(call.named(self.kernel, table.unpack(constants)))
    end
  end
end

return call
