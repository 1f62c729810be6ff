/*
** What the pool's own files know of a pool.
*/
#ifndef TI_POOL_INSIDE_H
#define TI_POOL_INSIDE_H

#include "../base/fork.h"
#include "../base/mode.h"
#include "frame.h"
#include "runner.h"
#include "sleep.h"
#include "worker.h"

typedef struct ti_spawned ti_spawned;
typedef struct ti_runner ti_runner;

struct tine_pool {
  ti_sleep sleep;
  _Alignas(TI_CACHE_LINE) atomic_uint seats; /* a bit for each seat that is taken */
  _Alignas(TI_CACHE_LINE)
      atomic_uint spawned; /* closures that nobody has begun, of all scopes; a hint outside the lock */
  ti_mutex spawn_lock;     /* guards what scope.c, broadcast.c and loop.c say */
  ti_operation *spawning;  /* operations that have such */
  ti_mutex runner_lock;    /* guards these, see submission.c and runner.c */
  ti_submissions waiting;  /* not begun */
  ti_submissions working;
  size_t submissions; /* that are not over */
  ti_runner *runners, *idle_runners, *gone_runner;
  unsigned runner_count, paused_runners;
  bool closing;
  atomic_bool ending; /* destroyed by a thread in a run of it: whoever leaves last does the rest */
  ti_parker *closer;  /* of whoever waits for the last submission */
  _Alignas(TI_CACHE_LINE) unsigned capacity; /* constant from here: records of workers */
  unsigned started;                          /* threads that run, at most 'capacity' */
  unsigned processors;                       /* that this process may use, as the pool was made */
  unsigned generation;                       /* of the process it was made in, see ti_fork_generation */
  ti_worker *records;                        /* 'capacity' workers, then TI_SEATS seats, then the overflow record */
  char *stacks;                              /* memory of their stacks, in which they begin at the first multiple */
  tine_pool_options options;                 /* as the host said; threads and name filled in, which is the one below */
  unsigned most_runners;                     /* but for those that stand in for others */
  bool lean; /* no runners: idle workers run submissions, or threads that wait for them */
  char name[16];
};

/* How many records tasks may be taken from; the overflow record comes after them. */
static inline unsigned ti_pool_records(const tine_pool *pool) {
  return pool->capacity + TI_SEATS;
}

/* Its threads, the caller's included; in the child of a fork the workers are not there. */
static inline unsigned ti_pool_threads(const tine_pool *pool) {
  return pool->generation == ti_fork_generation() ? pool->started + 1 : 1;
}

/* enter.c: runs fn(ctx, arg) as a run of its own; NULL as pool is the default pool. */
tine_status ti_enter(tine_pool *pool, tine_task *fn, void *arg, tine_error *err);

/* The rare cases of tine_join. */
extern const tine_slow_join ti_slow_join;

/* For a worker that sleeps already, or others that do: arms every thread. Is there anything to take, even if it must be
   exposed? */
bool ti_pool_beg(const tine_pool *pool);

/* scope.c: may a closure be run there? */
tine_status ti_closure_check(ti_place place, const tine_closure *c, tine_error *err);
/* A closure that nobody has begun, or NULL, for w's stack, which is empty; and runs it, in the context it was
   begun for. */
ti_spawned *ti_spawn_begin(ti_worker *w);
void ti_spawn_run(ti_spawned *spawned, tine_ctx *ctx);

/* submission.c. Under the lock: puts a submission at the end of the queue. */
void ti_submission_add(tine_pool *pool, ti_submission *e);
/* Under the lock: begins the oldest submission that waits; NULL if there is none. */
ti_submission *ti_submission_take(tine_pool *pool);
/* For an idle worker: likewise, where workers run submissions. */
ti_submission *ti_submission_find(tine_pool *pool);
/* What was begun. */
void ti_submission_run(ti_submission *e);
/* For a pool that ends: submissions that wait are skipped, others cancelled and waited for. */
void ti_submissions_end(tine_pool *pool);

/* runner.c. For a pool that ends: ends its submissions, and joins the runners; or, in the child of a fork, where they
   are not, frees what is left of them. */
void ti_runners_end(tine_pool *pool);
void ti_runners_forget(tine_pool *pool);

/* kept.c, for the default pool. Keeps it; false without memory. Forgets all of it, linked by 'next', to be dropped. */
struct ti_kept;
bool ti_kept_add(struct ti_kept *kept);
struct ti_kept *ti_kept_take_all(void);
void ti_kept_drop_list(struct ti_kept *kept);
void ti_kept_before_fork(void);
void ti_kept_after_fork(void);

#endif
