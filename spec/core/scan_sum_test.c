/*
** Prefix sums of floats: against their definition spelt out, with sums that have no error; that they are monotone, and
** near the exact ones; and what is infinite or too large.
*/
#include "../../core/fold/scan_sum.h"
#include "../../core/kernel/simd.h"
#include "scan_sum_model.h"

#include <math.h>

/* Numbers of one sign that are often half way between two results, or next to it. */
static double near_half_ways(unsigned kind) {
  switch (kind) {
    case 0: return check_below(3) == 0 ? 0 : ldexp((double)check_below(8), -54);
    case 1: return check_below(4) == 0 ? 0 : ldexp(1 + (double)check_below(3) * 0x1p-52, -(int)check_below(110));
    case 2: return (double)check_below(1000) / 1000;
    case 3: return ldexp((double)check_below(1u << 20), (int)check_below(60));
    default: return ldexp((double)check_random(), (int)check_below(200) - 200);
  }
}

/* Of both signs, near the largest ones, where sums are infinite a moment too early. */
static double largest(unsigned seldom) {
  static const double list[] = {0x1.fffffffffffffp+1023,
                                -0x1.fffffffffffffp+1023,
                                0x1p971,
                                -0x1p971,
                                0x1.8p971,
                                -0x1.8p971,
                                0x1p1023,
                                0x1p970,
                                0x1p-1000,
                                -0x1p1023,
                                0x1.fffffffffffffp969,
                                0x1.fffffffffffffp+1022,
                                -0x1p-900};
  return check_below(seldom % 3 == 0 ? 60 : 4) == 0 ? list[check_below(sizeof list / sizeof list[0])] : 0;
}

/* Of both signs and many sizes, which cancel. */
static double cancelling(void) {
  static double kept[4];
  const size_t k = check_below(4);
  if (check_below(3) == 0)
    return 0;
  if (check_below(2) == 0)
    return -kept[k];
  kept[k] = ldexp((double)(check_random() >> check_below(50) << 11), (int)check_below(120) - 120);
  return kept[k];
}

static tine_array *prefixes_of(tine_dtype dtype, const void *x, uint64_t n, const tine_value *init) {
  tine_array *const a = tine_slice_of(dtype, (void *)(uintptr_t)x, n, (ptrdiff_t)tine_dtype_size(dtype)), *out = NULL;
  tine_pipeline *const p = tine_on(tine_slice(a), test_pool(1 + (unsigned)check_below(3)));
  CHECK_INT(tine_scan(p, tine_kernel_find(NULL, "add", NULL), init, &out, NULL), TINE_OK);
  tine_pipeline_release(p);
  tine_array_release(a);
  return out;
}

static void sums_of_one_sign_are_monotone(void) {
  enum { MOST = 5000 };
  static double x[MOST];
  static float y[MOST];
  for (unsigned round = 0; round < 900; round++) {
    const tine_value before = tine_f64(ldexp(-(double)(check_random() >> 11), (int)check_below(80) - 80));
    const tine_value *const init = round % 5 < 2 && round % 2 == 0 ? &before : NULL;
    const uint64_t n = 1 + check_below(round % 3 == 0 ? 300 : MOST);
    const double sign = round % 2 == 0 ? 1 : -1;
    uint64_t back = 0, moved = 0;
    for (uint64_t i = 0; i < n; i++) {
      x[i] = sign * (check_below(6) == 0 ? 0 : near_half_ways(round % 5));
      y[i] = (float)x[i];
    }
    if (round % 4 == 0)
      x[0] = sign;
    tine_array *const a = prefixes_of(TINE_F64, x, n, init), *const b = prefixes_of(TINE_F32, y, n, NULL);
    if (CHECK(a != NULL && b != NULL)) {
      const double *const s = tine_array_data(a);
      const float *const t = tine_array_data(b);
      for (uint64_t i = 1; i < n; i++) {
        back += sign * s[i] < sign * s[i - 1] || (float)sign * t[i] < (float)sign * t[i - 1];
        moved += (x[i] == 0 && s[i] != s[i - 1]) || (y[i] == 0 && t[i] != t[i - 1]);
      }
    }
    CHECK_INT(back, 0);
    CHECK_INT(moved, 0);
    tine_array_release(a);
    tine_array_release(b);
  }
  test_pools_end();
}

/* The exact ones, rounded, but where those are half way as far as twice the precision goes. */
static void sums_are_the_exact_ones(void) {
  enum { MOST = 4000 };
  static double x[MOST];
  uint64_t all = 0, others = 0, far = 0;
  for (unsigned round = 0; round < 40; round++) {
    const uint64_t n = 1 + check_below(MOST);
    exact_sum exact = {{0}};
    for (uint64_t i = 0; i < n; i++)
      x[i] = (check_below(2) == 0 ? 1 : -1) * near_half_ways(2 + round % 3);
    tine_array *const a = prefixes_of(TINE_F64, x, n, NULL);
    const double *const s = tine_array_data(a);
    for (uint64_t i = 0; i < n; i++) {
      exact_add(&exact, x[i]);
      const double want = exact_value(&exact);
      all++;
      others += s[i] != want;
      far += s[i] != want && s[i] != nextafter(want, s[i]);
    }
    tine_array_release(a);
  }
  CHECK(others < all / 1000);
  CHECK_INT(far, 0);
  test_pools_end();
}

static void same_as_model(tine_dtype dtype, const scan_word *x, uint64_t n, bool init, scan_word first) {
  const tine_value value = tine_f64(dtype == TINE_F64 ? first.f : (double)first.s);
  const size_t size = tine_dtype_size(dtype);
  scan_word *const want = malloc(n * sizeof *want);
  char *const items = malloc(n * size);
  uint64_t wrong = 0, at = n;
  for (uint64_t i = 0; i < n; i++)
    memcpy(items + i * size, &x[i], size);
  scan_sum_model(dtype, x, want, n, init, first);
  tine_array *const out = prefixes_of(dtype, items, n, init ? &value : NULL);
  for (uint64_t i = 0; out != NULL && i < n; i++) {
    scan_word got = {.u = 0};
    memcpy(&got, (char *)tine_array_data(out) + i * size, size);
    const bool nan = dtype == TINE_F64 ? isnan(got.f) && isnan(want[i].f) : isnan(got.s) && isnan(want[i].s);
    if (!nan && memcmp(&got, &want[i], size) != 0 && wrong++ == 0)
      at = i;
  }
  if (!CHECK_INT(wrong, 0))
    printf(" (%s, item %d of %d)", tine_dtype_name(dtype), (int)at, (int)n);
  tine_array_release(out);
  free(items);
  free(want);
}

static void sums_have_the_models_bits(void) {
  enum { MOST = 9000 };
  static scan_word x[MOST];
  for (unsigned round = 0; round < 300; round++) {
    const tine_dtype dtype = round % 3 == 0 ? TINE_F32 : TINE_F64;
    const uint64_t n = 1 + check_below(round % 2 == 0 ? 400 : MOST);
    const unsigned kind = (unsigned)check_below(9);
    const uint64_t zeros = check_below(n + 1);
    scan_word first = {.u = 0};
    for (uint64_t i = 0; i < n; i++) {
      double v = near_half_ways(kind % 5) * (check_below(3) == 0 ? -1 : 1);
      if (kind == 5 && check_below(200) == 0)
        v = check_below(2) == 0 ? (double)INFINITY : -(double)INFINITY;
      if (kind == 6)
        v = largest(round);
      if (kind == 8)
        v = cancelling();
      if (kind == 7)
        v = i < zeros || check_below(5) == 0 ? -0.0 : (double)check_below(3) * 0x1p-1074;
      x[i].u = 0;
      if (dtype == TINE_F64)
        x[i].f = v;
      else
        x[i].s = (float)(kind == 6 ? v * 0x1p-900 : v);
      if (round % 8 == 1 && i + 20 >= n) /* what comes later changes nothing before */
        x[i].u = dtype == TINE_F64 ? UINT64_C(0x7ff0000000000000) : UINT64_C(0x7f800000);
    }
    if (dtype == TINE_F64)
      first.f = kind == 7 ? -0.0 : near_half_ways(kind % 5);
    else
      first.s = kind == 7 ? -0.0f : (float)near_half_ways(kind % 5);
    same_as_model(dtype, x, n, check_below(2) == 0, first);
  }
  test_pools_end();
}

/* The loops that whole cells take put a zero that is not there before all items, and after the last: results are -0.0
   as long as all items are, wherever the cell ends. */
static void minus_zeros_stay(void) {
  static const uint64_t lengths[] = {1, 255, 256, 257, 1000, 1024, 1025, 2048, 2500};
  static double x[2500];
  for (unsigned k = 0; k < sizeof lengths / sizeof lengths[0]; k++)
    for (unsigned round = 0; round < 20; round++) {
      const uint64_t n = lengths[k], zeros = check_below(n + 1);
      for (uint64_t i = 0; i < n; i++)
        x[i] = i < zeros ? -0.0 : i == zeros ? 0.0 : check_below(2) == 0 ? -0.0 : 0.0;
      tine_array *const a = prefixes_of(TINE_F64, x, n, NULL);
      const double *const s = tine_array_data(a);
      uint64_t wrong = 0;
      for (uint64_t i = 0; i < n; i++)
        wrong += s[i] != 0 || (signbit(s[i]) != 0) != (i < zeros);
      CHECK_INT(wrong, 0);
      tine_array_release(a);
    }
  test_pools_end();
}

/* A cell's way through the loops of a set; it is there twice, so that what stands before it is seldom nothing. */
static void cell_by(unsigned simd, tine_dtype dtype, const void *x, size_t n, char *out, ti_scan_sum *carry) {
  const ti_scan_sums *const s = ti_scan_sums_variant(dtype, simd);
  ti_scan_cell cell = {.known = false};
  *carry = TI_SCAN_NOTHING;
  for (unsigned round = 0; round < 2; round++) {
    memcpy(out, x, TI_CELL * tine_dtype_size(dtype));
    cell.run[0] = *carry;
    s->totals(s, out, &cell);
    s->advance(out, &cell, carry);
    s->prefixes(s, out, n, &cell);
  }
}

static void every_instruction_set_gives_the_same(void) {
  static double x[TI_CELL];
  static float y[TI_CELL];
  static char want[sizeof x], got[sizeof x];
  for (unsigned round = 0; round < 2000; round++) {
    const size_t n = check_below(3) == 0 ? 1 + check_below(TI_CELL) : TI_CELL;
    for (unsigned i = 0; i < TI_CELL; i++) {
      x[i] = near_half_ways(round % 5) * (check_below(3) == 0 ? -1 : 1);
      if (round % 7 == 0 && check_below(500) == 0)
        x[i] = (double)INFINITY;
      y[i] = (float)x[i];
    }
    for (unsigned simd = TI_SIMD_BASE; simd <= ti_simd_best(); simd++)
      for (unsigned floats = 0; floats < 2; floats++) {
        const tine_dtype dtype = floats != 0 ? TINE_F32 : TINE_F64;
        const void *const items = floats != 0 ? (const void *)y : (const void *)x;
        ti_scan_sum a, b;
        cell_by(TI_SIMD_BASE, dtype, items, n, want, &a);
        cell_by(simd, dtype, items, n, got, &b);
        if (!CHECK(memcmp(want, got, n * tine_dtype_size(dtype)) == 0 && memcmp(&a, &b, sizeof a) == 0))
          return;
      }
  }
}

/* Found by a reviewer: where a sum on the way overflows, a carry cancels, an infinity comes later. */
static void hard_ones(void) {
  static const struct {
    unsigned n, at[5];
    double x[5], init;
    unsigned look;
    double want;
  } cases[] = {
      {300, {0, 128}, {-0x1.8p971, 0x1.fffffffffffffp+1023}, 0, 200, 0x1.ffffffffffffep+1023},
      {300,
       {0, 1, 128, 129},
       {0x1.ffffffffffffep1022, 0x1p-1000, 0x1p1023, 0x1.fffffffffffffp969},
       0,
       200,
       0x1.fffffffffffffp+1023},
      {300, {0, 1, 2}, {-0x1.8p971, 0x1.fffffffffffffp+1023, -0x1.fffffffffffffp+1023}, 0, 2, -0x1.8p971},
      {600, {0, 128, 129}, {1, 0x1p-53, 0x1p-107}, 0, 135, 0x1.0000000000001p+0},
      {600, {0, 128, 129, 140}, {1, 0x1p-53, 0x1p-107, INFINITY}, 0, 135, 0x1.0000000000001p+0},
      {600, {0, 1, 128, 129, 130}, {0x1p53 + 2, -0.75, 0x1p110, -0x1p53, -0x1p110}, 0, 130, 1.25},
  };
  for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
    static double x[600];
    const tine_value init = tine_f64(cases[k].init);
    memset(x, 0, sizeof x);
    for (unsigned i = 0; i < 5; i++)
      if (cases[k].x[i] != 0)
        x[cases[k].at[i]] = cases[k].x[i];
    tine_array *const a = prefixes_of(TINE_F64, x, cases[k].n, &init);
    CHECK_F64(((const double *)tine_array_data(a))[cases[k].look], cases[k].want);
    tine_array_release(a);
  }
  {
    /* Nonnegative items behind a negative beginning, all but cancelled by it. */
    static double x[600];
    const tine_value init = tine_f64(-(0x1p60 + 0x1p8));
    x[0] = 0x1.fffffffffffffp-47;
    x[128] = 0x1p60;
    x[129] = 0x1p7 + 0x1p-2 + 0x1p-45;
    x[130] = 0x1p7;
    tine_array *const a = prefixes_of(TINE_F64, x, 600, &init);
    const double *const s = tine_array_data(a);
    for (unsigned i = 131; i < 600; i++)
      CHECK_F64(s[i], s[130]);
    tine_array_release(a);
  }
  test_pools_end();
}

CHECK_SUITE(scan_sum, CHECK_CASE(hard_ones), CHECK_CASE(every_instruction_set_gives_the_same),
            CHECK_CASE(sums_of_one_sign_are_monotone), CHECK_CASE(sums_are_the_exact_ones),
            CHECK_CASE(sums_have_the_models_bits), CHECK_CASE(minus_zeros_stay))
