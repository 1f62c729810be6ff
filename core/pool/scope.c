/*
** Spawned closures. Each operation has a queue of those not begun and a list of those being run by workers; the pool
** has a list of the operations with a queue. All of it is under one lock of the pool: a closure costs an allocation
** anyway.
**
** The thread of the operation waits at its end, by the rule of joins: it runs closures of the operation, or descendants
** of those that others run, or sleeps. README.md, section 5.
*/
#include <string.h>

#include "../base/check.h"
#include "../base/error.h"
#include "../base/memory.h"
#include "../base/mode.h"
#include "inside.h"
#include "operation.h"

struct ti_spawned {
  tine_closure closure;
  ti_operation *operation;
  ti_spawned *next;
  ti_worker *taker; /* once begun: the thread that runs it, from which slot of its stack on */
  unsigned base;
};

enum { ENV_OFFSET = (sizeof(ti_spawned) + _Alignof(max_align_t) - 1) / _Alignof(max_align_t) * _Alignof(max_align_t) };

/* NULL without memory; then nothing was moved. */
static ti_spawned *make_spawned(const tine_closure *c, ti_operation *op) {
  ti_spawned *s =
      c->env_size <= SIZE_MAX - ENV_OFFSET ? ti_alloc(ENV_OFFSET + c->env_size, _Alignof(max_align_t)) : NULL;
  if (s == NULL)
    return NULL;
  s->closure = *c;
  s->operation = op;
  s->next = NULL;
  if (c->env_size > 0)
    s->closure.env = memcpy((char *)s + ENV_OFFSET, c->env, c->env_size);
  return s;
}

static void run_closure(tine_ctx *ctx, void *arg) {
  const tine_closure *const c = arg;
  c->fn(ctx, c->env);
  if (c->drop != NULL)
    c->drop(c->env);
}

/* Under the lock, as the next three functions. */
static void enqueue(tine_pool *pool, ti_spawned *s) {
  ti_operation *const op = s->operation;
  ti_assert(s->next == NULL && op->pool == pool);
  if (op->first == NULL) {
    op->first = s;
    op->next = pool->spawning;
    pool->spawning = op;
  } else
    op->last->next = s;
  op->last = s;
  op->unfinished++;
  ti_add_seqcst(&pool->spawned, 1u); /* seq_cst: as publishing a task, README.md, section 4 */
  ti_operation_unpark(op);
}

static void unlist(tine_pool *pool, const ti_operation *op) {
  ti_operation **link = &pool->spawning;
  while (*link != op)
    link = &(*link)->next;
  *link = op->next;
}

/* The oldest closure of 'op', which has one: w begins it, in its stack from slot 'base' on. */
static ti_spawned *begin(tine_pool *pool, ti_operation *op, ti_worker *w, unsigned base) {
  ti_spawned *const s = op->first;
  ti_assert(s != NULL && s->operation == op && op->unfinished > 0 && base <= TI_TASK_SLOTS);
  op->first = s->next;
  if (op->first == NULL)
    unlist(pool, op);
  s->taker = w;
  s->base = base;
  s->next = op->running;
  op->running = s;
  ti_sub_relaxed(&pool->spawned, 1u); /* relaxed: a stale count costs a look */
  return s;
}

static void end(ti_spawned *s) {
  ti_operation *const op = s->operation;
  ti_spawned **link = &op->running;
  ti_assert(op->running != NULL && op->unfinished > 0);
  while (*link != s)
    link = &(*link)->next;
  *link = s->next;
  op->unfinished--;
  ti_operation_unpark(op); /* in the lock: afterwards the operation may be gone */
}

void ti_spawn_run(ti_spawned *s, tine_ctx *ctx) {
  tine_pool *const pool = tine_ctx_pool(ctx);
  ti_assert(s->taker == ti_stack_of(ctx)->worker && s->operation->pool == pool);
  ti_frame_run(ctx, s->operation, run_closure, &s->closure);
  ti_mutex_lock(&pool->spawn_lock);
  end(s);
  ti_mutex_unlock(&pool->spawn_lock);
  ti_free(s, ENV_OFFSET + s->closure.env_size, _Alignof(max_align_t));
}

tine_status ti_closure_check(ti_place place, const tine_closure *c, tine_error *err) {
  if (c == NULL || c->fn == NULL)
    return ti_error_set(err, TINE_EINVAL, "no closure to run");
  if (c->env_size > 0 && c->env == NULL)
    return ti_error_set(err, TINE_EINVAL, "a closure has a size of environment but none");
  if ((c->flags & ~(unsigned)(TINE_NOT_SYNC | TINE_NOT_SEND)) != 0)
    return ti_error_set(err, TINE_EINVAL, "a closure has unknown flags");
  return ti_mode_check(place, &(ti_captured){NULL, c->mode, c->flags, c->env_size > 0 || c->drop != NULL}, err);
}

tine_status tine_spawn(tine_ctx *ctx, const tine_closure *closure) {
  tine_pool *const pool = tine_ctx_pool(ctx);
  ti_operation *const op = ti_frame_of(ctx)->operation;
  const tine_status refused = ti_closure_check(TI_PLACE_SPAWN, closure, NULL);
  ti_spawned *s;
  if (refused != TINE_OK)
    return refused;
  /* In the child of a fork nobody is there to take it, nor to give back the lock. */
  s = pool->generation == ti_fork_generation() ? make_spawned(closure, op) : NULL;
  if (s == NULL) {
    tine_closure here = *closure;
    run_closure(ctx, &here);
    return TINE_OK;
  }
  ti_store_relaxed(&op->spawns, true); /* relaxed: whoever waits has joined the one that spawned, or waits for it */
  ti_mutex_lock(&pool->spawn_lock);
  enqueue(pool, s);
  ti_mutex_unlock(&pool->spawn_lock);
  ti_sleep_wake(&pool->sleep);
  return TINE_OK;
}

ti_spawned *ti_spawn_begin(ti_worker *w) {
  tine_pool *const pool = w->pool;
  ti_spawned *s = NULL;
  ti_mutex_lock(&pool->spawn_lock);
  if (pool->spawning != NULL) {
    ti_worker_renew(w); /* before others may look here for what descends from it */
    s = begin(pool, pool->spawning, w, 0);
  }
  ti_mutex_unlock(&pool->spawn_lock);
  return s;
}

/* The wait at the end of an operation. */
typedef struct draining {
  ti_worker *w;
  tine_ctx *ctx;
  ti_operation *op;
  ti_parker own, *parker; /* 'own' is for threads that share a record */
  bool asked;             /* 'waiting' is set, and all that run closures were armed */
  uint64_t since;
} draining;

/* Under the lock: the descendant of a closure that another thread runs. The lock keeps that from ending meanwhile. */
static bool leap_spawned(const draining *d, ti_stolen *stolen) {
  for (const ti_spawned *s = d->op->running; s != NULL && !d->w->overflow; s = s->next)
    if (s->taker != d->w && !s->taker->overflow && ti_worker_take(s->taker, s->base, NULL, stolen))
      return true;
  return false;
}

/* Under the lock: asks all that run closures of the operation, and has them give what they keep if that is urgent. */
static bool ask_takers(draining *d, bool urgent) {
  bool any = false;
  ti_store_seqcst(&d->op->waiting, d->parker); /* seq_cst: before looking again, see announce in worker.c */
  for (const ti_spawned *s = d->op->running; s != NULL; s = s->next)
    if (s->taker != d->w && !s->taker->overflow) {
      ti_guard_arm(s->taker->stack);
      any |= urgent && ti_worker_press(s->taker);
    }
  return any;
}

/* Under the lock: nothing to run, something to wait for. True if the thread is to park. */
static bool prepare_park(draining *d) {
  const uint64_t waited = ti_now_ns() - d->since;
  const bool urgent = waited >= TI_PARK_NS && d->asked;
  if (waited < TI_ASK_NS)
    return false;
  if (d->asked && !urgent)
    return false;
  d->asked = true;
  return !ask_takers(d, urgent) && urgent; /* if not urgent look again: what was offered before wakes nobody */
}

static void stop_draining_idly(draining *d, ti_mutex *lock) {
  if (!d->asked)
    return;
  d->asked = false;
  ti_mutex_lock(lock);
  ti_store_seqcst(&d->op->waiting, (ti_parker *)NULL);
  ti_mutex_unlock(lock);
}

/* One step; false when all is done. */
static bool drain_step(draining *d, ti_mutex *lock) {
  tine_pool *const pool = d->w->pool;
  ti_spawned *s = NULL;
  ti_stolen stolen;
  bool more, leap = false, park = false;
  ti_mutex_lock(lock);
  more = d->op->unfinished > 0;
  if (d->op->first != NULL)
    s = begin(pool, d->op, d->w, ti_slot_of(d->ctx));
  else if (more && !(leap = leap_spawned(d, &stolen)))
    park = prepare_park(d);
  ti_mutex_unlock(lock);
  if (s != NULL || leap) {
    stop_draining_idly(d, lock);
    if (s != NULL)
      ti_spawn_run(s, d->ctx);
    else
      ti_worker_run(d->w, &stolen, ti_slot_of(d->ctx));
    d->since = ti_now_ns();
  } else if (park) {
    ti_hook_park(d->parker);
    stop_draining_idly(d, lock);
  } else if (more)
    ti_spin_yield();
  return more;
}

void ti_operation_drain(ti_operation *op, tine_ctx *ctx) {
  draining d = {.w = ti_stack_of(ctx)->worker, .ctx = ctx, .op = op};
  if (!ti_load_relaxed(&op->spawns)) /* relaxed: see tine_spawn */
    return;
  d.parker = d.w->overflow ? &d.own : &d.w->parker;
  ti_parker_init(&d.own);
  d.since = ti_now_ns();
  while (drain_step(&d, &d.w->pool->spawn_lock))
    continue;
  stop_draining_idly(&d, &d.w->pool->spawn_lock);
  ti_parker_destroy(&d.own);
}
