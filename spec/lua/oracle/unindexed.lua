-- Adaptors that lose the index, or come after its loss, as lists of items: they are added to stages.lua.

local grid = require "spec.lua.oracle.grid"
local items = require "spec.lua.oracle.items"
local stages = require "spec.lua.oracle.stages"
local types = require "spec.lua.oracle.types"

local function without_last(list)
  return table.move(list, 1, #list - 1, 1, {})
end

local function masked(m)
  local out = {}
  if m.dtypes[#m.dtypes] ~= "bool" or #m.dtypes == 1 then items.refuse() end
  for _, item in ipairs(m.items) do
    if item.fail then
      out[#out + 1] = item
    elseif item[#m.dtypes] then
      local kept = without_last(item)
      kept.at, kept.vague = item.at, item.vague
      out[#out + 1] = kept
    end
  end
  return items.sparse(m, out, without_last(m.dtypes))
end

function stages.filter(m, ...)
  if select("#", ...) == 0 then return masked(m) end
  local holds, out = items.predicate(m, items.picked(...)), {}
  for _, item in ipairs(m.items) do
    out[#out + 1] = items.passed(holds, item)
  end
  return items.sparse(m, out)
end

function stages.positions(m, name, ...)
  items.need(m, "indexed")
  local holds, out = items.predicate(m, nil, name, { ... }), {}
  for i, item in ipairs(m.items) do
    local passed = items.passed(holds, item)
    out[#out + 1] = passed and (passed.fail and passed or { i, at = item.at })
  end
  return items.sparse(m, out, { "i64" })
end

function stages.take_while(m, ...)
  local holds, out = items.predicate(m, items.picked(...)), {}
  for _, item in ipairs(m.items) do
    local passed = items.passed(holds, item)
    out[#out + 1] = passed
    if not passed or passed.fail then break end
  end
  local result = items.sparse(m, out)
  result.ordered, result.shape = true, grid.ending(m.shape)
  return result
end

-- A pipeline counted anew, and unindexed: its positions are ranks. What failed below has no rank.
local function ranked(m, list)
  local out = {}
  for i, item in ipairs(list) do
    out[i] = table.move(item, 1, #m.dtypes, 1, { at = i - 1, fail = item.fail, vague = item.fail })
  end
  local result = items.sparse(m, out)
  result.ordered, result.shape = true, grid.ranks(#out)
  return result
end

-- The tail from the first item on for which the predicate does not hold; or that fails before.
local function tail(m, holds)
  local out, skipping = {}, true
  for _, item in ipairs(m.items) do
    local passed = skipping and items.passed(holds, item)
    skipping = passed and not passed.fail
    if not skipping then out[#out + 1] = passed or item end
  end
  return out
end

function stages.skip_while(m, ...)
  return ranked(m, tail(m, items.predicate(m, items.picked(...))))
end

function stages.take(m, n)
  local out = {}
  for _, item in ipairs(m.items) do
    if #out == n then break end
    out[#out + 1] = item
    if item.fail and m.kind ~= "indexed" then break end
  end
  if m.kind == "indexed" then return items.indexed(m.dtypes, out) end
  local result = ranked(m, out)
  result.kind = "bounded"
  return result
end

function stages.chain(a, ...)
  local models = { ... }
  for _, b in ipairs(models) do
    if table.concat(a.dtypes, " ") ~= table.concat(b.dtypes, " ") then items.refuse() end
    local out, plain = table.move(a.items, 1, #a.items, 1, {}), a.shape.kind == "cells"
    for _, item in ipairs(b.items) do
      out[#out + 1] = table.move(item, 1, #a.dtypes, 1,
        { at = a.shape.span + item.at, fail = item.fail, vague = item.vague or not plain })
    end
    a = { kind = items.lower(a.kind, b.kind), dtypes = a.dtypes, items = out, shape = grid.chained(a.shape, b.shape),
      ordered = a.ordered or b.ordered }
  end
  return a
end

--------------------------------------------------------------------------------------------------------------------
-- flat_map: repeat(x, n) and span(first, last)

local EXPANDERS = {}

EXPANDERS["repeat"] = {
  result = function(x, n) return types.is_integer(n) and x end,
  apply = function(x, n)
    if n < 0 or n > 4000 then items.open "how often" end
    local list = {}
    for i = 1, n do list[i] = x end
    return list
  end,
}

EXPANDERS.span = {
  result = function(a, b) return types.is_integer(a) and types.is_integer(b) and "i64" end,
  apply = function(first, last)
    local list = {}
    if last >= first and last - first > 4000 or last - first < -4000 then items.open "how many" end
    for i = first, last do list[#list + 1] = i end
    return list
  end,
}

function stages.flat_map(m, name, constant)
  local expander = EXPANDERS[name] or items.refuse()
  local arguments = #m.dtypes + (constant ~= nil and 1 or 0)
  if arguments ~= 2 then items.refuse() end
  local second = constant ~= nil and "i64" or m.dtypes[2]
  local dtype = expander.result(m.dtypes[1], second) or items.open "types of flat_map"
  local out = {}
  for _, item in ipairs(m.items) do
    if item.fail then out[#out + 1] = item else
      local list = expander.apply(item[1], constant ~= nil and constant or item[2])
      for _, value in ipairs(list) do out[#out + 1] = { value, at = item.at, vague = item.vague } end
      if #out > 6000 then items.open "too much" end
    end
  end
  return { kind = "parallel", dtypes = { dtype }, items = out, shape = grid.expanded(m.shape), ordered = m.ordered }
end

return stages
