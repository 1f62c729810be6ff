/*
** Runners: threads of a pool that are no workers. Each runs one *errand* at a time, a function of the host's that is
** expected to start runs, and takes part in those as any calling thread does. README.md, section 10.
*/
#ifndef TI_POOL_RUNNER_H
#define TI_POOL_RUNNER_H

#include "operation.h"

typedef struct ti_errand ti_errand;
struct ti_errand {
  void (*run)(ti_errand *e);  /* the errand itself */
  void (*over)(ti_errand *e); /* called next; neither the pool nor the runner touches it any more, so it may be freed */
  ti_operation root;          /* around all that it runs: cancelled when the errand is */
};

/* Starts an errand, whose 'run' and 'over' are set. TINE_ETHREAD, TINE_ENOMEM, or TINE_ECANCELED if the pool is being
   destroyed: then neither is called. */
tine_status ti_runner_start(tine_pool *pool, ti_errand *e, tine_error *err);

/* The default pool, held for a job; made if need be. NULL and an error without memory. */
tine_pool *ti_default_enter_job(tine_error *err);
void ti_default_leave_job(const tine_pool *pool);
/* Destroys the default pool if nobody needs it any more: what the last job, on a thread of the pool itself, could not. */
void ti_default_sweep(void);

/* inside.h has these, too: they say whether an object outlived a fork. */
bool ti_fork_watch(void);
unsigned ti_fork_generation(void);

#endif
