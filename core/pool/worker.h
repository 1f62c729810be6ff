/*
** The record of one thread in a pool: a worker's, or a seat for a thread from outside. Its stack of tasks, who may take
** what from it, and who waits for it. README.md, sections 1 to 4.
*/
#ifndef TI_POOL_WORKER_H
#define TI_POOL_WORKER_H

#include "../base/thread.h"
#include "frame.h"
#include "stack.h"

/* What is asked of a worker, to be run when it has nothing else to do; owned by whoever asks. */
typedef struct ti_call {
  void (*run)(ti_worker *w, void *arg);
  void *arg;
  struct ti_call *next;
} ti_call;

struct ti_worker {
  ti_stack *stack; /* constant, as the next four */
  tine_pool *pool;
  unsigned number; /* among the records of the pool, from 0 */
  unsigned index;  /* what tine_worker_index says: 0 for seats */
  bool overflow;   /* the record shared by all runs that got no seat: it never holds a task */
  ti_frame *frame; /* the owner's: of the innermost run or stolen task it is in; NULL in the overflow record */
  uint32_t random; /* the owner's, as the next three */
  unsigned victim; /* whom it stole from last */
  unsigned crumbs; /* short tasks it stole in a row */
  unsigned rests;  /* vain rests in a row */
  _Alignas(TI_CACHE_LINE) ti_mutex lock; /* guards the list of askers */
  ti_worker *askers;                     /* joiners that want descendants of the task they wait for */
  atomic_uint asked;                     /* length of 'askers' */
  ti_worker *next_asker;                 /* these two under the lock of the worker asked */
  bool asking;
  ti_worker *next_sleeper; /* under the lock of the pool's sleep */
  ti_thread self;          /* its thread, if that is of the pool: constant from its first moment on */
  bool away;               /* a waker sent it away, and from where: the owner writes it before it is listed as asleep */
  ti_cpus cpus;            /* or asking, a waker under the lock of that list */
  ti_mutex placing;        /* held by whoever changes where the thread may run */
  atomic_uint woken_on;    /* a hint: the processor of whoever unparked its thread last in a join */
  atomic_bool asleep;
  atomic_bool called; /* 'calls' is not empty */
  ti_call *calls;     /* broadcasts to run, under the pool's spawn lock */
  ti_parker parker;   /* where its thread sleeps; a token may be left over, so park in a loop */
  ti_thread thread;   /* workers only */
};

/* Owner only, when a run from outside or a stolen task begins on this record: begins a new epoch, so that whatever a
   thief has read before is void. */
void ti_worker_renew(ti_worker *w);
/*
** Owner only, with 'top' slots in use: disarms the guard, and if anybody wants work makes all private tasks public.
** Returns whether more is wanted than there is to take; then the guard is armed again.
*/
bool ti_worker_settle(ti_worker *w, unsigned top);
/* How many are idle, or wait for what this thread may offer? */
unsigned ti_worker_wanted(const ti_worker *w);

/* Owner only: takes back the task in slot k, the topmost in use and cleared already; false if another thread has it. */
bool ti_worker_take_back(ti_worker *w, unsigned k);

/* A task taken from a slot of 'victim'. */
typedef struct ti_stolen {
  ti_worker *victim;
  unsigned slot;
  tine_task *fn;
  void *arg;
} ti_stolen;

/* Any thread: takes the oldest public task at or above slot 'base'. False if there is none, or if 'unless' is given and
   done: then what is public may not descend from it. */
bool ti_worker_take(ti_worker *victim, unsigned base, const ti_mark *unless, ti_stolen *stolen);
/* Runs a stolen task in w's stack, from slot 'base' on, and tells its joiner. */
void ti_worker_run(ti_worker *w, const ti_stolen *stolen, unsigned base);

/* Any thread: arms n records, at most TI_EXPOSE, and makes the tasks public that they have kept private so far. Returns
   whether there were any; false, too, where ti_thread_fence_all does not work. */
enum { TI_EXPOSE = 64 };
bool ti_worker_expose(ti_worker *records, unsigned n);
/* The same for the one thread that the caller waits for; if that gave tasks, also wakes a sleeping worker for them. */
bool ti_worker_press(ti_worker *victim);

/* Lists w as an asker of 'target', whose next offer then unparks w; arms 'target'. ti_worker_unask must follow. */
void ti_worker_ask(ti_worker *w, ti_worker *target);
void ti_worker_unask(ti_worker *w, ti_worker *target);
void ti_worker_unpark_askers(ti_worker *target);

/* Where threads run (../base/placement.c). For a waker: sends the thread of w, of the pool, to another processor than
   its own; true if w is to call ti_worker_come_back. */
bool ti_worker_send_away(ti_worker *w);
void ti_worker_come_back(ti_worker *w);
/* For whoever is about to unpark w in a join; and for w when it was: if it finds itself where its waker runs, that one,
   if it is of the pool, goes elsewhere. */
void ti_worker_will_wake(ti_worker *w);
void ti_worker_woken(const ti_worker *w, ti_worker *waker);
/* For whoever goes on: moves w's thread to another processor, if it is on this one. */
void ti_worker_push_off(ti_worker *w, ti_thread thread);

/* The joiner's part when slot k was stolen: returns when its task is done, and the slot is free. */
void ti_worker_wait(ti_worker *w, unsigned k);

/* The invariants of the stack, see worker.c; owner only. For assertions and tests. */
bool ti_worker_valid(const ti_worker *w, unsigned top);

/* Owner only: any 32 bits. */
uint32_t ti_worker_random(ti_worker *w);

/* What a worker's thread does, from first to last (loop.c); arg is its record. */
void ti_worker_main(void *arg);

#endif
