/*
** Broadcasts: a task for every thread, by a call for each worker (calls.h).
*/
#include "../base/error.h"
#include "../base/memory.h"
#include "calls.h"
#include "enter.h"
#include "inside.h"

typedef struct broadcast {
  ti_calls calls;
  bool refused;
} broadcast;

/* Was this run made by a task of its own pool, perhaps through tasks of others on other threads? */
static bool in_another_run(const ti_operation *op) {
  const ti_operation *outer = op->outer;
  while (outer != NULL && outer->pool != op->pool)
    outer = outer->outer;
  return outer != NULL;
}

static void broadcast_task(tine_ctx *ctx, void *arg) {
  broadcast *const b = arg;
  ti_calls *const all = &b->calls;
  tine_pool *const pool = tine_ctx_pool(ctx);
  all->operation = ti_frame_of(ctx)->operation;
  b->refused = in_another_run(all->operation);
  ti_assert(all->operation->pool == pool && ti_pool_threads(pool) > 0);
  all->count = ti_pool_threads(pool) - 1;
  if (b->refused)
    return;
  if (all->count > 0)
    all->each = ti_alloc(all->count * sizeof *all->each, _Alignof(ti_call));
  if (all->count > 0 && all->each == NULL) {
    tine_fail(ctx, TINE_ENOMEM, 0, NULL);
    return;
  }
  if (all->count > 0) /* else nobody is there; in the child of a fork not even to give back the locks */
    ti_calls_begin(all, pool);
  all->fn(ctx, all->arg);
  if (all->count > 0)
    ti_calls_await(all, pool);
  ti_free(all->each, all->count * sizeof *all->each, _Alignof(ti_call));
}

tine_status tine_broadcast(tine_pool *pool, tine_task *fn, void *arg, tine_error *err) {
  broadcast b = {.calls = {.fn = fn, .arg = arg}};
  tine_status status;
  if (fn == NULL)
    return ti_error_set(err, TINE_EINVAL, "no task to run");
  ti_parker_init(&b.calls.parker);
  status = ti_enter(pool, broadcast_task, &b, err);
  ti_parker_destroy(&b.calls.parker);
  if (b.refused)
    return ti_error_set(err, TINE_EINVAL, "a task cannot broadcast to its own pool, whose workers may wait for it");
  return status;
}
