/*
** min_len, max_len, sequential, on, timeout: wishes about scheduling. They are stages like any other, so that a plan
** shows them, but all they do is to pass requests on.
*/
#include "../stage/stage.h"

#include "../base/thread.h"

static size_t hint_fill(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  return ti_stage_fill(self->base[0], eval, rq);
}

static const ti_stage_type min_len_type = {TI_STAGE(min_len), .fill = hint_fill, .passes = true,
                                           .size = sizeof(tine_pipeline)};
static const ti_stage_type max_len_type = {TI_STAGE(max_len), .fill = hint_fill, .passes = true,
                                           .size = sizeof(tine_pipeline)};
static const ti_stage_type sequential_type = {TI_STAGE(sequential), .fill = hint_fill, .passes = true,
                                              .size = sizeof(tine_pipeline)};
static const ti_stage_type on_type = {TI_STAGE(on), .fill = hint_fill, .passes = true, .size = sizeof(tine_pipeline)};
static const ti_stage_type timeout_type = {TI_STAGE(timeout), .fill = hint_fill, .passes = true,
                                           .size = sizeof(tine_pipeline)};

#define LONGEST_NS (UINT64_C(1) << 62) /* a century and a half: for ever */

/* A new stage of that type on base; false if there is nothing to go on with, '*out' being the result then. */
static bool hint_new(tine_pipeline **out, const ti_stage_type *type, tine_pipeline *base) {
  *out = NULL;
  return base != NULL && ti_stage_new(out, type, base, NULL);
}

tine_pipeline *tine_min_len(tine_pipeline *base, uint64_t n) {
  tine_pipeline *p;
  if (!hint_new(&p, &min_len_type, base))
    return p;
  if (n == 0)
    return ti_stage_fail(p, TINE_EINVAL, "'min_len' must be positive");
  p->hints.min_len = n;
  return p;
}

tine_pipeline *tine_max_len(tine_pipeline *base, uint64_t n) {
  tine_pipeline *p;
  if (!hint_new(&p, &max_len_type, base))
    return p;
  if (n == 0)
    return ti_stage_fail(p, TINE_EINVAL, "'max_len' must be positive");
  p->hints.max_len = n;
  return p;
}

tine_pipeline *tine_sequential(tine_pipeline *base) {
  tine_pipeline *p;
  if (hint_new(&p, &sequential_type, base))
    p->hints.sequential = true;
  return p;
}

tine_pipeline *tine_on(tine_pipeline *base, tine_pool *pool) {
  tine_pipeline *p;
  if (!hint_new(&p, &on_type, base))
    return p;
  if (pool == NULL)
    return ti_stage_fail(p, TINE_EINVAL, "'on' needs a pool");
  p->hints.pool = pool;
  return p;
}

/* 0: not so many seconds. */
static uint64_t timeout_ns(double seconds) {
  const ti_fp saved = ti_fp_enter(); /* no number, and seconds past the largest, may trap */
  uint64_t limit = 0;
  if (seconds >= 0)
    limit = seconds * 1e9 < (double)LONGEST_NS ? (uint64_t)(seconds * 1e9) + 1 : LONGEST_NS;
  TI_FP_SETTLE(limit);
  ti_fp_leave(saved);
  return limit;
}

tine_pipeline *tine_timeout(tine_pipeline *base, double seconds) {
  tine_pipeline *p;
  uint64_t limit;
  if (!hint_new(&p, &timeout_type, base))
    return p;
  limit = timeout_ns(seconds);
  if (limit == 0)
    return ti_stage_fail(p, TINE_EINVAL, "'timeout' must be a number of seconds, 0 or more");
  if (p->hints.limit == 0 || limit < p->hints.limit)
    p->hints.limit = limit;
  return p;
}

#undef LONGEST_NS
