/*
** The two passes of a scan over each window of cells.
**
** The items go through memory once: in *windows* of so many cells as the cache holds. In the first pass over a window
** the cells are evaluated, each straight into the result, and their runs scanned; then one thread goes over the
** totals of the cells, which is next to nothing; in the second pass every cell gets its carry while it is still in
** the cache. Both are sinks of the loop (flow_loop.c); the second takes cells that are there already.
**
** The second pass over one window, with what comes before it, and the first over the next are forked: so there is
** work for others all the time, and none of them falls asleep between the passes.
**
** Failures. All of a pass that lies before the lowest failure so far is done, and what the second pass may find is at
** an item before it. So the lowest is found, as a plain loop would.
*/
#include "scan_window.h"

#include "../stage/parts.h"
#include "terminal.h"

/* Items before the end of a cell; those of all, if it is the last. */
static uint64_t scan_end(const ti_scan_job *j, uint64_t cell) {
  const uint64_t len = j->flow->run.pipeline->len;
  ti_assert(cell < j->cells);
  return len - cell * TI_CELL < TI_CELL ? len : (cell + 1) * TI_CELL;
}

/* Where a cell is in what is kept of two windows. */
static uint64_t scan_slot(const ti_scan_job *j, uint64_t cell) {
  return cell % (2 * j->window);
}

static ti_acc_word *scan_words(const ti_scan_job *j, uint64_t cell) {
  return j->words + scan_slot(j, cell) * j->columns;
}

static ti_scan_cell *scan_sums(const ti_scan_job *j, uint64_t cell, unsigned column) {
  return &j->sums[scan_slot(j, cell) * j->columns + column];
}

static char *scan_place(const ti_scan_column *c, uint64_t cell) {
  return c->out + cell * TI_CELL * c->scanner.reducer.size;
}

static void scan_fail(const ti_scan_job *j, ti_eval *eval, int code, uint64_t item) {
  eval->code = code;
  eval->item = item;
  eval->stage = NULL;
  eval->kernel = j->kernel;
  ti_run_fail(&j->flow->run, eval);
}

/* ----- The first pass ----- */

/* n values of a column of a cell go to their place, in the type of the result. */
static void scan_copy(const ti_scan_column *c, const void *data, ptrdiff_t stride, size_t n, void *to) {
  if (c->convert != NULL) {
    tine_block block = {.n = n, .in = &data, .in_stride = &stride, .out = &to};
    c->convert(&block); /* cannot fail: promotions */
  } else if (data != to)
    ti_parts_copy(to, (ptrdiff_t)c->scanner.reducer.size, data, stride, c->scanner.reducer.size, n);
}

/* One column of it. True if it has a total, be that one that a kernel failed at. */
static bool scan_column(const ti_scan_job *j, unsigned column, ti_space *space, uint64_t cell, size_t n) {
  const ti_scan_column *const c = &j->column[column];
  char *const x = scan_place(c, cell);
  const bool whole = cell + 1 < j->cells && n == TI_CELL; /* else nothing comes after it */
  int code;
  size_t done;
  if (c->scanner.sums != NULL) {
    if (whole)
      c->scanner.sums->totals(c->scanner.sums, x, scan_sums(j, cell, column));
    return whole;
  }
  done = ti_scan_runs(&c->scanner, x, n, &code, space->eval.message);
  if (code != 0)
    scan_fail(j, &space->eval, code, cell * TI_CELL + done);
  return whole && code == 0;
}

/* Scans the runs of a cell's values and notes their totals, unless nothing comes after them. */
static void scan_runs(const ti_scan_job *j, ti_space *space, uint64_t cell, size_t n) {
  bool whole = true;
  int code;
  for (unsigned c = 0; c < j->columns && n > 0; c++)
    whole = scan_column(j, c, space, cell, n) && whole;
  j->failed[scan_slot(j, cell)] = false;
  for (unsigned c = 0; c < j->columns && whole && n > 0; c++) {
    if (j->column[c].scanner.sums != NULL)
      continue;
    ti_scan_total(&j->column[c].scanner, scan_place(&j->column[c], cell), n, &scan_words(j, cell)[c], &code,
                  space->eval.message);
    j->failed[scan_slot(j, cell)] |= code != 0;
  }
}

static bool scan_room(const ti_sink *sink, void *part, ti_eval *eval, uint64_t lo, size_t n, void **want) {
  const ti_scan_job *j = sink->env;
  (void)part, (void)eval, (void)n;
  for (unsigned c = 0; c < j->columns; c++)
    want[c] = j->column[c].convert == NULL ? scan_place(&j->column[c], lo / TI_CELL) : NULL;
  return true;
}

/* What fails here lies before what is noted already: the run hears of both. */
static bool scan_push(const ti_sink *sink, void *part, ti_space *space, const ti_items *items) {
  const ti_scan_job *j = sink->env;
  const uint64_t cell = items->lo / TI_CELL;
  (void)part;
  for (unsigned c = 0; c < j->columns; c++)
    scan_copy(&j->column[c], items->data[c], items->stride[c], items->n, scan_place(&j->column[c], cell));
  scan_runs(j, space, cell, items->n);
  return true;
}

/* ----- The second pass ----- */

static size_t scan_carry(const ti_sink *sink, void *part, ti_flow *f, ti_space *space, uint64_t lo, uint64_t hi) {
  const ti_scan_job *j = sink->env;
  const uint64_t cell = lo / TI_CELL, end = scan_end(j, cell);
  const uint64_t stop = ti_load_relaxed(&f->run.stop); /* relaxed: what counts here was joined or is this thread's */
  const size_t n = (size_t)((stop < end ? stop : end) - lo);
  (void)part, (void)hi;
  for (unsigned c = 0; c < j->columns && stop > lo; c++) {
    const ti_scan_sums *const sums = j->column[c].scanner.sums;
    if (sums != NULL) {
      sums->prefixes(sums, scan_place(&j->column[c], cell), n, scan_sums(j, cell, c));
      continue;
    }
    const ti_acc_word *const carry = cell > 0 || j->init ? &scan_words(j, cell)[c] : NULL;
    int code;
    const size_t done =
        ti_scan_carry(&j->column[c].scanner, scan_place(&j->column[c], cell), n, carry, &code, space->eval.message);
    if (code != 0)
      scan_fail(j, &space->eval, code, lo + done);
  }
  return (size_t)(end - lo);
}

static void scan_append(const ti_sink *sink, void *part, void *right, ti_eval *eval) {
  (void)sink, (void)part, (void)right, (void)eval;
}

ti_sink ti_scan_sink(ti_scan_job *j) {
  const ti_sink sink = {
      .env = j, .cells = true, .begin = ti_part_clear, .room = scan_room, .push = scan_push, .append = scan_append};
  return sink;
}

static ti_sink scan_second(ti_scan_job *j) {
  const ti_sink sink = {
      .env = j, .cells = true, .again = true, .begin = ti_part_clear, .take = scan_carry, .append = scan_append};
  return sink;
}

/* ----- Between the passes ----- */

/* Takes the total of a cell into the list of nodes: siblings meet as the bits of a counter do. */
static void scan_total(const ti_scan_job *j, ti_scan_column *c, uint64_t cell, const ti_acc_word *total, int *code,
                       char *message) {
  unsigned top = (unsigned)__builtin_popcountll(cell);
  ti_assert(top + 1 < TI_SCAN_NODES);
  c->node[top] = *total;
  for (uint64_t bits = cell; (bits & 1) != 0 && *code == 0; bits >>= 1, top--)
    ti_scan_combine(&c->scanner, &c->node[top - 1], &c->node[top], &c->node[top - 1], code, message);
  if (*code == 0 && (top > 0 || j->init))
    ti_scan_combine(&c->scanner, &c->before[top], &c->node[top], &c->before[top + 1], code, message);
  else
    c->before[top + 1] = c->node[top];
}

/* What stands before a cell takes the place of its total, and what stands behind it is made, unless it is the last. */
static void scan_advance(ti_scan_job *j, unsigned column, uint64_t cell, bool last, int *code, char *message) {
  ti_scan_column *const c = &j->column[column];
  ti_acc_word *const word = &scan_words(j, cell)[column], total = *word;
  if (c->scanner.sums != NULL) {
    ti_scan_cell *const kept = scan_sums(j, cell, column);
    if (last) {
      kept->run[0] = c->carry;
      kept->known = false;
    } else
      c->scanner.sums->advance(scan_place(c, cell), kept, &c->carry);
    return;
  }
  *word = c->before[__builtin_popcountll(cell)];
  if (!last && j->failed[scan_slot(j, cell)])
    ti_scan_total(&c->scanner, scan_place(c, cell), TI_CELL, &total, code, message);
  if (!last && *code == 0)
    scan_total(j, c, cell, &total, code, message);
}

/* What stands before each of some cells, up to the lowest failure. */
static void scan_between(ti_scan_job *j, ti_eval *eval, uint64_t lo, uint64_t hi) {
  ti_run *const run = &j->flow->run;
  int code = 0;
  for (uint64_t cell = lo; cell < hi && !ti_run_stopped(run, cell * TI_CELL); cell++) {
    const bool last = cell + 1 == j->cells || ti_run_stopped(run, (cell + 1) * TI_CELL);
    for (unsigned c = 0; c < j->columns && code == 0; c++)
      scan_advance(j, c, cell, last, &code, eval->message);
    if (code != 0)
      scan_fail(j, eval, code, (cell + 1) * TI_CELL);
    code = 0;
  }
}

/* A pass over the window that begins at cell 'first'. */
typedef struct scan_pass {
  ti_scan_job *job;
  ti_sink sink;
  uint64_t first;
} scan_pass;

static uint64_t pass_end(const ti_scan_job *j, uint64_t first) {
  return j->cells - first < j->window ? j->cells : first + j->window;
}

static void pass_loop(tine_ctx *ctx, const scan_pass *pass) {
  const ti_scan_job *j = pass->job;
  if (pass->first < j->cells)
    ti_flow_range(j->flow, ctx, &pass->sink, NULL, pass->first * TI_CELL, scan_end(j, pass_end(j, pass->first) - 1));
}

static void pass_run(tine_ctx *ctx, void *arg) {
  const scan_pass *pass = arg;
  const ti_arrival was = ti_cancel_arrive(pass->job->flow->run.cancel);
  pass_loop(ctx, pass);
  ti_cancel_leave(&was);
}

/* All that comes after the first pass over a window. */
static void pass_rest(tine_ctx *ctx, void *arg) {
  const scan_pass *pass = arg;
  ti_scan_job *const j = pass->job;
  scan_between(j, &ti_run_space(&j->flow->run, ctx)->eval, pass->first, pass_end(j, pass->first));
  pass_run(ctx, arg);
}

void ti_scan_windows(tine_ctx *ctx, void *arg) {
  ti_scan_job *const j = arg;
  ti_run *const run = &j->flow->run;
  scan_pass first = {j, ti_scan_sink(j), j->first}, second = {j, scan_second(j), j->first};
  if (!j->made)
    pass_loop(ctx, &first);
  j->made = true;
  while (j->first < j->cells && !ti_run_stopped(run, j->first * TI_CELL)) {
    if (ti_run_enter(run, ctx, ti_scan_windows, j)) /* windows overlap in the pool alone */
      return;
    second.first = j->first;
    j->first = first.first = pass_end(j, j->first);
    if (ctx != NULL) {
      tine_join(ctx, pass_rest, &second, pass_run, &first);
    } else {
      pass_rest(ctx, &second);
      pass_loop(ctx, &first);
    }
  }
}
