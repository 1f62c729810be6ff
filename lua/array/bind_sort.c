/*
** Order: sorted and top of pipelines; sort, argsort and reverse of arrays, which run where pipelines that are bound to
** no pool do: in the innermost install, say.
*/
#include "../run/bind_pool.h"
#include "../run/bind_run.h"
#include "../state/bind_name.h"

/* An optional argument "asc" (the default) or "desc". */
static tine_order check_order(lua_State *L, int arg) {
  static const char *const names[] = {"asc", "desc", NULL};
  static const tine_order orders[] = {TINE_ASCENDING, TINE_DESCENDING};
  return orders[bind_option_check(L, arg, "asc", names)];
}

static void check_sorted(lua_State *L, bind_run *r) {
  r->order = check_order(L, r->arg);
}

static tine_status run_sorted(bind_run *r, tine_error *err) {
  return tine_sorted(r->p, r->order, r->arrays, err);
}

static void check_top(lua_State *L, bind_run *r) {
  r->k = bind_count_check(L, r->arg, 0);
}

static tine_status run_top(bind_run *r, tine_error *err) {
  return tine_top(r->p, r->k, r->arrays, err);
}

/* An operation on an array, as a task: so it runs on the task's pool. */
typedef struct array_work {
  tine_array *array, *out;
  tine_order order;
  tine_error *err;
  tine_status status;
} array_work;

static void work_sort(tine_ctx *ctx, void *arg) {
  array_work *work = arg;
  (void)ctx;
  work->status = tine_array_sort(work->array, work->order, work->err);
}

static void work_argsort(tine_ctx *ctx, void *arg) {
  array_work *work = arg;
  (void)ctx;
  work->status = tine_array_argsort(work->array, work->order, &work->out, work->err);
}

static void work_reverse(tine_ctx *ctx, void *arg) {
  array_work *work = arg;
  (void)ctx;
  work->status = tine_array_reverse(work->array, work->err);
}

/* Runs the task on the pool of bind_pool_here; called directly, it uses the default pool. Raises if the work failed; if
   it was ended from outside returns how many results were pushed, else 0. */
static int run_work(lua_State *L, tine_task *task, array_work *work, bool writes) {
  bind_state *state = bind_state_get(L);
  tine_pool *pool = bind_pool_here(L);
  tine_error err;
  tine_status status = TINE_OK;
  bind_watch w;
  work->err = &err;
  bind_watch_open(L, &w, state, 0, 0);
  w.loan = bind_loan_of(NULL, NULL, &work->array, writes ? 1 : 0);
  w.loan.array = work->array;
  tine_array_retain(work->array); /* a hook may close its handle */
  bind_watch_set(&w);
  bind_limit_enter(state);
  if (pool != NULL)
    status = tine_pool_run(pool, task, work, &err);
  else
    task(NULL, work);
  bind_limit_leave(state);
  bind_watch_close(&w);
  tine_array_release(work->array);
  return status != TINE_OK || work->status != TINE_OK ? bind_watch_fail(L, &w, &err) : 0;
}

/* Likewise; the result is the array itself, which is at 1. */
static int run_work_in_place(lua_State *L, tine_task *task, array_work *work) {
  const int failed = run_work(L, task, work, true);
  if (failed > 0)
    return failed;
  lua_settop(L, 1);
  return 1;
}

static int array_sort(lua_State *L) {
  array_work work = {.array = bind_array_check_writable(L, 1)->array, .order = check_order(L, 2)};
  return run_work_in_place(L, work_sort, &work);
}

static int array_argsort(lua_State *L) {
  array_work work = {0};
  bind_arrays to;
  int failed;
  bind_array_check_readable(L, 1);
  work.order = check_order(L, 2);
  bind_arrays_open(L, &to, 1);
  work.array = bind_array_check_readable(L, 1)->array;
  failed = run_work(L, work_argsort, &work, false);
  return failed > 0 ? failed : bind_arrays_close(L, &to, &work.out);
}

static int array_reverse(lua_State *L) {
  array_work work = {.array = bind_array_check_writable(L, 1)->array};
  return run_work_in_place(L, work_reverse, &work);
}

const bind_terminal bind_sort_terminals[] = {{"sorted", 1, .check = check_sorted, .run = run_sorted, .each = 1},
                                             {"top", 1, .check = check_top, .run = run_top, .each = 1},
                                             {.name = NULL}};

const bind_export bind_sort_array_methods[] = {
    {"sort", array_sort, 1}, {"argsort", array_argsort, 1}, {"reverse", array_reverse, 0}, {NULL, NULL, 0}};
