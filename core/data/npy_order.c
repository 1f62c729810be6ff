/*
** Strides to rows, and Fortran order to C order, where one of the two sides must be gone through in strides; so the
** longest axis is cut in two until a block is so small that the lines of both sides stay in the nearest cache, however
** large that is (Frigo, Leiserson, Prokop and Ramachandran, "Cache-Oblivious Algorithms", 1999, for any number of
** dimensions). Inside a block rows along the last axis are written in one go.
**
** It lies in one thread: what is read from a file waits for the file, and this layer knows no threads.
*/
#include "npy_order.h"

#include <string.h>

#include "../base/over.h"

enum { BLOCK_ITEMS = 1024, LOOK_BLOCKS = 64 };

/* Axes that have more than one position: strides count elements. */
typedef struct npy_axes {
  unsigned dims;
  uint64_t extent[TI_MAX_DIMS]; /* of the block at hand */
  uint64_t to[TI_MAX_DIMS], from[TI_MAX_DIMS];
  size_t size;
  unsigned blocks; /* copied */
  bool over;       /* the rest is not wanted */
} npy_axes;

#define GATHER_ALL(size)         \
  for (size_t i = 0; i < n; i++) \
    memcpy(to + i * (size), from + (ptrdiff_t)i * stride, size);

/* A constant size lets the compiler make each copy one move. Inline, since rows may be two items long. */
static inline void gather_row(char *to, const char *from, ptrdiff_t stride, size_t size, size_t n) {
  switch (size) {
    case 1: GATHER_ALL(1) break;
    case 2: GATHER_ALL(2) break;
    case 4: GATHER_ALL(4) break;
    default: GATHER_ALL(8)
  }
}
#undef GATHER_ALL

void ti_npy_gather(char *to, const char *from, ptrdiff_t stride, size_t size, size_t n) {
  gather_row(to, from, stride, size, n);
}

/* Row by row; 'at' counts like an odometer over all axes but the last. */
static void copy_block(const npy_axes *axes, char *to, const char *from) {
  const unsigned last = axes->dims - 1;
  uint64_t at[TI_MAX_DIMS] = {0};
  for (unsigned d = last + 1; d > 0;) {
    gather_row(to, from, (ptrdiff_t)(axes->from[last] * axes->size), axes->size, (size_t)axes->extent[last]);
    for (d = last; d > 0; d--) {
      to += axes->to[d - 1] * axes->size;
      from += axes->from[d - 1] * axes->size;
      if (++at[d - 1] < axes->extent[d - 1])
        break;
      to -= axes->to[d - 1] * axes->extent[d - 1] * axes->size;
      from -= axes->from[d - 1] * axes->extent[d - 1] * axes->size;
      at[d - 1] = 0;
    }
  }
}

/* The longest axis of a block; 'dims' if it is small enough to be copied. */
static unsigned axis_to_cut(const npy_axes *axes) {
  unsigned longest = 0;
  uint64_t items = 1;
  for (unsigned d = 0; d < axes->dims; d++) {
    items = items > BLOCK_ITEMS ? items : items * axes->extent[d]; /* no overflow: the whole is an array */
    if (axes->extent[d] > axes->extent[longest])
      longest = d;
  }
  return items > BLOCK_ITEMS ? longest : axes->dims;
}

/* Its depth is the number of bits of the length, at most. */
static void copy_axes(npy_axes *axes, char *to, const char *from) {
  const unsigned cut = axis_to_cut(axes);
  if (axes->over)
    return;
  if (cut == axes->dims) {
    copy_block(axes, to, from);
    axes->over = ++axes->blocks % LOOK_BLOCKS == 0 && ti_over_here();
    return;
  }
  const uint64_t whole = axes->extent[cut], half = whole / 2;
  ti_assert(half > 0);
  axes->extent[cut] = half;
  copy_axes(axes, to, from);
  axes->extent[cut] = whole - half;
  copy_axes(axes, to + half * axes->to[cut] * axes->size, from + half * axes->from[cut] * axes->size);
  axes->extent[cut] = whole;
}

void ti_npy_transpose(char *to, const char *from, size_t size, const uint64_t *shape, unsigned dims) {
  npy_axes axes = {.size = size};
  uint64_t stride = 1;
  for (unsigned d = 0; d < dims; d++)
    if (shape[d] > 1) {
      axes.extent[axes.dims] = shape[d];
      axes.from[axes.dims++] = stride;
      stride *= shape[d];
    }
  if (axes.dims == 0) { /* one element */
    memcpy(to, from, size);
    return;
  }
  stride = 1;
  for (unsigned d = axes.dims; d > 0; d--) {
    axes.to[d - 1] = stride;
    stride *= axes.extent[d - 1];
  }
  ti_assert(axes.dims <= dims && dims <= TI_MAX_DIMS);
  copy_axes(&axes, to, from);
}
