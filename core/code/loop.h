/*
** The two ends of a numeric 'for', as lvm.c has them: of single values, or of all items of a strip that have the same.
*/
#ifndef TI_CODE_LOOP_H
#define TI_CODE_LOOP_H

#include <math.h>

#include "typed.h"

/* The integer limit of a loop up to a float; false: it does not run. */
static inline bool ti_loop_limit(double limit, int64_t step, int64_t *out) {
  const double whole = step < 0 ? ceil(limit) : floor(limit);
  if (whole >= -0x1p63 && whole < 0x1p63) {
    *out = (int64_t)whole;
    return true;
  }
  *out = limit > 0 ? INT64_MAX : INT64_MIN;
  return limit > 0 ? step > 0 : step < 0;
}

/* How often it runs after the first time. */
static inline uint64_t ti_loop_turns(int64_t first, int64_t limit, int64_t step) {
  if (step > 0)
    return ((uint64_t)limit - (uint64_t)first) / (uint64_t)step;
  return ((uint64_t)first - (uint64_t)limit) / ((uint64_t) - (step + 1) + 1);
}

/* The beginning, of the four cells of a loop. 0: it runs; 1: not once, and nothing was changed; -1: its step is 0. */
static inline int ti_loop_for(ti_cell *r, ti_typed_what what) {
  int64_t limit = r[1].i;
  if (what == TI_TYPED_FOR_F64) {
    if (r[2].f == 0)
      return -1;
    if (0 < r[2].f ? r[1].f < r[0].f : r[0].f < r[1].f)
      return 1;
  } else {
    if (r[2].i == 0)
      return -1;
    if (what == TI_TYPED_FOR_UP_TO_F64 && !ti_loop_limit(r[1].f, r[2].i, &limit))
      return 1;
    if (r[2].i > 0 ? r[0].i > limit : r[0].i < limit)
      return 1;
    r[1].i = (int64_t)ti_loop_turns(r[0].i, limit, r[2].i);
  }
  r[3] = r[0];
  return 0;
}

/* The end of a turn; is there another one? */
static inline bool ti_loop_next(ti_cell *r, ti_typed_what what) {
  if (what == TI_TYPED_NEXT_F64) {
    r[0].f += r[2].f;
    if (0 < r[2].f ? !(r[0].f <= r[1].f) : !(r[1].f <= r[0].f))
      return false;
  } else {
    if (r[1].i == 0)
      return false;
    r[0].i = (int64_t)((uint64_t)r[0].i + (uint64_t)r[2].i);
    r[1].i = (int64_t)((uint64_t)r[1].i - 1);
  }
  r[3] = r[0];
  return true;
}

#endif
