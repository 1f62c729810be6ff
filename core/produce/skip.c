/*
** skip: all but the first n items. Item i is item i + n of the base, so the first n are never asked for.
*/
#include "../stage/stage.h"

typedef struct skip_stage {
  tine_pipeline stage;
  uint64_t first; /* item of the base that is item 0 here */
} skip_stage;

static size_t skip_fill(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  const uint64_t first = ((const skip_stage *)self)->first;
  ti_request part = *rq;
  size_t n;
  part.lo += first;
  ti_assert(part.lo <= self->base[0]->len && rq->n <= self->base[0]->len - part.lo);
  n = ti_stage_fill(self->base[0], eval, &part);
  if (n < rq->n)
    eval->item -= first;
  return n;
}

static void skip_describe(const tine_pipeline *self, char *buffer, size_t size, size_t *used) {
  ti_text_add(buffer, size, used, " %llu", (unsigned long long)((const skip_stage *)self)->first);
}

static const ti_stage_type skip_type = {TI_STAGE(skip), .fill = skip_fill, .moves = true, .describe = skip_describe,
                                        .size = sizeof(skip_stage)};

tine_pipeline *tine_skip(tine_pipeline *base, uint64_t n) {
  tine_pipeline *p;
  if (!ti_stage_on(&p, &skip_type, base, NULL, false, TINE_INDEXED))
    return p;
  ((skip_stage *)p)->first = n < base->len ? n : base->len;
  ti_stage_len(p, base->len - ((skip_stage *)p)->first);
  return p;
}
