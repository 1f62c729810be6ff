/*
** Element types of .npy files, as NumPy names them.
*/
#ifndef TI_DATA_NPY_TYPE_H
#define TI_DATA_NPY_TYPE_H

#include "array.h"

/* How elements lie in a file, and what they become. */
typedef struct ti_npy_type {
  tine_dtype dtype;
  size_t size;  /* bytes of one in the file */
  bool half;    /* they are float16 there; tine has f32 */
  bool swapped; /* they are in the byte order that is not this machine's */
} ti_npy_type;

/* The type that the text of a 'descr' means: "<f8", "d", "float64". TINE_EFORMAT for a type that tine does not
   have, with its name, and for what is no type of NumPy's. */
tine_status ti_npy_type_find(ti_npy_type *out, const char *text, size_t n, tine_error *err);
/* n float16 that lie at 'half' as n f32 at 'out', exactly. 'half' may be the upper half of the bytes at 'out'. */
void ti_npy_widen(float *out, const char *half, size_t n);

#endif
