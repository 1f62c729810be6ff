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
#include "inside.h"
#include "pool.h"

static struct {
  ti_mutex lock;
  size_t users[TI_DEFAULT_USES]; /* those but the holders are gone in a child */
  tine_pool *pool;
} process = {.lock = TI_MUTEX_INITIALIZER};

static void process_before_fork(void) {
  ti_mutex_lock(&process.lock);
  ti_kept_before_fork();
}

static void process_in_parent(void) {
  ti_kept_after_fork();
  ti_mutex_unlock(&process.lock);
}

/* Under the lock. */
static void forget_runs(void) {
  process.pool = NULL;
  process.users[TI_DEFAULT_RUN] = process.users[TI_DEFAULT_JOB] = 0;
}

static void process_in_child(void) {
  forget_runs();
  process_in_parent();
}

static ti_fork_hook process_hook = {process_before_fork, process_in_parent, process_in_child, false};

static void process_lock(void) {
  ti_fork_hook_set(&process_hook); /* without memory a fork in the middle is not held off: better than no service */
  ti_mutex_lock(&process.lock);
}

/* Under the lock, as the next; there is no pool yet. */
static void make_default(tine_error *err) {
  tine_pool_options o = {.size = sizeof o};
  tine_account *const before = ti_account_set(NULL); /* whoever comes first, the pool is the process's */
  tine_pool_create(&process.pool, &o, err);
  ti_account_set(before);
}

static void drop_default(void) {
  const size_t *const users = process.users;
  /* A runner of the pool cannot wait for itself: whoever comes next does it, at the latest when the library is
     unloaded. */
  if (users[TI_DEFAULT_HOLD] + users[TI_DEFAULT_RUN] + users[TI_DEFAULT_JOB] > 0 || process.pool == NULL ||
      process.pool == ti_pool_home())
    return;
  tine_pool_destroy(process.pool);
  process.pool = NULL;
}

tine_pool *ti_default_enter(ti_default_use use, tine_error *err) {
  tine_pool *pool;
  process_lock();
  if (process.pool == NULL)
    make_default(err);
  pool = process.pool;
  process.users[use] += pool != NULL;
  ti_mutex_unlock(&process.lock);
  return pool;
}

void ti_default_leave(ti_default_use use, const tine_pool *pool) {
  process_lock();
  if (pool == process.pool) { /* else this is a child, where a run went on from its parent's pool, or an unloading */
    ti_assert(process.users[use] > 0);
    process.users[use]--;
    drop_default();
  }
  ti_mutex_unlock(&process.lock);
}

void ti_default_sweep(void) {
  process_lock();
  drop_default();
  ti_mutex_unlock(&process.lock);
}

/* The library is unloaded, or the process ends. Nobody but jobs may be at work now, so if nobody else is their threads
   are ended: they would be left without code. */
static void __attribute__((destructor)) unload_default(void) {
  tine_pool *pool = NULL;
  if (ti_frame_current() != NULL || ti_pool_home() != NULL) /* exit, called by what runs in a pool */
    return;
  process_lock();
  if (process.users[TI_DEFAULT_HOLD] + process.users[TI_DEFAULT_RUN] == 0) {
    pool = process.pool;
    forget_runs();
  }
  ti_mutex_unlock(&process.lock);
  tine_pool_destroy(pool);
}

unsigned tine_fork_generation(void) {
  ti_fork_watch();
  return ti_fork_generation();
}

tine_pool *tine_default_pool(tine_error *err) {
  return ti_default_enter(TI_DEFAULT_HOLD, err);
}

void tine_default_pool_hold(void) {
  process_lock();
  process.users[TI_DEFAULT_HOLD]++;
  ti_mutex_unlock(&process.lock);
}

/* What is kept is dropped outside the lock: that may call the host. */
void tine_default_pool_release(void) {
  ti_kept *kept = NULL;
  process_lock();
  if (process.users[TI_DEFAULT_HOLD] > 0) { /* a release too many is the host's mistake, and does no harm */
    process.users[TI_DEFAULT_HOLD]--;
    drop_default();
  }
  if (process.users[TI_DEFAULT_HOLD] == 0)
    kept = ti_kept_take_all();
  ti_mutex_unlock(&process.lock);
  ti_kept_drop_list(kept);
}

tine_status ti_runtime_keep(ti_kept *kept) {
  tine_status status = TINE_EINVAL;
  process_lock();
  if (process.users[TI_DEFAULT_HOLD] > 0)
    status = ti_kept_add(kept) ? TINE_OK : TINE_ENOMEM;
  ti_mutex_unlock(&process.lock);
  return status;
}

/* Of the default pool those it has, or would ask for. */
unsigned tine_pool_threads(const tine_pool *pool) {
  unsigned n = 0;
  if (pool != NULL)
    return ti_pool_threads(pool);
  process_lock();
  if (process.pool != NULL)
    n = ti_pool_threads(process.pool);
  ti_mutex_unlock(&process.lock);
  return n > 0 ? n : tine_default_threads();
}
