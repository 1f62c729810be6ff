/*
** Frames and contexts. Tasks are given their context, so that only a thread that enters a pool has to look up where it
** is: what the pool knows of a thread is in one thread-local variable.
*/
#include "frame.h"

#include "../base/account.h"
#include "../base/check.h"
#include "inside.h"
#include "operation.h"
#include "pool.h"

static _Thread_local ti_apart thread_here;

/* Says whose tasks are in slots from 'first' on; relaxed: read by others only with a slot that was filled after. */
static void mark_operation(ti_worker *w, unsigned first, ti_operation *op) {
  if (!w->overflow && first < TI_TASK_SLOTS)
    ti_store_relaxed(&w->stack->marks[first].operation, op);
}

void ti_frame_enter(ti_frame *frame, const tine_ctx *ctx, ti_operation *operation) {
  ti_worker *const worker = ti_stack_of(ctx)->worker;
  const unsigned first = worker->overflow ? 0 : ti_slot_of(ctx);
  ti_assert(operation != NULL && first <= TI_TASK_SLOTS);
  ti_assert(worker->overflow || worker->frame == NULL || worker->frame->first <= first); /* on top of its record */
  frame->worker = worker;
  frame->operation = operation;
  frame->first = first;
  frame->below = worker->frame;
  frame->outer = thread_here.innermost;
  frame->guard = thread_here.guard;
  thread_here.innermost = frame;
  thread_here.guard = operation->guard;
  if (!worker->overflow)
    worker->frame = frame;
  mark_operation(worker, first, operation);
  ti_visit_begin(&frame->visit);
}

void ti_frame_leave(const ti_frame *frame) {
  const ti_frame *below = frame->below;
  ti_assert(thread_here.innermost == frame && (frame->worker->overflow || frame->worker->frame == frame));
  ti_visit_end(&frame->visit);
  thread_here.innermost = frame->outer;
  thread_here.guard = frame->guard;
  if (!frame->worker->overflow)
    frame->worker->frame = frame->below;
  mark_operation(frame->worker, frame->first, below != NULL && below->first == frame->first ? below->operation : NULL);
}

void ti_frame_run(tine_ctx *ctx, ti_operation *operation, tine_task *fn, void *arg) {
  tine_account *before;
  ti_frame frame;
  ti_frame_enter(&frame, ctx, operation);
  before = ti_account_set(operation->account);
  fn(ctx, arg);
  ti_account_set(before);
  ti_frame_leave(&frame);
}

ti_frame *ti_frame_current(void) {
  return thread_here.innermost;
}

ti_frame *ti_frame_inside(const tine_pool *pool) {
  ti_frame *f = thread_here.innermost;
  while (f != NULL && f->worker->pool != pool)
    f = f->outer;
  return f;
}

ti_frame *ti_frame_here(const tine_pool *pool) {
  ti_frame *f = thread_here.innermost;
  while (f != thread_here.aside && f->worker->pool != pool)
    f = f->outer;
  return f != thread_here.aside ? f : NULL;
}

bool ti_frame_aside(void) {
  return thread_here.aside != NULL;
}

bool ti_frame_beside(void) {
  return thread_here.beside && thread_here.innermost == thread_here.aside;
}

static ti_frame *overflow_frame(const ti_worker *overflow) {
  ti_frame *f = thread_here.innermost;
  while (f->worker != overflow)
    f = f->outer;
  return f;
}

ti_frame *ti_frame_of(const tine_ctx *ctx) {
  const ti_worker *w = ti_stack_of(ctx)->worker;
  ti_frame *f = w->overflow ? overflow_frame(w) : w->frame;
  while (f->first > ti_slot_of(ctx))
    f = f->below;
  ti_assert(f->worker == w);
  return f;
}

tine_ctx *ti_frame_ctx(const ti_frame *frame) {
  ti_stack *stack = frame->worker->stack;
  unsigned k = frame->first;
  while (k < TI_TASK_SLOTS && stack->slots[k].fn != NULL)
    k++;
  ti_assert(k >= frame->first);
  return &stack->slots[frame->worker->overflow ? TI_TASK_SLOTS : k];
}

tine_ctx *ti_ctx_current(void) {
  return thread_here.innermost != thread_here.aside ? ti_frame_ctx(thread_here.innermost) : NULL;
}

const tine_ctx *ti_ctx_inside(const tine_pool *pool) {
  const ti_frame *f = ti_frame_here(pool);
  return f != NULL ? ti_frame_ctx(f) : NULL;
}

unsigned tine_worker_index(const tine_ctx *ctx) {
  return ti_stack_of(ctx)->worker->index;
}

tine_pool *tine_ctx_pool(const tine_ctx *ctx) {
  return ti_stack_of(ctx)->worker->pool;
}

ti_apart ti_apart_begin(tine_pool *home, ti_operation *root) {
  const ti_apart was = thread_here;
  thread_here = (ti_apart){.home = home, .root = root};
  return was;
}

void ti_apart_end(const ti_apart *was) {
  thread_here = *was;
}

void ti_aside(void (*fn)(void *arg), void *arg) {
  const ti_apart was = thread_here;
  thread_here.guard = NULL;
  thread_here.hook = NULL;
  thread_here.aside = thread_here.innermost;
  thread_here.beside = true;
  fn(arg);
  ti_assert(thread_here.innermost == was.innermost); /* what it entered it has left */
  thread_here = was;
}

ti_operation *ti_operation_here(void) {
  return thread_here.innermost != NULL ? thread_here.innermost->operation : thread_here.root;
}

tine_pool *ti_pool_home(void) {
  return thread_here.home;
}

void *ti_guard_here(void) {
  return thread_here.guard;
}

void *ti_guard_set(void *guard) {
  void *const before = thread_here.guard;
  thread_here.guard = guard;
  return before;
}

const ti_wait_hook *ti_hook_set(const ti_wait_hook *hook) {
  const ti_wait_hook *const before = thread_here.hook;
  thread_here.hook = hook;
  return before;
}

void ti_hook_park(ti_parker *parker) {
  const ti_wait_hook *const hook = thread_here.hook;
  if (hook == NULL) {
    ti_parker_park(parker);
    return;
  }
  ti_parker_park_for(parker, hook->every_ns);
  hook->look(hook->arg);
}
