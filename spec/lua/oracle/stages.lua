-- What each adaptor makes of a list of items, one after the other: name -> function(model, arguments...).
--
-- Arguments are as in Lua, with models in place of pipelines. Here stand the adaptors that give one item for each or
-- keep the index; unindexed.lua adds the others.

local casts = require "spec.lua.oracle.casts"
local grid = require "spec.lua.oracle.grid"
local items = require "spec.lua.oracle.items"
local reducer_of = require "spec.lua.oracle.reducers"
local types = require "spec.lua.oracle.types"

local stages = {}

local MAX_COLUMNS = 32

local function concat(a, b)
  local out = table.move(a, 1, #a, 1, {})
  return table.move(b, 1, #b, #out + 1, out)
end

local function positive(n)
  if n < 1 then items.refuse() end
end

--------------------------------------------------------------------------------------------------------------------
-- One item of each

function stages.map(m, name, ...)
  local result, apply = items.bind(m, nil, name, { ... })
  return items.each(m, { result }, function(item)
    local value, why = apply(item)
    if value == nil then return nil, why end
    return { value }
  end)
end

function stages.extend(m, ...)
  local columns, name, constants = items.picked(...)
  local result, apply = items.bind(m, columns, name, constants)
  if #m.dtypes == MAX_COLUMNS then items.refuse() end
  return items.each(m, concat(m.dtypes, { result }), function(item)
    local value, why = apply(item)
    if value == nil then return nil, why end
    return concat(item, { value })
  end)
end

function stages.select(m, ...)
  local columns, dtypes = { ... }, {}
  for i, c in ipairs(columns) do dtypes[i] = m.dtypes[c] or items.refuse() end
  return items.each(m, dtypes, function(item)
    local values = {}
    for i, c in ipairs(columns) do values[i] = item[c] end
    return values
  end)
end

function stages.cast(m, dtype, mode)
  local dtypes = {}
  for c = 1, #m.dtypes do dtypes[c] = dtype end
  return items.each(m, dtypes, function(item)
    local values = {}
    for c, from in ipairs(m.dtypes) do
      values[c] = casts.cast(from, dtype, item[c], mode)
      if values[c] == nil then return nil, {} end
    end
    return values
  end)
end

local function same(m) return m end
stages.min_len, stages.max_len, stages.sequential, stages.on = same, same, same, same

--------------------------------------------------------------------------------------------------------------------
-- Operators: a constant on either side, or two pipelines of one length

local function operator(name)
  return function(a, b)
    local first = type(a) ~= "table"
    local constant, m = first and a or b, first and b or a
    if type(constant) == "table" then return stages.map(stages.zip_eq(a, b), name) end
    local result, apply = items.bind(m, nil, name, { constant }, first)
    return items.each(m, { result }, function(item)
      local value = apply(item)
      if value ~= nil then return { value } end
    end)
  end
end

for _, name in ipairs { "add", "sub", "mul", "div", "idiv", "mod", "pow", "band", "bor", "bxor", "shl", "shr" } do
  stages["__" .. name] = operator(name)
end
function stages.__unm(m) return stages.map(m, "neg") end
function stages.__bnot(m) return stages.map(m, "bnot") end

--------------------------------------------------------------------------------------------------------------------
-- Indexed: item i is found without the others

local function zipped(n, ...)
  local models, dtypes, out = { ... }, {}, {}
  for _, m in ipairs(models) do dtypes = concat(dtypes, m.dtypes) end
  if #dtypes > MAX_COLUMNS then items.refuse() end
  for i = 1, n do
    local item, fail = {}, nil
    for _, m in ipairs(models) do
      local part = m.items[i]
      if part.fail then fail = fail == nil and part.fail or true else item = concat(item, part) end
    end
    out[i] = fail and { fail = fail } or item
  end
  return items.indexed(dtypes, out)
end

function stages.zip(...)
  local n = math.huge
  for _, m in ipairs { ... } do
    items.need(m, "indexed")
    n = math.min(n, #m.items)
  end
  return zipped(n, ...)
end

function stages.zip_eq(...)
  local n = #(...).items
  for _, m in ipairs { ... } do items.need(m, "indexed") end
  for _, m in ipairs { ... } do
    if #m.items ~= n then items.refuse() end
  end
  return zipped(n, ...)
end

-- An indexed stage whose items are those of its base at the places that `pick` lists.
local function rearranged(pick)
  return function(m, ...)
    items.need(m, "indexed")
    local out = {}
    pick(m.items, out, ...)
    return items.indexed(m.dtypes, out)
  end
end

stages.rev = rearranged(function(list, out)
  for i = #list, 1, -1 do out[#out + 1] = list[i] end
end)
stages.skip = rearranged(function(list, out, n)
  for i = n + 1, #list do out[#out + 1] = list[i] end
end)
local stepped = rearranged(function(list, out, k)
  for i = 1, #list, k do out[#out + 1] = list[i] end
end)

function stages.step_by(m, k)
  positive(k)
  return stepped(m, k)
end

function stages.enumerate(m)
  items.need(m, "indexed")
  local list = {}
  for i, item in ipairs(m.items) do
    list[i] = item.fail and item or concat({ i }, item)
  end
  return items.indexed(concat({ "i64" }, m.dtypes), list)
end

local function same_types(a, b)
  if table.concat(a.dtypes, " ") ~= table.concat(b.dtypes, " ") then items.refuse() end
end

local function interleaved(a, b, rest)
  items.need(a, "indexed")
  items.need(b, "indexed")
  same_types(a, b)
  local out, i = {}, 1
  while a.items[i] or b.items[i] do
    out[#out + 1] = a.items[i]
    if not rest and not b.items[i] then break end
    if not rest and not a.items[i] then break end
    out[#out + 1] = b.items[i]
    i = i + 1
  end
  return items.indexed(a.dtypes, out)
end

function stages.interleave(a, b) return interleaved(a, b, true) end
function stages.interleave_shortest(a, b) return interleaved(a, b, false) end

function stages.windows(m, k)
  positive(k)
  items.need(m, "indexed")
  if k > MAX_COLUMNS // #m.dtypes and k <= #m.items then items.refuse() end
  local dtypes, out = {}, {}
  for _ = 1, math.min(k, MAX_COLUMNS // #m.dtypes) do dtypes = concat(dtypes, m.dtypes) end
  for i = 1, #m.items - k + 1 do
    local window = {}
    for j = i, i + k - 1 do
      if m.items[j].fail then window.fail = true end
      window = window.fail and window or concat(window, m.items[j])
    end
    out[i] = window
  end
  return items.indexed(dtypes, out)
end

function stages.fold_chunks(m, n, name, init)
  positive(n)
  items.need(m, "indexed")
  local reducers, dtypes, out = {}, {}, {}
  for c, dtype in ipairs(m.dtypes) do reducers[c], dtypes[c] = reducer_of(dtype, name, init) end
  for first = 1, #m.items, n do
    local chunk = {}
    for c, reducer in ipairs(reducers) do
      local values = {}
      for i = first, math.min(first + n - 1, #m.items) do
        if m.items[i].fail then chunk.fail = true end
        if not chunk.fail then values[#values + 1] = reducer.enter(m.items[i][c]) end
      end
      if not chunk.fail then chunk[c] = reducer.finish(grid.sequence(values, reducer)) end
    end
    out[#out + 1] = chunk.fail and { fail = true } or chunk
  end
  return items.indexed(dtypes, out)
end

function stages.gather(m, array)
  items.need(m, "indexed")
  if #m.dtypes ~= 1 or not types.is_integer(m.dtypes[1]) then items.refuse() end
  return items.each(m, array.dtypes, function(item)
    local element = array.items[item[1]]
    return element and { element[1] }
  end)
end

return stages
