/*
** Waiting for a job: asleep, or at work at it where else nobody might be.
*/
#include "../base/account.h"
#include "../base/error.h"
#include "job.h"

#define WAIT_MOST_NS UINT64_C(500000000) /* a parker's own limit is a second */

enum { HELP_DEPTH = 16 }; /* jobs on one thread, each begun as the one before waited for it */

/* Puts w on the list of those that are unparked when the job ends; false if it has. */
static bool waiter_list(tine_job *job, ti_job_waiter *w) {
  bool listed;
  ti_mutex_lock(&job->lock);
  listed = !ti_job_is_done(job);
  if (listed) {
    w->next = job->waiters;
    job->waiters = w;
  }
  ti_mutex_unlock(&job->lock);
  return listed;
}

static void waiter_unlist(tine_job *job, const ti_job_waiter *w) {
  ti_job_waiter **link = &job->waiters;
  ti_mutex_lock(&job->lock);
  while (*link != w)
    link = &(*link)->next;
  *link = w->next;
  ti_mutex_unlock(&job->lock);
}

static bool job_watch(const tine_job *job, const tine_watch *watch) {
  uint64_t done, total;
  tine_job_progress(job, &done, &total);
  return ti_watch_look(watch, ti_account_here(), done, total);
}

/* Sleeps until the job is done, or that time has come, or the watch has enough. */
static tine_status job_sleep(tine_job *job, ti_job_waiter *w, uint64_t until) {
  const tine_watch *const watch = ti_watch_here();
  uint64_t now = ti_now_ns(), next = watch != NULL ? now + ti_watch_every(watch) : UINT64_MAX;
  bool looked = false;
  for (; !ti_job_is_done(job); now = ti_now_ns()) {
    uint64_t wake = until < next ? until : next;
    if (ti_job_is_lost(job))
      return TINE_ECANCELED; /* a hook forked, and this is the child */
    if (now < job->deadline && job->deadline < wake)
      wake = job->deadline;
    if (now >= until)
      return TINE_ETIMEOUT;
    if (now >= job->deadline || ti_interrupted(job->interrupt))
      ti_job_end_late(job);
    ti_runner_stand_aside(false);
    if (now >= next) {
      looked = true;
      if (!job_watch(job, watch))
        return TINE_ECANCELED;
      next = ti_now_ns() + ti_watch_every(watch);
      continue;
    }
    wake -= now;
    ti_parker_park_for(&w->parker, wake < WAIT_MOST_NS ? wake : WAIT_MOST_NS);
  }
  return !looked || job_watch(job, watch) ? TINE_OK : TINE_ECANCELED;
}

/* Is a job that nobody has begun to be run by this thread, which waits for it? By another job's, for that may be what
   keeps it from being begun; and where there are no threads for it. */
static bool must_help(const tine_job *job, double seconds) {
  if (ti_submission_begun(&job->submission))
    return false;
  return (!(seconds >= 0) && (ti_cancels_depth() > 0 || job->submission.lean)) || job->submission.alone;
}

static tine_status job_wait(tine_job *job, double seconds) {
  ti_job_waiter w;
  tine_status status = TINE_OK;
  ti_job_end_late(job);
  if (must_help(job, seconds) && ti_cancels_depth() < HELP_DEPTH)
    ti_submission_help(&job->submission);
  if (ti_job_is_done(job))
    return TINE_OK;
  if (seconds == 0)
    return TINE_ETIMEOUT;
  ti_parker_init(&w.parker);
  if (waiter_list(job, &w)) {
    ti_runner_stand_aside(true);
    status = job_sleep(job, &w, ti_job_until(seconds));
    ti_runner_resume();
    if (!ti_job_is_lost(job))
      waiter_unlist(job, &w);
  }
  ti_parker_destroy(&w.parker);
  return status;
}

static tine_status job_lost(tine_error *err) {
  return ti_error_set(err, TINE_ECANCELED, "the process that ran the job is another one");
}

tine_status tine_job_wait(tine_job *job, double seconds, tine_error *err) {
  tine_status status;
  if (ti_job_is_lost(job))
    return job_lost(err);
  if (ti_cancels_inside(&job->submission.root.cancelled))
    return ti_error_set(err, TINE_EINVAL, "a job cannot wait for itself");
  if (job->submission.lean && must_help(job, seconds) && ti_cancels_depth() >= HELP_DEPTH)
    return ti_error_set(err, TINE_EINVAL, "jobs wait for jobs, %d deep, in a pool without threads for them",
                        HELP_DEPTH);
  status = job_wait(job, seconds);
  if (ti_job_is_lost(job))
    return job_lost(err);
  if (status != TINE_OK)
    return ti_error_set(err, status, "%s", tine_status_text(status));
  ti_default_sweep();
  return job->status == TINE_OK ? TINE_OK : ti_error_copy(err, &job->error);
}

#undef WAIT_MOST_NS
