/*
** Broadcasts: a task for every thread, by a call for each worker. A worker has a list of calls, which it looks at when
** it has nothing else to do; so one that waits in a join is called later, and a call can never be what a joiner is kept
** waiting by. README.md, section 6.
*/
#include "../base/error.h"
#include "../base/memory.h"
#include "inside.h"

typedef struct broadcast {
  tine_task *fn;
  void *arg;
  ti_operation *operation;
  bool refused;
  unsigned count;      /* of the workers that are called, the pool's first */
  unsigned unfinished; /* under the spawn lock, as the lists */
  ti_parker parker;    /* of whoever waits for them */
  ti_call *each;       /* owned by whoever waits, one a worker */
} broadcast;

/* The worker's part. */
static void answer(ti_worker *w, void *arg) {
  broadcast *const b = arg;
  ti_worker_renew(w);
  ti_frame_run(&w->stack->slots[0], b->operation, b->fn, b->arg);
  ti_mutex_lock(&w->pool->spawn_lock);
  if (--b->unfinished == 0)
    ti_parker_unpark(&b->parker); /* in the lock: afterwards they may be gone */
  ti_mutex_unlock(&w->pool->spawn_lock);
}

/* At the end of the list: calls are answered in the order they were made. */
static void call_worker(ti_worker *w, ti_call *c) {
  ti_call **link = &w->calls;
  while (*link != NULL)
    link = &(*link)->next;
  c->next = NULL;
  *link = c;
  ti_store_release(&w->called, true); /* pairs with the acquire in loop.c */
}

static void call_workers(broadcast *b, tine_pool *pool) {
  ti_mutex_lock(&pool->spawn_lock);
  b->unfinished = b->count;
  for (unsigned i = 0; i < b->count; i++) {
    b->each[i].run = answer;
    b->each[i].arg = b;
    call_worker(&pool->records[i], &b->each[i]);
  }
  ti_mutex_unlock(&pool->spawn_lock);
  ti_sleep_wake_all(&pool->sleep);
  for (unsigned i = 0; i < b->count; i++)
    ti_parker_unpark(&pool->records[i].parker); /* a worker that rests */
}

/* Returns when all have answered. */
static void await_workers(broadcast *b, tine_pool *pool) {
  ti_mutex_lock(&pool->spawn_lock);
  while (b->unfinished > 0) {
    ti_mutex_unlock(&pool->spawn_lock);
    ti_parker_park(&b->parker);
    ti_mutex_lock(&pool->spawn_lock);
  }
  ti_mutex_unlock(&pool->spawn_lock);
}

/* Was this run made by a task of its own pool, perhaps through tasks of others on other threads? */
static bool in_another_run(const ti_operation *op) {
  const ti_operation *outer = op->outer;
  while (outer != NULL && outer->pool != op->pool)
    outer = outer->outer;
  return outer != NULL;
}

static void broadcast_task(tine_ctx *ctx, void *arg) {
  broadcast *const b = arg;
  tine_pool *const pool = tine_ctx_pool(ctx);
  b->operation = ti_frame_of(ctx)->operation;
  b->refused = in_another_run(b->operation);
  ti_assert(b->operation->pool == pool && ti_pool_threads(pool) > 0);
  b->count = ti_pool_threads(pool) - 1;
  if (b->refused)
    return;
  if (b->count == 0) { /* nobody is there; in the child of a fork not even to give back the locks */
    b->fn(ctx, b->arg);
    return;
  }
  b->each = ti_alloc(b->count * sizeof *b->each, _Alignof(ti_call));
  if (b->each == NULL) {
    tine_fail(ctx, TINE_ENOMEM, 0, NULL);
    return;
  }
  call_workers(b, pool);
  b->fn(ctx, b->arg);
  await_workers(b, pool);
  ti_free(b->each, b->count * sizeof *b->each, _Alignof(ti_call));
}

tine_status tine_broadcast(tine_pool *pool, tine_task *fn, void *arg, tine_error *err) {
  broadcast b = {.fn = fn, .arg = arg};
  tine_status status;
  if (fn == NULL)
    return ti_error_set(err, TINE_EINVAL, "no task to run");
  ti_parker_init(&b.parker);
  status = ti_enter(pool, broadcast_task, &b, err);
  ti_parker_destroy(&b.parker);
  if (b.refused)
    return ti_error_set(err, TINE_EINVAL, "a task cannot broadcast to its own pool, whose workers may wait for it");
  return status;
}
