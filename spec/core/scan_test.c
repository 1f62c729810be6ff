/*
** scan against a model that spells its definition out, item after item: the bits must be those, and the lowest failing
** item must be the one the model meets first, on any pool, cut anyhow, by the loops of built-in kernels and by calls.
*/
#include <math.h>
#include <stdatomic.h>

#include "../../core/base/memory.h"
#include "scan_sum_model.h"

static const unsigned thread_counts[] = {1, 2, 3, 16};

static const char *const builtin_names[] = {"add", "mul", "min", "max"};

/* ----- Pipelines ----- */

static uint64_t scan_length(void) {
  static const uint64_t near[] = {0,    1,    2,    31,   32,   33,   63,   64,   65,
                                  1023, 1024, 1025, 2047, 2048, 2049, 3072, 4096, 8193};
  switch (check_below(4)) {
    case 0: return near[check_below(18)];
    case 1: return check_below(70);
    case 2: return check_below(5000);
    default: return check_below(60000);
  }
}

static scan_word random_word(tine_dtype dtype) {
  scan_word w = {.u = 0};
  if (dtype == TINE_F64)
    w.f = check_below(50) == 0 ? -0.0 : ldexp((double)check_random(), (int)check_below(80) - 100);
  else if (dtype == TINE_F32)
    w.s = ldexpf((float)check_random(), (int)check_below(40) - 80);
  else
    w.u = check_random();
  if (dtype == TINE_F64 && check_below(3000) == 0)
    w.f = check_below(2) != 0 ? NAN : INFINITY;
  return w;
}

/* An array of them, contiguous or not, and the memory it is in. */
static tine_array *word_array(tine_dtype dtype, const scan_word *x, uint64_t n, char **memory) {
  const ptrdiff_t size = (ptrdiff_t)tine_dtype_size(dtype), stride = check_below(3) == 0 ? 2 * size : size;
  *memory = malloc((n + 1) * (size_t)stride);
  for (uint64_t i = 0; i < n; i++)
    memcpy(*memory + (ptrdiff_t)i * stride, &x[i], (size_t)size);
  return tine_slice_of(dtype, *memory, n, stride);
}

static tine_pipeline *scan_hints(tine_pipeline *p) {
  p = tine_on(p, test_pool(thread_counts[check_below(4)]));
  if (check_below(3) == 0)
    p = tine_min_len(p, 1 + check_below(3000));
  if (check_below(3) == 0)
    p = tine_max_len(p, 1 + check_below(3000));
  return check_below(8) == 0 ? tine_sequential(p) : p;
}

/* The bits of a value as the model has them; every NaN is one. */
static uint64_t word_bits(tine_dtype dtype, const void *p) {
  scan_word w = {.u = 0};
  memcpy(&w, p, tine_dtype_size(dtype));
  if ((dtype == TINE_F64 && isnan(w.f)) || (dtype == TINE_F32 && isnan(w.s)))
    return 1;
  return w.u;
}

static tine_value word_value(tine_dtype dtype, scan_word w) {
  tine_value v = {.dtype = dtype};
  if (dtype == TINE_F64)
    v.as.f = w.f;
  else if (dtype == TINE_F32) {
    v.dtype = TINE_F64;
    v.as.f = (double)w.s;
  } else
    v.as.u = w.u;
  return v;
}

static void one_scan(tine_registry *r, scan_op op, tine_dtype dtype, bool host) {
  static const char *const host_names[] = {"host_add", "host_mul", "host_min", "host_max", "compose", "unlucky"};
  const uint64_t n = scan_length();
  tine_kernel *k = tine_kernel_find(r, host || op >= COMPOSE ? host_names[op] : builtin_names[op], NULL);
  scan_word *x = malloc((n + 1) * sizeof *x), *want = malloc((n + 1) * sizeof *want);
  const bool init = check_below(2) != 0;
  const scan_word first = random_word(dtype);
  const tine_value value = word_value(dtype, first);
  scan_model m = {op, dtype, false};
  tine_array *out = NULL, *a;
  tine_error err;
  char *memory;
  uint64_t done, wrong = 0;
  tine_status status;
  for (uint64_t i = 0; i < n; i++)
    x[i] = random_word(dtype);
  scan_unlucky = 1 + check_below(check_below(2) != 0 ? 100000 : 1000);
  a = word_array(dtype, x, n, &memory);
  tine_pipeline *p = tine_slice(a);
  if (dtype == TINE_F64 && check_below(4) == 0) { /* slow items */
    p = tine_map(p, slow_kernel(), NULL, 0);
    for (uint64_t i = 0; i < n; i++)
      x[i].f = -x[i].f;
  }
  p = scan_hints(p);
  done = scan_model_run(&m, x, want, n, init, first);
  if (op == ADD && !host && dtype != TINE_I64)
    scan_sum_model(dtype, x, want, n, init, first);
  status = tine_scan(p, k, init ? &value : NULL, &out, &err);
  if (m.failed) {
    CHECK_INT(status, TINE_EUSER + 5);
    CHECK_INT(err.item, done);
    CHECK_CONTAINS(err.message, "unlucky");
    CHECK(out == NULL);
  } else if (CHECK_INT(status, TINE_OK)) {
    CHECK_INT(tine_array_len(out), n);
    CHECK_INT(tine_array_dtype(out), dtype);
    for (uint64_t i = 0; i < n; i++)
      wrong +=
          word_bits(dtype, (char *)tine_array_data(out) + i * tine_dtype_size(dtype)) != word_bits(dtype, &want[i]);
    if (!CHECK_INT(wrong, 0))
      printf(" (%s %s, n %d)", tine_kernel_name(k), tine_dtype_name(dtype), (int)n);
  }
  tine_array_release(out);
  tine_array_release(a);
  tine_pipeline_release(p);
  free(memory);
  free(x);
  free(want);
}

static void prefixes_have_the_models_bits(void) {
  static const tine_dtype dtypes[] = {TINE_F64, TINE_F32, TINE_I64};
  tine_registry *r = scan_registry();
  for (int round = 0; round < 25; round++)
    for (int op = ADD; op <= MAX; op++)
      for (int d = 0; d < 3; d++)
        one_scan(r, (scan_op)op, dtypes[d], round % 2 != 0);
  for (int round = 0; round < 60; round++)
    one_scan(r, COMPOSE, TINE_U64, true);
  tine_registry_release(r);
  test_kernels_end();
  test_pools_end();
}

static void the_lowest_failure_is_reported(void) {
  tine_registry *r = scan_registry();
  for (int round = 0; round < 300; round++)
    one_scan(r, UNLUCKY, TINE_I64, true);
  tine_registry_release(r);
  test_pools_end();
}

/* The pipeline fails at one item, the kernel at another. */
static void the_lower_of_two_failures(void) {
  tine_registry *r = scan_registry();
  for (int round = 0; round < 60; round++) {
    const uint64_t n = 1 + check_below(20000), bad = check_below(n);
    tine_array *a = NULL, *out = NULL;
    scan_word *x = malloc(n * sizeof *x), *want = malloc(n * sizeof *x);
    const scan_word none = {.u = 0};
    scan_model m = {UNLUCKY, TINE_I64, false};
    tine_error err;
    CHECK_STOP(tine_array_create(&a, TINE_F64, n, NULL) == TINE_OK);
    for (uint64_t i = 0; i < n; i++) {
      x[i].i = (int64_t)check_below(1000);
      ((double *)tine_array_data(a))[i] = i == bad ? -1 : (double)x[i].i;
    }
    scan_unlucky = 1 + check_below(100000);
    tine_pipeline *p =
        scan_hints(tine_cast(tine_map(tine_slice(a), failing_kernel(), NULL, 0), TINE_I64, TINE_CAST_EXACT));
    const uint64_t done = scan_model_run(&m, x, want, bad, false, none);
    const tine_status status = tine_scan(p, tine_kernel_find(r, "unlucky", NULL), NULL, &out, &err);
    CHECK_INT(status, m.failed ? TINE_EUSER + 5 : TINE_EUSER + 7);
    CHECK_INT(err.item, m.failed ? done : bad);
    tine_pipeline_release(p);
    tine_array_release(a);
    free(x);
    free(want);
  }
  tine_registry_release(r);
  test_kernels_end();
  test_pools_end();
}

/* Columns are promoted as in a reduction, each for itself. */
static void columns_of_many_types(void) {
  for (int d = 1; d < TINE_DTYPE_END; d++) {
    const uint64_t n = 1 + check_below(10000);
    tine_array *a = random_array((tine_dtype)d, n), *out[2] = {NULL, NULL};
    tine_pipeline *p = scan_hints(tine_zip(tine_range(1, (int64_t)n, 1), tine_slice(a)));
    int64_t whole = 0;
    uint64_t wrong = 0;
    double sum = 0;
    for (uint64_t i = 0; i < n; i++)
      tine_array_set(a, i, d == TINE_BOOL ? tine_bool(check_below(2) != 0) : tine_i64((int64_t)check_below(100)), NULL);
    CHECK_INT(tine_scan(p, tine_kernel_find(NULL, "add", NULL), NULL, out, NULL), TINE_OK);
    CHECK_INT(tine_array_dtype(out[1]), d == TINE_F32 || d == TINE_F64 ? d : TINE_I64);
    for (uint64_t i = 0; i < n; i++) {
      const tine_value v = tine_array_get(a, i), s = tine_array_get(out[1], i);
      wrong += ((int64_t *)tine_array_data(out[0]))[i] != (int64_t)((i + 1) * (i + 2) / 2);
      if (d == TINE_F32 || d == TINE_F64) {
        sum += v.as.f;
        wrong += fabs(s.as.f - sum) < 1 ? 0 : 1;
      } else {
        whole += d == TINE_BOOL ? v.as.b : v.as.i;
        wrong += s.as.i != whole;
      }
    }
    CHECK_INT(wrong, 0);
    tine_pipeline_release(p);
    tine_array_release(a);
    tine_array_release(out[0]);
    tine_array_release(out[1]);
  }
  test_pools_end();
}

static atomic_ullong evaluated;
static int count_items(tine_block *block) {
  evaluated += block->n;
  memcpy(block->out[0], block->in[0], block->n * sizeof(double));
  return 0;
}

static void every_item_is_evaluated_once(void) {
  static const tine_kernel_signature sig = {"f64 -> f64", count_items, NULL};
  const tine_kernel_desc desc = {.size = sizeof desc, .name = "counted", .signatures = &sig, .signature_count = 1};
  tine_registry *r = NULL;
  tine_array *a = random_array(TINE_F64, 50000), *out = NULL;
  CHECK_STOP(tine_registry_create(&r, NULL) == TINE_OK);
  CHECK_STOP(tine_kernel_register(r, &desc, NULL) == TINE_OK);
  tine_pipeline *p = tine_on(tine_map(tine_slice(a), tine_kernel_find(r, "counted", NULL), NULL, 0), test_pool(3));
  evaluated = 0;
  CHECK_INT(tine_scan(p, tine_kernel_find(NULL, "add", NULL), NULL, &out, NULL), TINE_OK);
  CHECK_INT(evaluated, 50000);
  tine_pipeline_release(p);
  tine_array_release(a);
  tine_array_release(out);
  tine_registry_release(r);
  test_pools_end();
}

/* What has no index is collected, and its ranks are the positions. */
static void without_an_index(void) {
  tine_registry *r = scan_registry();
  const tine_value seven = tine_i64(7), init = tine_i64(3);
  for (int round = 0; round < 40; round++) {
    const uint64_t n = scan_length();
    scan_word *x = malloc((n + 1) * sizeof *x), *want = malloc((n + 1) * sizeof *x);
    tine_pipeline *p = tine_range(1, (int64_t)n, 1);
    tine_array *out = NULL;
    scan_model m = {round % 2 != 0 ? UNLUCKY : ADD, TINE_I64, false};
    tine_error err;
    uint64_t kept = 0, wrong = 0;
    p = scan_hints(tine_filter(p, tine_kernel_find(NULL, "gt", NULL), &seven, 1));
    for (uint64_t i = 8; i <= n; i++)
      x[kept++].u = i;
    scan_unlucky = 1 + check_below(1000000);
    const uint64_t done = scan_model_run(&m, x, want, kept, true, (scan_word){.i = init.as.i});
    const tine_status status =
        tine_scan(p, tine_kernel_find(r, m.op == ADD ? "add" : "unlucky", NULL), &init, &out, &err);
    if (CHECK_INT(status, m.failed ? TINE_EUSER + 5 : TINE_OK) && m.failed)
      CHECK_INT(err.item, done);
    for (uint64_t i = 0; i < kept && out != NULL; i++)
      wrong += ((uint64_t *)tine_array_data(out))[i] != want[i].u;
    CHECK(out == NULL || tine_array_len(out) == kept);
    CHECK_INT(wrong, 0);
    tine_array_release(out);
    tine_pipeline_release(p);
    free(x);
    free(want);
  }
  tine_registry_release(r);
  test_pools_end();
}

static void errors_grow_with_the_logarithm(void) {
  enum { N = 10000000 };
  tine_pipeline *p = tine_rep(tine_f64(0.1), N);
  tine_array *out = NULL;
  double worst = 0;
  CHECK_STOP(tine_scan(p, tine_kernel_find(NULL, "add", NULL), NULL, &out, NULL) == TINE_OK);
  for (uint64_t i = 0; i < N; i++) {
    const double exact = (double)((long double)0.1 * (long double)(i + 1));
    worst = fmax(worst, fabs(((double *)tine_array_data(out))[i] / exact - 1));
  }
  CHECK(worst < 5e-15); /* one after the other: 1e-10 */
  tine_array_release(out);
  tine_pipeline_release(p);
}

static void what_cannot_be_scanned(void) {
  tine_pipeline *p = tine_range(1, 10, 1);
  tine_array *out = (tine_array *)(void *)p;
  tine_error err;
  CHECK_INT(tine_scan(p, NULL, NULL, &out, &err), TINE_ENAME);
  CHECK(out == NULL);
  CHECK_INT(tine_scan(p, tine_kernel_find(NULL, "sub", NULL), NULL, &out, &err), TINE_EINVAL);
  CHECK_CONTAINS(err.message, "associative");
  CHECK(tine_scan(p, tine_kernel_find(NULL, "and", NULL), NULL, &out, &err) == TINE_ETYPE);
  CHECK(out == NULL);
  CHECK_INT(tine_scan(NULL, tine_kernel_find(NULL, "add", NULL), NULL, &out, &err), TINE_ENOMEM);
  tine_pipeline_release(p);
}

static void no_memory_is_told(void) {
  tine_status status = TINE_ENOMEM;
  tine_pipeline *p = tine_zip(tine_range(1, 60000, 1), tine_range_f64(1, 60000, 1));
  for (int64_t at = 0; at < 100 && status != TINE_OK; at++) {
    tine_array *out[2] = {NULL, NULL};
    ti_memory_fail_after(at);
    status = tine_scan(p, tine_kernel_find(NULL, "add", NULL), NULL, out, NULL);
    ti_memory_fail_after(-1);
    CHECK(status == TINE_OK || (status == TINE_ENOMEM && out[0] == NULL && out[1] == NULL));
    tine_array_release(out[0]);
    tine_array_release(out[1]);
  }
  CHECK_INT(status, TINE_OK);
  tine_pipeline_release(p);
}

CHECK_SUITE(scan, CHECK_CASE(prefixes_have_the_models_bits), CHECK_CASE(the_lowest_failure_is_reported),
            CHECK_CASE(the_lower_of_two_failures), CHECK_CASE(columns_of_many_types), CHECK_CASE(without_an_index),
            CHECK_CASE(every_item_is_evaluated_once), CHECK_CASE(errors_grow_with_the_logarithm),
            CHECK_CASE(what_cannot_be_scanned), CHECK_CASE(no_memory_is_told))
