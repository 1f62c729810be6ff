/*
** Compaction: of the items of a block, those a mask keeps, side by side.
*/
#ifndef TI_CONSUME_COMPACT_H
#define TI_CONSUME_COMPACT_H

#include "../produce/stage.h"

/* Writes the indices of the n items for which the mask holds to keep, which has room for n; returns how many. */
size_t ti_compact_mask(const void *mask, ptrdiff_t stride, size_t n, uint16_t *keep);
/* out[k] = in[keep[k]] for values of 'size' bytes, out being contiguous; it may be 'in' itself. */
void ti_compact_column(void *out, const void *in, ptrdiff_t stride, size_t size, const uint16_t *keep, size_t n);
/* The places of n kept items of a block: offset[k] = offset[keep[k]] where the block came from a stage with places of
   its own ('sparse'), else keep[k]. */
void ti_compact_places(uint16_t *offset, bool sparse, const uint16_t *keep, size_t n);
/* The places of n items of an indexed block: 0, 1, 2, ... */
void ti_compact_iota(uint16_t *offset, size_t n);

#endif
