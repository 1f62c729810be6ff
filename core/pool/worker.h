/*
** The record of one thread in a pool: a worker's, or a seat for a thread from outside. It holds the tasks on offer and
** says who may take which. README.md, sections 1 to 3.
*/
#ifndef TI_POOL_WORKER_H
#define TI_POOL_WORKER_H

#include "../base/thread.h"
#include "task.h"

struct ti_worker {
  _Alignas(TI_CACHE_LINE) ti_mutex lock; /* guards what follows, up to the line */
  unsigned bottom, top;                  /* tasks are in slots [bottom, top); below bottom all are NULL */
  ti_worker *askers;                     /* joiners parked until this thread offers something or ends their task */
  atomic_uint offers;                    /* slots that hold a task; without the lock a hint */
  atomic_uint asked;                     /* length of 'askers'; without the lock a hint */
  ti_task *slots[TI_TASK_SLOTS];         /* NULL: stolen */
  /* ---- */
  ti_worker *next_asker; /* these two under the lock of the worker asked */
  bool asking;
  ti_worker *next_sleeper; /* under the lock of the pool's sleep */
  ti_thread self;          /* these three likewise: whom to wake, where it may run, whether it was sent away */
  ti_cpus cpus;
  bool away;
  atomic_bool asleep;
  uint32_t random;  /* the owner's */
  ti_parker parker; /* where its thread sleeps; a token may be left over, so park in a loop */
  tine_pool *pool;  /* constant from here */
  unsigned index;   /* 0 for seats */
  ti_thread thread; /* workers only */
};

/* 'number' tells the records of a pool apart, from 0. */
void ti_worker_init(ti_worker *w, tine_pool *pool, unsigned index, unsigned number);
void ti_worker_destroy(ti_worker *w);

/* Owner only. Offers a task; false, and nothing happened, if the slots are full. */
bool ti_worker_offer(ti_worker *w, ti_task *task);
/* Owner only. Takes the task offered last, which is 'task', back from its slot; false if it was stolen. */
bool ti_worker_take_back(ti_worker *w, const ti_task *task);
/* Takes the oldest task of 'victim' for 'thief', whose thread calls; NULL if there is none. */
ti_task *ti_worker_steal(ti_worker *victim, ti_worker *thief);

/* For the joiner of 'awaited', which was stolen: a task that descends from it, NULL if there is none to take. */
ti_task *ti_worker_leap(ti_worker *w, const ti_task *awaited);
/* Lists w with the thief of 'awaited', so that the thief's next offer unparks it; false, and w is not listed, if there
   is something to take or to return for. After true, ti_worker_unask must be called. */
bool ti_worker_ask(ti_worker *w, const ti_task *awaited);
void ti_worker_unask(ti_worker *w, ti_worker *thief);

/* Runs a stolen task and tells its joiner. */
void ti_worker_run(ti_worker *w, ti_task *task);

/* The invariants of the slots, see worker.c; under the lock. For assertions and tests. */
bool ti_worker_valid(const ti_worker *w);

/* Owner only: any 32 bits. */
uint32_t ti_worker_random(ti_worker *w);

/* What a worker's thread does, from first to last (loop.c); arg is its record. */
void ti_worker_main(void *arg);

#endif
