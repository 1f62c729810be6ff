-- Expressions as trees: what they mean, and the text that tells them.
--
-- A node is one of
--   { input = k }                                     column k of those that the kernel sees
--   { value = number or boolean, named =, hex = }     a constant: written out, or a value from the table
--   { call = name, form = "op" | "call" | "math", nodes... }   a kernel
--   { call = "where", form = "choice", nodes... }     the same as `c and a or b`, which does what is chosen alone
--   { element = { dtype, values }, index }            an element of an array
-- and `parentheses` puts some around it that nobody needs. Meaning is core/expression/README.md's: each operator is
-- bound as a stage of its own would be, what depends on no column is a constant, and the right side of `and` and `or`
-- counts where the left side asks for it; with numbers on that side they choose.

local binding = require "spec.lua.oracle.expression.binding"
local items = require "spec.lua.oracle.items"
local types = require "spec.lua.oracle.types"

local tree = {}

--------------------------------------------------------------------------------------------------------------------
-- Meaning: a node becomes { dtype, value = of a constant } or { dtype, eval = function of an item }

-- The functions of Lua's math that are no kernels of the same name with as many arguments.
local function plain(node)
  if node.form ~= "math" then return node end
  if node.call == "min" or node.call == "max" then -- from the right: of the last two, then of that and the one before
    local last = node[#node]
    for k = #node - 1, 1, -1 do last = { call = node.call, form = "call", node[k], last } end
    return last
  end
  if #node == 2 and node.call == "atan" then return { call = "atan2", form = "call", node[1], node[2] } end
  if #node == 2 and node.call == "log" then
    local base = node[2].value
    if base == 2 or base == 10 then return { call = base == 2 and "log2" or "log10", form = "call", node[1] } end
    local function log(of) return { call = "log", form = "call", of } end
    return { call = "div", form = "call", log(node[1]), log(node[2]) }
  end
  return { call = node.call, form = "call", node[1] }
end

-- fn over the values that the arguments have for an item, converted to what the signature takes.
local function applied(signature, args)
  local fn, evals, count = signature.fn, {}, #args
  for k, arg in ipairs(args) do
    local convert = binding.conversion(arg.dtype, signature[k])
    local eval, value = arg.eval, arg.value
    if value ~= nil then
      if convert then value = convert(value) end
      evals[k] = function() return value end
    elseif convert then
      evals[k] = function(item)
        local x, why = eval(item)
        if x == nil then return nil, why end
        return convert(x)
      end
    else
      evals[k] = eval
    end
  end
  local first, second, third = evals[1], evals[2], evals[3]
  if count == 1 then
    return function(item)
      local a, why = first(item)
      if a == nil then return nil, why end
      return fn(a)
    end
  end
  return function(item)
    local a, why = first(item)
    if a == nil then return nil, why end
    local b
    b, why = second(item)
    if b == nil then return nil, why end
    if count == 2 then return fn(a, b) end
    local c
    c, why = third(item)
    if c == nil then return nil, why end
    return fn(a, b, c)
  end
end

-- `and` and `or` whose right side counts only where the left asks for it.
local function chosen(node, args)
  local left, right, stops = args[1], args[2], node.call == "or"
  return function(item)
    local a, why = left.value, nil
    if a == nil then a, why = left.eval(item) end
    if a == nil then return nil, why end
    if a == stops then return a end
    if right.value ~= nil then return right.value end
    return right.eval(item)
  end
end

tree.applied = applied

local meaning -- of a node

local function call(node, dtypes, source)
  local args, all = {}, true
  for k, child in ipairs(node) do
    args[k] = meaning(child, dtypes, source)
    all = all and args[k].value ~= nil
  end
  if not all then args = binding.adapt(args) end
  local signature = binding.choose(node.call, args) or items.refuse()
  if (node.call == "and" or node.call == "or") and not all then return { dtype = "bool", eval = chosen(node, args) } end
  local eval = applied(signature, args)
  if all then -- one that fails is no constant: it fails for each item that asks for it
    local value = eval()
    if value ~= nil then return { dtype = signature.out, value = value } end
  end
  return { dtype = signature.out, eval = eval }
end

local function same(x) return x end

-- `c and a or b`: of bools what it says, else the one of a and b that c asks for.
local function choice(node, dtypes, source)
  local args, all, each = {}, true, {}
  for k, child in ipairs(node) do
    args[k] = meaning(child, dtypes, source)
    all = all and args[k].value ~= nil
  end
  if args[1].dtype ~= "bool" then items.refuse() end
  if args[2].dtype == "bool" then
    local both = { call = "and", form = "op", node[1], node[2] }
    return meaning({ call = "or", form = "op", both, node[3] }, dtypes, source)
  end
  if not all then args = binding.adapt(args) end
  local signature = binding.choose("where", args) or items.refuse()
  for k, arg in ipairs(args) do each[k] = applied({ fn = same, signature[k] }, { arg }) end
  local function eval(item)
    local c, why = each[1](item)
    if c == nil then return nil, why end
    return each[c and 2 or 3](item)
  end
  if all then return { dtype = signature.out, value = eval() } end
  return { dtype = signature.out, eval = eval }
end

local function element(node, dtypes, source)
  local array, index = node.element, meaning(node[1], dtypes, source)
  if not types.is_integer(index.dtype) then items.refuse "is indexed by" end
  local values, name = array.values, array.name
  return { dtype = array.dtype, eval = function(item)
    local i, why = index.value, nil
    if i == nil then i, why = index.eval(item) end
    if i == nil then return nil, why end
    if i < 1 or i > #values then
      return nil, ("index %d is out of range; '%s' has %d elements"):format(i, name, #values)
    end
    return values[i]
  end }
end

-- What a node means for inputs of these types, of which input k is column source[k] of an item.
function meaning(node, dtypes, source)
  if node.input then
    local column = source[node.input]
    return { dtype = dtypes[node.input] or items.refuse(), eval = function(item) return item[column] end }
  end
  if node.value ~= nil then return { dtype = binding.kind(node.value), value = node.value } end
  if node.element then return element(node, dtypes, source) end
  node = plain(node)
  if node.form == "choice" then return choice(node, dtypes, source) end
  return node.call and call(node, dtypes, source) or meaning(node, dtypes, source)
end
tree.meaning = meaning

-- Calls fn with every node.
function tree.each(node, fn)
  fn(node)
  for _, child in ipairs(node) do tree.each(child, fn) end
end

--------------------------------------------------------------------------------------------------------------------
-- Text

-- How strongly operators hold, as Lua has them.
local HOLDS = { ["or"] = 1, ["and"] = 2, lt = 3, gt = 3, le = 3, ge = 3, ne = 3, eq = 3, bor = 4, bxor = 5, band = 6,
  shl = 7, shr = 7, add = 10, sub = 10, mul = 11, div = 11, idiv = 11, mod = 11, ["not"] = 12, neg = 12, bnot = 12,
  pow = 14 }
tree.SYMBOLS = { ["or"] = "or", ["and"] = "and", lt = "<", gt = ">", le = "<=", ge = ">=", ne = "~=", eq = "==",
  bor = "|", bxor = "~", band = "&", shl = "<<", shr = ">>", add = "+", sub = "-", mul = "*", div = "/", idiv = "//",
  mod = "%", ["not"] = "not ", neg = "-", bnot = "~", pow = "^" }
local COMPARISON <const>, UNARY <const>, POWER <const>, LEAF <const> = 3, 12, 14, 20

local function integer_text(value, hex)
  if value == math.mininteger then return "math.mininteger", LEAF end
  if hex then return ("0x%x"):format(value), LEAF end
  if value < 0 then return ("-%d"):format(-value), UNARY end
  return ("%d"):format(value), LEAF
end

local function float_text(x, hex)
  if x ~= x then return "(0/0)", LEAF end
  if x - x ~= 0 then return x > 0 and "math.huge" or "-math.huge", x > 0 and LEAF or UNARY end
  local text = (hex and "%a" or "%.17g"):format(x)
  if not text:find "[.ep]" then text = text .. ".0" end
  return text, text:sub(1, 1) == "-" and UNARY or LEAF
end

local function constant_text(node)
  if node.named then return node.named, LEAF end
  local value = node.value
  if type(value) == "boolean" then return tostring(value), LEAF end
  if math.type(value) == "integer" then return integer_text(value, node.hex) end
  return float_text(value, node.hex)
end

local text -- of a node, and how strongly it holds

-- The text in parentheses, if it holds less than that.
local function at_least(node, strength)
  local inner, holds = text(node)
  return holds < strength and "(" .. inner .. ")" or inner
end

local function unary_text(node)
  local inner = at_least(node[1], UNARY)
  if node.call == "neg" and inner:sub(1, 1) == "-" then inner = " " .. inner end -- "--" is a comment
  return tree.SYMBOLS[node.call] .. inner, UNARY
end

local function binary_text(node)
  local strength = HOLDS[node.call]
  local left, right = strength, strength + 1
  if strength == COMPARISON then left = COMPARISON + 1 end -- they do not chain
  if strength == POWER then left, right = POWER + 1, UNARY end
  return ("%s %s %s"):format(at_least(node[1], left), tree.SYMBOLS[node.call], at_least(node[2], right)), strength
end

local function choice_text(node)
  local otherwise = at_least(node[3], node[3].form == "choice" and HOLDS["or"] or HOLDS["and"])
  return ("%s and %s or %s"):format(at_least(node[1], HOLDS["and"]), at_least(node[2], HOLDS["and"] + 1), otherwise),
    HOLDS["or"]
end

local function call_text(node)
  local args = {}
  for k, child in ipairs(node) do args[k] = at_least(child, 0) end
  return ("%s%s(%s)"):format(node.form == "math" and "math." or "", node.call, table.concat(args, ", ")), LEAF
end

local function bare_text(node)
  if node.input then return node.input <= 4 and not node.number and ("xyzw"):sub(node.input, node.input)
    or "c" .. node.input, LEAF end
  if node.value ~= nil then return constant_text(node) end
  if node.element then return ("%s[%s]"):format(node.element.name, at_least(node[1], 0)), LEAF end
  if node.form == "choice" then return choice_text(node) end
  if node.form ~= "op" then return call_text(node) end
  if #node == 1 then return unary_text(node) end
  return binary_text(node)
end

function text(node)
  local inner, holds = bare_text(node)
  if node.parentheses then return "(" .. inner .. ")", LEAF end
  return inner, holds
end

function tree.text(node) return (text(node)) end

-- The values that the text has names for: name -> number, boolean, or { dtype, values }; nil if there are none.
function tree.values(root)
  local values = {}
  tree.each(root, function(node)
    if node.named then values[node.named] = node.value end
    if node.element then values[node.element.name] = node.element end
  end)
  return next(values) and values or nil
end

--------------------------------------------------------------------------------------------------------------------
-- Smaller ones

local function simpler_leaf(node, add)
  if node.input and node.input > 1 then add { input = node.input - 1 } end
  if node.named then add { value = node.value } end
  if math.type(node.value) and node.value ~= 1 then
    if math.type(node.value) == "integer" then
      add { value = 1 }
      if node.value // 2 ~= node.value then add { value = node.value // 2 } end
    elseif node.value == node.value and node.value ~= node.value // 1 then
      add { value = node.value // 1 }
    end
  end
end

local function copy(node)
  local other = {}
  for key, value in pairs(node) do other[key] = value end
  return other
end

-- The tree where input k is number place[k].
function tree.renumbered(node, place)
  local other = copy(node)
  other.input = node.input and place[node.input]
  for k, child in ipairs(node) do other[k] = tree.renumbered(child, place) end
  return other
end

-- Calls `add` with trees a little smaller: a child in place of its parent, a constant in place of a subtree, a number
-- in place of a larger one.
function tree.smaller(node, add)
  for _, child in ipairs(node) do add(child) end
  if #node > 0 then
    for _, value in ipairs { 1, 1.5, true } do add { value = value } end
    add { input = 1 }
  else
    simpler_leaf(node, add)
  end
  for k, child in ipairs(node) do
    tree.smaller(child, function(smaller)
      local other = copy(node)
      other[k] = smaller
      add(other)
    end)
  end
  if node.parentheses then
    local other = copy(node)
    other.parentheses = nil
    add(other)
  end
end

return tree
