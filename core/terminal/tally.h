/*
** Tallies: how many items a pipeline gives, by a pass over what is below its flat_map, whose kernel can tell how many
** values there will be without giving them.
**
** They are counted for each *stretch*, 2^shift neighbouring positions.
*/
#ifndef TI_TERMINAL_TALLY_H
#define TI_TERMINAL_TALLY_H

#include "../stage/apply.h"
#include "../stage/spring.h"
#include "terminal.h"

typedef struct ti_tally {
  unsigned shift;
  uint64_t cells;          /* of all positions */
  uint64_t total;          /* items, once counted */
  _Atomic uint64_t *count; /* all 0, one more than cells; then how many items are before each, and in all */
  const ti_apply *apply;   /* these two are its own */
  size_t staging;
} ti_tally;

/* The base of the flat_map that p stands on, if p gives one item for each of its, a tally can be made, and what that
   evaluates can neither fail nor end; else NULL. */
const tine_pipeline *ti_tally_base(const tine_pipeline *p);
/* The coarsest grid of 'most' cells at most for such a base. */
static inline void ti_tally_grid(ti_tally *to, const tine_pipeline *base, uint64_t most) {
  ti_assert(base->span > 0);
  for (to->shift = 0; (base->span - 1) >> to->shift >= most; to->shift++)
    continue;
  to->cells = ((base->span - 1) >> to->shift) + 1;
}
/* Counts; 'progress': the positions are those that the terminal's progress tells of. TINE_ENOMEM, also if they are more
   than TI_COUNTS_MOST. */
tine_status ti_tally_run(ti_tally *to, tine_pipeline *p, bool progress, tine_error *err);

#endif
