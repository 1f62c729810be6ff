/*
** Jobs apart from their handles. What a run is given and what it makes is the job's environment, which lives until
** nobody can ask for it any more. So neither the pipeline nor arrays need their handles meanwhile, and no state, thread
** or coroutine of Lua is known to it.
**
** The state keeps a ring of the jobs that are not done or have a handle. One whose handle is collected before it is
** done stays there. Each start goes two steps around the ring, and strikes off what it finds done and dropped: so that
** is at most half of it, and no start looks at all. What is done and held is charged for then, see bind_pressure.c.
** When the state closes, those that are not done are cancelled and waited for.
**
** While it runs a job borrows its arrays: lent by whoever starts it, given back on its thread when the run is over.
** Memory it writes is lent for that alone, though it may be read, too (in step).
*/
#include "bind_work.h"

#include <stdio.h>

/* ===== The run ===== */

void bind_work_discard(bind_run *r) {
  const size_t n = r->targets > 0 ? r->targets : bind_run_makes(r);
  tine_pipeline_release(r->p);
  tine_pipeline_release(r->q);
  tine_kernel_release(r->call.kernel);
  for (size_t i = 0; i < n; i++)
    tine_array_release(r->arrays[i]);
}

/* The run, and with it the list of targets, was moved after they were lent. */
static void unlend_all(bind_work *work) {
  work->loan.targets = work->run.arrays;
  bind_loan_end(&work->loan);
}

static tine_status work_run(void *env, tine_error *err) {
  bind_work *work = env;
  const tine_status status = work->run.terminal->run(&work->run, err);
  unlend_all(work);
  return status;
}

static void work_skip(void *env) {
  unlend_all(env);
}

static void work_discard(void *env) {
  bind_work_discard(&((bind_work *)env)->run);
}

static tine_status rehearse_into(const bind_run *r, tine_error *err) {
  const uint64_t n = tine_pipeline_len(r->p);
  tine_status status = tine_pipeline_needs(r->p, TINE_EXACT, "collect_into", err);
  if (status == TINE_OK && tine_pipeline_kind(r->p) == TINE_INDEXED)
    status = tine_collect_range(r->p, 0, 0, r->arrays, r->targets, err);
  for (size_t i = 0; i < r->targets && status == TINE_OK; i++)
    if (tine_array_len(r->arrays[i]) != n) {
      status = err->status = TINE_EINVAL;
      snprintf(err->message, sizeof err->message, "destination %d has %llu elements, pipeline has %llu", (int)i + 1,
               (unsigned long long)tine_array_len(r->arrays[i]), (unsigned long long)n);
    }
  return status;
}

/* The same run of no items. (Of what is exact without an index, the first 0 items would not be: left to the job.) */
static tine_status rehearse_empty(const bind_run *r, tine_error *err) {
  bind_run trial = *r;
  tine_status status;
  if (tine_pipeline_kind(r->p) == TINE_EXACT)
    return TINE_OK;
  trial.p = tine_take(tine_pipeline_retain(r->p), 0);
  trial.q = r->q != NULL ? tine_take(tine_pipeline_retain(r->q), 0) : NULL;
  trial.call.kernel = tine_kernel_retain(r->call.kernel);
  status = trial.terminal->run(&trial, err);
  bind_work_discard(&trial);
  return status;
}

/* No memory, or no time, may be different when it runs. */
tine_status bind_work_rehearse(const bind_run *r, tine_error *err) {
  const tine_status status = r->targets > 0 ? rehearse_into(r, err) : rehearse_empty(r, err);
  switch (status) {
    case TINE_ENOMEM:
    case TINE_ETHREAD:
    case TINE_ECANCELED:
    case TINE_ETIMEOUT: return TINE_OK;
    case TINE_OK:
    case TINE_EINVAL:
    case TINE_ETYPE:
    case TINE_ERANGE:
    case TINE_ENAME:
    case TINE_EMODE:
    case TINE_EKIND:
    case TINE_EIO:
    case TINE_EFORMAT:
    case TINE_EKERNEL:
    case TINE_EBUSY:
    case TINE_EUSER:
    case TINE_STATUS_END: break;
  }
  return status; /* which may be a code of the host, too */
}

/* ===== The ring ===== */

static void ring_add(bind_state *state, bind_work *work) {
  bind_work *at = state->jobs; /* the hand: what is new is behind it, and looked at last */
  work->next = at != NULL ? at : work;
  work->previous = at != NULL ? at->previous : work;
  work->next->previous = work->previous->next = work;
  state->jobs = work->next;
}

static void ring_remove(bind_state *state, bind_work *work) {
  if (state->jobs == work)
    state->jobs = work->next != work ? work->next : NULL;
  work->next->previous = work->previous;
  work->previous->next = work->next;
}

/* Bytes of the arrays that it made. */
static uint64_t made_bytes(const bind_run *r) {
  uint64_t bytes = 0;
  for (unsigned i = 0; i < bind_run_makes(r); i++)
    if (r->arrays[i] != NULL)
      bytes += tine_array_len(r->arrays[i]) * tine_dtype_size(tine_array_dtype(r->arrays[i]));
  return bytes;
}

/* ----- Those of one pool of the script's that nobody has seen done: a ring, too, so that the last is known ----- */

static void mates_add(bind_pool *h, bind_work *work) {
  bind_work *at = h->jobs;
  work->pool = h->pool;
  work->holder = h;
  work->mate = at != NULL ? at : work;
  work->mate_before = at != NULL ? at->mate_before : work;
  work->mate->mate_before = work->mate_before->mate = work;
  h->jobs = work->mate;
}

/* A pool without a handle ends with the last job on it. */
static void mates_remove(bind_state *state, bind_work *work) {
  tine_pool *const pool = work->pool;
  const bool last = work->mate == work;
  if (pool == NULL)
    return;
  work->pool = NULL;
  work->mate->mate_before = work->mate_before;
  work->mate_before->mate = work->mate;
  if (work->holder != NULL && work->holder->jobs == work)
    work->holder->jobs = last ? NULL : work->mate;
  if (work->holder == NULL && last) {
    state->adopted -= tine_pool_threads(pool) - 1;
    tine_pool_destroy(pool);
  }
}

bind_work *bind_work_on_pool(bind_state *state, bind_pool *h) {
  while (h->jobs != NULL && bind_work_done(state, h->jobs))
    continue;
  return h->jobs;
}

unsigned bind_work_adopted(bind_state *state) {
  bind_work *work = state->jobs;
  if (work != NULL && state->adopted > 0)
    do {
      bind_work_done(state, work);
      work = work->next;
    } while (work != state->jobs);
  return state->adopted;
}

bool bind_work_adopt_pool(bind_state *state, bind_pool *h, tine_pool *pool) {
  bind_work *work = bind_work_on_pool(state, h);
  h->jobs = NULL;
  if (work != NULL)
    state->adopted += tine_pool_threads(pool) - 1;
  for (; work != NULL && work->holder != NULL; work = work->mate)
    work->holder = NULL;
  return work != NULL;
}

/* ----- Going around ----- */

bool bind_work_done(bind_state *state, bind_work *work) {
  if (!work->seen && tine_job_done(work->job)) {
    work->seen = true;
    work->charged = work->dropped ? 0 : made_bytes(&work->run);
    state->live += work->charged;
    mates_remove(state, work);
  }
  return work->seen;
}

void bind_work_discharge(bind_state *state, bind_work *work) {
  state->live -= work->charged;
  work->charged = 0;
}

static void strike_off(bind_state *state, bind_work *work) {
  ring_remove(state, work);
  bind_work_discharge(state, work);
  tine_job_release(work->job);
}

static void go_around(bind_state *state) {
  for (int i = 0; i < 2 && state->jobs != NULL; i++) {
    bind_work *work = state->jobs;
    state->jobs = work->next;
    if (bind_work_done(state, work) && work->dropped)
      strike_off(state, work);
  }
}

/* Under the state's interrupt, if it has one. */
static tine_status work_start(const bind_state *state, tine_job **out, const tine_job_desc *desc, tine_error *err) {
  tine_interrupt *const before = state->interrupt != NULL ? tine_interrupt_use(state->interrupt) : NULL;
  const tine_status status = tine_job_start(out, desc, err);
  if (state->interrupt != NULL)
    tine_interrupt_use(before);
  return status;
}

bind_work *bind_work_start(bind_state *state, bind_work *work, bind_pool *on, tine_pool *pool, tine_error *err) {
  const tine_job_desc desc = {.size = sizeof desc,
                              .pool = pool,
                              .fn = work_run,
                              .env = work,
                              .env_size = sizeof *work,
                              .drop = work_discard,
                              .limit = work->limit,
                              .skipped = work_skip};
  tine_job *job;
  go_around(state);
  work->loan = bind_run_loan(&work->run);
  if (!bind_loan_all(&work->loan)) {
    err->status = TINE_EBUSY;
    snprintf(err->message, sizeof err->message, "%s", tine_status_text(TINE_EBUSY));
    return NULL;
  }
  if (work_start(state, &job, &desc, err) != TINE_OK) {
    unlend_all(work);
    return NULL;
  }
  work = tine_job_env(job);
  work->job = job;
  work->pool = NULL;
  work->dropped = work->seen = false;
  work->charged = 0;
  ring_add(state, work);
  if (on != NULL)
    mates_add(on, work);
  return work;
}

void bind_work_drop(bind_state *state, bind_work *work) {
  work->dropped = true;
  tine_job_fd_close(work->job);
  if (work->alone)
    tine_job_cancel(work->job); /* nobody is left to ask for it */
  if (bind_work_done(state, work))
    strike_off(state, work);
}

void bind_work_end_all(bind_state *state) {
  bind_work *work = state->jobs;
  if (work != NULL)
    do {
      work->dropped = true;
      tine_job_cancel(work->job);
      work = work->next;
    } while (work != state->jobs);
  while ((work = state->jobs) != NULL) {
    tine_job_wait(work->job, -1, NULL);
    bind_work_done(state, work);
    strike_off(state, work);
  }
}
