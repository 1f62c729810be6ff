/*
** An operation: what one tine_pool_run keeps of the failures in it. Lives on the stack of the calling thread, which
** returns after all tasks of the operation are done.
*/
#ifndef TI_POOL_OPERATION_H
#define TI_POOL_OPERATION_H

#include "../base/thread.h"
#include "../tine.h"

typedef struct ti_operation {
  ti_mutex lock;
  tine_error least; /* of the failures noted so far; status TINE_OK: none */
} ti_operation;

void ti_operation_begin(ti_operation *op);
/* Any thread that runs a task of the operation. */
void ti_operation_note(ti_operation *op, tine_status code, uint64_t item, const char *message);
/* Gives the least failure, if any, to 'err', and its status. */
tine_status ti_operation_end(ti_operation *op, tine_error *err);

#endif
