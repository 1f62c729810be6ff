/*
** Entering a pool. A thread from outside takes a seat: one compare-and-swap, and nobody is woken by it. So entering
** never waits and never fails. README.md, section 1.
*/
#include <string.h>

#include "../base/check.h"
#include "../base/error.h"
#include "../base/memory.h"
#include "../base/stack_left.h"
#include "inside.h"
#include "pool.h"

_Static_assert(TI_SEATS <= 32, "the mask of seats has a bit for each");

/* Every seat taken. */
#define ALL_SEATS (UINT32_MAX >> (32 - TI_SEATS))

/* The context of a free seat; of the overflow record, where tasks run one after the other, when there is none, in the
   child of a fork, where the workers are not, and beside what the thread is in the middle of, which may be to wait in a
   seat. */
static tine_ctx *take_seat(tine_pool *pool) {
  unsigned taken = ti_load_relaxed(&pool->seats); /* relaxed: a first guess */
  if (pool->generation != ti_fork_generation() || ti_frame_aside())
    taken = ALL_SEATS;
  while (taken != ALL_SEATS) {
    const unsigned seat = (unsigned)__builtin_ctz(~taken);
    /* acquire: pairs with the release in leave_seat */
    if (ti_cas_acqrel(&pool->seats, &taken, taken | 1u << seat)) {
      ti_assert(seat < TI_SEATS && pool->records[pool->capacity + seat].frame == NULL);
      ti_worker_renew(&pool->records[pool->capacity + seat]);
      return &pool->records[pool->capacity + seat].stack->slots[0];
    }
  }
  return &pool->records[ti_pool_records(pool)].stack->slots[TI_TASK_SLOTS];
}

static void leave_seat(tine_pool *pool, const ti_worker *w) {
  const unsigned seat = 1u << (w->number - pool->capacity);
  ti_assert(w->stack->slots[0].fn == NULL && w->number >= pool->capacity && w->frame == NULL);
  ti_assert((ti_load_relaxed(&pool->seats) & seat) != 0);
  /* release: pairs with the acquire in take_seat; acquire: whoever left before may have set 'ending'; the last acts
     on it */
  if (ti_sub_acqrel(&pool->seats, seat) == seat && ti_load_relaxed(&pool->ending))
    tine_pool_destroy(pool);
}

static void leave_pool(const ti_frame *frame) {
  ti_worker *const w = frame->worker;
  tine_pool *const pool = w->pool;
  ti_frame_leave(frame);
  if (!w->overflow && w->frame == NULL && w->index == 0)
    leave_seat(pool, w);
  else if (w->overflow && ti_load_relaxed(&pool->ending) && ti_frame_inside(pool) == NULL)
    tine_pool_destroy(pool); /* relaxed: set by this very thread, for others may be in no run of it */
}

static tine_status enter(tine_pool *pool, tine_task *fn, void *arg, tine_error *err) {
  ti_operation op;
  ti_frame frame;
  const ti_frame *const inside = ti_frame_here(pool); /* another run of the pool on this thread: this one is in place */
  tine_ctx *ctx;
  const size_t left = ti_stack_left();
  ti_operation_begin(&op, pool, ti_operation_here());
  op.apart = ti_frame_beside();
  op.stack = left < op.stack ? left : op.stack;
  ctx = inside != NULL ? ti_frame_ctx(inside) : take_seat(pool);
  ti_frame_enter(&frame, ctx, &op);
  fn(ctx, arg);
  ti_assert(ti_frame_current() == &frame);
  ti_operation_drain(&op, ctx);
  leave_pool(&frame);
  return ti_operation_end(&op, err);
}

tine_status ti_enter(tine_pool *pool, tine_task *fn, void *arg, tine_error *err) {
  tine_status status;
  if (pool == NULL)
    pool = ti_pool_home();
  if (pool != NULL)
    return enter(pool, fn, arg, err);
  pool = ti_default_enter(TI_DEFAULT_RUN, err);
  if (pool == NULL)
    return TINE_ENOMEM;
  status = enter(pool, fn, arg, err);
  ti_default_leave(TI_DEFAULT_RUN, pool);
  return status;
}

tine_status tine_pool_run(tine_pool *pool, tine_task *fn, void *arg, tine_error *err) {
  if (fn == NULL)
    return ti_error_set(err, TINE_EINVAL, "no task to run");
  return ti_enter(pool, fn, arg, err);
}

/* A closure that is to be called, and whether it was. */
typedef struct called_closure {
  const tine_closure *closure;
  void *env;
  bool called;
} called_closure;

static void call_closure(tine_ctx *ctx, void *arg) {
  called_closure *const c = arg;
  c->called = true;
  c->closure->fn(ctx, c->env);
}

tine_status tine_pool_call(tine_pool *pool, const tine_closure *closure, tine_error *err) {
  tine_status status = ti_closure_check(TI_PLACE_CALL, closure, err);
  called_closure call = {closure, NULL, false};
  if (status != TINE_OK)
    return status;
  call.env = closure->env_size > 0 ? ti_alloc(closure->env_size, _Alignof(max_align_t)) : closure->env;
  if (closure->env_size > 0 && call.env == NULL)
    return ti_error_nomem(err);
  if (closure->env_size > 0)
    memcpy(call.env, closure->env, closure->env_size);
  status = ti_enter(pool, call_closure, &call, err);
  if (call.called && closure->drop != NULL)
    closure->drop(call.env);
  if (closure->env_size > 0)
    ti_free(call.env, closure->env_size, _Alignof(max_align_t));
  return status;
}

tine_status tine_scope(tine_ctx *ctx, tine_task *body, void *arg, tine_error *err) {
  return tine_pool_run(tine_ctx_pool(ctx), body, arg, err);
}

#undef ALL_SEATS
