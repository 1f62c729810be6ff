/*
** The lists of calls; see calls.h.
*/
#include "calls.h"

#include "../base/account.h"
#include "inside.h"

ti_call *ti_call_begin(ti_worker *w) {
  ti_call *c;
  ti_mutex_lock(&w->pool->spawn_lock);
  c = w->calls;
  if (c != NULL)
    w->calls = c->next;
  if (w->calls == NULL)
    ti_store_relaxed(&w->called, false); /* relaxed: under the lock; outside of it a hint */
  ti_mutex_unlock(&w->pool->spawn_lock);
  return c;
}

void ti_call_run(ti_worker *w, ti_call *c) {
  ti_calls *const all = c->whole;
  ti_worker_renew(w);
  ti_frame_run(&w->stack->slots[0], all->operation, all->fn, all->arg);
  ti_mutex_lock(&w->pool->spawn_lock);
  if (--all->unfinished == 0)
    ti_parker_unpark(&all->parker); /* in the lock: afterwards they may be gone */
  ti_mutex_unlock(&w->pool->spawn_lock);
}

/* At the end of the list: calls are answered in the order they were made. */
static void call_worker(ti_worker *w, ti_call *c) {
  ti_call **link = &w->calls;
  while (*link != NULL)
    link = &(*link)->next;
  c->next = NULL;
  *link = c;
  ti_store_release(&w->called, true); /* pairs with the acquire in loop.c */
}

void ti_calls_begin(ti_calls *all, tine_pool *pool) {
  ti_mutex_lock(&pool->spawn_lock);
  all->unfinished = all->count;
  for (unsigned i = 0; i < all->count; i++) {
    all->each[i].whole = all;
    call_worker(&pool->records[i], &all->each[i]);
  }
  ti_mutex_unlock(&pool->spawn_lock);
  ti_sleep_wake_all(&pool->sleep);
  for (unsigned i = 0; i < all->count; i++)
    ti_parker_unpark(&pool->records[i].parker); /* a worker that rests */
}

void ti_calls_await(ti_calls *all, tine_pool *pool) {
  bool done = false;
  while (!done) {
    ti_mutex_lock(&pool->spawn_lock);
    done = all->unfinished == 0;
    ti_mutex_unlock(&pool->spawn_lock);
    if (!done)
      ti_parker_park(&all->parker);
  }
}
