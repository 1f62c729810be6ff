/*
** The sum of products that are not stored: map("mul") and sum() of one cell in a single pass. Each product is rounded
** and then added to the lane that the sum of stored products would have added it to, so the bits are the same (the
** build keeps compilers from making one fma of the two). What is saved is the trip through memory: most of the time of
** a dot product whose arrays fit into a cache.
*/
#include "fold.h"

#include <string.h>

#include "../kernel/simd.h"

_Static_assert(TI_LANES == 32, "the vectors below make up 32 lanes");

/* Adds the products of whole rows of TI_LANES items to the lanes, with vectors of 'bytes' bytes. */
#define DOT_ROWS(name, attribute, bytes)                                                   \
  attribute static void name(const double *a, const double *b, size_t n, double *lanes) {  \
    typedef double vector __attribute__((vector_size(bytes)));                             \
    typedef double unaligned __attribute__((vector_size(bytes), aligned(8), may_alias));   \
    enum { each = (bytes) / sizeof(double), vectors = TI_LANES / each };                   \
    vector v[vectors];                                                                     \
    memcpy(v, lanes, sizeof v);                                                            \
    for (size_t i = 0; i + TI_LANES <= n; i += TI_LANES) {                                 \
      const unaligned *x = (const unaligned *)(const void *)(a + i);                       \
      const unaligned *y = (const unaligned *)(const void *)(b + i);                       \
      _Pragma("GCC unroll 16") for (unsigned k = 0; k < vectors; k++) v[k] += x[k] * y[k]; \
    }                                                                                      \
    memcpy(lanes, v, sizeof v);                                                            \
  }

DOT_ROWS(dot_rows_base, , 16)
DOT_ROWS(dot_rows_wide, TI_SIMD_AVX2_ONE, 32)
DOT_ROWS(dot_rows_widest, TI_SIMD_AVX512_ONE, 64)

static void dot_rows(const double *a, const double *b, size_t n, double *lanes) {
  const unsigned simd = ti_simd_now();
  if (simd >= TI_SIMD_AVX512)
    dot_rows_widest(a, b, n, lanes);
  else if (simd >= TI_SIMD_AVX2)
    dot_rows_wide(a, b, n, lanes);
  else
    dot_rows_base(a, b, n, lanes);
}

/* Strided or constant factors: the products are stored after all. */
static double dot_strided(const char *a, ptrdiff_t a_stride, const char *b, ptrdiff_t b_stride, size_t n) {
  double products[TI_CELL];
  ti_acc acc;
  for (size_t i = 0; i < n; i++) {
    double x, y;
    memcpy(&x, a + (ptrdiff_t)i * a_stride, sizeof x);
    memcpy(&y, b + (ptrdiff_t)i * b_stride, sizeof y);
    products[i] = x * y;
  }
  ti_fold_sum_f64.cell(NULL, products, n, 0, &acc, NULL);
  return acc.value.f;
}

double ti_fold_dot(const void *a, ptrdiff_t a_stride, const void *b, ptrdiff_t b_stride, size_t n) {
  const double *x = a, *y = b;
  double lanes[TI_LANES];
  size_t rows = n - n % TI_LANES;
  ti_assert(n > 0 && n <= TI_CELL);
  if (a_stride != sizeof *x || b_stride != sizeof *y)
    return dot_strided(a, a_stride, b, b_stride, n);
  for (unsigned j = 0; j < TI_LANES; j++)
    lanes[j] = TI_FOLD_NONE;
  dot_rows(x, y, rows, lanes);
  for (size_t j = 0; rows + j < n; j++)
    lanes[j] += x[rows + j] * y[rows + j];
  return ti_fold_lanes(lanes);
}

#undef DOT_ROWS
