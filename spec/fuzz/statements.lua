-- Statements of a script that a fuzzer's bytes stand for; see grammar.lua. A function gets the grammar and gives the
-- text.

local statements = {}

local function operator(text)
  return function(g, a)
    local b = g:value(g.bytes:rare(4) and "any" or g.bytes:pick { "number", "pipeline" })
    if g.bytes:rare(3) then a, b = b, a end
    return ("(%s) %s (%s)"):format(a, text, b)
  end
end

-- How a metamethod is met: its function gets the grammar, an object and the entry.
statements.meta = {
  __add = operator "+", __sub = operator "-", __mul = operator "*", __div = operator "/", __idiv = operator "//",
  __mod = operator "%", __pow = operator "^", __band = operator "&", __bor = operator "|", __bxor = operator "~",
  __shl = operator "<<", __shr = operator ">>", __lt = operator "<", __le = operator "<=", __eq = operator "==",
  __unm = function(_, a) return "-" .. a end,
  __bnot = function(_, a) return "~" .. a end,
  __len = function(_, a) return "#" .. a end,
  __tostring = function(_, a) return ("tostring(%s)"):format(a) end,
  __index = function(g, a) return ("%s[%s]"):format(a, g:value(g.bytes:rare(8) and "any" or "integer")) end,
  __newindex = function(g, a)
    return ("function(a) a[%s] = %s end)(%s"):format(g:value "integer", g:value "value", a)
  end,
  __pairs = function(g, a)
    return ("function(a) for k, v in pairs(a) do %s break end end)(%s"):format(g:block(1), a)
  end,
  __close = function(g, a) return ("function() local c <close> = %s %s end)("):format(a, g:block(2)) end,
  __call = function(g, a, entry) return ("%s(%s)"):format(a, table.concat(g:arguments(entry), ", ")) end,
}

-- A Lua function: some do something first, some raise, yield or give what nobody wants.
function statements.callback(g)
  local ending = g.bytes:pick {
    "return ...", "return 1", "return 0.5", "error 'raised'", "error({})", "return coroutine.yield(...)",
    "return true", "",
    "return 'x'", "return {}", "error()", "return A[1], P[1]",
  }
  return ("function(...) %s %s end"):format(g:block(g.bytes:choice(4)), ending)
end

local function call(g)
  local entry = g.bytes:pick(g.calls)
  local text, place = g:call(entry), g:place(entry)
  return ("%s = try(%s, function() return %s end)"):format(place, place, text)
end

-- An object is forgotten: what else holds it is the engine's.
local function forget(g)
  return g.bytes:pick {
    "A[4] = tine.zeros('u8', 3)", "P[2] = tine.range(1, 5)", "X[1] = nil", "P[1] = A[1]:map('neg')",
    "P[4] = tine.slice(A[4])",
    "A[1] = tine.random(5000, 1):collect()", "P[3] = A[1]:flat_map('repeat', 3)", "C[1] = nil", "J[1] = nil",
    "L[1] = nil",
    "A[2] = tine.range(1, 40):map('mod', 7):collect('i32')", "A[3] = A[4]:sub(2, 9)",
  }
end

local function collect(g)
  return g.bytes:pick {
    "collectgarbage()", "collectgarbage 'step'", "collectgarbage 'generational'", "collectgarbage 'incremental'",
    "collectgarbage 'stop'", "collectgarbage 'restart'", "X[2] = collectgarbage 'count'",
  }
end

-- Of a finaliser; hooks are off in it, so what it does must be over by itself.
local FINAL = {
  "A[1]:close()", "if J[1] then J[1]:cancel() end", "X[3] = tostring(P[1])", "X[4] = A[4]:sum()",
  "if L[1] then L[1]:close() end",
  "P[1] = tine.slice(A[1])", "A[2] = A[4]:copy()", "if J[2] then X[1] = J[2]:done() end", "A[4]:fill(1)",
  "A[3]:sort()",
  "X[2] = tine.pool { threads = 1 }", "X[1] = A[4]:start 'sum'", "error 'final'", "collectgarbage()",
  "tine.range(1, 1 << 50):map('sqrt'):sum()", "X[1] = P[2]:sum()", "A[4]:start('sum'):wait()",
  "P[2]:start('collect'):wait(0.001)",
  "A[4]:map('neg'):iter()",
}

local function finaliser(g)
  return ("setmetatable({}, { __gc = function() pcall(function() %s end) %s end })"):format(g.bytes:pick(FINAL),
    g.bytes:pick { "", "error 'in the end'", g.bytes:pick(FINAL) })
end

local function loop(g)
  local n = g.bytes:choice(3)
  return ("try(nil, function() for x, y in %s:iter() do %s %s end end)"):format(g:object "Pipeline", g:block(n),
    g.bytes:pick { "break", "error(x)", "", "coroutine.yield(x)", "do return x end", "X[1] = y" })
end

-- Closed over what the block does with it.
local function closing(g)
  local class = g.bytes:pick { "Array", "Pool", "Job" }
  return ("try(nil, function() local c <close> = %s %s %s end)"):format(g:object(class), g:block(3),
    g.bytes:pick { "", "error 'left'", "coroutine.yield(c)" })
end

local function coroutines(g)
  local at = g.bytes:choice(3) + 1
  local form = g.bytes:pick {
    "create", "resume", "resume", "close", "wrap",
  }
  if form == "create" then return ("C[%d] = coroutine.create(%s)"):format(at, statements.callback(g)) end
  if form == "wrap" then return ("try(nil, coroutine.wrap(%s))"):format(statements.callback(g)) end
  return ("if C[%d] then pcall(coroutine.%s, C[%d]) end"):format(at, form, at)
end

-- A run, or a job, that is long enough to be told of, and a function that is told.
local function watched(g)
  local p = g.bytes:pick { "tine.range(1, 1 << 22)", "A[4]", g:object "Pipeline", 'A[4]:chain(tine.rep(1, 1 << 40))' }
  local adaptor = g.bytes:pick { "", ':map("sqrt")', ':filter("gt", 3)', ':flat_map("repeat", 3)', ":gather(A[1])" }
  local form = g.bytes:pick { "%s:%s(%s)", "%s:start(%q, %s):wait()", "%s:%s(%s)", "%s:start(%q, %s):await(type)" }
  local terminal = g.bytes:pick(g.terminals)
  local text = form:format(("%s%s:progress(%s, 1e-4)"):format(p, adaptor, statements.callback(g)), terminal.bare,
    table.concat(g:arguments(terminal), ", ")):gsub(", %)", ")")
  return ("X[3] = try(X[3], function() return %s end)"):format(text)
end

-- One adaptor many times over.
local function pile(g)
  local entry = g.bytes:pick(g.giving.Pipeline)
  if entry.owner ~= "Pipeline" or entry.meta then return call(g) end
  g.produced[entry.name] = true
  local at = g.bytes:choice(4) + 1
  return ("for _ = 1, %s do P[%d] = try(P[%d], function() return P[%d]:%s(%s) end) end"):format(
    g.bytes:pick { "2", "3", "8", "20", "40", "70", "1100" }, at, at, at, entry.bare,
      table.concat(g:arguments(entry), ", "))
end

-- What Lua itself does with any value.
local function probe(g)
  local o = g:object(g.bytes:pick { "Array", "Pipeline", "Job", "Pool", "Kernel" })
  local form = g.bytes:pick {
    "getmetatable(%s)", "setmetatable(%s, {})", "rawlen(%s)", "rawget(%s, 1)", "rawset(%s, 1, 1)", "next(%s)",
    "ipairs(%s)",
    "table.concat(%s, ',', 1, 3)", "table.unpack(%s, 1, 5)", "table.sort(%s)", "table.insert(%s, 1)",
    "table.remove(%s)",
    "table.move(%s, 1, 5, 2)", "('%%s'):format(%s)", "select(-1, %s)", "rawequal(%s, A[1])",
    "getmetatable(%s).__gc(A[1])",
    "getmetatable(%s).__index(A[1], 'sum')", "setmetatable({}, { __index = %s }).sum", "%s .. 'x'", "%s.nothing",
    "%s.__gc", "math.type(%s)", "tine.Array.__gc(%s)", "tine.Array.__close(%s)", "tine.Array.__index(%s, 1)",
  }
  return ("X[4] = try(X[4], function() return %s end)"):format(form:format(o))
end

-- Near the end of the stacks of Lua and of C.
local function deep(g)
  local n = g.bytes:pick { "150", "190", "196", "10000", "199000" }
  local way = #n == 3 and "pcall(down, n - 1)" or "1, down(n - 1)"
  return ("try(nil, function() local function down(n) if n > 0 then return %s end %s end down(%s) end)"):format(way,
    g:block(2), n)
end

-- A method held and called on something else.
local function stolen(g)
  local entry = g.bytes:pick(g.calls)
  if entry.meta or entry.value or entry.owner == "tine" then return call(g) end
  g.produced[entry.name] = true
  return ("try(nil, function() return %s.%s(%s) end)"):format(g:object(entry.owner), entry.bare,
    table.concat({ g:value "any", table.unpack(g:arguments(entry)) }, ", "))
end

statements.list = {
  call, call, call, call, call, call, call, call, call, call, call, call, call, call, call, call, forget, collect,
  finaliser, loop, closing, watched, watched, coroutines, coroutines, pile, probe, deep, stolen, call, call, call, call,
  call,
}

return statements
