/*
** The loops of conversions for one instruction set, CAST_SET; a template that cast.c includes once for each. A set may
** bring loops of its own for conversions between integer and float alone, and use those of CAST_SET_REST for the rest.
**
** A pair of types is of one of nine sorts, by whether each is B (bool), I (integer) or F (float). Only from I to I and
** from F to I can a value fail to fit; for these there is a loop for each mode, the rest need but the plain one.
**
** An exact loop converts the whole block and remembers whether anything failed to fit: that keeps branches out of it.
** Only then are the items looked at one by one for the first that failed.
*/

/* The layout tool takes these macros, which are statements, for expressions. */
/* clang-format off */
#define CAST_GLUE(mode, from, to, set) cast_##mode##_##from##_##to##_##set
#define CAST_JOIN(mode, from, to, set) CAST_GLUE(mode, from, to, set)
#define CAST(mode, from, to) CAST_JOIN(mode, from, to, CAST_SET)
#define CAST_BASE(mode, from, to) CAST_JOIN(mode, from, to, base)
#define CAST_REST(mode, from, to) CAST_JOIN(mode, from, to, CAST_SET_REST)

#define CAST_HEAD(S, T)                                                    \
  const ti_lane_##S *restrict in = (const ti_lane_##S *)block->in[0];      \
  const ptrdiff_t stride = block->in_stride[0];                            \
  ti_lane_##T *restrict out = (ti_lane_##T *)block->out[0];                \
  const size_t n = block->n;
#define CAST_SIDE(S) (stride == (ptrdiff_t)sizeof(ti_lane_##S))
#define CAST_ANY(S) TINE_AT(ti_lane_##S, in, stride, i)

#define CAST_EACH(S, T, e, x)                           \
  for (size_t i = 0; i < n; i++) {                      \
    const ti_lane_##S a = TI_LANE_LOAD(S, x);           \
    out[i] = (ti_lane_##T)(e);                          \
  }

/* A conversion that cannot fail, for every set / compiled once. */
#define CAST_PLAIN(mode, S, T, e)                                                              \
  static int CAST(mode, S, T)(tine_block * block) {                                            \
    CAST_HEAD(S, T)                                                                            \
    if (CAST_SIDE(S))                                                                          \
      CAST_EACH(S, T, e, in[i])                                                                \
    else                                                                                       \
      CAST_GENERAL(CAST_EACH(S, T, e, CAST_ANY(S)), CAST_BASE(mode, S, T))                     \
    return 0;                                                                                  \
  }
#if CAST_IS_BASE
#define CAST_ONCE(mode, S, T, e)                                                               \
  static int CAST(mode, S, T)(tine_block * block) {                                            \
    CAST_HEAD(S, T)                                                                            \
    CAST_EACH(S, T, e, CAST_ANY(S))                                                            \
    return 0;                                                                                  \
  }
#else
#define CAST_ONCE(mode, S, T, e)
#endif

/* 'e' gives the item's result r and whether it fits; 'why' is the message where it does not. */
#define CAST_TRY(S, T, e, fits, x)                      \
  for (size_t i = 0; i < n; i++) {                      \
    const ti_lane_##S a = x;                            \
    const ti_lane_##T r = (ti_lane_##T)(e);             \
    bad |= (ti_bits_##S)(fits) ^ 1;                     \
    out[i] = r;                                         \
  }
#define CAST_EXACT(S, T, e, fits, why)                                                         \
  static int CAST(exact, S, T)(tine_block * block) {                                           \
    CAST_HEAD(S, T)                                                                            \
    ti_bits_##S bad = 0;                                                                       \
    if (CAST_SIDE(S))                                                                          \
      CAST_TRY(S, T, e, fits, in[i])                                                           \
    else                                                                                       \
      CAST_GENERAL(CAST_TRY(S, T, e, fits, CAST_ANY(S)), CAST_BASE(exact, S, T))               \
    for (size_t i = 0; bad != 0 && i < n; i++) {                                               \
      const ti_lane_##S a = CAST_ANY(S);                                                       \
      const ti_lane_##T r = (ti_lane_##T)(e);                                                  \
      if (!(fits))                                                                             \
        return tine_block_fail(block, TINE_EKERNEL, i, why);                                   \
    }                                                                                          \
    return 0;                                                                                  \
  }

/* The limits of type T, as the widest integers; and for a float S the least value above them. */
#define CAST_SIGNED(T) ((ti_lane_##T)-1 < (ti_lane_##T)1)
#define CAST_TOP(T) (UINT64_MAX >> (64 - 8 * sizeof(ti_lane_##T) + CAST_SIGNED(T)))
#define CAST_LOW(T) (CAST_SIGNED(T) ? -(int64_t)(CAST_TOP(T) & INT64_MAX) - 1 : 0)
#define CAST_ABOVE(S, T) ((ti_lane_##S)CAST_TOP(T) + 1)

/* Between integers: there and back gives the same, and the sign is kept. */
#define CAST_II_FITS(S, T) ((ti_lane_##S)r == a && (r < 1) == (a < 1))
#define CAST_II_CLAMP(S, T)                                                        \
  CAST_SIGNED(S) ? cast_clamp_signed((int64_t)a, CAST_LOW(T), CAST_TOP(T))         \
                 : cast_clamp_unsigned((uint64_t)a, CAST_TOP(T))

/* From floats: what lies outside the limits (NaN too) is not converted, since C leaves the result open. */
#define CAST_FI_INSIDE(S, T) (a >= (ti_lane_##S)CAST_LOW(T) && a < CAST_ABOVE(S, T))
#define CAST_FI_FITS(S, T) (CAST_FI_INSIDE(S, T) & ((ti_lane_##S)r == a))
#define CAST_FI_CLAMP(S, T)                                                                 \
  a >= CAST_ABOVE(S, T) ? (ti_lane_##T)CAST_TOP(T)                                          \
  : a >= (ti_lane_##S)CAST_LOW(T) ? (ti_lane_##T)(CAST_FI_INSIDE(S, T) ? a : 0)             \
  : a != a ? (ti_lane_##T)0                                                                 \
           : (ti_lane_##T)CAST_LOW(T)

#define CAST_I_F(S, T) CAST_PLAIN(wrap, S, T, a)
#define CAST_F_I(S, T)                                                                                 \
  CAST_ONCE(wrap, S, T, cast_float_wrap((double)a))                                                    \
  CAST_EXACT(S, T, CAST_FI_INSIDE(S, T) ? a : 0, CAST_FI_FITS(S, T), cast_float_misfit((double)a))     \
  CAST_PLAIN(clamp, S, T, CAST_FI_CLAMP(S, T))

#if CAST_HAS_REST
#define CAST_TEST(S, T) CAST_PLAIN(wrap, S, T, a != 0)
#define CAST_KEEP(S, T) CAST_PLAIN(wrap, S, T, a)
#define CAST_I_I(S, T)                                          \
  CAST_PLAIN(wrap, S, T, a)                                     \
  CAST_EXACT(S, T, a, CAST_II_FITS(S, T), "integer overflow")   \
  CAST_PLAIN(clamp, S, T, CAST_II_CLAMP(S, T))
#else
#define CAST_TEST(S, T)
#define CAST_KEEP(S, T)
#define CAST_I_I(S, T)
#endif
#define CAST_B_B CAST_KEEP
#define CAST_B_I CAST_KEEP
#define CAST_B_F CAST_KEEP
#define CAST_F_F CAST_KEEP
#define CAST_I_B CAST_TEST
#define CAST_F_B CAST_TEST

#define CAST_PAIR(S, ks, T, kt) CAST_##ks##_##kt(S, T)
CAST_EVERY_PAIR

#undef CAST_TEST
#undef CAST_KEEP
#undef CAST_I_I
#undef CAST_I_F
#undef CAST_F_I
#define CAST_ROW(S, T, exact, wrap, clamp) [TINE_##S][TINE_##T] = {exact, wrap, clamp},
#define CAST_TEST(S, T) CAST_ROW(S, T, CAST_REST(wrap, S, T), CAST_REST(wrap, S, T), CAST_REST(wrap, S, T))
#define CAST_KEEP CAST_TEST
#define CAST_I_I(S, T) CAST_ROW(S, T, CAST_REST(exact, S, T), CAST_REST(wrap, S, T), CAST_REST(clamp, S, T))
#define CAST_I_F(S, T) CAST_ROW(S, T, CAST(wrap, S, T), CAST(wrap, S, T), CAST(wrap, S, T))
#define CAST_F_I(S, T) CAST_ROW(S, T, CAST(exact, S, T), CAST_BASE(wrap, S, T), CAST(clamp, S, T))

static tine_kernel_fn *const CAST_JOIN(table, of, modes, CAST_SET)[TINE_DTYPE_END][TINE_DTYPE_END][3] = {
  CAST_EVERY_PAIR
};

#undef CAST_GLUE
#undef CAST_JOIN
#undef CAST
#undef CAST_BASE
#undef CAST_REST
#undef CAST_HEAD
#undef CAST_SIDE
#undef CAST_ANY
#undef CAST_EACH
#undef CAST_PLAIN
#undef CAST_ONCE
#undef CAST_TRY
#undef CAST_EXACT
#undef CAST_SIGNED
#undef CAST_TOP
#undef CAST_LOW
#undef CAST_ABOVE
#undef CAST_II_FITS
#undef CAST_II_CLAMP
#undef CAST_FI_INSIDE
#undef CAST_FI_FITS
#undef CAST_FI_CLAMP
#undef CAST_PAIR
#undef CAST_ROW
#undef CAST_TEST
#undef CAST_KEEP
#undef CAST_B_B
#undef CAST_B_I
#undef CAST_B_F
#undef CAST_I_B
#undef CAST_F_B
#undef CAST_I_F
#undef CAST_F_F
#undef CAST_I_I
#undef CAST_F_I
/* clang-format on */
