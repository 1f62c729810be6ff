/*
** Pools of 1, 2, 3 and 16 threads, for tests whose results must be the same on each; and built-in kernels by name. It
** knows core/tine.h alone. Every case that uses the pools begins and ends them, so that none outlives it.
*/
#ifndef SPEC_POOL_SET_H
#define SPEC_POOL_SET_H

#include "pools.h"

enum { POOLS = 4 };
static const unsigned threads[POOLS] = {1, 2, 3, 16};
static tine_pool *pools[POOLS];

static inline void begin_pools(void) {
  for (unsigned i = 0; i < POOLS; i++)
    pools[i] = new_pool(threads[i]);
}

static inline void end_pools(void) {
  for (unsigned i = 0; i < POOLS; i++) {
    tine_pool_destroy(pools[i]);
    pools[i] = NULL;
  }
}

static inline tine_kernel *kernel(const char *name) {
  return tine_kernel_find(NULL, name, NULL);
}

#endif
