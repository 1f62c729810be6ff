/*
** A host whose state knows its thread: its allocator and a hook that is called for each line, call and return note
** every call that comes from another. Runs the scripts on the command line; ends with status 0 if all held and there
** was none.
*/
#include <lauxlib.h>
#include <lualib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "tine.h"

static pthread_t owner;
static _Atomic unsigned strangers, calls;

static void note(void) {
  atomic_fetch_add(&calls, 1);
  if (!pthread_equal(pthread_self(), owner))
    atomic_fetch_add(&strangers, 1);
}

static void *allocate(void *arg, void *block, size_t old, size_t size) {
  (void)arg, (void)old;
  note();
  if (size > 0)
    return realloc(block, size);
  free(block);
  return NULL;
}

static void hook(lua_State *L, lua_Debug *ar) {
  (void)L, (void)ar;
  note();
}

/* noted(): how often it was called, by whom else. */
static int noted(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)atomic_load(&calls));
  lua_pushinteger(L, (lua_Integer)atomic_load(&strangers));
  return 2;
}

int main(int argc, char **argv) {
  int failed = 0;
  for (int i = 1; i < argc; i++) {
    lua_State *L;
    owner = pthread_self();
    L = lua_newstate(allocate, NULL);
    if (L == NULL)
      return 1;
    luaL_openlibs(L);
    luaL_requiref(L, "tine", luaopen_tine, 1);
    lua_settop(L, 0);
    lua_register(L, "noted", noted);
    lua_sethook(L, hook, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
    if (luaL_dofile(L, argv[i]) != LUA_OK) {
      printf("%s\n", lua_tostring(L, -1));
      failed = 1;
    }
    lua_close(L);
  }
  if (atomic_load(&strangers) > 0)
    printf("%u calls of Lua by other threads\n", atomic_load(&strangers));
  return failed || atomic_load(&strangers) > 0 || atomic_load(&calls) == 0;
}
