-- Random sources, each built twice: as a pipeline of the module and as a model in plain Lua.
--
-- A case is { p = the pipeline, model = see pipeline.lua, text = how a user would write it }.

local data = require "spec.lua.data"
local pipeline = require "spec.lua.oracle.pipeline"
local tine = require "tine"

local sources = {}

local DTYPES = {
  "bool", "u8", "i8", "u16", "i16", "u32", "i32", "u64", "i64", "i64", "f32", "f32", "f64", "f64", "f64",
}

-- Lengths around the powers of two an implementation may cut at.
local LENGTHS = {
  0, 1, 2, 3, 5, 7, 8, 16, 31, 32, 33, 63, 64, 65, 100, 127, 129, 255, 257, 500, 1000, 1023, 1024, 1025,
}

function sources.length(rng)
  if rng:chance(0.03) then return rng:int(2000, 5000) end
  return rng:pick(LENGTHS)
end

-- A constant as text that reads back exactly.
function sources.show(value)
  if math.type(value) == "float" then return ("%.17g"):format(value) end
  return tostring(value)
end

-- A slice of n items, the whole array or a part of it, of a given or a random type.
function sources.slice(rng, n, dtype)
  dtype = dtype or rng:pick(DTYPES)
  local kind = rng:pick { "small", "small", "wide", "corner" }
  local before, after = rng:pick { 0, 0, 1, 5 }, rng:pick { 0, 0, 3 }
  local values = data.values(rng, dtype, before + n + after, kind)
  local array = tine.array(dtype, values)
  local first, last = before + 1, before + n
  local model = pipeline.source(dtype, table.move(values, first, last, 1, {}))
  local text = ("slice(%s %s[%d], %d, %d)"):format(kind, dtype, #values, first, last)
  local p
  if n == 0 then
    p = tine.slice(tine.zeros(dtype, 0))
  elseif before + after == 0 and rng:chance(0.5) then
    p = tine.slice(array)
  else
    p = tine.slice(array, first, last)
  end
  return { p = p, model = model, text = text }
end

local function arithmetic_range(first, last, step, n)
  local values = {}
  for i = 1, n do values[i] = first + (i - 1) * step end
  return {
    p = tine.range(first, last, step),
    model = pipeline.source(math.type(first) == "float" and "f64" or "i64", values),
    text = ("range(%s, %s, %s)"):format(sources.show(first), sources.show(last), sources.show(step)),
  }
end

local function range(rng, n)
  if rng:chance(0.3) then
    -- Half a step of slack: the number of items is not a matter of rounding.
    local first, step = rng:int(-40, 40) / 4, rng:pick { 0.25, 0.1, -0.5, 3.0 }
    return arithmetic_range(first, first + (n - 0.5) * step, step, n)
  end
  local step = rng:pick { 1, 1, 2, 7, -1, -3 }
  local first = rng:int(-1000, 1000)
  if rng:chance(0.1) then first = step > 0 and math.maxinteger - n * step or math.mininteger - n * step end
  local slack = n > 0 and rng:int(0, math.abs(step) - 1) * (step > 0 and 1 or -1) or 0
  return arithmetic_range(first, first + (n - 1) * step + slack, step, n)
end

local function rep(rng, n)
  local dtype = rng:pick { "i64", "f64", "bool" }
  local value = data.values(rng, dtype, 1, rng:pick { "small", "corner" })[1]
  local values = {}
  for i = 1, n do values[i] = value end
  local text = ("rep(%s, %d)"):format(sources.show(value), n)
  return { p = tine.rep(value, n), model = pipeline.source(dtype, values), text = text }
end

function sources.any(rng, n)
  local roll = rng:float()
  if roll < 0.7 then return sources.slice(rng, n) end
  return roll < 0.85 and range(rng, n) or rep(rng, n)
end

return sources
