/*
** Terminals, sorts, tasks and jobs inside of a watch: beside what the thread is in the middle of, working or waiting
** for others, and nothing of it.
*/
#include <pthread.h>
#include <stdatomic.h>

#include "../../core/base/config.h"
#include "check.h"
#include "endless.h"
#include "pools.h"

typedef struct guest {
  tine_pool *pool; /* of the run that is watched, too */
  tine_array *array;
  double limit;          /* of that run, over before the watch does anything */
  unsigned looks, times; /* how often the run's own watch looked, and all that may be done was done */
  unsigned wrong;        /* a bit for each thing */
} guest;

static void counts(tine_ctx *ctx, void *arg) {
  (void)ctx;
  ++*(_Atomic unsigned *)arg;
}

static void counts_on(tine_ctx *ctx, void *arg) {
  const tine_closure closure = {.fn = counts, .env = arg};
  tine_spawn(ctx, &closure);
  tine_join(ctx, counts, arg, counts, arg);
}

static tine_status adds_up(void *env, tine_error *err) {
  tine_value v;
  const tine_status status = tine_sum(env, &v, err);
  return status == TINE_OK && v.as.i == 500000500000 ? status : TINE_EINVAL;
}

static bool sums_right(const guest *g) {
  tine_pipeline *p = tine_range(1, 1000000, 1);
  const tine_job_desc desc = {.size = sizeof desc, .fn = adds_up, .env = p, .pool = g->pool};
  tine_job *job;
  bool right;
  if (g->pool != NULL)
    p = tine_on(p, g->pool);
  right = adds_up(p, NULL) == TINE_OK && tine_job_start(&job, &desc, NULL) == TINE_OK;
  if (right) {
    right = tine_job_wait(job, -1, NULL) == TINE_OK;
    tine_job_release(job);
  }
  tine_pipeline_release(p);
  return right;
}

/* All that may be done in a watch. */
static void does_all(guest *g) {
  _Atomic unsigned n = 0;
  tine_error err;
  g->wrong |= sums_right(g) ? 0 : 2;
  if (tine_array_sort(g->array, g->times++ % 2 == 0 ? TINE_ASCENDING : TINE_DESCENDING, &err) != TINE_OK)
    g->wrong |= 4;
  g->wrong |= tine_pool_run(g->pool, counts_on, &n, NULL) == TINE_OK && n == 3 ? 0 : 8;
}

/* In the watch of what is run in a watch. How often it is called depends on the machine: it ends nothing. */
static bool looks_within(void *arg, uint64_t done, uint64_t total) {
  (void)done, (void)total;
  does_all(arg);
  return true;
}

static bool looks(void *arg, uint64_t done, uint64_t total) {
  const tine_watch watch = {.size = sizeof watch, .every = 0.001, .look = looks_within, .arg = arg};
  guest *g = arg;
  (void)done, (void)total;
  if (g->looks++ == 0) {
    nap_us((long)(g->limit * 1e6));
    tine_watch_set(&watch);
    g->wrong |= sums_right(g) ? 0 : 1;
    tine_watch_set(NULL);
  }
  does_all(g);
  return g->looks < 20;
}

static void runs_inside(unsigned threads, double limit) {
  guest g = {.pool = threads > 0 ? new_pool(threads) : NULL, .limit = limit};
  const tine_watch watch = {.size = sizeof watch, .every = 0.001, .look = looks, .arg = &g};
  tine_pipeline *p = tine_map(tine_range(1, 1 << 20, 1), endless_kernel("slow"), NULL, 0);
  tine_error err;
  CHECK_STOP(tine_array_create(&g.array, TINE_F64, 100000, NULL) == TINE_OK);
  for (uint64_t i = 0; i < 100000; i++)
    ((double *)tine_array_data(g.array))[i] = (double)(check_random() % 1000);
  p = limit > 0 ? tine_timeout(p, limit) : p;
  p = g.pool != NULL ? tine_on(p, g.pool) : p;
  tine_watch_set(&watch);
  const tine_status status = tine_for_each(p, endless_kernel("slow"), NULL, 0, &err);
  tine_watch_set(NULL);
  CHECK_INT(status, limit > 0 ? TINE_ETIMEOUT : TINE_ECANCELED);
  CHECK_INT(g.wrong, 0);
  CHECK(g.looks > 0);
  tine_pipeline_release(p);
  tine_array_release(g.array);
  tine_pool_destroy(g.pool);
}

static void watches_may_run_anything(void) {
  for (unsigned threads = 0; threads < 5; threads++)
    runs_inside(threads, 0);
  endless_kernels_end();
}

static void what_they_run_has_no_limit_of_theirs(void) {
  for (unsigned threads = 0; threads < 3; threads++)
    runs_inside(threads, 0.05);
  endless_kernels_end();
}

typedef struct nest {
  tine_pipeline *endless;
  tine_array *array;
  unsigned depth;
  bool refused, sorted;
} nest;

static bool sorts_below(nest *n, unsigned levels);
static bool (*volatile far_below)(nest *n, unsigned levels) = sorts_below;

/* With somewhat less of the stack: a level takes 8 KiB. */
static bool sorts_below(nest *n, unsigned levels) {
  volatile char below[8192];
  tine_array *order = NULL;
  tine_error err;
  below[0] = 0;
  if (levels > 1)
    return far_below(n, levels - 1) || below[0] != 0;
  const bool sorts = tine_array_sort(n->array, TINE_ASCENDING, &err) != TINE_ERANGE;
  const bool orders = tine_array_argsort(n->array, TINE_ASCENDING, &order, &err) != TINE_ERANGE;
  tine_array_release(order);
  return sorts || orders || below[0] != 0;
}

static bool nests(void *arg, uint64_t done, uint64_t total) {
  nest *n = arg;
  const tine_watch watch = {.size = sizeof watch, .every = 0.001, .look = nests, .arg = n};
  tine_value v;
  tine_error err;
  bool here;
  (void)done, (void)total;
  if (n->refused) /* on the way back each watch is called once more: none goes down again */
    return false;
  n->depth++;
  tine_watch_set(&watch);
  here = tine_sum(n->endless, &v, &err) == TINE_ERANGE;
  n->refused |= here;
  if (here)
    n->sorted |= far_below(n, 4);
  else if (n->refused) /* on the way back: with what is left, or not */
    tine_array_sort(n->array, n->depth % 2 == 0 ? TINE_ASCENDING : TINE_DESCENDING, &err);
  tine_watch_set(NULL);
  return false;
}

static void *nests_first(void *arg) {
  nests(arg, 0, 0);
  return NULL;
}

/* Else a script that runs a terminal in a progress function of a terminal, and so on, ends the process. */
static void terminals_inside_of_others_end_before_the_stack_does(void) {
  nest n = {.endless = tine_map(tine_range(1, INT64_MAX, 1), endless_kernel("slow"), NULL, 0)};
  pthread_attr_t attr;
  pthread_t thread;
  CHECK_STOP(tine_array_create(&n.array, TINE_F64, 1000, NULL) == TINE_OK);
  CHECK_STOP(pthread_attr_init(&attr) == 0);
  CHECK_INT(pthread_attr_setstacksize(&attr, 3 * TI_STACK_ORDINARY), 0);
  CHECK_STOP(pthread_create(&thread, &attr, nests_first, &n) == 0);
  pthread_join(thread, NULL);
  pthread_attr_destroy(&attr);
  CHECK(n.refused);
  CHECK(!PLAIN || !n.sorted); /* frames may lie elsewhere than on the stack where memory is checked */
  CHECK(n.depth > 1);
  tine_pipeline_release(n.endless);
  tine_array_release(n.array);
  endless_kernels_end();
}

CHECK_SUITE(aside, CHECK_CASE(watches_may_run_anything), CHECK_CASE(what_they_run_has_no_limit_of_theirs),
            CHECK_CASE(terminals_inside_of_others_end_before_the_stack_does))
