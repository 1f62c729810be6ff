/*
** partition: two lists in one run. The predicate is an extend that adds a column of bool; the sink looks at it.
*/
#include "../consume/compact.h"
#include "terminal.h"

typedef struct partition_part {
  ti_list yes, no;
} partition_part;

_Static_assert(sizeof(partition_part) <= TI_PART_CLEARED, "it begins with nothing");

/* Adds the n items that the bits tell of. */
static bool partition_add(const ti_shape *shape, ti_list *list, const ti_items *items, const uint64_t *bits, size_t n) {
  const ti_compactor *compact = ti_compact_best();
  void *want[TINE_MAX_COLUMNS];
  ti_assert(n <= items->n);
  if (n == 0)
    return true;
  if (!ti_list_room(list, shape, n, want))
    return false;
  for (unsigned c = 0; c < shape->columns; c++)
    ti_compact_column(compact, want[c], n, items->data[c], items->stride[c], tine_dtype_size(shape->dtype[c]), bits,
                      items->n);
  ti_list_add(list, shape, n, (const void *const *)want, items->stride);
  return true;
}

static bool partition_push(const ti_sink *sink, void *part, ti_space *space, const ti_items *items) {
  const ti_shape *shape = sink->env;
  partition_part *p = part;
  ti_bits bits;
  const size_t yes =
      ti_compact_bits(ti_compact_best(), items->data[shape->columns], items->stride[shape->columns], items->n, bits);
  const bool well = partition_add(shape, &p->yes, items, bits, yes) &&
                    partition_add(shape, &p->no, items, bits, ti_compact_others(bits, items->n));
  return well || ti_list_nomem(&space->eval, items->lo);
}

static void partition_append(const ti_sink *sink, void *part, void *right, ti_eval *eval) {
  partition_part *l = part, *r = right;
  (void)eval;
  ti_list_append(&l->yes, &r->yes, sink->env);
  ti_list_append(&l->no, &r->no, sink->env);
}

static void partition_drop(const ti_sink *sink, void *part, ti_space *space) {
  partition_part *p = part;
  (void)sink, (void)space;
  ti_list_drop(&p->yes);
  ti_list_drop(&p->no);
}

/* The columns of the one list, then those of the other. */
static tine_status partition_arrays(tine_pipeline *q, const ti_sink *sink, void *part, tine_array **out,
                                    tine_error *err) {
  const ti_shape *shape = sink->env;
  partition_part *p = part;
  const tine_status status = ti_list_arrays(&p->yes, shape, out, q, err);
  return status == TINE_OK ? ti_list_arrays(&p->no, shape, out + shape->columns, q, err) : status;
}

tine_status tine_partition(tine_pipeline *p, tine_kernel *kernel, const tine_value *constants, size_t n,
                           tine_array **yes, tine_array **no, tine_error *err) {
  ti_shape shape = ti_shape_of(p);
  const ti_sink sink = {.env = &shape,
                        .begin = ti_part_clear,
                        .push = partition_push,
                        .append = partition_append,
                        .drop = partition_drop};
  tine_array *out[2 * TINE_MAX_COLUMNS];
  tine_pipeline *q = ti_own_stage(ti_extend_predicate(tine_pipeline_retain(p), "partition", kernel, constants, n));
  const tine_status status = ti_arrays_run(q, &sink, partition_arrays, out, 2 * shape.columns, err);
  for (unsigned c = 0; c < shape.columns; c++) {
    yes[c] = out[c];
    no[c] = out[shape.columns + c];
  }
  tine_pipeline_release(q);
  return status;
}
