-- Terminals that need not see every item, and those that give items back to Lua: they are added to ends.lua.

local ends = require "spec.lua.oracle.ends"
local items = require "spec.lua.oracle.items"
local order = require "spec.lua.oracle.order"

-- The index of the first match in the order of the loop; nil if there is none. Fails as the loop would.
local function search(m, holds, from, to, step)
  for i = from, to, step do
    local passed = items.passed(holds, m.items[i])
    if passed and passed.fail then items.fail(passed) elseif passed then return i end
  end
end

local function first(m, holds) return search(m, holds, 1, #m.items, 1) end

-- A loop from the end, where each position gives one item at most whatever came before; else one over all items.
local function last(m, holds)
  if m.shape.kind == "cells" and not m.ordered then return search(m, holds, #m.items, 1, -1) end
  local found, i = nil, 0
  repeat
    i = search(m, holds, i + 1, #m.items, 1)
    found = i or found
  until not i
  return found
end

function ends.any(m, name, ...)
  return first(m, items.predicate(m, nil, name, { ... })) ~= nil
end

function ends.all(m, name, ...)
  local holds = items.predicate(m, nil, name, { ... })
  return first(m, function(item)
    local yes, why = holds(item)
    if yes == nil then return nil, why end
    return not yes
  end) == nil
end

local function unpacked(m, i)
  if i then return table.unpack(m.items[i], 1, #m.dtypes) end
end

-- Which match `any` gives is free: there is one in the results where `first` has one. Where there are failures, too,
-- which comes first is free.
local function anywhere(m, holds)
  local found, failing = {}, false
  for i, item in ipairs(m.items) do
    local passed = items.passed(holds, item)
    failing = failing or passed and passed.fail
    if passed and not passed.fail then found[#found + 1] = i end
  end
  if failing and #found > 0 then items.open "a match and a failure" end
  first(m, holds)
  return found
end

-- Results of which any may be given: { any = { results... } }.
local function choice(found, results)
  if #found == 0 then return nil end
  local list = {}
  for k, i in ipairs(found) do list[k] = table.pack(results(i)) end
  return { any = list }
end

function ends.find_first(m, name, ...) return unpacked(m, first(m, items.predicate(m, nil, name, { ... }))) end
function ends.find_last(m, name, ...) return unpacked(m, last(m, items.predicate(m, nil, name, { ... }))) end
function ends.find_any(m, name, ...)
  return choice(anywhere(m, items.predicate(m, nil, name, { ... })), function(i) return unpacked(m, i) end)
end

function ends.position_first(m, name, ...)
  items.need(m, "indexed")
  return first(m, items.predicate(m, nil, name, { ... }))
end
function ends.position_last(m, name, ...)
  items.need(m, "indexed")
  return last(m, items.predicate(m, nil, name, { ... }))
end
function ends.position_any(m, name, ...)
  items.need(m, "indexed")
  return choice(anywhere(m, items.predicate(m, nil, name, { ... })), function(i) return i end)
end

--------------------------------------------------------------------------------------------------------------------
-- Two pipelines in step: an item of each, until they differ

-- What decides: the results of order.compare for the first items that are not ==, or of the lengths. The lengths of
-- indexed pipelines are known before any item is.
local function compared(a, b)
  if #a.dtypes ~= #b.dtypes then items.refuse() end
  local fails = false
  for i = 1, math.max(#a.items, #b.items) do
    local x, y = a.items[i], b.items[i]
    fails = fails or (x or y).fail or (y or x).fail
    if fails and #a.items ~= #b.items then items.open "a failure, where the lengths may decide" end
    if x and x.fail then items.fail(x) elseif y and y.fail then items.fail(y) end
    if not x or not y then return x and 1 or -1 end
    for c = 1, #a.dtypes do
      local s = order.compare(a.dtypes[c], x[c], b.dtypes[c], y[c])
      if s ~= 0 then return s end
    end
  end
  return 0
end

function ends.eq(a, b) return compared(a, b) == 0 end
function ends.cmp(a, b) return compared(a, b) end

--------------------------------------------------------------------------------------------------------------------
-- Items as Lua values: a list for each column

function ends.totable(m)
  return table.unpack((items.columns(m)))
end

-- A loop over all items, or one that breaks after so many; nothing where there are none.
function ends.each(m, limit)
  local columns = {}
  for i, item in ipairs(m.items) do
    if i > (limit or #m.items) then break end
    if item.fail then items.fail(item) end
    for c = 1, #m.dtypes do
      columns[c] = columns[c] or {}
      columns[c][i] = item[c]
    end
  end
  return table.unpack(columns)
end

ends.iter = ends.each

return ends
