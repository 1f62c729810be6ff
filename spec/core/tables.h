/*
** Pipelines of f64 columns beside plain tables of their items, for random compositions (compose_test.c). Some kernels
** fail at some values; in the table such an item is bad, and what needs a bad item is bad.
*/
#ifndef SPEC_TABLES_H
#define SPEC_TABLES_H

#include "pipelines.h"

typedef struct table {
  tine_pipeline *p;
  uint64_t n;
  unsigned columns;
  double *value; /* item i, column c: value[i * columns + c] */
  bool *bad;
} table;

table table_new(tine_pipeline *p, uint64_t n, unsigned columns);
void table_free(table *t);
void copy_item(table *to, uint64_t i, const table *from, uint64_t j);
/* Items first, first + step, ... of t, n of them, and their pipeline in place of its own. */
void table_thin(table *t, tine_pipeline *p, uint64_t first, int64_t step, uint64_t n);

/* A source at random; and so many stages at random on one (compose_test.c). */
table leaf(void);
table table_composed(int depth);

/* A kernel of the tests or a built-in one: "rare", f64 -> f64, fails where rare() holds; "left", f64 f64 -> f64, gives
   its left input, is associative but not commutative, and fails now and then. */
tine_kernel *table_kernel(const char *name);
void table_kernels_begin(void);
void table_kernels_end(void);
bool rare(double x);

#endif
