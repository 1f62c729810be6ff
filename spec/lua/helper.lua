-- What the Lua specs share: seeded randomness, assertions that understand arrays and bits, fresh interpreters.
--
-- Randomness: every random spec runs inside `helper.seeded`. When it fails, the message ends with the seed;
-- TINE_SEED=<seed> in the environment repeats the run exactly, on any machine.
--
-- Assertions added to luassert (which compares userdata by identity, and numbers by ==):
--   assert.bits(expected, actual)          numbers, tables or arrays: same math.type, same bits, all NaNs alike
--   assert.holds(dtype, values, array)     an array of exactly this element type and these values
--   assert.raises(text, fn, ...)           fn(...) raises a string that contains `text`; gives the message
--   assert.outside(result, message, code)  how a file or system failure looks: nil, message, integer
--   assert.close(expected, actual, rel)    floats within a relative error

local luassert = require "luassert"
local tine = require "tine"

local helper = {}

helper.dtypes = { "bool", "u8", "i8", "u16", "i16", "u32", "i32", "u64", "i64", "f32", "f64" }
helper.integers = { "u8", "i8", "u16", "i16", "u32", "i32", "u64", "i64" }

-- The string.pack letter of each element type, in the machine's own byte order.
helper.letter = {
  bool = "=B", u8 = "=B", i8 = "=b", u16 = "=I2", i16 = "=i2", u32 = "=I4", i32 = "=i4",
  u64 = "=I8", i64 = "=i8", f32 = "=f", f64 = "=d",
}

-- The value x has after a trip through an f32.
function helper.f32(x)
  return (string.unpack("=f", string.pack("=f", x)))
end

--------------------------------------------------------------------------------------------------------------------
-- Seeds and random numbers: splitmix64 (Steele, Lea, Flood 2014), because it is ten lines and the same everywhere.

helper.seed = math.tointeger(tonumber(os.getenv "TINE_SEED")) or math.random(1, 2 ^ 31)

local Random = {}
Random.__index = Random

function helper.random(seed)
  return setmetatable({ state = seed or helper.seed }, Random)
end

-- 64 random bits.
function Random:bits()
  self.state = self.state + 0x9E3779B97F4A7C15
  local z = self.state
  z = (z ~ (z >> 30)) * 0xBF58476D1CE4E5B9
  z = (z ~ (z >> 27)) * 0x94D049BB133111EB
  return z ~ (z >> 31)
end

-- An integer in [low, high]; the width of the interval must fit an integer.
function Random:int(low, high)
  return low + (self:bits() >> 1) % (high - low + 1)
end

-- A float in [0, 1).
function Random:float()
  return (self:bits() >> 11) * 2.0 ^ -53
end

function Random:chance(probability)
  return self:float() < probability
end

function Random:pick(list)
  return list[self:int(1, #list)]
end

-- Wraps the body of an `it`: the body gets a generator, a failure gets the seed. Specs that share one body give it
-- different streams of numbers.
function helper.seeded(body, stream)
  return function()
    local ok, failure = pcall(body, helper.random(helper.seed + (stream or 0) * 0x5851F42D4C957F2D))
    if ok then return end
    local note = ("\n(to repeat: TINE_SEED=%d)"):format(helper.seed)
    if type(failure) == "table" and failure.message then
      failure.message = tostring(failure.message) .. note
      error(failure, 0)
    end
    error(tostring(failure) .. note, 0)
  end
end

-- A method as a call names it: Lua's errors know the name only where the source has it.
function helper.method(name)
  return assert(load(("local p = ... local r = table.pack(p:%s(select(2, ...))) return table.unpack(r, 1, r.n)"):format(
    name), "=" .. name))
end

-- Runs after each spec: two full collections finalize what the spec dropped, so a fault in a finalizer shows up there.
function helper.settle()
  collectgarbage()
  collectgarbage()
end

--------------------------------------------------------------------------------------------------------------------
-- Bits

-- Equal in type and in every bit; the sign and payload of a NaN are not part of the bits.
function helper.same(x, y)
  if math.type(x) ~= math.type(y) then return false end
  if math.type(x) == "float" then
    return (x ~= x and y ~= y) or string.pack("=d", x) == string.pack("=d", y)
  end
  return x == y
end

-- A number as a spec's message should show it: %a does not hide the last bit.
function helper.show(x)
  if math.type(x) == "float" and x == x and x - x == 0 then return ("%.17g (%a)"):format(x, x) end
  return tostring(x)
end

function helper.totable(x)
  return tine.isarray(x) and x:totable() or x
end

-- nil when both hold the same bits, else one line that says where they part.
function helper.difference(expected, actual)
  expected, actual = helper.totable(expected), helper.totable(actual)
  if type(expected) ~= "table" or type(actual) ~= "table" then
    if helper.same(expected, actual) then return nil end
    return ("expected %s, got %s"):format(helper.show(expected), helper.show(actual))
  end
  if #expected ~= #actual then return ("expected %d values, got %d"):format(#expected, #actual) end
  for i = 1, #expected do
    if not helper.same(expected[i], actual[i]) then
      return ("value %d: expected %s, got %s"):format(i, helper.show(expected[i]), helper.show(actual[i]))
    end
  end
end

-- The distance of two floats in units of the last place of f64.
function helper.ulps(x, y)
  if helper.same(x, y) or x == y then return 0 end
  if x ~= x or y ~= y then return math.huge end
  local function ordered(v)
    local i = string.unpack("=i8", string.pack("=d", v))
    return i < 0 and math.mininteger - i or i
  end
  return math.abs(ordered(x) - ordered(y))
end

--------------------------------------------------------------------------------------------------------------------
-- Assertions

-- Registers assert.<name>; `check` gives nil, or the message of the failure, and then what the assertion returns.
local function define(name, check)
  luassert:register("assertion", name, function(state, arguments)
    local complaint, result = check(table.unpack(arguments, 1, arguments.n))
    if not complaint then return true, { result } end
    if not state.mod then return false end
    rawset(state, "failure_message", complaint)
    return false
  end)
end

define("bits", function(expected, actual, label)
  local difference = helper.difference(expected, actual)
  return difference and (label and label .. ": " or "") .. difference, actual
end)

define("holds", function(dtype, values, array)
  if not tine.isarray(array) then return "expected an array, got " .. tostring(array) end
  if array:dtype() ~= dtype then return ("expected an array of %s, got %s"):format(dtype, array:dtype()) end
  return helper.difference(values, array), array
end)

define("raises", function(text, fn, ...)
  local ok, message = pcall(fn, ...)
  if ok then return ("expected an error with '%s', got none"):format(text) end
  if type(message) ~= "string" then return "expected an error message, got a " .. type(message) end
  if not message:find(text, 1, true) then return ("expected an error with '%s', got '%s'"):format(text, message) end
  return nil, message
end)

define("outside", function(result, message, code)
  if result ~= nil then return "expected nil, got " .. tostring(result) end
  if type(message) ~= "string" or message == "" then return "expected a message, got " .. tostring(message) end
  if math.type(code) ~= "integer" then return "expected an integer code, got " .. tostring(code) end
  return nil, message
end)

define("close", function(expected, actual, relative)
  if math.type(actual) ~= "float" then return "expected a float, got " .. tostring(actual) end
  if math.abs(actual - expected) <= relative * math.abs(expected) then return nil, actual end
  return ("expected %s within %g, got %s"):format(helper.show(expected), relative, helper.show(actual))
end)

--------------------------------------------------------------------------------------------------------------------
-- Pools, files and fresh interpreters

-- Pools of the given sizes; close them with helper.close.
function helper.pools(sizes)
  local pools = {}
  for i, threads in ipairs(sizes) do pools[i] = tine.pool { threads = threads } end
  return pools
end

function helper.close(pools)
  for _, pool in ipairs(pools) do pool:close() end
end

-- The same pipeline cut and scheduled in every way the contract knows: none may change a result (semantics 1).
function helper.schedules(p, pools)
  local list = {
    { "as it is", p }, { "sequential", p:sequential() }, { "max_len(1)", p:max_len(1) },
    { "max_len(33)", p:max_len(33) }, { "min_len(5000)", p:min_len(5000) },
    { "min_len(7):max_len(100)", p:min_len(7):max_len(100) },
  }
  for _, pool in ipairs(pools) do
    local name = ("on %d threads"):format(pool:threads())
    list[#list + 1] = { name, p:on(pool) }
    list[#list + 1] = { name .. ", max_len(50)", p:on(pool):max_len(50) }
  end
  return list
end

function helper.write(path, content)
  local file = assert(io.open(path, "wb"))
  file:write(content)
  file:close()
end

function helper.read(path)
  local file = assert(io.open(path, "rb"))
  local content = file:read "a"
  file:close()
  return content
end

-- The search path with every template made absolute, for interpreters that start in another folder.
local function absolute(templates)
  local here = os.getenv "PWD"
  local list = {}
  for template in templates:gmatch "[^;]+" do
    list[#list + 1] = template:sub(1, 1) == "/" and template or here .. "/" .. template
  end
  return table.concat(list, ";")
end

-- Waits until fn() is true, the one place where a spec looks at the clock; false where that takes so long that it never
-- will, on the slowest machine.
local PATIENCE = 300

function helper.eventually(fn)
  local ends = tine.clock() + PATIENCE
  repeat
    if fn() then return true end
  until tine.clock() > ends
  return false
end

-- Runs a Lua script in a fresh interpreter (TINE_LUA), in folder `where`: its whole output (stdout and stderr), then
-- its exit status ("exit" or "signal", and the number; status 124 means that it hung, for that long).
function helper.script(code, options)
  options = options or {}
  local path = os.tmpname()
  helper.write(path, code)
  local command = ("cd '%s' && %s LUA_PATH_5_4='%s' LUA_CPATH_5_4='%s' timeout %d '%s' '%s' %s 2>&1"):format(
    options.where or ".", options.env or "", absolute(package.path), absolute(package.cpath),
    PATIENCE, os.getenv "TINE_LUA" or "lua5.4", path, options.arguments or "")
  local pipe = assert(io.popen(command))
  local output = pipe:read "a"
  local _, how, number = pipe:close()
  os.remove(path)
  return output, how, number
end

-- Runs a host in C that `make test` builds, and returns what it printed; nil where it is not built. Its status must
-- be 0.
function helper.host(name, arguments)
  local program = (os.getenv "TINE_BUILD" or "build") .. "/spec/" .. name
  local file = io.open(program)
  if not file then return nil end
  file:close()
  local pipe = assert(io.popen(("%s %s 2>&1"):format(program, arguments or "")))
  local output = pipe:read "a"
  local ok, how, code = pipe:close()
  assert(ok, ("%s %d: %s"):format(how, code, output))
  return output
end

-- All that a shell command, formatted, printed, and whether it succeeded.
function helper.run(command, ...)
  local pipe = assert(io.popen(("{ " .. command .. "; } 2>&1"):format(...)))
  local output = pipe:read "a"
  return output, pipe:close() or false
end

-- The same of one that must succeed.
function helper.must(command, ...)
  local output, ok = helper.run(command, ...)
  return ok and output or error(command:format(...) .. "\n" .. output, 2)
end

-- Is this the build of a sanitizer: of any, or of that one ("asan", "ubsan", "tsan")?
function helper.is_sanitized(name)
  local found = helper.run("nm -D '%s/libtine.so'", os.getenv "TINE_BUILD" or "build"):match "__([atu]b?san)"
  return found ~= nil and (name == nil or name == found)
end

-- Calls fn with a new folder, and removes that.
function helper.with_folder(fn)
  local folder = os.tmpname()
  os.remove(folder)
  helper.must("mkdir '%s'", folder)
  local _ <close> = setmetatable({}, { __close = function() helper.must("rm -rf '%s'", folder) end })
  return fn(folder)
end

return helper
