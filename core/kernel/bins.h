/*
** Bins of equal width between two limits: in which of them values lie. The rule is NumPy's: edge i is lo + i * width; a
** value belongs to the bin whose edges it lies between, the lower one included, the last bin's upper one too. Where a
** width is so small that doubles lose places, or all of it, limits and values are enlarged by a power of two first.
*/
#ifndef TI_KERNEL_BINS_H
#define TI_KERNEL_BINS_H

#include <stddef.h>
#include <stdint.h>

typedef struct ti_bins ti_bins;
struct ti_bins {
  double lo, hi, width, scale;
  double enlarged; /* what the four above were multiplied by, and values are: 1, or a power of two */
  uint64_t n;
  /* Finds the bins of so many values; 'n', one more than the last bin, is that of all that lies outside and of NaN.
     NULL where bins are more than 32 bits can count: then there is ti_bins_of alone. */
  void (*find)(const ti_bins *b, const double *x, size_t count, uint32_t *bin);
};

/* Makes n bins, at least one, from lo to hi, which is above it and at a finite distance. Called in the floating-point
   environment of blocks. */
void ti_bins_init(ti_bins *b, double lo, double hi, uint64_t n);
/* Likewise with loops for an instruction set that the machine has. */
void ti_bins_variant(unsigned simd, ti_bins *b, double lo, double hi, uint64_t n);
/* The bin of one value, or n. */
uint64_t ti_bins_of(const ti_bins *b, double x);

#endif
