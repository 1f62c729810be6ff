/*
** What the collector is told of. To Lua a handle is some 60 bytes, whatever hangs on it: so the state counts what its
** handles have of each resource, garbage or not, and collects everything before one has grown to twice what the last
** collection left of it. And when the system, or the host's limit, refuses one, everything is collected before it is
** asked again.
*/
#include "../run/bind_work.h"
#include "bind_pressure.h"

#include <errno.h>
#include <limits.h>

/* The collector counts a handle as some 60 bytes and would let gigabytes hang on a few of them. So it is told about
   every quarter of a megabyte: rare enough to cost nothing, early enough for a loop over small arrays. */
enum { PRESSURE_STEP = 256 * 1024 };

/* In generational mode (the stand-alone interpreter's) what has survived two small collections is not looked at again
   until Lua's own heap has doubled, which arrays never make it do. So everything is collected when the account has
   grown to twice what the last such collection left; to this at least, and to the size of Lua's heap, which is what
   a full collection costs. */
#define LIVE_LIMIT (UINT64_C(32) << 20)

/* The least of each at which everything is collected. A collection of a large heap takes a tenth of a second, so not at
   every tenth pool or job; and systems have 1024 descriptors, and some thousands of threads and mappings. */
static const uint64_t pressure_least[BIND_RESOURCES] = {[BIND_FILES] = 200, [BIND_THREADS] = 60, [BIND_MAPPINGS] = 500};

void bind_pressure_open(bind_state *state) {
  state->limit = LIVE_LIMIT;
  for (int i = 0; i < BIND_RESOURCES; i++)
    state->most[i] = pressure_least[i];
}

/* LUA_GCSTEP runs even where the script said collectgarbage("stop"), hence the question. Inside a finaliser every
   lua_gc answers -1 and does nothing. */
static bool may_collect(lua_State *L) {
  return lua_gc(L, LUA_GCISRUNNING) > 0;
}

/* Lua 5.5 takes the size as size_t, and in bytes. */
static void collect_step(lua_State *L, uint64_t bytes) {
  if (!may_collect(L))
    return;
#if LUA_VERSION_NUM >= 505
  lua_gc(L, LUA_GCSTEP, (size_t)bytes);
#else
  lua_gc(L, LUA_GCSTEP, bytes >> 10 < INT_MAX ? (int)(bytes >> 10) : INT_MAX);
#endif
}

void bind_pressure_add(lua_State *L, bind_state *state, uint64_t bytes) {
  if (state == NULL)
    return;
  state->debt += bytes;
  if (state->debt >= PRESSURE_STEP) {
    bytes = state->debt;
    state->debt = 0;
    collect_step(L, bytes);
  }
}

void bind_state_pressure(lua_State *L, uint64_t bytes) {
  bind_pressure_add(L, bind_state_get(L), bytes);
}

bool bind_pressure_collect(lua_State *L) {
  bind_state *state = bind_state_get(L);
  uint64_t heap;
  if (state == NULL || state->closed || !may_collect(L))
    return false;
  lua_gc(L, LUA_GCCOLLECT);
  state->orphaned = 0;
  heap = (uint64_t)lua_gc(L, LUA_GCCOUNT) << 10;
  state->limit = 2 * state->live > heap ? 2 * state->live : heap;
  if (state->limit < LIVE_LIMIT)
    state->limit = LIVE_LIMIT;
  for (int i = 0; i < BIND_RESOURCES; i++)
    state->most[i] = 2 * state->used[i] > pressure_least[i] ? 2 * state->used[i] : pressure_least[i];
  return true;
}

bool bind_pressure_again(lua_State *L, const tine_error *err) {
  const int e = err->os_errno;
  const bool scarce = err->status == TINE_ENOMEM || err->status == TINE_ETHREAD || e == ENOMEM || e == EMFILE ||
                      e == ENFILE || e == EAGAIN;
  return err->status != TINE_OK && scarce && bind_pressure_collect(L);
}

void bind_pressure_look(lua_State *L) {
  const bind_state *state = bind_state_get(L);
  if (state != NULL && state->live + state->orphaned > state->limit)
    bind_pressure_collect(L);
}

void bind_state_charge(lua_State *L, bind_array *h, uint64_t bytes) {
  bind_state *state = bind_state_get(L);
  if (state == NULL || state->closed || h->array == NULL)
    return;
  h->charged += bytes;
  state->live += bytes;
  if (state->live + state->orphaned > state->limit)
    bind_pressure_collect(L);
  else
    bind_state_pressure(L, bytes);
}

void bind_state_discharge(lua_State *L, bind_array *h) {
  bind_state *state = h->charged > 0 || h->mapped ? bind_state_get(L) : NULL;
  if (state != NULL) {
    state->live -= h->charged;
    if (h->charged > 0 && tine_array_shared(h->array))
      state->orphaned += h->charged;
    bind_pressure_less(state, BIND_MAPPINGS, h->mapped);
  }
  h->charged = 0;
  h->mapped = false;
}

void bind_pressure_expect(lua_State *L, bind_resource which, uint64_t n) {
  const bind_state *state = bind_state_get(L);
  if (state != NULL && state->used[which] + n > state->most[which])
    bind_pressure_collect(L);
}
