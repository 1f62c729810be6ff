/*
** Sorting networks: few keys at once, in vector registers, without a branch that depends on them. sort_network.c tells
** how; the radix sort (sort_radix.h) ends in them.
*/
#ifndef TI_SORT_NETWORK_H
#define TI_SORT_NETWORK_H

#include <stddef.h>

/* Sorts n keys, 0 < n <= 'most', unsigned, from 'x' to 'home', which may be the same; nothing else is written. Keys
   may change meanwhile: then 'home' holds any. */
typedef struct ti_sort_network {
  void (*sort)(void *home, const void *x, size_t n);
  size_t most;
  unsigned per_bucket; /* log2 of how many keys it should be given at least, on average: so that few are too many */
} ti_sort_network;

/* Of keys of 4 or 8 bytes, for an instruction set that this processor has; NULL: there is none. */
const ti_sort_network *ti_sort_network_of(unsigned simd, size_t size);

#endif
