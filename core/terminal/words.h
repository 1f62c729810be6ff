/*
** The words that tables and heaps are made of: the values of a column read as such, and blocks of them.
*/
#ifndef TI_TERMINAL_WORDS_H
#define TI_TERMINAL_WORDS_H

#include "../base/memory.h"
#include "../data/dtype.h"

/* The n values at 'data' as words: ti_row_bits (../fold/row.h) of each. */
void ti_words_read(tine_dtype dtype, const void *data, ptrdiff_t stride, size_t n, uint64_t *bits);
/* Puts a block of 'larger' words in the place of one of 'words' (NULL, if there are none), of which the first 'used'
   are copied. False, with the old one untouched, without memory. */
bool ti_words_grow(uint64_t **block, uint64_t words, uint64_t used, uint64_t larger);
static inline void ti_words_free(uint64_t *block, uint64_t words) {
  ti_free(block, (size_t)words * sizeof *block, TI_CACHE_LINE);
}

/* Fetches what is soon written to into the cache. */
static inline void ti_words_fetch(const void *at) {
#if defined(__GNUC__)
  __builtin_prefetch(at, 1);
#else
  (void)at;
#endif
}

#endif
