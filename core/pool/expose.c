/*
** Exposing: taking what a thread does not offer, because it is busy with something long and neither forks nor joins.
**
** Its joins clear a slot and then look at the guard; who exposes arms the guard and then looks at the slots. On each side
** the processor might do the second before the first is seen, so between its two steps the exposing thread has the system
** put a fence into all running threads (ti_thread_fence_all): joins stay without one. Asymmetric fences are Dice, Huang
** and Yang, "Asymmetric Dekker synchronization", 2001. Where the system has no such call, nothing is exposed.
** README.md, section 2.
*/
#include "../base/check.h"
#include "inside.h"

bool ti_worker_keeps(const ti_worker *victim) {
  const unsigned split = ti_share_split(ti_load_seqcst(&victim->stack->share));
  return split < TI_TASK_SLOTS && ti_slot_task(&victim->stack->slots[split]) != NULL;
}

/* The slots in use from 'split' on become public, if the owner has not moved since 'share' was read. */
static bool expose_one(ti_worker *victim, uint64_t share) {
  const unsigned split = ti_share_split(share);
  unsigned top = split;
  while (top < TI_TASK_SLOTS && ti_slot_task(&victim->stack->slots[top]) != NULL)
    top++;
  return top > split && ti_cas_seqcst(&victim->stack->share, &share, ti_share_next(share, ti_share_bottom(share), top));
}

bool ti_worker_expose(ti_worker *records, unsigned n) {
  uint64_t shares[TI_EXPOSE];
  bool keeps[TI_EXPOSE], any = false;
  ti_assert(n <= TI_EXPOSE);
  for (unsigned i = 0; i < n; i++) {
    shares[i] = ti_load_seqcst(&records[i].stack->share); /* before it is armed: an owner that disarms is noticed */
    keeps[i] = ti_worker_keeps(&records[i]);
    any |= keeps[i];
    if (keeps[i])
      ti_guard_arm(records[i].stack);
  }
  if (!any || !ti_thread_fence_all())
    return false;
  any = false;
  for (unsigned i = 0; i < n; i++)
    any |= keeps[i] && expose_one(&records[i], shares[i]);
  return any;
}
