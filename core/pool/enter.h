/*
** Entering a pool: what every kind of run has in common.
*/
#ifndef TI_POOL_ENTER_H
#define TI_POOL_ENTER_H

#include "operation.h"

/* Runs fn(ctx, arg) as a run of its own; NULL as pool is the default pool. */
tine_status ti_enter(tine_pool *pool, tine_task *fn, void *arg, tine_error *err);

/* Takes the thread into the pool for 'frame', which says so until ti_enter_leave, and returns its context. With another
   run of the pool on this thread it is in place; else in a seat, or if none is free or needed in the crowd's record,
   where tasks run one after the other. */
tine_ctx *ti_enter_frame(ti_frame *frame, tine_pool *pool, ti_operation *op);
void ti_enter_leave(const ti_frame *frame);

#endif
