/*
** The storing terminals: collect, collect_into, for_each, count.
**
** collect_into checks everything before it writes anything. A source may be a destination only *in step*: then a block
** is read entirely, into staging, before any of it is written, and nobody else reads those elements.
*/
#include <string.h>

#include "../drive/store.h"
#include "../stage/spring.h"
#include "place.h"
#include "terminal.h"

static void store_to(ti_store *to, tine_array *const *dst, unsigned columns) {
  ti_assert(columns <= TINE_MAX_COLUMNS);
  to->columns = columns;
  for (unsigned c = 0; c < columns; c++) {
    ti_assert(!dst[c]->readonly);
    to->data[c] = dst[c]->data;
    to->stride[c] = dst[c]->stride;
  }
}

static tine_status list_arrays(tine_pipeline *p, const ti_sink *sink, void *part, tine_array **out, tine_error *err) {
  return ti_list_arrays(part, sink->env, out, p, err);
}

/* Nobody knows in advance how many there are. */
static tine_status collect_list(tine_pipeline *p, tine_array **out, tine_error *err) {
  ti_shape shape = ti_shape_of(p);
  ti_sink sink = ti_list_sink;
  sink.env = &shape;
  sink.placeless = ti_spring_placeless(p);
  return ti_arrays_run(p, &sink, list_arrays, out, p->columns, err);
}

/* Where the result would be too large, an item that fails, or the end of the time, may come before it is. */
static tine_status collect_placed(tine_pipeline *p, tine_array **out, tine_error *err) {
  ti_terminal terminal;
  tine_status status;
  ti_terminal_begin(&terminal, p->hints.limit);
  status = ti_place_collect(p, out, err);
  if (status == TINE_ENOMEM && !p->infallible)
    status = collect_list(p, out, err);
  return ti_terminal_end(&terminal, status, err);
}

tine_status tine_collect(tine_pipeline *p, tine_array **out, tine_error *err) {
  const ti_shape shape = ti_shape_of(p);
  ti_store to;
  tine_status status = ti_stage_check(p, err);
  if (status != TINE_OK)
    return status;
  if (ti_place_serves(p))
    return collect_placed(p, out, err);
  if (p->kind != TINE_INDEXED)
    return collect_list(p, out, err);
  memset(out, 0, p->columns * sizeof *out);
  status = ti_arrays_create(out, &shape, p->len, err);
  if (status == TINE_OK) {
    ti_store_begin(&to, 0);
    store_to(&to, out, p->columns);
    status = ti_store_all(p, &to, 0, p->len, err);
  }
  if (status != TINE_OK)
    ti_arrays_release(out, p->columns);
  return status;
}

/* Looks for sources among the destinations. */
typedef struct overlap {
  tine_array *const *dst;
  size_t columns;
  uint64_t first;  /* item 'first' of the pipeline goes to element 0 */
  bool met, clash; /* a source is written; ... and not in step */
} overlap;

static void overlap_visit(void *arg, const tine_array *a, bool in_step) {
  overlap *o = arg;
  for (size_t c = 0; c < o->columns; c++) {
    const tine_array *d = o->dst[c];
    if (!ti_array_changes(d, a))
      continue;
    o->met = true;
    if (!in_step || o->first != 0 || !ti_array_in_step(a, d))
      o->clash = true;
  }
}

/* No destination shares memory with another. */
static tine_status check_apart(tine_array *const *dst, size_t columns, tine_error *err) {
  for (size_t c = 0; c < columns; c++)
    for (size_t d = c + 1; d < columns; d++)
      if (ti_array_changes(dst[c], dst[d]) || ti_array_changes(dst[d], dst[c]))
        return ti_error_set(err, TINE_EINVAL, "destinations %d and %d overlap", (int)c + 1, (int)d + 1);
  return TINE_OK;
}

static tine_status check_overlap(const tine_pipeline *p, uint64_t first, tine_array *const *dst, size_t columns,
                                 bool *met, tine_error *err) {
  overlap o = {dst, columns, first, false, false};
  const tine_status status = check_apart(dst, columns, err);
  if (status != TINE_OK)
    return status;
  ti_stage_arrays(p, overlap_visit, &o);
  if (o.clash)
    return ti_error_set(err, TINE_EINVAL, "a destination overlaps a source, and not item by item");
  *met = o.met;
  return TINE_OK;
}

static tine_status check_shape(const tine_pipeline *p, uint64_t n, bool exactly, tine_array *const *dst, size_t columns,
                               tine_error *err) {
  if (columns != p->columns)
    return ti_error_set(err, TINE_EINVAL, "pipeline has %u columns, got %d destinations", p->columns, (int)columns);
  for (size_t c = 0; c < columns; c++) {
    if (dst[c] == NULL)
      return ti_error_set(err, TINE_EINVAL, "destination %d is missing", (int)c + 1);
    if (exactly ? dst[c]->len != n : dst[c]->len < n)
      return ti_error_set(err, TINE_EINVAL, "destination %d has %llu elements, pipeline has %llu", (int)c + 1,
                          (unsigned long long)dst[c]->len, (unsigned long long)n);
    if (dst[c]->readonly)
      return ti_error_set(err, TINE_EINVAL, "destination %d is read-only", (int)c + 1);
    if (dst[c]->stride == 0 && n > 1)
      return ti_error_set(err, TINE_EINVAL, "destination %d has stride 0", (int)c + 1);
  }
  return TINE_OK;
}

/* The pipeline whose columns have the destinations' types, a reference of its own. */
static tine_pipeline *fitted(tine_pipeline *p, tine_array *const *dst) {
  tine_dtype dtypes[TINE_MAX_COLUMNS];
  bool same = true;
  for (unsigned c = 0; c < p->columns; c++) {
    dtypes[c] = dst[c]->dtype;
    same = same && dtypes[c] == p->dtype[c];
  }
  tine_pipeline_retain(p);
  return same ? p : ti_cast_columns(p, dtypes, TINE_CAST_EXACT);
}

static tine_status collect_to(tine_pipeline *p, uint64_t first, uint64_t n, bool exactly, tine_array *const *dst,
                              size_t columns, tine_error *err) {
  ti_store to;
  tine_pipeline *q;
  tine_status status = check_shape(p, n, exactly, dst, columns, err);
  ti_store_begin(&to, first);
  if (status == TINE_OK)
    status = check_overlap(p, first, dst, columns, &to.staged, err);
  if (status != TINE_OK)
    return status;
  q = fitted(p, dst);
  status = ti_stage_check(q, err);
  store_to(&to, dst, p->columns);
  if (status == TINE_OK)
    status = ti_store_all(q, &to, first, n, err);
  tine_pipeline_release(q);
  return status;
}

/* Exact but without index: made apart, and written when it is all there. */
static tine_status collect_over(tine_pipeline *p, tine_array *const *dst, size_t columns, tine_error *err) {
  tine_array *made[TINE_MAX_COLUMNS];
  tine_pipeline *q;
  tine_status status = check_shape(p, p->len, true, dst, columns, err);
  if (status == TINE_OK)
    status = check_apart(dst, columns, err);
  if (status == TINE_OK)
    status = tine_collect(p, made, err);
  if (status != TINE_OK)
    return status;
  q = ti_arrays_zip(made, p->columns);
  status = tine_collect_into(q, dst, columns, err);
  tine_pipeline_release(q);
  ti_arrays_release(made, p->columns);
  return status;
}

tine_status tine_collect_into(tine_pipeline *p, tine_array *const *dst, size_t n, tine_error *err) {
  const tine_status status = tine_pipeline_needs(p, TINE_EXACT, "collect_into", err);
  if (status == TINE_OK && p->kind == TINE_EXACT)
    return collect_over(p, dst, n, err);
  return status != TINE_OK ? status : collect_to(p, 0, p->len, true, dst, n, err);
}

tine_status tine_collect_range(tine_pipeline *p, uint64_t first, uint64_t n, tine_array *const *dst, size_t columns,
                               tine_error *err) {
  const tine_status status = tine_pipeline_needs(p, TINE_INDEXED, "collect_range", err);
  if (status != TINE_OK)
    return status;
  if (first > p->len || n > p->len - first)
    return ti_error_set(err, TINE_ERANGE, "%llu items from %llu on are not in a pipeline of %llu",
                        (unsigned long long)n, (unsigned long long)first, (unsigned long long)p->len);
  return collect_to(p, first, n, false, dst, columns, err);
}
