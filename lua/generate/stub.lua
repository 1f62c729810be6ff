-- lua/library/tine.lua: annotations for editors (LuaCATS). The arrays that constructors give are told apart by what
-- reading an element gives: integer, number or boolean. Nothing in the file runs anything or sets a global.

local HEAD = [[
---@meta tine

-- Annotations for editors, written by `make docs` from lua/api.lua: do not edit. Of the three classes of arrays beside
-- tine.Array there is nothing at run time: they say what reading an element gives.
-- luacheck: ignore

]]

-- What __add and its like are called in an annotation; each takes and gives this.
local OPERATOR = "---@operator %s(tine.Pipeline|integer|number|boolean): tine.Pipeline\n"
local UNARY = { __unm = "unm", __bnot = "bnot" }
local NO_OPERATOR = {
  __len = true, __index = true, __newindex = true, __pairs = true, __tostring = true, __close = true, __call = true,
  __eq = true, __lt = true, __le = true,
}

local VALUE = "integer|number|boolean"

-- The type names of element types by what an element reads as.
local FAMILIES = {
  { name = "Integer", reads = "integer", pattern = "^[ui]%d" },
  { name = "Float", reads = "number", pattern = "^f%d" },
  { name = "Boolean", reads = "boolean", pattern = "^bool" },
}

local function literals(names)
  for i, name in ipairs(names) do names[i] = ('"%s"'):format(name) end
  return names
end

-- An alias, its words over as many lines as they need.
local function alias(name, words)
  local lines = { "---@alias tine." .. name }
  for _, word in ipairs(words) do lines[#lines + 1] = "---| " .. word end
  return table.concat(lines, "\n") .. "\n\n"
end

local function aliases(m)
  local parts = {}
  for _, a in ipairs(m.api.aliases) do
    if a.words then
      parts[#parts + 1] = alias(a.name, literals { table.unpack(a.words) })
    else
      parts[#parts + 1] = "---@class tine." .. a.name .. "\n"
      for _, field in ipairs(a.fields) do
        parts[#parts + 1] = ("---@field %s %s\n"):format(field:match "^(%S+): (.*)$")
      end
      parts[#parts + 1] = "\n"
    end
  end
  return table.concat(parts)
end

local function dtype_aliases(m)
  local parts, all = {}, {}
  for _, family in ipairs(FAMILIES) do
    local names = {}
    for _, d in ipairs(m.dtypes) do
      if d.name:find(family.pattern) then
        names[#names + 1] = d.name
        for long in d.long:gmatch "%S+" do names[#names + 1] = long end
      end
    end
    parts[#parts + 1] = alias(family.name .. "Dtype", literals(names))
    all[#all + 1] = ("tine.%sDtype"):format(family.name)
  end
  parts[#parts + 1] = ("---@alias tine.Dtype %s\n\n"):format(table.concat(all, "|"))
  local names = {}
  for _, list in ipairs { m.kernels, m.dtypes } do
    for _, k in ipairs(list) do names[#names + 1] = k.name end
  end
  table.sort(names)
  names = literals(names)
  table.insert(names, 1, "string")
  parts[#parts + 1] = alias("KernelName", names)
  return table.concat(parts)
end

-- A text as lines of comment.
local function comment(text)
  local lines = {}
  for part in (text .. "\n"):gmatch "([^\n]*)\n" do
    local line = "---"
    for word in part:gmatch "%S+" do
      if #line + 1 + #word > 118 then
        lines[#lines + 1] = line
        line = "---"
      end
      line = line .. (#line > 3 and " " or "") .. word
    end
    lines[#lines + 1] = line
  end
  return table.concat(lines, "\n") .. "\n"
end

-- An example, as editors show it.
local function example(text)
  return "---\n---```lua\n---" .. text:gsub("\n", "\n---") .. "\n---```\n"
end

local function cats(m, part)
  local name = m.api.types[part.type].cats
  if not part.optional then return name end
  if name == "any" then return name end
  return (name:find "[|]" and "(%s)?" or "%s?"):format(name)
end

local function params(m, form)
  local parts = {}
  for i, arg in ipairs(form) do
    local name = m.api.types[arg.type].cats
    parts[i] = ("---@param %s%s %s\n"):format(arg.name, arg.optional and "?" or "", name)
  end
  return table.concat(parts)
end

local function returns(m, entry)
  local parts = {}
  for i, result in ipairs(entry.results) do
    parts[i] = ("---@return %s%s\n"):format(cats(m, result), result.rest and " ..." or "")
  end
  return table.concat(parts)
end

-- A form as a type: "fun(self: tine.Pipeline, n: integer): tine.Pipeline". 'first' replaces the first type, 'gives' all
-- results.
local function signature(m, entry, form, first, gives)
  local args, results = {}, {}
  if entry.name:find ":" then args[1] = "self: tine." .. entry.owner end
  for i, arg in ipairs(form) do
    local name = i == 1 and first or m.api.types[arg.type].cats
    args[#args + 1] = ("%s%s: %s"):format(arg.name, arg.optional and "?" or "", name)
  end
  for i, result in ipairs(entry.results) do results[i] = (result.rest and "...: " or "") .. cats(m, result) end
  gives = gives or table.concat(results, ", ")
  return ("fun(%s)%s"):format(table.concat(args, ", "), gives ~= "" and ": " .. gives or "")
end

-- Constructors that are told an element type: what the annotation proper says holds for integers, overloads for others.
local function is_typed(entry)
  local first, result = entry.forms[1][1], entry.results[1]
  return first and first.type == "dtype" and not first.optional and #entry.forms == 1 and result
    and result.type == "Array"
end

local function typed(m, entry)
  local parts = {}
  local function overload(first, gives)
    parts[#parts + 1] = ("---@overload %s\n"):format(signature(m, entry, entry.forms[1], first, gives))
  end
  for i = 2, #FAMILIES do
    overload(("tine.%sDtype"):format(FAMILIES[i].name), ("tine.%sArray"):format(FAMILIES[i].name))
  end
  overload("string", "tine.Array")
  local own = params(m, entry.forms[1]):gsub("tine%.Dtype", "tine.IntegerDtype", 1)
  return own .. "---@return tine.IntegerArray\n" .. table.concat(parts)
end

local function overloads(m, entry)
  local parts = {}
  for i = 2, #entry.forms do parts[#parts + 1] = ("---@overload %s\n"):format(signature(m, entry, entry.forms[i])) end
  return table.concat(parts)
end

-- A method whose result is of the class of the array it is called on.
local function kept(m, entry)
  local own = "---@generic T: tine.Array\n---@param self T\n"
  return own .. params(m, entry.forms[1]) .. "---@return T\n"
end

-- A constructor whose arrays always read alike.
local function reading(m, entry)
  return params(m, entry.forms[1]) .. ("---@return tine.%sArray\n"):format(entry.reads)
end

local function annotations(m, entry)
  if entry.reads then return reading(m, entry) end
  if entry.cats then return table.concat(entry.cats, "\n") .. "\n" end
  if entry.same then return kept(m, entry) end
  if is_typed(entry) then return typed(m, entry) end
  return params(m, entry.forms[1]) .. returns(m, entry) .. overloads(m, entry)
end

local function function_text(m, entry)
  local names = {}
  if entry.same then names[1] = "self" end
  for _, arg in ipairs(entry.forms[1]) do names[#names + 1] = arg.name end
  local name = entry.same and entry.name:gsub(":", ".") or entry.name
  local note = entry.text .. (entry.kind and ("\n\nKind: %s."):format(entry.kind) or "")
    .. (entry.needs and ("\n\nNeeds a pipeline that is %s."):format(entry.needs) or "")
  local nodiscard = entry.effect and "" or "---@nodiscard\n"
  local shown = entry.example and example(entry.example) or ""
  return ("%s%s%s%sfunction %s(%s) end\n\n"):format(comment(note), shown, annotations(m, entry), nodiscard, name,
    table.concat(names, ", "))
end

local function operators(m, class)
  local parts = {}
  for _, entry in ipairs(m.entries) do
    for _, event in ipairs(entry.class == class.name and entry.meta or {}) do
      if UNARY[event] then
        parts[#parts + 1] = ("---@operator %s: tine.Pipeline\n"):format(UNARY[event])
      elseif event == "__call" then
        parts[#parts + 1] = ("---@overload fun(...: %s): ...: %s\n"):format(VALUE, VALUE)
      elseif event == "__len" then
        parts[#parts + 1] = "---@operator len: integer\n"
      elseif event == "__index" then
        parts[#parts + 1] = ("---@field [integer] %s\n"):format(VALUE)
      elseif not NO_OPERATOR[event] then
        parts[#parts + 1] = OPERATOR:format(event:sub(3))
      end
    end
  end
  return table.concat(parts)
end

local function class_text(m, class)
  local is = {}
  for i, name in ipairs(class.is or {}) do is[i] = "tine." .. name end
  local head = ("---@class tine.%s%s\n"):format(class.name, #is > 0 and ": " .. table.concat(is, ", ") or "")
  return comment(class.text) .. head .. operators(m, class) .. ("local %s = {}\n\n"):format(class.name)
end

local function families()
  local parts = {}
  for _, family in ipairs(FAMILIES) do
    parts[#parts + 1] = ("---@class tine.%sArray: tine.Array\n---@field [integer] %s\n\n"):format(family.name,
      family.reads)
  end
  return table.concat(parts)
end

local function module_text(m)
  local parts = { "---@class tine\n" }
  for _, entry in ipairs(m.entries) do
    if entry.value then
      parts[#parts + 1] = ("---@field %s %s %s\n"):format(entry.bare, m.api.types[entry.value].cats, entry.text)
    end
  end
  return table.concat(parts) .. "local tine = {}\n\n"
end

return function(m)
  local parts = { HEAD, aliases(m), dtype_aliases(m) }
  for _, class in ipairs(m.classes) do parts[#parts + 1] = class_text(m, class) end
  parts[#parts + 1] = families()
  parts[#parts + 1] = module_text(m)
  for _, entry in ipairs(m.entries) do
    if not entry.expression and not entry.value then parts[#parts + 1] = function_text(m, entry) end
  end
  parts[#parts + 1] = "return tine\n"
  return table.concat(parts)
end
