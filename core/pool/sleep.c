/*
** Sleeping and waking of idle workers. One word, the tally, counts those that search and those that sleep; a worker
** that rests is in neither, so that nobody offers or wakes for it. README.md, section 4.
*/
#include "sleep.h"

#include "../base/check.h"
#include "inside.h"

/* The tally: bits 0-31 searching, bits 32-63 sleeping. */
#define ONE_SEARCHING UINT64_C(1)
#define ONE_SLEEPING (UINT64_C(1) << 32)

static uint64_t tally_searching(uint64_t tally) {
  return tally & UINT32_MAX;
}
static uint64_t tally_sleeping(uint64_t tally) {
  return tally >> 32;
}

/* All changes and looks are seq_cst: README.md, section 4. */
static uint64_t tally_look(const ti_sleep *s) {
  return ti_load_seqcst(&s->tally);
}
static uint64_t tally_change(ti_sleep *s, uint64_t by) {
  const uint64_t tally = ti_add_seqcst(&s->tally, by) + by;
  ti_assert(tally_searching(tally) + tally_sleeping(tally) <= TINE_MAX_THREADS);
  return tally;
}

/* Takes the first sleeper off the list, under the lock. It still has to be unparked. */
static ti_worker *rouse_first(ti_sleep *s) {
  ti_worker *w = s->sleepers;
  if (w != NULL) {
    ti_assert(ti_load_relaxed(&w->asleep));
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
  ti_assert(s->sleepers == NULL);
  ti_mutex_destroy(&s->lock);
}

unsigned ti_sleep_idle(const ti_sleep *s) {
  const uint64_t tally = tally_look(s);
  return (unsigned)(tally_searching(tally) + tally_sleeping(tally));
}

bool ti_sleep_searching(const ti_sleep *s) {
  return tally_searching(tally_look(s)) > 0;
}

bool ti_sleep_must_wake(const ti_sleep *s) {
  const uint64_t tally = tally_look(s);
  return tally_sleeping(tally) > 0 && tally_searching(tally) == 0;
}

void ti_sleep_wake(ti_sleep *s) {
  ti_worker *w;
  if (!ti_sleep_must_wake(s))
    return;
  ti_mutex_lock(&s->lock);
  w = s->sleepers;
  if (w != NULL && tally_searching(tally_look(s)) == 0) {
    w->away = ti_worker_send_away(w);
    rouse_first(s);
  } else
    w = NULL; /* somebody else was faster */
  ti_mutex_unlock(&s->lock);
  if (w != NULL)
    ti_parker_unpark(&w->parker);
}

void ti_sleep_wake_all(ti_sleep *s) {
  ti_mutex_lock(&s->lock);
  for (ti_worker *w; (w = rouse_first(s)) != NULL;)
    ti_parker_unpark(&w->parker);
  ti_mutex_unlock(&s->lock);
}

bool ti_sleep_search(ti_sleep *s) {
  uint64_t tally = tally_look(s);
  while (tally_searching(tally) == 0)
    if (ti_cas_seqcst(&s->tally, &tally, tally + ONE_SEARCHING))
      return true;
  return false;
}

void ti_sleep_end_search(ti_sleep *s) {
  tally_change(s, -ONE_SEARCHING);
}

/* On the list, under the lock: is there a reason to get up again? */
static bool must_rise(ti_sleep *s, ti_worker *w) {
  const bool something = ti_pool_beg(w->pool);
  if (ti_load_relaxed(&w->called)) /* relaxed: whoever sets it takes the lock after */
    return true;
  return something && tally_searching(tally_look(s)) == 0;
}

void ti_sleep_wait(ti_sleep *s, ti_worker *w, bool searching) {
  ti_mutex_lock(&s->lock);
  ti_assert(!ti_load_relaxed(&w->asleep) && w->frame == NULL);
  w->away = false;
  w->next_sleeper = s->sleepers;
  s->sleepers = w;
  ti_store_relaxed(&w->asleep, true); /* relaxed: only this thread reads it, others write it under the lock */
  tally_change(s, searching ? ONE_SLEEPING - ONE_SEARCHING : ONE_SLEEPING);
  if (ti_sleep_stopping(s) || must_rise(s, w))
    rouse_first(s); /* itself */
  ti_mutex_unlock(&s->lock);
  while (ti_load_acquire(&w->asleep)) /* pairs with the release in rouse_first */
    ti_parker_park(&w->parker);
  if (w->away)
    ti_worker_come_back(w);
}

void ti_sleep_stop(ti_sleep *s) {
  ti_mutex_lock(&s->lock);
  ti_store_relaxed(&s->stopping, true); /* relaxed: sleepers look at it under the lock */
  ti_mutex_unlock(&s->lock);
  ti_sleep_wake_all(s);
}

bool ti_sleep_stopping(const ti_sleep *s) {
  return ti_load_relaxed(&s->stopping); /* relaxed: outside the lock a hint */
}

#undef ONE_SEARCHING
#undef ONE_SLEEPING
