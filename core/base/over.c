/*
** What a thread asks in the midst of long work; see over.h.
*/
#include "over.h"

static _Thread_local ti_over_fn *over_here;

ti_over_fn *ti_over_set(ti_over_fn *fn) {
  ti_over_fn *const before = over_here;
  over_here = fn;
  return before;
}

bool ti_over_here(void) {
  return over_here != NULL && over_here();
}
