/*
** The two passes of a scan over each window of cells.
**
** The items go through memory once: in *windows* of so many cells as the cache holds. In the first pass over a window
** the cells are evaluated, each straight into the result, and their runs scanned; then one thread goes over the
** totals of the cells, which is next to nothing; in the second pass every cell gets its carry while it is still in
** the cache.
**
** The second pass over one window, with what comes before it, and the first over the next are forked: so there is
** work for others all the time, and none of them falls asleep between the passes. Within a pass work is shared as in
** the reducing loop (cells.c): who is idle gets the far half of the cells.
**
** Failures. All of a pass that lies before the lowest failure so far is done, and what the second pass may find is at
** an item before it. So the lowest is found, as a plain loop would.
*/
#include "scan_window.h"

#include <string.h>

#include "store.h"

enum { SCAN_SLOW_NS = 50 }; /* as in cells.c: a cell of such items is made by several threads */

typedef struct scan_task {
  ti_scan_job *job;
  uint64_t lo, hi; /* cells */
  bool second;     /* the pass */
} scan_task;

static uint64_t scan_items(const ti_scan_job *j, uint64_t cell) {
  const uint64_t left = j->run->end - cell * TI_CELL;
  return left < TI_CELL ? left : TI_CELL;
}

/* From a cell to the end. */
static uint64_t scan_left(const ti_scan_job *j, uint64_t cell) {
  return cell < j->cells ? j->run->end - cell * TI_CELL : 0;
}

/* Where a cell is in what is kept of two windows. */
static uint64_t scan_slot(const ti_scan_job *j, uint64_t cell) {
  ti_assert(cell < j->cells);
  return cell % (2 * j->window);
}

static ti_acc_word *scan_words(const ti_scan_job *j, uint64_t cell) {
  return j->words + scan_slot(j, cell) * j->columns;
}

static char *scan_place(const ti_scan_column *c, uint64_t cell) {
  return c->out + cell * TI_CELL * c->scanner.size;
}

static void scan_fail(const ti_scan_job *j, ti_eval *eval, int code, uint64_t item) {
  eval->code = code;
  eval->item = item;
  eval->stage = NULL;
  eval->kernel = j->kernel;
  ti_run_fail(j->run, eval, 0);
}

/* How many of n items from 'first' on lie before the lowest failure. */
static size_t scan_valid(const ti_scan_job *j, uint64_t first, uint64_t n) {
  const uint64_t stop = ti_load_relaxed(&j->run->stop); /* relaxed: what counts here was joined or is this thread's */
  return (size_t)(stop >= first + n ? n : stop > first ? stop - first : 0);
}

/* ----- The first pass ----- */

/* n values of a column of a cell go to their place, in the type of the result. */
static void scan_copy(const ti_scan_column *c, const void *data, ptrdiff_t stride, size_t n, void *to) {
  if (c->convert != NULL) {
    tine_block block = {.n = n, .in = &data, .in_stride = &stride, .out = &to};
    c->convert(&block); /* cannot fail: promotions */
  } else if (data != to && stride == (ptrdiff_t)c->scanner.size) {
    memcpy(to, data, n * c->scanner.size);
  } else if (data != to) {
    for (size_t i = 0; i < n; i++)
      memcpy((char *)to + i * c->scanner.size, (const char *)data + (ptrdiff_t)i * stride, c->scanner.size);
  }
}

/* A cell of cheap items: one block. */
static size_t scan_direct(const ti_scan_job *j, ti_space *space, uint64_t cell) {
  void *want[TINE_MAX_COLUMNS];
  const void *data[TINE_MAX_COLUMNS];
  ptrdiff_t stride[TINE_MAX_COLUMNS];
  const size_t n = (size_t)scan_items(j, cell);
  ti_request rq = {cell * TI_CELL, n, space->low, space->high, false, want, data, stride, NULL};
  size_t done;
  for (unsigned c = 0; c < j->columns; c++)
    want[c] = j->column[c].convert == NULL ? scan_place(&j->column[c], cell) : NULL;
  done = ti_run_fill(j->run, space, &rq);
  if (done < n)
    ti_run_fail(j->run, &space->eval, 0);
  for (unsigned c = 0; c < j->columns && done > 0; c++)
    scan_copy(&j->column[c], data[c], stride[c], done, scan_place(&j->column[c], cell));
  return done;
}

/* A cell of slow items: stored by the storing loop, which cuts anywhere. */
static size_t scan_staged(const ti_scan_job *j, tine_ctx *ctx, ti_space *space, uint64_t cell) {
  const tine_pipeline *p = j->run->pipeline;
  const uint64_t first = cell * TI_CELL, n = scan_items(j, cell);
  ti_store to = {.columns = j->columns, .origin = first};
  char *staging = space->staging;
  size_t done;
  for (unsigned c = 0; c < j->columns; c++) {
    to.data[c] = j->column[c].convert != NULL ? staging : scan_place(&j->column[c], cell);
    to.stride[c] = (ptrdiff_t)tine_dtype_size(p->dtype[c]);
    staging += ti_column_bytes(p->dtype[c]);
  }
  ti_store_range(j->run, ctx, &to, first, first + n);
  done = scan_valid(j, first, n);
  for (unsigned c = 0; c < j->columns && done > 0; c++)
    scan_copy(&j->column[c], to.data[c], to.stride[c], done, scan_place(&j->column[c], cell));
  return done;
}

/* Scans the runs of a cell's values and notes their totals, unless nothing comes after them. */
static void scan_runs(const ti_scan_job *j, ti_space *space, uint64_t cell, size_t n) {
  bool whole = cell + 1 < j->cells && n == TI_CELL;
  int code;
  for (unsigned c = 0; c < j->columns && n > 0; c++) {
    const size_t done =
        ti_scan_runs(&j->column[c].scanner, scan_place(&j->column[c], cell), n, &code, space->eval.message);
    whole = whole && code == 0;
    if (code != 0)
      scan_fail(j, &space->eval, code, cell * TI_CELL + done);
  }
  j->failed[scan_slot(j, cell)] = false;
  for (unsigned c = 0; c < j->columns && whole; c++) {
    ti_scan_total(&j->column[c].scanner, scan_place(&j->column[c], cell), n, &scan_words(j, cell)[c], &code,
                  space->eval.message);
    j->failed[scan_slot(j, cell)] |= code != 0;
  }
}

static bool scan_is_slow(ti_run *run) {
  const unsigned item_ns = ti_load_relaxed(&run->item_ns); /* relaxed: a hint */
  if (ti_run_most(run) < TI_CELL)
    return true;
  return !run->pipeline->cheap && (TI_HOSTILE || item_ns == 0 || item_ns > SCAN_SLOW_NS);
}

/* ----- The second pass ----- */

static void scan_carry(const ti_scan_job *j, ti_space *space, uint64_t cell) {
  const size_t n = scan_valid(j, cell * TI_CELL, scan_items(j, cell));
  for (unsigned c = 0; c < j->columns && n > 0; c++) {
    const ti_acc_word *const carry = cell > 0 || j->init ? &scan_words(j, cell)[c] : NULL;
    int code;
    const size_t done =
        ti_scan_carry(&j->column[c].scanner, scan_place(&j->column[c], cell), n, carry, &code, space->eval.message);
    if (code != 0)
      scan_fail(j, &space->eval, code, cell * TI_CELL + done);
  }
}

/* ----- The loop of both ----- */

static void scan_run(tine_ctx *ctx, void *arg);

/* Gives the far half of the cells away and does the rest; false if a half would be shorter than min_len. */
static bool scan_split(tine_ctx *ctx, scan_task *t) {
  const uint64_t mid = t->lo + (t->hi - t->lo) / 2, min_len = t->job->run->pipeline->hints.min_len;
  scan_task right = *t;
  if ((mid - t->lo) * TI_CELL < min_len || (t->hi - 1 - mid) * TI_CELL + scan_items(t->job, t->hi - 1) < min_len)
    return false;
  right.lo = t->hi = mid;
  ti_assert(t->lo < mid && mid < right.hi);
  tine_join(ctx, scan_run, t, scan_run, &right);
  return true;
}

/* False if the run was opened in the middle of it: then all is done, the passes after this one included. */
static bool scan_loop(tine_ctx *ctx, scan_task *t) {
  ti_scan_job *const j = t->job;
  ti_run *const run = j->run;
  ti_space *const space = ti_run_space(run, ctx);
  ti_pace pace;
  ti_pace_start(&pace, run, scan_left(j, t->lo));
  while (t->lo < t->hi && ti_run_goes_on(run, ctx, space, t->lo * TI_CELL)) {
    const uint64_t left = (t->hi - 1 - t->lo) * TI_CELL + scan_items(j, t->hi - 1);
    const bool slow = !t->second && scan_is_slow(run);
    if (!t->second && ctx == NULL)
      j->at = t->lo;
    if (!t->second && ti_run_enter(run, ctx, ti_scan_windows, j)) /* what the second takes, the first has measured */
      return false;
    if (t->hi - t->lo >= 2 && ti_run_splits(run, ctx, left, TI_CELL / 2) && scan_split(ctx, t))
      break;
    if (t->second)
      scan_carry(j, space, t->lo);
    else
      scan_runs(j, space, t->lo, slow ? scan_staged(j, ctx, space, t->lo) : scan_direct(j, space, t->lo));
    t->lo++;
    if (!slow && !t->second)
      space->done += scan_items(j, t->lo - 1);
    if (slow)
      ti_pace_start(&pace, run, scan_left(j, t->lo)); /* the storing loop measured; this one starts anew */
    else if (!t->second)
      ti_pace_done(&pace, run, TI_CELL, scan_left(j, t->lo));
  }
  return true;
}

static void scan_run(tine_ctx *ctx, void *arg) {
  scan_task *const t = arg;
  const ti_arrival was = ti_rein_arrive(t->job->run->rein);
  scan_loop(ctx, t);
  ti_rein_leave(&was);
}

/* ----- Between the passes ----- */

/* Takes the total of a cell into the list of nodes: siblings meet as the bits of a counter do. */
static void scan_push(const ti_scan_job *j, ti_scan_column *c, uint64_t cell, const ti_acc_word *total, int *code,
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

/* What stands before each of some cells takes the place of its total, up to the lowest failure. */
static void scan_between(const scan_task *t, ti_eval *eval) {
  ti_scan_job *const j = t->job;
  int code = 0;
  for (uint64_t cell = t->lo; cell < t->hi && !ti_run_stopped(j->run, cell * TI_CELL); cell++) {
    const bool last = cell + 1 == j->cells || ti_run_stopped(j->run, (cell + 1) * TI_CELL);
    for (unsigned c = 0; c < j->columns && code == 0; c++) {
      ti_acc_word *const word = &scan_words(j, cell)[c], total = *word;
      *word = j->column[c].before[__builtin_popcountll(cell)];
      if (!last && j->failed[scan_slot(j, cell)])
        ti_scan_total(&j->column[c].scanner, scan_place(&j->column[c], cell), TI_CELL, &total, &code, eval->message);
      if (!last && code == 0)
        scan_push(j, &j->column[c], cell, &total, &code, eval->message);
    }
    if (code != 0)
      scan_fail(j, eval, code, (cell + 1) * TI_CELL);
    code = 0;
  }
}

/* All that comes after the first pass over a window. */
static void scan_rest(tine_ctx *ctx, void *arg) {
  scan_task *const t = arg;
  scan_between(t, &ti_run_space(t->job->run, ctx)->eval);
  scan_run(ctx, t);
}

static scan_task scan_pass(ti_scan_job *j, uint64_t first, bool second) {
  const scan_task t = {j, first, j->cells - first < j->window ? j->cells : first + j->window, second};
  return t;
}

void ti_scan_windows(tine_ctx *ctx, void *arg) {
  ti_scan_job *const j = arg;
  scan_task next = scan_pass(j, j->first, false);
  bool here;
  next.lo = j->at;
  here = scan_loop(ctx, &next);
  while (here && j->first < j->cells && !ti_run_stopped(j->run, j->first * TI_CELL)) {
    scan_task rest = scan_pass(j, j->first, true);
    ti_assert(rest.lo < rest.hi && rest.hi <= j->cells);
    j->first = j->at = rest.hi;
    next = scan_pass(j, j->first, false);
    if (ctx != NULL) {
      tine_join(ctx, scan_rest, &rest, scan_run, &next);
    } else {
      scan_rest(ctx, &rest);
      here = scan_loop(ctx, &next);
    }
  }
}
