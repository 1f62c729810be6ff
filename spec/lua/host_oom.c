/*
** Fails every allocation of Lua once: opens a state whose allocator refuses the n-th request and all after it, runs
** the script given on the command line, closes the state, for n = 1, 2, 3, ... until the script succeeds. Each time
** the engine must have given everything back - it then lets its allocator be changed - and so must Lua. A second round
** does the same to the engine's allocations.
**
** The script must need no files but itself; it gets 'tine' as a global. Prints the counts; 0 is success.
**
** The collector is stopped and finalisers run when the state closes, with memory again: Lua needs some to call a
** finaliser, and one that it could not call is lost, whoever wrote it.
*/
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../core/tine.h"

typedef struct ration {
  long left;   /* requests that will be granted; negative: all */
  long blocks; /* alive */
} ration;

static bool granted(ration *r) {
  if (r->left == 0)
    return false;
  if (r->left > 0)
    r->left--;
  return true;
}

/* Lua's: shrinking never fails, as the manual demands. */
static void *lua_memory(void *ud, void *block, size_t old_size, size_t size) {
  ration *r = ud;
  void *fresh;
  if (size == 0) {
    r->blocks -= block != NULL;
    free(block);
    return NULL;
  }
  if ((block == NULL || size > old_size) && !granted(r))
    return NULL;
  fresh = realloc(block, size);
  r->blocks += fresh != NULL && block == NULL;
  return fresh;
}

static char last_message[512];                  /* of the attempt, for the report */
static _Atomic long engine_left, engine_blocks; /* the engine allocates on any thread */

static void *engine_alloc(void *arg, size_t size, size_t align) {
  long left = atomic_load(&engine_left);
  void *block;
  (void)arg;
  do {
    if (left == 0)
      return NULL;
  } while (left > 0 && !atomic_compare_exchange_weak(&engine_left, &left, left - 1));
  if (align < sizeof(void *))
    align = sizeof(void *);
  block = aligned_alloc(align, (size + align - 1) / align * align + (size == 0 ? align : 0));
  atomic_fetch_add(&engine_blocks, block != NULL);
  return block;
}

static void engine_free(void *arg, void *block, size_t size, size_t align) {
  (void)arg, (void)size, (void)align;
  atomic_fetch_sub(&engine_blocks, block != NULL);
  free(block);
}

static int open_and_run(lua_State *L) {
  const char *script = lua_touserdata(L, 1);
  lua_gc(L, LUA_GCSTOP);
  luaL_openlibs(L);
  luaL_requiref(L, "tine", luaopen_tine, 1);
  lua_settop(L, 0);
  if (luaL_loadfile(L, script) != LUA_OK)
    return lua_error(L);
  lua_call(L, 0, 0);
  return 0;
}

/* Runs once; true if the script succeeded. Notes leaks in '*leaks', and errors that are not about memory. */
static bool attempt(const char *script, long lua_left, long engine, int *leaks) {
  ration r = {lua_left, 0};
  lua_State *L;
  bool done = false;
  const long before = atomic_load(&engine_blocks);
  atomic_store(&engine_left, engine);
  L = lua_newstate(lua_memory, &r);
  if (L != NULL) {
    lua_pushcfunction(L, open_and_run);
    lua_pushlightuserdata(L, (void *)(size_t)script);
    done = lua_pcall(L, 1, 0, 0) == LUA_OK;
    snprintf(last_message, sizeof last_message, "%s", done ? "success" : lua_tostring(L, -1));
    if (lua_left < 0 && engine < 0 && !done)
      fprintf(stderr, "%s\n", last_message);
    r.left = -1;
    lua_close(L);
  }
  atomic_store(&engine_left, -1);
  if (r.blocks != 0 || atomic_load(&engine_blocks) != before) {
    fprintf(stderr, "leak at Lua allocation %ld, engine allocation %ld: %ld and %ld blocks, after '%s'\n", lua_left,
            engine, r.blocks, atomic_load(&engine_blocks) - before, last_message);
    *leaks += 1;
  }
  return done;
}

int main(int argc, char **argv) {
  const tine_allocator allocator = {engine_alloc, engine_free, NULL};
  int leaks = 0;
  long lua_n = 1, engine_n = 0;
  if (argc < 2 || tine_set_allocator(&allocator) != TINE_OK)
    return 2;
  if (!attempt(argv[1], -1, -1, &leaks))
    return 1;
  while (!attempt(argv[1], lua_n, -1, &leaks))
    lua_n++;
  while (!attempt(argv[1], -1, engine_n, &leaks))
    engine_n++;
  if (tine_set_allocator(NULL) != TINE_OK)
    leaks++;
  printf("%ld allocations of Lua and %ld of the engine failed once, %d leaks\n", lua_n - 1, engine_n, leaks);
  return leaks != 0;
}
