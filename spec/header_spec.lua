-- tine.h as a text: its tail is what `make docs` makes of the declarations above it, and every function has its
-- comment.

local generate = require "generate.header"
local helper = require "spec.lua.helper"

local header = helper.read "core/tine.h"

-- The header with another text in place of one that stands in it.
local function with(old, new)
  local first, last = header:find(old, 1, true)
  assert(first, old)
  return header:sub(1, first - 1) .. new .. header:sub(last + 1)
end

-- A hash of names in their order (FNV-1a, 32 bits).
local function hash(names, n)
  local h = 2166136261
  for byte in (table.concat(names, " ", 1, n)):gmatch "." do h = (h ~ byte:byte()) * 16777619 & 0xffffffff end
  return h
end

describe("the tail of tine.h", function()
  it("is what make docs writes", function()
    assert(generate.write(header) == header, "the end of core/tine.h is not what make docs writes: run it")
  end)

  it("lists every function once, and packs call each by its name", function()
    local text, listed = generate.write(header), generate.listed(header)
    assert.equal(#generate.declared(header) - 1, #listed) -- tine_api_get gives the list
    for _, name in ipairs(listed) do
      local macro = ("\n#define %s tine_pack->%s\n"):format(name, name)
      local first, last = text:find(macro, 1, true)
      assert(first and not text:find(macro, last, true), name)
    end
  end)

  it("keeps the places of functions that were released", function()
    -- How many functions each minor version has, and a hash of their names.
    local released = { { 201, 0xf7b06392 } }
    local listed = generate.listed(header)
    for _, version in ipairs(released) do
      assert.equal(("%d %08x"):format(version[1], version[2]), ("%d %08x"):format(version[1], hash(listed, version[1])))
    end
  end)

  it("has what is new at its end, in the order of the header", function()
    local last = "TINE_API uint64_t tine_fp_enter(void);"
    local new = "TINE_API void tine_made_up(void);\n" .. last .. "\nTINE_API int *tine_lua_made_up(int (*f)(void));"
    local text = generate.write(with(last, new))
    local listed, before = generate.listed(text), generate.listed(header)
    assert.same({ "tine_made_up", "tine_lua_made_up" }, { table.unpack(listed, #before + 1) })
    assert.same(before, { table.unpack(listed, 1, #before) })
    assert.matches("X(tine_made_up) L(tine_lua_made_up)", text, 1, true)
    assert.matches("\n#define tine_made_up tine_pack->tine_made_up\n", text, 1, true)
    assert.equal(text, generate.write(text))
  end)

  it("loses nothing, and has nothing twice", function()
    local lost = with("TINE_API uint64_t tine_fp_enter(void);", "")
    local reason = "tine_fp_enter: in TINE_FUNCTION_LIST, but not declared; its place is ABI"
    assert.has_error(function() generate.write(lost) end, reason)
    local twice = with("X(tine_fp_enter)", "X(tine_fp_enter) X(tine_fp_enter)")
    assert.has_error(function() generate.write(twice) end, "tine_fp_enter: twice in TINE_FUNCTION_LIST")
  end)
end)

-- What the header declares or defines for hosts, as { name =, comment =, own = }. The comment is that on the lines
-- above, or above the group of declarations in which it stands, or that behind it; `own` is false for a group's but the
-- first.
local function functions(text)
  local list, comment, behind, open = {}, nil, nil, nil
  local words = {}
  for line in text:gmatch "([^\n]*)\n" do
    if open then -- a comment of several lines
      open[#open + 1] = line
      if line:find("*/", 1, true) then comment, behind, open = table.concat(open, " "), false, nil end
    elseif line:find "^/%*" then
      comment, behind = line, false
      if not line:find("*/", 1, true) then open = { line } end
    elseif words[1] or line:find "^TINE_API " or line:find "^TINE_JOIN_INLINE " or line:find "^static inline " then
      words[#words + 1] = line
      if line:find "[;{]" then
        local declaration = table.concat(words, " ")
        local own = declaration:match "[;{]%s*/%*(.*)"
        list[#list + 1] = { name = declaration:match "([%w_]+)%(", comment = own or comment, own = own or not behind }
        behind, words = true, {}
      end
    elseif not line:find "^[ }#]" then -- neither the rest of a function nor a directive
      comment, behind = nil, nil
    end
  end
  return list
end

-- Why what is told of a function will not do; nil if it will.
local function unclear(f)
  if not f.comment then return "has no comment" end
  local heading = f.comment:find "=====" or f.comment:find "%-%-%-%-%-"
  if (heading or not f.own) and not f.comment:find("%f[%w_]" .. f.name .. "%f[^%w_]") then
    return "is not named in the comment above"
  end
end

describe("every function of tine.h", function()
  it("has a comment of its own, or is named in that of its group or section", function()
    local list, faults = functions(header), {}
    local seen = {}
    for _, f in ipairs(list) do
      seen[f.name] = true
      local fault = unclear(f)
      if fault then faults[#faults + 1] = f.name .. " " .. fault end
    end
    for _, name in ipairs(generate.declared(header)) do assert(seen[name], name) end
    assert.equal("", table.concat(faults, "\n"))
  end)
end)

-- What gives a pipeline or runs one. (What only tells of one is tine_pipeline_...)
describe("the tables of bits", function()
  it("have every stage and every terminal of tine.h", function()
    local parts = header:match "===== Pipelines =====.-===== The pool ====="
    local text = ""
    for _, name in ipairs { "test.c", "kinds_test.c", "parts.h", "indexed.c", "unindexed.c", "terminals.c" } do
      text = text .. helper.read("spec/core/bits_" .. name)
    end
    text = text .. helper.read "spec/core/ladder.c" -- whose kernels and source they use
    for _, name in ipairs(generate.declared(parts)) do
      assert(name:find "^tine_pipeline_" or text:find("%f[%w_]" .. name .. "%f[^%w_]"),
        name .. " is in no table of bits: it wants a line in spec/core/bits_*.c, see spec/README.md")
    end
  end)
end)
