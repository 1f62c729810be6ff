/*
** What all springs share; see spring.h.
*/
#include "spring.h"

#include <string.h>

size_t ti_spring_fill(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  const ti_current *now = eval->current[self->level - 1];
  ti_assert(self->type->spring != TI_SPRING_NONE && self->spring == self && self->level <= TI_MAX_LEVELS);
  ti_assert(now != NULL && (self->columns == 0 || now->data != NULL));
  for (unsigned c = 0; c < self->columns; c++) {
    rq->data[c] = now->data[c];
    rq->stride[c] = now->stride[c];
  }
  if (rq->offset != NULL)
    memcpy(rq->offset, now->offset, rq->n * sizeof *rq->offset);
  return rq->n;
}

tine_pipeline *ti_spring_init(tine_pipeline *p) {
  const unsigned a = p->base[0] != NULL ? p->base[0]->level : 0, b = p->base[1] != NULL ? p->base[1]->level : 0;
  p->level = (a > b ? a : b) + 1;
  p->spring = p;
  p->need = p->result = 0;
  if (p->level <= TI_MAX_LEVELS)
    return p;
  return ti_stage_fail(p, TINE_ERANGE,
                       "more than %d of flat_map, take and the like one above the other; collect on the way",
                       TI_MAX_LEVELS);
}

bool ti_spring_ends(const tine_pipeline *p) {
  for (; p != NULL && p->kind != TINE_INDEXED; p = p->base[0])
    if (p->type->ends || ti_spring_ends(p->base[1]))
      return true;
  return false;
}
