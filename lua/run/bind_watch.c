/*
** Hooks while a run is going on. To Lua a run is a single instruction, and a hook - lua.c's for Ctrl-C, a sandbox's
** that raises when a script's time is up - comes between two. So the thread that waits for it does for its hook, twenty
** times a second, what the script cannot: it calls a function of a line of Lua, which goes round as often as the hook
** counts. Whatever that raises ends the run. The hook is called by Lua itself, and no signal is touched here.
**
** A hook belongs to one coroutine: what counts is that of the one that is in the run. There is one exception. In any
** but the main one nobody hears of Ctrl-C; what lua.c's hook looks like - on the main thread, new, for every event,
** after each instruction - is taken for it.
*/
#include "bind_run.h"

#define LOOK_EVERY 0.05 /* seconds: half of what a finger on Ctrl-C notices */

enum {
  STOP_MASK = LUA_MASKCALL | LUA_MASKRET | LUA_MASKCOUNT,
  MOST_ROUNDS = 1 << 19 /* at a time, some 4 ms: a hook with a larger count is not called each time */
};

static const char pulse[] = "for _ = 1, ... do end"; /* an instruction each time round */

static int raise_interrupted(lua_State *L) {
  return luaL_error(L, "interrupted!");
}

void bind_watch_ready(lua_State *L) {
  bind_push_record(L);
  if (luaL_loadbufferx(L, pulse, sizeof pulse - 1, "=tine", "t") != LUA_OK)
    lua_error(L);
  lua_setiuservalue(L, -2, BIND_PULSE);
  lua_pop(L, 1);
}

/* How many instructions the hook is to see. */
static lua_Integer rounds(lua_State *L) {
  const int count = (lua_gethookmask(L) & LUA_MASKCOUNT) != 0 ? lua_gethookcount(L) : 0;
  return count < MOST_ROUNDS ? count : MOST_ROUNDS;
}

typedef enum ask { ASK_NOTHING, ASK_HOOK, ASK_STOP } ask;

/* What is to be done to find out whether the run is to end. */
static ask asks(const bind_watch *w) {
  lua_State *const main = w->state->main;
  const lua_Hook hook = lua_gethook(main);
  if (tine_interrupt_is_set(w->state->interrupt))
    return ASK_STOP;
  if (w->L != main && hook != NULL && hook != w->hook && (lua_gethookmask(main) & STOP_MASK) == STOP_MASK &&
      lua_gethookcount(main) == 1)
    return ASK_STOP;
  return lua_gethook(w->L) != NULL ? ASK_HOOK : ASK_NOTHING;
}

/* Does it; an error stays on the stack. */
static bool ask_fails(lua_State *L, ask what) {
  int arguments = 0;
  if (!lua_checkstack(L, LUA_MINSTACK))
    return false;
  if (what == ASK_STOP)
    lua_pushcfunction(L, raise_interrupted);
  else {
    bind_push_record(L);
    lua_getiuservalue(L, -1, BIND_PULSE);
    lua_remove(L, -2);
    lua_pushinteger(L, rounds(L));
    arguments = 1;
  }
  return lua_pcall(L, arguments, 0, 0) != LUA_OK;
}

static bool watch_look(void *arg, uint64_t done, uint64_t total) {
  bind_watch *w = arg;
  const bool looking = w->state->looking;
  bind_charge charge;
  bool tells;
  ask what;
  if (w->failed)
    return false;
  if (w->job != NULL)
    tine_job_progress(w->job, &done, &total);
  what = asks(w);
  tells = w->progress.told && bind_progress_due(&w->progress, done, total);
  if (what == ASK_NOTHING && !tells)
    return true;
  w->called = true;
  bind_limit_pause(w->state, &charge);
  bind_loan_some(&w->loan);
  w->state->looking = true;
  w->failed =
      (what != ASK_NOTHING && ask_fails(w->L, what)) || (tells && !bind_progress_tell(w->L, &w->progress, done, total));
  w->state->looking = looking;
  bind_loan_end(&w->loan);
  bind_limit_resume(w->state, &charge);
  return !w->failed;
}

void bind_interrupt_expect(lua_State *L, const bind_state *state) {
  if (tine_interrupt_is_set(state->interrupt))
    raise_interrupted(L);
}

TINE_API tine_status tine_lua_interrupt(lua_State *L, tine_interrupt *interrupt) {
  bind_state *state = bind_has_lua() ? bind_state_find(L) : NULL;
  tine_interrupt *before;
  if (state == NULL || state->closed)
    return TINE_EINVAL;
  before = state->interrupt;
  state->interrupt = tine_interrupt_retain(interrupt);
  tine_interrupt_release(before);
  return TINE_OK;
}

void bind_watch_open(lua_State *L, bind_watch *w, bind_state *state, int arg, double every) {
  w->watch = (tine_watch){sizeof w->watch, LOOK_EVERY, watch_look, w};
  w->L = L;
  w->state = state;
  w->hook = L != state->main ? lua_gethook(state->main) : NULL;
  w->job = NULL;
  w->loan = bind_loan_of(NULL, NULL, NULL, 0);
  w->next = 0;
  w->called = false;
  w->set = w->failed = w->progress.told = false;
  if (every > 0) {
    bind_progress_open(L, &w->progress, arg, every);
    w->watch.every = every < LOOK_EVERY ? every : LOOK_EVERY;
  }
}

/* Is it time? The first time only says when. */
static bool look_due(const bind_state *state, double *next) {
  const double now = tine_clock(), due = *next;
  if (tine_interrupt_is_set(state->interrupt))
    return true;
  if (now >= due)
    *next = now + LOOK_EVERY;
  return now >= due && due > 0;
}

bool bind_watch_goes_on(bind_watch *w) {
  return !look_due(w->state, &w->next) || watch_look(w, 0, 0);
}

void bind_watch_rest(lua_State *L, bind_state *state, double *next) {
  bind_watch w;
  ask what;
  if (!look_due(state, next))
    return;
  bind_watch_open(L, &w, state, 0, 0);
  what = asks(&w);
  if (what != ASK_NOTHING && ask_fails(L, what))
    lua_error(L);
}

void bind_watch_close(bind_watch *w) {
  if (w->set)
    tine_watch_set(w->before);
  if (w->set && w->interrupt != NULL) {
    tine_interrupt_use(w->interrupt_before);
    tine_interrupt_release(w->interrupt);
  }
  if (w->progress.told)
    bind_progress_close(&w->progress);
}

int bind_watch_fail(lua_State *L, const bind_watch *w, const tine_error *err) {
  if (w->failed)
    return lua_error(L);
  bind_interrupt_expect(L, w->state);
  return bind_error_outcome(L, err);
}
