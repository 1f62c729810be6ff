-- A small reader of LuaCATS annotations, for reference_spec.lua: it finds what an editor's language server would
-- complain about in lua/library/tine.lua. Types are read by recursive descent; a problem is a line of text.

local stub = {}

local BUILTIN = {
  any = true, boolean = true, integer = true, number = true, string = true, ["nil"] = true, table = true,
  ["function"] = true, self = true, unknown = true,
}

--------------------------------------------------------------------------------------------------------------------
-- Types: a reader is { text =, at = }; each function steps over what it read, or raises.

local function skip(reader, pattern)
  local first, last = reader.text:find("^ *" .. pattern, reader.at)
  if not first then return nil end
  local found = reader.text:sub(first, last):match "^ *(.*)$"
  reader.at = last + 1
  return found
end

local function expect(reader, pattern)
  return skip(reader, pattern) or error(("'%s' expected in '%s' at %d"):format(pattern, reader.text, reader.at), 0)
end

local read_type

-- "(a: T, ...): T, ...: T" of a function.
local function read_function(reader, names)
  expect(reader, "%(")
  while not skip(reader, "%)") do
    if not skip(reader, "%.%.%.") then expect(reader, "[%a_][%w_]*%??") end
    if skip(reader, ":") then read_type(reader, names) end
    if not reader.text:find("^ *%)", reader.at) then expect(reader, ",") end
  end
  if not skip(reader, ":") then return end
  repeat
    local rest = skip(reader, "%.%.%.")
    if not rest or skip(reader, ":") then read_type(reader, names) end
  until not skip(reader, ",")
end

local function read_unit(reader, names)
  if skip(reader, "%(") then
    read_type(reader, names)
    expect(reader, "%)")
  elseif not skip(reader, '"[^"]*"') then
    if skip(reader, "fun%f[(]") then return read_function(reader, names) end
    local name = expect(reader, "[%a_][%w_.]*")
    if not names[name] then error(("type '%s' is not there, in '%s'"):format(name, reader.text), 0) end
  end
  while skip(reader, "%[%]") or skip(reader, "%?") do end -- luacheck: ignore 542
end

function read_type(reader, names)
  repeat read_unit(reader, names) until not skip(reader, "|")
end

local function reader_of(text)
  return { text = text, at = 1 }
end

-- Reads a type that is the whole text, or is followed by what matches 'behind'.
local function check_type(text, names, behind)
  local reader = reader_of(text)
  read_type(reader, names)
  if not reader.text:find("^" .. (behind or "$"), reader.at) then
    error(("'%s' is not understood: '%s'"):format(reader.text:sub(reader.at), text), 0)
  end
end

--------------------------------------------------------------------------------------------------------------------
-- Annotations

local TAGS = {}

function TAGS.param(text, state)
  local name, rest = text:match "^([%w_.]+)%?? (.*)$"
  check_type(rest or error("param: " .. text, 0), state.names)
  state.params[#state.params + 1] = name
end

function TAGS.generic(text, state)
  for name, parent in (text .. ","):gmatch " *(%a+):? *([%w.]*)," do
    state.names[name] = true
    state.generics[#state.generics + 1] = name
    if parent ~= "" then check_type(parent, state.names) end
  end
end

TAGS["return"] = function(text, state) check_type(text, state.names, " ?%.?%.?%.?$") end

function TAGS.overload(text, state) check_type(text, state.names) end

function TAGS.nodiscard(text) assert(text == "", "nodiscard: " .. text) end

function TAGS.class(text, state)
  for parent in (text:match ": (.*)$" or ""):gmatch "[^, ]+" do check_type(parent, state.names) end
end

function TAGS.field(text, state)
  check_type(text:match "^%[integer%] (.*)$" or text:match "^[%w_]+%?? (.*)$", state.names, " ?")
end

function TAGS.operator(text, state)
  local operand, result = text:match "^%l+(%b()): (.*)$"
  if operand then check_type(operand, state.names) end
  check_type(result or text:match "^%l+: (.*)$", state.names)
end

function TAGS.alias(text, state)
  local body = text:match "^%S+ (.*)$"
  if body then check_type(body, state.names) end
end

function TAGS.meta(text) assert(text == "tine", "meta: " .. text) end

-- Names that the text defines, with those of Lua.
local function type_names(text)
  local names = setmetatable({}, { __index = BUILTIN })
  for tag, name in text:gmatch "%-%-%-@(%l+) (tine[%w.]*)" do
    if tag == "class" or tag == "alias" then
      assert(not rawget(names, name), name .. " is defined twice")
      names[name] = true
    end
  end
  return names
end

-- A function's annotations tell of its parameters, in order. 'self' is told only where it has a type of its own.
local function check_function(line, state, complain)
  local name, list = line:match "^function ([%w_.:]+)%((.-)%) end$"
  if not name then return complain("not a function: " .. line) end
  if table.concat(state.params, ", ") ~= list then complain(("%s(%s) has other params"):format(name, list)) end
end

local function forget(state)
  for _, name in ipairs(state.generics) do state.names[name] = nil end
  state.params, state.generics = {}, {}
end

function stub.problems(text)
  local problems = {}
  local function complain(message) problems[#problems + 1] = message end
  local state = { names = type_names(text), params = {}, generics = {} }
  for line in text:gmatch "([^\n]*)\n" do
    local tag, rest = line:match "^%-%-%-@(%l+) ?(.*)$"
    if tag then
      local ok, message = pcall(TAGS[tag] or error, rest, state)
      if not ok then complain(("%s: %s"):format(line, message)) end
    elseif line:find "^%-%-%-| " then
      local ok, message = pcall(check_type, line:sub(6), state.names)
      if not ok then complain(message) end
    elseif line:find "^function" then
      check_function(line, state, complain)
      forget(state)
    elseif not line:find "^%-%-" and line ~= "" and not line:find "^local %a+ = {}$" and line ~= "return tine" then
      complain("not understood: " .. line)
    end
  end
  return problems
end

-- The fields of a class, as a set.
function stub.fields(text, class)
  local body = text:match("%-%-%-@class " .. class .. "\n(.-)\nlocal")
  local set = {}
  for name in (body or ""):gmatch "@field ([%w_]+)" do set[name] = true end
  return set
end

-- The annotations of a function.
function stub.annotations(text, name)
  local own, bare = name:match "^(%w+)[.:]([%w_]+)$"
  local block = {}
  for line in text:gmatch "([^\n]*)\n" do
    if line:find("^function " .. own .. "[.:]" .. bare .. "%(") then return table.concat(block, "\n") end
    if line:find "^%-%-%-" then block[#block + 1] = line else block = {} end
  end
  error("no function " .. name)
end

return stub
