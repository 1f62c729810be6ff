/*
** Uniting tables: the rows that the parts of a flow have met, each part by itself, become one list of different rows,
** in the order of their first occurrence. All threads work on that at once, by partitions of the hash; until then the
** rows are kept on a shelf.
**
** A *shelf* holds lists of rows, one after the other. The rows of one list differ; the same row may be in several
** lists.
*/
#ifndef TI_TERMINAL_UNITE_H
#define TI_TERMINAL_UNITE_H

#include "../stage/stage.h"
#include "table.h"

/* Rows as a table has them (table.h), in memory with room for 'capacity' of them. */
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
  uint64_t different; /* at least so many of them differ: the length of the longest list */
} ti_shelf;

/* Adds a list of n rows after the others and returns it, its rows for the caller to write; NULL without memory. */
ti_rows *ti_shelf_room(ti_shelf *shelf, unsigned columns, uint64_t n);
/* Adds the rows of a table as a list, taking over their memory; false without memory, and then nothing was taken. */
bool ti_shelf_take(ti_shelf *shelf, uint64_t *rows, uint64_t n, uint64_t capacity);
/* Moves all lists of 'right', which is empty then, to the end of the shelf. */
void ti_shelf_append(ti_shelf *shelf, ti_shelf *right);
void ti_shelf_drop(ti_shelf *shelf, unsigned columns);

/* Makes one list of all: rows that are the same become one, in the place of the first, with the sum of their counts.
   Runs in the pool of the task that calls, else in the one that 'hints' name, or on this thread alone if they say so.
   False without memory. If the terminal is over before that is done, the lists stay as they are, but for their counts,
   which nobody wants any more. Beside the lists it takes some 8 bytes a row, and what the result takes. */
bool ti_unite(ti_shelf *shelf, unsigned columns, const ti_hints *hints);

#endif
