/*
** Predicates that answer in bits; see predicate.h. What an instruction set compares, it compares as the kernel's own
** loop does: the orders of C, in which nothing but 'ne' holds for a NaN.
*/
#include "predicate.h"

#include <string.h>

#include "../kernel/simd.h"

#if TI_SIMD_X86
#include <immintrin.h>

/* All words of a block: 'word' compares 64 items from x on. What is left at the end is compared in a copy. */
#define PREDICATE(name, type, vector, all, word)                                          \
  static size_t name(const void *items, const void *constant, size_t n, uint64_t *bits) { \
    const type *x = items;                                                                \
    const vector c = all(*(const type *)constant);                                        \
    size_t kept = 0;                                                                      \
    for (; n >= 64; n -= 64, x += 64) {                                                   \
      const uint64_t w = word(x, c);                                                      \
      *bits++ = w;                                                                        \
      kept += (unsigned)__builtin_popcountll(w);                                          \
    }                                                                                     \
    if (n > 0) {                                                                          \
      type rest[64] = {0};                                                                \
      memcpy(rest, x, n * sizeof *x);                                                     \
      *bits = word(rest, c) & ((UINT64_C(1) << n) - 1);                                   \
      kept += (unsigned)__builtin_popcountll(*bits);                                      \
    }                                                                                     \
    return kept;                                                                          \
  }

/* Fetches what lies a block further on. */
#define PREDICATE_FETCH(x) TI_SIMD_FETCH(x, TI_BLOCK * sizeof *(x))

/* The comparisons: a kernel, what it is with its inputs the other way round, and how instructions call it. */
#define PREDICATE_LIST(X)               \
  X(lt, gt, _CMP_LT_OQ, _MM_CMPINT_LT)  \
  X(le, ge, _CMP_LE_OQ, _MM_CMPINT_LE)  \
  X(gt, lt, _CMP_GT_OQ, _MM_CMPINT_NLE) \
  X(ge, le, _CMP_GE_OQ, _MM_CMPINT_NLT) \
  X(eq, eq, _CMP_EQ_OQ, _MM_CMPINT_EQ)  \
  X(ne, ne, _CMP_NEQ_UQ, _MM_CMPINT_NE)

TI_SIMD_AVX512_BEGIN
#define PREDICATE_WORD(name, type, vector, load, compare, how)     \
  static inline uint64_t name(const type *x, vector c) {           \
    uint64_t w = 0;                                                \
    _Pragma("GCC unroll 8") for (unsigned g = 0; g < 64; g += 8) { \
      PREDICATE_FETCH(x + g);                                      \
      w |= (uint64_t)compare(load(x + g), c, how) << g;            \
    }                                                              \
    return w;                                                      \
  }
#define PREDICATE_FULL(op, turned, real, whole)                                                            \
  PREDICATE_WORD(op##_f64_word_avx512, double, __m512d, _mm512_loadu_pd, _mm512_cmp_pd_mask, real)         \
  PREDICATE_WORD(op##_i64_word_avx512, int64_t, __m512i, _mm512_loadu_si512, _mm512_cmp_epi64_mask, whole) \
  PREDICATE(predicate_##op##_f64_avx512, double, __m512d, _mm512_set1_pd, op##_f64_word_avx512)            \
  PREDICATE(predicate_##op##_i64_avx512, int64_t, __m512i, _mm512_set1_epi64, op##_i64_word_avx512)
PREDICATE_LIST(PREDICATE_FULL)
#undef PREDICATE_FULL
#undef PREDICATE_WORD
TI_SIMD_STOP

TI_SIMD_AVX2_BEGIN
#define PREDICATE_HALF(op, turned, real, whole)                                                         \
  static inline uint64_t op##_f64_word_avx2(const double *x, __m256d c) {                               \
    uint64_t w = 0;                                                                                     \
    _Pragma("GCC unroll 16") for (unsigned g = 0; g < 64; g += 4) {                                     \
      if (g % 8 == 0)                                                                                   \
        PREDICATE_FETCH(x + g);                                                                         \
      w |= (uint64_t)(unsigned)_mm256_movemask_pd(_mm256_cmp_pd(_mm256_loadu_pd(x + g), c, real)) << g; \
    }                                                                                                   \
    return w;                                                                                           \
  }                                                                                                     \
  PREDICATE(predicate_##op##_f64_avx2, double, __m256d, _mm256_set1_pd, op##_f64_word_avx2)
PREDICATE_LIST(PREDICATE_HALF)
#undef PREDICATE_HALF
TI_SIMD_STOP
#undef PREDICATE
#undef PREDICATE_FETCH

/* A kernel, its name with its inputs the other way round, and its loops. */
typedef struct predicate_row {
  const char *name, *turned;
  ti_predicate_fn *f64_avx2, *f64_avx512, *i64_avx512;
} predicate_row;
#define ROW(op, turned, real, whole) \
  {#op, #turned, predicate_##op##_f64_avx2, predicate_##op##_f64_avx512, predicate_##op##_i64_avx512},
static const predicate_row predicate_rows[] = {PREDICATE_LIST(ROW)};
#undef ROW
#undef PREDICATE_LIST

static ti_predicate_fn *predicate_find(const char *name, bool turned, tine_dtype dtype, unsigned simd) {
  for (size_t i = 0; i < sizeof predicate_rows / sizeof *predicate_rows; i++) {
    const predicate_row *r = &predicate_rows[i];
    if (strcmp(turned ? r->turned : r->name, name) != 0)
      continue;
    if (simd == TI_SIMD_AVX512)
      return dtype == TINE_F64 ? r->f64_avx512 : dtype == TINE_I64 ? r->i64_avx512 : NULL;
    return simd == TI_SIMD_AVX2 && dtype == TINE_F64 ? r->f64_avx2 : NULL;
  }
  return NULL;
}
#endif

ti_predicate ti_predicate_variant(const ti_apply *apply, unsigned simd) {
  ti_predicate p = {NULL, 0, NULL};
#if TI_SIMD_X86
  const ti_signature *s = apply->binding.signature;
  unsigned k;
  if (apply->kernel == NULL || !apply->kernel->builtin || apply->inputs != 2 || s->in[0] != s->in[1])
    return p;
  k = apply->column[0] >= 0 ? 0 : 1; /* the input that is a column */
  if (apply->column[k] < 0 || apply->column[1 - k] >= 0 || apply->binding.cast[k] != NULL)
    return p;
  p.column = apply->column[k];
  p.constant = apply->binding.constant[1 - k];
  p.run = predicate_find(tine_kernel_name(apply->kernel), k == 1, s->in[0], simd);
#else
  (void)apply, (void)simd;
#endif
  return p;
}
