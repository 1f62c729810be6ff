/*
** Failures of an operation: many tasks fail, on any thread and in any order, and the same failure is told every time.
*/
#include "../../core/tine.h"
#include "check.h"
#include "pools.h"

/* Failures: items of a range fail with a message that tells the item, and with other codes, items and messages, before
   and after, that must not win. */
typedef struct range {
  unsigned lo, hi;
  uint64_t seed;
} range;

static bool range_fails(const range *r, unsigned i) {
  return mix(r->seed + i) % 8 == 0;
}

static void range_task(tine_ctx *ctx, void *arg) {
  const range *r = arg;
  char message[32];
  if (r->hi - r->lo > 1) {
    range left = *r, right = *r;
    left.hi = right.lo = r->lo + (r->hi - r->lo) / 2;
    tine_join(ctx, range_task, &left, range_task, &right);
  } else if (range_fails(r, r->lo)) {
    snprintf(message, sizeof message, "item %u", r->lo);
    if (mix(r->seed ^ r->lo) % 2 == 0) {
      tine_fail(ctx, (tine_status)2000, r->lo, "another code");
      tine_fail(ctx, (tine_status)1000, r->lo, "item before");
    }
    CHECK_INT(tine_fail(ctx, (tine_status)1000, r->lo, message), 1000);
    tine_fail(ctx, (tine_status)1000, r->lo, "item after");
    tine_fail(ctx, (tine_status)1000, r->lo + 1u, "a later item");
  }
}

static void lowest_failure_is_told(void) {
  tine_pool *pool = new_pool(4);
  for (unsigned round = 0; round < 1000; round++) {
    range r = {0, 1 + (unsigned)check_below(40), check_random()};
    unsigned first = 0;
    tine_error err;
    char message[32];
    tine_status status;
    while (first < r.hi && !range_fails(&r, first))
      first++;
    memset(&err, 0x55, sizeof err);
    status = tine_pool_run(pool, range_task, &r, &err);
    if (first == r.hi) {
      CHECK_STOP(status == TINE_OK);
      continue;
    }
    snprintf(message, sizeof message, "item %u", first);
    CHECK_STOP(CHECK_INT(status, 1000) && CHECK_INT(err.item, first) && CHECK_TEXT(err.message, message));
    CHECK_INT(err.status, 1000);
    CHECK_INT(err.os_errno, 0);
    CHECK_INT(tine_pool_run(pool, range_task, &r, NULL), 1000);
  }
  tine_pool_destroy(pool);
}

static void odd_failures(tine_ctx *ctx, void *arg) {
  char text[2 * TINE_MESSAGE_SIZE];
  (void)arg;
  memset(text, 'x', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  CHECK_INT(tine_fail(ctx, TINE_ERANGE, UINT64_MAX, NULL), TINE_ERANGE);
  CHECK_INT(tine_fail(ctx, TINE_OK, 8, text), TINE_EKERNEL);
}

static void odd_failures_are_kept(void) {
  tine_error err;
  tine_pool *pool = new_pool(2);
  CHECK_INT(tine_pool_run(pool, odd_failures, NULL, &err), TINE_EKERNEL);
  CHECK_INT(err.item, 8);
  CHECK_INT(strlen(err.message), TINE_MESSAGE_SIZE - 1);
  tine_pool_destroy(pool);
}

static void fail_inside(tine_ctx *ctx, void *arg) {
  tine_fail(ctx, TINE_ERANGE, *(unsigned *)arg, "inner");
}

static void fail_around(tine_ctx *ctx, void *arg) {
  unsigned item = 1;
  tine_error err;
  CHECK_INT(tine_pool_run(tine_ctx_pool(ctx), fail_inside, &item, &err), TINE_ERANGE);
  CHECK_TEXT(err.message, "inner");
  if (arg != NULL)
    tine_fail(ctx, TINE_EINVAL, 9, "outer");
}

static void inner_runs_report_for_themselves(void) {
  tine_pool *pool = new_pool(2);
  tine_error err;
  CHECK_INT(tine_pool_run(pool, fail_around, NULL, &err), TINE_OK);
  CHECK_INT(tine_pool_run(pool, fail_around, pool, &err), TINE_EINVAL);
  CHECK_INT(err.item, 9);
  tine_pool_destroy(pool);
}

CHECK_SUITE(operation, CHECK_CASE(lowest_failure_is_told), CHECK_CASE(odd_failures_are_kept),
            CHECK_CASE(inner_runs_report_for_themselves))
