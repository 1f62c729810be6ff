/*
** Tasks and contexts.
**
** A task lives in the stack frame of the tine_join that made it; slots hold pointers. It is run exactly once: by its
** joiner, which took it back, or by a thief. States and protocol: README.md, section 2.
*/
#ifndef TI_POOL_TASK_H
#define TI_POOL_TASK_H

#include "../base/atomics.h"
#include "../tine.h"

typedef struct ti_worker ti_worker;
typedef struct ti_operation ti_operation;

enum ti_task_state {
  TI_TASK_OPEN,    /* not run to its end; nobody is parked for it */
  TI_TASK_AWAITED, /* as OPEN, but who finishes it must unpark the joiner */
  TI_TASK_DONE     /* a thief has run it: what it wrote is visible to who reads this by acquire */
};

typedef struct ti_task {
  tine_task *fn; /* these four are constant once the task is on offer */
  void *arg;
  ti_operation *operation;
  ti_worker *joiner;
  ti_worker *thief; /* these two are written by the thief, under the lock of 'joiner' */
  unsigned base;    /* the first slot of 'thief' that can hold a descendant of this task */
  atomic_uint state;
} ti_task;

/* One for each run and each stolen task, on the stack of the thread that runs it. */
struct tine_ctx {
  tine_pool *pool;
  ti_worker *worker; /* NULL: no slots, joins run one after the other */
  ti_operation *operation;
  tine_ctx *outer; /* the context this thread was in before, or NULL */
};

static inline bool ti_task_done(const ti_task *task) {
  return ti_load_acquire(&task->state) == TI_TASK_DONE; /* pairs with ti_task_finish: what the task wrote */
}

/* The joiner is about to park: false if the task is done. */
static inline bool ti_task_await(ti_task *task) {
  unsigned found = TI_TASK_OPEN;
  /* pairs with ti_task_finish, both ways: that exchange finds AWAITED, or this one finds DONE */
  return ti_cas_acqrel(&task->state, &found, TI_TASK_AWAITED) || found == TI_TASK_AWAITED;
}

/* The last a thief does with the task: after this call the task's memory is something else. Returns whether the
   joiner, whom the thief must know from before, is to be unparked. */
static inline bool ti_task_finish(ti_task *task) {
  return ti_swap_acqrel(&task->state, TI_TASK_DONE) == TI_TASK_AWAITED; /* pairs with ti_task_done and ti_task_await */
}

/* Fills in a context and makes it the current one of this thread; and back to the one before. */
void ti_ctx_enter(tine_ctx *ctx, tine_pool *pool, ti_worker *worker, ti_operation *operation);
void ti_ctx_leave(const tine_ctx *ctx);

#endif
