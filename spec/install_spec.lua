-- What `make install` puts down is what others build upon: by pkg-config, CMake, luarocks, or with nothing but a
-- compiler. Each of them is tried in a temporary folder with the library under test.

local helper = require "spec.lua.helper"

local build = os.getenv "TINE_BUILD" or "build"
local cc = os.getenv "CC" or "cc"

if not os.execute "true" then -- under ThreadSanitizer there is no shell
  pending "an installation needs a shell"
  return
end

local run, must, with_folder = helper.run, helper.must, helper.with_folder

local function have(program)
  return select(2, run("command -v %s", program))
end

local function is_sanitized()
  return run("nm -D '%s/libtine.so'", build):find("__[atu]b?san") ~= nil
end

-- -o: what is built is up to date, whatever the flags of this make are.
local function make(target, variables)
  must("make -s -o all BUILD='%s' %s %s", build, target, variables)
end

local function files_in(folder)
  local list = {}
  for path in must("cd '%s' && find . ! -type d | sort", folder):gmatch "%./([^\n]+)" do list[#list + 1] = path end
  return list
end

-- A command that prints 55, by the module in LUA_CPATH_5_4.
local sums_up = ("'%s' -e 'print(require [[tine]].range(1, 10):sum())'"):format(os.getenv "TINE_LUA" or "lua5.4")

local version = helper.read("core/tine.h"):match '#define TINE_VERSION "(.-)"'

describe("make install", function()
  local expected = { "include/tine.h", "lib/libtine.a", "lib/libtine.so", "lib/libtine.so." .. version:match "%d+",
    "lib/libtine.so." .. version, "lib/lua/5.4/tine.so", "lib/pkgconfig/tine.pc" }
  if select(2, run "test -e lua/library/tine.lua") then
    expected[#expected + 1] = "share/tine/library/tine.lua"
  end

  it("puts its files under PREFIX, DESTDIR in front; make uninstall takes them away", function()
    with_folder(function(folder)
      make("install", ("PREFIX=/opt/any DESTDIR='%s'"):format(folder))
      assert.same(expected, files_in(folder .. "/opt/any"))
      local pc = helper.read(folder .. "/opt/any/lib/pkgconfig/tine.pc")
      assert.is_nil(pc:find(folder, 1, true))
      assert.matches("^prefix=/opt/any\nlibdir=${prefix}/lib\n", pc)
      make("uninstall", ("PREFIX=/opt/any DESTDIR='%s'"):format(folder))
      assert.same({}, files_in(folder))
    end)
  end)

  it("has directories of its own for each kind of file", function()
    with_folder(function(folder)
      make("install", ("PREFIX='%s' LIBDIR='%s/l' INCDIR='%s/i' DATADIR='%s/d' LUA_CDIR='%s/c'"):format(
        folder, folder, folder, folder, folder))
      assert.equal("55\n", must("LUA_CPATH_5_4='%s/c/?.so' %s", folder, sums_up))
      assert.equal(("-I%s/i -L%s/l -ltine"):format(folder, folder),
        must("PKG_CONFIG_PATH='%s/l/pkgconfig' pkg-config --cflags --libs tine", folder):match "^(.-)%s*$")
    end)
  end)
end)

-- A host that links to the library while its script loads the module, as any script does.
local one_engine = [[
#include <lauxlib.h>
#include <lualib.h>
#include <tine.h>
TINE_MAP1(twice, double, double, 2 * a)
int main(void) {
  static const tine_kernel_signature types[] = {{"f64 -> f64", twice, NULL}};
  const tine_kernel_desc desc = {.size = sizeof desc, .name = "twice", .signatures = types, .signature_count = 1};
  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  if (luaL_dostring(L, "tine = require 'tine'; return tine.full('f64', 3, 7)") != LUA_OK)
    return 1;
  const tine_array *a = tine_lua_toarray(L, -1);
  if (a == NULL || tine_array_len(a) != 3 || tine_lua_registry(L) == NULL)
    return 2;
  if (tine_kernel_register(tine_lua_registry(L), &desc, NULL) != TINE_OK)
    return 3;
  if (luaL_dostring(L, "return tine.range(1, 4):map('twice'):sum()") != LUA_OK || lua_tonumber(L, -1) != 20)
    return 4;
  lua_close(L);
  return tine_set_allocator(NULL) == TINE_OK ? 0 : 5; /* nothing is alive: nobody else's engine was used */
}
]]

local cmake_lists = [[
cmake_minimum_required(VERSION 3.10)
project(consumer C)
find_package(PkgConfig REQUIRED)
pkg_check_modules(TINE REQUIRED IMPORTED_TARGET tine)
pkg_check_modules(LUA REQUIRED IMPORTED_TARGET lua5.4)
add_executable(host host.c)
target_link_libraries(host PkgConfig::TINE PkgConfig::LUA)
]]

describe("what is installed", function()
  local prefix

  -- A spec that needs these programs and a library that others can link to.
  local function try(what, programs, fn)
    it(what, function()
      if is_sanitized() then pending "a sanitizer's library wants a program that is built with it" return end
      for _, program in ipairs(programs) do
        if not have(program) then pending(program .. " is not installed") return end
      end
      with_folder(function(folder)
        prefix = folder .. "/prefix"
        make("install", ("PREFIX='%s'"):format(prefix))
        fn(folder)
      end)
    end)
  end

  -- A command that sees the installed tree and nothing of this one.
  local function inside(folder, command, ...)
    return must(("cd '%s' && export PKG_CONFIG_PATH='%s/lib/pkgconfig' LD_LIBRARY_PATH='%s/lib' " ..
      "LUA_CPATH_5_4='%s/lib/lua/5.4/?.so' CC='%s'; %s"):format(folder, prefix, prefix, prefix, cc,
      command:format(...)):gsub("%%", "%%%%"))
  end

  local strict = cc .. " -std=c11 -Wall -Wextra -Werror "
  local here = os.getenv "PWD"

  try("builds examples/04_host.c by pkg-config", { "pkg-config" }, function(folder)
    inside(folder, strict .. "'%s/examples/04_host.c' $(pkg-config --cflags --libs tine lua5.4) -o host", here)
    assert.matches("100000 particles", inside(folder, "./host"), 1, true)
  end)

  try("builds a program that has no Lua", { "pkg-config" }, function(folder)
    inside(folder, strict .. "'%s/examples/05_closures.c' $(pkg-config --cflags --libs tine) -o closures", here)
    assert.matches("fn_once: posted", inside(folder, "./closures"), 1, true)
    assert.is_nil(must("readelf -d '%s/closures'", folder):find("liblua", 1, true))
  end)

  try("builds a host into which all is linked", { "pkg-config" }, function(folder)
    inside(folder, strict .. "'%s/examples/04_host.c' '%s/lib/libtine.a' $(pkg-config --cflags tine lua5.4) " ..
      "-l:liblua5.4.a $(pkg-config --static --libs-only-l tine | sed 's/-ltine//') -pthread -ldl -o host", here, prefix)
    assert.matches("100000 particles", inside(folder, "./host"), 1, true)
    assert.is_nil(must("readelf -d '%s/host'", folder):find "NEEDED[^\n]*lib[tl][iu][na]")
  end)

  try("works with a Lua that is linked into the host", { "pkg-config" }, function(folder)
    inside(folder, strict .. "'%s/examples/04_host.c' $(pkg-config --libs tine) $(pkg-config --cflags tine lua5.4) " ..
      "-l:liblua5.4.a -lm -ldl -o host", here)
    assert.matches("100000 particles", inside(folder, "./host"), 1, true)
  end)

  try("is one engine to a host and its script's require", { "pkg-config" }, function(folder)
    helper.write(folder .. "/host.c", one_engine)
    inside(folder, strict .. "host.c $(pkg-config --cflags --libs tine lua5.4) -o host")
    inside(folder, "./host")
  end)

  try("is found by CMake", { "pkg-config", "cmake" }, function(folder)
    helper.write(folder .. "/CMakeLists.txt", cmake_lists)
    helper.write(folder .. "/host.c", helper.read "examples/04_host.c")
    inside(folder, "cmake -B out . && cmake --build out")
    assert.matches("100000 particles", inside(folder, "out/host"), 1, true)
  end)

  try("says so where Lua is another", { "luajit" }, function(folder)
    local output = inside(folder, "luajit -e \"package.cpath = '%s/lib/lua/5.4/?.so'; print(pcall(require, 'tine'))\"",
      prefix)
    assert.matches("undefined symbol: lua", output, 1, true) -- as any module for Lua 5.4 says
  end)
end)

describe("luarocks", function()
  it("makes a rock of a clone, and runs busted #slow", function()
    if is_sanitized() then pending "one build of a rock is enough" return end
    if not have "luarocks" then pending "luarocks is not installed" return end
    if not have "git" or not select(2, run "git rev-parse HEAD") then pending "not a clone" return end
    with_folder(function(folder)
      must("git clone -q . '%s/clone'", folder)
      -- what this make was told is not for that one; the options are for a quick build
      local rocks = ("cd '%s/clone' && unset TINE_BUILD LUA_PATH LUA_CPATH MFLAGS MAKELEVEL; OPT=-O0 MAKEFLAGS=-j2 " ..
        "BUSTED='busted spec/lua/zip_spec.lua' luarocks --lua-version 5.4 --tree ../tree "):format(folder)
      must(rocks .. "make")
      assert.equal("55\n", must("LUA_CPATH_5_4='%s/tree/lib/lua/5.4/?.so' %s", folder, sums_up))
      assert.matches("[1-9]%d* successes / 0 failures / 0 errors", must(rocks .. "test"):gsub("\27%[[%d;]*m", ""))
    end)
  end)
end)
