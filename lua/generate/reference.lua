-- lua/reference.md: the reference for people, a heading for each entry.

local HEAD = [[
# Reference of the Lua module

Written by `make docs` from `lua/api.lua`: edit that. `README.md` explains the words; `tine.help "zip"` gives the same
texts in an interpreter. In the examples

```lua
%s
```

A `?` marks what may be nil, `...` any number. Every wrong argument raises `bad argument` with its number, and so does
one too many; the errors listed are others, and those that say more.

]]

local function anchor(heading)
  return (heading:lower():gsub("[^%w%-_ ]", ""):gsub(" ", "-"))
end

-- GitHub's anchors of all entries: a second one of a name is told apart by a number.
local function anchors_of(m)
  local anchors, seen = {}, {}
  for _, entry in ipairs(m.entries) do
    local name = anchor(entry.name)
    seen[name] = (seen[name] or 0) + 1
    anchors[entry] = seen[name] > 1 and ("%s-%d"):format(name, seen[name] - 1) or name
  end
  return anchors
end

local function link(entry, anchors)
  return ("[`%s`](#%s)"):format(entry.owner == "Pipeline" and entry.bare or entry.name, anchors[entry])
end

local function wrap(text, first, further)
  local lines, line = {}, first
  for word in text:gmatch "%S+" do
    if #line > #further and #line + 1 + #word > 118 then
      lines[#lines + 1] = line
      line = further
    end
    line = line .. (line:find "%S$" and " " or "") .. word
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n") .. "\n"
end

local function arguments(m, entry)
  local lines, seen = {}, {}
  for _, form in ipairs(entry.forms) do
    for _, arg in ipairs(form) do
      if not seen[arg.name] then
        seen[arg.name] = true
        local default = arg.default and (", by default `%s`"):format(arg.default) or arg.optional and ", optional" or ""
        lines[#lines + 1] = ("- `%s`: %s%s\n"):format(arg.name, m.api.types[arg.type].text, default)
      end
    end
  end
  return #lines > 0 and table.concat(lines) .. "\n" or ""
end

local function errors(entry)
  local lines = {}
  for _, case in ipairs(entry.errors or {}) do
    lines[#lines + 1] = ("- `%s`: `%s`\n"):format(case[1], case[2])
  end
  return #lines > 0 and "Errors:\n\n" .. table.concat(lines) .. "\n" or ""
end

local function entry_text(m, entry)
  local parts = { ("### `%s`\n\n```\n%s\n```\n\n"):format(entry.name, table.concat(m.signatures(entry), "\n")) }
  local function add(text) parts[#parts + 1] = text end
  if entry.kind then add(("Kind: *%s*.\n\n"):format(entry.kind)) end
  if entry.needs then add(("Needs a pipeline that is *%s*.\n\n"):format(entry.needs)) end
  add(wrap(entry.text .. (entry.more and " " .. entry.more or ""), "", "") .. "\n")
  add(arguments(m, entry))
  add(errors(entry))
  if entry.since ~= m.api.since then add(("Since %s.\n\n"):format(entry.since)) end
  if entry.example then add(("```lua\n%s\n```\n\n"):format(entry.example)) end
  return table.concat(parts)
end

local function section_text(m, section, anchors)
  local parts, links = { ("## %s\n\n"):format(section.title) }, {}
  if section.text then parts[#parts + 1] = wrap(section.text, "", "") .. "\n" end
  for i, entry in ipairs(section) do links[i] = link(entry, anchors) end
  parts[#parts + 1] = wrap(table.concat(links, " "), "", "") .. "\n"
  for _, entry in ipairs(section) do parts[#parts + 1] = entry_text(m, entry) end
  return table.concat(parts)
end

local function table_row(...)
  local cells = { ... }
  for i, cell in ipairs(cells) do cells[i] = cell:gsub("|", "\\|") end
  return "| " .. table.concat(cells, " | ") .. " |\n"
end

local function kernels_text(m)
  local parts = {
    "## Kernels that are built in\n\n",
    "`tine.help` lists the signatures of each. Integers wrap; bools count as integers in arithmetic.\n\n",
    table_row("kernel", "inputs", "gives", "types"), "|---|---|---|---|\n",
  }
  for _, k in ipairs(m.kernels) do
    parts[#parts + 1] = table_row(("`%s`"):format(k.name), k.inputs, k.help, k.types)
  end
  return table.concat(parts) .. "\nThe names of element types are kernels, too: they convert, as `cast` does.\n\n"
end

local function dtypes_text(m)
  local parts = { "## Element types\n\n", table_row("name", "holds", "also called"), "|---|---|---|\n" }
  for _, d in ipairs(m.dtypes) do
    parts[#parts + 1] = table_row(("`%s`"):format(d.name), d.text, ("`%s`"):format(d.long))
  end
  return table.concat(parts)
end

return function(m)
  local parts, anchors = { HEAD:format(m.api.prelude) }, anchors_of(m)
  for _, section in ipairs(m.sections) do parts[#parts + 1] = ("- [%s](#%s)\n"):format(section.title,
    anchor(section.title)) end
  parts[#parts + 1] = "- [Kernels that are built in](#kernels-that-are-built-in)\n- [Element types](#element-types)\n\n"
  for _, section in ipairs(m.sections) do parts[#parts + 1] = section_text(m, section, anchors) end
  parts[#parts + 1] = kernels_text(m)
  parts[#parts + 1] = dtypes_text(m)
  return table.concat(parts)
end
