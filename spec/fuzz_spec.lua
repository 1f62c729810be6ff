-- What the fuzzer of scripts can say: everything that the reference tells of, as scripts that Lua can read; and
-- its seeds
-- give no finding without libFuzzer. (`make fuzz` has the rest.)

local helper = require "spec.lua.helper"
local grammar = require "spec.fuzz.grammar"
local model = require "generate.model"(require "api")

local SCRIPTS <const>, BYTES <const> = 1500, 250

local function random_bytes(rng)
  local list = {}
  for i = 1, rng:int(1, BYTES) do list[i] = string.char(rng:int(0, 255)) end
  return table.concat(list)
end

describe("the grammar of the fuzzer", function()
  local g = grammar.new(model)

  it("calls every function, method and metamethod of the reference", function()
    local rng, missing = helper.random(1), {}
    for _ = 1, SCRIPTS do
      local bytes = random_bytes(rng)
      local text = g:script(bytes)
      assert(load(text, "=" .. bytes:gsub(".", function(c) return ("%02x"):format(c:byte()) end), "t"))
      assert.equal(text, g:script(bytes))
    end
    for _, entry in ipairs(model.entries) do
      if not g.produced[entry.name] and not entry.inner then missing[#missing + 1] = entry.name end
      for _, meta in ipairs(entry.meta or {}) do
        if not g.produced[meta] then missing[#missing + 1] = meta end
      end
    end
    assert.same({}, missing)
  end)

  it("calls each with values of every type that it takes", function()
    local rng = helper.random(2)
    for _, entry in ipairs(model.entries) do
      for _ = 1, (entry.value or entry.inner) and 0 or 20 do
        g:script(random_bytes(rng):rep(3))
        g.bytes.at = 1
        assert(load("local A, P, K, L, J, X, C, wide, try = ... return " .. g:call(entry)))
      end
    end
  end)

  it("takes a new entry in, and refuses a type or a metamethod that it cannot say", function()
    local function with(entry)
      local changed = setmetatable({ entries = { table.unpack(model.entries) } }, { __index = model })
      for k, v in pairs { forms = { {} }, results = {}, text = "", section = { title = "" }, owner = "Array" } do
        if entry[k] == nil then entry[k] = v end
      end
      table.insert(changed.entries, entry)
      return grammar.new(changed)
    end
    local new = with { name = "Array:new", bare = "new" }
    assert.truthy(new:script(("\0"):rep(3) .. "x"))
    assert.equal("new", new.calls[#new.calls].bare)
    assert.has_error(function() with { name = "Array:odd", bare = "odd", forms = { { { type = "odd" } } } } end)
    assert.has_error(function() with { name = "a .. b", meta = { "__concat" } } end)
  end)
end)

describe("a target without libFuzzer", function()
  it("finds nothing in the seeds", function()
    local build = os.getenv "TINE_BUILD" or "build"
    if not io.open(build .. "/fuzz/lua") then return pending "the targets are built by make fuzz-replay" end
    helper.with_folder(function(folder)
      helper.must("%s spec/fuzz/seeds.lua '%s'", os.getenv "TINE_LUA" or "lua5.4", folder)
      for _, target in ipairs { "npy", "pipe", "lua" } do
        local output = helper.must("%s/fuzz/%s '%s/%s' 2>&1", build, target, folder, target)
        assert.truthy(output:find "%d+ inputs, no finding\n$", output)
      end
    end)
  end)
end)
