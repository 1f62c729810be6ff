/*
** Forks. In the child only the thread that forked is left; what others held or were doing stays so for ever, unless the
** child undoes it. There are three ways, and ../pool/README.md, section 8, says which is whose:
** - data under a lock of the whole process: the lock is taken before a fork and given back after it, in both processes,
**   so what it guards is whole. (ti_fork_hold is such a lock, for what is rarely changed.)
** - what belongs to threads that are gone - pools, jobs, loans - has the generation it was made in, and is not touched,
**   or counts as over, in any other.
** - a lock that is held while the host is called cannot be taken before a fork, which would wait for the host: it is a
**   turn.
*/
#ifndef TI_BASE_FORK_H
#define TI_BASE_FORK_H

#include "atomics.h"
#include "thread.h"

/* Counts the forks between this process and the first one that used the engine. ti_fork_watch, which must have been
   called before, begins the counting; false without memory. */
bool ti_fork_watch(void);
unsigned ti_fork_generation(void);

/* One more set of handlers, put in place by the first call; later ones are a load. 'before' is called in the thread
   that forks, then 'parent' and 'child' in the two processes, at every fork from then on, and after the counting. False
   without memory. */
typedef struct ti_fork_hook {
  void (*before)(void), (*parent)(void), (*child)(void);
  atomic_bool set;
} ti_fork_hook;
bool ti_fork_hook_set(ti_fork_hook *hook);

/* No fork happens in between. Calls do not nest, and nothing of the engine's that waits is called there. */
void ti_fork_hold(void);
void ti_fork_release(void);

/* A lock that is held while the host is called: taken by turns. Whoever had it at a fork and is not in the child has
   had its turn there; the thread that forked, in the middle of its own, still has it. Zeroed: nobody's. */
typedef struct ti_turn {
  ti_mutex lock;
  atomic_uint word; /* 2 g + 2: good in generation g; 2 g + 1: being made anew there */
  _Atomic(const void *) owner;
} ti_turn;
void ti_turn_init(ti_turn *turn);
void ti_turn_destroy(ti_turn *turn);
void ti_turn_take(ti_turn *turn);
void ti_turn_give(ti_turn *turn);

#endif
