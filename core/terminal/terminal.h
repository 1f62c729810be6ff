/*
** What terminals have in common: stages and sinks of their own, and results that are arrays.
*/
#ifndef TI_TERMINAL_TERMINAL_H
#define TI_TERMINAL_TERMINAL_H

#include <string.h>

#include "../drive/list.h"

/* Marks a stage as a terminal's own, whose name it has; returns it. One that is an error, or NULL, stays as it is. */
tine_pipeline *ti_own_stage(tine_pipeline *q);
/* The columns of p; none if it is NULL. */
ti_shape ti_shape_of(const tine_pipeline *p);
/* How a sink begins a part that is empty when its first bytes are 0. (Of all of them clearing would take as long as a
   small run.) */
enum { TI_PART_CLEARED = 64 };
bool ti_part_clear(const ti_sink *sink, void *part, ti_space *space);
/* n values of 'size' bytes, contiguous and converted (NULL: as they are): where they lie, or else in 'room'. The
   conversion is to a wider type, or to a float, and cannot fail. */
const void *ti_column_as(tine_kernel_fn *convert, size_t size, const void *data, ptrdiff_t stride, size_t n,
                         void *room);
/* f64 items that may lie in 'room', there. */
static inline double *ti_column_room(const void *items, size_t n, void *room) {
  if (items != room)
    memcpy(room, items, n * sizeof(double));
  return room;
}

/* A new array of n undefined values for each column. On failure some of them may be there. */
tine_status ti_arrays_create(tine_array **out, const ti_shape *shape, uint64_t n, tine_error *err);
/* Gives n arrays back, NULL or not, and makes them NULL. */
void ti_arrays_release(tine_array **arrays, unsigned n);
/* The arrays, one at least, side by side as a pipeline. */
tine_pipeline *ti_arrays_zip(tine_array *const *arrays, unsigned n);

/* Makes arrays of what is in the part of all items; on failure some of them may be there. */
typedef tine_status ti_arrays_fn(tine_pipeline *p, const ti_sink *sink, void *part, tine_array **out, tine_error *err);
/* A whole terminal, which begins, ends and drops all it needs: p flows into the sink, and what that has taken in
   becomes n arrays. On failure all are NULL. */
tine_status ti_arrays_run(tine_pipeline *p, const ti_sink *sink, ti_arrays_fn *results, tine_array **out, unsigned n,
                          tine_error *err);

#endif
