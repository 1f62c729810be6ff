/*
** The default pool: the only thing of the engine that belongs to the process. It exists while somebody holds it or runs
** on it, and goes, threads and all, with the last of them: a host may unload the library after that. With its last
** holder goes what the runtime keeps for holders, too.
**
** Everything is under one mutex, also making and destroying the pool, so that there is never more than one. Fork
** handlers hold the mutex across a fork, which leaves the child with a state that is whole. README.md, section 8.
*/
#include "../base/account.h"
#include "../base/check.h"
#include "../base/fork.h"
#include "../base/memory.h"
#include "inside.h"
#include "pool.h"
#include "runner.h"

static struct {
  ti_mutex lock;
  size_t holds;
  size_t runs; /* apart from the holds, because other threads' runs are not there in a child */
  size_t jobs; /* of the runs: those of jobs */
  tine_pool *pool;
} process = {TI_MUTEX_INITIALIZER, 0, 0, 0, NULL};

static void process_before_fork(void) {
  ti_mutex_lock(&process.lock);
  ti_kept_before_fork();
}

static void process_in_parent(void) {
  ti_kept_after_fork();
  ti_mutex_unlock(&process.lock);
}

static void process_in_child(void) {
  process.pool = NULL;
  process.runs = process.jobs = 0;
  process_in_parent();
}

static ti_fork_hook process_hook = {process_before_fork, process_in_parent, process_in_child, false};

static void process_lock(void) {
  ti_fork_hook_set(&process_hook); /* without memory a fork in the middle is not held off: better than no service */
  ti_mutex_lock(&process.lock);
}

/* Under the lock, as the next. */
static bool make_default(tine_error *err) {
  tine_pool_options o = {.size = sizeof o};
  tine_account *before;
  tine_status status;
  if (process.pool != NULL)
    return true;
  before = ti_account_set(NULL); /* whoever comes first, the pool is the process's */
  status = tine_pool_create(&process.pool, &o, err);
  ti_account_set(before);
  return status == TINE_OK;
}

static void drop_default(void) {
  /* A runner of the pool cannot wait for itself: whoever comes next does it, at the latest when the library is
     unloaded. */
  if (process.holds > 0 || process.runs > 0 || process.pool == NULL || process.pool == ti_pool_home())
    return;
  ti_assert(process.jobs == 0);
  tine_pool_destroy(process.pool);
  process.pool = NULL;
}

tine_pool *ti_default_enter(tine_error *err) {
  tine_pool *pool = NULL;
  process_lock();
  if (make_default(err)) {
    process.runs++;
    pool = process.pool;
  }
  ti_mutex_unlock(&process.lock);
  return pool;
}

void ti_default_leave(const tine_pool *pool) {
  process_lock();
  if (pool == process.pool) { /* else this is a child, and the run went on from its parent's pool */
    ti_assert(process.runs > process.jobs);
    process.runs--;
    drop_default();
  }
  ti_mutex_unlock(&process.lock);
}

void ti_default_sweep(void) {
  process_lock();
  drop_default();
  ti_mutex_unlock(&process.lock);
}

tine_pool *ti_default_enter_job(tine_error *err) {
  tine_pool *pool = NULL;
  process_lock();
  if (make_default(err)) {
    process.runs++;
    process.jobs++;
    pool = process.pool;
  }
  ti_mutex_unlock(&process.lock);
  return pool;
}

void ti_default_leave_job(const tine_pool *pool) {
  process_lock();
  if (pool == process.pool) { /* else this is a child, or the library is being unloaded */
    ti_assert(process.jobs > 0 && process.runs >= process.jobs);
    process.runs--;
    process.jobs--;
    drop_default();
  }
  ti_mutex_unlock(&process.lock);
}

#if defined(__GNUC__)
/* The library is unloaded, or the process ends. Nobody but jobs may be at work now, so if nobody else is their threads
   are ended: they would be left without code. */
static void __attribute__((destructor)) unload_default(void) {
  tine_pool *pool = NULL;
  if (ti_frame_current() != NULL || ti_pool_home() != NULL) /* exit, called by what runs in a pool */
    return;
  process_lock();
  if (process.holds == 0 && process.runs == process.jobs) {
    pool = process.pool;
    process.pool = NULL;
    process.runs = process.jobs = 0;
  }
  ti_mutex_unlock(&process.lock);
  tine_pool_destroy(pool);
}
#endif

unsigned tine_fork_generation(void) {
  ti_fork_watch();
  return ti_fork_generation();
}

tine_pool *tine_default_pool(tine_error *err) {
  tine_pool *pool = NULL;
  process_lock();
  if (make_default(err)) {
    process.holds++;
    pool = process.pool;
  }
  ti_mutex_unlock(&process.lock);
  return pool;
}

void tine_default_pool_hold(void) {
  process_lock();
  process.holds++;
  ti_mutex_unlock(&process.lock);
}

/* What is kept is dropped outside the lock: that may call the host. */
void tine_default_pool_release(void) {
  ti_kept *kept = NULL;
  process_lock();
  if (process.holds > 0) { /* a release too many is the host's mistake, and does no harm */
    process.holds--;
    drop_default();
  }
  if (process.holds == 0)
    kept = ti_kept_take_all();
  ti_mutex_unlock(&process.lock);
  ti_kept_drop_list(kept);
}

tine_status ti_runtime_keep(ti_kept *kept) {
  tine_status status = TINE_EINVAL;
  process_lock();
  if (process.holds > 0)
    status = ti_kept_add(kept) ? TINE_OK : TINE_ENOMEM;
  ti_mutex_unlock(&process.lock);
  return status;
}

/* Threads of the default pool, or those it would ask for. */
static unsigned default_now(void) {
  unsigned n = 0;
  process_lock();
  if (process.pool != NULL)
    n = ti_pool_threads(process.pool);
  ti_mutex_unlock(&process.lock);
  return n > 0 ? n : tine_default_threads();
}

unsigned tine_pool_threads(const tine_pool *pool) {
  return pool != NULL ? ti_pool_threads(pool) : default_now();
}
