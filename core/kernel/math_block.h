/*
** Blocks for functions that only know whole vectors side by side in memory, as those of vector_math.h: any stride and
** any length give the same bits, and nothing outside of the columns is touched.
*/
#ifndef TI_KERNEL_MATH_BLOCK_H
#define TI_KERNEL_MATH_BLOCK_H

#include "../tine.h"

/* A function over n items, a multiple of 'lanes', which is a power of two. */
typedef void ti_math_run1(void *out, const void *a, size_t n);
typedef void ti_math_run2(void *out, const void *a, const void *b, size_t n);

/* Runs it over a block whose items take 'size' bytes, 4 or 8, each in and out. Always returns 0. */
int ti_math_block1(tine_block *block, size_t size, size_t lanes, ti_math_run1 *run);
int ti_math_block2(tine_block *block, size_t size, size_t lanes, ti_math_run2 *run);

#endif
