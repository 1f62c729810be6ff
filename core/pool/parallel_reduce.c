/*
** tine_parallel_reduce: leaves of fixed size, combined in a fixed tree, the one that halves at the largest power of
** two. Each inner node is a join, which costs next to nothing when nobody is idle.
**
** The leftmost leaf of a node is folded into the node's accumulator, so that the result is made where it is wanted.
** Those of right halves are in the frame of their join, or if large in memory of their own.
*/
#include <stddef.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "inside.h"

enum {
  SMALL_ACC = 128, /* bytes in the frame of a join */
  LEAVES = 512,    /* as a rule: enough to share evenly among many threads */
  LARGEST_LEAF = 8192
};

typedef struct reduce_run {
  const tine_reducer *reducer;
  void *env;
  uint64_t n, grain;
  void *result;
  bool made;      /* of the result */
  uint64_t start; /* nanoseconds */
} reduce_run;

/* Leaves [lo, hi) into 'acc'. */
typedef struct reduce_node {
  reduce_run *run;
  uint64_t lo, hi;
  void *acc;
  bool made;             /* is there an accumulator in 'acc'? Not if the run was stopped */
  bool folded;           /* the first leaf is in it already */
  bool alone;            /* nobody is to be asked */
  const ti_stack *stack; /* of the thread that made it, whose floating-point environment is set */
} reduce_node;

static void drop_acc(const reduce_node *node, void *acc) {
  if (node->run->reducer->drop != NULL)
    node->run->reducer->drop(acc, node->run->env);
}

/* Is the run over for all of a node? */
static bool node_stopped(tine_ctx *ctx, const reduce_node *node) {
  return ti_operation_stopped(ti_frame_of(ctx)->operation, node->lo * node->run->grain);
}

static void fold_leaf(tine_ctx *ctx, reduce_node *node) {
  const reduce_run *run = node->run;
  const tine_reducer *r = run->reducer;
  ti_operation *const op = ti_frame_of(ctx)->operation;
  const uint64_t lo = node->lo * run->grain, hi = run->n - lo > run->grain ? lo + run->grain : run->n;
  tine_status status;
  ti_assert(lo < hi && node->hi - node->lo == 1);
  r->init(node->acc, run->env);
  status = r->fold(ctx, node->acc, lo, hi, run->env);
  if (status != TINE_OK)
    ti_operation_note_range(op, status, lo, hi);
  node->made = status == TINE_OK && !ti_operation_stopped(op, lo);
  if (!node->made)
    drop_acc(node, node->acc);
}

/* Both halves of a node are done: one accumulator, or none. */
static void combine_halves(reduce_node *left, const reduce_node *right) {
  if (left->made && right->made)
    left->run->reducer->combine(left->acc, right->acc, left->run->env);
  if (right->made)
    drop_acc(right, right->acc);
  if (left->made && !right->made)
    drop_acc(left, left->acc);
  left->made = left->made && right->made;
}

/* Where a node of so many leaves is cut. */
static uint64_t half_of(uint64_t leaves) {
  uint64_t half = 1;
  while (half < leaves - half)
    half *= 2;
  return half;
}

static void reduce_task(tine_ctx *ctx, void *arg);

static void reduce_halves(tine_ctx *ctx, reduce_node *node, void *room) {
  reduce_node left = *node, right = *node;
  left.hi = right.lo = node->lo + half_of(node->hi - node->lo);
  ti_assert(left.lo < left.hi && right.lo < right.hi);
  right.acc = room;
  right.folded = false;
  if (node->alone) {
    reduce_task(ctx, &left);
    right.alone = right.hi - right.lo < LEAVES / 32 || ti_now_ns() - node->run->start < TI_WORTH_NS;
    reduce_task(ctx, &right);
  } else
    tine_join(ctx, reduce_task, &left, reduce_task, &right);
  combine_halves(&left, &right);
  node->made = left.made;
}

static void reduce_large(tine_ctx *ctx, reduce_node *node) {
  const size_t size = node->run->reducer->acc_size;
  void *room = ti_alloc(size, _Alignof(max_align_t));
  if (room == NULL) {
    tine_fail(ctx, TINE_ENOMEM, 0, NULL);
    if (node->folded)
      drop_acc(node, node->acc);
    return;
  }
  reduce_halves(ctx, node, room);
  ti_free(room, size, _Alignof(max_align_t));
}

static void reduce_here(tine_ctx *ctx, reduce_node *node) {
  node->made = false;
  if (!node->folded && node_stopped(ctx, node))
    return;
  if (node->hi - node->lo == 1) {
    if (node->folded)
      node->made = true;
    else
      fold_leaf(ctx, node);
  } else if (node->run->reducer->acc_size <= SMALL_ACC) {
    _Alignas(max_align_t) char room[SMALL_ACC];
    reduce_halves(ctx, node, room);
  } else
    reduce_large(ctx, node);
}

/* The same arithmetic on every thread: core/base/fp.c. */
static void reduce_task(tine_ctx *ctx, void *arg) {
  reduce_node *const node = arg;
  ti_fp saved;
  if (node->stack == ti_stack_of(ctx)) {
    reduce_here(ctx, node);
    return;
  }
  node->stack = ti_stack_of(ctx);
  saved = ti_fp_enter();
  reduce_here(ctx, node);
  ti_fp_leave(saved);
}

/* The first leaf tells what the rest will take. */
static void reduce_all(tine_ctx *ctx, reduce_run *run) {
  const uint64_t leaves = run->n / run->grain + (run->n % run->grain != 0);
  reduce_node root = {run, 0, 1, run->result, false, false, true, ti_stack_of(ctx)};
  run->start = ti_now_ns();
  if (!node_stopped(ctx, &root)) /* a run around this one may be cancelled */
    fold_leaf(ctx, &root);
  if (root.made && leaves > 1) {
    root.hi = leaves;
    root.folded = true;
    root.alone = (double)(ti_now_ns() - run->start) * (double)leaves < TI_WORTH_NS && !TI_HOSTILE;
    reduce_task(ctx, &root);
  }
  run->made = root.made;
}

static void reduce_root(tine_ctx *ctx, void *arg) {
  const ti_fp saved = ti_fp_enter();
  reduce_all(ctx, arg);
  ti_fp_leave(saved);
}

static tine_status reduce_refuse(const tine_reducer *r, const void *result, tine_error *err) {
  if (r == NULL || r->init == NULL || r->fold == NULL || r->combine == NULL)
    return ti_error_set(err, TINE_EINVAL, "a reducer needs init, fold and combine");
  if (result == NULL)
    return ti_error_set(err, TINE_EINVAL, "nowhere to put the result");
  return TINE_OK;
}

tine_status tine_parallel_reduce(tine_pool *pool, uint64_t n, const tine_reducer *reducer, void *env, void *result,
                                 tine_error *err) {
  reduce_run run = {reducer, env, n, 0, result, false, 0};
  tine_status status = reduce_refuse(reducer, result, err);
  if (status != TINE_OK)
    return status;
  run.grain = reducer->grain > 0 ? reducer->grain : n / LEAVES < LARGEST_LEAF ? n / LEAVES : LARGEST_LEAF;
  run.grain = run.grain > 0 ? run.grain : 1;
  if (n == 0) {
    const ti_fp saved = ti_fp_enter();
    reducer->init(result, env);
    ti_fp_leave(saved);
    return TINE_OK;
  }
  status = ti_enter(pool, reduce_root, &run, err);
  if (status != TINE_OK && run.made && reducer->drop != NULL)
    reducer->drop(result, env); /* cancelled when all was done */
  return status;
}
