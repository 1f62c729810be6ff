/*
** Calls: what a broadcast asks of each worker. Each has a list of them, which it looks at when it has nothing else to
** do; so a worker that waits in a join is called later, and a call can never be what a joiner is kept waiting by.
*/
#ifndef TI_POOL_CALLS_H
#define TI_POOL_CALLS_H

#include "operation.h"

struct ti_call {
  struct ti_calls *whole;
  ti_call *next;
};

/* Those of one broadcast, in its operation. */
typedef struct ti_calls {
  tine_task *fn;
  void *arg;
  ti_operation *operation;
  unsigned count;
  unsigned unfinished; /* under the spawn lock, as the lists */
  ti_parker parker;    /* of whoever waits for them */
  ti_call *each;       /* owned by whoever waits, one a worker */
} ti_calls;

/* Calls the first 'count' workers of a pool, and waits until all have answered. */
void ti_calls_begin(ti_calls *calls, tine_pool *pool);
void ti_calls_await(ti_calls *calls, tine_pool *pool);

/* The worker's part: the oldest call for it, or NULL; and to run it. */
ti_call *ti_call_begin(ti_worker *w);
void ti_call_run(ti_worker *w, ti_call *call);

#endif
