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

/* Notes that the next 'some' values are of item i, if anybody asks. */
static inline void expanding_places(const ti_emitter *e, size_t n, size_t i, size_t some) {
  ti_assert(n <= e->room && some <= e->room - n);
  if (e->places == NULL)
    return;
  for (size_t k = 0; k < some; k += EXPANDING_UNIT)
    for (size_t j = 0; j < EXPANDING_UNIT; j++)
      e->places[n + k + j] = e->offset[i];
}

/* Hands on n values, the whole block. Not 0: the run is over. */
static int expanding_full(ti_emitter *e, size_t n) {
  ti_assert(n == e->room);
  e->n = n;
  return e->flush(e);
}

void ti_repeat_counts(const tine_block *block, uint64_t *each) {
  for (size_t i = 0; i < block->n; i++) {
    const int64_t n = expanding_i64(block, 1, i);
    each[i] = n <= 0 ? 0 : (uint64_t)n < TI_COUNTS_MOST ? (uint64_t)n : TI_COUNTS_MOST;
  }
}

void ti_span_counts(const tine_block *block, uint64_t *each) {
  for (size_t i = 0; i < block->n; i++) {
    const int64_t first = expanding_i64(block, 0, i), last = expanding_i64(block, 1, i);
    const uint64_t behind = (uint64_t)last - (uint64_t)first; /* and one more */
    each[i] = first > last ? 0 : behind < TI_COUNTS_MOST ? behind + 1 : TI_COUNTS_MOST;
  }
}

/* What is left of an item's values fits, as a rule. Two vectors are written whatever their number, so that short ones
   cost no branch that nobody can foresee. */
#define REPEAT(bytes, type)                                                       \
  static inline void repeat_fill_##bytes(type *out, type x, size_t n) {           \
    enum { UNIT = TI_EXPANDING_OVER / bytes };                                    \
    for (size_t j = 0; j < UNIT; j++)                                             \
      out[j] = x;                                                                 \
    for (size_t k = UNIT; k < n; k += UNIT / 2)                                   \
      for (size_t j = 0; j < UNIT / 2; j++)                                       \
        out[k + j] = x;                                                           \
  }                                                                               \
  int ti_repeat_##bytes(tine_block *block) {                                      \
    ti_emitter *e = (ti_emitter *)(uintptr_t)block->emitter;                      \
    const char *from = block->in[0], *times = block->in[1];                       \
    const ptrdiff_t step = block->in_stride[0], times_step = block->in_stride[1]; \
    const size_t items = block->n, room = e->room;                                \
    type *out = (type *)(void *)e->column[0];                                     \
    size_t n = e->n;                                                              \
    for (size_t i = 0; i < items; i++) {                                          \
      int64_t asked;                                                              \
      uint64_t left;                                                              \
      type x;                                                                     \
      memcpy(&asked, times + (ptrdiff_t)i * times_step, sizeof asked);            \
      memcpy(&x, from + (ptrdiff_t)i * step, sizeof x);                           \
      for (left = asked > 0 ? (uint64_t)asked : 0; left > room - n; n = 0) {      \
        expanding_places(e, n, i, room - n);                                      \
        repeat_fill_##bytes(out + n, x, room - n);                                \
        left -= room - n;                                                         \
        if (expanding_full(e, room) != 0)                                         \
          return tine_block_emitted(block);                                       \
        out = (type *)(void *)e->column[0];                                       \
      }                                                                           \
      expanding_places(e, n, i, (size_t)left);                                    \
      repeat_fill_##bytes(out + n, x, (size_t)left);                              \
      n += (size_t)left;                                                          \
    }                                                                             \
    e->n = n;                                                                     \
    return tine_block_emitted(block);                                             \
  }

REPEAT(1, uint8_t)
REPEAT(2, uint16_t)
REPEAT(4, uint32_t)
REPEAT(8, uint64_t)

#undef REPEAT

/* The next 'some' values of item i, from 'at' on. */
static inline void span_fill(const ti_emitter *e, size_t n, size_t i, int64_t at, size_t some) {
  int64_t *out = (int64_t *)(void *)e->column[0] + n;
  expanding_places(e, n, i, some);
  for (size_t k = 0; k < some; k++)
    out[k] = (int64_t)((uint64_t)at + k);
}

int ti_span(tine_block *block) {
  ti_emitter *e = (ti_emitter *)(uintptr_t)block->emitter;
  size_t n = e->n;
  for (size_t i = 0; i < block->n; i++) {
    const int64_t last = expanding_i64(block, 1, i);
    int64_t at = expanding_i64(block, 0, i);
    for (bool more = at <= last; more;) {
      const uint64_t behind = (uint64_t)last - (uint64_t)at; /* and one more */
      const size_t room = e->room - n, some = behind < room ? (size_t)behind + 1 : room;
      span_fill(e, n, i, at, some);
      n += some;
      more = some <= behind;
      if (more && expanding_full(e, n) != 0)
        return tine_block_emitted(block);
      n = more ? 0 : n;
      at = (int64_t)((uint64_t)at + some);
    }
  }
  e->n = n;
  return tine_block_emitted(block);
}
