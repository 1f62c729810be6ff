/*
** Visits: the engine is in a function of the host's, and is to be given back. One that was left by longjmp or by an
** exception is noticed in test builds: by the next visit of the thread that begins or ends, which traps. Others notice
** nothing; tine.h says what is allowed.
*/
#ifndef TI_BASE_VISIT_H
#define TI_BASE_VISIT_H

#include "config.h"

/* On the C stack of whoever visits. */
typedef struct ti_visit {
  struct ti_visit *outer;
} ti_visit;

#if TI_TESTING
void ti_visit_begin(ti_visit *v);
void ti_visit_end(const ti_visit *v);
#else
#define ti_visit_begin(v) ((void)(v))
#define ti_visit_end(v) ((void)(v))
#endif

/* One call of such a function. */
#define TI_VISIT(call)       \
  do {                       \
    ti_visit visit_;         \
    ti_visit_begin(&visit_); \
    call;                    \
    ti_visit_end(&visit_);   \
  } while (0)

#endif
