/*
** Interrupts: flags of the host's that end its terminals, whose cancellations look at them (cancel.h). Setting one is a
** single store, so that a signal handler may do it.
*/
#include "../base/error.h"
#include "../base/memory.h"
#include "cancel.h"

struct tine_interrupt {
  ti_refs refs;
  atomic_bool set;
};

_Static_assert(ATOMIC_BOOL_LOCK_FREE == 2, "a signal handler may write lock-free atomics only");

bool ti_interrupted(const tine_interrupt *interrupt) {
  return interrupt != NULL && ti_load_relaxed(&interrupt->set); /* relaxed: carries nothing with it */
}

tine_status tine_interrupt_create(tine_interrupt **out, tine_error *err) {
  tine_interrupt *const interrupt = ti_new(tine_interrupt);
  *out = interrupt;
  if (interrupt == NULL)
    return ti_error_nomem(err);
  ti_refs_init(&interrupt->refs);
  atomic_init(&interrupt->set, false);
  return TINE_OK;
}

tine_interrupt *tine_interrupt_retain(tine_interrupt *interrupt) {
  if (interrupt != NULL)
    ti_refs_retain(&interrupt->refs);
  return interrupt;
}

void tine_interrupt_release(tine_interrupt *interrupt) {
  if (interrupt != NULL && ti_refs_release(&interrupt->refs))
    ti_delete(tine_interrupt, interrupt);
}

void tine_interrupt_set(tine_interrupt *interrupt) {
  if (interrupt != NULL)
    ti_store_relaxed(&interrupt->set, true); /* relaxed, as the next: whoever sees it late does needless work */
}

void tine_interrupt_clear(tine_interrupt *interrupt) {
  if (interrupt != NULL)
    ti_store_relaxed(&interrupt->set, false);
}

bool tine_interrupt_is_set(const tine_interrupt *interrupt) {
  return ti_interrupted(interrupt);
}
