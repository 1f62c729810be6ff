-- Random compositions of adaptors, each built twice: as a pipeline and, by loops, as rows.
--
-- A case is { p = pipeline, list = its rows, width = columns, kind = its kind, text = how it was built }. All columns
-- are i64 with small values, so that there is nothing to say about types and rounding; oracle/ has those.

local rows = require "spec.lua.rows"

local compose = {}

local STAGES = 6
local MOST_ROWS, MOST_COLUMNS = 6000, 6

local function source(rng, width, n)
  local dtypes = {}
  for c = 1, width do dtypes[c] = "i64" end
  n = n or rng:pick { 0, 1, 2, 31, 100, 1023, 1024, 1025, 2100 }
  local list, p = rows.random(rng, dtypes, n)
  return { p = p, list = list, width = width, kind = "indexed", text = ("%d x %d"):format(n, width) }
end

local function joined(a, b)
  return table.move(b, 1, #b, #a + 1, table.move(a, 1, #a, 1, {}))
end

local function lowest(a, b)
  for _, kind in ipairs { "parallel", "bounded", "exact" } do
    if a == kind or b == kind then return kind end
  end
  return "indexed"
end

-- Each gives the new pipeline, rows, width and kind; nil where the stage does not fit.
local stages, needs_index = {}, {}

local COMPARE = {
  gt = function(x, y) return x > y end, le = function(x, y) return x <= y end, ne = function(x, y) return x ~= y end,
}

local function predicate(rng, width)
  local name, c, limit = rng:pick { "gt", "le", "ne" }, rng:int(1, width), rng:int(-9, 9)
  return { c }, name, limit, function(row) return COMPARE[name](row[c], limit) end
end

function stages.filter(rng, case)
  local columns, name, limit, holds = predicate(rng, case.width)
  if rng:chance(0.3) then
    return case.p:extend(columns, name, limit):filter(), rows.where(case.list, holds), case.width,
      lowest(case.kind, "bounded")
  end
  return case.p:filter(columns, name, limit), rows.where(case.list, holds), case.width, lowest(case.kind, "bounded")
end

local function first_against(list, holds)
  for i, row in ipairs(list) do
    if not holds(row) then return i end
  end
  return #list + 1
end

-- Ends at a random place rather than at once: the test is about a number that comes late.
local function late(rng, case)
  local columns, name, limit, holds = predicate(rng, case.width)
  if rng:chance(0.7) and #case.list > 0 then
    local c, row = columns[1], case.list[rng:int(1, #case.list)]
    name, limit = "ne", row[c]
    holds = function(other) return other[c] ~= row[c] end
  end
  return columns, name, limit, first_against(case.list, holds)
end

function stages.take_while(rng, case)
  local columns, name, limit, k = late(rng, case)
  return case.p:take_while(columns, name, limit), rows.part(case.list, 1, k - 1), case.width,
    lowest(case.kind, "bounded")
end

function stages.skip_while(rng, case)
  local columns, name, limit, k = late(rng, case)
  return case.p:skip_while(columns, name, limit), rows.part(case.list, k, #case.list), case.width,
    lowest(case.kind, "bounded")
end

function stages.flat_map(rng, case)
  local c, list = rng:int(1, case.width), {}
  for _, row in ipairs(case.list) do
    for _ = 1, row[c] & 3 do list[#list + 1] = { row[c] } end
  end
  return case.p:extend({ c }, "band", 3):select(c, case.width + 1):flat_map "repeat", list, 1, "parallel"
end

function stages.take(rng, case)
  local n = rng:pick { 0, 1, 100, 1024, rng:int(0, #case.list + 1) }
  local kind = case.kind == "indexed" and "indexed" or "bounded"
  return case.p:take(n), rows.part(case.list, 1, math.min(n, #case.list)), case.width, kind
end

function stages.map(rng, case)
  local k, list = rng:int(-5, 5), {}
  if case.width > 2 then return nil end
  for i, row in ipairs(case.list) do list[i] = { case.width == 2 and row[1] - row[2] or row[1] + k } end
  return case.width == 2 and case.p:map "sub" or case.p:map("add", k), list, 1, case.kind
end

function stages.extend(rng, case)
  local a, b, list = rng:int(1, case.width), rng:int(1, case.width), {}
  for i, row in ipairs(case.list) do list[i] = joined(row, { row[a] - row[b] }) end
  return case.p:extend({ a, b }, "sub"), list, case.width + 1, case.kind
end

function stages.select(rng, case)
  local columns, list = {}, {}
  for c = 1, rng:int(1, 3) do columns[c] = rng:int(1, case.width) end
  for i, row in ipairs(case.list) do
    list[i] = {}
    for k, c in ipairs(columns) do list[i][k] = row[c] end
  end
  return case.p:select(table.unpack(columns)), list, #columns, case.kind
end

function stages.chain(rng, case)
  local other = source(rng, case.width)
  if rng:chance(0.5) then
    other.p, other.list, other.width, other.kind = stages.filter(rng, other)
  end
  if rng:chance(0.5) then case, other = other, case end
  return case.p:chain(other.p), joined(case.list, other.list), case.width, lowest(case.kind, other.kind)
end

function stages.schedule(rng, case)
  local p = rng:chance(0.5) and case.p:on(rng:pick(compose.pools)) or case.p:max_len(rng:int(1, 2000))
  return p, case.list, case.width, case.kind
end

function needs_index.enumerate(_, case)
  local list = {}
  for i, row in ipairs(case.list) do list[i] = joined({ i }, row) end
  return case.p:enumerate(), list, case.width + 1, "indexed"
end

function needs_index.rev(_, case)
  local list = {}
  for i, row in ipairs(case.list) do list[#case.list + 1 - i] = row end
  return case.p:rev(), list, case.width, "indexed"
end

function needs_index.skip(rng, case)
  local n = rng:pick { 0, 1, 100, 1024, rng:int(0, #case.list + 1) }
  return case.p:skip(n), rows.part(case.list, n + 1, #case.list), case.width, "indexed"
end

function needs_index.step_by(rng, case)
  local k = rng:pick { 1, 2, 3, 7, 1024 }
  return case.p:step_by(k), rows.where(case.list, function(_, i) return (i - 1) % k == 0 end), case.width, "indexed"
end

function needs_index.interleave(rng, case)
  local other, list = source(rng, case.width), {}
  local shortest = rng:chance(0.5)
  for i = 1, math.max(#case.list, #other.list) do
    if shortest and not case.list[i] then break end
    list[#list + 1] = case.list[i]
    if shortest and not other.list[i] then break end
    list[#list + 1] = other.list[i]
  end
  return shortest and case.p:interleave_shortest(other.p) or case.p:interleave(other.p), list, case.width, "indexed"
end

function needs_index.zip(rng, case)
  local other, list = source(rng, 1), {}
  for i = 1, math.min(#case.list, #other.list) do list[i] = joined(case.list[i], other.list[i]) end
  return case.p:zip(other.p), list, case.width + 1, "indexed"
end

function needs_index.windows(rng, case)
  local k, list = rng:int(1, 3), {}
  for i = 1, #case.list - k + 1 do
    list[i] = {}
    for j = 0, k - 1 do list[i] = joined(list[i], case.list[i + j]) end
  end
  return case.p:windows(k), list, case.width * k, "indexed"
end

function needs_index.fold_chunks(rng, case)
  local n, list = rng:pick { 1, 2, 7, 1000, 1024, 3000 }, {}
  for i, row in ipairs(case.list) do
    local chunk = (i - 1) // n + 1
    list[chunk] = list[chunk] or {}
    for c = 1, case.width do list[chunk][c] = (list[chunk][c] or 0) + row[c] end
  end
  return case.p:fold_chunks(n, "add"), list, case.width, "indexed"
end

function needs_index.positions(rng, case)
  local limit, list = rng:int(-9, 9), {}
  for i, row in ipairs(case.list) do
    if row[1] > limit then list[#list + 1] = { i } end
  end
  return case.p:select(1):positions("gt", limit), list, 1, "bounded"
end

function needs_index.gather(rng, case)
  local from, list = source(rng, 1, 8), {}
  local array = from.p:collect()
  for i, row in ipairs(case.list) do list[i] = { array[(row[1] & 7) + 1] } end
  return case.p:select(1):map("band", 7):map("add", 1):gather(array), list, 1, "indexed"
end

local function names_of(...)
  local names = {}
  for _, set in ipairs { ... } do
    for name in pairs(set) do names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

local ANY, ALL = names_of(stages), names_of(stages, needs_index)

local function step(rng, case)
  local name = rng:pick(case.kind == "indexed" and ALL or ANY)
  local p, list, width, kind = (stages[name] or needs_index[name])(rng, case)
  if not p or #list > MOST_ROWS or width > MOST_COLUMNS then return case end
  return { p = p, list = list, width = width, kind = kind, text = case.text .. " | " .. name }
end

-- A source and up to six stages; compose.pools is to be set.
function compose.case(rng)
  local case = source(rng, rng:int(1, 2))
  for _ = 1, rng:int(0, STAGES) do case = step(rng, case) end
  return case
end

return compose
