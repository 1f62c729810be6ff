/*
** The functions of vector_math.h for one instruction set, MATH_SET; a template that it includes once for each. All sets
** send the same lanes to the same scalar remedies, so what SLEEF promises of the bits holds for the whole.
*/

/* The layout tool takes these macros, which are functions, for expressions. */
/* clang-format off */
#define VEC(T) TI_VECTOR(T, MATH_SET)
#define FN(name, T) TI_MATH(name, T, MATH_SET)
#define MATH_SLEEF_GLUE(name, accuracy, lanes, set) Sleef_finz_##name##lanes##_##accuracy##set
#define MATH_SLEEF_F64(name, accuracy, doubles, floats, set) MATH_SLEEF_GLUE(name, accuracy, doubles, set)
#define MATH_SLEEF_F32(name, accuracy, doubles, floats, set) MATH_SLEEF_GLUE(name, accuracy, floats, set)

/* Does some lanes of a result again, one by one. Out of line: it is rare, and needs the vectors in memory. */
#define REDO(T, type)                                                                                              \
  __attribute__((noinline, unused)) static VEC(T)                                                                  \
  FN(redo, T)(VEC(T) result, VEC(T) x, unsigned lanes, type (*one)(type)) {                                        \
    type r[TI_MATH_LANES(T, MATH_SET)], a[TI_MATH_LANES(T, MATH_SET)];                                             \
    FN(store, T)(r, result);                                                                                       \
    FN(store, T)(a, x);                                                                                            \
    for (unsigned i = 0; lanes != 0; i++, lanes >>= 1)                                                             \
      if (lanes & 1)                                                                                               \
        r[i] = one(a[i]);                                                                                          \
    return FN(load, T)(r);                                                                                         \
  }
REDO(F64, double)
REDO(F32, float)

/* Of two inputs. An infinite power of finite numbers may be just below that. */
__attribute__((noinline, unused)) static VEC(F64)
FN(redo2, F64)(VEC(F64) result, VEC(F64) x, VEC(F64) y, unsigned lanes, double (*one)(double, double)) {
  double r[TI_MATH_LANES(F64, MATH_SET)], a[TI_MATH_LANES(F64, MATH_SET)], b[TI_MATH_LANES(F64, MATH_SET)];
  FN(store, F64)(r, result);
  FN(store, F64)(a, x);
  FN(store, F64)(b, y);
  for (unsigned i = 0; lanes != 0; i++, lanes >>= 1)
    if (lanes & 1)
      r[i] = one(a[i], b[i]);
  return FN(load, F64)(r);
}

#define MATH_PLAIN(name, T, x, raw) return raw;
#define MATH_TINY(name, T, x, raw) return FN(below, T)(raw, x, TI_MATH_TINY_##T);
/* (The function is called on both ways, so that on the usual one nothing has to be kept across the call.) */
#define MATH_BEYOND(name, T, x, raw, what)                                                                         \
  const unsigned far = FN(above, T)(what, TI_MATH_FAR_##T);                                                        \
  if (__builtin_expect(far != 0, 0))                                                                               \
    return FN(redo, T)(raw, x, far, ti_math_far_##name##_##T);
#define MATH_HIGH(name, T, x, raw) MATH_BEYOND(name, T, x, raw, x) MATH_PLAIN(name, T, x, raw)
#define MATH_FAR(name, T, x, raw) MATH_BEYOND(name, T, x, raw, FN(abs, T)(x)) MATH_PLAIN(name, T, x, raw)
#define MATH_ENDS(name, T, x, raw)                                                                                 \
  MATH_BEYOND(name, T, x, MATH_BELOW(T, x, raw), FN(abs, T)(x)) MATH_TINY(name, T, x, raw)
#define MATH_BELOW(T, x, raw) FN(below, T)(raw, x, TI_MATH_TINY_##T)

#define MATH_FN1(name, T, sleef, remedy)                                                                           \
  VEC(T) sleef(MATH_PARAMETER(VEC(T)));                                                                            \
  static inline VEC(T) FN(name, T)(VEC(T) x) {                                                                     \
    MATH_##remedy(name, T, x, sleef(x))                                                                            \
  }
#define MATH_BOTH1(name, accuracy, remedy64, remedy32)                                                             \
  MATH_FN1(name, F64, MATH_SLEEF(name, accuracy, F64), remedy64)                                                   \
  MATH_FN1(name, F32, MATH_SLEEF(name, accuracy, F32), remedy32)
TI_MATH_LIST1(MATH_BOTH1)

#define MATH2_PLAIN(name, T, x, y, raw) return raw;
#define MATH2_FULL(name, T, x, y, raw)                                                                             \
  const VEC(T) r = raw;                                                                                            \
  const unsigned full = FN(above, T)(FN(abs, T)(r), TI_MATH_MAX_##T);                                              \
  return __builtin_expect(full != 0, 0) ? FN(redo2, T)(r, x, y, full, name) : r;
#define MATH_FN2(name, T, sleef, remedy)                                                                           \
  VEC(T) sleef(MATH_PARAMETER(VEC(T)), MATH_PARAMETER(VEC(T)));                                                    \
  static inline VEC(T) FN(name, T)(VEC(T) x, VEC(T) y) {                                                           \
    MATH2_##remedy(name, T, x, y, sleef(x, y))                                                                     \
  }
#define MATH_BOTH2(name, accuracy, remedy64, remedy32)                                                             \
  MATH_FN2(name, F64, MATH_SLEEF(name, accuracy, F64), remedy64)                                                   \
  MATH_FN2(name, F32, MATH_SLEEF(name, accuracy, F32), remedy32)
TI_MATH_LIST2(MATH_BOTH2)

#undef VEC
#undef FN
#undef MATH_SLEEF_GLUE
#undef MATH_SLEEF_F64
#undef MATH_SLEEF_F32
#undef REDO
#undef MATH_PLAIN
#undef MATH_TINY
#undef MATH_BEYOND
#undef MATH_HIGH
#undef MATH_FAR
#undef MATH_ENDS
#undef MATH_BELOW
#undef MATH_FN1
#undef MATH_BOTH1
#undef MATH2_PLAIN
#undef MATH2_FULL
#undef MATH_FN2
#undef MATH_BOTH2
#undef MATH_SET
#undef MATH_SLEEF
#undef MATH_PARAMETER
/* clang-format on */
