/*
** Atomic operations with their memory order in the name. Each use of acquire or release says in a comment which other
** side it pairs with; seq_cst names the section of a README; relaxed says why nothing stronger is needed.
** Stand-alone fences are not offered: ThreadSanitizer does not see them.
**
** In a hostile build every operation may yield the processor first, from a cheap per-thread random sequence.
*/
#ifndef TI_BASE_ATOMICS_H
#define TI_BASE_ATOMICS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "check.h"
#include "config.h"

#if TI_HOSTILE
void ti_hostile_point(void); /* lock.c */
#else
#define ti_hostile_point() ((void)0)
#endif

#define ti_load_relaxed(p) (ti_hostile_point(), atomic_load_explicit(p, memory_order_relaxed))
#define ti_load_acquire(p) (ti_hostile_point(), atomic_load_explicit(p, memory_order_acquire))
#define ti_load_seqcst(p) (ti_hostile_point(), atomic_load_explicit(p, memory_order_seq_cst))
#define ti_store_relaxed(p, v) (ti_hostile_point(), atomic_store_explicit(p, v, memory_order_relaxed))
#define ti_store_release(p, v) (ti_hostile_point(), atomic_store_explicit(p, v, memory_order_release))
#define ti_store_seqcst(p, v) (ti_hostile_point(), atomic_store_explicit(p, v, memory_order_seq_cst))
#define ti_add_relaxed(p, v) (ti_hostile_point(), atomic_fetch_add_explicit(p, v, memory_order_relaxed))
#define ti_add_seqcst(p, v) (ti_hostile_point(), atomic_fetch_add_explicit(p, v, memory_order_seq_cst))
#define ti_add_acqrel(p, v) (ti_hostile_point(), atomic_fetch_add_explicit(p, v, memory_order_acq_rel))
#define ti_sub_relaxed(p, v) (ti_hostile_point(), atomic_fetch_sub_explicit(p, v, memory_order_relaxed))
#define ti_sub_acqrel(p, v) (ti_hostile_point(), atomic_fetch_sub_explicit(p, v, memory_order_acq_rel))
#define ti_swap_acqrel(p, v) (ti_hostile_point(), atomic_exchange_explicit(p, v, memory_order_acq_rel))
/* Compare and swap: '*expected' gets what was found. */
#define ti_cas_relaxed(p, expected, v) \
  (ti_hostile_point(),                 \
   atomic_compare_exchange_weak_explicit(p, expected, v, memory_order_relaxed, memory_order_relaxed))
#define ti_cas_acqrel(p, expected, v) \
  (ti_hostile_point(),                \
   atomic_compare_exchange_strong_explicit(p, expected, v, memory_order_acq_rel, memory_order_acquire))
#define ti_cas_seqcst(p, expected, v) (ti_hostile_point(), atomic_compare_exchange_strong(p, expected, v))

/* Reference counts: the last release sees all that other owners wrote. Returns true for the last one. */
typedef atomic_uint ti_refs;

static inline void ti_refs_init(ti_refs *refs) {
  atomic_init(refs, 1u);
}
static inline void ti_refs_retain(ti_refs *refs) {
  ti_assert(ti_load_relaxed(refs) > 0);
  ti_add_relaxed(refs, 1u); /* relaxed: whoever retains holds a reference already */
}
static inline bool ti_refs_release(ti_refs *refs) {
  ti_assert(ti_load_relaxed(refs) > 0);
  if (ti_load_acquire(refs) == 1u) { /* pairs with the other owners' releases; nobody is left who could retain it */
    ti_store_relaxed(refs, 0u);
    return true;
  }
  return ti_sub_acqrel(refs, 1u) == 1u; /* pairs with itself on the other owners' threads */
}

/* A fuse, by which tests make something fail: so many uses succeed, and then none; negative: all do. Relaxed: a counter
   of its own. Outside test builds it never blows. */
typedef atomic_llong ti_fuse;

static inline bool ti_fuse_use(ti_fuse *fuse) {
  long long left = TI_TESTING ? ti_load_relaxed(fuse) : -1;
  while (left > 0 && !ti_cas_relaxed(fuse, &left, left - 1))
    continue;
  return left != 0;
}

#endif
