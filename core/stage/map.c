/*
** map: a kernel over the columns of its base.
**
** Scratch: the base is asked for its columns at the far end, own results and converted inputs go to the near end. What
** the base needed in between is dead by then, so a chain of maps of any length lives in two columns of scratch.
*/
#include "fuse.h"

/* Runs the kernel over n items of the base's columns; the results go to rq's places. */
static size_t map_run(const ti_apply_stage *m, ti_eval *eval, const ti_request *rq, const ti_request *base, size_t n) {
  void *out[TINE_MAX_OUTPUTS];
  char *room = ti_apply_places(&m->apply, out, ti_request_room(rq, m->stage.result));
  for (unsigned k = 0; k < m->stage.columns; k++) /* an effect has none: nobody asked for its results */
    out[k] = ti_request_answer(rq, k, m->stage.dtype[k], out[k]);
  return ti_apply_run(&m->apply, &m->stage, eval, rq, n, base->data, base->stride, out, room);
}

static size_t map_fill(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  const ti_apply_stage *m = (const ti_apply_stage *)self;
  const void *data[TINE_MAX_COLUMNS];
  ptrdiff_t stride[TINE_MAX_COLUMNS];
  ti_request base = {rq->lo, rq->n, rq->low, rq->high, !rq->at_high, NULL, data, stride, rq->offset, rq->bits};
  size_t n;
  if (ti_fuse_fill(self, eval, rq, &n))
    return n;
  n = ti_stage_fill(self->base[0], eval, &base);
  return n == 0 ? 0 : map_run(m, eval, rq, &base, n);
}

static void map_drop(tine_pipeline *self) {
  ti_fuse_drop(self);
  ti_apply_drop(self);
}

static const ti_stage_type map_type = {TI_STAGE(map), .fill = map_fill, .masks = true,
                                       TI_APPLIES(ti_apply_stage, map_drop)};
static const ti_stage_type effect_type = {TI_STAGE(for_each), .fill = map_fill, TI_APPLIES(ti_apply_stage, map_drop)};

/* Room for results and conversions; what the base leaves at the far end must fit beside it. */
static void map_size(ti_apply_stage *m) {
  const tine_pipeline *base = m->stage.base[0];
  /* A result at the high end must end there, whatever lies between it and the conversions. */
  m->stage.result = m->apply.own + m->apply.converted;
  m->stage.need = ti_size_most(base->result + m->stage.result, base->need);
  if (m->stage.columns > 0)
    ti_fuse_apply(&m->stage, &m->apply);
}

static tine_pipeline *map_of(const ti_stage_type *type, tine_pipeline *base, tine_kernel *kernel,
                             const ti_inputs *inputs) {
  const bool values = type == &map_type;
  tine_pipeline *p;
  if (!ti_apply_on(&p, type, base, TINE_PARALLEL, values ? TI_ROLE_VALUES : TI_ROLE_EFFECT, kernel, inputs))
    return p;
  p->columns = 0;
  ti_apply_columns(p, values ? ti_apply_of(p)->outputs : 0);
  map_size((ti_apply_stage *)p);
  return p;
}

tine_pipeline *tine_map(tine_pipeline *base, tine_kernel *kernel, const tine_value *constants, size_t n) {
  return map_of(&map_type, base, kernel, &(ti_inputs){NULL, constants, n, NULL});
}

tine_pipeline *tine_map_args(tine_pipeline *base, tine_kernel *kernel, const int *columns, const tine_value *constants,
                             size_t n) {
  return map_of(&map_type, base, kernel, &(ti_inputs){ti_apply_spelt(columns), constants, n, NULL});
}

tine_pipeline *ti_effect(tine_pipeline *base, tine_kernel *kernel, const tine_value *constants, size_t n) {
  return map_of(&effect_type, base, kernel, &(ti_inputs){NULL, constants, n, NULL});
}
