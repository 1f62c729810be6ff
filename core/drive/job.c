/*
** Jobs: a function of the host's that waits in the queue of a pool and then runs (../pool/errand.c), and what its handles
** say of it.
**
** Invariant: a job is freed, and its environment dropped, by whoever takes the last of what is in 'holds': its handles, and
** HOLD_RUNNER as long as it waits or runs. 'status' and 'error' are constant once 'done' is true.
**
** In the child of a fork nobody is at it, and locks are what they were in the parent at that moment. So jobs of the
** parent that were not done are only looked at there, and their handles are all that holds them.
*/
#include <string.h>

#include "../base/account.h"
#include "../base/bell.h"
#include "../base/error.h"
#include "../base/fork.h"
#include "../base/memory.h"
#include "../base/visit.h"
#include "../pool/runner.h"
#include "rein.h"

#define HOLD_RUNNER (1u << 31)
#define WAIT_MOST_NS UINT64_C(500000000) /* a parker's own limit is a second */

enum { HELP_DEPTH = 16 }; /* jobs on one thread, each begun as the one before waited for it */

typedef struct job_waiter {
  ti_parker parker;
  struct job_waiter *next;
} job_waiter;

struct tine_job {
  ti_errand errand; /* first: the runner knows no more */
  tine_job_desc desc;
  uint64_t deadline;         /* UINT64_MAX: none */
  tine_interrupt *interrupt; /* a reference of its own, or NULL */
  tine_pool *default_pool;   /* held for it, or NULL */
  unsigned generation;       /* of the process it runs in */
  atomic_uint holds;
  tine_status status;
  tine_error error;
  atomic_bool done;
  ti_mutex lock; /* guards what follows, and the change of 'done' */
  job_waiter *waiters;
  bool has_bell;
  ti_bell bell;
  ti_progress progress;
};

enum { JOB_ENV = (sizeof(tine_job) + _Alignof(max_align_t) - 1) / _Alignof(max_align_t) * _Alignof(max_align_t) };

static bool is_done(const tine_job *job) {
  return ti_load_acquire(&job->done); /* pairs with the release in job_over: status, error, all that fn wrote */
}

/* It was running when this process came to be, elsewhere. */
static bool is_lost(const tine_job *job) {
  return job->generation != ti_fork_generation() && !is_done(job);
}

static void job_free(tine_job *job) {
  if (job->has_bell)
    ti_bell_close(&job->bell);
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
    job->desc.drop(job->desc.env);
  job_free(job);
}

/* ----- Being run, or skipped ----- */

/* Notes what fn returned. Its error, if it filled that in, is of the same status; else the text says what there is to say. */
static void job_result(tine_job *job, int code) {
  char own[TINE_MESSAGE_SIZE] = "";
  const bool filled = code != 0 && (int)job->error.status == code;
  job->status = (tine_status)ti_error_host(code, filled ? job->error.message : own);
  if (filled)
    job->error.status = job->status;
  else if (job->status != TINE_OK)
    ti_error_set(&job->error, job->status, "%s", own[0] != '\0' ? own : tine_status_text(job->status));
}

static void job_run(ti_errand *e) {
  tine_job *const job = (tine_job *)(void *)e;
  ti_reins was, own = {.progress = &job->progress, .cancelled = &e->root.cancelled, .deadline = job->deadline};
  ti_visit visit;
  own.interrupt = job->interrupt;
  ti_reins_begin(&was, &own);
  ti_visit_begin(&visit);
  job->error.status = TINE_OK;
  job_result(job, (int)job->desc.fn(job->desc.env, &job->error));
  ti_visit_end(&visit);
  ti_reins_end(&was);
}

static bool is_late(const tine_job *job) {
  return job->deadline < UINT64_MAX && ti_now_ns() >= job->deadline;
}

static void job_skip(ti_errand *e) {
  tine_job *const job = (tine_job *)(void *)e;
  const bool interrupted = ti_interrupted(job->interrupt);
  const bool ended = interrupted || ti_load_relaxed(&e->root.cancelled);
  job->status = !ended && is_late(job) ? TINE_ETIMEOUT : TINE_ECANCELED;
  ti_error_set(&job->error, job->status, "%s", interrupted ? "interrupted" : tine_status_text(job->status));
  if (job->desc.skipped != NULL)
    job->desc.skipped(job->desc.env);
}

static void job_over(ti_errand *e) {
  tine_job *const job = (tine_job *)(void *)e;
  bool last;
  if (job->default_pool != NULL)
    ti_default_leave_job(job->default_pool); /* first: who finds it done may want to see the threads gone */
  ti_mutex_lock(&job->lock);
  last = job_give_up(job, HOLD_RUNNER); /* before it is done: then who finds it done and releases it drops it */
  ti_store_release(&job->done, true);   /* pairs with is_done */
  for (job_waiter *w = job->waiters; w != NULL; w = w->next)
    ti_parker_unpark(&w->parker); /* in the lock: a waiter that is off the list may be gone */
  if (job->has_bell)
    ti_bell_ring(&job->bell);
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

static uint64_t until_after(double seconds) {
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
  job->errand.run = job_run;
  job->errand.skip = job_skip;
  job->errand.over = job_over;
  job->deadline = d->limit > 0 ? until_after(d->limit) : UINT64_MAX;
  job->desc = *d;
  if (d->env_size > 0)
    job->desc.env = memcpy((char *)job + JOB_ENV, d->env, d->env_size);
  job->interrupt = tine_interrupt_retain(ti_interrupt_here());
  job->generation = ti_fork_generation();
  atomic_init(&job->holds, HOLD_RUNNER + 1);
  atomic_init(&job->done, false);
  ti_mutex_init(&job->lock);
  atomic_init(&job->progress.done, 0);
  atomic_init(&job->progress.total, 0);
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
    d.pool = job->default_pool = ti_default_enter_job(err);
    status = d.pool != NULL ? TINE_OK : TINE_ENOMEM;
  }
  if (status == TINE_OK)
    status = ti_errand_start(d.pool, &job->errand, err);
  if (status == TINE_OK) {
    *out = job;
    return TINE_OK;
  }
  if (job->default_pool != NULL)
    ti_default_leave_job(job->default_pool);
  job_free(job);
  return status;
}

/* ----- Handles ----- */

tine_job *tine_job_retain(tine_job *job) {
  if (job != NULL)
    ti_add_relaxed(&job->holds, 1u); /* relaxed: who retains holds it already */
  return job;
}

void tine_job_release(tine_job *job) {
  if (job == NULL)
    return;
  if (job_give_up(job, 1)) {
    if (job->generation == ti_fork_generation()) { /* its runner may still be in the lock */
      ti_mutex_lock(&job->lock);
      ti_mutex_unlock(&job->lock);
    }
    job_drop(job);
  }
  ti_default_sweep();
}

void *tine_job_env(const tine_job *job) {
  return job->desc.env;
}

/* Nobody else ends a job in the queue whose time is up, or which was interrupted. */
static void end_late(tine_job *job) {
  if (!ti_errand_begun(&job->errand) && (is_late(job) || ti_interrupted(job->interrupt)))
    ti_errand_withdraw(&job->errand);
}

bool tine_job_done(const tine_job *job) {
  if (is_lost(job))
    return true;
  end_late((tine_job *)(uintptr_t)job); /* handles are pointers to what is no constant */
  return is_done(job);
}

void tine_job_cancel(tine_job *job) {
  ti_operation_cancel(&job->errand.root);
  if (job->generation == ti_fork_generation())
    ti_errand_withdraw(&job->errand);
}

void tine_job_progress(const tine_job *job, uint64_t *done, uint64_t *total) {
  if (done != NULL)
    *done = ti_load_relaxed(&job->progress.done); /* relaxed, both: for people */
  if (total != NULL)
    *total = ti_load_relaxed(&job->progress.total);
}

int tine_job_fd(tine_job *job, tine_error *err) {
  int error = 0;
  if (is_lost(job) || (job->generation != ti_fork_generation() && !job->has_bell)) {
    ti_error_set(err, TINE_EINVAL, "the job is one of the process this one was forked from");
    return -1;
  }
  if (job->generation != ti_fork_generation())
    return job->bell.ends[0];
  ti_mutex_lock(&job->lock);
  if (!job->has_bell) {
    error = ti_bell_open(&job->bell);
    job->has_bell = error == 0;
    if (error == 0 && is_done(job))
      ti_bell_ring(&job->bell);
  }
  ti_mutex_unlock(&job->lock);
  if (error == 0)
    return job->bell.ends[0];
  ti_error_os(err, TINE_EIO, error, "no descriptor for a job");
  return -1;
}

/* ----- Waiting ----- */

/* Puts w on the list of those who are unparked in the end; false if that was already. */
static bool waiter_list(tine_job *job, job_waiter *w) {
  bool listed;
  ti_mutex_lock(&job->lock);
  listed = !is_done(job);
  if (listed) {
    w->next = job->waiters;
    job->waiters = w;
  }
  ti_mutex_unlock(&job->lock);
  return listed;
}

static void waiter_unlist(tine_job *job, const job_waiter *w) {
  job_waiter **link = &job->waiters;
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
static tine_status job_sleep(tine_job *job, job_waiter *w, uint64_t until) {
  const tine_watch *const watch = ti_watch_here();
  uint64_t now = ti_now_ns(), next = watch != NULL ? now + ti_watch_every(watch) : UINT64_MAX;
  bool looked = false;
  for (; !is_done(job); now = ti_now_ns()) {
    uint64_t wake = until < next ? until : next;
    if (is_lost(job))
      return TINE_ECANCELED; /* a hook forked, and this is the child */
    if (now < job->deadline && job->deadline < wake)
      wake = job->deadline;
    if (now >= until)
      return TINE_ETIMEOUT;
    if (now >= job->deadline || ti_interrupted(job->interrupt))
      end_late(job);
    ti_runner_relieve();
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
  if (ti_errand_begun(&job->errand))
    return false;
  return (!(seconds >= 0) && (ti_reins_depth() > 0 || job->errand.lean)) || job->errand.alone;
}

static tine_status job_wait(tine_job *job, double seconds) {
  job_waiter w;
  tine_status status = TINE_OK;
  end_late(job);
  if (must_help(job, seconds) && ti_reins_depth() < HELP_DEPTH)
    ti_errand_help(&job->errand);
  if (is_done(job))
    return TINE_OK;
  if (seconds == 0)
    return TINE_ETIMEOUT;
  ti_parker_init(&w.parker);
  if (waiter_list(job, &w)) {
    ti_runner_pause();
    status = job_sleep(job, &w, until_after(seconds));
    ti_runner_resume();
    if (!is_lost(job))
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
  if (is_lost(job))
    return job_lost(err);
  if (ti_reins_inside(&job->errand.root.cancelled))
    return ti_error_set(err, TINE_EINVAL, "a job cannot wait for itself");
  if (job->errand.lean && must_help(job, seconds) && ti_reins_depth() >= HELP_DEPTH)
    return ti_error_set(err, TINE_EINVAL, "jobs wait for jobs, %d deep, in a pool without threads for them",
                        HELP_DEPTH);
  status = job_wait(job, seconds);
  if (is_lost(job))
    return job_lost(err);
  if (status != TINE_OK)
    return ti_error_set(err, status, "%s", tine_status_text(status));
  ti_default_sweep();
  return job->status == TINE_OK ? TINE_OK : ti_error_copy(err, &job->error);
}

#undef HOLD_RUNNER
#undef WAIT_MOST_NS
