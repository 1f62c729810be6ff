/*
** Joins: results against plain recursion, and work that must be shared. Tests whose point is that something happens at
** the same time wait for it, and give up when it takes too long.
*/
#include <time.h>

#include "../../core/base/atomics.h"
#include "../../core/base/thread.h"
#include "../../core/pool/pool.h"
#include "../../core/tine.h"
#include "check.h"
#include "pools.h"

/* A random tree, grown from a number: its shape, what its leaves do, its value. */
typedef struct tree {
  uint64_t seed, value;
  unsigned depth;
} tree;

static bool tree_leaf(const tree *t) {
  return t->depth == 0 || mix(t->seed) % 8 == 0;
}

static tree tree_child(const tree *t, unsigned side) {
  return (tree){mix(t->seed * 2 + side + 1), 0, t->depth - 1};
}

static uint64_t tree_value(const tree *t) {
  tree left, right;
  if (tree_leaf(t))
    return mix(t->seed + 7);
  left = tree_child(t, 0);
  right = tree_child(t, 1);
  return mix(tree_value(&left) * 3 + tree_value(&right));
}

static void tree_task(tine_ctx *ctx, void *arg) {
  tree *t = arg;
  if (tree_leaf(t)) {
    t->value = mix(t->seed + 7);
    if (t->value % 512 == 0)
      nap_us(20);
    else if (t->value % 64 == 0)
      ti_spin_yield();
  } else {
    tree left = tree_child(t, 0), right = tree_child(t, 1);
    tine_join(ctx, tree_task, &left, tree_task, &right);
    t->value = mix(left.value * 3 + right.value);
  }
}

static void random_trees(void) {
  static const unsigned sizes[] = {1, 2, 3, 4, 16};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    tine_pool *pool = new_pool(sizes[i]);
    for (unsigned round = 0; round < 60; round++) {
      tree t = {check_random(), 0, (unsigned)check_below(12)};
      CHECK_INT(tine_pool_run(pool, tree_task, &t, NULL), TINE_OK);
      CHECK_STOP(t.value == tree_value(&t));
      if (round % 8 == 0)
        nap_us((long)check_below(300)); /* now and then the workers are asleep */
    }
    tine_pool_destroy(pool);
  }
}

typedef struct chain {
  unsigned left;
  atomic_uint *count;
} chain;

static void chain_end(tine_ctx *ctx, void *arg) {
  (void)ctx;
  ti_add_relaxed(((chain *)arg)->count, 1u);
}

static void chain_task(tine_ctx *ctx, void *arg) {
  chain *c = arg, next = {c->left - 1, c->count};
  if (c->left == 0)
    return;
  tine_join(ctx, chain_task, &next, chain_end, &next);
}

/* Far more joins inside each other than there are slots. */
static void deep_nesting(void) {
  for (unsigned threads = 1; threads <= 4; threads++) {
    tine_pool *pool = new_pool(threads);
    for (unsigned round = 0; round < 5; round++) {
      atomic_uint count = 0;
      chain c = {3000, &count};
      CHECK_INT(tine_pool_run(pool, chain_task, &c, NULL), TINE_OK);
      CHECK_INT(count, 3000);
    }
    tine_pool_destroy(pool);
  }
}

/* Leaves that wait for each other: every one needs a thread, so every worker must be woken in time. */
typedef struct meeting {
  unsigned guests;
  atomic_uint *arrived, *late;
  unsigned all;
} meeting;

static void meet(tine_ctx *ctx, void *arg) {
  meeting *m = arg, left = *m, right = *m;
  if (m->guests == 1) {
    ti_add_acqrel(m->arrived, 1u); /* pairs with reaches */
    if (!reaches(m->arrived, m->all))
      ti_add_relaxed(m->late, 1u);
    return;
  }
  left.guests = m->guests / 2;
  right.guests = m->guests - left.guests;
  tine_join(ctx, meet, &left, meet, &right);
}

static void no_wake_up_is_lost(void) {
  for (unsigned threads = 2; threads <= 6; threads++) {
    tine_pool *pool = new_pool(threads);
    for (unsigned round = 0; round < 150; round++) {
      atomic_uint arrived = 0, late = 0;
      meeting m = {threads, &arrived, &late, threads};
      tine_pool_run(pool, meet, &m, NULL);
      CHECK_STOP(late == 0);
      nap_us((long)check_below(3) * 30); /* asleep, falling asleep, or still searching */
    }
    tine_pool_destroy(pool);
  }
}

/* A pool of two: b is stolen, its joiner parks, and later b forks something that only the joiner can run. */
typedef struct late_fork {
  atomic_uint started, inner, wanted, late;
} late_fork;

static void late_wait_for_b(tine_ctx *ctx, void *arg) {
  late_fork *l = arg;
  (void)ctx;
  if (!reaches(&l->started, 1))
    ti_add_relaxed(&l->late, 1u);
}

static void late_wait_for_inner(tine_ctx *ctx, void *arg) {
  late_fork *l = arg;
  (void)ctx;
  if (!reaches(&l->inner, 1))
    ti_add_relaxed(&l->late, 1u);
}

static void late_inner(tine_ctx *ctx, void *arg) {
  (void)ctx;
  ti_add_acqrel(&((late_fork *)arg)->inner, 1u); /* pairs with reaches */
}

static void late_b(tine_ctx *ctx, void *arg) {
  late_fork *l = arg;
  double end = 0;
  ti_add_acqrel(&l->started, 1u); /* pairs with reaches */
  nap_us(300);
  while (!ti_ctx_wanted(ctx) && patient(&end))
    ti_spin_yield();
  if (ti_ctx_wanted(ctx))
    ti_add_relaxed(&l->wanted, 1u);
  tine_join(ctx, late_wait_for_inner, l, late_inner, l);
}

static void late_task(tine_ctx *ctx, void *arg) {
  tine_join(ctx, late_wait_for_b, arg, late_b, arg);
}

static void parked_joiners_are_fed(void) {
  tine_pool *pool = new_pool(2);
  for (unsigned round = 0; round < 100; round++) {
    late_fork l = {0, 0, 0, 0};
    tine_pool_run(pool, late_task, &l, NULL);
    CHECK_STOP(l.late == 0);
#if !TI_HOSTILE
    CHECK_INT(l.wanted, 1);
#endif
  }
  tine_pool_destroy(pool);
}

CHECK_SUITE(join, CHECK_CASE(random_trees), CHECK_CASE(deep_nesting), CHECK_CASE(no_wake_up_is_lost),
            CHECK_CASE(parked_joiners_are_fed))
