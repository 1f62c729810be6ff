/*
** Springs: stages whose items come from the drive. Stages above one fill as usual; when their recursion reaches the
** spring, it hands out its current block, whole. See core/drive/README.md, "Flows".
*/
#ifndef TI_STAGE_SPRING_H
#define TI_STAGE_SPRING_H

#include "stage.h"

/* The fill of every spring: all items of eval->current[level - 1], whatever the request says. */
size_t ti_spring_fill(const tine_pipeline *self, ti_eval *eval, const ti_request *rq);
/* Makes a stage a spring above its bases: one level more, nothing in scratch. Returns it, or its error: too many
   levels. */
tine_pipeline *ti_spring_init(tine_pipeline *p);

/* May p come to an end before its last position, by a take_while? */
bool ti_spring_ends(const tine_pipeline *p);
/* May a fill of p do without places, if nobody asks for them? Not if an item can fail or end the run: places tell
   which. */
static inline bool ti_spring_placeless(const tine_pipeline *p) {
  return p->infallible && !ti_spring_ends(p);
}

#endif
