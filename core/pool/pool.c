/*
** Pools: made and destroyed, and entered by threads from outside.
**
** All records exist before the first thread starts and until the last has ended, so that whoever looks at a record
** needs no other proof that it is there. A pool that failed halfway is undone by the ordinary destructor.
*/
#include "pool.h"

#include <errno.h>
#include <string.h>

#include "../base/check.h"
#include "../base/error.h"
#include "../base/memory.h"
#include "inside.h"
#include "operation.h"

_Static_assert(TI_SEATS <= 32, "the mask of seats has a bit for each");

/* Every seat taken. */
#define ALL_SEATS (UINT32_MAX >> (32 - TI_SEATS))

/* Members the host's header did not know read as 0. */
static tine_status read_options(tine_pool_options *o, const tine_pool_options *given, tine_error *err) {
  memset(o, 0, sizeof *o);
  if (given != NULL) {
    if (given->size < sizeof given->size)
      return ti_error_set(err, TINE_EINVAL, "tine_pool_options.size is not set");
    memcpy(o, given, given->size < sizeof *o ? given->size : sizeof *o);
  }
  if (o->threads > TINE_MAX_THREADS)
    return ti_error_set(err, TINE_EINVAL, "%u threads are more than %d", o->threads, TINE_MAX_THREADS);
  if (o->threads == 0)
    o->threads = tine_default_threads();
  if (o->name == NULL)
    o->name = "tine";
  return TINE_OK;
}

static bool make_records(tine_pool *pool) {
  const unsigned n = ti_pool_records(pool);
  if (n == 0)
    return true;
  pool->records = ti_alloc_zeroed(n * sizeof *pool->records, _Alignof(ti_worker));
  if (pool->records == NULL)
    return false;
  for (unsigned i = 0; i < n; i++)
    ti_worker_init(&pool->records[i], pool, i < pool->capacity ? i + 1 : 0, i);
  return true;
}

static tine_pool *make_pool(const tine_pool_options *o) {
  tine_pool *pool = ti_new(tine_pool);
  if (pool == NULL)
    return NULL;
  ti_sleep_init(&pool->sleep);
  atomic_init(&pool->seats, 0);
  pool->capacity = o->threads - 1;
  pool->generation = ti_fork_generation();
  pool->on_start = o->on_start;
  pool->on_stop = o->on_stop;
  pool->hook_arg = o->hook_arg;
  if (!make_records(pool)) {
    pool->capacity = 0;
    tine_pool_destroy(pool);
    return NULL;
  }
  return pool;
}

/* As many as the system allows: false only without memory of our own. */
static bool start_workers(tine_pool *pool, const tine_pool_options *o) {
  while (pool->started < pool->capacity) {
    ti_worker *w = &pool->records[pool->started];
    int error;
    ti_sleep_search(&pool->sleep); /* on its behalf: counted before it can be missed */
    error = ti_thread_start(&w->thread, ti_worker_main, w, o->name, o->stack_size);
    if (error != 0) {
      ti_sleep_desert(&pool->sleep);
      return error != ENOMEM;
    }
    pool->started++;
  }
  return true;
}

tine_status tine_pool_create(tine_pool **out, const tine_pool_options *options, tine_error *err) {
  tine_pool_options o;
  tine_pool *pool;
  tine_status status;
  if (out == NULL)
    return ti_error_set(err, TINE_EINVAL, "nowhere to put the pool");
  *out = NULL;
  status = read_options(&o, options, err);
  if (status != TINE_OK)
    return status;
  pool = ti_fork_watch() ? make_pool(&o) : NULL;
  if (pool == NULL)
    return ti_error_nomem(err);
  if (!start_workers(pool, &o)) {
    tine_pool_destroy(pool);
    return ti_error_nomem(err);
  }
  *out = pool;
  return TINE_OK;
}

static void end_workers(tine_pool *pool) {
  const unsigned n = ti_pool_records(pool);
  ti_assert(ti_load_relaxed(&pool->seats) == 0); /* relaxed: no run is in progress */
  ti_sleep_stop(&pool->sleep);
  for (unsigned i = 0; i < pool->started; i++)
    ti_thread_join(pool->records[i].thread);
  for (unsigned i = 0; i < n; i++)
    ti_worker_destroy(&pool->records[i]);
  ti_sleep_destroy(&pool->sleep);
}

void tine_pool_destroy(tine_pool *pool) {
  if (pool == NULL)
    return;
  /* After a fork neither the threads are here nor is it known in which state they left their locks. */
  if (pool->generation == ti_fork_generation())
    end_workers(pool);
  ti_free(pool->records, ti_pool_records(pool) * sizeof *pool->records, _Alignof(ti_worker));
  ti_delete(tine_pool, pool);
}

/* A free seat, or NULL when there is none or nobody who could steal from it. */
static ti_worker *take_seat(tine_pool *pool) {
  unsigned taken = ti_load_relaxed(&pool->seats); /* relaxed: a first guess */
  if (tine_pool_threads(pool) == 1)
    return NULL;
  while (taken != ALL_SEATS) {
    const unsigned seat = (unsigned)__builtin_ctz(~taken);
    /* acquire: pairs with the release in leave_seat */
    if (ti_cas_acqrel(&pool->seats, &taken, taken | 1u << seat))
      return &pool->records[pool->capacity + seat];
  }
  return NULL;
}

static void leave_seat(tine_pool *pool, const ti_worker *w) {
  const unsigned seat = (unsigned)(w - pool->records) - pool->capacity;
  ti_assert(w->top == 0);
  ti_sub_acqrel(&pool->seats, 1u << seat); /* release: pairs with the acquire in take_seat */
}

static tine_status run_inside(tine_pool *pool, tine_task *fn, void *arg, tine_error *err) {
  const tine_ctx *inside = ti_ctx_inside(pool);
  ti_worker *const seat = inside == NULL ? take_seat(pool) : NULL;
  ti_operation op;
  tine_ctx ctx;
  ti_operation_begin(&op);
  ti_ctx_enter(&ctx, pool, inside != NULL ? inside->worker : seat, &op);
  fn(&ctx, arg);
  ti_ctx_leave(&ctx);
  if (seat != NULL)
    leave_seat(pool, seat);
  return ti_operation_end(&op, err);
}

tine_status tine_pool_run(tine_pool *pool, tine_task *fn, void *arg, tine_error *err) {
  tine_status status;
  if (fn == NULL)
    return ti_error_set(err, TINE_EINVAL, "no task to run");
  if (pool != NULL)
    return run_inside(pool, fn, arg, err);
  pool = ti_default_enter(err);
  if (pool == NULL)
    return TINE_ENOMEM;
  status = run_inside(pool, fn, arg, err);
  ti_default_leave(pool);
  return status;
}

unsigned tine_pool_threads(const tine_pool *pool) {
  if (pool == NULL)
    return tine_default_threads();
  return pool->generation == ti_fork_generation() ? pool->started + 1 : 1;
}

#undef ALL_SEATS
