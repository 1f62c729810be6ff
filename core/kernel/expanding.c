/*
** The built-in kernels for flat_map; see expanding.h. Most items give few values, so these are written in whole
** vectors: what is too much is written over by the next item's.
*/
#include "expanding.h"

#include "../base/check.h"

#include <string.h>

#include "../base/config.h"

enum { EXPANDING_UNIT = 64 / sizeof(uint16_t) };

/* Input k of item i. */
static int64_t expanding_i64(const tine_block *block, unsigned k, size_t i) {
  int64_t v;
  memcpy(&v, (const char *)block->in[k] + (ptrdiff_t)i * block->in_stride[k], sizeof v);
  return v;
}

/* Notes the places of the next values of item i, at most 'left' (not 0), and counts them in; returns how many there is
   room for, 0 if the run is over. They are to be written after the values there were. */
static inline size_t expanding_next(ti_emitter *e, size_t i, uint64_t left) {
  size_t some;
  ti_assert(left > 0 && e->n <= e->room);
  if (e->n == e->room && e->flush(e) != 0)
    return 0;
  some = left < e->room - e->n ? (size_t)left : e->room - e->n;
  for (size_t k = 0; k < some; k += EXPANDING_UNIT)
    for (size_t j = 0; j < EXPANDING_UNIT; j++)
      e->places[e->n + k + j] = e->offset[i];
  ti_assert(some > 0 && some <= left && e->n + some <= e->room);
  e->n += some;
  return some;
}

#define REPEAT(bytes, type)                                                                  \
  int ti_repeat_##bytes(tine_block *block) {                                                 \
    ti_emitter *e = (ti_emitter *)(uintptr_t)block->emitter;                                 \
    for (size_t i = 0; i < block->n; i++) {                                                  \
      type x;                                                                                \
      memcpy(&x, (const char *)block->in[0] + (ptrdiff_t)i * block->in_stride[0], sizeof x); \
      for (int64_t left = expanding_i64(block, 1, i), some; left > 0; left -= some) {        \
        type *out;                                                                           \
        some = (int64_t)expanding_next(e, i, (uint64_t)left);                                \
        if (some == 0)                                                                       \
          return tine_block_emitted(block);                                                  \
        out = (type *)(void *)e->column[0] + e->n - some;                                    \
        for (int64_t k = 0; k < some; k += 64 / bytes)                                       \
          for (int64_t j = 0; j < 64 / bytes; j++)                                           \
            out[k + j] = x;                                                                  \
      }                                                                                      \
    }                                                                                        \
    return tine_block_emitted(block);                                                        \
  }

REPEAT(1, uint8_t)
REPEAT(2, uint16_t)
REPEAT(4, uint32_t)
REPEAT(8, uint64_t)

#undef REPEAT

int ti_span(tine_block *block) {
  ti_emitter *e = (ti_emitter *)(uintptr_t)block->emitter;
  for (size_t i = 0; i < block->n; i++) {
    const int64_t last = expanding_i64(block, 1, i);
    int64_t at = expanding_i64(block, 0, i);
    while (at <= last) {
      const uint64_t behind = (uint64_t)last - (uint64_t)at; /* and one more */
      const size_t some = expanding_next(e, i, behind < TI_BLOCK ? behind + 1 : TI_BLOCK);
      int64_t *out = (int64_t *)(void *)e->column[0] + e->n - some;
      if (some == 0)
        return tine_block_emitted(block);
      for (size_t k = 0; k < some; k++)
        out[k] = (int64_t)((uint64_t)at + k);
      if (some > behind)
        break; /* 'at' may not go past the last integer there is */
      at += (int64_t)some;
    }
  }
  return tine_block_emitted(block);
}
