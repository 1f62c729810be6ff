/*
** The sink that reduces. Items are folded by cells, along the fixed grid (../fold/README.md, "The grid"): where each
** position gives one at most, a cell is that of 1024 positions, folded where its values lie, and the cells are the
** leaves of the tree. Where a position may give several, or sides are chained that have positions of their own, what
** comes of one position is a sequence: cells of 1024 items by rank, combined in a tree of its own; the values of the
** positions are the leaves of the tree over positions. A piece of a source that splits itself is one sequence, and
** pieces are combined as they were split.
**
** A part given away keeps its tree on the giver's node stack until the join; when the stack is full nothing is given
** away.
*/
#include "reduction.h"

#include <string.h>

#include "../consume/compact.h"
#include "../stage/fuse.h"
#include "../stage/spring.h"
#include "sequence.h"
#include "terminal.h"

enum {
  NODE_LISTS = 24, /* parts given away in each other's midst, as a rule far fewer than fit */
  NODE_LEVEL = 2,  /* of cells that are summed together */
  NODE_CELLS = 1 << NODE_LEVEL
};

static bool part_begin(const ti_sink *sink, void *part, ti_space *space) {
  const ti_reduce_env *e = sink->env;
  ti_reduce_part *p = part;
  if (e->node_list > (size_t)(space->nodes_end - space->nodes))
    return false;
  p->tree = ti_reduce_tree(e, space->nodes, e->nodes);
  p->unit = 1;
  p->open = p->few = false;
  p->cells = p->n = 0;
  space->nodes += e->node_list;
  return true;
}

static void part_drop(const ti_sink *sink, void *part, ti_space *space) {
  const ti_reduce_env *e = sink->env;
  (void)part;
  space->nodes -= e->node_list;
  ti_assert(((const ti_reduce_part *)part)->tree.nodes == space->nodes); /* in reverse order */
}

/* ----- Cells ----- */

/* A cell of positions, folded where it lies. Of one that is cut short by a failure only a fold of the host's is given
   what came before: it may fail earlier still. */
static bool cell_push(const ti_reduce_env *e, ti_reduce_part *p, ti_space *space, const ti_items *items) {
  size_t failed = 0;
  uint64_t leaf = 0;
  int code;
  p->unit = TI_CELL;
  if (items->cut && e->reduction->cell == NULL)
    return true;
  code = ti_reduce_fold(e, &p->tree, space, items->lo, items->data, items->stride, e->places ? items->offset : NULL,
                        items->n, &failed);
  if (code != 0)
    return ti_reduce_failed(e, &space->eval, code, items->lo + failed);
  code = ti_tree_push(&p->tree, items->lo / TI_CELL, space->eval.message, &leaf);
  return code == 0 || ti_reduce_failed(e, &space->eval, code, leaf * TI_CELL);
}

/* What is kept of a cell, in 'rq': all of its items, and bits for those; or, if few were of the cell before and there
   is work to be saved, those alone, and their places. Returns how many, 0 without any of that; -1: an item failed. */
static int cell_kept(const ti_reduce_env *e, ti_reduce_part *p, ti_space *space, ti_request *rq, uint64_t *bits,
                     uint16_t *offset) {
  size_t n, kept;
  rq->bits = p->few && e->works ? NULL : bits;
  rq->offset = rq->bits == NULL ? offset : NULL;
  memset(bits, 0xFF, sizeof(ti_bits));
  if (rq->n % 64 != 0)
    bits[rq->n / 64] = (UINT64_C(1) << rq->n % 64) - 1;
  space->eval.code = 0;
  n = ti_stage_fill_own(e->reduction->kept, &space->eval, rq);
  if (space->eval.code != 0)
    return -1;
  kept = rq->bits != NULL ? ti_direct_held(bits, (n + 63) / 64) : n;
  p->few = kept < rq->n / 4;
  return (int)kept;
}

/* A column of that, folded. Not part of its callers: their frames are there while stages fill. */
static TI_NOINLINE void kept_fold(const ti_reduce_env *e, const ti_request *rq, unsigned c, int kept, ti_acc *acc) {
  _Alignas(TI_ARRAY_ALIGN) double room[TI_CELL];
  const ti_reduction *r = e->reduction;
  const size_t n = rq->bits != NULL ? rq->n : (size_t)kept;
  const void *const items =
      ti_column_as(r->convert[c], tine_dtype_size(e->pipeline->dtype[c]), rq->data[c], rq->stride[c], n, room);
  ti_assert(kept > 0 && (size_t)kept <= rq->n);
  if (rq->bits != NULL)
    r->folds[c]->bits(items, rq->bits, n, (size_t)kept, room, acc);
  else if (r->folds[c]->ranks || rq->offset[n - 1] == n - 1) /* or none is missing */
    r->folds[c]->cell(r->envs[c], items, n, rq->lo, acc, NULL);
  else
    ti_fold_places(r->folds[c], ti_column_room(items, n, room), rq->offset, n, acc);
  acc->n = (uint64_t)kept;
}

/* Does it add integers? */
static bool adds_integers(const ti_reduction *r) {
  return r->folds[0] == &ti_fold_sum_i64;
}

static ti_acc_word word_sum(const ti_reduction *r, ti_acc_word a, ti_acc_word b) {
  return adds_integers(r) ? (ti_acc_word){.u = a.u + b.u} : (ti_acc_word){.f = a.f + b.f};
}

/* The sum of what a program gives; of a cell of which it cannot say that no item failed, by its stages. */
static bool fused_sum(const ti_reduce_env *e, ti_space *space, const ti_request *rq, ti_acc *acc) {
  _Alignas(TI_ARRAY_ALIGN) double room[TI_CELL];
  const ti_reduction *r = e->reduction;
  _Alignas(64) double lanes[TI_LANES];
  uint64_t words[TI_LANES];
  for (unsigned j = 0; j < TI_LANES; j++)
    lanes[j] = adds_integers(r) ? 0.0 : TI_FOLD_NONE;
  if (ti_fuse_add(r->fused, &space->eval, rq, lanes)) {
    memcpy(words, lanes, sizeof words);
    acc->value.u = 0;
    for (unsigned j = 0; j < TI_LANES && adds_integers(r); j++)
      acc->value.u += words[j];
    if (!adds_integers(r))
      acc->value.f = ti_fold_lanes(lanes);
    return true;
  }
  if (ti_stage_fill_own(e->pipeline, &space->eval, rq) < rq->n)
    return false;
  r->folds[0]->cell(
      NULL,
      ti_column_as(r->convert[0], tine_dtype_size(e->pipeline->dtype[0]), rq->data[0], rq->stride[0], rq->n, room),
      rq->n, rq->lo, acc, space->eval.message);
  return true;
}

/* The sum of what a filter keeps of a cell. Returns of how many items; -1: one failed. */
static TI_NOINLINE int kept_sum(const ti_reduce_env *e, ti_reduce_part *p, ti_space *space, ti_request *rq,
                                ti_acc_word *sum) {
  uint16_t offset[TI_CELL];
  ti_bits bits;
  ti_acc acc = {.value.f = TI_FOLD_NONE};
  const int kept = cell_kept(e, p, space, rq, bits, offset);
  if (kept > 0)
    kept_fold(e, rq, 0, kept, &acc);
  *sum = acc.value;
  return kept;
}

/* The items that 'direct' works on: it is known where they are, or they are filled. */
static bool below_items(const ti_reduce_env *e, ti_space *space, const ti_request *rq) {
  if (!e->view)
    return ti_stage_fill_own(e->reduction->below, &space->eval, rq) == rq->n;
  for (unsigned c = 0; c < e->reduction->below->columns; c++) {
    rq->data[c] = (const char *)e->data[c] + (ptrdiff_t)rq->lo * e->stride[c];
    rq->stride[c] = e->stride[c];
  }
  return true;
}

/* Returns of how many items it is the sum; -1: one failed. */
static int direct_sum(const ti_reduce_env *e, ti_reduce_part *p, ti_space *space, ti_request *rq, ti_acc_word *sum) {
  const ti_direct *const d = &e->reduction->direct;
  _Alignas(64) double lanes[TI_LANES];
  size_t n = rq->n;
  if (!below_items(e, space, rq))
    return -1;
  if (d->sum == TI_DIRECT_KEEPS && !ti_direct_keeps(d, rq->stride[0]))
    return kept_sum(e, p, space, rq, sum);
  if (d->sum == TI_DIRECT_TELLS) {
    ti_bits bits;
    const size_t held = ti_direct_bits(d, rq->data, rq->stride, n, bits);
    *sum = adds_integers(e->reduction) ? (ti_acc_word){.u = held} : (ti_acc_word){.f = (double)held};
    return (int)n;
  }
  for (unsigned j = 0; j < TI_LANES; j++)
    lanes[j] = TI_FOLD_NONE;
  if (d->sum == TI_DIRECT_KEEPS)
    n = ti_direct_kept(d, rq->data[0], n, lanes);
  else
    ti_direct_add(d, rq->data, rq->stride, n, lanes);
  sum->f = ti_fold_lanes(lanes);
  return (int)n;
}

/* The sum of a cell that need not be stored first: of what stands alone, of what a program gives, or a filter keeps.
   Returns of how many; -1: an item failed. */
static int cell_sum(const ti_reduce_env *e, ti_reduce_part *p, ti_space *space, char *low, char *high, uint64_t lo,
                    size_t n, ti_acc_word *sum) {
  const ti_reduction *r = e->reduction;
  const void *data[TINE_MAX_COLUMNS];
  ptrdiff_t stride[TINE_MAX_COLUMNS];
  ti_request rq = {lo, n, low, high, false, NULL, data, stride, NULL, NULL};
  ti_acc acc;
  if (r->below != NULL)
    return direct_sum(e, p, space, &rq, sum);
  if (r->kept != NULL)
    return kept_sum(e, p, space, &rq, sum);
  if (e->view)
    r->folds[0]->cell(NULL, (const char *)e->data[0] + lo * (size_t)e->stride[0], n, lo, &acc, NULL);
  else if (!fused_sum(e, space, &rq, &acc))
    return -1;
  *sum = acc.value;
  return (int)n;
}

/* One such cell, or where there are enough a whole node of the tree: what is to be done between two cells would take a
   third of the time. */
static size_t part_take(const ti_sink *sink, void *part, ti_flow *f, ti_space *space, uint64_t lo, uint64_t hi) {
  const ti_reduce_env *e = sink->env;
  ti_reduce_part *p = part;
  const uint64_t cell = lo / TI_CELL;
  const bool whole = cell % NODE_CELLS == 0 && hi - lo > NODE_CELLS * TI_CELL; /* the last cell may be short */
  const unsigned cells = whole ? NODE_CELLS : 1;
  const size_t n = hi - lo < TI_CELL ? (size_t)(hi - lo) : TI_CELL;
  char *const low = space->staging + f->level[0].scratch, *const high = low + f->level[0].scratch_bytes;
  ti_acc *acc = ti_tree_next(&p->tree);
  ti_acc_word sum[NODE_CELLS];
  uint64_t failed;
  size_t items = 0;
  ti_assert(lo % TI_CELL == 0 && lo < hi && p->tree.columns == 1);
  p->unit = TI_CELL;
  for (unsigned k = 0; k < cells; k++) {
    const int some = cell_sum(e, p, space, low, high, lo + k * TI_CELL, n, &sum[k]);
    if (some < 0)
      return 0;
    items += (size_t)some;
  }
  acc->value =
      whole ? word_sum(e->reduction, word_sum(e->reduction, sum[0], sum[1]), word_sum(e->reduction, sum[2], sum[3]))
            : sum[0];
  acc->n = items;
  if (items == 0) /* of what is filtered: such a cell is not in the tree */
    return cells * n;
  ti_tree_push_node(&p->tree, cell / cells, whole ? NODE_LEVEL : 0, space->eval.message, &failed); /* does not fail */
  return cells * n;
}

/* One cell of what filters below keep. */
static size_t part_take_kept(const ti_sink *sink, void *part, ti_flow *f, ti_space *space, uint64_t lo, uint64_t hi) {
  const ti_reduce_env *e = sink->env;
  ti_reduce_part *p = part;
  const size_t n = hi - lo < TI_CELL ? (size_t)(hi - lo) : TI_CELL;
  char *const low = space->staging + f->level[0].scratch;
  const void *data[TINE_MAX_COLUMNS];
  ptrdiff_t stride[TINE_MAX_COLUMNS];
  ti_request rq = {lo, n, low, low + f->level[0].scratch_bytes, false, NULL, data, stride, NULL, NULL};
  ti_acc *acc = ti_tree_next(&p->tree);
  uint16_t offset[TI_CELL];
  ti_bits bits;
  uint64_t failed;
  const int kept = cell_kept(e, p, space, &rq, bits, offset);
  ti_assert(lo % TI_CELL == 0 && lo < hi);
  p->unit = TI_CELL;
  if (kept < 0)
    return 0;
  for (unsigned c = 0; c < e->pipeline->columns && kept > 0; c++)
    kept_fold(e, &rq, c, kept, &acc[c]);
  if (kept > 0)                                                         /* else such a cell is not in the tree */
    ti_tree_push(&p->tree, lo / TI_CELL, space->eval.message, &failed); /* does not fail */
  return n;
}

static bool part_push(const ti_sink *sink, void *part, ti_space *space, const ti_items *items) {
  return (items->cells ? cell_push : ti_sequence_push)(sink->env, part, space, items);
}

static bool part_flush(const ti_sink *sink, void *part, ti_space *space) {
  return ti_sequence_flush(sink->env, part, space);
}

/* ----- Joins ----- */

static void part_append(const ti_sink *sink, void *part, void *right, ti_eval *eval) {
  ti_reduce_part *l = part, *r = right;
  uint64_t failed = 0;
  const int code = ti_tree_append(&l->tree, &r->tree, eval->message, &failed);
  if (r->tree.count > 0)
    l->unit = r->unit;
  if (code != 0)
    ti_reduce_failed(sink->env, eval, code, failed * r->unit);
}

/* Makes the tree one node, a leaf of a tree of its own. */
static int tree_shrink(ti_tree *t, uint64_t index, char *message) {
  uint64_t failed;
  const int code = ti_tree_finish(t, message, &failed);
  if (code == 0 && t->count > 0) {
    ti_assert(t->count == 1);
    ti_tree_node(t, 0)->index = index;
    ti_tree_node(t, 0)->level = 0;
    t->first = 0;
  }
  return code;
}

static void part_merge(const ti_sink *sink, void *part, void *right, ti_eval *eval) {
  ti_reduce_part *l = part, *r = right;
  int code = tree_shrink(&l->tree, 0, eval->message);
  if (code == 0)
    code = tree_shrink(&r->tree, 1, eval->message);
  if (code != 0)
    ti_reduce_failed(sink->env, eval, code, 0);
  else if (r->tree.count > 0)
    part_append(sink, part, right, eval);
}

/* ----- All of it ----- */

/* Where each position gives one item at most a leaf is a cell of those. */
static ti_trees reduce_trees(const tine_pipeline *p) {
  ti_trees room;
  ti_flow_trees(p, &room);
  if (room.single)
    room.leaves = room.leaves / TI_CELL + (room.leaves % TI_CELL != 0);
  return room;
}

/* Combines what is left in the tree. */
static void reduce_finish(const ti_reduce_env *e, ti_flow *f, ti_reduce_part *p, ti_acc *out) {
  ti_eval *const eval = &f->run.own->eval;
  const ti_fp saved = ti_fp_enter();
  uint64_t failed = 0;
  const int code = ti_tree_finish(&p->tree, eval->message, &failed);
  ti_fp_leave(saved);
  if (code != 0) {
    ti_reduce_failed(e, eval, code, failed * p->unit);
    ti_run_fail(&f->run, eval);
  } else if (p->tree.count > 0)
    memcpy(out, ti_tree_node(&p->tree, 0)->acc, e->pipeline->columns * sizeof *out);
}

/* Is it known where what is to be summed, or what that is made of, lies? */
static bool reduce_view(const ti_reduction *r, const tine_pipeline *p, ti_reduce_env *e) {
  if (r->below != NULL)
    return ti_stage_view(r->below, e->data, e->stride);
  return r->sums && r->fused == NULL && r->kept == NULL && ti_stage_view(p, e->data, e->stride) &&
         e->stride[0] == (ptrdiff_t)tine_dtype_size(p->dtype[0]);
}

/* Do folds ask where items stand, and may some be missing? */
static bool reduce_places(const tine_pipeline *p, const ti_reduction *r) {
  bool any = false;
  for (unsigned c = 0; c < p->columns && r->cell == NULL; c++)
    any = any || (r->folds[c]->bits != NULL && !r->folds[c]->ranks);
  return any && p->kind != TINE_INDEXED;
}

tine_status ti_reduce(tine_pipeline *p, const ti_reduction *r, ti_acc *out, tine_error *err) {
  _Alignas(max_align_t) char part[TI_PART_BYTES];
  const ti_trees room = reduce_trees(p);
  const bool places = reduce_places(p, r);
  ti_reduce_env e;
  ti_sink sink = {.env = &e,
                  .cells = true,
                  .placeless = room.single && !places && ti_spring_placeless(p),
                  .begin = part_begin,
                  .push = part_push,
                  .flush = part_flush,
                  .append = part_append,
                  .merge = part_merge,
                  .drop = part_drop};
  const size_t staging = room.single ? 0 : ti_sequence_staging(p);
  ti_flow f;
  tine_status status;
  e.reduction = r;
  e.pipeline = p;
  e.nodes = ti_tree_room(room.leaves);
  e.node_list = e.nodes * ti_node_bytes(p->columns);
  e.places = places;
  e.works = r->kept != NULL && ti_stage_works(r->kept);
  e.view = reduce_view(r, p, &e);
  if (e.view || r->below != NULL || r->fused != NULL)
    sink.take = part_take;
  if (r->kept != NULL)
    sink.take = r->sums ? part_take : part_take_kept;
  status =
      ti_flow_begin(&f, p, NULL, &sink, staging, (room.lists + (room.leaves > 1 ? NODE_LISTS : 0)) * e.node_list, err);
  if (status != TINE_OK)
    return status;
  e.staging = f.sink_staging;
  ti_flow_drive(&f, part);
  if (f.run.failure.code == 0 || f.run.failure.code == TI_END)
    reduce_finish(&e, &f, (ti_reduce_part *)(void *)part, out);
  return ti_run_end(&f.run, err);
}
