/*
** scan: every item becomes what it and all before it give. ../fold/README.md, "Prefixes", tells the order of the
** arithmetic, scan_window.c how the items go by. What has no index is collected first, and scanned where it lies.
*/
#include <string.h>

#include "scan_window.h"
#include "terminal.h"

enum { SCAN_WINDOW = 4 << 20 }; /* bytes of all columns in a window: two are in the cache that the cores share */

/* What a terminal was asked for, bound before it looks at any item. */
typedef struct scan_operator {
  const tine_kernel *kernel;
  bool init;                            /* there is an initial value */
  ti_reducer reducer[TINE_MAX_COLUMNS]; /* for each column */
  ti_acc_word before[TINE_MAX_COLUMNS]; /* the initial value in its type */
} scan_operator;

static tine_status scan_bind(scan_operator *o, const tine_pipeline *p, const tine_value *init, tine_error *err) {
  tine_status status = ti_role_check(o->kernel, TI_ROLE_FOLD, "scan", err);
  ti_assert(p->columns <= TINE_MAX_COLUMNS);
  for (unsigned c = 0; c < p->columns && status == TINE_OK; c++)
    status = ti_reducer_bind(o->kernel, "scan", p->dtype[c], init, &o->reducer[c], &o->before[c], err);
  return status;
}

/* Cells of a window: as many as the cache holds of all columns. */
static uint64_t scan_window(const tine_pipeline *p, uint64_t cells) {
  uint64_t bytes = 0, count;
  for (unsigned c = 0; c < p->columns; c++)
    bytes += ti_column_bytes(p->dtype[c]);
  count = TI_HOSTILE ? 2 : SCAN_WINDOW / bytes;
  ti_assert(bytes > 0 && p->columns <= TINE_MAX_COLUMNS);
  return cells < count ? cells : count > 0 ? count : 1;
}

/* A job and what it needs in one block of memory; NULL without memory. */
static ti_scan_job *scan_allocate(const tine_pipeline *p) {
  const uint64_t cells = p->len / TI_CELL + (p->len % TI_CELL != 0), count = scan_window(p, cells);
  const size_t head = ti_size_align(sizeof(ti_scan_job) + p->columns * sizeof(ti_scan_column), TI_CACHE_LINE);
  const size_t words = 2 * (size_t)count * p->columns * sizeof(ti_acc_word);
  const size_t sums = 2 * (size_t)count * p->columns * sizeof(ti_scan_cell);
  const size_t bytes = head + sums + words + 2 * (size_t)count * sizeof(bool);
  ti_scan_job *const j = ti_alloc_zeroed(bytes, TI_CACHE_LINE);
  if (j == NULL)
    return NULL;
  ti_assert(p->columns > 0 && (count > 0 || cells == 0));
  j->bytes = bytes;
  j->cells = cells;
  j->window = count;
  j->columns = p->columns;
  j->sums = (ti_scan_cell *)(void *)((char *)j + head);
  j->words = (ti_acc_word *)(void *)((char *)j + head + sums);
  j->failed = (bool *)((char *)j + head + sums + words);
  return j;
}

/* What stands before the first cell of prefix sums. */
static ti_scan_sum scan_before(const ti_scan_column *c, bool init) {
  const ti_acc_word *const value = &c->before[0];
  double d;
  float f;
  if (!init || c->scanner.sums == NULL)
    return TI_SCAN_NOTHING;
  memcpy(&d, value, sizeof d);
  memcpy(&f, value, sizeof f);
  return (ti_scan_sum){c->scanner.reducer.size == sizeof f ? (double)f : d, 0};
}

/* Sets up every column and makes the array its prefixes go to: the one it has been collected to, if there is one that
   fits. */
static tine_status scan_columns(ti_scan_job *j, const tine_pipeline *p, const scan_operator *o,
                                tine_array *const *collected, tine_array **out, tine_error *err) {
  tine_status status = TINE_OK;
  j->kernel = o->kernel->name;
  j->init = o->init;
  for (unsigned c = 0; c < p->columns && status == TINE_OK; c++) {
    ti_scan_column *const column = &j->column[c];
    const tine_dtype type = o->reducer[c].signature->out[0];
    column->scanner.reducer = o->reducer[c];
    column->before[0] = o->before[c];
    ti_scanner_choose(&column->scanner);
    column->carry = scan_before(column, o->init);
    column->convert = ti_cast_promote(p->dtype[c], type);
    ti_assert((column->convert == NULL) == (type == p->dtype[c]));
    if (collected != NULL && type == p->dtype[c])
      out[c] = tine_array_retain(collected[c]);
    else
      status = ti_array_create_raw(&out[c], type, p->len, err);
    if (status == TINE_OK)
      column->out = out[c]->data;
  }
  return status;
}

static tine_status scan_indexed(tine_pipeline *p, const scan_operator *o, tine_array *const *collected,
                                tine_array **out, tine_error *err) {
  ti_scan_job *const j = scan_allocate(p);
  const ti_sink sink = ti_scan_sink(j);
  ti_flow f;
  tine_status status;
  if (j == NULL)
    return ti_error_nomem(err);
  status = scan_columns(j, p, o, collected, out, err);
  if (status == TINE_OK && p->len > 0)
    status = ti_flow_begin(&f, p, NULL, &sink, 0, 0, err);
  if (status == TINE_OK && p->len > 0) {
    j->flow = &f;
    ti_run_start(&f.run, ti_scan_windows, j);
    status = ti_run_end(&f.run, err);
  }
  ti_free(j, j->bytes, TI_CACHE_LINE);
  return status;
}

static tine_status scan_collected(tine_pipeline *p, const scan_operator *o, tine_array **out, tine_error *err) {
  tine_array *collected[TINE_MAX_COLUMNS];
  tine_status status = tine_collect(p, collected, err);
  tine_pipeline *q;
  if (status != TINE_OK)
    return status;
  q = ti_arrays_zip(collected, p->columns);
  status = ti_stage_check(q, err);
  if (status == TINE_OK) {
    q->hints = p->hints;
    status = scan_indexed(q, o, collected, out, err);
  }
  tine_pipeline_release(q);
  ti_arrays_release(collected, p->columns);
  return status;
}

tine_status tine_scan(tine_pipeline *p, tine_kernel *op, const tine_value *init, tine_array **out, tine_error *err) {
  scan_operator o = {.kernel = op, .init = init != NULL};
  tine_status status = ti_stage_check(p, err);
  ti_terminal terminal;
  if (status != TINE_OK)
    return status;
  memset(out, 0, p->columns * sizeof *out);
  ti_terminal_begin(&terminal, p->hints.limit);
  status = scan_bind(&o, p, init, err);
  if (status == TINE_OK && p->kind == TINE_INDEXED)
    status = scan_indexed(p, &o, NULL, out, err);
  else if (status == TINE_OK)
    status = scan_collected(p, &o, out, err);
  status = ti_terminal_end(&terminal, status, err);
  if (status != TINE_OK)
    ti_arrays_release(out, p->columns);
  return status;
}
