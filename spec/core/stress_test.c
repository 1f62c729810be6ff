/*
** Everything at once, at random, for a while: joins in trees and lists, runs inside of runs, scopes, loops, reductions,
** pipelines, by several callers on pools of several sizes, with pauses in which workers fall asleep. TINE_STRESS says
** for how many seconds; without it the time is just enough to see that it works.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <time.h>

#include "../../core/base/atomics.h"
#include "../../core/base/thread.h"
#include "../../core/tine.h"
#include "check.h"
#include "pools.h"

enum { CALLERS = 3 };

static void idle_a_little(uint64_t seed) {
  if (seed % 64 == 0)
    nap_us((long)(seed >> 32) % 100);
  else if (seed % 16 == 0)
    ti_spin_yield();
}

/* A tree grown from a number. Its value does not depend on how its nodes are evaluated: by a join, by a run in place,
   by spawning, by a loop. */
typedef struct plant {
  uint64_t seed, value;
  unsigned depth;
} plant;

static bool is_leaf(const plant *t) {
  return t->depth == 0 || mix(t->seed) % 6 == 0;
}

static plant shoot(const plant *t, uint64_t side) {
  return (plant){mix(t->seed * 2 + side + 1), 0, t->depth - 1};
}

static uint64_t plant_value(const plant *t) {
  plant left, right;
  if (is_leaf(t))
    return mix(t->seed + 7);
  left = shoot(t, 0);
  right = shoot(t, 1);
  return mix(plant_value(&left) * 3 + plant_value(&right));
}

typedef struct pair {
  plant left, right;
} pair;

static void grow_task(tine_ctx *ctx, void *arg);

static void grow_pair(tine_ctx *ctx, void *arg) {
  pair *p = arg;
  tine_join(ctx, grow_task, &p->left, grow_task, &p->right);
}

static void spawn_pair(tine_ctx *ctx, void *arg) {
  pair *p = arg;
  const tine_closure left = {.fn = grow_task, .env = &p->left}, right = {.fn = grow_task, .env = &p->right};
  tine_spawn(ctx, &left);
  tine_spawn(ctx, &right);
}

static tine_status loop_pair(tine_ctx *ctx, uint64_t lo, uint64_t hi, void *env) {
  for (; lo < hi; lo++)
    grow_task(ctx, lo == 0 ? &((pair *)env)->left : &((pair *)env)->right);
  return TINE_OK;
}

static void grow_task(tine_ctx *ctx, void *arg) {
  plant *t = arg;
  pair p;
  tine_status status = TINE_OK;
  if (is_leaf(t)) {
    t->value = mix(t->seed + 7);
    idle_a_little(t->value);
    return;
  }
  p.left = shoot(t, 0);
  p.right = shoot(t, 1);
  switch (mix(t->seed + 3) % 16) {
    case 0: status = tine_scope(ctx, spawn_pair, &p, NULL); break;
    case 1: status = tine_pool_run(tine_ctx_pool(ctx), grow_pair, &p, NULL); break;
    case 2: status = tine_parallel_for(tine_ctx_pool(ctx), 2, loop_pair, &p, NULL); break;
    default: grow_pair(ctx, &p); break;
  }
  t->value = status == TINE_OK ? mix(p.left.value * 3 + p.right.value) : 0;
}

/* A number counted by a reduction and by a pipeline. */
static void add_init(void *acc, void *env) {
  (void)env;
  *(uint64_t *)acc = 0;
}

static tine_status add_fold(tine_ctx *ctx, void *acc, uint64_t lo, uint64_t hi, void *env) {
  (void)ctx, (void)env;
  for (; lo < hi; lo++)
    *(uint64_t *)acc += mix(lo);
  return TINE_OK;
}

static void add_combine(void *acc, void *right, void *env) {
  (void)env;
  *(uint64_t *)acc += *(uint64_t *)right;
}

static bool reduction_right(tine_pool *pool, uint64_t n) {
  const tine_reducer adder = {
      .acc_size = 8, .grain = 1 + n % 13, .init = add_init, .fold = add_fold, .combine = add_combine};
  uint64_t got = 0, want = 0;
  add_fold(NULL, &want, 0, n, NULL);
  return tine_parallel_reduce(pool, n, &adder, NULL, &got, NULL) == TINE_OK && got == want;
}

static bool sum_right(tine_pool *pool, int64_t n) {
  tine_pipeline *p = tine_on(tine_range(1, n, 1), pool);
  tine_value sum = {.dtype = TINE_NONE};
  const tine_status status = tine_sum(p, &sum, NULL);
  tine_pipeline_release(p);
  return status == TINE_OK && sum.as.i == n * (n + 1) / 2;
}

typedef struct stresser {
  tine_pool *pool;
  uint64_t seed, until;
  atomic_uint *wrong, *rounds;
} stresser;

static bool one_round(const stresser *s, uint64_t seed) {
  plant t = {mix(seed), 0, (unsigned)(seed >> 8) % 12};
  switch (seed % 8) {
    case 0: return reduction_right(s->pool, (seed >> 8) % 3000);
    case 1: return sum_right(s->pool, 1 + (int64_t)((seed >> 8) % 200000));
    default: return tine_pool_run(s->pool, grow_task, &t, NULL) == TINE_OK && t.value == plant_value(&t);
  }
}

static void stress(void *arg) {
  const stresser *s = arg;
  uint64_t seed = mix(s->seed);
  do {
    if (!one_round(s, seed))
      ti_add_relaxed(s->wrong, 1u);
    ti_add_relaxed(s->rounds, 1u);
    if (seed % 32 == 0)
      nap_us((long)(seed >> 40) % 3000);
    seed = mix(seed + 1);
  } while (ti_now_ns() < s->until);
}

static uint64_t stress_ns(void) {
  const char *seconds = getenv("TINE_STRESS");
  return seconds != NULL ? (uint64_t)(atof(seconds) * 1e9) : 400000000u;
}

static void everything_at_once(void) {
  static const unsigned sizes[] = {2, 3, 1, 8};
  atomic_uint wrong = 0, rounds = 0;
  const uint64_t share = stress_ns() / (sizeof sizes / sizeof sizes[0]);
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    const tine_pool_options o = {.size = sizeof o, .threads = sizes[i]};
    stresser stressers[CALLERS];
    ti_thread threads[CALLERS];
    tine_pool *pool = NULL;
    CHECK_INT(tine_pool_create(&pool, &o, NULL), TINE_OK);
    for (int c = 0; c < CALLERS; c++) {
      stressers[c] = (stresser){pool, check_random(), ti_now_ns() + share, &wrong, &rounds};
      CHECK_INT(ti_thread_start(&threads[c], stress, &stressers[c], "caller", 0), 0);
    }
    for (int c = 0; c < CALLERS; c++)
      ti_thread_join(threads[c]);
    tine_pool_destroy(pool);
  }
  CHECK_INT(wrong, 0);
  CHECK(rounds > 0);
}

CHECK_SUITE(stress, CHECK_CASE(everything_at_once))
