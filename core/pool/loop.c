/*
** A worker's life: search, run what was found, search again; after a vain search, sleep. README.md, section 4.
*/
#include "inside.h"

/* How long a worker searches before it sleeps: some times what it costs to be woken. */
#define SEARCH_NS 20000u

enum { LOOKS_BEFORE_YIELD = 16 }; /* the thread that has work may be waiting for this very processor */

static ti_task *look_everywhere(ti_worker *w) {
  const tine_pool *pool = w->pool;
  const unsigned n = ti_pool_records(pool), first = ti_worker_random(w) % n;
  for (unsigned i = 0; i < n; i++) {
    ti_worker *victim = &pool->records[(first + i) % n];
    ti_task *task = victim != w ? ti_worker_steal(victim, w) : NULL;
    if (task != NULL)
      return task;
  }
  return NULL;
}

/* A task; NULL when the time is over or the pool ends. */
static ti_task *search_for_a_while(ti_worker *w) {
  const uint64_t until = ti_now_ns() + SEARCH_NS;
  unsigned looks = 0;
  do {
    ti_task *task = look_everywhere(w);
    if (task != NULL)
      return task;
    if (++looks % LOOKS_BEFORE_YIELD == 0)
      ti_spin_yield();
    else
      ti_spin_pause();
  } while (!ti_sleep_stopping(&w->pool->sleep) && ti_now_ns() < until);
  return NULL;
}

/* Searching, as a new worker is counted already, until the pool ends. */
static void work(ti_worker *w) {
  ti_sleep *const sleep = &w->pool->sleep;
  while (!ti_sleep_stopping(sleep)) {
    ti_task *task = search_for_a_while(w);
    if (task == NULL) {
      ti_sleep_wait(sleep, w);
      continue;
    }
    ti_sleep_found(sleep);
    ti_worker_run(w, task);
    ti_sleep_search(sleep);
  }
}

void ti_worker_main(void *arg) {
  ti_worker *const w = arg;
  const tine_pool *pool = w->pool;
  if (pool->on_start != NULL)
    pool->on_start(pool->hook_arg, w->index);
  ti_fp_enter(); /* for good: what the thread that made the pool had chosen was inherited, and is not wanted here */
  work(w);
  if (pool->on_stop != NULL)
    pool->on_stop(pool->hook_arg, w->index);
}

#undef SEARCH_NS
