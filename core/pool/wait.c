/*
** Waiting for a task that another thread has taken: strict leapfrogging. While it waits a thread runs what descends
** from that task, or sleeps. README.md, section 3.
*/
#include "../base/check.h"
#include "inside.h"

enum { WAIT_YIELD = 16 }; /* looks between two yields: the thread waited for may need this very processor */

/* A joiner's wait for the task of one slot. */
typedef struct waiting {
  ti_worker *w;
  unsigned slot;
  ti_mark *mark;
  ti_worker *thief; /* NULL: not known yet */
  unsigned base;
  bool asked;
  uint64_t since; /* nanoseconds: when it last did something useful */
  unsigned looks;
} waiting;

static void stop_asking(waiting *t) {
  if (t->asked)
    ti_worker_unask(t->w, t->thief);
  t->asked = false;
}

/* A descendant, run here; false if there was none to take. */
static bool leap(waiting *t) {
  ti_stolen stolen;
  if (t->thief == NULL) {
    const unsigned thief = ti_load_acquire(&t->mark->thief); /* pairs with the release in ti_worker_run */
    if (thief == 0)
      return false;
    t->thief = &t->w->pool->records[ti_thief_number(thief)];
    t->base = ti_thief_base(thief);
    ti_assert(t->thief != t->w);
  }
  if (!ti_worker_take(t->thief, t->base, t->mark, &stolen))
    return false;
  stop_asking(t); /* a record is in one list at a time, and the task may wait, too */
  ti_worker_run(t->w, &stolen, t->slot + 1);
  t->since = ti_now_ns();
  return true;
}

/* Nothing to take for a while. */
static void idle(waiting *t) {
  const uint64_t waited = ti_now_ns() - t->since;
  if (waited < TI_ASK_NS)
    ti_spin_pause();
  else if (!t->asked && t->thief != NULL) {
    ti_worker_ask(t->w, t->thief);
    t->asked = true; /* and look again: what was offered before it was listed wakes nobody */
  } else if (waited < TI_PARK_NS || t->thief == NULL) {
    if (++t->looks % WAIT_YIELD == 0)
      ti_spin_yield();
    else
      ti_spin_pause();
  } else if (!ti_worker_press(t->thief) && ti_mark_await(t->mark)) {
    ti_hook_park(&t->w->parker);
    ti_worker_woken(t->w, t->thief); /* who unparked it, unless it was a token that was left */
    stop_asking(t);                  /* an offer took it off the list; let it ask anew */
  }
}

/* Slot k is free again: with nothing public below it either, since the oldest are taken first. */
static void free_slot(ti_worker *w, unsigned k) {
  uint64_t share = ti_load_relaxed(&w->stack->share);        /* relaxed: the compare-and-swap decides */
  ti_store_relaxed(&w->stack->marks[k].state, TI_TASK_OPEN); /* relaxed: read by others once it is public again */
  ti_store_relaxed(&w->stack->marks[k].thief, 0);
  ti_slot_fill(&w->stack->slots[k], NULL, NULL); /* before it is private: else it might be exposed as a task */
  while (!ti_cas_acqrel(&w->stack->share, &share, ti_share_next(share, k, k))) /* as in ti_worker_renew */
    continue;
  ti_assert(ti_share_public(share) == 0);
  ti_worker_settle(w, k);
}

void ti_worker_wait(ti_worker *w, unsigned k) {
  ti_mark *const mark = &w->stack->marks[k];
  waiting t = {.w = w, .slot = k, .mark = mark, .since = ti_now_ns()};
  ti_assert(k < TI_TASK_SLOTS && !w->overflow && w->frame != NULL);
  ti_slot_fill(&w->stack->slots[k], ti_no_task, NULL); /* in use until the end */
  while (!ti_mark_done(mark))
    if (!leap(&t))
      idle(&t);
  stop_asking(&t);
  free_slot(w, k);
}
