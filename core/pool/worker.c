/*
** Publishing and taking: who may run the tasks of a stack.
**
** Invariants, for the owner with 'top' slots in use: bottom <= split <= top; slots below 'top' have an fn, those from
** 'top' on have none; the guard is armed, or the address of slot 'split'. A task in a slot has not begun, or was taken
** by exactly one thread, or is being joined.
*/
#include "worker.h"

#include "../base/check.h"
#include "inside.h"
#include "operation.h"
#include "pool.h"

void ti_worker_renew(ti_worker *w) {
  /* release: pairs with the acquire of whoever takes, which then sees that the task before is DONE */
  ti_add_acqrel(&w->stack->share, TI_EPOCH_ONE);
  ti_guard_arm(w->stack); /* the first fork looks whether anybody is idle */
}

/* Idle workers, as many as can run at a time: those beyond would only be in the way of the others. */
static unsigned idle_here(const tine_pool *pool) {
  const unsigned idle = ti_sleep_idle(&pool->sleep);
  return idle < pool->processors ? idle : pool->processors;
}

unsigned ti_worker_wanted(const ti_worker *w) {
  if (w->pool->generation != ti_fork_generation())
    return 0; /* in the child of a fork: what is counted as idle is not there */
  return ti_load_seqcst(&w->asked) + ti_operation_wanted(w) + idle_here(w->pool); /* seq_cst: README.md, section 4 */
}

/* Something became public: wakes whoever waits for that. */
static void announce(ti_worker *w) {
  if (w->pool->generation != ti_fork_generation())
    return; /* in the child of a fork, where their threads are not: moving such a one would move this */
  if (ti_load_seqcst(&w->asked) > 0) /* seq_cst: after publishing, against asking and then looking */
    ti_worker_unpark_askers(w);
  if (ti_operation_wanted(w) > 0)
    ti_operation_announce(w);
  ti_sleep_wake(&w->pool->sleep);
}

/* Owner: disarms and begins a new epoch, in this order, with 'split' at slot 'keep' at most, or with everything
   private. Whoever exposes does it in the other order, so that one of the two notices: README.md, section 2. */
static uint64_t settle_share(ti_worker *w, unsigned keep, bool private) {
  uint64_t share = ti_load_relaxed(&w->stack->share), next; /* relaxed: the compare-and-swap decides */
  ti_assert(keep <= TI_TASK_SLOTS && !w->overflow);
  do {
    const unsigned bottom = ti_share_bottom(share);
    unsigned split = ti_share_split(share) < keep ? ti_share_split(share) : keep;
    if (private && bottom < split)
      split = bottom;
    if (bottom > keep)
      return share; /* the one at 'keep' is taken */
    ti_guard_swap(w->stack, split);
    next = ti_share_next(share, bottom, split);
  } while (!ti_cas_seqcst(&w->stack->share, &share, next)); /* pairs with the ones of thieves */
  return next;
}

/* Owner: makes the slots below 'top' public. */
static uint64_t publish(ti_worker *w, uint64_t share, unsigned top) {
  const unsigned split = ti_share_split(share);
  uint64_t next;
  ti_assert(top > split && top <= TI_TASK_SLOTS);
  do
    next = ti_share_next(share, ti_share_bottom(share), top);
  /* seq_cst: publishing and then looking for sleepers, against going to sleep and then looking. README.md, section 4 */
  while (!ti_cas_seqcst(&w->stack->share, &share, next));
  ti_guard_move(w->stack, split, top);
  announce(w);
  return next;
}

/* Owner, after settle_share: gives what there is, if it is wanted. What was public before may be taken by now, so
   unless something new was given the guard is armed again. */
static bool serve(ti_worker *w, uint64_t share, unsigned top) {
  unsigned wanted = ti_worker_wanted(w);
  const bool new = top > ti_share_split(share);
  wanted += TI_HOSTILE && ti_worker_random(w) % 4 == 0;
  ti_assert_slow(ti_worker_valid(w, top));
  if (wanted == 0)
    return false;
  if (new)
    share = publish(w, share, top);
  if (!new || wanted > ti_share_public(share))
    ti_guard_arm(w->stack);
  return wanted > ti_share_public(share);
}

bool ti_worker_settle(ti_worker *w, unsigned top) {
  return serve(w, settle_share(w, top, false), top);
}

bool ti_ctx_wanted(tine_ctx *ctx) {
  ti_stack *const stack = ti_stack_of(ctx);
  if (TI_HOSTILE && !stack->worker->overflow && ti_worker_random(stack->worker) % 4 == 0)
    return true;
  return ti_guard_armed(stack) && ti_worker_settle(stack->worker, ti_slot_of(ctx));
}

bool ti_worker_take_back(ti_worker *w, unsigned k) {
  /* If nobody wants it the older ones become private again, and joining them cheap. */
  const uint64_t share = settle_share(w, k, ti_worker_wanted(w) == 0);
  if (ti_share_bottom(share) > k)
    return false;
  serve(w, share, k);
  return true;
}

bool ti_worker_take(ti_worker *victim, unsigned base, const ti_mark *unless, ti_stolen *stolen) {
  _Atomic uint64_t *const word = &victim->stack->share;
  uint64_t share = ti_load_seqcst(word); /* seq_cst: of a worker that has just said it sleeps, see publish */
  while (ti_share_public(share) > 0 && ti_share_bottom(share) >= base) {
    const unsigned bottom = ti_share_bottom(share);
    const tine_ctx *slot = &victim->stack->slots[bottom];
    *stolen = (ti_stolen){victim, bottom, ti_slot_task(slot), ti_slot_arg(slot)};
    if (stolen->fn == NULL) /* its owner is about to take it back */
      return false;
    if (unless != NULL && ti_mark_done(unless)) /* after the word was read: README.md, section 3 */
      return false;
    /* acquire: pairs with publish and ti_worker_renew. The same epoch: what is in the slot is what was read */
    if (ti_cas_seqcst(word, &share, ti_share_taken(share))) {
      if (ti_share_public(share) - 1 < idle_here(victim->pool))
        ti_guard_arm(victim->stack); /* others want something, too */
      return true;
    }
  }
  return false;
}

bool ti_worker_press(ti_worker *victim) {
  if (!ti_worker_expose(victim, 1))
    return false;
  ti_sleep_wake(&victim->pool->sleep);
  return true;
}

/* The operation a slot's task belongs to; its frame lasts as long as the task is not joined. */
static ti_operation *operation_of(const ti_worker *w, unsigned slot) {
  ti_operation *op;
  /* relaxed: written before the slot was filled */
  while ((op = ti_load_relaxed(&w->stack->marks[slot].operation)) == NULL)
    slot--;
  ti_assert(slot < TI_TASK_SLOTS);
  return op;
}

void ti_worker_run(ti_worker *w, const ti_stolen *stolen, unsigned base) {
  ti_worker *const victim = stolen->victim;
  ti_mark *const mark = &victim->stack->marks[stolen->slot];
  ti_assert(stolen->fn != NULL && victim != w && !w->overflow && base <= TI_TASK_SLOTS);
  ti_assert(ti_load_relaxed(&mark->state) != TI_TASK_DONE && ti_load_relaxed(&mark->thief) == 0);
  ti_worker_renew(w); /* before the joiner may look at this stack, which it does as soon as it knows the thief */
  ti_store_release(&mark->thief, ti_thief(w->number, base)); /* pairs with the acquire in wait.c */
  ti_frame_run(&w->stack->slots[base], operation_of(victim, stolen->slot), stolen->fn, stolen->arg);
  if (!ti_mark_finish(mark))
    return;
  ti_worker_will_wake(victim);
  ti_parker_unpark(&victim->parker);
}

bool ti_worker_valid(const ti_worker *w, unsigned top) {
  const uint64_t share = ti_load_relaxed(&w->stack->share); /* relaxed: for assertions */
  if (w->frame == NULL || ti_share_bottom(share) > ti_share_split(share) || ti_share_split(share) > top)
    return false;
  for (unsigned i = 0; i < TI_TASK_SLOTS; i++)
    if ((w->stack->slots[i].fn != NULL) != (i < top))
      return false;
  return true;
}

/* xorshift: Marsaglia, "Xorshift RNGs", 2003. */
uint32_t ti_worker_random(ti_worker *w) {
  ti_assert(w->random != 0);
  w->random ^= w->random << 13;
  w->random ^= w->random >> 17;
  w->random ^= w->random << 5;
  return w->random;
}
