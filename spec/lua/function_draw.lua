-- Random Lua functions of the language of kernels, as trees: what the fuzzer of lua/function draws, and makes smaller
-- when it has found something. A node is { kind, text, ... }: its text with those of the nodes in it in place of each
-- %s; a block is the lines of its nodes.

local tine = require "tine"

local draw = {}

local numbers = { "0", "1", "2", "3", "-1", "7", "0.0", "-0.0", "0.5", "2.5", "1e300", "1e-300", "64", "63", "-64",
  "255", "1.0", "127", "128", "-127", "-128", "math.maxinteger", "math.mininteger", "2^53", "9007199254740993",
  "0x7fffffffffffffff", "math.pi", "math.huge", "(0/0)", "1e15", "gain", "count" }

local arithmetic = { "+", "-", "*", "/", "//", "%", "+", "-", "*" }
local bitwise = { "&", "|", "~", "<<", ">>" }
local comparisons = { "<", "<=", ">", ">=", "==", "~=" }

-- What functions capture; bits are booleans.
draw.arrays = { "lut", "narrow", "ints", "wide", "bits" }
draw.kernels = { "fused", "quotient", "least", "formula" } -- the first of three values, the others of two
draw.floats = { 0.0, -0.0, 1.0, -1.0, 0.5, 2.5, -3.7, 1e300, -1e300, 1e-310, math.huge, -math.huge, 0 / 0, 2 ^ 53,
  2 ^ 53 + 2, -2.0 ^ 63, 2.0 ^ 63, 3.0, 7.0, 100.25 }
draw.integers = { 0, 1, -1, 2, 3, -5, 7, 63, 64, 65, -64, 255, math.maxinteger, math.mininteger, math.maxinteger - 1,
  (1 << 53) + 1, 1 << 53, 1 << 62, -(1 << 53) - 1 }

-- Values for the names of draw.arrays and draw.kernels, in their order.
function draw.captured()
  local list = { tine.array("f64", { 0.5, -2.0, 3.0, 0 / 0, 1e300, -0.0 }), tine.array("f32", { 0.1, 2.5, -7, 1e30 }),
    tine.array("i32", { 3, -1, 0, 7, 1 << 30, 64 }), tine.array("u64", { 1, 1 << 63, -1, 2, 9 }),
    tine.array("bool", { true, false, true, true }) }
  local kernels = { tine.kernel "fma", tine.kernel "idiv", tine.kernel "min",
    tine.kernel("where(x < y, x, y*a)", { a = 2.5 }) }
  return table.move(kernels, 1, #kernels, #list + 1, list)
end

-- An argument of a type: "F", "I" or "B".
function draw.value(rng, type)
  if type == "F" then return rng:pick(draw.floats) end
  if type == "I" then return rng:pick(draw.integers) end
  return rng:chance(0.5)
end

local INSTRUCTIONS <const> = 100000

-- Without what a value is called, and a function: Lua knows more names.
function draw.plain(message)
  return (message:gsub(" %b()", ""):gsub("^(bad argument #%d) to '.-'", "%1"))
end

-- What Lua says of a function of the chunk "=f": true and the results; false, the line and the message; nil: it takes
-- too long.
function draw.by_lua(f, args, n)
  debug.sethook(function() error "slow" end, "", INSTRUCTIONS)
  local got = table.pack(pcall(f, table.unpack(args, 1, n)))
  debug.sethook()
  for i = 2, got[1] and got.n or 1 do
    if got[i] == nil then return { false, "", "returns nil; every path must return a value", n = 3 } end
  end
  if got[1] then return got end
  if tostring(got[2]):find "slow" then return nil end
  local line, message = got[2]:match "^f:(%d+): (.*)$"
  message = draw.plain(message or got[2])
  return { false, line or "", message, n = 3 }
end

function draw.text(node)
  local kids = {}
  for i = 3, #node do kids[i - 2] = draw.text(node[i]) end
  if node[1] == "block" then return table.concat(kids, "\n") end
  return (node[2]:format(table.unpack(kids)))
end

local function names(n)
  local list = {}
  for i = 1, n do list[i] = "p" .. i end
  return table.concat(list, ", ")
end

-- What is between the parameters of a function - "I", "F" and "B" - and its end, as a tree. It may call those of
-- 'helpers'. 'predicate': it returns booleans; else 'results' numbers.
local function body(rng, types, budget, helpers, predicate, results)
  local vars, bools, fresh = {}, {}, 0
  for i, t in ipairs(types) do table.insert(t == "B" and bools or vars, "p" .. i) end
  local num, cond, element, call

  local function binary(kind, ops, one, depth)
    return { kind, "(%s " .. rng:pick(ops):gsub("%%", "%%%%") .. " %s)", one(depth), one(depth) }
  end

  local function leaf()
    return { "num", #vars > 0 and rng:chance(0.66) and rng:pick(vars) or rng:pick(numbers) }
  end

  function num(depth)
    local k = depth <= 0 and 20 or rng:int(1, 20)
    if k <= 9 then return binary("num", arithmetic, num, depth - 1) end
    if k == 10 then return { "num", "(- %s)", num(depth - 1) } end
    if k == 11 then return binary("num", bitwise, num, depth - 1) end
    if k == 12 then return { "num", "(~%s)", leaf() } end
    if k == 13 then return { "num", rng:pick { "math.sqrt", "math.abs", "root" } .. "(%s)", num(depth - 1) } end
    if k == 14 then
      return { "num", rng:pick { "math.max", "math.min", "most" } .. "(%s, %s)", num(depth - 1), num(depth - 1) }
    end
    if k == 15 then return { "num", rng:pick { "math.floor", "math.ceil" } .. "(%s)", num(depth - 1) } end
    if k == 16 then return { "num", "(%s and %s or %s)", cond(1), num(depth - 1), num(depth - 1) } end
    if k == 17 then return { "num", "(%s ^ 2)", num(depth - 1) } end
    if k == 18 and rng:chance(0.4) then
      local kernel = rng:int(1, #draw.kernels)
      local text = draw.kernels[kernel] .. (kernel == 1 and "(%s, %s, %s)" or "(%s, %s)")
      local kids = { "num", text, num(depth - 1), leaf() }
      if kernel == 1 then kids[5] = leaf() end
      return kids
    end
    if k == 18 then return { "num", "math.max(%s, %s, %s)", leaf(), leaf(), leaf() } end
    if k == 19 and depth > 0 then return element(depth) end
    if k == 20 and depth > 0 and #helpers > 0 then return call(depth) end
    return leaf()
  end

  -- An element of an array, which may be nil; mostly such as are there.
  function element(depth)
    local a, k = rng:pick(draw.arrays), rng:int(1, 10)
    if k == 1 then return { "num", "(#" .. a .. ")" } end
    if a == "bits" then return { "num", "(bits[%s] and %s or %s)", leaf(), num(depth - 1), leaf() } end
    if k <= 4 then return { "num", a .. "[" .. rng:pick { 1, 2, 3, 5, 300, "2.0", "1.5" } .. "]" } end
    if k <= 7 then return { "num", a .. "[(%s) %% 7]", num(depth - 1) } end
    if k == 8 then return { "num", a .. "[%s]", leaf() } end
    return { "num", "(" .. a .. "[%s] or %s)", leaf(), leaf() }
  end

  -- A call of a helper, now and then with an argument too many or one that is missing; all its results go to max.
  function call(depth)
    local h = rng:pick(helpers)
    local n = rng:chance(0.95) and h.params or math.max(0, h.params + rng:int(-1, 1))
    local kids = { "num", h.name .. "(" .. ("%s"):rep(n, ", ") .. ")" }
    if h.results > 1 and rng:chance(0.3) then kids[2] = "math.max(1, " .. kids[2] .. ")" end
    for _ = 1, n do kids[#kids + 1] = num(depth - 1) end
    return kids
  end

  function cond(depth)
    local k = rng:int(1, 10)
    if k == 9 then return { "cond", rng:pick(draw.arrays) .. "[%s] " .. rng:pick { "==", "~=" } .. " nil", leaf() } end
    if k == 10 then return { "cond", "(bits[%s] == true)", leaf() } end
    if depth > 0 and k == 1 then return { "cond", "(%s and %s)", cond(depth - 1), cond(depth - 1) } end
    if depth > 0 and k == 2 then return { "cond", "(%s or %s)", cond(depth - 1), cond(depth - 1) } end
    if depth > 0 and k == 3 then return { "cond", "(not %s)", cond(depth - 1) } end
    if k == 4 and #bools > 0 then return { "cond", rng:pick(bools) } end
    return binary("cond", comparisons, num, 1)
  end

  local function name(list, letter)
    fresh = fresh + 1
    list[#list + 1] = letter .. fresh
    return letter .. fresh
  end

  local block

  local function returned() return ("%s"):rep(results, ", ") end

  local function values(depth)
    local list = {}
    for i = 1, results do list[i] = predicate and cond(depth) or num(depth) end
    return list
  end

  local function loop_for()
    local from, to = rng:pick { "1", "0", "3", "1.5", "-2", "%s" }, rng:pick { "5", "3.7", "0", "-4", "2", "1e1", "%s" }
    local step = rng:pick { "", "", ", 2", ", -1", ", 0.5" }
    local kids = { "stat" }
    local first, last = from == "%s" and leaf(), to == "%s" and leaf()
    local v = name(vars, "k")
    kids[2] = ("for %s = %s, %s%s do\nif turns > 40 then break end turns = turns + 1\n"):format(v, from, to, step)
      .. "%s\nend"
    if first then kids[#kids + 1] = first end
    if last then kids[#kids + 1] = last end
    kids[#kids + 1] = block(true)
    for i = #vars, 1, -1 do
      if vars[i] == v then table.remove(vars, i) end
    end
    return kids
  end

  local function assign()
    local v = rng:pick(vars)
    if v:find "^k" then return { "stat", "do end" } end
    if #vars > 1 and rng:chance(0.2) and not vars[1]:find "^k" and vars[1] ~= v then
      return { "stat", v .. ", " .. vars[1] .. " = %s, %s", num(2), num(1) }
    end
    return { "stat", v .. " = %s", num(2) }
  end

  local function statement(loop)
    local k = budget <= 0 and rng:int(1, 3) or rng:int(1, 12)
    budget = budget - 1
    if k <= 2 then
      local e = num(2)
      return { "stat", "local " .. name(vars, "v") .. " = %s", e }
    end
    if k == 3 and #vars > 0 then return assign() end
    if k == 4 then
      local e = cond(2)
      return { "stat", "local " .. name(bools, "b") .. " = %s", e }
    end
    if k == 5 then return { "stat", "if %s then\n%s\nend", cond(2), block(loop) } end
    if k == 6 then return { "stat", "if %s then\n%s\nelse\n%s\nend", cond(2), block(loop), block(loop) } end
    if k == 7 then return loop_for() end
    if k == 8 or k == 9 then
      local v = name({}, "w")
      local head = ("local %s = 0 "):format(v)
      local turn = ("%s = %s + 1 turns = turns + 1\n"):format(v, v)
      if k == 8 then
        local while_ = ("while %s < %d and turns < 60 and %%s do "):format(v, rng:int(1, 4))
        return { "stat", head .. while_ .. turn .. "%s\nend", cond(1), block(true) }
      end
      local until_ = ("%%s\nuntil %s > %d or turns > 60 or %%s"):format(v, rng:int(1, 4))
      return { "stat", head .. "repeat " .. turn .. until_, block(true), cond(1) }
    end
    if k == 10 and loop then return { "stat", "if %s then break end", cond(1) } end
    if k == 11 then -- a variable that gets its value on both ways
      local c, a, b = cond(1), num(1), num(1)
      local v = name(vars, "v")
      return { "stat", ("local %s if %%s then %s = %%s else %s = %%s end"):format(v, v, v), c, a, b }
    end
    if k == 12 and #helpers > 0 then -- all results, and nil where there are fewer; or a function in a variable
      local h = rng:pick(helpers)
      if rng:chance(0.3) then
        local v, other = name({}, "g"), rng:pick(helpers)
        local e = ("local %s = %%s and %s or %s v%s = %s(1, 2, 3)"):format(v, h.name, other.name, v, v)
        local kids = { "stat", "local v" .. v .. " " .. e, cond(1) }
        vars[#vars + 1] = "v" .. v
        return kids
      end
      local v = name({}, "v")
      local e = { "stat", ("local %s, %sx = %s(%%s, %%s)"):format(v, v, h.name), num(1), num(1) }
      vars[#vars + 1] = v
      if h.results > 1 then vars[#vars + 1] = v .. "x" end
      return e
    end
    return { "stat", "if %s then return " .. returned() .. " end", cond(1), table.unpack(values(1)) }
  end

  function block(loop)
    local nv, nb = #vars, #bools
    local list = { "block", "" }
    for _ = 1, rng:int(1, 3) do list[#list + 1] = statement(loop) end
    while #vars > nv do vars[#vars] = nil end
    while #bools > nb do bools[#bools] = nil end
    return list
  end

  return { "block", "", block(), block(), { "end", "return " .. returned(), table.unpack(values(3)) } }
end

-- A function of parameters of the types given, as a tree, with others that it calls.
function draw.fn(rng, types)
  local helpers, list = {}, { "block", "" }
  for i = 1, math.max(0, rng:int(-1, 3)) do
    local params, results = rng:int(0, 3), rng:pick { 1, 1, 1, 2 }
    local text = ("local function h%d(%s)\nlocal turns = 0\n%%s\nend"):format(i, names(params))
    list[#list + 1] = { "stat", text, body(rng, table.move({ "I", "F", "I" }, 1, params, 1, {}), rng:int(0, 4), helpers,
      false, results) }
    helpers = table.move(helpers, 1, #helpers, 1, { { name = "h" .. i, params = params, results = results } })
  end
  local head = "local " .. table.concat(draw.arrays, ", ") .. ", " .. table.concat(draw.kernels, ", ") .. " = ...\n"
    .. "local gain, count, root, most = 0.75, 3, math.sqrt, math.max\n%s\nreturn function(" .. names(#types)
    .. ")\nlocal turns = 0\n%s\nend"
  return { "fn", head, list, body(rng, types, rng:int(3, 14), helpers, rng:int(1, 8) == 1, rng:pick { 1, 1, 1, 2 }) }
end

-- Smaller trees: a statement left out, or an expression that is one of its parts, or a number. 'still' says of a tree
-- whether it shows what is looked for; the smallest that does is returned.
function draw.shrink(tree, still)
  local function try(parent, i, with)
    local was = parent[i]
    if with then parent[i] = with else table.remove(parent, i) end
    if still(tree) then return true end
    if with then parent[i] = was else table.insert(parent, i, was) end
    return false
  end
  local function pass(node)
    local i = 3
    while i <= #node do
      local kid = node[i]
      local smaller = kid[1] ~= "end" and node[1] == "block" and try(node, i, nil)
      if not smaller and (kid[1] == "num" or kid[1] == "cond") then
        for k = 3, #kid do
          smaller = smaller or kid[k][1] == kid[1] and try(node, i, kid[k])
        end
        if not smaller and #kid > 2 then smaller = try(node, i, { kid[1], kid[1] == "num" and "1" or "(1 < 2)" }) end
      end
      if smaller then return true end
      if pass(kid) then return true end
      i = i + 1
    end
    return false
  end
  while pass(tree) do end
  return tree
end

return draw
