/*
** Sleeping and waking of idle workers. README.md, section 4.
*/
#ifndef TI_POOL_SLEEP_H
#define TI_POOL_SLEEP_H

#include "../base/atomics.h"
#include "worker.h"

typedef struct ti_sleep {
  _Alignas(TI_CACHE_LINE) _Atomic uint64_t tally; /* how many search, how many sleep: layout in sleep.c */
  _Alignas(TI_CACHE_LINE) ti_mutex lock;          /* guards the list of sleepers */
  ti_worker *sleepers;
  atomic_bool stopping; /* set under 'lock' */
} ti_sleep;

void ti_sleep_init(ti_sleep *s);
void ti_sleep_destroy(ti_sleep *s);

/* How many search or sleep. */
unsigned ti_sleep_idle(const ti_sleep *s);
/* Does anybody search? */
bool ti_sleep_searching(const ti_sleep *s);
/* Something was made public: is it left to sleepers, and nobody on the way? If so ti_sleep_wake wakes one, and else
   does nothing. */
bool ti_sleep_must_wake(const ti_sleep *s);
void ti_sleep_wake(ti_sleep *s);
/* Each sleeper, searching or not. */
void ti_sleep_wake_all(ti_sleep *s);

/* For a worker that is idle: lets it search, unless another does; then false. */
bool ti_sleep_search(ti_sleep *s);
/* For a worker that searches: it found something, or gives up. Others may have to be woken now, see loop.c. */
void ti_sleep_end_search(ti_sleep *s);
/* For an idle worker, which searches or not: sleeps until it is woken, and searches then. */
void ti_sleep_wait(ti_sleep *s, ti_worker *w, bool searching);

/* The pool ends: wakes everybody for good. */
void ti_sleep_stop(ti_sleep *s);
bool ti_sleep_stopping(const ti_sleep *s);

#endif
