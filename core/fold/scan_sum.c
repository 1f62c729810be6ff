/*
** Prefix sums of floats; see scan_sum.h, and README.md, "Prefix sums", for why they are monotone.
**
** f32: all sums are f64, one addition each. f64: a sum is a pair, the plain sum and the sum of its errors (Neumaier,
** "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", 1974; two_sum is Knuth's). A prefix sum is
** the carry and such a pair, four doubles, rounded correctly: nearly always a bound on the errors shows that it is, and
** else they are added without any.
*/
#include "scan_sum.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "../base/check.h"
#include "../kernel/simd.h"

enum { SCAN_FILLED = 2 * TI_SCAN_RUN }; /* items of a last cell that are worth the loops for a whole one */

static size_t scan_run_end(size_t i, size_t n) {
  return n - i < TI_SCAN_RUN ? n : i + TI_SCAN_RUN;
}

/* ----- Pairs ----- */

static inline bool sum_finite(double x) {
  return x - x == 0;
}

/* a + b, and what that lacks (Dekker, 1971): the larger one first, so that nothing overflows if the sum does not. Both
   orders are computed, since nobody can foretell which it will be. */
static inline double two_sum(double a, double b, double *error) {
  const double sum = a + b, first = b - (sum - a), second = a - (sum - b);
  *error = fabs(a) < fabs(b) ? second : first;
  return sum;
}

/* Adds x to a list of numbers that do not overlap, the smallest first; returns how many there are then (Shewchuk,
   "Adaptive Precision Floating-Point Arithmetic", 1997). */
static unsigned parts_add(double *part, unsigned parts, double x) {
  unsigned kept = 0;
  for (unsigned i = 0; i < parts; i++) {
    double error;
    x = two_sum(x, part[i], &error);
    if (error != 0)
      part[kept++] = error;
  }
  part[kept++] = x;
  return kept;
}

/* Such a list rounded once: from the largest on, and what lies half way between two is put right by the sign of the
   rest. */
static double parts_round(const double *part, unsigned parts) {
  double sum = part[--parts], error = 0;
  while (parts > 0 && error == 0)
    sum = two_sum(sum, part[--parts], &error);
  if (parts > 0 && error != 0 && (error < 0) == (part[parts - 1] < 0)) {
    const double further = sum + 2 * error; /* half way, if this is two_sum's other neighbour */
    if (further - sum == 2 * error)
      return further;
  }
  return sum;
}

/* a, which is finite, and three small numbers, rounded once. Where a is so large that a sum on the way might overflow
   all is done with a quarter of it; of what is lost then only the sign counts. */
static double sum_exactly(double a, double b, double c, double d) {
  const double small = 0x1p-900;
  double part[4] = {b};
  unsigned parts = parts_add(part, parts_add(part, 1, c), d);
  if (fabs(a) < 0x1p1000)
    return parts_round(part, parts_add(part, parts, a));
  for (unsigned i = 0; i < parts; i++)
    part[i] = part[i] == 0 ? 0 : fabs(part[i]) < small ? copysign(small, part[i]) : part[i] * 0.25;
  return 4 * parts_round(part, parts_add(part, parts, a * 0.25));
}

/* carry + (sum + errors), rounded once; zeros keep their sign. All finite. It is a + v, and w besides; if more and less
   than that give the same that is it. */
static double sum_round(const ti_scan_sum *carry, double sum, double errors) {
  double b, lost, missed;
  const double a = two_sum(carry->hi, sum, &b), t = two_sum(carry->lo, errors, &lost), v = two_sum(b, t, &missed);
  const double w = fabs(lost + missed), k = w != 0 ? 2 * w + fabs(v) * 0x1p-51 : 0;
  if (!sum_finite(a) || v == 0)
    return a;
  return a + (v + k) == a + (v - k) ? a + v : sum_exactly(a, b, carry->lo, errors);
}

static bool carry_keeps(double hi, double lo) {
  return hi + lo == hi;
}

/* A carry of that value, which is hi rounded: lo is what is left, but never so that the two round to another. */
static ti_scan_sum carry_of(double hi, double lo) {
  if (!carry_keeps(hi, lo))
    lo = nextafter(lo, 0);
  ti_assert(carry_keeps(hi, lo) && sum_finite(hi));
  return (ti_scan_sum){hi, lo};
}

/* The carry behind a run of that sum, or its beginning. */
static ti_scan_sum carry_add(const ti_scan_sum *carry, const ti_scan_sum *total) {
  const double hi = sum_round(carry, total->hi, total->lo);
  double a, b, c, d, lo;
  if (!sum_finite(hi))
    return (ti_scan_sum){hi, 0};
  a = two_sum(carry->hi, total->hi, &b);
  c = two_sum(a, -hi, &d);
  lo = c + (b + (carry->lo + total->lo));
  if (carry_keeps(hi, lo) || carry_keeps(hi, nextafter(lo, 0)))
    return carry_of(hi, lo);
  /* What stands before cancels: then a last place of lo is much in the result. */
  {
    double part[5] = {carry->lo};
    unsigned parts = parts_add(part, parts_add(part, 1, total->lo), b);
    parts = parts_add(part, parts_add(part, parts, d), c);
    return carry_of(hi, parts_round(part, parts));
  }
}

/* Item by item from the carry on, as a plain loop would. 'out' may be NULL. */
static ti_scan_sum carry_walk(ti_scan_sum carry, const double *x, size_t n, double *out) {
  for (size_t i = 0; i < n; i++) {
    double error;
    const double sum = two_sum(carry.hi, x[i], &error);
    carry.hi = sum;
    carry.lo = sum_finite(sum) ? carry.lo + error : 0;
    if (out != NULL)
      out[i] = carry.lo == 0 ? sum : sum + carry.lo;
  }
  if (sum_finite(carry.hi) && carry.lo != 0) {
    double left;
    const double hi = two_sum(carry.hi, carry.lo, &left);
    carry = sum_finite(hi) ? carry_of(hi, left) : (ti_scan_sum){hi, 0};
  }
  return carry;
}

/* ----- The loops of each instruction set ----- */

#define SUM_SET base
#define SUM_BYTES 16
#define SUM_TURN(v)                                 \
  do {                                              \
    const scan_vector_base a_ = {v[0][0], v[1][0]}; \
    v[1] = (scan_vector_base){v[0][1], v[1][1]};    \
    v[0] = a_;                                      \
  } while (0)
#include "scan_sum_set.h"

#if TI_SIMD_X86
#include <immintrin.h>

TI_SIMD_AVX2_BEGIN
/* Pairs of neighbours, and pairs of those. */
static inline void turn_avx2(__m256d *v) {
  const __m256d a = _mm256_unpacklo_pd(v[0], v[1]), b = _mm256_unpackhi_pd(v[0], v[1]);
  const __m256d c = _mm256_unpacklo_pd(v[2], v[3]), d = _mm256_unpackhi_pd(v[2], v[3]);
  v[0] = _mm256_permute2f128_pd(a, c, 0x20);
  v[1] = _mm256_permute2f128_pd(b, d, 0x20);
  v[2] = _mm256_permute2f128_pd(a, c, 0x31);
  v[3] = _mm256_permute2f128_pd(b, d, 0x31);
}
#define SUM_SET avx2
#define SUM_BYTES 32
#define SUM_TURN(v) turn_avx2((__m256d *)(v))
#include "scan_sum_set.h"
TI_SIMD_STOP

TI_SIMD_AVX512_BEGIN
/* Pairs of neighbours, pairs of those, and pairs of those. */
static inline void turn_avx512(__m512d *v) {
  const __m512i even = _mm512_set_epi64(13, 12, 5, 4, 9, 8, 1, 0), odd = _mm512_set_epi64(15, 14, 7, 6, 11, 10, 3, 2);
  __m512d u[8], t[8];
  for (unsigned i = 0; i < 8; i += 2) {
    u[i] = _mm512_unpacklo_pd(v[i], v[i + 1]);
    u[i + 1] = _mm512_unpackhi_pd(v[i], v[i + 1]);
  }
  for (unsigned i = 0; i < 8; i += 4)
    for (unsigned k = 0; k < 2; k++) {
      t[i + k] = _mm512_permutex2var_pd(u[i + k], even, u[i + k + 2]);
      t[i + k + 2] = _mm512_permutex2var_pd(u[i + k], odd, u[i + k + 2]);
    }
  for (unsigned k = 0; k < 4; k++) {
    v[k] = _mm512_shuffle_f64x2(t[k], t[k + 4], 0x44);
    v[k + 4] = _mm512_shuffle_f64x2(t[k], t[k + 4], 0xEE);
  }
}
#define SUM_SET avx512
#define SUM_BYTES 64
#define SUM_TURN(v) turn_avx512((__m512d *)(v))
#include "scan_sum_set.h"
TI_SIMD_STOP
#endif

struct ti_scan_set {
  void (*totals_f64)(const double *x, ti_scan_sum *totals);
  void (*cell_f64)(double *x, const ti_scan_sum *carry);
  void (*run_f64)(double *sum, const double *errors, const ti_scan_sum *carry);
  void (*totals_f32)(const float *x, ti_scan_sum *totals);
  void (*cell_f32)(float *x, const ti_scan_sum *carry);
};

#define SCAN_SET(set) \
  { scan_totals_f64_##set, scan_cell_f64_##set, scan_run_f64_##set, scan_totals_f32_##set, scan_cell_f32_##set }

static const struct ti_scan_set scan_sets[TI_SIMD_END] = {
    SCAN_SET(base),
#if TI_SIMD_X86
    SCAN_SET(avx2),
    SCAN_SET(avx512),
#endif
};

/* ----- f32 ----- */

static void totals_f32(const ti_scan_sums *s, const void *values, ti_scan_cell *cell) {
  s->set->totals_f32(values, cell->run);
}

static void advance_f32(const void *values, ti_scan_cell *cell, ti_scan_sum *carry) {
  (void)values;
  for (size_t j = 0; j < TI_SCAN_RUNS; j++) {
    const double total = cell->run[j].hi;
    cell->run[j] = *carry;
    carry->hi += total;
  }
  cell->known = true;
}

static void prefixes_f32(const ti_scan_sums *s, void *values, size_t n, const ti_scan_cell *cell) {
  double before = cell->run[0].hi;
  float *const x = values;
  ti_assert(n > 0 && n <= TI_CELL);
  if (cell->known && n == TI_CELL) {
    s->set->cell_f32(x, cell->run);
    return;
  }
  for (size_t i = 0; i < n; i = scan_run_end(i, n)) {
    double sum = -0.0;
    for (size_t k = i; k < scan_run_end(i, n); k++) {
      sum += (double)x[k];
      x[k] = (float)(before + sum);
    }
    before += sum;
  }
}

/* ----- f64 ----- */

static void totals_f64(const ti_scan_sums *s, const void *values, ti_scan_cell *cell) {
  s->set->totals_f64(values, cell->run);
}

/* The sums of a run's items up to each, and of what is lost; 0 behind them. Returns how many are finite. */
static size_t run_sums(const double *x, size_t n, double *sum, double *errors) {
  double s = -0.0, e = 0;
  size_t finite = 0;
  memset(sum, 0, TI_SCAN_RUN * sizeof *sum);
  memset(errors, 0, TI_SCAN_RUN * sizeof *errors);
  for (; finite < n; finite++) {
    const double next = s + x[finite], part = next - s; /* as SUM(next), whatever that makes of the largest numbers */
    e += (s - (next - part)) + (x[finite] - part);
    s = next;
    if (!sum_finite(s) || !sum_finite(e))
      break;
    sum[finite] = s;
    errors[finite] = e;
  }
  return finite;
}

/* The carry behind a run of which not all sums are finite, or where the carry is not: those that are finite count as
   everywhere, so that they do not depend on what comes after; the rest is walked. */
static ti_scan_sum advance_rest(const double *x, ti_scan_sum carry) {
  double sum[TI_SCAN_RUN], errors[TI_SCAN_RUN];
  const size_t finite = sum_finite(carry.hi) ? run_sums(x, TI_SCAN_RUN, sum, errors) : 0;
  if (finite > 0)
    carry = carry_add(&carry, &(ti_scan_sum){sum[finite - 1], errors[finite - 1]});
  return carry_walk(carry, x + finite, TI_SCAN_RUN - finite, NULL);
}

static void advance_f64(const void *values, ti_scan_cell *cell, ti_scan_sum *carry) {
  const double *const x = values;
  cell->known = true;
  for (size_t j = 0; j < TI_SCAN_RUNS; j++) {
    const ti_scan_sum total = cell->run[j];
    const bool plain = sum_finite(carry->hi) && sum_finite(total.hi) && sum_finite(total.lo);
    cell->run[j] = *carry;
    cell->known = cell->known && plain;
    if (plain)
      *carry = carry_add(carry, &total);
    else if (sum_finite(carry->hi) || (!isnan(carry->hi) && !sum_finite(total.hi)))
      *carry = advance_rest(x + j * TI_SCAN_RUN, *carry);
    /* else nothing changes it: NaN, or infinite and no item is */
  }
}

/* A run's values become their prefix sums; what stands before them becomes what stands behind. */
static void prefixes_run(const ti_scan_sums *s, double *x, size_t n, ti_scan_sum *carry) {
  double sum[TI_SCAN_RUN], errors[TI_SCAN_RUN];
  const size_t finite = sum_finite(carry->hi) ? run_sums(x, n, sum, errors) : 0;
  if (finite > 0) {
    const ti_scan_sum total = {sum[finite - 1], errors[finite - 1]};
    if (carry->hi == 0) /* so is lo, and a zero may have to keep its sign */
      for (size_t i = 0; i < finite; i++)
        sum[i] = errors[i] == 0 ? carry->hi + sum[i] : carry->hi + sum[i] + errors[i];
    else
      s->set->run_f64(sum, errors, carry);
    memcpy(x, sum, finite * sizeof *x);
    *carry = carry_add(carry, &total);
  }
  *carry = carry_walk(*carry, x + finite, n - finite, x + finite);
}

static bool is_minus_zero(double x) {
  return x == 0 && signbit(x);
}

/* A whole cell of which all carries are known. Its loops add zeros that are not there; only where all that came so far
   is -0.0, and so is the sum, one of them counts. */
static void prefixes_cell(const ti_scan_sums *s, double *x, const ti_scan_sum *carry) {
  size_t zeros = 0;
  while (is_minus_zero(carry->hi) && zeros < TI_CELL && is_minus_zero(x[zeros]))
    zeros++;
  s->set->cell_f64(x, carry);
  for (size_t i = 0; i < zeros; i++)
    x[i] = -0.0;
}

/* The last cell, filled up with zeros to a whole one. False, with nothing done, if not all of its sums are finite. */
static bool prefixes_filled(const ti_scan_sums *s, double *x, size_t n, ti_scan_sum before) {
  double filled[TI_CELL];
  ti_scan_cell cell;
  memcpy(filled, x, n * sizeof *x);
  memset(filled + n, 0, (TI_CELL - n) * sizeof *x);
  s->set->totals_f64(filled, cell.run);
  advance_f64(filled, &cell, &before);
  if (cell.known) {
    prefixes_cell(s, filled, cell.run);
    memcpy(x, filled, n * sizeof *x);
  }
  return cell.known;
}

static void prefixes_f64(const ti_scan_sums *s, void *values, size_t n, const ti_scan_cell *cell) {
  ti_scan_sum before = cell->run[0];
  double *const x = values;
  ti_assert(n > 0 && n <= TI_CELL);
  if (cell->known && n == TI_CELL) {
    prefixes_cell(s, x, cell->run);
    return;
  }
  if (n >= SCAN_FILLED && prefixes_filled(s, x, n, before))
    return;
  for (size_t i = 0; i < n; i = scan_run_end(i, n))
    prefixes_run(s, x + i, scan_run_end(i, n) - i, &before);
}

const ti_scan_sums *ti_scan_sums_variant(tine_dtype dtype, unsigned simd) {
#define SCAN_BOTH(set)                                          \
  {                                                             \
    {totals_f32, advance_f32, prefixes_f32, &scan_sets[set]}, { \
      totals_f64, advance_f64, prefixes_f64, &scan_sets[set]    \
    }                                                           \
  }
  static const ti_scan_sums variants[TI_SIMD_END][2] = {SCAN_BOTH(TI_SIMD_BASE), SCAN_BOTH(TI_SIMD_AVX2),
                                                        SCAN_BOTH(TI_SIMD_AVX512)};
#undef SCAN_BOTH
  ti_assert((dtype == TINE_F32 || dtype == TINE_F64) && simd < TI_SIMD_END);
  return &variants[simd][dtype == TINE_F64];
}

#undef SCAN_SET
