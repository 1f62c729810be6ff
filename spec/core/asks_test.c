/*
** What is no loop over blocks - tables that grow and are listed, sorts, merging of tables - asks in time whether its
** terminal is over. How often is counted, on one thread where that can be; bounds are some nine tenths of it.
*/
#include "../../core/base/config.h"
#include "../../core/drive/cancel.h"
#include "../../core/tine.h"
#include "check.h"
#include "pools.h"

enum { MILLION = 1 << 20 };

static tine_pipeline *some(uint64_t n, unsigned columns) {
  tine_pipeline *p = tine_range(1, (int64_t)n, 1);
  for (unsigned c = 1; c < columns; c++)
    p = tine_zip(p, tine_range(0, (int64_t)(3 * n), 3));
  return tine_sequential(p);
}

static void release(tine_array **arrays, unsigned n) {
  for (unsigned c = 0; c < n; c++)
    tine_array_release(arrays[c]);
}

static uint64_t unique_asks(tine_pipeline *p) {
  tine_array *out[4];
  const unsigned columns = tine_pipeline_columns(p);
  const uint64_t before = ti_cancel_asks;
  if (CHECK_INT(tine_unique(p, out, NULL), TINE_OK))
    release(out, columns);
  tine_pipeline_release(p);
  return ti_cancel_asks - before;
}

typedef struct sorting {
  tine_array *a;
  uint64_t asks;
} sorting;

static void sort(tine_ctx *ctx, void *arg) {
  sorting *const s = arg;
  const uint64_t before = ti_cancel_asks;
  (void)ctx;
  CHECK_INT(tine_array_sort(s->a, TINE_ASCENDING, NULL), TINE_OK);
  s->asks = ti_cancel_asks - before;
}

/* Random bits, of which 'mask' are left. */
static uint64_t sort_asks(tine_dtype dtype, uint64_t n, uint64_t mask) {
  tine_pool *pool = new_pool(1);
  sorting s = {.asks = 0};
  if (!CHECK_INT(tine_array_create(&s.a, dtype, n, NULL), TINE_OK))
    return 0;
  for (uint64_t i = 0; i < n; i++)
    if (dtype == TINE_U64)
      ((uint64_t *)tine_array_data(s.a))[i] = check_random() & mask;
    else
      ((uint32_t *)tine_array_data(s.a))[i] = (uint32_t)(check_random() & mask);
  tine_pool_run(pool, sort, &s, NULL);
  tine_array_release(s.a);
  tine_pool_destroy(pool);
  return s.asks;
}

/* Tables that meet at joins, of pieces that have the same keys. */
static uint64_t joined_asks(uint64_t keys, unsigned columns) {
  tine_pool *pool = new_pool(2);
  const tine_value modulus = tine_i64((int64_t)keys);
  tine_pipeline *p = tine_range(1, MILLION, 1);
  uint64_t n;
  p = tine_map(p, tine_kernel_find(NULL, "mod", NULL), &modulus, 1);
  for (unsigned c = 1; c < columns; c++)
    p = tine_extend(p, tine_kernel_find(NULL, "neg", NULL), NULL, 0);
  n = unique_asks(tine_on(tine_min_len(tine_max_len(p, MILLION / 16), MILLION / 16), pool));
  tine_pool_destroy(pool);
  return n;
}

/* How pieces meet is a matter of time: the least of some runs. */
static uint64_t joins_ask(uint64_t keys, unsigned columns) {
  uint64_t least = UINT64_MAX;
  for (int i = 0; i < 8; i++) {
    const uint64_t asks = joined_asks(keys, columns);
    least = asks < least ? asks : least;
  }
  return least;
}

static void tables_ask(void) {
  if (TI_HOSTILE)
    return;                                    /* parts and steps are others there */
  CHECK(unique_asks(some(MILLION, 1)) >= 230); /* half while the table grows, half for the result */
  CHECK(unique_asks(some(MILLION, 2)) >= 275);
  CHECK(joins_ask(MILLION / 20, 1) >= 140);
  CHECK(joins_ask(MILLION / 20, 2) >= 100);
}

static void sorts_ask(void) {
  if (TI_HOSTILE)
    return;
  CHECK(sort_asks(TINE_U64, MILLION, UINT64_MAX) >= 900);
  CHECK(sort_asks(TINE_U32, MILLION, UINT64_MAX) >= 900);
  CHECK(sort_asks(TINE_U64, MILLION, UINT64_C(0xF000000000000FFF)) >= 1300); /* in two steps */
}

CHECK_SUITE(asks, CHECK_CASE(tables_ask), CHECK_CASE(sorts_ask))
