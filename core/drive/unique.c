/*
** unique and count_by: a table a part, or keys where there is one column. A part behind another adds what is new to it
** in its own order, so keys come out by first occurrence whoever met them.
*/
#include <string.h>

#include "keys.h"
#include "list.h"
#include "table.h"

enum { UNIQUE_LOOK = 1 << 13 }; /* rows, some 0.1 ms, between two looks whether the terminal is over */

_Static_assert(sizeof(ti_table) <= TI_PART_BYTES && sizeof(ti_keys) <= TI_PART_BYTES, "a part of a flow");

static bool unique_begin(const ti_sink *sink, void *part, ti_space *space) {
  (void)sink, (void)space;
  memset(part, 0, sizeof(ti_table));
  return true;
}

static bool unique_push(const ti_sink *sink, void *part, ti_space *space, const ti_items *items) {
  const ti_shape *shape = sink->env;
  uint64_t row[1 + 2 * TINE_MAX_COLUMNS];
  row[0] = 1;
  for (size_t i = 0; i < items->n; i++) {
    for (unsigned c = 0; c < shape->columns; c++) {
      const void *at = (const char *)items->data[c] + (ptrdiff_t)i * items->stride[c];
      const uint64_t bits = ti_row_bits(shape->dtype[c], at);
      row[1 + c] = ti_row_same(shape->dtype[c], bits);
      row[1 + shape->columns + c] = bits;
    }
    if (!ti_table_add(part, shape->columns, row))
      return ti_list_nomem(&space->eval, items->lo);
  }
  return true;
}

static void unique_append(const ti_sink *sink, void *part, void *right, ti_eval *eval) {
  const unsigned columns = ((const ti_shape *)sink->env)->columns;
  const ti_table *r = right;
  for (uint64_t i = 0; i < r->n; i++) {
    if (i % UNIQUE_LOOK == UNIQUE_LOOK - 1 && ti_rein_over())
      return;
    if (!ti_table_add(part, columns, ti_table_row(r, columns, i))) {
      ti_list_nomem(eval, 0);
      return;
    }
  }
}

static void unique_drop(const ti_sink *sink, void *part, ti_space *space) {
  (void)space;
  ti_table_drop(part, ((const ti_shape *)sink->env)->columns);
}

/* New arrays of a table's values, and of its counts unless 'counts' is NULL. */
static tine_status table_arrays(const ti_table *t, const ti_shape *shape, tine_array **keys, tine_array **counts,
                                tine_error *err) {
  const unsigned columns = shape->columns;
  tine_status status = TINE_OK;
  for (unsigned c = 0; c < columns && status == TINE_OK; c++)
    status = ti_array_create_raw(&keys[c], shape->dtype[c], t->n, err);
  if (status == TINE_OK && counts != NULL)
    status = ti_array_create_raw(counts, TINE_I64, t->n, err);
  for (unsigned c = 0; c < columns && status != TINE_OK; c++) {
    tine_array_release(keys[c]);
    keys[c] = NULL;
  }
  for (uint64_t i = 0; i < t->n && status == TINE_OK; i++) {
    if (i % UNIQUE_LOOK == UNIQUE_LOOK - 1 && ti_rein_over())
      break;
    const uint64_t *row = ti_table_row(t, columns, i);
    for (unsigned c = 0; c < columns; c++)
      ti_row_store(shape->dtype[c], row[1 + columns + c], ti_array_at(keys[c], i));
    if (counts != NULL)
      memcpy(ti_array_at(*counts, i), row, sizeof *row);
  }
  return status;
}

/* The first column of new arrays for n values, and their counts unless 'counts' is NULL. */
static tine_status unique_keys(const ti_keys *t, tine_array **keys, tine_array **counts, tine_error *err) {
  tine_status status = ti_array_create_raw(keys, t->dtype, t->n, err);
  if (status == TINE_OK && counts != NULL)
    status = ti_array_create_raw(counts, TINE_I64, t->n, err);
  if (status != TINE_OK) {
    tine_array_release(*keys);
    *keys = NULL;
    return status;
  }
  for (uint64_t i = 0; i < t->n && (i % UNIQUE_LOOK != UNIQUE_LOOK - 1 || !ti_rein_over()); i++)
    ti_row_store(t->dtype, t->row[i], ti_array_at(*keys, i));
  if (counts != NULL)
    ti_keys_counts(t, (*counts)->data);
  return TINE_OK;
}

static bool keys_begin(const ti_sink *sink, void *part, ti_space *space) {
  (void)space;
  *(ti_keys *)part = (ti_keys){.dtype = ((const ti_shape *)sink->env)->dtype[0]};
  return true;
}

static bool keys_push(const ti_sink *sink, void *part, ti_space *space, const ti_items *items) {
  (void)sink;
  return ti_keys_add(part, items->data[0], items->stride[0], items->n) || ti_list_nomem(&space->eval, items->lo);
}

static void keys_append(const ti_sink *sink, void *part, void *right, ti_eval *eval) {
  (void)sink;
  if (!ti_keys_merge(part, right))
    ti_list_nomem(eval, 0);
}

static void keys_drop(const ti_sink *sink, void *part, ti_space *space) {
  (void)sink, (void)space;
  ti_keys_drop(part);
}

static tine_status unique_run(tine_pipeline *p, tine_array **keys, tine_array **counts, tine_error *err) {
  _Alignas(max_align_t) char part[TI_PART_BYTES];
  const unsigned columns = tine_pipeline_columns(p);
  const bool single = columns == 1;
  ti_shape shape = {columns, p != NULL ? p->dtype : NULL};
  const ti_sink sink = {.env = &shape,
                        .begin = single ? keys_begin : unique_begin,
                        .push = single ? keys_push : unique_push,
                        .append = single ? keys_append : unique_append,
                        .drop = single ? keys_drop : unique_drop};
  tine_status status = ti_stage_check(p, err);
  ti_terminal terminal;
  for (unsigned c = 0; c < columns; c++)
    keys[c] = NULL;
  if (counts != NULL)
    *counts = NULL;
  if (status != TINE_OK)
    return status;
  ti_terminal_begin(&terminal, p->hints.limit);
  status = ti_flow_run(p, &sink, part, err);
  if (status == TINE_OK)
    status = single ? unique_keys((const ti_keys *)(const void *)part, keys, counts, err)
                    : table_arrays((const ti_table *)(const void *)part, &shape, keys, counts, err);
  status = ti_terminal_end(&terminal, status, err);
  sink.drop(&sink, part, NULL);
  if (status == TINE_OK)
    return TINE_OK;
  for (unsigned c = 0; c < columns; c++) {
    tine_array_release(keys[c]);
    keys[c] = NULL;
  }
  if (counts != NULL) {
    tine_array_release(*counts);
    *counts = NULL;
  }
  return status;
}

tine_status tine_unique(tine_pipeline *p, tine_array **out, tine_error *err) {
  return unique_run(p, out, NULL, err);
}

tine_status tine_count_by(tine_pipeline *p, tine_array **keys, tine_array **counts, tine_error *err) {
  return unique_run(p, keys, counts, err);
}
