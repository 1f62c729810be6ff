/*
** The contract of the terminals that give values, by core/tine.h: one result a column, what is given for nothing and
** for NaN, positions from 0, reductions with kernels, and the same bits on every pool and however the work is cut.
*/
#include "../../core/tine.h"
#include "check.h"

static tine_kernel *kernel(const char *name) {
  return tine_kernel_find(NULL, name, NULL);
}

static tine_pipeline *slice_f64(double *x, uint64_t n) {
  tine_array *a = tine_slice_of(TINE_F64, x, n, sizeof *x);
  tine_pipeline *p = tine_slice(a);
  tine_array_release(a);
  return p;
}

/* One column of this type and no item. */
static tine_pipeline *nothing(tine_dtype dtype) {
  return tine_rep((tine_value){dtype, {.u = 0}}, 0);
}

static void each_column_has_its_result(void) {
  double x[] = {1, -2, 4, 0.5};
  tine_value v[2], w[2];
  uint64_t at[2];
  tine_pipeline *p = tine_zip(tine_range(5, 8, 1), slice_f64(x, 4));
  CHECK_INT(tine_sum(p, v, NULL), TINE_OK);
  CHECK(v[0].dtype == TINE_I64 && v[1].dtype == TINE_F64);
  CHECK_INT(v[0].as.i, 26);
  CHECK_F64(v[1].as.f, 3.5);
  CHECK_INT(tine_product(p, v, NULL), TINE_OK);
  CHECK(v[0].dtype == TINE_I64 && v[1].dtype == TINE_F64);
  CHECK_INT(v[0].as.i, 1680);
  CHECK_F64(v[1].as.f, -4);
  CHECK_INT(tine_min(p, v, at, NULL), TINE_OK);
  CHECK_INT(v[0].as.i, 5);
  CHECK_F64(v[1].as.f, -2);
  CHECK(at[0] == 0 && at[1] == 1);
  CHECK_INT(tine_max(p, v, at, NULL), TINE_OK);
  CHECK_INT(v[0].as.i, 8);
  CHECK_F64(v[1].as.f, 4);
  CHECK(at[0] == 3 && at[1] == 2);
  CHECK_INT(tine_minmax(p, v, w, NULL), TINE_OK);
  CHECK(v[0].as.i == 5 && w[0].as.i == 8);
  CHECK_F64(v[1].as.f, -2);
  CHECK_F64(w[1].as.f, 4);
  tine_pipeline_release(p);
}

static void moments_are_of_the_population(void) {
  double x[] = {2, 4, 4, 4, 5, 5, 7, 9};
  tine_value v[2];
  tine_pipeline *p = tine_zip(slice_f64(x, 8), tine_rep(tine_i64(3), 8));
  CHECK_INT(tine_mean(p, v, NULL), TINE_OK);
  CHECK_F64(v[0].as.f, 5);
  CHECK(v[1].dtype == TINE_F64);
  CHECK_F64(v[1].as.f, 3);
  CHECK_INT(tine_var(p, v, NULL), TINE_OK);
  CHECK_F64(v[0].as.f, 4);
  CHECK_F64(v[1].as.f, 0);
  CHECK_INT(tine_std(p, v, NULL), TINE_OK);
  CHECK(v[0].dtype == TINE_F64);
  CHECK_F64(v[0].as.f, 2);
  CHECK_INT(tine_var_ddof(p, 1, v, NULL), TINE_OK);
  CHECK_F64(v[0].as.f, 32.0 / 7);
  CHECK_INT(tine_std_ddof(p, 6, v, NULL), TINE_OK);
  CHECK_F64(v[0].as.f, 4);
  CHECK_INT(tine_var_ddof(p, 7, v, NULL), TINE_OK);
  CHECK_F64(v[0].as.f, 32);
  CHECK(tine_var_ddof(p, 8, v, NULL) == TINE_OK && v[0].dtype == TINE_NONE && v[1].dtype == TINE_NONE);
  CHECK(tine_std_ddof(p, UINT64_MAX, v, NULL) == TINE_OK && v[0].dtype == TINE_NONE);
  tine_pipeline_release(p);
}

static void nothing_has_defined_results(void) {
  tine_value v, w, seven = tine_i64(7);
  uint64_t at = 0, n = 9;
  tine_pipeline *i = nothing(TINE_I64), *f = nothing(TINE_F64);
  CHECK(tine_sum(i, &v, NULL) == TINE_OK && v.dtype == TINE_I64 && v.as.i == 0);
  CHECK(tine_sum(f, &v, NULL) == TINE_OK && v.dtype == TINE_F64);
  CHECK_F64(v.as.f, 0.0);
  CHECK(tine_product(i, &v, NULL) == TINE_OK && v.dtype == TINE_I64 && v.as.i == 1);
  CHECK(tine_product(f, &v, NULL) == TINE_OK && v.dtype == TINE_F64);
  CHECK_F64(v.as.f, 1.0);
  CHECK(tine_mean(f, &v, NULL) == TINE_OK && v.dtype == TINE_NONE);
  CHECK(tine_var(f, &v, NULL) == TINE_OK && v.dtype == TINE_NONE);
  CHECK(tine_std(i, &v, NULL) == TINE_OK && v.dtype == TINE_NONE);
  CHECK(tine_min(i, &v, &at, NULL) == TINE_OK && v.dtype == TINE_NONE);
  CHECK(tine_max(f, &v, NULL, NULL) == TINE_OK && v.dtype == TINE_NONE);
  CHECK(tine_minmax(f, &v, &w, NULL) == TINE_OK && v.dtype == TINE_NONE && w.dtype == TINE_NONE);
  CHECK(tine_reduce(i, kernel("add"), NULL, &v, NULL) == TINE_OK && v.dtype == TINE_NONE);
  CHECK(tine_reduce(i, kernel("add"), &seven, &v, NULL) == TINE_OK && v.dtype == TINE_I64 && v.as.i == 7);
  CHECK(tine_count(i, &n, NULL) == TINE_OK && n == 0);
  tine_pipeline_release(i);
  tine_pipeline_release(f);
}

static void the_first_nan_or_tie_wins(void) {
  enum { N = 5000 };
  static double x[N];
  tine_value v, w;
  uint64_t at = 0;
  for (size_t i = 0; i < N; i++)
    x[i] = (double)(i % 1000);
  tine_pipeline *p = slice_f64(x, N);
  CHECK(tine_max(p, &v, &at, NULL) == TINE_OK && at == 999);
  CHECK(tine_min(p, &v, &at, NULL) == TINE_OK && at == 0);
  x[3000] = x[4321] = strtod("nan", NULL);
  CHECK(tine_max(p, &v, &at, NULL) == TINE_OK && at == 3000 && v.as.f != v.as.f);
  CHECK(tine_min(p, &v, &at, NULL) == TINE_OK && at == 3000 && v.as.f != v.as.f);
  CHECK(tine_minmax(p, &v, &w, NULL) == TINE_OK && v.as.f != v.as.f && w.as.f != w.as.f);
  tine_pipeline_release(p);
}

static void integers_wrap_and_bools_count(void) {
  tine_value v;
  tine_pipeline *p = tine_rep(tine_i64(INT64_MAX), 2), *b = tine_rep(tine_bool(true), 70000);
  tine_pipeline *u = tine_rep((tine_value){TINE_U64, {.u = UINT64_MAX}}, 3);
  CHECK(tine_sum(p, &v, NULL) == TINE_OK && v.as.i == -2);
  CHECK(tine_sum(b, &v, NULL) == TINE_OK && v.dtype == TINE_I64 && v.as.i == 70000);
  CHECK(tine_sum(u, &v, NULL) == TINE_OK && v.dtype == TINE_I64 && v.as.i == -3);
  CHECK(tine_max(u, &v, NULL, NULL) == TINE_OK && v.as.u == UINT64_MAX);
  tine_pipeline_release(p);
  tine_pipeline_release(b);
  tine_pipeline_release(u);
}

/* ===== Reductions with kernels of the host ===== */

TINE_MAP2(leftmost, int64_t, int64_t, int64_t, ((void)b, a))
TINE_MAP2(rightmost, int64_t, int64_t, int64_t, ((void)a, b))

static void reductions_keep_the_order(void) {
  static const tine_kernel_signature left[] = {{"i64 i64 -> i64", leftmost, NULL}};
  static const tine_kernel_signature right[] = {{"i64 i64 -> i64", rightmost, NULL}};
  tine_kernel_desc desc = {.size = sizeof desc, .name = "left", .signatures = left, .signature_count = 1};
  tine_registry *r = NULL;
  tine_value v, identity = tine_i64(-7);
  tine_error err;
  CHECK_STOP(tine_registry_create(&r, NULL) == TINE_OK);
  desc.flags = TINE_ASSOCIATIVE;
  CHECK_INT(tine_kernel_register(r, &desc, NULL), TINE_OK);
  desc.name = "right", desc.signatures = right;
  CHECK_INT(tine_kernel_register(r, &desc, NULL), TINE_OK);
  desc.name = "unflagged", desc.flags = TINE_COMMUTATIVE;
  CHECK_INT(tine_kernel_register(r, &desc, NULL), TINE_OK);
  tine_pipeline *p = tine_range(1, 1000000, 1);
  CHECK(tine_reduce(p, tine_kernel_find(r, "left", NULL), NULL, &v, NULL) == TINE_OK && v.as.i == 1);
  CHECK(tine_reduce(p, tine_kernel_find(r, "left", NULL), &identity, &v, NULL) == TINE_OK && v.as.i == -7);
  CHECK(tine_reduce(p, tine_kernel_find(r, "right", NULL), &identity, &v, NULL) == TINE_OK && v.as.i == 1000000);
  CHECK(tine_reduce(p, kernel("add"), &identity, &v, NULL) == TINE_OK && v.as.i == 500000500000 - 7);
  CHECK(tine_reduce(p, kernel("max"), NULL, &v, NULL) == TINE_OK && v.as.i == 1000000);
  CHECK(tine_reduce(p, tine_kernel_find(r, "unflagged", NULL), NULL, &v, &err) != TINE_OK);
  CHECK(tine_reduce(p, kernel("sub"), NULL, &v, &err) != TINE_OK);
  CHECK(tine_reduce(p, kernel("neg"), NULL, &v, &err) != TINE_OK);
  CHECK(tine_reduce(p, NULL, NULL, &v, &err) != TINE_OK);
  tine_pipeline_release(p);
  tine_registry_release(r);
}

static void reductions_give_one_value_a_column(void) {
  double x[] = {1, 2, 4};
  tine_value v[2], identity = tine_i64(100);
  tine_pipeline *p = tine_zip(tine_range(1, 3, 1), slice_f64(x, 3));
  CHECK_INT(tine_reduce(p, kernel("add"), &identity, v, NULL), TINE_OK);
  CHECK(v[0].dtype == TINE_I64 && v[1].dtype == TINE_F64);
  CHECK_INT(v[0].as.i, 106);
  CHECK_F64(v[1].as.f, 107);
  tine_pipeline_release(p);
}

/* ===== The same bits ===== */

static void results_do_not_depend_on_scheduling(void) {
  enum { N = 123457 };
  static double x[N];
  tine_value want[2], got[2];
  for (size_t i = 0; i < N; i++)
    x[i] = (double)(int64_t)check_random() * 0x1p-30;
  tine_pipeline *p = tine_zip(slice_f64(x, N), tine_map(slice_f64(x, N), kernel("sin"), NULL, 0));
  CHECK_STOP(tine_sum(p, want, NULL) == TINE_OK);
  for (unsigned threads = 1; threads <= 5; threads += 2) {
    const tine_pool_options options = {.size = sizeof options, .threads = threads};
    tine_pool *pool = NULL;
    CHECK_STOP(tine_pool_create(&pool, &options, NULL) == TINE_OK);
    for (uint64_t k = 0; k < 6; k++) {
      tine_pipeline *q = tine_pipeline_retain(p);
      q = k == 0 ? q : k == 1 ? tine_sequential(q) : k % 2 ? tine_max_len(q, 10 * k + 1) : tine_min_len(q, 3000 * k);
      q = tine_on(q, pool);
      CHECK_INT(tine_sum(q, got, NULL), TINE_OK);
      CHECK_F64(got[0].as.f, want[0].as.f);
      CHECK_F64(got[1].as.f, want[1].as.f);
      tine_pipeline_release(q);
    }
    tine_pool_destroy(pool);
  }
  tine_pipeline_release(p);
}

static void long_sums_stay_exact(void) {
  tine_value v;
  tine_pipeline *p = tine_rep(tine_f64(0.1), 10000000);
  CHECK_INT(tine_sum(p, &v, NULL), TINE_OK);
  CHECK(v.as.f - 1e6 < 1e-9 && 1e6 - v.as.f < 1e-9);
  tine_pipeline_release(p);
  p = tine_zip(tine_rep((tine_value){TINE_F32, {.f = 16777216.0}}, 3), tine_rep((tine_value){TINE_F32, {.f = 1}}, 3));
  p = tine_map(p, kernel("max"), NULL, 0);
  CHECK_INT(tine_pipeline_dtype(p, 0), TINE_F32);
  CHECK_INT(tine_sum(p, &v, NULL), TINE_OK);
  CHECK(v.dtype == TINE_F64);
  CHECK_F64(v.as.f, 3 * 16777216.0);
  tine_pipeline_release(p);
}

CHECK_SUITE(api_terminal, CHECK_CASE(each_column_has_its_result), CHECK_CASE(moments_are_of_the_population),
            CHECK_CASE(nothing_has_defined_results), CHECK_CASE(the_first_nan_or_tie_wins),
            CHECK_CASE(integers_wrap_and_bools_count), CHECK_CASE(reductions_keep_the_order),
            CHECK_CASE(reductions_give_one_value_a_column), CHECK_CASE(results_do_not_depend_on_scheduling),
            CHECK_CASE(long_sums_stay_exact))
