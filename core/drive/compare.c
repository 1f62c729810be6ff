/*
** eq and cmp: two pipelines side by side, gone through while their items are equal. The first pair that is not decides.
*/
#include <string.h>

#include "flow.h"

/* A pipeline that can be zipped: p itself, or its items collected. Takes nothing; the result is the caller's. */
static tine_status indexed(tine_pipeline *p, tine_pipeline **out, tine_error *err) {
  tine_array *arrays[TINE_MAX_COLUMNS];
  tine_status status = ti_stage_check(p, err);
  *out = NULL;
  if (status != TINE_OK)
    return status;
  if (p->kind == TINE_INDEXED) {
    *out = tine_pipeline_retain(p);
    return TINE_OK;
  }
  status = tine_collect(p, arrays, err);
  for (unsigned c = 0; status == TINE_OK && c < p->columns; c++) {
    tine_pipeline *column = tine_slice(arrays[c]);
    *out = c == 0 ? column : tine_zip(*out, column);
    tine_array_release(arrays[c]);
  }
  return status;
}

static bool compare_begin(const ti_sink *sink, void *part, ti_space *space) {
  (void)sink, (void)part, (void)space;
  return true;
}
static bool compare_push(const ti_sink *sink, void *part, ti_space *space, const ti_items *items) {
  (void)sink, (void)part, (void)space, (void)items;
  return true;
}
static void compare_append(const ti_sink *sink, void *part, void *right, ti_eval *eval) {
  (void)sink, (void)part, (void)right, (void)eval;
}

/* The position of the first item of z whose first half of columns is not equal to the second; UINT64_MAX if all are. */
static tine_status first_unequal(tine_pipeline *z, const char *name, uint64_t *out, tine_error *err) {
  _Alignas(max_align_t) char part[TI_PART_BYTES];
  const ti_sink sink = {.begin = compare_begin, .push = compare_push, .append = compare_append};
  const int half = (int)tine_pipeline_columns(z) / 2;
  tine_pipeline *q = tine_pipeline_retain(z);
  ti_flow f;
  tine_status status;
  for (int c = 0; c < half; c++) {
    const int columns[2] = {c, half + c};
    q = tine_take_while_args(q, tine_kernel_find(NULL, "eq", NULL), columns, NULL, 2);
    if (q != NULL && q->error == NULL)
      q->name = name;
  }
  status = ti_stage_check(q, err);
  if (status == TINE_OK)
    status = ti_flow_begin(&f, q, &sink, 0, 0, err);
  if (status == TINE_OK) {
    ti_flow_drive(&f, part);
    *out = f.run.failure.code == TI_END ? f.run.failed : UINT64_MAX;
    status = ti_run_end(&f.run, err);
  }
  tine_pipeline_release(q);
  return status;
}

/* Zips p and q, and tells where they first differ and which is the longer one. */
static tine_status compare(tine_pipeline *p, tine_pipeline *q, const char *name, tine_pipeline **zip, uint64_t *at,
                           int *longer, bool lengths, tine_error *err) {
  tine_pipeline *a = NULL, *b = NULL;
  tine_status status;
  *zip = NULL;
  *at = UINT64_MAX;
  status = indexed(p, &a, err);
  if (status == TINE_OK)
    status = indexed(q, &b, err);
  if (status == TINE_OK && a != NULL && b != NULL && a->columns != b->columns)
    status = ti_error_set(err, TINE_ETYPE, "'%s' of %u columns with %u", name, a->columns, b->columns);
  if (status != TINE_OK) {
    tine_pipeline_release(a);
    tine_pipeline_release(b);
    return status;
  }
  *longer = a != NULL && b != NULL ? (a->len > b->len) - (a->len < b->len) : 0;
  *zip = tine_zip(a, b);
  status = ti_stage_check(*zip, err);
  if (status == TINE_OK && !(lengths && *longer != 0))
    status = first_unequal(*zip, name, at, err);
  return status;
}

tine_status tine_eq(tine_pipeline *p, tine_pipeline *q, bool *out, tine_error *err) {
  tine_pipeline *zip;
  uint64_t at;
  int longer = 0;
  const tine_status status = compare(p, q, "eq", &zip, &at, &longer, true, err);
  *out = status == TINE_OK && longer == 0 && at == UINT64_MAX;
  tine_pipeline_release(zip);
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
  for (unsigned c = 0; c < 2 * half; c++)
    tine_array_release(item[c]);
  return status;
}

tine_status tine_cmp(tine_pipeline *p, tine_pipeline *q, int *out, tine_error *err) {
  tine_pipeline *zip;
  uint64_t at;
  int longer = 0;
  tine_status status = compare(p, q, "cmp", &zip, &at, &longer, false, err);
  *out = longer;
  if (status == TINE_OK && at != UINT64_MAX)
    status = item_order(zip, at, out, err);
  tine_pipeline_release(zip);
  return status;
}
