/*
** The default pool: the only thing of the engine that belongs to the process. It exists while somebody holds it or runs
** on it, and goes, threads and all, with the last of them: a host may unload the library after that. With the last who
** holds it goes what the runtime keeps for them, too.
**
** Everything is under one mutex, also making and destroying the pool, so that there is never more than one. Fork
** handlers hold the mutex across a fork, which leaves the child with a state that is whole. README.md, section 8.
*/
#include <stdlib.h>

#include "../base/account.h"
#include "../base/check.h"
#include "../base/error.h"
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
  ti_kept *kept; /* empty unless there are holds */
} process = {TI_MUTEX_INITIALIZER, 0, 0, 0, NULL, NULL};

static atomic_bool fork_watched; /* the handlers are in place, or being put there */
static atomic_uint fork_generation;

static void before_fork(void) {
  ti_mutex_lock(&process.lock);
}

static void after_fork_in_parent(void) {
  ti_mutex_unlock(&process.lock);
}

static void after_fork_in_child(void) {
  ti_add_relaxed(&fork_generation, 1u); /* relaxed: the child has one thread */
  process.pool = NULL;
  process.runs = process.jobs = 0;
  ti_mutex_unlock(&process.lock);
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
  /* A runner of the pool cannot wait for itself: who comes next does it, at the latest when the library is unloaded. */
  if (process.holds > 0 || process.runs > 0 || process.pool == NULL || process.pool == ti_pool_home())
    return;
  tine_pool_destroy(process.pool);
  process.pool = NULL;
}

bool ti_fork_watch(void) {
  /* Not under the lock: a fork in this moment would take it along, locked. */
  if (ti_swap_acqrel(&fork_watched, true)) /* pairs with nothing: the swap alone decides who does it */
    return true;
  if (ti_thread_at_fork(before_fork, after_fork_in_parent, after_fork_in_child) == 0)
    return true;
  ti_store_relaxed(&fork_watched, false); /* relaxed: the next to come will try again */
  return false;
}

unsigned ti_fork_generation(void) {
  return ti_load_relaxed(&fork_generation); /* relaxed: changes only where there is one thread */
}

tine_pool *ti_default_enter(tine_error *err) {
  tine_pool *pool = NULL;
  ti_mutex_lock(&process.lock);
  if (make_default(err)) {
    process.runs++;
    pool = process.pool;
  }
  ti_mutex_unlock(&process.lock);
  return pool;
}

void ti_default_leave(const tine_pool *pool) {
  ti_mutex_lock(&process.lock);
  if (pool == process.pool) { /* else this is a child, and the run went on from its parent's pool */
    process.runs--;
    drop_default();
  }
  ti_mutex_unlock(&process.lock);
}

void ti_default_sweep(void) {
  ti_mutex_lock(&process.lock);
  drop_default();
  ti_mutex_unlock(&process.lock);
}

tine_pool *ti_default_enter_job(tine_error *err) {
  tine_pool *pool = NULL;
  ti_mutex_lock(&process.lock);
  if (make_default(err)) {
    process.runs++;
    process.jobs++;
    pool = process.pool;
  }
  ti_mutex_unlock(&process.lock);
  return pool;
}

void ti_default_leave_job(const tine_pool *pool) {
  ti_mutex_lock(&process.lock);
  if (pool == process.pool) { /* else this is a child, or the library is being unloaded */
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
  ti_mutex_lock(&process.lock);
  if (process.holds == 0 && process.runs == process.jobs) {
    pool = process.pool;
    process.pool = NULL;
    process.runs = process.jobs = 0;
  }
  ti_mutex_unlock(&process.lock);
  tine_pool_destroy(pool);
}
#endif

tine_pool *tine_default_pool(tine_error *err) {
  tine_pool *pool = NULL;
  ti_mutex_lock(&process.lock);
  if (make_default(err)) {
    process.holds++;
    pool = process.pool;
  }
  ti_mutex_unlock(&process.lock);
  return pool;
}

void tine_default_pool_hold(void) {
  ti_mutex_lock(&process.lock);
  process.holds++;
  ti_mutex_unlock(&process.lock);
}

/* What is kept is dropped outside the lock: that may call the host. */
void tine_default_pool_release(void) {
  ti_kept *kept = NULL;
  ti_mutex_lock(&process.lock);
  if (process.holds > 0) { /* a release too many is the host's mistake, and does no harm */
    process.holds--;
    drop_default();
  }
  if (process.holds == 0) {
    kept = process.kept;
    process.kept = NULL;
  }
  ti_mutex_unlock(&process.lock);
  while (kept != NULL) {
    ti_kept *const next = kept->next;
    ti_kept_drop(kept);
    kept = next;
  }
}

void ti_kept_drop(ti_kept *kept) {
  kept->drop(kept->thing);
  ti_delete(ti_kept, kept);
}

bool ti_runtime_keep(ti_kept *kept) {
  bool held;
  ti_mutex_lock(&process.lock);
  held = process.holds > 0;
  if (held) {
    kept->next = process.kept;
    process.kept = kept;
  }
  ti_mutex_unlock(&process.lock);
  return held;
}

void *ti_runtime_take(const uint64_t *name, void *(*retain)(void *thing)) {
  ti_kept **at = &process.kept, *last = NULL;
  void *thing = NULL;
  ti_mutex_lock(&process.lock);
  while (*at != NULL && ((*at)->name[0] != name[0] || (*at)->name[1] != name[1]))
    at = &(*at)->next;
  if (*at != NULL && --(*at)->times > 0)
    thing = retain((*at)->thing);
  else if (*at != NULL) {
    last = *at;
    thing = last->thing;
    *at = last->next;
  }
  ti_mutex_unlock(&process.lock);
  if (last != NULL)
    ti_delete(ti_kept, last);
  return thing;
}

/* A decimal number from 1 and nothing else; anything else, which may be meant for another program, gives 0. */
static unsigned parse_threads(const char *text) {
  unsigned n = 0;
  if (text == NULL || *text == '\0')
    return 0;
  for (; *text != '\0'; text++) {
    if (*text < '0' || *text > '9')
      return 0;
    n = n * 10 + (unsigned)(*text - '0');
    n = n < TINE_MAX_THREADS ? n : TINE_MAX_THREADS;
  }
  return n;
}

unsigned tine_default_threads(void) {
  const unsigned wanted = parse_threads(getenv("TINE_NUM_THREADS"));
  const unsigned n = wanted > 0 ? wanted : ti_cpu_count();
  return n < TINE_MAX_THREADS ? n : TINE_MAX_THREADS;
}
