/*
** The rule of waiting: while it waits for a task, a thread runs that task's descendants and nothing else, so that a
** lock may be held around a run or a join.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <time.h>

#include "../../core/base/atomics.h"
#include "../../core/base/thread.h"
#include "../../core/tine.h"
#include "check.h"
#include "pools.h"

/*
** While it waits for b a thread runs b's descendants only. A task knows its parent; the thread notes for which task it
** is waiting, and looks at whatever starts then.
*/
typedef struct kin {
  const struct kin *parent;
  uint64_t seed;
  unsigned depth;
} kin;

typedef struct kin_join {
  kin left, right;
} kin_join;

static _Thread_local const kin *kin_awaited;
static atomic_uint kin_strangers;

static bool kin_descends(const kin *k, const kin *from) {
  while (k != NULL && k != from)
    k = k->parent;
  return k != NULL;
}

static void kin_task(tine_ctx *ctx, void *arg);

static void kin_first(tine_ctx *ctx, void *arg) {
  kin_join *j = arg;
  kin_task(ctx, &j->left);
  kin_awaited = &j->right;
}

static void kin_task(tine_ctx *ctx, void *arg) {
  kin *k = arg;
  const kin *const awaited = kin_awaited;
  if (awaited != NULL && !kin_descends(k, awaited))
    ti_add_relaxed(&kin_strangers, 1u);
  kin_awaited = NULL;
  if (k->depth > 0 && mix(k->seed) % 8 != 0) {
    kin_join j = {{k, mix(k->seed * 2), k->depth - 1}, {k, mix(k->seed * 2 + 1), k->depth - 1}};
    tine_join(ctx, kin_first, &j, kin_task, &j.right);
    kin_awaited = NULL;
  } else if (mix(k->seed + 1) % 4 == 0)
    nap_us(1 + (long)(k->seed % 60));
  kin_awaited = awaited;
}

typedef struct caller {
  tine_pool *pool;
  uint64_t seed;
  pthread_mutex_t *held;
  atomic_uint *deadlocks;
} caller;

static void kin_caller(void *arg) {
  caller *c = arg;
  for (unsigned round = 0; round < 15; round++) {
    kin root = {NULL, mix(c->seed + round), 7};
    tine_pool_run(c->pool, kin_task, &root, NULL);
  }
}

static void with_callers(void (*fn)(void *arg), caller *model, unsigned n) {
  ti_thread threads[20];
  caller callers[20];
  for (unsigned i = 0; i < n; i++) {
    callers[i] = *model;
    callers[i].seed = check_random();
    CHECK_INT(ti_thread_start(&threads[i], fn, &callers[i], "caller", 0), 0);
  }
  for (unsigned i = 0; i < n; i++)
    ti_thread_join(threads[i]);
}

static void waiting_runs_nothing_foreign(void) {
  for (unsigned threads = 2; threads <= 6; threads += 2) {
    caller c = {.pool = new_pool(threads)};
    kin_strangers = 0;
    with_callers(kin_caller, &c, 3);
    CHECK_INT(kin_strangers, 0);
    tine_pool_destroy(c.pool);
  }
}

/* A lock held around a run, or by a task around a join: a thread that waits must not pick up what wants the lock. */
static void locked_join(tine_ctx *ctx, void *arg);

static void locked_spread(tine_ctx *ctx, void *arg) {
  kin root = {NULL, (uint64_t)(uintptr_t)arg, 5};
  const kin *const awaited = kin_awaited;
  kin_awaited = NULL; /* the test at hand is another */
  kin_task(ctx, &root);
  kin_awaited = awaited;
}

static void locked_join(tine_ctx *ctx, void *arg) {
  caller *c = arg;
  if (pthread_mutex_lock(c->held) != 0) { /* an error-checking mutex: this thread has it already */
    ti_add_relaxed(c->deadlocks, 1u);
    return;
  }
  tine_join(ctx, locked_spread, c, locked_spread, c);
  pthread_mutex_unlock(c->held);
}

static void locked_pair(tine_ctx *ctx, void *arg) {
  tine_join(ctx, locked_join, arg, locked_join, arg);
}

static void locked_task(tine_ctx *ctx, void *arg) {
  tine_join(ctx, locked_pair, arg, locked_pair, arg);
}

static void caller_in_task(void *arg) {
  for (unsigned i = 0; i < 10; i++)
    tine_pool_run(((caller *)arg)->pool, locked_task, arg, NULL);
}

static void caller_around_run(void *arg) {
  caller *c = arg;
  for (unsigned i = 0; i < 10; i++) {
    pthread_mutex_lock(c->held);
    tine_pool_run(c->pool, locked_spread, c, NULL);
    pthread_mutex_unlock(c->held);
  }
}

static void locks_do_not_deadlock(void) {
  pthread_mutexattr_t attr;
  pthread_mutex_t held;
  atomic_uint deadlocks = 0;
  pthread_mutexattr_init(&attr);
  pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
  pthread_mutex_init(&held, &attr);
  for (unsigned threads = 2; threads <= 4; threads++) {
    caller c = {new_pool(threads), 0, &held, &deadlocks};
    with_callers(caller_in_task, &c, 4);
    with_callers(caller_around_run, &c, 4);
    tine_pool_destroy(c.pool);
  }
  CHECK_INT(deadlocks, 0);
  pthread_mutex_destroy(&held);
  pthread_mutexattr_destroy(&attr);
}

CHECK_SUITE(wait, CHECK_CASE(waiting_runs_nothing_foreign), CHECK_CASE(locks_do_not_deadlock))
