/*
** partition: two lists in one run. The predicate is an extend that adds a column of bool; the sink looks at it.
*/
#include <string.h>

#include "../consume/compact.h"
#include "../drive/list.h"

typedef struct partition_part {
  ti_list yes, no;
} partition_part;

static bool partition_begin(const ti_sink *sink, void *part, ti_space *space) {
  (void)sink, (void)space;
  memset(part, 0, sizeof(partition_part));
  return true;
}

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

static tine_status partition_run(tine_pipeline *q, tine_array **yes, tine_array **no, tine_error *err) {
  _Alignas(max_align_t) char part[TI_PART_BYTES];
  ti_shape shape = {q->columns - 1, q->dtype};
  const ti_sink sink = {.env = &shape,
                        .begin = partition_begin,
                        .push = partition_push,
                        .append = partition_append,
                        .drop = partition_drop};
  partition_part *p = (partition_part *)(void *)part;
  ti_terminal terminal;
  tine_status status;
  ti_terminal_begin(&terminal, q->hints.limit);
  status = ti_flow_run(q, &sink, part, err);
  if (status == TINE_OK)
    status = ti_list_arrays(&p->yes, &shape, yes, q, err);
  if (status == TINE_OK)
    status = ti_list_arrays(&p->no, &shape, no, q, err);
  status = ti_terminal_end(&terminal, status, err);
  for (unsigned c = 0; status != TINE_OK && c < shape.columns; c++) {
    tine_array_release(yes[c]);
    tine_array_release(no[c]);
    yes[c] = no[c] = NULL;
  }
  partition_drop(&sink, part, NULL);
  return status;
}

tine_status tine_partition(tine_pipeline *p, tine_kernel *kernel, const tine_value *constants, size_t n,
                           tine_array **yes, tine_array **no, tine_error *err) {
  const unsigned columns = tine_pipeline_columns(p);
  tine_pipeline *q = ti_extend_predicate(tine_pipeline_retain(p), "partition", kernel, constants, n);
  tine_status status = ti_stage_check(q, err);
  for (unsigned c = 0; c < columns; c++)
    yes[c] = no[c] = NULL;
  if (status == TINE_OK) {
    q->fleeting = true;
    status = partition_run(q, yes, no, err);
  }
  tine_pipeline_release(q);
  return status;
}
