/*
** What ends a terminal early: timeouts and watches; and that afterwards everything is as it was.
*/
#include "../../core/base/memory.h"
#include "../../core/tine.h"
#include "check.h"
#include "endless.h"
#include "pools.h"

/* Seconds that a machine with other guests may be late. */
#define LATE 5.0

static const unsigned sizes[] = {0, 2, 3}; /* threads of a pool; 0: sequential */
enum { SIZES = sizeof sizes / sizeof sizes[0] };

static void still_well(tine_pool *pool) {
  tine_pipeline *p = tine_map(tine_range(1, 100000, 1), tine_kernel_find(NULL, "neg", NULL), NULL, 0);
  tine_value sum;
  p = pool != NULL ? tine_on(p, pool) : tine_sequential(p);
  CHECK_INT(tine_sum(p, &sum, NULL), TINE_OK);
  CHECK_INT(sum.as.i, -5000050000);
  tine_pipeline_release(p);
}

static void every_terminal(void (*check)(const endless_case *c, tine_pool *pool)) {
  for (size_t i = 0; i < SIZES; i++) {
    tine_pool *pool = sizes[i] > 0 ? new_pool(sizes[i]) : NULL;
    for (const endless_case *c = endless_cases; c->name != NULL; c++)
      check(c, pool);
    still_well(pool);
    tine_pool_destroy(pool);
  }
  endless_kernels_end();
}

static void time_out(const endless_case *c, tine_pool *pool) {
  if (getenv("WHO")) fprintf(stderr, "%s %d\n", c->name, pool != NULL ? (int)tine_pool_threads(pool) : 0);
  const double limits[] = {0, 0.001, 0.01};
  for (size_t k = 0; k < 3; k++) {
    const double begun = tine_clock();
    tine_error err = {.status = TINE_OK};
    const tine_status status = c->run(pool, limits[k], &err);
    const double took = tine_clock() - begun;
    if (!CHECK_INT(status, TINE_ETIMEOUT) || !CHECK_TEXT(err.message, "timed out") || !CHECK(took < LATE))
      printf("\n  %s, %d threads, %g s: %g s", c->name, pool != NULL ? (int)tine_pool_threads(pool) : 0, limits[k],
             took);
  }
}

static void timeouts_end_every_terminal(void) {
  every_terminal(time_out);
}

/* ===== Watches ===== */

typedef struct looking {
  unsigned calls, most;
  uint64_t done, total;
} looking;

static bool look(void *arg, uint64_t done, uint64_t total) {
  looking *l = arg;
  l->done = done;
  l->total = total;
  return ++l->calls < l->most;
}

static void watch_out(const endless_case *c, tine_pool *pool) {
  looking l = {.most = 3};
  if (getenv("WHO")) fprintf(stderr, "%s %d\n", c->name, pool != NULL ? (int)tine_pool_threads(pool) : 0);
  const tine_watch watch = {sizeof watch, 0.001, look, &l};
  const double begun = tine_clock();
  tine_error err = {.status = TINE_OK};
  tine_status status;
  if (strcmp(c->name, "sum_within") == 0) /* a kernel that does not return is not looked away from */
    return;
  CHECK(tine_watch_set(&watch) == NULL);
  status = c->run(pool, -1, &err);
  CHECK(tine_watch_set(NULL) == &watch);
  if (!CHECK_INT(status, TINE_ECANCELED) || !CHECK_TEXT(err.message, "cancelled") ||
      !CHECK(tine_clock() - begun < LATE) || !CHECK(l.calls >= 3))
    printf("\n  %s, %d threads: %g s", c->name, pool != NULL ? (int)tine_pool_threads(pool) : 0, tine_clock() - begun);
}

static void watches_end_every_terminal(void) {
  every_terminal(watch_out);
}

CHECK_SUITE(timeout, CHECK_CASE(timeouts_end_every_terminal), CHECK_CASE(watches_end_every_terminal))
