/*
** The loop: all that is done to positions is done here, block by block or cell by cell, into the sink of the flow (a
** source that splits itself has none: pieces.c). Its state is a range; work is given away as the far half of that, with
** a part of its own. It goes on while nobody has ended or failed before it, enters the pool once that pays, splits when
** a thread is hungry, and paces itself.
**
** A cell of cheap items is one block, handed on where it lies. Where items are slow a cell is too much for one thread:
** then its values are stored first, by this very loop with another sink, which cuts anywhere, and handed on by the
** thread that began it. Either way the sink sees the same values in the same order. What they are stored in belongs to
** the one cell its thread works on; while that thread waits inside of the cell it runs only pieces of that same cell,
** which need none.
*/
#include <string.h>

#include "../consume/compact.h"
#include "feed.h"
#include "springs.h"
#include "store.h"

typedef struct flow_task {
  ti_flow *flow;
  const ti_outlet *outlet;
  void *part;
  const ti_window *window;
  uint64_t lo, hi;
  uint64_t origin; /* item lo is reported as this one more: after what was chained before */
  bool cells;      /* the sink gets whole cells */
} flow_task;

static void flow_failed(const flow_task *t, const ti_eval *eval) {
  ti_flow_fail(t->flow, eval, eval->item, t->origin + eval->item);
}

/* One block of positions [lo, lo + n). False at an end or failure, which is noted in the run. */
static bool flow_block(const flow_task *t, ti_space *space, uint64_t lo, size_t n) {
  ti_flow *f = t->flow;
  bool (*const flush)(const ti_sink *, void *, ti_space *) = t->cells ? NULL : t->outlet->sink->flush;
  ti_assert(lo >= t->lo && lo + n <= t->hi);
  space->eval.code = 0;
  if (t->window != NULL)
    ti_run_show(t->window, space, lo);
  if (ti_flow_pass(f, space, t->outlet, t->part, &(ti_items){.lo = lo, .n = n, .cells = t->cells}) &&
      (flush == NULL || flush(t->outlet->sink, t->part, space)))
    return true;
  if (space->eval.code == TI_END && flush != NULL)
    ti_flow_flush(t->outlet->sink, space, t->part);
  flow_failed(t, &space->eval);
  return false;
}

/* The same backwards: position 0 is the last one. What fails in a block hides what lies before it, so the part after
   it is made again. */
static bool flow_block_back(const flow_task *t, ti_space *space, uint64_t back, size_t n) {
  ti_flow *f = t->flow;
  const tine_pipeline *p = t->outlet->upto;
  const uint64_t hi = p->span - back;
  const void *data[TINE_MAX_COLUMNS];
  ptrdiff_t stride[TINE_MAX_COLUMNS];
  char *low = space->staging + f->level[0].scratch;
  uint16_t *places = (uint16_t *)(void *)(space->staging + f->level[0].places);
  ti_request rq = {hi - n, n,    low,    low + f->level[0].scratch_bytes,         false,
                   NULL,   data, stride, p->kind != TINE_INDEXED ? places : NULL, NULL};
  ti_items items = {0, 0, p->kind != TINE_INDEXED ? places : ti_run_iota, data, stride, false, false, false};
  ti_eval failure = {.code = 0};
  do {
    space->eval.code = 0;
    items.lo = rq.lo;
    items.n = ti_stage_fill_own(p, &space->eval, &rq);
    if (space->eval.code == 0)
      break;
    failure = space->eval;
    if (failure.gone)
      break;
    ti_assert(failure.item >= rq.lo && failure.item < hi);
    rq.lo = failure.item + 1;
    rq.n = (size_t)(hi - rq.lo);
    items.n = 0;
  } while (rq.n > 0);
  space->eval.code = 0;
  if (items.n > 0 && !t->outlet->sink->push(t->outlet->sink, t->part, space, &items))
    failure = space->eval;
  if (failure.code != 0)
    ti_flow_fail(f, &failure, p->span - 1 - failure.item, failure.item);
  return failure.code == 0;
}

static void flow_run(tine_ctx *ctx, void *arg);

/* Where to cut: the middle, at a whole cell; or, so that no cache line is shared for long, at a whole block if there
   are some. 0: a half would be too short. */
static uint64_t flow_cut(const flow_task *t) {
  const uint64_t left = t->hi - t->lo, min_len = t->flow->run.hints->min_len;
  const uint64_t half = t->lo + (t->cells ? (left + TI_CELL - 1) / TI_CELL / 2 * TI_CELL : left / 2);
  const uint64_t whole = half - half % TI_BLOCK;
  const uint64_t grid = t->outlet->sink->grid;
  uint64_t mid = !t->cells && left >= 4 * TI_BLOCK && whole - t->lo >= min_len ? whole : half;
  if (grid > 0)
    mid -= mid % grid;
  return mid > t->lo && mid - t->lo >= min_len && t->hi - mid >= min_len ? mid : 0;
}

/* Gives the far half away and does the rest. False, with nothing done, if the sink has no room for another part. */
static bool flow_split(tine_ctx *ctx, flow_task *t, ti_space *space) {
  _Alignas(max_align_t) char part[TI_PART_BYTES];
  const uint64_t mid = flow_cut(t); /* both tasks change as they go on */
  flow_task right = *t;
  if (mid == 0 || !t->outlet->sink->begin(t->outlet->sink, part, space))
    return false;
  ti_assert(t->lo < mid && mid < right.hi && (!t->cells || mid % TI_CELL == 0));
  if (t->outlet->sink->start != NULL)
    t->outlet->sink->start(t->outlet->sink, t->part, part, mid);
  right.part = part;
  right.lo = t->hi = mid;
  tine_join(ctx, flow_run, t, flow_run, &right);
  ti_flow_join(t->flow, t->outlet->sink, space, t->part, part, mid, t->origin, false);
  return true;
}

/* ----- A cell of slow items ----- */

static void flow_loop(tine_ctx *ctx, flow_task *t);

/* Where the values of a cell of p are stored. */
static ti_store cell_store(const tine_pipeline *p, char *staging, uint64_t lo) {
  ti_store to;
  ti_store_begin(&to, lo);
  to.columns = p->columns;
  to.dtype = p->dtype;
  for (unsigned c = 0; c < p->columns; c++) {
    to.data[c] = staging;
    to.stride[c] = (ptrdiff_t)tine_dtype_size(p->dtype[c]);
    staging += ti_column_bytes(p->dtype[c]);
  }
  if (p->kind != TINE_INDEXED)
    to.there = memset(staging, 0, TI_CELL);
  return to;
}

/* The first n positions of a cell, of which not all may have given an item: side by side, and their places. How many
   there are. */
static size_t cell_gather(const ti_store *to, size_t n, uint16_t *places) {
  const ti_compactor *compact = ti_compact_best();
  ti_bits bits;
  size_t kept;
  if (to->there == NULL)
    return n;
  kept = ti_compact_bits(compact, to->there, 1, n, bits);
  ti_assert(kept <= n && n <= TI_CELL);
  for (unsigned c = 0; c < to->columns; c++)
    ti_compact_column(compact, to->data[c], n, to->data[c], to->stride[c], (size_t)to->stride[c], bits, n);
  ti_compact_places(compact, places, false, bits, n);
  return kept;
}

/* The flow of t's positions up to 'end' into 'sink', as far as it goes. */
static void cell_flow(tine_ctx *ctx, const flow_task *t, uint64_t end, const ti_sink *sink) {
  _Alignas(max_align_t) char part[TI_PART_BYTES];
  ti_outlet outlets[TI_MAX_LEVELS + 1];
  flow_task cell = *t;
  unsigned n = 0;
  for (const ti_outlet *o = t->outlet; o != NULL; o = o->next, n++)
    outlets[n] = (ti_outlet){o->upto, o->next != NULL ? &outlets[n + 1] : NULL, sink};
  ti_assert(n <= TI_MAX_LEVELS + 1 && end - t->lo <= TI_CELL);
  cell.outlet = outlets;
  cell.part = part;
  cell.hi = end;
  cell.cells = false;
  flow_loop(ctx, &cell);
}

/* A cell of slow items, [t->lo, end): stored first, perhaps by several threads. False at an end or failure. */
static bool flow_cell(tine_ctx *ctx, const flow_task *t, ti_space *space, uint64_t end) {
  ti_run *const run = &t->flow->run;
  const ti_store to = cell_store(run->pipeline, space->staging + t->flow->cell_staging, t->lo);
  uint16_t *const places = (uint16_t *)(void *)(space->staging + t->flow->level[run->pipeline->level].places);
  ti_sink storing;
  const void *data[TINE_MAX_COLUMNS];
  ti_items items = {t->lo, 0, ti_run_iota, data, to.stride, false, true, false};
  uint64_t stop;
  bool well = true;
  ti_store_sink(&storing, &to);
  cell_flow(ctx, t, end, &storing);
  stop = ti_load_relaxed(&run->stop); /* relaxed: what lowered it in this cell was joined */
  if (to.there != NULL)
    items.offset = places;
  items.n = cell_gather(&to, (size_t)(stop >= end ? end - t->lo : stop > t->lo ? stop - t->lo : 0), places);
  items.cut = ti_run_failed(run, end, false);
  for (unsigned c = 0; c < to.columns; c++)
    data[c] = to.data[c];
  space->eval.code = 0;
  if (items.n > 0)
    well = t->outlet->sink->push(t->outlet->sink, t->part, space, &items);
  if (!well)
    flow_failed(t, &space->eval);
  return well && !ti_run_stopped(run, end - 1);
}

/* ----- The loop ----- */

/* One block, or some cells: how many positions it was; 0 at an end or failure, which is noted in the run. */
static size_t flow_step(const flow_task *t, ti_space *space, const ti_pace *pace) {
  const ti_sink *sink = t->outlet->sink;
  const uint64_t left = t->hi - t->lo;
  size_t n;
  if (sink->take != NULL) {
    space->eval.code = 0;
    n = sink->take(sink, t->part, t->flow, space, t->lo, t->hi);
    ti_assert(n <= left && (n % TI_CELL == 0 || n == left));
    if (n == 0)
      flow_failed(t, &space->eval);
    return n;
  }
  n = !t->cells ? ti_pace_next(pace, left) : left < TI_CELL ? (size_t)left : TI_CELL;
  return (sink->reverse ? flow_block_back : flow_block)(t, space, t->lo, n) ? n : 0;
}

/* Is a cell to be stored first? */
static bool flow_slow(const flow_task *t) {
  return t->cells && !t->outlet->sink->again && ti_run_slow(&t->flow->run);
}

static void flow_loop(tine_ctx *ctx, flow_task *t) {
  ti_run *run = &t->flow->run;
  ti_space *space = ti_run_space(run, ctx);
  const bool again = t->outlet->sink->again;
  ti_pace pace;
  ti_assert(!t->cells || t->lo % TI_CELL == 0);
  ti_pace_start(&pace, run, t->hi - t->lo);
  while (t->lo < t->hi && ti_run_goes_on(run, ctx, space, t->lo)) {
    size_t n;
    if (!again && ti_run_enter(run, ctx, flow_run, t))
      return;
    if (ti_run_splits(run, ctx, t->hi - t->lo, t->cells ? TI_CELL / 2 : pace.block) && flow_split(ctx, t, space))
      return;
    if (flow_slow(t)) {
      const uint64_t end = t->hi - t->lo < TI_CELL ? t->hi : t->lo + TI_CELL;
      if (!flow_cell(ctx, t, space, end))
        return;
      t->lo = end;
      ti_pace_start(&pace, run, t->hi - t->lo); /* the loop over the cell measured; this one starts anew */
      continue;
    }
    n = flow_step(t, space, &pace);
    if (n == 0)
      return;
    t->lo += n;
    if (again)
      continue;
    space->done += n;
    ti_pace_done(&pace, run, n, t->hi - t->lo);
  }
}

static void flow_run(tine_ctx *ctx, void *arg) {
  flow_task *const t = arg;
  const ti_arrival was = ti_cancel_arrive(t->flow->run.cancel);
  flow_loop(ctx, t);
  ti_cancel_leave(&was);
}

void ti_flow_range(ti_flow *f, tine_ctx *ctx, const ti_sink *sink, void *part, uint64_t lo, uint64_t hi) {
  const ti_outlet out = {f->run.pipeline, NULL, sink};
  flow_task t = {f, &out, part, NULL, lo, hi, 0, sink->cells};
  flow_loop(ctx, &t);
}

/* May one position give several items on the way to the sink? */
static bool outlet_expands(const ti_outlet *o) {
  for (o = o->next; o != NULL; o = o->next)
    if (ti_spring_of(o->upto)->expands)
      return true;
  return false;
}

void ti_flow_loop(ti_flow *f, tine_ctx *ctx, const ti_outlet *out, void *part, uint64_t origin) {
  flow_task t = {f, out, part, NULL, 0, 0, origin, f->sink->cells && !outlet_expands(out)};
  ti_feed feed;
  tine_error failure;
  if (f->given || out->upto->level == 0) {
    t.lo = f->given ? f->lo : 0;
    t.hi = f->given ? f->hi : out->upto->span;
    t.window = f->window;
    flow_loop(ctx, &t);
    return;
  }
  ti_feed_begin(&feed, out->upto, f->run.book, f->run.hints, f->run.cancel);
  feed.cells = t.cells;
  failure.status = TINE_OK;
  while (!ti_run_stopped(&f->run, feed.hi) && ti_feed_next(&feed, &failure)) {
    t.lo = feed.lo;
    t.hi = feed.hi;
    t.window = feed.window;
    flow_loop(ctx, &t);
  }
  ti_feed_end(&feed);
  if (failure.status != TINE_OK)
    ti_run_fail_with(&f->run, &failure, feed.hi);
}
