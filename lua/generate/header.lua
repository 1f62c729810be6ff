-- The tail of core/tine.h, from the declarations above it: TINE_FUNCTION_LIST, the table by which kernel packs find the
-- engine, and the macros by which they call it.
--
-- Packs know a function by its place in the list, so the list is ABI. What is listed keeps its place, what is new is
-- added at the end in the order of the header, and a function that is listed and no longer declared is an error: taking
-- one away is a new major version, and then it is taken from the list by hand.

local WIDTH = 120

local BEGIN = "/* Written by `make docs` from the declarations above: do not edit. */\n/* clang-format off */\n"
local END = "/* clang-format on */\n/* The end of what `make docs` writes here. */\n"

-- What is declared and not in the table: the function that gives the table.
local OUTSIDE = { tine_api_get = true }

local header = {}

-- The names of the functions that a text of C declares with TINE_API, in order.
function header.declared(text)
  local names = {}
  for declaration in text:gsub("/%*.-%*/", ""):gsub("#[^\n]*", ""):gmatch "%f[%w_]TINE_API%s+([^(]+)%(" do
    names[#names + 1] = declaration:match "([%w_]+)%s*$"
  end
  return names
end

-- The names in TINE_FUNCTION_LIST, in order.
function header.listed(text)
  local names = {}
  local list = text:match "#define TINE_FUNCTION_LIST%(X, L%)(.-[^\\])\n"
  for name in list:gmatch "[XL]%(([%w_]+)%)" do names[#names + 1] = name end
  return names
end

-- Those that are listed, in their order, and behind them those that are not yet.
local function in_order(text)
  local names, wanted, known = header.listed(text), {}, {}
  for _, name in ipairs(header.declared(text)) do wanted[name] = not OUTSIDE[name] or nil end
  for _, name in ipairs(names) do
    if not wanted[name] then error(name .. ": in TINE_FUNCTION_LIST, but not declared; its place is ABI", 0) end
    if known[name] then error(name .. ": twice in TINE_FUNCTION_LIST", 0) end
    known[name] = true
  end
  for _, name in ipairs(header.declared(text)) do
    if wanted[name] and not known[name] then names[#names + 1] = name end
    known[name] = true
  end
  return names
end

local function is_lua(name)
  return name:find "^tine_lua_" or name:find "^luaopen_"
end

-- The list as a macro: each function in X, those of the Lua binding in L.
local function list(names)
  local lines, line = { "#define TINE_FUNCTION_LIST(X, L)" }, " "
  for _, name in ipairs(names) do
    local entry = (" %s(%s)"):format(is_lua(name) and "L" or "X", name)
    if #line + #entry + #" \\" > WIDTH then
      lines[#lines + 1] = line
      line = " "
    end
    line = line .. entry
  end
  lines[#lines + 1] = line
  return table.concat(lines, " \\\n") .. "\n"
end

-- What a pack calls in place of each. (Where a function is inline, as tine_join by gcc and clang, a pack has its own.)
local function macros(names, text)
  local lines, inline = {}, {}
  for name in text:gmatch "_INLINE [^;{(]-([%w_]+)%(" do inline[name] = true end
  for _, name in ipairs(names) do
    local define = ("#define %s tine_pack->%s\n"):format(name, name)
    lines[#lines + 1] = inline[name] and ("#if !defined(__GNUC__)\n%s#endif\n"):format(define) or define
  end
  return table.concat(lines)
end

-- The text of the header with its tail as it should be.
function header.write(text)
  local names = in_order(text)
  local parts = { list(names), macros(names, text) }
  local at = 1
  for _, part in ipairs(parts) do
    local _, first = text:find(BEGIN, at, true)
    local last = first and text:find(END, first, true)
    if not last then error "core/tine.h has lost the marks between which its tail is written" end
    text = text:sub(1, first) .. part .. text:sub(last)
    at = first + #part
  end
  return text
end

return header
