/*
** The contract of pools in core/tine.h: options and hooks, where tasks run, pools inside pools, several threads inside
** one, pipelines that run on one, and the default pool with those who hold it.
*/
#include <sched.h>

#include "../../core/tine.h"
#include "check.h"
#include "pools.h"

/* ===== Options and hooks ===== */

static void pools_have_the_threads_they_ask_for(void) {
  tine_pool *pool = NULL;
  tine_error err = {.message = ""};
  CHECK_INT(tine_pool_create(&pool, NULL, NULL), TINE_OK);
  CHECK_INT(tine_pool_threads(pool), tine_default_threads());
  CHECK(tine_default_threads() >= 1);
  tine_pool_destroy(pool);
  for (unsigned n = 1; n <= 33; n *= 2) {
    char name[] = "a name of more than fifteen bytes";
    const tine_pool_options options = {.size = sizeof options, .threads = n, .name = name, .stack_size = 256 * 1024};
    CHECK_INT(tine_pool_create(&pool, &options, NULL), TINE_OK);
    name[0] = '\0'; /* copied */
    CHECK_INT(tine_pool_threads(pool), n);
    tine_pool_destroy(pool);
  }
  const tine_pool_options many = {.size = sizeof many, .threads = TINE_MAX_THREADS + 1};
  CHECK_INT(tine_pool_create(&pool, &many, &err), TINE_EINVAL);
  CHECK_INT(err.status, TINE_EINVAL);
  CHECK(err.message[0] != '\0');
  tine_pool_destroy(NULL);
}

static _Thread_local unsigned self; /* the worker whose thread this is, by on_start; 0 elsewhere */
static _Atomic unsigned started[16], stopped[16], wrong;

static void starts(void *arg, unsigned worker) {
  self = worker;
  wrong += arg != (void *)&wrong || worker < 1 || worker > 15;
  started[worker % 16]++;
}

static void stops(void *arg, unsigned worker) {
  wrong += arg != (void *)&wrong || self != worker;
  stopped[worker % 16]++;
}

typedef struct place {
  int depth;
  tine_pool *pool;
  _Atomic unsigned *tasks;
} place;

/* On a worker the index is that of the hook; on the calling thread it is 0. */
static void look_around(tine_ctx *ctx, void *arg) {
  place *p = arg, next = {p->depth - 1, p->pool, p->tasks};
  wrong += tine_worker_index(ctx) != self || tine_ctx_pool(ctx) != p->pool;
  ++*p->tasks;
  if (p->depth > 0)
    tine_join(ctx, look_around, &next, look_around, &next);
}

static void hooks_run_first_and_last_on_each_worker(void) {
  const tine_pool_options options = {
      .size = sizeof options, .threads = 6, .on_start = starts, .on_stop = stops, .hook_arg = &wrong};
  tine_pool *pool = NULL;
  _Atomic unsigned tasks = 0;
  for (int i = 0; i < 16; i++)
    started[i] = stopped[i] = 0;
  wrong = 0;
  CHECK_STOP(tine_pool_create(&pool, &options, NULL) == TINE_OK);
  const unsigned threads = tine_pool_threads(pool);
  CHECK_INT(tine_pool_run(pool, look_around, &(place){12, pool, &tasks}, NULL), TINE_OK);
  CHECK_INT(tasks, 8191);
  for (int i = 0; i < 16; i++)
    CHECK_INT(stopped[i], 0);
  tine_pool_destroy(pool);
  for (unsigned i = 0; i < 16; i++) {
    CHECK_INT(started[i], i >= 1 && i < threads);
    CHECK_INT(stopped[i], i >= 1 && i < threads);
  }
  CHECK_INT(wrong, 0);
}

/* ===== Runs inside runs ===== */

typedef struct nest {
  tine_pool *outer, *inner;
  _Atomic unsigned *tasks;
} nest;

static void note(tine_ctx *ctx, void *arg) {
  (void)ctx;
  ++*((nest *)arg)->tasks;
}

static void fails_at_9(tine_ctx *ctx, void *arg) {
  note(ctx, arg);
  tine_fail(ctx, TINE_EUSER, 9, "nine");
}

static void enters_both(tine_ctx *ctx, void *arg) {
  nest *n = arg;
  tine_error err = {.message = ""};
  tine_value sum;
  CHECK_INT(tine_pool_run(n->outer, note, n, NULL), TINE_OK); /* in place */
  CHECK_INT(tine_pool_run(n->inner, fails_at_9, n, &err), TINE_EUSER);
  CHECK_INT(err.item, 9);
  tine_pipeline *p = tine_on(tine_range(1, 300000, 1), n->inner);
  CHECK_INT(tine_sum(p, &sum, NULL), TINE_OK);
  CHECK_INT(sum.as.i, INT64_C(45000150000));
  tine_pipeline_release(p);
  p = tine_on(tine_range(1, 300000, 1), n->outer);
  CHECK_INT(tine_sum(p, &sum, NULL), TINE_OK);
  tine_pipeline_release(p);
  note(ctx, arg);
}

/* What fails in a run of another pool is that run's affair. */
static void runs_nest(void) {
  _Atomic unsigned tasks = 0;
  nest n = {new_pool(3), new_pool(2), &tasks};
  CHECK_INT(tine_pool_run(n.outer, enters_both, &n, NULL), TINE_OK);
  CHECK_INT(tasks, 3);
  tine_pool_destroy(n.outer);
  tine_pool_destroy(n.inner);
}

/* ===== Several threads inside ===== */

static tine_pool *entered;

static void fails_as_asked(tine_ctx *ctx, void *arg) {
  const uint64_t item = *(const uint64_t *)arg;
  tine_fail(ctx, (tine_status)(TINE_EUSER + item), item, "asked for");
}

static void fork_failures(tine_ctx *ctx, void *arg) {
  uint64_t item = *(const uint64_t *)arg, later = item + 50;
  tine_join(ctx, fails_as_asked, &later, fails_as_asked, &item);
}

/* Each run reports its own failure, not that of another thread inside the same pool. */
static void enters(void *arg, unsigned worker) {
  uint64_t item = worker;
  (void)arg;
  for (int round = 0; round < 200; round++) {
    tine_error err = {.message = ""};
    const tine_status status = tine_pool_run(entered, fork_failures, &item, &err);
    wrong += status != (tine_status)(TINE_EUSER + item) || err.item != item;
  }
}

static void any_number_of_threads_may_be_inside(void) {
  const tine_pool_options options = {.size = sizeof options, .threads = 7, .on_start = enters};
  tine_pool *threads = NULL;
  wrong = 0;
  entered = new_pool(3);
  CHECK_STOP(tine_pool_create(&threads, &options, NULL) == TINE_OK);
  enters(NULL, 40);
  tine_pool_destroy(threads);
  CHECK_INT(wrong, 0);
  tine_pool_destroy(entered);
}

/* ===== The default pool ===== */

static void the_default_pool_is_shared(void) {
  _Atomic unsigned tasks = 0;
  nest n = {NULL, NULL, &tasks};
  CHECK_INT(tine_pool_run(NULL, note, &n, NULL), TINE_OK); /* made for the run */
  tine_default_pool_hold();
  CHECK_INT(tine_pool_run(NULL, note, &n, NULL), TINE_OK);
  tine_pool *pool = tine_default_pool(NULL);
  CHECK(pool != NULL);
  CHECK(tine_default_pool(NULL) == pool);
  CHECK_INT(tine_pool_threads(pool), tine_default_threads());
  tasks = 0;
  CHECK_INT(tine_pool_run(NULL, look_around, &(place){5, pool, &tasks}, NULL), TINE_OK);
  CHECK_INT(tasks, 63);
  tine_default_pool_release();
  tine_default_pool_release();
  tasks = 0;
  CHECK_INT(tine_pool_run(pool, note, &n, NULL), TINE_OK); /* the first hold is still there */
  CHECK_INT(tasks, 1);
  tine_default_pool_release();
}

/* ===== Destroyed from inside ===== */

typedef struct end_inside {
  tine_pool *pool;
  bool deep, thief;
  _Atomic bool taken, cancelled;
} end_inside;

static void destroy_here(tine_ctx *ctx, void *arg) {
  end_inside *e = arg;
  e->taken = true;
  tine_pool_destroy(e->pool);
  e->cancelled = tine_stopped(ctx);
}

static void wait_for_a_thief(tine_ctx *ctx, void *arg) {
  end_inside *e = arg;
  (void)ctx;
  while (!e->taken)
    sched_yield();
}

static void destroy_inside(tine_ctx *ctx, void *arg) {
  end_inside *e = arg;
  if (e->deep)
    CHECK_INT(tine_pool_run(e->pool, destroy_here, e, NULL), TINE_ECANCELED);
  else if (e->thief)
    tine_join(ctx, wait_for_a_thief, e, destroy_here, e);
  else
    destroy_here(ctx, e);
}

static unsigned stopped_in_all(void) {
  unsigned sum = 0;
  for (int i = 0; i < 16; i++)
    sum += stopped[i];
  return sum;
}

/* By the caller, in a run inside of a run, and by a worker: the run is cancelled, and after it no thread is left. */
static void a_pool_destroyed_inside_ends_with_the_run(void) {
  for (int how = 0; how < 3; how++) {
    const tine_pool_options options = {
        .size = sizeof options, .threads = 3, .on_start = starts, .on_stop = stops, .hook_arg = (void *)&wrong};
    const unsigned before = stopped_in_all();
    end_inside e = {.deep = how == 1, .thief = how == 2};
    unsigned workers;
    CHECK_STOP(tine_pool_create(&e.pool, &options, NULL) == TINE_OK);
    workers = tine_pool_threads(e.pool) - 1;
    if (workers < 2)
      e.thief = false;
    CHECK_INT(tine_pool_run(e.pool, destroy_inside, &e, NULL), TINE_ECANCELED);
    CHECK(e.cancelled);
    CHECK_INT(stopped_in_all() - before, workers);
  }
}

CHECK_SUITE(api_pool, CHECK_CASE(pools_have_the_threads_they_ask_for),
            CHECK_CASE(hooks_run_first_and_last_on_each_worker), CHECK_CASE(runs_nest),
            CHECK_CASE(any_number_of_threads_may_be_inside), CHECK_CASE(the_default_pool_is_shared),
            CHECK_CASE(a_pool_destroyed_inside_ends_with_the_run))
