/*
** Finding bins; see bins.h. A product finds the bin up to rounding; its edges then decide. Edges never fall from bin
** to bin, so the answer is the last bin whose lower edge is not above the value, whatever the first guess was.
**
** Where limits and width are far from what rounding does to them, the guess is at most one bin off, and one step to
** either side does: no branch, and vectors of it. And as a rule not even that is needed: a value that lies well between
** two edges is where it is guessed to be, so edges are only looked at once one comes that does not.
*/
#include "bins.h"

#include "../base/check.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "simd.h"

#define BINS_FEW (UINT64_C(1) << 30) /* indices that a conversion from double to 32 bits, and one more, can take */
#define BINS_STRIP 64                /* values that are guessed at a time */
#define BINS_SMALL 0x1p-800          /* a distance that is enlarged, by BINS_ENLARGED */
#define BINS_ENLARGED 0x1p600
#define BINS_FRACTION 20                                               /* bits of a place behind the point */
#define BINS_FIXED 0x1p32                                              /* 2^(52 - BINS_FRACTION) */
#define BINS_FIXED_BITS ((uint64_t)(0x3ff + 52 - BINS_FRACTION) << 52) /* its own */
#define BINS_LEAST 0x1p-900 /* a width, or an inverse of it, that no rounding error below is lost in */

static double bins_edge(const ti_bins *b, uint64_t i) {
  return b->lo + (double)i * b->width;
}

/* The last of the bins [from, to) whose lower edge is not above x; that of 'from' is not. Where a width is lost in the
   limits' last place a guess is off by half of all bins, so one step after the other will not do. */
static uint64_t bins_last(const ti_bins *b, double x, uint64_t from, uint64_t to) {
  ti_assert(from < to && to <= b->n);
  while (to - from > 1) {
    const uint64_t mid = from + (to - from) / 2;
    if (x >= bins_edge(b, mid))
      from = mid;
    else
      to = mid;
  }
  return from;
}

uint64_t ti_bins_of(const ti_bins *b, double x) {
  double place;
  uint64_t bin;
  x *= b->enlarged;
  if (!(x >= b->lo && x <= b->hi))
    return b->n;
  place = (x - b->lo) * b->scale; /* no number where the width vanishes */
  bin = place < (double)b->n ? (uint64_t)place : b->n - 1;
  if (bin > 0 && x < bins_edge(b, bin))
    return bins_last(b, x, 0, bin);
  if (bin + 1 < b->n && x >= bins_edge(b, bin + 1))
    return bins_last(b, x, bin + 1, b->n);
  return bin;
}

static void bins_find_any(const ti_bins *b, const double *x, size_t count, uint32_t *bin) {
  for (size_t i = 0; i < count; i++)
    bin[i] = (uint32_t)ti_bins_of(b, *(const volatile double *)&x[i]);
}

/* All in doubles, which count bins exactly; what lies outside is computed as lo. The upper edge of the last bin may lie
   below hi, so the step over it is taken back. Values lie in memory that others may write to, and a compiler may load
   one twice; so what is found is kept among the bins, whatever it was made of. */
#define BINS_FIND(set)                                                                                            \
  static void bins_find_##set(const ti_bins *b, const double *restrict x, size_t count, uint32_t *restrict bin) { \
    const double lo = b->lo, hi = b->hi, width = b->width, scale = b->scale, last = (double)(b->n - 1);           \
    for (size_t i = 0; i < count; i++) {                                                                          \
      const bool inside = (x[i] >= lo) & (x[i] <= hi);                                                            \
      const double v = inside ? x[i] : lo;                                                                        \
      const double place = (v - lo) * scale;                                                                      \
      const double guess = trunc(place < last ? place : last);                                                    \
      const double up = v >= lo + (guess + 1) * width ? guess + 1 : guess;                                        \
      const double found = v < lo + guess * width ? guess - 1 : up;                                               \
      const double least = found > 0 ? found : 0;                                                                 \
      const double kept = least < last ? least : last;                                                            \
      bin[i] = (uint32_t)(int32_t)(inside ? kept : last + 1);                                                     \
    }                                                                                                             \
  }

/* Places in fixed point, as the mantissa of BINS_FIXED more: rounded to 2^-BINS_FRACTION, a whole and a fraction. A
   fraction that is 0, or the greatest there is, may be an edge: then the rest goes the long way. All that lies outside
   is negative, which is large, or too large, or so close to an edge: infinities and NaN have greater bits than any
   place. */
#define BINS_QUICK(set)                                                                                            \
  static inline bool bins_strip_##set(const ti_bins *b, const double *restrict x, uint32_t *restrict bin) {        \
    const double lo = b->lo, scale = b->scale;                                                                     \
    const int64_t n = (int64_t)b->n; /* signed: AVX2 compares no others */                                         \
    const uint64_t ends = (UINT64_C(1) << BINS_FRACTION) - 2;                                                      \
    uint64_t doubts = 0;                                                                                           \
    for (size_t i = 0; i < BINS_STRIP; i++) {                                                                      \
      const double fixed = (x[i] - lo) * scale + BINS_FIXED;                                                       \
      uint64_t bits;                                                                                               \
      int64_t whole;                                                                                               \
      memcpy(&bits, &fixed, sizeof bits);                                                                          \
      bits -= BINS_FIXED_BITS;                                                                                     \
      whole = (int64_t)(bits >> BINS_FRACTION);                                                                    \
      bin[i] = (uint32_t)(whole < n ? whole : n);                                                                  \
      doubts |= (uint64_t)(((bits + 1) & ends) == 0);                                                              \
    }                                                                                                              \
    return doubts == 0;                                                                                            \
  }                                                                                                                \
  static void bins_quick_##set(const ti_bins *b, const double *restrict x, size_t count, uint32_t *restrict bin) { \
    size_t i = 0;                                                                                                  \
    while (count - i >= BINS_STRIP && bins_strip_##set(b, x + i, bin + i))                                         \
      i += BINS_STRIP;                                                                                             \
    bins_find_##set(b, x + i, count - i, bin + i);                                                                 \
  }

BINS_FIND(base)

#if TI_SIMD_X86
TI_SIMD_AVX2_BEGIN
BINS_FIND(avx2)
BINS_QUICK(avx2)
TI_SIMD_STOP

TI_SIMD_AVX512_BEGIN
BINS_FIND(avx512)
BINS_QUICK(avx512)
TI_SIMD_STOP
#endif

/* Is a guess at most one bin off? With u = 2^-53, the exact place is (x - lo) / (hi - lo) * n. Difference, scale and
   product put 4 u n on it; an edge is off by at most 3 u n + u n max(|lo|, |hi|) / (hi - lo), in bins. If both are
   below a half, a value between the edges of bin i is guessed to be in i - 1, i or i + 1. If both are below
   2^-BINS_FRACTION / 4, which with the rounding to fixed point is below 2^-BINS_FRACTION, it is in i or in doubt. */
static bool bins_near(const ti_bins *b, double limit) {
  const double largest = fmax(fabs(b->lo), fabs(b->hi)), distance = b->hi - b->lo;
  return b->width > BINS_LEAST && distance < 1 / BINS_LEAST && (double)b->n * (8 + largest / distance) < limit;
}

/* Where the distance is below 2^-800 so are the limits below 2^-700: two numbers apart, at least, and so exact when
   enlarged. What lies outside stays there, or becomes infinite. */
void ti_bins_variant(unsigned simd, ti_bins *b, double lo, double hi, uint64_t n) {
  const double enlarged = hi - lo < BINS_SMALL ? BINS_ENLARGED : 1;
  ti_assert(lo < hi && n > 0 && simd < TI_SIMD_END);
  lo *= enlarged;
  hi *= enlarged;
  *b = (ti_bins){
      lo, hi, (hi - lo) / (double)n, (double)n / (hi - lo), enlarged, n, n <= BINS_FEW ? bins_find_any : NULL};
  if (b->find == NULL || enlarged > 1 || !bins_near(b, 0x1p51))
    return;
  b->find = bins_find_base;
#if TI_SIMD_X86
  const bool quick = bins_near(b, 0x1p-2 * 0x1p53 / (1 << BINS_FRACTION));
  if (simd == TI_SIMD_AVX2)
    b->find = quick ? bins_quick_avx2 : bins_find_avx2;
  if (simd == TI_SIMD_AVX512)
    b->find = quick ? bins_quick_avx512 : bins_find_avx512;
#endif
  (void)simd;
}

void ti_bins_init(ti_bins *b, double lo, double hi, uint64_t n) {
  ti_bins_variant(ti_simd_best(), b, lo, hi, n);
}

#undef BINS_FIND
#undef BINS_QUICK
#undef BINS_STRIP
#undef BINS_FRACTION
#undef BINS_FIXED
#undef BINS_FIXED_BITS
#undef BINS_FEW
#undef BINS_SMALL
#undef BINS_ENLARGED
#undef BINS_LEAST
