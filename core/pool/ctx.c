/*
** Contexts: where a task runs. The contexts of a thread form a chain on its stack, innermost first; the head is the
** only thread-local variable of the engine. Tasks are given their context, so that only entering a pool looks here.
*/
#include "pool.h"

#include "inside.h"

static _Thread_local tine_ctx *innermost;

void ti_ctx_enter(tine_ctx *ctx, tine_pool *pool, ti_worker *worker, ti_operation *operation) {
  ctx->pool = pool;
  ctx->worker = worker;
  ctx->operation = operation;
  ctx->outer = innermost;
  innermost = ctx;
}

void ti_ctx_leave(const tine_ctx *ctx) {
  innermost = ctx->outer;
}

tine_ctx *ti_ctx_current(void) {
  return innermost;
}

const tine_ctx *ti_ctx_inside(const tine_pool *pool) {
  const tine_ctx *ctx = innermost;
  while (ctx != NULL && ctx->pool != pool)
    ctx = ctx->outer;
  return ctx;
}

bool ti_ctx_wanted(const tine_ctx *ctx) {
  ti_worker *const w = ctx->worker;
  if (w == NULL)
    return false;
#if TI_HOSTILE
  if (ti_worker_random(w) % 4 == 0)
    return true;
#endif
  return ti_load_relaxed(&w->asked) > 0 || ti_sleep_hungry(&w->pool->sleep); /* relaxed: a hint */
}

unsigned tine_worker_index(const tine_ctx *ctx) {
  return ctx->worker != NULL ? ctx->worker->index : 0;
}

tine_pool *tine_ctx_pool(const tine_ctx *ctx) {
  return ctx->pool;
}
