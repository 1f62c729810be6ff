/*
** The loop over positions: a flow begins with it, or with pieces (pieces.c). Its state is a range; work is given away as
** the far half of that, with a part of its own.
*/
#include "feed.h"
#include "list.h"
#include "outlet.h"

typedef struct flow_task {
  ti_flow *flow;
  const ti_outlet *outlet;
  void *part;
  const ti_window *window;
  uint64_t lo, hi;
  uint64_t origin; /* item lo is reported as this one more: behind what was chained before */
  bool cells;      /* for who reduces: what comes of a cell of positions belongs together */
} flow_task;

/* Is all that belongs together in when the positions before 'end' are? */
static bool flow_flushes(const flow_task *t, uint64_t end) {
  return t->outlet->sink->flush != NULL && (!t->cells || end % TI_CELL == 0 || end == t->hi);
}

/* One block of positions [lo, lo + n). False at an end or failure, which is noted in the run. */
static bool flow_block(const flow_task *t, ti_space *space, uint64_t lo, size_t n) {
  ti_flow *f = t->flow;
  ti_assert(lo >= t->lo && lo + n <= t->hi);
  space->eval.code = 0;
  if (t->window != NULL)
    ti_run_show(t->window, space, lo);
  if (ti_flow_pass(f, space, t->outlet, t->part, &(ti_items){.lo = lo, .n = n, .cells = t->cells}) &&
      (!flow_flushes(t, lo + n) || t->outlet->sink->flush(t->outlet->sink, t->part, space)))
    return true;
  if (space->eval.code == TI_END && t->outlet->sink->flush != NULL)
    ti_flow_flush(t->outlet->sink, space, t->part);
  ti_flow_fail(f, &space->eval, space->eval.item, t->origin + space->eval.item);
  return false;
}

/* The same backwards: position 0 is the last one. What fails in a block hides what lies before it, so the part behind is
   made again. */
static bool flow_block_back(const flow_task *t, ti_space *space, uint64_t back, size_t n) {
  ti_flow *f = t->flow;
  const tine_pipeline *p = t->outlet->upto;
  const uint64_t hi = p->span - back;
  const void *data[TINE_MAX_COLUMNS];
  ptrdiff_t stride[TINE_MAX_COLUMNS];
  char *low = space->staging + f->level[0].scratch;
  uint16_t *places = (uint16_t *)(void *)(space->staging + f->level[0].places);
  ti_request rq = {hi - n, n,    low,    low + f->level[0].scratch_bytes,        false,
                   NULL,   data, stride, p->kind != TINE_INDEXED ? places : NULL};
  ti_items items = {0, 0, p->kind != TINE_INDEXED ? places : ti_run_iota, data, stride, false, false};
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

/* Gives the far half away and does the rest. False, with nothing done, if the sink has no room for another part. */
static bool flow_split(tine_ctx *ctx, flow_task *t, ti_space *space) {
  _Alignas(max_align_t) char part[TI_PART_BYTES];
  const uint64_t half = t->lo + (t->hi - t->lo) / 2;
  const uint64_t mid = t->cells ? half - half % TI_CELL : half; /* both tasks change as they go on */
  flow_task right = *t;
  if (mid == t->lo || (t->cells && t->lo % TI_CELL != 0)) /* in the midst of a cell nothing is given away */
    return false;
  if (!t->outlet->sink->begin(t->outlet->sink, part, space))
    return false;
  right.part = part;
  right.lo = t->hi = mid;
  ti_assert(t->lo < mid && mid < right.hi && (!t->cells || mid % TI_CELL == 0));
  tine_join(ctx, flow_run, t, flow_run, &right);
  ti_flow_join(t->flow, t->outlet->sink, space, t->part, part, mid, t->origin, false);
  return true;
}

static void flow_loop(tine_ctx *ctx, flow_task *t);

/* Hands a list of items of the cell that begins at 'lo' to the sink that reduces it, and says that this is all. */
static bool flow_fold(const flow_task *t, ti_space *space, const ti_list *list, const ti_shape *shape, uint64_t lo) {
  const ti_sink *sink = t->outlet->sink;
  const void *data[TINE_MAX_COLUMNS];
  ptrdiff_t stride[TINE_MAX_COLUMNS];
  ti_items items = {lo, 0, ti_run_iota, data, stride, false, true};
  bool well = true;
  space->eval.code = 0;
  for (const ti_chunk *chunk = list->first; chunk != NULL && well; chunk = chunk->next) {
    for (unsigned c = 0; c < shape->columns; c++) {
      data[c] = ti_chunk_column(chunk, shape, c);
      stride[c] = (ptrdiff_t)tine_dtype_size(shape->dtype[c]);
    }
    items.n = chunk->n;
    well = items.n == 0 || sink->push(sink, t->part, space, &items);
  }
  return well && sink->flush(sink, t->part, space);
}

/* A cell of slow items: flows into a list first, cut anywhere and perhaps by several threads; then it is reduced, by the
   thread that began it. It has no more than one item for each of its positions. False at an end or failure. */
static bool flow_cell(tine_ctx *ctx, const flow_task *t, ti_space *space, uint64_t end) {
  _Alignas(max_align_t) char part[TI_PART_BYTES];
  ti_outlet outlets[TI_MAX_LEVELS + 1];
  const ti_shape shape = {t->flow->run.pipeline->columns, t->flow->run.pipeline->dtype};
  ti_sink sink = ti_list_sink;
  flow_task cell = *t;
  unsigned n = 0;
  bool well = false;
  sink.env = (void *)(uintptr_t)&shape;
  for (const ti_outlet *o = t->outlet; o != NULL; o = o->next, n++)
    outlets[n] = (ti_outlet){o->upto, o->next != NULL ? &outlets[n + 1] : NULL, &sink};
  cell.outlet = outlets;
  cell.part = part;
  cell.hi = end;
  cell.cells = false;
  ti_assert(n <= TI_MAX_LEVELS + 1 && end - t->lo <= TI_CELL);
  sink.begin(&sink, part, space);
  flow_loop(ctx, &cell);
  if (!ti_run_failed(&t->flow->run, end - 1)) { /* what came before an end counts */
    well = flow_fold(t, space, (const ti_list *)(const void *)part, &shape, t->lo);
    if (!well)
      ti_flow_fail(t->flow, &space->eval, space->eval.item, t->origin + space->eval.item);
  }
  sink.drop(&sink, part, space);
  return well && !ti_run_stopped(&t->flow->run, end - 1);
}

/* The end of the cell that begins here, if it is one of slow items; else 0. */
static uint64_t flow_slow(const flow_task *t) {
  if (!t->cells || t->lo % TI_CELL != 0 || !ti_run_slow(&t->flow->run))
    return 0;
  return t->hi - t->lo < TI_CELL ? t->hi : t->lo + TI_CELL;
}

static void flow_loop(tine_ctx *ctx, flow_task *t) {
  ti_run *run = &t->flow->run;
  ti_space *space = ti_run_space(run, ctx);
  ti_pace pace;
  ti_pace_start(&pace, run, t->hi - t->lo);
  while (t->lo < t->hi && ti_run_goes_on(run, ctx, space, t->lo)) {
    uint64_t cell;
    size_t n;
    if (ti_run_enter(run, ctx, flow_run, t))
      return;
    if (ti_run_splits(run, ctx, t->hi - t->lo, pace.block) && flow_split(ctx, t, space))
      return;
    cell = flow_slow(t);
    if (cell != 0) {
      if (!flow_cell(ctx, t, space, cell))
        return;
      t->lo = cell;
      ti_pace_start(&pace, run, t->hi - t->lo); /* the loop over the cell measured; this one starts anew */
      continue;
    }
    n = ti_pace_next(&pace, t->hi - t->lo);
    if (!(t->outlet->sink->reverse ? flow_block_back : flow_block)(t, space, t->lo, n))
      return;
    t->lo += n;
    space->done += n;
    ti_pace_done(&pace, run, n, t->hi - t->lo);
  }
}

static void flow_run(tine_ctx *ctx, void *arg) {
  flow_task *const t = arg;
  const ti_arrival was = ti_rein_arrive(t->flow->run.rein);
  flow_loop(ctx, t);
  ti_rein_leave(&was);
}

/* May one position give several items on the way to the sink? */
static bool outlet_expands(const ti_outlet *o) {
  for (o = o->next; o != NULL; o = o->next)
    if (ti_flow_spring(o->upto)->type == &ti_flat_map_type)
      return true;
  return false;
}

void ti_flow_loop(ti_flow *f, tine_ctx *ctx, const ti_outlet *out, void *part, uint64_t origin) {
  flow_task t = {f, out, part, NULL, 0, 0, origin, f->sink->flush != NULL && !outlet_expands(out)};
  ti_feed feed;
  tine_error failure;
  if (f->given) {
    t.lo = f->lo;
    t.hi = f->hi;
    t.window = f->window;
    flow_loop(ctx, &t);
    return;
  }
  ti_feed_begin(&feed, out->upto, f->run.book, f->run.hints, f->run.rein);
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
