/*
** The contract of join, failure and cancelling in core/tine.h: what a plain recursion gives, whatever the shape of the
** tree and the threads; halves that run at the same time; the failure with the lowest item; who is told to stop.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <sched.h>
#include <time.h>

#include "../../core/tine.h"
#include "check.h"
#include "pools.h"

#if defined(__SANITIZE_THREAD__)
#define DEEPEST 10000 /* its own record of calls has no room for more */
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define DEEPEST 10000
#endif
#endif
#ifndef DEEPEST
#define DEEPEST 100000
#endif
#define DEEP_STACK ((size_t)256 << 20)

static const unsigned sizes[] = {1, 2, 3, 4, 16};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

static tine_pool *with_threads(unsigned threads) {
  const tine_pool_options o = {.size = sizeof o, .threads = threads, .stack_size = DEEP_STACK};
  tine_pool *pool = NULL;
  CHECK_INT(tine_pool_create(&pool, &o, NULL), TINE_OK);
  return pool;
}

/* ===== Results ===== */

typedef struct tree {
  uint64_t seed;
  unsigned depth;
  uint64_t value;
  const struct place *up; /* of an odd tree */
} tree;

static uint64_t joined(uint64_t left, uint64_t right) {
  return mix(left * 3 + right);
}

static bool is_leaf(const tree *t) {
  return t->depth == 0 || mix(t->seed + 7) % 8 == 0;
}

static tree child(const tree *t, unsigned which, const struct place *up) {
  return (tree){mix(t->seed * 2 + which + 11), t->depth - 1, 0, up};
}

static uint64_t plainly(tree t) {
  return is_leaf(&t) ? mix(t.seed) : joined(plainly(child(&t, 0, NULL)), plainly(child(&t, 1, NULL)));
}

static void dawdle(uint64_t seed) {
  const uint64_t kind = mix(seed + 5) % 64;
  if (kind == 0)
    nap_us(1 + (long)(seed % 50));
  else if (kind < 4)
    sched_yield();
}

static void grow(tine_ctx *ctx, void *arg) {
  tree *t = arg, left = child(t, 0, NULL), right = child(t, 1, NULL);
  dawdle(t->seed);
  if (is_leaf(t)) {
    t->value = mix(t->seed);
    return;
  }
  tine_join(ctx, grow, &left, grow, &right);
  dawdle(t->seed + 1);
  t->value = joined(left.value, right.value);
}

/* Joins in all ways there are: by the function's address, which no compiler sees through; in runs in place; with the
   context of any task around it on this thread. */
static void (*volatile far_join)(tine_ctx *, tine_task *, void *, tine_task *, void *) = tine_join;

typedef struct place {
  const struct place *up;
  tine_ctx *ctx;
  pthread_t thread;
} place;

static tine_ctx *some_context(const place *p, uint64_t steps) {
  tine_ctx *ctx = p->ctx;
  for (; p != NULL && steps > 0; p = p->up, steps--)
    if (pthread_equal(p->thread, pthread_self()))
      ctx = p->ctx;
  return ctx;
}

static void grow_oddly(tine_ctx *ctx, void *arg) {
  tree *t = arg;
  const place here = {t->up, ctx, pthread_self()};
  tree left = child(t, 0, &here), right = child(t, 1, &here);
  const uint64_t way = mix(t->seed + 3) % 8;
  dawdle(t->seed);
  if (is_leaf(t)) {
    t->value = mix(t->seed);
    return;
  }
  if (way == 0) {
    tine_pool_run(tine_ctx_pool(ctx), grow_oddly, &left, NULL);
    tine_pool_run(tine_ctx_pool(ctx), grow_oddly, &right, NULL);
  } else if (way < 4)
    far_join(ctx, grow_oddly, &left, grow_oddly, &right);
  else
    tine_join(some_context(&here, mix(t->seed) % 6), grow_oddly, &left, grow_oddly, &right);
  t->value = joined(left.value, right.value);
}

static void trees_are_those_of_a_plain_recursion(void) {
  for (unsigned i = 0; i < SIZES; i++) {
    tine_pool *pool = with_threads(sizes[i]);
    for (int round = 0; round < 120; round++) {
      tree t = {check_random(), 9, 0, NULL};
      CHECK_INT(tine_pool_run(pool, round % 2 != 0 ? grow : grow_oddly, &t, NULL), TINE_OK);
      CHECK(t.value == plainly(t));
    }
    tine_pool_destroy(pool);
  }
}

/* ===== Depth ===== */

typedef struct hole {
  unsigned depth;
  bool left;
  uint64_t sum;
} hole;

static void mark(tine_ctx *ctx, void *arg) {
  (void)ctx;
  ++*(uint64_t *)arg;
}

static void dig(tine_ctx *ctx, void *arg) {
  hole *h = arg, next = {h->depth - 1, h->left, 1};
  uint64_t one = 0;
  if (h->depth == 0)
    return;
  if (h->left)
    tine_join(ctx, dig, &next, mark, &one);
  else
    tine_join(ctx, mark, &one, dig, &next);
  h->sum = next.sum * 3 + one;
}

static void *dig_deep(void *arg) {
  static const unsigned depths[] = {3000, 20000, DEEPEST};
  for (unsigned i = 0; i < 6; i++) {
    hole h = {depths[i / 2], i % 2 == 0, 1};
    uint64_t want = 1;
    CHECK_INT(tine_pool_run(arg, dig, &h, NULL), TINE_OK);
    for (unsigned d = 0; d < h.depth; d++)
      want = want * 3 + 1;
    CHECK(h.sum == want);
  }
  return NULL;
}

/* On either side, deeper than any stack of tasks; the C stack is the caller's affair. */
static void joins_nest_as_deep_as_the_stack(void) {
  pthread_attr_t attr;
  pthread_t thread;
  CHECK_STOP(pthread_attr_init(&attr) == 0 && pthread_attr_setstacksize(&attr, DEEP_STACK) == 0);
  for (unsigned threads = 1; threads <= 3; threads++) {
    tine_pool *pool = with_threads(threads);
    if (CHECK(pthread_create(&thread, &attr, dig_deep, pool) == 0))
      pthread_join(thread, NULL);
    tine_pool_destroy(pool);
  }
  pthread_attr_destroy(&attr);
}

/* ===== At the same time ===== */

typedef struct guests {
  _Atomic unsigned *here, *missed;
  unsigned n, party;
} guests;

/* Each of n tasks waits for the others, so all must run at once. */
static void meet(tine_ctx *ctx, void *arg) {
  guests *g = arg, left = *g, right = *g;
  left.n = g->n / 2;
  right.n = g->n - left.n;
  if (g->n > 1)
    tine_join(ctx, meet, &left, meet, &right);
  else {
    ++*g->here;
    *g->missed += !reaches(g->here, g->party);
  }
}

/* From rest, and right after other work. */
static void all_meet(tine_pool *pool, unsigned n) {
  _Atomic unsigned missed = 0;
  for (int round = 0; round < 40 && missed == 0; round++) {
    _Atomic unsigned here = 0;
    if (round % 10 == 0)
      nap_us(20000); /* by now the workers sleep */
    CHECK_INT(tine_pool_run(pool, meet, &(guests){&here, &missed, n, n}, NULL), TINE_OK);
  }
  CHECK_INT(missed, 0);
}

static void halves_run_at_the_same_time(void) {
  for (unsigned threads = 2; threads <= 4; threads++) {
    tine_pool *pool = with_threads(threads);
    all_meet(pool, 2);
    all_meet(pool, threads);
    tine_pool_destroy(pool);
  }
}

/* ===== Failure ===== */

typedef struct span {
  unsigned lo, hi;
  uint64_t failing; /* a bit for each item */
  _Atomic unsigned *visits;
} span;

static tine_status code_of(unsigned item) {
  return (tine_status)(TINE_EUSER + item % 5);
}

static void visit(tine_ctx *ctx, void *arg) {
  span *s = arg, left = *s, right = *s;
  char message[40];
  left.hi = right.lo = s->lo + (s->hi - s->lo) / 2;
  if (s->hi - s->lo > 1) {
    tine_join(ctx, visit, &left, visit, &right);
    return;
  }
  ++*s->visits;
  if ((s->failing >> s->lo & 1) != 0) {
    snprintf(message, sizeof message, "item %u", s->lo);
    *s->visits += 1000 * (tine_fail(ctx, code_of(s->lo), s->lo, message) != code_of(s->lo) || !tine_stopped(ctx));
    memset(message, 'x', sizeof message - 1); /* it was copied */
  }
}

static void fails_lowest(tine_pool *pool, unsigned items, uint64_t failing) {
  _Atomic unsigned visits = 0;
  unsigned lowest = 0;
  char want[40];
  tine_error err, clean;
  memset(&err, 0x5a, sizeof err);
  clean = err;
  const tine_status status = tine_pool_run(pool, visit, &(span){0, items, failing, &visits}, &err);
  CHECK_INT(visits, items); /* all that was joined was done, failure or not */
  if (failing == 0) {
    CHECK(status == TINE_OK && memcmp(&err, &clean, sizeof err) == 0);
    return;
  }
  while ((failing >> lowest & 1) == 0)
    lowest++;
  snprintf(want, sizeof want, "item %u", lowest);
  CHECK_INT(status, code_of(lowest));
  CHECK_INT(err.status, status);
  CHECK_INT(err.item, lowest);
  CHECK_INT(err.os_errno, 0);
  CHECK_TEXT(err.message, want);
}

static void the_lowest_item_fails_the_run(void) {
  static const unsigned threads[] = {1, 2, 3, 16};
  for (unsigned i = 0; i < 4; i++) {
    tine_pool *pool = with_threads(threads[i]);
    for (uint64_t sides = 0; sides < 4; sides++)
      fails_lowest(pool, 2, sides);
    for (int round = 0; round < 1000; round++)
      fails_lowest(pool, 64, round % 8 != 0 ? check_random() & check_random() & check_random() : 0);
    tine_pool_destroy(pool);
  }
}

/* ===== Stopping ===== */

typedef struct stopping {
  _Atomic unsigned wrong, inside;
} stopping;

static void is_stopped(tine_ctx *ctx, void *arg) {
  ((stopping *)arg)->wrong += !tine_stopped(ctx);
}

static void goes_on(tine_ctx *ctx, void *arg) {
  ((stopping *)arg)->wrong += tine_stopped(ctx);
}

static void fails(tine_ctx *ctx, void *arg) {
  goes_on(ctx, arg);
  tine_fail(ctx, TINE_EIO, 3, NULL);
  is_stopped(ctx, arg);
}

static void cancels(tine_ctx *ctx, void *arg) {
  tine_cancel(ctx);
  tine_cancel(ctx);
  tine_join(ctx, is_stopped, arg, is_stopped, arg); /* is done all the same */
}

/* Inner runs end without a trace; a failure stops its own run, cancelling all runs inside too, and the failure wins. */
static void stops_by_and_by(tine_ctx *ctx, void *arg) {
  stopping *s = arg;
  tine_pool *pool = tine_ctx_pool(ctx);
  s->wrong += tine_pool_run(pool, cancels, s, NULL) != TINE_ECANCELED;
  s->wrong += tine_pool_run(pool, fails, s, NULL) != TINE_EIO;
  tine_join(ctx, goes_on, s, goes_on, s);
  fails(ctx, s);
  s->wrong += tine_pool_run(pool, goes_on, s, NULL) != TINE_OK;
  cancels(ctx, s);
  s->wrong += tine_pool_run(pool, is_stopped, s, NULL) != TINE_ECANCELED;
}

/* Told while it is inside a run of its own, by a task on another thread. */
static void stays_until_told(tine_ctx *ctx, void *arg) {
  stopping *s = arg;
  double end = 0;
  s->inside = 1;
  while (!tine_stopped(ctx) && patient(&end))
    continue;
  is_stopped(ctx, arg);
}

static void enters(tine_ctx *ctx, void *arg) {
  tine_pool_run(tine_ctx_pool(ctx), stays_until_told, arg, NULL);
}

static void tells(tine_ctx *ctx, void *arg) {
  stopping *s = arg;
  s->wrong += !reaches(&s->inside, 1);
  tine_cancel(ctx);
}

static void tells_another(tine_ctx *ctx, void *arg) {
  tine_join(ctx, enters, arg, tells, arg);
}

/* A code of 0 is none; if it counts as a failure all the same then the run must say so. */
static void fails_with_0(tine_ctx *ctx, void *arg) {
  *(tine_status *)arg = tine_fail(ctx, TINE_OK, 1, NULL);
}

static void runs_are_told_to_stop(void) {
  tine_status told = TINE_EINVAL;
  for (unsigned i = 0; i < SIZES; i++) {
    tine_pool *pool = with_threads(sizes[i]);
    stopping s = {0, 0};
    tine_error err = {.message = "?"};
    CHECK_INT(tine_pool_run(pool, cancels, &s, &err), TINE_ECANCELED);
    CHECK_INT(err.status, TINE_ECANCELED);
    CHECK_INT(tine_pool_run(pool, stops_by_and_by, &s, &err), TINE_EIO);
    CHECK(err.item == 3 && memchr(err.message, '\0', sizeof err.message) != NULL);
    if (sizes[i] > 1)
      CHECK_INT(tine_pool_run(pool, tells_another, &s, &err), TINE_ECANCELED);
    const tine_status status = tine_pool_run(pool, fails_with_0, &told, NULL);
    CHECK_INT(status, told);
    CHECK_INT(tine_pool_run(pool, goes_on, &s, NULL), TINE_OK);
    CHECK_INT(s.wrong, 0);
    tine_pool_destroy(pool);
  }
}

CHECK_SUITE(api_fork, CHECK_CASE(trees_are_those_of_a_plain_recursion), CHECK_CASE(joins_nest_as_deep_as_the_stack),
            CHECK_CASE(halves_run_at_the_same_time), CHECK_CASE(the_lowest_item_fails_the_run),
            CHECK_CASE(runs_are_told_to_stop))
