-- The API's one table, lua/api.lua, against the module: what is exported is documented and has a spec, and the reverse;
-- kinds, needs, wrong arguments and examples are as told. What is made of the table: help_spec.lua.

local helper = require "spec.lua.helper"
local names = require "spec.lua.names"
local samples = require "spec.lua.samples"
local tine = require "tine"

local model = require "generate.model"(require "api")
local api = model.api

after_each(helper.settle)

local function keys_of(t)
  local set = {}
  for key in pairs(t) do set[key] = true end
  return set
end

-- The names of 'a' that are not in 'b'.
local function missing(a, b)
  local list = {}
  for name in pairs(a) do
    if not b[name] then list[#list + 1] = name end
  end
  table.sort(list)
  return list
end

local function documented()
  local set = {}
  for _, entry in ipairs(model.entries) do
    if not entry.expression then
      assert(not set[entry.name], entry.name .. " is told twice")
      set[entry.name] = true
    end
  end
  return set
end

describe("the table of the API", function()
  it("has all that is exported, and nothing else", function()
    assert.same({}, missing(names.exported(), documented()))
    assert.same({}, missing(documented(), names.exported()))
  end)

  it("has every operator", function()
    -- What finalises, names types, finds methods or serves Lanes is no expression; arrays have the operators of
    -- pipelines.
    local silent = { __gc = true, __name = true, __metatable = true, __lanesclone = true }
    local told = {}
    for _, class in ipairs(api.classes) do told[class.name] = {} end
    for _, entry in ipairs(model.entries) do
      for _, event in ipairs(entry.meta or {}) do told[entry.class][event] = true end
    end
    for event in pairs(told.Pipeline) do told.Array[event] = true end
    for _, class in ipairs(api.classes) do
      local metatable = class.virtual and {} or debug.getregistry()["tine." .. class.name]
      local has = keys_of(metatable)
      for event in pairs(silent) do has[event] = nil end
      if type(metatable.__index) == "table" then has.__index = nil end
      assert.same({}, missing(has, told[class.name]), class.name)
      assert.same({}, missing(told[class.name], has), class.name)
    end
  end)

  it("has the element types by all their names", function()
    for i, dtype in ipairs(api.dtypes) do
      assert.equal(helper.dtypes[i], dtype.name)
      for name in dtype.long:gmatch "%S+" do assert.equal(dtype.name, tine.zeros(name, 0):dtype()) end
    end
    assert.equal(#helper.dtypes, #api.dtypes)
  end)

  it("has the kernels that are built in", function()
    local told, there = {}, {}
    for _, kernel in ipairs(model.kernels) do told[kernel.name] = kernel.help end
    for _, kernel in ipairs(tine.kernels()) do there[kernel.name] = kernel.help end
    for _, dtype in ipairs(helper.dtypes) do there[dtype] = nil end
    assert.same(there, told)
  end)
end)

describe("a spec", function()
  local text = {}
  local pipe = assert(io.popen "find spec/lua -name '*.lua' ! -name reference_spec.lua ! -name help_spec.lua")
  for path in pipe:lines() do text[#text + 1] = helper.read(path) end
  pipe:close()
  text = table.concat(text)

  for _, entry in ipairs(model.entries) do
    if not entry.expression and not entry.value then
      it("calls " .. entry.name, function()
        local before = entry.owner == "tine" and "tine%." or "[:.]"
        assert.truthy(text:find(before .. entry.bare .. "%f[^%w_]"))
      end)
    end
  end
end)

--------------------------------------------------------------------------------------------------------------------
-- Examples and errors

-- A chunk of Lua that begins with the prelude; 'given' are its globals besides Lua's.
local function chunk(code, given)
  return load(api.prelude .. "\n" .. code, "=example", "t", setmetatable(given or {}, { __index = _G }))
end

-- Runs an example; what its lines give, and what they should.
local function run_example(text)
  local lines, promised, given = {}, {}, {}
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do
    local expression, result = line:match "^(.-) %-%->(.*)$"
    if expression then promised[#promised + 1] = names.squeeze(result) end
    lines[#lines + 1] = expression and ("give(%s)"):format(expression) or line
  end
  local give = function(...) given[#given + 1] = names.shown(...) end
  assert(chunk(table.concat(lines, "\n"), { give = give }))()
  return promised, given
end

describe("the example", function()
  for _, entry in ipairs(model.entries) do
    if not entry.hosted then
      it("of " .. entry.name .. " gives what it says", function()
        local promised, given = run_example(entry.example)
        assert.same(promised, given)
        assert.is_true(#promised > 0)
        local operator = entry.expression or entry.example:find(entry.bare, 1, true)
        assert.truthy(operator, "it does not show what it is for")
      end)
    end
  end
end)

describe("the error", function()
  for _, entry in ipairs(model.entries) do
    for _, case in ipairs(entry.errors or {}) do
      it("of " .. case[1], function()
        local run = chunk("local ignored = " .. case[1]) or assert(chunk(case[1]))
        assert.raises(case[2], run)
      end)
    end
  end
end)

--------------------------------------------------------------------------------------------------------------------
-- Kinds

local LADDER = { parallel = 1, bounded = 2, exact = 3, indexed = 4 }

-- What each phrase of the table makes of a kind; nil: it raises.
local KINDS = {
  ["any -> same"] = function(kind) return kind end,
  ["any -> bounded at most"] = function(kind) return LADDER[kind] < LADDER.bounded and kind or "bounded" end,
  ["any -> parallel"] = function() return "parallel" end,
  ["any -> the lowest of all"] = function(kind, other) return LADDER[kind] < LADDER[other] and kind or other end,
  ["indexed -> indexed"] = function(kind) return kind == "indexed" and "indexed" or nil end,
  ["indexed -> bounded"] = function(kind) return kind == "indexed" and "bounded" or nil end,
  ["indexed -> indexed, else -> bounded"] = function(kind) return kind == "indexed" and "indexed" or "bounded" end,
}

-- Pipelines of i64 of every kind that a script can make.
local function bases()
  local p = tine.range(1, 4)
  return { indexed = p, bounded = p:filter("gt", 1), parallel = p:flat_map("repeat", 2) }
end

-- The entry's method as its example calls it, applied to p; 'ys' may be another pipeline.
local function call_like_example(entry, p, ys)
  local call = entry.example:match(":" .. entry.bare .. "%b()")
  local pool <close> = tine.pool { threads = 2 }
  local run = assert(chunk(("return function(p, ys, pool) local r = p%s return r end"):format(call)))()
  return run(p, ys or tine.range(5, 8), pool)
end

describe("the kind", function()
  for _, entry in ipairs(model.entries) do
    if entry.kind and not entry.hosted then
      it("that " .. entry.name .. " gives is as told", function()
        local gives = assert(KINDS[entry.kind], entry.kind)
        for kind, p in pairs(bases()) do
          assert.equal(kind, p:kind())
          local wanted = gives(kind, "indexed")
          if wanted then
            assert.equal(wanted, call_like_example(entry, p):kind())
          else
            assert.raises(("'%s' needs an indexed pipeline; stage 2 '"):format(entry.bare), call_like_example, entry, p)
          end
        end
      end)
    end
    if entry.needs and entry.owner == "Pipeline" then
      it("that " .. entry.name .. " needs is as told", function()
        for kind, p in pairs(bases()) do
          if LADDER[kind] < LADDER[entry.needs] then
            assert.raises(("'%s' needs an %s pipeline; stage 2 '"):format(entry.bare, entry.needs), call_like_example,
              entry, p, tine.zeros("f64", 3))
          end
        end
      end)
    end
  end

  it("of a chain is that of the lowest, on either side", function()
    local gives = KINDS["any -> the lowest of all"]
    for kind, p in pairs(bases()) do
      for other, q in pairs(bases()) do
        assert.equal(gives(kind, other), p:chain(q):kind())
        assert.equal(gives(kind, other), tine.chain(p, q):kind())
      end
    end
  end)

  it("that tine.zip needs is as told", function()
    for kind, p in pairs(bases()) do
      if kind == "indexed" then
        assert.equal("indexed", tine.zip(p, p):kind())
      else
        assert.raises("'zip' needs an indexed pipeline; stage 2 '", tine.zip, p, p)
      end
    end
  end)

  it("has a phrase in the table for every adaptor", function()
    for _, entry in ipairs(model.entries) do
      local result = entry.results[1]
      local adaptor = result and result.type == "Pipeline" and entry.owner == "Pipeline" and not entry.expression
      assert.equal(adaptor or false, entry.kind ~= nil, entry.name)
    end
  end)
end)

--------------------------------------------------------------------------------------------------------------------
-- Results

local function is_object(class)
  return function(v) return type(v) == "userdata" and tostring(v):find("^tine%." .. class) ~= nil end
end

local function is_a(...)
  local set = {}
  for _, name in ipairs { ... } do set[name] = true end
  return function(v) return set[type(v)] or set[math.type(v)] or false end
end

local IS = {
  Array = is_object "Array", Job = is_object "Job", Pipeline = is_object "Pipeline",
  Kernel = is_object "Kernel", Pool = is_object "Pool",
  any = function() return true end, boolean = is_a "boolean", catalogue = is_a "table", dtype = is_a "string",
  ["function"] = is_a "function", info = is_a "table", integer = is_a "integer", kind = is_a "string",
  mode = is_a "string", number = is_a "number", string = is_a "string", table = is_a "table",
  value = is_a("number", "boolean"),
}

-- The call of the entry in its example, with these results.
local function results_of(entry, path)
  local subjects = {
    tine = "", Array = "xs", Job = "xs:start('sum')", Pipeline = "tine.range(1, 3)",
    Kernel = "tine.kernel('add')", Pool = "tine.pool()",
  }
  local name = (entry.owner == "tine" and "tine%." or ":") .. entry.bare .. " ?"
  local call = entry.example:match(name .. "%b()") or entry.example:match(name .. "%b{}")
  local code = "local sum, pool <close> = 0, tine.pool() local results = table.pack(%s%s) return results"
  return assert(chunk(code:format(subjects[entry.owner], call), { path = path }))()
end

describe("the results", function()
  for _, entry in ipairs(model.entries) do
    if not entry.expression and not entry.value and not entry.hosted then
      it("of " .. entry.name .. " are of the types that are told", function()
        local path = os.tmpname()
        tine.zeros("f64", 3):save(path, { format = "npy" })
        local results, told = results_of(entry, path), entry.results
        os.remove(path)
        local last = told[#told]
        assert.is_true(results.n <= #told or last.rest, entry.name)
        for i = 1, results.n do
          local result = told[i] or last
          assert.is_true(IS[result.type](results[i]) or result.optional and results[i] == nil, tostring(results[i]))
        end
        for i = results.n + 1, #told do assert.is_true(told[i].optional or told[i].rest) end
      end)
    end
  end
end)

--------------------------------------------------------------------------------------------------------------------
-- Wrong arguments

-- Calls with argument i missing, wrong and right, and those before it right. For what a kernel will do is another
-- matter.
local function check_argument(entry, form, i, arg)
  local call, arguments = samples.caller(entry), {}
  local place = ("bad argument #%d to '%s' ("):format(i, entry.bare)
  for k = 1, i - 1 do arguments[k] = samples.sample(form[k].type, k) end
  local enough = false
  for _, other in ipairs(entry.forms) do enough = enough or #other < i end
  if not arg.optional and not arg.rest and not enough then
    assert.raises(place, call, samples.subjects[entry.owner](), table.unpack(arguments, 1, i - 1))
  end
  for k = 2, #samples.values[arg.type] do
    arguments[i] = samples.values[arg.type][k]
    assert.raises(place, call, samples.subjects[entry.owner](), table.unpack(arguments, 1, i))
  end
  arguments[i] = samples.sample(arg.type, i)
  local ok, message = pcall(call, samples.subjects[entry.owner](), table.unpack(arguments, 1, i))
  local kernel = arg.type == "kernel" or arg.type == "expression"
  assert(ok or kernel or not message:find(place, 1, true), message)
end

describe("a wrong argument", function()
  for _, entry in ipairs(model.entries) do
    if not entry.expression and not entry.value then
      it("of " .. entry.name .. " is named by its number", function()
        for _, form in ipairs(entry.forms) do
          for i, arg in ipairs(form) do
            if arg.type ~= "any" then check_argument(entry, form, i, arg) end
          end
        end
      end)
    end
  end
end)

-- Does any thread of this process run but the one that asks? Nil where /proc does not tell.
local function busy()
  local file = io.open "/proc/self/stat"
  if not file then return nil end
  local pid = file:read "n"
  file:close()
  local pipe = assert(io.popen(("cat /proc/%d/task/*/stat 2>/dev/null"):format(pid)))
  local states = pipe:read "a"
  pipe:close()
  for thread, state in states:gmatch "(%d+) %(.-%) (%u)" do
    if tonumber(thread) ~= pid and state == "R" then return true end
  end
  return false
end

describe("all of that", function()
  it("leaves nothing running", function()
    if busy() == nil then pending "the system does not tell" return end
    collectgarbage()
    assert.is_true(helper.eventually(function() return not busy() end), "some job goes on")
  end)
end)
