/*
** The contract of producers and iterators in core/tine.h: a producer is lent for one call, splits exactly at any index,
** and its blocks, put side by side, are its items; a failing kernel ends them after the items before.
*/
#include "../../core/tine.h"
#include "check.h"

enum { N = 10000 };

static double xs[N];

static tine_pipeline *sample(void) {
  tine_value half = tine_f64(0.5);
  for (size_t i = 0; i < N; i++)
    xs[i] = (double)check_below(1000);
  tine_array *a = tine_slice_of(TINE_F64, xs, N, sizeof *xs);
  tine_pipeline *p = tine_map(tine_slice(a), tine_kernel_find(NULL, "mul", NULL), &half, 1);
  tine_array_release(a);
  return tine_zip(tine_range(0, 2 * N, 2), p);
}

/* Walks all blocks of a producer of sample() and checks that they are items lo to hi. */
static void walks(const tine_producer *p, uint64_t lo, uint64_t hi) {
  tine_iter *it = NULL;
  tine_columns block;
  uint64_t at = lo;
  CHECK_INT(tine_producer_len(p), hi - lo);
  CHECK_STOP(tine_iter_create(&it, p, NULL) == TINE_OK);
  while (CHECK_INT(tine_iter_next(it, &block, NULL), TINE_OK) && block.n > 0) {
    CHECK_INT(block.first, at);
    CHECK_INT(block.count, 2);
    CHECK(block.dtype[0] == TINE_I64 && block.dtype[1] == TINE_F64);
    for (size_t i = 0; i < block.n; i++, at++) {
      CHECK_INT(TINE_AT(int64_t, block.data[0], block.stride[0], i), 2 * at);
      CHECK_F64(TINE_AT(double, block.data[1], block.stride[1], i), 0.5 * xs[at]);
    }
    if (!CHECK(at <= hi))
      break;
  }
  CHECK_INT(at, hi);
  CHECK(tine_iter_next(it, &block, NULL) == TINE_OK && block.n == 0); /* the end stays the end */
  tine_iter_destroy(it);
}

static tine_status whole(const tine_producer *p, void *ud) {
  CHECK_INT(p->lo, 0);
  CHECK_INT(p->hi, N);
  walks(p, 0, N);
  ++*(int *)ud;
  return (tine_status)(TINE_EUSER + 11);
}

static void a_producer_is_lent_for_a_call(void) {
  int calls = 0;
  tine_pipeline *p = sample();
  CHECK_INT(tine_with_producer(p, whole, &calls), TINE_EUSER + 11);
  CHECK_INT(calls, 1);
  tine_pipeline_release(p);
  p = tine_range(1, 9, 0);
  const tine_status status = tine_pipeline_check(p, NULL);
  CHECK_INT(tine_with_producer(p, whole, &calls), status);
  CHECK_INT(tine_with_producer(NULL, whole, &calls), TINE_ENOMEM);
  CHECK_INT(calls, 1);
  tine_pipeline_release(p);
}

static tine_status splits(const tine_producer *p, void *ud) {
  static const uint64_t at[] = {0, 1, 1023, 1024, 1025, 4096, N - 1, N};
  tine_producer left, right, again;
  for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
    CHECK_INT(tine_producer_split_at(p, at[i], &left, &right), TINE_OK);
    walks(&left, 0, at[i]);
    walks(&right, at[i], N);
    CHECK_INT(tine_producer_split_at(&left, at[i] / 3, &left, &again), TINE_OK); /* into itself */
    walks(&left, 0, at[i] / 3);
    walks(&again, at[i] / 3, at[i]);
    CHECK_INT(tine_producer_split_at(&right, (N - at[i]) / 2, &again, &right), TINE_OK);
    walks(&again, at[i], at[i] + (N - at[i]) / 2);
    walks(&right, at[i] + (N - at[i]) / 2, N);
  }
  CHECK_INT(tine_producer_split_at(p, N + 1, &left, &right), TINE_ERANGE);
  CHECK_INT(tine_producer_split_at(&again, UINT64_MAX, &left, &right), TINE_ERANGE);
  walks(p, 0, N); /* as it was */
  ++*(int *)ud;
  return TINE_OK;
}

/* Cuts a producer in random places until its parts are small, and walks them in order. */
static void cut(tine_producer p, uint64_t lo) {
  const uint64_t n = tine_producer_len(&p), at = check_below(n + 1);
  tine_producer left, right;
  if (n < 700) {
    walks(&p, lo, lo + n);
    return;
  }
  CHECK_STOP(tine_producer_split_at(&p, at, &left, &right) == TINE_OK);
  CHECK_INT(tine_producer_len(&left) + tine_producer_len(&right), n);
  cut(left, lo);
  cut(right, lo + at);
}

static tine_status cuts(const tine_producer *p, void *ud) {
  for (int round = 0; round < 20; round++)
    cut(*p, 0);
  ++*(int *)ud;
  return TINE_OK;
}

static void splitting_is_exact(void) {
  int calls = 0;
  tine_pipeline *p = sample();
  CHECK_INT(tine_with_producer(p, splits, &calls), TINE_OK);
  CHECK_INT(tine_with_producer(p, cuts, &calls), TINE_OK);
  CHECK_INT(calls, 2);
  tine_pipeline_release(p);
}

static tine_status is_empty(const tine_producer *p, void *ud) {
  tine_producer left, right;
  tine_iter *it = NULL;
  tine_columns block;
  CHECK_INT(tine_producer_len(p), 0);
  CHECK_INT(tine_producer_split_at(p, 0, &left, &right), TINE_OK);
  CHECK_INT(tine_producer_len(&left) + tine_producer_len(&right), 0);
  CHECK_INT(tine_producer_split_at(p, 1, &left, &right), TINE_ERANGE);
  CHECK_INT(tine_iter_create(&it, &left, NULL), TINE_OK);
  CHECK_INT(tine_iter_next(it, &block, NULL), TINE_OK);
  CHECK_INT(block.n, 0);
  tine_iter_destroy(it);
  ++*(int *)ud;
  return TINE_OK;
}

static void nothing_is_a_producer_too(void) {
  int calls = 0;
  tine_pipeline *p = tine_range(1, 0, 1);
  CHECK_INT(tine_with_producer(p, is_empty, &calls), TINE_OK);
  CHECK_INT(calls, 1);
  tine_pipeline_release(p);
}

static tine_status huge(const tine_producer *p, void *ud) {
  tine_producer left, right;
  CHECK_INT(tine_producer_split_at(p, INT64_MAX - 3, &left, &right), TINE_OK);
  CHECK_INT(tine_producer_len(&left), INT64_MAX - 3);
  tine_iter *it = NULL;
  tine_columns block;
  if (!CHECK_INT(tine_iter_create(&it, &right, NULL), TINE_OK))
    return TINE_ENOMEM;
  CHECK_INT(tine_iter_next(it, &block, NULL), TINE_OK);
  CHECK_INT(block.first, INT64_MAX - 3);
  CHECK_INT(TINE_AT(int64_t, block.data[0], block.stride[0], 0), INT64_MAX - 4);
  tine_iter_destroy(it);
  ++*(int *)ud;
  return TINE_OK;
}

/* What lies before a producer is never produced: else this would take centuries. */
static void producers_start_where_they_start(void) {
  int calls = 0;
  tine_pipeline *p = tine_range(-1, INT64_MAX - 2, 1);
  CHECK_INT(tine_pipeline_len(p), INT64_MAX);
  CHECK_INT(tine_with_producer(p, huge, &calls), TINE_OK);
  CHECK_INT(calls, 1);
  tine_pipeline_release(p);
}

/* ===== Iterators that fail ===== */

static tine_status ends_early(const tine_producer *p, void *ud) {
  const uint64_t lowest = *(const uint64_t *)ud;
  tine_iter *it = NULL;
  tine_columns block = {.n = 1};
  tine_error err;
  uint64_t delivered = 0;
  tine_status status = TINE_OK;
  if (!CHECK_INT(tine_iter_create(&it, p, NULL), TINE_OK))
    return TINE_ENOMEM;
  while ((status = tine_iter_next(it, &block, &err)) == TINE_OK && block.n > 0)
    for (size_t i = 0; i < block.n; i++, delivered++)
      CHECK_INT(TINE_AT(int64_t, block.data[0], block.stride[0], i), 1);
  CHECK_INT(delivered, lowest);
  CHECK_INT(status, TINE_EKERNEL);
  CHECK_INT(err.item, lowest);
  CHECK_CONTAINS(err.message, "'idiv'");
  CHECK_CONTAINS(err.message, "attempt to perform 'n//0'");
  tine_iter_destroy(it);
  return TINE_OK;
}

static void a_failing_kernel_ends_it_after_the_items_before(void) {
  static const uint64_t lowest[] = {0, 1, 700, 1023, 1024, 3333, N - 1};
  tine_array *a = NULL;
  for (size_t k = 0; k < sizeof lowest / sizeof lowest[0]; k++) {
    uint64_t want = lowest[k];
    CHECK_STOP(tine_array_create(&a, TINE_I64, N, NULL) == TINE_OK);
    for (uint64_t i = 0; i < N; i++)
      tine_array_set(a, i, tine_i64(i >= want && (i - want) % 500 == 0 ? 0 : 1), NULL);
    tine_pipeline *p = tine_zip(tine_slice(a), tine_slice(a));
    p = tine_map(p, tine_kernel_find(NULL, "idiv", NULL), NULL, 0);
    CHECK_INT(tine_with_producer(p, ends_early, &want), TINE_OK);
    tine_pipeline_release(p);
    tine_array_release(a);
  }
}

CHECK_SUITE(api_producer, CHECK_CASE(a_producer_is_lent_for_a_call), CHECK_CASE(splitting_is_exact),
            CHECK_CASE(nothing_is_a_producer_too), CHECK_CASE(producers_start_where_they_start),
            CHECK_CASE(a_failing_kernel_ends_it_after_the_items_before))
