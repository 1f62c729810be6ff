/*
** Counting; see count_up.h. Few processors multiply vectors of 64 bits quickly: the distances within a row are the same
** in all rows, and are added to the first of each. (Lanes that each add a row's distance GCC 12 gets wrong at -O3.)
*/
#include "count_up.h"

#include "../kernel/simd.h"

enum { COUNT_ROW = 16 };

#define COUNT_UP(set, attribute)                                                                         \
  attribute static void count_up_##set(int64_t *restrict out, size_t n, uint64_t first, uint64_t step) { \
    uint64_t distance[COUNT_ROW];                                                                        \
    size_t i = 0;                                                                                        \
    for (size_t k = 0; k < COUNT_ROW; k++)                                                               \
      distance[k] = k * step;                                                                            \
    for (; n - i >= COUNT_ROW; i += COUNT_ROW, first += COUNT_ROW * step)                                \
      for (size_t k = 0; k < COUNT_ROW; k++)                                                             \
        out[i + k] = (int64_t)(first + distance[k]);                                                     \
    for (size_t k = 0; i + k < n; k++)                                                                   \
      out[i + k] = (int64_t)(first + distance[k]);                                                       \
  }
COUNT_UP(base, )
#if TI_SIMD_X86
COUNT_UP(avx2, TI_SIMD_AVX2_ONE)
COUNT_UP(avx512, TI_SIMD_AVX512_ONE)
#endif

void ti_count_up_variant(unsigned simd, int64_t *out, size_t n, uint64_t first, uint64_t step) {
#if TI_SIMD_X86
  if (simd >= TI_SIMD_AVX2) {
    (simd >= TI_SIMD_AVX512 ? count_up_avx512 : count_up_avx2)(out, n, first, step);
    return;
  }
#endif
  (void)simd;
  count_up_base(out, n, first, step);
}

void ti_count_up(int64_t *out, size_t n, uint64_t first, uint64_t step) {
  ti_count_up_variant(ti_simd_now(), out, n, first, step);
}

#undef COUNT_UP
