-- Kernel packs: shared objects that link to nothing and find the engine by the table in tine.h. What fits is served,
-- what does not fit is refused with a reason. Headers of other versions are made from this one's text.

local helper = require "spec.lua.helper"

local build = os.getenv "TINE_BUILD" or "build"
local here = os.getenv "PWD"
local strict = (os.getenv "CC" or "cc") .. " -std=c11 -O2 -Wall -Wextra -Werror -fPIC -shared " ..
  "$(pkg-config --cflags lua5.4 2>/dev/null || echo -I/usr/include/lua5.4) "

if not os.execute "true" then -- under ThreadSanitizer there is no shell
  pending "packs are compiled by a shell"
  return
end

local must, with_folder = helper.must, helper.with_folder

-- What a script prints that finds packs in the folder.
local function run(folder, code)
  local path = ("package.cpath = %q .. package.cpath\n"):format(folder .. "/?.so;")
  local output, how, number = helper.script(path .. code)
  assert(how == "exit" and number == 0, output)
  return output
end

local header = helper.read "core/tine.h"
local list = header:match "#define TINE_FUNCTION_LIST%(X, L%)(.-[^\\])\n"

-- The header with some of its text replaced, once each.
local function changed(...)
  local text = header
  local pairs_of = { ... }
  for i = 1, #pairs_of, 2 do
    local first, last = text:find(pairs_of[i], 1, true)
    assert(first, pairs_of[i])
    text = text:sub(1, first - 1) .. pairs_of[i + 1] .. text:sub(last + 1)
  end
  return text
end

local major = math.tointeger(tonumber(header:match "TINE_VERSION_MAJOR (%d+)"))
local minor = math.tointeger(tonumber(header:match "TINE_VERSION_MINOR (%d+)"))
local version = header:match '#define TINE_VERSION "(.-)"'

local function of_version(new_major, new_minor, ...)
  return changed(("TINE_VERSION_MAJOR %d"):format(major), ("TINE_VERSION_MAJOR %d"):format(new_major),
    ("TINE_VERSION_MINOR %d"):format(minor), ("TINE_VERSION_MINOR %d"):format(new_minor),
    ('"%s"'):format(version), ('"%d.%d.7"'):format(new_major, new_minor), ...)
end

-- A pack whose kernel doubles; `before` is code of luaopen_twice, before it binds.
local function pack_source(before)
  return ([[
#define TINE_PACK
#include <dlfcn.h>
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include "tine.h"
TINE_MAP1(twice, double, double, 2 * a)
static void drop(void *env) {
  printf("dropped %%s\n", (const char *)env);
}
int luaopen_twice(lua_State *L);
int luaopen_twice(lua_State *L) {
  static char env[] = "once";
  static const tine_kernel_signature types[] = {{"f64 -> f64", twice, NULL}};
  const tine_kernel_desc desc = {
      .size = sizeof desc, .name = "twice", .signatures = types, .signature_count = 1, .env = env, .drop = drop};
  tine_error err;
  lua_getfield(L, LUA_REGISTRYINDEX, TINE_PACK_KEY);
  const tine_api *table = lua_touserdata(L, -1);
  %s
  if (tine_pack_bind(table, &err) != TINE_OK || tine_kernel_register(tine_lua_registry(L), &desc, &err) != TINE_OK)
    return luaL_error(L, "%%s", err.message);
  return 0;
}
]]):format(before or "")
end

local function compile(folder, text, source)
  helper.write(folder .. "/tine.h", text)
  helper.write(folder .. "/twice.c", source)
  must(strict .. "'%s/twice.c' -o '%s/twice.so'", folder, folder)
end

-- Compiles that against the header and runs a script.
local function use_pack(text, source, script)
  return with_folder(function(folder)
    compile(folder, text, source)
    return run(folder, script or [[
      local tine = require "tine"
      require "twice"
      print(tine.range(1, 4):map("twice"):sum())]])
  end)
end

-- The same for a pack that is refused; gives the message.
local function refused(text, source)
  return use_pack(text, source or pack_source(),
    "require 'tine'; local ok, message = pcall(require, 'twice'); assert(not ok); io.write(message)")
end

describe("the table of functions", function()
  it("is in the state, and each entry is filled", function()
    assert.equal("filled\n", use_pack(header, [[
#include <lauxlib.h>
#include "tine.h"
int luaopen_twice(lua_State *L);
int luaopen_twice(lua_State *L) {
  lua_getfield(L, LUA_REGISTRYINDEX, TINE_PACK_KEY);
  const tine_api *api = lua_touserdata(L, -1);
  if (api->major != TINE_VERSION_MAJOR || api->minor != TINE_VERSION_MINOR || api->size != sizeof *api)
    return luaL_error(L, "tine %s", api->version);
#define FILLED(name) if (api->name == NULL) return luaL_error(L, "no " #name);
  TINE_FUNCTION_LIST(FILLED, FILLED)
  lua_pushliteral(L, "filled");
  return 1;
}
]], "require 'tine'; print((require 'twice'))"))
  end)
end)

describe("a kernel pack", function()
  it("runs as the example does", function()
    local output = with_folder(function(folder)
      local example = here .. "/examples/06_kernel_pack"
      must("cd '%s' && MAKEFLAGS= make -f '%s/Makefile' VPATH='%s' TINE_INC='-I%s/core' CC='%s'", folder, example,
        example, here, os.getenv "CC" or "cc")
      assert.is_nil(must("nm -D '%s/blend.so'", folder):find "tine_")
      return run(folder, ("arg = { [0] = 'demo.lua', '1001' }; dofile '%s/demo.lua'"):format(example))
    end)
    local sum, least, most, n = 0, math.huge, -math.huge, 1001
    for i = 0, n - 1 do
      local night = 5 + 5 * i / (n - 1)
      local warmth = 20 + (night - 20) / (1 + math.exp(-(-6 + 12 * i / (n - 1))))
      sum, least, most = sum + warmth, math.min(least, warmth), math.max(most, warmth)
    end
    assert.equal(("%d places, %.3f degrees on average, %.3f to %.3f\n"):format(n, sum / n, least, most),
      output:match "^[^\n]*\n")
    assert.matches("mix: a + c * (b - a)\n", output, 1, true)
  end)

  it("works where the engine's symbols are hidden, and is there until its kernels are dropped", function()
    local source = pack_source [[if (dlsym(dlopen(NULL, RTLD_NOW), "tine_sum") != NULL) exit(puts("visible") == EOF);]]
    local output = use_pack(header, source)
    if output == "visible\n" then pending "the interpreter itself is linked to tine" return end
    assert.equal("20.0\ndropped once\n", output)
  end)

  it("serves any number of states, on any thread", function()
    with_folder(function(folder)
      compile(folder, header, pack_source())
      local output = helper.host("pack_host", folder)
      if not output then pending "pack_host is built by make test" return end
      assert.equal(("dropped once\n"):rep(24), output)
    end)
  end)

  it("works with a newer engine of the same major version", function()
    local last = list:match "[XL]%([%w_]+%)%s*$"
    local older = of_version(major, math.max(minor, 1) - 1, last, "")
    assert.equal("20.0\ndropped once\n", use_pack(older, pack_source()))
  end)

  it("refuses an engine of another major version", function()
    local reason = "this kernel pack was compiled for tine %d.%d.7 and cannot work with tine %s"
    assert.equal(reason:format(major + 1, minor, version), refused(of_version(major + 1, minor)))
  end)

  it("refuses an engine that is older", function()
    local reason = "this kernel pack needs tine %d.%d.7 or newer, and this is tine %s"
    assert.equal(reason:format(major, minor + 1, version), refused(of_version(major, minor + 1)))
  end)

  it("refuses an engine that lacks functions", function()
    local text = changed("TINE_API int luaopen_tine", "TINE_API void tine_lua_more(void);\nTINE_API int luaopen_tine",
      list, list .. " L(tine_lua_more)")
    assert.matches("this kernel pack needs tine", refused(text), 1, true)
  end)

  it("refuses an engine that forks differently", function()
    local text = changed("TINE_JOIN_VERSION 1", "TINE_JOIN_VERSION 2")
    assert.matches("this kernel pack forks as tine", refused(text), 1, true)
  end)

  it("refuses a second engine, and none", function()
    assert.matches("serves another copy of tine", refused(header, pack_source [[
  static tine_api copy;
  copy = *table;
  if (tine_pack_bind(table, NULL) == TINE_OK)
    table = &copy;]]), 1, true)
    assert.matches("require it first", refused(header, pack_source "table = NULL;"), 1, true)
    assert.equal("nil\n", use_pack(header, pack_source(), "print(debug.getregistry()['tine.api'])"))
  end)
end)

describe("all of tine.h", function()
  it("is called through the table, in any file of a pack", function()
    with_folder(function(folder)
      helper.write(folder .. "/all.c", [[
#include <lauxlib.h>
#include "tine.h"
int closures_main(void);
int luaopen_all(lua_State *L);
int luaopen_all(lua_State *L) {
  lua_getfield(L, LUA_REGISTRYINDEX, TINE_PACK_KEY);
  if (tine_pack_bind(lua_touserdata(L, -1), NULL) != TINE_OK)
    return luaL_error(L, "not bound");
  lua_pushinteger(L, closures_main());
  return 1;
}
]])
      must(strict .. "-Icore -DTINE_PACK= -Dmain=closures_main -Wno-missing-prototypes '%s/all.c' " ..
        "examples/05_closures.c -o '%s/all.so'", folder, folder)
      assert.is_nil(must("nm -D '%s/all.so'", folder):find "tine_")
      local file = io.open(build .. "/examples/05_closures")
      if not file then pending "05_closures is built by make test" return end
      file:close()
      assert.equal(must("'%s/examples/05_closures'", build), run(folder, "require 'tine'; assert(require 'all' == 0)"))
    end)
  end)
end)
