/*
** Producers, as hosts see them, and the plain iterator over one. A producer is (pipeline, lo, hi): a split is two
** assignments. The iterator works in a space of its own, so any number may be at work on one pipeline.
*/
#include <string.h>

#include "../base/error.h"
#include "../drive/run.h"

tine_status tine_with_producer(tine_pipeline *p, tine_producer_fn *fn, void *ud) {
  const tine_status status = tine_pipeline_needs(p, TINE_INDEXED, "with_producer", NULL);
  const tine_producer whole = {p, 0, tine_pipeline_len(p)};
  return status != TINE_OK ? status : fn(&whole, ud);
}

uint64_t tine_producer_len(const tine_producer *p) {
  return p->hi - p->lo;
}

tine_status tine_producer_split_at(const tine_producer *p, uint64_t index, tine_producer *left, tine_producer *right) {
  const tine_producer whole = *p; /* 'p' may be one of the two */
  if (index > whole.hi - whole.lo)
    return TINE_ERANGE;
  *left = *right = whole;
  left->hi = right->lo = whole.lo + index;
  ti_assert(whole.lo <= left->hi && right->lo <= whole.hi);
  return TINE_OK;
}

struct tine_iter {
  ti_run run;
  uint64_t lo, hi;
  uint64_t deadline;
};

tine_status tine_iter_create(tine_iter **out, const tine_producer *p, tine_error *err) {
  tine_iter *it;
  tine_status status = ti_stage_check(p->pipeline, err);
  *out = NULL;
  if (status != TINE_OK)
    return status;
  it = ti_new(tine_iter);
  if (it == NULL)
    return ti_error_nomem(err);
  status = ti_run_begin(&it->run, p->pipeline, NULL, p->pipeline->need, 0, 0, err);
  if (status != TINE_OK) {
    ti_delete(tine_iter, it);
    return status;
  }
  ti_assert(p->lo <= p->hi && p->hi <= p->pipeline->len);
  if (it->run.cancel != NULL) /* it is not this thread that is at work, but the one that calls next */
    ti_cancel_end(it->run.cancel);
  it->run.cancel = NULL;
  it->run.own->eval.over = ti_cancel_over;
  it->deadline = ti_cancel_deadline(p->pipeline->hints.limit);
  it->lo = p->lo;
  it->hi = p->hi;
  *out = it;
  return TINE_OK;
}

/* What became of the cancellation of a call; false: it is over, the iterator with it. */
static bool iter_goes_on(tine_iter *it, tine_status over) {
  tine_error why;
  if (over == TINE_OK)
    return true;
  ti_cancel_error(&it->run.own_cancel, over, &why);
  why.item = it->lo;
  ti_run_fail_with(&it->run, &why, it->lo);
  it->hi = it->lo;
  return false;
}

/* Makes a block of at most rq->n items; returns how many. */
static size_t iter_fill(tine_iter *it, ti_request *rq) {
  ti_cancel *const cancel = &it->run.own_cancel;
  size_t n = 0;
  ti_assert(it->lo < it->hi && rq->n > 0 && rq->n <= it->hi - it->lo);
  ti_cancel_begin_until(cancel, it->deadline);
  ti_cancel_plan(cancel, it->run.pipeline->span);
  if (iter_goes_on(it, ti_cancel_look(cancel, 0))) {
    const ti_arrival was = ti_cancel_arrive(cancel);
    it->run.own->eval.code = 0;
    n = ti_stage_fill_own(it->run.pipeline, &it->run.own->eval, rq);
    ti_cancel_leave(&was);
    ti_cancel_count(cancel, n);
    if (n < rq->n && !it->run.own->eval.gone) /* else it is the cancellation that tells how it ended */
      ti_run_fail(&it->run, &it->run.own->eval);
  }
  ti_cancel_end(cancel);
  return it->hi > it->lo && !iter_goes_on(it, ti_cancel_state(cancel)) ? 0 : n;
}

tine_status tine_iter_next(tine_iter *it, tine_columns *block, tine_error *err) {
  const tine_pipeline *p = it->run.pipeline;
  const size_t n = it->hi - it->lo < TI_BLOCK ? (size_t)(it->hi - it->lo) : TI_BLOCK;
  ti_request rq = {it->lo, n, it->run.own->low, it->run.own->high, false, NULL, block->data, block->stride, NULL, NULL};
  block->first = it->lo;
  block->count = p->columns;
  memcpy(block->dtype, p->dtype, sizeof block->dtype);
  block->n = 0;
  if (n == 0)
    return it->run.failure.code != 0 ? ti_eval_report(&it->run.failure, err) : TINE_OK;
  if (ti_stage_room(p, err) != TINE_OK) /* another thread may call than the one before */
    return TINE_ERANGE;
  block->n = iter_fill(it, &rq);
  ti_assert(block->n <= n);
  it->lo += block->n;
  if (block->n < n) {
    it->hi = it->lo; /* the items before come first, the failure with the next call */
    if (block->n == 0)
      return ti_eval_report(&it->run.failure, err);
  }
  return TINE_OK;
}

void tine_iter_destroy(tine_iter *it) {
  if (it == NULL)
    return;
  ti_run_end(&it->run, NULL);
  ti_delete(tine_iter, it);
}
