/*
** The bytes are a script (grammar.lua), run as one that nobody trusts: in a state with limits of memory, of threads and
** of time, without files, 'debug' and bytecode. It may raise what it likes. FUZZ_SHOW=1 shows it.
*/
#define _GNU_SOURCE
#include "fuzz.h"

#include <lauxlib.h>
#include <lualib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tine.h"

/* Of the processors' time, which a busy machine does not shorten; a script that waits is ended after so many looks. */
#define SECONDS 0.06
enum { LOOK_MS = 20, LOOKS = 150, SLACK = 1 << 20 };

/* ----- The script ----- */

/* A state that makes texts of bytes, for as long as the process lives. */
static lua_State *writer;

static const char START_WRITER[] =
    "package.path = './lua/?.lua;./lua/?/init.lua;./?.lua;' .. package.path\n"
    "local g = require('spec.fuzz.grammar').new(require 'generate.model' (require 'api'))\n"
    "return function(bytes) return g:script(bytes) end";

static const char *write_script(const uint8_t *data, size_t size) {
  if (writer == NULL) {
    writer = luaL_newstate();
    luaL_openlibs(writer);
    if (luaL_dostring(writer, START_WRITER) != LUA_OK) {
      fuzz_say(lua_tostring(writer, -1));
      abort();
    }
  }
  lua_settop(writer, 1);
  lua_pushvalue(writer, 1);
  lua_pushlstring(writer, (const char *)data, size);
  if (lua_pcall(writer, 1, 1, 0) != LUA_OK) {
    fuzz_say(lua_tostring(writer, -1));
    abort();
  }
  return lua_tostring(writer, -1);
}

/* ----- Lua's own memory ----- */

typedef struct heap {
  size_t used, most;
} heap;

static void *heap_alloc(void *arg, void *block, size_t before, size_t size) {
  heap *h = arg;
  const size_t had = block != NULL ? before : 0;
  void *moved;
  if (size == 0) {
    free(block);
    h->used -= had;
    return NULL;
  }
  if (size > had && h->used + (size - had) > h->most)
    return NULL;
  moved = realloc(block, size);
  if (moved != NULL)
    h->used = h->used - had + size;
  return moved;
}

/* ----- Time: when there is none left another thread of the host ends runs, and Lua as lua.c does at Ctrl-C ----- */

static pthread_mutex_t watch_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t watch_changed = PTHREAD_COND_INITIALIZER;
static lua_State *watched; /* NULL: Lua is not to be ended */
static tine_interrupt *interrupt;
static unsigned long watch_number;
static _Atomic double watch_until; /* by the clock of the process */

static void raise_late(lua_State *L, lua_Debug *ar) {
  (void)ar;
  luaL_error(L, "out of time");
}

static double now_of(clockid_t clock, struct timespec *at) {
  clock_gettime(clock, at);
  return (double)at->tv_sec + (double)at->tv_nsec / 1e9;
}

static bool is_late(void) {
  struct timespec now;
  return now_of(CLOCK_PROCESS_CPUTIME_ID, &now) > watch_until;
}

/* In coroutines, which have hooks of their own. */
static void look_at_clock(lua_State *L, lua_Debug *ar) {
  if (is_late())
    raise_late(L, ar);
}

/* The lock is held. True when the time of what is watched is over, false if something else is. */
static bool wait_for_end(void) {
  const unsigned long number = watch_number;
  bool late = false;
  for (int i = 0; !late && number == watch_number; i++) {
    struct timespec until;
    now_of(CLOCK_REALTIME, &until);
    until.tv_nsec += LOOK_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_cond_timedwait(&watch_changed, &watch_lock, &until);
    late = is_late() || i >= LOOKS;
  }
  return number == watch_number;
}

static void *watch(void *arg) {
  pthread_mutex_lock(&watch_lock);
  for (;;) {
    const unsigned long number = watch_number;
    const bool late = interrupt != NULL && wait_for_end();
    if (late)
      tine_interrupt_set(interrupt);
    if (late && watched != NULL)
      lua_sethook(watched, raise_late, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
    while (number == watch_number)
      pthread_cond_wait(&watch_changed, &watch_lock);
  }
  return arg;
}

static void watch_start(void) {
  static bool started;
  pthread_t thread;
  if (started)
    return;
  started = true;
  if (pthread_create(&thread, NULL, watch, NULL) != 0)
    abort();
  pthread_detach(thread);
}

/* The script gets its time; without L, the closing of its state does; without 'stop' nothing is watched. */
static void watch_set(lua_State *L, tine_interrupt *stop) {
  struct timespec now;
  pthread_mutex_lock(&watch_lock);
  watch_until = now_of(CLOCK_PROCESS_CPUTIME_ID, &now) + SECONDS;
  if (L != NULL)
    lua_sethook(L, look_at_clock, LUA_MASKCOUNT, 1000);
  watched = L;
  interrupt = stop;
  watch_number++;
  pthread_cond_signal(&watch_changed);
  pthread_mutex_unlock(&watch_lock);
}

/* ----- A state for scripts nobody trusts ----- */

static int say_nothing(lua_State *L) {
  (void)L;
  return 0;
}

static void open_state(lua_State *L) {
  static const luaL_Reg libraries[] = {{LUA_GNAME, luaopen_base},          {LUA_TABLIBNAME, luaopen_table},
                                       {LUA_STRLIBNAME, luaopen_string},   {LUA_MATHLIBNAME, luaopen_math},
                                       {LUA_COLIBNAME, luaopen_coroutine}, {"tine", luaopen_tine}};
  static const char *const shut[] = {"load", "loadfile", "dofile", "loadstring"};
  for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
    luaL_requiref(L, libraries[i].name, libraries[i].func, 1);
    lua_pop(L, 1);
  }
  for (size_t i = 0; i < sizeof shut / sizeof *shut; i++) {
    lua_pushnil(L);
    lua_setglobal(L, shut[i]);
  }
  lua_register(L, "print", say_nothing);
}

static int run_script(lua_State *L) {
  const char *text = lua_touserdata(L, 1);
  const tine_lua_limits *limits = lua_touserdata(L, 2);
  tine_interrupt *stop = lua_touserdata(L, 3);
  open_state(L);
  if (tine_lua_limit(L, limits) != TINE_OK || tine_lua_interrupt(L, stop) != TINE_OK)
    return luaL_error(L, "no memory for limits");
  if (luaL_loadbufferx(L, text, strlen(text), "=script", "t") != LUA_OK)
    fuzz_fail(lua_tostring(L, -1), 0);
  watch_set(L, stop);
  lua_call(L, 0, 0);
  return 0;
}

static void run_limited(const char *text, const tine_lua_limits *limits, size_t most) {
  heap h = {0, most};
  lua_State *L = lua_newstate(heap_alloc, &h);
  tine_interrupt *stop;
  if (L == NULL || tine_interrupt_create(&stop, NULL) != TINE_OK)
    abort();
  lua_pushcfunction(L, run_script);
  lua_pushlightuserdata(L, (void *)(uintptr_t)text);
  lua_pushlightuserdata(L, (void *)(uintptr_t)limits);
  lua_pushlightuserdata(L, stop);
  lua_pcall(L, 3, 0, 0);
  watch_set(NULL, stop);
  lua_close(L);
  watch_set(NULL, NULL);
  tine_interrupt_release(stop);
  if (h.used != 0)
    fuzz_fail("bytes of Lua are left", (long long)h.used);
}

/* The first byte chooses the limits. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const uint64_t bytes[] = {16 << 20, 1 << 20, 16 << 20, 128 << 10};
  static const unsigned threads[] = {2, 3, 1, 0};
  const unsigned first = size > 0 ? data[0] : 0;
  const tine_lua_limits limits = {.size = sizeof limits,
                                  .bytes = bytes[first & 3],
                                  .threads = threads[first >> 2 & 3],
                                  .no_io = true,
                                  .no_share = first >> 4 & 1};
  const char *text = write_script(data + (size > 0), size - (size > 0));
  if (fuzz_shows())
    fuzz_say(text);
  watch_start();
  fuzz_begin();
  run_limited(text, &limits, first >> 5 & 1 ? 600 << 10 : 24 << 20);
  if (tine_account_use(NULL) != NULL)
    fuzz_fail("an account is left on the thread", 0);
  if (fuzz_most_bytes() > limits.bytes + SLACK)
    fuzz_fail("more bytes than the limit", (long long)fuzz_most_bytes());
  fuzz_end();
  return 0;
}
