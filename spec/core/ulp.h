/*
** How far a result of a transcendental function is from the true one, in ULP: in units of the last bit that the true
** value has when rounded. The true value comes from the C library in more bits than the result has: long double for
** f64, double for f32; so its own error, some last bits of those, counts for little.
*/
#ifndef SPEC_ULP_H
#define SPEC_ULP_H

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#define ULP_LIST1(X) \
  X(exp) X(log) X(log2) X(log10) X(sin) X(cos) X(tan) X(asin) X(acos) X(atan) X(sinh) X(cosh) X(tanh) X(cbrt)
#define ULP_LIST2(X) X(atan2) X(pow) X(hypot)

/* Only where long double is wider than double is there something to measure f64 by. */
enum { ULP_WIDER = LDBL_MANT_DIG > DBL_MANT_DIG };

/* What is asserted: one ULP, and what the true value may be off itself. */
static const double ULP_BOUND = 1 + 0x1p-9;

/* Sets '*want' to the true value; false if the function is none of the lists. */
static inline bool ulp_true(const char *name, double a, double b, bool single, long double *want) {
  /* (glibc's powl(-INFINITY, -0x1p63) is infinite: of special values the plain function has the word.) */
  const bool plain1 = single || !isfinite(a), plain2 = plain1 || !isfinite(b);
#define ULP_TRUE1(fn)         \
  if (strcmp(name, #fn) == 0) \
    return *want = plain1 ? (long double)fn(a) : fn##l(a), true;
#define ULP_TRUE2(fn)         \
  if (strcmp(name, #fn) == 0) \
    return *want = plain2 ? (long double)fn(a, b) : fn##l(a, b), true;
  ULP_LIST1(ULP_TRUE1)
  ULP_LIST2(ULP_TRUE2)
#undef ULP_TRUE1
#undef ULP_TRUE2
  return false;
}

/* Infinite where one is NaN and the other is not, where zeros differ in sign, or where a number should be an infinity
   or an infinity a number. (The result of a number just past the end of the range may be either: infinity stands for
   the first power of two that is too large.) */
static inline double ulp_error(double got, long double want, bool single) {
  const int digits = single ? FLT_MANT_DIG : DBL_MANT_DIG, top = single ? FLT_MAX_EXP : DBL_MAX_EXP;
  const int least = (single ? FLT_MIN_EXP : DBL_MIN_EXP) - digits;
  const long double end = ldexpl(1, top);
  int exponent;
  if (want != want || got != got)
    return want != want && got != got ? 0 : (double)INFINITY;
  if (fabsl(want) > end)
    want = copysignl(end, want);
  if (want == 0 || got == 0)
    if (!signbit(got) != !signbit(want)) /* (any number but 0 is true, and the types differ) */
      return (double)INFINITY;
  frexpl(want, &exponent);
  exponent = (exponent > top ? top : exponent) - digits;
  return (double)(fabsl((isinf(got) ? copysignl(end, got) : (long double)got) - want) /
                  ldexpl(1, exponent < least || want == 0 ? least : exponent));
}

#endif
