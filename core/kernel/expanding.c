/*
** The built-in kernels for flat_map; see expanding.h.
*/
#include "expanding.h"

#include <string.h>

#include "../base/config.h"

/* Input k of item i. */
static int64_t expanding_i64(const tine_block *block, unsigned k, size_t i) {
  int64_t v;
  memcpy(&v, (const char *)block->in[k] + (ptrdiff_t)i * block->in_stride[k], sizeof v);
  return v;
}

#define REPEAT(bytes, type)                                                                               \
  int ti_repeat_##bytes(tine_block *block) {                                                              \
    for (size_t i = 0; i < block->n; i++) {                                                               \
      type x;                                                                                             \
      memcpy(&x, (const char *)block->in[0] + (ptrdiff_t)i * block->in_stride[0], sizeof x);              \
      for (int64_t left = expanding_i64(block, 1, i), some; left > 0; left -= some) {                     \
        void *const *out = tine_block_emit(block, i, (size_t)(some = left < TI_BLOCK ? left : TI_BLOCK)); \
        if (out == NULL)                                                                                  \
          return tine_block_emitted(block);                                                               \
        for (int64_t k = 0; k < some; k++)                                                                \
          ((type *)out[0])[k] = x;                                                                        \
      }                                                                                                   \
    }                                                                                                     \
    return tine_block_emitted(block);                                                                     \
  }

REPEAT(1, uint8_t)
REPEAT(2, uint16_t)
REPEAT(4, uint32_t)
REPEAT(8, uint64_t)

#undef REPEAT

int ti_span(tine_block *block) {
  for (size_t i = 0; i < block->n; i++) {
    const int64_t last = expanding_i64(block, 1, i);
    int64_t at = expanding_i64(block, 0, i);
    while (at <= last) {
      const uint64_t left = (uint64_t)last - (uint64_t)at; /* and one more */
      const size_t some = left < TI_BLOCK ? (size_t)left + 1 : TI_BLOCK;
      void *const *out = tine_block_emit(block, i, some);
      if (out == NULL)
        return tine_block_emitted(block);
      for (size_t k = 0; k < some; k++)
        ((int64_t *)out[0])[k] = (int64_t)((uint64_t)at + k);
      if (left < TI_BLOCK)
        break; /* 'at' may not go past the last integer there is */
      at += (int64_t)some;
    }
  }
  return tine_block_emitted(block);
}
