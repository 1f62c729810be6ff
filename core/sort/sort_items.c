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
  size_t blocks;
  const tine_array *from;
  void *to;
} items_job;

static uint64_t items_lo(const items_job *j, size_t b) {
  const uint64_t each = j->n / j->blocks + 1;
  ti_assert(b <= j->blocks);
  return b * each < j->n ? b * each : j->n;
}

/* False if the terminal is over. */
static bool items_pass(tine_ctx *ctx, items_job *j, ti_blocks_fn *fn) {
  j->blocks = ti_blocks_of(ctx, j->n, ITEMS_BLOCK);
  ti_assert(j->blocks > 0 && j->blocks <= TI_BLOCKS_MOST);
  return ti_blocks_each(ctx, 0, j->blocks, fn, j);
}

/* ----- argsort ----- */

static void from_one_block(tine_ctx *ctx, void *env, size_t b) {
  const items_job *const j = env;
  const uint64_t lo = items_lo(j, b), hi = items_lo(j, b + 1);
  (void)ctx;
  TI_CANCEL_STEPS(at, end, lo, hi)
  for (uint64_t i = at; i < end; i++)
    j->positions[i]++;
}

static void argsort_task(tine_ctx *ctx, void *arg) {
  items_job *const j = arg;
  if (ti_sort_order(ctx, j->columns, 1, j->order, j->positions, j->scratch))
    items_pass(ctx, j, from_one_block);
}

/* Room for n positions; NULL without memory. */
static uint64_t *positions_create(uint64_t n) {
  uint64_t *p = NULL;
  size_t bytes;
  if (ti_size_mul(n, sizeof *p, &bytes))
    p = ti_alloc(bytes, TI_ARRAY_ALIGN);
  if (p != NULL)
    ti_memory_large(p, bytes);
  return p;
}

static void positions_free(uint64_t *p, uint64_t n) {
  if (p != NULL)
    ti_free(p, (size_t)n * sizeof *p, TI_ARRAY_ALIGN);
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
  if (j.scratch == NULL) {
    tine_array_release(*out);
    *out = NULL;
    return ti_error_nomem(err);
  }
  ti_terminal_begin(&terminal, 0);
  ti_cancel_plan(terminal.cancel, j.n);
  ti_blocks_run(NULL, false, j.n, argsort_task, &j);
  status = ti_terminal_end(&terminal, TINE_OK, err);
  positions_free(j.scratch, j.n);
  if (status != TINE_OK) {
    tine_array_release(*out);
    *out = NULL;
  }
  return status;
}

/* ----- sorted ----- */

typedef uint8_t __attribute__((may_alias)) item_1;
typedef uint16_t __attribute__((may_alias)) item_2;
typedef uint32_t __attribute__((may_alias)) item_4;
typedef uint64_t __attribute__((may_alias)) item_8;

static void permute_block(tine_ctx *ctx, void *env, size_t b) {
  const items_job *const j = env;
  const uint64_t lo = items_lo(j, b), hi = items_lo(j, b + 1), *const positions = j->positions;
  (void)ctx;
#define PERMUTE(type)                 \
  TI_CANCEL_STEPS(at, end, lo, hi)    \
  for (uint64_t i = at; i < end; i++) \
    ((type *)j->to)[i] = ((const type *)j->from->data)[positions[i]];
  switch (tine_dtype_size(j->from->dtype)) {
    case 1: PERMUTE(item_1) break;
    case 2: PERMUTE(item_2) break;
    case 4: PERMUTE(item_4) break;
    default: PERMUTE(item_8) break;
  }
#undef PERMUTE
}

/* A column at a time is put in order, by way of the scratch, which has room for any. */
static void permute_back_block(tine_ctx *ctx, void *env, size_t b) {
  const items_job *const j = env;
  const size_t size = tine_dtype_size(j->from->dtype);
  const uint64_t lo = items_lo(j, b);
  (void)ctx;
  ti_cancel_copy(ti_guard_here(), (char *)j->from->data + lo * size, (const char *)j->to + lo * size,
                 (size_t)(items_lo(j, b + 1) - lo) * size);
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
    if (!items_pass(ctx, j, permute_block) || !items_pass(ctx, j, permute_back_block))
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
  positions_free(j->positions, j->n);
  positions_free(j->scratch, j->n);
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
