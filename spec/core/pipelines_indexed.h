/*
** The adaptors and sources that keep the index, as cases of the list in pipelines.c: X(name, make, item). Each has
** exactly n items.
*/
#ifndef SPEC_PIPELINES_INDEXED_H
#define SPEC_PIPELINES_INDEXED_H

#include "pipelines.h"

#define INDEXED_CASES(X)                                                \
  X("chain", make_chain, item_chain)                                    \
  X("chain of twenty", make_chains, item_chains)                        \
  X("chain with empty", make_empty, item_second)                        \
  X("enumerate", make_enumerate, item_enumerate)                        \
  X("rev of a slice", make_rev_stored, item_rev)                        \
  X("rev of a map", make_rev_computed, item_rev)                        \
  X("skip of a slice", make_skip_stored, item_skip)                     \
  X("skip of a map", make_skip_computed, item_skip)                     \
  X("select", make_select, item_select)                                 \
  X("extend", make_extend, item_extend)                                 \
  X("extend of a cast", make_extend_args, item_extend_args)             \
  X("all of these", make_all, item_all)                                 \
  X("step_by of a slice", make_step_stored, item_step)                  \
  X("step_by 3 of a map", make_step_computed, item_step)                \
  X("step_by 3 of a slow map", make_step_slow, item_step_slow)          \
  X("interleave", make_interleave, item_interleave)                     \
  X("interleave, a longer", make_interleave_rest, item_interleave_rest) \
  X("interleave_shortest", make_shortest, item_shortest)                \
  X("windows of a slice", make_windows_stored, item_windows)            \
  X("windows of a map", make_windows_computed, item_windows)            \
  X("gather", make_gather, item_gather)                                 \
  X("fold_chunks", make_chunks, item_chunks)                            \
  X("random", make_random, item_of_random)                              \
  X("source", make_source, item_source)

#define INDEXED_DECLARE(name, make, item) \
  tine_pipeline *make(uint64_t n);        \
  double item(uint64_t n, unsigned c, uint64_t i);
INDEXED_CASES(INDEXED_DECLARE)
#undef INDEXED_DECLARE

/* Items 0, 0.5, 1, ...: in an array, and computed. */
tine_pipeline *stored(uint64_t n);
tine_pipeline *computed(uint64_t n);

#endif
