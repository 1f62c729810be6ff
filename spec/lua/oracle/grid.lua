-- The fixed order of a reduction's arithmetic (core/fold/README.md, "The grid"), in plain Lua.
--
-- A reducer is { cell(values, places) = an accumulator, combine(left, right) = an accumulator }; places in the cell
-- count from 0, nil for those of a sequence. A shape says which positions of a pipeline are folded how; all positions
-- count from 0:
--
--   { kind = "cells", first, span }   cells of 1024 positions from `first` on; an absent position adds nothing
--   { kind = "ranks", first, span }   the same, of a pipeline whose positions are ranks: it is never one with others
--   { kind = "leaves", first, span }  what stands at one position is a sequence of its own: the leaf of a tree
--   { kind = "pair", left, right }    two pipelines one after the other
--
-- `ends` is set where items may end before the positions do (take_while): what is chained behind has its own cells.
-- Nothing has a value where no item is; the other side of a combination is taken as it is then.

local grid = {}

local CELL, LANES = 1024, 32

-- Combines nodes { index, value }, ascending, in the tree of aligned pairs: 2i with 2i+1, then those.
local function tree(nodes, combine)
  while #nodes > 1 do
    local above, i = {}, 1
    while i <= #nodes do
      local a, b = nodes[i], nodes[i + 1]
      if b and b[1] >> 1 == a[1] >> 1 then
        above[#above + 1] = { a[1] >> 1, combine(a[2], b[2]) }
        i = i + 2
      else
        above[#above + 1] = { a[1] >> 1, a[2] }
        i = i + 1
      end
    end
    nodes = above
  end
  if nodes[1] then return nodes[1][2] end
end

-- left op right, or whichever of the two there is.
local function either(left, right, combine)
  if left == nil then return right end
  if right == nil then return left end
  return combine(left, right)
end

-- A cell in lanes: lane j takes items j, j+32, ... in order, or those at these places, then neighbouring lanes are
-- combined.
function grid.lanes(values, combine, places)
  local lanes, nodes = {}, {}
  for i = 1, #values do
    local j = (places and places[i] or i - 1) % LANES
    lanes[j] = either(lanes[j], values[i], combine)
  end
  for j = 0, LANES - 1 do
    if lanes[j] ~= nil then nodes[#nodes + 1] = { j, lanes[j] } end
  end
  return tree(nodes, combine)
end

-- Groups neighbouring entries whose `key` is the same: a list of { key, values, ats }.
local function groups(ats, values, key)
  local list, last = {}, nil
  for i = 1, #ats do
    local k = key(ats[i], i)
    if not last or last[1] ~= k then
      last = { k, {}, {} }
      list[#list + 1] = last
    end
    table.insert(last[2], values[i])
    table.insert(last[3], ats[i])
  end
  return list
end

local function folded(list, fold, combine)
  for _, group in ipairs(list) do group[2] = fold(group[2], group[3]) end
  return tree(list, combine)
end

-- Values one after the other, in cells by rank.
function grid.sequence(values, reducer)
  local list = groups(values, values, function(_, i) return (i - 1) // CELL end)
  return folded(list, function(of) return reducer.cell(of) end, reducer.combine)
end

--------------------------------------------------------------------------------------------------------------------
-- Prefixes (README.md, "Prefixes")

-- The initial value and then the largest aligned nodes of the tree over cells that together are all these.
local function before_cell(totals, combine, init)
  local p, first = init, 0
  for bit = 62, 0, -1 do
    local size = 1 << bit
    if #totals & size ~= 0 then
      local nodes = {}
      for i = first, first + size - 1 do nodes[#nodes + 1] = { i - first, totals[i + 1] } end
      p = either(p, tree(nodes, combine), combine)
      first = first + size
    end
  end
  return p
end

-- All prefixes: (what is before the cell op what is before the run of 32) op the run up to the item.
function grid.scan(values, combine, init)
  local out, totals = {}, {}
  for first = 1, #values, CELL do
    local p, r, w = before_cell(totals, combine, init), nil, nil
    for i = first, math.min(first + CELL - 1, #values) do
      if (i - first) % LANES == 0 then
        r, w = either(r, w, combine), values[i]
      else
        w = combine(w, values[i])
      end
      out[i] = either(either(p, r, combine), w, combine)
    end
    totals[#totals + 1] = either(r, w, combine)
  end
  return out
end

--------------------------------------------------------------------------------------------------------------------
-- Shapes of pipelines

-- The entries of a shape.
local function within(shape, ats, values)
  local some, of = {}, {}
  for i = 1, #ats do
    if ats[i] >= shape.first and ats[i] < shape.first + shape.span then
      some[#some + 1], of[#of + 1] = ats[i], values[i]
    end
  end
  return some, of
end

-- The values at the given positions, folded; nil where there are none.
function grid.fold(shape, ats, values, reducer)
  if shape.kind == "pair" then
    local left = grid.fold(shape.left, ats, values, reducer)
    local right = grid.fold(shape.right, ats, values, reducer)
    return either(left, right, reducer.combine)
  end
  ats, values = within(shape, ats, values)
  if shape.kind == "leaves" then
    local list = groups(ats, values, function(at) return at - shape.first end)
    return folded(list, function(of) return grid.sequence(of, reducer) end, reducer.combine)
  end
  local function cell(of, at)
    for i = 1, #at do at[i] = (at[i] - shape.first) % CELL end
    return reducer.cell(of, at)
  end
  return folded(groups(ats, values, function(at) return (at - shape.first) // CELL end), cell, reducer.combine)
end

function grid.cells(span) return { kind = "cells", first = 0, span = span } end
function grid.ranks(span) return { kind = "ranks", first = 0, span = span } end

local function moved(shape, by)
  if shape.kind == "pair" then
    return { kind = "pair", left = moved(shape.left, by), right = moved(shape.right, by), span = shape.span }
  end
  return { kind = shape.kind, first = shape.first + by, span = shape.span }
end

function grid.chained(a, b)
  local span = a.span + b.span
  if a.kind == "cells" and b.kind == "cells" and not a.ends then
    return { kind = "cells", first = 0, span = span, ends = b.ends }
  end
  return { kind = "pair", left = a, right = moved(b, a.span), span = span }
end

-- The shape of what may end before its last position.
function grid.ending(shape)
  if shape.kind ~= "cells" then return shape end
  return { kind = "cells", first = shape.first, span = shape.span, ends = true }
end

-- The shape of what gives any number of items for each of this shape.
function grid.expanded(shape)
  if shape.kind == "pair" then
    local left, right = grid.expanded(shape.left), grid.expanded(shape.right)
    return { kind = "pair", left = left, right = right, span = shape.span }
  end
  return { kind = "leaves", first = shape.first, span = shape.span }
end

--------------------------------------------------------------------------------------------------------------------
-- Reducers

-- Of an operation that is flagged commutative: by ranks.
function grid.reducer(combine)
  return { combine = combine, cell = function(values) return grid.lanes(values, combine) end }
end

-- Of one that is associative alone: neighbours, by ranks.
function grid.ordered(combine)
  return { combine = combine, cell = function(values)
    local nodes = {}
    for i = 1, #values do nodes[i] = { i - 1, values[i] } end
    return tree(nodes, combine)
  end }
end

-- By places.
local function placed(combine)
  return { combine = combine, cell = function(values, places) return grid.lanes(values, combine, places) end }
end

grid.sum = placed(function(a, b) return a + b end)
grid.product = placed(function(a, b) return a * b end)

-- Mean in two parts and squared distances: a cell is gone over twice, stretches are combined after Chan, Golub and
-- LeVeque (core/fold/fold_moments.c tells why).
grid.moments = {
  cell = function(values, places)
    local n, distance, squares = #values, {}, {}
    local mean = grid.sum.cell(values, places) / n
    for i = 1, n do distance[i] = values[i] - mean end
    local off = grid.sum.cell(distance, places)
    for i = 1, n do squares[i] = distance[i] * distance[i] end
    local low = off / n
    return { n = n, mean = mean, low = low, m2 = grid.sum.cell(squares, places) - off * low }
  end,
  combine = function(left, right)
    local a, b = left.n * 1.0, right.n * 1.0
    local share = b / (a + b)
    local d = (right.mean - left.mean) + (right.low - left.low)
    local step = left.low + d * share
    local mean = left.mean + step
    local took = mean - left.mean
    return {
      n = left.n + right.n,
      mean = mean,
      low = (left.mean - (mean - took)) + (step - took),
      m2 = left.m2 + (right.m2 + d * d * (a * share)),
    }
  end,
}

return grid
