/*
** An operation: what is kept of one run - its failures, whether it is to stop, what was spawned in it. Lives on the
** stack of the calling thread, which returns after all tasks of the operation are done.
*/
#ifndef TI_POOL_OPERATION_H
#define TI_POOL_OPERATION_H

#include "../base/atomics.h"
#include "../base/thread.h"
#include "worker.h"

typedef struct ti_spawned ti_spawned;

struct ti_operation {
  ti_operation *outer; /* the run this one was made in, which lasts longer; or NULL */
  const tine_pool *pool;
  void *guard;           /* of the thread that made it, and so of all its tasks */
  tine_account *account; /* of the thread that made it: its tasks allocate on its behalf, too */
  size_t stack;          /* bytes that thread had left, or less: see ti_ctx_stack */
  bool apart;            /* of the one around it: that is cancelled without this */
  atomic_bool cancelled;
  _Atomic uint64_t stop; /* the lowest failed item; UINT64_MAX: none, or that very one */
  atomic_bool failed;
  ti_mutex lock;    /* guards 'least' */
  tine_error least; /* of the failures noted so far; status TINE_OK: none */

  /* Spawned closures (scope.c), under the pool's spawn lock but for 'spawns'. */
  atomic_bool spawns;       /* were there any? */
  ti_spawned *first, *last; /* not begun, oldest first */
  ti_spawned *running;
  size_t unfinished;            /* both together */
  _Atomic(ti_parker *) waiting; /* of the thread that waits for them and wants work; read without the lock, too */
  ti_operation *next;           /* of the pool's list of operations with closures not begun */
};

void ti_operation_begin(ti_operation *op, const tine_pool *pool, ti_operation *outer);
/* Any thread that runs a task of the operation. */
void ti_operation_note(ti_operation *op, tine_status code, uint64_t item, const char *message);
/* A body that was given items [lo, hi) returned that status: if it did not say where it failed, it was at the first. */
void ti_operation_note_range(ti_operation *op, tine_status status, uint64_t lo, uint64_t hi);
/* Any thread, while the operation lasts. */
void ti_operation_cancel(ti_operation *op);
/* Is the item at or after the lowest failed one, or was the operation or one around it cancelled? */
bool ti_operation_stopped(const ti_operation *op, uint64_t item);
/* Gives the least failure, if any, to 'err', and its status. */
tine_status ti_operation_end(ti_operation *op, tine_error *err);

/* Under the pool's spawn lock: unparks the thread that waits for what was spawned in it, if it wants work. */
void ti_operation_unpark(ti_operation *op);
/* How many of the operations that the task at the top of w belongs to are waited for by a thread that wants work; and,
   after something was made public, the same to be unparked. Owner only. */
unsigned ti_operation_wanted(const ti_worker *w);
void ti_operation_announce(const ti_worker *w);
/* scope.c. Returns when all that was spawned in the operation is done; runs closures of it meanwhile, in the context
   given. */
void ti_operation_drain(ti_operation *op, tine_ctx *ctx);

#endif
