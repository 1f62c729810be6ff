/*
** What the pool's own files know of a pool.
*/
#ifndef TI_POOL_INSIDE_H
#define TI_POOL_INSIDE_H

#include "sleep.h"
#include "worker.h"

typedef struct ti_spawned ti_spawned;
typedef struct ti_runner ti_runner;

struct tine_pool {
  ti_sleep sleep;
  _Alignas(TI_CACHE_LINE) atomic_uint seats; /* a bit for each seat that is taken */
  _Alignas(TI_CACHE_LINE)
      atomic_uint spawned; /* closures that nobody has begun, of all scopes; a hint outside the lock */
  ti_mutex spawn_lock;     /* guards what scope.c and broadcast.c say */
  ti_operation *spawning;  /* operations that have such */
  ti_mutex runner_lock;    /* guards these three, see runner.c */
  ti_runner *runners, *idle_runners;
  bool closing;
  _Alignas(TI_CACHE_LINE) unsigned capacity; /* constant from here: records of workers */
  unsigned started;                          /* threads that run, at most 'capacity' */
  unsigned processors;                       /* that this process may use, as the pool was made */
  unsigned generation;                       /* of the process it was made in, see ti_fork_generation */
  ti_worker *records;                        /* 'capacity' workers, then TI_SEATS seats, then the crowd's */
  char *stacks;                              /* memory of their stacks, in which they begin at the first multiple */
  void (*on_start)(void *arg, unsigned worker);
  void (*on_stop)(void *arg, unsigned worker);
  void *hook_arg;
  size_t stack_size; /* of its threads, as the host said */
  char name[16];
};

/* Records that tasks may be taken from; the crowd's comes after them. */
static inline unsigned ti_pool_records(const tine_pool *pool) {
  return pool->capacity + TI_SEATS;
}

/* The rare cases of tine_join; and what is in a slot that is never free. */
extern const tine_slow_join ti_slow_join;
void ti_no_task(tine_ctx *ctx, void *arg);

/* For a worker that sleeps already, or others that do: arms every thread. Is there anything to take, even if it must be
   exposed? */
bool ti_pool_beg(const tine_pool *pool);

/* scope.c: a closure that nobody has begun, or NULL; and runs it in w's stack, which is empty. */
ti_spawned *ti_spawn_begin(ti_worker *w);
void ti_spawn_run(ti_worker *w, ti_spawned *spawned);
/* broadcast.c: likewise what is called for on every worker. */
ti_call *ti_call_begin(ti_worker *w);
void ti_call_run(ti_worker *w, ti_call *call);

/* runner.c, for a pool that ends: cancels what its runners do and waits for them; or, in the child of a fork, where they
   are not, frees what is left of them. */
void ti_runners_end(tine_pool *pool);
void ti_runners_forget(tine_pool *pool);

/* Counts the forks between this process and the first one that used the engine. ti_fork_watch, which must have been
   called before, begins the counting; false without memory. */
bool ti_fork_watch(void);
unsigned ti_fork_generation(void);

#endif
