/*
** Arrays: n elements of one type, 'stride' bytes apart. The array owns its memory, or a parent array has it, or the
** host or a mapped file does, and 'drop' gives it back. Nothing but the reference count and what it is lent for changes
** after construction, so arrays are shared between threads freely.
*/
#ifndef TI_DATA_ARRAY_H
#define TI_DATA_ARRAY_H

#include "../base/atomics.h"
#include "dtype.h"

enum { TI_MAX_DIMS = 32 }; /* NumPy's own limit, before version 2 */

/* Where in a file an array lies that is mapped. */
typedef struct ti_file_place {
  uint64_t device, inode;
  uint64_t position; /* of element 0 */
  bool reaches;      /* what is written gets into the file, and so into whatever else has it mapped */
} ti_file_place;

struct tine_array {
  ti_refs refs;
  tine_dtype dtype;
  bool readonly;
  uint64_t len;
  void *data; /* element 0 */
  ptrdiff_t stride;
  struct tine_array *parent;  /* of a view: the array that has the memory, held; no view. Else NULL */
  const ti_file_place *place; /* of a mapped file, which lasts as the mapping does, or NULL */
  void (*drop)(void *arg);    /* gives the memory back; may be NULL */
  void *drop_arg;
  size_t owned;     /* bytes to free at 'data', 0 if drop does it */
  unsigned dims;    /* 1 unless a file said otherwise; 0 for a file's single value */
  uint64_t *shape;  /* 'dims' extents in a block of its own; NULL for less than two dimensions */
  atomic_uint lent; /* of whoever has the memory: runs that read it; UINT_MAX: one that writes; loan.c, as the next */
  struct tine_array *next_lent;
};

/* Owned memory whose contents are undefined: for whoever fills it at once. */
tine_status ti_array_create_raw(tine_array **out, tine_dtype dtype, uint64_t n, tine_error *err);
/* Notes a shape (copied) whose product is the length: TINE_EINVAL, TINE_ENOMEM. On failure the array is as before. */
tine_status ti_array_set_shape(tine_array *a, const uint64_t *shape, unsigned dims, tine_error *err);

static inline bool ti_array_contiguous(const tine_array *a) {
  return a->stride == (ptrdiff_t)tine_dtype_size(a->dtype) || a->len <= 1;
}
static inline void *ti_array_at(const tine_array *a, uint64_t i) {
  return (char *)a->data + (ptrdiff_t)i * a->stride;
}
/* First byte and end of the bytes the elements span; both NULL for an empty array. */
void ti_array_span(const tine_array *a, const char **first, const char **end);

/* meet.c */
/* The array that has the memory: of a view its parent, else itself. */
tine_array *ti_array_root(const tine_array *a);
/* Does writing an element of the one change an element of the other? By memory, whichever address it is at. Sometimes
   says yes where it does not: different strides. */
bool ti_array_changes(const tine_array *written, const tine_array *read);
/* Is element i of the one element i of the other? */
bool ti_array_in_step(const tine_array *a, const tine_array *b);

/* tine_array_load and tine_array_save, but for what may end them. */
tine_status ti_array_load(tine_array **out, const char *path, tine_error *err);
tine_status ti_array_save(const tine_array *a, const char *path, tine_error *err);

/* Copies the elements at n indices, i64 that count from 1, up to the first that is out of range: that goes to
   '*outside'. Returns how many were copied. */
size_t ti_array_take(const tine_array *a, const void *index, ptrdiff_t stride, size_t n, void *out, int64_t *outside);

#endif
