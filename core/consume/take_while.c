/*
** take_while: the items before the first for which a predicate does not hold. That item is noted as the end (TI_END),
** as a failure would be: the lowest end or failure decides, whoever meets it.
**
** Scratch: the base's columns at the near end, unchanged; then the mask and converted inputs.
*/
#include "../stage/tell.h"
#include "predicate.h"

typedef struct take_while_stage {
  tine_pipeline stage;
  ti_apply apply;
  ti_predicate predicate;
} take_while_stage;

/* The first of n items that has no bit; n: all have one. */
static size_t first_without(const uint64_t *bits, size_t n) {
  for (size_t i = 0; i < n; i += 64)
    if (bits[i / 64] != UINT64_MAX) {
      const size_t at = i + (size_t)__builtin_ctzll(~bits[i / 64]);
      return at < n ? at : n;
    }
  return n;
}

static size_t take_while_fill(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  const take_while_stage *f = (const take_while_stage *)self;
  char *room = ti_request_after(rq, self->base[0]->result, f->apply.own + f->apply.converted);
  ti_request base = *rq;
  ti_bits bits;
  size_t n, first;
  ti_assert(rq->offset != NULL && rq->data != NULL); /* what may end tells where it did */
  if (self->base[0]->kind == TINE_INDEXED) {
    base.offset = NULL;
    ti_compact_iota(rq->offset, rq->n);
  }
  n = ti_stage_fill(self->base[0], eval, &base);
  if (n > 0)
    ti_predicate_bits(&f->predicate, self, eval, rq, &n, room, bits);
  first = first_without(bits, n);
  if (first == n)
    return n;
  n = first;
  ti_assert(n < rq->n);
  eval->code = TI_END;
  eval->stage = self;
  eval->item = rq->lo + rq->offset[n];
  return n;
}

static void take_while_drop(tine_pipeline *self) {
  ti_tell_drop(self);
  ti_apply_drop(self);
}

static const ti_stage_type take_while_type = {TI_STAGE(take_while), .fill = take_while_fill, .moves = true,
                                              .ends = true, TI_APPLIES(take_while_stage, take_while_drop)};

tine_pipeline *ti_take_while(tine_pipeline *base, tine_kernel *kernel, const ti_inputs *inputs) {
  tine_pipeline *p;
  if (!ti_apply_on(&p, &take_while_type, base, TINE_PARALLEL, TI_ROLE_PREDICATE, kernel, inputs))
    return p;
  ti_predicate_begin(&((take_while_stage *)p)->predicate, p);
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
