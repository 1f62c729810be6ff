/*
** Running terminals on the calling thread: a method checks its arguments, makes closed handles for the arrays there
** will be, takes the pipelines, runs, gives them back, and only then talks to Lua again.
**
** A pipeline bound to a pool by 'on' runs there; others run on the pool of the innermost install, or the default one.
*/
#include "../state/bind_pressure.h"
#include "bind_pool.h"
#include "bind_run.h"

/* Items that built-in kernels are done with before anybody could wish to interrupt them: no watch, which takes a tenth
   of such a run, is set. */
enum { BRIEF_WORK = 4096 };

static void expect_still(lua_State *L, const bind_state *state, const tine_pipeline *p, const tine_kernel *kernel) {
  if (bind_loan_busy(state, p, kernel))
    bind_array_raise_busy(L);
}

void bind_run_still(lua_State *L, const tine_pipeline *p) {
  const bind_state *state = bind_state_get(L);
  bind_interrupt_expect(L, state);
  expect_still(L, state, p, NULL);
}

tine_pool *bind_run_expect(lua_State *L, const bind_state *state, const bind_source *src) {
  bind_source_expect(L, src);
  bind_interrupt_expect(L, state);
  if (src->pipeline == NULL)
    bind_array_expect_readable(L, src->array);
  else {
    expect_still(L, state, src->pipeline->pipeline, NULL);
    if (src->pipeline->bound && bind_pool_bound(L, src->index) != NULL)
      return NULL;
  }
  return bind_pool_none(state) ? NULL : bind_pool_here(L);
}

static tine_pipeline *take_on(const bind_source *src, tine_pool *pool) {
  tine_pipeline *p = bind_source_take(src);
  return pool != NULL ? tine_on(p, pool) : p;
}

tine_pipeline *bind_run_enter(lua_State *L, int arg) {
  bind_source src;
  tine_pool *pool;
  bind_source_check(L, arg, &src);
  pool = bind_run_expect(L, bind_state_get(L), &src);
  return take_on(&src, pool);
}

void bind_run_check(lua_State *L, bind_run *r, const bind_terminal *terminal, int arg) {
  bool told = false; /* the kernel, by a text or a function: who knows how much it does */
  int most;
  r->terminal = terminal;
  r->state = bind_state_get(L);
  r->arg = arg;
  r->behind = arg + 1;
  most = terminal->most;
  if (terminal->kernel) {
    const int at = lua_istable(L, arg) ? arg + 1 : arg;
    told = bind_expression_is(L, at) || bind_kernel_lengthy(L, at);
    if (bind_expression_use(L, at))
      lua_remove(L, at + 1);
  } else if (terminal->folds) {
    const int values = (told = bind_expression_is(L, arg) || bind_kernel_lengthy(L, arg),
                        bind_expression_take(L, arg, TINE_ASSOCIATIVE));
    r->behind += values;
    most += values;
  }
  r->last = lua_gettop(L);
  if (r->last - arg >= most)
    r->last = bind_args_limit(L, arg, most, terminal->name);
  r->q = NULL;
  r->call.kernel = r->kept = NULL;
  r->targets = 0;
  bind_source_check(L, 1, &r->source);
  r->columns = bind_source_columns(&r->source);
  r->brief = !told && bind_source_work(&r->source) - 1 < BRIEF_WORK && !r->state->hosted;
  r->every = r->source.pipeline != NULL ? r->source.pipeline->every : 0;
  if (terminal->check != NULL)
    terminal->check(L, r);
}

void bind_run_check_call(lua_State *L, bind_run *r) {
  bind_call_check(L, r->arg, r->last, &r->call);
  bind_source_beside(&r->source, NULL, 0, r->call.constants, r->call.n);
}

void bind_run_check_fold(lua_State *L, bind_run *r) {
  r->given = !lua_isnoneornil(L, r->behind);
  if (r->given) {
    r->init = bind_value_check(L, r->behind);
    bind_source_beside(&r->source, NULL, 0, &r->init, 1);
  }
  r->call.kernel = bind_kernel_check(L, r->arg);
}

void bind_run_take(lua_State *L, bind_run *r) {
  tine_pool *const here = bind_run_expect(L, r->state, &r->source);
  expect_still(L, r->state, NULL, r->call.kernel);
  const bool bound = r->source.pipeline != NULL && r->source.pipeline->bound;
  r->on = bound ? bind_pool_bound(L, r->source.index) : here != NULL ? bind_pool_installed(L) : NULL;
  r->pool = bound ? r->on->pool : here;
  if (r->terminal->take != NULL)
    r->terminal->take(L, r);
  r->p = take_on(&r->source, bound ? NULL : r->pool);
}

static void run_give_back(bind_run *r) {
  tine_pipeline_release(r->p);
  tine_pipeline_release(r->q);
  tine_kernel_release(r->kept);
  for (size_t i = 0; i < r->targets; i++)
    tine_array_release(r->arrays[i]);
  r->p = r->q = NULL;
  r->kept = NULL;
  bind_limit_end(r->state);
}

static void watch_begin(const bind_run *r, bind_watch *w) {
  w->loan = bind_run_loan(r);
  bind_watch_set(w);
}

/* There was no memory for the arrays it makes: once more without what is garbage. Finalisers may close anything, the
   pool it ran on, too, so all is taken anew; that may raise. */
static tine_status run_again(lua_State *L, bind_run *r, bind_watch *w, tine_error *err) {
  const bool watched = w->set;
  run_give_back(r);
  bind_watch_close(w);
  w->set = false;
  if (!bind_pressure_again(L, err))
    return TINE_ENOMEM;
  bind_run_take(L, r);
  r->kept = tine_kernel_retain(r->call.kernel);
  if (watched)
    watch_begin(r, w);
  return r->terminal->run(r, err);
}

int bind_run_method(lua_State *L) {
  const bind_terminal *terminal = lua_touserdata(L, lua_upvalueindex(2));
  tine_status status;
  bind_arrays to;
  tine_error err;
  bind_watch w;
  unsigned made;
  bind_run r;
  bind_run_check(L, &r, terminal, 2);
  made = bind_run_makes(&r);
  if (made > 0)
    bind_arrays_open(L, &to, made);
  bind_watch_open(L, &w, r.state, 1, r.every);
  bind_run_take(L, &r);
  r.kept = tine_kernel_retain(r.call.kernel);
  if (!r.brief || w.progress.told)
    watch_begin(&r, &w);
  status = terminal->run(&r, &err);
  if (status == TINE_ENOMEM && made > 0 && !w.failed)
    status = run_again(L, &r, &w, &err);
  run_give_back(&r);
  bind_watch_close(&w);
  if (status != TINE_OK)
    return bind_watch_fail(L, &w, &err);
  return made > 0 ? bind_arrays_close(L, &to, r.arrays) : terminal->push(L, &r);
}
