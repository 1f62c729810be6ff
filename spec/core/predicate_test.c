/*
** Predicates that answer in bits, white box: every comparison, type, side of the constant and variant this machine has
** against the kernel's own loop; and filters whose blocks they decide.
*/
#include "../../core/consume/compact.h"
#include "../../core/consume/predicate.h"
#include "../../core/kernel/simd.h"
#include "check.h"

static const char *const comparisons[] = {"lt", "le", "gt", "ge", "eq", "ne"};
static const double hard_f64[] = {0.0, -0.0, 1.0, -1.0, 1.0 / 0.0, -1.0 / 0.0, 0.0 / 0.0, 5e-324, 0.5};
static const int64_t hard_i64[] = {0, -1, 1, INT64_MIN, INT64_MAX, 7};

static tine_value some_value(tine_dtype dtype) {
  return dtype == TINE_F64 ? tine_f64(hard_f64[check_below(9)]) : tine_i64(hard_i64[check_below(6)]);
}

/* Binds a comparison of a column with a constant, in that order or turned. */
static void bind(ti_apply *a, const char *name, tine_dtype dtype, bool turned) {
  ti_arg args[2] = {{.constant = false, .dtype = dtype}, {.constant = false, .dtype = dtype}};
  const int side = turned ? 0 : 1;
  tine_error err;
  memset(a, 0, sizeof *a);
  a->kernel = tine_kernel_find(NULL, name, NULL);
  a->inputs = 2;
  a->column[side] = -1;
  args[side].constant = true;
  args[side].value = some_value(dtype);
  CHECK_INT(ti_kernel_bind(a->kernel, TI_ROLE_PREDICATE, "spec", args, 2, &a->binding, &err), TINE_OK);
}

/* What the kernel's loop says of n items, as bits. */
static size_t by_kernel(ti_apply *a, const void *items, size_t n, bool turned, uint64_t *bits) {
  unsigned char mask[TI_BLOCK];
  void *out = mask;
  const void *in[2] = {items, items};
  ptrdiff_t stride[2] = {8, 8};
  tine_block block = {.n = n, .in = in, .in_stride = stride, .out = &out};
  const int side = turned ? 0 : 1;
  in[side] = a->binding.constant[side];
  stride[side] = 0;
  CHECK_INT(ti_kernel_run(a->kernel, a->binding.signature, NULL, &block), 0);
  return ti_compact_bits(ti_compact_variant(TI_SIMD_BASE), mask, 1, n, bits);
}

static void one_predicate(const char *name, tine_dtype dtype, unsigned simd) {
  tine_value items[TI_BLOCK];
  uint64_t words[TI_BLOCK];
  ti_bits got = {0}, want = {0};
  ti_apply a;
  const bool turned = check_below(2) != 0;
  const size_t n = check_below(3) == 0 ? TI_BLOCK : 1 + check_below(TI_BLOCK);
  ti_predicate p;
  bind(&a, name, dtype, turned);
  p = ti_predicate_variant(&a, simd);
  if (p.run == NULL) {
    CHECK(simd < TI_SIMD_AVX512 && (simd == TI_SIMD_BASE || dtype == TINE_I64));
    return;
  }
  CHECK_INT(p.column, 0);
  for (size_t i = 0; i < n; i++) {
    items[i] = some_value(dtype);
    memcpy(&words[i], &items[i].as, sizeof words[i]);
  }
  CHECK_INT(p.run(words, p.constant, n, got), by_kernel(&a, words, n, turned, want));
  CHECK(memcmp(got, want, sizeof got) == 0);
}

static void as_the_kernel(void) {
  for (unsigned simd = TI_SIMD_BASE; simd <= ti_simd_best(); simd++)
    for (unsigned round = 0; round < 100; round++)
      for (unsigned k = 0; k < 6; k++) {
        one_predicate(comparisons[k], TINE_F64, simd);
        one_predicate(comparisons[k], TINE_I64, simd);
      }
}

/* Counts and sums of what is left of n numbers below 100 that lie 'apart' elements apart. */
static void one_filter(size_t n, ptrdiff_t apart, int64_t limit) {
  int64_t *x = malloc((size_t)apart * n * sizeof *x + 1), sum = 0;
  uint64_t count = 0, got;
  tine_value total, constant = tine_i64(limit);
  tine_array *a;
  tine_pipeline *p;
  for (size_t i = 0; i < n * (size_t)apart; i++)
    x[i] = (int64_t)check_below(100);
  for (size_t i = 0; i < n; i++)
    if (x[i * (size_t)apart] >= limit) {
      count++;
      sum += x[i * (size_t)apart];
    }
  a = tine_slice_of(TINE_I64, x, n, apart * (ptrdiff_t)sizeof *x);
  p = tine_filter(tine_slice(a), tine_kernel_find(NULL, "ge", NULL), &constant, 1);
  CHECK_INT(tine_count(p, &got, NULL), TINE_OK);
  CHECK_INT(got, count);
  CHECK_INT(tine_sum(p, &total, NULL), TINE_OK);
  CHECK_INT(total.as.i, sum);
  tine_pipeline_release(p);
  tine_array_release(a);
  free(x);
}

static void filters(void) {
  for (unsigned round = 0; round < 60; round++)
    one_filter(1 + check_below(5000), 1 + (ptrdiff_t)check_below(2), (int64_t)check_below(102) - 1);
}

CHECK_SUITE(predicate, CHECK_CASE(as_the_kernel), CHECK_CASE(filters))
