/*
** filter_map: a kernel over the columns of its base whose last output, a bool, says whether there is a result at all.
**
** Scratch: the base at the far end; at the near end the results, compacted in place or to where the caller wants them,
** then converted inputs.
*/
#include "../stage/apply.h"
#include "compact.h"

typedef struct filter_map_stage {
  tine_pipeline stage;
  ti_apply apply;
  const ti_compactor *compact;
} filter_map_stage;

/* Answers the request with those of the n results in out[] that are kept. */
static void filter_map_columns(const filter_map_stage *f, const ti_request *rq, void *const *out, const uint64_t *bits,
                               size_t n) {
  for (unsigned c = 0; c < f->stage.columns; c++) {
    const size_t size = tine_dtype_size(f->stage.dtype[c]);
    void *to = ti_request_answer(rq, c, f->stage.dtype[c], out[c]);
    ti_compact_column(f->compact, to, rq->n, out[c], (ptrdiff_t)size, size, bits, n);
  }
}

static size_t filter_map_fill(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  const filter_map_stage *f = (const filter_map_stage *)self;
  const void *data[TINE_MAX_COLUMNS];
  ptrdiff_t stride[TINE_MAX_COLUMNS];
  void *out[TINE_MAX_OUTPUTS];
  ti_bits bits;
  const bool sparse = self->base[0]->kind != TINE_INDEXED;
  const ti_request base = {
      rq->lo, rq->n, rq->low, rq->high, !rq->at_high, NULL, data, stride, sparse ? rq->offset : NULL, NULL};
  size_t m, n = ti_stage_fill(self->base[0], eval, &base);
  char *room = ti_apply_places(&f->apply, out, ti_request_room(rq, self->result));
  if (n > 0)
    n = ti_apply_run(&f->apply, self, eval, &base, n, data, stride, out, room);
  if (n == 0)
    return 0;
  m = ti_compact_bits(f->compact, out[self->columns], 1, n, bits);
  ti_assert(m <= n && n <= rq->n);
  if (m > 0 && rq->data != NULL)
    filter_map_columns(f, rq, out, bits, n);
  if (m > 0)
    ti_compact_places(f->compact, rq->offset, sparse, bits, n);
  return m;
}

static const ti_stage_type filter_map_type = {TI_STAGE(filter_map), .fill = filter_map_fill, .counts = true,
                                              .moves = true, TI_APPLIES(filter_map_stage, ti_apply_drop)};

tine_pipeline *tine_filter_map(tine_pipeline *base, tine_kernel *kernel, const tine_value *constants, size_t n) {
  tine_pipeline *p;
  filter_map_stage *f;
  if (!ti_apply_on(&p, &filter_map_type, base, TINE_PARALLEL, TI_ROLE_OPTION, kernel,
                   &(ti_inputs){NULL, constants, n, NULL}))
    return p;
  f = (filter_map_stage *)p;
  ti_assert(f->apply.outputs > 1 && f->apply.binding.signature->out[f->apply.outputs - 1] == TINE_BOOL);
  p->columns = 0;
  ti_apply_columns(p, f->apply.outputs - 1);
  f->compact = ti_compact_best();
  ti_stage_bounded(p);
  p->result = f->apply.own + f->apply.converted;
  p->need = ti_size_most(base->need, base->result + p->result);
  return p;
}
