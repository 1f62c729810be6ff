/*
** The rare cases of tine_join: somebody wants work, a task was offered, the stack is full. The common one is inline, in
** tine.h. README.md, section 2.
*/
#include "inside.h"

/* The library's own tine_join, for whoever cannot use an inline one. */
extern inline TINE_API void tine_join(tine_ctx *ctx, tine_task *a, void *a_arg, tine_task *b, void *b_arg);

static void *join_fork(tine_ctx *ctx, void *a_arg) {
  ti_worker_settle(ti_stack_of(ctx)->worker, ti_slot_of(ctx) + 1);
  return a_arg;
}

/* A slot in use is either the last, the stack being full, or an outer task's, whose context was used here. */
static void join_full(tine_ctx *ctx, tine_task *a, void *a_arg, tine_task *b, void *b_arg) {
  a(ctx, a_arg);
  b(ctx, b_arg);
}

static bool join_join(tine_ctx *ctx) {
  ti_worker *const w = ti_stack_of(ctx)->worker;
  if (ti_worker_take_back(w, ti_slot_of(ctx)))
    return true;
  ti_worker_wait(w, ti_slot_of(ctx));
  return false;
}

const tine_slow_join ti_slow_join = {TINE_JOIN_VERSION, join_fork, join_full, join_join};
