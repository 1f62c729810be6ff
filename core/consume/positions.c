/*
** positions: the positions at which a predicate holds, counted from 1, in place of the base's columns.
**
** Scratch: the base at the far end; at the near end the positions, then the mask and converted inputs.
*/
#include "../stage/tell.h"
#include "predicate.h"

typedef struct positions_stage {
  tine_pipeline stage;
  ti_apply apply;
  ti_predicate predicate;
} positions_stage;

static size_t positions_fill(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  const positions_stage *f = (const positions_stage *)self;
  const void *data[TINE_MAX_COLUMNS];
  ptrdiff_t stride[TINE_MAX_COLUMNS];
  int64_t *out;
  uint16_t own[TI_BLOCK], *places = rq->offset != NULL || rq->data == NULL ? rq->offset : own;
  ti_bits bits;
  char *room = ti_request_room(rq, self->result);
  const ti_request base = {rq->lo, rq->n, rq->low, rq->high, !rq->at_high, NULL, data, stride, NULL, NULL};
  size_t m, n = ti_stage_fill(self->base[0], eval, &base);
  if (n == 0)
    return 0;
  m = ti_predicate_bits(&f->predicate, self, eval, &base, &n, room + ti_column_bytes(TINE_I64), bits);
  ti_assert(m <= n && n <= rq->n);
  if (m > 0)
    ti_compact_places(f->predicate.compact, places, false, bits, n);
  if (rq->data == NULL)
    return m;
  out = ti_request_answer(rq, 0, TINE_I64, room);
  for (size_t k = 0; k < m; k++)
    out[k] = (int64_t)(rq->lo + places[k]) + 1;
  return m;
}

static void positions_drop(tine_pipeline *self) {
  ti_tell_drop(self);
  ti_apply_drop(self);
}

static const ti_stage_type positions_type = {TI_STAGE(positions), .fill = positions_fill, .counts = true, .moves = true,
                                             TI_APPLIES(positions_stage, positions_drop)};

tine_pipeline *ti_positions(tine_pipeline *base, tine_kernel *kernel, const ti_inputs *inputs) {
  tine_pipeline *p;
  positions_stage *f;
  if (!ti_apply_on(&p, &positions_type, base, TINE_INDEXED, TI_ROLE_PREDICATE, kernel, inputs))
    return p;
  f = (positions_stage *)p;
  ti_predicate_begin(&f->predicate, p);
  p->columns = 1;
  p->dtype[0] = TINE_I64;
  ti_stage_bounded(p);
  p->result = ti_column_bytes(TINE_I64) + f->apply.own + f->apply.converted;
  p->need = ti_size_most(base->need, base->result + p->result);
  return p;
}

tine_pipeline *tine_positions(tine_pipeline *base, tine_kernel *kernel, const tine_value *constants, size_t n) {
  return ti_positions(base, kernel, &(ti_inputs){NULL, constants, n, NULL});
}
