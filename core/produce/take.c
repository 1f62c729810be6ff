/*
** take of an indexed pipeline: the first n items. The rest is past the end, where nobody asks. (Of any other
** pipeline: consume/gate.c.)
*/
#include "../stage/stage.h"

static size_t take_fill(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  return ti_stage_fill(self->base[0], eval, rq);
}

static const ti_stage_type take_type = {TI_STAGE(take), .fill = take_fill, .passes = true,
                                        .size = sizeof(tine_pipeline)};

tine_pipeline *ti_take_indexed(tine_pipeline *base, uint64_t n) {
  tine_pipeline *p;
  if (!ti_stage_on(&p, &take_type, base, NULL, false, TINE_INDEXED))
    return p;
  if (n < p->len)
    ti_stage_len(p, n);
  ti_assert(p->len <= base->len && p->need == base->need);
  return p;
}
