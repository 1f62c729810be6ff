/*
** Single values.
**
** A value travels in one of four forms (bool, i64, u64, double), so converting is: choose the form of the target,
** check the range, narrow. Every check is made before anything is written.
**
** The rules are those of Lua's string.pack, with its messages, because that is what a Lua user's fingers know. Hence
** the one rule that looks odd: -1 goes into a u64 as all ones. Lua has no unsigned integers and reads such an element
** back as -1; refusing it would make a[i] = a[i] fail. string.pack("J", -1) does the same.
*/
#include <float.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../base/error.h"
#include "../base/thread.h"
#include "dtype.h"

TI_DTYPES_ARE(11);

#define TWO_63 9223372036854775808.0
#define TWO_64 18446744073709551616.0

static tine_status value_overflow(tine_error *err) {
  return ti_error_set(err, TINE_ERANGE, "integer overflow");
}

static const char *value_kind(tine_value v) {
  return !ti_dtype_valid(v.dtype) ? "nil" : v.dtype == TINE_BOOL ? "boolean" : "number";
}

/* A number of any type as a float, rounded once: by way of a double an integer would be rounded twice. */
static float value_float(tine_value v) {
  return ti_dtype_float(v.dtype) ? (float)v.as.f : v.dtype == TINE_U64 ? (float)v.as.u : (float)v.as.i;
}

/* A number of any type as a double, rounded once. */
static double value_double(tine_value v) {
  return ti_dtype_float(v.dtype) ? v.as.f : v.dtype == TINE_U64 ? (double)v.as.u : (double)v.as.i;
}

static tine_status unsigned_to_integer(tine_dtype d, uint64_t u, tine_value *out, tine_error *err) {
  ti_assert(ti_dtype_integer(d));
  if (u > ti_dtype_max(d))
    return value_overflow(err);
  out->as.u = u; /* of the other types as.i, which has the same bits */
  return TINE_OK;
}

static tine_status signed_to_integer(tine_dtype d, int64_t i, tine_value *out, tine_error *err) {
  if (i >= 0 || d == TINE_U64)
    return unsigned_to_integer(d, (uint64_t)i, out, err);
  if (i < ti_dtype_min(d))
    return value_overflow(err);
  out->as.i = i;
  return TINE_OK;
}

/* A float is first made a Lua integer, as string.pack does; u64 alone holds more of the positive ones. */
static tine_status float_to_integer(tine_dtype d, double f, tine_value *out, tine_error *err) {
  ti_assert(ti_dtype_integer(d));
  if (f >= -TWO_63 && f < TWO_63 && (double)(int64_t)f == f)
    return signed_to_integer(d, (int64_t)f, out, err);
  if (d == TINE_U64 && f >= TWO_63 && f <= DBL_MAX)
    return f < TWO_64 ? unsigned_to_integer(d, (uint64_t)f, out, err) : value_overflow(err);
  return ti_error_set(err, TINE_ERANGE, "number has no integer representation");
}

static tine_status value_to_integer(tine_dtype d, tine_value v, tine_value *out, tine_error *err) {
  if (ti_dtype_float(v.dtype))
    return float_to_integer(d, v.as.f, out, err);
  return v.dtype == TINE_U64 ? unsigned_to_integer(d, v.as.u, out, err) : signed_to_integer(d, v.as.i, out, err);
}

/* Writes a value in its own type. */
static void value_put(void *p, tine_value v) {
  switch (v.dtype) {
#define PUT(NAME, name, type, integer, sign, member) \
  case TINE_##NAME: {                                \
    const type x = (type)v.as.member;                \
    memcpy(p, &x, sizeof x);                         \
    break;                                           \
  }
    TINE_DTYPE_LIST(PUT)
#undef PUT
    case TINE_NONE:
    case TINE_DTYPE_END: break;
  }
}

/* "%.14g" is Lua's; a float that looks like an integer gets its ".0", so that the types stay apart in print. */
static size_t float_text(char *buffer, size_t size, double f) {
  char text[40];
  const uint64_t saved = tine_fp_enter(); /* printf rounds as the thread does */
  bool nan = f != f;
  TI_FP_SETTLE(nan);
  snprintf(text, sizeof text, "%.14g", f);
  tine_fp_leave(saved);
  if (nan)
    return (size_t)snprintf(buffer, size, "nan");
  return (size_t)snprintf(buffer, size, "%s%s", text, text[strspn(text, "-0123456789")] == '\0' ? ".0" : "");
}

tine_value ti_value_load(tine_dtype d, const void *p) {
  tine_value v;
  v.dtype = TINE_NONE;
  v.as.u = 0;
  switch (d) {
#define GET(NAME, name, type, integer, sign, member) \
  case TINE_##NAME: {                                \
    ti_lane_##NAME x;                                \
    memcpy(&x, p, sizeof x);                         \
    v.dtype = d;                                     \
    v.as.member = x;                                 \
    break;                                           \
  }
    TINE_DTYPE_LIST(GET)
#undef GET
    case TINE_NONE:
    case TINE_DTYPE_END: break;
  }
  return v;
}

tine_status ti_value_store(tine_dtype d, void *p, tine_value v, tine_error *err) {
  tine_value as_d;
  const tine_status status = ti_value_convert(d, v, &as_d, err);
  ti_assert(status != TINE_OK || as_d.dtype == d);
  if (status == TINE_OK)
    value_put(p, as_d);
  return status;
}

tine_status ti_value_convert(tine_dtype d, tine_value v, tine_value *out, tine_error *err) {
  tine_value r;
  tine_status status = TINE_OK;
  if (!ti_dtype_valid(d))
    return ti_error_set(err, TINE_EINVAL, "no element type");
  if (!ti_dtype_valid(v.dtype) || (d == TINE_BOOL) != (v.dtype == TINE_BOOL))
    return ti_error_set(err, TINE_ETYPE, "%s expected, got %s", d == TINE_BOOL ? "boolean" : "number", value_kind(v));
  r.dtype = d;
  r.as.u = 0;
  if (d == TINE_BOOL)
    r.as.b = v.as.b;
  else if (d == TINE_F64)
    r.as.f = value_double(v);
  else if (d == TINE_F32)
    r.as.f = (double)value_float(v);
  else
    status = value_to_integer(d, v, &r, err);
  if (status == TINE_OK)
    *out = r;
  return status;
}

size_t ti_value_text(char *buffer, size_t size, tine_value v) {
  if (!ti_dtype_valid(v.dtype))
    return (size_t)snprintf(buffer, size, "nil");
  if (v.dtype == TINE_BOOL)
    return (size_t)snprintf(buffer, size, "%s", v.as.b ? "true" : "false");
  if (ti_dtype_float(v.dtype))
    return float_text(buffer, size, v.as.f);
  if (v.dtype == TINE_U64)
    return (size_t)snprintf(buffer, size, "%" PRIu64, v.as.u);
  return (size_t)snprintf(buffer, size, "%" PRId64, v.as.i);
}

#undef TWO_63
#undef TWO_64
