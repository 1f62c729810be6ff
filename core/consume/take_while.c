/*
** take_while: the items before the first for which a predicate does not hold. That item is noted as the end (TI_END),
** as a failure would be: the lowest end or failure decides, whoever meets it.
**
** Scratch: the base's columns at the near end, unchanged; then the mask and converted inputs.
*/
#include <string.h>

#include "../stage/apply.h"
#include "compact.h"
#include "predicate.h"

static size_t take_while_fill(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  const ti_apply *a = ti_apply_of(self);
  char *room = ti_request_after(rq, self->base[0]->result, a->own + a->converted);
  ti_request base = *rq;
  void *mask;
  const unsigned char *stop;
  size_t n;
  ti_assert(rq->offset != NULL && rq->data != NULL); /* what may end tells where it did */
  if (self->base[0]->kind == TINE_INDEXED) {
    base.offset = NULL;
    ti_compact_iota(rq->offset, rq->n);
  }
  n = ti_stage_fill(self->base[0], eval, &base);
  room = ti_apply_places(a, &mask, room);
  if (n > 0)
    n = ti_apply_run(a, self, eval, rq, n, rq->data, rq->stride, &mask, room);
  stop = n > 0 ? memchr(mask, 0, n) : NULL;
  if (stop == NULL)
    return n;
  n = (size_t)(stop - (const unsigned char *)mask);
  ti_assert(n < rq->n);
  eval->code = TI_END;
  eval->stage = self;
  eval->item = rq->lo + rq->offset[n];
  return n;
}

static const ti_stage_type take_while_type = {TI_STAGE(take_while), .fill = take_while_fill, .moves = true,
                                              .ends = true, TI_APPLIES(ti_apply_stage, ti_apply_drop)};

tine_pipeline *ti_take_while(tine_pipeline *base, tine_kernel *kernel, const ti_inputs *inputs) {
  tine_pipeline *p;
  if (!ti_apply_on(&p, &take_while_type, base, TINE_PARALLEL, TI_ROLE_PREDICATE, kernel, inputs))
    return p;
  ti_stage_bounded(p);
  p->need = ti_size_most(base->need, base->result + ti_apply_of(p)->own + ti_apply_of(p)->converted);
  return p;
}

tine_pipeline *tine_take_while(tine_pipeline *base, tine_kernel *kernel, const tine_value *constants, size_t n) {
  return ti_take_while(base, kernel, &(ti_inputs){NULL, constants, n, NULL});
}

tine_pipeline *tine_take_while_args(tine_pipeline *base, tine_kernel *kernel, const int *columns,
                                    const tine_value *constants, size_t n) {
  return ti_take_while(base, kernel, &(ti_inputs){ti_apply_spelt(columns), constants, n, NULL});
}
