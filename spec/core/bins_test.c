/*
** Bins against the plainest rule, edge by edge: each instruction set, with values on the edges and next to them, limits
** of every size, and widths that rounding distorts or makes vanish. Then whole histograms.
*/
#include <math.h>

#include "check.h"
#include "../../core/kernel/bins.h"
#include "../../core/kernel/simd.h"
#include "../../core/tine.h"

enum { VALUES = 3000, MOST = 1 << 11 };

/* The last bin whose lower edge is not above x. */
static uint64_t bin_of(double lo, double hi, uint64_t n, double x) {
  const double large = hi - lo < 0x1p-800 ? 0x1p600 : 1, width = (hi * large - lo * large) / (double)n;
  uint64_t bin = 0;
  x *= large;
  lo *= large;
  hi *= large;
  if (!(x >= lo && x <= hi))
    return n;
  for (uint64_t i = 1; i < n; i++)
    if (x >= lo + (double)i * width)
      bin = i;
  return bin;
}

static double unit(void) {
  return (double)(check_random() >> 11) * 0x1p-53;
}

/* A few bits of a number, of any size a double has or of a moderate one. */
static double number(void) {
  const double x = check_below(2) ? floor(unit() * 1000) : unit();
  const int power = check_below(4) == 0 ? (int)check_below(2000) - 1050 : (int)check_below(24) - 12;
  return check_below(8) == 0 ? 0 : ldexp(check_below(2) ? x : -x, power);
}

/* An edge as the rule computes it, or another value, moved by some units in the last place. */
static double value(double lo, double hi, uint64_t n) {
  double x = lo + (double)check_below(n + 1) * ((hi - lo) / (double)n);
  switch (check_below(8)) {
    case 0: x = lo + unit() * (hi - lo); break;
    case 1: x = hi; break;
    case 2: x = number(); break;
    case 3: x = check_below(2) ? NAN : check_below(2) ? INFINITY : -INFINITY; break;
    default: break;
  }
  for (uint64_t steps = check_below(4); steps > 0; steps--)
    x = nextafter(x, check_below(2) ? INFINITY : -INFINITY);
  return x;
}

/* Limits, of which hi is the larger one at a finite distance, and a number of bins. */
static void limits(double *lo, double *hi, uint64_t *n) {
  do {
    *lo = number();
    *hi =
        check_below(3) == 0 ? nextafter(*lo, INFINITY) * (1 + 0x1p-50 * (double)check_below(40)) : *lo + fabs(number());
  } while (!(*hi - *lo > 0) || isinf(*hi - *lo));
  *n = 1 + (check_below(4) == 0 ? check_below(MOST) : check_below(120));
}

static void every_set(void) {
  static double x[VALUES];
  static uint32_t bin[VALUES];
  for (int round = 0; round < 300; round++) {
    double lo, hi;
    uint64_t n;
    const size_t count = (size_t)check_below(round % 10 == 0 ? VALUES : 100);
    limits(&lo, &hi, &n);
    for (size_t i = 0; i < count; i++)
      x[i] = value(lo, hi, n);
    for (unsigned simd = TI_SIMD_BASE; simd <= ti_simd_best(); simd++) {
      ti_bins b;
      ti_bins_variant(simd, &b, lo, hi, n);
      b.find(&b, x, count, bin);
      for (size_t i = 0; i < count; i++) {
        const uint64_t want = bin_of(lo, hi, n, x[i]);
        if (!CHECK_INT(bin[i], want) || !CHECK_INT(ti_bins_of(&b, x[i]), want)) {
          printf("  %a in %" PRIu64 " bins from %a to %a, set %u\n", x[i], n, lo, hi, simd);
          return;
        }
      }
    }
  }
}

/* Values well between two edges, which are guessed in strips, but for one, at any place: an edge, next to one, as far
   from one as guesses are not trusted any more, or outside. Fractions of a bin go down to a millionth. */
static void doubtful(void) {
  static double x[VALUES];
  static uint32_t bin[VALUES];
  for (int round = 0; round < 600; round++) {
    const uint64_t n = 1 + check_below(round % 3 == 0 ? MOST : 100);
    const double lo = floor(unit() * 200) - 100, hi = lo + 1 + floor(unit() * 200), width = (hi - lo) / (double)n;
    const size_t count = 1 + (size_t)check_below(VALUES);
    for (size_t i = 0; i < count; i++)
      x[i] = lo + ((double)check_below(n) + 0.01 + 0.98 * unit()) * width;
    for (uint64_t odd = check_below(3); odd > 0; odd--) {
      const double near = ldexp(unit() - 0.5, -(int)check_below(40)), edge = lo + (double)check_below(n + 1) * width;
      x[check_below(count)] = check_below(2) ? value(lo, hi, n) : edge + near * width;
    }
    for (unsigned simd = TI_SIMD_BASE; simd <= ti_simd_best(); simd++) {
      uint64_t wrong = 0;
      ti_bins b;
      ti_bins_variant(simd, &b, lo, hi, n);
      b.find(&b, x, count, bin);
      for (size_t i = 0; i < count; i++)
        wrong += bin[i] != bin_of(lo, hi, n, x[i]);
      CHECK_INT(wrong, 0);
    }
  }
}

/* Ordinary limits must not be taken for extraordinary ones, which go item by item. */
static void quick(void) {
  const double at[][3] = {{0, 1, 100}, {-1e9, 1e9, 1000}, {1e6, 1e6 + 1, 1 << 20}, {-1e-30, 1e-30, 7}, {0, 1e250, 10}};
  for (size_t k = 0; k < sizeof at / sizeof *at; k++) {
    ti_bins easy, b;
    ti_bins_variant(TI_SIMD_BASE, &easy, 0, 1, 1);
    ti_bins_variant(TI_SIMD_BASE, &b, at[k][0], at[k][1], (uint64_t)at[k][2]);
    CHECK(b.find == easy.find);
  }
}

static void too_many(void) {
  ti_bins b;
  ti_bins_init(&b, 0, 1, UINT64_C(1) << 40);
  CHECK(b.find == NULL);
  CHECK_INT(ti_bins_of(&b, 0.5), UINT64_C(1) << 39);
  CHECK_INT(ti_bins_of(&b, nextafter(0.5, 0)), (UINT64_C(1) << 39) - 1);
  CHECK_INT(ti_bins_of(&b, 1), (UINT64_C(1) << 40) - 1);
  CHECK_INT(ti_bins_of(&b, NAN), UINT64_C(1) << 40);
}

/* Where two limits are but two numbers apart, 2^38 edges and more are the same: nobody may go over them one by one. */
static void crowded(void) {
  const double lo = 1e15, x = lo + 0.125;
  uint64_t bin;
  ti_bins b;
  ti_bins_init(&b, lo, lo + 0.25, UINT64_C(1) << 40);
  bin = ti_bins_of(&b, x);
  CHECK(lo + (double)bin * b.width <= x && x < lo + (double)(bin + 1) * b.width);
  bin = ti_bins_of(&b, lo);
  CHECK(lo + (double)bin * b.width <= lo && lo < lo + (double)(bin + 1) * b.width);
  CHECK_INT(ti_bins_of(&b, lo + 0.25), (UINT64_C(1) << 40) - 1);
}

/* Two columns, one read backwards and one as f32; few bins, which are kept in lanes, and many. */
static void whole(void) {
  static double x[VALUES];
  static float y[VALUES];
  for (int round = 0; round < 40; round++) {
    const uint64_t n = 1 + check_below(round % 2 ? 60 : MOST), count = check_below(VALUES);
    const double lo = -3, hi = 5;
    tine_array *a = tine_slice_of(TINE_F64, x, count, sizeof *x), *b = tine_slice_of(TINE_F32, y, count, sizeof *y);
    tine_pipeline *p = tine_zip(tine_rev(tine_slice(a)), tine_slice(b));
    tine_array *out[2] = {NULL, NULL};
    int64_t want[2][MOST + 1];
    memset(want, 0, sizeof want);
    for (uint64_t i = 0; i < count; i++) {
      x[i] = value(lo, hi, n);
      y[i] = (float)value(lo, hi, n);
      want[0][bin_of(lo, hi, n, x[i])]++;
      want[1][bin_of(lo, hi, n, (double)y[i])]++;
    }
    if (check_below(2))
      p = tine_max_len(p, 1 + check_below(2000));
    CHECK_INT(tine_histogram(p, lo, hi, n, out, NULL), TINE_OK);
    for (int c = 0; c < 2; c++) {
      CHECK_STOP(out[c] != NULL && tine_array_len(out[c]) == n);
      for (uint64_t i = 0; i < n; i++)
        if (!CHECK_INT(tine_array_get(out[c], i).as.i, want[c][i]))
          break;
      tine_array_release(out[c]);
    }
    tine_pipeline_release(p);
    tine_array_release(a);
    tine_array_release(b);
  }
}

CHECK_SUITE(bins, CHECK_CASE(every_set), CHECK_CASE(doubtful), CHECK_CASE(quick), CHECK_CASE(too_many),
            CHECK_CASE(crowded), CHECK_CASE(whole))
