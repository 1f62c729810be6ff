-- The house's own rules: layers include only what is below them, the amalgamation lists every file, names are unique,
-- libraries export the public API alone, nothing prints or exits.

local declared_in = require("generate.header").declared

local build = os.getenv("TINE_BUILD") or "build"

local function lines_of(command)
  local pipe = assert(io.popen(command))
  local lines = {}
  for line in pipe:lines() do
    lines[#lines + 1] = line
  end
  pipe:close()
  return lines
end

local function read(path)
  local f <close> = assert(io.open(path))
  return f:read("a")
end

local core = lines_of("find core -name '*.[ch]' | sort")
local binding = lines_of("find lua -name '*.[ch]' | sort")

-- What each folder of core may include, besides itself and tine.h.
local below = { base = {}, pool = { "base" }, data = { "base" } }
below.kernel = { "data", "base" }
below.code = { "kernel", "data", "base" }
below.expression = { "kernel", "data", "base" }
below.stage = { "expression", "kernel", "data", "base" }
below.produce = { "stage", "kernel", "data", "base" }
below.fold = { "stage", "kernel", "data", "base" }
below.consume = { "fold", "stage", "kernel", "data", "base" }
below.drive = { "consume", "stage", "pool", "kernel", "data", "base" }
below.terminal = { "drive", "consume", "fold", "stage", "pool", "kernel", "data", "base" }
below.sort = { "drive", "stage", "pool", "kernel", "data", "base" }
below.host = { "drive", "pool", "data", "base" }

local function allowed(layer, target)
  if target == layer or target == "tine.h" then
    return true
  end
  for _, name in ipairs(below[layer]) do
    if name == target then
      return true
    end
  end
  return false
end

-- The folder (or "tine.h") an include in 'file' reaches.
local function reached(included)
  local up = included:match("^%.%./(.*)$")
  if up == "tine.h" then
    return up
  end
  return up and up:match("^(%a+)/")
end

describe("the layers of core", function()
  it("include only what is below", function()
    assert(#core > 40, "sources not found: run from the checkout")
    for _, file in ipairs(core) do
      local layer = file:match("^core/(%a+)/")
      for included in read(file):gmatch('#%s*include%s+"([^"]+)"') do
        local target = layer and (reached(included) or layer)
        assert(not layer or allowed(layer, target), file .. " includes " .. included)
      end
    end
  end)

  it("know nothing of Lua, and the binding nothing but tine.h", function()
    for _, file in ipairs(core) do
      for included in read(file):gmatch('#%s*include%s+[<"]([^>"]+)') do
        assert(not included:find("^lua") and not included:find("^lauxlib"), file .. " includes " .. included)
      end
    end
    for _, file in ipairs(binding) do
      for included in read(file):gmatch('#%s*include%s+"([^"]+)"') do
        local room = included:match "^%.%./(%a+)/bind%l*[_%l]*%.h$"
        -- The form that functions are translated into is to become a part of tine.h.
        if included == "../../core/code/code.h" and file:find "^lua/function/" then room = "code" end
        assert(included == "../../core/tine.h" or room and room ~= "core" or included == "../help.def"
          or not included:find "/" or file == "lua/module.c", file .. " includes " .. included)
      end
    end
  end)

  it("leave the operating system to base", function()
    local system = { ["pthread.h"] = true, ["unistd.h"] = true, ["fcntl.h"] = true, ["sched.h"] = true }
    for _, file in ipairs(core) do
      for included in read(file):gmatch("#%s*include%s+<([^>]+)>") do
        local os_header = system[included] or included:find("^sys/")
        assert(not os_header or file:find("^core/base/"), file .. " includes " .. included)
      end
    end
  end)

  it("ask for instruction sets in one place", function()
    for _, file in ipairs(core) do
      assert(not read(file):find "__builtin_cpu_" or file:find "^core/kernel/simd%.", file)
    end
  end)

  it("are all in the amalgamation, and so is the binding", function()
    for whole, files in pairs { ["core/tine.c"] = core, ["lua/module.c"] = binding } do
      local listed = read(whole)
      for _, file in ipairs(files) do
        local path = file:match("^%a+/(%a+/.*%.c)$")
        assert(not path or listed:find('#include "' .. path .. '"', 1, true), path)
      end
    end
  end)

  it("compile as one: file-local names are told apart", function()
    if not os.execute "true" then pending "a compiler needs a shell" return end
    local cc, lua = os.getenv "CC" or "cc", os.getenv "LUA_INC" or "-I/usr/include/lua5.4"
    for whole, flags in pairs { ["core/tine.c"] = "", ["lua/module.c"] = lua } do
      local said = lines_of(("%s -std=c11 -fsyntax-only %s %s 2>&1"):format(cc, flags, whole))
      assert.equal("", table.concat(said, "\n"))
    end
  end)

  it("have file names of their own", function()
    local seen = {}
    for _, file in ipairs(core) do
      local name = file:match("([^/]+)$")
      assert(not seen[name], file .. " and " .. tostring(seen[name]))
      seen[name] = file
    end
  end)
end)

describe("the libraries", function()
  for _, name in ipairs { "tine.so", "libtine.so" } do
    it(name .. " exports the public API and what copies of the module ask of each other", function()
      local declared = { tine_lua_copy = true } -- lua/state/bind.h
      for _, symbol in ipairs(declared_in(read("core/tine.h"))) do
        declared[symbol] = true
      end
      for _, line in ipairs(lines_of("nm -D --defined-only " .. build .. "/" .. name)) do
        local symbol = line:match("(%S+)$")
        assert(declared[symbol] or symbol:find("^__%a*san"), symbol .. " is exported, but no part of tine.h")
        declared[symbol] = nil
      end
      for symbol in pairs(declared) do
        error(symbol .. ": tine.h has it, the library has not")
      end
    end)
  end

  it("have a name by major version, and stay in a process that has begun to use them", function()
    local dynamic = table.concat(lines_of("readelf -d " .. build .. "/libtine.so"), "\n")
    local major = read("core/tine.h"):match("#define TINE_VERSION_MAJOR (%d+)")
    assert.matches("SONAME[^\n]*%[libtine%.so%." .. major .. "%]", dynamic)
    assert.matches("NODELETE", dynamic, 1, true)
    dynamic = table.concat(lines_of("readelf -d " .. build .. "/tine.so"), "\n")
    assert.is_nil(dynamic:find("SONAME", 1, true)) -- a module is found by its path
    assert.matches("NODELETE", dynamic, 1, true)
  end)

  it("tine.so is not linked against Lua", function()
    for _, line in ipairs(lines_of("readelf -d " .. build .. "/tine.so")) do
      assert.is_nil(line:find("liblua"), line)
    end
  end)
end)

describe("the sources", function()
  it("never print, exit or abort", function()
    for _, list in ipairs { core, binding } do
      for _, file in ipairs(list) do
        local text = " " .. read(file):gsub("/%*.-%*/", ""):gsub("//[^\n]*", "")
        for _, word in ipairs { "printf", "puts", "perror", "exit", "abort" } do
          assert.is_nil(text:find("[^_%w]" .. word .. "%s*%("), file .. ": " .. word)
        end
      end
    end
  end)

  -- clang-format holds code to it, and leaves comments alone. What `make docs` writes is of its readers' width.
  it("keep to 120 columns", function()
    local files = lines_of "find core lua spec examples -name '*.[ch]' -o -name '*.cpp' -o -name '*.lua' | sort"
    for _, file in ipairs(files) do
      for line in (file:find "^lua/library/" and "" or read(file)):gmatch "[^\n]+" do
        assert((utf8.len(line) or #line) <= 120, file .. ": " .. line)
      end
    end
  end)

  it("stay small: one idea a file", function()
    for _, list in ipairs { core, binding } do
      for _, file in ipairs(list) do
        local _, count = read(file):gsub("\n", "")
        assert(count <= 400 or file == "core/tine.h", file .. " has " .. count .. " lines")
      end
    end
  end)

  it("have short functions: none is longer than 60 lines", function()
    local found = 0
    for _, list in ipairs { core, binding } do
      for _, file in ipairs(list) do
        local first, n = nil, 0
        for line in io.lines(file) do
          n = n + 1
          if line:find "^[%a_].*[%w_%*]%s*%(" then first = n end -- of a function, or of a macro's call
          if line == "}" and first then
            found = found + 1
            assert(n - first < 60, ("%s:%d: %d lines"):format(file, first, n - first + 1))
            first = nil
          end
        end
      end
    end
    assert(found > 1500, "functions are not found where they begin and end")
  end)

  it("are in folders that can be looked over: some twenty files each, a header and its source being one", function()
    local most, files = 24, {}
    for _, file in ipairs(core) do
      local folder, name = file:match("^core/(%a+)/(.+)%.[ch]$")
      if folder then
        files[folder] = files[folder] or { n = 0 }
        files[folder].n = files[folder].n + (files[folder][name] and 0 or 1)
        files[folder][name] = true
      end
    end
    for folder, list in pairs(files) do
      assert(below[folder], folder .. " is no layer")
      assert(list.n <= most, ("core/%s has %d files"):format(folder, list.n))
    end
  end)

  it("say what they rely on: assertions in every folder of core, for each 1000 lines", function()
    local least = { pool = 20 }
    local lines, asserts = {}, {}
    for _, file in ipairs(core) do
      local folder = file:match("^core/(%a+)/")
      if folder then
        local text = read(file)
        local _, n = text:gsub("\n", "")
        local _, found = text:gsub("%f[%w_]ti_assert[_slow]*%(", "")
        local _, defined = text:gsub("#%s*define%s+ti_assert", "")
        lines[folder] = (lines[folder] or 0) + n
        asserts[folder] = (asserts[folder] or 0) + found - defined
      end
    end
    for folder, n in pairs(lines) do
      local density = asserts[folder] * 1000 / n
      assert(density >= (least[folder] or 10), ("core/%s: %.1f assertions in 1000 lines"):format(folder, density))
    end
  end)
end)

describe("the top level", function()
  it("has what was agreed, and nothing that a tool left there", function()
    local agreed = { core = true, lua = true, spec = true, examples = true, Makefile = true, ["README.md"] = true,
      LICENSE = true, ["CHANGELOG.md"] = true }
    local pipe = assert(io.popen "git ls-files 2>/dev/null")
    for path in pipe:lines() do
      local entry = path:match "^[^/]+"
      assert(agreed[entry] or entry:find "^%." or entry:find "^tine%-.*%.rockspec$", entry)
    end
    pipe:close()
  end)
end)
