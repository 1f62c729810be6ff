-- The module is a file that can be copied anywhere and that wants Lua of whoever loads it, as any C module does. And
-- where a process or a state has tine already - a host's library, another copy - that serves; see
-- lua/state/bind_copy.c.

local helper = require "spec.lua.helper"

local build = os.getenv "TINE_BUILD" or "build"

if not os.execute "true" then -- under ThreadSanitizer there is no shell
  pending "hosts are compiled by a shell"
  return
end

local must, with_folder = helper.must, helper.with_folder

local here = os.getenv "PWD"
if build:sub(1, 1) ~= "/" then build = here .. "/" .. build end

local setting = {} -- of the Makefile
for _, name in ipairs { "LUA_INC", "LUA_LIB", "LIBS", "SONAME" } do
  setting[name] = must("make -s print-%s", name):gsub("\n", "")
end

local cc = ("%s -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -I'%s/core' %s "):format(os.getenv "CC" or "cc", here,
  setting.LUA_INC)
local library = ("-L'%s' -ltine -Wl,-rpath,'%s'"):format(build, build)
local archive = ("'%s/libtine.a' %s"):format(build, setting.LIBS)
local lua_archive = "-l:liblua5.4.a -lm -ldl" -- nothing of it is exported, unless the host is linked with -rdynamic

-- A spec in a folder of its own, in which the module lies alone.
local function try(what, fn)
  it(what, function()
    if helper.is_sanitized() then pending "a sanitizer's library wants a program that is built with it" return end
    with_folder(function(folder)
      must("mkdir '%s/module' && cp '%s/tine.so' '%s/module'", folder, build, folder)
      fn(folder)
    end)
  end)
end

local function compile(folder, name, source, flags)
  helper.write(("%s/%s.c"):format(folder, name:match "^[^.]+"), source)
  must("cd '%s' && %s %s.c -o %s %s", folder, cc, name:match "^[^.]+", name, flags)
end

-- What a program printed that finds the module there, and how it ended: "exit" or "signal", and the number.
local function outcome(folder, command)
  local pipe = assert(io.popen(("cd '%s' && unset LD_LIBRARY_PATH; LUA_CPATH_5_4='%s/module/?.so;%s/?.so' " ..
    "timeout 300 %s 2>&1"):format(folder, folder, folder, command)))
  local output = pipe:read "a"
  local _, how, number = pipe:close()
  return output, how, number
end

-- Of one that must succeed, and print just that.
local function prints(expected, folder, command)
  local output, how, number = outcome(folder, command or "./host")
  assert.same({ expected, "exit", 0 }, { output, how, number })
end

-- main: opens a state, runs what `prelude` does, then the script; prints the error, if there is one, and gives 1.
local function host(script, prelude, functions)
  return ([[
#include <dlfcn.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <string.h>
#include <tine.h>
%s
int main(void) {
  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  %s
  const int bad = luaL_dostring(L, %s);
  if (bad)
    printf("%%s\n", lua_tostring(L, -1));
  lua_close(L);
  return bad;
}
]]):format(functions or "", prelude or "", ("%q"):format(script):gsub("\\\n", "\\n"))
end

-- A kernel of the host, to be named by scripts: they can if they run on the host's engine.
local twice = [[
TINE_MAP1(twice, double, double, 2 * a)
static int lend(lua_State *L) {
  static const tine_kernel_signature types[] = {{"f64 -> f64", twice, NULL}};
  const tine_kernel_desc desc = {.size = sizeof desc, .name = "twice", .signatures = types, .signature_count = 1};
  if (tine_lua_registry(L) == NULL)
    return luaL_error(L, "no registry of this engine's");
  if (tine_kernel_register(tine_lua_registry(L), &desc, NULL) != TINE_OK)
    return luaL_error(L, "not registered");
  return 0;
}
]]
local lends = "require('tine'); lend(); print(require('tine').range(1, 4):map('twice'):sum())"

describe("the module", function()
  try("is one file, wherever it is", function(folder)
    local lua = os.getenv "TINE_LUA" or "lua5.4"
    prints("55\n", folder, ("'%s' -e 'print(require [[tine]].range(1, 10):sum())'"):format(lua))
  end)

  try("gets the loader's message where Lua is hidden in the program", function(folder)
    compile(folder, "host", host "require 'tine'", lua_archive)
    local output, how, number = outcome(folder, "./host")
    assert.same({ "exit", 1 }, { how, number })
    assert.matches("error loading module 'tine'", output, 1, true)
    assert.matches("undefined symbol: luaL?_", output)
  end)

  try("gets the loader's message where Lua is hidden in a plugin", function(folder)
    compile(folder, "plugin.so", (host "require 'tine'":gsub("int main", "int start(void);\nint start")),
      "-shared -fPIC " .. setting.LUA_LIB)
    compile(folder, "host", [[
#include <dlfcn.h>
#include <string.h>
int main(void) {
  void *const plugin = dlopen("./plugin.so", RTLD_NOW | RTLD_LOCAL);
  void *const symbol = plugin != NULL ? dlsym(plugin, "start") : NULL;
  int (*start)(void) = NULL;
  memcpy(&start, &symbol, sizeof start);
  return start != NULL ? start() : 9;
}
]], "-ldl")
    local output, how, number = outcome(folder, "./host")
    assert.same({ "exit", 1 }, { how, number })
    assert.matches("undefined symbol: luaL?_", output)
  end)
end)

describe("two copies in one state", function()
  try("are one module", function(folder)
    must("mkdir '%s/rock' && cp '%s/tine.so' '%s/rock'", folder, build, folder)
    helper.write(folder .. "/both.lua", [[
      local a = require "tine"
      local xs, job = a.linspace(0, 1, 1000), a.range(1, 10):start "sum"
      package.loaded.tine = nil
      local open = assert(package.loadlib("rock/tine.so", "luaopen_tine"))
      local b = open()
      assert(a == b and open() == b)
      print(a.zip(xs, b.linspace(0, 1, 1000)):map("sub"):sum(), job:wait())
    ]])
    prints("0.0\t55\n", folder, ("'%s' both.lua"):format(os.getenv "TINE_LUA" or "lua5.4"))
  end)

  try("raise where their versions do not fit", function(folder)
    compile(folder, "host", host("require 'tine'", [[
  static const tine_api newer = {.major = TINE_VERSION_MAJOR + 1, .size = sizeof newer, .version = "9.9.9"};
  lua_pushlightuserdata(L, (void *)(uintptr_t)&newer);
  lua_setfield(L, LUA_REGISTRYINDEX, TINE_PACK_KEY);
]]), "-rdynamic " .. lua_archive)
    local output, how, number = outcome(folder, "./host")
    assert.same({ "exit", 1 }, { how, number })
    assert.matches("this state runs tine 9.9.9, another copy of it: tine %d[%d.]+ cannot work beside that", output)
  end)
end)

describe("a host's engine", function()
  local register = 'lua_register(L, "lend", lend);'

  try("serves its scripts: the library", function(folder)
    compile(folder, "host", host(lends, register, twice), library .. " " .. setting.LUA_LIB)
    prints("20.0\n", folder)
  end)

  try("serves its scripts: the library, with Lua in the program", function(folder)
    compile(folder, "host", host(lends, register, twice), "-rdynamic " .. library .. " " .. lua_archive)
    prints("20.0\n", folder)
  end)

  try("serves its scripts: the archive, in a program that exports its symbols", function(folder)
    compile(folder, "host", host(lends, register, twice), "-rdynamic " .. archive .. " " .. lua_archive)
    prints("20.0\n", folder)
  end)

  try("serves its scripts: the library of another module", function(folder)
    local source = host(lends, register, twice)
    compile(folder, "lending.so", source:gsub("int main.*", [[
int luaopen_lending(lua_State *L);
int luaopen_lending(lua_State *L) {
  lua_register(L, "lend", lend);
  return 0;
}]]), "-shared -fPIC " .. library)
    prints("20.0\n", folder, ("'%s' -e \"require 'lending'; %s\""):format(os.getenv "TINE_LUA" or "lua5.4", lends))
  end)

  -- An archive that is not exported, a library of another version, and one that calls no Lua are of no use.
  local private = [[
local tine = require 'tine'
print(pcall(lend))
print(tine.range(1, 4):sum())
]]
  local says_no = "false\tno registry of this engine's\n10\n"

  try("stays apart where the module cannot see it", function(folder)
    compile(folder, "host", host(private, register, twice), archive .. " " .. setting.LUA_LIB)
    prints(says_no, folder)
  end)

  try("stays apart where it is of another version, or calls another Lua", function(folder)
    for _, copy in ipairs { "{TINE_VERSION_MAJOR + 1, TINE_VERSION_MINOR, 0, (void *)lua_newuserdatauv}",
      "{TINE_VERSION_MAJOR, TINE_VERSION_MINOR, 0, (void *)luaL_newstate}",
      "{TINE_VERSION_MAJOR, TINE_VERSION_MINOR, 0, 0}" } do
      compile(folder, "host", host("print(require('tine').range(1, 4):sum())", nil, ([[
typedef struct copy {
  unsigned major, minor;
  void *open, *lua;
} copy;
const copy *tine_lua_copy(void);
const copy *tine_lua_copy(void) {
  static copy self = %s;
  return &self;
}
]]):format(copy)), "-rdynamic " .. lua_archive)
      prints("10\n", folder)
    end
  end)

  try("refuses to push an array into a state of another engine", function(folder)
    compile(folder, "host", host("require 'tine'; print(pcall(push))", 'lua_register(L, "push", push);', [[
static int push(lua_State *L) {
  tine_lua_pusharray(L, NULL);
  return 1;
}
]]), archive .. " " .. setting.LUA_LIB)
    prints("false\tthis state does not run this copy of tine: no array of it can be pushed\n", folder)
  end)

  try("joins the module that opened the state", function(folder)
    compile(folder, "host", host("", [[
  (void)(luaL_dostring(L, "first = require 'tine'"));
  void *const all = dlopen("]] .. setting.SONAME .. [[", RTLD_NOW | RTLD_GLOBAL);
  void *const symbols[] = {dlsym(all, "luaopen_tine"), dlsym(all, "tine_lua_registry"), dlsym(all, "tine_lua_toarray")};
  lua_CFunction open = NULL;
  void *(*registry)(lua_State *) = NULL, *(*toarray)(lua_State *, int) = NULL;
  memcpy(&open, &symbols[0], sizeof open);
  memcpy(&registry, &symbols[1], sizeof registry);
  memcpy(&toarray, &symbols[2], sizeof toarray);
  luaL_requiref(L, "another", open, 1);
  (void)(luaL_dostring(L, "assert(first == another); return first.zeros('u8', 1)"));
  printf("%s %s %s\n", lua_isuserdata(L, -1) ? "array" : "none", registry(L) ? "served" : "not served",
         toarray(L, -1) ? "mine" : "not mine");
]]), ("-Wl,-rpath,'%s' "):format(build) .. setting.LUA_LIB)
    prints("array not served not mine\n", folder)
  end)
end)

describe("a library that sees no Lua", function()
  try("does nothing, and the module uses its own engine", function(folder)
    compile(folder, "host", host("", [[
  tine_array *a = NULL;
  const tine_lua_limits limits = {.size = sizeof limits, .threads = 1};
  const int top = lua_gettop(L);
  if (tine_array_create(&a, TINE_F64, 3, NULL) != TINE_OK || luaopen_tine(L) != 0)
    return 2;
  if (tine_lua_registry(L) != NULL || tine_lua_toarray(L, 1) != NULL || tine_lua_limit(L, &limits) != TINE_EINVAL)
    return 3;
  tine_lua_pusharray(L, a);
  if (lua_gettop(L) != top)
    return 4;
  tine_array_release(a);
  luaL_requiref(L, "tine", luaopen_tine, 1);
  printf("%s\n", luaL_typename(L, -1));
  puts("nothing");
]]), "-Wl,--exclude-libs,ALL " .. library .. " " .. lua_archive)
    prints("nil\nnothing\n", folder)
  end)

  try("is not asked by a module that has Lua since", function(folder)
    compile(folder, "host", [[
#include <dlfcn.h>
#include <string.h>
#include <tine.h>
typedef struct lua_State state;
int main(void) {
  void *const lua = dlopen("liblua5.4.so.0", RTLD_NOW | RTLD_GLOBAL);
  void *const symbols[] = {dlsym(lua, "luaL_newstate"), dlsym(lua, "luaL_openlibs"), dlsym(lua, "luaL_loadstring"),
                           dlsym(lua, "lua_pcallk")};
  state *(*make)(void) = NULL;
  void (*open)(state *) = NULL;
  int (*load)(state *, const char *) = NULL, (*call)(state *, int, int, int, ptrdiff_t, void *) = NULL;
  memcpy(&make, &symbols[0], sizeof make);
  memcpy(&open, &symbols[1], sizeof open);
  memcpy(&load, &symbols[2], sizeof load);
  memcpy(&call, &symbols[3], sizeof call);
  state *L = make();
  open(L);
  if (luaopen_tine(L) != 0 || load(L, "print(require('tine').range(1, 4):sum())") != 0)
    return 2;
  return call(L, 0, 0, 0, 0, NULL);
}
]], library .. " -ldl")
    prints("10\n", folder)
  end)
end)
