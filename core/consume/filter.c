/*
** filter: whole items for which a predicate holds. The predicate runs over a block of its base, then the columns are
** compacted. What is left keeps its places, so a sum knows which cell an item belongs to.
**
** Scratch: the base at the far end; at the near end the compacted columns, then the mask and converted inputs.
*/
#include "../stage/parts.h"
#include "../stage/tell.h"
#include "predicate.h"

typedef struct filter_stage {
  tine_pipeline stage;
  ti_apply apply; /* no kernel: the base's last column is the mask */
  size_t columns; /* bytes of the compacted columns */
  ti_predicate predicate;
} filter_stage;

/* Which of n items are kept; '*n' becomes how many of them that could be said of. Returns how many are kept. */
static size_t filter_bits(const filter_stage *f, ti_eval *eval, const ti_request *rq, const ti_request *base, size_t *n,
                          uint64_t *bits) {
  const unsigned c = f->stage.columns;
  if (f->apply.kernel == NULL)
    return ti_compact_bits(f->predicate.compact, base->data[c], base->stride[c], *n, bits);
  return ti_predicate_bits(&f->predicate, &f->stage, eval, base, n, ti_request_room(rq, f->stage.result) + f->columns,
                           bits);
}

/* The columns of the items kept of n. A constant stays one; what only points into arrays stays where it is if all of it
   is kept. */
static void filter_columns(const filter_stage *f, const ti_request *rq, const ti_request *base, const uint64_t *bits,
                           size_t n, bool all) {
  char *room = ti_request_room(rq, f->stage.result);
  for (unsigned c = 0; c < f->stage.columns; c++) {
    const size_t size = tine_dtype_size(f->stage.dtype[c]);
    void *out = ti_request_answer(rq, c, f->stage.dtype[c], room);
    room += ti_column_bytes(f->stage.dtype[c]);
    if ((all || base->stride[c] == 0) && ti_stage_points(f->stage.base[0])) {
      rq->data[c] = base->data[c];
      rq->stride[c] = base->stride[c];
    } else if (all)
      ti_parts_copy(out, (ptrdiff_t)size, base->data[c], base->stride[c], size, n);
    else
      ti_compact_column(f->predicate.compact, out, rq->n, base->data[c], base->stride[c], size, bits, n);
  }
}

/* Clears the bits that 'others' has not; is any left? */
static bool filter_both(uint64_t *bits, const uint64_t *others, size_t n) {
  uint64_t left = 0;
  for (size_t i = 0; i * 64 < n; i++)
    left |= bits[i] &= others[i];
  return left != 0;
}

/* All items of the base stay where they are, at the end where these results are wanted; what it takes to say which are
   kept is at the other one. Where nothing is left neither this predicate nor what stands above has anything to do. */
static TI_NOINLINE size_t filter_mask(const filter_stage *f, ti_eval *eval, const ti_request *rq) {
  const void *data[TINE_MAX_COLUMNS];
  ptrdiff_t stride[TINE_MAX_COLUMNS];
  ti_request side = *rq;
  const ti_request base = {rq->lo, rq->n, rq->low, rq->high, rq->at_high,
                           NULL,   data,  stride,  NULL,     f->stage.base[0]->kind == TINE_INDEXED ? NULL : rq->bits};
  ti_bits bits;
  size_t n = ti_stage_fill(f->stage.base[0], eval, &base);
  side.at_high = !rq->at_high;
  if (n > 0)
    filter_bits(f, eval, &side, &base, &n, bits);
  if (n == 0 || !filter_both(rq->bits, bits, n))
    return 0;
  ti_assert(n == rq->n || eval->code != 0);
  for (unsigned c = 0; c < f->stage.columns; c++) {
    rq->data[c] = data[c];
    rq->stride[c] = stride[c];
  }
  return n;
}

static TI_NOINLINE size_t filter_compact(const filter_stage *f, ti_eval *eval, const ti_request *rq) {
  const tine_pipeline *const self = &f->stage;
  const void *data[TINE_MAX_COLUMNS];
  ptrdiff_t stride[TINE_MAX_COLUMNS];
  ti_bits bits;
  const bool sparse = self->base[0]->kind != TINE_INDEXED;
  const ti_request base = {
      rq->lo, rq->n, rq->low, rq->high, !rq->at_high, NULL, data, stride, sparse ? rq->offset : NULL, NULL};
  size_t m, n = ti_stage_fill(self->base[0], eval, &base);
  if (n == 0)
    return 0;
  m = filter_bits(f, eval, rq, &base, &n, bits);
  ti_assert(m <= n && n <= rq->n);
  if (m > 0 && rq->data != NULL)
    filter_columns(f, rq, &base, bits, n, m == n);
  if (m > 0 && (m < n || !sparse)) /* else places are those of the base */
    ti_compact_places(f->predicate.compact, rq->offset, sparse, bits, n);
  return m;
}

static size_t filter_fill(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  return (rq->bits != NULL ? filter_mask : filter_compact)((const filter_stage *)self, eval, rq);
}

static void filter_drop(tine_pipeline *self) {
  ti_tell_drop(self);
  ti_apply_drop(self);
}

static const ti_stage_type filter_type = {TI_STAGE(filter), .fill = filter_fill, .counts = true,
                                          .masks = true,    .moves = true,       TI_APPLIES(filter_stage, filter_drop)};

static tine_pipeline *filter_finish(filter_stage *f) {
  tine_pipeline *p = &f->stage;
  ti_assert(p->columns > 0);
  ti_assert(f->apply.kernel == NULL || f->apply.binding.signature->out[f->apply.outputs - 1] == TINE_BOOL);
  f->predicate.compact = ti_compact_best();
  if (f->apply.kernel != NULL)
    ti_predicate_begin(&f->predicate, p);
  f->columns = ti_parts_bytes(p, TI_BLOCK);
  ti_stage_bounded(p);
  p->result = f->columns + f->apply.own + f->apply.converted;
  if (ti_stage_masks(p)) /* then the base's columns may stay where these are */
    p->result = ti_size_most(p->result, p->base[0]->result);
  p->need = ti_size_most(p->base[0]->need, p->base[0]->result + p->result);
  return p;
}

tine_pipeline *ti_filter(tine_pipeline *base, tine_kernel *kernel, const ti_inputs *inputs) {
  tine_pipeline *p;
  if (!ti_apply_on(&p, &filter_type, base, TINE_PARALLEL, TI_ROLE_PREDICATE, kernel, inputs))
    return p;
  return filter_finish((filter_stage *)p);
}

tine_pipeline *tine_filter(tine_pipeline *base, tine_kernel *kernel, const tine_value *constants, size_t n) {
  return ti_filter(base, kernel, &(ti_inputs){NULL, constants, n, NULL});
}

tine_pipeline *tine_filter_args(tine_pipeline *base, tine_kernel *kernel, const int *columns,
                                const tine_value *constants, size_t n) {
  return ti_filter(base, kernel, &(ti_inputs){ti_apply_spelt(columns), constants, n, NULL});
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

/* TINE_OK, or why the mask is none for base; both are sound. */
static tine_status filter_fits(const tine_pipeline *base, const tine_pipeline *mask, tine_error *err) {
  tine_status status = ti_stage_needs(base, TINE_INDEXED, "filter by a mask", err);
  if (status == TINE_OK)
    status = ti_stage_needs(mask, TINE_INDEXED, "mask of a filter", err);
  if (status != TINE_OK)
    return status;
  if (mask->columns != 1)
    return ti_error_set(err, TINE_ETYPE, "'filter' needs a mask of one column, got %u", mask->columns);
  if (mask->dtype[0] != TINE_BOOL)
    return ti_error_set(err, TINE_ETYPE, "'filter' needs a mask of bool, got %s", tine_dtype_name(mask->dtype[0]));
  if (base->len != mask->len)
    return ti_error_set(err, TINE_EINVAL, "'filter' of %llu items by a mask of %llu", (unsigned long long)base->len,
                        (unsigned long long)mask->len);
  return TINE_OK;
}

tine_pipeline *tine_filter_by(tine_pipeline *base, tine_pipeline *mask) {
  tine_error err;
  if (base != NULL && mask != NULL && base->error == NULL && mask->error == NULL &&
      filter_fits(base, mask, &err) != TINE_OK) {
    tine_pipeline_release(mask);
    return ti_stage_fail_with(base, &err);
  }
  return tine_filter_mask(tine_zip(base, mask)); /* which hand on what is wrong with either */
}
