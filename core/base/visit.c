#include "visit.h"

#include "check.h"
#include "stack_left.h"

#if TI_TESTING
static _Thread_local ti_visit *visit_here;

/* The one around it must be of a caller. */
void ti_visit_begin(ti_visit *v) {
  ti_assert(visit_here == NULL || ti_stack_of_caller(visit_here, v));
  v->outer = visit_here;
  visit_here = v;
}

/* Whatever began inside of it has ended. */
void ti_visit_end(const ti_visit *v) {
  ti_assert(visit_here == v);
  visit_here = v->outer;
}
#endif
