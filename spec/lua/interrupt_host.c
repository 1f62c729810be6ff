/*
** A host that interrupts its scripts: runs the one on the command line in a state with an interrupt, and with 'soon',
** which sets that from another thread a little later; 'set', 'clear', and 'install(on)'. A second state is there that
** nobody interrupts. Ends with status 0 when all held.
*/
#define _POSIX_C_SOURCE 200809L /* nanosleep */
#include <lauxlib.h>
#include <lualib.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include "tine.h"

static tine_interrupt *stop;
static lua_State *other;

/* Holds the interrupt: the state that it is of may be gone by then. */
static void *set_later(void *interrupt) {
  const struct timespec nap = {.tv_nsec = 30000000};
  nanosleep(&nap, NULL);
  tine_interrupt_set(interrupt);
  tine_interrupt_release(interrupt);
  return NULL;
}

static int soon(lua_State *L) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, set_later, tine_interrupt_retain(stop)) != 0)
    return luaL_error(L, "no thread");
  pthread_detach(thread);
  return 0;
}

static int set(lua_State *L) {
  (void)L;
  tine_interrupt_set(stop);
  return 0;
}

/* What is set for one state is nothing to another. */
static int clear(lua_State *L) {
  if (!tine_interrupt_is_set(stop) || luaL_dostring(other, "assert(tine.range(1, 1000000):map('neg'):sum() < 0)"))
    return luaL_error(L, "%s", lua_tostring(other, -1));
  tine_interrupt_clear(stop);
  return 0;
}

static int install(lua_State *L) {
  if (tine_lua_interrupt(L, lua_toboolean(L, 1) ? stop : NULL) != TINE_OK)
    return luaL_error(L, "refused");
  return 0;
}

int main(int argc, char **argv) {
  static const luaL_Reg functions[] = {
      {"soon", soon}, {"set", set}, {"clear", clear}, {"install", install}, {NULL, NULL}};
  lua_State *L = luaL_newstate();
  int status;
  other = luaL_newstate();
  luaL_openlibs(L);
  luaL_openlibs(other);
  if (argc < 2 || tine_interrupt_create(&stop, NULL) != TINE_OK || tine_lua_interrupt(L, stop) != TINE_EINVAL)
    return 1;
  luaL_requiref(L, "tine", luaopen_tine, 1);
  luaL_requiref(other, "tine", luaopen_tine, 1);
  lua_pushglobaltable(L);
  luaL_setfuncs(L, functions, 0);
  lua_settop(L, 0);
  lua_settop(other, 0);
  if (tine_lua_interrupt(L, stop) != TINE_OK)
    return 1;
  tine_interrupt_release(stop); /* the state holds it */
  status = luaL_dofile(L, argv[1]);
  if (status != LUA_OK)
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
  lua_close(L);
  lua_close(other);
  return status;
}
