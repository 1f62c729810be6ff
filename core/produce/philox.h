/*
** Philox4x32 with 10 rounds: 128 random bits as a function of a 128-bit counter and a 64-bit key. J. Salmon, M. Moraes,
** R. Dror, D. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011. Words are numbered as in that paper and in
** its authors' Random123 library, whose known answers it gives.
*/
#ifndef TI_PRODUCE_PHILOX_H
#define TI_PRODUCE_PHILOX_H

#include <stdint.h>

enum { TI_PHILOX_LANES = 64 };

/* That many counters, or their bits, side by side: word w of lane i is the low half of word[w][i]. */
typedef struct ti_philox {
  _Alignas(64) uint64_t word[4][TI_PHILOX_LANES];
} ti_philox;

/* Counters become bits, whose upper halves are 0. */
void ti_philox_run(ti_philox *p, uint32_t key0, uint32_t key1);
/* As above in one instruction set of kernel/simd.h. */
void ti_philox_variant(unsigned simd, ti_philox *p, uint32_t key0, uint32_t key1);

#endif
