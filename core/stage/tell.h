/*
** Predicates as programs: several operations that tell of each item whether something holds, and give bits, in
** registers (TI_PROGRAM_BITS). What they read is a block of the base; so where a stage wants these bits and the items
** besides (filter), the items are computed once, and nothing of the predicate is stored but bits.
**
** A program is made by the first run that is long enough for one, or by the second that is shorter (ti_fuse_prepare),
** and kept with the stage.
*/
#ifndef TI_STAGE_TELL_H
#define TI_STAGE_TELL_H

#include "apply.h"

/* Notes whether the predicate of a stage just bound is worth a program. */
void ti_tell_begin(tine_pipeline *p, const ti_apply *a);
/* For a run of 'span' items: makes it, if it is. Any thread. */
void ti_tell_prepare(tine_pipeline *p, uint64_t span);
bool ti_tell_made(const tine_pipeline *p);
void ti_tell_drop(tine_pipeline *p);

/* Which of '*n' items of a block of the base hold, as bits; 'held' becomes how many. '*n' becomes 0 if all is over.
   False: there is no program, or an item fails, and the kernel says which. */
bool ti_tell(const tine_pipeline *p, ti_eval *eval, const ti_request *base, size_t *n, uint64_t *bits, size_t *held);

#endif
