/*
** Elements of an array at given indices, which count from 1.
*/
#include "array.h"

#include <string.h>

/* Indices may lie in memory that others write to: each is loaded once, so that what was checked is what is used. */
#define TAKE_LOOP(type, step, array_stride)                                                               \
  for (size_t i = 0; i < n; i++) {                                                                        \
    const uint64_t k = (uint64_t) * (const volatile int64_t *)(const void *)(at + (ptrdiff_t)i * (step)); \
    if (k - 1 >= len) {                                                                                   \
      *outside = (int64_t)k;                                                                              \
      return i;                                                                                           \
    }                                                                                                     \
    memcpy((char *)out + i * sizeof(type), data + (ptrdiff_t)(k - 1) * (array_stride), sizeof(type));     \
  }                                                                                                       \
  return n;

#define TAKE(type)                                                                                         \
  static size_t take_##type(const tine_array *a, const void *index, ptrdiff_t stride, size_t n, void *out, \
                            int64_t *outside) {                                                            \
    const char *const at = index, *const data = a->data;                                                   \
    const uint64_t len = a->len;                                                                           \
    if (stride == (ptrdiff_t)sizeof(int64_t) && a->stride == (ptrdiff_t)sizeof(type)) {                    \
      TAKE_LOOP(type, (ptrdiff_t)sizeof(int64_t), (ptrdiff_t)sizeof(type))                                 \
    } else {                                                                                               \
      TAKE_LOOP(type, stride, a->stride)                                                                   \
    }                                                                                                      \
  }
TAKE(uint8_t)
TAKE(uint16_t)
TAKE(uint32_t)
TAKE(uint64_t)
#undef TAKE
#undef TAKE_LOOP

size_t ti_array_take(const tine_array *a, const void *index, ptrdiff_t stride, size_t n, void *out, int64_t *outside) {
  switch (tine_dtype_size(a->dtype)) {
    case 1: return take_uint8_t(a, index, stride, n, out, outside);
    case 2: return take_uint16_t(a, index, stride, n, out, outside);
    case 4: return take_uint32_t(a, index, stride, n, out, outside);
    default: return take_uint64_t(a, index, stride, n, out, outside);
  }
}
