/*
** What a pool must not do: use a processor while there is nothing to do, wake threads for small work, keep work to
** itself while a thread is idle. Counted, not timed: how fast that makes it is for spec/bench/latency.lua to say.
*/
#include "../../core/base/atomics.h"
#include "../../core/base/thread.h"
#include "../../core/pool/inside.h"
#include "../../core/tine.h"
#include "check.h"
#include "pools.h"

static void fib(tine_ctx *ctx, void *arg) {
  long *f = arg;
  const long n = *f;
  long x = n - 1, y = n - 2;
  if (n < 2)
    return;
  tine_join(ctx, fib, &x, fib, &y);
  *f = x + y;
}

static void nothing(tine_ctx *ctx, void *arg) {
  (void)ctx, (void)arg;
}

/* Waits until n threads sleep with no limit, the pool's workers among them, and none of these was woken since: then
   they use no processor until somebody does. */
static bool asleep(const tine_pool *pool, uint64_t n) {
  double end = 0;
  while (ti_sleep_searching(&pool->sleep) || ti_sleep_idle(&pool->sleep) != tine_pool_threads(pool) - 1 ||
         (ti_used(TI_USED_PARKED) != n && TI_TESTING))
    if (!patient(&end))
      return false;
  return true;
}

/* After work of any length every worker comes to sleep, and nothing stirs from then on. */
static void idle_pools_use_no_processor(void) {
  const uint64_t before = ti_used(TI_USED_PARKED);
  tine_pool *pool = new_pool(8);
  for (long n = 0; n <= 20; n += 5) {
    long f = n;
    uint64_t locks, naps, clocks;
    CHECK_INT(tine_pool_run(pool, fib, &f, NULL), TINE_OK);
    CHECK_STOP(asleep(pool, before + 7));
    locks = ti_used(TI_USED_LOCK), naps = ti_used(TI_USED_NAP), clocks = ti_used(TI_USED_CLOCK);
    nap_us(10000); /* in which they could */
    CHECK_INT(ti_used(TI_USED_LOCK), locks);
    CHECK_INT(ti_used(TI_USED_NAP), naps);
    CHECK_INT(ti_used(TI_USED_CLOCK), clocks);
    CHECK_INT(ti_used(TI_USED_PARKED), before + 7);
  }
  tine_pool_destroy(pool);
}

/* What they do they do alone, without a lock. */
static void small_runs_wake_nobody(void) {
  const uint64_t before = ti_used(TI_USED_PARKED);
  tine_pool *pool = new_pool(3);
  tine_pipeline *p = tine_on(tine_range(1, 1000, 1), pool);
  tine_value sum;
  uint64_t wakes, locks;
  CHECK(asleep(pool, before + 2));
  wakes = ti_used(TI_USED_WAKE);
  locks = ti_used(TI_USED_LOCK);
  for (int i = 0; i < 2000; i++) {
    CHECK_STOP(tine_sum(p, &sum, NULL) == TINE_OK && sum.as.i == 500500);
    CHECK_STOP(tine_pool_run(pool, nothing, NULL, NULL) == TINE_OK);
  }
  CHECK_INT(ti_used(TI_USED_WAKE), wakes);
  CHECK_INT(ti_used(TI_USED_LOCK), locks);
  CHECK_INT(ti_used(TI_USED_PARKED), before + 2);
  tine_pipeline_release(p);
  tine_pool_destroy(pool);
}

/* A pool of two. The worker is busy when the caller forks, so the fork stays private; then the caller is busy, and the
   worker free: it must get what was forked though the caller neither forks nor joins. */
typedef struct keeper {
  atomic_uint started, released, done, late;
} keeper;

static void await(keeper *k, atomic_uint *word) {
  if (!reaches(word, 1))
    ti_add_relaxed(&k->late, 1u);
}

static void keep_worker_busy(tine_ctx *ctx, void *arg) {
  keeper *k = arg;
  (void)ctx;
  ti_add_acqrel(&k->started, 1u); /* pairs with reaches, as all additions here */
  await(k, &k->released);
}

static void release_and_wait(tine_ctx *ctx, void *arg) {
  keeper *k = arg;
  (void)ctx;
  ti_add_acqrel(&k->released, 1u);
  await(k, &k->done);
}

static void finish(tine_ctx *ctx, void *arg) {
  (void)ctx;
  ti_add_acqrel(&((keeper *)arg)->done, 1u);
}

static void fork_while_busy(tine_ctx *ctx, void *arg) {
  keeper *k = arg;
  await(k, &k->started);
  tine_join(ctx, release_and_wait, k, finish, k);
}

static void keeper_task(tine_ctx *ctx, void *arg) {
  tine_join(ctx, fork_while_busy, arg, keep_worker_busy, arg);
}

static void nothing_is_kept_from_the_idle(void) {
  tine_pool *pool = new_pool(2);
  const bool exposes = ti_thread_fence_all();
  for (int round = 0; round < 50 && exposes; round++) {
    keeper k = {0, 0, 0, 0};
    CHECK_INT(tine_pool_run(pool, keeper_task, &k, NULL), TINE_OK);
    CHECK_STOP(k.late == 0);
  }
  tine_pool_destroy(pool);
}

/* The same, for a joiner that waits for the thread that keeps something. */
static void keep_and_wait(tine_ctx *ctx, void *arg) {
  keeper *k = arg;
  ti_add_acqrel(&k->started, 1u);
  tine_join(ctx, release_and_wait, k, finish, k);
}

static void wait_for_start(tine_ctx *ctx, void *arg) {
  keeper *k = arg;
  (void)ctx;
  await(k, &k->started);
}

static void joiner_task(tine_ctx *ctx, void *arg) {
  tine_join(ctx, wait_for_start, arg, keep_and_wait, arg);
}

static void nothing_is_kept_from_joiners(void) {
  tine_pool *pool = new_pool(2);
  const bool exposes = ti_thread_fence_all();
  for (int round = 0; round < 50 && exposes; round++) {
    keeper k = {0, 0, 0, 0};
    CHECK_INT(tine_pool_run(pool, joiner_task, &k, NULL), TINE_OK);
    CHECK_STOP(k.late == 0);
  }
  tine_pool_destroy(pool);
}

CHECK_SUITE(quiet, CHECK_CASE(idle_pools_use_no_processor), CHECK_CASE(small_runs_wake_nobody),
            CHECK_CASE(nothing_is_kept_from_the_idle), CHECK_CASE(nothing_is_kept_from_joiners))
