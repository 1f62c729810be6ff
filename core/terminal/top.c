/*
** top: the k largest items, largest first, of equals the earlier one first. A part keeps the best it has met in a heap
** with the worst on top, which is what a new item has to beat. The selection is the same whatever the parts were.
**
** Soon hardly any item does. So those whose first column decides against them are sorted out a block at a time.
*/
#include <string.h>

#include "../consume/compact.h"
#include "../fold/row.h"
#include "terminal.h"
#include "words.h"

TI_DTYPES_ARE(11);

enum { TOP_LOOK = 1 << 12 }; /* rows, some 0.3 ms */

typedef struct top {
  ti_shape shape;
  uint64_t k;
} top;

/* A row: its rank among the items, then for each column a word of order, then for each the value's bits. */
typedef struct top_part {
  uint64_t *rows;
  uint64_t n, capacity;
  uint64_t seen; /* items so far */
} top_part;

_Static_assert(sizeof(top_part) <= TI_PART_CLEARED, "it begins with nothing");

/* Is it time to look whether the terminal is over? */
static bool top_looks(uint64_t i) {
  return i % TOP_LOOK == TOP_LOOK - 1;
}

static size_t top_words(const top *t) {
  return 1 + 2 * (size_t)t->shape.columns;
}

static uint64_t *top_row(const top *t, const top_part *p, uint64_t i) {
  ti_assert(i < p->capacity);
  return p->rows + i * top_words(t);
}

/* Is a the worse of two rows? */
static bool top_worse(const top *t, const uint64_t *a, const uint64_t *b) {
  for (unsigned c = 0; c < t->shape.columns; c++)
    if (a[1 + c] != b[1 + c])
      return a[1 + c] < b[1 + c];
  return a[0] > b[0];
}

static void top_swap(const top *t, uint64_t *a, uint64_t *b) {
  uint64_t row[1 + 2 * TINE_MAX_COLUMNS];
  const size_t bytes = top_words(t) * sizeof *row;
  memcpy(row, a, bytes);
  memcpy(a, b, bytes);
  memcpy(b, row, bytes);
}

/* Restores the heap of n rows below row i. */
static void top_sink(const top *t, const top_part *p, uint64_t i, uint64_t n) {
  for (;;) {
    uint64_t worst = i;
    for (uint64_t child = 2 * i + 1; child <= 2 * i + 2 && child < n; child++)
      if (top_worse(t, top_row(t, p, child), top_row(t, p, worst)))
        worst = child;
    if (worst == i)
      return;
    top_swap(t, top_row(t, p, i), top_row(t, p, worst));
    i = worst;
  }
}

static void top_rise(const top *t, const top_part *p, uint64_t i) {
  while (i > 0 && top_worse(t, top_row(t, p, i), top_row(t, p, (i - 1) / 2))) {
    top_swap(t, top_row(t, p, i), top_row(t, p, (i - 1) / 2));
    i = (i - 1) / 2;
  }
}

static size_t top_bytes(const top *t, uint64_t rows) {
  return (size_t)rows * top_words(t) * sizeof(uint64_t);
}

static bool top_grow(const top *t, top_part *p) {
  const uint64_t twice = p->capacity > 0 ? 2 * p->capacity : 64;
  const uint64_t capacity = twice < t->k ? twice : t->k;
  uint64_t *rows = ti_alloc(top_bytes(t, capacity), TI_CACHE_LINE);
  ti_assert(p->n == p->capacity && capacity > p->n);
  if (rows == NULL)
    return false;
  if (p->rows != NULL) {
    ti_cancel_copy(ti_guard_here(), rows, p->rows, top_bytes(t, p->n)); /* what is over has no result */
    ti_free(p->rows, top_bytes(t, p->capacity), TI_CACHE_LINE);
  }
  p->rows = rows;
  p->capacity = capacity;
  return true;
}

/* Takes a row in, if it is good enough; false without memory. */
static bool top_take(const top *t, top_part *p, const uint64_t *row) {
  if (p->n == t->k) {
    if (t->k == 0 || !top_worse(t, p->rows, row))
      return true;
    memcpy(p->rows, row, top_bytes(t, 1));
    top_sink(t, p, 0, p->n);
    return true;
  }
  if (p->n == p->capacity && !top_grow(t, p))
    return false;
  ti_assert(p->n < p->capacity && p->capacity <= t->k);
  memcpy(top_row(t, p, p->n), row, top_bytes(t, 1));
  top_rise(t, p, p->n++);
  return true;
}

/* As ti_row_order, for a block and without branches. */
static void top_orders(tine_dtype dtype, const void *data, ptrdiff_t stride, size_t n, uint64_t *order) {
  const size_t size = tine_dtype_size(dtype);
  const uint64_t sign = UINT64_C(1) << (8 * size - 1);
  const uint64_t infinite = size == sizeof(float) ? UINT64_C(0x7f800000) : UINT64_C(0x7ff0000000000000);
  ti_words_read(dtype, data, stride, n, order);
  if (dtype == TINE_F32 || dtype == TINE_F64)
    for (size_t i = 0; i < n; i++) {
      const uint64_t bits = order[i], negative = -(bits >> (8 * size - 1)), number = (bits & (sign - 1)) <= infinite;
      order[i] = ((bits + sign) ^ (negative & ((bits + sign) ^ (2 * sign - 1 - bits)))) & -number;
    }
  else if (ti_dtype_signed(dtype))
    for (size_t i = 0; i < n; i++)
      order[i] ^= sign;
}

/* Which items of a block may be good enough, by their first column: 'keep' gets them. Returns how many. */
static size_t top_sift(const top *t, const top_part *p, const ti_items *items, uint16_t *keep) {
  uint64_t order[TI_BLOCK], least;
  size_t n = 0;
  if (p->n < t->k || t->k == 0) {
    ti_compact_iota(keep, items->n);
    return items->n;
  }
  top_orders(t->shape.dtype[0], items->data[0], items->stride[0], items->n, order);
  least = p->rows[1];
  if (t->shape.columns == 1) { /* of equals the earlier one is better */
    for (size_t i = 0; i < items->n; i++) {
      keep[n] = (uint16_t)i;
      n += order[i] > least;
    }
    return n;
  }
  for (size_t i = 0; i < items->n; i++) {
    keep[n] = (uint16_t)i;
    n += order[i] >= least;
  }
  return n;
}

static bool top_push(const ti_sink *sink, void *part, ti_space *space, const ti_items *items) {
  const top *t = sink->env;
  const unsigned columns = t->shape.columns;
  uint64_t row[1 + 2 * TINE_MAX_COLUMNS];
  uint16_t keep[TI_BLOCK];
  top_part *p = part;
  const size_t kept = top_sift(t, p, items, keep);
  ti_assert(kept <= items->n && p->n <= t->k);
  for (size_t k = 0; k < kept; k++) {
    row[0] = p->seen + keep[k];
    for (unsigned c = 0; c < columns; c++) {
      const char *at = (const char *)items->data[c] + (ptrdiff_t)keep[k] * items->stride[c];
      row[1 + columns + c] = ti_row_bits(t->shape.dtype[c], at);
      row[1 + c] = ti_row_order(t->shape.dtype[c], row[1 + columns + c]);
    }
    if (!top_take(t, p, row))
      return ti_list_nomem(&space->eval, items->lo);
  }
  p->seen += items->n;
  return true;
}

static void top_append(const ti_sink *sink, void *part, void *right, ti_eval *eval) {
  const top *t = sink->env;
  top_part *l = part;
  const top_part *r = right;
  for (uint64_t i = 0; i < r->n; i++) {
    if (top_looks(i) && ti_cancel_over())
      return;
    top_row(t, r, i)[0] += l->seen;
    if (!top_take(t, l, top_row(t, r, i))) {
      ti_list_nomem(eval, 0);
      return;
    }
  }
  l->seen += r->seen;
}

static void top_drop(const ti_sink *sink, void *part, ti_space *space) {
  top_part *p = part;
  (void)space;
  ti_free(p->rows, top_bytes(sink->env, p->capacity), TI_CACHE_LINE);
}

/* Sorts the heap: the worst goes to the end, again and again. Then the rows become arrays. */
static tine_status top_arrays(tine_pipeline *q, const ti_sink *sink, void *part, tine_array **out, tine_error *err) {
  const top *t = sink->env;
  const top_part *p = part;
  const unsigned columns = q->columns;
  tine_status status;
  for (uint64_t n = p->n; n > 1 && !(top_looks(n) && ti_cancel_over()); n--) {
    top_swap(t, top_row(t, p, 0), top_row(t, p, n - 1));
    top_sink(t, p, 0, n - 1);
  }
  status = ti_arrays_create(out, &t->shape, p->n, err);
  for (unsigned c = 0; c < columns && status == TINE_OK; c++)
    for (uint64_t i = 0; i < p->n && !(top_looks(i) && ti_cancel_over()); i++)
      ti_row_store(t->shape.dtype[c], top_row(t, p, i)[1 + columns + c], ti_array_at(out[c], i));
  return status;
}

tine_status tine_top(tine_pipeline *p, uint64_t k, tine_array **out, tine_error *err) {
  top t = {ti_shape_of(p), k};
  const ti_sink sink = {.env = &t, .begin = ti_part_clear, .push = top_push, .append = top_append, .drop = top_drop};
  return ti_arrays_run(p, &sink, top_arrays, out, t.shape.columns, err);
}
