/*
** Sorting networks: see sort_network_set.h; here are the operations on vectors that they are made of.
**
** Of a lane's number k: swap(x, b) gives lane k what lies in lane k ^ 1 << b, flip(x, b) what lies in the one with its
** last b bits complemented; choose(x, y, b) gives the lesser where bit b of k is 0, else the greater. zip(x, y, out)
** makes x0 y0 x1 y1 ... in two vectors. first(n) says that of some vectors in a row only the first n keys are there,
** which load_some and store_some are given for the one of number v.
*/
#include "sort_network.h"

#include <stdint.h>

#include "../base/check.h"
#include "../kernel/simd.h"
#include "sort.h"

#if TI_SIMD_X86
#include <immintrin.h>

#define NET_INLINE static inline __attribute__((always_inline))
#define NET_GLUE(name, set, bits) name##_u##bits##_##set
#define NET_JOIN(name, set, bits) NET_GLUE(name, set, bits)
#define NET(name) NET_JOIN(network_##name, NET_SET, NET_BITS)

/* ----- AVX-512 ----- */

TI_SIMD_AVX512_BEGIN
#define NET_SET avx512

/* As many bits as keys, of up to 64. */
NET_INLINE uint64_t network_bits(size_t n) {
  return UINT64_MAX >> (64 - n);
}

#define NET_BITS 32
#define NET_LOG 4
typedef ti_sort_u32 NET(word);
typedef __m512i NET(vector);
typedef uint64_t NET(mask);

NET_INLINE __m512i NET(min)(__m512i a, __m512i b) {
  return _mm512_min_epu32(a, b);
}

NET_INLINE __m512i NET(max)(__m512i a, __m512i b) {
  return _mm512_max_epu32(a, b);
}

NET_INLINE __m512i NET(choose)(__m512i a, __m512i b, unsigned bit) {
  const uint64_t greater = bit == 0 ? 0xAAAA : bit == 1 ? 0xCCCC : bit == 2 ? 0xF0F0 : 0xFF00;
  return _mm512_mask_max_epu32(_mm512_min_epu32(a, b), (__mmask16)greater, a, b);
}

NET_INLINE __m512i NET(swap)(__m512i x, unsigned bit) {
  return bit == 0   ? _mm512_shuffle_epi32(x, (_MM_PERM_ENUM)0xB1)
         : bit == 1 ? _mm512_shuffle_epi32(x, (_MM_PERM_ENUM)0x4E)
         : bit == 2 ? _mm512_shuffle_i32x4(x, x, 0xB1)
                    : _mm512_shuffle_i32x4(x, x, 0x4E);
}

NET_INLINE __m512i NET(flip)(__m512i x, unsigned bits) {
  return bits == 1   ? _mm512_shuffle_epi32(x, (_MM_PERM_ENUM)0xB1)
         : bits == 2 ? _mm512_shuffle_epi32(x, (_MM_PERM_ENUM)0x1B)
         : bits == 3
             ? _mm512_permutexvar_epi32(_mm512_set_epi32(8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7), x)
             : _mm512_permutexvar_epi32(_mm512_set_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), x);
}

NET_INLINE void NET(zip)(__m512i a, __m512i b, __m512i *out) {
  const __m512i low = _mm512_set_epi32(23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  const __m512i high = _mm512_set_epi32(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8);
  out[0] = _mm512_permutex2var_epi32(a, low, b);
  out[1] = _mm512_permutex2var_epi32(a, high, b);
}

NET_INLINE uint64_t NET(first)(size_t n) {
  return network_bits(n);
}

NET_INLINE __m512i NET(load)(const NET(word) * from) {
  return _mm512_loadu_si512(from);
}

NET_INLINE __m512i NET(load_some)(const NET(word) * from, uint64_t mask, unsigned v) {
  return _mm512_mask_loadu_epi32(_mm512_set1_epi32(-1), (__mmask16)(mask >> 16 * v), from);
}

NET_INLINE void NET(store)(NET(word) * to, __m512i x) {
  _mm512_storeu_si512(to, x);
}

NET_INLINE void NET(store_some)(NET(word) * to, uint64_t mask, unsigned v, __m512i x) {
  _mm512_mask_storeu_epi32(to, (__mmask16)(mask >> 16 * v), x);
}

#include "sort_network_set.h"
#undef NET_BITS
#undef NET_LOG

#define NET_BITS 64
#define NET_LOG 3
typedef ti_sort_u64 NET(word);
typedef __m512i NET(vector);
typedef uint64_t NET(mask);

NET_INLINE __m512i NET(min)(__m512i a, __m512i b) {
  return _mm512_min_epu64(a, b);
}

NET_INLINE __m512i NET(max)(__m512i a, __m512i b) {
  return _mm512_max_epu64(a, b);
}

NET_INLINE __m512i NET(choose)(__m512i a, __m512i b, unsigned bit) {
  const uint64_t greater = bit == 0 ? 0xAA : bit == 1 ? 0xCC : 0xF0;
  return _mm512_mask_max_epu64(_mm512_min_epu64(a, b), (__mmask8)greater, a, b);
}

NET_INLINE __m512i NET(swap)(__m512i x, unsigned bit) {
  return bit == 0   ? _mm512_shuffle_epi32(x, (_MM_PERM_ENUM)0x4E)
         : bit == 1 ? _mm512_permutex_epi64(x, 0x4E)
                    : _mm512_shuffle_i64x2(x, x, 0x4E);
}

NET_INLINE __m512i NET(flip)(__m512i x, unsigned bits) {
  return bits == 1   ? _mm512_shuffle_epi32(x, (_MM_PERM_ENUM)0x4E)
         : bits == 2 ? _mm512_permutex_epi64(x, 0x1B)
                     : _mm512_permutexvar_epi64(_mm512_set_epi64(0, 1, 2, 3, 4, 5, 6, 7), x);
}

NET_INLINE void NET(zip)(__m512i a, __m512i b, __m512i *out) {
  out[0] = _mm512_permutex2var_epi64(a, _mm512_set_epi64(11, 3, 10, 2, 9, 1, 8, 0), b);
  out[1] = _mm512_permutex2var_epi64(a, _mm512_set_epi64(15, 7, 14, 6, 13, 5, 12, 4), b);
}

NET_INLINE uint64_t NET(first)(size_t n) {
  return network_bits(n);
}

NET_INLINE __m512i NET(load)(const NET(word) * from) {
  return _mm512_loadu_si512(from);
}

NET_INLINE __m512i NET(load_some)(const NET(word) * from, uint64_t mask, unsigned v) {
  return _mm512_mask_loadu_epi64(_mm512_set1_epi64(-1), (__mmask8)(mask >> 8 * v), from);
}

NET_INLINE void NET(store)(NET(word) * to, __m512i x) {
  _mm512_storeu_si512(to, x);
}

NET_INLINE void NET(store_some)(NET(word) * to, uint64_t mask, unsigned v, __m512i x) {
  _mm512_mask_storeu_epi64(to, (__mmask8)(mask >> 8 * v), x);
}

#include "sort_network_set.h"
#undef NET_BITS
#undef NET_LOG
#undef NET_SET
TI_SIMD_STOP

/* ----- AVX2: how many keys are there stands in for a mask ----- */

TI_SIMD_AVX2_BEGIN
#define NET_SET avx2

#define NET_BITS 32
#define NET_LOG 3
typedef ti_sort_u32 NET(word);
typedef __m256i NET(vector);
typedef __m256i NET(mask); /* that many in each lane, less the lane's number */

NET_INLINE __m256i NET(min)(__m256i a, __m256i b) {
  return _mm256_min_epu32(a, b);
}

NET_INLINE __m256i NET(max)(__m256i a, __m256i b) {
  return _mm256_max_epu32(a, b);
}

NET_INLINE __m256i NET(choose)(__m256i a, __m256i b, unsigned bit) {
  const __m256i less = _mm256_min_epu32(a, b), greater = _mm256_max_epu32(a, b);
  return bit == 0   ? _mm256_blend_epi32(less, greater, 0xAA)
         : bit == 1 ? _mm256_blend_epi32(less, greater, 0xCC)
                    : _mm256_blend_epi32(less, greater, 0xF0);
}

NET_INLINE __m256i NET(swap)(__m256i x, unsigned bit) {
  return bit == 0   ? _mm256_shuffle_epi32(x, 0xB1)
         : bit == 1 ? _mm256_shuffle_epi32(x, 0x4E)
                    : _mm256_permute4x64_epi64(x, 0x4E);
}

NET_INLINE __m256i NET(flip)(__m256i x, unsigned bits) {
  return bits == 1   ? _mm256_shuffle_epi32(x, 0xB1)
         : bits == 2 ? _mm256_shuffle_epi32(x, 0x1B)
                     : _mm256_permutevar8x32_epi32(x, _mm256_set_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

NET_INLINE void NET(zip)(__m256i a, __m256i b, __m256i *out) {
  const __m256i low = _mm256_unpacklo_epi32(a, b), high = _mm256_unpackhi_epi32(a, b);
  out[0] = _mm256_permute2x128_si256(low, high, 0x20);
  out[1] = _mm256_permute2x128_si256(low, high, 0x31);
}

NET_INLINE __m256i NET(first)(size_t n) {
  return _mm256_sub_epi32(_mm256_set1_epi32((int)n), _mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0));
}

NET_INLINE __m256i NET(there)(__m256i mask, unsigned v) {
  return _mm256_cmpgt_epi32(mask, _mm256_set1_epi32(8 * (int)v));
}

NET_INLINE __m256i NET(load)(const NET(word) * from) {
  return _mm256_loadu_si256((const __m256i *)(const void *)from);
}

NET_INLINE __m256i NET(load_some)(const NET(word) * from, __m256i mask, unsigned v) {
  const __m256i there = NET(there)(mask, v), none = _mm256_xor_si256(there, _mm256_set1_epi32(-1));
  return _mm256_or_si256(_mm256_maskload_epi32((const int *)(const void *)from, there), none);
}

NET_INLINE void NET(store)(NET(word) * to, __m256i x) {
  _mm256_storeu_si256((__m256i *)(void *)to, x);
}

NET_INLINE void NET(store_some)(NET(word) * to, __m256i mask, unsigned v, __m256i x) {
  _mm256_maskstore_epi32((int *)(void *)to, NET(there)(mask, v), x);
}

#include "sort_network_set.h"
#undef NET_BITS
#undef NET_LOG

/* Only signed words can be compared, so in registers their highest bits are flipped. */
#define NET_BITS 64
#define NET_LOG 2
typedef ti_sort_u64 NET(word);
typedef __m256i NET(vector);
typedef __m256i NET(mask);

NET_INLINE __m256i NET(min)(__m256i a, __m256i b) {
  return _mm256_blendv_epi8(a, b, _mm256_cmpgt_epi64(a, b));
}

NET_INLINE __m256i NET(max)(__m256i a, __m256i b) {
  return _mm256_blendv_epi8(b, a, _mm256_cmpgt_epi64(a, b));
}

NET_INLINE __m256i NET(choose)(__m256i a, __m256i b, unsigned bit) {
  const __m256i less = NET(min)(a, b), greater = NET(max)(a, b);
  return bit == 0 ? _mm256_blend_epi32(less, greater, 0xCC) : _mm256_blend_epi32(less, greater, 0xF0);
}

NET_INLINE __m256i NET(swap)(__m256i x, unsigned bit) {
  return bit == 0 ? _mm256_shuffle_epi32(x, 0x4E) : _mm256_permute4x64_epi64(x, 0x4E);
}

NET_INLINE __m256i NET(flip)(__m256i x, unsigned bits) {
  return bits == 1 ? _mm256_shuffle_epi32(x, 0x4E) : _mm256_permute4x64_epi64(x, 0x1B);
}

NET_INLINE void NET(zip)(__m256i a, __m256i b, __m256i *out) {
  const __m256i low = _mm256_unpacklo_epi64(a, b), high = _mm256_unpackhi_epi64(a, b);
  out[0] = _mm256_permute2x128_si256(low, high, 0x20);
  out[1] = _mm256_permute2x128_si256(low, high, 0x31);
}

NET_INLINE __m256i NET(first)(size_t n) {
  return _mm256_sub_epi64(_mm256_set1_epi64x((long long)n), _mm256_set_epi64x(3, 2, 1, 0));
}

NET_INLINE __m256i NET(there)(__m256i mask, unsigned v) {
  return _mm256_cmpgt_epi64(mask, _mm256_set1_epi64x(4 * (long long)v));
}

NET_INLINE __m256i NET(signs)(void) {
  return _mm256_set1_epi64x(INT64_MIN);
}

NET_INLINE __m256i NET(load)(const NET(word) * from) {
  return _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)(const void *)from), NET(signs)());
}

NET_INLINE __m256i NET(load_some)(const NET(word) * from, __m256i mask, unsigned v) {
  const __m256i there = NET(there)(mask, v), none = _mm256_xor_si256(there, _mm256_set1_epi64x(-1));
  const __m256i x = _mm256_maskload_epi64((const long long *)(const void *)from, there);
  return _mm256_xor_si256(_mm256_or_si256(x, none), NET(signs)());
}

NET_INLINE void NET(store)(NET(word) * to, __m256i x) {
  _mm256_storeu_si256((__m256i *)(void *)to, _mm256_xor_si256(x, NET(signs)()));
}

NET_INLINE void NET(store_some)(NET(word) * to, __m256i mask, unsigned v, __m256i x) {
  _mm256_maskstore_epi64((long long *)(void *)to, NET(there)(mask, v), _mm256_xor_si256(x, NET(signs)()));
}

#include "sort_network_set.h"
#undef NET_BITS
#undef NET_LOG
#undef NET_SET
TI_SIMD_STOP

#undef NET
#undef NET_JOIN
#undef NET_GLUE
#undef NET_INLINE
#endif

const ti_sort_network *ti_sort_network_of(unsigned simd, size_t size) {
  ti_assert(simd < TI_SIMD_END && size >= 1 && size <= 8);
#if TI_SIMD_X86
  if (simd == TI_SIMD_AVX512 && size >= 4)
    return size == 4 ? &network_network_u32_avx512 : &network_network_u64_avx512;
  if (simd == TI_SIMD_AVX2 && size >= 4)
    return size == 4 ? &network_network_u32_avx2 : &network_network_u64_avx2;
#endif
  (void)simd;
  (void)size;
  return NULL;
}
