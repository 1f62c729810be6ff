/*
** Blocks cut into whole vectors. What lies side by side is read and written in place, but for the last vector; the rest
** goes through staging, where copies of a piece's last item fill the last vector up.
*/
#include "math_block.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Items staged at a time: a multiple of every number of lanes. */
enum { MATH_STAGED = 64 };

typedef struct math_staging {
  _Alignas(64) unsigned char room[MATH_STAGED * sizeof(double)];
} math_staging;

/* Copies items [from, from + n) of input k, n at most MATH_STAGED, and fills up to 'full'. */
static const void *math_stage(math_staging *s, const tine_block *block, unsigned k, size_t size, size_t from, size_t n,
                              size_t full) {
  const char *first = (const char *)block->in[k] + (ptrdiff_t)from * block->in_stride[k];
  const ptrdiff_t step = block->in_stride[k];
  if (size == sizeof(uint64_t))
    for (size_t i = 0; i < full; i++)
      memcpy(s->room + i * 8, first + (ptrdiff_t)(i < n ? i : n - 1) * step, 8);
  else
    for (size_t i = 0; i < full; i++)
      memcpy(s->room + i * 4, first + (ptrdiff_t)(i < n ? i : n - 1) * step, 4);
  return s->room;
}

static bool math_side(const tine_block *block, unsigned k, size_t size) {
  return block->in_stride[k] == (ptrdiff_t)size;
}

/* How many items the piece at 'from' has; a piece without a copy ends with a whole vector. */
static size_t math_piece(size_t left, size_t lanes, bool in_place) {
  if (in_place && left >= lanes)
    return left & ~(lanes - 1);
  return left < MATH_STAGED ? left : MATH_STAGED;
}

static size_t math_filled(size_t n, size_t lanes) {
  return (n + lanes - 1) & ~(lanes - 1);
}

/* Input k of a piece: in place, or staged; a constant is staged once, for the first piece, which is the longest. */
static const void *math_input(math_staging *s, const tine_block *block, unsigned k, size_t size, size_t from, size_t n,
                              size_t full) {
  if (math_side(block, k, size) && full == n)
    return (const char *)block->in[k] + from * size;
  if (block->in_stride[k] == 0 && from > 0)
    return s->room;
  return math_stage(s, block, k, size, from, n, full);
}

int ti_math_block1(tine_block *block, size_t size, size_t lanes, ti_math_run1 *run) {
  const bool in_place = math_side(block, 0, size);
  math_staging a, result;
  for (size_t i = 0, n; i < block->n; i += n) {
    n = math_piece(block->n - i, lanes, in_place);
    char *out = (char *)block->out[0] + i * size;
    const size_t full = math_filled(n, lanes);
    run(full == n ? (void *)out : result.room, math_input(&a, block, 0, size, i, n, full), full);
    if (full != n)
      memcpy(out, result.room, n * size);
  }
  return 0;
}

int ti_math_block2(tine_block *block, size_t size, size_t lanes, ti_math_run2 *run) {
  const bool in_place = math_side(block, 0, size) && math_side(block, 1, size);
  math_staging a, b, result;
  for (size_t i = 0, n; i < block->n; i += n) {
    n = math_piece(block->n - i, lanes, in_place);
    char *out = (char *)block->out[0] + i * size;
    const size_t full = math_filled(n, lanes);
    const void *pa = math_input(&a, block, 0, size, i, n, full), *pb = math_input(&b, block, 1, size, i, n, full);
    run(full == n ? (void *)out : result.room, pa, pb, full);
    if (full != n)
      memcpy(out, result.room, n * size);
  }
  return 0;
}
