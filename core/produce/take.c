/*
** take: the first n items. Of an indexed pipeline the rest is behind the end, where nobody asks. Of any other nobody
** knows which items are the first before those in front of them have been made: a spring, see drive/README.md.
*/
#include "stage.h"

static size_t take_fill(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  return ti_stage_fill(self->base[0], eval, rq);
}

static const ti_stage_type take_type = {
    .name = "take", .fill = take_fill, .passes = true, .size = sizeof(tine_pipeline)};

tine_pipeline *tine_take(tine_pipeline *base, uint64_t n) {
  tine_pipeline *p;
  if (base == NULL || !ti_stage_new(&p, &take_type, base, NULL))
    return base == NULL ? NULL : p;
  if (n < p->len)
    p->len = n;
  return p;
}
