/*
** Rows: an item as a row of 64-bit words, one per column, for code that compares whole items.
*/
#ifndef TI_FOLD_ROW_H
#define TI_FOLD_ROW_H

#include "../stage/stage.h"

/* The bits of an element, zeroes above them. */
uint64_t ti_row_bits(tine_dtype dtype, const void *element);
/* Stores such bits as an element. */
void ti_row_store(tine_dtype dtype, uint64_t bits, void *element);
/* A word that is equal for what counts as equal: all NaNs are one value, -0.0 is 0.0. */
uint64_t ti_row_same(tine_dtype dtype, uint64_t bits);
/* A word that is larger for what is larger: -0.0 below 0.0, NaN below all. */
uint64_t ti_row_order(tine_dtype dtype, uint64_t bits);

#endif
