/*
** Scanning a cell by calls of the kernel. A kernel is called for many items at a time where it can be: the items at one
** place of all runs are combined with those before them in one call, and a run gets its carry in one.
**
** Such a call goes over the items out of order. When it fails, the cell is done again item by item, as a plain loop
** would, to find the item that fails first; what kernels compute depends on nothing else, so there is one.
*/
#include "scan_cell.h"

#include <string.h>

#include "../base/config.h"

enum { SCAN_RUNS = TI_CELL / TI_LANES };

void ti_scan_combine(const ti_scanner *s, const void *a, const void *b, void *out, int *code, char *message) {
  ti_acc_word result;
  *code = 0;
  if (s->loops != NULL) {
    s->loops->combine(a, b, out);
    return;
  }
  ti_reducer_apply(&s->reducer, a, 0, b, 0, 1, &result, code, message);
  memcpy(out, &result, s->reducer.size);
}

/* Scans the runs of x, one item after the other. */
static size_t scan_plainly(const ti_scanner *s, char *x, size_t n, int *code, char *message) {
  *code = 0;
  for (size_t i = 0; i < n; i++) {
    if (i % TI_LANES != 0)
      ti_scan_combine(s, x + (i - 1) * s->reducer.size, x + i * s->reducer.size, x + i * s->reducer.size, code,
                      message);
    if (*code != 0)
      return i;
  }
  return n;
}

/* Place k of every run that has one, from rows of SCAN_RUNS values. */
static void scan_put(const ti_scanner *s, char *x, size_t n, size_t k, const char *row) {
  for (size_t j = 0; j * TI_LANES + k < n; j++)
    memcpy(x + (j * TI_LANES + k) * s->reducer.size, row + j * s->reducer.size, s->reducer.size);
}

size_t ti_scan_runs(const ti_scanner *s, void *x, size_t n, int *code, char *message) {
  _Alignas(TI_ARRAY_ALIGN) char rows[TI_LANES][SCAN_RUNS * 8];
  const ptrdiff_t size = (ptrdiff_t)s->reducer.size, apart = TI_LANES * size;
  const char *const items = x;
  ti_assert(n > 0 && n <= TI_CELL);
  *code = 0;
  if (s->loops != NULL) {
    s->loops->runs(x, n);
    return n;
  }
  for (size_t k = 1; k < TI_LANES && k < n; k++) {
    const size_t runs = (n - k + TI_LANES - 1) / TI_LANES;
    const void *const before = k == 1 ? items : rows[k - 1];
    ti_reducer_apply(&s->reducer, before, k == 1 ? apart : size, items + k * s->reducer.size, apart, runs, rows[k],
                     code, message);
    if (*code != 0)
      return scan_plainly(s, x, n, code, message);
  }
  for (size_t k = 1; k < TI_LANES && k < n; k++)
    scan_put(s, x, n, k, rows[k]);
  return n;
}

void ti_scan_total(const ti_scanner *s, const void *x, size_t n, void *out, int *code, char *message) {
  const char *const items = x;
  ti_assert(n > 0 && n <= TI_CELL);
  *code = 0;
  if (s->loops != NULL) {
    s->loops->total(x, n, out);
    return;
  }
  memcpy(out, items + (n < TI_LANES ? n - 1 : TI_LANES - 1) * s->reducer.size, s->reducer.size);
  for (size_t i = TI_LANES; i < n && *code == 0; i += TI_LANES)
    ti_scan_combine(s, out, items + (n - i < TI_LANES ? n - 1 : i + TI_LANES - 1) * s->reducer.size, out, code,
                    message);
}

/* Puts 'left' to the left of n values. */
static size_t scan_shift(const ti_scanner *s, const void *left, char *x, size_t n, int *code, char *message) {
  _Alignas(TI_ARRAY_ALIGN) char row[TI_LANES * 8];
  const size_t done = ti_reducer_apply(&s->reducer, left, 0, x, (ptrdiff_t)s->reducer.size, n, row, code, message);
  memcpy(x, row, done * s->reducer.size);
  return done;
}

size_t ti_scan_carry(const ti_scanner *s, void *x, size_t n, const void *carry, int *code, char *message) {
  ti_acc_word before = {0}, left = {0}; /* the totals of the runs before; and with the carry of the cell */
  char *const items = x;
  *code = 0;
  ti_assert(n > 0 && n <= TI_CELL);
  if (s->loops != NULL) {
    s->loops->carry(x, n, carry);
    return n;
  }
  if (carry != NULL)
    memcpy(&left, carry, s->reducer.size);
  for (size_t i = 0; i < n; i += TI_LANES) {
    const size_t count = n - i < TI_LANES ? n - i : TI_LANES;
    ti_acc_word last;
    memcpy(&last, items + (i + count - 1) * s->reducer.size, s->reducer.size);
    if (i > 0 && carry != NULL)
      ti_scan_combine(s, carry, &before, &left, code, message);
    else if (i > 0)
      left = before;
    if (*code == 0 && (i > 0 || carry != NULL)) {
      const size_t done = scan_shift(s, &left, items + i * s->reducer.size, count, code, message);
      if (*code != 0)
        return i + done;
    }
    if (*code != 0)
      return i;
    if (i == 0)
      before = last;
    else if (i + count < n)
      ti_scan_combine(s, &before, &last, &before, code, message);
    if (*code != 0)
      return i + count;
  }
  return n;
}
