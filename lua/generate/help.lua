-- lua/help.def: what tine.help says, as a list for the C preprocessor. Lines are cut at 78 columns, a terminal's.

local WIDTH = 78

local HEAD = [[
/*
** The texts of tine.help, written by `make docs` from lua/api.lua: do not edit.
**
**     HELP(name, other names, each followed by a line feed, text)
*/
]]

-- Adds text to lines, cut at spaces, every line behind 'indent'.
local function wrap(lines, text, indent)
  local line = indent
  for word in text:gmatch "%S+" do
    if #line > #indent and #line + 1 + #word > WIDTH then
      lines[#lines + 1] = line
      line = indent
    end
    line = line .. (#line > #indent and " " or "") .. word
  end
  lines[#lines + 1] = line
end

local function plain(text)
  return (text:gsub("`", ""))
end

-- One line for each argument, told once however many forms have it.
local function add_arguments(lines, m, entry)
  local seen = {}
  for _, form in ipairs(entry.forms) do
    for _, arg in ipairs(form) do
      if not seen[arg.name] then
        seen[arg.name] = true
        local default = arg.default and ", by default " .. arg.default or arg.optional and ", optional" or ""
        lines[#lines + 1] = ("    %s: %s%s"):format(arg.name, m.api.types[arg.type].text, default)
      end
    end
  end
end

local function entry_lines(m, entry)
  local lines = m.signatures(entry)
  if entry.kind then wrap(lines, "kind: " .. entry.kind, "  ") end
  if entry.needs then wrap(lines, ("needs: %s"):format(entry.needs), "  ") end
  wrap(lines, plain(entry.text .. (entry.more and " " .. entry.more or "")), "  ")
  add_arguments(lines, m, entry)
  for line in ((entry.example or "") .. "\n"):gmatch "([^\n]+)\n" do lines[#lines + 1] = "  > " .. line end
  return lines
end

local function class_lines(m, class)
  local lines, names = { "class tine." .. class.name }, {}
  wrap(lines, plain(class.text), "  ")
  for _, entry in ipairs(m.entries) do
    if entry.owner == class.name then names[#names + 1] = entry.bare or entry.name end
  end
  if #names > 0 then wrap(lines, table.concat(names, " "), "  ") end
  return lines
end

local function dtype_lines(dtype)
  local lines = { "element type " .. dtype.name }
  wrap(lines, ("%s. Also: %s"):format(dtype.text, dtype.long), "  ")
  return lines
end

-- What tine.help() gives, but for the kernels, which are added when it is asked.
local function overview_lines(m)
  local lines = {
    'tine.help(name) tells of a name: "zip", "Array:sub", "tine.array", "+", "f64"',
    "or a kernel. In examples xs holds 3.0 1.0 2.0 and ys 4.0 5.0 6.0.", "",
  }
  for _, section in ipairs(m.sections) do
    local names = {}
    for _, entry in ipairs(section) do
      if not entry.expression or entry.inner then
        names[#names + 1] = entry.owner == "tine" and entry.name or entry.bare or entry.name
      end
    end
    lines[#lines + 1] = section.title
    wrap(lines, table.concat(names, " "), "  ")
  end
  local types = {}
  for i, dtype in ipairs(m.dtypes) do types[i] = dtype.name end
  lines[#lines + 1] = "Element types"
  wrap(lines, table.concat(types, " "), "  ")
  return lines
end

local function quote(text)
  return '"' .. text:gsub('[\\"]', "\\%0"):gsub("\n", "\\n") .. '"'
end

-- The text is a literal a line, so that changes read well.
local function item(name, keys, lines)
  local words = {}
  for i, line in ipairs(lines) do words[i] = "     " .. quote(line .. (i < #lines and "\n" or "")) end
  local others = #keys > 0 and table.concat(keys, "\n") .. "\n" or ""
  return ("HELP(%s, %s,\n%s)\n"):format(quote(name), quote(others), table.concat(words, "\n"))
end

return function(m)
  local parts = { HEAD, item("", {}, overview_lines(m)) }
  local function add(...) parts[#parts + 1] = item(...) end
  for _, entry in ipairs(m.entries) do add(entry.name, entry.keys or {}, entry_lines(m, entry)) end
  for _, class in ipairs(m.classes) do
    if not class.virtual then add(class.name, { "tine." .. class.name }, class_lines(m, class)) end
  end
  for _, dtype in ipairs(m.dtypes) do
    local long = {}
    for name in dtype.long:gmatch "%S+" do long[#long + 1] = name end
    add(dtype.name, long, dtype_lines(dtype))
  end
  return table.concat(parts)
end
