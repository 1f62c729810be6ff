/*
** eq and cmp: two pipelines side by side, gone through while their items are equal. The first pair that is not decides.
*/
#include <string.h>

#include "../drive/stream.h"
#include "terminal.h"

/* The position of the first item of z whose first half of columns is not equal to the second; UINT64_MAX if all are. */
static tine_status first_unequal(tine_pipeline *z, const char *name, uint64_t *out, tine_error *err) {
  const int half = (int)tine_pipeline_columns(z) / 2;
  tine_pipeline *q = tine_pipeline_retain(z);
  const tine_pipeline *by;
  tine_status status;
  for (int c = 0; c < half; c++) {
    const int columns[2] = {c, half + c};
    q = tine_take_while_args(q, tine_kernel_find(NULL, "eq", NULL), columns, NULL, 2);
    if (q != NULL && q->error == NULL)
      q->name = name;
  }
  status = ti_flow_until(q, &by, out, err);
  tine_pipeline_release(q);
  return status;
}

/* The order of two values that are not equal: -1 or 1, or 2 for none. */
static tine_status value_order(tine_value a, tine_value b, int *out, tine_error *err) {
  const tine_value pair[2] = {a, b}, other[2] = {b, a};
  tine_value less[TINE_MAX_OUTPUTS], more[TINE_MAX_OUTPUTS];
  size_t outs;
  const tine_kernel *lt = tine_kernel_find(NULL, "lt", NULL);
  tine_status status;
  if (a.dtype == TINE_BOOL) {
    *out = a.as.b ? 1 : -1;
    return TINE_OK;
  }
  status = tine_kernel_call(lt, pair, 2, less, &outs, err);
  if (status == TINE_OK)
    status = tine_kernel_call(lt, other, 2, more, &outs, err);
  if (status == TINE_OK)
    *out = less[0].as.b ? -1 : more[0].as.b ? 1 : 2;
  return status;
}

/* The order of the two halves of item 'at': its first columns that are not equal. */
static tine_status item_order(tine_pipeline *zip, uint64_t at, int *out, tine_error *err) {
  const unsigned half = zip->columns / 2;
  ti_assert(zip->columns % 2 == 0 && at < zip->len);
  const tine_kernel *eq = tine_kernel_find(NULL, "eq", NULL);
  tine_array *item[TINE_MAX_COLUMNS];
  tine_pipeline *q = tine_take(tine_skip(tine_pipeline_retain(zip), at), 1);
  tine_status status = tine_collect(q, item, err);
  bool decided = false;
  tine_pipeline_release(q);
  if (status != TINE_OK)
    return status;
  for (unsigned c = 0; c < half && status == TINE_OK && !decided; c++) {
    const tine_value pair[2] = {tine_array_get(item[c], 0), tine_array_get(item[half + c], 0)};
    tine_value equal[TINE_MAX_OUTPUTS];
    size_t outs;
    status = tine_kernel_call(eq, pair, 2, equal, &outs, err);
    decided = status == TINE_OK && !equal[0].as.b;
    if (decided)
      status = value_order(pair[0], pair[1], out, err);
  }
  ti_arrays_release(item, 2 * half);
  return status;
}

/* What a comparison found. */
typedef struct compared {
  bool differ; /* an item of one is not that of the other */
  int order;   /* of the two: -1, 0, 1, or 2 for none */
  int longer;  /* which has more items, if none differ: -1, 0, 1 */
} compared;

/* Compares the halves of z, whose items are there for both. */
static tine_status compare_zip(tine_pipeline *z, const char *name, compared *out, tine_error *err) {
  uint64_t at = UINT64_MAX;
  tine_status status = ti_stage_check(z, err);
  if (status == TINE_OK)
    status = first_unequal(z, name, &at, err);
  out->differ = status == TINE_OK && at != UINT64_MAX;
  if (out->differ)
    status = item_order(z, at, &out->order, err);
  tine_pipeline_release(z);
  return status;
}

/* Items [from, from + n) of a window, as a pipeline. */
static tine_pipeline *window_slice(const ti_window *w, const tine_dtype *dtype, uint64_t from, uint64_t n) {
  tine_pipeline *p = NULL;
  ti_assert(from <= w->hi - w->lo && n <= w->hi - w->lo - from);
  for (unsigned c = 0; c < w->columns; c++) {
    tine_array *a =
        tine_slice_of(dtype[c], (void *)(uintptr_t)(w->data[c] + (ptrdiff_t)from * w->stride[c]), n, w->stride[c]);
    tine_pipeline *column = tine_slice(a);
    tine_array_release(a);
    p = c == 0 ? column : tine_zip(p, column);
  }
  return p;
}

/* Without index: window by window, as they come. */
static tine_status compare_streams(tine_stream *a, tine_stream *b, const char *name, compared *out, tine_error *err) {
  uint64_t i = 0, k = 0;
  tine_status status = TINE_OK;
  while (status == TINE_OK && !out->differ) {
    uint64_t left, right, n;
    if (i == a->out.hi - a->out.lo) {
      status = ti_stream_next(a, UINT64_MAX, err);
      i = 0;
    }
    if (status == TINE_OK && k == b->out.hi - b->out.lo) {
      status = ti_stream_next(b, UINT64_MAX, err);
      k = 0;
    }
    if (status != TINE_OK)
      return status;
    left = a->out.hi - a->out.lo - i;
    right = b->out.hi - b->out.lo - k;
    n = left < right ? left : right;
    ti_assert(i <= a->out.hi - a->out.lo && k <= b->out.hi - b->out.lo);
    out->longer = (left > 0) - (right > 0);
    if (n == 0)
      return TINE_OK;
    status =
        compare_zip(tine_zip(window_slice(&a->out, a->shape.dtype, i, n), window_slice(&b->out, b->shape.dtype, k, n)),
                    name, out, err);
    i += n;
    k += n;
  }
  return status;
}

static tine_status compare_unindexed(tine_pipeline *p, tine_pipeline *q, const char *name, compared *out,
                                     ti_cancel *cancel, tine_error *err) {
  tine_stream *a = NULL, *b = NULL;
  tine_status status = ti_stream_create(&a, p, NULL, NULL, cancel, err);
  if (status == TINE_OK)
    status = ti_stream_create(&b, q, NULL, NULL, cancel, err);
  if (status == TINE_OK)
    status = compare_streams(a, b, name, out, err);
  tine_stream_destroy(a);
  tine_stream_destroy(b);
  return status;
}

/* Of the limits of two pipelines the shorter one. */
static uint64_t compare_limit(const tine_pipeline *p, const tine_pipeline *q) {
  const uint64_t a = p->hints.limit, b = q->hints.limit;
  return a == 0 || (b > 0 && b < a) ? b : a;
}

/* Compares what may have to be gone through: one terminal, of however many runs. */
static tine_status compare_items(tine_pipeline *p, tine_pipeline *q, const char *name, compared *out, tine_error *err) {
  const bool indexed = p->kind == TINE_INDEXED && q->kind == TINE_INDEXED;
  ti_terminal terminal;
  tine_status status;
  ti_terminal_begin(&terminal, compare_limit(p, q));
  if (indexed)
    status = compare_zip(tine_zip(tine_pipeline_retain(p), tine_pipeline_retain(q)), name, out, err);
  else {
    ti_cancel_plan(terminal.cancel, 0);
    status = compare_unindexed(p, q, name, out, terminal.cancel, err);
  }
  return ti_terminal_end(&terminal, status, err);
}

/* 'lengths': if the numbers of items are known to differ that is all: no item is compared. */
static tine_status compare(tine_pipeline *p, tine_pipeline *q, const char *name, bool lengths, compared *out,
                           tine_error *err) {
  tine_status status = ti_stage_check(p, err);
  *out = (compared){false, 0, 0};
  if (status == TINE_OK)
    status = ti_stage_check(q, err);
  if (status == TINE_OK && p->columns != q->columns)
    status = ti_error_set(err, TINE_ETYPE, "'%s' of %u columns with %u", name, p->columns, q->columns);
  if (status != TINE_OK)
    return status;
  if (p->kind >= TINE_EXACT && q->kind >= TINE_EXACT)
    out->longer = (p->len > q->len) - (p->len < q->len);
  if (lengths && out->longer != 0)
    return TINE_OK;
  return compare_items(p, q, name, out, err);
}

tine_status tine_eq(tine_pipeline *p, tine_pipeline *q, bool *out, tine_error *err) {
  compared found;
  const tine_status status = compare(p, q, "eq", true, &found, err);
  *out = status == TINE_OK && !found.differ && found.longer == 0;
  return status;
}

tine_status tine_cmp(tine_pipeline *p, tine_pipeline *q, int *out, tine_error *err) {
  compared found;
  const tine_status status = compare(p, q, "cmp", false, &found, err);
  *out = found.differ ? found.order : found.longer;
  return status;
}
