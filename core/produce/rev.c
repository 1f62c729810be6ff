/*
** rev: the items from the last to the first. The base fills its block forwards, and what it answers with is read
** backwards: the pointer goes to the last item, the stride is negated. Nothing is copied.
*/
#include "stage.h"

static void rev_turn(const tine_pipeline *self, const ti_request *rq, size_t n) {
  for (unsigned c = 0; c < self->columns; c++) {
    rq->data[c] = (const char *)rq->data[c] + (ptrdiff_t)(n - 1) * rq->stride[c];
    rq->stride[c] = (ptrdiff_t)(0u - (size_t)rq->stride[c]);
  }
}

/*
** The base failed somewhere in its block: the loop over this stage meets the highest item that fails first. It is
** looked for item by item from above, so that each stage below works once an item, whatever is reversed there again.
** Those above it are then filled anew. Gives how many they are.
*/
static size_t rev_failed(const tine_pipeline *self, ti_eval *eval, const ti_request *rq, ti_request *part) {
  const uint64_t last = part->lo + part->n - 1;
  size_t n = 0;
  part->n = 1;
  for (part->lo = last; n < rq->n && ti_stage_fill(self->base[0], eval, part) == 1; part->lo--)
    n++;
  eval->item = rq->lo + n;
  part->lo = last + 1 - n;
  part->n = n;
  if (n > 0 && ti_stage_fill(self->base[0], eval, part) == n)
    return n;
  eval->item = rq->lo; /* a kernel that changed its mind is believed in the end */
  return 0;
}

static size_t rev_fill(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  ti_request part = *rq;
  size_t n;
  part.lo = self->len - rq->lo - rq->n;
  part.want = NULL; /* there the order would be wrong */
  n = ti_stage_fill(self->base[0], eval, &part);
  if (n < rq->n)
    n = rev_failed(self, eval, rq, &part);
  if (n > 0)
    rev_turn(self, rq, n);
  return n;
}

static const ti_stage_type rev_type = {TI_STAGE(rev), .fill = rev_fill, .moves = true, .size = sizeof(tine_pipeline)};

tine_pipeline *tine_rev(tine_pipeline *base) {
  tine_pipeline *p;
  ti_stage_on(&p, &rev_type, base, NULL, false, TINE_INDEXED);
  return p;
}
