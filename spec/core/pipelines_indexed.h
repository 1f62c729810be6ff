/*
** The adaptors and sources that keep the index, as cases of the list in pipelines.c: X(name, make, item). Each has
** exactly n items.
*/
#ifndef SPEC_PIPELINES_INDEXED_H
#define SPEC_PIPELINES_INDEXED_H

#include "pipelines.h"

#define INDEXED_CASES(X)                                    \
  X("chain", make_chain, item_chain)                        \
  X("chain of twenty", make_chains, item_chains)            \
  X("chain with empty", make_empty, item_second)            \
  X("enumerate", make_enumerate, item_enumerate)            \
  X("rev of a slice", make_rev_stored, item_rev)            \
  X("rev of a map", make_rev_computed, item_rev)            \
  X("skip of a slice", make_skip_stored, item_skip)         \
  X("skip of a map", make_skip_computed, item_skip)         \
  X("select", make_select, item_select)                     \
  X("extend", make_extend, item_extend)                     \
  X("extend of a cast", make_extend_args, item_extend_args) \
  X("all of these", make_all, item_all)

#define INDEXED_DECLARE(name, make, item) \
  tine_pipeline *make(uint64_t n);        \
  double item(uint64_t n, unsigned c, uint64_t i);
INDEXED_CASES(INDEXED_DECLARE)
#undef INDEXED_DECLARE

/* Items 0, 0.5, 1, ...: in an array, and computed. */
tine_pipeline *stored(uint64_t n);
tine_pipeline *computed(uint64_t n);

#endif
