-- Random pipelines, as plans (plan.lua): a source and up to eight adaptors. draw_stages.lua says which there are.

local data = require "spec.lua.data"
local items = require "spec.lua.oracle.items"
local plan = require "spec.lua.oracle.plan"
local types = require "spec.lua.oracle.types"

local draw = { stages = {} } -- stages: filled by draw_stages.lua; name -> function(rng, node, model) = node or nil

local DTYPES = {
  "bool", "u8", "i8", "u16", "i16", "u32", "i32", "u64", "i64", "i64", "i64", "f32", "f32", "f64", "f64", "f64", "f64",
}

-- Lengths around those an implementation may cut at; mostly small, so that many cases take little time.
local SMALL = { 0, 1, 2, 3, 5, 7, 8, 16, 31, 32, 33, 63, 64, 65, 100, 129, 300 }
local LARGE = { 1023, 1024, 1025, 1025, 1500, 2047, 2048, 2049, 2100, 3073 }

function draw.length(rng)
  if rng:chance(0.85) then return rng:pick(SMALL) end
  if rng:chance(0.02) then return rng:int(4000, 5200) end
  return rng:pick(LARGE)
end

--------------------------------------------------------------------------------------------------------------------
-- Sources

-- Floats that differ in their last bits: what a variance may not lose.
local function near(rng, dtype, n)
  local middle, values = 2.0 ^ rng:int(0, 50), {}
  local noise = middle * 2.0 ^ -rng:int(15, 50)
  for i = 1, n do values[i] = types.round(dtype, middle + rng:int(-9, 9) * noise) end
  return values
end

-- An array of n values: floats of all magnitudes too, since their sums show the order of the additions.
function draw.array(rng, n, dtype)
  dtype = dtype or rng:pick(DTYPES)
  local kind = rng:pick { "small", "small", "wide", "corner" }
  if types.is_float(dtype) and rng:chance(0.2) then return plan.array(dtype, near(rng, dtype, n)) end
  if types.is_float(dtype) and rng:chance(0.5) then return plan.array(dtype, data.cancelling(rng, dtype, n)) end
  return plan.array(dtype, data.values(rng, dtype, n, kind))
end

-- A whole array, a slice or a view of a longer one.
function draw.slice(rng, n, dtype)
  local way = rng:int(1, 4)
  if way == 1 then return draw.array(rng, n, dtype) end
  if way == 2 then return plan.node("slice", nil, draw.array(rng, n, dtype)) end
  local before, after = rng:pick { 0, 1, 5 }, rng:pick { 0, 3 }
  if n == 0 then before = before + 1 end -- an empty range is one that ends before it begins
  local array, i = draw.array(rng, before + n + after, dtype), before + 1
  local j = rng:chance(0.3) and -1 - after or before + n
  if way == 3 then return plan.node("sub", array, i, j) end
  return plan.node("slice", nil, array, i, j)
end

local function range(rng, n)
  if rng:chance(0.3) then
    local first, step = rng:int(-40, 40) / 4, rng:pick { 0.25, 0.1, -0.5, 3.0 }
    return plan.node("range", nil, first, first + (n - 0.5) * step, step) -- half a step of slack
  end
  local step = rng:pick { 1, 1, 2, 7, -1, -3 }
  local first = rng:pick { 1, 1, rng:int(-1000, 1000) }
  if rng:chance(0.1) then first = step > 0 and math.maxinteger - n * step or math.mininteger - n * step end
  local slack = n > 0 and rng:int(0, math.abs(step) - 1) * (step > 0 and 1 or -1) or 0
  if step == 1 and rng:chance(0.5) then return plan.node("range", nil, first, first + n - 1) end
  return plan.node("range", nil, first, first + (n - 1) * step + slack, step)
end

local function rep(rng, n)
  local dtype, kind = rng:pick { "i64", "f64", "bool" }, rng:pick { "small", "corner" }
  return plan.node("rep", nil, data.values(rng, dtype, 1, kind)[1], n)
end

local function zip(rng, n)
  local list = {}
  for i = 1, rng:int(1, 3) do list[i] = draw.slice(rng, n + rng:pick { 0, 0, 0, 1, 40 }) end
  return plan.node("zip", nil, table.unpack(list))
end

local function chain(rng, n)
  local dtype, list, left = rng:pick(DTYPES), {}, n
  for i = 1, rng:int(1, 3) do
    local count = rng:int(0, left)
    list[i] = draw.slice(rng, count, dtype)
    left = left - count
  end
  return plan.node("chain", nil, table.unpack(list))
end

local function random(rng, n)
  return plan.node("random", nil, n, rng:int(0, 1000))
end

local function empty(rng)
  return plan.node("empty", nil, rng:pick(DTYPES))
end

local SOURCES = { range = range, rep = rep, zip = zip, chain = chain, random = random, empty = empty }

-- A source is named as often as it should come up.
draw.sources = { "range", "range", "range", "rep", "zip", "zip", "chain", "chain", "random", "empty" }

function draw.source(rng, n)
  if rng:chance(0.55) then return draw.slice(rng, n) end
  return SOURCES[rng:pick(draw.sources)](rng, n)
end

-- A pipeline with columns of these types: slices side by side.
function draw.columns(rng, dtypes, n)
  local list = {}
  for c, dtype in ipairs(dtypes) do list[c] = draw.slice(rng, n, dtype) end
  if #list == 1 then return list[1] end
  return plan.node("zip", nil, table.unpack(list))
end

--------------------------------------------------------------------------------------------------------------------
-- Stages

local MOST_VALUES = 12000

local function failing(model)
  for _, item in ipairs(model.items) do
    if item.fail then return true end
  end
end

-- Is the longer pipeline worth having? Failing items are wanted, but not in most cases: they hide what comes after.
local function welcome(rng, longer, model)
  local ok, m = pcall(plan.model, longer)
  if not ok then
    if items.is_fault(m) then return m.refused and rng:chance(0.05), true end
    if types.is_open(m) then return false end
    error(plan.text(longer) .. "\n" .. tostring(m), 0)
  end
  if #m.items * #m.dtypes > MOST_VALUES or #m.dtypes > 12 then return false end
  if failing(m) and not failing(model) and rng:chance(0.4) then return false end
  return #m.items > 0 or #model.items == 0 or rng:chance(0.4)
end

-- The pipeline with one more stage: draws until one fits. The second result tells that its call will be refused.
local function longer(rng, node)
  local model = plan.model(node)
  for _ = 1, 6 do
    local name = rng:pick(draw.names)
    local ok, next = pcall(draw.stages[name], rng, node, model)
    if not ok and not types.is_open(next) and not items.is_fault(next) then
      error(name .. ": " .. plan.text(node) .. "\n" .. tostring(next), 0)
    end
    if ok and next then
      local good, refused = welcome(rng, next, model)
      if good then return next, refused end
    end
  end
  return node
end

-- Any pipeline of up to `count` adaptors.
function draw.pipeline(rng, count, n)
  local node = draw.source(rng, n or draw.length(rng))
  for _ = 1, count do
    local next, refused = longer(rng, node)
    if refused then return next end
    node = next
  end
  return node
end

-- A pipeline of given types and about n items, with one more adaptor at times.
function draw.like(rng, model, n)
  local node = draw.columns(rng, model.dtypes, n or draw.length(rng))
  if rng:chance(0.6) then return node end
  local next = longer(rng, node)
  local ok, m = pcall(plan.model, next)
  return ok and table.concat(m.dtypes, " ") == table.concat(model.dtypes, " ") and next or node
end

return draw
