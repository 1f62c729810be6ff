-- Texts of Lua expressions for each type of argument that lua/api.lua knows: good ones, ends of ranges and wrong ones.
-- A function of it gets the grammar (grammar.lua) and says one.

local values = {}

local INTEGERS = {
  "1", "0", "2", "3", "5", "-1", "7", "31", "32", "33", "64", "100", "256", "1000", "1023", "1024", "1025", "4096",
  "5000", "65536", "100000", "1 << 20", "1 << 24", "1 << 31", "1 << 32", "1 << 40", "1 << 53", "1 << 61", "1 << 62",
  "math.maxinteger", "math.mininteger", "-2", "-1024", "255", "-128", "1000000",
}
local FLOATS = {
  "0.5", "-0.0", "1.5", "0 / 0", "math.huge", "-math.huge", "2.0 ^ 63", "2.0 ^ 64", "-2.0 ^ 63", "5e-324", "1e308",
  "-1e308", "1e-300", "2.0", "100.0", "-1.0", "1e300", "2.0 ^ 53 + 1", "1024.0",
}
-- Lengths of what is stored are small more often: most of the time memory is to suffice.
local LENGTHS = {
  "3", "0", "1", "2", "5", "33", "64", "1000", "1023", "1024", "1025", "2049", "5000", "20000", "100000", "1 << 20",
  "1 << 28", "1 << 60", "math.maxinteger", "-1", "1.5",
}
local POSITIVES = {
  "1", "2", "3", "4", "7", "16", "31", "32", "33", "100", "1000", "1024", "1025", "5000", "1 << 20", "1 << 27",
  "1 << 40", "1 << 61", "math.maxinteger", "0",
}
local STRINGS = { '"x"', '""', '"zip"', '"/no/such/folder/x"', '"\\0"', '("y"):rep(3000)', '"add"', '"%s%n"', '"12"' }
local TABLES = {
  "{}", "{ 1, 2, 3 }", "{ 1.5, -2, 0 / 0 }", "{ true, false }", "{ 'a' }", "{ 1, nil, 3 }", "{ 300, -1 }",
  "setmetatable({}, { __len = function() return math.maxinteger end })", "{ {} }",
  "setmetatable({}, { __index = function(_, i) return i end, __len = function() return 5000 end })",
  "setmetatable({ 1 }, { __gc = function() end, __close = function() error 'closed' end })",
}

local function one_of(list)
  return function(g) return g.bytes:pick(list) end
end

-- One text, of a function among these.
local function one_by(list)
  return function(g) return g.bytes:pick(list)(g) end
end

local function object(class)
  return function(g) return g:object(class) end
end

values.integer = one_of(INTEGERS)
values.float = one_of(FLOATS)
values.count = one_of(LENGTHS)
values.positive = one_of(POSITIVES)
values.number = one_by { values.integer, values.float }
values.boolean = one_of { "true", "false" }
values.value = one_by { values.integer, values.float, values.integer, values.boolean,
  function(g) return g:kept() end }
values.seconds = one_of { "0.001", "0", "0.01", "1e-9", "1e9", "1e300", "0 / 0", "math.huge", "-1" }
values.string = one_by { one_of(STRINGS), function(g) return g:kept() end }
values.table = one_of(TABLES)
values.npypath = one_of { '"/no/such/folder/x.npy"', '"x.npy"', '"x"', '""' }
values.order = one_of { '"asc"', '"desc"', '"up"' }
values.castmode = one_of { '"wrap"', '"clamp"', '"exact"', '"no"' }
values.mapmode = one_of { '"r"', '"rw"', '"cow"', '"w"' }
values.mapoptions = one_of { "{ copy = true }", "{ copy = false }", "{}", "{ copied = 1 }", "{ copy = 1 }" }
values.fileoptions = one_of { '{ format = "npy" }', "{}", '{ form = 1 }' }
values.columns = one_of {
  "{ 1 }", "{ 2 }", "{ 1, 2 }", "{ 2, 1 }", "{ 1, 1 }", "{}", "{ 0 }", "{ 33 }", "{ 'a' }", "{ 1 << 40 }",
  "wide",
}
values.options = one_of {
  "{ threads = 1 }", "{ threads = 2 }", "{}", "{ threads = 3 }", "{ threads = 1, stack_size = 65536 }",
  "{ threads = 2, name = ('n'):rep(40) }", "{ threads = 1 << 20 }", "{ threads = 2, stack_size = 1 << 60 }",
  "{ threads = 0 }", "{ threads = -1 }", "{ threads = 2, stack_size = 1 }",
}

function values.dtype(g)
  local dtype = g.bytes:pick(g.model.dtypes)
  local long = g.bytes:rare(16) and dtype.long:match "%S+"
  return g.bytes:rare(32) and '"f65"' or ("%q"):format(long or dtype.name)
end

function values.kernel(g)
  if g.bytes:rare(12) then return g:object "Kernel" end
  local kernel = g.bytes:pick(not g.bytes:rare(12) and g.sort or g.model.kernels)
  g.inputs = kernel.count
  return ("%q"):format(kernel.name)
end

-- Of an expression: what has no parts, what has two, and calls; most are well formed, and some say something.
local LEAVES = {
  "x", "y", "x", "c1", "c2", "a", "lut[x]", "lut[i64(x)]", "1", "0", "2", "-1", "2.5", "0.5", "1e308", "true", "false",
  "0x7fffffffffffffff", "math.huge", "math.mininteger", "z", "c33", "c0", "nil", "'a'", "b", "", "sqrt", "1e999", "lut",
}
local OPERATORS = {
  "+", "-", "*", "/", "//", "%", "^", "&", "|", "~", "<<", ">>", "==", "~=", "<", "<=", ">", ">=", "and", "or", "+",
  "*", ",", "..", "=",
}
local CALLS = {
  "sqrt(%s)", "min(%s, %s)", "where(%s > 1, %s, %s)", "i64(%s)", "u8(%s)", "f32(%s)", "math.floor(%s)", "-%s", "not %s",
  "math.max(%s, %s)", "~%s", "(%s)", "lut[%s]", "lut[i64(%s)]", "math.log(%s, 2)", "(%s", "%s)", "span(%s, 3)",
  "exp(%s)",
}

local function formula(g, depth)
  local kind = depth == 0 and 0 or g.bytes:choice(4)
  if kind == 0 then return g.bytes:pick(LEAVES) end
  if kind == 1 then
    return (g.bytes:pick(CALLS):gsub("%%s", function() return formula(g, depth - 1) end))
  end
  return formula(g, depth - 1) .. " " .. g.bytes:pick(OPERATORS) .. " " .. formula(g, depth - 1)
end

function values.expression(g)
  if g.bytes:rare(40) then return g.bytes:pick { '("("):rep(5000)', '("x+"):rep(3000) .. "x"', '("x "):rep(9)' } end
  return ("%q"):format(formula(g, 3))
end

values.values = one_by {
  function(g) return ("{ a = %s, lut = %s }"):format(values.value(g), g:object "Array") end,
  function(g) return ("{ a = %s, lut = A[4] }"):format(values.integer(g)) end,
  one_of { "{ a = 2 }", "{}", "{ 1 }", "{ x = 1 }", "{ a = 'b' }", "{ a = P[1] }" },
}
values.promises = one_of { "{ associative = true }", "{}", "{ commutative = true, associative = true }", "{ 1 }" }

function values.terminal(g) return ("%q"):format(g.bytes:pick(g.terminals).bare) end

values["function"] = function(g) return g:callback() end
-- To be read as kernels: some are, some are refused, some fail at an item; all end.
values.kernelfunction = one_of { "function(x) return x * 2 + 1 end", "function(x, y) return x < y and x or y end",
  "function(x) return x > 1 end", "function(x) return 7 // x, x & 1 end", "function(x, y) return x + y end",
  "function(x) for k = 1, 20 do x = x * 1.5 - k if x > 1e6 then return k end end return x end",
  "function(x) return math.sqrt(math.abs(x)) end", "function(x) return {} end", "function() end",
  "function(...) return ... end",
  "function(x) return tine.range(1, x):sum() end", "function(x) return x .. 'a' end", "print", "math.max" }
values.kerneloptions = one_of { "{}", "{ name = 'f' }", "{ associative = true }",
  "{ associative = true, commutative = true }", "{ help = 'h', name = ('n'):rep(300) }", "{ name = 1 }",
  "{ other = true }", "{ 1 }" }
values.array = object "Array"
values.pool = object "Pool"
values.pipeline = one_by { object "Pipeline", object "Pipeline", object "Array" }
values.mask = one_by { function(g) return g:object "Pipeline" .. ':map("gt", 1)' end, object "Pipeline",
  object "Array" }
values.source = one_by { one_of(TABLES), object "Pipeline", object "Array" }

local ANY = {
  values.value, object "Array", object "Pipeline", values.string, object "Kernel", object "Pool", object "Job",
  values.table, values.dtype, values.kernel, values.float, values["function"], function() return "nil" end,
  function() return "tine" end, function() return "coroutine.create(function() coroutine.yield(1) end)" end,
  function() return "tine.Array" end, function() return "print" end,
}
values.any = one_by(ANY)

return values
