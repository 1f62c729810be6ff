-- All generated files, and tine.h, whose tail is: a function that gives a table from path to text.

local model = require "generate.model"

local function read(path)
  local file <close> = assert(io.open(path))
  return file:read "a"
end

return function()
  local m = model(require "api")
  return {
    ["lua/reference.md"] = require "generate.reference"(m),
    ["lua/library/tine.lua"] = require "generate.stub"(m),
    ["lua/help.def"] = require "generate.help"(m),
    ["core/tine.h"] = require "generate.header".write(read "core/tine.h"),
  }
end
