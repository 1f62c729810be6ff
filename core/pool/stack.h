/*
** The stack of tasks of one thread: layout, and the single operations on its two shared words. README.md, section 2.
**
**     head      what the inline tine_join sees: the guard and the way to its rare cases
**     share     one word: which slots are public
**     slots     a task that waits to be joined is in one; free slots have no fn. The last is never free.
**     marks     what a stolen task needs besides: outside of the slots, so that an unshared join touches 16 bytes
**
** Slots [bottom, split) are public: any thread may take the one at bottom. Slots from split on are the owner's own.
** 'guard' is the address of slot 'split', or MAX while somebody wants work ("armed").
*/
#ifndef TI_POOL_STACK_H
#define TI_POOL_STACK_H

#include "../base/atomics.h"
#include "../base/check.h"
#include "../tine.h"

typedef struct ti_worker ti_worker;
typedef struct ti_operation ti_operation;

enum ti_mark_state {
  TI_TASK_OPEN,    /* not run to its end by another thread; nobody is parked for it */
  TI_TASK_AWAITED, /* as OPEN, but whoever finishes it must unpark the joiner */
  TI_TASK_DONE     /* a thief has run it: what it wrote is visible to whoever reads this by acquire */
};

typedef struct ti_mark {
  _Atomic(ti_operation *) operation; /* of the tasks from this slot on, up to the next that is not NULL */
  atomic_uint state;
  atomic_uint thief; /* 0: not known yet; else who runs it and where, see ti_thief */
} ti_mark;

typedef struct ti_stack {
  tine_stack head;
  ti_worker *worker; /* constant; whose stack this is */
  _Alignas(TI_CACHE_LINE) _Atomic uint64_t share;
  _Alignas(TI_CACHE_LINE) tine_ctx slots[TI_TASK_SLOTS + 1];
  ti_mark marks[TI_TASK_SLOTS];
} ti_stack;

_Static_assert(sizeof(ti_stack) <= TINE_STACK_BYTES, "a stack lies between two multiples of its size");

static inline ti_stack *ti_stack_of(const tine_ctx *ctx) {
  return (ti_stack *)((uintptr_t)ctx & ~(uintptr_t)(TINE_STACK_BYTES - 1));
}
static inline unsigned ti_slot_of(const tine_ctx *ctx) {
  const unsigned slot = (unsigned)(ctx - ti_stack_of(ctx)->slots);
  ti_assert(slot <= TI_TASK_SLOTS);
  return slot;
}

/*
** ----- The guard: plain in tine.h, which C++ reads, too -----
*/
#define TI_ARMED UINTPTR_MAX

static inline bool ti_guard_armed(ti_stack *s) {
  ti_hostile_point();
  return __atomic_load_n(&s->head.guard, __ATOMIC_SEQ_CST) == TI_ARMED; /* seq_cst: whoever says it is idle looks */
}
/* Any thread: asks the owner to look around at its next fork, join or block. Pairs with ti_guard_swap, which then sees
   what the caller has said before, that it is idle or has asked. */
static inline void ti_guard_arm(ti_stack *s) {
  ti_hostile_point();
  __atomic_store_n(&s->head.guard, TI_ARMED, __ATOMIC_SEQ_CST);
}
/* Owner: disarms, with 'split' as the number of the first slot that is its own. */
static inline void ti_guard_swap(ti_stack *s, unsigned split) {
  ti_assert(split <= TI_TASK_SLOTS);
  ti_hostile_point();
  __atomic_exchange_n(&s->head.guard, (uintptr_t)&s->slots[split], __ATOMIC_SEQ_CST);
}
/* Owner: moves the guard from slot 'from' to slot 'to', unless it is armed. */
static inline void ti_guard_move(ti_stack *s, unsigned from, unsigned to) {
  ti_assert(from <= TI_TASK_SLOTS && to <= TI_TASK_SLOTS);
  uintptr_t expected = (uintptr_t)&s->slots[from];
  ti_hostile_point();
  __atomic_compare_exchange_n(&s->head.guard, &expected, (uintptr_t)&s->slots[to], false, __ATOMIC_SEQ_CST,
                              __ATOMIC_RELAXED);
}

/*
** ----- The share word -----
**
** bits 0-9 bottom, 10-19 split, 20-63 epoch. Each change by the owner, and each by a thread that makes the owner's
** tasks public, is a new epoch; taking a task is not. So a compare-and-swap fails if the owner has done anything
** meanwhile.
*/
enum { TI_SHARE_BITS = 10, TI_SHARE_MASK = (1 << TI_SHARE_BITS) - 1 };
#define TI_EPOCH_ONE (UINT64_C(1) << (2 * TI_SHARE_BITS))

_Static_assert((int)TI_TASK_SLOTS < (int)TI_SHARE_MASK, "a slot's number fits");

static inline unsigned ti_share_bottom(uint64_t share) {
  return (unsigned)share & TI_SHARE_MASK;
}
static inline unsigned ti_share_split(uint64_t share) {
  return (unsigned)(share >> TI_SHARE_BITS) & TI_SHARE_MASK;
}
static inline unsigned ti_share_public(uint64_t share) {
  ti_assert(ti_share_bottom(share) <= ti_share_split(share));
  return ti_share_split(share) - ti_share_bottom(share);
}
/* The next epoch, with these bounds. */
static inline uint64_t ti_share_next(uint64_t share, unsigned bottom, unsigned split) {
  ti_assert(bottom <= split && split <= TI_TASK_SLOTS);
  return ((share & ~(TI_EPOCH_ONE - 1)) + TI_EPOCH_ONE) | (uint64_t)split << TI_SHARE_BITS | bottom;
}

/* The same epoch, one task less. */
static inline uint64_t ti_share_taken(uint64_t share) {
  ti_assert(ti_share_public(share) > 0);
  return share + 1; /* of bottom, which is below split */
}

/* Slots, as others may look at them. */
static inline tine_task *ti_slot_task(const tine_ctx *slot) {
  ti_hostile_point();
  return __atomic_load_n(&slot->fn, __ATOMIC_ACQUIRE); /* pairs with the release in tine_join: its argument */
}
static inline void *ti_slot_arg(const tine_ctx *slot) {
  return __atomic_load_n(&slot->arg, __ATOMIC_RELAXED); /* relaxed: void unless the compare-and-swap succeeds */
}
/* Owner. */
static inline void ti_slot_fill(tine_ctx *slot, tine_task *fn, void *arg) {
  __atomic_store_n(&slot->arg, arg, __ATOMIC_RELAXED); /* relaxed: the release is next */
  ti_hostile_point();
  __atomic_store_n(&slot->fn, fn, __ATOMIC_RELEASE); /* pairs with ti_slot_task */
}

/* What is in a slot that is in use and holds no task. */
static inline void ti_no_task(tine_ctx *ctx, void *arg) {
  (void)ctx, (void)arg;
}

/*
** ----- Thieves: number of the record and its first slot that can hold a descendant, in a word that is never 0 -----
*/
static inline unsigned ti_thief(unsigned number, unsigned base) {
  ti_assert(base <= TI_TASK_SLOTS);
  return (number + 1) << TI_SHARE_BITS | base;
}
static inline unsigned ti_thief_number(unsigned thief) {
  ti_assert(thief != 0);
  return (thief >> TI_SHARE_BITS) - 1;
}
static inline unsigned ti_thief_base(unsigned thief) {
  return thief & TI_SHARE_MASK;
}

/*
** ----- The state of a stolen task -----
*/
static inline bool ti_mark_done(const ti_mark *m) {
  return ti_load_acquire(&m->state) == TI_TASK_DONE; /* pairs with ti_mark_finish: what the task wrote */
}
/* The joiner is about to park: false if the task is done. */
static inline bool ti_mark_await(ti_mark *m) {
  unsigned found = TI_TASK_OPEN;
  /* pairs with ti_mark_finish, both ways: that exchange finds AWAITED, or this one finds DONE */
  return ti_cas_acqrel(&m->state, &found, TI_TASK_AWAITED) || found == TI_TASK_AWAITED;
}
/* The last a thief does with the task: afterwards the slot is something else. Returns whether the joiner, whom the
   thief must know from before, is to be unparked. */
static inline bool ti_mark_finish(ti_mark *m) {
  return ti_swap_acqrel(&m->state, TI_TASK_DONE) == TI_TASK_AWAITED; /* pairs with ti_mark_done and ti_mark_await */
}

#endif
