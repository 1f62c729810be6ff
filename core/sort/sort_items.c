/*
** argsort and sorted: what gives an order, or items in it, as new arrays.
*/
#include <string.h>

#include "../base/config.h"
#include "../base/error.h"
#include "../base/memory.h"
#include "../stage/stage.h"
#include "sort.h"

enum { ITEMS_BLOCK = TI_HOSTILE ? 30 : 1 << 13 }; /* items that one thread moves, at least */

typedef struct items_job {
  tine_array *const *columns;
  unsigned count;
  tine_order order;
  uint64_t *positions, *scratch;
  uint64_t n;
  tine_status status;
  /* of one pass: */
  const tine_array *from;
  void *to;
} items_job;

/* ----- argsort ----- */

static void from_one_block(void *env, uint64_t lo, uint64_t hi) {
  const items_job *const j = env;
  TI_CANCEL_STEPS(at, end, lo, hi)
  for (uint64_t i = at; i < end; i++)
    j->positions[i]++;
}

static void argsort_task(tine_ctx *ctx, void *arg) {
  items_job *const j = arg;
  if (ti_sort_order(ctx, j->columns, 1, j->order, j->positions, j->scratch))
    ti_blocks_pass(ctx, j->n, ITEMS_BLOCK, false, from_one_block, j);
}

/* Room for n positions; NULL without memory. */
static uint64_t *positions_create(uint64_t n) {
  size_t bytes;
  uint64_t *const p = ti_size_mul(n, sizeof *p, &bytes) ? ti_alloc(bytes, TI_ARRAY_ALIGN) : NULL;
  if (p != NULL)
    ti_memory_large(p, bytes);
  return p;
}

tine_status tine_array_argsort(const tine_array *a, tine_order order, tine_array **out, tine_error *err) {
  items_job j = {.count = 1, .order = order};
  tine_array *column;
  ti_terminal terminal;
  tine_status status;
  *out = NULL;
  if (a == NULL)
    return ti_error_set(err, TINE_EINVAL, "no array");
  status = ti_sort_check(order, err);
  if (status == TINE_OK)
    status = ti_cancel_room(err);
  if (status == TINE_OK)
    status = ti_array_create_raw(out, TINE_I64, a->len, err);
  if (status != TINE_OK || a->len == 0)
    return status;
  column = (tine_array *)(uintptr_t)a; /* only read */
  j.columns = &column;
  j.n = a->len;
  j.positions = (*out)->data;
  j.scratch = positions_create(j.n);
  if (j.scratch == NULL)
    status = ti_error_nomem(err);
  else {
    ti_terminal_begin(&terminal, 0);
    ti_cancel_plan(terminal.cancel, j.n);
    ti_blocks_run(NULL, false, j.n, argsort_task, &j);
    status = ti_terminal_end(&terminal, TINE_OK, err);
  }
  ti_free(j.scratch, (size_t)j.n * sizeof *j.scratch, TI_ARRAY_ALIGN);
  if (status != TINE_OK) {
    tine_array_release(*out);
    *out = NULL;
  }
  return status;
}

/* ----- sorted ----- */

static void permute_block(void *env, uint64_t lo, uint64_t hi) {
  const items_job *const j = env;
  const uint64_t *const positions = j->positions;
  ti_assert(lo < hi && hi <= j->n && j->from->len == j->n);
#define PERMUTE(type)                 \
  TI_CANCEL_STEPS(at, end, lo, hi)    \
  for (uint64_t i = at; i < end; i++) \
    ((type *)j->to)[i] = ((const type *)j->from->data)[positions[i]];
  TI_SORT_WORDS(tine_dtype_size(j->from->dtype), PERMUTE)
#undef PERMUTE
}

/* A column at a time is put in order, by way of the scratch, which has room for any. */
static void permute_back_block(void *env, uint64_t lo, uint64_t hi) {
  const items_job *const j = env;
  const size_t size = tine_dtype_size(j->from->dtype);
  ti_cancel_copy(ti_guard_here(), (char *)j->from->data + lo * size, (const char *)j->to + lo * size,
                 (size_t)(hi - lo) * size);
}

static void sorted_task(tine_ctx *ctx, void *arg) {
  items_job *const j = arg;
  if (j->count == 1) {
    j->status = ti_sort_array(ctx, j->columns[0], j->order, false);
    return;
  }
  if (!ti_sort_order(ctx, j->columns, j->count, j->order, j->positions, j->scratch))
    return;
  j->to = j->scratch;
  for (unsigned c = 0; c < j->count; c++) {
    j->from = j->columns[c];
    if (!ti_blocks_pass(ctx, j->n, ITEMS_BLOCK, false, permute_block, j) ||
        !ti_blocks_pass(ctx, j->n, ITEMS_BLOCK, false, permute_back_block, j))
      return;
  }
}

static tine_status sort_columns(const tine_pipeline *p, items_job *j, tine_error *err) {
  if (j->count > 1) {
    j->positions = positions_create(j->n);
    j->scratch = positions_create(j->n);
    if (j->positions == NULL || j->scratch == NULL)
      j->status = TINE_ENOMEM;
  }
  if (j->status == TINE_OK)
    ti_blocks_run(p->hints.pool, p->hints.sequential, j->n, sorted_task, j);
  ti_free(j->positions, (size_t)j->n * sizeof *j->positions, TI_ARRAY_ALIGN);
  ti_free(j->scratch, (size_t)j->n * sizeof *j->scratch, TI_ARRAY_ALIGN);
  return j->status == TINE_OK ? TINE_OK : ti_error_nomem(err);
}

tine_status tine_sorted(tine_pipeline *p, tine_order order, tine_array **out, tine_error *err) {
  items_job j = {.columns = out, .order = order};
  ti_terminal terminal;
  tine_status status = ti_stage_check(p, err);
  if (status != TINE_OK)
    return status;
  memset(out, 0, p->columns * sizeof *out);
  status = ti_sort_check(order, err);
  if (status != TINE_OK)
    return status;
  ti_terminal_begin(&terminal, p->hints.limit);
  ti_cancel_plan(terminal.cancel, p->kind == TINE_INDEXED ? 2 * p->len : 0); /* each is made, and put in its place */
  status = tine_collect(p, out, err);
  j.count = p->columns;
  j.n = status == TINE_OK ? out[0]->len : 0;
  if (j.n > 1)
    status = sort_columns(p, &j, err);
  status = ti_terminal_end(&terminal, status, err);
  for (unsigned c = 0; c < p->columns && status != TINE_OK; c++) {
    tine_array_release(out[c]);
    out[c] = NULL;
  }
  return status;
}
