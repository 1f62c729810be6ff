-- api.lua with the shorthands taken apart, for those who write files of it: arguments and results as tables, and a list
-- of all entries. Shorthands that mean nothing raise.

-- "n?: count = 1" as { name =, optional =, type =, default = }.
local function parse_argument(api, text)
  local name, optional, kind, default = text:match "^([%w_.]+)(%??): (%w+)(.*)$"
  assert(name and (default == "" or default:find "^ = ."), "argument: " .. text)
  assert(api.types[kind], "type: " .. text)
  return {
    name = name, optional = optional == "?", rest = name == "...", type = kind,
    default = default ~= "" and default:sub(4) or nil,
  }
end

-- "value?..." as { type =, optional =, rest = }; "..." are any.
local function parse_result(api, text)
  local kind, optional, rest = text:match "^(%w*)(%??)(%.*)$"
  assert(kind and (api.types[kind] or text == "..."), "result: " .. text)
  return { type = kind == "" and "any" or kind, optional = optional == "?", rest = rest ~= "" }
end

local function parse_list(api, parse, list)
  local parsed = {}
  for i, text in ipairs(list or {}) do parsed[i] = parse(api, text) end
  return parsed
end

-- A form with an expression, and the values that it names, in place of a kernel and its constants; nil if it has none.
local function formula_of(api, form)
  local formula, found = {}, false
  for _, arg in ipairs(form) do
    if arg.type == "kernel" then
      found = true
      formula[#formula + 1] = parse_argument(api, "expression: expression")
      formula[#formula + 1] = parse_argument(api, "values?: values")
    elseif not arg.rest then
      formula[#formula + 1] = arg
    end
  end
  return found and formula or nil
end

-- Every list of arguments the entry takes, the main one first.
local function forms_of(api, entry)
  local forms = { parse_list(api, parse_argument, entry.args) }
  for _, args in ipairs(entry.also or {}) do forms[#forms + 1] = parse_list(api, parse_argument, args) end
  for i = 1, entry.formulas and #forms or 0 do forms[#forms + 1] = formula_of(api, forms[i]) end
  return forms
end

local function complete(api, entry, section)
  entry.section = section
  entry.since = entry.since or api.since
  entry.owner, entry.bare = entry.name:match "^(%w+)[.:]([%w_]+)$"
  entry.owner = entry.owner or entry.class
  entry.expression = entry.bare == nil
  entry.inner = entry.expression and entry.meta == nil -- it tells of what stands inside of a text
  entry.forms = forms_of(api, entry)
  entry.results = parse_list(api, parse_result, entry.gives)
  return entry
end

-- The kernels of builtin.def: { name =, inputs =, types =, help = }, in its order.
local function read_kernels(api)
  local file <close> = assert(io.open "core/kernel/builtin.def")
  local kernels = {}
  for call in file:read("a"):gmatch "\nKERNEL(%b())" do
    local name, rule = call:match "^%((%w+), ([%w_]+),"
    local help = call:match '"([^"]*)"%)$'
    local said = assert(name and help and api.rules[rule], "kernel: " .. call)
    kernels[#kernels + 1] = { name = name, inputs = said[1], types = said[2], help = help }
  end
  return kernels
end

-- "(q, ...)", "(i [, j])": the arguments as a call has them.
local function call_text(form)
  local words, open = {}, 0
  for i, arg in ipairs(form) do
    local comma = i > 1 and ", " or ""
    if arg.optional then
      open = open + 1
      words[i] = (i > 1 and " [" or "[") .. comma .. arg.name
    else
      words[i] = comma .. arg.name
    end
  end
  return "(" .. table.concat(words) .. ("]"):rep(open) .. ")"
end

-- "Pipeline:zip(q, ...) -> Pipeline", for each form; of an expression its name alone.
local function signatures_of(entry)
  local results = {}
  for i, text in ipairs(entry.gives or {}) do results[i] = text end
  local gives = #results > 0 and " -> " .. table.concat(results, ", ") or ""
  local list = {}
  for i, form in ipairs(entry.forms) do
    local call = (entry.expression or entry.value) and "" or call_text(form)
    list[i] = entry.name .. call .. (entry.value and ": " .. entry.value or gives)
  end
  return list
end

return function(api)
  local m = { api = api, sections = {}, entries = {}, classes = api.classes, dtypes = api.dtypes }
  m.kernels = read_kernels(api)
  m.signatures = signatures_of
  for i, section in ipairs(api.sections) do
    m.sections[i] = section
    for _, entry in ipairs(section) do m.entries[#m.entries + 1] = complete(api, entry, section) end
  end
  return m
end
