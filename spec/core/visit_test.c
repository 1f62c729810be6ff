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
  void (*const calls[])(tine_pipeline *, tine_pool *) = {calls_kernel, calls_task};
  tine_registry *r = NULL;
  tine_pipeline *p;
  tine_pool *pool = new_pool(1);
  CHECK(tine_registry_create(&r, NULL) == TINE_OK && tine_kernel_register(r, &desc, NULL) == TINE_OK);
  p = tine_map(tine_range(1, 100, 1), tine_kernel_find(r, "leaves", NULL), NULL, 0);
  for (int i = 0; PLAIN && i < 2; i++) {
    const int by = ends_by(calls[i], true, p, pool);
    CHECK(by == SIGILL || by == SIGTRAP || by == SIGABRT);
    CHECK_INT(ends_by(calls[i], false, p, pool), 0);
  }
  tine_pipeline_release(p);
  tine_registry_release(r);
  tine_pool_destroy(pool);
}

CHECK_SUITE(visit, CHECK_CASE(what_was_left_is_noticed))
