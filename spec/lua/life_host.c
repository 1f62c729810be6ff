/*
** How the engine lives in its host: what it leaves alone (signals), when its threads go, what a fork and an exit in the
** middle of a run do, that arrays outlive the state that made them, and what Lanes would do with them. The case is on
** the command line; status 0 is success.
*/
#define _DEFAULT_SOURCE /* usleep */
#include <lauxlib.h>
#include <lualib.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "threads.h"
#include "tine.h"

static int failures;
static bool watched; /* there is nobody's thread but the engine's */

static void check(bool held, const char *what, int line) {
  if (held)
    return;
  fprintf(stderr, "life_host.c:%d: %s\n", line, what);
  failures++;
}

#define CHECK(condition) check((condition), #condition, __LINE__)

static lua_State *open_state(void) {
  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  luaL_requiref(L, "tine", luaopen_tine, 1);
  lua_settop(L, 0);
  return L;
}

static bool holds(lua_State *L, const char *expression) {
  const bool ok = luaL_dostring(L, expression) == LUA_OK && lua_toboolean(L, -1);
  if (!ok)
    fprintf(stderr, "%s: %s\n", expression, lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "not so");
  lua_settop(L, 0);
  return ok;
}

/* Faults, and SIGPROF, which goes past SIGTERM. */
static bool about_itself(int s) {
  return s == SIGBUS || s == SIGSEGV || s == SIGFPE || s == SIGILL || s == SIGTRAP || s == SIGABRT;
}

/* A line of a thread's status, as a number; the lowest 64 signals have a bit each. */
static unsigned long long status_of(const char *thread, const char *key) {
  char path[300], line[200];
  unsigned long long mask = 0;
  FILE *f;
  snprintf(path, sizeof path, "/proc/self/task/%s/status", thread);
  f = fopen(path, "r");
  while (f != NULL && fgets(line, sizeof line, f) != NULL)
    if (strncmp(line, key, strlen(key)) == 0)
      mask = strtoull(line + strlen(key), NULL, 16);
  if (f != NULL)
    fclose(f);
  return mask;
}

/* Are the signals of a process blocked there, and not those of faults? Yes for a thread that is gone. The C library
   blocks all for the moment in which a thread begins or ends. */
static bool masked(const char *thread) {
  char path[300];
  const unsigned long long mask = status_of(thread, "SigBlk:");
  snprintf(path, sizeof path, "/proc/self/task/%s", thread);
  if (access(path, F_OK) != 0)
    return true;
  for (int s = 1; s <= SIGTERM; s++)
    if (s != SIGKILL && (mask >> (s - 1) & 1) == about_itself(s))
      return false;
  return true;
}

/* Threads but this one; all must block whatever a process can handle. */
static int others(void) {
  DIR *tasks = opendir("/proc/self/task");
  int n = 0;
  for (const struct dirent *e = tasks != NULL ? readdir(tasks) : NULL; e != NULL; e = readdir(tasks)) {
    if (e->d_name[0] == '.' || atoi(e->d_name) == (int)getpid())
      continue;
    n++;
    for (int i = 0; i < 300000 && watched && !masked(e->d_name); i++)
      usleep(1000);
    if (watched && !masked(e->d_name))
      CHECK(!"a worker blocks all signals but those of its own faults, and SIGPROF");
  }
  if (tasks != NULL)
    closedir(tasks);
  return n;
}

/* Are they gone? The system may show one for a moment that was joined; a sanitizer has one of its own, 'before'
   it all. */
static bool alone(int before) {
  for (int i = 0; i < 300000 && others() > before; i++)
    usleep(1000);
  return others() <= before;
}

/* No handler is installed (but the C library's, of signals from 32 up, for threads); threads are gone with the last
   state, and only then. */
static void guest(void) {
  const int before = others() + THREADS_SANITIZER;
  char self[20];
  unsigned long long caught;
  snprintf(self, sizeof self, "%d", (int)getpid());
  watched = before == 0;
  caught = status_of(self, "SigCgt:") & 0x7fffffff;
  for (int i = 0; i < 5; i++) {
    lua_State *L = open_state(), *M = open_state();
    CHECK(holds(L, "pool = tine.pool{threads = 3} return tine.range(1, 1e6):on(pool):sum() == 500000500000"));
    CHECK(holds(M, "return tine.range(1, 1000000):filter('gt', 3):count() == 999997"));
    CHECK(others() >= 2);
    CHECK((status_of(self, "SigCgt:") & 0x7fffffff) == caught);
    lua_close(i % 2 == 0 ? L : M);
    CHECK(holds(i % 2 == 0 ? M : L, "return tine.range(1, 1000000):sum() == 500000500000"));
    lua_close(i % 2 == 0 ? M : L);
    CHECK(alone(before));
  }
}

/* An array in three states; its maker closes first. */
static void outlives(void) {
  lua_State *L = open_state(), *M = open_state(), *N = open_state();
  char token[TINE_TOKEN_SIZE];
  tine_array *a;
  CHECK(luaL_dostring(L, "a = tine.range(1, 1000):collect() return a") == LUA_OK);
  a = tine_array_retain(tine_lua_toarray(L, -1));
  tine_lua_pusharray(M, a);
  lua_setglobal(M, "a");
  CHECK(tine_array_share(a, 1, token, NULL) == TINE_OK);
  tine_array_release(a);
  lua_pushstring(N, token);
  lua_setglobal(N, "token");
  lua_close(L);
  CHECK(holds(M, "p = a:map('neg') return a:sum() == 500500 and p:sum() == -500500"));
  lua_close(M);
  CHECK(holds(N, "return tine.receive(token):sub(1, 2):sum() == 3 and not pcall(tine.receive, token)"));
  lua_close(N);
  CHECK(tine_array_receive(token, NULL) == NULL);
}

/* From L, where it is at the top of the stack of a function in C, to a block of M; as Lanes calls it. */
static int send_clone(lua_State *L) {
  lua_State *M = lua_touserdata(L, 2);
  const bool meta = lua_toboolean(L, 3); /* else it goes to a state of Lanes's own */
  void *clone = lua_newuserdatauv(M, lua_rawlen(L, 1), 0);
  if (meta)
    luaL_setmetatable(M, "tine.Array");
  luaL_getmetafield(L, 1, "__lanesclone");
  lua_pushlightuserdata(L, clone);
  lua_pushlightuserdata(L, lua_touserdata(L, 1));
  lua_pushinteger(L, (lua_Integer)lua_rawlen(L, 1));
  lua_call(L, 3, 0);
  return 0;
}

/* Out of the block at the top of the stack of K into the state M. */
static int take_clone(lua_State *M) {
  lua_State *K = lua_touserdata(M, 1);
  const size_t size = lua_rawlen(K, -1);
  void *clone = lua_newuserdatauv(M, size, 0);
  luaL_setmetatable(M, "tine.Array");
  luaL_getmetafield(M, -1, "__lanesclone");
  lua_pushlightuserdata(M, clone);
  lua_pushlightuserdata(M, lua_touserdata(K, -1));
  lua_pushinteger(M, (lua_Integer)size);
  lua_call(M, 3, 0);
  lua_setglobal(M, "b");
  return 0;
}

static void send(lua_State *L, lua_State *to, bool meta) {
  lua_pushcfunction(L, send_clone);
  lua_getglobal(L, "a");
  lua_pushlightuserdata(L, to);
  lua_pushboolean(L, meta);
  CHECK(lua_pcall(L, 3, 0, 0) == LUA_OK);
}

static void take(lua_State *M, lua_State *from) {
  lua_pushcfunction(M, take_clone);
  lua_pushlightuserdata(M, from);
  CHECK(lua_pcall(M, 1, 0, 0) == LUA_OK);
}

static void lanes(void) {
  lua_State *L = open_state(), *M = open_state(), *keeper = luaL_newstate();
  CHECK(holds(L, "a = tine.array('i16', {1, 2, 3}) return true"));
  send(L, M, true);
  lua_setglobal(M, "c");
  CHECK(holds(M, "c[1] = 7 return #c == 3 and c:sum() == 12"));
  CHECK(holds(L, "return a[1] == 7")); /* the same elements */
  send(L, keeper, false);
  CHECK(holds(L, "a:close() a = nil collectgarbage() return true"));
  take(M, keeper);
  CHECK(holds(M, "return b:sum() == 12 and c:sum() == 12"));
  take(M, keeper); /* it has moved */
  CHECK(holds(M, "return not pcall(b.len, b)"));
  lua_close(L);
  lua_close(keeper);
  lua_close(M);
}

static void *run_long(void *arg) {
  lua_State *L = open_state();
  *(_Atomic bool *)arg = true;
  for (;;)
    holds(L, "return tine.range(1, 100000000):map('sqrt'):map('sqrt'):sum() > 0");
  return NULL;
}

/* Children of a process in which another thread is in the middle of a run. */
static void forks(void) {
  static _Atomic bool begun;
  lua_State *L = open_state();
  pthread_t thread;
  CHECK(holds(L, "a = tine.range(1, 1000000):collect() token = a:share() return a:sum() == 500000500000"));
  CHECK(pthread_create(&thread, NULL, run_long, &begun) == 0);
  while (!begun)
    usleep(1000);
  for (int i = 0; i < 10; i++) {
    int status;
    pid_t child;
    usleep(3000);
    child = fork();
    if (child == 0) {
      CHECK(holds(L, "return a:map('add', 1):sum() == 500001500000 and tine.receive(token):sum() == 500000500000"));
      tine_default_pool_release(); /* of the other thread's state, which is not here to give it back */
      lua_close(L);
      CHECK(alone(THREADS_SANITIZER));
      _exit(failures != 0);
    }
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  exit(failures != 0); /* in the middle of a run */
}

int main(int argc, char **argv) {
  const char *name = argc > 1 ? argv[1] : "";
  alarm(600); /* rather than wait for ever */
  if (strcmp(name, "guest") == 0)
    guest();
  else if (strcmp(name, "outlives") == 0)
    outlives();
  else if (strcmp(name, "lanes") == 0)
    lanes();
  else if (strcmp(name, "forks") == 0)
    forks();
  else
    return 2;
  CHECK(tine_set_allocator(NULL) == TINE_OK); /* nothing is left */
  return failures != 0;
}
