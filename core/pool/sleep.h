/*
** Sleeping and waking of idle workers. One word, the tally, counts the tasks on offer and the workers that search and
** sleep; who changes it learns from the very change whether a worker must be woken. README.md, section 4.
*/
#ifndef TI_POOL_SLEEP_H
#define TI_POOL_SLEEP_H

#include "../base/thread.h"
#include "task.h"

typedef struct ti_sleep {
  _Alignas(TI_CACHE_LINE) _Atomic uint64_t tally;
  _Alignas(TI_CACHE_LINE) ti_mutex lock; /* guards the rest, and the count of sleepers in the tally */
  ti_worker *sleepers;                   /* last to sleep first: its cache is the warmest */
  atomic_bool stopping;
} ti_sleep;

void ti_sleep_init(ti_sleep *s);
void ti_sleep_destroy(ti_sleep *s);

/* A task was put in a slot / taken from one; under the lock of that record. After an offer that returns true the caller
   lets go of the lock and calls ti_sleep_wake. */
bool ti_sleep_offer(ti_sleep *s);
void ti_sleep_withdraw(ti_sleep *s);
/* Wakes one sleeper, if there is one. */
void ti_sleep_wake(ti_sleep *s);

/* A worker begins to search / has found a task (and wakes another if there is more) / is given up before it began. */
void ti_sleep_search(ti_sleep *s);
void ti_sleep_found(ti_sleep *s);
void ti_sleep_desert(ti_sleep *s);
/* A searching worker sleeps; it searches again on return, which is at once if tasks are on offer. */
void ti_sleep_wait(ti_sleep *s, ti_worker *w);

/* Tells all workers to end. */
void ti_sleep_stop(ti_sleep *s);
bool ti_sleep_stopping(const ti_sleep *s);
/* Are there more idle workers than tasks on offer? A hint. */
bool ti_sleep_hungry(const ti_sleep *s);

#endif
