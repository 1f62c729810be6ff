/*
** Array files: what load, save and mmap share. Functions in these files report to a 'why', which is never NULL: the
** reason only, or the errno only where a system call failed. ti_npy_report adds the path for the user.
*/
#ifndef TI_DATA_NPY_FILE_H
#define TI_DATA_NPY_FILE_H

#include "../base/file.h"
#include "array.h"
#include "npy_header.h"

/* Where in a file the elements are, and what. */
typedef struct ti_npy_contents {
  ti_npy_header header;
  size_t offset; /* of element 0 */
} ti_npy_contents;

/* Notes a failed system call; returns TINE_EIO. */
tine_status ti_npy_os(tine_error *why, int os_errno);
/* Tells the user: "<path>: <why>". Returns why->status. */
tine_status ti_npy_report(tine_error *err, const char *path, const tine_error *why);
/* Reads and checks everything but the elements, all of which are then known to be there. */
tine_status ti_npy_contents_read(ti_npy_contents *out, const ti_file *f, tine_error *why);
/* Loads the contents, which are known to be there, into an array of their own, and puts the elements right: byte order,
   bools, Fortran order. */
tine_status ti_npy_load(tine_array **out, const ti_file *f, const ti_npy_contents *c, tine_error *why);

#endif
