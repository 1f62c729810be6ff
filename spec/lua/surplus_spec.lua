-- No argument is ignored: what is one too many raises, for everything that lua/api.lua tells of.

local helper = require "spec.lua.helper"
local samples = require "spec.lua.samples"
local tine = require "tine"

local model = require "generate.model"(require "api")

after_each(helper.settle)

-- The most arguments a call may have, as samples; and whether any number may follow.
local function full(entry)
  local most = {}
  for _, form in ipairs(entry.forms) do
    local arguments = {}
    for i, arg in ipairs(form) do
      if arg.rest then return arguments, true end
      arguments[i] = samples.sample(arg.type, i)
    end
    if #arguments > #most then most = arguments end
  end
  return most, false
end

-- These arguments, and more behind them.
local function with(arguments, ...)
  local all = table.move(arguments, 1, #arguments, 1, {})
  all.n = #arguments + select("#", ...)
  for i = 1, select("#", ...) do all[#arguments + i] = select(i, ...) end
  return all
end

-- A method, called with good arguments and these behind them.
local function call_with(entry, arguments, ...)
  local all = with(arguments, ...)
  return pcall(samples.caller(entry), samples.subjects[entry.owner](), table.unpack(all, 1, all.n))
end

local COUNTS = { [0] = "no arguments", "one argument" }
local function takes(name, n)
  return ("'%s' takes %s)"):format(name, COUNTS[n] or ("at most %d arguments"):format(n))
end

describe("an argument too many", function()
  -- What hands all of its arguments on.
  local FREE = { ["Pool:install"] = true, ["Pipeline:start"] = true }
  local checked = 0

  for _, entry in ipairs(model.entries) do
    if not entry.expression and not entry.value and not FREE[entry.name] then
      checked = checked + 1
      it("of " .. entry.name .. " raises", function()
        local arguments, rest = full(entry)
        for _, surplus in ipairs { false, 1, 0.5, "f64", "asc", {}, print, tine.zeros("f64", 3) } do
          if not rest then
            local ok, message = call_with(entry, arguments, surplus)
            assert.is_false(ok)
            local place = ("bad argument #%d to '%s' ("):format(#arguments + 1, entry.bare)
            assert.truthy(message:find(place .. takes(entry.bare, #arguments), 1, true), message)
            assert.is_false((call_with(entry, arguments, nil, surplus)))
          end
        end
        -- Nothing that takes any number of arguments takes tables.
        if rest then assert.is_false((call_with(entry, arguments, {}, {}))) end
      end)

      it("of " .. entry.name .. " is none if it is nil", function()
        local arguments, rest = full(entry)
        if rest then return end
        local ok, message = call_with(entry, arguments, nil, nil)
        assert.is_true(ok or not message:find("takes", 1, true), message)
      end)
    end
  end

  it("was looked for everywhere", function() assert.is_true(checked > 100) end)

  it("of a terminal raises from start, too", function()
    local terminals = 0
    for _, entry in ipairs(model.entries) do
      local ends = entry.section.title:find "^Terminals" and entry.bare ~= "each" and entry.bare ~= "iter"
      if ends and not entry.hosted then
        local arguments, rest = full(entry)
        terminals = terminals + 1
        local function start(...)
          local all = with(arguments, ...)
          return pcall(function()
            return samples.subjects.Pipeline():start(entry.bare, table.unpack(all, 1, all.n))
          end)
        end
        local ok, message = start({})
        assert.is_false(ok)
        if not rest then
          assert.truthy(message:find(("bad argument #%d to 'start' (%s"):format(#arguments + 2,
            takes(entry.bare, #arguments)), 1, true), message)
          ok, message = start(nil)
          assert.is_true(ok or not message:find "bad argument", message)
        end
      end
    end
    assert.is_true(terminals > 25)
  end)

  it("of a kernel raises", function()
    for _, kernel in ipairs(tine.kernels()) do
      assert.is_false(pcall(tine.kernel(kernel.name), 1, 1, 1, 1), kernel.name)
      assert.is_false(pcall(function() return tine.range(1, 2):map(kernel.name, 1, 1, 1) end), kernel.name)
    end
  end)

  it("is blamed on the line that has it", function()
    local run = assert(load("local xs = ...\n\nlocal n = xs:sum('f32')\nreturn n", "=job.lua"))
    local _, message = pcall(run, tine.zeros("f64", 1))
    assert.equal("job.lua:3: bad argument #1 to 'sum' ('sum' takes no arguments)", message)
  end)

  it("raises where once it was ignored", function()
    local xs = tine.array("f64", { 3, 1, 2 })
    assert.equal(2, xs:count("gt", 1))
    assert.equal(1.0, xs:std(1))
    assert.raises("bad argument #1 to 'sum' (", function() return xs:sum "f32" end)
    assert.raises("bad argument #3 to 'zeros' (", function() return tine.zeros("f64", 2, 3) end)
    assert.raises("bad argument #3 to 'rep' (", function() return tine.rep(1, 3, 4) end)
    assert.raises("bad argument #2 to 'top' (", function() return xs:top(3, "asc") end)
    assert.raises("bad argument #2 to 'count' (", function() return xs:count(nil, "gt") end)
    assert.raises("bad argument #2 to '?' (", xs.sum, xs, "f32")
  end)

  it("is the module itself where a colon stands for the dot", function()
    assert.raises("tine.zeros is no method: write tine.zeros(...)", function() return tine:zeros("f64", 3) end)
    assert.raises("tine.threads is no method: write tine.threads(...)", function() return tine:threads() end)
  end)
end)
