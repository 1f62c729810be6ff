-- Pipelines in plain Lua: what every stage makes of its items, one item after the other.
--
-- A model is { n = items, columns = { { dtype, values } ... }, fail = lowest failing item or nil }. After a failure the
-- values from `fail` on are absent: what the item-by-item loop would have done before it is all that exists
-- (semantics 8, 17).

local kernels = require "spec.lua.oracle.kernels"
local types = require "spec.lua.oracle.types"

local pipeline = {}

function pipeline.source(dtype, values)
  return { n = #values, columns = { { dtype = dtype, values = values } } }
end

-- Items that can be computed: all, or those before the failing one.
local function computable(model)
  return model.fail and model.fail - 1 or model.n
end

local function column_types(model)
  local list = {}
  for i, column in ipairs(model.columns) do list[i] = column.dtype end
  return list
end

-- The arguments of a kernel: the columns first, then the constants in the type of the first column.
local function arguments(model, kernel, constants)
  local dtypes, values = column_types(model), {}
  for i, constant in ipairs(constants) do
    local dtype, value = types.constant(model.columns[1].dtype, constant, kernel.keeps)
    dtypes[#dtypes + 1], values[i] = dtype, value
  end
  return dtypes, values
end

-- The type `map(name, ...)` would give, or nil where the kernel does not take these columns.
function pipeline.result_type(model, name, constants)
  local kernel = kernels[name]
  local dtypes = arguments(model, kernel, constants)
  return #dtypes == kernel.arity and kernel.result(table.unpack(dtypes)) or nil
end

function pipeline.map(model, name, constants, constant_first)
  local kernel = kernels[name]
  local dtypes, rest = arguments(model, kernel, constants)
  local a, b, c = model.columns[1], model.columns[2], model.columns[3]
  local out, result = {}, { n = model.n, fail = model.fail }
  if constant_first then dtypes[1], dtypes[2] = dtypes[2], dtypes[1] end
  for i = 1, computable(model) do
    local x = a.values[i]
    local y, z
    if b then y = b.values[i] else y = rest[1] end
    if c then z = c.values[i] else z = rest[b and 1 or 2] end
    if constant_first then x, y = y, x end
    local value = kernel.apply(dtypes, x, y, z)
    if value == nil then
      result.fail = i
      break
    end
    out[i] = value
  end
  result.columns = { { dtype = kernel.result(table.unpack(dtypes)), values = out } }
  return result
end

function pipeline.cast(model, dtype)
  local result = { n = model.n, fail = model.fail, columns = {} }
  for k, column in ipairs(model.columns) do
    local out = {}
    for i = 1, computable(result) do
      local value = types.cast(column.dtype, dtype, column.values[i])
      if value == nil then
        result.fail = i
        break
      end
      out[i] = value
    end
    result.columns[k] = { dtype = dtype, values = out }
  end
  return result
end

function pipeline.take(model, n)
  local result = { n = math.min(n, model.n), columns = {} }
  if model.fail and model.fail <= result.n then result.fail = model.fail end
  for k, column in ipairs(model.columns) do
    result.columns[k] = { dtype = column.dtype, values = table.move(column.values, 1, computable(result), 1, {}) }
  end
  return result
end

-- The shortest side decides; what a longer side holds beyond it, its failures too, does not exist (semantics 14).
function pipeline.zip(...)
  local models, n = { ... }, math.huge
  for _, model in ipairs(models) do n = math.min(n, model.n) end
  local result = { n = n, columns = {} }
  for _, model in ipairs(models) do
    if model.fail and model.fail <= n then result.fail = math.min(result.fail or n, model.fail) end
  end
  for _, model in ipairs(models) do
    for _, column in ipairs(pipeline.take(model, n).columns) do
      result.columns[#result.columns + 1] = column
    end
  end
  return result
end

return pipeline
