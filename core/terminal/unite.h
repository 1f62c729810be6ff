/*
** Uniting tables: what the parts of a flow met, each by itself, becomes one list of different rows, in the order of
** their first occurrence. All threads do that at once, by partitions of the hash; the shelf is where it waits for them.
**
** A *shelf* holds lists of rows, one behind the other. In each the rows differ; a row of one may be in others as well.
*/
#ifndef TI_TERMINAL_UNITE_H
#define TI_TERMINAL_UNITE_H

#include "../stage/stage.h"
#include "table.h"

/* Rows as a table has them (table.h), in a block with room for so many. */
typedef struct ti_rows ti_rows;
struct ti_rows {
  ti_rows *next;
  uint64_t n, capacity;
  uint64_t *row;
};

/* All zero: empty. */
typedef struct ti_shelf {
  ti_rows *first, *last;
  uint64_t n;         /* rows, of all lists */
  uint64_t different; /* so many of them differ, at least: what the longest list has */
} ti_shelf;

/* Puts a list of its own for n rows behind the others, and returns it; NULL without memory. What it has is for the
   caller to write. */
ti_rows *ti_shelf_room(ti_shelf *shelf, unsigned columns, uint64_t n);
/* Takes rows from where a table had them; false without memory, and then nothing was taken. */
bool ti_shelf_take(ti_shelf *shelf, uint64_t *rows, uint64_t n, uint64_t capacity);
/* Puts all of 'right', which is empty then, behind the others. */
void ti_shelf_append(ti_shelf *shelf, ti_shelf *right);
void ti_shelf_drop(ti_shelf *shelf, unsigned columns);

/* Makes one list of all, in which rows that are the same became the first of them, its count that of all. In the pool
   the hints name, or of the task that calls, or alone if they say so. False without memory. If the terminal is over the
   lists are as they were but for their counts, which nobody wants any more. Takes 8 bytes a row and what the result has
   besides the lists that there are. */
bool ti_unite(ti_shelf *shelf, unsigned columns, const ti_hints *hints);

#endif
