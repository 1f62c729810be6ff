/*
** rev: the items from the last to the first. The base fills its block forwards, and what it answers with is read
** backwards: the pointer goes to the last item, the stride is negated. Nothing is copied.
*/
#include "../stage/stage.h"

static void rev_turn(const tine_pipeline *self, const ti_request *rq, size_t n) {
  for (unsigned c = 0; c < self->columns; c++) {
    rq->data[c] = (const char *)rq->data[c] + (ptrdiff_t)(n - 1) * rq->stride[c];
    rq->stride[c] = (ptrdiff_t)(0u - (size_t)rq->stride[c]);
  }
}

/* Asks the base for part->n items. What is reversed below it need not find out which one failed. */
static bool rev_ask(const tine_pipeline *self, ti_eval *eval, const ti_request *part) {
  const bool turned = eval->turned;
  bool well;
  eval->turned = true;
  well = ti_stage_fill(self->base[0], eval, part) == part->n;
  eval->turned = turned;
  return well;
}

/*
** The base failed somewhere in its block: the loop over this stage meets the highest item that fails first. It is
** looked for item by item from above, so that each stage below works once an item, whatever is reversed there again.
** Then it is asked for by itself, for what is to be said of it, and those above it are filled anew. Gives how many they
** are. (Where another one is reversed above, that one does so: else each would double the work of the next.)
*/
static size_t rev_failed(const tine_pipeline *self, ti_eval *eval, const ti_request *rq, ti_request *part) {
  const uint64_t last = part->lo + part->n - 1;
  size_t n = 0;
  part->n = 1;
  for (part->lo = last; n < rq->n && rev_ask(self, eval, part); part->lo--)
    n++;
  if (n < rq->n)
    ti_stage_fill(self->base[0], eval, part);
  eval->item = rq->lo + n;
  part->lo = last + 1 - n;
  part->n = n;
  if (n > 0 && rev_ask(self, eval, part))
    return n;
  eval->item = rq->lo; /* a kernel that changed its mind is believed in the end */
  return 0;
}

static size_t rev_fill(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  ti_request part = *rq;
  size_t n = rq->n;
  ti_assert(rq->lo + rq->n <= self->len);
  part.lo = self->len - rq->lo - rq->n;
  part.want = NULL; /* there the order would be wrong */
  if (rq->n == 1 && !eval->turned) {
    n = ti_stage_fill(self->base[0], eval, &part);
    eval->item = n == 0 ? rq->lo : eval->item;
  } else if (!rev_ask(self, eval, &part))
    n = eval->turned || eval->gone ? 0 : rev_failed(self, eval, rq, &part);
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
