/*
** What the tests of sorting share: the order of values, spelt out; a slow stable sort by it that knows no keys; inputs.
*/
#ifndef SPEC_SORT_ORACLE_H
#define SPEC_SORT_ORACLE_H

#include "pipelines.h"

extern const unsigned sort_threads[4];

typedef struct sort_oracle {
  tine_array **columns;
  unsigned count;
  tine_order order;
} sort_oracle;

bool sort_value_nan(tine_value v);
/* -1, 0, 1 by the order asked for; NaNs are equal, and behind all. */
int sort_value_order(tine_value a, tine_value b, tine_order order);
/* The positions of n items in their order; to be freed. */
uint64_t *sort_oracle_positions(const sort_oracle *o, uint64_t n);

/* Lengths where sorts go wrong, and others. Any type. */
uint64_t sort_length(void);
tine_dtype sort_dtype(void);

enum { PATTERNS = 10 };
/* Fills an array with a pattern, below PATTERNS: random, rising, falling, equal, few values, saw teeth, one hot bit,
   nearly rising, NaNs and other ends of the type, all at once. */
void sort_fill(tine_array *a, uint64_t pattern);

/* Have element i of a and element j of b the same bits? */
bool sort_same_bits(const tine_array *a, uint64_t i, const tine_array *b, uint64_t j);

#endif
