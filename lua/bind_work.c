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

/* ===== Borrowing ===== */

/* Is it memory that one of the first n targets writes? That is lent for it, and needs no lending more. */
static bool is_target(const bind_run *r, size_t n, const tine_array *a) {
  for (size_t i = 0; i < n; i++)
    if (tine_array_same_memory(r->arrays[i], a))
      return true;
  return false;
}

/* A walk over the arrays that are read, which comes to them in the same order each time. */
typedef struct borrowing {
  const bind_run *run;
  unsigned lent; /* so many of them, the first */
  bool refused;
} borrowing;

static void visit_lend(void *arg, tine_array *a) {
  borrowing *b = arg;
  if (b->refused || is_target(b->run, b->run->targets, a))
    return;
  b->refused = !tine_array_lend(a, false);
  b->lent += !b->refused;
}

static void visit_unlend(void *arg, tine_array *a) {
  borrowing *b = arg;
  if (b->lent == 0 || is_target(b->run, b->run->targets, a))
    return;
  tine_array_unlend(a, false);
  b->lent--;
}

/* What the first n targets and the first 'sources' of what is read were lent for. */
static void unlend(const bind_run *r, size_t n, unsigned sources) {
  borrowing b = {r, sources, false};
  tine_pipeline_arrays(r->p, visit_unlend, &b);
  tine_pipeline_arrays(r->q, visit_unlend, &b);
  for (size_t i = 0; i < n; i++)
    if (!is_target(r, i, r->arrays[i]))
      tine_array_unlend(r->arrays[i], true);
}

/* All or nothing. What is free when it is asked may be lent to another state's job a moment later; hence false. */
static bool lend_all(bind_work *work) {
  const bind_run *r = &work->run;
  borrowing b = {r, 0, false};
  size_t n = 0;
  while (n < r->targets && (is_target(r, n, r->arrays[n]) || tine_array_lend(r->arrays[n], true)))
    n++;
  if (n == r->targets) {
    tine_pipeline_arrays(r->p, visit_lend, &b);
    tine_pipeline_arrays(r->q, visit_lend, &b);
    work->sources = b.lent;
    if (!b.refused)
      return true;
  }
  unlend(r, n, b.lent);
  return false;
}

static void unlend_all(const bind_work *work) {
  unlend(&work->run, work->run.targets, work->sources);
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
  if (!lend_all(work)) {
    err->status = TINE_EBUSY;
    snprintf(err->message, sizeof err->message, "%s", tine_status_text(TINE_EBUSY));
    bind_work_discard(&work->run);
    return NULL;
  }
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
