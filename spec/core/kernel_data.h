/*
** Random columns for the tests of kernels: values that hurt (limits, NaN, infinities, zeros of both signs,
** subnormals, neighbours of powers of two) among ordinary ones, laid out in memory in every way a block may be.
*/
#ifndef SPEC_KERNEL_DATA_H
#define SPEC_KERNEL_DATA_H

#include <float.h>
#include <math.h>

#include "../../core/data/dtype.h"
#include "check.h"

enum { DATA_ITEMS = 193 }; /* no multiple of any vector */

typedef enum data_layout { DATA_SIDE, DATA_HELD, DATA_APART, DATA_BACK, DATA_FAR, DATA_LAYOUTS } data_layout;

typedef struct data_column {
  tine_dtype dtype;
  const void *first; /* item 0 */
  ptrdiff_t stride;
  _Alignas(64) unsigned char room[DATA_ITEMS * 8 * 3];
} data_column;

static inline double data_double(void) {
  static const double special[] = {
      0.0,          -0.0,          1,        -1,        0.5,          -0.5,         1.5,
      -2.5,         NAN,           INFINITY, -INFINITY, DBL_MAX,      -DBL_MAX,     DBL_MIN,
      DBL_TRUE_MIN, -DBL_TRUE_MIN, FLT_MAX,  FLT_MIN,   FLT_TRUE_MIN, 0x1p31,       -0x1p31,
      0x1p32,       0x1p53,        0x1p63,   -0x1p63,   0x1p64,       0x1p52 + 0.5, 0.49999999999999994,
      127,          128,           -128,     -129,      255,          256,          65535,
      32768,        1e300};
  union {
    uint64_t u;
    double f;
  } bits;
  switch (check_below(6)) {
    case 0: return special[check_below(sizeof special / sizeof special[0])];
    case 1: bits.u = check_random(); return bits.f != bits.f ? NAN : bits.f; /* pow(1, x) of a signaling one is open */
    case 2: return (double)((int64_t)check_below(41) - 20) / 4;
    case 3: return (double)(int64_t)(check_random() >> check_below(64));
    case 4: return ldexp((double)check_random(), (int)check_below(80) - 100);
    default: return -(double)check_random() * 0x1p-60;
  }
}

static inline uint64_t data_integer(void) {
  const uint64_t power = UINT64_C(1) << check_below(64), near = check_below(3) - 1;
  switch (check_below(4)) {
    case 0: return power + near;
    case 1: return 0 - power + near;
    case 2: return check_below(21) - 10;
    default: return check_random() >> check_below(64);
  }
}

/* Writes a random value of type d. */
static inline void data_write(tine_dtype d, void *p) {
  const uint64_t u = data_integer();
  const double f = data_double();
  const float single = check_below(8) == 0 ? 16777216.0f : (float)f;
  unsigned char byte = (unsigned char)(check_below(8) == 0 ? 1 + check_below(255) : check_below(2));
  if (d == TINE_F64)
    memcpy(p, &f, sizeof f);
  else if (d == TINE_F32)
    memcpy(p, &single, sizeof single);
  else if (d == TINE_BOOL)
    memcpy(p, &byte, 1);
  else
    memcpy(p, &u, tine_dtype_size(d)); /* the low bytes */
}

static inline void data_fill(data_column *c, tine_dtype d, data_layout layout) {
  static const int steps[DATA_LAYOUTS] = {1, 0, 2, -1, -3};
  const ptrdiff_t size = (ptrdiff_t)tine_dtype_size(d);
  for (size_t i = 0; i < 3 * DATA_ITEMS; i++)
    data_write(d, c->room + i * (size_t)size);
  c->dtype = d;
  c->stride = steps[layout] * size;
  c->first = c->room + (c->stride < 0 ? -c->stride * (DATA_ITEMS - 1) : 0);
}

static inline tine_value data_at(const data_column *c, size_t i) {
  return ti_value_load(c->dtype, (const char *)c->first + (ptrdiff_t)i * c->stride);
}

/* The same bits, or NaN twice. */
static inline bool data_same(tine_value a, tine_value b) {
  if (a.dtype != b.dtype)
    return false;
  if (ti_dtype_float(a.dtype) && a.as.f != a.as.f)
    return b.as.f != b.as.f;
  return a.dtype == TINE_BOOL ? a.as.b == b.as.b : a.as.u == b.as.u;
}

static inline const char *data_text(tine_value v, char *buffer) {
  if (ti_dtype_float(v.dtype))
    snprintf(buffer, 64, "%a (%.17g)", v.as.f, v.as.f);
  else
    ti_value_text(buffer, 64, v);
  return buffer;
}

#endif
