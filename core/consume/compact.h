/*
** Compaction: of the items of a block, those a mask keeps, side by side.
**
** A mask is made into bits first; how many items are kept is known then, and every column is compacted straight from
** the bits. There is a variant for each instruction set of simd.h; all write the same. Whoever compacts block after
** block holds on to the best.
*/
#ifndef TI_CONSUME_COMPACT_H
#define TI_CONSUME_COMPACT_H

#include "../stage/stage.h"

/* A bit an item of a block or cell: of item i, bit i % 64 of word i / 64. Those after the block's last item are 0. */
typedef uint64_t ti_bits[(TI_CELL + 63) / 64];

/* Makes n bools, bytes of which any but 0 is true, into bits; returns how many hold. */
typedef size_t ti_compact_bits_fn(const unsigned char *mask, size_t n, uint64_t *bits);
/* Writes the values of the items that are kept of n side by side to out, which may be 'in' itself. 'out' has room for
   'room' values, as many as are kept at least: what lies there after them may be overwritten, and nothing else. */
typedef void ti_compact_values_fn(void *out, size_t room, const void *in, const uint64_t *bits, size_t n);

typedef struct ti_compactor {
  ti_compact_bits_fn *bits;
  ti_compact_values_fn *values[4]; /* of 1, 2, 4, 8 bytes, contiguous */
} ti_compactor;

/* The variant for an instruction set, which the processor has; and for the best it has. */
const ti_compactor *ti_compact_variant(unsigned simd);
const ti_compactor *ti_compact_best(void);

/* As compact->bits, for bools at any distance. */
size_t ti_compact_bits(const ti_compactor *compact, const void *mask, ptrdiff_t stride, size_t n, uint64_t *bits);
/* Turns n bits over; returns how many hold then. */
size_t ti_compact_others(uint64_t *bits, size_t n);
/* As compact->values, for values of 'size' bytes at any distance. */
void ti_compact_column(const ti_compactor *compact, void *out, size_t room, const void *in, ptrdiff_t stride,
                       size_t size, const uint64_t *bits, size_t n);
/* The places of the kept items of a block of n: offset[] compacted where the block came from a stage with places of its
   own ('sparse'), else the indices of those kept. 'offset' has room for TI_BLOCK; NULL: nobody asked. */
void ti_compact_places(const ti_compactor *compact, uint16_t *offset, bool sparse, const uint64_t *bits, size_t n);
/* The places of n items of an indexed block: 0, 1, 2, ... */
void ti_compact_iota(uint16_t *offset, size_t n);

#endif
