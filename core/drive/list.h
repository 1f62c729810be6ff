/*
** Lists: the values of items whose number nobody knows in advance, in order, in chunks. Two neighbouring lists become
** one at no cost. Chunks grow with the list they are in, up to TI_CHUNK_ITEMS, so little of them stays empty.
*/
#ifndef TI_DRIVE_LIST_H
#define TI_DRIVE_LIST_H

#include "flow.h"

/* Four megabytes of f64: large enough for large pages (../terminal/README.md). */
enum { TI_CHUNK_ITEMS = 512 * TI_BLOCK };

typedef struct ti_chunk ti_chunk;
struct ti_chunk {
  ti_chunk *next;
  size_t n, capacity, bytes;
  uint64_t first; /* while the list is stored: the place of its first value */
};

/* The types of the columns a list has. */
typedef struct ti_shape {
  unsigned columns;
  const tine_dtype *dtype;
} ti_shape;

/* All zero: empty. */
typedef struct ti_list {
  ti_chunk *first, *last;
  uint64_t n;
} ti_list;

/* Room for n more values (at most TI_BLOCK) of each column in want[]; false without memory. */
bool ti_list_room(ti_list *list, const ti_shape *shape, size_t n, void **want);
/* Takes n values of each column: those at data[] are copied unless they are where ti_list_room said. */
void ti_list_add(ti_list *list, const ti_shape *shape, size_t n, const void *const *data, const ptrdiff_t *stride);
/* Leaves only the first n. */
void ti_list_cut(ti_list *list, uint64_t n);
/* Moves all of 'right', which is empty then, to the end of the list. No large chunk but the last one of all has
   more than an eighth of its room to spare then, if there was memory to trim it. */
void ti_list_append(ti_list *list, ti_list *right, const ti_shape *shape);
void ti_list_drop(ti_list *list);
/* Test builds: do the chunks hold what the list says? */
bool ti_list_check(const ti_list *list);
/* The values of column c of a chunk. */
char *ti_chunk_column(const ti_chunk *chunk, const ti_shape *shape, unsigned c);
/* Copies all values to out[c] and drops the chunks as it goes (and the rest if the terminal is over); on the pool the
   hints name, or alone if they say so or there is not much to copy. */
void ti_list_store(ti_list *list, const ti_shape *shape, char *const *out, const ti_hints *hints);
/* Likewise into new arrays, '*out' being an array a column. If that fails those that were made are the caller's. */
tine_status ti_list_arrays(ti_list *list, const ti_shape *shape, tine_array **out, const tine_pipeline *p,
                           tine_error *err);

/* Notes that there was no memory for items from a position on; false, so that a sink may return it. */
bool ti_list_nomem(ti_eval *eval, uint64_t lo);
/* Likewise that the terminal is over. */
bool ti_list_over(ti_eval *eval, uint64_t lo);

/* A sink whose part is a ti_list of all columns; 'env' is its ti_shape. */
extern const ti_sink ti_list_sink;

#endif
