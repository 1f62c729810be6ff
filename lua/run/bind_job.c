/*
** tine.Job, the handle: what can be asked of a run that was started and not waited for.
**
** Event loops find what they look for by name: getfd and dirty are for luasocket's select, pollfd, events and
** timeout for cqueues.
*/
#include "../state/bind_name.h"
#include "../state/bind_pressure.h"
#include "bind_work.h"

#include <string.h>

typedef struct bind_job {
  const void *tag;
  bind_work *work; /* in the state's list; NULL: finalised */
  double every;    /* as a pipeline's */
  bool has_fd;     /* the state counts a descriptor for it */
} bind_job;

static const char job_tag = 0; /* only its address is used */

static bind_job *any_job(lua_State *L) {
  bind_job *h = bind_handle_to(L, 1, &job_tag, sizeof *h);
  if (h == NULL)
    luaL_typeerror(L, 1, BIND_JOB);
  else if (h->work != NULL && bind_state_get(L)->closed)
    h->work = NULL; /* made while the state closed, which ended it; Lua did not finalise it */
  return h;
}

static bind_job *check_job(lua_State *L) {
  bind_job *h = any_job(L);
  if (h->work == NULL)
    luaL_error(L, "attempt to use a closed job");
  return h;
}

/* ===== Starting ===== */

static void raise_terminal(lua_State *L, const char *name) {
  bind_guess guess = {name, NULL, 0};
  bind_terminal_guess(&guess);
  bind_guess_consider(&guess, bind_job_totable.name);
  luaL_argerror(L, 2, lua_pushfstring(L, "no terminal is named '%s'%s", name, bind_guess_push(L, &guess, "")));
}

/* The terminal that argument 2 names. */
static const bind_terminal *check_terminal(lua_State *L) {
  const char *name = bind_name_check(L, 2);
  const bind_terminal *terminal =
      strcmp(name, bind_job_totable.name) == 0 ? &bind_job_totable : bind_terminal_find(name);
  if (terminal == NULL && (strcmp(name, "each") == 0 || strcmp(name, "iter") == 0))
    luaL_argerror(L, 2, lua_pushfstring(L, "'%s' runs Lua, which a job cannot", name));
  if (terminal == NULL)
    raise_terminal(L, name);
  return terminal;
}

/* Pushes a handle without a job, which keeps the targets and is told what the pipeline at 1 has to say. */
static bind_job *push_handle(lua_State *L, const bind_run *r) {
  bind_job *h = bind_handle_new(L, sizeof *h, BIND_PROGRESS, BIND_JOBS);
  const int index = lua_gettop(L);
  *h = (bind_job){&job_tag, NULL, r->every, false};
  if (r->every > 0) {
    lua_getiuservalue(L, 1, BIND_PROGRESS);
    lua_setiuservalue(L, index, BIND_PROGRESS);
  }
  if (r->targets > 0) {
    lua_createtable(L, (int)r->targets, 1);
    for (int i = 0; i < (int)r->targets; i++) {
      lua_pushvalue(L, r->arg + i);
      lua_rawseti(L, -2, i + 1);
    }
    lua_pushinteger(L, (lua_Integer)r->targets);
    lua_setfield(L, -2, "n");
    lua_setiuservalue(L, index, BIND_RESULTS);
  }
  return h;
}

/* What the method would borrow for the length of its call is held for the length of the job. */
static void hold(bind_run *r) {
  tine_kernel_retain(r->call.kernel);
  for (unsigned i = 0; i < bind_run_makes(r); i++)
    r->arrays[i] = NULL;
}

/* The system refused a thread, or memory: once more without what is garbage. Finalisers may have closed the pool. */
static void start_again(lua_State *L, bind_job *h, bind_work *work, bind_pool *on, tine_error *err) {
  bind_state *state = bind_state_get(L);
  tine_pool *const pool = on != NULL ? on->pool : state->own;
  bind_limit_end(state);
  if (!bind_pressure_again(L, err) || (on != NULL && on->pool != pool))
    return;
  bind_limit_begin(state);
  h->work = bind_work_start(state, work, on, pool, err);
}

static int job_start(lua_State *L) {
  bind_state *state = bind_state_get(L);
  bind_work work;
  bind_source src;
  tine_error err;
  bind_job *h;
  bind_source_check(L, 1, &src);
  work.limit = src.pipeline != NULL ? src.pipeline->limit : 0;
  bind_run_check(L, &work.run, check_terminal(L), 3);
  h = push_handle(L, &work.run);
  if (state->closed)
    return luaL_error(L, "attempt to start a job in a closing state"); /* nothing would wait for it */
  bind_run_take(L, &work.run);
  hold(&work.run);
  if (bind_work_rehearse(&work.run, &err) != TINE_OK) {
    bind_work_discard(&work.run);
    bind_limit_end(state);
    return bind_error_raise(L, &err);
  }
  work.alone = state->most_threads > 0 && tine_pool_threads(work.run.pool) == 1;
  h->work = bind_work_start(state, &work, work.run.on, work.run.pool, &err);
  if (h->work == NULL)
    start_again(L, h, &work, work.run.on, &err);
  if (h->work == NULL)
    bind_work_discard(&work.run);
  bind_limit_end(state);
  bind_pressure_look(L);
  return h->work != NULL ? 1 : bind_error_raise(L, &err);
}

/* ===== Waiting ===== */

/* Is it done? Where nobody else runs jobs, whoever looks does. */
static bool job_look(lua_State *L, bind_job *h) {
  bind_state *state = bind_state_get(L);
  bind_work *work = h->work;
  bind_watch w;
  if (work->alone && !tine_job_done(work->job)) {
    bind_watch_open(L, &w, state, 1, h->every);
    w.job = work->job;
    bind_watch_set(&w);
    tine_job_wait(work->job, 0, NULL);
    bind_watch_close(&w);
    if (w.failed)
      lua_error(L);
  }
  if (!bind_work_done(state, work))
    return false;
  bind_pressure_look(L);
  return true;
}

/* Waits so long, negative: for ever. Returns what 'wait' does. */
static int wait_for(lua_State *L, const bind_job *h, double seconds) {
  tine_status status;
  tine_error err;
  bind_watch w;
  tine_job *job;
  bool done;
  bind_watch_open(L, &w, bind_state_get(L), 1, h->every);
  w.job = job = tine_job_retain(h->work->job); /* what is called meanwhile may finalise the handle */
  bind_watch_set(&w);
  status = tine_job_wait(job, seconds, &err);
  bind_watch_close(&w);
  if (w.failed && w.progress.told && w.progress.failed)
    tine_job_cancel(job);
  done = tine_job_done(job);
  if (status == TINE_ETIMEOUT && done)
    status = tine_job_wait(job, 0, &err); /* it may have ended just after the time was up */
  tine_job_release(job);
  if (w.failed)
    return lua_error(L);
  bind_interrupt_expect(L, bind_state_get(L));
  check_job(L);
  if (status == TINE_ETIMEOUT && !done) {
    luaL_pushfail(L);
    lua_pushliteral(L, "timeout");
    return 2;
  }
  bind_work_done(bind_state_get(L), h->work);
  return status == TINE_OK ? bind_job_push(L, h->work) : bind_error_outcome(L, &err);
}

static int job_wait(lua_State *L) {
  bind_job *h = check_job(L);
  double seconds = -1;
  if (!lua_isnoneornil(L, 2))
    seconds = bind_least_check(L, 2, "seconds");
  lua_settop(L, 1);
  return wait_for(L, h, seconds);
}

/* Calls the function at 2 with the job, or yields it, until it is done. */
static int await_step(lua_State *L, int status, lua_KContext context) {
  (void)status;
  (void)context;
  while (!job_look(L, check_job(L))) {
    lua_settop(L, 2);
    if (lua_isnil(L, 2)) {
      lua_pushvalue(L, 1);
      return lua_yieldk(L, 1, 0, await_step);
    }
    lua_pushvalue(L, 2);
    lua_pushvalue(L, 1);
    lua_callk(L, 1, 0, 0, await_step);
  }
  lua_settop(L, 1);
  return wait_for(L, check_job(L), 0);
}

static int job_await(lua_State *L) {
  bind_job *h = check_job(L);
  lua_settop(L, 2);
  if (!lua_isnil(L, 2))
    luaL_checktype(L, 2, LUA_TFUNCTION);
  else if (!lua_isyieldable(L)) {
    lua_settop(L, 1);
    return wait_for(L, h, -1); /* nobody to yield to */
  }
  return await_step(L, LUA_OK, 0);
}

/* ===== Asking, and ending ===== */

static int job_done(lua_State *L) {
  lua_pushboolean(L, job_look(L, check_job(L)));
  return 1;
}

static int job_cancel(lua_State *L) {
  tine_job_cancel(check_job(L)->work->job);
  return 0;
}

static int job_progress(lua_State *L) {
  uint64_t done, total;
  tine_job_progress(check_job(L)->work->job, &done, &total);
  lua_pushinteger(L, (lua_Integer)done);
  if (total > 0)
    lua_pushinteger(L, (lua_Integer)total);
  else
    lua_pushnil(L);
  return 2;
}

static int job_getfd(lua_State *L) {
  bind_job *h = check_job(L);
  tine_error err;
  int fd;
  job_look(L, h);
  if (!h->has_fd)
    bind_pressure_expect(L, BIND_FILES, 1);
  fd = tine_job_fd(h->work->job, &err);
  if (fd < 0 && bind_pressure_again(L, &err))
    fd = tine_job_fd(h->work->job, &err);
  if (fd < 0)
    return bind_error_result(L, &err);
  bind_pressure_more(bind_state_get(L), BIND_FILES, !h->has_fd);
  h->has_fd = true;
  lua_pushinteger(L, fd);
  return 1;
}

/* What cqueues is to poll for. */
static int job_events(lua_State *L) {
  check_job(L);
  lua_pushliteral(L, "r");
  return 1;
}

/* For how long cqueues is to poll: no limit. */
static int job_timeout(lua_State *L) {
  check_job(L);
  lua_pushnil(L);
  return 1;
}

static int job_close(lua_State *L) {
  const bind_job *h = any_job(L);
  const tine_watch *before;
  if (h->work == NULL)
    return 0;
  tine_job_cancel(h->work->job);
  before = tine_watch_set(NULL);
  tine_job_wait(h->work->job, -1, NULL);
  tine_watch_set(before);
  return 0;
}

static int job_gc(lua_State *L) {
  bind_job *h = any_job(L);
  bind_work *work = h->work;
  bind_state *state = bind_state_get(L);
  h->work = NULL;
  if (work != NULL && state->jobs != NULL) /* else the state has closed, and ended it */
    bind_work_drop(state, work);
  bind_pressure_less(state, BIND_FILES, h->has_fd);
  h->has_fd = false;
  return 0;
}

static int job_tostring(lua_State *L) {
  const bind_job *h = any_job(L);
  if (h->work == NULL)
    lua_pushliteral(L, "tine.Job (closed)");
  else
    lua_pushfstring(L, "tine.Job %s (%s)", h->work->run.terminal->name,
                    tine_job_done(h->work->job) ? "done" : "running");
  return 1;
}

const bind_export bind_job_methods[] = {{"start", job_start, BIND_ANY}, {NULL, NULL, 0}};

static const bind_export job_methods[] = {{"wait", job_wait, 1},
                                          {"await", job_await, 1},
                                          {"done", job_done, 0},
                                          {"cancel", job_cancel, 0},
                                          {"getfd", job_getfd, 0},
                                          {"pollfd", job_getfd, 0},
                                          {"progress", job_progress, 0},
                                          {"events", job_events, 0},
                                          {"timeout", job_timeout, 0},
                                          {"dirty", job_done, 0},
                                          {NULL, NULL, 0}};

static const luaL_Reg job_metamethods[] = {
    {"__gc", job_gc}, {"__close", job_close}, {"__tostring", job_tostring}, {NULL, NULL}};

void bind_job_open(lua_State *L) {
  bind_metatable(L, BIND_JOB, job_metamethods);
  bind_metatable_keep(L, BIND_JOBS);
  lua_newtable(L);
  bind_export_methods(L, job_methods);
  bind_name_expect(L, BIND_JOB);
  lua_setfield(L, -2, "__index");
}
