/*
** What terminals have in common; see terminal.h.
*/
#include "terminal.h"

#include <string.h>

#include "../stage/parts.h"

tine_pipeline *ti_own_stage(tine_pipeline *q) {
  if (q != NULL && q->error == NULL)
    q->fleeting = true;
  return q;
}

ti_shape ti_shape_of(const tine_pipeline *p) {
  return (ti_shape){tine_pipeline_columns(p), p != NULL ? p->dtype : NULL};
}

bool ti_part_clear(const ti_sink *sink, void *part, ti_space *space) {
  (void)sink, (void)space;
  memset(part, 0, TI_PART_CLEARED);
  return true;
}

const void *ti_column_as(tine_kernel_fn *convert, size_t size, const void *data, ptrdiff_t stride, size_t n,
                         void *room) {
  if (convert != NULL) {
    tine_block block = {.n = n, .in = &data, .in_stride = &stride, .out = &room};
    convert(&block);
    return room;
  }
  if (stride == (ptrdiff_t)size)
    return data;
  ti_parts_copy(room, (ptrdiff_t)size, data, stride, size, n);
  return room;
}

tine_status ti_arrays_create(tine_array **out, const ti_shape *shape, uint64_t n, tine_error *err) {
  tine_status status = TINE_OK;
  for (unsigned c = 0; c < shape->columns && status == TINE_OK; c++)
    status = ti_array_create_raw(&out[c], shape->dtype[c], n, err);
  return status;
}

void ti_arrays_release(tine_array **arrays, unsigned n) {
  for (unsigned c = 0; c < n; c++) {
    tine_array_release(arrays[c]);
    arrays[c] = NULL;
  }
}

tine_pipeline *ti_arrays_zip(tine_array *const *arrays, unsigned n) {
  tine_pipeline *q = tine_slice(arrays[0]);
  for (unsigned c = 1; c < n; c++)
    q = tine_zip(q, tine_slice(arrays[c]));
  return q;
}

tine_status ti_arrays_run(tine_pipeline *p, const ti_sink *sink, ti_arrays_fn *results, tine_array **out, unsigned n,
                          tine_error *err) {
  _Alignas(max_align_t) char part[TI_PART_BYTES];
  tine_status status = ti_stage_check(p, err);
  ti_terminal terminal;
  for (unsigned c = 0; c < n; c++)
    out[c] = NULL;
  if (status != TINE_OK)
    return status;
  ti_terminal_begin(&terminal, p->hints.limit);
  status = ti_flow_run(p, sink, part, err);
  if (status == TINE_OK)
    status = results(p, sink, part, out, err);
  status = ti_terminal_end(&terminal, status, err);
  sink->drop(sink, part, NULL);
  if (status != TINE_OK)
    ti_arrays_release(out, n);
  return status;
}
