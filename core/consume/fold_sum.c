/*
** Sums and products of a cell, in TI_LANES lanes: lane j takes items j, j + 32, j + 64, ... in order, then neighbouring
** lanes are combined pairwise. The lanes are spelt out as vectors of the width the processor has, so that the order,
** and with it the bits, are ours and not the compiler's: wider registers only do more lanes at a time.
**
** A last, short cell leaves lanes empty. They hold the operation's true identity - minus zero for sums, since x + -0.0
** is x for every x - which gives the same bits as leaving them out. Integers wrap, as Lua's do.
*/
#include "fold.h"

#include <string.h>

_Static_assert(TI_LANES == 32, "the vectors below make up 32 lanes");

#if defined(__x86_64__) && defined(__GNUC__)
#define SUM_WIDE __attribute__((target("avx2")))
#define SUM_HAS_WIDE 1
#else
#define SUM_WIDE
#define SUM_HAS_WIDE 0
#endif

/* The pairwise end: neighbours, then neighbours of those. */
#define SUM_PAIRS(lanes, op)                             \
  for (unsigned width = TI_LANES; width > 1; width /= 2) \
    for (unsigned j = 0; j < width / 2; j++)             \
      lanes[j] = lanes[2 * j] op lanes[2 * j + 1];

/* The value of a cell, with vectors of 'bytes' bytes. */
#define SUM_CELL(name, attribute, type, bytes, op)                                                 \
  attribute static type name(const type *x, size_t n, type none) {                                 \
    typedef type vector __attribute__((vector_size(bytes)));                                       \
    typedef type anywhere __attribute__((vector_size(bytes), aligned(_Alignof(type)), may_alias)); \
    enum { each = (bytes) / sizeof(type), vectors = TI_LANES / each };                             \
    _Alignas(64) type lanes[TI_LANES];                                                             \
    vector v[vectors];                                                                             \
    size_t i = 0;                                                                                  \
    for (unsigned k = 0; k < TI_LANES; k++)                                                        \
      lanes[k] = none;                                                                             \
    memcpy(v, lanes, sizeof lanes);                                                                \
    for (; i + TI_LANES <= n; i += TI_LANES) {                                                     \
      const anywhere *row = (const anywhere *)(const void *)(x + i);                               \
      _Pragma("GCC unroll 16") for (unsigned k = 0; k < vectors; k++) v[k] = v[k] op row[k];       \
    }                                                                                              \
    memcpy(lanes, v, sizeof lanes);                                                                \
    for (size_t j = 0; i + j < n; j++)                                                             \
      lanes[j] = lanes[j] op x[i + j];                                                             \
    SUM_PAIRS(lanes, op)                                                                           \
    return lanes[0];                                                                               \
  }

#define SUM_BOTH(name, type, op)        \
  SUM_CELL(name##_base, , type, 16, op) \
  SUM_CELL(name##_wide, SUM_WIDE, type, 32, op)

SUM_BOTH(sum_lanes_f64, double, +)
SUM_BOTH(product_lanes_f64, double, *)
SUM_BOTH(sum_lanes_u64, uint64_t, +)
SUM_BOTH(product_lanes_u64, uint64_t, *)

static bool sum_wide(void) {
#if SUM_HAS_WIDE
  return __builtin_cpu_supports("avx2") != 0;
#else
  return false;
#endif
}

/* A fold from its lanes: the cell, and the plain operation on two accumulators. */
#define SUM_FOLD(name, lanes, member, none, op)                                                                      \
  static int name##_cell(const void *env, const void *items, size_t n, uint64_t first, ti_acc *out, char *message) { \
    (void)env, (void)first, (void)message;                                                                           \
    out->value.member = sum_wide() ? lanes##_wide(items, n, none) : lanes##_base(items, n, none);                    \
    out->n = n;                                                                                                      \
    return 0;                                                                                                        \
  }                                                                                                                  \
  static int name##_combine(const void *env, ti_acc *left, const ti_acc *right, char *message) {                     \
    (void)env, (void)message;                                                                                        \
    left->value.member = left->value.member op right->value.member;                                                  \
    left->n += right->n;                                                                                             \
    return 0;                                                                                                        \
  }                                                                                                                  \
  const ti_fold ti_fold_##name = {#name, name##_cell, name##_combine};

SUM_FOLD(sum_f64, sum_lanes_f64, f, -0.0, +)
SUM_FOLD(product_f64, product_lanes_f64, f, 1.0, *)
SUM_FOLD(sum_i64, sum_lanes_u64, u, 0, +)
SUM_FOLD(product_i64, product_lanes_u64, u, 1, *)

/* The pairs of SUM_PAIRS, two at a time: what was stored as vectors is read as such, which does not wait for memory. */
double ti_fold_lanes(const double *lanes) {
#if defined(__GNUC__)
  typedef double pair __attribute__((vector_size(16)));
  pair v[TI_LANES / 2];
  memcpy(v, lanes, sizeof v);
  _Pragma("GCC unroll 4") for (unsigned width = TI_LANES / 4; width > 0; width /= 2)
    _Pragma("GCC unroll 8") for (unsigned j = 0; j < width; j++)
      v[j] = __builtin_shufflevector(v[2 * j], v[2 * j + 1], 0, 2) +
             __builtin_shufflevector(v[2 * j], v[2 * j + 1], 1, 3);
  return v[0][0] + v[0][1];
#else
  double own[TI_LANES];
  memcpy(own, lanes, sizeof own);
  SUM_PAIRS(own, +)
  return own[0];
#endif
}

#undef SUM_FOLD
#undef SUM_BOTH
#undef SUM_CELL
#undef SUM_PAIRS
#undef SUM_WIDE
#undef SUM_HAS_WIDE
