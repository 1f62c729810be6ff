/*
** Exposing: taking what a thread does not offer, because it is busy with something long and neither forks nor joins.
**
** Its forks and joins fill or clear a slot and then look at the guard; whoever exposes arms the guard and then looks at
** the slots. On each side the processor might do the second before the first is seen, so between its two steps the
** exposing thread has the system put a fence into all running threads (ti_thread_fence_all): forks and joins stay
** without one. Asymmetric fences are Dice, Huang and Yang, "Asymmetric Dekker synchronization", 2001. Where the system
** has no such call, nothing is exposed. README.md, section 2.
*/
#include "../base/check.h"
#include "inside.h"

/* The slots in use from 'split' on become public, if the owner has not moved since 'share' was read; thieves may
   have. */
static bool expose_one(ti_worker *victim, uint64_t share) {
  const uint64_t bottom = TI_SHARE_MASK;
  const unsigned split = ti_share_split(share);
  uint64_t now = share;
  unsigned top = split;
  while (top < TI_TASK_SLOTS && ti_slot_task(&victim->stack->slots[top]) != NULL)
    top++;
  ti_assert(split <= TI_TASK_SLOTS && !victim->overflow);
  if (top == split)
    return false;
  while (!ti_cas_seqcst(&victim->stack->share, &now, ti_share_next(now, ti_share_bottom(now), top)))
    if ((now & ~bottom) != (share & ~bottom))
      return false;
  if (ti_load_seqcst(&victim->asked) > 0) /* seq_cst: as in announce, worker.c */
    ti_worker_unpark_askers(victim);
  return true;
}

bool ti_worker_expose(ti_worker *records, unsigned n) {
  uint64_t shares[TI_EXPOSE];
  bool any = false;
  ti_assert(n <= TI_EXPOSE);
  for (unsigned i = 0; i < n; i++) {
    shares[i] = ti_load_seqcst(&records[i].stack->share); /* before it is armed: an owner that disarms is noticed */
    ti_guard_arm(records[i].stack);
  }
  if (!ti_thread_fence_all())
    return false;
  for (unsigned i = 0; i < n; i++)
    any |= expose_one(&records[i], shares[i]);
  return any;
}

static bool expose_all(const tine_pool *pool) {
  const unsigned n = ti_pool_records(pool);
  bool any = false;
  for (unsigned i = 0; i < n; i += TI_EXPOSE)
    any |= ti_worker_expose(&pool->records[i], n - i < TI_EXPOSE ? n - i : TI_EXPOSE);
  return any;
}

bool ti_pool_beg(const tine_pool *pool) {
  bool something = ti_load_seqcst(&pool->spawned) > 0; /* seq_cst, as the words below: README.md, section 4 */
  for (unsigned i = 0; i < ti_pool_records(pool); i++) {
    ti_stack *const stack = pool->records[i].stack;
    if (!ti_guard_armed(stack))
      ti_guard_arm(stack);
    something |= ti_share_public(ti_load_seqcst(&stack->share)) > 0;
  }
  return something || expose_all(pool);
}
