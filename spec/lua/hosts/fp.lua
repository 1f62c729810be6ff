-- What everything of the reference gives under each floating-point mode of the host, bit for bit; that the mode is what
-- it was afterwards, also where an error is raised. The host is fp_host.c.

package.path = "./lua/?.lua;./?.lua;" .. package.path
local tine = require "tine"
local model = require "generate.model"(require "api")

local fpset, fpget = fpset, fpget -- luacheck: ignore 113

-- Not computed in any mode.
local inf, nan, tiny, tiny3, third = math.huge, 0 / 0, 5e-324, 3 * 5e-324, 1 / 3

local function bytes_of(v)
  if math.type(v) == "float" then return v ~= v and "nan" or ("%a"):format(v) end
  if tine.isarray(v) and not tostring(v):find "closed" then
    return v:dtype() .. " " .. v:tobytes():gsub(".", function(c) return ("%02x"):format(c:byte()) end)
  end
  return (tostring(v):gsub("0x%x+", "?"))
end

local function list(...)
  local all = table.pack(...)
  for i = 1, all.n do all[i] = bytes_of(all[i]) end
  return table.concat(all, ", ")
end

local faults = 0
local function fault(...)
  faults = faults + 1
  print(...)
end

-- Calls fn(...) in the mode and back; what it gave, and whether the mode was kept.
local function within(mode, fn)
  if not fpset(mode) then fpset "nearest"; return nil end
  local results = table.pack(pcall(fn))
  local kept = fpget()
  fpset "nearest"
  if kept ~= mode then fault("mode " .. mode .. " became " .. kept) end
  return results
end

local MODES = { "up", "down", "zero", "flush", "traps" }
local function same_in_all(name, make)
  local base = within("nearest", make())
  local want = list(table.unpack(base, 1, base.n))
  for _, mode in ipairs(MODES) do
    local results = within(mode, make())
    local got = results and list(table.unpack(results, 1, results.n))
    if results and got ~= want then fault(mode, name, "got " .. got, "expected " .. want) end
  end
end

-- ----- Examples and errors of the reference -----

-- A function that runs an example and returns what its lines give.
local function example(text)
  local given
  local env = setmetatable({ give = function(...)
    for _, v in ipairs { ... } do given[#given + 1] = v end
  end }, { __index = _G })
  local lines = {}
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do
    local expression = line:match "^(.-) %-%->"
    lines[#lines + 1] = expression and ("give(%s)"):format(expression) or line
  end
  local run = assert(load(model.api.prelude .. "\n" .. table.concat(lines, "\n"), "=example", "t", env))
  return function()
    given = {}
    run()
    return table.unpack(given)
  end
end

-- What differs from run to run, and what Lua itself computes in the host's mode, is left out.
local VARIES = { ["tine.clock"] = true, ["tine.info"] = true, ["Array:share"] = true }
local functions = 0
for _, entry in ipairs(model.entries) do
  if entry.example and not entry.hosted and not VARIES[entry.name] and not entry.example:find "0 */ *0" then
    functions = functions + 1
    same_in_all(entry.name, function() return example(entry.example) end)
  end
  for _, case in ipairs(entry.errors or {}) do
    local code = model.api.prelude .. "\n"
    local run = load(code .. "local ignored = " .. case[1]) or load(code .. case[1])
    if not case[1]:find "0 */ *0" then same_in_all(case[1], function() return run end) end
  end
end
assert(functions > 100, functions)

-- ----- Values that modes tell apart -----

local xs = tine.array("f64", { 0.1, -0.7, tiny, -tiny, 1e-310, 1e308, nan, inf, 0.3 })
local small, f32 = tine.array("f64", { 0, 5e-312 }), tine.frombytes("f32", "\1\0\0\0\0\0\128\127\1\0\128\127")
local big, ints = 2 ^ 53 + 2, tine.array("i64", { 2 ^ 53 | 1, -(2 ^ 53 | 3), (1 << 60) | 1 })
local store = tine.zeros("f32", 4)
local cases = {
  linspace = function() return tine.linspace(0.1, 0.7, 100003) end,
  ["linspace of ends"] = function()
    return tine.linspace(inf, inf, 3), tine.linspace(-1.7e308, 1.7e308, 5), tine.linspace(0, 1e-310, 3),
      tine.linspace(0, 2e-323, 10), tine.linspace(nan, 1, 3), tine.linspace((1 << 53) | 1, (1 << 54) | 1, 2)
  end,
  equal = function()
    return tine.array("f64", { tiny }):equal(tine.zeros("f64", 1)), xs:equal(xs, 0.5),
      tine.array("f64", { 1e-310 }):equal(tine.array("f64", { 9e-310 }), 1e-311), ints:equal(ints:cast("f64")),
      f32:equal(f32:cast("f64")), tine.array("f64", { nan }):equal(ints:slice(1, 1):collect())
  end,
  ["equal, no tolerance"] = function() return xs:equal(xs, nan) end,
  range = function()
    return tine.range(0, 1e-310, 1e-311):collect(), tine.range(0.1, 0.7, 0.1):collect(), tine.range(1, nan):len(),
      tine.range(1, 7.5):collect(), tostring(tine.range(0.1, 0.3, 0.1)), tine.range(0, tiny3, tiny):collect(),
      tine.range(-1.7e308, 1.7e308, 1e308):collect()
  end,
  ["range, no number"] = function() return tine.range(nan, 1, 0.5) end,
  histogram = function()
    return small:histogram(0, 1e-311, 2), xs:histogram(-1, 1, 7),
      xs:histogram(0, tiny3, 6), xs:histogram(0, tiny, 1)
  end,
  ["histogram, no number"] = function() return xs:histogram(nan, 1, 2) end,
  ["histogram, one point"] = function() return xs:histogram(1, 1, 2) end,
  store = function()
    store[1], store[2], store[3], store[4] = 1e-40, 1e300, 0.1, nan
    return store, store[1], store[2], store[3], store[4]
  end,
  ["store an integer"] = function()
    store[1] = (1 << 60) | 1
    return store
  end,
  ["store what is no integer"] = function() return tine.array("i64", { nan }) end,
  ["make"] = function()
    return tine.full("f32", 3, 1e300), tine.full("f32", 3, 1e-40),
      tine.array("f32", { 0.1, 1e-45, nan, (1 << 53) | 1 }),
      tine.build("f32", 2, function() return 1e-42 end), tine.array("u64", { big })
  end,
  fill = function()
    local a = tine.zeros("f32", 3)
    a:fill(1e-41)
    return a
  end,
  read = function() return f32[1], f32[2], f32[3], f32:min(), (select(2, next { f32[1] })) end,
  constants = function()
    return f32:map("mul", 1.0):collect(), f32:map("clamp", 1e-45, 0.1):collect(), f32:map("add", 0.1):collect(),
      f32:map("add", (1 << 60) | 1):collect(), xs:map("div", 0):collect(), tine.rep(1e-310, 2):collect()
  end,
  call = function()
    local k = tine.kernel "mul"
    return k(0.1, 0.7), k(1e-310, 0.5), tine.kernel "div"(1, 0), tine.kernel "max"(nan, 1)
  end,
  cast = function() return xs:cast("f32"), ints:cast("f32"), ints:map("div", 3):collect() end,
  text = function()
    return tostring(xs), tostring(tine.array("f64", { third, -third, 1e300 })), tostring(tine.rep(third, 2))
  end,
  sums = function() return xs:sum(), xs:mean(), xs:min(), ints:sum(), xs:scan("add"):sum() end,
  times = function()
    return xs:timeout(1e300):count(), xs:timeout(inf):count(), xs:progress(print, 1e300):count(),
      xs:start("sum"):wait(1e300)
  end,
  ["timeout, no number"] = function() return xs:timeout(nan) end,
  ["wait, no number"] = function() return xs:start("sum"):wait(nan) end,
  ["progress, no number"] = function() return xs:progress(print, nan) end,
}
for name, fn in pairs(cases) do same_in_all(name, function() return fn end) end

os.exit(faults == 0, true)
