/*
** Runners: threads made while submissions wait and fewer than 'most_runners' are there, which go when they found
** nothing to do for a while. One that is idle sleeps in its parker. Where all of them wait for submissions one more is
** made: 'paused_runners' counts those that wait.
**
** Invariant, under the lock: each runner is in 'runners' until it goes; it is in 'idle_runners', too, while it waits to
** be called. One that went is 'gone_runner', to be joined by the next to go, or by the pool's end: so at most one is
** not.
*/
#include "runner.h"

#include <errno.h>

#include "../base/account.h"
#include "../base/error.h"
#include "../base/memory.h"
#include "inside.h"

enum { RUNNER_IDLE_NS = 900000000 }; /* a parker's own limit is a second */

struct ti_runner {
  tine_pool *pool;
  ti_thread thread;
  ti_parker parker;
  bool idle; /* under the lock, as the next two */
  ti_runner *next_idle;
  ti_runner *next;
};

static _Thread_local ti_runner *runner_here;

/* All under the lock from here on, until it is said otherwise. */

static void runner_unlist(ti_runner *r) {
  ti_runner **link = &r->pool->runners;
  ti_assert(r->pool->runner_count > 0 && !r->idle);
  while (*link != r)
    link = &(*link)->next;
  *link = r->next;
  r->pool->runner_count--;
}

static void runner_unlist_idle(ti_runner *r) {
  ti_runner **link = &r->pool->idle_runners;
  ti_assert(r->idle);
  while (*link != r)
    link = &(*link)->next_idle;
  *link = r->next_idle;
  r->idle = false;
}

/* Lets the lock go meanwhile; false if nobody called for so long. */
static bool runner_sleep(ti_runner *r) {
  tine_pool *const pool = r->pool;
  const uint64_t until = ti_now_ns() + RUNNER_IDLE_NS;
  uint64_t now;
  ti_assert(!r->idle && runner_here == r);
  r->idle = true;
  r->next_idle = pool->idle_runners;
  pool->idle_runners = r;
  while (r->idle && !pool->closing && (now = ti_now_ns()) < until) {
    ti_mutex_unlock(&pool->runner_lock);
    ti_parker_park_for(&r->parker, until - now);
    ti_mutex_lock(&pool->runner_lock);
  }
  if (!r->idle)
    return true;
  runner_unlist_idle(r);
  return false;
}

/* The oldest submission; NULL: it is time to go. */
static ti_submission *runner_next(ti_runner *r) {
  tine_pool *const pool = r->pool;
  do {
    ti_submission *e;
    if (pool->runner_count > pool->most_runners && pool->runner_count > pool->paused_runners + 1)
      return NULL; /* it stood in for those that waited, and is one too many now */
    e = ti_submission_take(pool);
    if (e != NULL)
      return e;
  } while (!pool->closing && runner_sleep(r));
  return NULL;
}

/* Off the list, unless the pool ends and joins those on it. Returns the one that went before. */
static ti_runner *runner_go(ti_runner *r) {
  tine_pool *const pool = r->pool;
  ti_runner *before = NULL;
  if (!pool->closing) {
    runner_unlist(r);
    before = pool->gone_runner;
    pool->gone_runner = r;
  }
  return before;
}

/* Not under the lock. */
static void runner_join(ti_runner *r) {
  ti_thread_join(r->thread);
  ti_parker_destroy(&r->parker);
  ti_delete(ti_runner, r);
}

static void runner_main(void *arg) {
  ti_runner *const r = arg;
  tine_pool *const pool = r->pool;
  ti_runner *before;
  ti_submission *e;
  ti_assert(runner_here == NULL);
  runner_here = r;
  (void)ti_apart_begin(pool, NULL); /* for good */
  ti_mutex_lock(&pool->runner_lock);
  while ((e = runner_next(r)) != NULL) {
    ti_mutex_unlock(&pool->runner_lock);
    ti_submission_run(e);
    ti_mutex_lock(&pool->runner_lock);
  }
  before = runner_go(r);
  ti_mutex_unlock(&pool->runner_lock);
  if (before != NULL)
    runner_join(before);
}

/* 0 or an errno value. */
static int runner_new(tine_pool *pool) {
  ti_runner *const r = ti_new(ti_runner);
  int error;
  if (r == NULL)
    return ENOMEM;
  r->pool = pool;
  ti_parker_init(&r->parker);
  error = ti_thread_start(&r->thread, runner_main, r, pool->name, pool->options.stack_size);
  if (error != 0) {
    ti_parker_destroy(&r->parker);
    ti_delete(ti_runner, r);
    return error;
  }
  r->next = pool->runners;
  pool->runners = r;
  pool->runner_count++;
  return 0;
}

/* A submission waits for a runner: 0, or an errno value if there is none and none can be made. */
static int runner_call(tine_pool *pool) {
  ti_runner *const r = pool->idle_runners;
  int error = 0;
  if (r != NULL) {
    runner_unlist_idle(r);
    ti_parker_unpark(&r->parker);
  } else if (pool->runner_count < pool->most_runners || pool->runner_count == pool->paused_runners)
    error = runner_new(pool);
  return pool->runner_count > 0 ? 0 : error; /* else those there are will come to it */
}

/* 0 or an errno value. Whoever is called waits for the lock, and finds the submission. */
static int submission_enqueue(tine_pool *pool, ti_submission *e) {
  const int error = pool->closing ? ECANCELED : pool->lean ? 0 : runner_call(pool);
  if (error == 0)
    ti_submission_add(pool, e);
  return error;
}

/* Not under the lock, as what follows. */

tine_status ti_submission_start(tine_pool *pool, ti_submission *e, tine_error *err) {
  tine_account *before;
  int error;
  if (pool->generation != ti_fork_generation())
    return ti_error_set(err, TINE_ETHREAD, "a pool made before a fork runs no jobs in the child");
  /* A worker that runs it cannot answer broadcasts meanwhile: so it is marked as of the pool, which refuses its own. */
  ti_operation_begin(&e->root, pool->lean ? pool : NULL, NULL);
  e->root.guard = NULL; /* it is no part of what the thread that starts it is doing */
  e->pool = pool;
  e->lean = pool->lean;
  e->alone = pool->lean && pool->started == 0;
  before = ti_account_set(NULL); /* a runner is the pool's */
  ti_mutex_lock(&pool->runner_lock);
  error = submission_enqueue(pool, e);
  ti_mutex_unlock(&pool->runner_lock);
  ti_account_set(before);
  if (error == 0) {
    if (e->lean)
      ti_sleep_wake(&pool->sleep);
    return TINE_OK;
  }
  ti_operation_end(&e->root, NULL);
  if (error == ENOMEM)
    return ti_error_nomem(err);
  if (error == ECANCELED)
    return ti_error_set(err, TINE_ECANCELED, "the pool is being destroyed");
  return ti_error_set(err, TINE_ETHREAD, "%s", tine_status_text(TINE_ETHREAD));
}

/* Is this thread a runner, among others? Not in the child of a fork, where it is alone. */
static bool runner_counts(void) {
  return runner_here != NULL && runner_here->pool->generation == ti_fork_generation();
}

void ti_runner_stand_aside(bool begins) {
  tine_account *before;
  tine_pool *pool;
  if (!runner_counts())
    return;
  pool = runner_here->pool;
  before = ti_account_set(NULL); /* a runner is the pool's */
  ti_mutex_lock(&pool->runner_lock);
  pool->paused_runners += begins;
  ti_assert(pool->paused_runners <= pool->runner_count);
  if (pool->waiting.first != NULL && !pool->closing)
    (void)runner_call(pool); /* whoever waits tries again */
  ti_mutex_unlock(&pool->runner_lock);
  ti_account_set(before);
}

void ti_runner_resume(void) {
  if (!runner_counts())
    return;
  ti_mutex_lock(&runner_here->pool->runner_lock);
  ti_assert(runner_here->pool->paused_runners > 0);
  runner_here->pool->paused_runners--;
  ti_mutex_unlock(&runner_here->pool->runner_lock);
}

void ti_runners_end(tine_pool *pool) {
  ti_runner *r;
  ti_submissions_end(pool);
  ti_mutex_lock(&pool->runner_lock);
  for (r = pool->runners; r != NULL; r = r->next)
    ti_parker_unpark(&r->parker);
  ti_mutex_unlock(&pool->runner_lock);
  while ((r = pool->runners) != NULL) { /* no more are made, and none goes off the list */
    pool->runners = r->next;
    runner_join(r);
  }
  if (pool->gone_runner != NULL)
    runner_join(pool->gone_runner);
}

void ti_runners_forget(tine_pool *pool) {
  while (pool->runners != NULL) {
    ti_runner *const r = pool->runners;
    pool->runners = r->next;
    ti_delete(ti_runner, r);
  }
  ti_delete(ti_runner, pool->gone_runner);
}
