/*
** Integers at equal distances, for range and enumerate.
*/
#ifndef TI_PRODUCE_COUNT_UP_H
#define TI_PRODUCE_COUNT_UP_H

#include <stddef.h>
#include <stdint.h>

/* out[i] = first + i * step, modulo 2^64. */
void ti_count_up(int64_t *out, size_t n, uint64_t first, uint64_t step);
/* As above in one instruction set of kernel/simd.h. */
void ti_count_up_variant(unsigned simd, int64_t *out, size_t n, uint64_t first, uint64_t step);

#endif
