/*
** Elements brought into a row: those of a stride, and those in Fortran order, in which the first index of an array
** changes fastest, in C order, in which the last does.
*/
#ifndef TI_DATA_NPY_ORDER_H
#define TI_DATA_NPY_ORDER_H

#include "array.h"

/* n elements of 'size' bytes (1, 2, 4 or 8), 'stride' bytes apart, one after the other. */
void ti_npy_gather(char *to, const char *from, ptrdiff_t stride, size_t size, size_t n);
/* Elements of 'size' bytes (1, 2, 4 or 8) of a shape whose extents are positive: 'from' has them in Fortran order, 'to'
   gets them in C order. The two do not overlap. */
void ti_npy_transpose(char *to, const char *from, size_t size, const uint64_t *shape, unsigned dims);

#endif
