-- Arguments and objects for calls of everything that lua/api.lua tells of.

local tine = require "tine"

local samples = {}

-- For each type a value that will do, and some that will not; nil is tried where an argument must be given.
samples.values = {
  any = { "zip" },
  array = { function() return tine.zeros("f64", 3) end, {}, 1, "f64" },
  castmode = { "wrap", {}, "wrapped" },
  columns = { { 1 }, { 9 }, { "a" }, {} },
  count = { 2, -1, 1.5, {}, "x" },
  dtype = { "f64", "f65", {}, 1 },
  fileoptions = { { format = "npy" }, { format = "txt" }, { form = "npy" }, { "npy" }, "npy", 1 },
  ["function"] = { math.abs, 1, {}, "add" },
  integer = { 1, 1.5, {}, "x" },
  kernel = { "add", "ad d", {}, 1, print },
  kernelfunction = { function() return function(x) return x end end, {}, 1 },
  kerneloptions = { { name = "x" }, 1, { nmae = "x" } },
  expression = { "x + 0", "ad d", "x + foo", "x +" },
  values = { { a = 1 }, { 1 }, { a = "1" } },
  promises = { { associative = true }, { associative = 1 }, { asociative = true }, { true }, "x", 1 },
  mapoptions = { { copy = true }, { copy = 1 }, { copied = true }, { true }, "copy", 1 },
  mapmode = { "r", "w", {} },
  mask = { function() return tine.rep(true, 3) end, {}, 1, "ad d" },
  npypath = { "/no/such/folder1.npy", {}, print, "/no/such/folder1" },
  number = { 1, {}, "x" }, -- more for later ones: some are ends of ranges
  options = { {}, 1, "x" },
  order = { "asc", "up", {} },
  pipeline = { function() return tine.range(1, 3) end, {}, 1, "add" },
  pool = { function() return tine.pool { threads = 1 } end, {}, 1, "add" },
  positive = { 1, 0, 1.5, {}, "x" },
  seconds = { 1, -1, {}, "x" },
  source = { { 1 }, 1, print },
  string = { "/no/such/folder1", {}, print },
  terminal = { "sum", "summ", {} },
  value = { 1, {}, "x" },
}

samples.subjects = {
  tine = function() return tine end,
  Array = function() return tine.array("f64", { 1, 2, 3 }) end,
  Pipeline = function() return tine.range(1, 3) end,
  Job = function() return tine.range(1, 3):start "sum" end,
  Kernel = function() return tine.kernel "neg" end,
  Pool = function() return tine.pool { threads = 1 } end,
}

function samples.sample(kind, place)
  local value = assert(samples.values[kind], kind)[1]
  if kind == "number" then return place end
  if type(value) == "function" and kind ~= "function" then return value() end
  return value
end

-- fn(subject, ...): the call as a script writes it, so that errors know the name.
function samples.caller(entry)
  local code = entry.owner == "tine" and "local s = ... local r = tine.%s(select(2, ...)) return r"
    or "local s = ... local r = s:%s(select(2, ...)) return r"
  return assert(load(code:format(entry.bare), "=call", "t", { tine = tine, select = select }))
end

return samples
