/*
** The flow: the loop over positions, and how the springs above them are driven. See flow.h and README.md, "Flows".
*/
#include "flow.h"

#include <string.h>

#include "feed.h"
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

/* ----- Handing on ----- */

static bool flow_hand(ti_flow *f, ti_space *space, const ti_outlet *outlet, void *part, const ti_items *items) {
  const ti_outlet *next = outlet->next;
  if (next == NULL)
    return f->sink->push(f->sink, part, space, items);
  if (ti_flow_spring(next->upto)->type == &ti_flat_map_type)
    return ti_expand(f, space, outlet, part, items);
  return ti_flow_up(f, space, next, part, items);
}

/* Hands on the items before an end or failure that the fill noted: what happens to them comes first. */
static bool flow_deliver(ti_flow *f, ti_space *space, const ti_outlet *outlet, void *part, const ti_items *items) {
  ti_eval note;
  bool well;
  if (space->eval.code == 0)
    return items->n == 0 || flow_hand(f, space, outlet, part, items);
  note = space->eval;
  space->eval.code = 0;
  well = items->n == 0 || flow_hand(f, space, outlet, part, items);
  if (well)
    space->eval = note;
  return false;
}

bool ti_flow_up(ti_flow *f, ti_space *space, const ti_outlet *outlet, void *part, const ti_items *items) {
  const tine_pipeline *p = outlet->upto;
  const ti_level *level = &f->level[p->level];
  const void *data[TINE_MAX_COLUMNS];
  ptrdiff_t stride[TINE_MAX_COLUMNS];
  char *low = space->staging + level->scratch;
  uint16_t *places = (uint16_t *)(void *)(space->staging + level->places);
  const ti_request rq = {items->lo, items->n, low, low + level->scratch_bytes, false, NULL, data, stride, places};
  const ti_current now = {items->data, items->stride, items->offset};
  ti_items out = {items->lo, 0, places, data, stride, items->leaf, items->cells};
  space->current[p->level - 1] = &now;
  out.n = ti_stage_fill(p, &space->eval, &rq);
  return flow_deliver(f, space, outlet, part, &out);
}

/* ----- Positions ----- */

/* Is all that belongs together in when the positions before 'end' are? */
static bool flow_flushes(const flow_task *t, uint64_t end) {
  return t->flow->sink->flush != NULL && (!t->cells || end % TI_CELL == 0 || end == t->hi);
}

/* One block of positions [lo, lo + n). False at an end or failure, which is noted in the run. */
static bool flow_block(const flow_task *t, ti_space *space, uint64_t lo, size_t n) {
  ti_flow *f = t->flow;
  const tine_pipeline *p = t->outlet->upto;
  const ti_level *level = &f->level[p->level];
  const void *data[TINE_MAX_COLUMNS];
  ptrdiff_t stride[TINE_MAX_COLUMNS];
  void *want[TINE_MAX_COLUMNS];
  char *low = space->staging + level->scratch;
  uint16_t *places = (uint16_t *)(void *)(space->staging + level->places);
  const bool room = t->outlet->next == NULL && f->sink->room != NULL;
  const ti_request rq = {lo,
                         n,
                         low,
                         low + level->scratch_bytes,
                         false,
                         room ? want : NULL,
                         data,
                         stride,
                         p->kind != TINE_INDEXED ? places : NULL};
  ti_items items = {lo, 0, p->kind != TINE_INDEXED ? places : ti_run_iota, data, stride, false, t->cells};
  space->eval.code = 0;
  if (t->window != NULL)
    ti_run_show(t->window, space, lo);
  if (!room || f->sink->room(f->sink, t->part, &space->eval, lo, n, want))
    items.n = ti_stage_fill(p, &space->eval, &rq);
  if (flow_deliver(f, space, t->outlet, t->part, &items) &&
      (!flow_flushes(t, lo + n) || f->sink->flush(f->sink, t->part, space)))
    return true;
  if (space->eval.code == TI_END && f->sink->flush != NULL)
    ti_flow_flush(f, space, t->part);
  ti_flow_fail(f, &space->eval, space->eval.item, t->origin + space->eval.item);
  return false;
}

void ti_flow_fail(ti_flow *f, const ti_eval *eval, uint64_t position, uint64_t item) {
  ti_run_fail_at(&f->run, eval, position, item);
  if (f->sink->any && eval->code == TI_END)
    ti_store_relaxed(&f->run.stop, 0); /* relaxed: a hint to loops; what was found is seen at the joins */
}

void ti_flow_flush(ti_flow *f, ti_space *space, void *part) {
  const ti_eval end = space->eval;
  space->eval.code = 0;
  if (f->sink->flush(f->sink, part, space))
    space->eval = end;
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
    items.n = ti_stage_fill(p, &space->eval, &rq);
    if (space->eval.code == 0)
      break;
    failure = space->eval;
    rq.lo = failure.item + 1;
    rq.n = (size_t)(hi - rq.lo);
    items.n = 0;
  } while (rq.n > 0);
  space->eval.code = 0;
  if (items.n > 0 && !f->sink->push(f->sink, t->part, space, &items))
    failure = space->eval;
  if (failure.code != 0)
    ti_flow_fail(f, &failure, p->span - 1 - failure.item, failure.item);
  return failure.code == 0;
}

static void flow_run(tine_ctx *ctx, void *arg);

/* Did the run end or fail before that position? What ended at it did so in the part that begins there, and that may hold
   things of this very position: the item that was searched for. */
static bool flow_over(ti_run *run, uint64_t begin) {
  bool over;
  ti_mutex_lock(&run->lock);
  over = run->failure.code != 0 && run->failed < begin;
  ti_mutex_unlock(&run->lock);
  return over;
}

void ti_flow_join(ti_flow *f, ti_space *space, void *part, void *right, uint64_t begin, uint64_t origin, bool merge) {
  const ti_sink *sink = f->sink;
  space->eval.code = 0;
  if (sink->any || !flow_over(&f->run, begin))
    (merge && sink->merge != NULL ? sink->merge : sink->append)(sink, part, right, &space->eval);
  if (space->eval.code != 0)
    ti_run_fail_at(&f->run, &space->eval, merge ? begin : space->eval.item, origin + space->eval.item);
  if (sink->drop != NULL)
    sink->drop(sink, right, space);
}

void ti_flow_nomem(ti_flow *f, uint64_t position) {
  tine_error err;
  ti_error_nomem(&err);
  ti_run_fail_with(&f->run, &err, position);
}

/* Gives the far half away and does the rest. False, with nothing done, if the sink has no room for another part. */
static bool flow_split(tine_ctx *ctx, flow_task *t, ti_space *space) {
  _Alignas(max_align_t) char part[TI_PART_BYTES];
  const uint64_t half = t->lo + (t->hi - t->lo) / 2;
  const uint64_t mid = t->cells ? half - half % TI_CELL : half; /* both tasks change as they go on */
  flow_task right = *t;
  if (mid == t->lo || (t->cells && t->lo % TI_CELL != 0)) /* in the midst of a cell nothing is given away */
    return false;
  if (!t->flow->sink->begin(t->flow->sink, part, space))
    return false;
  right.part = part;
  right.lo = t->hi = mid;
  tine_join(ctx, flow_run, t, flow_run, &right);
  ti_flow_join(t->flow, space, t->part, part, mid, t->origin, false);
  return true;
}

static void flow_loop(tine_ctx *ctx, flow_task *t) {
  ti_run *run = &t->flow->run;
  ti_space *space = ti_run_space(run, ctx);
  ti_pace pace;
  ti_pace_start(&pace, run, t->hi - t->lo);
  while (t->lo < t->hi && !ti_run_stopped(run, t->lo)) {
    size_t n;
    if (ti_run_enter(run, ctx, flow_run, t))
      return;
    if (ti_run_splits(run, ctx, t->hi - t->lo, pace.block) && flow_split(ctx, t, space))
      return;
    n = ti_pace_next(&pace, t->hi - t->lo);
    if (!(t->flow->sink->reverse ? flow_block_back : flow_block)(t, space, t->lo, n))
      return;
    t->lo += n;
    ti_pace_done(&pace, run, n, t->hi - t->lo);
  }
}

static void flow_run(tine_ctx *ctx, void *arg) {
  const ti_fp saved = ti_fp_enter();
  flow_loop(ctx, arg);
  ti_fp_leave(saved);
}

/* ----- Springs ----- */

/* May one position give several items on the way to the sink? */
static bool outlet_expands(const ti_outlet *o) {
  for (o = o->next; o != NULL; o = o->next)
    if (ti_flow_spring(o->upto)->type == &ti_flat_map_type)
      return true;
  return false;
}

static void drive_stretches(ti_flow *f, tine_ctx *ctx, const tine_pipeline *p, const ti_outlet *out, void *part,
                            uint64_t origin) {
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
  ti_feed_begin(&feed, p, f->run.book, f->run.hints);
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

static bool tree_has(const tine_pipeline *p, const tine_pipeline *stage) {
  for (; p != NULL; p = p->base[0])
    if (p == stage || tree_has(p->base[1], stage))
      return true;
  return false;
}

/* An end that a stage of this side noted is the end of the side alone: what is chained behind it is wanted. All that the
   side gave has been joined, so nobody else is at work. */
static void chain_goes_on(ti_run *run, const tine_pipeline *side) {
  if (run->failure.code != TI_END || !tree_has(side, run->failure.stage))
    return;
  run->failure.code = 0;
  ti_store_relaxed(&run->stop, UINT64_MAX); /* relaxed: see above */
}

/* Both sides one after the other: each is shared by itself, and has positions of its own. They cannot be confused: where
   the near side ended or failed the far one is not begun. */
static void drive_chain(ti_flow *f, tine_ctx *ctx, const tine_pipeline *chain, const ti_outlet *out, void *part,
                        uint64_t origin) {
  _Alignas(max_align_t) char right[TI_PART_BYTES];
  ti_space *space = ti_run_space(&f->run, ctx);
  const uint64_t behind = ti_flow_sum(origin, ti_flow_positions(chain->base[0]));
  ti_flow_drive_into(f, ctx, chain->base[0], out, part, origin);
  chain_goes_on(&f->run, chain->base[0]);
  if (f->run.failure.code != 0)
    return;
  if (!f->sink->begin(f->sink, right, space)) {
    ti_flow_nomem(f, 0);
    return;
  }
  ti_flow_drive_into(f, ctx, chain->base[1], out, right, behind);
  ti_flow_join(f, space, part, right, 0, behind, true);
}

void ti_flow_drive_into(ti_flow *f, tine_ctx *ctx, const tine_pipeline *p, const ti_outlet *next, void *part,
                        uint64_t origin) {
  const tine_pipeline *spring = ti_flow_spring(p);
  const ti_outlet out = {p, next};
  if (spring == NULL || ti_flow_gated(p))
    drive_stretches(f, ctx, p, &out, part, origin);
  else if (spring->type == &ti_flat_map_type)
    ti_flow_drive_into(f, ctx, spring->base[0], &out, part, origin);
  else if (spring->type == &ti_chain_spring_type)
    drive_chain(f, ctx, spring, &out, part, origin);
  else
    ti_pieces_drive(f, ctx, (const ti_split *)spring, &out, part, origin);
}

/* ----- All of it ----- */

typedef struct flow_start {
  ti_flow *flow;
  void *part;
} flow_start;

static void flow_start_run(tine_ctx *ctx, void *arg) {
  const flow_start *s = arg;
  ti_flow_drive_into(s->flow, ctx, s->flow->run.pipeline, NULL, s->part, 0);
}

void ti_flow_drive(ti_flow *f, void *part) {
  flow_start s = {f, part};
  if (f->sink->begin(f->sink, part, f->run.own))
    ti_run_start(&f->run, flow_start_run, &s);
  else
    ti_flow_nomem(f, 0);
}

tine_status ti_flow_run(tine_pipeline *p, const ti_sink *sink, void *part, tine_error *err) {
  ti_flow f;
  const tine_status status = ti_flow_begin(&f, p, sink, 0, 0, err);
  if (status != TINE_OK) {
    sink->begin(sink, part, NULL);
    return status;
  }
  ti_flow_drive(&f, part);
  return ti_run_end(&f.run, err);
}
