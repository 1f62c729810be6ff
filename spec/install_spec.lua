-- What `make install` puts down is what others build upon: by pkg-config, CMake, luarocks, or with nothing but a
-- compiler. Each of them is tried in a temporary folder with the library under test.

local helper = require "spec.lua.helper"

local build = os.getenv "TINE_BUILD" or "build"
local cc = os.getenv "CC" or "cc"

if not os.execute "true" then -- under ThreadSanitizer there is no shell
  pending "an installation needs a shell"
  return
end

local tine = require "tine"
local run, must, with_folder = helper.run, helper.must, helper.with_folder

local function have(program)
  return select(2, run("command -v %s", program))
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

local has_sleef = tine.info().math:find "sleef" ~= nil

describe("make install", function()
  local expected = { "include/tine.h", "lib/cmake/tine/tine-config-version.cmake", "lib/cmake/tine/tine-config.cmake",
    "lib/libtine-nosleef.a", "lib/libtine.a", "lib/libtine.so", "lib/libtine.so." .. version:match "%d+",
    "lib/libtine.so." .. version, "lib/lua/5.4/tine.so", "lib/pkgconfig/tine.pc", "share/doc/tine/CHANGELOG.md",
    "share/doc/tine/LICENSE", "share/doc/tine/README.md", "share/doc/tine/lua/README.md",
    "share/doc/tine/lua/reference.md", "share/tine/library/tine.lua" }
  if not has_sleef then table.remove(expected, 4) end

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

  it("leaves out what debuggers want, unless it is told to keep that", function()
    with_folder(function(folder)
      for _, name in ipairs { "lib/libtine.a", "lib/libtine.so", "lib/lua/5.4/tine.so" } do
        make("install", ("PREFIX='%s'"):format(folder))
        assert.is_nil(must("readelf -SW '%s/%s'", folder, name):find(".debug_info", 1, true), name)
        make("install", ("PREFIX='%s' INSTALL_STRIP="):format(folder))
        assert.matches(".debug_info", must("readelf -SW '%s/%s'", folder, name), 1, true)
      end
    end)
  end)

  it("has directories of its own for each kind of file", function()
    with_folder(function(folder)
      make("install", ("PREFIX='%s' LIBDIR='%s/l' INCDIR='%s/i' DATADIR='%s/d' LUA_CDIR='%s/c' DOCDIR='%s/o'"):format(
        folder, folder, folder, folder, folder, folder))
      assert.matches("MIT License", helper.read(folder .. "/o/LICENSE"), 1, true)
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
find_package(tine VERSION REQUIRED)
add_executable(plain plain.c)
target_link_libraries(plain tine::tine)
add_executable(static plain.c)
target_link_libraries(static tine::static)
]]

local plain = [[
#include <stdio.h>
#include <tine.h>
int main(void) {
  tine_value sum;
  tine_pipeline *p = tine_range(1, 10, 1);
  if (tine_sum(p, &sum, NULL) != TINE_OK)
    return 1;
  tine_pipeline_release(p);
  printf("%d %s\n", (int)sum.as.i, tine_math_name());
  return 0;
}
]]

describe("what is installed", function()
  local prefix

  -- A spec that needs these programs and a library that others can link to.
  local function try(what, programs, fn)
    it(what, function()
      if helper.is_sanitized() then pending "a sanitizer's library wants a program that is built with it" return end
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
    inside(folder, strict .. "'%s/examples/04_host.c' $(pkg-config --cflags tine lua5.4) -l:liblua5.4.a " ..
      "$(pkg-config --static --libs tine | sed 's/-ltine /-l:libtine.a /') -ldl -o host", here)
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

  -- What pkg-config prints for --static links, also where SLEEF has no archive. And who links the archive has SLEEF.
  try("links statically by pkg-config", { "pkg-config" }, function(folder)
    helper.write(folder .. "/plain.c", plain)
    inside(folder, strict .. "-static plain.c $(pkg-config --static --cflags --libs tine) -o static")
    local output = inside(folder, "./static")
    assert.matches("^55 ", output)
    assert.is_nil(must("readelf -d '%s/static'", folder):find "NEEDED")
    if has_sleef and not must(cc .. " -print-file-name=libsleef.a"):find "/" then
      assert.equal("55 libm (linked without sleef)\n", output)
    end
    inside(folder, strict .. "plain.c $(pkg-config --cflags tine) '%s/lib/libtine.a' %s -o archive", prefix,
      (must "make -s print-LIBS":gsub("\n", "")))
    assert.equal(("55 %s\n"):format(tine.info().math), inside(folder, "./archive"))
  end)

  try("is found by CMake, wherever it is moved", { "pkg-config", "cmake" }, function(folder)
    local lists = cmake_lists:gsub("tine VERSION", "tine " .. version:match "^%d+%.%d+")
    must("mv '%s' '%s/moved'", prefix, folder)
    prefix = folder .. "/moved"
    must("sed -i 's!^prefix=.*!prefix=%s!' '%s/lib/pkgconfig/tine.pc'", prefix, prefix)
    helper.write(folder .. "/CMakeLists.txt", lists)
    helper.write(folder .. "/host.c", helper.read "examples/04_host.c")
    helper.write(folder .. "/plain.c", plain)
    inside(folder, "cmake -DCMAKE_PREFIX_PATH='%s' -B out . && cmake --build out", prefix)
    assert.matches("100000 particles", inside(folder, "out/host"), 1, true)
    assert.equal(("55 %s\n"):format(tine.info().math), inside(folder, "out/plain"))
    assert.equal(("55 %s\n"):format(tine.info().math), inside(folder, "out/static"))
    assert.is_nil(must("readelf -d '%s/out/static'", folder):find("libtine", 1, true))
    -- a version that was not asked for is not taken
    helper.write(folder .. "/CMakeLists.txt", (lists:gsub("tine %d+%.%d+ ", "tine 0.1 ")))
    assert.is_false(select(2, run("cd '%s' && cmake -DCMAKE_PREFIX_PATH='%s' -B other .", folder, prefix)))
  end)

  try("says so where Lua is another", { "luajit" }, function(folder)
    local output = inside(folder, "luajit -e \"package.cpath = '%s/lib/lua/5.4/?.so'; print(pcall(require, 'tine'))\"",
      prefix)
    assert.matches("undefined symbol: lua", output, 1, true) -- as any module for Lua 5.4 says
  end)
end)

describe("the flags of packagers", function()
  -- Nothing is built: make says what it would do.
  it("are used wherever something is compiled or linked", function()
    with_folder(function(folder)
      local targets = ("all '%s/test_core' '%s/examples/04_host' '%s/spec/api_host'"):format(folder, folder, folder)
      local output = must("make -n V=1 BUILD='%s' CC=compiler AR=true CPPFLAGS=-DMARK_CPP CFLAGS=-DMARK_C " ..
        "LDFLAGS=-Wl,--mark SLEEF=1 %s", folder, targets)
      local compiled, linked = 0, 0
      for line in output:gsub("\\\n", " "):gmatch "[^\n]+" do
        if line:find "^compiler" then
          local compiles, links = line:find "%.c%f[%s]" ~= nil, line:find " %-c " == nil
          compiled, linked = compiled + (compiles and 1 or 0), linked + (links and 1 or 0)
          assert(not compiles or line:find " %-DMARK_CPP " and line:find " %-DMARK_C ", line)
          assert(not links or line:find " %-Wl,%-%-mark ", line)
        end
      end
      assert(compiled > 100 and linked >= 5, output)
    end)
  end)
end)

describe("the version", function()
  it("is the same everywhere", function()
    local heading = helper.read "CHANGELOG.md":match "\n## %[([%d.]+)%] %- %d%d%d%d%-%d%d%-%d%d\n"
    assert.equal(version, heading)
    assert.equal(version, tine.version)
    for _, name in ipairs { version .. "-1", "scm-1" } do
      local rockspec = {}
      assert(load(helper.read("tine-" .. name .. ".rockspec"), "rockspec", "t", rockspec))()
      assert.equal(name, rockspec.version)
      assert.equal(name ~= "scm-1" and "v" .. version or nil, rockspec.source.tag)
      assert.matches("^git%+https://", rockspec.source.url)
      assert.matches("^https://", rockspec.description.homepage)
      assert.same({ "unix" }, rockspec.supported_platforms)
    end
  end)

  it("is told where the compiler cannot be served", function()
    local output, ok = run("echo '#include <tine.h>' | %s -D_MSC_VER=1939 -Icore -fsyntax-only -x c -", cc)
    assert.is_false(ok)
    assert.matches("Windows is not supported", output, 1, true)
  end)
end)

describe("luarocks", function()
  -- A clone, and a command line that begins in a folder beside it. What this make was told is not for that one; the
  -- options are for a quick build. The public repository is the clone, as far as git knows. BUILD is a name that
  -- environments have for things of their own.
  local function try(what, fn)
    it(what .. " #slow", function()
      if helper.is_sanitized() then pending "one build of a rock is enough" return end
      if not have "luarocks" then pending "luarocks is not installed" return end
      if not have "git" or not select(2, run "git rev-parse HEAD") then pending "not a clone" return end
      with_folder(function(folder)
        must("git clone -q . '%s/clone' && mkdir '%s/else'", folder, folder)
        local rocks = ("cd '%s/else' && unset TINE_BUILD LUA_PATH LUA_CPATH MFLAGS MAKELEVEL EXTRA STRICT FRAMES; " ..
          "export BUILD=mine GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0='url.file://%s/clone.insteadOf' " ..
          "GIT_CONFIG_VALUE_0=https://example.org/tine.git OPT=-O0 " ..
          "MAKEFLAGS=-j2 BUSTED='busted spec/lua/zip_spec.lua'; "):format(folder, folder)
        fn(folder, rocks, ("luarocks --lua-version 5.4 --tree '%s/tree' "):format(folder))
        assert.equal("55\n", must("LUA_CPATH_5_4='%s/tree/lib/lua/5.4/?.so' %s", folder, sums_up))
      end)
    end)
  end

  try("makes a rock of a clone, and runs busted", function(_, rocks, luarocks)
    must(rocks .. "cd ../clone && " .. luarocks .. "make tine-scm-1.rockspec")
    local output = must(rocks .. "cd ../clone && " .. luarocks .. "test tine-scm-1.rockspec")
    assert.matches("[1-9]%d* successes / 0 failures / 0 errors", (output:gsub("\27%[[%d;]*m", "")))
  end)

  try("packs the sources elsewhere, and builds them", function(_, rocks, luarocks)
    must(rocks .. luarocks .. "pack ../clone/tine-scm-1.rockspec && " .. luarocks .. "build tine-scm-1.src.rock")
  end)

  try("builds what make rock makes, without any network", function(folder, rocks, luarocks)
    must("make -s -C '%s/clone' rock BUILD=made", folder)
    must(rocks .. "unset GIT_CONFIG_COUNT; " .. luarocks .. "pack ../clone/made/rock/tine-scm-1.rockspec")
    must(rocks .. "unset GIT_CONFIG_COUNT; " .. luarocks .. "build ../clone/made/rock/tine-%s-1.src.rock", version)
  end)
end)
