/*
** Forks: the count of them, the lock that is held across them, and turns. See fork.h.
*/
#include "fork.h"
#include "check.h"

static ti_mutex fork_lock = TI_MUTEX_INITIALIZER;
static atomic_uint fork_count;
static _Atomic(const void *) fork_survivor; /* of the last fork: the thread that is in the child */
static _Thread_local char fork_self;        /* whose address is that of the thread, in parent and child */

static void fork_before(void) {
  ti_mutex_lock(&fork_lock);
}

static void fork_in_child(void) {
  ti_store_relaxed(&fork_survivor, (const void *)&fork_self); /* relaxed, both: the child has one thread */
  ti_add_relaxed(&fork_count, 1u);
  ti_fork_release();
}

static ti_fork_hook fork_own = {fork_before, ti_fork_release, fork_in_child, false};

/* Not under a lock: a fork in this moment would take it along, locked. */
static bool fork_hook_put(ti_fork_hook *hook) {
  if (ti_load_relaxed(&hook->set)) /* relaxed: carries nothing with it */
    return true;
  if (ti_swap_acqrel(&hook->set, true)) /* pairs with nothing: the swap alone decides who does it */
    return true;
  if (pthread_atfork(hook->before, hook->parent, hook->child) == 0)
    return true;
  ti_store_relaxed(&hook->set, false); /* relaxed: the next to come will try again */
  return false;
}

bool ti_fork_watch(void) {
  return fork_hook_put(&fork_own);
}

bool ti_fork_hook_set(ti_fork_hook *hook) {
  return ti_fork_watch() && fork_hook_put(hook);
}

unsigned ti_fork_generation(void) {
  return ti_load_relaxed(&fork_count); /* relaxed: changes only where there is one thread */
}

void ti_fork_hold(void) {
  ti_fork_watch(); /* without memory forks are not held off: better than no service */
  ti_mutex_lock(&fork_lock);
}

void ti_fork_release(void) {
  ti_mutex_unlock(&fork_lock);
}

/* ----- Turns ----- */

static unsigned turn_good(void) {
  return 2 * ti_fork_generation() + 2;
}

void ti_turn_init(ti_turn *turn) {
  ti_fork_watch();
  ti_mutex_init(&turn->lock);
  atomic_init(&turn->word, turn_good());
  atomic_init(&turn->owner, NULL);
}

void ti_turn_destroy(ti_turn *turn) {
  if (ti_load_relaxed(&turn->word) == turn_good()) /* relaxed: nobody else has it; else it may be locked for ever */
    ti_mutex_destroy(&turn->lock);
}

/* The first to come in a child makes it anew, or finds that it is the survivor's and leaves it as it is. Who that
   is does not change before the word did, since the survivor does the same before it gives its turn back. */
static void turn_renew(ti_turn *turn) {
  const unsigned good = turn_good();
  unsigned word = ti_load_acquire(&turn->word); /* pairs with the release below, as the next */
  for (; word != good; word = ti_load_acquire(&turn->word)) {
    /* relaxed: written by this thread, or before the fork */
    const bool survives = ti_load_relaxed(&turn->owner) == ti_load_relaxed(&fork_survivor);
    if (word == good - 1)
      ti_spin_yield();
    else if (survives)
      ti_cas_acqrel(&turn->word, &word, good); /* pairs with itself */
    else if (ti_cas_acqrel(&turn->word, &word, good - 1)) {
      ti_store_relaxed(&turn->owner, (const void *)NULL); /* relaxed: the next line's release carries it */
      ti_mutex_init(&turn->lock);
      ti_store_release(&turn->word, good);
    }
  }
}

void ti_turn_take(ti_turn *turn) {
  turn_renew(turn);
  ti_mutex_lock(&turn->lock);
  ti_assert(ti_load_relaxed(&turn->owner) == NULL);
  ti_store_relaxed(&turn->owner, (const void *)&fork_self); /* relaxed: for this thread, and for children of it */
}

void ti_turn_give(ti_turn *turn) {
  turn_renew(turn);
  ti_assert(ti_load_relaxed(&turn->owner) == &fork_self);
  ti_store_relaxed(&turn->owner, (const void *)NULL); /* relaxed: as above */
  ti_mutex_unlock(&turn->lock);
}
