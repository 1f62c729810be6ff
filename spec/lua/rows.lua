-- Items as plain Lua: a list of rows, each a list of values, one a column. Adaptors are checked against loops over
-- rows, and whatever a pipeline is, all ways back to Lua must agree.

local assert = require "luassert"
local data = require "spec.lua.data"
local helper = require "spec.lua.helper"
local tine = require "tine"

local rows = {}

-- Lengths around blocks and cells of 1024 items, and the shortest.
rows.LENGTHS = { 0, 1, 2, 3, 31, 32, 33, 1023, 1024, 1025, 2049, 5000 }

-- Columns (tables or arrays) as rows.
function rows.of(...)
  local columns, list = table.pack(...), {}
  for c = 1, columns.n do columns[c] = helper.totable(columns[c]) end
  for i = 1, #columns[1] do
    local row = {}
    for c = 1, columns.n do row[c] = columns[c][i] end
    list[i] = row
  end
  return list
end

-- n random rows of these types; their pipeline, and the arrays underneath.
function rows.random(rng, dtypes, n, kind)
  local arrays = {}
  for c, dtype in ipairs(dtypes) do arrays[c] = tine.array(dtype, data.values(rng, dtype, n, kind or "small")) end
  return rows.of(table.unpack(arrays)), tine.zip(table.unpack(arrays)), arrays
end

-- The rows for which keep(row, i) holds.
function rows.where(list, keep)
  local kept = {}
  for i, row in ipairs(list) do
    if keep(row, i) then kept[#kept + 1] = row end
  end
  return kept
end

-- Rows first to last of a list.
function rows.part(list, first, last)
  return table.move(list, first, last, 1, {})
end

local function columns_of(list, count)
  local columns = {}
  for c = 1, count do
    columns[c] = {}
    for i, row in ipairs(list) do columns[c][i] = row[c] end
  end
  return columns
end

local function check_columns(dtypes, expected, label, ...)
  assert.equal(#dtypes, select("#", ...), label)
  for c, dtype in ipairs(dtypes) do
    local array = select(c, ...)
    assert.equal(dtype, array:dtype(), label)
    assert.bits(expected[c], array, ("%s, column %d"):format(label, c))
  end
end

local function check_row(expected, i, ...)
  local row = expected[i] or error(("more than %d items"):format(#expected))
  if #row ~= select("#", ...) then error(("item %d has %d columns"):format(i, select("#", ...))) end
  for c = 1, #row do
    if not helper.same(row[c], (select(c, ...))) then
      error(("item %d, column %d: expected %s, got %s"):format(i, c, row[c], (select(c, ...))))
    end
  end
end

-- Every way in which a pipeline gives its items gives these rows, with these element types.
function rows.check(dtypes, expected, p, label)
  label = label or tostring(p)
  local columns, seen = columns_of(expected, #dtypes), 0
  check_columns(dtypes, columns, label, p:collect())
  local tables = table.pack(p:totable())
  for c = 1, #dtypes do assert.bits(columns[c], tables[c], label .. ", totable") end
  p:each(function(...)
    seen = seen + 1
    check_row(expected, seen, ...)
  end)
  assert.equal(#expected, seen, label .. ", each")
  seen = 0
  local f, s, v, closing <close> = p:iter() -- luacheck: ignore closing
  local function step(...)
    if select("#", ...) == 1 and ... == nil then return false end
    seen = seen + 1
    check_row(expected, seen, ...)
    return true
  end
  while step(f(s, v)) do v = nil end
  assert.equal(#expected, seen, label .. ", iter")
  rows.check_counts(#expected, p, label)
end

function rows.check_counts(n, p, label)
  local lower, upper = p:bounds()
  assert.equal(n, p:count(), label)
  assert.is_true(lower <= n and (upper == nil or n <= upper), label .. ", bounds")
  assert.equal(p:kind() == "parallel", upper == nil, label)
  if p:kind() == "exact" or p:kind() == "indexed" then
    assert.same({ n, n, n }, { p:len(), lower, upper }, label)
  else
    assert.raises("'len' needs an exact pipeline; stage", function() return p:len() end)
  end
end

-- As check, and collect on every schedule.
function rows.check_schedules(dtypes, expected, p, pools)
  rows.check(dtypes, expected, p)
  local columns = columns_of(expected, #dtypes)
  for _, schedule in ipairs(helper.schedules(p, pools)) do
    check_columns(dtypes, columns, schedule[1], schedule[2]:collect())
  end
end

return rows
