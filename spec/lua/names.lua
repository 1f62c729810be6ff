-- What the specs of the documentation share: the names that the module exports, and values as text.

local tine = require "tine"

local names = {}

-- The table of methods behind a metatable; an array's is an upvalue of its __index.
function names.methods_of(metatable)
  local index = metatable.__index
  if type(index) ~= "function" then return index or {} end
  local _, methods = debug.getupvalue(index, 2)
  return methods
end

-- Everything callable: "tine.zip", "Pipeline:zip"; an array's methods are those that are its own.
function names.exported()
  local set, registry = {}, debug.getregistry()
  for name in pairs(tine) do set["tine." .. name] = true end
  local shared = names.methods_of(registry["tine.Pipeline"])
  for key, metatable in pairs(registry) do
    local class = type(key) == "string" and key:match "^tine%.(%u%a*)$"
    for name, method in pairs(class and names.methods_of(metatable) or {}) do
      local own = class ~= "Array" or method ~= rawget(shared, name)
      if own then set[class .. ":" .. name] = true end
    end
  end
  return set
end

-- With single spaces.
function names.squeeze(text)
  return (text:gsub("%s+", " "):gsub("^ ", ""):gsub(" $", ""))
end

-- Values as print shows them.
function names.shown(...)
  local words = table.pack(...)
  for i = 1, words.n do words[i] = tostring(words[i]) end
  return names.squeeze(table.concat(words, " "))
end

return names
