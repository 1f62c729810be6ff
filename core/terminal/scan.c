/*
** scan: every item becomes what it and all before it give. ../fold/README.md, "Prefixes", tells the order of the
** arithmetic, scan_window.c how the items go by. What has no index is collected first, and scanned where it lies.
*/
#include <string.h>

#include "scan_window.h"

enum { SCAN_WINDOW = 4 << 20 }; /* bytes of all columns in a window: two are in the cache that the cores share */

/* A job and what it needs in one block of memory. */
typedef struct scan_memory {
  ti_scan_job *job;
  size_t size;
} scan_memory;

/* Cells of a window: as many as the cache holds of all columns. */
static uint64_t scan_window(const tine_pipeline *p, uint64_t cells) {
  uint64_t bytes = 0, count;
  for (unsigned c = 0; c < p->columns; c++)
    bytes += ti_column_bytes(p->dtype[c]);
  count = TI_HOSTILE ? 2 : SCAN_WINDOW / bytes;
  ti_assert(bytes > 0 && p->columns <= TINE_MAX_COLUMNS);
  return cells < count ? cells : count > 0 ? count : 1;
}

static bool scan_allocate(scan_memory *m, const tine_pipeline *p) {
  const uint64_t cells = p->len / TI_CELL + (p->len % TI_CELL != 0), count = scan_window(p, cells);
  const size_t head = ti_size_align(sizeof *m->job + p->columns * sizeof m->job->column[0], TI_CACHE_LINE);
  const size_t words = 2 * (size_t)count * p->columns * sizeof(ti_acc_word);
  m->size = head + words + 2 * (size_t)count * sizeof(bool);
  m->job = ti_alloc_zeroed(m->size, TI_CACHE_LINE);
  if (m->job == NULL)
    return false;
  ti_assert(p->columns > 0 && (count > 0 || cells == 0));
  m->job->cells = cells;
  m->job->window = count;
  m->job->columns = p->columns;
  m->job->words = (ti_acc_word *)(void *)((char *)m->job + head);
  m->job->failed = (bool *)((char *)m->job + head + words);
  return true;
}

/* Binds every column and makes the array its prefixes go to: the one it has been collected to, if there is one that
   fits. */
static tine_status scan_bind(ti_scan_job *j, const tine_pipeline *p, const tine_kernel *op, const tine_value *init,
                             tine_array *const *collected, tine_array **out, tine_error *err) {
  tine_status status = TINE_OK;
  j->kernel = op->name;
  j->init = init != NULL;
  for (unsigned c = 0; c < p->columns && status == TINE_OK; c++) {
    ti_scan_column *const column = &j->column[c];
    tine_dtype type;
    status = ti_reducer_bind(op, "scan", p->dtype[c], init, &column->scanner.reducer, &column->before[0], err);
    if (status != TINE_OK)
      return status;
    ti_scanner_choose(&column->scanner);
    type = column->scanner.reducer.signature->out[0];
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

static tine_status scan_indexed(tine_pipeline *p, const tine_kernel *op, const tine_value *init,
                                tine_array *const *collected, tine_array **out, tine_error *err) {
  scan_memory m;
  ti_flow f;
  ti_sink sink;
  tine_status status = scan_allocate(&m, p) ? TINE_OK : ti_error_nomem(err);
  if (status != TINE_OK)
    return status;
  status = scan_bind(m.job, p, op, init, collected, out, err);
  sink = ti_scan_sink(m.job);
  if (status == TINE_OK && p->len > 0)
    status = ti_flow_begin(&f, p, NULL, &sink, 0, 0, err);
  if (status == TINE_OK && p->len > 0) {
    m.job->flow = &f;
    ti_run_start(&f.run, ti_scan_windows, m.job);
    status = ti_run_end(&f.run, err);
  }
  ti_free(m.job, m.size, TI_CACHE_LINE);
  return status;
}

/* The arrays side by side, with the hints of p. */
static tine_pipeline *scan_slices(const tine_pipeline *p, tine_array *const *arrays) {
  tine_pipeline *q = tine_slice(arrays[0]);
  for (unsigned c = 1; c < p->columns; c++)
    q = tine_zip(q, tine_slice(arrays[c]));
  if (q != NULL)
    q->hints = p->hints;
  return q;
}

static tine_status scan_collected(tine_pipeline *p, const tine_kernel *op, const tine_value *init, tine_array **out,
                                  tine_error *err) {
  tine_array *collected[TINE_MAX_COLUMNS];
  tine_status status = tine_collect(p, collected, err);
  tine_pipeline *q;
  if (status != TINE_OK)
    return status;
  q = scan_slices(p, collected);
  status = ti_stage_check(q, err);
  if (status == TINE_OK)
    status = scan_indexed(q, op, init, collected, out, err);
  tine_pipeline_release(q);
  for (unsigned c = 0; c < p->columns; c++)
    tine_array_release(collected[c]);
  return status;
}

tine_status tine_scan(tine_pipeline *p, tine_kernel *op, const tine_value *init, tine_array **out, tine_error *err) {
  tine_status status = ti_stage_check(p, err);
  ti_terminal terminal;
  if (status != TINE_OK)
    return status;
  memset(out, 0, p->columns * sizeof *out);
  ti_terminal_begin(&terminal, p->hints.limit);
  status = ti_role_check(op, TI_ROLE_FOLD, "scan", err);
  if (status == TINE_OK && p->kind == TINE_INDEXED)
    status = scan_indexed(p, op, init, NULL, out, err);
  else if (status == TINE_OK)
    status = scan_collected(p, op, init, out, err);
  status = ti_terminal_end(&terminal, status, err);
  for (unsigned c = 0; c < p->columns && status != TINE_OK; c++) {
    tine_array_release(out[c]);
    out[c] = NULL;
  }
  return status;
}
