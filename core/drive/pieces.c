/*
** A source of the host that splits itself: its pieces are split as far as they let themselves be, whoever works on them,
** so that reductions follow one tree. Every second half of a split may be taken by another thread.
**
** Positions: a piece has a range of 2^40 of them at first, and a split halves it. They order failures; the item that is
** reported is counted, behind all that came before.
*/
#include <stdio.h>
#include <string.h>

#include "../base/thread.h"
#include "outlet.h"

typedef struct piece_task {
  ti_flow *flow;
  const ti_split *source;
  const ti_outlet *outlet;
  void *part;
  uint64_t begun; /* when the drive began, nanoseconds */
  uint64_t lo, width;
  uint64_t count, promised; /* items it gave, and those it is to give */
  unsigned depth;
  bool failed; /* it did not come to its end */
  _Alignas(max_align_t) char piece[TINE_MAX_PIECE];
} piece_task;

static void piece_drop(const piece_task *t) {
  const tine_split_source *s = &t->source->source;
  if (s->drop_piece != NULL)
    s->drop_piece(s->env, (void *)(uintptr_t)t->piece);
}

static uint64_t piece_count(const piece_task *t) {
  const tine_split_source *s = &t->source->source;
  return s->kind == TINE_PARALLEL ? UINT64_MAX : s->count(s->env, t->piece);
}

static void piece_fail(piece_task *t, const ti_eval *eval) {
  t->failed = true;
  ti_flow_fail(t->flow, eval, t->lo, eval->item);
}

/* A failure of the source itself, at the item it has come to. */
static void piece_broken(piece_task *t, tine_status status, const char *format, unsigned long long a,
                         unsigned long long b) {
  const char *name = t->source->name;
  ti_eval eval = {.code = (int)status, .item = t->count};
  snprintf(eval.message, sizeof eval.message, format, name, a, b);
  piece_fail(t, &eval);
}

/* Makes the next block; how many items it has, or 0 at the end and on failure. A failure behind items is for later. */
static size_t piece_fill(piece_task *t, void *const *out, ti_eval *failure) {
  const tine_split_source *s = &t->source->source;
  char message[TINE_MESSAGE_SIZE] = "";
  tine_block block = {.n = TI_BLOCK, .first = t->count, .out = out, .env = s->env, .message = message};
  const int code = s->fill(s->env, t->piece, &block);
  if (code != 0) {
    block.n = block.failed < TI_BLOCK ? block.failed : 0;
    *failure = (ti_eval){
        .code = code, .item = t->count + block.n, .stage = &t->source->stage, .kernel = t->source->name};
    memcpy(failure->message, message, sizeof failure->message);
  }
  if (block.n > TI_BLOCK) {
    piece_broken(t, TINE_EINVAL, "source '%s' had room for %llu items and gave %llu", TI_BLOCK, block.n);
    return 0;
  }
  if (t->source->source.kind != TINE_PARALLEL && block.n > t->promised - t->count) {
    piece_broken(t, TINE_EINVAL, "source '%s' promised %llu items and gives more", t->promised, 0);
    return 0;
  }
  return block.n;
}

static void piece_leaf(tine_ctx *ctx, piece_task *t) {
  const tine_pipeline *p = &t->source->stage;
  ti_flow *f = t->flow;
  ti_space *space = ti_run_space(&f->run, ctx);
  char *block = space->staging + f->level[p->level].emit;
  void *out[TINE_MAX_COLUMNS];
  const void *data[TINE_MAX_COLUMNS];
  ptrdiff_t stride[TINE_MAX_COLUMNS];
  ti_items items = {0, 0, ti_run_iota, data, stride, true};
  ti_eval failure = {.code = 0};
  for (unsigned c = 0; c < p->columns; c++) {
    data[c] = out[c] = ti_emit_column(p, block, c);
    stride[c] = (ptrdiff_t)tine_dtype_size(p->dtype[c]);
  }
  while (!ti_run_stopped(&f->run, t->lo) && failure.code == 0 && (items.n = piece_fill(t, out, &failure)) > 0) {
    space->eval.code = 0;
    items.lo = t->count;
    t->count += items.n;
    if (!ti_flow_up(f, space, t->outlet, t->part, &items)) {
      if (space->eval.code == TI_END && f->sink->flush != NULL)
        ti_flow_flush(f, space, t->part);
      piece_fail(t, &space->eval);
      return;
    }
  }
  if (failure.code != 0 && !t->failed)
    piece_fail(t, &failure);
  if (t->failed || ti_run_stopped(&f->run, t->lo))
    return;
  space->eval.code = 0;
  if (f->sink->flush != NULL && !f->sink->flush(f->sink, t->part, space))
    piece_fail(t, &space->eval);
  else if (t->source->source.kind == TINE_EXACT && t->count < t->promised)
    piece_broken(t, TINE_EINVAL, "source '%s' promised %llu items and gave %llu", t->promised, t->count);
}

/* Cuts the far part off into 'right'; false if the piece is whole. */
static bool piece_split(piece_task *t, piece_task *right) {
  const tine_split_source *s = &t->source->source;
  uint64_t near, far;
  if (t->depth >= TINE_MAX_SPLITS || !s->split(s->env, t->piece, right->piece))
    return false;
  t->depth = right->depth = t->depth + 1;
  t->width /= 2;
  right->width = t->width;
  right->lo = t->lo + t->width;
  near = piece_count(t);
  far = piece_count(right);
  if (s->kind == TINE_EXACT && (near > t->promised || far != t->promised - near))
    piece_broken(t, TINE_EINVAL, "source '%s' promised %llu items, its parts %llu", t->promised, near + far);
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
  if (!t->flow->sink->begin(t->flow->sink, part, space)) {
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
  ti_flow_join(t->flow, space, t->part, part, right->lo, true);
  piece_count_on(run, t, right);
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
  right = *t;
  if (t->failed || !piece_split(t, &right)) {
    piece_leaf(ctx, t);
    piece_drop(t);
    return;
  }
  piece_halves(ctx, t, &right, ti_run_space(run, ctx));
}

static void piece_run(tine_ctx *ctx, void *arg) {
  const ti_fp saved = ti_fp_enter();
  piece_all(ctx, arg);
  ti_fp_leave(saved);
}

void ti_pieces_drive(ti_flow *f, tine_ctx *ctx, const ti_split *source, const ti_outlet *outlet, void *part,
                     uint64_t origin) {
  const tine_split_source *s = &source->source;
  uint64_t whole;
  piece_task t = {.flow = f,
                  .source = source,
                  .outlet = outlet,
                  .part = part,
                  .begun = ti_now_ns(),
                  .lo = origin,
                  .width = TI_PIECES_POSITIONS};
  s->begin(s->env, t.piece);
  t.promised = whole = piece_count(&t);
  piece_run(ctx, &t);
  if (!t.failed && t.count > whole && !ti_run_stopped(&f->run, origin)) {
    t.lo = origin + TI_PIECES_POSITIONS - 1; /* behind all its items */
    piece_broken(&t, TINE_EINVAL, "source '%s' promised %llu items and gave %llu", whole, t.count);
  }
}
