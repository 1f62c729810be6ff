/*
** Sleeping and waking: the only file that knows how the tally is laid out.
**
** Invariant: while tasks are on offer and workers sleep, a worker searches or a thread is on its way to wake one. Each
** function below that could break it looks at the value its own addition left, and repairs it. README.md, section 4.
*/
#include "sleep.h"

#include "../base/check.h"
#include "worker.h"

#define COUNT_BITS 16 /* of searching and of sleeping: room for 64 times TINE_MAX_THREADS */
#define ONE_SEARCHING UINT64_C(1)
#define ONE_SLEEPING (UINT64_C(1) << COUNT_BITS)
#define ONE_OFFERED (UINT64_C(1) << 2 * COUNT_BITS)
#define COUNT_MASK (ONE_SLEEPING - 1)

_Static_assert(TINE_MAX_THREADS < 1 << COUNT_BITS, "every worker can be counted");

static uint64_t tally_searching(uint64_t tally) {
  return tally & COUNT_MASK;
}
static uint64_t tally_sleeping(uint64_t tally) {
  return tally / ONE_SLEEPING & COUNT_MASK;
}
static uint64_t tally_offered(uint64_t tally) {
  return tally / ONE_OFFERED;
}

/* Adds (differences wrap as unsigned numbers do) and returns the new value. */
static uint64_t tally_change(ti_sleep *s, uint64_t difference) {
  /* pairs with itself: who sees an offer counted sees the slots that were written before */
  const uint64_t tally = ti_add_acqrel(&s->tally, difference) + difference;
  ti_assert(tally_searching(tally) + tally_sleeping(tally) <= TINE_MAX_THREADS);
  ti_assert(tally_offered(tally) <= (TINE_MAX_THREADS + TI_SEATS) * (uint64_t)TI_TASK_SLOTS);
  return tally;
}

/* Does it leave tasks to sleepers that nobody is going to wake? */
static bool must_wake(uint64_t tally) {
  return tally_offered(tally) > 0 && tally_sleeping(tally) > 0 && tally_searching(tally) == 0;
}

/* Takes the first sleeper off the list, under the lock. It still has to be unparked. */
static ti_worker *rouse_first(ti_sleep *s) {
  ti_worker *w = s->sleepers;
  if (w != NULL) {
    s->sleepers = w->next_sleeper;
    tally_change(s, ONE_SEARCHING - ONE_SLEEPING);
    ti_store_release(&w->asleep, false); /* pairs with the acquire in ti_sleep_wait */
  }
  return w;
}

void ti_sleep_init(ti_sleep *s) {
  atomic_init(&s->tally, 0);
  atomic_init(&s->stopping, false);
  ti_mutex_init(&s->lock);
  s->sleepers = NULL;
}

void ti_sleep_destroy(ti_sleep *s) {
  ti_mutex_destroy(&s->lock);
}

bool ti_sleep_offer(ti_sleep *s) {
  return must_wake(tally_change(s, ONE_OFFERED));
}

void ti_sleep_withdraw(ti_sleep *s) {
  tally_change(s, -ONE_OFFERED);
}

void ti_sleep_wake(ti_sleep *s) {
  ti_worker *w;
  ti_mutex_lock(&s->lock);
  if (s->sleepers != NULL)
    s->sleepers->away = ti_thread_send_away(s->sleepers->self, &s->sleepers->cpus);
  w = rouse_first(s);
  ti_mutex_unlock(&s->lock);
  if (w != NULL)
    ti_parker_unpark(&w->parker);
}

void ti_sleep_search(ti_sleep *s) {
  tally_change(s, ONE_SEARCHING);
}

void ti_sleep_found(ti_sleep *s) {
  if (must_wake(tally_change(s, -ONE_SEARCHING)))
    ti_sleep_wake(s);
}

void ti_sleep_desert(ti_sleep *s) {
  tally_change(s, -ONE_SEARCHING);
}

void ti_sleep_wait(ti_sleep *s, ti_worker *w) {
  ti_cpus cpus;
  ti_cpus_mine(&cpus);
  ti_mutex_lock(&s->lock);
  w->self = ti_thread_self();
  w->cpus = cpus;
  w->away = false;
  if (!ti_sleep_stopping(s)) {
    w->next_sleeper = s->sleepers;
    s->sleepers = w;
    ti_store_relaxed(&w->asleep, true); /* relaxed: only this thread reads it, others write it under the lock */
    if (tally_offered(tally_change(s, ONE_SLEEPING - ONE_SEARCHING)) > 0)
      rouse_first(s); /* itself */
  }
  ti_mutex_unlock(&s->lock);
  while (ti_load_acquire(&w->asleep)) /* pairs with the release in rouse_first */
    ti_parker_park(&w->parker);
  if (w->away)
    ti_cpus_restore(&cpus);
}

void ti_sleep_stop(ti_sleep *s) {
  ti_mutex_lock(&s->lock);
  ti_store_relaxed(&s->stopping, true); /* relaxed: who sleeps looks at it under the lock */
  for (ti_worker *w; (w = rouse_first(s)) != NULL;)
    ti_parker_unpark(&w->parker);
  ti_mutex_unlock(&s->lock);
}

bool ti_sleep_stopping(const ti_sleep *s) {
  return ti_load_relaxed(&s->stopping); /* relaxed: outside the lock a hint */
}

bool ti_sleep_hungry(const ti_sleep *s) {
  const uint64_t tally = ti_load_relaxed(&s->tally); /* relaxed: a hint */
  return tally_searching(tally) + tally_sleeping(tally) > tally_offered(tally);
}

#undef COUNT_BITS
#undef ONE_SEARCHING
#undef ONE_SLEEPING
#undef ONE_OFFERED
#undef COUNT_MASK
