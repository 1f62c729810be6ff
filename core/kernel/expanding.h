/*
** The built-in kernels for flat_map. What they give is written where the block under way has room and handed on
** whenever that is full, so any number costs no memory.
*/
#ifndef TI_KERNEL_EXPANDING_H
#define TI_KERNEL_EXPANDING_H

#include "kernel.h"

/* What every block->emitter is in truth. Kernels that can be trusted need not ask item by item: they write values of
   item i, and its place for each, after the n values there are, up to 'room'; they may write TI_EXPANDING_OVER bytes of
   values too much, and a vector of 64 bytes of places to its end. */
enum { TI_EXPANDING_OVER = 128 };
typedef struct ti_emitter {
  tine_emitter emitter;               /* first: the kernel's block points to it */
  int (*flush)(struct ti_emitter *e); /* hands the n values on; n is 0 then, and the columns may lie elsewhere.
                                         Not 0: stop, and return that */
  char *column[TINE_MAX_OUTPUTS];
  uint16_t *places;       /* NULL: nobody asks for them */
  const uint16_t *offset; /* the place of each item */
  size_t n, room;
} ti_emitter;

/* How many they give: ti_counts_fn. */
void ti_repeat_counts(const tine_block *block, uint64_t *each);
void ti_span_counts(const tine_block *block, uint64_t *each);

/* repeat(x, n): x, n times, for values of 1, 2, 4, 8 bytes; none if n is not positive. */
int ti_repeat_1(tine_block *block);
int ti_repeat_2(tine_block *block);
int ti_repeat_4(tine_block *block);
int ti_repeat_8(tine_block *block);
/* span(first, last): the integers from first to last, as a numeric for. */
int ti_span(tine_block *block);

#endif
