/*
** What the built-in kernels must give, item by item and from other operations than the loops use: 128-bit integers,
** bit-by-bit shifts, long double comparisons. The functions of the C library are taken as they are.
*/
#include "builtin_oracle.h"

#include <math.h>

#include "check.h"
#include "wide.h"

static int64_t wrap(wide x) {
  return (int64_t)wide_bits(x);
}

/* The greatest q with q <= a / b. */
static wide quotient(wide a, wide b) {
  wide q;
  if (b < 0)
    a = -a, b = -b;
  q = wide_quotient(a, b);
  return a < 0 && q * b != a ? q - 1 : q;
}

/* Bit by bit. */
static uint64_t shifted(uint64_t x, int64_t by) {
  for (int64_t i = 0; i < by && i < 64; i++)
    x += x;
  for (int64_t i = 0; i > by && i > -64; i--)
    x /= 2;
  return x;
}

static int64_t integer_result(const char *name, int64_t a, int64_t b, int64_t c) {
  if (!strcmp(name, "add"))
    return wrap((wide)a + b);
  if (!strcmp(name, "sub"))
    return wrap((wide)a - b);
  if (!strcmp(name, "mul"))
    return (int64_t)wide_product(a, b);
  if (!strcmp(name, "fma"))
    return (int64_t)(wide_product(a, b) + (uint64_t)c);
  if (!strcmp(name, "neg"))
    return wrap(-(wide)a);
  if (!strcmp(name, "abs"))
    return wrap(a < 0 ? -(wide)a : a);
  if (!strcmp(name, "sign"))
    return a == 0 ? 0 : a < 0 ? -1 : 1;
  if (!strcmp(name, "idiv"))
    return wrap(quotient(a, b));
  if (!strcmp(name, "mod"))
    return wrap((wide)a - quotient(a, b) * b);
  if (!strcmp(name, "band"))
    return ~(~a | ~b);
  if (!strcmp(name, "bor"))
    return ~(~a & ~b);
  if (!strcmp(name, "bxor"))
    return (a | b) - (a & b);
  if (!strcmp(name, "bnot"))
    return -1 - a;
  if (!strcmp(name, "shl"))
    return (int64_t)shifted((uint64_t)a, b < -64 ? -64 : b > 64 ? 64 : b);
  if (!strcmp(name, "shr"))
    return (int64_t)shifted((uint64_t)a, b < -64 ? 64 : b > 64 ? -64 : -b);
  if (!strcmp(name, "floor") || !strcmp(name, "ceil") || !strcmp(name, "round") || !strcmp(name, "trunc"))
    return a;
  CHECK_TEXT(name, "a kernel the integer oracle knows");
  return 0;
}

/* A function of the C library, in the type of the kernel. */
#define NAMED1(fn)        \
  if (!strcmp(name, #fn)) \
  return single ? (double)fn##f((float)a) : fn(a)
#define NAMED2(fn)        \
  if (!strcmp(name, #fn)) \
  return single ? (double)fn##f((float)a, (float)b) : fn(a, b)

static double rounded(double x, bool single) {
  return single ? (double)(float)x : x;
}

/* Halves away from zero; x - trunc(x) is exact. */
static double half_away(double x) {
  const double t = trunc(x);
  return fabs(x - t) >= 0.5 ? t + copysign(1, x) : t;
}

/* fmod, then Lua's correction where the signs differ. */
static double lua_mod(double a, double b, bool single) {
  const double r = single ? (double)fmodf((float)a, (float)b) : fmod(a, b);
  return r != 0 && r == r && signbit(r) != signbit(b) ? rounded(r + b, single) : r;
}

/* In f32 the basic operations may be done in f64 and rounded: its 53 bits are more than twice 24. */
static double float_result(const char *name, double a, double b, double c, bool single) {
  if (!strcmp(name, "add"))
    return rounded(a + b, single);
  if (!strcmp(name, "sub"))
    return rounded(a - b, single);
  if (!strcmp(name, "mul"))
    return rounded(a * b, single);
  if (!strcmp(name, "div"))
    return rounded(a / b, single);
  if (!strcmp(name, "idiv"))
    return floor(rounded(a / b, single));
  if (!strcmp(name, "mod"))
    return lua_mod(a, b, single);
  if (!strcmp(name, "neg"))
    return copysign(a, signbit(a) ? 1 : -1);
  if (!strcmp(name, "abs"))
    return copysign(a, 1);
  if (!strcmp(name, "sign"))
    return a != a || a == 0 ? a : copysign(1, a);
  if (!strcmp(name, "fma"))
    return single                       ? (double)fmaf((float)a, (float)b, (float)c)
           : c == 0 && a != 0 && b != 0 ? a * b /* musl's adds the zeros of such products */
                                        : fma(a, b, c);
  if (!strcmp(name, "round"))
    return half_away(a);
  NAMED1(floor);
  NAMED1(ceil);
  NAMED1(trunc);
  NAMED1(sqrt);
  NAMED1(cbrt);
  NAMED1(exp);
  NAMED1(log);
  NAMED1(log2);
  NAMED1(log10);
  NAMED1(sin);
  NAMED1(cos);
  NAMED1(tan);
  NAMED1(asin);
  NAMED1(acos);
  NAMED1(atan);
  NAMED1(sinh);
  NAMED1(cosh);
  NAMED1(tanh);
  NAMED2(pow);
  NAMED2(atan2);
  NAMED2(hypot);
  CHECK_TEXT(name, "a kernel the float oracle knows");
  return 0;
}

#undef NAMED1
#undef NAMED2

/* x87's long double has the 64 bits of both integers and of a double. */
long double builtin_number(tine_value v) {
  return ti_dtype_float(v.dtype) ? (long double)v.as.f
         : v.dtype == TINE_U64   ? (long double)v.as.u
         : v.dtype == TINE_BOOL  ? (long double)v.as.b
                                 : (long double)v.as.i;
}

static bool compare_result(const char *name, long double a, long double b, bool *out) {
  const bool less = a<b, equal = a == b, more = a> b;
  if (!strcmp(name, "eq"))
    *out = equal;
  else if (!strcmp(name, "ne"))
    *out = !equal;
  else if (!strcmp(name, "lt"))
    *out = less;
  else if (!strcmp(name, "le"))
    *out = less || equal;
  else if (!strcmp(name, "gt"))
    *out = more;
  else if (!strcmp(name, "ge"))
    *out = more || equal;
  else
    return false;
  return true;
}

static bool logic_result(const char *name, const tine_value *v, bool *out) {
  if (!strcmp(name, "and"))
    *out = v[0].as.b ? v[1].as.b : false;
  else if (!strcmp(name, "or"))
    *out = v[0].as.b ? true : v[1].as.b;
  else if (!strcmp(name, "xor"))
    *out = v[0].as.b ? !v[1].as.b : v[1].as.b;
  else if (!strcmp(name, "not"))
    *out = !v[0].as.b;
  else if (!strcmp(name, "isnan"))
    *out = ti_dtype_float(v[0].dtype) && isnan(v[0].as.f);
  else if (!strcmp(name, "isfinite"))
    *out = !ti_dtype_float(v[0].dtype) || isfinite(v[0].as.f);
  else
    return compare_result(name, builtin_number(v[0]), builtin_number(v[1]), out);
  return true;
}

static bool is_nan(tine_value v) {
  return ti_dtype_float(v.dtype) && isnan(v.as.f);
}

/* Which of the values is the result; a NaN among them always is. */
static bool choice_result(const char *name, const tine_value *v, unsigned n, tine_value *out) {
  const bool clamp = !strcmp(name, "clamp"), min = !strcmp(name, "min"), max = !strcmp(name, "max");
  if (!strcmp(name, "where"))
    *out = v[0].as.b ? v[1] : v[2];
  else if (clamp || min || max)
    *out = v[0];
  else
    return false;
  for (unsigned k = 1; (clamp || min || max) && k < n; k++) {
    const bool down = min || (clamp && k == 2);
    const long double x = builtin_number(v[k]), best = builtin_number(*out);
    if (!is_nan(*out) && (is_nan(v[k]) || (down ? x <= best : x >= best)))
      *out = v[k];
  }
  return true;
}

tine_value builtin_oracle(const char *name, const ti_signature *s, const tine_value *v) {
  const tine_value zero = tine_i64(0), *b = s->inputs > 1 ? &v[1] : &zero, *c = s->inputs > 2 ? &v[2] : &zero;
  tine_value out = {.dtype = s->out[0], .as = {.u = 0}};
  if (choice_result(name, v, s->inputs, &out))
    return out;
  if (out.dtype == TINE_BOOL)
    CHECK(logic_result(name, v, &out.as.b));
  else if (out.dtype == TINE_I64)
    out.as.i = integer_result(name, v[0].as.i, b->as.i, c->as.i);
  else
    out.as.f = float_result(name, v[0].as.f, b->as.f, c->as.f, out.dtype == TINE_F32);
  return out;
}
