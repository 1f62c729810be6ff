/*
** Slots: tasks on offer, oldest first.
**
** The owner adds and removes at the top, thieves clear slots further down. Invariants, under the lock: bottom <= top;
** slots below 'bottom' and from 'top' on are NULL; 'offers' counts the others that are not. A task in a slot has
** not begun; a task that is in none was taken, by exactly one thread.
*/
#include "worker.h"

#include "../base/check.h"
#include "inside.h"

/* A hint is written under the lock, so that load and store need no atomic addition. Relaxed: README.md, section 7. */
static void set_hint(atomic_uint *hint, unsigned value) {
  ti_store_relaxed(hint, value);
}
static unsigned get_hint(const atomic_uint *hint) {
  return ti_load_relaxed(hint);
}

/* Under the lock: the first slot with a task from 'from' on, or 'top'. */
static unsigned first_filled(const ti_worker *w, unsigned from) {
  unsigned i = from > w->bottom ? from : w->bottom;
  while (i < w->top && w->slots[i] == NULL)
    i++;
  return i;
}

/* Under the lock of w: the task of slot i leaves it. */
static ti_task *clear_slot(ti_worker *w, unsigned i) {
  ti_task *task = w->slots[i];
  w->slots[i] = NULL;
  set_hint(&w->offers, get_hint(&w->offers) - 1);
  ti_sleep_withdraw(&w->pool->sleep);
  return task;
}

/* Under the lock of the victim: 'thief' takes the first task from slot 'from' on, and notes what the joiner must know. */
static ti_task *take_from(ti_worker *victim, unsigned from, ti_worker *thief) {
  const unsigned i = first_filled(victim, from);
  ti_task *task;
  if (i >= victim->top)
    return NULL;
  task = clear_slot(victim, i);
  victim->bottom = first_filled(victim, victim->bottom);
  task->thief = thief;
  task->base = thief->top;
  ti_assert_slow(ti_worker_valid(victim));
  return task;
}

/* Under the lock of w. The unpark is inside of it, for an asker that is off the list may list itself elsewhere. */
static void unpark_askers(ti_worker *w) {
  for (ti_worker *asker = w->askers; asker != NULL; asker = asker->next_asker) {
    asker->asking = false;
    ti_parker_unpark(&asker->parker);
  }
  w->askers = NULL;
  set_hint(&w->asked, 0);
}

void ti_worker_init(ti_worker *w, tine_pool *pool, unsigned index, unsigned number) {
  ti_mutex_init(&w->lock);
  ti_parker_init(&w->parker);
  w->pool = pool;
  w->index = index;
  w->random = (number + 1) * 2654435761u; /* Knuth's multiplier: odd, so never 0 for fewer than 2^32 */
}

void ti_worker_destroy(ti_worker *w) {
  ti_assert(w->top == 0 && w->askers == NULL);
  ti_parker_destroy(&w->parker);
  ti_mutex_destroy(&w->lock);
}

bool ti_worker_offer(ti_worker *w, ti_task *task) {
  bool wake;
  if (w->top == TI_TASK_SLOTS)
    return false;
  ti_mutex_lock(&w->lock);
  w->slots[w->top++] = task;
  set_hint(&w->offers, get_hint(&w->offers) + 1);
  wake = ti_sleep_offer(&w->pool->sleep);
  if (w->askers != NULL)
    unpark_askers(w);
  ti_assert_slow(ti_worker_valid(w));
  ti_mutex_unlock(&w->lock);
  if (wake)
    ti_sleep_wake(&w->pool->sleep);
  return true;
}

bool ti_worker_take_back(ti_worker *w, const ti_task *task) {
  bool mine;
  ti_mutex_lock(&w->lock);
  ti_assert(w->top > 0 && (w->slots[w->top - 1] == task || w->slots[w->top - 1] == NULL));
  mine = w->slots[w->top - 1] == task;
  if (mine)
    clear_slot(w, w->top - 1);
  w->top--;
  if (w->bottom > w->top)
    w->bottom = w->top;
  ti_assert_slow(ti_worker_valid(w));
  ti_mutex_unlock(&w->lock);
  return mine;
}

ti_task *ti_worker_steal(ti_worker *victim, ti_worker *thief) {
  ti_task *task;
  if (get_hint(&victim->offers) == 0)
    return NULL;
  ti_mutex_lock(&victim->lock);
  task = take_from(victim, 0, thief);
  ti_mutex_unlock(&victim->lock);
  return task;
}

ti_task *ti_worker_leap(ti_worker *w, const ti_task *awaited) {
  ti_worker *const thief = awaited->thief;
  ti_task *task = NULL;
  if (get_hint(&thief->offers) == 0)
    return NULL;
  ti_mutex_lock(&thief->lock);
  if (!ti_task_done(awaited)) /* under the lock: else the slots may be about something else. README.md, section 3 */
    task = take_from(thief, awaited->base, w);
  ti_mutex_unlock(&thief->lock);
  return task;
}

bool ti_worker_ask(ti_worker *w, const ti_task *awaited) {
  ti_worker *const thief = awaited->thief;
  bool ask;
  ti_mutex_lock(&thief->lock);
  ask = !ti_task_done(awaited) && first_filled(thief, awaited->base) >= thief->top;
  if (ask) {
    w->asking = true;
    w->next_asker = thief->askers;
    thief->askers = w;
    set_hint(&thief->asked, get_hint(&thief->asked) + 1);
  }
  ti_mutex_unlock(&thief->lock);
  return ask;
}

void ti_worker_unask(ti_worker *w, ti_worker *thief) {
  ti_mutex_lock(&thief->lock);
  if (w->asking) {
    ti_worker **link = &thief->askers;
    while (*link != w)
      link = &(*link)->next_asker;
    *link = w->next_asker;
    w->asking = false;
    set_hint(&thief->asked, get_hint(&thief->asked) - 1);
  }
  ti_mutex_unlock(&thief->lock);
}

void ti_worker_run(ti_worker *w, ti_task *task) {
  ti_worker *const joiner = task->joiner; /* read now: once finished, the task is gone */
  tine_ctx ctx;
  ti_ctx_enter(&ctx, w->pool, w, task->operation);
  task->fn(&ctx, task->arg);
  ti_ctx_leave(&ctx);
  if (!ti_task_finish(task))
    return;
  ti_parker_unpark(&joiner->parker);
  if (w->index > 0)
    ti_thread_step_aside(); /* a worker, no seat: README.md, section 4 */
}

bool ti_worker_valid(const ti_worker *w) {
  unsigned filled = 0;
  for (unsigned i = 0; i < TI_TASK_SLOTS; i++) {
    if (w->slots[i] != NULL && (i < w->bottom || i >= w->top))
      return false;
    filled += w->slots[i] != NULL;
  }
  return w->bottom <= w->top && w->top <= TI_TASK_SLOTS && filled == get_hint(&w->offers);
}

/* xorshift: Marsaglia, "Xorshift RNGs", 2003. */
uint32_t ti_worker_random(ti_worker *w) {
  w->random ^= w->random << 13;
  w->random ^= w->random >> 17;
  w->random ^= w->random << 5;
  return w->random;
}
