/*
** Runners: made on demand, kept for later errands, joined when their pool ends. One that is idle sleeps in its parker.
**
** Invariant, under the lock: each runner is in 'runners'; it is in 'idle_runners', too, or has an errand whose root is
** alive. So whoever holds the lock may cancel the errand of any runner.
*/
#include "runner.h"

#include <errno.h>

#include "../base/account.h"
#include "../base/error.h"
#include "../base/memory.h"
#include "inside.h"

struct ti_runner {
  tine_pool *pool;
  ti_thread thread;
  ti_parker parker;
  ti_errand *errand; /* under the lock, as the next two; NULL: idle */
  ti_runner *next_idle;
  ti_runner *next;
};

/* The next errand, for which an idle runner waits; NULL when the pool ends. */
static ti_errand *runner_wait(ti_runner *r) {
  tine_pool *const pool = r->pool;
  ti_errand *e;
  bool closing;
  for (;;) {
    ti_mutex_lock(&pool->runner_lock);
    e = r->errand;
    closing = pool->closing;
    ti_mutex_unlock(&pool->runner_lock);
    if (e != NULL || closing)
      return e;
    ti_parker_park(&r->parker);
  }
}

static void runner_idle(ti_runner *r) {
  tine_pool *const pool = r->pool;
  ti_mutex_lock(&pool->runner_lock);
  r->errand = NULL;
  r->next_idle = pool->idle_runners;
  pool->idle_runners = r;
  ti_mutex_unlock(&pool->runner_lock);
}

static void runner_main(void *arg) {
  ti_runner *const r = arg;
  ti_errand *e;
  while ((e = runner_wait(r)) != NULL) {
    ti_home_set(r->pool, &e->root);
    ti_account_set(e->root.account); /* that of who started it: it lives on at least as long as what is charged to it */
    e->run(e);
    ti_account_set(NULL);
    ti_home_set(r->pool, NULL);
    runner_idle(r);
    ti_operation_end(&e->root, NULL);
    e->over(e);
  }
}

/* Under the lock: a new one with that errand. 0 or an errno value. */
static int runner_new(tine_pool *pool, ti_errand *e) {
  ti_runner *const r = ti_new(ti_runner);
  int error;
  if (r == NULL)
    return ENOMEM;
  r->pool = pool;
  r->errand = e;
  ti_parker_init(&r->parker);
  error = ti_thread_start(&r->thread, runner_main, r, pool->name, pool->stack_size);
  if (error != 0) {
    ti_parker_destroy(&r->parker);
    ti_delete(ti_runner, r);
    return error;
  }
  r->next = pool->runners;
  pool->runners = r;
  return 0;
}

/* Under the lock. 0 or an errno value. */
static int runner_take(tine_pool *pool, ti_errand *e) {
  ti_runner *const r = pool->idle_runners;
  if (pool->closing)
    return ECANCELED;
  if (r == NULL)
    return runner_new(pool, e);
  pool->idle_runners = r->next_idle;
  r->errand = e;
  ti_parker_unpark(&r->parker);
  return 0;
}

tine_status ti_runner_start(tine_pool *pool, ti_errand *e, tine_error *err) {
  tine_account *before;
  int error;
  if (pool->generation != ti_fork_generation())
    return ti_error_set(err, TINE_ETHREAD, "a pool made before a fork runs no jobs in the child");
  ti_operation_begin(&e->root, NULL, NULL);
  e->root.guard = NULL;          /* what the thread that starts it is at is no matter of the errand's */
  before = ti_account_set(NULL); /* a runner is the pool's */
  ti_mutex_lock(&pool->runner_lock);
  error = runner_take(pool, e);
  ti_mutex_unlock(&pool->runner_lock);
  ti_account_set(before);
  if (error == 0)
    return TINE_OK;
  ti_operation_end(&e->root, NULL);
  if (error == ENOMEM)
    return ti_error_nomem(err);
  if (error == ECANCELED)
    return ti_error_set(err, TINE_ECANCELED, "the pool is being destroyed");
  return ti_error_set(err, TINE_ETHREAD, "%s", tine_status_text(TINE_ETHREAD));
}

void ti_runners_end(tine_pool *pool) {
  ti_mutex_lock(&pool->runner_lock);
  pool->closing = true;
  for (ti_runner *r = pool->runners; r != NULL; r = r->next) {
    if (r->errand != NULL)
      ti_operation_cancel(&r->errand->root);
    ti_parker_unpark(&r->parker);
  }
  ti_mutex_unlock(&pool->runner_lock);
  for (ti_runner *r = pool->runners; r != NULL; r = r->next) { /* no more are made */
    ti_thread_join(r->thread);
    ti_parker_destroy(&r->parker);
  }
  ti_runners_forget(pool);
}

void ti_runners_forget(tine_pool *pool) {
  while (pool->runners != NULL) {
    ti_runner *const r = pool->runners;
    pool->runners = r->next;
    ti_delete(ti_runner, r);
  }
}
