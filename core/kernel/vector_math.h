/*
** The transcendental functions of the built-in kernels, on vectors: SLEEF's deterministic ones with fused operations
** (Sleef_finz_*), which give the same bits from AVX-512, AVX2 and the scalar variant; put right where they are off by
** more than one ULP or not what C's Annex F says (README.md tells where).
**
** For code between TI_SIMD_<SET>_BEGIN and TI_SIMD_STOP, set being avx512 or avx2, and T the F64 or F32 of builtin.def:
**
**     ti_vector_<T>_<set>                     the type: __m512d, __m512, __m256d, __m256
**     TI_MATH_LANES(T, set)                   how many items it has
**     TI_MATH(exp, T, set)(a)                 a kernel of TI_MATH_LIST1 on a vector
**     TI_MATH(pow, T, set)(a, b)              one of TI_MATH_LIST2 on two
**     TI_MATH(load, T, set)(p)                from any address
**     TI_MATH(store, T, set)(p, v)            to any address
**
** Set 'base' is the scalar variant, "vectors" of one lane, for code of any set; only where ti_math_fused(). It is there
** only if TI_MATH_SLEEF, the others only if TI_MATH_VECTORS. Without SLEEF, and on a machine without FMA, kernels call
** the C library.
*/
#ifndef TI_KERNEL_VECTOR_MATH_H
#define TI_KERNEL_VECTOR_MATH_H

#include <stdbool.h>
#include <stddef.h>

#include "../tine.h"
#include "simd.h"

/* Said by the Makefile where it finds SLEEF, which the program must then be linked against (-lsleef). */
#ifndef TI_HAVE_SLEEF
#define TI_HAVE_SLEEF 0
#endif
#define TI_MATH_SLEEF (TI_HAVE_SLEEF && TI_SIMD_X86)
/* Are there sets wider than base? */
#define TI_MATH_VECTORS TI_MATH_SLEEF

/* Is SLEEF in use: is it there, and has the machine FMA and AVX2? */
bool ti_math_fused(void);

#if TI_MATH_SLEEF
#include <immintrin.h>
#include <math.h>

/*
** X(name, accuracy in the name of SLEEF's function, remedy for f64, remedy for f32), with the remedies
**
**     PLAIN   none is needed
**     TINY    next to 0 the result is x
**     HIGH    above TI_MATH_FAR lanes are done by ti_math_far_<name>: SLEEF's limit of what is infinite is too low
**     FAR     the same on both sides of 0
**     ENDS    TINY and FAR
**     FULL    of two inputs: lanes of an infinite result are done by the C library
*/
#define TI_MATH_LIST1(X)      \
  X(exp, u10, HIGH, PLAIN)    \
  X(log, u10, PLAIN, PLAIN)   \
  X(log2, u10, PLAIN, PLAIN)  \
  X(log10, u10, PLAIN, PLAIN) \
  X(sin, u10, PLAIN, PLAIN)   \
  X(cos, u10, PLAIN, PLAIN)   \
  X(tan, u10, TINY, TINY)     \
  X(asin, u10, PLAIN, PLAIN)  \
  X(acos, u10, PLAIN, PLAIN)  \
  X(atan, u10, PLAIN, PLAIN)  \
  X(sinh, u10, ENDS, ENDS)    \
  X(cosh, u10, FAR, FAR)      \
  X(tanh, u10, TINY, TINY)    \
  X(cbrt, u10, PLAIN, PLAIN)
#define TI_MATH_LIST2(X)      \
  X(atan2, u10, PLAIN, PLAIN) \
  X(pow, u10, FULL, PLAIN)    \
  X(hypot, u05, PLAIN, PLAIN)

#define TI_MATH_GLUE(name, T, set) ti_math_##name##_##T##_##set
#define TI_MATH(name, T, set) TI_MATH_GLUE(name, T, set)
#define TI_VECTOR_GLUE(T, set) ti_vector_##T##_##set
#define TI_VECTOR(T, set) TI_VECTOR_GLUE(T, set)
#define TI_MATH_LANES(T, set) (sizeof(TI_VECTOR(T, set)) / sizeof(ti_vector_##T##_base))

/* Where FAR begins: below SLEEF's limits, and above what is common. Where TINY ends: x is right to a third of an
   ULP. */
#define TI_MATH_FAR_F64 709.0
#define TI_MATH_FAR_F32 88.0f
#define TI_MATH_TINY_F64 0x1p-27
#define TI_MATH_TINY_F32 0x1p-12f
#define TI_MATH_MAX_F64 0x1.fffffffffffffp1023

double ti_math_far_exp_F64(double x);
double ti_math_far_sinh_F64(double x);
double ti_math_far_cosh_F64(double x);
float ti_math_far_sinh_F32(float x);
float ti_math_far_cosh_F32(float x);

typedef double ti_vector_F64_base;
typedef float ti_vector_F32_base;
#if TI_MATH_VECTORS
typedef __m256d ti_vector_F64_avx2;
typedef __m256 ti_vector_F32_avx2;
typedef __m512d ti_vector_F64_avx512;
typedef __m512 ti_vector_F32_avx512;
#endif

/*
** What vector_math_set.h needs of a set: loads, stores, |x|, the lanes where x > limit as bits, and x where |x| <
** limit, else r.
*/
#define TI_MATH_BASICS(T, type, set, load_it, store_it, abs_it, above_it, below_it)                              \
  static inline TI_VECTOR(T, set) TI_MATH(load, T, set)(const type *p) {                                         \
    return load_it;                                                                                              \
  }                                                                                                              \
  static inline void TI_MATH(store, T, set)(type * p, TI_VECTOR(T, set) x) {                                     \
    store_it;                                                                                                    \
  }                                                                                                              \
  static inline TI_VECTOR(T, set) TI_MATH(abs, T, set)(TI_VECTOR(T, set) x) {                                    \
    return abs_it;                                                                                               \
  }                                                                                                              \
  static inline unsigned TI_MATH(above, T, set)(TI_VECTOR(T, set) x, type limit) {                               \
    return (unsigned)(above_it);                                                                                 \
  }                                                                                                              \
  static inline TI_VECTOR(T, set) TI_MATH(below, T, set)(TI_VECTOR(T, set) r, TI_VECTOR(T, set) x, type limit) { \
    return below_it;                                                                                             \
  }

#define MATH_SET base
#define MATH_PARAMETER(V) V
TI_MATH_BASICS(F64, double, base, *p, *p = x, fabs(x), x > limit, fabs(x) < limit ? x : r)
TI_MATH_BASICS(F32, float, base, *p, *p = x, fabsf(x), x > limit, fabsf(x) < limit ? x : r)
#define MATH_SLEEF(name, accuracy, T) MATH_SLEEF_##T(name, accuracy, d1, f1, purecfma)
#include "vector_math_set.h"

#if TI_MATH_VECTORS
TI_SIMD_PASSING
TI_SIMD_AVX2_BEGIN
#define MATH_SET avx2
#define MATH_PARAMETER TI_SIMD_PARAMETER
#define MATH_BASICS_AVX2(T, type, p_)                                                \
  TI_MATH_BASICS(                                                                    \
      T, type, avx2, _mm256_loadu_##p_(p), _mm256_storeu_##p_(p, x),                 \
      _mm256_andnot_##p_(_mm256_set1_##p_((type)-0.0), x),                           \
      _mm256_movemask_##p_(_mm256_cmp_##p_(x, _mm256_set1_##p_(limit), _CMP_GT_OQ)), \
      _mm256_blendv_##p_(r, x, _mm256_cmp_##p_(TI_MATH(abs, T, avx2)(x), _mm256_set1_##p_(limit), _CMP_LT_OQ)))
MATH_BASICS_AVX2(F64, double, pd)
MATH_BASICS_AVX2(F32, float, ps)
#undef MATH_BASICS_AVX2
#define MATH_SLEEF(name, accuracy, T) MATH_SLEEF_##T(name, accuracy, d4, f8, avx2)
#include "vector_math_set.h"
TI_SIMD_STOP

TI_SIMD_AVX512_BEGIN
#define MATH_SET avx512
#define MATH_PARAMETER TI_SIMD_PARAMETER
#define MATH_BASICS_AVX512(T, type, p_)                                                    \
  TI_MATH_BASICS(                                                                          \
      T, type, avx512, _mm512_loadu_##p_(p), _mm512_storeu_##p_(p, x), _mm512_abs_##p_(x), \
      _mm512_cmp_##p_##_mask(x, _mm512_set1_##p_(limit), _CMP_GT_OQ),                      \
      _mm512_mask_mov_##p_(r, _mm512_cmp_##p_##_mask(_mm512_abs_##p_(x), _mm512_set1_##p_(limit), _CMP_LT_OQ), x))
MATH_BASICS_AVX512(F64, double, pd)
MATH_BASICS_AVX512(F32, float, ps)
#undef MATH_BASICS_AVX512
#define MATH_SLEEF(name, accuracy, T) MATH_SLEEF_##T(name, accuracy, d8, f16, avx512f)
#include "vector_math_set.h"
TI_SIMD_STOP
TI_SIMD_PASSED
#endif

#undef TI_MATH_BASICS
#endif

#endif
