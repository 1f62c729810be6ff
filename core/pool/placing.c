/*
** Where the threads of workers run: sent away by those who wake them, pushed off by those they would be in the way of
** (../base/placement.c). Each reads and sets the processors that a thread may use, some of them on its behalf, so it is
** done under the worker's lock for that: else two at a time might leave it without one that both had taken out.
** README.md, section 4.
*/
#include "worker.h"

#include "../base/atomics.h"
#include "../base/check.h"

bool ti_worker_send_away(ti_worker *w) {
  bool away;
  ti_assert(w->index > 0);
  ti_mutex_lock(&w->placing);
  away = ti_thread_send_away(w->self, &w->cpus);
  ti_mutex_unlock(&w->placing);
  return away;
}

void ti_worker_come_back(ti_worker *w) {
  ti_assert(w->index > 0);
  ti_mutex_lock(&w->placing);
  ti_cpus_restore(&w->cpus);
  ti_mutex_unlock(&w->placing);
}

void ti_worker_will_wake(ti_worker *w) {
  ti_store_relaxed(&w->woken_on, ti_thread_processor()); /* relaxed: a hint, as it may be somewhere else by now */
}

void ti_worker_woken(const ti_worker *w, ti_worker *waker) {
  if (waker->index > 0 && ti_load_relaxed(&w->woken_on) == ti_thread_processor()) /* relaxed: as above */
    ti_worker_push_off(waker, waker->self);
}

void ti_worker_push_off(ti_worker *w, ti_thread thread) {
  ti_assert(w->index > 0);
  ti_mutex_lock(&w->placing);
  ti_thread_push_off(thread);
  ti_mutex_unlock(&w->placing);
}
