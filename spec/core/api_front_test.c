/*
** The front ends of core/tine.h: what a macro makes of a statement and what function pointers of one's own do is the
** same, bit for bit, on any number of threads; closures captured by reference and by move.
*/
#include "pools.h"

static const unsigned threads[] = {1, 2, 3, 16};
enum { POOLS = sizeof threads / sizeof threads[0], MOST = 60000 };

typedef struct vector {
  double *x;
  uint64_t fails_at;
} vector;

/* ===== Loops ===== */

TINE_FOR(squares, vector, if (i == env->fails_at) return tine_fail(ctx, (tine_status)(TINE_EUSER + 1), i, "here");
         env->x[i] *= env->x[i])

static tine_status squares_called(tine_ctx *ctx, uint64_t lo, uint64_t hi, void *env) {
  const vector *v = env;
  for (; lo < hi; lo++) {
    if (lo == v->fails_at)
      return tine_fail(ctx, (tine_status)(TINE_EUSER + 1), lo, "here");
    v->x[lo] *= v->x[lo];
  }
  return TINE_OK;
}

TINE_REDUCE(sum, const vector, double, 0, if (i == env->fails_at) return tine_fail(ctx, TINE_EUSER, i, "there");
            left += env->x[i], left += right)

static void zero(void *acc, void *env) {
  (void)env;
  *(double *)acc = 0;
}
static tine_status sum_called(tine_ctx *ctx, void *acc, uint64_t lo, uint64_t hi, void *env) {
  const vector *v = env;
  for (; lo < hi; lo++)
    if (lo == v->fails_at)
      return tine_fail(ctx, TINE_EUSER, lo, "there");
    else
      *(double *)acc += v->x[lo];
  return TINE_OK;
}
static void add(void *acc, void *right, void *env) {
  (void)env;
  *(double *)acc += *(double *)right;
}
static const tine_reducer sum_pointers = {sizeof(double), 0, zero, sum_called, add, NULL};

static void loops_agree(void) {
  static double x[MOST], y[MOST];
  for (unsigned i = 0; i < POOLS; i++) {
    tine_pool *pool = new_pool(threads[i]);
    for (int round = 0; round < 10; round++) {
      const uint64_t n = 1 + check_below(MOST);
      vector v = {x, round % 3 == 0 ? check_below(n) : UINT64_MAX}, w = {y, v.fails_at};
      const tine_status status = round % 3 == 0 ? (tine_status)(TINE_EUSER + 1) : TINE_OK;
      double got = 1, want = 2;
      tine_error err = {.item = 0}, same = {.item = 0};
      for (uint64_t k = 0; k < n; k++)
        x[k] = y[k] = (double)check_random() * 0x1p-60;
      CHECK_INT(tine_parallel_for(pool, n, squares, &v, &err), status);
      CHECK_INT(tine_parallel_for(pool, n, squares_called, &w, &same), status);
      CHECK_INT(err.item, same.item);
      CHECK(status != TINE_OK || memcmp(x, y, n * sizeof *x) == 0);
      CHECK_INT(tine_parallel_reduce(pool, n, &sum, &v, &got, &err), status == TINE_OK ? TINE_OK : TINE_EUSER);
      CHECK_INT(tine_parallel_reduce(pool, n, &sum_pointers, &v, &want, &same), err.status * (status != TINE_OK));
      CHECK_INT(err.item, same.item);
      if (status == TINE_OK)
        CHECK_F64(got, want);
    }
    tine_pool_destroy(pool);
  }
}

/* ===== Terminals and kernels ===== */

typedef struct span {
  int64_t low, high;
} span;

static const span empty = {INT64_MAX, INT64_MIN};

TINE_FOLD1(span_of, "i64", int64_t, span, empty, left.low = a < left.low ? a : left.low;
           left.high = a > left.high ? a : left.high, left.low = right.low < left.low ? right.low : left.low;
           left.high = right.high > left.high ? right.high : left.high)
TINE_FOLD1(sum_of, "f64", double, double, 0, left += a, left += right)

static void block_init(void *acc, const void *env) {
  (void)env;
  *(double *)acc = 0;
}
static int block_fold(void *acc, tine_block *block) {
  for (size_t i = 0; i < block->n; i++)
    *(double *)acc += TINE_AT(double, block->in[0], block->in_stride[0], i);
  return 0;
}
static void block_combine(void *acc, void *right, const void *env) {
  (void)env;
  *(double *)acc += *(double *)right;
}

static void terminals_agree(void) {
  static double x[2 * MOST];
  const tine_fold_desc pointers = {.size = sizeof pointers,
                                   .acc_size = sizeof(double),
                                   .init = block_init,
                                   .fold = block_fold,
                                   .combine = block_combine};
  for (uint64_t k = 0; k < 2 * MOST; k++)
    x[k] = (double)check_random() * 0x1p-50;
  for (unsigned i = 0; i < POOLS; i++) {
    tine_pool *pool = new_pool(threads[i]);
    for (int round = 0; round < 9; round++) {
      static const ptrdiff_t strides[] = {sizeof *x, 2 * sizeof *x, 0};
      const uint64_t n = 1 + check_below(MOST);
      const int64_t last = (int64_t)n - 7;
      tine_array *a = tine_slice_of(TINE_F64, x, n, strides[round % 3]);
      tine_pipeline *p = tine_on(tine_slice(a), pool), *q = tine_on(tine_range(-7, last, 1), pool);
      double got = 1, want = 2;
      span s = {0, 0};
      CHECK_INT(tine_fold(p, &sum_of, &got, NULL), TINE_OK);
      CHECK_INT(tine_fold(p, &pointers, &want, NULL), TINE_OK);
      CHECK_F64(got, want);
      CHECK_INT(tine_fold(q, &span_of, &s, NULL), TINE_OK);
      CHECK_INT(s.low, -7);
      CHECK_INT(s.high, last);
      tine_pipeline_release(p);
      tine_pipeline_release(q);
      tine_array_release(a);
    }
    tine_pool_destroy(pool);
  }
}

/* ===== Closures ===== */

typedef struct counters {
  _Atomic unsigned calls, drops;
} counters;

static void counts(tine_ctx *ctx, void *env) {
  (void)ctx;
  (*(counters **)env)->calls++;
}

static void drops(void *env) {
  (*(counters **)env)->drops++;
}

static void spawns(tine_ctx *ctx, void *arg) {
  counters *c = *(counters **)arg;
  const tine_closure borrowed = tine_closure_borrow(counts, arg);
  tine_closure moved = tine_closure_move(counts, &c, sizeof c, drops);
  CHECK_INT(borrowed.mode, TINE_FN);
  CHECK_INT(moved.mode, TINE_FN_ONCE);
  for (int i = 0; i < 50; i++) {
    CHECK_INT(tine_spawn(ctx, &borrowed), TINE_OK);
    CHECK_INT(tine_spawn(ctx, &moved), TINE_OK);
  }
  c = NULL; /* it was moved */
}

static void captures_are_dropped_if_they_own(void) {
  for (unsigned i = 0; i < POOLS; i++) {
    tine_pool *pool = new_pool(threads[i]);
    counters c = {0, 0}, *env = &c;
    CHECK_INT(tine_pool_run(pool, spawns, &env, NULL), TINE_OK);
    CHECK_INT(c.calls, 100);
    CHECK_INT(c.drops, 50);
    tine_pool_destroy(pool);
  }
}

CHECK_SUITE(api_front, CHECK_CASE(loops_agree), CHECK_CASE(terminals_agree),
            CHECK_CASE(captures_are_dropped_if_they_own))
