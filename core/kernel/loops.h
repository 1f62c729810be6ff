/*
** The loops of the built-in kernels for one instruction set, LOOP_SET; a template that loops.c includes once for each.
**
** A loop is written for columns side by side in memory, with constants first or last, which is what pipelines are
** made of; that is the code worth vectorising. Any other stride runs the general loop, which only the base set has.
**
** No expression adds to a product, so no compiler can contract two operations into one, whatever its flags; what must
** be fused says so (fma). That is why all sets give the same bits.
*/

/* The layout tool takes these macros, which are statements, for expressions. */
/* clang-format off */
#define LOOP_GLUE(name, set) loop_##name##_##set
#define LOOP_JOIN(name, set) LOOP_GLUE(name, set)
#define LOOP(name) LOOP_JOIN(name, LOOP_SET)
#define LOOP_BASE(name) LOOP_JOIN(name, base)

/* The words of builtin.def, for single values. */
#define SEL(condition, x, y) ((condition) ? (x) : (y))
#define LIKE(x, n) (n)
#define UNS(x) ((uint64_t)(x))
#define NOT(x) ((x) ^ 1)
#define LIBM(fn, ...) _Generic((a), float: fn##f, default: fn)(__VA_ARGS__)
#define CLAMP(a, b, c) _Generic((a), float: ti_lane_clampf, default: ti_lane_clamp)(a, b, c)
#define FMOD(a, b) _Generic((a), float: ti_lane_fmodf, default: ti_lane_fmod)(a, b)
#define IDIV ti_lane_idiv
#define IMOD ti_lane_mod
#define SHL ti_lane_shl
#define SHR ti_lane_shr
#define NEVER(a) ((void)(a), 0)
#define ALWAYS(a) ((void)(a), 1)
#if LOOP_IS_BASE
#define FMA(a, b, c) _Generic((a), float: ti_lane_fmaf, default: ti_lane_fma)(a, b, c)
#else
#define FMA(a, b, c) LIBM(fma, a, b, c)
#endif

#define IN(k, T, p) const ti_lane_##T *restrict p = (const ti_lane_##T *)block->in[k];
#define OUT(T)                                              \
  ti_lane_##T *restrict out = (ti_lane_##T *)block->out[0]; \
  const size_t n = block->n;

/* Is input k a column side by side / a constant? Item i of any input. */
#define SIDE(k, T) (block->in_stride[k] == (ptrdiff_t)sizeof(ti_lane_##T))
#define HELD(k) (block->in_stride[k] == 0)
#define ANY(k, T, p) TINE_AT(ti_lane_##T, p, block->in_stride[k], i)

#define EACH1(TA, TR, e, xa)                        \
  for (size_t i = 0; i < n; i++) {                  \
    const ti_lane_##TA a = TI_LANE_LOAD(TA, xa);    \
    out[i] = (ti_lane_##TR)(e);                     \
  }
#define EACH2(TA, TB, TR, e, xa, xb)                \
  for (size_t i = 0; i < n; i++) {                  \
    const ti_lane_##TA a = TI_LANE_LOAD(TA, xa);    \
    const ti_lane_##TB b = TI_LANE_LOAD(TB, xb);    \
    out[i] = (ti_lane_##TR)(e);                     \
  }
#define EACH3(TA, TB, TC, TR, e, xa, xb, xc)        \
  for (size_t i = 0; i < n; i++) {                  \
    const ti_lane_##TA a = TI_LANE_LOAD(TA, xa);    \
    const ti_lane_##TB b = TI_LANE_LOAD(TB, xb);    \
    const ti_lane_##TC c = TI_LANE_LOAD(TC, xc);    \
    out[i] = (ti_lane_##TR)(e);                     \
  }

#define V1(name, TA, TR, e)                                                                    \
  static int LOOP(name##_##TA)(tine_block * block) {                                           \
    IN(0, TA, pa) OUT(TR)                                                                      \
    if (SIDE(0, TA))                                                                           \
      EACH1(TA, TR, e, pa[i])                                                                  \
    else                                                                                       \
      LOOP_GENERAL(EACH1(TA, TR, e, ANY(0, TA, pa)), LOOP_BASE(name##_##TA))                   \
    return 0;                                                                                  \
  }
#define V2(name, TA, TB, TR, e)                                                                \
  static int LOOP(name##_##TA##_##TB)(tine_block * block) {                                    \
    IN(0, TA, pa) IN(1, TB, pb) OUT(TR)                                                        \
    if (SIDE(0, TA) && SIDE(1, TB))                                                            \
      EACH2(TA, TB, TR, e, pa[i], pb[i])                                                       \
    else if (SIDE(0, TA) && HELD(1))                                                           \
      EACH2(TA, TB, TR, e, pa[i], *pb)                                                         \
    else if (HELD(0) && SIDE(1, TB))                                                           \
      EACH2(TA, TB, TR, e, *pa, pb[i])                                                         \
    else                                                                                       \
      LOOP_GENERAL(EACH2(TA, TB, TR, e, ANY(0, TA, pa), ANY(1, TB, pb)),                       \
                   LOOP_BASE(name##_##TA##_##TB))                                              \
    return 0;                                                                                  \
  }
#define V3(name, TA, TB, TC, TR, e)                                                            \
  static int LOOP(name##_##TA##_##TB##_##TC)(tine_block * block) {                             \
    IN(0, TA, pa) IN(1, TB, pb) IN(2, TC, pc) OUT(TR)                                          \
    if (SIDE(0, TA) && SIDE(1, TB) && SIDE(2, TC))                                             \
      EACH3(TA, TB, TC, TR, e, pa[i], pb[i], pc[i])                                            \
    else if (SIDE(0, TA) && SIDE(1, TB) && HELD(2))                                            \
      EACH3(TA, TB, TC, TR, e, pa[i], pb[i], *pc)                                              \
    else if (SIDE(0, TA) && HELD(1) && HELD(2))                                                \
      EACH3(TA, TB, TC, TR, e, pa[i], *pb, *pc)                                                \
    else                                                                                       \
      LOOP_GENERAL(EACH3(TA, TB, TC, TR, e, ANY(0, TA, pa), ANY(1, TB, pb), ANY(2, TC, pc)),   \
                   LOOP_BASE(name##_##TA##_##TB##_##TC))                                       \
    return 0;                                                                                  \
  }

/* Transcendental: whole vectors of them (vector_math.h) in its sets, and in the base set calls of the C library. */
#if TI_MATH_SLEEF
#define RUN1(name, TA)                                                                         \
  static void LOOP(run_##name##_##TA)(void *out, const void *pa, size_t n) {                   \
    for (size_t i = 0; i < n; i += TI_MATH_LANES(TA, LOOP_SET))                                \
      TI_MATH(store, TA, LOOP_SET)((ti_lane_##TA *)out + i,                                    \
        TI_MATH(name, TA, LOOP_SET)(TI_MATH(load, TA, LOOP_SET)((const ti_lane_##TA *)pa + i))); \
  }
#define RUN2(name, TA, TB)                                                                     \
  static void LOOP(run_##name##_##TA)(void *out, const void *pa, const void *pb, size_t n) {   \
    for (size_t i = 0; i < n; i += TI_MATH_LANES(TA, LOOP_SET))                                \
      TI_MATH(store, TA, LOOP_SET)((ti_lane_##TA *)out + i,                                    \
        TI_MATH(name, TA, LOOP_SET)(TI_MATH(load, TA, LOOP_SET)((const ti_lane_##TA *)pa + i), \
                                    TI_MATH(load, TA, LOOP_SET)((const ti_lane_##TA *)pb + i))); \
  }
#define VECTORS(which, name, TA)                                                               \
  return ti_math_block##which(block, sizeof(ti_lane_##TA), TI_MATH_LANES(TA, LOOP_SET), LOOP(run_##name##_##TA));
#else
#define RUN1(name, TA)
#define RUN2(name, TA, TB)
#define VECTORS(which, name, TA) return TINE_EKERNEL;
#endif

#if LOOP_IS_BASE
#define P1(name, TA, TR, e)                                                                    \
  RUN1(name, TA)                                                                               \
  static int LOOP(name##_##TA)(tine_block * block) {                                           \
    IN(0, TA, pa) OUT(TR)                                                                      \
    if (ti_math_fused())                                                                       \
      VECTORS(1, name, TA)                                                                     \
    EACH1(TA, TR, e, ANY(0, TA, pa))                                                           \
    return 0;                                                                                  \
  }
#define P2(name, TA, TB, TR, e)                                                                \
  RUN2(name, TA, TB)                                                                           \
  static int LOOP(name##_##TA##_##TB)(tine_block * block) {                                    \
    IN(0, TA, pa) IN(1, TB, pb) OUT(TR)                                                        \
    if (ti_math_fused())                                                                       \
      VECTORS(2, name, TA)                                                                     \
    EACH2(TA, TB, TR, e, ANY(0, TA, pa), ANY(1, TB, pb))                                       \
    return 0;                                                                                  \
  }
#define M2(name, TA, TB, e)                                                                    \
  static int LOOP(name##_##TA##_##TB)(tine_block * block) {                                    \
    IN(0, TA, pa) IN(1, TB, pb) OUT(BOOL)                                                      \
    for (size_t i = 0; i < n; i++) {                                                           \
      const double a = ti_order_##TA##_##TB(ANY(0, TA, pa), ANY(1, TB, pb)), b = 0;            \
      out[i] = (e);                                                                            \
    }                                                                                          \
    return 0;                                                                                  \
  }
#define Z2(name, e)                                                                            \
  static int LOOP(name##_I64_I64)(tine_block * block) {                                        \
    IN(0, I64, pa) IN(1, I64, pb) OUT(I64)                                                     \
    for (size_t i = 0; i < n; i++) {                                                           \
      const int64_t a = *(const volatile int64_t *)&ANY(0, I64, pa);                           \
      const int64_t b = *(const volatile int64_t *)&ANY(1, I64, pb); /* divided by what was tested */ \
      if (b == 0)                                                                              \
        return tine_block_fail(block, TINE_EKERNEL, i, LOOP_ZERO_##name);                      \
      out[i] = (e);                                                                            \
    }                                                                                          \
    return 0;                                                                                  \
  }
#define Q2(name, T, quick, e)                                                                  \
  static int LOOP(name##_##T##_##T)(tine_block * block) {                                      \
    IN(0, T, pa) IN(1, T, pb) OUT(T)                                                           \
    EACH2(T, T, T, e, ANY(0, T, pa), ANY(1, T, pb))                                            \
    return 0;                                                                                  \
  }
#else
#define QUICK(T, quick, xa, xb)                     \
  for (size_t i = 0; i < n; i++) {                  \
    ti_lane_##T r;                                  \
    done &= quick(xa, xb, &r);                      \
    out[i] = r;                                     \
  }
#define Q2(name, T, quick, e)                                                                  \
  static int LOOP(name##_##T##_##T)(tine_block * block) {                                      \
    IN(0, T, pa) IN(1, T, pb) OUT(T)                                                           \
    LOOP_BITS_##T done = 1;                                                                    \
    if (SIDE(0, T) && SIDE(1, T))                                                              \
      QUICK(T, quick, pa[i], pb[i])                                                            \
    else if (SIDE(0, T) && HELD(1))                                                            \
      QUICK(T, quick, pa[i], *pb)                                                              \
    else if (HELD(0) && SIDE(1, T))                                                            \
      QUICK(T, quick, *pa, pb[i])                                                              \
    else                                                                                       \
      done = 0;                                                                                \
    return done != 0 ? 0 : LOOP_BASE(name##_##T##_##T)(block);                                 \
  }
#if TI_MATH_VECTORS
#define P1(name, TA, TR, e)                                                                    \
  RUN1(name, TA)                                                                               \
  static int LOOP(name##_##TA)(tine_block * block) {                                           \
    VECTORS(1, name, TA)                                                                       \
  }
#define P2(name, TA, TB, TR, e)                                                                \
  RUN2(name, TA, TB)                                                                           \
  static int LOOP(name##_##TA##_##TB)(tine_block * block) {                                    \
    VECTORS(2, name, TA)                                                                       \
  }
#else
#define P1(name, TA, TR, e)
#define P2(name, TA, TB, TR, e)
#endif
#define M2(name, TA, TB, e)
#define Z2(name, e)
#endif

#define E2(name, fn, TA, TB, TR)
#define KERNEL(name, rule, ie, fe, flags, help) rule(name, ie, fe)
#include "builtin.def"
#undef E2
#undef V1
#undef V2
#undef V3
#undef P1
#undef P2
#undef M2
#undef Z2
#undef Q2
#undef QUICK

#define ROW_OF(name, loop, infallible, inputs, TR, ...) \
  {#name, {inputs, 1, {__VA_ARGS__}, {TINE_##TR}, loop, NULL, NULL, infallible, NULL}},
#define ROW(name, loop, inputs, TR, ...) ROW_OF(name, loop, true, inputs, TR, __VA_ARGS__)
#define V1(name, TA, TR, e) ROW(name, LOOP(name##_##TA), 1, TR, TINE_##TA)
#define V2(name, TA, TB, TR, e) ROW(name, LOOP(name##_##TA##_##TB), 2, TR, TINE_##TA, TINE_##TB)
#define V3(name, TA, TB, TC, TR, e) \
  ROW(name, LOOP(name##_##TA##_##TB##_##TC), 3, TR, TINE_##TA, TINE_##TB, TINE_##TC)
#if TI_MATH_VECTORS
#define P1 V1
#define P2 V2
#else
#define P1(name, TA, TR, e) ROW(name, LOOP_BASE(name##_##TA), 1, TR, TINE_##TA)
#define P2(name, TA, TB, TR, e) ROW(name, LOOP_BASE(name##_##TA##_##TB), 2, TR, TINE_##TA, TINE_##TB)
#endif
#define M2(name, TA, TB, e) ROW(name, LOOP_BASE(name##_##TA##_##TB), 2, BOOL, TINE_##TA, TINE_##TB)
#define Z2(name, e) ROW_OF(name, LOOP_BASE(name##_I64_I64), false, 2, I64, TINE_I64, TINE_I64)
#define Q2(name, T, quick, e) ROW(name, LOOP(name##_##T##_##T), 2, T, TINE_##T, TINE_##T)
#define E2(name, fn, TA, TB, TR) \
  {#name, {2, 1, {TINE_##TA, TINE_##TB}, {TINE_##TR}, fn, NULL, ti_##name##_counts, true, NULL}},

static const ti_loop LOOP(table)[] = {
#include "builtin.def"
};

#undef LOOP_GLUE
#undef LOOP_JOIN
#undef LOOP
#undef LOOP_BASE
#undef IN
#undef OUT
#undef SIDE
#undef HELD
#undef ANY
#undef RUN1
#undef RUN2
#undef VECTORS
#undef EACH1
#undef EACH2
#undef EACH3
#undef KERNEL
#undef ROW
#undef ROW_OF
#undef V1
#undef V2
#undef V3
#undef P1
#undef P2
#undef M2
#undef Z2
#undef Q2
#undef E2
#undef SEL
#undef LIKE
#undef UNS
#undef NOT
#undef LIBM
#undef CLAMP
#undef FMOD
#undef IDIV
#undef IMOD
#undef SHL
#undef SHR
#undef NEVER
#undef ALWAYS
#undef FMA
/* clang-format on */
