/*
** The default pool: its size, its holders and runs, and what becomes of pools in the child of a fork.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <sys/wait.h>
#include <unistd.h>

#include "../../core/base/atomics.h"
#include "../../core/base/memory.h"
#include "../../core/base/thread.h"
#include "../../core/tine.h"
#include "check.h"

#if defined(__SANITIZE_THREAD__)
#define CAN_FORK 0 /* its run time starts no threads in the child of a process with threads */
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CAN_FORK 0
#endif
#endif
#ifndef CAN_FORK
#define CAN_FORK 1
#endif

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

static unsigned threads_with(const char *value) {
  setenv("TINE_NUM_THREADS", value, 1);
  return tine_default_threads();
}

static void number_of_threads(void) {
  const char *const nonsense[] = {"", "0", "-1", "+2", "2x", "2 3", "x", "1e3", "0x2", "000"};
  const char *had = getenv("TINE_NUM_THREADS");
  char *saved = had != NULL ? strdup(had) : NULL;
  unsigned n;
  unsetenv("TINE_NUM_THREADS");
  n = tine_default_threads();
  CHECK_INT(n, ti_cpu_count() < TINE_MAX_THREADS ? ti_cpu_count() : TINE_MAX_THREADS);
  for (size_t i = 0; i < sizeof nonsense / sizeof nonsense[0]; i++)
    CHECK_INT(threads_with(nonsense[i]), n);
  CHECK_INT(threads_with(" 3"), 3);
  CHECK_INT(threads_with("5 \n"), 5);
  CHECK_INT(threads_with("1"), 1);
  CHECK_INT(threads_with("007"), 7);
  CHECK_INT(threads_with("1025"), TINE_MAX_THREADS);
  CHECK_INT(threads_with("99999999999999999999999"), TINE_MAX_THREADS);
  if (saved != NULL)
    setenv("TINE_NUM_THREADS", saved, 1);
  else
    unsetenv("TINE_NUM_THREADS");
  free(saved);
}

static void default_pool(void) {
  const size_t live = ti_memory_live();
  tine_pool *pool;
  CHECK(counts_right(NULL, 10));
  CHECK_INT(ti_memory_live(), live); /* nobody holds it: gone with its run */
  tine_default_pool_hold();
  CHECK_INT(ti_memory_live(), live); /* a hold alone makes nothing */
  CHECK(counts_right(NULL, 10));
  CHECK(ti_memory_live() > live);
  pool = tine_default_pool(NULL);
  CHECK(pool != NULL && counts_right(pool, 10));
  CHECK(tine_default_pool(NULL) == pool);
  tine_default_pool_release();
  tine_default_pool_release();
  CHECK(counts_right(pool, 10));
  tine_default_pool_release();
  CHECK_INT(ti_memory_live(), live);
  tine_default_pool_release(); /* once too often */
  CHECK(counts_right(NULL, 10));
  CHECK_INT(ti_memory_live(), live);
}

static void default_run(void *arg) {
  (void)arg;
  for (unsigned i = 0; i < 30; i++)
    if (!counts_right(NULL, i % 9))
      abort();
}

static void default_pool_from_many_threads(void) {
  ti_thread threads[6];
  for (unsigned i = 0; i < 6; i++)
    CHECK_INT(ti_thread_start(&threads[i], default_run, NULL, "default", 0), 0);
  for (unsigned i = 0; i < 100; i++) {
    tine_default_pool_hold();
    tine_default_pool_release();
  }
  for (unsigned i = 0; i < 6; i++)
    ti_thread_join(threads[i]);
}

static void threads_here(tine_ctx *ctx, void *arg) {
  *(unsigned *)arg = tine_pool_threads(tine_ctx_pool(ctx));
}

/* The child of a process in which this thread holds the default pool, and another was running on it. */
static int in_child(tine_pool *own) {
  const size_t live = ti_memory_live();
  unsigned threads = 0;
  bool right = counts_right(NULL, 12) && counts_right(own, 12) && tine_pool_threads(own) == 1;
  tine_pool *pool = pool_of(3);
  right = right && tine_pool_threads(pool) == 3 && counts_right(pool, 12);
  right = right && tine_pool_run(NULL, threads_here, &threads, NULL) == TINE_OK && threads == tine_default_threads();
  tine_pool_destroy(pool);
  tine_default_pool_release();
  right = right && ti_memory_live() == live;
  tine_pool_destroy(own);
  return right && ti_memory_live() < live ? 7 : 1;
}

typedef struct visit {
  atomic_bool inside, over;
} visit;

static void stay(tine_ctx *ctx, void *arg) {
  visit *v = arg;
  (void)ctx;
  ti_store_release(&v->inside, true); /* pairs with children_of_a_fork, as the next */
  while (!ti_load_acquire(&v->over))
    usleep(100);
}

static void visitor(void *arg) {
  tine_pool_run(NULL, stay, arg, NULL);
}

static void children_of_a_fork(void) {
  tine_pool *own = pool_of(3);
  visit v = {false, false};
  ti_thread thread;
  tine_default_pool_hold();
  CHECK(counts_right(NULL, 12) && counts_right(own, 12));
  CHECK_STOP(ti_thread_start(&thread, visitor, &v, "visitor", 0) == 0);
  while (!ti_load_acquire(&v.inside))
    usleep(100);
  for (unsigned i = 0; CAN_FORK && i < 20; i++) {
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
      alarm(300);
      _exit(in_child(own));
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 7);
  }
  ti_store_release(&v.over, true);
  ti_thread_join(thread);
  CHECK(counts_right(NULL, 12) && counts_right(own, 12));
  tine_default_pool_release();
  tine_pool_destroy(own);
}

CHECK_SUITE(default, CHECK_CASE(number_of_threads), CHECK_CASE(default_pool),
            CHECK_CASE(default_pool_from_many_threads), CHECK_CASE(children_of_a_fork))
