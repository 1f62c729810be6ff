/*
** Pools beside and inside of each other, and hosts that do unusual things to them: cancelled runs around a pipeline,
** broadcasts that come back through another pool, a slow start hook, a floating-point environment of the host's own,
** work that gets heavier than it was, a fork in the middle of a run.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fenv.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../core/tine.h"
#include "check.h"
#include "pools.h"

/* A pipeline on one pool, in a cancelled task of another. */
static void sum_after_cancel(tine_ctx *ctx, void *arg) {
  tine_pool *other = arg;
  for (uint64_t max_len = 512; max_len <= 1024; max_len += 512) {
    tine_pipeline *p = tine_on(tine_max_len(tine_range(1, 8192, 1), max_len), other);
    tine_value sum = {.dtype = TINE_NONE};
    tine_cancel(ctx);
    CHECK_INT(tine_sum(p, &sum, NULL), TINE_ECANCELED);
    tine_pipeline_release(p);
  }
}

static void pipelines_in_cancelled_runs_end(void) {
  tine_pool *one = new_pool(2), *other = new_pool(2);
  for (int round = 0; round < 20; round++)
    CHECK_INT(tine_pool_run(one, sum_after_cancel, other, NULL), TINE_ECANCELED);
  tine_pool_destroy(one);
  tine_pool_destroy(other);
}

/* A broadcast to a pool by a task of it, by way of another pool: on the same thread, and if it is stolen on another. */
typedef struct detour {
  tine_pool *home, *away;
  _Atomic unsigned refused;
} detour;

static void nothing(tine_ctx *ctx, void *arg) {
  (void)ctx, (void)arg;
}

static void call_home(tine_ctx *ctx, void *arg) {
  detour *d = arg;
  (void)ctx;
  nap_us(1000);
  d->refused += tine_broadcast(d->home, nothing, NULL, NULL) == TINE_EINVAL;
}

static void fork_away(tine_ctx *ctx, void *arg) {
  tine_join(ctx, call_home, arg, call_home, arg);
}

static void go_away(tine_ctx *ctx, void *arg) {
  (void)ctx;
  CHECK_INT(tine_pool_run(((detour *)arg)->away, fork_away, arg, NULL), TINE_OK);
}

static void fork_home(tine_ctx *ctx, void *arg) {
  tine_join(ctx, go_away, arg, go_away, arg);
}

static void broadcasts_know_where_they_come_from(void) {
  detour d = {new_pool(2), new_pool(2), 0};
  for (int round = 0; round < 5; round++)
    CHECK_INT(tine_pool_run(d.home, fork_home, &d, NULL), TINE_OK);
  CHECK_INT(d.refused, 20);
  tine_pool_destroy(d.home);
  tine_pool_destroy(d.away);
}

/* A hook that takes its time on one worker must not keep the other asleep. */
static _Atomic unsigned hook_may_end;

static void slow_on_second(void *arg, unsigned worker) {
  (void)arg;
  if (worker == 2)
    reaches(&hook_may_end, 1);
}

typedef struct meeting {
  _Atomic unsigned arrived;
} meeting;

static void meet(tine_ctx *ctx, void *arg) {
  meeting *m = arg;
  (void)ctx;
  m->arrived++;
  CHECK(reaches(&m->arrived, 2));
}

static void two_meet(tine_ctx *ctx, void *arg) {
  tine_join(ctx, meet, arg, meet, arg);
}

static void slow_hooks_keep_nobody_waiting(void) {
  const tine_pool_options options = {.size = sizeof options, .threads = 3, .on_start = slow_on_second};
  tine_pool *pool = NULL;
  meeting m = {0};
  hook_may_end = 0;
  CHECK_INT(tine_pool_create(&pool, &options, NULL), TINE_OK);
  nap_us(20000);
  CHECK_INT(tine_pool_run(pool, two_meet, &m, NULL), TINE_OK);
  hook_may_end = 1;
  tine_pool_destroy(pool);
}

/* A reduction gives the bits of round-to-nearest, whatever the caller has chosen, and leaves him that. */
static void add_init(void *acc, void *env) {
  (void)env;
  *(double *)acc = 0;
}

static tine_status add_fold(tine_ctx *ctx, void *acc, uint64_t lo, uint64_t hi, void *env) {
  volatile double *sum = acc;
  (void)ctx, (void)env;
  for (; lo < hi; lo++)
    *sum += 1.0 / (double)(lo + 1);
  return TINE_OK;
}

static void add_combine(void *acc, void *right, void *env) {
  volatile double *sum = acc;
  (void)env;
  *sum += *(double *)right;
}

static void reductions_round_as_ever(void) {
  static const tine_reducer adder = {sizeof(double), 100, add_init, add_fold, add_combine, NULL};
  const int had = fegetround();
  double want = 0;
  for (unsigned threads = 1; threads <= 3; threads++) {
    tine_pool *pool = new_pool(threads);
    for (int round = 0; round < 8; round++) {
      double got = 0;
      fesetround(round % 2 == 0 ? FE_TONEAREST : FE_UPWARD);
      CHECK_INT(tine_parallel_reduce(pool, 100000, &adder, NULL, &got, NULL), TINE_OK);
      CHECK_INT(fegetround(), round % 2 == 0 ? FE_TONEAREST : FE_UPWARD);
      fesetround(had);
      if (threads == 1 && round == 0)
        want = got;
      CHECK_F64(got, want);
    }
    tine_pool_destroy(pool);
  }
}

/* Work that gets heavier: what was measured first must not decide for all. */
static tine_status climb(tine_ctx *ctx, void *acc, uint64_t lo, uint64_t hi, void *env) {
  for (; lo < hi; lo++) {
    if (lo >= 32)
      nap_us(2000);
    ((_Atomic unsigned *)env)[tine_worker_index(ctx) % 2]++;
    ++*(double *)acc;
  }
  return TINE_OK;
}

static void reductions_notice_that_work_grows(void) {
  static const tine_reducer climber = {sizeof(double), 1, add_init, climb, add_combine, NULL};
  _Atomic unsigned leaves[2] = {0, 0};
  tine_pool *pool = new_pool(2);
  double got = 0, end = 0;
  do { /* a worker may come too late where others keep the processors */
    CHECK_INT(tine_parallel_reduce(pool, 128, &climber, leaves, &got, NULL), TINE_OK);
    CHECK_F64(got, 128.0);
  } while ((leaves[0] == 0 || leaves[1] == 0) && patient(&end));
  CHECK(leaves[0] > 0 && leaves[1] > 0);
  tine_pool_destroy(pool);
}

/* Two closures keep both workers: one only waits, the other forks late what only the thread that waits for the scope
   can run, and waits for that. Whichever was begun first. */
typedef struct helpless {
  _Atomic unsigned begun, helped, late;
} helpless;

static void wait_for_help(tine_ctx *ctx, void *arg) {
  helpless *h = arg;
  (void)ctx;
  h->begun++;
  h->late += !reaches(&h->helped, 1);
}

static void await_help(tine_ctx *ctx, void *arg) {
  helpless *h = arg;
  (void)ctx;
  h->late += !reaches(&h->helped, 1);
}

static void help(tine_ctx *ctx, void *arg) {
  (void)ctx;
  ((helpless *)arg)->helped++;
}

static void fork_late(tine_ctx *ctx, void *arg) {
  helpless *h = arg;
  h->begun++;
  h->late += !reaches(&h->begun, 2);
  nap_us(3000); /* by now who waits for the scope is asleep */
  tine_join(ctx, await_help, h, help, h);
}

static void spawn_both(tine_ctx *ctx, void *arg) {
  helpless *h = arg;
  const tine_closure waits = {.fn = wait_for_help, .env = h}, forks = {.fn = fork_late, .env = h};
  tine_spawn(ctx, &waits);
  tine_spawn(ctx, &forks);
  h->late += !reaches(&h->begun, 2);
}

static void spawn_both_reversed(tine_ctx *ctx, void *arg) {
  helpless *h = arg;
  const tine_closure waits = {.fn = wait_for_help, .env = h}, forks = {.fn = fork_late, .env = h};
  tine_spawn(ctx, &forks);
  tine_spawn(ctx, &waits);
  h->late += !reaches(&h->begun, 2);
}

static void waiting_scopes_take_part(void) {
  tine_pool *pool = new_pool(3);
  for (int round = 0; round < 20; round++) {
    helpless h = {0, 0, 0};
    CHECK_INT(tine_pool_run(pool, round % 2 == 0 ? spawn_both : spawn_both_reversed, &h, NULL), TINE_OK);
    CHECK_INT(h.late, 0);
  }
  tine_pool_destroy(pool);
}

/* A child made in the middle of a run goes on with it, without the workers, and on all of its processors. */
static void fib(tine_ctx *ctx, void *arg) {
  long *f = arg;
  const long n = *f;
  long x = n - 1, y = n - 2;
  if (n < 2)
    return;
  tine_join(ctx, fib, &x, fib, &y);
  *f = x + y;
}

static int processors(void) {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
}

static void fork_in_task(tine_ctx *ctx, void *arg) {
  const int had = processors();
  const pid_t child = fork();
  int status = 1;
  (void)arg;
  if (child == 0) {
    long f = 12;
    alarm((unsigned)PATIENCE);
    fib(ctx, &f);
    _exit(f == 144 && processors() == had ? 7 : 1);
  }
  CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

static void children_go_on_with_a_run(void) {
  tine_pool *pool = new_pool(3);
  for (int round = 0; PLAIN && round < 40; round++) {
    long f = 15; /* so that workers are about to sleep */
    CHECK_INT(tine_pool_run(pool, fib, &f, NULL), TINE_OK);
    nap_us(round % 4 * 200);
    CHECK_INT(tine_pool_run(pool, fork_in_task, NULL, NULL), TINE_OK);
  }
  tine_pool_destroy(pool);
}

/* A loop whose items were cheap so far: the rest is no one block. */
static tine_status heavy_in_the_end(tine_ctx *ctx, uint64_t lo, uint64_t hi, void *env) {
  for (; lo < hi; lo++)
    if (lo >= 600) {
      nap_us(1000);
      ((_Atomic unsigned *)env)[tine_worker_index(ctx) % 2]++;
    }
  return TINE_OK;
}

static void loops_keep_something_to_share(void) {
  _Atomic unsigned heavy[2];
  tine_pool *pool = new_pool(2);
  double end = 0;
  do {
    heavy[0] = heavy[1] = 0;
    CHECK_INT(tine_parallel_for(pool, 1000, heavy_in_the_end, heavy, NULL), TINE_OK);
    CHECK_INT(heavy[0] + heavy[1], 400);
  } while ((heavy[0] == 0 || heavy[1] == 0) && patient(&end));
  CHECK(heavy[0] > 0 && heavy[1] > 0);
  tine_pool_destroy(pool);
}

CHECK_SUITE(api_unusual, CHECK_CASE(pipelines_in_cancelled_runs_end), CHECK_CASE(broadcasts_know_where_they_come_from),
            CHECK_CASE(slow_hooks_keep_nobody_waiting), CHECK_CASE(reductions_round_as_ever),
            CHECK_CASE(reductions_notice_that_work_grows), CHECK_CASE(waiting_scopes_take_part),
            CHECK_CASE(children_go_on_with_a_run), CHECK_CASE(loops_keep_something_to_share))
