/*
** map: a kernel over the columns of its base.
**
** Scratch: the base is asked for its columns at the far end, own results and converted inputs go to the near end. What
** the base needed in between is dead by then, so a chain of maps of any length lives in two columns of scratch.
*/
#include "fuse.h"
#include "map.h"

#include <string.h>

/* Runs the kernel over n items of the base's columns; the results go to rq's places. */
static size_t map_run(const ti_map *m, ti_eval *eval, const ti_request *rq, const ti_request *base, size_t n) {
  void *out[TINE_MAX_OUTPUTS];
  char *room = ti_apply_places(&m->apply, out, ti_request_room(rq, m->apply.own + m->apply.converted));
  for (unsigned k = 0; k < m->stage.columns; k++) { /* an effect has none: nobody asked for its results */
    if (rq->want != NULL && rq->want[k] != NULL)
      out[k] = rq->want[k];
    rq->data[k] = out[k];
    rq->stride[k] = (ptrdiff_t)tine_dtype_size(m->stage.dtype[k]);
  }
  return ti_apply_run(&m->apply, &m->stage, eval, rq, n, base->data, base->stride, out, room);
}

/* By the program that has this map at its top: it fills what is below itself. */
static size_t map_fused(const ti_map *m, const ti_fused *f, ti_eval *eval, const ti_request *rq) {
  void *out = NULL;
  ti_apply_places(&m->apply, &out, ti_request_room(rq, m->apply.own + m->apply.converted));
  if (ti_eval_over(eval, rq, rq->n))
    return 0;
  if (rq->want != NULL && rq->want[0] != NULL)
    out = rq->want[0];
  rq->data[0] = out;
  rq->stride[0] = sizeof(double);
  return ti_fuse_fill(f, eval, rq, out, NULL);
}

static size_t map_fill(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  const ti_map *m = (const ti_map *)self;
  const void *data[TINE_MAX_COLUMNS];
  ptrdiff_t stride[TINE_MAX_COLUMNS];
  ti_request base = {rq->lo, rq->n, rq->low, rq->high, !rq->at_high, NULL, data, stride, rq->offset};
  const ti_fused *f = rq->n >= TI_FUSE_ITEMS ? ti_load_acquire(&self->program) : NULL; /* pairs with whoever made it */
  size_t n;
  if (f != NULL)
    return map_fused(m, f, eval, rq);
  n = ti_stage_fill(self->base[0], eval, &base);
  return n == 0 ? 0 : map_run(m, eval, rq, &base, n);
}

static void map_drop(tine_pipeline *self) {
  ti_fuse_drop(ti_load_relaxed(&self->program)); /* relaxed: the last reference is gone */
  ti_apply_drop(&((ti_map *)self)->apply);
}

static void map_describe(const tine_pipeline *self, char *buffer, size_t size, size_t *used) {
  ti_apply_describe(&((const ti_map *)self)->apply, buffer, size, used);
}

static const ti_stage_type map_type = {TI_STAGE(map), .fill = map_fill, .drop = map_drop, .describe = map_describe,
                                       .size = sizeof(ti_map)};
static const ti_stage_type effect_type = {TI_STAGE(for_each), .fill = map_fill, .drop = map_drop,
                                          .describe = map_describe, .size = sizeof(ti_map)};

/* Room for results and conversions; what the base leaves at the far end must fit beside it, and what the leaves of a
   program leave there, too. */
static void map_size(ti_map *m) {
  const tine_pipeline *base = m->stage.base[0];
  size_t leaves;
  /* A result at the high end must end there, whatever lies between it and the conversions. */
  m->stage.result = m->apply.own + m->apply.converted;
  m->stage.need = base->result + m->stage.result > base->need ? base->result + m->stage.result : base->need;
  ti_fuse_map(&m->stage, &m->apply);
  leaves = m->stage.fusion.result + m->stage.result;
  leaves = leaves > m->stage.fusion.need ? leaves : m->stage.fusion.need;
  m->stage.need = leaves > m->stage.need ? leaves : m->stage.need;
  ti_assert(m->stage.result <= m->stage.need && base->need <= m->stage.need);
}

static tine_pipeline *map_of(const ti_stage_type *type, tine_pipeline *base, tine_kernel *kernel,
                             const ti_inputs *inputs) {
  tine_pipeline *p;
  ti_map *m;
  if (base == NULL || !ti_stage_new(&p, type, base, NULL))
    return base == NULL ? NULL : p;
  m = (ti_map *)p;
  if (!ti_apply_bind(&p, &m->apply, type == &map_type ? TI_ROLE_VALUES : TI_ROLE_EFFECT, kernel, inputs))
    return p;
  p->columns = type == &map_type ? m->apply.outputs : 0;
  for (unsigned k = 0; k < p->columns; k++)
    p->dtype[k] = m->apply.binding.signature->out[k];
  map_size(m);
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

const tine_pipeline *ti_map_pair(const tine_pipeline *p, const char *kernel, int *a, int *b) {
  const ti_apply *m;
  while (p->type->passes)
    p = p->base[0];
  m = &((const ti_map *)p)->apply;
  if (p->type != &map_type || !m->kernel->builtin || strcmp(tine_kernel_name(m->kernel), kernel) != 0)
    return NULL;
  for (unsigned k = 0; k < m->inputs; k++)
    if (m->binding.signature->in[k] != TINE_F64 || m->binding.cast[k] != NULL || m->column[k] < 0)
      return NULL;
  *a = m->column[0];
  *b = m->column[1];
  return m->inputs == 2 ? p->base[0] : NULL;
}
