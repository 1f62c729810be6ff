/*
** The header of a NumPy .npy file: what the array is, as text in Python's syntax, before the bare elements.
**
**     "\x93NUMPY"  major  minor  length of the text (little-endian: 2 bytes in version 1, else 4)  text  elements
**     {'descr': '<f8', 'fortran_order': False, 'shape': (1000,), }      and spaces up to a multiple of 64, "\n"
**
** Format: numpy/lib/format.py. No system calls here: bytes in, facts out.
*/
#ifndef TI_DATA_NPY_HEADER_H
#define TI_DATA_NPY_HEADER_H

#include "npy_type.h"

enum {
  TI_NPY_MAGIC = 6,            /* bytes that tell a .npy file from others */
  TI_NPY_PREFIX = 12,          /* bytes up to the text, at most */
  TI_NPY_TEXT_LIMIT = 1 << 20, /* bytes of text; an array of 32 dimensions needs less than 1000 */
  TI_NPY_WRITTEN = 1024        /* room for any header written here */
};

typedef struct ti_npy_header {
  ti_npy_type type;
  bool fortran;  /* the first index changes fastest, and that makes a difference */
  unsigned dims; /* 0 for a single value with shape () */
  uint64_t shape[TI_MAX_DIMS];
  uint64_t len; /* product of the extents */
  size_t bytes; /* that the elements take in the file */
} ti_npy_header;

/* Parses the text: a dictionary literal with exactly the keys descr, fortran_order and shape in any order. TINE_EFORMAT
   for all else, for element types that tine does not have, and for impossible sizes. */
tine_status ti_npy_parse(ti_npy_header *out, const char *text, size_t n, tine_error *err);

/* This machine's byte order. */
bool ti_npy_little_endian(void);
/* Do the n bytes a file begins with say that it is a .npy file? */
bool ti_npy_magic(const unsigned char *bytes, size_t n);
/* What a file is that is no .npy file, if the n bytes it begins with tell (a .npz archive, say); else 'unknown'. */
const char *ti_npy_stranger(const unsigned char *bytes, size_t n, const char *unknown);
/* Where the text is and how long, from the first n bytes of a file, TI_NPY_PREFIX if it has so many. TINE_EFORMAT: it
   is no .npy file, ends too early, has a version other than 1.0, 2.0 and 3.0, or a text over the limit. */
tine_status ti_npy_prefix(const unsigned char *bytes, size_t n, size_t *at, size_t *size, tine_error *err);
/* Writes a whole version 1.0 header, little-endian, byte for byte NumPy's own; returns its length, a multiple of 64. */
size_t ti_npy_format(char buffer[TI_NPY_WRITTEN], tine_dtype dtype, const uint64_t *shape, unsigned dims);

#endif
