/*
** Part of program_steps.h: operations that stand alone (ti_program_whole), over as many items as there are. A word of
** bits is so many registers, with so many items each.
*/

/* The layout tool takes these macros, which are functions and statements, for expressions. */
/* clang-format off */
#define WHOLE_EACH(T) (STEP_BYTES / sizeof(ti_lane_##T))
#define WHOLE_WORD(T) (64 / WHOLE_EACH(T))
#define WHOLE_SIGNS_F64 STEP_WORD
#define WHOLE_SIGNS_I64 STEP_WORD
#define WHOLE_SIGNS_U64 STEP_WORD
#define WHOLE_SIGNS_F32 STEP_WORD_32
#ifdef STEP_FETCH
#define WHOLE_FETCH(x, k, T) \
  if ((k) * STEP_BYTES % 64 == 0) \
  STEP_FETCH((x) + (k), TI_BLOCK * sizeof(ti_lane_##T))
#else
#define WHOLE_FETCH(x, k, T)
#endif
#define WHOLE_BITS_OF(name, T, how, args, second, step, c)                                      \
  static size_t STEP(name##_##T##_bits##how) args {                                             \
    const STEP_AT(T) *x = a;                                                                    \
    second                                                                                      \
    size_t held = 0;                                                                            \
    ti_assert(n > 0 && n % 64 == 0);                                                            \
    for (; n > 0; n -= 64) {                                                                    \
      uint64_t w = 0;                                                                           \
      _Pragma("GCC unroll 32") for (unsigned k = 0; k < WHOLE_WORD(T); k++) {                   \
        WHOLE_FETCH(x, k, T);                                                                   \
        w |= WHOLE_SIGNS_##T(STEP(name##_##T##_of)(x[k], c)) << k * WHOLE_EACH(T);              \
      }                                                                                         \
      held += (size_t)__builtin_popcountll(w);                                                  \
      *bits++ = w;                                                                              \
      step                                                                                      \
    }                                                                                           \
    return held;                                                                                \
  }
#define WHOLE_BITS(name, T)                                                                      \
  WHOLE_BITS_OF(name, T, , (const void *a, size_t a_step, const void *b, size_t b_step, size_t n, uint64_t *bits), \
                const STEP_AT(T) *y = b;, x += a_step / WHOLE_EACH(T); y += b_step / WHOLE_EACH(T);, y[k])       \
  WHOLE_BITS_OF(name, T, _k, (const void *a, const void *b, size_t n, uint64_t *bits),            \
                const STEP_V(T) y = (STEP_V(T)){0} + *(const ti_lane_##T *)b;, x += WHOLE_WORD(T);, y)
#define WHOLE_EACH_LANES(e) _Pragma("GCC unroll 16") for (unsigned k = 0; k < TI_LANES / STEP(each); k++) { e }
#define WHOLE_KEPT(name)                                                                             \
  static size_t STEP(name##_F64_kept)(const double *a, const double *b, size_t n, double *lanes) {   \
    const STEP_AT(F64) *x = (const STEP_AT(F64) *)(const void *)a;                                   \
    STEP_AT(F64) *const out = (STEP_AT(F64) *)(void *)lanes;                                         \
    const VEC c = (VEC){0} + *b, none = -(VEC){0};                                                   \
    STEP_V(I64) held[2] = {{0}};                                                                     \
    VEC v[TI_LANES / STEP(each)];                                                                    \
    size_t all = 0;                                                                                  \
    ti_assert(n % TI_LANES == 0);                                                                    \
    WHOLE_EACH_LANES(v[k] = out[k];)                                                                 \
    for (; n > 0; n -= TI_LANES, x += TI_LANES / STEP(each))                                         \
      WHOLE_EACH_LANES(WHOLE_FETCH(x, k, F64); const STEP_V(BOOL) is = STEP(name##_F64_of)(x[k], c); \
                       v[k] = v[k] + STEP_PICK(is, x[k], none); held[k % 2] -= is;)                  \
    WHOLE_EACH_LANES(out[k] = v[k];)                                                                 \
    for (unsigned k = 0; k < STEP(each); k++)                                                        \
      all += (size_t)(held[0][k] + held[1][k]);                                                      \
    return all;                                                                                      \
  }
#define WHOLE_LANES(name)                                                                               \
  static void STEP(name##_F64_lanes)(const double *a, size_t a_step, const double *b, size_t b_step, size_t n, \
                                     double *lanes) {                                                   \
    STEP_AT(F64) *const out = (STEP_AT(F64) *)(void *)lanes;                                            \
    const STEP_AT(F64) *x = (const STEP_AT(F64) *)(const void *)a, *y = (const STEP_AT(F64) *)(const void *)b; \
    VEC v[TI_LANES / STEP(each)];                                                                       \
    WHOLE_EACH_LANES(v[k] = out[k];)                                                                    \
    for (; n > 0; n -= TI_LANES, x += a_step / STEP(each), y += b_step / STEP(each))                    \
      WHOLE_EACH_LANES(v[k] = v[k] + STEP(name##_F64_of)(x[k], y[k]);)                                  \
    WHOLE_EACH_LANES(out[k] = v[k];)                                                                    \
  }

/* The row of a kernel in the table of operations, by the types of its loop. */
#define ROW_BITS(name, T) .bits = STEP(name##_##T##_bits), .bits_k = STEP(name##_##T##_bits_k)
#define ROW_F64_BOOL(name) ROW_BITS(name, F64), .kept = STEP(name##_F64_kept)
#define ROW_I64_BOOL(name) ROW_BITS(name, I64)
#define ROW_U64_BOOL(name) ROW_BITS(name, U64)
#define ROW_F32_BOOL(name) ROW_BITS(name, F32)
#define ROW_F64_F64(name) .lanes = STEP(name##_F64_lanes)
#define ROW_ALONE(name) .bits = NULL
#define ROW_BOOL_BOOL ROW_ALONE
#define ROW_F32_F32 ROW_ALONE
#define ROW_I64_I64 ROW_ALONE
#define ROW_U64_U64 ROW_ALONE
#define ROW_U8_U8 ROW_ALONE
#define ROW_I8_I8 ROW_ALONE
#define ROW_U16_U16 ROW_ALONE
#define ROW_I16_I16 ROW_ALONE
#define ROW_U32_U32 ROW_ALONE
#define ROW_I32_I32 ROW_ALONE
/* clang-format on */
