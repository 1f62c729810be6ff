-- The script behind wrong_calls_spec.lua: calls everything the module exports with random wrong arguments, in a
-- process of its own so that a crash or a hang is a failed spec and not the end of the run.
--
-- Arguments: seed, number of calls. Prints "ok" and the number of calls, or what went wrong; any other output is the
-- module's own and wrong too. The call about to be made is in the file last-call, for the reader of a crash.

local helper = require "spec.lua.helper"
local tine = require "tine"

local rng = helper.random(math.tointeger(tonumber(arg[1])))

-- Words of which one is in every sensible message.
local SENSIBLE = {
  "bad argument", "attempt to", "expected", "unknown", "invalid", "range", "length", "overflow", "representation",
  "memory", "too ", "must", "needs", "need", "cannot", "closed", "not ", "no ", "failed at item", "boom", "step",
  "no terminal", "runs Lua", "running job", "overlap",
  "bad self", "takes", "columns", "use flat_map", "elements", "multiple", "empty", "negative", "got ", "index is",
}

-- Values nobody should pass. Lengths are small or impossible: what memory may or may not hold proves nothing.
local function wrong_values()
  local closed = tine.zeros("f64", 3)
  getmetatable(closed).__close(closed)
  local closed_pool = tine.pool { threads = 1 }
  closed_pool:close()
  return {
    false, true, 0, 1, 2, 3, -1, -5, 1.5, 0.0, -0.0, 0 / 0, math.huge, -math.huge, math.maxinteger, math.mininteger,
    1 << 61, 2.0 ^ 70, "", "f64", "u8", "bool", "mul", "neg", "where", "i8 ", "mull", "\0", ("x"):rep(1000), "1",
    "/no/such/folder/file", "0x10", "rw", "%s%n", {}, { 1, 2, 3 }, { "a" }, { threads = -1 }, { threads = 2 },
    { [1.5] = 1 },
    setmetatable({}, { __index = function() error "boom" end, __len = function() return math.maxinteger end }),
    setmetatable({}, { __len = function() return -1 end }), type, function() error "boom" end,
    function() return 1 end, function() end, coroutine.create(type), io.stdout, tine.zeros("f64", 0),
    tine.array("i32", { 3, 1, 2 }), tine.array("bool", { true, false }), tine.range(1, 5), tine.rep(0.5, 3),
    tine.range(1, 3):zip(tine.rep(true, 3)), tine.range(1, 3):map("idiv", 0), tine.range(1, 9):filter("gt", 4), { 2 },
    { 1, 2 }, "gt", "lt", "repeat", "desc", tine.kernel "add", closed, closed_pool,
  }
end

-- Objects whose methods are called.
local function subjects()
  return {
    tine.array("f64", { 1, 2, 3 }), tine.array("u8", { 1, 0 }), tine.zeros("bool", 0), tine.range(1, 10),
    tine.array("f32", { 1, 0 / 0 }):map("sqrt"), tine.range(1, 3):zip(tine.rep(0.5, 4)),
    tine.range(-1, 1):map("idiv", 1), tine.range(1, 9):filter("gt", 4), tine.range(1, 3):extend("neg"):filter("gt"),
    tine.range(1, 3):extend("add", 0):flat_map "repeat", tine.kernel "add", tine.kernel "isnan",
    tine.pool { threads = 2 }, tine.range(1, 10):start "collect",
  }
end

local METHODS = [[dtype len nbytes get sub copy cast fill totable tobytes equal save shape reverse sort sorted argsort
  kind bounds map zip zip_eq take min_len max_len on sequential sum product min max minmax argmin argmax mean var std
  reduce count collect collect_into for_each each iter explain enumerate rev skip step_by chain windows filter extend
  select any all find_first find_last find_any position_first position_last position_any interleave interleave_shortest
  fold_chunks gather filter_map flat_map positions take_while skip_while partition scan top unique histogram count_by eq
  cmp signature mode threads install close]]

-- The names of everything callable on a value.
local function methods_of(value)
  local names = {}
  for name in METHODS:gmatch "%S+" do
    local ok, method = pcall(function() return value[name] end)
    if ok and type(method) == "function" then names[#names + 1] = name end
  end
  local index = debug.getmetatable(value).__index
  if type(index) == "table" then
    for name, method in pairs(index) do
      if type(name) == "string" and type(method) == "function" then names[#names + 1] = name end
    end
  end
  return names
end

local OPERATIONS = {
  index = function(a, b) return a[b] end, length = function(a) return #a end, call = function(a, ...) return a(...) end,
  assign = function(a, b, c) a[b] = c end, add = function(a, b) return a + b end, sub = function(a, b) return b - a end,
  mul = function(a, b) return a * b end, div = function(a, b) return b / a end, pow = function(a, b) return a ^ b end,
  idiv = function(a, b) return b // a end, mod = function(a, b) return a % b end, unm = function(a) return -a end,
  concat = function(a, b) return a .. b end, equal = function(a, b) return a == b end, print = tostring,
  less = function(a, b) return a < b end, iterate = function(a) return (pairs(a)) end,
  band = function(a, b) return a & b end, shl = function(a, b) return b << a end,
}

-- Everything to call: name and function; a method gets its subject as the first argument.
local function targets()
  local list = {}
  for name, value in pairs(tine) do
    if type(value) == "function" then list[#list + 1] = { "tine." .. name, value, exported = true } end
  end
  for i, subject in ipairs(subjects()) do
    local class = ("subject %d, "):format(i)
    for _, name in ipairs(methods_of(subject)) do
      list[#list + 1] = { class .. name, subject[name], subject, exported = true }
    end
    for name, operation in pairs(OPERATIONS) do list[#list + 1] = { class .. name, operation, subject } end
  end
  table.sort(list, function(a, b) return a[1] < b[1] end)
  return list
end

local function sensible(message)
  if type(message) ~= "string" or #message > 4000 then return false end
  for _, word in ipairs(SENSIBLE) do
    if message:find(word, 1, true) then return true end
  end
  return false
end

local function describe_call(target, arguments)
  local words = {}
  for i = 1, arguments.n do
    words[i] = type(arguments[i]) == "string" and ("%q"):format(arguments[i]:sub(1, 40)) or tostring(arguments[i])
  end
  return ("%s(%s)"):format(target[1], table.concat(words, ", "))
end

-- Writes down the call about to be made, over the one before it; rewriting the file each time would be far slower.
local log = assert(io.open("last-call", "w"))
local function note(text)
  log:seek "set"
  log:write(text, (" "):rep(500 - #text), "\n")
  log:flush()
end

-- Six tables behind any arguments fill all places where there may be one, and are too many. (install hands them on.)
local function refuses_more(target, arguments)
  local more = table.move(arguments, 1, arguments.n, 2, { target[3] })
  local n = arguments.n + 1
  if not target[3] then
    more, n = table.move(arguments, 1, arguments.n, 1, {}), arguments.n
  end
  for i = n + 1, n + 6 do more[i] = {} end
  return not target.exported or target[1]:find "install$" or not pcall(target[2], table.unpack(more, 1, n + 6))
end

-- One call; true where it gave a result or a sensible error.
local function call(target, values)
  local arguments = { n = rng:int(0, 4) }
  for i = 1, arguments.n do arguments[i] = rng:chance(0.9) and rng:pick(values) or nil end
  local text = describe_call(target, arguments)
  note(text)
  local ok, message
  if target[3] and not rng:chance(0.05) then
    ok, message = pcall(target[2], target[3], table.unpack(arguments, 1, arguments.n))
  else
    ok, message = pcall(target[2], table.unpack(arguments, 1, arguments.n))
  end
  if ok and not refuses_more(target, arguments) then
    print(text .. ": further arguments are ignored")
    return false
  end
  if ok or sensible(message) then return true end
  print(("%s: %s"):format(text, tostring(message)))
  return false
end

-- A word that nobody exports, or one with something wrong: to read it raises and says so, or it is there after all.
local function name_is_told(value)
  local name = rng:pick { "median", "lenght", "sqrt", "save", "add", "wait", "x" } .. rng:pick { "", "s", "_", "q9" }
  local ok, message = pcall(function() return value[name] end)
  if ok and message ~= nil or not ok and message:find("has no method '" .. name .. "'", 1, true) then return true end
  print(("%s.%s: %s"):format(value, name, message))
  return false
end

local function still_works()
  local xs, ys = tine.array("f64", { 1, 2, 3 }), tine.array("f64", { 4, 5, 6 })
  return xs:zip(ys):map("mul"):sum() == 32.0 and tine.range(1, 100000):collect():sum() == 5000050000
end

local list, values, fine = targets(), wrong_values(), 0
local count = math.tointeger(tonumber(arg[2]))
for i = 1, count do
  -- The first calls go through the whole list, so that nothing is left to chance.
  if call(list[(i - 1) % #list + 1], values) then fine = fine + 1 end
  if i % 100 == 0 then
    assert(still_works(), "the state does not work any more")
    for _, subject in ipairs(subjects()) do assert(name_is_told(subject)) end
    -- Values that a call closed or filled are replaced.
    list, values = targets(), wrong_values()
    collectgarbage()
  end
end
print(fine == count and "ok " .. count or ("%d of %d calls gave no sensible answer"):format(count - fine, count))
