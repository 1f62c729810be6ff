/*
** step_by: items 0, k, 2k, ... of the base. The others are not evaluated, so the base is asked for one item at a time -
** unless it has nothing to evaluate and the stride alone grows, or nobody can tell: items that are cheap and cannot
** fail are evaluated in whole blocks as long as k is small.
*/
#include "../stage/parts.h"

enum { STEP_DENSE = 8 }; /* asking for a single item costs some ten times as much as an item in a block */

typedef struct step_stage {
  tine_pipeline stage;
  uint64_t step;
} step_stage;

/* The base's columns, seen at a larger stride. (It means nothing for a stage of one item, and may wrap then.) */
static size_t step_point(const step_stage *s, ti_eval *eval, const ti_request *rq) {
  ti_request part = *rq;
  part.lo = rq->lo * s->step;
  part.n = 1;
  ti_stage_fill(s->stage.base[0], eval, &part);
  for (unsigned c = 0; c < s->stage.columns; c++)
    rq->stride[c] = (ptrdiff_t)((uint64_t)rq->stride[c] * s->step);
  return rq->n;
}

static size_t step_dense(const step_stage *s, ti_eval *eval, const ti_request *rq) {
  const size_t step = (size_t)s->step, most = (TI_BLOCK - 1) / step + 1;
  ti_parts parts;
  ti_assert(s->step > 1 && s->step <= STEP_DENSE && s->stage.base[0]->infallible);
  ti_parts_begin(&parts, &s->stage, TI_BLOCK, rq->want, rq);
  for (size_t i = 0, n; i < rq->n; i += n) {
    n = rq->n - i < most ? rq->n - i : most;
    if (ti_parts_thin(&parts, s->stage.base[0], eval, (rq->lo + i) * step, n, i, step) < n) /* the terminal is over */
      return 0;
  }
  return rq->n;
}

static size_t step_single(const step_stage *s, ti_eval *eval, const ti_request *rq) {
  ti_parts parts;
  ti_parts_begin(&parts, &s->stage, TI_BLOCK, rq->want, rq);
  for (size_t i = 0; i < rq->n; i++)
    if (ti_eval_over(eval, rq, 1) ||
        ti_parts_fill(&parts, s->stage.base[0], eval, (rq->lo + i) * s->step, 1, i, 1) == 0) {
      eval->item = rq->lo + i;
      return i;
    }
  return rq->n;
}

static size_t step_fill(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  const step_stage *s = (const step_stage *)self;
  const tine_pipeline *base = self->base[0];
  if (s->step == 1)
    return ti_stage_fill(base, eval, rq);
  if (ti_stage_points(base))
    return step_point(s, eval, rq);
  return base->cheap && base->infallible && s->step <= STEP_DENSE ? step_dense(s, eval, rq) : step_single(s, eval, rq);
}

static void step_describe(const tine_pipeline *self, char *buffer, size_t size, size_t *used) {
  ti_text_add(buffer, size, used, " %llu", (unsigned long long)((const step_stage *)self)->step);
}

static const ti_stage_type step_type = {TI_STAGE(step_by), .fill = step_fill, .moves = true, .describe = step_describe,
                                        .size = sizeof(step_stage)};

tine_pipeline *tine_step_by(tine_pipeline *base, uint64_t k) {
  tine_pipeline *p;
  if (!ti_stage_on(&p, &step_type, base, NULL, false, TINE_INDEXED))
    return p;
  if (k == 0)
    return ti_stage_fail(p, TINE_EINVAL, "'step_by' must be positive");
  ((step_stage *)p)->step = k;
  ti_stage_len(p, base->len / k + (base->len % k != 0));
  if (k > 1 && !ti_stage_points(base)) {
    p->result = ti_parts_bytes(p, TI_BLOCK);
    p->need = p->result + base->need;
  }
  return p;
}
