/*
** Pools: made, refused, entered from everywhere, left and gone.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fenv.h>
#include <signal.h>

#include "../../core/base/atomics.h"
#include "../../core/base/memory.h"
#include "../../core/base/thread.h"
#include "../../core/pool/pool.h"
#include "../../core/tine.h"
#include "check.h"
#include "pools.h"

static tine_pool *pool_of(unsigned threads) {
  tine_pool_options o = {.size = sizeof o, .threads = threads};
  tine_pool *pool = NULL;
  CHECK_INT(tine_pool_create(&pool, &o, NULL), TINE_OK);
  return pool;
}

/* Counts the leaves of a full binary tree. */
typedef struct count_task {
  unsigned depth, leaves;
} count_task;

static void count_leaves(tine_ctx *ctx, void *arg) {
  count_task *c = arg;
  if (c->depth == 0)
    c->leaves = 1;
  else {
    count_task left = {c->depth - 1, 0}, right = {c->depth - 1, 0};
    tine_join(ctx, count_leaves, &left, count_leaves, &right);
    c->leaves = left.leaves + right.leaves;
  }
}

static bool counts_right(tine_pool *pool, unsigned depth) {
  count_task c = {depth, 0};
  return tine_pool_run(pool, count_leaves, &c, NULL) == TINE_OK && c.leaves == 1u << depth;
}

static void options(void) {
  tine_pool_options o = {.size = sizeof o, .threads = TINE_MAX_THREADS + 1};
  tine_pool *pool = (tine_pool *)&o;
  tine_error err;
  CHECK_INT(tine_pool_create(NULL, NULL, &err), TINE_EINVAL);
  CHECK_INT(tine_pool_create(&pool, &o, &err), TINE_EINVAL);
  CHECK(pool == NULL);
  CHECK_CONTAINS(err.message, "1025 threads");
  o.size = 0;
  o.threads = 2;
  CHECK_INT(tine_pool_create(&pool, &o, &err), TINE_EINVAL);
  o.size = offsetof(tine_pool_options, stack_size); /* an older header: what lies behind is not looked at */
  o.stack_size = SIZE_MAX;
  o.on_start = (void (*)(void *, unsigned))(uintptr_t)1;
  CHECK_INT(tine_pool_create(&pool, &o, &err), TINE_OK);
  CHECK_INT(tine_pool_threads(pool), 2);
  CHECK(counts_right(pool, 8));
  tine_pool_destroy(pool);
  tine_pool_destroy(NULL);
  pool = pool_of(1);
  CHECK_INT(tine_pool_run(pool, NULL, NULL, &err), TINE_EINVAL);
  CHECK_INT(tine_pool_threads(pool), 1);
  tine_pool_destroy(pool);
  CHECK_INT(tine_pool_create(&pool, NULL, NULL), TINE_OK);
  CHECK_INT(tine_pool_threads(pool), tine_default_threads());
  tine_pool_destroy(pool);
}

static void threads_refused(void) {
#if TI_TESTING
  for (unsigned n = 0; n < 5; n++) {
    tine_pool *pool;
    ti_thread_fail_after(n);
    pool = pool_of(5);
    ti_thread_fail_after(-1);
    CHECK_INT(tine_pool_threads(pool), n + 1);
    CHECK(counts_right(pool, 10));
    tine_pool_destroy(pool);
  }
#endif
}

static void memory_refused(void) {
#if TI_TESTING
  const tine_pool_options o = {.size = sizeof o, .threads = 4};
  const size_t live = ti_memory_live();
  unsigned n = 0;
  for (;; n++) {
    tine_pool *pool;
    tine_error err;
    tine_status status;
    ti_memory_fail_after(n);
    status = tine_pool_create(&pool, &o, &err);
    ti_memory_fail_after(-1);
    if (status == TINE_OK) {
      tine_pool_destroy(pool);
      break;
    }
    CHECK_INT(status, TINE_ENOMEM);
    CHECK_TEXT(err.message, "not enough memory");
    CHECK(pool == NULL);
    CHECK_STOP(CHECK_INT(ti_memory_live(), live) && n < 100);
  }
  CHECK(n >= 2);
  ti_memory_fail_after(0);
  CHECK_INT(tine_pool_run(NULL, count_leaves, NULL, NULL), TINE_ENOMEM);
  CHECK(tine_default_pool(NULL) == NULL);
  ti_memory_fail_after(-1);
#endif
}

static void runs_allocate_nothing(void) {
  tine_pool *pool = pool_of(3);
  const size_t allocations = ti_memory_allocations();
  CHECK(counts_right(pool, 12));
  CHECK_INT(ti_memory_allocations(), allocations);
  tine_pool_destroy(pool);
}

static void a_thousand_pools(void) {
  for (unsigned i = 0; i < 1000; i++) {
    tine_pool *pool = pool_of(2 + i % 2);
    CHECK_STOP(counts_right(pool, i % 6));
    tine_pool_destroy(pool);
  }
}

typedef struct hooked {
  atomic_uint started[8], stopped[8], wrong;
} hooked;

static void hook_start(void *arg, unsigned worker) {
  hooked *h = arg;
  char name[32] = "";
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, NULL, &mask);
  pthread_getname_np(pthread_self(), name, sizeof name);
  if (sigismember(&mask, SIGINT) != 1 || sigismember(&mask, SIGPROF) != 0 || sigismember(&mask, SIGBUS) != 0 ||
      strcmp(name, "hooked") != 0)
    ti_add_relaxed(&h->wrong, 1u);
  ti_add_relaxed(&h->started[worker], 1u);
}

static void hook_stop(void *arg, unsigned worker) {
  hooked *h = arg;
  ti_add_relaxed(&h->wrong, ti_load_relaxed(&h->started[worker]) != 1u);
  ti_add_relaxed(&h->stopped[worker], 1u);
}

static void hooks(void) {
  hooked h = {.wrong = 0};
  char name[] = "hooked";
  tine_pool_options o = {sizeof o, 5, 0, name, hook_start, hook_stop, &h, 0};
  tine_pool *pool;
  CHECK_STOP(tine_pool_create(&pool, &o, NULL) == TINE_OK);
  memset(name, 'x', sizeof name - 1); /* it was copied */
  CHECK(counts_right(pool, 10));
  tine_pool_destroy(pool);
  for (unsigned i = 0; i < 8; i++) {
    CHECK_INT(h.started[i], i >= 1 && i <= 4);
    CHECK_INT(h.stopped[i], i >= 1 && i <= 4);
  }
  CHECK_INT(h.wrong, 0);
}

/* Runs inside of runs, on two pools in turn, from whatever thread the task is on. */
typedef struct nest {
  tine_pool *pools[2];
  unsigned depth;
  atomic_uint *runs, *wrong;
} nest;

static void nest_task(tine_ctx *ctx, void *arg) {
  const nest *n = arg;
  nest inner = *n;
  inner.depth--;
  ti_add_relaxed(n->runs, 1u);
  if (tine_ctx_pool(ctx) != n->pools[n->depth / 2 % 2] || ti_ctx_current() != ctx)
    ti_add_relaxed(n->wrong, 1u);
  if (n->depth > 0 && tine_pool_run(n->pools[inner.depth / 2 % 2], nest_task, &inner, NULL) != TINE_OK)
    ti_add_relaxed(n->wrong, 1u);
  if (ti_ctx_current() != ctx)
    ti_add_relaxed(n->wrong, 1u);
}

static void nest_both(tine_ctx *ctx, void *arg) {
  tine_join(ctx, nest_task, arg, nest_task, arg);
}

static void nested_pools(void) {
  nest n = {{pool_of(3), pool_of(2)}, 40, NULL, NULL};
  for (unsigned round = 0; round < 50; round++) {
    atomic_uint runs = 0, wrong = 0;
    n.runs = &runs;
    n.wrong = &wrong;
    CHECK(ti_ctx_current() == NULL);
    CHECK_INT(tine_pool_run(n.pools[0], nest_both, &n, NULL), TINE_OK);
    CHECK_INT(runs, 2 * 41);
    CHECK_INT(wrong, 0);
  }
  tine_pool_destroy(n.pools[0]);
  tine_pool_destroy(n.pools[1]);
}

static void outside_thread(void *arg) {
  tine_pool *pool = arg;
  for (unsigned i = 0; i < 40; i++)
    if (!counts_right(pool, i % 11))
      abort();
}

static void many_callers(void) {
  static const unsigned callers[] = {1, 2, 5, 20};
  for (size_t i = 0; i < 4; i++) {
    tine_pool *pool = pool_of(1 + (unsigned)i);
    ti_thread threads[20];
    for (unsigned k = 0; k < callers[i]; k++)
      CHECK_INT(ti_thread_start(&threads[k], outside_thread, pool, "outside", 0), 0);
    for (unsigned k = 0; k < callers[i]; k++)
      ti_thread_join(threads[k]);
    tine_pool_destroy(pool);
  }
}

static void look_alone(tine_ctx *ctx, void *arg) {
  (void)arg;
  CHECK(!ti_ctx_wanted(ctx));
  CHECK_INT(tine_worker_index(ctx), 0);
}

typedef struct look {
  atomic_uint started;
  unsigned index;
  double third;
} look;

static void look_wait(tine_ctx *ctx, void *arg) {
  CHECK_INT(tine_worker_index(ctx), 0);
  CHECK(reaches(&((look *)arg)->started, 1)); /* pairs with look_stolen */
}

static void look_stolen(tine_ctx *ctx, void *arg) {
  look *l = arg;
  volatile double one = 1.0;
  l->index = tine_worker_index(ctx);
  l->third = one / 3.0;
  ti_store_release(&l->started, 1u); /* pairs with look_wait */
}

static void look_both(tine_ctx *ctx, void *arg) {
  tine_join(ctx, look_wait, arg, look_stolen, arg);
}

static void what_tasks_see(void) {
  look l = {0, 0, 0.0};
  tine_pool *pool = pool_of(1);
  tine_pool_run(pool, look_alone, NULL, NULL);
  tine_pool_destroy(pool);
  fesetround(FE_UPWARD);
  pool = pool_of(2);
  tine_pool_run(pool, look_both, &l, NULL);
  CHECK_INT(l.index, 1);
  CHECK_F64(l.third, 0x1.5555555555555p-2); /* workers round to nearest; the caller keeps what he has */
  CHECK_INT(fegetround(), FE_UPWARD);
  fesetround(FE_TONEAREST);
  tine_pool_destroy(pool);
}

CHECK_SUITE(pool, CHECK_CASE(options), CHECK_CASE(threads_refused), CHECK_CASE(memory_refused),
            CHECK_CASE(runs_allocate_nothing), CHECK_CASE(a_thousand_pools), CHECK_CASE(hooks),
            CHECK_CASE(nested_pools), CHECK_CASE(many_callers), CHECK_CASE(what_tasks_see))
