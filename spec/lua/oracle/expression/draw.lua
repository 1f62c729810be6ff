-- Random expressions over columns of given types: mostly well typed, so that they are worth running, and rarely failing
-- for each item.

local binding = require "spec.lua.oracle.expression.binding"
local call = require "spec.lua.oracle.expression.call"
local data = require "spec.lua.data"
local items = require "spec.lua.oracle.items"
local tree = require "spec.lua.oracle.expression.tree"
local types = require "spec.lua.oracle.types"

local draw = {}

-- What a tree is drawn with: { rng, dtypes of the inputs, names = how many values have one, safe = nothing may fail,
-- sour = much does }.
local grow -- (of, class, depth) = a node; class is "bool", "int" or "num"

local function op(name, ...) return { call = name, form = "op", ... } end
local function fn(name, ...) return { call = name, form = "call", ... } end
local function math_fn(name, ...) return { call = name, form = "math", ... } end

--------------------------------------------------------------------------------------------------------------------
-- Leaves

local INTEGERS = { 0, 1, 2, 3, 7, -1, -2, 63, 64, -64, 255, 256, 65535, 1 << 31, 1 << 53, (1 << 53) + 1,
  math.maxinteger, math.mininteger }
local FLOATS = { 0.0, -0.0, 0.5, -1.5, 2.0, 3.0, 10.0, 0.1, 1e10, 2.0 ^ 53, 2.0 ^ 63, -(2.0 ^ 63), 1e300, 2.0 ^ -1060,
  math.huge, -math.huge, 0.0 / 0.0 }

local function number(rng, class)
  if class == "int" or rng:chance(0.5) then
    return rng:chance(0.6) and rng:int(-9, 20) or rng:pick(INTEGERS)
  end
  return rng:chance(0.5) and rng:int(-40, 40) / 8 or rng:pick(FLOATS)
end

local function constant(of, class)
  local rng, node = of.rng, {}
  if class == "bool" then node.value = rng:chance(0.5) else node.value = number(rng, class) end
  node.hex = rng:chance(0.1) or nil
  if rng:chance(0.3) then
    of.names = of.names + 1
    node.named = "k" .. of.names
  end
  return node
end

local function fits(dtype, class)
  if class == "bool" then return dtype == "bool" end
  return types.is_integer(dtype) or class == "num" and types.is_float(dtype)
end

local function input(of, class)
  local list = {}
  for k, dtype in ipairs(of.dtypes) do
    if fits(dtype, class) then list[#list + 1] = k end
  end
  if #list > 0 then return { input = of.rng:pick(list), number = of.rng:chance(0.2) or nil } end
end

local function leaf(of, class)
  return of.rng:chance(0.75) and input(of, class) or constant(of, class)
end

local LUT_TYPES = { bool = { "bool" }, int = { "u8", "i16", "u32", "i64", "u64" },
  num = { "f64", "f32", "i64", "u64" } }

-- An element: the index is made to fit, mostly.
local function element(of, class, depth)
  local rng = of.rng
  local n = rng:int(1, 9)
  of.arrays = (of.arrays or 0) + 1
  local dtype, kind = rng:pick(LUT_TYPES[class]), rng:pick { "small", "corner" }
  local array = { dtype = dtype, name = "a" .. of.arrays, values = data.values(rng, dtype, n, kind) }
  local index = grow(of, "int", depth - 1)
  if not of.sour and rng:chance(0.95) then index = op("add", op("mod", index, { value = n }), { value = 1 }) end
  return { element = array, index }
end

--------------------------------------------------------------------------------------------------------------------
-- Operations

local COMPARISONS = { "lt", "le", "gt", "ge", "eq", "ne" }
local ARITHMETIC = { "add", "sub", "mul", "add", "sub", "mul", "add" }
local BITS = { "band", "bor", "bxor", "shl", "shr" }
local ROUNDINGS = { "floor", "ceil", "trunc", "round", "abs", "sign", "neg", "abs" }
local IN_MATH = { abs = true, floor = true, ceil = true, sqrt = true, exp = true, log = true, sin = true, cos = true,
  tan = true, asin = true, acos = true, atan = true, min = true, max = true }
local FLOATING = { "sqrt", "sqrt", "exp", "log", "log2", "log10", "sin", "cos", "tan", "asin", "acos", "atan", "sinh",
  "cosh", "tanh", "cbrt" }
local NARROW = { "u8", "i8", "u16", "i16", "u32", "i32", "u64", "i64" }

-- One of one input by its name, or by that of Lua's math.
local function unary(of, name, child)
  if name == "neg" then return op("neg", child) end
  return IN_MATH[name] and of.rng:chance(0.4) and math_fn(name, child) or fn(name, child)
end

-- What integers are divided by: rarely 0.
local function divisor(of, class, depth)
  local rng = of.rng
  if of.sour and rng:chance(0.6) then return rng:chance(0.3) and { value = 0 } or leaf(of, class) end
  if class == "int" or of.safe then
    if rng:chance(0.5) then return { value = rng:pick { 1, 2, 3, 7, -1, -3, 10, 1 << 40, math.mininteger } } end
    if rng:chance(0.9) or of.safe then return op("bor", grow(of, "int", depth - 1), { value = 1 }) end
  elseif rng:chance(0.5) then
    return { value = rng:int(-20, 20) / 4 + 0.125 }
  end
  return grow(of, class, depth - 1)
end

local function division(of, class, depth)
  return op(of.rng:pick { "idiv", "mod" }, grow(of, class, depth - 1), divisor(of, class, depth))
end

local function extreme(of, class, depth)
  local rng, list = of.rng, {}
  if rng:chance(0.2) then
    return fn("clamp", grow(of, class, depth - 1), grow(of, class, depth - 2), grow(of, class, depth - 2))
  end
  local name = rng:pick { "min", "max" }
  if rng:chance(0.5) then return fn(name, grow(of, class, depth - 1), grow(of, class, depth - 1)) end
  for k = 1, rng:int(1, 4) do list[k] = grow(of, class, depth - 2) end
  return math_fn(name, table.unpack(list))
end

-- `c and a or b`, or where(c, a, b).
local function choice(of, class, depth)
  local node = fn("where", grow(of, "bool", depth - 1), grow(of, class, depth - 1), grow(of, class, depth - 1))
  if of.rng:chance(0.5) then node.form = "choice" end
  return node
end

-- A conversion between integers: of bits that fit, mostly.
local function conversion(of, depth)
  local rng = of.rng
  local to = rng:pick(NARROW)
  if rng:chance(0.2) then return fn(to, grow(of, "bool", depth - 1)) end
  local inner = grow(of, "int", depth - 1)
  if not of.safe and rng:chance(of.sour and 0.6 or 0.1) then return fn(to, inner) end
  return fn(to, op("band", inner, { value = types.high[to] > 0 and types.high[to] or math.maxinteger }))
end

local function fused(of, class, depth)
  return fn("fma", grow(of, class, depth - 1), grow(of, class, depth - 2), grow(of, class, depth - 2))
end

local class_of = {}

function class_of.bool(of, depth)
  local rng, way = of.rng, of.rng:float()
  if way < 0.5 then return op(rng:pick(COMPARISONS), grow(of, "num", depth - 1), grow(of, "num", depth - 1)) end
  if way < 0.78 then return op(rng:pick { "and", "or" }, grow(of, "bool", depth - 1), grow(of, "bool", depth - 1)) end
  if way < 0.84 then return op("not", grow(of, "bool", depth - 1)) end
  if way < 0.87 then return fn("xor", grow(of, "bool", depth - 1), grow(of, "bool", depth - 1)) end
  if way < 0.90 then return op(rng:pick { "eq", "ne" }, grow(of, "bool", depth - 1), grow(of, "bool", depth - 1)) end
  if way < 0.94 then return fn(rng:pick { "isnan", "isfinite" }, grow(of, "num", depth - 1)) end
  if way < 0.96 then return fn("bool", grow(of, "num", depth - 1)) end
  if way < 0.98 then return choice(of, "bool", depth) end
  return of.safe and leaf(of, "bool") or element(of, "bool", depth)
end

function class_of.int(of, depth)
  local rng, way = of.rng, of.rng:float()
  if of.sour and rng:chance(0.4) then
    return rng:chance(0.5) and division(of, "int", depth) or rng:chance(0.5) and conversion(of, depth)
      or element(of, "int", depth)
  end
  if way < 0.4 then return op(rng:pick(ARITHMETIC), grow(of, "int", depth - 1), grow(of, "int", depth - 1)) end
  if way < 0.58 then return op(rng:pick(BITS), grow(of, "int", depth - 1), grow(of, "int", depth - 1)) end
  if way < 0.62 then return op("bnot", grow(of, "int", depth - 1)) end
  if way < 0.71 then return division(of, "int", depth) end
  if way < 0.78 then return unary(of, rng:pick(ROUNDINGS), grow(of, "int", depth - 1)) end
  if way < 0.86 then return extreme(of, "int", depth) end
  if way < 0.91 then return choice(of, "int", depth) end
  if way < 0.96 then return conversion(of, depth) end
  if way < 0.98 then return fused(of, "int", depth) end
  return of.safe and leaf(of, "int") or element(of, "int", depth)
end

function class_of.num(of, depth)
  local rng, way = of.rng, of.rng:float()
  if way < 0.2 then return grow(of, "int", depth) end
  if way < 0.5 then return op(rng:pick(ARITHMETIC), grow(of, "num", depth - 1), grow(of, "num", depth - 1)) end
  if way < 0.58 then return op("div", grow(of, "num", depth - 1), grow(of, "num", depth - 1)) end
  if way < 0.64 then return division(of, "num", depth) end
  if way < 0.72 then return unary(of, rng:pick(ROUNDINGS), grow(of, "num", depth - 1)) end
  if way < 0.76 then return unary(of, rng:pick(FLOATING), grow(of, "num", depth - 1)) end
  if way < 0.78 then return op("pow", grow(of, "num", depth - 1), grow(of, "num", depth - 1)) end
  if way < 0.79 then return math_fn("log", grow(of, "num", depth - 1), { value = rng:pick { 2, 10, 3, 10.0 } }) end
  if way < 0.80 then
    local name, a, b = rng:pick { "atan", "atan2", "hypot" }, grow(of, "num", depth - 1), grow(of, "num", depth - 1)
    return name == "atan" and math_fn(name, a, b) or fn(name, a, b)
  end
  if way < 0.87 then return extreme(of, "num", depth) end
  if way < 0.92 then return choice(of, "num", depth) end
  if way < 0.96 then return fn(rng:pick { "f32", "f64", "f32" }, grow(of, "num", depth - 1)) end
  if way < 0.98 then return fused(of, "num", depth) end
  return of.safe and leaf(of, "num") or element(of, "num", depth)
end

function grow(of, class, depth)
  local node
  if depth <= 0 or of.rng:chance(0.15) then node = leaf(of, class) else node = class_of[class](of, depth) end
  if #node > 0 and of.rng:chance(0.05) then node.parentheses = true end
  return node
end

--------------------------------------------------------------------------------------------------------------------
-- Expressions

-- A tree over such columns that is well typed there, or nil after some tries; class "any" is one of all three.
local function rooted(rng, dtypes, class, safe)
  for _ = 1, 8 do
    local of = { rng = rng, dtypes = dtypes, names = 0, safe = safe, sour = not safe and rng:chance(0.1) }
    local depth = rng:pick { 1, 2, 2, 3, 3, 4, 5 }
    local root = grow(of, class == "any" and rng:pick { "bool", "int", "num", "num" } or class, depth)
    local read, size = false, 0
    tree.each(root, function(node)
      read = read or node.input ~= nil
      size = size + 1
    end)
    local columns = {}
    for k = 1, #dtypes do columns[k] = k end
    local ok, result = pcall(tree.meaning, root, dtypes, columns)
    if not ok and not items.is_fault(result) then error(tree.text(root) .. "\n" .. tostring(result), 0) end
    if read and size < 40 and (ok and (class ~= "bool" or result.dtype == "bool") or not ok and rng:chance(0.01)) then
      return root
    end
  end
end

-- An expression of a class over all columns of these types, some of which it reads.
function draw.expression(rng, dtypes, class)
  local root = rooted(rng, dtypes, class)
  return root and call.expression(root, rng:chance(0.15))
end

-- The same with the list of the columns that it reads.
function draw.listed(rng, dtypes, class)
  local columns, picked = {}, {}
  for k = 1, rng:int(1, math.min(3, #dtypes)) do
    columns[k] = rng:int(1, #dtypes)
    picked[k] = dtypes[columns[k]]
  end
  local root, list, place = rooted(rng, picked, class), {}, {}
  if not root then return nil end
  tree.each(root, function(node)
    if not node.input then return end
    if not place[node.input] then
      list[#list + 1] = columns[node.input]
      place[node.input] = #list
    end
    node.input = place[node.input]
  end)
  return list, call.expression(root, rng:chance(0.15))
end

local X <const>, Y <const> = { input = 1 }, { input = 2 }

-- Of integers, of bools, of any numbers; all but the last few are associative.
local FOLDS = {
  int = { op("add", X, Y), op("mul", X, Y), op("band", X, Y), op("bor", X, Y), op("bxor", X, Y), fn("max", X, Y),
    fn("where", op("lt", X, Y), Y, X), op("add", op("add", X, Y), op("mul", X, Y)),
    op("add", op("add", X, Y), { value = 3 }), op("add", X, op("mul", Y, { value = 0 })), math_fn("min", X, Y),
    op("sub", X, Y) },
  bool = { op("and", X, Y), op("or", X, Y), fn("xor", X, Y), op("eq", X, Y), op("not", op("ne", X, Y)),
    op("and", X, op("not", Y)) },
  num = { op("add", X, Y), op("mul", X, Y), fn("min", X, Y), math_fn("max", X, Y),
    fn("where", op("gt", X, Y), X, Y), op("sub", X, Y), op("add", op("div", X, { value = 2 }), Y),
    op("add", op("mul", X, { value = 0.5, named = "k1" }), Y) },
}
local COMMUTATIVE = { int = 7, bool = 4, num = 4 } -- so many of them, from the first on

local function fold_class(dtypes)
  local class
  for _, dtype in ipairs(dtypes) do
    local own = dtype == "bool" and "bool" or types.is_integer(dtype) and "int" or "num"
    if class and class ~= own then class = "num" else class = own end
  end
  return class
end

-- A fold over such columns, and perhaps what to begin with.
function draw.fold(rng, dtypes)
  local class = fold_class(dtypes)
  local k = rng:int(1, #FOLDS[class])
  local commutative = k <= COMMUTATIVE[class] and rng:chance(0.2)
  local fold = call.expression(FOLDS[class][k], commutative, commutative)
  if rng:chance(0.2) then fold = call.expression(rooted(rng, { dtypes[1], dtypes[1] }, class, true) or X) end
  if rng:chance(0.6) then return fold end
  if class == "bool" then return fold, rng:chance(0.5) end
  return fold, rng:chance(0.2) and rng:int(0, 40) / 4 or rng:int(0, 9)
end

local UNARY = { "neg", "abs", "sign", "floor", "ceil", "trunc", "round", "sqrt", "exp", "sin", "isnan", "isfinite",
  "not", "bnot" }
local BINARY = { "add", "sub", "mul", "div", "idiv", "mod", "pow", "min", "max", "eq", "ne", "lt", "le", "gt", "ge",
  "and", "or", "xor", "band", "bor", "bxor", "shl", "shr", "atan2" }
local TERNARY = { "clamp", "where", "fma" }

-- A kernel by its name over all of these columns, and constants; or nil.
function draw.named(rng, dtypes)
  local names = { UNARY, BINARY, TERNARY }
  for _ = 1, #dtypes <= #names and 6 or 0 do
    local inputs = rng:int(#dtypes, #names)
    local args, constants = {}, {}
    for k, dtype in ipairs(dtypes) do args[k] = { dtype = dtype } end
    for k = #dtypes + 1, inputs do
      local value = number(rng, types.is_integer(dtypes[1]) and "int" or "num")
      if dtypes[1] == "bool" and rng:chance(0.5) then value = rng:chance(0.5) end
      args[k], constants[k - #dtypes] = { dtype = binding.kind(value), value = value }, value
    end
    local name = rng:pick(names[inputs])
    local zero = (name == "idiv" or name == "mod") and constants[1] == 0
    if not zero and binding.choose(name, binding.adapt(args)) then return call.named(name, table.unpack(constants)) end
  end
end

return draw
