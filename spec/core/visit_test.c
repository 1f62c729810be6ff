/*
** Functions of the host's that are left by longjmp: test builds trap, so each is tried in a process of its own. (What C++
** does with exceptions: api_cpp.cpp.)
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <setjmp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "pools.h"

static jmp_buf out;
static bool leaves;

static int kernel_leaves(tine_block *block) {
  (void)block;
  if (leaves)
    longjmp(out, 1);
  return 0;
}

static void task_leaves(tine_ctx *ctx, void *arg) {
  (void)ctx, (void)arg;
  if (leaves)
    longjmp(out, 1);
}

static void calls_kernel(tine_pipeline *p, tine_pool *pool) {
  (void)pool;
  tine_for_each(p, tine_kernel_find(NULL, "neg", NULL), NULL, 0, NULL);
}

static void calls_task(tine_pipeline *p, tine_pool *pool) {
  (void)p;
  tine_pool_run(pool, task_leaves, NULL, NULL);
}

static void acc_starts(void *acc, const void *env) {
  (void)env;
  *(double *)acc = 0;
}

static int fold_leaves(void *acc, tine_block *block) {
  (void)acc, (void)block;
  if (leaves)
    longjmp(out, 1);
  return 0;
}

static void acc_joins(void *acc, void *right, const void *env) {
  (void)acc, (void)right, (void)env;
}

static void calls_fold(tine_pipeline *p, tine_pool *pool) {
  const tine_fold_desc desc = {
      .size = sizeof desc, .acc_size = sizeof(double), .init = acc_starts, .fold = fold_leaves, .combine = acc_joins};
  tine_pipeline *q = tine_range(1, 100, 1);
  double acc;
  (void)p, (void)pool;
  tine_fold(q, &desc, &acc, NULL);
  tine_pipeline_release(q);
}

static void piece_starts(const void *env, void *piece) {
  (void)env;
  *(int *)piece = 0;
}

static bool piece_stays(const void *env, void *piece, void *right) {
  (void)env, (void)piece, (void)right;
  return false;
}

static int piece_leaves(const void *env, void *piece, tine_block *block) {
  (void)env, (void)piece;
  block->n = 0;
  if (leaves)
    longjmp(out, 1);
  return 0;
}

static void calls_source(tine_pipeline *p, tine_pool *pool) {
  const tine_dtype types[] = {TINE_F64};
  const tine_split_source source = {.size = sizeof source,
                                    .name = "leaves",
                                    .dtypes = types,
                                    .columns = 1,
                                    .kind = TINE_PARALLEL,
                                    .piece_size = sizeof(int),
                                    .begin = piece_starts,
                                    .split = piece_stays,
                                    .fill = piece_leaves};
  tine_pipeline *q = tine_source_split(&source);
  uint64_t n;
  (void)p, (void)pool;
  tine_count(q, &n, NULL);
  tine_pipeline_release(q);
}

/* Called and left, and called again: the second call, or what it is in, is where that shows. */
static void again(void (*call)(tine_pipeline *p, tine_pool *pool), tine_pipeline *p, tine_pool *pool) {
  leaves = true;
  if (setjmp(out) == 0)
    call(p, pool);
  leaves = false;
  call(p, pool);
}

/* The signal that ends a process in which that is done, or 0. */
static int ends_by(void (*call)(tine_pipeline *p, tine_pool *pool), bool leaving, tine_pipeline *p, tine_pool *pool) {
  int status = 0;
  const pid_t child = fork();
  if (child == 0) {
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    alarm((unsigned)PATIENCE);
    if (leaving)
      again(call, p, pool);
    else
      call(p, pool);
    _exit(0);
  }
  CHECK(waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

static void what_was_left_is_noticed(void) {
  static const tine_kernel_signature signature = {.types = "i64 -> f64", .block = kernel_leaves};
  const tine_kernel_desc desc = {
      .size = sizeof desc, .name = "leaves", .signatures = &signature, .signature_count = 1, .mode = TINE_FN};
  void (*const calls[])(tine_pipeline *, tine_pool *) = {calls_kernel, calls_task, calls_fold, calls_source};
  tine_registry *r = NULL;
  tine_pipeline *p;
  tine_pool *pool = new_pool(1);
  CHECK(tine_registry_create(&r, NULL) == TINE_OK && tine_kernel_register(r, &desc, NULL) == TINE_OK);
  p = tine_map(tine_range(1, 100, 1), tine_kernel_find(r, "leaves", NULL), NULL, 0);
  for (int i = 0; PLAIN && i < 4; i++) {
    const int by = ends_by(calls[i], true, p, pool);
    CHECK(by == SIGILL || by == SIGTRAP || by == SIGABRT || by == SIGFPE); /* the last: s390x */
    CHECK_INT(ends_by(calls[i], false, p, pool), 0);
  }
  tine_pipeline_release(p);
  tine_registry_release(r);
  tine_pool_destroy(pool);
}

CHECK_SUITE(visit, CHECK_CASE(what_was_left_is_noticed))
