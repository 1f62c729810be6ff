/*
** Joins: results against plain recursion, work that must be shared, the rule of waiting, and failures. Tests whose point
** is that something happens at the same time wait for it, and give up after ten seconds.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <time.h>

#include "../../core/base/atomics.h"
#include "../../core/base/thread.h"
#include "../../core/pool/pool.h"
#include "../../core/tine.h"
#include "check.h"

static tine_pool *new_pool(unsigned threads) {
  tine_pool_options o = {.size = sizeof o, .threads = threads};
  tine_pool *pool = NULL;
  CHECK_INT(tine_pool_create(&pool, &o, NULL), TINE_OK);
  return pool;
}

static void nap_us(long us) {
  const struct timespec t = {us / 1000000, us % 1000000 * 1000};
  nanosleep(&t, NULL);
}

/* Does the word reach 'n' in time? */
static bool reaches(atomic_uint *word, unsigned n) {
  const uint64_t until = ti_now_ns() + 10000000000u;
  while (ti_load_acquire(word) < n) { /* pairs with the additions of the tasks */
    if (ti_now_ns() > until)
      return false;
    ti_spin_yield();
  }
  return true;
}

static uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

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
  const uint64_t until = ti_now_ns() + 10000000000u;
  ti_add_acqrel(&l->started, 1u); /* pairs with reaches */
  nap_us(300);
  while (!ti_ctx_wanted(ctx) && ti_now_ns() < until)
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

/*
** While it waits for b a thread runs b's descendants only. A task knows its parent; the thread notes for which task it
** is waiting, and looks at whatever starts then.
*/
typedef struct kin {
  const struct kin *parent;
  uint64_t seed;
  unsigned depth;
} kin;

typedef struct kin_join {
  kin left, right;
} kin_join;

static _Thread_local const kin *kin_awaited;
static atomic_uint kin_strangers;

static bool kin_descends(const kin *k, const kin *from) {
  while (k != NULL && k != from)
    k = k->parent;
  return k != NULL;
}

static void kin_task(tine_ctx *ctx, void *arg);

static void kin_first(tine_ctx *ctx, void *arg) {
  kin_join *j = arg;
  kin_task(ctx, &j->left);
  kin_awaited = &j->right;
}

static void kin_task(tine_ctx *ctx, void *arg) {
  kin *k = arg;
  const kin *const awaited = kin_awaited;
  if (awaited != NULL && !kin_descends(k, awaited))
    ti_add_relaxed(&kin_strangers, 1u);
  kin_awaited = NULL;
  if (k->depth > 0 && mix(k->seed) % 8 != 0) {
    kin_join j = {{k, mix(k->seed * 2), k->depth - 1}, {k, mix(k->seed * 2 + 1), k->depth - 1}};
    tine_join(ctx, kin_first, &j, kin_task, &j.right);
    kin_awaited = NULL;
  } else if (mix(k->seed + 1) % 4 == 0)
    nap_us(1 + (long)(k->seed % 60));
  kin_awaited = awaited;
}

typedef struct caller {
  tine_pool *pool;
  uint64_t seed;
  pthread_mutex_t *held;
  atomic_uint *deadlocks;
} caller;

static void kin_caller(void *arg) {
  caller *c = arg;
  for (unsigned round = 0; round < 15; round++) {
    kin root = {NULL, mix(c->seed + round), 7};
    tine_pool_run(c->pool, kin_task, &root, NULL);
  }
}

static void with_callers(void (*fn)(void *arg), caller *model, unsigned n) {
  ti_thread threads[20];
  caller callers[20];
  for (unsigned i = 0; i < n; i++) {
    callers[i] = *model;
    callers[i].seed = check_random();
    CHECK_INT(ti_thread_start(&threads[i], fn, &callers[i], "caller", 0), 0);
  }
  for (unsigned i = 0; i < n; i++)
    ti_thread_join(threads[i]);
}

static void waiting_runs_nothing_foreign(void) {
  for (unsigned threads = 2; threads <= 6; threads += 2) {
    caller c = {.pool = new_pool(threads)};
    kin_strangers = 0;
    with_callers(kin_caller, &c, 3);
    CHECK_INT(kin_strangers, 0);
    tine_pool_destroy(c.pool);
  }
}

/* A lock held around a run, or by a task around a join: a thread that waits must not pick up what wants the lock. */
static void locked_join(tine_ctx *ctx, void *arg);

static void locked_spread(tine_ctx *ctx, void *arg) {
  tree t = {(uint64_t)(uintptr_t)ctx, 0, 5};
  (void)arg;
  tree_task(ctx, &t);
}

static void locked_join(tine_ctx *ctx, void *arg) {
  caller *c = arg;
  if (pthread_mutex_lock(c->held) != 0) { /* an error-checking mutex: this thread has it already */
    ti_add_relaxed(c->deadlocks, 1u);
    return;
  }
  tine_join(ctx, locked_spread, c, locked_spread, c);
  pthread_mutex_unlock(c->held);
}

static void locked_pair(tine_ctx *ctx, void *arg) {
  tine_join(ctx, locked_join, arg, locked_join, arg);
}

static void locked_task(tine_ctx *ctx, void *arg) {
  tine_join(ctx, locked_pair, arg, locked_pair, arg);
}

static void caller_in_task(void *arg) {
  for (unsigned i = 0; i < 10; i++)
    tine_pool_run(((caller *)arg)->pool, locked_task, arg, NULL);
}

static void caller_around_run(void *arg) {
  caller *c = arg;
  for (unsigned i = 0; i < 10; i++) {
    pthread_mutex_lock(c->held);
    tine_pool_run(c->pool, locked_spread, c, NULL);
    pthread_mutex_unlock(c->held);
  }
}

static void locks_do_not_deadlock(void) {
  pthread_mutexattr_t attr;
  pthread_mutex_t held;
  atomic_uint deadlocks = 0;
  pthread_mutexattr_init(&attr);
  pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
  pthread_mutex_init(&held, &attr);
  for (unsigned threads = 2; threads <= 4; threads++) {
    caller c = {new_pool(threads), 0, &held, &deadlocks};
    with_callers(caller_in_task, &c, 4);
    with_callers(caller_around_run, &c, 4);
    tine_pool_destroy(c.pool);
  }
  CHECK_INT(deadlocks, 0);
  pthread_mutex_destroy(&held);
  pthread_mutexattr_destroy(&attr);
}

/* Failures: items of a range fail with a message that tells the item, and with other codes, items and messages, before
   and after, that must not win. */
typedef struct range {
  unsigned lo, hi;
  uint64_t seed;
} range;

static bool range_fails(const range *r, unsigned i) {
  return mix(r->seed + i) % 8 == 0;
}

static void range_task(tine_ctx *ctx, void *arg) {
  const range *r = arg;
  char message[32];
  if (r->hi - r->lo > 1) {
    range left = *r, right = *r;
    left.hi = right.lo = r->lo + (r->hi - r->lo) / 2;
    tine_join(ctx, range_task, &left, range_task, &right);
  } else if (range_fails(r, r->lo)) {
    snprintf(message, sizeof message, "item %u", r->lo);
    if (mix(r->seed ^ r->lo) % 2 == 0) {
      tine_fail(ctx, (tine_status)2000, r->lo, "another code");
      tine_fail(ctx, (tine_status)1000, r->lo, "item before");
    }
    CHECK_INT(tine_fail(ctx, (tine_status)1000, r->lo, message), 1000);
    tine_fail(ctx, (tine_status)1000, r->lo, "item after");
    tine_fail(ctx, (tine_status)1000, r->lo + 1u, "a later item");
  }
}

static void lowest_failure_is_told(void) {
  tine_pool *pool = new_pool(4);
  for (unsigned round = 0; round < 1000; round++) {
    range r = {0, 1 + (unsigned)check_below(40), check_random()};
    unsigned first = 0;
    tine_error err;
    char message[32];
    tine_status status;
    while (first < r.hi && !range_fails(&r, first))
      first++;
    memset(&err, 0x55, sizeof err);
    status = tine_pool_run(pool, range_task, &r, &err);
    if (first == r.hi) {
      CHECK_STOP(status == TINE_OK);
      continue;
    }
    snprintf(message, sizeof message, "item %u", first);
    CHECK_STOP(CHECK_INT(status, 1000) && CHECK_INT(err.item, first) && CHECK_TEXT(err.message, message));
    CHECK_INT(err.status, 1000);
    CHECK_INT(err.os_errno, 0);
    CHECK_INT(tine_pool_run(pool, range_task, &r, NULL), 1000);
  }
  tine_pool_destroy(pool);
}

static void odd_failures(tine_ctx *ctx, void *arg) {
  char text[2 * TINE_MESSAGE_SIZE];
  (void)arg;
  memset(text, 'x', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  CHECK_INT(tine_fail(ctx, TINE_ERANGE, UINT64_MAX, NULL), TINE_ERANGE);
  CHECK_INT(tine_fail(ctx, TINE_OK, 8, text), TINE_EKERNEL);
}

static void odd_failures_are_kept(void) {
  tine_error err;
  tine_pool *pool = new_pool(2);
  CHECK_INT(tine_pool_run(pool, odd_failures, NULL, &err), TINE_EKERNEL);
  CHECK_INT(err.item, 8);
  CHECK_INT(strlen(err.message), TINE_MESSAGE_SIZE - 1);
  tine_pool_destroy(pool);
}

CHECK_SUITE(join, CHECK_CASE(random_trees), CHECK_CASE(deep_nesting), CHECK_CASE(no_wake_up_is_lost),
            CHECK_CASE(parked_joiners_are_fed), CHECK_CASE(waiting_runs_nothing_foreign),
            CHECK_CASE(locks_do_not_deadlock), CHECK_CASE(lowest_failure_is_told), CHECK_CASE(odd_failures_are_kept))
