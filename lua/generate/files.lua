-- All generated files: a function that gives a table from path to text.

local model = require "generate.model"

return function()
  local m = model(require "api")
  return {
    ["lua/reference.md"] = require "generate.reference"(m),
    ["lua/library/tine.lua"] = require "generate.stub"(m),
    ["lua/help.def"] = require "generate.help"(m),
  }
end
