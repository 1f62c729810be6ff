/*
** Items without a bit replaced by what changes nothing: what folds by place begin with. Which items have one is what
** processors predict worst, so nothing here branches on an item.
*/
#include "fold.h"

#include "../kernel/simd.h"

#if TI_SIMD_X86
#include <immintrin.h>
#endif

/* Two at a time. */
static void blend_base(const double *x, const uint64_t *bits, size_t n, double none, double *room) {
  typedef double pair __attribute__((vector_size(16)));
  typedef int64_t words __attribute__((vector_size(16)));
  typedef double anywhere __attribute__((vector_size(16), aligned(_Alignof(double)), may_alias));
  static const words masks[4] = {{0, 0}, {-1, 0}, {0, -1}, {-1, -1}};
  const words others = (words)(pair){none, none};
  size_t i = 0;
  for (; i + 2 <= n; i += 2) {
    const words mask = masks[bits[i / 64] >> i % 64 & 3];
    const words item = (words)(pair) * (const anywhere *)(const void *)(x + i);
    *(anywhere *)(void *)(room + i) = (anywhere)((item & mask) | (others & ~mask));
  }
  if (i < n)
    room[i] = (bits[i / 64] >> i % 64 & 1) != 0 ? x[i] : none;
}

/* What has no bit is not read: so the last few, after which there may be nothing, are like all others. */
#if TI_SIMD_X86
TI_SIMD_AVX2_BEGIN
static void blend_avx2(const double *x, const uint64_t *bits, size_t n, double none, double *room) {
  const __m256i bit = _mm256_set_epi64x(8, 4, 2, 1);
  const __m256d others = _mm256_set1_pd(none);
  for (size_t i = 0; i < n; i += 4) {
    const __m256i word = _mm256_set1_epi64x((int64_t)(bits[i / 64] >> i % 64));
    const __m256i mask = _mm256_cmpeq_epi64(_mm256_and_si256(word, bit), bit);
    _mm256_storeu_pd(room + i, _mm256_blendv_pd(others, _mm256_maskload_pd(x + i, mask), _mm256_castsi256_pd(mask)));
  }
}
TI_SIMD_STOP

TI_SIMD_AVX512_BEGIN
static void blend_avx512(const double *x, const uint64_t *bits, size_t n, double none, double *room) {
  const __m512d others = _mm512_set1_pd(none);
  for (size_t i = 0; i < n; i += 8)
    _mm512_storeu_pd(room + i, _mm512_mask_loadu_pd(others, (__mmask8)(bits[i / 64] >> i % 64), x + i));
}
TI_SIMD_STOP
#endif

void ti_fold_blend(const double *x, const uint64_t *bits, size_t n, double none, double *room) {
  ti_assert(n > 0 && n <= TI_CELL && (n % 64 == 0 || bits[n / 64] >> n % 64 == 0));
#if TI_SIMD_X86
  const unsigned simd = ti_simd_now();
  if (simd >= TI_SIMD_AVX2) {
    (simd >= TI_SIMD_AVX512 ? blend_avx512 : blend_avx2)(x, bits, n, none, room);
    return;
  }
#endif
  blend_base(x, bits, n, none, room);
}
