/*
** The windows of a scan: what its terminal (scan.c) sets up, and the two passes (scan_window.c) work in.
*/
#ifndef TI_TERMINAL_SCAN_WINDOW_H
#define TI_TERMINAL_SCAN_WINDOW_H

#include "../drive/flow.h"
#include "../fold/scan_cell.h"

enum { TI_SCAN_NODES = 64 }; /* nodes of a list of whole ones, and one more: cells are below 2^54 */

typedef struct ti_scan_column {
  ti_scanner scanner;
  tine_kernel_fn *convert; /* from the column's type; NULL: it is the result's */
  char *out;
  ti_acc_word node[TI_SCAN_NODES]; /* totals of the largest whole nodes that make up the cells so far, left to right */
  ti_acc_word before[TI_SCAN_NODES]; /* what the initial value and the nodes before each give */
  ti_scan_sum carry;                 /* of prefix sums: what stands before the cell whose turn it is */
} ti_scan_column;

typedef struct ti_scan_job {
  size_t bytes; /* of its block of memory */
  ti_flow *flow;
  const char *kernel;
  bool init;       /* there is an initial value, in before[0] */
  uint64_t cells;  /* of all */
  uint64_t window; /* so many cells make one, but the last */
  uint64_t first;  /* the first cell of the window that is next for the second pass */
  bool made;       /* it has had the first one */
  unsigned columns;
  ti_acc_word *words; /* for each cell of two windows and column: its total, then its carry */
  ti_scan_cell *sums; /* likewise of prefix sums: the totals of its runs, then their carries */
  bool *failed;       /* for each of those cells: it has no total, since a kernel failed */
  ti_scan_column column[];
} ti_scan_job;

/* The sink of a job's run: the first pass. */
ti_sink ti_scan_sink(ti_scan_job *job);
/* All windows of a job, as a task of its run, from window 'first' on. */
void ti_scan_windows(tine_ctx *ctx, void *job);

#endif
