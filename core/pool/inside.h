/*
** What the pool's own files know of a pool.
*/
#ifndef TI_POOL_INSIDE_H
#define TI_POOL_INSIDE_H

#include "sleep.h"
#include "worker.h"

struct tine_pool {
  ti_sleep sleep;
  _Alignas(TI_CACHE_LINE) atomic_uint seats; /* a bit for each seat that is taken */
  _Alignas(TI_CACHE_LINE) unsigned capacity; /* constant from here: records of workers */
  unsigned started;                          /* threads that run, at most 'capacity' */
  unsigned generation;                       /* of the process it was made in, see ti_fork_generation */
  ti_worker *records;                        /* 'capacity' workers, then TI_SEATS seats; NULL without workers */
  void (*on_start)(void *arg, unsigned worker);
  void (*on_stop)(void *arg, unsigned worker);
  void *hook_arg;
};

/* Records of workers and seats; 0 for a pool without workers. */
static inline unsigned ti_pool_records(const tine_pool *pool) {
  return pool->capacity > 0 ? pool->capacity + TI_SEATS : 0;
}

/* Holds the default pool for a run, and makes it if need be; NULL and an error without memory. */
tine_pool *ti_default_enter(tine_error *err);
void ti_default_leave(const tine_pool *pool);

/* Counts the forks between this process and the first one that used the engine. ti_fork_watch, which must have been
   called before, begins the counting; false without memory. */
bool ti_fork_watch(void);
unsigned ti_fork_generation(void);

#endif
