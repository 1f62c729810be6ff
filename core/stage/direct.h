/*
** A kernel that stands alone: one operation of two columns of the base, or of a column and a constant, be it told by
** its name or by an expression. It needs no program (fuse.h): there is a loop for it (ti_program_whole) that hands on
** what it gives as whoever asked wants it - the bits of a predicate, a sum - so that no result is stored.
*/
#ifndef TI_STAGE_DIRECT_H
#define TI_STAGE_DIRECT_H

#include "../kernel/program.h"
#include "apply.h"

/* What becomes of it in a sum. */
typedef enum ti_direct_sum {
  TI_DIRECT_ADDS,  /* its values are added: of a map */
  TI_DIRECT_TELLS, /* the number of those that hold */
  TI_DIRECT_KEEPS  /* the items of its column that it keeps are added: of a filter */
} ti_direct_sum;

typedef struct ti_direct {
  const ti_program_whole *whole; /* NULL: there is none */
  tine_dtype dtype;              /* of both inputs */
  int column[2];                 /* of the base; negative: the constant */
  const void *constant;          /* of that type; borrowed from 'apply' */
  ti_direct_sum sum;
} ti_direct;

/* What 'apply', which is bound, does; in an instruction set that the processor has. */
ti_direct ti_direct_variant(const ti_apply *apply, unsigned simd);
ti_direct ti_direct_of(const ti_apply *apply);

static inline bool ti_direct_tells(const ti_direct *d) {
  return d->whole != NULL && d->whole->bits != NULL;
}
static inline bool ti_direct_adds(const ti_direct *d) {
  return d->whole != NULL && d->whole->lanes != NULL;
}

/* How many bits are set in so many words: without a call for each, which the plain instruction set would take. */
static inline size_t ti_direct_held(const uint64_t *words, size_t count) {
  size_t held = 0;
  for (size_t i = 0; i < count; i++) {
    uint64_t w = words[i];
    w -= (w >> 1) & UINT64_C(0x5555555555555555);
    w = (w & UINT64_C(0x3333333333333333)) + ((w >> 2) & UINT64_C(0x3333333333333333));
    w = (w + (w >> 4)) & UINT64_C(0x0F0F0F0F0F0F0F0F);
    held += (size_t)((w * UINT64_C(0x0101010101010101)) >> 56);
  }
  return held;
}

/* Where n items (1 to TI_CELL) of the base's columns are: those for which it holds, as ti_compact_bits_fn. Returns how
   many. */
size_t ti_direct_bits(const ti_direct *d, const void *const *data, const ptrdiff_t *stride, size_t n, uint64_t *bits);
/* Adds item i of them to lanes[i % TI_LANES], a lane's in order. */
void ti_direct_add(const ti_direct *d, const void *const *data, const ptrdiff_t *stride, size_t n, double *lanes);
/* Can it add those items of the column for which it holds, where these lie 'stride' bytes apart? Does so, -0.0 being
   what all others are. Returns how many. */
static inline bool ti_direct_keeps(const ti_direct *d, ptrdiff_t stride) {
  return d->whole != NULL && d->whole->kept != NULL && d->column[0] >= 0 && d->column[1] < 0 &&
         stride == sizeof(double);
}
size_t ti_direct_kept(const ti_direct *d, const void *items, size_t n, double *lanes);

/* Of a stage of one column, behind hints, that does no more than that: what it stands on, and what there is to be done
   with the items of that for the sum of the column; NULL: it is to be had otherwise. */
const tine_pipeline *ti_direct_below(const tine_pipeline *p, ti_direct *d);

#endif
