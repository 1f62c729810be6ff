-- Errors name what the script called: whatever a method is made of, no message tells of another method, unless as a
-- stage that the script built. Over all of the reference, with kernels that fit nowhere.

local helper = require "spec.lua.helper"
local samples = require "spec.lua.samples"
local tine = require "tine"

local model = require "generate.model"(require "api")

after_each(helper.settle)

local methods = {}
for _, entry in ipairs(model.entries) do
  if entry.bare then methods[entry.bare] = true end
end

-- The arguments that a call needs, where one of them is a kernel: this one, and samples.
local function arguments(entry, kernel)
  for _, form in ipairs(entry.forms or {}) do
    local given, has = {}, false
    for i, arg in ipairs(form) do
      if arg.rest or (arg.optional and arg.type ~= "kernel") then break end
      given[i] = arg.type == "kernel" and kernel or samples.sample(arg.type, i)
      has = has or arg.type == "kernel"
    end
    if has then return given end
  end
end

local subjects = {
  function() return tine.range(1, 9) end,
  function() return tine.range(1, 9):zip(tine.range(1, 9)) end,
  function() return tine.range(1, 9):filter("gt", 2) end,
  function() return tine.array("bool", { true, false }) end,
  function() return tine.range(1, 9):map("idiv", 0) end,
}

-- The first method in quotes that is not the one called, nor a kernel or a stage.
local function stranger(entry, kernel, message)
  local rest = message:gsub("stage %d+ '[%w_]+'", ""):gsub("kernel '[%w_]+'", "")
  for name in rest:gmatch "'([%w_]+)'" do
    if methods[name] and name ~= entry.bare and name ~= kernel then return name end
  end
end

describe("errors of what takes a kernel", function()
  for _, entry in ipairs(model.entries) do
    if entry.owner == "Pipeline" and arguments(entry, "sqrt") then
      it(entry.bare, function()
        local failed = 0
        for _, kernel in ipairs { "sqrt", "gt", "add", "neg", "sub", "no such kernel" } do
          for _, subject in ipairs(subjects) do
            local caller = samples.caller(entry)
            local ok, message = pcall(function()
              local r = caller(subject(), table.unpack(arguments(entry, kernel)))
              if tine.type(r) == "Pipeline" then r:count() end
            end)
            if not ok then
              failed = failed + 1
              assert.equal(nil, stranger(entry, kernel, message), message)
            end
          end
        end
        assert.is_true(failed > 0)
      end)
    end
  end

  it("is called what the script called where the terminal is started as a job", function()
    for _, name in ipairs {
      "any", "all", "find_first", "find_last", "find_any", "position_first", "position_last", "position_any", "count",
      "partition",
    } do
      local said, xs = ("'%s' needs a predicate"):format(name), tine.range(1, 9)
      assert.raises(said, function() xs:start(name, "sqrt"):wait() end)
      assert.raises(said, function() xs[name](xs, "sqrt") end)
    end
    assert.raises("'scan' needs one that is", function() tine.range(1, 9):scan "sub" end)
    assert.raises("'reduce' needs one that is", function() tine.range(1, 9):reduce "sub" end)
    assert.raises("'fold_chunks' needs one that is", function() tine.range(1, 9):fold_chunks(2, "sub") end)
  end)
end)
