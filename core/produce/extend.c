/*
** extend: a kernel's results as further columns. The base's columns keep the near end of the scratch, the results go
** after them, converted inputs after those.
*/
#include "../stage/fuse.h"

static size_t extend_fill(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  const ti_apply_stage *s = (const ti_apply_stage *)self;
  const tine_pipeline *b = self->base[0];
  void *out[TINE_MAX_OUTPUTS];
  char *room;
  const size_t n = ti_stage_fill(b, eval, rq); /* the first columns are its own: data, stride, want */
  if (n == 0)
    return 0;
  room = ti_apply_places(&s->apply, out, ti_request_after(rq, b->result, self->result - b->result));
  for (unsigned c = b->columns, k = 0; c < self->columns; c++, k++)
    out[k] = ti_request_answer(rq, c, self->dtype[c], out[k]);
  return ti_apply_run(&s->apply, self, eval, rq, n, rq->data, rq->stride, out, room);
}

static int extend_origin(const tine_pipeline *self, unsigned *c) {
  const unsigned below = self->base[0]->columns;
  const bool here = *c >= below;
  *c -= here ? below : 0;
  return here ? -1 : 0;
}

static const ti_stage_type extend_type = {TI_STAGE(extend), .fill = extend_fill, .masks = true, .origin = extend_origin,
                                          TI_APPLIES(ti_apply_stage, ti_apply_drop)};

static tine_pipeline *extend_of(tine_pipeline *base, ti_role role, tine_kernel *kernel, const ti_inputs *inputs) {
  tine_pipeline *p;
  const ti_apply *a;
  if (!ti_apply_on(&p, &extend_type, base, TINE_PARALLEL, role, kernel, inputs))
    return p;
  a = ti_apply_of(p);
  if (base->columns + a->outputs > TINE_MAX_COLUMNS)
    return ti_stage_fail(p, TINE_ERANGE, "'%s' gives %u columns, more than %d", p->name, base->columns + a->outputs,
                         TINE_MAX_COLUMNS);
  ti_apply_columns(p, a->outputs);
  p->result = base->result + a->own + a->converted;
  p->need = ti_size_most(base->need, p->result);
  ti_fuse_apply(p, a);
  return p;
}

tine_pipeline *tine_extend(tine_pipeline *base, tine_kernel *kernel, const tine_value *constants, size_t n) {
  return extend_of(base, TI_ROLE_VALUES, kernel, &(ti_inputs){NULL, constants, n, NULL});
}

tine_pipeline *tine_extend_args(tine_pipeline *base, tine_kernel *kernel, const int *columns,
                                const tine_value *constants, size_t n) {
  return extend_of(base, TI_ROLE_VALUES, kernel, &(ti_inputs){ti_apply_spelt(columns), constants, n, NULL});
}

tine_pipeline *ti_extend_predicate(tine_pipeline *base, const char *name, tine_kernel *kernel,
                                   const tine_value *constants, size_t n) {
  return extend_of(base, TI_ROLE_PREDICATE, kernel, &(ti_inputs){NULL, constants, n, name});
}
