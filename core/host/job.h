/*
** What a job is, for the files that start and end it (job.c) and that wait for it (job_wait.c).
**
** Invariant: 'status' and 'error' are constant once 'done' is true. In the child of a fork no thread runs a job of
** the parent's, and its locks are as they were at that moment: so a job that was not done is only read there.
*/
#ifndef TI_HOST_JOB_H
#define TI_HOST_JOB_H

#include "../base/event.h"
#include "../base/fork.h"
#include "../drive/cancel.h"
#include "../pool/runner.h"

typedef struct ti_job_waiter {
  ti_parker parker;
  struct ti_job_waiter *next;
} ti_job_waiter;

struct tine_job {
  ti_submission submission; /* first: a pointer to it is one to the job */
  tine_job_desc desc;
  uint64_t deadline;         /* UINT64_MAX: none */
  tine_interrupt *interrupt; /* a reference of its own, or NULL */
  tine_pool *default_pool;   /* held for it, or NULL */
  unsigned generation;       /* of the process it runs in */
  atomic_uint holds;         /* see job.c */
  tine_status status;
  tine_error error;
  atomic_bool done;
  ti_mutex lock; /* guards what follows, and the change of 'done' */
  ti_job_waiter *waiters;
  bool has_event;
  ti_event event;
  ti_progress progress;
};

static inline bool ti_job_is_done(const tine_job *job) {
  return ti_load_acquire(&job->done); /* pairs with the release in job_over: status, error, all that fn wrote */
}

/* It was not done when this process was forked, and can be done only in the parent. */
static inline bool ti_job_is_lost(const tine_job *job) {
  return job->generation != ti_fork_generation() && !ti_job_is_done(job);
}

static inline bool ti_job_is_late(const tine_job *job) {
  return job->deadline < UINT64_MAX && ti_now_ns() >= job->deadline;
}

/* Ends a job that is still in the queue, if its time is up or it was interrupted: nobody else does. */
void ti_job_end_late(tine_job *job);
/* By ti_now_ns, so many seconds from now; UINT64_MAX: never. */
uint64_t ti_job_until(double seconds);

#endif
