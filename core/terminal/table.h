/*
** Tables of different items, in the order of their first occurrence, with how often each occurred: open addressing over
** rows kept one after the other.
*/
#ifndef TI_TERMINAL_TABLE_H
#define TI_TERMINAL_TABLE_H

#include "../fold/row.h"
#include "hash.h"

typedef struct ti_table {
  uint64_t n;        /* rows */
  uint64_t capacity; /* of rows */
  uint64_t *rows; /* a row: its count; a word per column by which rows are compared; one per column, the value's bits */
  uint64_t slots; /* a power of two, or 0 */
  uint64_t *slot; /* of a hash: the row + 1, or 0 */
  uint64_t last;  /* the row met last: neighbours are often equal */
  unsigned shift; /* leaves the slot of a hash */
} ti_table;

static inline size_t ti_table_words(unsigned columns) {
  return 1 + 2 * (size_t)columns;
}
static inline const uint64_t *ti_table_row(const ti_table *t, unsigned columns, uint64_t i) {
  return t->rows + i * ti_table_words(columns);
}
/* Are these words, a column each, the same? */
static inline bool ti_table_equal(const uint64_t *a, const uint64_t *b, unsigned columns) {
  for (unsigned c = 0; c < columns; c++)
    if (a[c] != b[c])
      return false;
  return true;
}

/* Counts the row (laid out as in the table) in; false without memory. All zero is an empty table; it has one secret. */
bool ti_table_add(ti_table *t, const ti_secret *secret, unsigned columns, const uint64_t *row);
/* As ti_keys_known. */
size_t ti_table_known(const ti_table *t, const ti_secret *secret, unsigned columns, const ti_table *right);
void ti_table_drop(ti_table *t, unsigned columns);
/* As ti_keys_way. */
uint64_t ti_table_way(const ti_table *t, const ti_secret *secret, unsigned columns);

#endif
