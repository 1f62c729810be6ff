-- What `make docs` makes of lua/api.lua: the texts of tine.help, the reference, the annotations for editors.

local files = require "generate.files"
local helper = require "spec.lua.helper"
local names = require "spec.lua.names"
local stub = require "spec.lua.stub"
local tine = require "tine"

local model = require "generate.model"(require "api")
local api = model.api

after_each(helper.settle)

-- The names of the functions in a table, as a set.
local function functions_of(t)
  local set = {}
  for name, value in pairs(t) do
    if type(value) == "function" then set[name] = true end
  end
  return set
end

describe("tine.help", function()
  it("tells of every name, by its own and by the others", function()
    for _, entry in ipairs(model.entries) do
      for _, name in pairs { entry.name, entry.bare, table.unpack(entry.keys or {}) } do
        local text = tine.help(name)
        local start = text:find(model.signatures(entry)[1], 1, true)
        assert.truthy(start, name)
        assert.truthy(text:find((entry.text:gsub("`", ""):match "^%S+ %S+"), 1, true), name)
      end
    end
    for _, class in ipairs(api.classes) do
      if not class.virtual then assert.truthy(tine.help(class.name):find("class tine." .. class.name, 1, true)) end
    end
    for _, dtype in ipairs(api.dtypes) do
      for name in (dtype.name .. " " .. dtype.long):gmatch "%S+" do
        assert.truthy(tine.help(name):find("element type " .. dtype.name, 1, true))
      end
    end
  end)

  it("tells of every kernel, by name and by object", function()
    for _, kernel in ipairs(tine.kernels()) do
      local text = ("kernel %s: %s\n  %s"):format(kernel.name, kernel.help, table.concat(kernel.signatures, "\n  "))
      assert.equal(text, tine.help(tine.kernel(kernel.name)))
      assert.equal(text, tine.help(kernel.name):sub(-#text))
    end
  end)

  it("tells of all that have a name, and of methods whatever the object is called", function()
    local text = tine.help "min"
    assert.truthy(text:find("Pipeline:min", 1, true) and text:find("kernel min", 1, true))
    assert.equal(tine.help "Pipeline:zip", tine.help "xs:zip")
    assert.equal(tine.help "Pipeline:zip", tine.help "Array:zip")
    assert.equal(tine.help "tine.zip" .. "\n\n" .. tine.help "Pipeline:zip", tine.help "zip")
  end)

  it("lists all names", function()
    local text = " " .. tine.help():gsub("\n", " ") .. " "
    for name in pairs(names.exported()) do
      assert.truthy(text:find((" %s "):format(name:gsub("^%w+:", "")), 1, true), name)
    end
    for _, kernel in ipairs(tine.kernels()) do assert.truthy(text:find((" %s "):format(kernel.name), 1, true)) end
  end)

  it("needs no file beside the module, and prints nothing", function()
    local output, how, status = helper.script([[
      package.path = ""
      local text = require("tine").help "zip"
      io.write(#text > 100 and "done" or text)
    ]], { where = "/" })
    assert.equal("done", output)
    assert.equal("exit 0", ("%s %s"):format(how, status))
  end)

  it("says what was probably meant", function()
    for wrong, right in pairs {
      zpi = "zip", mull = "mul", flter = "filter", ["Array:sbu"] = "Array:sub", ["tine.aray"] = "tine.array",
      pipeline = "Pipeline", sqrrt = "sqrt",
    } do
      assert.raises(("bad argument #1 to 'help' (unknown name '%s'; did you mean '%s'?)"):format(wrong, right),
        function() local ignored = tine.help(wrong) return ignored end)
    end
    assert.raises("unknown name 'qwertyuiop'; tine.help() lists all", tine.help, "qwertyuiop")
    assert.raises("unknown name '" .. ("x"):rep(100), tine.help, ("x"):rep(100))
    for _, wrong in ipairs { "", "zip\0", 1, {}, print, io.stdout, tine.zeros("f64", 1) } do
      assert.raises("bad argument #1 to 'help' (", function() local ignored = tine.help(wrong) return ignored end)
    end
  end)
end)

describe("the file", function()
  for path, text in pairs(files()) do
    it(path .. " is up to date", function()
      assert.is_true(helper.read(path) == text, "run `make docs`")
    end)
  end

  it("lua/help.def stays small: it is in every program that links the module", function()
    assert.is_true(#helper.read "lua/help.def" < 64 * 1024)
  end)

  for code in helper.read("lua/README.md"):gmatch "```lua\n(.-)```" do
    it("lua/README.md prints what it says: " .. code:match "[^\n]*", function()
      local promised, printed = {}, {}
      for result in code:gmatch "%-%->([^\n]*)" do promised[#promised + 1] = names.squeeze(result) end
      local print_line = function(...) printed[#printed + 1] = names.shown(...) end
      assert(load(code, "=README", "t", setmetatable({ print = print_line }, { __index = _G })))()
      assert.same(promised, printed)
    end)
  end

  it("lua/reference.md and README.md link to headings that are there", function()
    local anchors, reference = {}, helper.read "lua/reference.md"
    for heading in reference:gmatch "\n#+ ([^\n]*)" do
      local anchor = heading:lower():gsub("[^%w%-_ ]", ""):gsub(" ", "-")
      anchors[anchors[anchor] and anchor .. "-1" or anchor] = true
    end
    for anchor in reference:gmatch "%]%(#([^)]*)%)" do assert.is_true(anchors[anchor], anchor) end
    for anchor in helper.read "lua/README.md":gmatch "reference%.md#([%w_-]*)" do
      assert.is_true(anchors[anchor], anchor)
    end
  end)
end)

describe("the annotations for editors", function()
  local text = helper.read "lua/library/tine.lua"

  it("are Lua that does nothing but give a table of what is exported", function()
    local globals = setmetatable({}, { __newindex = error, __index = error })
    local module = assert(load(text, "=stub", "t", globals))()
    local fields = stub.fields(text, "tine")
    for name in pairs(tine) do assert.is_true(module[name] ~= nil or fields[name], name) end
    assert.same(functions_of(tine), functions_of(module))
  end)

  it("are well-formed, fit their functions and name only types that are there", function()
    assert.same({}, stub.problems(text))
  end)

  it("warn where a result of a call without effect is dropped", function()
    for _, entry in ipairs(model.entries) do
      if not entry.expression and not entry.value then
        local annotations = stub.annotations(text, entry.name)
        assert.equal(not entry.effect, annotations:find "@nodiscard" ~= nil, entry.name)
        if entry.kind then assert.is_nil(entry.effect, entry.name) end
      end
    end
  end)
end)
