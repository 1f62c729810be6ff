/*
** enumerate: the position, counted from 1, as an i64 column in front of the base's. Those keep the near end of the
** scratch, the positions go after them.
*/
#include "../stage/fuse.h"
#include "count_up.h"

static size_t enumerate_fill(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  const tine_pipeline *b = self->base[0];
  int64_t *out = ti_request_answer(rq, 0, TINE_I64, ti_request_after(rq, b->result, ti_column_bytes(TINE_I64)));
  ti_request base = *rq;
  size_t n;
  ti_assert(self->columns == b->columns + 1 && rq->lo <= (uint64_t)INT64_MAX - rq->n);
  base.want = rq->want != NULL ? rq->want + 1 : NULL;
  base.data = rq->data + 1;
  base.stride = rq->stride + 1;
  n = ti_stage_fill(b, eval, &base);
  ti_count_up(out, n, rq->lo + 1, 1);
  return n;
}

static int enumerate_origin(const tine_pipeline *self, unsigned *c) {
  (void)self;
  if (*c == 0)
    return -1;
  --*c;
  return 0;
}

static bool enumerate_ramp(const tine_pipeline *self, uint64_t lo, ti_program_ramp *r) {
  (void)self;
  *r = (ti_program_ramp){.first.i = lo + 1, .step.i = 1};
  return true;
}

static const ti_stage_type enumerate_type = {TI_STAGE(enumerate), .fill = enumerate_fill, .origin = enumerate_origin,
                                             .ramp = enumerate_ramp, .size = sizeof(tine_pipeline)};

tine_pipeline *tine_enumerate(tine_pipeline *base) {
  tine_pipeline *p;
  if (!ti_stage_on(&p, &enumerate_type, base, NULL, false, TINE_INDEXED))
    return p;
  if (base->columns == TINE_MAX_COLUMNS)
    return ti_stage_fail(p, TINE_ERANGE, "'enumerate' gives %u columns, more than %d", base->columns + 1,
                         TINE_MAX_COLUMNS);
  for (unsigned c = 0; c < base->columns; c++)
    p->dtype[c + 1] = base->dtype[c];
  p->dtype[0] = TINE_I64;
  p->columns = base->columns + 1;
  p->result = base->result + ti_column_bytes(TINE_I64);
  p->need = ti_size_most(base->need, p->result);
  ti_fuse_ramp(p);
  return p;
}
