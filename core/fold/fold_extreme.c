/*
** The smallest and the largest value, and where: the first of equals. NaN beats everything, the first NaN wins.
**
** One pass over a cell finds the value, in lanes, and whether there is a NaN. The place is what takes longer to find,
** and it is seldom wanted: for a value alone only where that is 0 or NaN, since -0.0 and 0.0 are equal and the first
** decides which of the two is reported; and for an index only in a cell that is better than whatever is known to stand
** before it ('best'). Any other cell cannot have the item that is looked for, so its place may be anything.
**
** Accumulator: value; argmin and argmax have extra.position and with.best besides, minmax the largest in extra.other.
*/
#include <math.h>

#include "fold_mask.h"

static bool extreme_wide(void) {
  return ti_simd_now() >= TI_SIMD_AVX2;
}

/* ----- The first place ----- */

/* The first place of 'value' in x, which is there; a row of items is asked without a branch between them. */
#define EXTREME_PLACE(name, attribute, type)                          \
  attribute static size_t name(const type *x, size_t n, type value) { \
    size_t i = 0;                                                     \
    for (uint64_t any = 0; i + TI_LANES <= n; i += TI_LANES) {        \
      for (size_t j = 0; j < TI_LANES; j++)                           \
        any |= (uint64_t)(x[i + j] == value);                         \
      if (any != 0)                                                   \
        break;                                                        \
    }                                                                 \
    while (i + 1 < n && x[i] != value)                                \
      i++;                                                            \
    return i;                                                         \
  }
#define EXTREME_PLACES(suffix, type)                                                  \
  EXTREME_PLACE(place_base_##suffix, , type)                                          \
  EXTREME_PLACE(place_wide_##suffix, TI_SIMD_AVX2_ONE, type)                          \
  static size_t place_##suffix(const type *x, size_t n, type value) {                 \
    return (extreme_wide() ? place_wide_##suffix : place_base_##suffix)(x, n, value); \
  }
EXTREME_PLACES(i64, int64_t)
EXTREME_PLACES(u64, uint64_t)
EXTREME_PLACES(f64, double)
#undef EXTREME_PLACES
#undef EXTREME_PLACE

/* The first NaN of x, which has one. (Foreign memory may have lost it meanwhile: then it is taken to be the last
   item.) */
static size_t extreme_nan(const double *x, size_t n) {
  size_t i = 0;
  while (i + 1 < n && x[i] == x[i])
    i++;
  return i;
}

/* ----- The value ----- */

/* How many lanes there are, and so who meets whom, makes no difference to it. 'least' is what everything beats, or is.
   '*odd' becomes whether there is a NaN, and then the value is anything. */
#define VALUE_BASE(name, type, least, better)                   \
  static type name##_base(const type *x, size_t n, bool *odd) { \
    enum { lanes = 8 };                                         \
    type lane[lanes];                                           \
    uint64_t any = 0;                                           \
    size_t i = 0;                                               \
    for (size_t j = 0; j < lanes; j++)                          \
      lane[j] = least;                                          \
    for (; i + lanes <= n; i += lanes)                          \
      for (size_t j = 0; j < lanes; j++)                        \
        lane[j] = x[i + j] better lane[j] ? x[i + j] : lane[j]; \
    for (; i < n; i++)                                          \
      lane[0] = x[i] better lane[0] ? x[i] : lane[0];           \
    for (size_t j = 1; j < lanes; j++)                          \
      lane[0] = lane[j] better lane[0] ? lane[j] : lane[0];     \
    for (i = 0; i < n; i++)                                     \
      any |= (uint64_t)(x[i] != x[i]); /* no integer is */      \
    *odd = any != 0;                                            \
    return lane[0];                                             \
  }

#if TI_SIMD_X86
/* Of an item and a lane the better one, the lane where they are equal or the item is a NaN; and is it? */
#define WIDE_F64(v) _mm256_castsi256_pd(v)
#define WIDE_LESS_F64(a, b) _mm256_castpd_si256(_mm256_min_pd(WIDE_F64(a), WIDE_F64(b)))
#define WIDE_MORE_F64(a, b) _mm256_castpd_si256(_mm256_max_pd(WIDE_F64(a), WIDE_F64(b)))
#define WIDE_ODD_F64(a) _mm256_castpd_si256(_mm256_cmp_pd(WIDE_F64(a), WIDE_F64(a), _CMP_UNORD_Q))
#define WIDE_LESS_I64(a, b) ti_fold_pick(_mm256_cmpgt_epi64(b, a), a, b)
#define WIDE_MORE_I64(a, b) ti_fold_pick(_mm256_cmpgt_epi64(a, b), a, b)
#define WIDE_ODD_I64(a) _mm256_setzero_si256()
/* There is a comparison for those with a sign alone. */
#define WIDE_SIGNED(a) _mm256_xor_si256(a, _mm256_set1_epi64x(INT64_MIN))
#define WIDE_LESS_U64(a, b) ti_fold_pick(_mm256_cmpgt_epi64(WIDE_SIGNED(b), WIDE_SIGNED(a)), a, b)
#define WIDE_MORE_U64(a, b) ti_fold_pick(_mm256_cmpgt_epi64(WIDE_SIGNED(a), WIDE_SIGNED(b)), a, b)
#define WIDE_ODD_U64 WIDE_ODD_I64

#define WIDE_ROW(load, how, T)                   \
  TI_FOLD_EACH_OF(k, TI_FOLD_VECTORS) {          \
    const __m256i a = load;                      \
    v[k] = WIDE_##how##_##T(a, v[k]);            \
    any = _mm256_or_si256(any, WIDE_ODD_##T(a)); \
  }
/* Of all n items, or of those with a bit. */
#define VALUE_WIDE(name, type, member, least, how, T)                                                  \
  TI_SIMD_AVX2_ONE static type name##_wide(const type *x, const uint64_t *bits, size_t n, bool *odd) { \
    const __m256i none = _mm256_set1_epi64x((ti_acc_word){.member = least}.i);                         \
    __m256i row, any = _mm256_setzero_si256(), v[TI_FOLD_VECTORS];                                     \
    ti_acc_word out;                                                                                   \
    size_t i = 0;                                                                                      \
    TI_FOLD_EACH_OF(k, TI_FOLD_VECTORS) v[k] = none;                                                   \
    for (; bits == NULL && i + TI_LANES <= n; i += TI_LANES)                                           \
      WIDE_ROW(ti_fold_load(x + i + (size_t)TI_FOLD_EACH * k), how, T)                                 \
    for (; bits != NULL && i + TI_LANES <= n; i += TI_LANES) {                                         \
      row = ti_fold_row(bits, i);                                                                      \
      WIDE_ROW(ti_fold_kept(x + i + (size_t)TI_FOLD_EACH * k, ti_fold_mask(row, k), none), how, T)     \
    }                                                                                                  \
    if (i < n) {                                                                                       \
      row = bits != NULL ? ti_fold_row(bits, i) : ti_fold_first(n - i);                                \
      WIDE_ROW(ti_fold_rest(x + i + (size_t)TI_FOLD_EACH * k, ti_fold_mask(row, k), none), how, T)     \
    }                                                                                                  \
    TI_FOLD_EACH_OF(k, 4) v[k] = WIDE_##how##_##T(v[k], v[k + 4]);                                     \
    v[0] = WIDE_##how##_##T(WIDE_##how##_##T(v[0], v[1]), WIDE_##how##_##T(v[2], v[3]));               \
    v[0] = WIDE_##how##_##T(v[0], _mm256_permute4x64_epi64(v[0], 0x4E));                               \
    v[0] = WIDE_##how##_##T(v[0], _mm256_permute4x64_epi64(v[0], 0xB1));                               \
    out.i = _mm256_extract_epi64(v[0], 0);                                                             \
    *odd = !_mm256_testz_si256(any, any);                                                              \
    return out.member;                                                                                 \
  }
#define EXTREME_VALUE(name, type, member, least, better, how, T)                                                       \
  VALUE_BASE(name, type, least, better)                                                                                \
  VALUE_WIDE(name, type, member, least, how, T)                                                                        \
  static type name(const type *x, size_t n, bool *odd) {                                                               \
    return extreme_wide() ? name##_wide(x, NULL, n, odd) : name##_base(x, n, odd);                                     \
  }                                                                                                                    \
  static type name##_kept(const type *x, const uint64_t *bits, size_t n, void *room, bool *odd) {                      \
    const ti_acc_word none = {.member = least};                                                                        \
    return extreme_wide() ? name##_wide(x, bits, n, odd) : name##_base(ti_fold_blend(x, bits, n, none, room), n, odd); \
  }
#else
#define EXTREME_VALUE(name, type, member, least, better, how, T)                                  \
  VALUE_BASE(name, type, least, better)                                                           \
  static type name(const type *x, size_t n, bool *odd) {                                          \
    return name##_base(x, n, odd);                                                                \
  }                                                                                               \
  static type name##_kept(const type *x, const uint64_t *bits, size_t n, void *room, bool *odd) { \
    const ti_acc_word none = {.member = least};                                                   \
    return name##_base(ti_fold_blend(x, bits, n, none, room), n, odd);                            \
  }
#endif

EXTREME_VALUE(least_i64, int64_t, i, INT64_MAX, <, LESS, I64)
EXTREME_VALUE(least_u64, uint64_t, u, UINT64_MAX, <, LESS, U64)
EXTREME_VALUE(least_f64, double, f, INFINITY, <, LESS, F64)
EXTREME_VALUE(largest_i64, int64_t, i, INT64_MIN, >, MORE, I64)
EXTREME_VALUE(largest_u64, uint64_t, u, 0, >, MORE, U64)
EXTREME_VALUE(largest_f64, double, f, -INFINITY, >, MORE, F64)

/* Is it known without its place how the value is reported? */
static bool known_f64(double value, bool odd) {
  return !odd && value != 0;
}
static bool known_whole(bool odd) {
  ti_assert(!odd);
  (void)odd;
  return true;
}
#define known_i64(value, odd) known_whole(odd)
#define known_u64(value, odd) known_whole(odd)

/* Where it is. */
static size_t at_f64(const double *x, size_t n, double value, bool odd) {
  return odd ? extreme_nan(x, n) : place_f64(x, n, value);
}
#define at_i64(x, n, value, odd) place_i64(x, n, value)
#define at_u64(x, n, value, odd) place_u64(x, n, value)

/* ----- The folds ----- */

#define EXTREME_FOLD(name, of, suffix, type, member, least, better)                                                  \
  static type name##_shown(const type *x, size_t n, type value, bool odd) {                                          \
    return known_##suffix(value, odd) ? value : x[at_##suffix(x, n, value, odd)];                                    \
  }                                                                                                                  \
  static type name##_kept(const type *x, const uint64_t *bits, size_t n, void *room) {                               \
    const ti_acc_word none = {.member = least};                                                                      \
    bool odd;                                                                                                        \
    const type value = of##_kept(x, bits, n, room, &odd);                                                            \
    return known_##suffix(value, odd) ? value : name##_shown(ti_fold_blend(x, bits, n, none, room), n, value, odd);  \
  }                                                                                                                  \
  static bool name##_beats(type value, bool odd, type best) {                                                        \
    return best == best && (odd || value better best);                                                               \
  }                                                                                                                  \
  static int name##_cell(const void *env, const void *items, size_t n, uint64_t first, ti_acc *out, char *message) { \
    bool odd;                                                                                                        \
    const type value = of(items, n, &odd);                                                                           \
    (void)env, (void)first, (void)message;                                                                           \
    out->value.member = name##_shown(items, n, value, odd);                                                          \
    return 0;                                                                                                        \
  }                                                                                                                  \
  static void name##_bits(const void *items, const uint64_t *bits, size_t n, size_t kept, void *room, ti_acc *out) { \
    ti_assert(kept > 0 && kept <= n && n <= TI_CELL);                                                                \
    (void)kept;                                                                                                      \
    out->value.member = name##_kept(items, bits, n, room);                                                           \
  }                                                                                                                  \
  static int name##_combine(const void *env, ti_acc *left, const ti_acc *right, char *message) {                     \
    const type r = right->value.member;                                                                              \
    (void)env, (void)message;                                                                                        \
    if (name##_beats(r, r != r, left->value.member))                                                                 \
      left->value = right->value;                                                                                    \
    return 0;                                                                                                        \
  }                                                                                                                  \
  const ti_fold ti_fold_##name = {#name, name##_cell, name##_combine, name##_bits, true, false};                     \
  static int arg##name##_cell(const void *env, const void *items, size_t n, uint64_t first, ti_acc *out,             \
                              char *message) {                                                                       \
    const type *const x = items;                                                                                     \
    bool odd;                                                                                                        \
    const type value = of(x, n, &odd);                                                                               \
    size_t at = 0;                                                                                                   \
    (void)env, (void)message;                                                                                        \
    out->value.member = value;                                                                                       \
    if (out->n == 0 || name##_beats(value, odd, out->with.best.member)) {                                            \
      at = at_##suffix(x, n, value, odd);                                                                            \
      out->value.member = out->with.best.member = x[at];                                                             \
    }                                                                                                                \
    out->extra.position = first + at;                                                                                \
    return 0;                                                                                                        \
  }                                                                                                                  \
  static int arg##name##_combine(const void *env, ti_acc *left, const ti_acc *right, char *message) {                \
    const type r = right->value.member, best = right->with.best.member;                                              \
    (void)env, (void)message;                                                                                        \
    if (name##_beats(r, r != r, left->value.member)) {                                                               \
      left->value = right->value;                                                                                    \
      left->extra = right->extra;                                                                                    \
    }                                                                                                                \
    if (name##_beats(best, best != best, left->with.best.member))                                                    \
      left->with.best.member = best;                                                                                 \
    return 0;                                                                                                        \
  }                                                                                                                  \
  const ti_fold ti_fold_arg##name = {"arg" #name, arg##name##_cell, arg##name##_combine, NULL, true, true};

#define MINMAX_FOLD(suffix, type, member)                                                                        \
  static int minmax_##suffix##_cell(const void *env, const void *items, size_t n, uint64_t first, ti_acc *out,   \
                                    char *message) {                                                             \
    ti_acc high;                                                                                                 \
    min_##suffix##_cell(env, items, n, first, out, message);                                                     \
    max_##suffix##_cell(env, items, n, first, &high, message);                                                   \
    out->extra.other = high.value;                                                                               \
    return 0;                                                                                                    \
  }                                                                                                              \
  static void minmax_##suffix##_bits(const void *items, const uint64_t *bits, size_t n, size_t kept, void *room, \
                                     ti_acc *out) {                                                              \
    ti_assert(kept > 0 && kept <= n && n <= TI_CELL);                                                            \
    (void)kept;                                                                                                  \
    out->value.member = min_##suffix##_kept(items, bits, n, room);                                               \
    out->extra.other.member = max_##suffix##_kept(items, bits, n, room);                                         \
  }                                                                                                              \
  static int minmax_##suffix##_combine(const void *env, ti_acc *left, const ti_acc *right, char *message) {      \
    const type low = right->value.member, high = right->extra.other.member;                                      \
    (void)env, (void)message;                                                                                    \
    if (min_##suffix##_beats(low, low != low, left->value.member))                                               \
      left->value = right->value;                                                                                \
    if (max_##suffix##_beats(high, high != high, left->extra.other.member))                                      \
      left->extra = right->extra;                                                                                \
    return 0;                                                                                                    \
  }                                                                                                              \
  const ti_fold ti_fold_minmax_##suffix = {                                                                      \
      "minmax", minmax_##suffix##_cell, minmax_##suffix##_combine, minmax_##suffix##_bits, true, false};

EXTREME_FOLD(min_i64, least_i64, i64, int64_t, i, INT64_MAX, <)
EXTREME_FOLD(min_u64, least_u64, u64, uint64_t, u, UINT64_MAX, <)
EXTREME_FOLD(min_f64, least_f64, f64, double, f, INFINITY, <)
EXTREME_FOLD(max_i64, largest_i64, i64, int64_t, i, INT64_MIN, >)
EXTREME_FOLD(max_u64, largest_u64, u64, uint64_t, u, 0, >)
EXTREME_FOLD(max_f64, largest_f64, f64, double, f, -INFINITY, >)
MINMAX_FOLD(i64, int64_t, i)
MINMAX_FOLD(u64, uint64_t, u)
MINMAX_FOLD(f64, double, f)

#undef MINMAX_FOLD
#undef EXTREME_FOLD
#undef EXTREME_VALUE
#undef VALUE_BASE
#if TI_SIMD_X86
#undef VALUE_WIDE
#undef WIDE_ROW
#undef WIDE_SIGNED
#endif
#undef known_i64
#undef known_u64
#undef at_i64
#undef at_u64
