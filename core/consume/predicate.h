/*
** Predicates that answer in bits: a column of f64 or i64 compared with a constant. A filter needs bits, not bools; and
** while items are compared the block after them is fetched.
*/
#ifndef TI_CONSUME_PREDICATE_H
#define TI_CONSUME_PREDICATE_H

#include "../stage/apply.h"

/* Compares n items (1 to TI_BLOCK) side by side with a constant; as ti_compact_bits_fn. */
typedef size_t ti_predicate_fn(const void *items, const void *constant, size_t n, uint64_t *bits);

typedef struct ti_predicate {
  ti_predicate_fn *run; /* NULL: there is none for that kernel, its bools must be made into bits */
  int column;           /* of the base */
  const void *constant; /* as the kernel would get it; borrowed from 'apply' */
} ti_predicate;

/* The one that does what 'apply', which is bound, does; for an instruction set that the processor has. */
ti_predicate ti_predicate_variant(const ti_apply *apply, unsigned simd);

/* Stages that terminals ask their question by as well, under their own name. */
tine_pipeline *ti_filter(tine_pipeline *base, tine_kernel *kernel, const ti_inputs *inputs);
tine_pipeline *ti_positions(tine_pipeline *base, tine_kernel *kernel, const ti_inputs *inputs);
tine_pipeline *ti_take_while(tine_pipeline *base, tine_kernel *kernel, const ti_inputs *inputs);

#endif
