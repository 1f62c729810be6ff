/*
** Scanning one cell: what README.md, "Prefixes", says of a cell's arithmetic. Who has which cell, and what
** stands before it, is the drive's business.
**
** A cell is cut into runs of TI_LANES neighbouring items. First each run is scanned by itself; the total of a run is
** its last value then, that of a cell is what the totals of its runs give from left to right. Later each run gets its
** carry: that of the cell and the totals of the runs before it.
*/
#ifndef TI_CONSUME_SCAN_H
#define TI_CONSUME_SCAN_H

#include "fold.h"
#include "scan_sum.h"

/* Loops of a built-in kernel for one type; they do not fail, and give the bits that calls of the kernel give. */
typedef struct ti_scan_loops {
  const char *kernel;
  tine_dtype dtype;
  void (*runs)(void *x, size_t n);
  void (*total)(const void *x, size_t n, void *out);
  void (*carry)(void *x, size_t n, const void *carry);
  void (*combine)(const void *a, const void *b, void *out);
} ti_scan_loops;

typedef struct ti_scanner {
  ti_reducer reducer;
  const ti_scan_loops *loops; /* NULL: the kernel is called */
  const ti_scan_sums *sums;   /* not NULL: it adds floats, in twice the precision, and nothing below is for it */
} ti_scanner;

/* Completes a scanner whose reducer is bound. */
void ti_scanner_choose(ti_scanner *s);

/* Each of these stops where a kernel fails: '*code' is not 0 then, and 'message' the kernel's (TINE_MESSAGE_SIZE
   bytes). */

/* Scans the runs of n values (1 to TI_CELL) in place. Returns how many are done before the first that failed. */
size_t ti_scan_runs(const ti_scanner *s, void *x, size_t n, int *code, char *message);
/* The total of n values whose runs are scanned. */
void ti_scan_total(const ti_scanner *s, const void *x, size_t n, void *out, int *code, char *message);
/* Puts the carry of the cell (NULL: there is none) and those of the runs to n values whose runs are scanned. Returns as
   ti_scan_runs. */
size_t ti_scan_carry(const ti_scanner *s, void *x, size_t n, const void *carry, int *code, char *message);
/* out = a op b; 'out' may be one of them. */
void ti_scan_combine(const ti_scanner *s, const void *a, const void *b, void *out, int *code, char *message);

#endif
