/*
** The smallest and the largest value, and where: the first of equals. NaN beats everything, the first NaN wins.
**
** A cell is gone over twice: once for the value alone, in lanes the compiler can vectorise, once for the first place
** that holds it. -0.0 and 0.0 are equal here, so the place decides which of the two is reported.
**
** Accumulator: value, extra.position, n; minmax has the largest in extra.other instead.
*/
#include "fold.h"

/* The first place of 'value' in x, which is there. */
#define EXTREME_PLACE(type)                                         \
  static size_t place_##type(const type *x, size_t n, type value) { \
    size_t i = 0;                                                   \
    while (i + 1 < n && x[i] != value)                              \
      i++;                                                          \
    return i;                                                       \
  }
EXTREME_PLACE(int64_t)
EXTREME_PLACE(uint64_t)
EXTREME_PLACE(double)
#undef EXTREME_PLACE

/* The first NaN of x, or n. The lanes answer "is there any" without a branch for each item. */
static size_t extreme_nan(const double *x, size_t n) {
  uint64_t any = 0;
  size_t i = 0;
  for (size_t j = 0; j < n; j++)
    any |= (uint64_t)(x[j] != x[j]);
  if (any == 0)
    return n;
  while (x[i] == x[i])
    i++;
  return i;
}

#define EXTREME_FOLD(name, type, member, better, nan)                                                                \
  static type name##_value(const type *x, size_t n) {                                                                \
    type lane[8];                                                                                                    \
    size_t i = 8;                                                                                                    \
    for (size_t j = 0; j < 8; j++)                                                                                   \
      lane[j] = x[j < n ? j : 0];                                                                                    \
    for (; i + 8 <= n; i += 8)                                                                                       \
      for (size_t j = 0; j < 8; j++)                                                                                 \
        lane[j] = x[i + j] better lane[j] ? x[i + j] : lane[j];                                                      \
    for (; i < n; i++)                                                                                               \
      lane[0] = x[i] better lane[0] ? x[i] : lane[0];                                                                \
    for (size_t j = 1; j < 8; j++)                                                                                   \
      lane[0] = lane[j] better lane[0] ? lane[j] : lane[0];                                                          \
    return lane[0];                                                                                                  \
  }                                                                                                                  \
  static int name##_cell(const void *env, const void *items, size_t n, uint64_t first, ti_acc *out, char *message) { \
    const type *x = items;                                                                                           \
    size_t at = nan;                                                                                                 \
    (void)env, (void)message;                                                                                        \
    if (at == n)                                                                                                     \
      at = place_##type(x, n, name##_value(x, n));                                                                   \
    out->value.member = x[at];                                                                                       \
    out->extra.position = first + at;                                                                                \
    out->n = n;                                                                                                      \
    return 0;                                                                                                        \
  }                                                                                                                  \
  static int name##_combine(const void *env, ti_acc *left, const ti_acc *right, char *message) {                     \
    const type l = left->value.member, r = right->value.member;                                                      \
    (void)env, (void)message;                                                                                        \
    if (l == l && (r != r || r better l)) {                                                                          \
      left->value = right->value;                                                                                    \
      left->extra = right->extra;                                                                                    \
    }                                                                                                                \
    left->n += right->n;                                                                                             \
    return 0;                                                                                                        \
  }                                                                                                                  \
  const ti_fold ti_fold_##name = {#name, name##_cell, name##_combine};

EXTREME_FOLD(min_i64, int64_t, i, <, n)
EXTREME_FOLD(max_i64, int64_t, i, >, n)
EXTREME_FOLD(min_u64, uint64_t, u, <, n)
EXTREME_FOLD(max_u64, uint64_t, u, >, n)
EXTREME_FOLD(min_f64, double, f, <, extreme_nan(x, n))
EXTREME_FOLD(max_f64, double, f, >, extreme_nan(x, n))

#undef EXTREME_FOLD

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
    out->n = n;                                                                                                \
    return 0;                                                                                                  \
  }                                                                                                            \
  static int minmax_##suffix##_combine(const void *env, ti_acc *left, const ti_acc *right, char *message) {    \
    const type l = left->value.member, r = right->value.member;                                                \
    (void)env, (void)message;                                                                                  \
    if (l == l && (r != r || r < l))                                                                           \
      left->value = right->value;                                                                              \
    if (l == l && (r != r || right->extra.other.member > left->extra.other.member))                            \
      left->extra = right->extra;                                                                              \
    left->n += right->n;                                                                                       \
    return 0;                                                                                                  \
  }                                                                                                            \
  const ti_fold ti_fold_minmax_##suffix = {"minmax", minmax_##suffix##_cell, minmax_##suffix##_combine};

MINMAX_FOLD(i64, int64_t, i, n)
MINMAX_FOLD(u64, uint64_t, u, n)
MINMAX_FOLD(f64, double, f, extreme_nan(x, n))

#undef MINMAX_FOLD
