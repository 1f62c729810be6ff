/*
** Part of program_steps.h: registers by the types of builtin.def, and its words for them.
*/

/* The layout tool takes these macros, which are functions and statements, for expressions. */
/* clang-format off */
#define STEP_GLUE(name, set) program_##name##_##set
#define STEP_JOIN(name, set) STEP_GLUE(name, set)
#define STEP(name) STEP_JOIN(name, STEP_SET)
#define STEP_V(T) STEP(vector_##T)
#define STEP_AT(T) STEP(anywhere_##T)
#define VEC STEP_V(F64)
#define BITS STEP_V(I64)
#define EACH8(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)
#define EACH4(X) X(0) X(1) X(2) X(3)
#define STEP_SIGNATURE(V, X) \
  const ti_program_step *s, program_frame *f, size_t at, V X(0), V X(1), V X(2), V X(3), V X(4), V X(5), V X(6), V X(7)
#if STEP_BYTES == 16 || STEP_LOOPS
#define STEP_PLAIN(k) v##k
#define STEP_ARGS STEP_SIGNATURE(VEC, STEP_PLAIN)
#else
#define STEP_PASSED(k) passed##k
#define STEP_ARGS STEP_SIGNATURE(TI_SIMD_PARAMETER(VEC), STEP_PASSED)
#define v0 TI_SIMD_TAKEN(VEC, passed0)
#define v1 TI_SIMD_TAKEN(VEC, passed1)
#define v2 TI_SIMD_TAKEN(VEC, passed2)
#define v3 TI_SIMD_TAKEN(VEC, passed3)
#define v4 TI_SIMD_TAKEN(VEC, passed4)
#define v5 TI_SIMD_TAKEN(VEC, passed5)
#define v6 TI_SIMD_TAKEN(VEC, passed6)
#define v7 TI_SIMD_TAKEN(VEC, passed7)
#endif
#if STEP_LOOPS
#define STEP_NEXT do { \
  STEP_AT(F64) *const reg = (STEP_AT(F64) *)(void *)f->reg; \
  reg[0] = v0, reg[1] = v1, reg[2] = v2, reg[3] = v3, reg[4] = v4, reg[5] = v5, reg[6] = v6, reg[7] = v7; \
  f->next = s + 1; \
  (void)at; \
} while (0)
#define STEP_LAST (void)at
#else
#define STEP_LAST                \
  if (at + STEP(strip) < f->end) \
  STEP_JUMP ((STEP(run) *)(void (*)(void))f->first->run)(f->first, f, at + STEP(strip), v0, v1, v2, v3, v4, v5, v6, v7)
#define STEP_NEXT STEP_JUMP ((STEP(run) *)(void (*)(void))s[1].run)(s + 1, f, at, v0, v1, v2, v3, v4, v5, v6, v7)
#endif
#define STEP_OPERAND(T, k) \
  ((const STEP_AT(T) *)(const void *)(f->at[s->operand[k]] + at * f->size[s->operand[k]]))

/* Registers, and memory read or written at any address, by the types of builtin.def; a mask is BOOL, and what f32s are
   compared to is BOOL32. */
#define STEP_TYPE(T, type) \
  typedef type STEP_V(T) __attribute__((vector_size(STEP_BYTES))); \
  typedef type STEP_AT(T) __attribute__((vector_size(STEP_BYTES), aligned(_Alignof(type)), may_alias));
STEP_TYPE(F64, double)
STEP_TYPE(F32, float)
STEP_TYPE(I64, int64_t)
STEP_TYPE(U64, uint64_t)
STEP_TYPE(U32, uint32_t)
typedef int64_t STEP_V(BOOL) __attribute__((vector_size(STEP_BYTES)));
typedef int32_t STEP_V(BOOL32) __attribute__((vector_size(STEP_BYTES)));
typedef int64_t STEP_AT(BOOL) __attribute__((vector_size(STEP_BYTES), aligned(8), may_alias));
/* So many narrower values as a register has of 64 bits. */
#define STEP_FEW(T, type) \
  typedef type STEP(few_##T) \
      __attribute__((vector_size(STEP_BYTES / 8 * sizeof(type)), aligned(_Alignof(type)), may_alias));
STEP_FEW(BOOL, uint8_t)
STEP_FEW(U8, uint8_t)
STEP_FEW(I8, int8_t)
STEP_FEW(U16, uint16_t)
STEP_FEW(I16, int16_t)
STEP_FEW(U32, uint32_t)
STEP_FEW(I32, int32_t)
STEP_FEW(F32, float)
#undef STEP_TYPE
#undef STEP_FEW

typedef void STEP(run)(STEP_ARGS);
enum { STEP(strip) = STEP_BYTES, STEP(each) = STEP_BYTES / 8 };

static inline VEC STEP(all)(const ti_program_step *s) {
  uint64_t bits;
  memcpy(&bits, s->with.constant, sizeof bits);
  return (VEC)((STEP_V(U64)){0} + bits);
}
static inline VEC STEP(all_f32)(const ti_program_step *s) {
  uint32_t bits;
  memcpy(&bits, s->with.constant, sizeof bits);
  return (VEC)((STEP_V(U32)){0} + bits);
}

/* ----- The words of builtin.def, for vectors ----- */

#define SEL(c, x, y) ((__typeof__(x))(((BITS)(c) & (BITS)(x)) | (~(BITS)(c) & (BITS)(y))))
/* Steps leave wide registers as they are: after the last one their upper halves are cleared, or the next instruction of
   the base set waits some hundred cycles for the processor to save them. */
#ifndef STEP_LEAVE
#define STEP_LEAVE ((void)0)
#endif
#ifndef STEP_PICK
#define STEP_PICK SEL
#endif
#define LIKE(x, n) ((__typeof__(x)){0} + (n))
#define UNS(x) ((STEP_V(U64))(x))
#define NOT(x) (~(x))
#define FLOAT(fn) _Generic((a), STEP_V(F32): STEP(lib_##fn##_F32), default: STEP(lib_##fn##_F64))
#define LIBM(fn, ...) FLOAT(fn)(__VA_ARGS__)
#define FMA(a, b, c) FLOAT(fma)(a, b, c)
#define CLAMP(a, b, c) FLOAT(clamp)(a, b, c)
#define SHL STEP(shl)
#define SHR STEP(shr)
#define NEVER(a) ((STEP_V(BOOL)){0})
#define ALWAYS(a) (~(STEP_V(BOOL)){0})

/* Where the set has no instruction, lane by lane. */
#define STEP_LANES1(name, T, fn)                            \
  static inline STEP_V(T) STEP(lib_##name##_##T)(STEP_V(T) a) {   \
    for (unsigned i = 0; i < STEP_BYTES / sizeof a[0]; i++) \
      a[i] = fn(a[i]);                                      \
    return a;                                               \
  }
#define STEP_LANES3(name, T, fn)                                                        \
  static inline STEP_V(T) STEP(lib_##name##_##T)(STEP_V(T) a, STEP_V(T) b, STEP_V(T) c) {     \
    for (unsigned i = 0; i < STEP_BYTES / sizeof a[0]; i++)                             \
      a[i] = fn(a[i], b[i], c[i]);                                                      \
    return a;                                                                           \
  }
#define STEP_ONE1(name, T, e)                               \
  static inline STEP_V(T) STEP(lib_##name##_##T)(STEP_V(T) a) {   \
    return (e);                                             \
  }

STEP_ONE1(fabs, F64, (STEP_V(F64))((BITS)a & INT64_MAX))
STEP_ONE1(fabs, F32, (STEP_V(F32))((STEP_V(BOOL32))a & INT32_MAX))
#ifdef STEP_SQRT_F64
STEP_ONE1(sqrt, F64, STEP_SQRT_F64(a))
STEP_ONE1(sqrt, F32, STEP_SQRT_F32(a))
#else
STEP_LANES1(sqrt, F64, sqrt)
STEP_LANES1(sqrt, F32, sqrtf)
#endif
#ifdef STEP_ROUND_F64
/* To the nearest: half of one less its last place more, towards 0. That much is not enough below a half, and rounds up
   from a half on, since the sum is rounded to even. */
#define STEP_ROUNDS(T, words, least, half)                                                                      \
  STEP_ONE1(floor, T, STEP_ROUND_##T(a, _MM_FROUND_TO_NEG_INF))                                                 \
  STEP_ONE1(ceil, T, STEP_ROUND_##T(a, _MM_FROUND_TO_POS_INF))                                                  \
  STEP_ONE1(trunc, T, STEP_ROUND_##T(a, _MM_FROUND_TO_ZERO))                                                    \
  STEP_ONE1(round, T, STEP(lib_trunc_##T)(a + (STEP_V(T))(((words)a & least) | (words)LIKE(a, half))))
STEP_ROUNDS(F64, BITS, INT64_MIN, 0x1.fffffffffffffp-2)
STEP_ROUNDS(F32, STEP_V(BOOL32), INT32_MIN, 0x1.fffffep-2f)
#undef STEP_ROUNDS
#else
STEP_LANES1(floor, F64, floor)
STEP_LANES1(floor, F32, floorf)
STEP_LANES1(ceil, F64, ceil)
STEP_LANES1(ceil, F32, ceilf)
STEP_LANES1(trunc, F64, trunc)
STEP_LANES1(trunc, F32, truncf)
STEP_LANES1(round, F64, round)
STEP_LANES1(round, F32, roundf)
#endif
#ifdef STEP_FMA_F64
static inline STEP_V(F64) STEP(lib_fma_F64)(STEP_V(F64) a, STEP_V(F64) b, STEP_V(F64) c) {
  return STEP_FMA_F64(a, b, c);
}
static inline STEP_V(F32) STEP(lib_fma_F32)(STEP_V(F32) a, STEP_V(F32) b, STEP_V(F32) c) {
  return STEP_FMA_F32(a, b, c);
}
#else
STEP_LANES3(fma, F64, ti_lane_fma)
STEP_LANES3(fma, F32, ti_lane_fmaf)
#endif

/* What a NaN is compared with is not smaller, not larger and not equal. */
#define STEP_CLAMP(T)                                                                  \
  static inline STEP_V(T) STEP(lib_clamp_##T)(STEP_V(T) a, STEP_V(T) b, STEP_V(T) c) {     \
    const STEP_V(T) raised = SEL(a < b, b, a), r = SEL(raised > c, c, raised);         \
    return SEL((b == b) & (c == c), r, b + c);                                         \
  }
STEP_CLAMP(F64)
STEP_CLAMP(F32)

/* As ti_lane_shl and ti_lane_shr. */
static inline STEP_V(U64) STEP(shifted)(STEP_V(I64) a, STEP_V(U64) left, STEP_V(U64) right) {
  const STEP_V(U64) x = UNS(a), none = {0}, up = x << (left & 63), down = x >> (right & 63);
  return SEL(left < 64, up, SEL(right < 64, down, none));
}
static inline STEP_V(U64) STEP(shl)(STEP_V(I64) a, STEP_V(I64) b) {
  return STEP(shifted)(a, UNS(b), 0 - UNS(b));
}
static inline STEP_V(U64) STEP(shr)(STEP_V(I64) a, STEP_V(I64) b) {
  const STEP_V(U64) x = UNS(a), none = {0}, right = UNS(b), left = 0 - UNS(b);
  const STEP_V(U64) up = x << (left & 63), down = x >> (right & 63);
  return SEL(right < 64, down, SEL(left < 64, up, none));
}

/* ----- Halves: a register of f32s is two of 64 bits ----- */

typedef int32_t STEP(half_BOOL32) __attribute__((vector_size(STEP_BYTES / 2)));
typedef float STEP(half_F32) __attribute__((vector_size(STEP_BYTES / 2)));
#ifndef STEP_WIDE
#define STEP_PART(r, high) ((high) ? __builtin_shufflevector(r, r, STEP_HIGH) : __builtin_shufflevector(r, r, STEP_LOW))
#define STEP_PAIR(low, high, type) \
  __builtin_shufflevector(__builtin_convertvector(low, type), __builtin_convertvector(high, type), STEP_WHOLE)
#define STEP_WIDE(r, high) __builtin_convertvector(STEP_PART(r, high), BITS)
#define STEP_NARROW(low, high) STEP_PAIR((BITS)(low), (BITS)(high), STEP(half_BOOL32))
#define STEP_DOUBLE(r, high) __builtin_convertvector(STEP_PART(r, high), STEP_V(F64))
#define STEP_SINGLE(low, high) STEP_PAIR((VEC)(low), (VEC)(high), STEP(half_F32))
#endif
#ifndef STEP_SINGLE_I64
#define STEP_SINGLE_I64(low, high) \
  __builtin_shufflevector(__builtin_convertvector((BITS)(low), STEP(half_F32)), \
                          __builtin_convertvector((BITS)(high), STEP(half_F32)), STEP_WHOLE)
#define STEP_SINGLE_U64(low, high) \
  __builtin_shufflevector(__builtin_convertvector(UNS(low), STEP(half_F32)), \
                          __builtin_convertvector(UNS(high), STEP(half_F32)), STEP_WHOLE)
#endif
/* The masks of four registers of f32s, as those of eight. */
#define STEP_SPREAD(r0, r1, r2, r3)                              \
  v0 = (VEC)STEP_WIDE(r0, 0), v1 = (VEC)STEP_WIDE(r0, 1);         \
  v2 = (VEC)STEP_WIDE(r1, 0), v3 = (VEC)STEP_WIDE(r1, 1);         \
  v4 = (VEC)STEP_WIDE(r2, 0), v5 = (VEC)STEP_WIDE(r2, 1);         \
  v6 = (VEC)STEP_WIDE(r3, 0), v7 = (VEC)STEP_WIDE(r3, 1)
/* clang-format on */
