/*
** Different values of one column, in the order of their first occurrence, with how often each occurred: what a table is
** to rows of any number of columns (table.h), for the many cases that have one.
*/
#ifndef TI_TERMINAL_KEYS_H
#define TI_TERMINAL_KEYS_H

#include "../fold/row.h"

typedef struct ti_key_slot {
  uint64_t key;   /* a word that is equal for what counts as equal */
  uint64_t count; /* 0: nothing is here */
} ti_key_slot;

/* All zero but for the type: empty. */
typedef struct ti_keys {
  tine_dtype dtype;
  unsigned shift; /* leaves the slot of a hash */
  uint64_t n;     /* values */
  uint64_t most;  /* so many may be in these slots */
  uint64_t slots; /* a power of two, or 0 */
  uint64_t asked; /* values counted in since there were so many */
  ti_key_slot *slot;
  uint64_t capacity; /* of rows */
  uint64_t *row;     /* the bits of each value as it occurred first */
} ti_keys;

/* Counts n values in, any number; false without memory: some may be in then. */
bool ti_keys_add(ti_keys *t, const void *data, ptrdiff_t stride, size_t n);
/* Counts in what 'right' has, as values after those that were counted; false as above. */
bool ti_keys_merge(ti_keys *t, const ti_keys *right);
/* Of some values of 'right', here and there, how many are known? Of TI_KEYS_SOME, or of all it has if these are
   fewer. */
enum { TI_KEYS_SOME = 64 };
size_t ti_keys_known(const ti_keys *t, const ti_keys *right);
/* How often each value occurred. */
void ti_keys_counts(const ti_keys *t, int64_t *out);
/* The values as rows of a table (table.h) of one column. */
void ti_keys_rows(const ti_keys *t, uint64_t *rows);
void ti_keys_drop(ti_keys *t);
/* By how many slots the values are from those that their hashes chose, all together: what searches cost. For tests. */
uint64_t ti_keys_way(const ti_keys *t);

#endif
