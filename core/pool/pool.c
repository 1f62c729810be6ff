/*
** Pools: made and destroyed.
**
** All records exist before the first thread starts and until the last has ended, so that whoever looks at a record
** needs no other proof that it is there. A pool that failed halfway is undone by the ordinary destructor.
*/
#include "pool.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "../base/check.h"
#include "../base/error.h"
#include "../base/memory.h"
#include "inside.h"
#include "operation.h"

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

static void worker_init(ti_worker *w, tine_pool *pool, ti_stack *stack, unsigned number, unsigned index) {
  ti_mutex_init(&w->lock);
  ti_mutex_init(&w->placing);
  ti_parker_init(&w->parker);
  ti_assert((uintptr_t)stack % TINE_STACK_BYTES == 0 && number <= ti_pool_records(pool));
  w->stack = stack;
  w->pool = pool;
  w->number = number;
  w->index = index;
  w->random = (number + 1) * 2654435761u; /* Knuth's multiplier: odd, so never 0 for fewer than 2^32 */
  stack->worker = w;
  stack->head.slow = &ti_slow_join;
  stack->head.guard = TI_ARMED;
  stack->slots[TI_TASK_SLOTS].fn = ti_no_task; /* in use for ever */
  atomic_init(&w->woken_on, UINT_MAX);
  /* A hostile build sees its epochs wrap round. */
  atomic_init(&stack->share, TI_HOSTILE ? 0 - 3 * TI_EPOCH_ONE : 0);
}

static void worker_destroy(ti_worker *w) {
  ti_assert(w->askers == NULL && w->frame == NULL && w->calls == NULL);
  ti_parker_destroy(&w->parker);
  ti_mutex_destroy(&w->placing);
  ti_mutex_destroy(&w->lock);
}

/* Records, and a stack for each; one more than can be stolen from: the overflow record. */
static size_t stacks_size(const tine_pool *pool) {
  return (ti_pool_records(pool) + 2) * (size_t)TINE_STACK_BYTES; /* one more, to begin at a multiple */
}

static void free_pool(tine_pool *pool) {
  ti_free(pool->records, (ti_pool_records(pool) + 1) * sizeof *pool->records, _Alignof(ti_worker));
  ti_free(pool->stacks, stacks_size(pool), _Alignof(ti_stack));
  ti_delete(tine_pool, pool);
}

static bool make_records(tine_pool *pool) {
  const unsigned n = ti_pool_records(pool);
  char *stack;
  pool->records = ti_alloc_zeroed((n + 1) * sizeof *pool->records, _Alignof(ti_worker));
  pool->stacks = ti_alloc_zeroed(stacks_size(pool), _Alignof(ti_stack));
  if (pool->records == NULL || pool->stacks == NULL)
    return false;
  stack = pool->stacks + (-(uintptr_t)pool->stacks & (TINE_STACK_BYTES - 1));
  for (unsigned i = 0; i <= n; i++, stack += TINE_STACK_BYTES)
    worker_init(&pool->records[i], pool, (ti_stack *)(void *)stack, i, i < pool->capacity ? i + 1 : 0);
  ti_assert((char *)stack <= pool->stacks + stacks_size(pool));
  pool->records[n].overflow = true;
  pool->records[n].stack->head.guard = 0; /* never armed, so that its threads have nothing to write */
  return true;
}

static tine_pool *make_pool(const tine_pool_options *o) {
  tine_pool *pool = ti_new(tine_pool);
  if (pool == NULL)
    return NULL;
  pool->capacity = o->threads - 1;
  if (!make_records(pool)) {
    free_pool(pool);
    return NULL;
  }
  ti_sleep_init(&pool->sleep);
  atomic_init(&pool->seats, 0);
  atomic_init(&pool->spawned, 0);
  atomic_init(&pool->ending, false);
  ti_mutex_init(&pool->spawn_lock);
  ti_mutex_init(&pool->runner_lock);
  pool->processors = ti_cpu_count();
  pool->generation = ti_fork_generation();
  pool->options = *o;
  pool->options.name = strncpy(pool->name, o->name, sizeof pool->name - 1);
  pool->lean = o->job_threads == TINE_NO_JOB_THREADS;
  pool->most_runners = o->job_threads < TINE_MAX_THREADS ? o->job_threads : TINE_MAX_THREADS;
  return pool;
}

/* As many as the system allows: false only without memory of our own. */
static bool start_workers(tine_pool *pool) {
  while (pool->started < pool->capacity) {
    ti_worker *w = &pool->records[pool->started];
    const int error = ti_thread_start(&w->thread, ti_worker_main, w, pool->name, pool->options.stack_size);
    if (error != 0)
      return error != ENOMEM;
    ti_worker_push_off(w, w->thread); /* it begins where this thread is, as a rule, which goes on */
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
  if (!start_workers(pool)) {
    tine_pool_destroy(pool);
    return ti_error_nomem(err);
  }
  if (o.job_threads == 0)
    pool->most_runners = ti_pool_threads(pool);
  *out = pool;
  return TINE_OK;
}

static void end_threads(tine_pool *pool) {
  ti_runners_end(pool);
  ti_assert(ti_load_relaxed(&pool->seats) == 0); /* relaxed: no run is in progress */
  ti_sleep_stop(&pool->sleep);
  for (unsigned i = 0; i < pool->started; i++)
    ti_parker_unpark(&pool->records[i].parker); /* a worker that rests need not rest longer */
  for (unsigned i = 0; i < pool->started; i++)
    ti_thread_join(pool->records[i].thread);
  for (unsigned i = 0; i <= ti_pool_records(pool); i++)
    worker_destroy(&pool->records[i]);
  ti_mutex_destroy(&pool->runner_lock);
  ti_mutex_destroy(&pool->spawn_lock);
  ti_sleep_destroy(&pool->sleep);
}

/* A thread that is in runs of the pool cannot wait for the threads that wait for it there: it cancels what it is in,
   and the end comes as it leaves; or never, where it ends the process. */
static bool postpone(tine_pool *pool) {
  if (ti_frame_inside(pool) == NULL)
    return false;
  for (ti_frame *f = ti_frame_current(); f != NULL; f = f->outer)
    if (f->worker->pool == pool)
      ti_operation_cancel(f->operation);
  ti_store_relaxed(&pool->ending, true); /* relaxed: whoever leaves last sees it, see leave_seat */
  return true;
}

void tine_pool_destroy(tine_pool *pool) {
  if (pool == NULL || postpone(pool))
    return;
  /* After a fork neither the threads are here nor is it known in which state they left their locks. */
  if (pool->generation == ti_fork_generation())
    end_threads(pool);
  else
    ti_runners_forget(pool);
  free_pool(pool);
}

bool ti_pool_searching(const tine_pool *pool) {
  return ti_sleep_searching(&pool->sleep);
}
