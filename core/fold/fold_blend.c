/*
** Items without a bit replaced by what changes nothing: what folds by place begin with. Which items have one is what
** processors predict worst, so nothing here branches on an item.
*/
#include "fold.h"

#include <string.h>

#include "fold_mask.h"

/* Two at a time, as integers whatever they are. */
static void blend_base(const uint64_t *x, const uint64_t *bits, size_t n, uint64_t none, uint64_t *room) {
  typedef uint64_t words __attribute__((vector_size(16)));
  typedef uint64_t anywhere __attribute__((vector_size(16), aligned(_Alignof(uint64_t)), may_alias));
  static const words masks[4] = {{0, 0}, {UINT64_MAX, 0}, {0, UINT64_MAX}, {UINT64_MAX, UINT64_MAX}};
  const words others = {none, none};
  size_t i = 0;
  for (; i + 2 <= n; i += 2) {
    const words mask = masks[bits[i / 64] >> i % 64 & 3];
    const words item = (words) * (const anywhere *)(const void *)(x + i);
    *(anywhere *)(void *)(room + i) = (anywhere)((item & mask) | (others & ~mask));
  }
  if (i < n && (bits[i / 64] >> i % 64 & 1) != 0)
    memcpy(room + i, x + i, sizeof *x);
  else if (i < n)
    memcpy(room + i, &none, sizeof none);
}

/* What has no bit is not read: so the last few, after which there may be nothing, are like all others. */
#if TI_SIMD_X86
TI_SIMD_AVX2_ONE static void blend_avx2(const uint64_t *x, const uint64_t *bits, size_t n, uint64_t none,
                                        uint64_t *room) {
  const __m256i others = _mm256_set1_epi64x((int64_t)none);
  for (size_t i = 0; i < n; i += 4) {
    const __m256i mask = ti_fold_mask(ti_fold_row(bits, i), 0);
    _mm256_storeu_si256((__m256i *)(void *)(room + i), ti_fold_rest(x + i, mask, others));
  }
}

TI_SIMD_AVX512_BEGIN
static void blend_avx512(const uint64_t *x, const uint64_t *bits, size_t n, uint64_t none, uint64_t *room) {
  const __m512i others = _mm512_set1_epi64((int64_t)none);
  for (size_t i = 0; i < n; i += 8)
    _mm512_storeu_si512(room + i, _mm512_mask_loadu_epi64(others, (__mmask8)(bits[i / 64] >> i % 64), x + i));
}
TI_SIMD_STOP
#endif

const void *ti_fold_blend(const void *x, const uint64_t *bits, size_t n, ti_acc_word none, void *room) {
  ti_assert(n > 0 && n <= TI_CELL && (n % 64 == 0 || bits[n / 64] >> n % 64 == 0));
#if TI_SIMD_X86
  const unsigned simd = ti_simd_now();
  if (simd >= TI_SIMD_AVX2) {
    (simd >= TI_SIMD_AVX512 ? blend_avx512 : blend_avx2)(x, bits, n, none.u, room);
    return room;
  }
#endif
  blend_base(x, bits, n, none.u, room);
  return room;
}
