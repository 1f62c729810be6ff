/*
** range: first, first + step, ... up to last, computed where it is needed. Item i of the float range is
** first + i*step, one multiplication and one addition, so that it does not depend on what came before; item 0 is first
** itself, be it -0.0. Where the product may overflow though the item does not, all of it is computed of halves, which
** are exact at that size.
*/
#include "../kernel/program.h"
#include "../stage/stage.h"

#include <math.h>

#include "../base/thread.h"
#include "count_up.h"

typedef struct range_stage {
  tine_pipeline stage;
  int64_t first, step;
  double ffirst, fstep;
  double factor; /* 1; or 2, and the two above are halved */
} range_stage;

static size_t range_fill(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  const range_stage *r = (const range_stage *)self;
  int64_t *out = ti_request_answer(rq, 0, TINE_I64, ti_request_room(rq, self->result));
  const uint64_t first = (uint64_t)r->first + rq->lo * (uint64_t)r->step; /* wraps: the true item is in range */
  (void)eval;
  ti_assert((size_t)(rq->high - rq->low) >= self->result);
  ti_count_up(out, rq->n, first, (uint64_t)r->step);
  return rq->n;
}

static size_t range_fill_f64(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  const range_stage *r = (const range_stage *)self;
  double *out = ti_request_answer(rq, 0, TINE_F64, ti_request_room(rq, self->result));
  const int64_t lo = (int64_t)rq->lo;
  (void)eval;
  ti_assert((size_t)(rq->high - rq->low) >= self->result);
  for (size_t i = 0; i < rq->n; i++)
    out[i] = r->ffirst + (double)(lo + (int64_t)i) * r->fstep;
  for (size_t i = 0; i < rq->n && r->factor > 1; i++)
    out[i] *= r->factor;
  if (lo == 0 && rq->n > 0)
    out[0] = r->ffirst * r->factor;
  return rq->n;
}

static bool range_ramp(const tine_pipeline *self, uint64_t lo, ti_program_ramp *r) {
  const range_stage *s = (const range_stage *)self;
  const uint64_t step = (uint64_t)s->step;
  *r = (ti_program_ramp){.first.i = (uint64_t)s->first + lo * step, .step.i = step};
  return true;
}

/* Unless its items are computed of halves, or its first by itself, or positions are rounded. */
static bool range_ramp_f64(const tine_pipeline *self, uint64_t lo, ti_program_ramp *r) {
  const range_stage *s = (const range_stage *)self;
  *r = (ti_program_ramp){.first.f = s->ffirst, .step.f = s->fstep, .position = (double)lo};
  return s->factor == 1 && !(s->ffirst == 0 && signbit(s->ffirst)) && self->len <= UINT64_C(1) << 53;
}

static void range_describe_f64(const range_stage *r, char *buffer, size_t size, size_t *used) {
  const uint64_t saved = tine_fp_enter(); /* printf rounds as the thread does */
  ti_text_add(buffer, size, used, " from %.14g step %.14g", r->ffirst * r->factor, r->fstep * r->factor);
  tine_fp_leave(saved);
}

static void range_describe(const tine_pipeline *self, char *buffer, size_t size, size_t *used) {
  const range_stage *r = (const range_stage *)self;
  if (self->dtype[0] == TINE_I64)
    ti_text_add(buffer, size, used, " from %lld step %lld", (long long)r->first, (long long)r->step);
  else
    range_describe_f64(r, buffer, size, used);
}

static const ti_stage_type range_type = {TI_STAGE(range), .fill = range_fill, .ramp = range_ramp,
                                         .describe = range_describe, .size = sizeof(range_stage)};
static const ti_stage_type range_type_f64 = {TI_STAGE(range_f64), .fill = range_fill_f64, .ramp = range_ramp_f64,
                                             .describe = range_describe, .size = sizeof(range_stage)};

static tine_pipeline *range_sized(tine_pipeline *p, uint64_t len, tine_dtype dtype) {
  if (len > (uint64_t)INT64_MAX)
    return ti_stage_fail(p, TINE_ERANGE, "range has more than 2^63-1 items");
  ti_stage_items(p, len, dtype);
  p->need = p->result = ti_column_bytes(dtype);
  return p;
}

tine_pipeline *tine_range(int64_t first, int64_t last, int64_t step) {
  tine_pipeline *p;
  uint64_t distance, stride;
  if (!ti_stage_new(&p, &range_type, NULL, NULL))
    return p;
  if (step == 0)
    return ti_stage_fail(p, TINE_EINVAL, "'range' step is zero");
  ((range_stage *)p)->first = first;
  ((range_stage *)p)->step = step;
  if (step > 0 ? first > last : first < last)
    return range_sized(p, 0, TINE_I64);
  distance = step > 0 ? (uint64_t)last - (uint64_t)first : (uint64_t)first - (uint64_t)last;
  stride = step > 0 ? (uint64_t)step : 0u - (uint64_t)step;
  distance /= stride;
  return range_sized(p, distance == UINT64_MAX ? distance : distance + 1, TINE_I64);
}

/* How many of first + i*step are within 'last': the quotient, mended for its rounding where it counts single
   items. */
static double range_count(double first, double last, double step) {
  double n = floor((last - first) / step);
  if (!(n >= 0))
    return 0;
  if (n >= 9007199254740992.0)
    return n; /* neighbouring integers are the same double here; infinite included */
  if (n > 0 && (step > 0 ? first + n * step > last : first + n * step < last))
    n -= 1;
  if (step > 0 ? first + (n + 1) * step <= last : first + (n + 1) * step >= last)
    n += 1;
  return n + 1;
}

static tine_pipeline *range_f64(tine_pipeline *p, double first, double last, double step) {
  range_stage *r = (range_stage *)p;
  double n;
  if (step == 0)
    return ti_stage_fail(p, TINE_EINVAL, "'range' step is zero");
  if (isnan(first) || isnan(last) || isnan(step) || isinf(first) || isinf(step))
    return ti_stage_fail(p, TINE_EINVAL, "'range' limits must be finite numbers");
  r->factor = !isinf(last) && isinf((last - first) * 2) ? 2 : 1;
  r->ffirst = first / r->factor;
  r->fstep = step / r->factor;
  n = range_count(r->ffirst, last / r->factor, r->fstep);
  return range_sized(p, n < 9223372036854775808.0 ? (uint64_t)n : UINT64_MAX, TINE_F64);
}

tine_pipeline *tine_range_f64(double first, double last, double step) {
  tine_pipeline *p;
  ti_fp saved;
  if (!ti_stage_new(&p, &range_type_f64, NULL, NULL))
    return p;
  saved = ti_fp_enter(); /* the length is part of the result, and whether there is one */
  p = range_f64(p, first, last, step);
  ti_fp_leave(saved);
  return p;
}
