-- Names that are not there: reading one raises, says of which type, and what was meant or the way to it.

local helper = require "spec.lua.helper"
local names = require "spec.lua.names"
local tine = require "tine"

after_each(helper.settle)

local pool

-- An object of each type.
local function objects()
  local xs = tine.array("f64", { 3, 1, 2 })
  return {
    Array = xs, Pipeline = tine.range(1, 3), Job = xs:start "sum", Kernel = tine.kernel "add", Pool = pool,
  }
end

local function read(object, name) return function() return object[name] end end

describe("a name that is not there", function()
  setup(function() pool = tine.pool { threads = 1 } end)
  teardown(function() pool:close() end)

  it("raises on every type, and names it", function()
    for class, object in pairs(objects()) do
      for _, name in ipairs { "qwertyuiop", "_x", "X1", ("x"):rep(1000) } do
        local message = ("tine.%s has no method '%s'; tine.help() lists all names"):format(class, name)
        assert.raises(message, read(object, name))
      end
    end
  end)

  it("is told with what was probably meant", function()
    local of = objects()
    for call, meant in pairs {
      ["Array fileter"] = "filter", ["Array lenn"] = "len", ["Array Sort"] = "sort", ["Array foreach"] = "for_each",
      ["Pipeline colect"] = "collect", ["Pipeline reduec"] = "reduce", ["Pipeline sotred"] = "sorted",
      ["Job wiat"] = "wait", ["Kernel nmae"] = "name", ["Pool thread"] = "threads",
    } do
      local class, name = call:match "(%w+) (%w+)"
      local message = ("tine.%s has no method '%s'; did you mean '%s'?"):format(class, name, meant)
      assert.raises(message, read(of[class], name))
    end
    assert.raises("tine.Array has no method 'sqrtt'; did you mean map(\"sqrt\")?", read(of.Array, "sqrtt"))
  end)

  it("of a method with a letter lost or two exchanged is found again", function()
    for _, object in pairs(objects()) do
      local there = names.methods_of(debug.getmetatable(object))
      for name in pairs(there) do
        for _, wrong in ipairs { name:sub(1, 1) .. name:sub(3), name:gsub("(.)(.)$", "%2%1", 1), name .. "x" } do
          if #name > 5 and rawget(there, wrong) == nil then
            local ok, message = pcall(read(object, wrong))
            assert.is_false(ok, wrong)
            assert.truthy(message:find("did you mean", 1, true) or message:find "has$", message)
          end
        end
      end
    end
  end)

  it("of a kernel is told with map", function()
    local of = objects()
    for _, kernel in ipairs(tine.kernels()) do
      for _, class in ipairs { "Array", "Pipeline" } do
        if rawget(names.methods_of(debug.getmetatable(of[class])), kernel.name) == nil then
          assert.raises(('tine.%s has no method \'%s\'; map("%s") applies the kernel of that name'):format(class,
            kernel.name, kernel.name), read(of[class], kernel.name))
        end
      end
    end
  end)

  it("of another type is told with the way there", function()
    local of = objects()
    assert.raises("tine.Pipeline has no method 'save'; collect() gives an array, which has", read(of.Pipeline, "save"))
    assert.raises("tine.Array has no method 'wait'; start() gives a job, which has", read(of.Array, "wait"))
    assert.raises("tine.Pool has no method 'sum'; a tine.Pipeline has", read(of.Pool, "sum"))
    assert.raises("tine.Job has no method 'sort'; a tine.Array has", read(of.Job, "sort"))
    assert.raises("tine.Pipeline has no method 'slice'; tine.slice is a function of the module",
      read(of.Pipeline, "slice"))
  end)

  it("is blamed on the line that reads it", function()
    local run = assert(load("local xs = ...\n\nlocal n = xs:median()\nreturn n", "=job.lua"))
    for _, object in pairs(objects()) do
      local _, message = pcall(run, object)
      assert.truthy(message:find "^job%.lua:3: tine%.%u%l+ has no method 'median'", message)
    end
  end)

  it("is none where it is no name", function()
    for _, object in pairs(objects()) do
      for _, key in ipairs { "1", "", "a b", "\0", "len\0", "__name", "__gc", {}, true, print } do
        assert.is_nil(object[key])
      end
      assert.is_nil(object[nil])
    end
    local xs = objects().Array
    for _, key in ipairs { 0, 4, -1, 1.5, 0 / 0, 2.0 ^ 70 } do assert.is_nil(xs[key]) end
    assert.equal(1.0, xs[2.0])
  end)

  it("of the module is nil, as in any table", function()
    assert.is_nil(tine.csv)
    assert.raises("unknown name 'zpi'; did you mean 'zip'?", tine.help, "zpi")
  end)

  it("raises on what is closed, too", function()
    local xs = objects().Array
    xs:close()
    assert.raises("tine.Array has no method 'lenn'; did you mean 'len'?", read(xs, "lenn"))
  end)
end)

describe("a misspelt word", function()
  it("among options and terminals is guessed", function()
    assert.raises("unknown option 'thread'; did you mean 'threads'?", tine.pool, { thread = 2 })
    assert.raises("unknown option 'qwertyuiop')", tine.pool, { qwertyuiop = 2 })
    assert.raises("unknown option '1')", tine.pool, { 2 })
    assert.raises("unknown option 'threads", tine.pool, { ["threads\0"] = 2 })
    local xs = objects().Array
    assert.raises("no terminal is named 'summ'; did you mean 'sum'?", function() return xs:start "summ" end)
    assert.raises("no terminal is named 'totabel'; did you mean 'totable'?", function() return xs:start "totabel" end)
    assert.raises("unknown option 'fromat'; did you mean 'format'?", function() xs:save("x", { fromat = "npy" }) end)
    assert.raises("no terminal is named 'qwertyuiop')", function() return xs:start "qwertyuiop" end)
  end)
end)
