/*
** unique and count_by: a table a part, or keys where there is one column. A part after another adds what is new to it
** in its own order, so keys come out by first occurrence whoever met them.
**
** What one thread would do for long is put off: a table of many keys is not added to that of the part before it but put
** on a shelf, after it, and in the end all threads unite what is on the shelf. So that this holds no more than some
** times the keys there are, it is united before that, when it has many rows for the longest of its lists.
*/
#include <string.h>

#include "../drive/blocks.h"
#include "keys.h"
#include "table.h"
#include "terminal.h"
#include "unite.h"

enum {
  UNIQUE_LOOK = 1 << 13,                  /* rows, some 0.1 ms, between two looks whether the terminal is over */
  UNIQUE_FEW = TI_HOSTILE ? 30 : 1 << 14, /* rows, some 0.2 ms, that are added at a join */
  UNIQUE_KNOWN = 1 << 17,                 /* if most of them are known, */
  UNIQUE_MOST = 48,                       /* more than so many of 64 */
  UNIQUE_BLOCK = 1 << 12,                 /* rows that are made elements of arrays at a time */
  UNIQUE_SHELF = 4                        /* as many times the rows that differ may be on the shelf */
};

typedef struct unique_part {
  ti_shelf shelf; /* what was met before that which is in the table */
  union {
    ti_keys keys;
    ti_table table;
  } of;
} unique_part;

_Static_assert(sizeof(unique_part) <= TI_PART_BYTES, "a part of a flow");

/* What a sink of this kind has. */
typedef struct unique_env {
  ti_shape shape;
  bool counts; /* they are wanted: in an array after those of the columns */
  const ti_hints *hints;
  ti_secret secret;
} unique_env;

static bool unique_single(const unique_env *env) {
  return env->shape.columns == 1;
}

static bool unique_begin(const ti_sink *sink, void *part, ti_space *space) {
  const unique_env *env = sink->env;
  unique_part *p = memset(part, 0, sizeof(unique_part));
  (void)space;
  if (unique_single(env))
    p->of.keys.dtype = env->shape.dtype[0];
  return true;
}

/* ----- Tables ----- */

static bool table_push(const ti_sink *sink, void *part, ti_space *space, const ti_items *items) {
  const unique_env *env = sink->env;
  const ti_shape *shape = &env->shape;
  uint64_t row[1 + 2 * TINE_MAX_COLUMNS];
  row[0] = 1;
  for (size_t i = 0; i < items->n; i++) {
    for (unsigned c = 0; c < shape->columns; c++) {
      const void *at = (const char *)items->data[c] + (ptrdiff_t)i * items->stride[c];
      const uint64_t bits = ti_row_bits(shape->dtype[c], at);
      row[1 + c] = ti_row_same(shape->dtype[c], bits);
      row[1 + shape->columns + c] = bits;
    }
    if (!ti_table_add(&((unique_part *)part)->of.table, &env->secret, shape->columns, row))
      return ti_list_nomem(&space->eval, items->lo);
  }
  return true;
}

static bool table_merge(ti_table *t, const unique_env *env, const ti_table *right) {
  const unsigned columns = env->shape.columns;
  for (uint64_t i = 0; i < right->n; i++) {
    if (i % UNIQUE_LOOK == UNIQUE_LOOK - 1 && ti_cancel_over())
      return true;
    if (!ti_table_add(t, &env->secret, columns, ti_table_row(right, columns, i)))
      return false;
  }
  return true;
}

static bool keys_push(const ti_sink *sink, void *part, ti_space *space, const ti_items *items) {
  (void)sink;
  return ti_keys_add(&((unique_part *)part)->of.keys, items->data[0], items->stride[0], items->n) ||
         ti_list_nomem(&space->eval, items->lo);
}

static uint64_t part_rows(const unique_part *p, const unique_env *env) {
  return unique_single(env) ? p->of.keys.n : p->of.table.n;
}

/* Empties the table. */
static void part_empty(unique_part *p, const unique_env *env) {
  if (unique_single(env))
    ti_keys_drop(&p->of.keys);
  else
    ti_table_drop(&p->of.table, env->shape.columns);
}

/* Moves what is in the table to the shelf; false without memory. */
static bool part_shelve(unique_part *p, const unique_env *env) {
  ti_table *t = &p->of.table;
  if (part_rows(p, env) == 0)
    return true;
  if (unique_single(env)) {
    const ti_rows *rows = ti_shelf_room(&p->shelf, 1, p->of.keys.n);
    if (rows == NULL)
      return false;
    ti_keys_rows(&p->of.keys, rows->row);
  } else {
    if (!ti_shelf_take(&p->shelf, t->rows, t->n, t->capacity))
      return false;
    t->rows = NULL;
  }
  part_empty(p, env);
  return true;
}

/* ----- Joins ----- */

/* Is adding what is in the right part's table the work of a moment? Values of two bytes are few, and quickly found.
   What is known is found more quickly than it is put in, and takes no room then. */
static bool unique_few(const unique_part *p, const unique_part *right, const unique_env *env) {
  const uint64_t n = part_rows(right, env);
  size_t known;
  if (right->shelf.n > 0 || n > UNIQUE_KNOWN)
    return false;
  if (n <= UNIQUE_FEW)
    return true;
  if (unique_single(env) && tine_dtype_size(env->shape.dtype[0]) <= 2)
    return !TI_HOSTILE;
  known = unique_single(env) ? ti_keys_known(&p->of.keys, &right->of.keys)
                             : ti_table_known(&p->of.table, &env->secret, env->shape.columns, &right->of.table);
  return known > UNIQUE_MOST;
}

static bool unique_join(unique_part *p, unique_part *right, const unique_env *env) {
  if (unique_few(p, right, env))
    return unique_single(env) ? ti_keys_merge(&p->of.keys, &right->of.keys)
                              : table_merge(&p->of.table, env, &right->of.table);
  if (!part_shelve(p, env))
    return false;
  ti_shelf_append(&p->shelf, &right->shelf);
  ti_assert(part_rows(p, env) == 0 && right->shelf.n == 0);
  p->of = right->of;
  memset(&right->of, 0, sizeof right->of);
  return p->shelf.n / UNIQUE_SHELF <= p->shelf.different || ti_unite(&p->shelf, env->shape.columns, env->hints);
}

static void unique_append(const ti_sink *sink, void *part, void *right, ti_eval *eval) {
  if (!unique_join(part, right, sink->env))
    ti_list_nomem(eval, 0);
}

static void unique_drop(const ti_sink *sink, void *part, ti_space *space) {
  const unique_env *env = sink->env;
  unique_part *p = part;
  (void)space;
  part_empty(p, env);
  ti_shelf_drop(&p->shelf, env->shape.columns);
}

/* ----- Results ----- */

/* Rows on their way into arrays. */
typedef struct unique_out {
  const unique_env *env;
  const uint64_t *rows;
  uint64_t n;
  tine_array **array;
} unique_out;

static void unique_block(void *env, size_t block) {
  const unique_out *o = env;
  const uint64_t lo = (uint64_t)block * UNIQUE_BLOCK, hi = o->n - lo < UNIQUE_BLOCK ? o->n : lo + UNIQUE_BLOCK;
  const ti_shape *shape = &o->env->shape;
  const unsigned columns = shape->columns;
  const uint64_t *row = o->rows + lo * ti_table_words(columns);
  for (uint64_t i = lo; i < hi; i++, row += ti_table_words(columns)) {
    for (unsigned c = 0; c < columns; c++)
      ti_row_store(shape->dtype[c], row[1 + columns + c], ti_array_at(o->array[c], i));
    if (o->env->counts)
      memcpy(ti_array_at(o->array[columns], i), row, sizeof *row);
  }
}

static void unique_blocks(tine_ctx *ctx, void *arg) {
  const unique_out *o = arg;
  ti_blocks_each(ctx, (size_t)((o->n + UNIQUE_BLOCK - 1) / UNIQUE_BLOCK), unique_block, arg);
}

/* New arrays for n values of each column and, if they are wanted, for their counts. */
static tine_status unique_arrays(const unique_env *env, uint64_t n, tine_array **out, tine_error *err) {
  const tine_status status = ti_arrays_create(out, &env->shape, n, err);
  return status == TINE_OK && env->counts ? ti_array_create_raw(&out[env->shape.columns], TINE_I64, n, err) : status;
}

static tine_status rows_out(const unique_env *env, const uint64_t *rows, uint64_t n, tine_array **out,
                            tine_error *err) {
  const tine_status status = unique_arrays(env, n, out, err);
  unique_out o = {env, rows, n, out};
  if (status == TINE_OK)
    ti_blocks_run(ti_ctx_current() != NULL ? NULL : env->hints->pool, env->hints->sequential, n, unique_blocks, &o);
  return status;
}

static tine_status keys_out(const unique_env *env, const ti_keys *t, tine_array **out, tine_error *err) {
  const tine_status status = unique_arrays(env, t->n, out, err);
  if (status != TINE_OK)
    return status;
  for (uint64_t i = 0; i < t->n && (i % UNIQUE_LOOK != UNIQUE_LOOK - 1 || !ti_cancel_over()); i++)
    ti_row_store(t->dtype, t->row[i], ti_array_at(out[0], i));
  if (env->counts)
    ti_keys_counts(t, out[1]->data);
  return TINE_OK;
}

/* What the whole flow met, in new arrays. */
static tine_status unique_result(tine_pipeline *q, const ti_sink *sink, void *part, tine_array **out, tine_error *err) {
  const unique_env *env = sink->env;
  unique_part *p = part;
  (void)q;
  if (p->shelf.n == 0)
    return unique_single(env) ? keys_out(env, &p->of.keys, out, err)
                              : rows_out(env, p->of.table.rows, p->of.table.n, out, err);
  if (!part_shelve(p, env) || !ti_unite(&p->shelf, env->shape.columns, env->hints))
    return ti_error_nomem(err);
  ti_assert(p->shelf.first == p->shelf.last || ti_cancel_over());
  return rows_out(env, p->shelf.first->row, p->shelf.first->n, out, err);
}

/* 'counts' may be NULL. */
static tine_status unique_run(tine_pipeline *p, tine_array **keys, tine_array **counts, tine_error *err) {
  const unsigned columns = tine_pipeline_columns(p);
  unique_env env = {.shape = ti_shape_of(p), .counts = counts != NULL, .secret = ti_hash_secret()};
  const ti_sink sink = {.env = &env,
                        .begin = unique_begin,
                        .push = columns == 1 ? keys_push : table_push,
                        .append = unique_append,
                        .drop = unique_drop};
  tine_array *out[TINE_MAX_COLUMNS + 1];
  tine_status status;
  if (p != NULL)
    env.hints = &p->hints;
  status = ti_arrays_run(p, &sink, unique_result, out, columns + 1, err);
  for (unsigned c = 0; c < columns; c++)
    keys[c] = out[c];
  if (counts != NULL)
    *counts = out[columns];
  return status;
}

tine_status tine_unique(tine_pipeline *p, tine_array **out, tine_error *err) {
  return unique_run(p, out, NULL, err);
}

tine_status tine_count_by(tine_pipeline *p, tine_array **keys, tine_array **counts, tine_error *err) {
  return unique_run(p, keys, counts, err);
}
