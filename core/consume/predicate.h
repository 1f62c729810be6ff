/*
** Predicates asked for bits, an item a bit (ti_bits), by the shortest way that there is: a loop for the one operation
** (../stage/direct.h), a program for several (../stage/tell.h), or the kernel's bools, made into bits.
*/
#ifndef TI_CONSUME_PREDICATE_H
#define TI_CONSUME_PREDICATE_H

#include "../stage/apply.h"
#include "../stage/direct.h"
#include "compact.h"

typedef struct ti_predicate {
  const ti_compactor *compact;
  ti_direct direct;
} ti_predicate;

/* That of a stage which has been bound. */
void ti_predicate_begin(ti_predicate *p, tine_pipeline *stage);
/* Which of '*n' items of the base hold, those that 'base' was answered with; 'room' is scratch for the kernel's bools
   and conversions. '*n' becomes how many of them that could be said of: the failure of the next is noted. Returns how
   many hold. */
size_t ti_predicate_bits(const ti_predicate *p, const tine_pipeline *stage, ti_eval *eval, const ti_request *base,
                         size_t *n, char *room, uint64_t *bits);

/* Stages that terminals ask their question by as well, under their own name. */
tine_pipeline *ti_filter(tine_pipeline *base, tine_kernel *kernel, const ti_inputs *inputs);
tine_pipeline *ti_positions(tine_pipeline *base, tine_kernel *kernel, const ti_inputs *inputs);
tine_pipeline *ti_take_while(tine_pipeline *base, tine_kernel *kernel, const ti_inputs *inputs);

#endif
