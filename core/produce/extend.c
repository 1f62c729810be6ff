/*
** extend: a kernel's results as further columns. The base's columns keep the near end of the scratch, the results go
** after them, converted inputs after those.
*/
#include "../stage/apply.h"

typedef struct extend_stage {
  tine_pipeline stage;
  ti_apply apply;
} extend_stage;

static size_t extend_fill(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  const extend_stage *s = (const extend_stage *)self;
  const tine_pipeline *b = self->base[0];
  void *out[TINE_MAX_OUTPUTS];
  char *room = ti_request_room(rq, self->result - b->result);
  const size_t n = ti_stage_fill(b, eval, rq); /* the first columns are its own: data, stride, want */
  if (n == 0)
    return 0;
  room = ti_apply_places(&s->apply, out, rq->at_high ? room - b->result : room + b->result);
  for (unsigned k = 0; k < s->apply.outputs; k++) {
    const unsigned c = b->columns + k;
    if (rq->want != NULL && rq->want[c] != NULL)
      out[k] = rq->want[c];
    rq->data[c] = out[k];
    rq->stride[c] = (ptrdiff_t)tine_dtype_size(self->dtype[c]);
  }
  return ti_apply_run(&s->apply, self, eval, rq, n, rq->data, rq->stride, out, room);
}

static void extend_drop(tine_pipeline *self) {
  ti_apply_drop(&((extend_stage *)self)->apply);
}

static void extend_describe(const tine_pipeline *self, char *buffer, size_t size, size_t *used) {
  ti_apply_describe(&((const extend_stage *)self)->apply, buffer, size, used);
}

static const ti_stage_type extend_type = {TI_STAGE(extend), .fill = extend_fill, .drop = extend_drop,
                                          .describe = extend_describe, .size = sizeof(extend_stage)};

static tine_pipeline *extend_of(tine_pipeline *base, ti_role role, const char *name, tine_kernel *kernel,
                                const ti_inputs *inputs) {
  tine_pipeline *p;
  ti_apply *a;
  if (!ti_stage_on(&p, &extend_type, base, NULL, false, TINE_PARALLEL))
    return p;
  a = &((extend_stage *)p)->apply;
  p->name = name;
  if (!ti_apply_bind(&p, a, role, kernel, inputs))
    return p;
  if (base->columns + a->outputs > TINE_MAX_COLUMNS)
    return ti_stage_fail(p, TINE_ERANGE, "'%s' gives %u columns, more than %d", name, base->columns + a->outputs,
                         TINE_MAX_COLUMNS);
  for (unsigned k = 0; k < a->outputs; k++)
    p->dtype[p->columns++] = a->binding.signature->out[k];
  p->result = base->result + a->own + a->converted;
  p->need = base->need > p->result ? base->need : p->result;
  return p;
}

tine_pipeline *tine_extend(tine_pipeline *base, tine_kernel *kernel, const tine_value *constants, size_t n) {
  return extend_of(base, TI_ROLE_VALUES, extend_type.name, kernel, &(ti_inputs){NULL, constants, n, NULL});
}

tine_pipeline *tine_extend_args(tine_pipeline *base, tine_kernel *kernel, const int *columns,
                                const tine_value *constants, size_t n) {
  return extend_of(base, TI_ROLE_VALUES, extend_type.name, kernel,
                   &(ti_inputs){ti_apply_spelt(columns), constants, n, NULL});
}

tine_pipeline *ti_extend_predicate(tine_pipeline *base, const char *name, tine_kernel *kernel,
                                   const tine_value *constants, size_t n) {
  return extend_of(base, TI_ROLE_PREDICATE, name, kernel, &(ti_inputs){NULL, constants, n, NULL});
}
