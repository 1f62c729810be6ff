/*
** A worker's life: search, run what was found, search again; after a vain search, sleep; after useless ones, rest.
** README.md, section 4.
*/
#include "../base/check.h"
#include "inside.h"

enum {
  LONGEST_REST = 3,        /* each rest that did not help doubles the next, so many times: 2 ms */
  CRUMBS_BEFORE_REST = 8,  /* in a row */
  LOOKS_BEFORE_YIELD = 16, /* the thread that has work may be waiting for this very processor */
  RECORDS_A_LOOK = 64      /* at most: a search in a large pool asks many, not all, at a time */
};

static void crumb_or_not(ti_worker *w, uint64_t ns) {
  if (ns < TI_CRUMB_NS)
    w->crumbs++;
  else
    w->crumbs = w->rests = 0;
}

/* Others sleep, and perhaps nobody searches for them. */
static void wake_another(ti_worker *w) {
  ti_sleep *const sleep = &w->pool->sleep;
  if (ti_sleep_must_wake(sleep) && ti_pool_beg(w->pool))
    ti_sleep_wake(sleep);
}

/* Whoever found something, or gives up, leaves the search to others. */
static void end_search(ti_worker *w) {
  ti_sleep_end_search(&w->pool->sleep);
  wake_another(w);
}

static bool steal_from(ti_worker *w, unsigned number, bool searching) {
  ti_worker *const victim = &w->pool->records[number];
  ti_stolen stolen;
  uint64_t start;
  ti_assert(number < ti_pool_records(w->pool) && w->frame == NULL);
  if (victim == w || !ti_worker_take(victim, 0, NULL, &stolen))
    return false;
  if (searching)
    end_search(w);
  else
    wake_another(w);
  w->victim = number;
  start = ti_now_ns();
  ti_worker_run(w, &stolen, 0);
  crumb_or_not(w, ti_now_ns() - start);
  return true;
}

/* The oldest call. */
static ti_call *call_begin(ti_worker *w) {
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

static bool closure_or_call(ti_worker *w, bool searching) {
  ti_call *call = ti_load_acquire(&w->called) ? call_begin(w) : NULL; /* pairs with the release in call_worker */
  ti_spawned *spawned = NULL;
  ti_submission *submission = NULL;
  uint64_t start;
  if (call == NULL && ti_load_relaxed(&w->pool->spawned) > 0) { /* relaxed: looked at again under the lock */
    spawned = ti_spawn_begin(w);
    submission = spawned == NULL ? ti_submission_find(w->pool) : NULL;
  }
  if (call == NULL && spawned == NULL && submission == NULL)
    return false;
  ti_assert((call != NULL) + (spawned != NULL) + (submission != NULL) == 1);
  if (searching)
    end_search(w);
  start = ti_now_ns();
  if (call != NULL)
    call->run(w, call->arg);
  else if (spawned != NULL)
    ti_spawn_run(spawned, &w->stack->slots[0]);
  else
    ti_submission_run(submission);
  crumb_or_not(w, ti_now_ns() - start);
  return true;
}

/* Looks once around, from last time's victim and then a random one on; runs what it finds. */
static bool look(ti_worker *w, bool searching) {
  const unsigned n = ti_pool_records(w->pool), first = ti_worker_random(w) % n;
  if (closure_or_call(w, searching) || steal_from(w, w->victim, searching))
    return true;
  for (unsigned i = 0; i < n && i < RECORDS_A_LOOK; i++) {
    const unsigned number = (first + i) % n;
    ti_stack *const stack = w->pool->records[number].stack;
    if (steal_from(w, number, searching))
      return true;
    if (searching && !ti_guard_armed(stack))
      ti_guard_arm(stack);
  }
  return false;
}

/* Searching; false when the time is over or the pool ends. */
static bool search(ti_worker *w) {
  const uint64_t until = ti_now_ns() + TI_SEARCH_NS;
  unsigned looks = 0;
  do {
    if (look(w, true))
      return true;
    if (++looks % LOOKS_BEFORE_YIELD == 0)
      ti_spin_yield();
    else
      ti_spin_pause();
  } while (!ti_sleep_stopping(&w->pool->sleep) && ti_now_ns() < until);
  return false;
}

/* Sharing did not pay lately: for a while this worker is not there, and the others need not offer anything. */
static void rest(ti_worker *w) {
  ti_assert(w->rests <= LONGEST_REST && w->frame == NULL);
  ti_parker_park_for(&w->parker, (uint64_t)TI_REST_NS << w->rests);
  w->rests += w->rests < LONGEST_REST;
  w->crumbs = CRUMBS_BEFORE_REST - 1;
}

/* Not searching, and nothing to do: searching again when it returns. True if it slept before. */
static bool become_idle(ti_worker *w) {
  if (w->crumbs >= CRUMBS_BEFORE_REST)
    rest(w);
  if (ti_sleep_search(&w->pool->sleep))
    return false;
  ti_sleep_wait(&w->pool->sleep, w, false);
  return true;
}

/* Until the pool ends. A worker is not counted before this, so that nobody waits for one whose hook takes its time. */
static void work(ti_worker *w) {
  ti_sleep *const sleep = &w->pool->sleep;
  bool woken = become_idle(w);
  while (!ti_sleep_stopping(sleep)) {
    if (search(w)) {
      while (w->crumbs < CRUMBS_BEFORE_REST && look(w, false))
        continue;
      woken = become_idle(w);
    } else if (woken) { /* for nothing: whoever woke it was ready before it came */
      end_search(w);    /* others may have counted on its search */
      rest(w);
      woken = become_idle(w);
    } else {
      ti_sleep_wait(sleep, w, true);
      woken = true;
    }
  }
}

void ti_worker_main(void *arg) {
  ti_worker *const w = arg;
  const tine_pool_options *const hooks = &w->pool->options;
  ti_assert(w->index > 0 && !w->overflow && w->frame == NULL);
  w->self = ti_thread_self();
  if (hooks->on_start != NULL)
    hooks->on_start(hooks->hook_arg, w->index);
  ti_fp_enter(); /* for good: what the thread that made the pool had chosen was inherited, and is not wanted here */
  work(w);
  if (hooks->on_stop != NULL)
    hooks->on_stop(hooks->hook_arg, w->index);
}
