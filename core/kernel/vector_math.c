/*
** What vector_math.h has out of line: which library is in use, and the results near the end of the range, one by one.
**
** Near its end SLEEF's exp, sinh and cosh are infinite too early. There x is moved down by a multiple of ln 2:
**
**     exp(x) = 2^991 * exp(x - 991 ln 2),     cosh(x) = 2^991 * cosh(x - 991 ln 2)
**
** 991 is the multiple that two doubles hold best, to 2^-62, such that both subtractions are exact for x in [709, 711];
** found by trying all.
*/
#include "vector_math.h"

#if TI_MATH_SLEEF
/* Only the version is wanted. What vector_math.h declares this header declares as well if the whole file is compiled
   for such a set, with types that Clang takes for others. */
#pragma push_macro("__AVX__")
#pragma push_macro("__AVX2__")
#pragma push_macro("__AVX512F__")
#pragma push_macro("FP_FAST_FMA")
#undef __AVX__
#undef __AVX2__
#undef __AVX512F__
#undef FP_FAST_FMA
#include <sleef.h>
#pragma pop_macro("FP_FAST_FMA")
#pragma pop_macro("__AVX512F__")
#pragma pop_macro("__AVX2__")
#pragma pop_macro("__AVX__")

#define MATH_TEXT_OF(x) #x
#define MATH_TEXT(x) MATH_TEXT_OF(x)
#define MATH_NAME \
  "sleef " MATH_TEXT(SLEEF_VERSION_MAJOR) "." MATH_TEXT(SLEEF_VERSION_MINOR) "." MATH_TEXT(SLEEF_VERSION_PATCHLEVEL)

/* Programs that libtine.a is linked into may be linked with what stands in for SLEEF (the Makefile, libtine-nosleef.a):
   functions that must not be called, and this. */
extern const char ti_no_sleef __attribute__((weak, visibility("hidden")));

bool ti_math_fused(void) {
  return &ti_no_sleef == NULL && ti_simd_best() >= TI_SIMD_AVX2;
}

const char *tine_math_name(void) {
  if (&ti_no_sleef != NULL)
    return "libm (linked without sleef)";
  return ti_math_fused() ? MATH_NAME " (deterministic, fma)" : "libm (no fma: bits differ from those of sleef)";
}

#undef MATH_NAME
#undef MATH_TEXT
#undef MATH_TEXT_OF

/* Past this every result is infinite. */
static const double math_past = 711;

static double math_moved(double x) {
  return x - 0x1.577455642a991p+9 - 0x1p-45;
}

double ti_math_far_exp_F64(double x) {
  return x < math_past ? 0x1p991 * TI_MATH(exp, F64, base)(math_moved(x)) : (double)INFINITY;
}

double ti_math_far_cosh_F64(double x) {
  const double a = fabs(x);
  return a < math_past ? 0x1p991 * TI_MATH(cosh, F64, base)(math_moved(a)) : (double)INFINITY;
}

/* So far out the two differ in the sign alone. */
double ti_math_far_sinh_F64(double x) {
  return copysign(ti_math_far_cosh_F64(x), x);
}

/* A float's range ends where a double's is far from its end. */
float ti_math_far_cosh_F32(float x) {
  return (float)(0.5 * TI_MATH(exp, F64, base)((double)fabsf(x)));
}

float ti_math_far_sinh_F32(float x) {
  return copysignf(ti_math_far_cosh_F32(x), x);
}

#else

bool ti_math_fused(void) {
  return false;
}

const char *tine_math_name(void) {
  return "libm";
}

#endif
