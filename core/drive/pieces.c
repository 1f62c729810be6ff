/*
** A source of the host that splits itself: its pieces are split as far as they let themselves be, whoever works on
** them, so that reductions follow one tree. Every second half of a split may be taken by another thread.
**
** Positions: a piece has a range of 2^40 of them at first, and a split halves it. They order failures; the item that is
** reported is counted, after all that came before.
*/
#include <stdio.h>
#include <string.h>

#include "../base/error.h"
#include "../base/thread.h"
#include "../base/visit.h"
#include "springs.h"

typedef struct piece_task {
  ti_flow *flow;
  const ti_split *source;
  const ti_outlet *outlet;
  void *part;
  uint64_t begun; /* when the drive began, nanoseconds */
  uint64_t lo, width;
  uint64_t origin;          /* the item that is its first is reported as this one */
  uint64_t count, promised; /* items it gave, and those it is to give */
  unsigned depth;
  bool failed; /* it did not come to its end */
  _Alignas(max_align_t) char piece[TINE_MAX_PIECE];
} piece_task;

static void piece_drop(const piece_task *t) {
  const tine_split_source *s = &t->source->source;
  if (s->drop_piece != NULL)
    TI_VISIT(s->drop_piece(s->env, (void *)(uintptr_t)t->piece));
}

static uint64_t piece_count(const piece_task *t) {
  const tine_split_source *s = &t->source->source;
  uint64_t n = UINT64_MAX;
  if (s->kind != TINE_PARALLEL)
    TI_VISIT(n = s->count(s->env, t->piece));
  return n;
}

static void piece_fail(piece_task *t, const ti_eval *eval) {
  t->failed = true;
  ti_flow_fail(t->flow, eval, t->lo, t->origin + eval->item);
}

/* A breach of contract by the source, at an item. */
static void piece_breach(const piece_task *t, ti_eval *failure, uint64_t item, const char *format, unsigned long long a,
                         unsigned long long b) {
  *failure = (ti_eval){.code = TINE_EINVAL, .item = item};
  snprintf(failure->message, sizeof failure->message, format, t->source->source.name, a, b);
}

/* Likewise at the item it has come to: that is all there is to say. */
static void piece_broken(piece_task *t, const char *format, unsigned long long a, unsigned long long b) {
  ti_eval failure;
  piece_breach(t, &failure, t->count, format, a, b);
  piece_fail(t, &failure);
}

/* Makes the next block: returns how many items it has. If 'failure' is set the one after those failed; if it is not,
   and there are none, this is the end. */
static size_t piece_fill(const piece_task *t, void *const *out, ti_eval *failure) {
  const tine_split_source *s = &t->source->source;
  const uint64_t left = s->kind == TINE_PARALLEL ? UINT64_MAX : t->promised - t->count;
  char message[TINE_MESSAGE_SIZE] = "";
  tine_block block = {.n = TI_BLOCK, .first = t->count, .out = out, .env = s->env, .message = message};
  size_t n;
  int code;
  TI_VISIT(code = s->fill(s->env, (void *)(uintptr_t)t->piece, &block));
  n = block.n;
  failure->code = 0;
  if (code != 0) {
    n = block.failed < TI_BLOCK ? block.failed : 0;
    *failure = (ti_eval){.code = ti_error_host(code, message),
                         .item = t->count + n,
                         .stage = &t->source->stage,
                         .kernel = t->source->source.name};
    memcpy(failure->message, message, sizeof failure->message);
  } else if (n > TI_BLOCK) {
    piece_breach(t, failure, t->count, "source '%s' had room for %llu items and gave %llu", TI_BLOCK, n);
    n = 0;
  }
  ti_assert(n <= TI_BLOCK);
  if (n <= left)
    return n;
  piece_breach(t, failure, t->promised, "source '%s' promised %llu items and gives more", t->promised, 0);
  return (size_t)left;
}

/* Hands items on; false at an end or failure above, which is noted. */
static bool piece_up(piece_task *t, ti_space *space, const ti_items *items) {
  ti_flow *f = t->flow;
  space->eval.code = 0;
  if (items->n == 0 || ti_flow_up(f, space, t->outlet, t->part, items))
    return true;
  if (space->eval.code == TI_END && t->outlet->sink->flush != NULL)
    ti_flow_flush(t->outlet->sink, space, t->part);
  piece_fail(t, &space->eval);
  return false;
}

/* The piece came to its end. */
static void piece_end(piece_task *t, ti_space *space) {
  const ti_sink *sink = t->outlet->sink;
  space->eval.code = 0;
  if (sink->flush != NULL && !sink->flush(sink, t->part, space))
    piece_fail(t, &space->eval);
  else if (t->source->source.kind == TINE_EXACT && t->count < t->promised)
    piece_broken(t, "source '%s' promised %llu items and gave %llu", t->promised, t->count);
}

static void piece_leaf(tine_ctx *ctx, piece_task *t) {
  const tine_pipeline *p = &t->source->stage;
  ti_run *run = &t->flow->run;
  ti_space *space = ti_run_space(run, ctx);
  char *block = space->staging + t->flow->level[p->level].emit;
  void *out[TINE_MAX_COLUMNS];
  const void *data[TINE_MAX_COLUMNS];
  ptrdiff_t stride[TINE_MAX_COLUMNS];
  ti_items items = {0, 0, ti_run_iota, data, stride, true, false, false};
  ti_eval failure;
  for (unsigned c = 0; c < p->columns; c++) {
    data[c] = out[c] = ti_emit_column(p, block, c);
    stride[c] = (ptrdiff_t)tine_dtype_size(p->dtype[c]);
  }
  while (ti_run_goes_on(run, ctx, space, t->lo)) {
    items.lo = t->count;
    items.n = piece_fill(t, out, &failure);
    t->count += items.n;
    space->done += items.n;
    if (!piece_up(t, space, &items))
      return;
    if (failure.code != 0)
      piece_fail(t, &failure);
    else if (items.n == 0)
      piece_end(t, space);
    if (failure.code != 0 || items.n == 0)
      return;
  }
}

/* Cuts the far part off into 'right'; false if the piece is whole. */
static bool piece_split(piece_task *t, piece_task *right) {
  const tine_split_source *s = &t->source->source;
  uint64_t near, far;
  bool splits = t->depth < TINE_MAX_SPLITS;
  if (splits)
    TI_VISIT(splits = s->split(s->env, t->piece, right->piece));
  if (!splits)
    return false;
  t->depth = right->depth = t->depth + 1;
  ti_assert(t->width > 1);
  t->width /= 2;
  right->width = t->width;
  right->lo = t->lo + t->width;
  near = piece_count(t);
  far = piece_count(right);
  if (s->kind == TINE_EXACT && (near > t->promised || far != t->promised - near))
    piece_broken(t, "source '%s' promised %llu items, its parts %llu", t->promised, near + far);
  t->promised = near;
  right->promised = far;
  return true;
}

/* A failure in 'right' was counted from its first item. */
static void piece_count_on(ti_run *run, const piece_task *t, const piece_task *right) {
  ti_mutex_lock(&run->lock);
  if (run->failure.code != 0 && run->failed >= right->lo && run->failed - right->lo < right->width)
    run->failure.item += t->count;
  ti_mutex_unlock(&run->lock);
}

static void piece_run(tine_ctx *ctx, void *arg);

static void piece_halves(tine_ctx *ctx, piece_task *t, piece_task *right, ti_space *space) {
  _Alignas(max_align_t) char part[TI_PART_BYTES];
  ti_run *run = &t->flow->run;
  if (!t->outlet->sink->begin(t->outlet->sink, part, space)) {
    piece_drop(t);
    piece_drop(right);
    ti_flow_nomem(t->flow, t->lo);
    t->failed = true;
    return;
  }
  right->part = part;
  if (ctx != NULL && run->open)
    tine_join(ctx, piece_run, t, piece_run, right);
  else {
    piece_run(ctx, t);
    piece_run(ctx, right);
  }
  ti_flow_join(t->flow, t->outlet->sink, space, t->part, part, right->lo, t->origin, true);
  piece_count_on(run, t, right);
  ti_assert(right->lo == t->lo + t->width && right->width == t->width);
  t->count += right->count;
  t->width *= 2;
}

static void piece_all(tine_ctx *ctx, piece_task *t) {
  ti_run *run = &t->flow->run;
  piece_task right;
  if (!run->open && ti_now_ns() - t->begun > TI_WORTH_NS)
    ti_store_relaxed(&run->worth, true); /* relaxed: read by this thread alone until the run is open */
  if (ti_run_enter(run, ctx, piece_run, t))
    return;
  if (ti_run_stopped(run, t->lo)) {
    piece_drop(t);
    return;
  }
  ti_assert(t->depth <= TINE_MAX_SPLITS);
  right = *t;
  if (t->failed || !piece_split(t, &right)) {
    piece_leaf(ctx, t);
    piece_drop(t);
    return;
  }
  piece_halves(ctx, t, &right, ti_run_space(run, ctx));
}

static void piece_run(tine_ctx *ctx, void *arg) {
  piece_task *const t = arg;
  const ti_arrival was = ti_cancel_arrive(t->flow->run.cancel);
  piece_all(ctx, t);
  ti_cancel_leave(&was);
}

static void pieces_drive(ti_flow *f, tine_ctx *ctx, const ti_outlet *outlet, void *part, uint64_t origin) {
  const ti_split *source = (const ti_split *)outlet->upto->spring;
  const tine_split_source *s = &source->source;
  uint64_t whole;
  piece_task t = {.flow = f,
                  .source = source,
                  .outlet = outlet,
                  .part = part,
                  .begun = ti_now_ns(),
                  .origin = origin,
                  .width = TI_PIECES_POSITIONS};
  TI_VISIT(s->begin(s->env, t.piece));
  t.promised = whole = piece_count(&t);
  piece_run(ctx, &t);
  if (!t.failed && t.count > whole && !ti_run_stopped(&f->run, 0)) {
    t.lo = TI_PIECES_POSITIONS - 1; /* after all its items */
    piece_broken(&t, "source '%s' promised %llu items and gave %llu", whole, t.count);
  }
}

/* Pieces are but two nodes that meet in a tree, and each has one that waits for its first half. */
static void pieces_trees(const tine_pipeline *spring, ti_trees *room) {
  (void)spring;
  *room = (ti_trees){2, 1 + TINE_MAX_SPLITS, false};
}

const ti_spring ti_spring_pieces = {.emits = true, .drive = pieces_drive, .trees = pieces_trees};
