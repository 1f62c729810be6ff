/*
** Bits of items as masks of vectors, for loops of AVX2 (and not of FMA: nothing may be contracted): in a row of 32
** items, register k holds four, from item 4 k on.
*/
#ifndef TI_FOLD_FOLD_MASK_H
#define TI_FOLD_FOLD_MASK_H

#include "../kernel/simd.h"
#include "fold.h"

#if TI_SIMD_X86
#include <immintrin.h>

enum { TI_FOLD_EACH = 4, TI_FOLD_VECTORS = TI_LANES / TI_FOLD_EACH };

/* How far to the left the bit of each item of a row is moved to become a sign. */
static const int64_t ti_fold_shifts[TI_LANES] = {63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48,
                                                 47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34, 33, 32};

/* The bits from item i on, a multiple of 4; at least to the end of a row that begins there. */
TI_SIMD_AVX2_ONE static inline __m256i ti_fold_row(const uint64_t *bits, size_t i) {
  return _mm256_set1_epi64x((int64_t)(bits[i / 64] >> i % 64));
}
/* Those of the first n items of a row. */
TI_SIMD_AVX2_ONE static inline __m256i ti_fold_first(size_t n) {
  return _mm256_set1_epi64x((int64_t)((UINT64_C(1) << (n < TI_LANES ? n : TI_LANES)) - 1));
}
/* The mask of register k: signs count, other bits are anything. */
TI_SIMD_AVX2_ONE static inline __m256i ti_fold_mask(__m256i row, unsigned k) {
  return _mm256_sllv_epi64(
      row, _mm256_loadu_si256((const __m256i *)(const void *)&ti_fold_shifts[(size_t)TI_FOLD_EACH * k]));
}
TI_SIMD_AVX2_ONE static inline __m256i ti_fold_pick(__m256i mask, __m256i item, __m256i none) {
  return _mm256_castpd_si256(
      _mm256_blendv_pd(_mm256_castsi256_pd(none), _mm256_castsi256_pd(item), _mm256_castsi256_pd(mask)));
}
/* Four items, all of which are there. */
TI_SIMD_AVX2_ONE static inline __m256i ti_fold_load(const void *items) {
  return _mm256_loadu_si256(items);
}
/* Those that have a mask, 'none' in place of the others; and where there need be nothing in place of those. */
TI_SIMD_AVX2_ONE static inline __m256i ti_fold_kept(const void *items, __m256i mask, __m256i none) {
  return ti_fold_pick(mask, ti_fold_load(items), none);
}
TI_SIMD_AVX2_ONE static inline __m256i ti_fold_rest(const void *items, __m256i mask, __m256i none) {
  return ti_fold_pick(mask, _mm256_maskload_epi64(items, mask), none);
}
/* For each register of a row; without a loop, so that what is indexed by it stays in registers. */
#define TI_FOLD_EACH_OF(k, end) _Pragma("GCC unroll 8") for (unsigned k = 0; k < (end); k++)
#endif

#endif
