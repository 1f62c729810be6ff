/*
** top against a plain selection: the best by the order of rows, of equals the earlier one, again and again. All types,
** with NaN and both zeros, any stride, few and many wanted, one column and two.
*/
#include <math.h>

#include "../../core/fold/row.h"
#include "check.h"

enum { VALUES = 4000, MOST = 300 };

typedef struct column {
  tine_dtype dtype;
  ptrdiff_t stride;
  char *data;
  uint64_t room[2 * VALUES];
} column;

static uint64_t bits_at(const column *c, size_t i) {
  return ti_row_bits(c->dtype, c->data + (ptrdiff_t)i * c->stride);
}

static void fill(column *c, size_t n, uint64_t different) {
  static const double odd[] = {0.0, -0.0, NAN, -NAN, INFINITY, -INFINITY, 0x1p-1074, -0x1p-149};
  c->dtype = (tine_dtype)(TINE_NONE + 1 + check_below(TINE_DTYPE_END - TINE_NONE - 1));
  const ptrdiff_t size = (ptrdiff_t)tine_dtype_size(c->dtype);
  c->stride = check_below(3) == 0 ? -size : check_below(2) ? size : 2 * size;
  c->data = (char *)c->room + (c->stride < 0 ? (ptrdiff_t)n * size : 0);
  for (size_t i = 0; i < n; i++) {
    const double x =
        check_below(20) == 0 ? odd[check_below(8)] : (double)check_below(different) - (double)different / 2;
    const float y = (float)x;
    uint64_t bits = c->dtype == TINE_BOOL ? check_below(2) : check_below(different) - different / 2;
    if (c->dtype == TINE_F64)
      memcpy(&bits, &x, sizeof x);
    else if (c->dtype == TINE_F32) {
      uint32_t word;
      memcpy(&word, &y, sizeof y);
      bits = word;
    }
    ti_row_store(c->dtype, bits, c->data + (ptrdiff_t)i * c->stride);
  }
}

static bool better(const column *c, unsigned columns, size_t a, size_t b) {
  for (unsigned k = 0; k < columns; k++) {
    const uint64_t x = ti_row_order(c[k].dtype, bits_at(&c[k], a)), y = ti_row_order(c[k].dtype, bits_at(&c[k], b));
    if (x != y)
      return x > y;
  }
  return a < b;
}

static void one(unsigned columns) {
  static column c[2];
  static bool taken[VALUES];
  const size_t n = (size_t)check_below(VALUES);
  const uint64_t k = check_below(4) == 0 ? check_below(MOST) : check_below(12);
  tine_array *in[2] = {NULL, NULL}, *out[2] = {NULL, NULL};
  tine_pipeline *p = NULL;
  for (unsigned i = 0; i < columns; i++) {
    fill(&c[i], n, check_below(2) ? 5 : 100000);
    in[i] = tine_slice_of(c[i].dtype, c[i].data, n, c[i].stride);
    p = i == 0 ? tine_slice(in[i]) : tine_zip(p, tine_slice(in[i]));
  }
  p = check_below(2) ? tine_max_len(p, 1 + check_below(1500)) : p;
  CHECK_INT(tine_top(p, k, out, NULL), TINE_OK);
  memset(taken, 0, sizeof taken);
  CHECK_INT(tine_array_len(out[0]), k < n ? k : n);
  for (uint64_t got = 0; got < tine_array_len(out[0]); got++) {
    size_t best = n;
    for (size_t i = 0; i < n; i++)
      if (!taken[i] && (best == n || better(c, columns, i, best)))
        best = i;
    taken[best] = true;
    for (unsigned i = 0; i < columns; i++) {
      const char *at = (const char *)tine_array_data(out[i]) + got * tine_dtype_size(c[i].dtype);
      CHECK_INT(ti_row_bits(c[i].dtype, at), bits_at(&c[i], best));
    }
  }
  for (unsigned i = 0; i < columns; i++) {
    tine_array_release(in[i]);
    tine_array_release(out[i]);
  }
  tine_pipeline_release(p);
}

static void single(void) {
  for (int round = 0; round < 200; round++)
    one(1);
}
static void pairs(void) {
  for (int round = 0; round < 200; round++)
    one(2);
}

CHECK_SUITE(top, CHECK_CASE(single), CHECK_CASE(pairs))
