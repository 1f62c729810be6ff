/*
** Compaction without branches: which way a predicate goes is what processors predict worst. What a host lends as bool and
** is none (neither 0 nor 1) must not lead beyond 'keep', so one bit of it counts.
*/
#include "compact.h"

size_t ti_compact_mask(const void *mask, ptrdiff_t stride, size_t n, uint16_t *keep) {
  const unsigned char *m = mask;
  size_t kept = 0;
  if (stride == 1)
    for (size_t i = 0; i < n; i++) {
      keep[kept] = (uint16_t)i;
      kept += m[i] & 1;
    }
  else
    for (size_t i = 0; i < n; i++) {
      keep[kept] = (uint16_t)i;
      kept += m[(ptrdiff_t)i * stride] & 1;
    }
  return kept;
}

#define COMPACT_SIZE(type)                            \
  if (stride == (ptrdiff_t)sizeof(type))              \
    for (size_t k = 0; k < n; k++)                    \
      ((type *)out)[k] = ((const type *)in)[keep[k]]; \
  else                                                \
    for (size_t k = 0; k < n; k++)                    \
      ((type *)out)[k] = *(const type *)(const void *)((const char *)in + (ptrdiff_t)keep[k] * stride);

/* Values of one size are moved as unsigned integers of that size, whatever they are. */
#if defined(__GNUC__)
typedef uint16_t __attribute__((may_alias)) compact_u16;
typedef uint32_t __attribute__((may_alias)) compact_u32;
typedef uint64_t __attribute__((may_alias)) compact_u64;
#else
typedef uint16_t compact_u16;
typedef uint32_t compact_u32;
typedef uint64_t compact_u64;
#endif

void ti_compact_column(void *out, const void *in, ptrdiff_t stride, size_t size, const uint16_t *keep, size_t n) {
  switch (size) {
    case 1: COMPACT_SIZE(unsigned char) break;
    case 2: COMPACT_SIZE(compact_u16) break;
    case 4: COMPACT_SIZE(compact_u32) break;
    default: COMPACT_SIZE(compact_u64) break;
  }
}

void ti_compact_places(uint16_t *offset, bool sparse, const uint16_t *keep, size_t n) {
  for (size_t k = 0; k < n; k++)
    offset[k] = sparse ? offset[keep[k]] : keep[k];
}

void ti_compact_iota(uint16_t *offset, size_t n) {
  for (size_t k = 0; k < n; k++)
    offset[k] = (uint16_t)k;
}

#undef COMPACT_SIZE
