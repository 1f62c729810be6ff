/*
** States on several threads, one after the other and at the same time, require the kernel pack "twice" in the folder
** that is argument 1. The pack is loaded once, or again when the last of them has let go of it. Ends with status 0 when
** each computed with it and nothing is left.
*/
#include <lauxlib.h>
#include <lualib.h>
#include <pthread.h>
#include <stdio.h>

#include "tine.h"

enum { THREADS = 4, STATES = 6 };

static const char script[] = "package.cpath = folder .. '/?.so' "
                             "package.preload.tine = open "
                             "local tine = require 'tine' "
                             "require 'twice' "
                             "package.loaded.twice = nil " /* again: the pack is bound, the name is taken */
                             "local ok, message = pcall(require, 'twice') "
                             "assert(not ok and message:find('twice', 1, true)) "
                             "return tine.range(1, 4):map('twice'):sum()";

static bool one_state(const char *folder) {
  lua_State *L = luaL_newstate();
  bool good;
  if (L == NULL)
    return false;
  luaL_openlibs(L);
  lua_pushstring(L, folder);
  lua_setglobal(L, "folder");
  lua_register(L, "open", luaopen_tine);
  good = luaL_dostring(L, script) == LUA_OK && lua_tonumber(L, -1) == 20;
  if (!good)
    fprintf(stderr, "pack_host: %s\n", lua_tostring(L, -1));
  lua_close(L);
  return good;
}

static void *states(void *folder) {
  int good = 0;
  for (int i = 0; i < STATES; i++)
    good += one_state(folder);
  return good == STATES ? folder : NULL;
}

int main(int argc, char **argv) {
  pthread_t threads[THREADS];
  int failures = argc != 2;
  for (int i = 0; i < THREADS; i++)
    if (pthread_create(&threads[i], NULL, states, argv[argc - 1]) != 0)
      return 1;
  for (int i = 0; i < THREADS; i++) {
    void *good;
    pthread_join(threads[i], &good);
    failures += good == NULL;
  }
  failures += tine_set_allocator(NULL) != TINE_OK;
  return failures != 0;
}
