/*
** timeout and progress: what a pipeline says of the time its runs may take and of what is told meanwhile.
**
** Progress is told on the calling thread, by a function of the script or as a bar on stderr. The bar is all this module
** ever prints: where it was asked for, and only on a terminal. It is drawn over itself, and the line ends with the run.
*/
#include "bind_run.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif

#define TELL_EVERY 0.1      /* seconds, where nothing else is said */
#define TELL_AT_LEAST 0.001 /* seconds, at the least: what a watch can do */

enum { BAR_CELLS = 24, BAR_TEXT = 160 };

static bool stderr_is_terminal(void) {
#if defined(__unix__) || defined(__APPLE__)
  return isatty(STDERR_FILENO) == 1;
#else
  return false;
#endif
}

/* A count with three digits and a letter: "1.23M". */
static void put_count(char *text, size_t size, double n) {
  static const char letters[] = " kMGTPE";
  size_t k = 0;
  for (; n >= 999.5 && k + 2 < sizeof letters; k++)
    n /= 1000;
  if (k == 0)
    snprintf(text, size, "%.0f", n);
  else
    snprintf(text, size, n < 9.995 ? "%.2f%c" : n < 99.95 ? "%.1f%c" : "%.0f%c", n, letters[k]);
}

/* Seconds as "0:07" or "1:02:03". */
static void put_time(char *text, size_t size, double seconds) {
  const unsigned long s = seconds < 1e9 ? (unsigned long)seconds : 999999999ul;
  if (s < 3600)
    snprintf(text, size, "%lu:%02lu", s / 60, s % 60);
  else
    snprintf(text, size, "%lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60);
}

/* "[######------]  50%  1.00M of 2.00M  500k/s  0:02 left"; where the total is not known "1.00M  500k/s  0:02". */
static void put_bar(char *text, size_t size, double done, double total, double seconds) {
  char cells[BAR_CELLS + 1], count[16], all[16], rate[16], time[32];
  const double share = total > 0 ? fmin(done / total, 1) : 0;
  put_count(count, sizeof count, done);
  put_count(rate, sizeof rate, seconds > 0 ? done / seconds : 0);
  if (total <= 0) {
    put_time(time, sizeof time, seconds);
    snprintf(text, size, "%s  %s/s  %s", count, rate, time);
    return;
  }
  memset(cells, '-', BAR_CELLS);
  memset(cells, '#', (size_t)(share * BAR_CELLS));
  cells[BAR_CELLS] = '\0';
  put_count(all, sizeof all, total);
  put_time(time, sizeof time, share > 0 ? seconds / share - seconds : 0);
  snprintf(text, size, "[%s] %3.0f%%  %s of %s  %s/s  %s left", cells, floor(share * 100), count, all, rate,
           share > 0 ? time : "?");
}

static void draw(bind_progress *to, uint64_t done, uint64_t total) {
  char text[BAR_TEXT];
  const uint64_t saved = tine_fp_enter(); /* printf rounds as the thread does */
  put_bar(text, sizeof text, (double)done, (double)total, tine_clock() - to->began);
  tine_fp_leave(saved);
  fprintf(stderr, "\r%s\033[K", text);
  fflush(stderr);
  to->drawn = true;
}

static bool call(lua_State *L, int fn, uint64_t done, uint64_t total) {
  if (!lua_checkstack(L, LUA_MINSTACK))
    return true;
  lua_pushvalue(L, fn);
  lua_pushinteger(L, (lua_Integer)done);
  if (total > 0)
    lua_pushinteger(L, (lua_Integer)total);
  else
    lua_pushnil(L);
  return lua_pcall(L, 2, 0, 0) == LUA_OK;
}

void bind_progress_open(lua_State *L, bind_progress *to, int arg, double every) {
  to->fn = lua_getiuservalue(L, arg, BIND_PROGRESS) == LUA_TFUNCTION ? lua_gettop(L) : 0;
  if (to->fn == 0)
    lua_pop(L, 1);
  to->told = to->fn != 0 || stderr_is_terminal();
  to->drawn = to->failed = false;
  to->every = every;
  to->began = tine_clock();
  to->next = to->began + every;
  to->done = 0;
}

/* The end is told at once, if there was time to tell anything. */
bool bind_progress_due(const bind_progress *to, uint64_t done, uint64_t total) {
  const double now = tine_clock();
  return now >= to->next || (total > 0 && done == total && done != to->done && now >= to->began + to->every);
}

bool bind_progress_tell(lua_State *L, bind_progress *to, uint64_t done, uint64_t total) {
  to->next = tine_clock() + to->every;
  to->done = done;
  if (to->fn == 0)
    draw(to, done, total);
  else
    to->failed = !call(L, to->fn, done, total);
  return !to->failed;
}

void bind_progress_close(bind_progress *to) {
  if (!to->drawn)
    return;
  fputc('\n', stderr);
  fflush(stderr);
  to->drawn = false;
}

static int adaptor_timeout(lua_State *L) {
  const double seconds = bind_least_check(L, 2, "seconds");
  bind_stage s;
  bind_source base;
  bind_stage_adapt(L, &s, &base);
  if (s.out->limit == 0 || seconds < s.out->limit)
    s.out->limit = seconds > 0 ? seconds : DBL_MIN;
  return bind_stage_close(L, &s, tine_timeout(bind_source_take(&base), seconds), 2);
}

/* A pipeline of the same plan: the engine knows nothing of whoever looks. The last 'progress' wins. */
static int adaptor_progress(lua_State *L) {
  const double every = lua_isnoneornil(L, 3) ? TELL_EVERY : bind_least_check(L, 3, "seconds");
  bind_stage s;
  bind_source base;
  lua_settop(L, 2);
  if (!lua_isnil(L, 2))
    luaL_checktype(L, 2, LUA_TFUNCTION);
  bind_stage_open(L, &s, true);
  bind_source_check(L, 1, &base);
  bind_stage_inherit(L, &s, &base);
  lua_pushvalue(L, 2);
  lua_setiuservalue(L, s.index, BIND_PROGRESS);
  s.out->every = every > TELL_AT_LEAST ? every : TELL_AT_LEAST;
  s.where[0] = '\0'; /* the stage is the base's, and so is its line */
  return bind_stage_close(L, &s, bind_source_take(&base), 2);
}

const bind_export bind_progress_methods[] = {
    {"timeout", adaptor_timeout, 1}, {"progress", adaptor_progress, 2}, {NULL, NULL, 0}};
