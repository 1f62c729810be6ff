/*
** Submissions: functions of the host's that are expected to start runs, and take part in those as any calling thread
** does. They wait in their pool's queue for a *runner*, a thread of the pool that is no worker. README.md, section 10.
*/
#ifndef TI_POOL_RUNNER_H
#define TI_POOL_RUNNER_H

#include "operation.h"

typedef struct ti_submission ti_submission;

/* First in, first out. */
typedef struct ti_submissions {
  ti_submission *first, *last;
} ti_submissions;

struct ti_submission {
  void (*run)(ti_submission *e);  /* the submission itself */
  void (*skip)(ti_submission *e); /* in its place, if it was withdrawn, or its pool ended, before it began */
  void (*over)(ti_submission *e); /* called next; nobody touches it any more, so it may be freed */
  ti_operation root;              /* around all that it runs: cancelled when the submission is */
  atomic_bool claimed;            /* somebody has begun it, or withdraws it */
  bool lean, alone;               /* of its pool: no runners; no workers either */
  tine_pool *pool;                /* there until the submission is over: to be touched by whoever claimed it */
  ti_submissions *list;           /* in which it is, as the next two under the pool's lock */
  ti_submission *next, *previous;
};

/* Puts a submission, zeroed but for 'run', 'skip' and 'over', into the queue. TINE_ETHREAD, TINE_ENOMEM, or
   TINE_ECANCELED if the pool is being destroyed: then none of them is called. */
tine_status ti_submission_start(tine_pool *pool, ti_submission *e, tine_error *err);
/* For whoever holds it. Is it begun, or withdrawn? */
bool ti_submission_begun(const ti_submission *e);
/* If it is not begun: runs it on this thread, whatever that is doing; 'over' is called before it returns. */
bool ti_submission_help(ti_submission *e);
/* If it is not begun: ends it, by 'skip' and 'over' on this thread. */
bool ti_submission_withdraw(ti_submission *e);

/* This thread is going to wait for a submission, and has waited: if it is a runner, and all others wait, too, another
   one stands in. While it waits it tries that once more now and then, by a call that begins nothing. */
void ti_runner_stand_aside(bool begins);
void ti_runner_resume(void);

#endif
