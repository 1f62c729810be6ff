/*
** Askers: joiners that want descendants of the task they wait for. Each is in the list of the worker that runs it,
** whose next offer unparks them all. README.md, section 3.
*/
#include "inside.h"

void ti_worker_ask(ti_worker *w, ti_worker *target) {
  w->away = false;
  ti_mutex_lock(&target->lock);
  w->asking = true;
  w->next_asker = target->askers;
  target->askers = w;
  ti_add_seqcst(&target->asked, 1u); /* seq_cst: before looking again, see announce in worker.c */
  ti_mutex_unlock(&target->lock);
  ti_guard_arm(target->stack);
}

void ti_worker_unask(ti_worker *w, ti_worker *target) {
  ti_mutex_lock(&target->lock);
  if (w->asking) {
    ti_worker **link = &target->askers;
    while (*link != w)
      link = &(*link)->next_asker;
    *link = w->next_asker;
    w->asking = false;
    ti_sub_relaxed(&target->asked, 1u); /* relaxed: under the lock; outside of it a hint */
  }
  ti_mutex_unlock(&target->lock);
  if (w->away) {
    w->away = false;
    ti_worker_come_back(w);
  }
}

/* The unpark is inside of the lock, for an asker that is off the list may list itself elsewhere. */
void ti_worker_unpark_askers(ti_worker *w) {
  ti_mutex_lock(&w->lock);
  for (ti_worker *asker = w->askers; asker != NULL; asker = asker->next_asker) {
    ti_assert(asker->asking && asker != w);
    asker->asking = false;
    if (asker->index > 0 && !asker->away)
      asker->away = ti_worker_send_away(asker);
    ti_worker_will_wake(asker);
    ti_parker_unpark(&asker->parker);
  }
  w->askers = NULL;
  ti_store_relaxed(&w->asked, 0); /* relaxed: under the lock; outside of it a hint */
  ti_mutex_unlock(&w->lock);
}
