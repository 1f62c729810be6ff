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

#include "fold_mask.h"

_Static_assert(TI_LANES == 32, "the vectors below make up 32 lanes");

/* The value of a cell, with vectors of 'bytes' bytes: of items of that type, or of another that it holds. The pairwise
   end: neighbours, then neighbours of those. */
#define SUM_CELL(name, attribute, type, bytes, op, item)                                  \
  attribute static type name(const item *x, size_t n, type none) {                        \
    enum { each = (bytes) / sizeof(type), vectors = TI_LANES / each };                    \
    typedef type vector __attribute__((vector_size(bytes)));                              \
    typedef item few __attribute__((vector_size((bytes) / sizeof(type) * sizeof(item)))); \
    typedef few anywhere __attribute__((aligned(_Alignof(item)), may_alias));             \
    _Alignas(64) type lanes[TI_LANES];                                                    \
    vector v[vectors];                                                                    \
    size_t i = 0;                                                                         \
    for (unsigned k = 0; k < TI_LANES; k++)                                               \
      lanes[k] = none;                                                                    \
    memcpy(v, lanes, sizeof lanes);                                                       \
    for (; i + TI_LANES <= n; i += TI_LANES) {                                            \
      const anywhere *row = (const anywhere *)(const void *)(x + i);                      \
      _Pragma("GCC unroll 16") for (unsigned k = 0; k < vectors; k++) v[k] =              \
          v[k] op __builtin_convertvector((few)row[k], vector);                           \
    }                                                                                     \
    memcpy(lanes, v, sizeof lanes);                                                       \
    for (size_t j = 0; i + j < n; j++)                                                    \
      lanes[j] = lanes[j] op x[i + j];                                                    \
    for (unsigned width = TI_LANES; width > 1; width /= 2)                                \
      for (unsigned j = 0; j < width / 2; j++)                                            \
        lanes[j] = lanes[2 * j] op lanes[2 * j + 1];                                      \
    return lanes[0];                                                                      \
  }

#if TI_SIMD_X86
#define SUM_BOTH(name, type, op, item)        \
  SUM_CELL(name##_base, , type, 16, op, item) \
  SUM_CELL(name##_wide, TI_SIMD_AVX2_ONE, type, 32, op, item)
#else
#define SUM_BOTH(name, type, op, item) SUM_CELL(name##_base, , type, 16, op, item)
#endif

SUM_BOTH(sum_lanes_f64, double, +, double)
SUM_BOTH(product_lanes_f64, double, *, double)
SUM_BOTH(sum_lanes_u64, uint64_t, +, uint64_t)
SUM_BOTH(product_lanes_u64, uint64_t, *, uint64_t)
SUM_BOTH(sum_lanes_f32, double, +, float)

#if TI_SIMD_X86
/* The same with all lanes in four registers: what is left of a short cell is loaded under a mask, so that how much it
   is costs nothing (above a filter every cell is short), and lanes are combined where they are. */
#define SUM_FULL(name, type, vector, load, permute, op)                         \
  static type name##_full(const type *x, size_t n, type none) {                 \
    const __m512i even = _mm512_set_epi64(14, 12, 10, 8, 6, 4, 2, 0);           \
    const __m512i odd = _mm512_set_epi64(15, 13, 11, 9, 7, 5, 3, 1);            \
    const vector empty = {none, none, none, none, none, none, none, none};      \
    const uint32_t left = (UINT32_C(1) << n % TI_LANES) - 1;                    \
    vector v[4] = {empty, empty, empty, empty};                                 \
    for (const type *end = x + n / TI_LANES * TI_LANES; x < end; x += TI_LANES) \
      _Pragma("GCC unroll 4") for (unsigned k = 0; k < 4; k++) {                \
        TI_SIMD_FETCH(x + (size_t)8 * k, TI_CELL * sizeof *x);                  \
        v[k] = v[k] op load(empty, 0xFF, x + (size_t)8 * k);                    \
      }                                                                         \
    _Pragma("GCC unroll 4") for (unsigned k = 0; k < 4; k++) v[k] =             \
        v[k] op load(empty, (__mmask8)(left >> 8 * k), x + (size_t)8 * k);      \
    v[0] = permute(v[0], even, v[1]) op permute(v[0], odd, v[1]);               \
    v[1] = permute(v[2], even, v[3]) op permute(v[2], odd, v[3]);               \
    v[0] = permute(v[0], even, v[1]) op permute(v[0], odd, v[1]);               \
    for (unsigned k = 0; k < 3; k++)                                            \
      v[0] = permute(v[0], even, v[0]) op permute(v[0], odd, v[0]);             \
    return v[0][0];                                                             \
  }

typedef uint64_t sum_words __attribute__((vector_size(64)));
#define SUM_LOAD_WORDS(empty, mask, p) ((sum_words)_mm512_mask_loadu_epi64((__m512i)(empty), mask, p))
#define SUM_PERMUTE_WORDS(a, i, b) ((sum_words)_mm512_permutex2var_epi64((__m512i)(a), i, (__m512i)(b)))

TI_SIMD_AVX512_BEGIN
SUM_FULL(sum_lanes_f64, double, __m512d, _mm512_mask_loadu_pd, _mm512_permutex2var_pd, +)
SUM_FULL(product_lanes_f64, double, __m512d, _mm512_mask_loadu_pd, _mm512_permutex2var_pd, *)
SUM_FULL(sum_lanes_u64, uint64_t, sum_words, SUM_LOAD_WORDS, SUM_PERMUTE_WORDS, +)
SUM_FULL(product_lanes_u64, uint64_t, sum_words, SUM_LOAD_WORDS, SUM_PERMUTE_WORDS, *)
TI_SIMD_STOP
#define SUM_CALL(simd, lanes, x, n, none)              \
  ((simd) >= TI_SIMD_AVX512 ? lanes##_full(x, n, none) \
   : (simd) >= TI_SIMD_AVX2 ? lanes##_wide(x, n, none) \
                            : lanes##_base(x, n, none))
#else
#define SUM_CALL(simd, lanes, x, n, none) ((void)(simd), lanes##_base(x, n, none))
#endif

/* ----- Of those with a bit ----- */

#if TI_SIMD_X86
TI_SIMD_AVX512_BEGIN
/* As sum_lanes_f64_full, a byte of the bits being the mask of eight lanes; those after the last item are 0. */
static double sum_bits_full(const double *x, const uint64_t *bits, size_t n) {
  const __m512i even = _mm512_set_epi64(14, 12, 10, 8, 6, 4, 2, 0), odd = _mm512_set_epi64(15, 13, 11, 9, 7, 5, 3, 1);
  const __m512d empty = _mm512_set1_pd(TI_FOLD_NONE);
  __m512d v[4] = {empty, empty, empty, empty};
  for (size_t i = 0; i < n; i += TI_LANES) {
    const uint32_t kept = (uint32_t)(bits[i / 64] >> i % 64);
    _Pragma("GCC unroll 4") for (unsigned k = 0; k < 4; k++) v[k] =
        v[k] + _mm512_mask_loadu_pd(empty, (__mmask8)(kept >> 8 * k), x + i + (size_t)8 * k);
  }
  v[0] = _mm512_permutex2var_pd(v[0], even, v[1]) + _mm512_permutex2var_pd(v[0], odd, v[1]);
  v[1] = _mm512_permutex2var_pd(v[2], even, v[3]) + _mm512_permutex2var_pd(v[2], odd, v[3]);
  v[0] = _mm512_permutex2var_pd(v[0], even, v[1]) + _mm512_permutex2var_pd(v[0], odd, v[1]);
  for (unsigned k = 0; k < 3; k++)
    v[0] = _mm512_permutex2var_pd(v[0], even, v[0]) + _mm512_permutex2var_pd(v[0], odd, v[0]);
  return v[0][0];
}
TI_SIMD_STOP

/* As SUM_CELL of what ti_fold_blend makes, without making it. */
#define SUM_ROW(vector, item, op)     \
  TI_FOLD_EACH_OF(k, TI_FOLD_VECTORS) \
  v[k] = v[k] op(vector) item(x + i + (size_t)TI_FOLD_EACH * k, ti_fold_mask(row, k), (__m256i)empty);
#define SUM_KEPT(name, type, vector, none, op)                                                  \
  TI_SIMD_AVX2_ONE static type name##_kept(const void *items, const uint64_t *bits, size_t n) { \
    const type *x = items;                                                                      \
    const vector empty = {none, none, none, none};                                              \
    vector v[TI_FOLD_VECTORS];                                                                  \
    _Alignas(64) type lanes[TI_LANES];                                                          \
    __m256i row;                                                                                \
    size_t i = 0;                                                                               \
    TI_FOLD_EACH_OF(k, TI_FOLD_VECTORS) v[k] = empty;                                           \
    for (; i + TI_LANES <= n; i += TI_LANES) {                                                  \
      row = ti_fold_row(bits, i);                                                               \
      SUM_ROW(vector, ti_fold_kept, op)                                                         \
    }                                                                                           \
    if (i < n) {                                                                                \
      row = ti_fold_row(bits, i);                                                               \
      SUM_ROW(vector, ti_fold_rest, op)                                                         \
    }                                                                                           \
    memcpy(lanes, v, sizeof lanes);                                                             \
    for (unsigned width = TI_LANES; width > 1; width /= 2)                                      \
      for (unsigned j = 0; j < width / 2; j++)                                                  \
        lanes[j] = lanes[2 * j] op lanes[2 * j + 1];                                            \
    return lanes[0];                                                                            \
  }

typedef uint64_t sum_four __attribute__((vector_size(32)));
SUM_KEPT(sum_lanes_f64, double, __m256d, TI_FOLD_NONE, +)
SUM_KEPT(product_lanes_f64, double, __m256d, 1.0, *)
SUM_KEPT(sum_lanes_u64, uint64_t, sum_four, 0, +)
SUM_KEPT(product_lanes_u64, uint64_t, sum_four, 1, *)
#undef SUM_KEPT
#undef SUM_ROW
#define SUM_KEPT_CALL(simd, lanes, items, bits, n, none, member, room) \
  ((simd) >= TI_SIMD_AVX2 ? lanes##_kept(items, bits, n)               \
                          : lanes##_base(ti_fold_blend(items, bits, n, (ti_acc_word){.member = none}, room), n, none))
#define SUM_KEPT_F64(simd, lanes, items, bits, n, none, member, room) \
  ((simd) >= TI_SIMD_AVX512 ? sum_bits_full(items, bits, n)           \
                            : SUM_KEPT_CALL(simd, lanes, items, bits, n, none, member, room))
#else
#define SUM_KEPT_CALL(simd, lanes, items, bits, n, none, member, room) \
  ((void)(simd), lanes##_base(ti_fold_blend(items, bits, n, (ti_acc_word){.member = none}, room), n, none))
#define SUM_KEPT_F64 SUM_KEPT_CALL
#endif

/* A fold from its lanes: the cell, and the plain operation on two accumulators. What has no bit is 'none'. */
#define SUM_FOLD(name, lanes, member, none_, op, kept_call, by_rank)                                                 \
  static int name##_cell(const void *env, const void *items, size_t n, uint64_t first, ti_acc *out, char *message) { \
    const unsigned simd = ti_simd_now();                                                                             \
    (void)env, (void)first, (void)message;                                                                           \
    out->value.member = SUM_CALL(simd, lanes, items, n, none_);                                                      \
    return 0;                                                                                                        \
  }                                                                                                                  \
  static void name##_bits(const void *items, const uint64_t *bits, size_t n, size_t kept, void *room, ti_acc *out) { \
    const unsigned simd = ti_simd_now();                                                                             \
    ti_assert(kept > 0 && kept <= n && n <= TI_CELL && (n % 64 == 0 || bits[n / 64] >> n % 64 == 0));                \
    (void)kept;                                                                                                      \
    out->value.member = kept_call(simd, lanes, items, bits, n, none_, member, room);                                 \
  }                                                                                                                  \
  static int name##_combine(const void *env, ti_acc *left, const ti_acc *right, char *message) {                     \
    (void)env, (void)message;                                                                                        \
    left->value.member = left->value.member op right->value.member;                                                  \
    return 0;                                                                                                        \
  }                                                                                                                  \
  const ti_fold ti_fold_##name = {#name, name##_cell, name##_combine, name##_bits, by_rank, false};

void ti_fold_places(const ti_fold *fold, double *room, const uint16_t *offset, size_t n, ti_acc *out) {
  const size_t places = (size_t)offset[n - 1] + 1;
  uint64_t bits[(TI_CELL + 63) / 64] = {0};
  ti_assert(n > 0 && places <= TI_CELL && n <= places && fold->bits != NULL);
  for (size_t i = n; i < places; i++)
    room[i] = 0;                 /* something, where no item comes to */
  for (size_t i = n; i-- > 0;) { /* from the last on, since no place is before its item */
    const double item = room[i];
    room[offset[i]] = item;
    bits[offset[i] / 64] |= UINT64_C(1) << offset[i] % 64;
  }
  fold->bits(room, bits, places, n, room, out);
}

SUM_FOLD(sum_f64, sum_lanes_f64, f, TI_FOLD_NONE, +, SUM_KEPT_F64, false)
SUM_FOLD(product_f64, product_lanes_f64, f, 1.0, *, SUM_KEPT_CALL, false)
SUM_FOLD(sum_i64, sum_lanes_u64, u, 0, +, SUM_KEPT_CALL, true) /* any order gives the same */
SUM_FOLD(product_i64, product_lanes_u64, u, 1, *, SUM_KEPT_CALL, true)

/* Of f32, as if they were f64: no cell of those is stored. */
static int sum_f32_cell(const void *env, const void *items, size_t n, uint64_t first, ti_acc *out, char *message) {
  (void)env, (void)first, (void)message;
#if TI_SIMD_X86
  if (ti_simd_now() >= TI_SIMD_AVX2) {
    out->value.f = sum_lanes_f32_wide(items, n, TI_FOLD_NONE);
    return 0;
  }
#endif
  out->value.f = sum_lanes_f32_base(items, n, TI_FOLD_NONE);
  return 0;
}
const ti_fold ti_fold_sum_f32 = {"sum", sum_f32_cell, sum_f64_combine, NULL, false, false};

/* The pairs of SUM_CELL, two at a time: what was stored as vectors is read as such, which does not wait for memory. */
double ti_fold_lanes(const double *lanes) {
  typedef double pair __attribute__((vector_size(16)));
  pair v[TI_LANES / 2];
  memcpy(v, lanes, sizeof v);
  _Pragma("GCC unroll 4") for (unsigned width = TI_LANES / 4; width > 0; width /= 2)
      _Pragma("GCC unroll 8") for (unsigned j = 0; j < width; j++) v[j] =
          __builtin_shufflevector(v[2 * j], v[2 * j + 1], 0, 2) + __builtin_shufflevector(v[2 * j], v[2 * j + 1], 1, 3);
  return v[0][0] + v[0][1];
}

#undef SUM_FOLD
#undef SUM_BOTH
#undef SUM_CELL
#undef SUM_CALL
#undef SUM_KEPT_CALL
#undef SUM_KEPT_F64
#undef SUM_FULL
#undef SUM_LOAD_WORDS
#undef SUM_PERMUTE_WORDS
