/*
** Philox4x32-10 in lanes; see philox.h. A round multiplies two 32-bit words to 64 bits each, in all lanes at once. The
** upper halves of the words are garbage in between: a product sees the lower ones alone.
*/
#include "philox.h"

#include <stddef.h>

#include "../kernel/simd.h"

#if TI_SIMD_X86
#include <immintrin.h>
#endif

enum { PHILOX_ROUNDS = 10 };

/* The multipliers, and what the keys grow by each round. */
static const uint32_t philox_m0 = 0xd2511f53, philox_m1 = 0xcd9e8d57, philox_w0 = 0x9e3779b9, philox_w1 = 0xbb67ae85;
static const uint64_t philox_low = 0xffffffff;

static void philox_base(ti_philox *p, uint32_t key0, uint32_t key1) {
  for (size_t i = 0; i < TI_PHILOX_LANES; i++) {
    uint64_t x0 = p->word[0][i], x1 = p->word[1][i], x2 = p->word[2][i], x3 = p->word[3][i];
    for (uint32_t round = 0; round < PHILOX_ROUNDS; round++) {
      const uint64_t a = (x0 & philox_low) * philox_m0, b = (x2 & philox_low) * philox_m1;
      x0 = (b >> 32) ^ x1 ^ (key0 + round * philox_w0);
      x2 = (a >> 32) ^ x3 ^ (key1 + round * philox_w1);
      x1 = b;
      x3 = a;
    }
    p->word[0][i] = x0 & philox_low;
    p->word[1][i] = x1 & philox_low;
    p->word[2][i] = x2 & philox_low;
    p->word[3][i] = x3 & philox_low;
  }
}

#if TI_SIMD_X86
/* Compilers do not find the instruction that multiplies lower halves, so it is named. */
TI_SIMD_AVX2_BEGIN
static void philox_avx2(ti_philox *p, uint32_t key0, uint32_t key1) {
  const __m256i m0 = _mm256_set1_epi64x(philox_m0), m1 = _mm256_set1_epi64x(philox_m1);
  const __m256i low = _mm256_set1_epi64x((long long)philox_low);
  for (size_t i = 0; i < TI_PHILOX_LANES; i += 4) {
    __m256i x[4];
    for (int w = 0; w < 4; w++)
      x[w] = _mm256_load_si256((const __m256i *)(const void *)&p->word[w][i]);
    for (uint32_t round = 0; round < PHILOX_ROUNDS; round++) {
      const __m256i a = _mm256_mul_epu32(x[0], m0), b = _mm256_mul_epu32(x[2], m1);
      const __m256i k0 = _mm256_set1_epi64x(key0 + round * philox_w0);
      const __m256i k1 = _mm256_set1_epi64x(key1 + round * philox_w1);
      x[0] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(b, 32), x[1]), k0);
      x[2] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(a, 32), x[3]), k1);
      x[1] = b;
      x[3] = a;
    }
    for (int w = 0; w < 4; w++)
      _mm256_store_si256((__m256i *)(void *)&p->word[w][i], _mm256_and_si256(x[w], low));
  }
}
TI_SIMD_STOP

TI_SIMD_AVX512_BEGIN
static void philox_avx512(ti_philox *p, uint32_t key0, uint32_t key1) {
  const __m512i m0 = _mm512_set1_epi64(philox_m0), m1 = _mm512_set1_epi64(philox_m1);
  const __m512i low = _mm512_set1_epi64((long long)philox_low);
  for (size_t i = 0; i < TI_PHILOX_LANES; i += 8) {
    __m512i x[4];
    for (int w = 0; w < 4; w++)
      x[w] = _mm512_load_si512(&p->word[w][i]);
    for (uint32_t round = 0; round < PHILOX_ROUNDS; round++) {
      const __m512i a = _mm512_mul_epu32(x[0], m0), b = _mm512_mul_epu32(x[2], m1);
      const __m512i k0 = _mm512_set1_epi64(key0 + round * philox_w0);
      const __m512i k1 = _mm512_set1_epi64(key1 + round * philox_w1);
      x[0] = _mm512_xor_si512(_mm512_xor_si512(_mm512_srli_epi64(b, 32), x[1]), k0);
      x[2] = _mm512_xor_si512(_mm512_xor_si512(_mm512_srli_epi64(a, 32), x[3]), k1);
      x[1] = b;
      x[3] = a;
    }
    for (int w = 0; w < 4; w++)
      _mm512_store_si512(&p->word[w][i], _mm512_and_si512(x[w], low));
  }
}
TI_SIMD_STOP
#endif

void ti_philox_variant(unsigned simd, ti_philox *p, uint32_t key0, uint32_t key1) {
#if TI_SIMD_X86
  if (simd >= TI_SIMD_AVX512) {
    philox_avx512(p, key0, key1);
    return;
  }
  if (simd >= TI_SIMD_AVX2) {
    philox_avx2(p, key0, key1);
    return;
  }
#endif
  (void)simd;
  philox_base(p, key0, key1);
}

void ti_philox_run(ti_philox *p, uint32_t key0, uint32_t key1) {
  ti_philox_variant(ti_simd_best(), p, key0, key1);
}
