/*
** Tables of different items, in the order of their first occurrence, with how often each occurred: open addressing over
** rows kept one behind the other.
*/
#ifndef TI_DRIVE_TABLE_H
#define TI_DRIVE_TABLE_H

#include "../consume/row.h"

typedef struct ti_table {
  uint64_t n;        /* rows */
  uint64_t capacity; /* of rows */
  uint64_t
      *rows; /* a row: its count, then a word a column by which rows are compared, then one with the value's bits */
  uint64_t slots; /* a power of two, or 0 */
  uint64_t *slot; /* of a hash: the row + 1, or 0 */
  uint64_t last;  /* the row met last: neighbours are often equal */
} ti_table;

static inline size_t ti_table_words(unsigned columns) {
  return 1 + 2 * (size_t)columns;
}
static inline const uint64_t *ti_table_row(const ti_table *t, unsigned columns, uint64_t i) {
  return t->rows + i * ti_table_words(columns);
}
/* Counts the row (laid out as in the table) in; false without memory. All zero is an empty table. */
bool ti_table_add(ti_table *t, unsigned columns, const uint64_t *row);
void ti_table_drop(ti_table *t, unsigned columns);

#endif
