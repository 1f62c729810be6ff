/*
** Frames: which runs and stolen tasks a thread is in, innermost first. A frame lies on the C stack of the thread; it
** tells which slots of which record belong to which operation. README.md, section 1.
*/
#ifndef TI_POOL_FRAME_H
#define TI_POOL_FRAME_H

#include "../base/thread.h"
#include "../base/visit.h"
#include "stack.h"

typedef struct ti_frame {
  ti_worker *worker;
  ti_operation *operation;
  unsigned first;         /* its tasks are in slots from here on, up to those of the next frame on the record */
  struct ti_frame *below; /* on the same record; NULL in the overflow record */
  struct ti_frame *outer; /* on the same thread */
  void *guard;            /* of what the thread did before */
  ti_visit visit;         /* of the host's task */
} ti_frame;

/* What runs in that context from now on is of the operation. */
void ti_frame_enter(ti_frame *frame, const tine_ctx *ctx, ti_operation *operation);
void ti_frame_leave(const ti_frame *frame);
/* Runs a task of an operation that this thread may not be in: in a frame of its own, on behalf of that one's
   account. */
void ti_frame_run(tine_ctx *ctx, ti_operation *operation, tine_task *fn, void *arg);

/* The innermost frame of this thread, of any pool, of that pool; NULL if there is none. */
ti_frame *ti_frame_current(void);
ti_frame *ti_frame_inside(const tine_pool *pool);
/* Likewise, but of those that are not set aside (ti_aside); and are there any that are? */
ti_frame *ti_frame_here(const tine_pool *pool);
bool ti_frame_aside(void);
/* Is what this thread begins now beside what it is in the middle of, and no part of it? */
bool ti_frame_beside(void);
/* The operation that a run made by this thread is made in: that of its frame, else its root; NULL if there is none. The
   root of a runner is around all that its submission does: what cancels it cancels them. */
ti_operation *ti_operation_here(void);
/* What a thread is doing, set aside while it runs a submission, which has nothing to do with that. */
typedef struct ti_apart {
  ti_frame *innermost;
  ti_operation *root; /* of a submission at work: around all that it does */
  tine_pool *home;    /* whose submissions it runs */
  void *guard;        /* pool.h */
  const struct ti_wait_hook *hook;
  bool beside;           /* in the call of ti_aside, or in a run there */
  const ti_frame *aside; /* this frame and those outside of it are left as they are; NULL: none is */
} ti_apart;
ti_apart ti_apart_begin(tine_pool *home, ti_operation *root);
void ti_apart_end(const ti_apart *was);
/* Parks, but keeps the thread's wait hook meanwhile; returns at times without an unpark. */
void ti_hook_park(ti_parker *parker);
/* The frame a context belongs to. */
ti_frame *ti_frame_of(const tine_ctx *ctx);
/* The first free slot above a frame that is innermost on its record. */
tine_ctx *ti_frame_ctx(const ti_frame *frame);

#endif
