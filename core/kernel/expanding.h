/*
** The built-in kernels for flat_map: what they give is asked for in portions, so any number costs no memory.
*/
#ifndef TI_KERNEL_EXPANDING_H
#define TI_KERNEL_EXPANDING_H

#include "../tine.h"

/* repeat(x, n): x, n times, for values of 1, 2, 4, 8 bytes; none if n is not positive. */
int ti_repeat_1(tine_block *block);
int ti_repeat_2(tine_block *block);
int ti_repeat_4(tine_block *block);
int ti_repeat_8(tine_block *block);
/* span(first, last): the integers from first to last, as a numeric for. */
int ti_span(tine_block *block);

#endif
