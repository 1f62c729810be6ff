/*
** Assertions at two costs. Misuse of the public API is never asserted: it returns a status.
**
** ti_assert: what a line relies on; test builds. ti_assert_slow: whole-structure validators; test builds that ask.
** Outside test builds neither evaluates its argument. A failed assertion traps: it is a bug of the engine, found in a
** test build; release builds contain none.
*/
#ifndef TI_BASE_CHECK_H
#define TI_BASE_CHECK_H

#include "config.h"

#if TI_TESTING
#define ti_assert(condition) ((condition) ? (void)0 : __builtin_trap())
#else
#define ti_assert(condition) ((void)(0 && (condition)))
#endif

#if TI_TESTING && TI_HOSTILE
#define ti_assert_slow(condition) ti_assert(condition)
#else
#define ti_assert_slow(condition) ((void)(0 && (condition)))
#endif

/* What the system returns 0 for, unless the engine has a bug. */
static inline void ti_must_hold(int error) {
  ti_assert(error == 0);
  (void)error;
}

#endif
