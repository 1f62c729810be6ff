/*
** a:equal(b [, tol]): element by element, across types, as Lua's == compares numbers: by their mathematical values,
** so 2^53 and 2^53 + 1 differ also where one is an integer and the other a float. u64 counts as unsigned, a boolean
** equals only a boolean, and NaN equals nothing. The tolerance is absolute.
*/
#include "../run/bind_run.h"

#include <string.h>

BIND_DTYPES_ARE(11);

enum { EQUAL_STEP = 1 << 14, EQUAL_BYTES = 1 << 20 }; /* elements between two looks whether it is to go on */

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
static bool have_bytes(const bind_array *a, const bind_array *b) {
  const size_t size = tine_dtype_size(a->dtype);
  return a->dtype == b->dtype && !is_float(a->dtype) && a->stride == (ptrdiff_t)size && a->stride == b->stride;
}

static bool close_values(const tine_array *a, const tine_array *b, uint64_t lo, uint64_t hi, double tolerance) {
  const uint64_t saved = tine_fp_enter();
  volatile bool equal = true; /* the last comparison, too, is made before the mode is left */
  for (uint64_t i = lo; i < hi && equal; i++)
    equal = close_value(tine_array_get(a, i), tine_array_get(b, i), tolerance);
  tine_fp_leave(saved);
  return equal;
}

static bool same_bytes(const tine_array *a, const tine_array *b, uint64_t lo, uint64_t hi) {
  const size_t size = tine_dtype_size(tine_array_dtype(a));
  return memcmp((const char *)tine_array_data(a) + lo * size, (const char *)tine_array_data(b) + lo * size,
                (size_t)(hi - lo) * size) == 0;
}

/* Step by step; a hook that is called in between may close both. */
static bool same_arrays(lua_State *L, const bind_array *a, const bind_array *b, double tolerance) {
  const bool bytes = have_bytes(a, b);
  const uint64_t n = (uint64_t)a->len, most = bytes ? EQUAL_BYTES : EQUAL_STEP;
  tine_array *const left = tine_array_retain(a->array), *const right = tine_array_retain(b->array);
  bool equal = true;
  bind_watch w;
  bind_watch_open(L, &w, bind_state_get(L), 0, 0);
  for (uint64_t lo = 0, hi; lo < n && equal && !w.failed; lo = hi) {
    hi = n - lo < most ? n : lo + most;
    equal = bytes && same_bytes(left, right, lo, hi);
    if (!equal && (!bytes || tine_array_dtype(left) == TINE_BOOL)) /* true has many bytes */
      equal = close_values(left, right, lo, hi, tolerance);
    if (hi < n && !w.state->looking)
      bind_watch_goes_on(&w);
  }
  bind_watch_close(&w);
  tine_array_release(left);
  tine_array_release(right);
  if (w.failed)
    lua_error(L);
  return equal;
}

int bind_array_equal(lua_State *L) {
  const bind_array *a = bind_array_check_readable(L, 1), *b = bind_array_check_readable(L, 2);
  const double tolerance = lua_isnoneornil(L, 3) ? 0 : bind_least_check(L, 3, "tolerance");
  const bool equal = a->len == b->len && (a->len == 0 || same_arrays(L, a, b, tolerance));
  lua_pushboolean(L, equal);
  return 1;
}
