/*
** Jobs apart from their handles. What a run is given and what it makes is the job's environment, which lives until
** nobody can ask for it any more. So neither the pipeline nor arrays need their handles meanwhile, and no state, thread
** or coroutine of Lua is known to it.
**
** The state keeps a list of the jobs that run or have a handle. One whose handle is collected while it runs stays
** there, and is struck off once it is done, by whoever next passes by. When the state closes, those that still run are
** cancelled and waited for.
**
** While it runs a job borrows its arrays: lent by who starts it, given back on its thread when the run is over. Memory
** it writes is lent for that alone, though it may be read, too (in step).
*/
#include "bind_work.h"

#include <stdio.h>

_Static_assert(TINE_MAX_COLUMNS <= 32, "targets are the bits of a uint32_t");

/* ===== Borrowing ===== */

static void visit_lend(void *arg, tine_array *a) {
  (void)arg;
  if (tine_array_lent(a) != BIND_WRITTEN)
    tine_array_lend(a, false);
}

/* What is written now is written by this very job: nobody else can, as long as it reads. */
static void visit_unlend(void *arg, tine_array *a) {
  (void)arg;
  if (tine_array_lent(a) != BIND_WRITTEN)
    tine_array_unlend(a, false);
}

/* That all of it is free was asked before. */
static void lend_all(bind_work *work) {
  const bind_run *r = &work->run;
  work->lent = 0;
  for (size_t i = 0; i < r->targets; i++)
    if (tine_array_lend(r->arrays[i], true))
      work->lent |= UINT32_C(1) << i;
  tine_pipeline_arrays(r->p, visit_lend, NULL);
  tine_pipeline_arrays(r->q, visit_lend, NULL);
}

static void unlend_all(const bind_work *work) {
  const bind_run *r = &work->run;
  tine_pipeline_arrays(r->p, visit_unlend, NULL);
  tine_pipeline_arrays(r->q, visit_unlend, NULL);
  for (size_t i = 0; i < r->targets; i++)
    if (work->lent >> i & 1)
      tine_array_unlend(r->arrays[i], true);
}

/* ===== The run ===== */

void bind_work_discard(bind_run *r) {
  const size_t n = r->targets > 0 ? r->targets : bind_run_makes(r);
  tine_pipeline_release(r->p);
  tine_pipeline_release(r->q);
  tine_kernel_release(r->call.kernel);
  for (size_t i = 0; i < n; i++)
    tine_array_release(r->arrays[i]);
}

static tine_status work_run(void *env, tine_error *err) {
  bind_work *work = env;
  const tine_status status = work->run.terminal->run(&work->run, err);
  unlend_all(work);
  return status;
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
    default: return status;
  }
}

/* ===== The list ===== */

/* A pool without a handle ends with the last job on it that is in the list. */
static void end_pool(const bind_state *state, tine_pool *pool) {
  for (const bind_work *work = state->jobs; work != NULL; work = work->next)
    if (work->pool == pool)
      return;
  tine_pool_destroy(pool);
}

static void strike_off(const bind_state *state, bind_work **at) {
  bind_work *work = *at;
  tine_pool *pool = work->orphan ? work->pool : NULL;
  *at = work->next;
  tine_job_release(work->job);
  if (pool != NULL)
    end_pool(state, pool);
}

static void strike_done(bind_state *state) {
  for (bind_work **at = &state->jobs; *at != NULL;)
    if ((*at)->dropped && tine_job_done((*at)->job))
      strike_off(state, at);
    else
      at = &(*at)->next;
}

bind_work *bind_work_start(bind_state *state, bind_work *work, tine_pool *pool, tine_error *err) {
  tine_job_desc desc = {
      .size = sizeof desc, .pool = pool, .fn = work_run, .env = work, .env_size = sizeof *work, .drop = work_discard};
  tine_job *job;
  strike_done(state);
  lend_all(work);
  if (tine_job_start(&job, &desc, err) != TINE_OK) {
    unlend_all(work);
    bind_work_discard(&work->run);
    return NULL;
  }
  work = tine_job_env(job);
  work->job = job;
  work->pool = pool;
  work->orphan = work->dropped = false;
  work->next = state->jobs;
  state->jobs = work;
  return work;
}

void bind_work_drop(bind_state *state, bind_work *work) {
  work->dropped = true;
  strike_done(state);
}

bind_work *bind_work_on_pool(const bind_state *state, const tine_pool *pool) {
  bind_work *work = state->jobs;
  while (work != NULL && (work->pool != pool || tine_job_done(work->job)))
    work = work->next;
  return work;
}

bool bind_work_adopt_pool(bind_state *state, tine_pool *pool) {
  const bool runs = bind_work_on_pool(state, pool) != NULL;
  for (bind_work *work = state->jobs; work != NULL; work = work->next)
    if (work->pool == pool) {
      work->orphan = runs;
      work->pool = runs ? pool : NULL;
    }
  return runs;
}

void bind_work_end_all(bind_state *state) {
  for (bind_work *work = state->jobs; work != NULL; work = work->next) {
    work->dropped = true;
    tine_job_cancel(work->job);
  }
  for (bind_work *work = state->jobs; work != NULL; work = work->next)
    tine_job_wait(work->job, -1, NULL);
  strike_done(state);
}
