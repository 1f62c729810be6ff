/*
** Jobs: a function of the host's that waits in the queue of a pool and then runs (../pool/submission.c), and what its
** handles say of it.
**
** Invariant: a job is freed, and its environment dropped, by whoever takes the last of what is in 'holds': its handles,
** and HOLD_RUNNER as long as it waits or runs, but not in the child of a fork (job.h).
*/
#include <string.h>

#include "../base/account.h"
#include "../base/error.h"
#include "../base/memory.h"
#include "../base/visit.h"
#include "job.h"

#define HOLD_RUNNER (1u << 31)

enum { JOB_ENV = (sizeof(tine_job) + _Alignof(max_align_t) - 1) / _Alignof(max_align_t) * _Alignof(max_align_t) };

static void close_event(tine_job *job) {
  if (job->has_event)
    ti_event_close(&job->event);
  job->has_event = false;
}

static void job_free(tine_job *job) {
  close_event(job);
  if (job->generation == ti_fork_generation())
    ti_mutex_destroy(&job->lock);
  tine_interrupt_release(job->interrupt);
  ti_free(job, JOB_ENV + job->desc.env_size, _Alignof(tine_job));
}

/* Gives up a hold; true if it was the last. If not, the job may be gone a moment later. */
static bool job_give_up(tine_job *job, unsigned hold) {
  const bool here = job->generation == ti_fork_generation();
  unsigned left = ti_sub_acqrel(&job->holds, hold) - hold; /* pairs with itself, as any count of references */
  if (!here)
    left &= ~HOLD_RUNNER; /* which may have been there in the parent */
  return left == 0;
}

static void job_drop(tine_job *job) {
  if (job->desc.drop != NULL)
    TI_VISIT(job->desc.drop(job->desc.env));
  job_free(job);
}

/* ----- Being run, or skipped ----- */

/* Notes what fn returned. Its error, if it filled that in, is of the same status; else the text says what there is to
   say. */
static void job_result(tine_job *job, int code) {
  char own[TINE_MESSAGE_SIZE] = "";
  const bool filled = code != 0 && (int)job->error.status == code;
  job->status = (tine_status)ti_error_host(code, filled ? job->error.message : own);
  if (filled)
    job->error.status = job->status;
  else if (job->status != TINE_OK)
    ti_error_set(&job->error, job->status, "%s", own[0] != '\0' ? own : tine_status_text(job->status));
  ti_assert(job->status == TINE_OK || job->error.status == job->status);
}

static void job_run(ti_submission *e) {
  tine_job *const job = (tine_job *)(void *)e;
  ti_cancels was, own = {.progress = &job->progress, .cancelled = &e->root.cancelled, .deadline = job->deadline};
  ti_visit visit;
  own.interrupt = job->interrupt;
  ti_cancels_begin(&was, &own);
  ti_visit_begin(&visit);
  job->error.status = TINE_OK;
  job_result(job, (int)job->desc.fn(job->desc.env, &job->error));
  ti_visit_end(&visit);
  ti_cancels_end(&was);
}

static void job_skip(ti_submission *e) {
  tine_job *const job = (tine_job *)(void *)e;
  const bool interrupted = ti_interrupted(job->interrupt);
  const bool ended = interrupted || ti_load_relaxed(&e->root.cancelled);
  job->status = !ended && ti_job_is_late(job) ? TINE_ETIMEOUT : TINE_ECANCELED;
  ti_error_set(&job->error, job->status, "%s", interrupted ? "interrupted" : tine_status_text(job->status));
  if (job->desc.skipped != NULL)
    TI_VISIT(job->desc.skipped(job->desc.env));
}

static void job_over(ti_submission *e) {
  tine_job *const job = (tine_job *)(void *)e;
  bool last;
  if (job->default_pool != NULL)
    /* first: whoever finds it done may want to see the threads gone */
    ti_default_leave(TI_DEFAULT_JOB, job->default_pool);
  ti_mutex_lock(&job->lock);
  ti_assert(!ti_load_relaxed(&job->done)); /* a submission is over once */
  last = job_give_up(job, HOLD_RUNNER);    /* before it is done: then whoever finds it done and releases it drops it */
  ti_store_release(&job->done, true);      /* pairs with is_done */
  for (ti_job_waiter *w = job->waiters; w != NULL; w = w->next)
    ti_parker_unpark(&w->parker); /* in the lock: a waiter that is off the list may be gone */
  if (job->has_event)
    ti_event_signal(&job->event);
  ti_mutex_unlock(&job->lock);
  if (last)
    job_drop(job);
}

/* ----- Starting ----- */

static tine_status job_check(tine_job_desc *d, const tine_job_desc *given, tine_error *err) {
  if (given == NULL || given->size < sizeof given->size)
    return ti_error_set(err, TINE_EINVAL, "no job description, or one whose size is not set");
  memset(d, 0, sizeof *d);
  memcpy(d, given, given->size < sizeof *d ? given->size : sizeof *d);
  if (d->fn == NULL)
    return ti_error_set(err, TINE_EINVAL, "a job has no function to run");
  if (d->env_size > 0 && d->env == NULL)
    return ti_error_set(err, TINE_EINVAL, "a job has a size of environment but none");
  if (!(d->limit >= 0))
    return ti_error_set(err, TINE_EINVAL, "a job's limit of time must not be negative");
  return TINE_OK;
}

uint64_t ti_job_until(double seconds) {
  const ti_fp saved = ti_fp_enter(); /* no number, and seconds past the largest, may trap */
  const bool endless = !(seconds >= 0) || seconds * 1e9 >= (double)(INT64_MAX - 1);
  uint64_t until = endless ? UINT64_MAX : ti_now_ns() + (uint64_t)(seconds * 1e9);
  TI_FP_SETTLE(until);
  ti_fp_leave(saved);
  return until;
}

static tine_job *job_make(const tine_job_desc *d) {
  tine_job *job =
      d->env_size <= PTRDIFF_MAX - JOB_ENV ? ti_alloc_zeroed(JOB_ENV + d->env_size, _Alignof(tine_job)) : NULL;
  if (job == NULL)
    return NULL;
  job->submission.run = job_run;
  job->submission.skip = job_skip;
  job->submission.over = job_over;
  job->deadline = d->limit > 0 ? ti_job_until(d->limit) : UINT64_MAX;
  job->desc = *d;
  if (d->env_size > 0)
    job->desc.env = memcpy((char *)job + JOB_ENV, d->env, d->env_size);
  job->interrupt = tine_interrupt_retain(ti_interrupt_here());
  job->generation = ti_fork_generation();
  atomic_init(&job->holds, HOLD_RUNNER + 1);
  ti_mutex_init(&job->lock);
  return job;
}

tine_status tine_job_start(tine_job **out, const tine_job_desc *desc, tine_error *err) {
  tine_job_desc d;
  tine_job *job;
  tine_status status = job_check(&d, desc, err);
  *out = NULL;
  if (status != TINE_OK)
    return status;
  job = ti_fork_watch() ? job_make(&d) : NULL;
  if (job == NULL)
    return ti_error_nomem(err);
  if (d.pool == NULL) {
    d.pool = job->default_pool = ti_default_enter(TI_DEFAULT_JOB, err);
    status = d.pool != NULL ? TINE_OK : TINE_ENOMEM;
  }
  if (status == TINE_OK)
    status = ti_submission_start(d.pool, &job->submission, err);
  if (status == TINE_OK) {
    *out = job;
    return TINE_OK;
  }
  if (job->default_pool != NULL)
    ti_default_leave(TI_DEFAULT_JOB, job->default_pool);
  job_free(job);
  return status;
}

/* ----- Handles ----- */

tine_job *tine_job_retain(tine_job *job) {
  ti_assert(job == NULL || ti_load_relaxed(&job->holds) % HOLD_RUNNER > 0);
  if (job != NULL)
    ti_add_relaxed(&job->holds, 1u); /* relaxed: whoever retains holds it already */
  return job;
}

void tine_job_release(tine_job *job) {
  const bool here = job != NULL && job->generation == ti_fork_generation();
  bool last;
  if (job == NULL)
    return;
  if (here)
    ti_mutex_lock(&job->lock); /* its runner may be in it; and while we are, cannot give the job up */
  last = job_give_up(job, 1);
  if (here && ti_load_relaxed(&job->holds) == HOLD_RUNNER)
    close_event(job); /* nobody listens, for as long as it runs */
  if (here)
    ti_mutex_unlock(&job->lock);
  if (last)
    job_drop(job);
  ti_default_sweep();
}

void tine_job_fd_close(tine_job *job) {
  const bool here = job != NULL && job->generation == ti_fork_generation();
  if (job == NULL)
    return;
  if (here)
    ti_mutex_lock(&job->lock);
  close_event(job);
  if (here)
    ti_mutex_unlock(&job->lock);
}

void *tine_job_env(const tine_job *job) {
  return job->desc.env;
}

void ti_job_end_late(tine_job *job) {
  if (!ti_submission_begun(&job->submission) && (ti_job_is_late(job) || ti_interrupted(job->interrupt)))
    ti_submission_withdraw(&job->submission);
}

bool tine_job_done(const tine_job *job) {
  if (ti_job_is_lost(job))
    return true;
  ti_job_end_late((tine_job *)(uintptr_t)job); /* handles are pointers to what is no constant */
  return ti_job_is_done(job);
}

void tine_job_cancel(tine_job *job) {
  ti_operation_cancel(&job->submission.root);
  if (job->generation == ti_fork_generation())
    ti_submission_withdraw(&job->submission);
}

void tine_job_progress(const tine_job *job, uint64_t *done, uint64_t *total) {
  if (done != NULL)
    *done = ti_load_relaxed(&job->progress.done); /* relaxed, both: for people */
  if (total != NULL)
    *total = ti_load_relaxed(&job->progress.total);
}

int tine_job_fd(tine_job *job, tine_error *err) {
  int error = 0;
  if (ti_job_is_lost(job) || (job->generation != ti_fork_generation() && !job->has_event)) {
    ti_error_set(err, TINE_EINVAL, "the job is one of the process this one was forked from");
    return -1;
  }
  if (job->generation != ti_fork_generation())
    return job->event.ends[0];
  ti_mutex_lock(&job->lock);
  if (!job->has_event) {
    error = ti_event_open(&job->event);
    job->has_event = error == 0;
    if (error == 0 && ti_job_is_done(job))
      ti_event_signal(&job->event);
  }
  ti_mutex_unlock(&job->lock);
  if (error == 0)
    return job->event.ends[0];
  ti_error_os(err, TINE_EIO, error, "no descriptor for a job");
  return -1;
}

#undef HOLD_RUNNER
