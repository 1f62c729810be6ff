/*
** The reducing loop: cell by cell, each folded as soon as its values are there.
**
** A cell of cheap items is one block, folded where the block lies. Where items are slow a cell is too much for one
** thread: then its values are stored into staging - by the storing loop, which cuts anywhere - and folded by the thread
** that began it. Either way the fold sees the same values in the same order.
**
** Staging belongs to the one cell its thread is at; while that thread waits inside the cell it runs only pieces of that
** same cell, which need none. A piece given away keeps its tree on the giver's node stack until the join; when the
** stack is full nothing is given away.
*/
#include "cells.h"

#include <string.h>

#include "../base/check.h"
#include "../consume/compact.h"
#include "../consume/tree.h"
#include "../produce/fuse.h"
#include "../produce/parts.h"
#include "../produce/spring.h"
#include "feed.h"
#include "store.h"

enum {
  NODE_LISTS = 24, /* pieces given away in each other's midst, as a rule far fewer than fit */
  NODE_LEVEL = 2,  /* of cells that are summed together */
  NODE_CELLS = 1 << NODE_LEVEL
};

typedef struct cells_factors {
  const char *a, *b; /* of item 0 */
  ptrdiff_t a_stride, b_stride;
} cells_factors;

typedef struct cells_task {
  ti_run *run;
  const ti_reduction *reduction;
  bool placeless;  /* nobody asks where the items of a cell stand */
  uint64_t lo, hi; /* cells */
  ti_tree *tree;
  const cells_factors *factors; /* not NULL: where the factors of a sum of products are */
} cells_task;

static ti_tree tree_at(const cells_task *t, char *nodes, uint64_t cells) {
  const ti_tree tree = {
      t->run->pipeline->columns, t->reduction->folds, t->reduction->envs, nodes, 0, ti_tree_room(cells), 0};
  return tree;
}

/* A fold failed: its kernel's message is in 'eval', the first position it concerns in 'item'. */
static void fold_failed(const cells_task *t, ti_eval *eval, int code, uint64_t item) {
  eval->code = code;
  eval->item = item;
  eval->stage = NULL;
  eval->kernel = t->reduction->name;
  ti_run_fail(t->run, eval, 0);
}

/* Positions in a cell. */
static uint64_t cell_items(const ti_run *run, uint64_t cell) {
  const uint64_t left = run->end - cell * TI_CELL;
  ti_assert(cell * TI_CELL < run->end);
  return left < TI_CELL ? left : TI_CELL;
}

/* Column c of a cell, contiguous and in the type its fold works in; 'room' is where it may be made so. */
static const void *cell_column(const cells_task *t, unsigned c, const void *data, ptrdiff_t stride, size_t n,
                               void *room) {
  const size_t size = tine_dtype_size(t->run->pipeline->dtype[c]);
  if (t->reduction->convert[c] != NULL) {
    tine_block block = {.n = n, .in = &data, .in_stride = &stride, .out = &room};
    t->reduction->convert[c](&block); /* cannot fail: conversions to a wider type */
    return room;
  }
  if (stride == (ptrdiff_t)size)
    return data;
  ti_parts_copy(room, (ptrdiff_t)size, data, stride, size, n);
  return room;
}

/* The n values of a cell made into its accumulators, where the tree wants them. 0, or a kernel's code and '*failed'. */
static int cell_accs(const cells_task *t, ti_space *space, uint64_t cell, const void **data, const ptrdiff_t *stride,
                     size_t n, uint64_t *failed) {
  _Alignas(TI_ARRAY_ALIGN) char room[TI_CELL * 8];
  const ti_reduction *r = t->reduction;
  ti_acc *acc = ti_tree_next(t->tree);
  int code = 0;
  ti_assert(n > 0 && n <= TI_CELL && t->tree->count < t->tree->capacity);
  *failed = cell * TI_CELL;
  if (r->cell != NULL) {
    tine_block block = {
        .n = n, .first = cell * TI_CELL, .in = data, .in_stride = stride, .message = space->eval.message};
    code = r->cell(r->envs[0], t->tree, &block);
    *failed += code != 0 ? block.failed : 0;
    return code;
  }
  for (unsigned c = 0; c < t->run->pipeline->columns && code == 0; c++) {
    const void *items = cell_column(t, c, data[c], stride[c], n, room);
    code = r->folds[c]->cell(r->envs[c], items, n, cell * TI_CELL, &acc[c], space->eval.message);
  }
  return code;
}

/* The item behind the first n of a cell failed. A fold of the host's is given those: it may fail earlier still. */
static bool cell_cut_short(const cells_task *t, ti_space *space, uint64_t cell, const void **data,
                           const ptrdiff_t *stride, size_t n) {
  uint64_t failed;
  if (n > 0 && t->reduction->cell != NULL) {
    const int code = cell_accs(t, space, cell, data, stride, n, &failed);
    if (code != 0)
      fold_failed(t, &space->eval, code, failed);
  }
  return false;
}

/* Folds the n values of a cell, perhaps none, into the tree; false if a kernel failed. */
static bool cell_fold(const cells_task *t, ti_space *space, uint64_t cell, const void **data, const ptrdiff_t *stride,
                      size_t n) {
  uint64_t failed = 0;
  int code = 0;
  if (n == 0)
    ti_tree_none(t->tree);
  else
    code = cell_accs(t, space, cell, data, stride, n, &failed);
  if (code == 0) {
    code = ti_tree_push(t->tree, cell, space->eval.message, &failed);
    failed *= TI_CELL;
  }
  if (code != 0)
    fold_failed(t, &space->eval, code, failed);
  return code == 0;
}

/* The sum of a cell of f64 that need not be stored first: of products, or of what a program gives. False: an item failed. */
static bool cell_sum(const cells_task *t, ti_space *space, uint64_t lo, size_t n, double *sum) {
  const ti_reduction *r = t->reduction;
  const cells_factors *f = t->factors;
  const void *data[TINE_MAX_COLUMNS];
  ptrdiff_t stride[TINE_MAX_COLUMNS];
  const ti_request rq = {lo, n, space->low, space->high, false, NULL, data, stride, NULL};
  ti_assert(r->factors != NULL || r->fused != NULL);
  if (f != NULL)
    *sum = ti_fold_dot(f->a + (ptrdiff_t)lo * f->a_stride, f->a_stride, f->b + (ptrdiff_t)lo * f->b_stride, f->b_stride,
                       n);
  else if (r->factors != NULL) {
    if (ti_stage_fill_own(r->factors, &space->eval, &rq) < n)
      return false;
    *sum = ti_fold_dot(data[r->a], stride[r->a], data[r->b], stride[r->b], n);
  } else {
    double lanes[TI_LANES];
    for (unsigned j = 0; j < TI_LANES; j++)
      lanes[j] = TI_FOLD_NONE;
    if (ti_fuse_fill(r->fused, &space->eval, &rq, NULL, lanes) < n)
      return false;
    *sum = ti_fold_lanes(lanes);
  }
  return true;
}

/* One such cell, or where there are enough a whole node of the tree: what is to be done between two cells would take a
   third of the time. Returns how many cells it was; 0 if an item failed. */
static unsigned cells_summed(const cells_task *t, ti_space *space) {
  const bool whole = t->lo % NODE_CELLS == 0 && t->hi - t->lo > NODE_CELLS; /* the last cell may be short */
  const unsigned cells = whole ? NODE_CELLS : 1;
  ti_acc *acc = ti_tree_next(t->tree);
  double sum[NODE_CELLS];
  uint64_t failed;
  for (unsigned k = 0; k < cells; k++)
    if (!cell_sum(t, space, (t->lo + k) * TI_CELL, (size_t)cell_items(t->run, t->lo + k), &sum[k])) {
      ti_run_fail(t->run, &space->eval, 0);
      return 0;
    }
  ti_assert(t->tree->columns == 1 && t->tree->count < t->tree->capacity);
  acc->value.f = whole ? (sum[0] + sum[1]) + (sum[2] + sum[3]) : sum[0];
  acc->n = whole ? NODE_CELLS * TI_CELL : cell_items(t->run, t->lo);
  ti_tree_push_node(t->tree, t->lo / cells, whole ? NODE_LEVEL : 0, space->eval.message, &failed); /* does not fail */
  return cells;
}

/* A cell of cheap items: one block. */
static bool cell_direct(const cells_task *t, ti_space *space, uint64_t cell) {
  const void *data[TINE_MAX_COLUMNS];
  ptrdiff_t stride[TINE_MAX_COLUMNS];
  ti_request rq = {
      cell * TI_CELL, (size_t)cell_items(t->run, cell), space->low, space->high, false, NULL, data, stride, NULL};
  size_t n;
  n = t->placeless ? ti_run_fill_bare(t->run, space, &rq) : ti_run_fill(t->run, space, &rq);
  if (space->eval.code != 0)
    ti_run_fail(t->run, &space->eval, 0);
  if (space->eval.code != 0 && space->eval.code != TI_END)
    return cell_cut_short(t, space, cell, data, stride, n);
  return cell_fold(t, space, cell, data, stride, n) && space->eval.code == 0; /* what came before an end counts */
}

/* The items of a cell of which not all may be there: side by side; returns how many, those behind an end apart. */
static size_t cell_gather(const cells_task *t, const ti_store *to, uint64_t first, size_t n) {
  const ti_compactor *compact = ti_compact_best();
  ti_bits bits;
  const uint64_t stop = ti_load_relaxed(&t->run->stop); /* relaxed: all that lowered it in this cell was joined */
  size_t kept;
  if (to->there == NULL)
    return n;
  if (stop < first + n)
    n = stop > first ? (size_t)(stop - first) : 0;
  kept = ti_compact_bits(compact, to->there, 1, n, bits);
  ti_assert(kept <= n && n <= TI_CELL);
  for (unsigned c = 0; c < to->columns; c++)
    ti_compact_column(compact, to->data[c], n, to->data[c], to->stride[c], (size_t)to->stride[c], bits, n);
  return kept;
}

/* A cell of slow items: stored first, perhaps by several threads. */
static bool cell_staged(const cells_task *t, tine_ctx *ctx, ti_space *space, uint64_t cell) {
  const tine_pipeline *p = t->run->pipeline;
  const uint64_t first = cell * TI_CELL, n = cell_items(t->run, cell);
  const void *data[TINE_MAX_COLUMNS];
  ti_store to = {.columns = p->columns, .origin = first};
  char *at = space->staging;
  for (unsigned c = 0; c < p->columns; c++) {
    to.data[c] = at;
    to.stride[c] = (ptrdiff_t)tine_dtype_size(p->dtype[c]);
    data[c] = at;
    at += ti_column_bytes(p->dtype[c]);
  }
  if (p->kind != TINE_INDEXED)
    to.there = memset(at, 0, TI_CELL);
  ti_store_range(t->run, ctx, &to, first, first + n);
  if (ti_run_failed(t->run, first + n - 1)) {
    const uint64_t stop = ti_load_relaxed(&t->run->stop); /* relaxed: what lowered it in this cell was joined */
    return cell_cut_short(t, space, cell, data, to.stride, stop > first ? (size_t)(stop - first) : 0);
  }
  return cell_fold(t, space, cell, data, to.stride, cell_gather(t, &to, first, (size_t)n)) &&
         !ti_run_stopped(t->run, first + n - 1);
}

static void cells_run(tine_ctx *ctx, void *arg);

/* Gives the far half of the cells away and does the rest. False, with nothing done, if there is no room for a tree or a
   half would be shorter than min_len. */
static bool cells_split(tine_ctx *ctx, cells_task *t, ti_space *space) {
  const uint64_t mid = t->lo + (t->hi - t->lo) / 2;
  const uint64_t end = t->run->end, min_len = t->run->hints->min_len;
  const uint64_t right_items = (t->hi * TI_CELL < end ? t->hi * TI_CELL : end) - mid * TI_CELL;
  const size_t bytes = ti_tree_room(t->hi - mid) * ti_node_bytes(t->run->pipeline->columns);
  cells_task right = *t;
  ti_tree tree = tree_at(t, space->nodes, t->hi - mid);
  uint64_t failed = 0;
  int code;
  if (bytes > (size_t)(space->nodes_end - space->nodes) || (mid - t->lo) * TI_CELL < min_len || right_items < min_len)
    return false;
  space->nodes += bytes;
  right.tree = &tree;
  right.lo = t->hi = mid;
  ti_assert(t->lo < mid && mid < right.hi);
  tine_join(ctx, cells_run, t, cells_run, &right);
  space->nodes -= bytes;
  ti_assert(space->nodes == tree.nodes && ti_tree_check(&tree) && ti_tree_check(t->tree));
  /* If the near half did not come to its end there is a gap between the two: nothing meets across it, and the lists of
     both may be more than there is room for. */
  if (ti_run_stopped(t->run, mid * TI_CELL))
    return true;
  code = ti_tree_append(t->tree, &tree, space->eval.message, &failed);
  if (code != 0)
    fold_failed(t, &space->eval, code, failed * TI_CELL);
  return true;
}

static void cells_loop(tine_ctx *ctx, cells_task *t) {
  ti_space *space = ti_run_space(t->run, ctx);
  const uint64_t last = t->run->end;
  ti_pace pace;
  ti_pace_start(&pace, t->run, last - t->lo * TI_CELL);
  while (t->lo < t->hi && ti_run_goes_on(t->run, ctx, space, t->lo * TI_CELL)) {
    const uint64_t end = t->hi * TI_CELL < last ? t->hi * TI_CELL : last;
    const bool slow = ti_run_slow(t->run);
    unsigned cells;
    if (ti_run_enter(t->run, ctx, cells_run, t))
      return;
    if (t->hi - t->lo >= 2 && ti_run_splits(t->run, ctx, end - t->lo * TI_CELL, TI_CELL / 2) &&
        cells_split(ctx, t, space))
      return;
    if (slow) {
      if (!cell_staged(t, ctx, space, t->lo++))
        return;
      ti_pace_start(&pace, t->run, t->lo < t->hi ? end - t->lo * TI_CELL : 0); /* the storing loop measured */
      continue;
    }
    cells = t->reduction->factors != NULL || t->reduction->fused != NULL ? cells_summed(t, space)
                                                                         : cell_direct(t, space, t->lo);
    if (cells == 0)
      return;
    t->lo += cells;
    space->done += (t->lo < t->hi ? t->lo * TI_CELL : end) - (t->lo - cells) * TI_CELL;
    ti_pace_done(&pace, t->run, cells * TI_CELL, t->lo < t->hi ? end - t->lo * TI_CELL : 0);
  }
}

static void cells_run(tine_ctx *ctx, void *arg) {
  cells_task *const t = arg;
  const ti_arrival was = ti_rein_arrive(t->run->rein);
  cells_loop(ctx, t);
  ti_rein_leave(&was);
}

/* Combines what is left in the tree. */
static void cells_finish(const cells_task *t, ti_acc *out) {
  const ti_fp saved = ti_fp_enter();
  uint64_t failed = 0;
  const int code = ti_tree_finish(t->tree, t->run->own->eval.message, &failed);
  ti_fp_leave(saved);
  if (code != 0)
    fold_failed(t, &t->run->own->eval, code, failed * TI_CELL);
  else if (t->tree->count > 0)
    memcpy(out, ti_tree_node(t->tree, 0)->acc, t->run->pipeline->columns * sizeof *out);
}

/* Where the factors are for the whole run, if nothing need be evaluated to get them. */
static const cells_factors *cells_find_factors(const ti_reduction *r, cells_factors *out) {
  const void *data[TINE_MAX_COLUMNS];
  ptrdiff_t stride[TINE_MAX_COLUMNS];
  if (r->factors == NULL || !ti_stage_view(r->factors, data, stride))
    return NULL;
  *out = (cells_factors){data[r->a], data[r->b], stride[r->a], stride[r->b]};
  return out;
}

tine_status ti_reduce_cells(tine_pipeline *p, const ti_reduction *r, ti_acc *out, tine_error *err) {
  const uint64_t cells = p->span / TI_CELL + (p->span % TI_CELL != 0);
  const size_t list = ti_tree_room(cells) * ti_node_bytes(p->columns);
  const size_t there = p->kind != TINE_INDEXED ? TI_CELL : 0;
  const bool direct = p->cheap && p->hints.max_len == 0; /* no cell will be staged: ti_run_slow */
  const size_t staging = direct ? 0 : ti_store_staging(p) + there;
  const size_t scratch = direct && r->factors != NULL ? r->factors->need : p->need;
  ti_run run;
  ti_feed feed;
  tine_error failure;
  cells_factors factors;
  cells_task t = {&run, r, ti_spring_placeless(p), 0, cells, NULL, NULL};
  ti_tree tree;
  tine_status status;
  if (ti_flow_spring(p) != NULL && !ti_flow_gated(p))
    return ti_reduce_flow(p, r, out, err);
  status = ti_run_begin_with(&run, p, NULL, scratch, staging, (cells > 1 ? NODE_LISTS : 1) * list, err);
  if (status != TINE_OK)
    return status;
  t.factors = cells_find_factors(r, &factors);
  tree = tree_at(&t, run.own->nodes, cells);
  run.own->nodes += list;
  ti_assert(run.own->nodes <= run.own->nodes_end);
  t.tree = &tree;
  ti_feed_begin(&feed, p, run.book, run.hints, run.rein);
  failure.status = TINE_OK;
  feed.cells = true;
  while (run.failure.code == 0 && ti_feed_next(&feed, &failure)) {
    t.lo = feed.lo / TI_CELL;
    t.hi = feed.hi / TI_CELL + (feed.hi % TI_CELL != 0);
    ti_assert(feed.lo % TI_CELL == 0 && feed.lo < feed.hi); /* stretches meet between two cells */
    run.end = feed.hi;
    run.window = feed.window;
    ti_run_start(&run, cells_run, &t);
  }
  ti_feed_end(&feed);
  if (failure.status != TINE_OK)
    ti_run_fail_with(&run, &failure, feed.hi);
  if (run.failure.code == 0 || run.failure.code == TI_END)
    cells_finish(&t, out);
  return ti_run_end(&run, err);
}
