/*
** filter: whole items for which a predicate holds. The predicate runs over a block of its base, then the columns are
** compacted. What is left keeps its places, so a sum knows which cell an item belongs to.
**
** Scratch: base at the far end; at this end the compacted columns, behind them the mask and converted inputs.
*/
#include "../produce/apply.h"
#include "../produce/parts.h"
#include "compact.h"

typedef struct filter_stage {
  tine_pipeline stage;
  ti_apply apply; /* no kernel: the base's last column is the mask */
  size_t columns; /* bytes of the compacted columns */
  const ti_compactor *compact;
} filter_stage;

/* The mask of n items, in scratch or in the base's last column; returns how many of them it is there for. */
static size_t filter_mask(const filter_stage *f, ti_eval *eval, const ti_request *rq, const ti_request *base, size_t n,
                          const void **mask, ptrdiff_t *stride) {
  void *out;
  char *room = ti_request_room(rq, f->stage.result) + f->columns;
  if (f->apply.kernel == NULL) {
    *mask = base->data[f->stage.columns];
    *stride = base->stride[f->stage.columns];
    return n;
  }
  room = ti_apply_places(&f->apply, &out, room);
  *mask = out;
  *stride = 1;
  return ti_apply_run(&f->apply, &f->stage, eval, base, n, base->data, base->stride, &out, room);
}

/* The columns of the items kept of n. A constant stays one; what only points into arrays stays where it is if all of it
   is kept. */
static void filter_columns(const filter_stage *f, const ti_request *rq, const ti_request *base, const uint64_t *bits,
                           size_t n, bool all) {
  char *room = ti_request_room(rq, f->stage.result);
  for (unsigned c = 0; c < f->stage.columns; c++) {
    const size_t size = tine_dtype_size(f->stage.dtype[c]);
    void *out = rq->want != NULL && rq->want[c] != NULL ? rq->want[c] : room;
    room += ti_column_bytes(f->stage.dtype[c]);
    rq->data[c] = base->data[c];
    rq->stride[c] = base->stride[c];
    if ((all || base->stride[c] == 0) && ti_stage_points(f->stage.base[0]))
      continue;
    if (all)
      ti_parts_copy(out, (ptrdiff_t)size, base->data[c], base->stride[c], size, n);
    else
      ti_compact_column(f->compact, out, rq->n, base->data[c], base->stride[c], size, bits, n);
    rq->data[c] = out;
    rq->stride[c] = (ptrdiff_t)size;
  }
}

static size_t filter_fill(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  const filter_stage *f = (const filter_stage *)self;
  const void *data[TINE_MAX_COLUMNS], *mask;
  ptrdiff_t stride[TINE_MAX_COLUMNS], mask_stride;
  ti_bits bits;
  const bool sparse = self->base[0]->kind != TINE_INDEXED;
  const ti_request base = {
      rq->lo, rq->n, rq->low, rq->high, !rq->at_high, NULL, data, stride, sparse ? rq->offset : NULL};
  size_t m, n = ti_stage_fill(self->base[0], eval, &base);
  if (n > 0)
    n = filter_mask(f, eval, rq, &base, n, &mask, &mask_stride);
  if (n == 0)
    return 0;
  m = ti_compact_bits(f->compact, mask, mask_stride, n, bits);
  if (m > 0 && rq->data != NULL)
    filter_columns(f, rq, &base, bits, n, m == n);
  if (m > 0)
    ti_compact_places(f->compact, rq->offset, sparse, bits, n);
  return m;
}

static void filter_drop(tine_pipeline *self) {
  ti_apply_drop(&((filter_stage *)self)->apply);
}

static void filter_describe(const tine_pipeline *self, char *buffer, size_t size, size_t *used) {
  const filter_stage *f = (const filter_stage *)self;
  if (f->apply.kernel != NULL)
    ti_apply_describe(&f->apply, buffer, size, used);
}

static const ti_stage_type filter_type = {
    TI_STAGE(filter), .fill = filter_fill, .drop = filter_drop,         .describe = filter_describe,
    .counts = true,   .moves = true,       .size = sizeof(filter_stage)};

static tine_pipeline *filter_finish(filter_stage *f) {
  tine_pipeline *p = &f->stage;
  f->compact = ti_compact_best();
  for (unsigned c = 0; c < p->columns; c++)
    f->columns += ti_column_bytes(p->dtype[c]);
  ti_stage_bounded(p);
  p->result = f->columns + f->apply.own + f->apply.converted;
  p->need = p->base[0]->result + p->result > p->base[0]->need ? p->base[0]->result + p->result : p->base[0]->need;
  return p;
}

static tine_pipeline *filter_of(tine_pipeline *base, tine_kernel *kernel, const ti_inputs *inputs) {
  tine_pipeline *p;
  if (!ti_stage_on(&p, &filter_type, base, NULL, false, TINE_PARALLEL) ||
      !ti_apply_bind_predicate(&p, &((filter_stage *)p)->apply, kernel, inputs))
    return p;
  return filter_finish((filter_stage *)p);
}

tine_pipeline *tine_filter(tine_pipeline *base, tine_kernel *kernel, const tine_value *constants, size_t n) {
  return filter_of(base, kernel, &(ti_inputs){NULL, constants, n});
}

tine_pipeline *tine_filter_args(tine_pipeline *base, tine_kernel *kernel, const int *columns,
                                const tine_value *constants, size_t n) {
  return filter_of(base, kernel, &(ti_inputs){columns != NULL ? columns : &(int){0}, constants, n});
}

tine_pipeline *tine_filter_mask(tine_pipeline *base) {
  tine_pipeline *p;
  if (!ti_stage_on(&p, &filter_type, base, NULL, false, TINE_PARALLEL))
    return p;
  if (p->columns < 2 || p->dtype[p->columns - 1] != TINE_BOOL)
    return ti_stage_fail(p, TINE_ETYPE, "'filter' without a kernel needs a last column of bool, and another one");
  p->dtype[--p->columns] = TINE_NONE;
  return filter_finish((filter_stage *)p);
}
