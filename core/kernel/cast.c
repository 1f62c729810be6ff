/*
** Conversions between all pairs of element types, in the three modes of tine_cast.
**
** What C leaves open is fixed here: a float that its integer type cannot hold is never converted as it is, but found
** out (exact), reduced modulo 2^64 (wrap) or replaced by a limit (clamp). Integers wrap as all compilers of note do.
*/
#include "kernel.h"

#include "lanes.h"
#include "simd.h"

/* Room in the type of S for the flag "something did not fit": lanes of one width keep the loop vectorised. */
typedef uint8_t ti_bits_U8, ti_bits_I8;
typedef uint16_t ti_bits_U16, ti_bits_I16;
typedef uint32_t ti_bits_U32, ti_bits_I32, ti_bits_F32;
typedef uint64_t ti_bits_U64, ti_bits_I64, ti_bits_F64;

/* The sort of a type, from the facts in tine.h; and the product of the list of types with itself. A macro may not
   expand within itself, so the inner list is spelt out; the assertion and the tests keep it equal to the outer one. */
#define CAST_SORT_00 B
#define CAST_SORT_10 I
#define CAST_SORT_11 I
#define CAST_SORT_01 F
/* clang-format off */
#define CAST_EVERY_TARGET(X, S, ks)                                                                          \
  X(S, ks, BOOL, B) X(S, ks, U8, I) X(S, ks, I8, I) X(S, ks, U16, I) X(S, ks, I16, I) X(S, ks, U32, I)      \
  X(S, ks, I32, I) X(S, ks, U64, I) X(S, ks, I64, I) X(S, ks, F32, F) X(S, ks, F64, F)
#define CAST_TARGETS_OF(S, ks) CAST_EVERY_TARGET(CAST_PAIR_LATE, S, ks)
#define CAST_PAIR_LATE(S, ks, T, kt) CAST_PAIR(S, ks, T, kt)
#define CAST_SOURCE(NAME, name, type, integer, sign, member) CAST_TARGETS_OF(NAME, CAST_SORT_##integer##sign)
#define CAST_EVERY_PAIR TINE_DTYPE_LIST(CAST_SOURCE)
/* clang-format on */

TI_DTYPES_ARE(11); /* in CAST_EVERY_TARGET, too */

/* Truncated, modulo 2^64; of this the low bits are the result for narrower types. */
static uint64_t cast_float_wrap(double f) {
  double r;
  if (f >= -0x1p63 && f < 0x1p63)
    return (uint64_t)(int64_t)f;
  if (!(f - f == 0))
    return 0;          /* NaN or infinite */
  r = fmod(f, 0x1p64); /* exact; no fraction is left at this size */
  return r < 0 ? 0 - (uint64_t)-r : (uint64_t)r;
}

static uint64_t cast_clamp_unsigned(uint64_t a, uint64_t top) {
  return a > top ? top : a;
}
static uint64_t cast_clamp_signed(int64_t a, int64_t low, uint64_t top) {
  return a < low ? (uint64_t)low : a > 0 ? cast_clamp_unsigned((uint64_t)a, top) : (uint64_t)a;
}

static const char *cast_float_misfit(double f) {
  return f - f == 0 && trunc(f) == f ? "integer overflow" : "number has no integer representation";
}

#define CAST_SET base
#define CAST_SET_REST base
#define CAST_HAS_REST 1
#define CAST_IS_BASE 1
#define CAST_GENERAL(loop, base) loop
#include "cast_loops.h"
#undef CAST_SET
#undef CAST_SET_REST
#undef CAST_HAS_REST
#undef CAST_IS_BASE
#undef CAST_GENERAL

#if TI_SIMD_X86
#define CAST_IS_BASE 0
#define CAST_GENERAL(loop, base) return base(block);

TI_SIMD_AVX2_BEGIN
#define CAST_SET avx2
#define CAST_SET_REST avx2
#define CAST_HAS_REST 1
#include "cast_loops.h"
#undef CAST_SET
#undef CAST_SET_REST
#undef CAST_HAS_REST
TI_SIMD_STOP

TI_SIMD_AVX512_BEGIN
#define CAST_SET avx512
#define CAST_SET_REST avx2
#define CAST_HAS_REST 0
#include "cast_loops.h"
#undef CAST_SET
#undef CAST_SET_REST
#undef CAST_HAS_REST
TI_SIMD_STOP

#undef CAST_IS_BASE
#undef CAST_GENERAL
#endif

tine_kernel_fn *ti_cast_variant(unsigned simd, tine_dtype from, tine_dtype to, tine_cast_mode mode) {
  ti_assert(ti_dtype_valid(from) && ti_dtype_valid(to) && mode <= TINE_CAST_CLAMP && simd < TI_SIMD_END);
#if TI_SIMD_X86
  if (simd == TI_SIMD_AVX2)
    return cast_table_of_modes_avx2[from][to][mode];
  if (simd == TI_SIMD_AVX512)
    return cast_table_of_modes_avx512[from][to][mode];
#endif
  (void)simd;
  return cast_table_of_modes_base[from][to][mode];
}

bool ti_cast_fails(tine_dtype from, tine_dtype to, tine_cast_mode mode) {
  return mode == TINE_CAST_EXACT && ti_dtype_integer(to) && from != TINE_BOOL &&
         (ti_dtype_float(from) || !ti_dtype_within(from, to));
}

tine_kernel_fn *ti_cast_find(tine_dtype from, tine_dtype to, tine_cast_mode mode) {
  return from == to ? NULL : ti_cast_variant(ti_simd_best(), from, to, mode);
}

tine_kernel_fn *ti_cast_promote(tine_dtype from, tine_dtype to) {
  return ti_cast_find(from, to, from == TINE_U64 && to == TINE_I64 ? TINE_CAST_WRAP : TINE_CAST_EXACT);
}

#undef CAST_SORT_00
#undef CAST_SORT_10
#undef CAST_SORT_11
#undef CAST_SORT_01
#undef CAST_EVERY_TARGET
#undef CAST_TARGETS_OF
#undef CAST_PAIR_LATE
#undef CAST_SOURCE
#undef CAST_EVERY_PAIR

/* ----- Words of 64 bits ----- */

#define NARROW(T, from, to)      \
  for (size_t i = 0; i < n; i++) \
  ((ti_lane_##T *)(to))[i] = (ti_lane_##T)(from)[i]
void ti_cast_narrow(tine_dtype d, const int64_t *words, void *out, size_t n) {
  ti_assert(tine_dtype_size(d) < sizeof *words && !ti_dtype_float(d));
  switch (d) {
    case TINE_BOOL:
      for (size_t i = 0; i < n; i++)
        ((uint8_t *)out)[i] = words[i] != 0;
      break;
    case TINE_U8: NARROW(U8, words, out); break;
    case TINE_I8: NARROW(I8, words, out); break;
    case TINE_U16: NARROW(U16, words, out); break;
    case TINE_I16: NARROW(I16, words, out); break;
    case TINE_U32: NARROW(U32, words, out); break;
    default: NARROW(I32, words, out); break;
  }
}
#undef NARROW

#define WIDEN(T)                 \
  for (size_t i = 0; i < n; i++) \
  words[i] = (int64_t)((const ti_lane_##T *)in)[i]
void ti_cast_widen(tine_dtype d, const void *in, int64_t *words, size_t n) {
  ti_assert(tine_dtype_size(d) < sizeof *words && !ti_dtype_float(d));
  switch (d) {
    case TINE_BOOL:
      for (size_t i = 0; i < n; i++)
        words[i] = -(int64_t)(((const uint8_t *)in)[i] != 0);
      break;
    case TINE_U8: WIDEN(U8); break;
    case TINE_I8: WIDEN(I8); break;
    case TINE_U16: WIDEN(U16); break;
    case TINE_I16: WIDEN(I16); break;
    case TINE_U32: WIDEN(U32); break;
    default: WIDEN(I32); break;
  }
}
#undef WIDEN
