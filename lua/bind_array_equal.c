/*
** a:equal(b [, tol]): element by element, across types, as Lua's == compares numbers: by their mathematical values,
** so 2^53 and 2^53 + 1 differ also where one is an integer and the other a float. u64 counts as unsigned, a boolean
** equals only a boolean, and NaN equals nothing. The tolerance is absolute.
*/
#include "bind.h"

#include <string.h>

/* An integer as sign and distance from zero: what i64 and u64 have in common. */
typedef struct whole {
  bool negative;
  uint64_t size;
} whole;

static bool is_float(tine_dtype d) {
  return d == TINE_F32 || d == TINE_F64;
}

static whole whole_of(tine_value v) {
  whole w;
  w.negative = v.dtype != TINE_U64 && v.as.i < 0;
  w.size = v.dtype == TINE_U64 ? v.as.u : w.negative ? 0u - (uint64_t)v.as.i : (uint64_t)v.as.i;
  return w;
}

static double float_of(tine_value v) {
  if (is_float(v.dtype))
    return v.as.f;
  return v.dtype == TINE_U64 ? (double)v.as.u : (double)v.as.i;
}

/* f is exactly the integer w. */
static bool float_is(double f, whole w) {
  const double size = f < 0 ? -f : f;
  return size < 18446744073709551616.0 && (double)(uint64_t)size == size && (uint64_t)size == w.size &&
         (w.size == 0 || w.negative == (f < 0));
}

static bool same_value(tine_value a, tine_value b) {
  whole wa, wb;
  if (a.dtype == TINE_BOOL || b.dtype == TINE_BOOL)
    return a.dtype == b.dtype && a.as.b == b.as.b;
  if (is_float(a.dtype))
    return is_float(b.dtype) ? a.as.f == b.as.f : float_is(a.as.f, whole_of(b));
  if (is_float(b.dtype))
    return float_is(b.as.f, whole_of(a));
  wa = whole_of(a);
  wb = whole_of(b);
  return wa.size == wb.size && wa.negative == wb.negative;
}

/* Two integers are subtracted as such, so that a tolerance works beyond 2^53. */
static double distance(tine_value a, tine_value b) {
  whole wa, wb;
  double d;
  if (is_float(a.dtype) || is_float(b.dtype)) {
    d = float_of(a) - float_of(b);
    return d < 0 ? -d : d;
  }
  wa = whole_of(a);
  wb = whole_of(b);
  if (wa.negative != wb.negative)
    return (double)wa.size + (double)wb.size;
  return (double)(wa.size > wb.size ? wa.size - wb.size : wb.size - wa.size);
}

static bool close_value(tine_value a, tine_value b, double tolerance) {
  if (same_value(a, b))
    return true;
  return tolerance > 0 && a.dtype != TINE_BOOL && b.dtype != TINE_BOOL && distance(a, b) <= tolerance;
}

/* Equal bytes mean equal values, except for NaN. */
static bool same_bytes(const bind_array *a, const bind_array *b) {
  const size_t size = tine_dtype_size(a->dtype);
  return a->dtype == b->dtype && !is_float(a->dtype) && a->stride == (ptrdiff_t)size && a->stride == b->stride &&
         memcmp(a->data, b->data, (size_t)a->len * size) == 0;
}

static bool close_arrays(const bind_array *a, const bind_array *b, double tolerance) {
  const uint64_t saved = tine_fp_enter();
  volatile bool equal = true; /* the last comparison, too, is made before the mode is left */
  for (uint64_t i = 0; i < (uint64_t)a->len && equal; i++)
    equal = close_value(tine_array_get(a->array, i), tine_array_get(b->array, i), tolerance);
  tine_fp_leave(saved);
  return equal;
}

int bind_array_equal(lua_State *L) {
  const bind_array *a = bind_array_check_readable(L, 1), *b = bind_array_check_readable(L, 2);
  const double tolerance = lua_isnoneornil(L, 3) ? 0 : bind_least_check(L, 3, "tolerance");
  const bool equal = a->len == b->len && (a->len == 0 || same_bytes(a, b) || close_arrays(a, b, tolerance));
  lua_pushboolean(L, equal);
  return 1;
}
