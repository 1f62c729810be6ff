/*
** Ctrl-C, in hosts that do as lua.c does: its signal handler only sets a hook, which raises "interrupted!" at the next
** instruction of the main thread. A run is a single one. So the thread that waits for it asks for that hook twenty
** times a second, and gives it the call it waits for; whatever that raises ends the run. No signal is touched here.
**
** A hook belongs to one coroutine. In any but the main one there is nothing to be called, and what lua.c's looks like -
** new, for every event, after each instruction - is taken for it.
*/
#include "bind_run.h"

#define LOOK_EVERY 0.05 /* seconds: half of what a finger on Ctrl-C notices */

enum { STOP_MASK = LUA_MASKCALL | LUA_MASKRET | LUA_MASKCOUNT };

static int do_nothing(lua_State *L) {
  (void)L;
  return 0;
}

static int raise_interrupted(lua_State *L) {
  return luaL_error(L, "interrupted!");
}

/* Calls fn; an error stays on the stack. */
static bool call_fails(lua_State *L, lua_CFunction fn) {
  if (!lua_checkstack(L, LUA_MINSTACK))
    return false;
  lua_pushcfunction(L, fn);
  return lua_pcall(L, 0, 0, 0) != LUA_OK;
}

/* What is to be called to find out whether it was interrupted; NULL: nothing. */
static lua_CFunction asks(const bind_watch *w) {
  lua_State *const main = w->state->main;
  const lua_Hook hook = lua_gethook(main);
  if (hook == NULL || hook == w->hook)
    return NULL;
  if (w->L == main)
    return do_nothing;
  return (lua_gethookmask(main) & STOP_MASK) == STOP_MASK && lua_gethookcount(main) == 1 ? raise_interrupted : NULL;
}

static bool look(void *arg, uint64_t done, uint64_t total) {
  bind_watch *w = arg;
  bind_charge charge;
  lua_CFunction fn;
  bool tells;
  if (w->failed)
    return false;
  if (w->job != NULL)
    tine_job_progress(w->job, &done, &total);
  fn = asks(w);
  tells = w->progress.told && bind_progress_due(&w->progress, done, total);
  if (fn == NULL && !tells)
    return true;
  bind_limit_pause(w->state, &charge);
  bind_loan_some(&w->loan);
  w->state->looking = true;
  w->failed = (fn != NULL && call_fails(w->L, fn)) || (tells && !bind_progress_tell(w->L, &w->progress, done, total));
  w->state->looking = false;
  bind_loan_end(&w->loan);
  bind_limit_resume(w->state, &charge);
  return !w->failed;
}

void bind_watch_open(lua_State *L, bind_watch *w, bind_state *state, int arg, double every) {
  w->watch = (tine_watch){sizeof w->watch, LOOK_EVERY, look, w};
  w->L = L;
  w->state = state;
  w->hook = L != state->main ? lua_gethook(state->main) : NULL;
  w->job = NULL;
  w->loan = bind_loan_of(NULL, NULL, NULL, 0);
  w->set = w->failed = w->progress.told = false;
  if (every > 0) {
    bind_progress_open(L, &w->progress, arg, every);
    w->watch.every = every < LOOK_EVERY ? every : LOOK_EVERY;
  }
}

void bind_watch_close(bind_watch *w) {
  if (w->set)
    tine_watch_set(w->before);
  if (w->progress.told)
    bind_progress_close(&w->progress);
}

int bind_watch_fail(lua_State *L, const bind_watch *w, const tine_error *err) {
  return w->failed ? lua_error(L) : bind_error_outcome(L, err);
}
