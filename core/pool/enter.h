/*
** Entering a pool: what every kind of run has in common.
*/
#ifndef TI_POOL_ENTER_H
#define TI_POOL_ENTER_H

#include "../base/mode.h"
#include "operation.h"

/* Runs fn(ctx, arg) as a run of its own; NULL as pool is the default pool. */
tine_status ti_enter(tine_pool *pool, tine_task *fn, void *arg, tine_error *err);

/* scope.c: may a closure be run there? */
tine_status ti_closure_check(ti_place place, const tine_closure *c, tine_error *err);

#endif
