-- Arrays and pipelines between scripts and functions in C: the example, and a module of tests.

local helper = require "spec.lua.helper"

local here = helper.must("pwd"):gsub("%s+$", "")
local cc = os.getenv "CC" or "cc"

-- The output of a script that finds C modules in a folder.
local function run(folder, code)
  local search = ("package.cpath = '%s/?.so;' .. package.cpath\n"):format(folder)
  local output, how, status = helper.script(search .. code)
  assert.equal("exit 0", how .. " " .. status, output)
  return output
end

local function build(folder, name, source)
  helper.write(("%s/%s.c"):format(folder, name), source)
  helper.must("cd '%s' && '%s' -std=c11 -O1 -Wall -Wextra -Werror -fPIC -shared -I'%s/core' "
    .. "$(pkg-config --cflags lua5.4) %s.c -o %s.so -Wl,-z,nodelete", folder, cc, here, name, name)
end

describe("examples/10_arrays", function()
  it("smooths what it is given, and respects a job", function()
    local n = 5000
    local output = helper.with_folder(function(folder)
      local example = here .. "/examples/10_arrays"
      helper.must("cd '%s' && MAKEFLAGS= make -f '%s/Makefile' VPATH='%s' TINE_INC='-I%s/core' CC='%s'", folder,
        example, example, here, cc)
      assert.is_nil(helper.must("nm -D '%s/smooth.so'", folder):find "tine_")
      return run(folder, ("arg = { [0] = 'demo.lua', '%d' }; dofile '%s/demo.lua'"):format(n, example))
    end)
    local wave, away = {}, 0
    for i = 1, n do wave[i] = math.sin(i * 0.001) end
    local function smooth(values)
      local out = { values[1] }
      for i = 2, n do out[i] = out[i - 1] + 0.25 * (values[i] - out[i - 1]) end
      return out
    end
    local once = smooth(wave)
    for i = 1, n do away = away + math.abs(wave[i] - once[i]) end
    local twice = smooth(once)
    assert.equal(([[
%d items, %.6f at the end
%.6f on average taken away
%.6f at the end, smoothed twice
array is in use by a running job
%.6f at the end, smoothed thrice
]]):format(n, once[n], away / n, twice[n], smooth(twice)[n]), output)
  end)
end)

local SOURCE = [[
#define TINE_PACK
#include <lauxlib.h>
#include <tine.h>

/* The pipeline at 1, pushed again; how it is known. */
static int same(lua_State *L) {
  tine_pipeline *p = tine_lua_topipeline(L, 1);
  if (p == NULL) {
    lua_pushliteral(L, "none");
    return 1;
  }
  return tine_lua_pushpipeline(L, tine_pipeline_retain(p));
}

static int half(lua_State *L) {
  const tine_value two = tine_f64(2);
  tine_pipeline *p = tine_pipeline_retain(tine_lua_topipeline(L, 1));
  return tine_lua_pushpipeline(L, tine_map(p, tine_kernel_find(NULL, "div", NULL), &two, 1));
}

static int wrong(lua_State *L) {
  return tine_lua_pushpipeline(L, tine_step_by(tine_range(1, 9, 1), 0));
}

static int nothing(lua_State *L) {
  return tine_lua_pushpipeline(L, NULL);
}

/* Bound to a pool that no script knows. */
static int foreign(lua_State *L) {
  tine_pool *pool;
  tine_pool_options options = {.size = sizeof options, .threads = 2};
  if (tine_pool_create(&pool, &options, NULL) != TINE_OK)
    return luaL_error(L, "no pool");
  lua_pushlightuserdata(L, pool);
  return 1;
}

static int bound_to(lua_State *L) {
  return tine_lua_pushpipeline(L, tine_on(tine_range(1, 9, 1), lua_touserdata(L, 1)));
}

static int destroy(lua_State *L) {
  tine_pool_destroy(lua_touserdata(L, 1));
  return 0;
}

static int unregistered(lua_State *L) {
  tine_error err;
  tine_kernel_register(NULL, NULL, &err);
  lua_pushstring(L, err.message);
  return 1;
}

static int full_stack(lua_State *L) { /* items on the stack stay */
  int n = 0;
  while (n < 900 && lua_checkstack(L, 1)) {
    lua_pushinteger(L, n++);
  }
  tine_lua_pushpipeline(L, tine_range(1, 3, 1));
  lua_pushboolean(L, lua_gettop(L) == n + 1 && lua_tointeger(L, n) == n - 1);
  return 2;
}

int luaopen_lend(lua_State *L);
int luaopen_lend(lua_State *L) {
  static const luaL_Reg functions[] = {{"same", same}, {"half", half}, {"wrong", wrong}, {"nothing", nothing},
    {"foreign", foreign}, {"bound_to", bound_to}, {"destroy", destroy}, {"unregistered", unregistered},
    {"full_stack", full_stack}, {NULL, NULL}};
  tine_error err;
  lua_getfield(L, LUA_REGISTRYINDEX, TINE_PACK_KEY);
  if (tine_pack_bind(lua_touserdata(L, -1), &err) != TINE_OK)
    return luaL_error(L, "%s", err.message);
  luaL_newlib(L, functions);
  return 1;
}
]]

describe("a function in C", function()
  it("takes and gives pipelines", function()
    local output = helper.with_folder(function(folder)
      build(folder, "lend", SOURCE)
      -- ThreadSanitizer keeps a frame for each error that C code raises, and copies all of them at each allocation.
      return run(folder, ("local rounds = %d\n"):format(helper.is_sanitized "tsan" and 500 or 20000) .. [==[
local tine = require "tine"
local lend = require "lend"
local function fails(fn, ...)
  local ok, message = pcall(fn, ...)
  print(not ok and message)
end
local p = tine.range(1, 4):map("mul", 3)
print(lend.same(p):sum(), lend.half(p):sum(), lend.half(lend.same(p)):filter("gt", 2):count())
local a = tine.array("i64", { 1, 2, 3 })
print(lend.same(a):sum(), lend.half(a):collect())
a:close()
for _, v in ipairs { 1, "x", {}, print, io.stdout, tine.kernel "add", a } do assert(lend.same(v) == "none") end
assert(lend.same() == "none")
fails(lend.wrong)
fails(lend.nothing)
-- A pool of the script's is kept by what is made from it, and by that what is bound to it.
local q = lend.half(lend.same(p:on(tine.pool { threads = 2 })))
collectgarbage() collectgarbage()
print(q:sum())
local pool = tine.pool { threads = 2 }
q = lend.half(p:on(pool))
pool:close()
fails(q.sum, q)
-- Another's is refused.
local mine = lend.foreign()
fails(lend.bound_to, mine)
lend.destroy(mine)
-- Jobs, windows, limits of the plan.
local long = lend.same(tine.range(1, 1000000):map("sqrt"))
print(("%.3f"):format(long:start("sum"):wait()))
local n = 0
for _ in lend.same(tine.range(1, 5)):iter() do n = n + 1 end
print(n, (select(2, lend.full_stack())))
print(lend.same(tine.range(1, 10 ^ 15 // 1 | 0):timeout(0.01)):sum())
local b = tine.array("f64", { 4, 1, 2 })
local job = tine.range(1, 10 ^ 15 // 1 | 0):map("mod", 3):map("add", 1):gather(b):start("sum")
fails(lend.same(b).collect_into, lend.same(b), b)
job:cancel()
job:wait()
for _ = 1, rounds do lend.half(p) pcall(lend.wrong) end -- handles are collected, errors given back
print(lend.unregistered())
]==])
    end)
    local lines = {}
    for line in output:gmatch "[^\n]+" do lines[#lines + 1] = (line:gsub("^.-lua_%w+:%d+: ", "")) end
    assert.same({
      "30\t15.0\t3", "6\ttine.Array f64[3] {0.5, 1.0, 1.5}", "'step_by' must be positive", "not enough memory", "15.0",
      "attempt to use a closed pool", "a pipeline for scripts cannot be bound to a pool that is not theirs",
      "666667166.459", "5\ttrue",
      "nil\ttimeout\t" .. lines[#lines - 2]:match "%d+$", "array is in use by a running job",
      "no registry to put the kernel in; tine_lua_registry has one once luaopen_tine was called (luaL_requiref), or a "
        .. "pack required tine",
    }, lines)
  end)

  it("is told where a state has no tine", function()
    local output = helper.with_folder(function(folder)
      build(folder, "bare", [[
#include <lauxlib.h>
#include <stdio.h>
#define TINE_PACK
#include <tine.h>
static int give(lua_State *L) { return tine_lua_pushpipeline(L, tine_range(1, 3, 1)); }
static int take(lua_State *L) {
  lua_pushboolean(L, tine_lua_topipeline(L, 1) == NULL && tine_lua_registry(L) == NULL);
  return 1;
}
int luaopen_bare(lua_State *L);
int luaopen_bare(lua_State *L) {
  lua_State *M = luaL_newstate();
  lua_getfield(L, LUA_REGISTRYINDEX, TINE_PACK_KEY);
  if (tine_pack_bind(lua_touserdata(L, -1), NULL) != TINE_OK || M == NULL)
    return luaL_error(L, "not bound");
  lua_pushcfunction(M, give);
  printf("%d ", lua_pcall(M, 0, 1, 0) != LUA_OK);
  puts(lua_tostring(M, -1));
  lua_pushcfunction(M, take);
  lua_pushcfunction(M, give);
  lua_call(M, 1, 1);
  printf("%d\n", lua_toboolean(M, -1));
  lua_close(M);
  return 0;
}
]])
      return run(folder, 'require "tine"; require "bare"')
    end)
    assert.equal("1 this state has no tine yet: luaopen_tine first (luaL_requiref), or require it\n1\n", output)
  end)
end)
