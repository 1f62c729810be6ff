/*
** The smallest and the largest value, and where: the first of equals. NaN beats everything, the first NaN wins.
**
** A cell is gone over twice: once for the value alone, in lanes the compiler can vectorise, once for the first place
** that holds it, a row of items at a time; floats before that for a NaN. -0.0 and 0.0 are equal here, so the place
** decides which of the two is reported.
**
** Accumulator: value, extra.position; minmax has the largest in extra.other instead.
*/
#include "../kernel/simd.h"
#include "fold.h"

/* So many items are asked one question without a branch between them. */
enum { EXTREME_ROW = 32 };

static bool extreme_wide(void) {
  return ti_simd_now() >= TI_SIMD_AVX2;
}

/* The first place of 'value' in x, which is there. */
#define EXTREME_PLACE(name, attribute, type)                          \
  attribute static size_t name(const type *x, size_t n, type value) { \
    size_t i = 0;                                                     \
    for (uint64_t any = 0; i + EXTREME_ROW <= n; i += EXTREME_ROW) {  \
      for (size_t j = 0; j < EXTREME_ROW; j++)                        \
        any |= (uint64_t)(x[i + j] == value);                         \
      if (any != 0)                                                   \
        break;                                                        \
    }                                                                 \
    while (i + 1 < n && x[i] != value)                                \
      i++;                                                            \
    return i;                                                         \
  }
#define EXTREME_PLACES(type)                                                      \
  EXTREME_PLACE(place_base_##type, , type)                                        \
  EXTREME_PLACE(place_wide_##type, TI_SIMD_AVX2_ONE, type)                        \
  static size_t place_##type(const type *x, size_t n, type value) {               \
    return (extreme_wide() ? place_wide_##type : place_base_##type)(x, n, value); \
  }

/* Is any of x a NaN? */
#define EXTREME_ANY_NAN(name, attribute)                  \
  attribute static bool name(const double *x, size_t n) { \
    uint64_t any = 0;                                     \
    for (size_t j = 0; j < n; j++)                        \
      any |= (uint64_t)(x[j] != x[j]);                    \
    return any != 0;                                      \
  }
EXTREME_ANY_NAN(any_nan_base, )
EXTREME_ANY_NAN(any_nan_wide, TI_SIMD_AVX2_ONE)
#undef EXTREME_ANY_NAN

/* The first NaN of x, or n. (Foreign memory may have lost it meanwhile: then the last item is taken for it.) */
static size_t extreme_nan(const double *x, size_t n) {
  size_t i = 0;
  if (!(extreme_wide() ? any_nan_wide : any_nan_base)(x, n))
    return n;
  while (i + 1 < n && x[i] == x[i])
    i++;
  return i;
}

/* The value alone. How many lanes there are, and so who meets whom, makes no difference to it. */
#define EXTREME_VALUE(name, attribute, type, lanes, better)     \
  attribute static type name(const type *x, size_t n) {         \
    type lane[lanes];                                           \
    size_t i = lanes;                                           \
    for (size_t j = 0; j < lanes; j++)                          \
      lane[j] = x[j < n ? j : 0];                               \
    for (; i + lanes <= n; i += lanes)                          \
      for (size_t j = 0; j < lanes; j++)                        \
        lane[j] = x[i + j] better lane[j] ? x[i + j] : lane[j]; \
    for (; i < n; i++)                                          \
      lane[0] = x[i] better lane[0] ? x[i] : lane[0];           \
    for (size_t j = 1; j < lanes; j++)                          \
      lane[0] = lane[j] better lane[0] ? lane[j] : lane[0];     \
    return lane[0];                                             \
  }

#define EXTREME_FOLD(name, type, member, better, nan)                                                                \
  EXTREME_VALUE(name##_value_base, , type, 8, better)                                                                \
  EXTREME_VALUE(name##_value_wide, TI_SIMD_AVX2_ONE, type, EXTREME_ROW, better)                                      \
  static type name##_value(const type *x, size_t n) {                                                                \
    return (extreme_wide() ? name##_value_wide : name##_value_base)(x, n);                                           \
  }                                                                                                                  \
  static int name##_cell(const void *env, const void *items, size_t n, uint64_t first, ti_acc *out, char *message) { \
    const type *x = items;                                                                                           \
    size_t at = nan;                                                                                                 \
    (void)env, (void)message;                                                                                        \
    if (at == n)                                                                                                     \
      at = place_##type(x, n, name##_value(x, n));                                                                   \
    out->value.member = x[at];                                                                                       \
    out->extra.position = first + at;                                                                                \
    return 0;                                                                                                        \
  }                                                                                                                  \
  static int name##_combine(const void *env, ti_acc *left, const ti_acc *right, char *message) {                     \
    const type l = left->value.member, r = right->value.member;                                                      \
    (void)env, (void)message;                                                                                        \
    if (l == l && (r != r || r better l)) {                                                                          \
      left->value = right->value;                                                                                    \
      left->extra = right->extra;                                                                                    \
    }                                                                                                                \
    return 0;                                                                                                        \
  }                                                                                                                  \
  const ti_fold ti_fold_##name = {#name, name##_cell, name##_combine, NULL};

#define MINMAX_FOLD(suffix, type, member, nan)                                                                 \
  static int minmax_##suffix##_cell(const void *env, const void *items, size_t n, uint64_t first, ti_acc *out, \
                                    char *message) {                                                           \
    const type *x = items;                                                                                     \
    const size_t at = nan;                                                                                     \
    const size_t low = at < n ? at : place_##type(x, n, min_##suffix##_value(x, n));                           \
    const size_t high = at < n ? at : place_##type(x, n, max_##suffix##_value(x, n));                          \
    (void)env, (void)first, (void)message;                                                                     \
    out->value.member = x[low];                                                                                \
    out->extra.other.member = x[high];                                                                         \
    return 0;                                                                                                  \
  }                                                                                                            \
  static int minmax_##suffix##_combine(const void *env, ti_acc *left, const ti_acc *right, char *message) {    \
    const type l = left->value.member, r = right->value.member;                                                \
    (void)env, (void)message;                                                                                  \
    if (l == l && (r != r || r < l))                                                                           \
      left->value = right->value;                                                                              \
    if (l == l && (r != r || right->extra.other.member > left->extra.other.member))                            \
      left->extra = right->extra;                                                                              \
    return 0;                                                                                                  \
  }                                                                                                            \
  const ti_fold ti_fold_minmax_##suffix = {"minmax", minmax_##suffix##_cell, minmax_##suffix##_combine, NULL};

/* All of one type; 'nan' is where the items x have a NaN, n if nowhere. */
#define EXTREME_FOLDS(suffix, type, member, nan)   \
  EXTREME_PLACES(type)                             \
  EXTREME_FOLD(min_##suffix, type, member, <, nan) \
  EXTREME_FOLD(max_##suffix, type, member, >, nan) \
  MINMAX_FOLD(suffix, type, member, nan)

EXTREME_FOLDS(i64, int64_t, i, n)
EXTREME_FOLDS(u64, uint64_t, u, n)
EXTREME_FOLDS(f64, double, f, extreme_nan(x, n))

#undef EXTREME_FOLDS
#undef MINMAX_FOLD
#undef EXTREME_FOLD
#undef EXTREME_VALUE
#undef EXTREME_PLACES
#undef EXTREME_PLACE
