/*
** The part of core/tine.h for hosts that embed Lua: arrays go in and out, a state's registry is the host's to add to,
** and all is given back when the state closes. Ends with status 0 when everything held.
*/
#include <lauxlib.h>
#include <lualib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tine.h"

TINE_MAP1(triple, double, double, 3 * a)

static int failures, drops;

static void check(bool held, const char *what, int line) {
  if (held)
    return;
  fprintf(stderr, "api_host.c:%d: %s\n", line, what);
  failures++;
}

#define CHECK(condition) check((condition), #condition, __LINE__)

static void drop(void *arg) {
  CHECK(arg == &drops);
  drops++;
}

static void lends_an_array(lua_State *L, double *x) {
  tine_array *a = tine_array_adopt(TINE_F64, x, 4, sizeof *x, drop, &drops);
  tine_lua_pusharray(L, a);
  CHECK(tine_lua_toarray(L, -1) == a);
  tine_array_release(a); /* the script has its own reference */
  lua_setglobal(L, "lent");
  CHECK(luaL_dostring(L, "lent[1] = 40; return lent:map('triple'):sum()") == LUA_OK);
  CHECK(lua_tonumber(L, -1) == 3 * 49.0);
  CHECK(x[0] == 40);
  CHECK(luaL_dostring(L, "lent:close(); return lent") != LUA_OK || tine_lua_toarray(L, -1) == NULL);
  lua_settop(L, 0);
}

static void takes_an_array(lua_State *L) {
  CHECK(luaL_dostring(L, "return require('tine').full('i16', 3, 7), {}, 'text', nil") == LUA_OK);
  const tine_array *a = tine_lua_toarray(L, 1);
  CHECK(a != NULL && tine_array_len(a) == 3 && tine_array_get(a, 2).as.i == 7);
  for (int i = 2; i <= 5; i++) /* others, and an index with nothing at it */
    CHECK(tine_lua_toarray(L, i) == NULL);
  lua_settop(L, 0);
}

static void lends_a_kernel(lua_State *L) {
  static const tine_kernel_signature types[] = {{"f64 -> f64", triple, NULL}};
  const tine_kernel_desc desc = {
      .size = sizeof desc, .name = "triple", .signatures = types, .signature_count = 1, .env = &drops, .drop = drop};
  tine_error err;
  CHECK(luaL_dostring(L, "use 'add' use 'triple'") != LUA_OK); /* not there yet */
  CHECK(tine_kernel_register(tine_lua_registry(L), &desc, &err) == TINE_OK);
  CHECK(tine_kernel_find(tine_lua_registry(L), "triple", NULL) != NULL);
  CHECK(tine_kernel_register(tine_lua_registry(L), &desc, &err) == TINE_EINVAL);
  for (int i = 0; i < 2; i++)
    CHECK(luaL_dostring(L, "use 'triple'") == LUA_OK);
  CHECK(luaL_dostring(L, "return require('tine').help('triple')") == LUA_OK);
  CHECK(strcmp(lua_tostring(L, -1), "kernel triple: \n  f64 -> f64") == 0);
  lua_settop(L, 0);
}

/* The root of what has one; filter_map asks for such a kernel. */
static int root(const void *env, const void *const *in, void *const *out, const char **message) {
  const double x = *(const double *)in[0];
  (void)env, (void)message;
  *(double *)out[0] = sqrt(x);
  *(bool *)out[1] = x >= 0;
  return 0;
}

static void lends_a_kernel_with_validity(lua_State *L) {
  static const tine_kernel_signature types[] = {{"f64 -> f64 bool", NULL, root}};
  const tine_kernel_desc desc = {.size = sizeof desc, .name = "root", .signatures = types, .signature_count = 1};
  CHECK(tine_kernel_register(tine_lua_registry(L), &desc, NULL) == TINE_OK);
  CHECK(luaL_dostring(L,
                      "local xs = require('tine').array('f64', {4, -1, 9, -4, 16})"
                      "local p = xs:filter_map('root') return p:sum(), p:count(), p:kind(), #p:collect()") == LUA_OK);
  CHECK(lua_tonumber(L, 1) == 9 && lua_tointeger(L, 2) == 3 && lua_tointeger(L, 4) == 3);
  CHECK(lua_isstring(L, 3) && strcmp(lua_tostring(L, 3), "bounded") == 0);
  lua_settop(L, 0);
}

static int noted = -1; /* what a finaliser found that runs after the module's own */

static int note(lua_State *L) {
  noted = lua_toboolean(L, 1);
  return 0;
}

/* Such a finaliser belongs to what was there before the module. The host's kernels are gone by then, also for a script
   that has found them before; the built-in ones are not. */
static void leaves_a_finaliser(lua_State *L) {
  lua_register(L, "note", note);
  CHECK(luaL_dostring(L, "function use(name) return require('tine').kernel(name) end "
                         "late = setmetatable({}, {__gc = function() "
                         "note(pcall(use, 'add') and not pcall(use, 'triple')) end})") == LUA_OK);
}

int main(void) {
  double x[] = {1, 2, 3, 4};
  lua_State *L = luaL_newstate();
  if (L == NULL)
    return 1;
  luaL_openlibs(L);
  leaves_a_finaliser(L);
  luaL_requiref(L, "tine", luaopen_tine, 0);
  lua_pop(L, 1);
  lends_a_kernel(L);
  takes_an_array(L);
  lends_a_kernel_with_validity(L);
  lends_an_array(L, x);
  lua_close(L);
  CHECK(drops == 2);
  CHECK(noted == 1);
  CHECK(tine_set_allocator(NULL) == TINE_OK); /* nothing is alive */
  return failures != 0;
}
