/*
** What a pool must not do: use a processor while there is nothing to do, wake threads for small work, keep work to itself
** while a thread is idle. Where a test measures, load on the machine can only help it to pass.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <time.h>
#include <unistd.h>

#include "../../core/base/atomics.h"
#include "../../core/base/thread.h"
#include "../../core/tine.h"
#include "check.h"
#include "pools.h"

#if defined(__SANITIZE_THREAD__)
#define MEASURED 0 /* its own threads and waits would be counted, too */
#else
#define MEASURED (!TI_HOSTILE)
#endif

static double seconds(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* How often the other threads of this process went to sleep so far. */
static long sleeps(void) {
  DIR *tasks = opendir("/proc/self/task");
  const struct dirent *entry;
  long sum = 0, n;
  while (tasks != NULL && (entry = readdir(tasks)) != NULL) {
    char path[300], line[200];
    FILE *status;
    if (entry->d_name[0] == '.' || atol(entry->d_name) == (long)getpid())
      continue;
    snprintf(path, sizeof path, "/proc/self/task/%s/status", entry->d_name);
    status = fopen(path, "r");
    while (status != NULL && fgets(line, sizeof line, status) != NULL)
      if (sscanf(line, "voluntary_ctxt_switches: %ld", &n) == 1)
        sum += n;
    if (status != NULL)
      fclose(status);
  }
  if (tasks != NULL)
    closedir(tasks);
  return sum;
}

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

static void idle_pools_use_no_processor(void) {
  tine_pool *pool = new_pool(4);
  for (int round = 0; round < 3; round++) {
    long f = 20;
    double used;
    CHECK_INT(tine_pool_run(pool, fib, &f, NULL), TINE_OK);
    nap_us(round == 0 ? 100000 : 12000); /* the first time threads may be still starting */
    used = seconds(CLOCK_PROCESS_CPUTIME_ID);
    nap_us(150000);
    used = seconds(CLOCK_PROCESS_CPUTIME_ID) - used;
    CHECK(used < 0.002 || !MEASURED);
  }
  tine_pool_destroy(pool);
}

static void small_runs_wake_nobody(void) {
  tine_pool *pool = new_pool(3);
  tine_pipeline *p = tine_on(tine_range(1, 1000, 1), pool);
  tine_value sum;
  long before;
  nap_us(100000);
  before = sleeps();
  for (int i = 0; i < 2000; i++) {
    CHECK_STOP(tine_sum(p, &sum, NULL) == TINE_OK && sum.as.i == 500500);
    CHECK_STOP(tine_pool_run(pool, nothing, NULL, NULL) == TINE_OK);
  }
  nap_us(5000);
  CHECK(sleeps() == before || !MEASURED);
  tine_pipeline_release(p);
  tine_pool_destroy(pool);
}

/* Forks of a quarter of a microsecond in all, again and again: they are not worth a second processor, nor a system call
   each. A worker may look what there is now and then. */
static void tiny_runs_stay_alone(void) {
  tine_pool *pool = new_pool(2);
  const double start = seconds(CLOCK_MONOTONIC), used = seconds(CLOCK_PROCESS_CPUTIME_ID);
  const long before = sleeps();
  long runs = 0;
  double wall;
  while (seconds(CLOCK_MONOTONIC) - start < 0.4)
    for (int i = 0; i < 100; i++, runs++) {
      long f = 10;
      CHECK_STOP(tine_pool_run(pool, fib, &f, NULL) == TINE_OK && f == 55);
    }
  wall = seconds(CLOCK_MONOTONIC) - start;
  CHECK(seconds(CLOCK_PROCESS_CPUTIME_ID) - used < 1.3 * wall || !MEASURED);
  CHECK((double)(sleeps() - before) < 2000 * wall + 100 || !MEASURED);
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
            CHECK_CASE(tiny_runs_stay_alone), CHECK_CASE(nothing_is_kept_from_the_idle),
            CHECK_CASE(nothing_is_kept_from_joiners))
