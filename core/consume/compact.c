/*
** Compaction; see compact.h. Which way a predicate goes is what processors predict worst, so nothing here branches on a
** single item: the plain loops go from one kept item to the next, those for wider instruction sets (compact_loops.h)
** move 4 or 8 items at a time, by a table of permutations, and go on by as many as were kept.
*/
#include "compact.h"

#include "../kernel/simd.h"

#if TI_SIMD_X86
#include <immintrin.h>
#endif

/* Values of one size are moved as unsigned integers of that size, whatever they are. */
typedef unsigned char compact_u8;
typedef uint16_t __attribute__((may_alias)) compact_u16;
typedef uint32_t __attribute__((may_alias)) compact_u32;
typedef uint64_t __attribute__((may_alias)) compact_u64;

/* ----- Bits ----- */

static inline unsigned bit_count(uint64_t word) {
  word -= (word >> 1) & UINT64_C(0x5555555555555555);
  word = (word & UINT64_C(0x3333333333333333)) + ((word >> 2) & UINT64_C(0x3333333333333333));
  word = (word + (word >> 4)) & UINT64_C(0x0F0F0F0F0F0F0F0F);
  return (unsigned)((word * UINT64_C(0x0101010101010101)) >> 56);
}

/* The n lowest bits. */
static inline uint64_t bit_mask(size_t n) {
  return n < 64 ? (UINT64_C(1) << n) - 1 : UINT64_MAX;
}

/* Eight bools to eight bits. The bools are the bytes of a word, the first the lowest, whichever way the machine has it.
   A sum that carries into the highest bit of each byte tells which are not 0; the product then adds bit k of the result
   up at 56 + k, each of a single byte and so without a carry. */
static inline uint64_t bits_of_eight(const unsigned char *m) {
  const uint64_t sevens = UINT64_C(0x7F7F7F7F7F7F7F7F);
  const uint64_t word = (uint64_t)m[0] | (uint64_t)m[1] << 8 | (uint64_t)m[2] << 16 | (uint64_t)m[3] << 24 |
                        (uint64_t)m[4] << 32 | (uint64_t)m[5] << 40 | (uint64_t)m[6] << 48 | (uint64_t)m[7] << 56;
  const uint64_t there = (((word & sevens) + sevens) | word) & ~sevens;
  return ((there >> 7) * UINT64_C(0x0102040810204080)) >> 56;
}

/* The n bools from m on, fewer than 64, as bits. */
static inline uint64_t bits_tail(const unsigned char *m, size_t n) {
  uint64_t word = 0;
  for (size_t i = 0; i < n; i++)
    word |= (uint64_t)(m[i] != 0) << i;
  return word;
}

static size_t bits_base(const unsigned char *m, size_t n, uint64_t *bits) {
  size_t kept = 0;
  for (; n >= 64; n -= 64, m += 64, bits++) {
    uint64_t word = 0;
    for (unsigned k = 0; k < 8; k++)
      word |= bits_of_eight(m + (size_t)8 * k) << 8 * k;
    *bits = word;
    kept += bit_count(word);
  }
  if (n > 0)
    kept += bit_count(*bits = bits_tail(m, n));
  return kept;
}

/* ----- Values ----- */

/* From one kept item to the next, of those from item i on, 'kept' having been kept before: for any distance, and what
   the plain set has for the others. Writes no more than what is kept. */
#define COMPACT_EACH(name, type)                                                                                    \
  static void name##_each(void *out, size_t kept, const void *in, ptrdiff_t stride, const uint64_t *bits, size_t i, \
                          size_t n) {                                                                               \
    type *to = (type *)out + kept;                                                                                  \
    for (; i < n; i += 64) {                                                                                        \
      const char *from = (const char *)in + (ptrdiff_t)i * stride;                                                  \
      for (uint64_t word = bits[i / 64]; word != 0; word &= word - 1)                                               \
        *to++ = *(const type *)(const void *)(from + (ptrdiff_t)__builtin_ctzll(word) * stride);                    \
    }                                                                                                               \
  }                                                                                                                 \
  static void name##_base(void *out, size_t room, const void *in, const uint64_t *bits, size_t n) {                 \
    (void)room;                                                                                                     \
    name##_each(out, 0, in, sizeof(type), bits, 0, n);                                                              \
  }

COMPACT_EACH(values_1, compact_u8)
COMPACT_EACH(values_2, compact_u16)
COMPACT_EACH(values_4, compact_u32)
COMPACT_EACH(values_8, compact_u64)
#undef COMPACT_EACH

static const ti_compactor compactor_base = {bits_base, {values_1_base, values_2_base, values_4_base, values_8_base}};

#if TI_SIMD_X86
#include "compact_loops.h"
#endif

/* ----- For callers ----- */

const ti_compactor *ti_compact_variant(unsigned simd) {
#if TI_SIMD_X86
  if (simd == TI_SIMD_AVX2)
    return &compactor_avx2;
  if (simd == TI_SIMD_AVX512)
    return &compactor_avx512;
#endif
  (void)simd;
  return &compactor_base;
}

const ti_compactor *ti_compact_best(void) {
  return ti_compact_variant(ti_simd_best());
}

/* How many of n bits hold; those after them must not. */
static inline size_t bits_held(const uint64_t *bits, size_t n) {
  size_t held = 0;
  for (size_t i = 0; i < n; i += 64)
    held += bit_count(bits[i / 64] & bit_mask(n - i));
  ti_assert(n % 64 == 0 || (bits[n / 64] & ~bit_mask(n % 64)) == 0);
  return held;
}

size_t ti_compact_bits(const ti_compactor *compact, const void *mask, ptrdiff_t stride, size_t n, uint64_t *bits) {
  const unsigned char *m = mask;
  unsigned char near[TI_BLOCK];
  ti_assert(n <= TI_BLOCK);
  if (stride == 1)
    return compact->bits(m, n, bits);
  for (size_t i = 0; i < n; i++)
    near[i] = m[(ptrdiff_t)i * stride];
  return compact->bits(near, n, bits);
}

size_t ti_compact_others(uint64_t *bits, size_t n) {
  size_t kept = 0;
  ti_assert(n <= TI_CELL);
  for (size_t i = 0; i < n; i += 64, bits++) {
    *bits = ~*bits & bit_mask(n - i);
    kept += bit_count(*bits);
  }
  return kept;
}

void ti_compact_column(const ti_compactor *compact, void *out, size_t room, const void *in, ptrdiff_t stride,
                       size_t size, const uint64_t *bits, size_t n) {
  ti_assert(size == 1 || size == 2 || size == 4 || size == 8);
  ti_assert(n <= TI_CELL && bits_held(bits, n) <= room);
  ti_assert(out == in || ti_contract_apart(out, size, in, size, stride, n < room ? n : room));
  if (stride == (ptrdiff_t)size) {
    compact->values[size == 8 ? 3 : size / 2](out, room, in, bits, n);
    return;
  }
  switch (size) {
    case 1: values_1_each(out, 0, in, stride, bits, 0, n); break;
    case 2: values_2_each(out, 0, in, stride, bits, 0, n); break;
    case 4: values_4_each(out, 0, in, stride, bits, 0, n); break;
    default: values_8_each(out, 0, in, stride, bits, 0, n); break;
  }
}

void ti_compact_places(const ti_compactor *compact, uint16_t *offset, bool sparse, const uint64_t *bits, size_t n) {
  if (offset == NULL)
    return;
  ti_assert(n <= TI_BLOCK && bits_held(bits, n) <= n);
  if (!sparse)
    ti_compact_iota(offset, n);
  compact->values[1](offset, TI_BLOCK, offset, bits, n);
}

void ti_compact_iota(uint16_t *offset, size_t n) {
  ti_assert(offset != NULL && n <= TI_BLOCK);
  for (size_t k = 0; k < n; k++)
    offset[k] = (uint16_t)k;
}
