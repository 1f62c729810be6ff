/*
** Mean and squared distances, for variances that keep small noise on large values. A cell is gone over twice: its mean,
** then the distances from it, which also tell what rounding took from the mean. So the mean is held in two parts, and
** stretches are combined by the update of Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for
** computing sample variances", 1979, on differences that are exact where it counts.
**
** Accumulator: value.f + low the mean, extra.m2 the sum of squared distances from it.
*/
#include <string.h>

#include "fold_mask.h"

static double moments_sum(const double *x, size_t n) {
  ti_acc sum;
  ti_fold_sum_f64.cell(NULL, x, n, 0, &sum, NULL);
  return sum.value.f;
}

/* The sums of the distances from the mean and of their squares, in lanes: those of ti_fold_sum_f64. As many lanes at a
   time as registers hold of both, so items are read a few times; they lie in the first-level cache. */
typedef struct moments_lanes {
  _Alignas(64) double distance[TI_LANES], square[TI_LANES];
} moments_lanes;

enum { MOMENTS_VECTORS = 4 };
#define MOMENTS_GO(name, attribute, bytes)                                                                 \
  attribute static void name(const double *x, size_t n, double mean, moments_lanes *out) {                 \
    typedef double vector __attribute__((vector_size(bytes)));                                             \
    typedef double anywhere __attribute__((vector_size(bytes), aligned(_Alignof(double)), may_alias));     \
    enum { each = (bytes) / sizeof(double), lanes = each * MOMENTS_VECTORS };                              \
    const vector none = -(vector){0}; /* TI_FOLD_NONE */                                                   \
    const size_t whole = n - n % TI_LANES;                                                                 \
    for (size_t from = 0; from < TI_LANES; from += lanes) {                                                \
      vector d[MOMENTS_VECTORS] = {none, none, none, none}, q[MOMENTS_VECTORS] = {none, none, none, none}; \
      for (size_t i = from; i < whole; i += TI_LANES) {                                                    \
        const anywhere *row = (const anywhere *)(const void *)(x + i);                                     \
        _Pragma("GCC unroll 4") for (unsigned k = 0; k < MOMENTS_VECTORS; k++) {                           \
          const vector off = row[k] - mean;                                                                \
          d[k] = d[k] + off;                                                                               \
          q[k] = q[k] + off * off;                                                                         \
        }                                                                                                  \
      }                                                                                                    \
      memcpy(out->distance + from, d, sizeof d);                                                           \
      memcpy(out->square + from, q, sizeof q);                                                             \
    }                                                                                                      \
    for (size_t j = 0; whole + j < n; j++) {                                                               \
      const double off = x[whole + j] - mean, square = off * off;                                          \
      out->distance[j] += off;                                                                             \
      out->square[j] += square;                                                                            \
    }                                                                                                      \
  }
MOMENTS_GO(moments_base, , 16)
#if TI_SIMD_X86
MOMENTS_GO(moments_wide, TI_SIMD_AVX2_ONE, 32)

/* Of those that have a bit; in the others' place is what adds nothing. (The square of that adds 0, which changes no sum
   in which there is a square.) */
TI_SIMD_AVX2_ONE static void moments_kept(const double *x, const uint64_t *bits, size_t n, double mean,
                                          moments_lanes *out) {
  const __m256d none = _mm256_set1_pd(TI_FOLD_NONE), middle = _mm256_set1_pd(mean);
  for (unsigned half = 0; half < TI_FOLD_VECTORS; half += MOMENTS_VECTORS) {
    __m256d d[MOMENTS_VECTORS] = {none, none, none, none}, q[MOMENTS_VECTORS] = {none, none, none, none};
    for (size_t i = 0; i < n; i += TI_LANES) {
      const __m256i row = ti_fold_row(bits, i);
      const double *const at = x + i + (size_t)TI_FOLD_EACH * half;
      TI_FOLD_EACH_OF(k, MOMENTS_VECTORS) {
        const __m256i mask = ti_fold_mask(row, half + k);
        const double *const four = at + (size_t)TI_FOLD_EACH * k;
        const __m256d items =
            (__m256d)(n - i >= TI_LANES ? ti_fold_load(four) : ti_fold_rest(four, mask, (__m256i)none));
        const __m256d off = _mm256_blendv_pd(none, items - middle, (__m256d)mask);
        d[k] = d[k] + off;
        q[k] = q[k] + off * off;
      }
    }
    memcpy(out->distance + TI_FOLD_EACH * half, d, sizeof d);
    memcpy(out->square + TI_FOLD_EACH * half, q, sizeof q);
  }
}
#endif
#undef MOMENTS_GO

static void moments_put(const moments_lanes *lanes, double mean, size_t n, ti_acc *out) {
  const double off = ti_fold_lanes(lanes->distance);
  out->value.f = mean;
  out->with.low = off / (double)n;
  out->extra.m2 = ti_fold_lanes(lanes->square) - off * out->with.low;
}

static int moments_cell(const void *env, const void *items, size_t n, uint64_t first, ti_acc *out, char *message) {
  const double mean = moments_sum(items, n) / (double)n;
  moments_lanes lanes;
  (void)env, (void)first, (void)message;
  ti_assert(n > 0 && n <= TI_CELL);
#if TI_SIMD_X86
  if (ti_simd_now() >= TI_SIMD_AVX2)
    moments_wide(items, n, mean, &lanes);
  else
#endif
    moments_base(items, n, mean, &lanes);
  moments_put(&lanes, mean, n, out);
  return 0;
}

static int moments_combine(const void *env, ti_acc *left, const ti_acc *right, char *message) {
  const double a = (double)left->n, b = (double)right->n, share = b / (a + b);
  const double d = (right->value.f - left->value.f) + (right->with.low - left->with.low);
  const double step = left->with.low + d * share;
  const double mean = left->value.f + step;
  const double took = mean - left->value.f; /* two-sum: Knuth, The Art of Computer Programming, vol. 2, 4.2.2 */
  (void)env, (void)message;
  ti_assert(left->n > 0 && right->n > 0);
  left->with.low = (left->value.f - (mean - took)) + (step - took);
  left->value.f = mean;
  left->extra.m2 += right->extra.m2 + d * d * (a * share);
  return 0;
}

static void moments_by_bits(const void *items, const uint64_t *bits, size_t n, size_t kept, void *room, ti_acc *out) {
  moments_lanes lanes;
  ti_acc sum;
  ti_assert(kept > 0 && kept <= n && n <= TI_CELL);
  ti_fold_sum_f64.bits(items, bits, n, kept, room, &sum);
  sum.value.f /= (double)kept;
#if TI_SIMD_X86
  if (ti_simd_now() >= TI_SIMD_AVX2)
    moments_kept(items, bits, n, sum.value.f, &lanes);
  else
#endif
  {
    const ti_acc_word none = {.f = TI_FOLD_NONE};
    double *const distance = room;
    const double *const x = ti_fold_blend(items, bits, n, none, room);
    for (size_t i = 0; i < n; i++)
      distance[i] = x[i] - sum.value.f;
    moments_base(ti_fold_blend(distance, bits, n, none, room), n, 0, &lanes);
  }
  moments_put(&lanes, sum.value.f, kept, out);
}

const ti_fold ti_fold_moments = {
    .name = "moments", .cell = moments_cell, .combine = moments_combine, .bits = moments_by_bits};
