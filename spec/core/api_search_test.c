/*
** What ends early, by core/tine.h: searches and takes over 10^15 items return at once, on one thread, too; a failure
** behind the item that decides does not exist, one before it is the result, on every run.
*/
#include "pool_set.h"

static const int64_t HUGE_LEN = INT64_C(1000000000000000);

/* ===== Kernels: is x the first constant, does it fail at the second? ===== */

static _Atomic int64_t seen; /* items that the kernel was asked about */

static int is_it(tine_block *b) {
  for (size_t i = 0; i < b->n; i++) {
    const int64_t x = TINE_AT(int64_t, b->in[0], b->in_stride[0], i);
    if (x == TINE_AT(int64_t, b->in[2], b->in_stride[2], i)) {
      seen += (int64_t)i;
      return tine_block_fail(b, TINE_EUSER + 2, i, "the planted one");
    }
    ((bool *)b->out[0])[i] = x == TINE_AT(int64_t, b->in[1], b->in_stride[1], i);
  }
  seen += (int64_t)b->n; /* not one by one: a counter that sixteen threads share takes longer than all the rest */
  return 0;
}

/* The same the other way round. */
static int is_not(tine_block *b) {
  const int code = is_it(b);
  const size_t n = code == 0 ? b->n : b->failed;
  for (size_t i = 0; i < n; i++)
    ((bool *)b->out[0])[i] = !((bool *)b->out[0])[i];
  return code;
}

static tine_registry *registry;
static tine_kernel *it, *not_it;

static tine_kernel *add(const char *name, tine_kernel_fn *fn) {
  const tine_kernel_signature types = {"i64 i64 i64 -> bool", fn, NULL};
  const tine_kernel_desc d = {.size = sizeof d, .name = name, .signatures = &types, .signature_count = 1};
  CHECK_INT(tine_kernel_register(registry, &d, NULL), TINE_OK);
  return tine_kernel_find(registry, name, NULL);
}

static void begin(void) {
  begin_pools();
  CHECK_INT(tine_registry_create(&registry, NULL), TINE_OK);
  it = add("is_it", is_it);
  not_it = add("is_not", is_not);
}

static void end(void) {
  end_pools();
  tine_registry_release(registry);
}

static void constants(tine_value *c, int64_t match, int64_t failing) {
  c[0] = tine_i64(match);
  c[1] = tine_i64(failing);
}

/* Ways to the numbers 1 to n: indexed; bounded; parallel; a chain; behind a gate. */
enum { WAYS = 5 };

static tine_pipeline *numbers(int64_t n, unsigned way, tine_pool *pool) {
  const tine_value zero = tine_i64(0), one = tine_i64(1);
  tine_pipeline *p = tine_range(1, n, 1);
  if (way == 1)
    p = tine_filter(p, kernel("gt"), &zero, 1);
  else if (way == 2)
    p = tine_flat_map(p, kernel("repeat"), &one, 1);
  else if (way == 3)
    p = tine_chain(tine_filter(tine_take(p, (uint64_t)n / 2), kernel("gt"), &zero, 1), tine_range(n / 2 + 1, n, 1));
  else if (way == 4)
    p = tine_skip_while(p, kernel("lt"), &one, 1);
  return tine_on(p, pool);
}

/* ===== At once ===== */

static void at_once_on(tine_pipeline *p, unsigned way, int64_t match) {
  tine_value c[2], v;
  bool held = false;
  constants(c, match, -1);
  CHECK_INT(tine_find(p, TINE_FIRST, it, c, 2, &v, NULL), TINE_OK);
  CHECK_INT(v.as.i, match);
  CHECK_INT(tine_find(p, TINE_ANY, it, c, 2, &v, NULL), TINE_OK);
  CHECK_INT(v.as.i, match);
  CHECK_INT(tine_any(p, it, c, 2, &held, NULL), TINE_OK);
  CHECK(held);
  CHECK_INT(tine_all(p, not_it, c, 2, &held, NULL), TINE_OK);
  CHECK(!held);
  tine_pipeline *q = tine_take_while(tine_pipeline_retain(p), not_it, c, 2);
  CHECK_INT(tine_sum(q, &v, NULL), TINE_OK);
  CHECK_INT(v.as.i, match * (match - 1) / 2);
  tine_pipeline_release(q);
  q = tine_take(tine_pipeline_retain(p), (uint64_t)match);
  CHECK_INT(tine_sum(q, &v, NULL), TINE_OK);
  CHECK_INT(v.as.i, match * (match + 1) / 2);
  tine_pipeline_release(q);
  if (way < 2) {
    constants(c, HUGE_LEN - match, -1);
    CHECK_INT(tine_find(p, TINE_LAST, it, c, 2, &v, NULL), TINE_OK);
    CHECK_INT(v.as.i, HUGE_LEN - match);
  }
}

#if defined(__SANITIZE_THREAD__)
#define FAR 5000 /* the other takes minutes there */
#else
#define FAR 50000
#endif

static void huge_ranges_end_at_once(void) {
  begin();
  for (unsigned i = 0; i < 2 * POOLS; i++)
    for (unsigned way = 0; way < WAYS; way++) {
      tine_pipeline *p = numbers(HUGE_LEN, way, pools[i % POOLS]);
      if (i >= POOLS)
        p = tine_sequential(p);
      at_once_on(p, way, 1);
      at_once_on(p, way, 700);
      at_once_on(p, way, FAR);
      tine_pipeline_release(p);
    }
  end();
}

static void little_is_looked_at(void) {
  begin();
  tine_value c[2], v;
  constants(c, 10, -1);
  for (unsigned way = 0; way < WAYS; way++) {
    tine_pipeline *p = tine_sequential(numbers(HUGE_LEN, way, pools[0]));
    seen = 0;
    CHECK_INT(tine_find(p, TINE_FIRST, it, c, 2, &v, NULL), TINE_OK);
    CHECK(seen <= 100000);
    tine_pipeline_release(p);
  }
  end();
}

/* ===== Failures ===== */

/* A failure at 'failing' and a match at 'match', each of 1 to n or -1: what a loop would have. */
static void decides(tine_pipeline *p, unsigned way, int64_t match, int64_t failing) {
  const tine_status planted = (tine_status)(TINE_EUSER + 2);
  const tine_status want = failing > 0 && (match < 0 || failing < match) ? planted : TINE_OK;
  tine_value c[2], v;
  tine_error err = {.status = TINE_OK};
  bool held;
  constants(c, match, failing);
  CHECK_INT(tine_find(p, TINE_FIRST, it, c, 2, &v, &err), want);
  if (want != TINE_OK)
    CHECK_INT(err.item, failing - 1);
  else if (match > 0)
    CHECK_INT(v.as.i, match);
  CHECK_INT(tine_any(p, it, c, 2, &held, NULL), want);
  CHECK_INT(tine_all(p, not_it, c, 2, &held, NULL), want);
  tine_pipeline *q = tine_take_while(tine_pipeline_retain(p), not_it, c, 2);
  CHECK_INT(tine_sum(q, &v, NULL), want);
  tine_pipeline_release(q);
  if (match > 0) {
    q = tine_take(tine_filter(tine_pipeline_retain(p), it, c, 2), 1);
    CHECK_INT(tine_sum(q, &v, NULL), want);
    if (want == TINE_OK)
      CHECK_INT(v.as.i, match);
    tine_pipeline_release(q);
  }
  if (way < 2) { /* a loop from the end */
    const tine_status back = failing > match ? planted : TINE_OK;
    CHECK_INT(tine_find(p, TINE_LAST, it, c, 2, &v, NULL), back);
    if (back == TINE_OK && match > 0)
      CHECK_INT(v.as.i, match);
  }
}

static void what_a_loop_would_find(void) {
  begin();
  for (int round = 0; round < 1000; round++) {
    const unsigned way = (unsigned)check_below(WAYS);
    const int64_t n = 1 + (int64_t)check_below(round % 10 == 0 ? 200000 : 5000);
    const int64_t match = check_below(4) == 0 ? -1 : 1 + (int64_t)check_below((uint64_t)n);
    int64_t failing = check_below(4) == 0 ? -1 : 1 + (int64_t)check_below((uint64_t)n);
    if (failing == match)
      failing = -1;
    tine_pipeline *p = numbers(n, way, pools[check_below(POOLS)]);
    if (check_below(3) == 0)
      p = tine_max_len(p, 1 + check_below(300));
    decides(p, way, match, failing);
    tine_pipeline_release(p);
  }
  end();
}

/* Of two kernels that fail the lower item is reported, by whichever stage; 1000 times. */
static void the_lowest_failure_is_reported(void) {
  begin();
  for (int round = 0; round < 1000; round++) {
    const int64_t a = 1 + (int64_t)check_below(20000), b = 1 + (int64_t)check_below(20000);
    tine_value c[2], d[2], v;
    tine_error err;
    constants(c, -5, a);
    constants(d, -5, b);
    tine_pipeline *p = tine_filter(tine_filter(tine_range(1, 20000, 1), not_it, c, 2), not_it, d, 2);
    p = tine_on(p, pools[round % POOLS]);
    CHECK_INT(tine_sum(p, &v, &err), TINE_EUSER + 2);
    CHECK_INT(err.item, (a < b ? a : b) - 1);
    CHECK_CONTAINS(err.message, a <= b ? "stage 2" : "stage 3");
    tine_pipeline_release(p);
  }
  end();
}

CHECK_SUITE(api_search, CHECK_CASE(huge_ranges_end_at_once), CHECK_CASE(little_is_looked_at),
            CHECK_CASE(what_a_loop_would_find), CHECK_CASE(the_lowest_failure_is_reported))
