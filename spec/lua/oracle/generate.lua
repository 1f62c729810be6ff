-- Random pipelines, each built twice: a random source (sources.lua) and up to six stages.
--
-- Stages whose result the contract leaves open for the data at hand are not added.

local kernels = require "spec.lua.oracle.kernels"
local pipeline = require "spec.lua.oracle.pipeline"
local sources = require "spec.lua.oracle.sources"
local tine = require "tine"
local types = require "spec.lua.oracle.types"

local generate = {}

local show = sources.show

--------------------------------------------------------------------------------------------------------------------
-- Stages: each takes a case and gives the longer one, or nil where it does not fit

local stages = {}

local function extended(case, p, model, text)
  return { p = p, model = model, text = case.text .. text }
end

local function columns_of(case)
  return #case.model.columns
end

local UNARY = { "neg", "abs", "floor", "ceil", "round", "trunc", "sqrt", "isnan", "isfinite", "not", "bnot", "sign" }
local BINARY = {
  "add", "sub", "mul", "div", "idiv", "mod", "min", "max", "add", "mul", "eq", "ne", "lt", "le", "gt", "ge",
  "and", "or", "xor", "band", "bor", "bxor", "shl", "shr",
}
local OPERATORS = {
  add = function(a, b) return a + b end, sub = function(a, b) return a - b end, mul = function(a, b) return a * b end,
  div = function(a, b) return a / b end, idiv = function(a, b) return a // b end, mod = function(a, b) return a % b end,
}
local ARITHMETIC = { "add", "sub", "mul", "div", "idiv", "mod" }

-- bool is left out where the contract does not say what a kernel makes of it.
local function takes_bool(name)
  return name == "and" or name == "or" or name == "xor" or name == "not" or OPERATORS[name] ~= nil
end

local function fits(case, name, constants)
  for _, column in ipairs(case.model.columns) do
    if column.dtype == "bool" and not takes_bool(name) then return false end
  end
  return pipeline.result_type(case.model, name, constants)
end

-- A constant that every type of its kind holds exactly.
local function constant(rng, dtype, name)
  if dtype == "bool" and not OPERATORS[name] then return rng:chance(0.5) end
  if types.is_float(dtype) and rng:chance(0.7) then return rng:int(-40, 40) / 4 end
  if not types.is_float(dtype) and rng:chance(0.15) then return rng:int(-40, 40) / 4 end
  local value = rng:int(1, 100)
  if dtype ~= "bool" and types.low[dtype] ~= 0 and rng:chance(0.3) then value = -value end
  return value
end

local function mapped(case, name, constants)
  if not fits(case, name, constants) then return nil end
  local model = pipeline.map(case.model, name, constants)
  local text = { ("%q"):format(name) }
  for i, value in ipairs(constants) do text[i + 1] = show(value) end
  return extended(case, case.p:map(name, table.unpack(constants)), model, (":map(%s)"):format(table.concat(text, ", ")))
end

function stages.unary(rng, case)
  return columns_of(case) == 1 and mapped(case, rng:pick(UNARY), {})
end

function stages.binary(rng, case)
  if columns_of(case) == 2 then return mapped(case, rng:pick(BINARY), {}) end
  if columns_of(case) == 1 then
    local name = rng:pick(BINARY)
    return mapped(case, name, { constant(rng, case.model.columns[1].dtype, name) })
  end
end

function stages.clamp(rng, case)
  local dtype = case.model.columns[1].dtype
  if columns_of(case) ~= 1 or dtype == "bool" then return nil end
  local low, high = constant(rng, dtype), constant(rng, dtype)
  return mapped(case, "clamp", { math.min(low, high), math.max(low, high) })
end

function stages.where(rng, case)
  local dtype = case.model.columns[1].dtype
  if columns_of(case) ~= 1 or dtype == "bool" then return nil end
  local condition = sources.slice(rng, sources.length(rng), "bool")
  local other = sources.slice(rng, sources.length(rng), rng:chance(0.5) and dtype or rng:pick { "i64", "f64", "f32" })
  local zipped = pipeline.zip(condition.model, case.model, other.model)
  if not pipeline.result_type(zipped, "where", {}) then return nil end
  local model = pipeline.map(zipped, "where", {})
  local text = ("zip(%s, %s, %s):map(\"where\")"):format(condition.text, case.text, other.text)
  return { p = tine.zip(condition.p, case.p, other.p):map("where"), model = model, text = text }
end

function stages.operator(rng, case)
  if columns_of(case) ~= 1 then return nil end
  local name, dtype = rng:pick(ARITHMETIC), case.model.columns[1].dtype
  local value = constant(rng, dtype, name)
  if not fits(case, name, { value }) then return nil end
  local first = rng:chance(0.5)
  local model = pipeline.map(case.model, name, { value }, first)
  local p = first and OPERATORS[name](value, case.p) or not first and OPERATORS[name](case.p, value)
  local text = first and "(%s %s _)" or "(_ %s %s)"
  return extended(case, p, model, " -> " .. text:format(first and show(value) or name, first and name or show(value)))
end

function stages.combine(rng, case)
  if columns_of(case) ~= 1 then return nil end
  local name, other = rng:pick(ARITHMETIC), sources.any(rng, case.model.n)
  local both = { model = pipeline.zip(case.model, other.model) }
  if not fits(both, name, {}) then return nil end
  local model = pipeline.map(both.model, name, {})
  return extended(case, OPERATORS[name](case.p, other.p), model, (" -> (_ %s %s)"):format(name, other.text))
end

function stages.zip(rng, case)
  if columns_of(case) > 2 then return nil end
  local other = generate.case(rng, rng:int(0, 2), nil, true)
  return extended(case, case.p:zip(other.p), pipeline.zip(case.model, other.model), (":zip(%s)"):format(other.text))
end

function stages.zip_eq(rng, case)
  if columns_of(case) > 2 then return nil end
  local other = sources.any(rng, case.model.n)
  local model = pipeline.zip(case.model, other.model)
  return extended(case, case.p:zip_eq(other.p), model, (":zip_eq(%s)"):format(other.text))
end

function stages.take(rng, case)
  local n = rng:chance(0.5) and sources.length(rng) or rng:int(0, case.model.n)
  return extended(case, case.p:take(n), pipeline.take(case.model, n), (":take(%d)"):format(n))
end

function stages.cast(rng, case)
  if columns_of(case) ~= 1 then return nil end
  local dtype = rng:pick { "f64", "f64", "f32", "i64", "i64", "u8", "i32", "u64", "i16" }
  local model = pipeline.cast(case.model, dtype)
  return extended(case, case.p:cast(dtype), model, (":cast(%q)"):format(dtype))
end

function stages.schedule(rng, case)
  local name = rng:pick { "min_len", "max_len", "sequential", "on" }
  if name == "sequential" then return extended(case, case.p:sequential(), case.model, ":sequential()") end
  if name == "on" then
    local pool = rng:pick(generate.pools)
    return extended(case, case.p:on(pool), case.model, (":on(%d threads)"):format(pool:threads()))
  end
  local n = rng:pick { 1, 2, 31, 100, 1024, 10000 }
  return extended(case, case.p[name](case.p, n), case.model, (":%s(%d)"):format(name, n))
end

-- A stage is named as often as it should come up.
local DECK = {
  "unary", "unary", "binary", "binary", "binary", "binary", "clamp", "where", "operator", "operator", "combine",
  "zip", "zip", "zip_eq", "take", "cast", "cast", "schedule",
}

-- The case with one more stage: draws until one fits, a few times, then gives the case itself.
local function step(rng, case)
  for _ = 1, 4 do
    local ok, longer = pcall(stages[rng:pick(DECK)], rng, case)
    if not ok and not types.is_open(longer) then error(case.text .. "\n" .. tostring(longer), 0) end
    if ok and longer then return longer end
  end
  return case
end

-- A pipeline of up to `count` adaptors, over n items where n is given; `flat` keeps it at one column.
function generate.case(rng, count, n, flat)
  local case = sources.any(rng, n or sources.length(rng))
  for _ = 1, count do
    local longer = step(rng, case)
    -- Failing items are wanted, but not in most cases: they hide what comes after them.
    local sour = longer.model.fail and not case.model.fail and rng:chance(0.5)
    if not sour and not (flat and columns_of(longer) > 1) then case = longer end
  end
  return case
end

-- Every kernel the generator draws is modelled.
for _, list in ipairs { UNARY, BINARY, ARITHMETIC } do
  for _, name in ipairs(list) do assert(kernels[name], name) end
end

return generate
