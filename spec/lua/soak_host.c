/*
** A soak: for so many seconds eight threads open a Lua state, run the script in it for a short random time, and close
** it, whatever is under way in it; then the next. Each life of a state has a seed, a part of that of the whole, which
** is printed: TINE_SEED repeats the choices, though not the moments of the threads.
**
**     soak_host script [seconds]
**
** The script has as globals 'tine', 'me' (1 to 8), 'seed', 'seconds' that it may take, at(line), where it is now, for
** who has to find out why it hangs, and swap(text), which leaves a text and gives one that some state left, or nil.
** Now and then allocations fail. Ends with status 0 when no script raised anything but that, none hung, and no thread,
** descriptor or byte of the engine is left. Memory of the process must not grow after the first half, but in builds
** that keep what is freed to themselves.
*/
#include <lauxlib.h>
#include <lualib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "counting.h"
#include "threads.h"
#include "tine.h"

#ifdef __has_feature
#define HAS(feature) __has_feature(feature)
#else
#define HAS(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || HAS(address_sanitizer) || HAS(thread_sanitizer)
enum { FLAT = 0 };
#else
enum { FLAT = 1 };
#endif

enum { STATES = 8, TEXT = 64, TEXTS = 4, HANGS = 60 /* seconds that no single life takes */ };

typedef struct place {
  atomic_int line;  /* of the script */
  atomic_int lives; /* so far */
  atomic_ullong seed;
  atomic_bool over;
} place;

static place places[STATES];
static const char *script;
static double until;
static uint64_t seed;

/* Texts on their way: few, as nobody receives what is left there in the end. */
static pthread_mutex_t texts_lock = PTHREAD_MUTEX_INITIALIZER;
static char texts[TEXTS][TEXT];
static unsigned next_text;

/* Now and then memory is short for a moment: then one in so many allocations fails. */
enum { SHORT_EVERY = 10, SHORT_FAILS = 20 };
static atomic_bool is_short;
static atomic_uint short_count;

static void *short_alloc(void *arg, size_t size, size_t align) {
  const bool fails = atomic_load(&is_short) && atomic_fetch_add(&short_count, 1) % SHORT_FAILS == 0;
  return fails ? NULL : count_alloc(arg, size, align);
}

/* Steele, Lea and Flood's SplitMix64. */
static uint64_t draw(uint64_t *at) {
  uint64_t z = *at += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

/* ----- What scripts are given ----- */

static int swap(lua_State *L) {
  char got[TEXT];
  const char *text = luaL_checkstring(L, 1);
  pthread_mutex_lock(&texts_lock);
  memcpy(got, texts[next_text], TEXT);
  snprintf(texts[next_text], TEXT, "%s", text);
  next_text = (next_text + 1) % TEXTS;
  pthread_mutex_unlock(&texts_lock);
  if (got[0] != '\0')
    lua_pushstring(L, got);
  else
    lua_pushnil(L);
  return 1;
}

static int at(lua_State *L) {
  place *p = &places[lua_tointeger(L, lua_upvalueindex(1)) - 1];
  atomic_store(&p->line, (int)luaL_checkinteger(L, 1));
  return 0;
}

/* Arguments: number of the state, seed, seconds. */
static int run_script(lua_State *L) {
  luaL_openlibs(L);
  luaL_requiref(L, "tine", luaopen_tine, 1);
  lua_pop(L, 1);
  lua_setglobal(L, "seconds");
  lua_setglobal(L, "seed");
  lua_pushvalue(L, 1);
  lua_pushcclosure(L, at, 1);
  lua_setglobal(L, "at");
  lua_setglobal(L, "me");
  lua_register(L, "swap", swap);
  if (luaL_loadfile(L, script) != LUA_OK)
    return lua_error(L);
  lua_call(L, 0, 0);
  return 0;
}

/* ----- Lives ----- */

/* Nothing is cleaned up: the other threads go on until the process has gone. */
static void fail(const char *what) {
  fprintf(stderr, "%s\n(to repeat: TINE_SEED=%llu)\n", what, (unsigned long long)seed);
  fflush(NULL);
  _Exit(1);
}

static void live_once(int me, uint64_t of_life) {
  lua_State *L = luaL_newstate();
  const double seconds = (double)(of_life % 300) / 1000;
  char what[512];
  if (L == NULL)
    fail("no state");
  lua_pushcfunction(L, run_script);
  lua_pushinteger(L, me);
  lua_pushinteger(L, (lua_Integer)(of_life >> 8));
  lua_pushnumber(L, seconds);
  if (lua_pcall(L, 3, 0, 0) != LUA_OK && strstr(lua_tostring(L, -1), "not enough memory") == NULL) {
    snprintf(what, sizeof what, "state %d, life of seed %lld: %s", me, (long long)(of_life >> 8), lua_tostring(L, -1));
    fail(what);
  }
  atomic_store(&places[me - 1].line, -1);
  lua_close(L);
}

static void *live(void *arg) {
  const int me = (int)(size_t)arg;
  place *p = &places[me - 1];
  uint64_t rng = seed + (uint64_t)me;
  while (tine_clock() < until) {
    const uint64_t of_life = draw(&rng);
    atomic_store(&p->seed, of_life >> 8);
    live_once(me, of_life);
    atomic_fetch_add(&p->lives, 1);
  }
  atomic_store(&p->over, true);
  return NULL;
}

/* ----- What is left, and how much there is ----- */

/* Of this process, in memory; 0 where that cannot be told. */
static double resident_mb(void) {
  FILE *file = fopen("/proc/self/statm", "r");
  long pages = 0;
  if (file == NULL)
    return 0;
  if (fscanf(file, "%*s %ld", &pages) != 1)
    pages = 0;
  fclose(file);
  return (double)pages * (double)sysconf(_SC_PAGESIZE) / (1 << 20);
}

static int lives(bool *all_over) {
  int n = 0;
  *all_over = true;
  for (int i = 0; i < STATES; i++) {
    n += atomic_load(&places[i].lives);
    *all_over = *all_over && atomic_load(&places[i].over);
  }
  return n;
}

static void fail_hanging(void) {
  for (int i = 0; i < STATES; i++)
    if (!atomic_load(&places[i].over))
      fprintf(stderr, "state %d, life of seed %llu: hangs at line %d (-1: closing)\n", i + 1,
              (unsigned long long)atomic_load(&places[i].seed), atomic_load(&places[i].line));
  fail("hangs");
}

/* Until the states are over: the most memory in the second and in the last quarter of that time. */
static void watch(double seconds, double most[2]) {
  const double began = until - seconds;
  bool over;
  most[0] = most[1] = 0;
  for (int round = 1; lives(&over), !over; round++) {
    atomic_store(&is_short, round % SHORT_EVERY == 0);
    const double now = tine_clock(), mb = resident_mb();
    const double quarter = (now - began) / seconds * 4;
    const int which = quarter >= 1 && quarter < 2 ? 0 : quarter >= 3 ? 1 : -1;
    if (which >= 0 && mb > most[which])
      most[which] = mb;
    if (now > until + HANGS)
      fail_hanging();
    nanosleep(&(struct timespec){0, 20000000}, NULL);
  }
  atomic_store(&is_short, false);
}

static void *nothing(void *arg) {
  return arg;
}

static void soak(double seconds, double most[2]) {
  pthread_t thread[STATES];
  until = tine_clock() + seconds;
  for (int i = 0; i < STATES; i++)
    if (pthread_create(&thread[i], NULL, live, (void *)(size_t)(i + 1)) != 0)
      fail("no thread");
  watch(seconds, most);
  for (int i = 0; i < STATES; i++)
    pthread_join(thread[i], NULL);
}

static int count_left(int threads, int files) {
  int failures = 0;
  if (threads_beyond(threads) > 0)
    failures += fprintf(stderr, "%d threads are left\n", threads_beyond(threads)) > 0;
  if (folder_entries("/proc/self/fd") > files)
    failures += fprintf(stderr, "%d descriptors are left\n", folder_entries("/proc/self/fd") - files) > 0;
  if (atomic_load(&live_bytes) != 0 || tine_set_allocator(NULL) != TINE_OK)
    failures += fprintf(stderr, "%lld bytes are left\n", (long long)atomic_load(&live_bytes)) > 0;
  return failures;
}

int main(int argc, char **argv) {
  const tine_allocator allocator = {short_alloc, count_free, NULL};
  const char *given = getenv("TINE_SEED");
  const double seconds = argc > 2 ? atof(argv[2]) : 10;
  double most[2];
  pthread_t first;
  int failures, threads, files;
  bool over;
  if (argc < 2 || seconds <= 0)
    return 2;
  script = argv[1];
  seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)(tine_clock() * 1e9);
  printf("soak: %g s, TINE_SEED=%llu\n", seconds, (unsigned long long)seed);
  fflush(stdout);
  if (tine_set_allocator(&allocator) != TINE_OK || pthread_create(&first, NULL, nothing, NULL) != 0)
    return 2;
  pthread_join(first, NULL); /* with the first thread a sanitizer may start one of its own */
  threads = threads_now();
  files = folder_entries("/proc/self/fd");
  soak(seconds, most);
  printf("%d lives, most of the engine's bytes %.1f MB, memory %.0f MB, then %.0f MB\n", lives(&over),
         (double)atomic_load(&most_bytes) / (1 << 20), most[0], most[1]);
  failures = count_left(threads, files);
  if (FLAT && most[1] > 1.5 * most[0] + 32)
    failures += fprintf(stderr, "memory grows\n") > 0;
  if (failures > 0)
    fprintf(stderr, "(to repeat: TINE_SEED=%llu)\n", (unsigned long long)seed);
  return failures != 0;
}
