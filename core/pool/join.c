/*
** Joining: offer b, run a, take b back; and if b was stolen, wait for it without ever running what does not descend
** from it. README.md, sections 2 and 3.
*/
#include "inside.h"

/* How long a joiner looks before it parks: longer than a short task and a trip between two processors take, shorter
   than parking and being woken. */
#define JOIN_PATIENCE_NS 3000u

/* Nothing to take and not done: sleep until the thief offers something or is done. May return early. */
static void sleep_for(ti_worker *w, ti_task *task) {
  if (!ti_worker_ask(w, task))
    return;
  if (ti_task_await(task))
    ti_parker_park(&w->parker);
  ti_worker_unask(w, task->thief);
}

static void wait_for(ti_worker *w, ti_task *task) {
  uint64_t patient_until = ti_now_ns() + JOIN_PATIENCE_NS;
  while (!ti_task_done(task)) {
    ti_task *descendant = ti_worker_leap(w, task);
    if (descendant != NULL) {
      ti_worker_run(w, descendant);
      patient_until = ti_now_ns() + JOIN_PATIENCE_NS;
    } else if (ti_now_ns() < patient_until)
      ti_spin_pause();
    else
      sleep_for(w, task);
  }
}

void tine_join(tine_ctx *ctx, tine_task *a, void *a_arg, tine_task *b, void *b_arg) {
  ti_worker *const w = ctx->worker;
  ti_task task = {b, b_arg, ctx->operation, w, NULL, 0, TI_TASK_OPEN};
  if (w == NULL || !ti_worker_offer(w, &task)) {
    a(ctx, a_arg);
    b(ctx, b_arg);
    return;
  }
  a(ctx, a_arg);
  if (ti_worker_take_back(w, &task))
    b(ctx, b_arg);
  else
    wait_for(w, &task);
}

#undef JOIN_PATIENCE_NS
