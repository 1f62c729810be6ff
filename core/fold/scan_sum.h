/*
** Prefix sums of floats: each is the sum of all items up to it, carried in twice the precision and rounded once. So
** items that are 0 change nothing, and items of one sign never let the sums go the other way: README.md, "Prefix sums".
**
** A cell is cut into *runs* of TI_SCAN_RUN neighbouring items. Every run is summed by itself, from nothing; what stands
** before a run is the *carry*, which goes from run to run, and from cell to cell, in order.
*/
#ifndef TI_FOLD_SCAN_SUM_H
#define TI_FOLD_SCAN_SUM_H

#include <stdbool.h>
#include <stddef.h>

#include "../base/config.h"
#include "../tine.h"

enum { TI_SCAN_RUNS = 8, TI_SCAN_RUN = TI_CELL / TI_SCAN_RUNS };

/* hi + lo. A carry's hi is what that rounds to; where hi is infinite or NaN, lo is 0. */
typedef struct ti_scan_sum {
  double hi, lo;
} ti_scan_sum;

/* A cell: the sums of its runs, each by itself, and later what stands before each. */
typedef struct ti_scan_cell {
  ti_scan_sum run[TI_SCAN_RUNS];
  bool
      known; /* what stands before each of them is, and they can be done side by side; else it is for the first alone */
} ti_scan_cell;

typedef struct ti_scan_sums ti_scan_sums;

/* For one type and instruction set, which the functions find in 's'. */
struct ti_scan_sums {
  /* The sums of the runs of TI_CELL values. */
  void (*totals)(const ti_scan_sums *s, const void *x, ti_scan_cell *cell);
  /* They become what stands before the runs, and the carry, which stands before the cell, what stands behind it. */
  void (*advance)(const void *x, ti_scan_cell *cell, ti_scan_sum *carry);
  /* n values, at most TI_CELL, become their prefix sums. */
  void (*prefixes)(const ti_scan_sums *s, void *x, size_t n, const ti_scan_cell *cell);
  const struct ti_scan_set *set;
};

/* Of f32 or f64, with an instruction set that the machine has. */
const ti_scan_sums *ti_scan_sums_variant(tine_dtype dtype, unsigned simd);

/* What stands before the first cell if there is no initial value: it changes no item, not the sign of a zero. */
#define TI_SCAN_NOTHING ((ti_scan_sum){-0.0, 0})

#endif
