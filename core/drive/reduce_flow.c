/*
** Reducing where a position may give several items, or sides are chained that have positions of their own. What comes of
** one position is a sequence: cells of 1024 items by rank, combined in the aligned tree; the values of the positions are
** the leaves of the tree over positions. Where each position gives one item at most, the sequences are the cells of 1024
** positions, as everywhere. A piece of a source that splits itself is one sequence, and pieces are combined as they were
** split.
*/
#include <string.h>

#include "../base/check.h"
#include "../consume/tree.h"
#include "../produce/parts.h"
#include "../consume/spring_stage.h"
#include "cells.h"
#include "flow.h"

enum {
  FLOW_NODE_LISTS = 24,       /* parts given away in each other's midst, as a rule far fewer */
  SEQUENCE_NODES = 2 * 64 + 3 /* of a sequence of any length */
};

/* What one position gives is gathered in the staging of the space, between two flushes; 'tree' is over positions. */
typedef struct reduce_part {
  ti_tree tree;
  bool open;     /* a position is being gathered */
  unsigned unit; /* or a cell: positions of a leaf */
  uint64_t position;
  uint64_t cells; /* of it, folded into 'sequence' */
  size_t n;       /* items of it in staging */
  ti_tree sequence;
} reduce_part;

_Static_assert(sizeof(reduce_part) <= TI_PART_BYTES, "a part of a flow");

typedef struct reduce_env {
  const ti_reduction *reduction;
  const tine_pipeline *pipeline;
  size_t staging;   /* where ours begins */
  unsigned nodes;   /* of a tree over positions */
  size_t node_list; /* bytes of them */
} reduce_env;

static const reduce_env *env_of(const ti_sink *sink) {
  return sink->env;
}

static bool reduce_failed(const reduce_env *e, ti_eval *eval, int code, uint64_t item) {
  eval->code = code;
  eval->item = item;
  eval->stage = NULL;
  eval->kernel = e->reduction->name;
  return false;
}

static char *staged_column(const reduce_env *e, const ti_space *space, unsigned c) {
  char *at = space->staging + e->staging;
  for (unsigned k = 0; k < c; k++)
    at += ti_column_bytes(e->pipeline->dtype[k]);
  return at;
}

static size_t staged_bytes(const tine_pipeline *p) {
  size_t bytes = 0;
  for (unsigned c = 0; c < p->columns; c++)
    bytes += ti_column_bytes(p->dtype[c]);
  return bytes;
}

static bool part_begin(const ti_sink *sink, void *part, ti_space *space) {
  const reduce_env *e = env_of(sink);
  reduce_part *p = part;
  if (e->node_list > (size_t)(space->nodes_end - space->nodes))
    return false;
  memset(p, 0, sizeof *p);
  p->tree = (ti_tree){e->pipeline->columns, e->reduction->folds, e->reduction->envs, space->nodes, 0, e->nodes, 0};
  space->nodes += e->node_list;
  ti_assert(space->nodes <= space->nodes_end);
  return true;
}

static void part_drop(const ti_sink *sink, void *part, ti_space *space) {
  space->nodes -= env_of(sink)->node_list;
  ti_assert(((const reduce_part *)part)->tree.nodes == space->nodes); /* dropped in the reverse order */
}

/* Folds the staged items into acc, an accumulator a column; returns a kernel's code. */
static int fold_staged(const reduce_env *e, const reduce_part *p, ti_space *space, ti_acc *acc) {
  _Alignas(TI_ARRAY_ALIGN) char room[TI_CELL * 8];
  const ti_reduction *r = e->reduction;
  ti_assert(p->n > 0 && p->n <= TI_CELL);
  for (unsigned c = 0; c < e->pipeline->columns; c++) {
    const void *items = staged_column(e, space, c);
    void *out = room;
    int code;
    if (r->convert[c] != NULL) {
      const ptrdiff_t stride = (ptrdiff_t)tine_dtype_size(e->pipeline->dtype[c]);
      tine_block block = {.n = p->n, .in = &items, .in_stride = &stride, .out = &out};
      r->convert[c](&block); /* cannot fail: conversions to a wider type */
      items = room;
    }
    code = r->folds[c]->cell(r->envs[c], items, p->n, p->cells * TI_CELL, &acc[c], space->eval.message);
    if (code != 0)
      return code;
  }
  return 0;
}

/* A whole cell of the sequence. */
static bool sequence_cell(const reduce_env *e, reduce_part *p, ti_space *space) {
  uint64_t failed;
  int code;
  if (p->cells == 0)
    p->sequence = (ti_tree){e->pipeline->columns,
                            e->reduction->folds,
                            e->reduction->envs,
                            space->staging + e->staging + staged_bytes(e->pipeline),
                            0,
                            SEQUENCE_NODES,
                            0};
  code = fold_staged(e, p, space, ti_tree_next(&p->sequence));
  if (code == 0)
    code = ti_tree_push(&p->sequence, p->cells, space->eval.message, &failed);
  p->cells++;
  p->n = 0;
  return code == 0 || reduce_failed(e, &space->eval, code, p->position * p->unit);
}

/* Ends the sequence of a position: its value becomes a leaf of the tree. */
static bool sequence_close(const reduce_env *e, reduce_part *p, ti_space *space) {
  uint64_t failed = p->position;
  int code = 0;
  ti_assert(p->open && (p->n > 0 || p->cells > 0));
  p->open = false;
  if (p->cells > 0) {
    if (p->n > 0 && !sequence_cell(e, p, space))
      return false;
    code = ti_tree_finish(&p->sequence, space->eval.message, &failed);
    if (code == 0)
      memcpy(ti_tree_next(&p->tree), ti_tree_node(&p->sequence, 0)->acc, e->pipeline->columns * sizeof(ti_acc));
    failed = p->position;
  } else
    code = fold_staged(e, p, space, ti_tree_next(&p->tree));
  if (code == 0)
    code = ti_tree_push_sparse(&p->tree, p->position, space->eval.message, &failed);
  p->n = 0;
  p->cells = 0;
  return code == 0 || reduce_failed(e, &space->eval, code, failed * p->unit);
}

static bool part_flush(const ti_sink *sink, void *part, ti_space *space) {
  reduce_part *p = part;
  return !p->open || sequence_close(env_of(sink), p, space);
}

/* Stages items [from, from + n) of a block, which are of the open position. */
static bool sequence_add(const reduce_env *e, reduce_part *p, ti_space *space, const ti_items *items, size_t from,
                         size_t n) {
  while (n > 0) {
    const size_t some = n < TI_CELL - p->n ? n : TI_CELL - p->n;
    ti_assert(p->n < TI_CELL && from + n <= items->n);
    for (unsigned c = 0; c < e->pipeline->columns; c++) {
      const size_t size = tine_dtype_size(e->pipeline->dtype[c]);
      char *to = staged_column(e, space, c) + p->n * size;
      const char *in = (const char *)items->data[c] + (ptrdiff_t)from * items->stride[c];
      ti_parts_copy(to, (ptrdiff_t)size, in, items->stride[c], size, some);
    }
    p->n += some;
    from += some;
    n -= some;
    if (p->n == TI_CELL && !sequence_cell(e, p, space))
      return false;
  }
  return true;
}

/* Which sequence item i is of. */
static uint64_t sequence_of(const ti_items *items, size_t i) {
  const uint64_t position = items->lo + items->offset[i];
  return items->leaf ? 0 : items->cells ? position / TI_CELL : position;
}

static bool part_push(const ti_sink *sink, void *part, ti_space *space, const ti_items *items) {
  const reduce_env *e = env_of(sink);
  reduce_part *p = part;
  p->unit = items->cells ? TI_CELL : 1;
  for (size_t i = 0, end; i < items->n; i = end) {
    const uint64_t position = sequence_of(items, i);
    end = items->leaf ? items->n : i + 1;
    while (end < items->n && sequence_of(items, end) == position)
      end++;
    if (p->open && p->position != position && !sequence_close(e, p, space))
      return false;
    p->open = true;
    p->position = position;
    if (!sequence_add(e, p, space, items, i, end - i))
      return false;
  }
  return true;
}

static void part_append(const ti_sink *sink, void *part, void *right, ti_eval *eval) {
  reduce_part *l = part, *r = right;
  uint64_t failed = 0;
  const int code = ti_tree_append_sparse(&l->tree, &r->tree, eval->message, &failed);
  if (code != 0)
    reduce_failed(env_of(sink), eval, code, failed * r->unit);
}

/* Makes the tree one node, a leaf of a tree of its own. */
static int tree_shrink(ti_tree *t, uint64_t index, char *message) {
  uint64_t failed;
  const int code = ti_tree_finish_sparse(t, message, &failed);
  if (code == 0 && t->count > 0) {
    ti_assert(t->count == 1);
    ti_tree_node(t, 0)->index = index;
    ti_tree_node(t, 0)->level = 0;
    t->first = 0;
  }
  return code;
}

static void part_merge(const ti_sink *sink, void *part, void *right, ti_eval *eval) {
  reduce_part *l = part, *r = right;
  int code = tree_shrink(&l->tree, 0, eval->message);
  if (code == 0)
    code = tree_shrink(&r->tree, 1, eval->message);
  if (code != 0)
    reduce_failed(env_of(sink), eval, code, 0);
  else if (r->tree.count > 0)
    part_append(sink, part, right, eval);
}

/* How many positions a tree over those of p may have. The sides of a chain, and pieces, are but two nodes that meet. */
static uint64_t tree_positions(const tine_pipeline *p) {
  const tine_pipeline *spring = ti_flow_spring(p);
  uint64_t a, b;
  if (spring == NULL || ti_flow_gated(p))
    return ti_flow_positions(p);
  if (spring->type == &ti_split_type)
    return 2;
  a = tree_positions(spring->base[0]);
  b = spring->base[1] != NULL ? tree_positions(spring->base[1]) : 2;
  return a > b ? a : b;
}

/* Trees that must have room in a space, besides those of parts given away: one that everything goes into, one for each
   right side of a chain that is in another, one for each piece that waits for its first half. */
static unsigned tree_lists(const tine_pipeline *p) {
  const tine_pipeline *spring = ti_flow_spring(p);
  unsigned a, b;
  if (spring == NULL || ti_flow_gated(p))
    return 1;
  if (spring->type == &ti_split_type)
    return 1 + TINE_MAX_SPLITS;
  a = tree_lists(spring->base[0]);
  b = spring->base[1] != NULL ? 1 + tree_lists(spring->base[1]) : 0;
  return a > b ? a : b;
}

tine_status ti_reduce_flow(tine_pipeline *p, const ti_reduction *r, ti_acc *out, tine_error *err) {
  _Alignas(max_align_t) char part[TI_PART_BYTES];
  reduce_env e = {r, p, 0, ti_tree_room(tree_positions(p)), 0};
  const ti_sink sink = {.env = &e,
                        .begin = part_begin,
                        .push = part_push,
                        .flush = part_flush,
                        .append = part_append,
                        .merge = part_merge,
                        .drop = part_drop};
  const size_t sequence = SEQUENCE_NODES * ti_node_bytes(p->columns);
  ti_tree *tree = &((reduce_part *)(void *)part)->tree;
  uint64_t failed = 0;
  ti_flow f;
  tine_status status;
  e.node_list = e.nodes * ti_node_bytes(p->columns);
  status = ti_flow_begin(&f, p, NULL, &sink, staged_bytes(p) + sequence,
                         (tree_lists(p) + FLOW_NODE_LISTS) * e.node_list, err);
  if (status != TINE_OK)
    return status;
  e.staging = f.sink_staging;
  ti_flow_drive(&f, part);
  if (f.run.failure.code == 0 || f.run.failure.code == TI_END) {
    const ti_fp saved = ti_fp_enter();
    const int code = ti_tree_finish_sparse(tree, f.run.own->eval.message, &failed);
    ti_fp_leave(saved);
    if (code != 0) {
      reduce_failed(&e, &f.run.own->eval, code, failed);
      ti_run_fail(&f.run, &f.run.own->eval, 0);
    } else if (tree->count > 0)
      memcpy(out, ti_tree_node(tree, 0)->acc, p->columns * sizeof *out);
  }
  return ti_run_end(&f.run, err);
}
