/*
** A host that limits its scripts: runs those on the command line, one after the other, in states of their own, with
** 'tine', limit(bytes, threads, no_io, no_share), in_use(), used() - the bytes the library has from its allocator - and
** threads(), those of the process - and child(fn), which calls it in one forked from this. Ends with status 0 when all
** held and nothing is left.
*/
#define _POSIX_C_SOURCE 200809L /* nanosleep */
#include <lauxlib.h>
#include <lualib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "counting.h"
#include "threads.h"
#include "tine.h"

/* Bytes in use, and the most there were since the last call. */
static int used(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)atomic_load(&live_bytes));
  lua_pushinteger(L, (lua_Integer)atomic_exchange(&most_bytes, atomic_load(&live_bytes)));
  return 2;
}

static int limit(lua_State *L) {
  const tine_lua_limits limits = {.size = sizeof limits,
                                  .bytes = (uint64_t)luaL_optinteger(L, 1, 0),
                                  .threads = (unsigned)luaL_optinteger(L, 2, 0),
                                  .no_io = lua_toboolean(L, 3),
                                  .no_share = lua_toboolean(L, 4) ? 1u : 0u};
  if (tine_lua_limit(L, lua_gettop(L) == 0 ? NULL : &limits) != TINE_OK)
    return luaL_error(L, "refused");
  return 0;
}

/* Does this thread use an account? */
static int in_use(lua_State *L) {
  tine_account *const account = tine_account_use(NULL);
  tine_account_use(account);
  lua_pushboolean(L, account != NULL);
  return 1;
}

/* Members behind those that it knows are not looked at in the struct of an older host, but read as 0. */
static bool older_hosts_are_served(void) {
  lua_State *L = luaL_newstate();
  bool well;
  struct {
    size_t size;
    uint64_t bytes;
    unsigned threads;
    bool no_io;
    unsigned behind;
  } older = {0, 1 << 20, 0, false, 77};
  luaL_openlibs(L);
  luaL_requiref(L, "tine", luaopen_tine, 1);
  older.size = offsetof(tine_lua_limits, no_share);
  well = tine_lua_limit(L, (const tine_lua_limits *)(const void *)&older) == TINE_OK &&
         luaL_dostring(L, "return tine.info().limits.share") == LUA_OK && lua_toboolean(L, -1);
  lua_close(L);
  return well;
}

/* Without the one that a sanitizer has as soon as there is another. */
static int threads(lua_State *L) {
  const int n = threads_now();
  lua_pushinteger(L, n > 1 ? n - THREADS_SANITIZER : n);
  return 1;
}

/* child(fn): calls fn in a forked process; true if it returned. (A sanitizer's process starts no threads there.) */
static int child(lua_State *L) {
  int status = 0;
  const pid_t pid = THREADS_SANITIZER > 0 ? 0 : fork();
  if (THREADS_SANITIZER > 0) {
    lua_pushboolean(L, 1);
    return 1;
  }
  if (pid == 0) {
    alarm(300);
    if (lua_pcall(L, 0, 0, 0) == LUA_OK)
      _exit(0);
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
    _exit(1);
  }
  lua_pushboolean(L, waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
  return 1;
}

static int run(const char *script) {
  const tine_lua_limits unsized = {0};
  lua_State *L = luaL_newstate();
  int status;
  luaL_openlibs(L);
  if (tine_lua_limit(L, NULL) != TINE_EINVAL) /* not open yet */
    return 1;
  luaL_requiref(L, "tine", luaopen_tine, 1);
  if (tine_lua_limit(L, &unsized) != TINE_EINVAL)
    return 1;
  lua_settop(L, 0);
  lua_register(L, "limit", limit);
  lua_register(L, "in_use", in_use);
  lua_register(L, "used", used);
  lua_register(L, "threads", threads);
  lua_register(L, "child", child);
  status = luaL_dofile(L, script);
  if (status != LUA_OK)
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
  lua_close(L);
  if (tine_account_use(NULL) != NULL) {
    fprintf(stderr, "an account is left on the thread\n");
    return 1;
  }
  return status;
}

int main(int argc, char **argv) {
  const tine_allocator allocator = {count_alloc, count_free, NULL};
  const int before = threads_now() + THREADS_SANITIZER;
  int failures = tine_set_allocator(&allocator) != TINE_OK || !older_hosts_are_served();
  for (int i = 1; i < argc; i++)
    failures += run(argv[i]) != LUA_OK;
  if (tine_set_allocator(NULL) != TINE_OK || atomic_load(&live_bytes) != 0 || threads_beyond(before) > 0) {
    fprintf(stderr, "%lld bytes and %d threads are left\n", atomic_load(&live_bytes), threads_now());
    failures++;
  }
  return failures != 0;
}
