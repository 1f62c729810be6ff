/*
** random: numbers uniform in [0, 1). Item i is a function of seed and i alone, fixed for ever:
**
**     Philox4x32-10 (philox.h) with key (low half, high half of the seed) and counter (low half, high half of i / 2,
**     0, 0) gives words w0 to w3. u = w0 + 2^32 w1 where i is even, w2 + 2^32 w3 where it is odd. Item i is
**     (u >> 11) * 2^-53.
*/
#include "../kernel/simd.h"
#include "../stage/stage.h"
#include "philox.h"

#include <string.h>

typedef struct random_stage {
  tine_pipeline stage;
  uint64_t seed;
} random_stage;

enum { RANDOM_AT_ONCE = 2 * TI_PHILOX_LANES };

/* The items of RANDOM_AT_ONCE, two for each counter from 'counter' on. (u >> 11) * 2^-53 without an instruction that
   converts 64 bits, which few processors have for vectors: 32 bits become the fraction of 2^52, 21 bits that of 2^84,
   and every step is exact. */
#define RANDOM_ITEMS(set, attribute)                                                                     \
  attribute static void random_double_##set(const uint64_t *restrict low, const uint64_t *restrict high, \
                                            double *restrict out) {                                      \
    for (size_t i = 0; i < TI_PHILOX_LANES; i++) {                                                       \
      const uint64_t u = (low[i] | high[i] << 32) >> 11;                                                 \
      const uint64_t a = (u & 0xffffffffu) | UINT64_C(0x4330000000000000);                               \
      const uint64_t b = u >> 32 | UINT64_C(0x4530000000000000);                                         \
      double x, y;                                                                                       \
      memcpy(&x, &a, sizeof x);                                                                          \
      memcpy(&y, &b, sizeof y);                                                                          \
      out[i] = (x + (y - (0x1p84 + 0x1p52))) * 0x1p-53;                                                  \
    }                                                                                                    \
  }                                                                                                      \
  attribute static void random_items_##set(uint64_t seed, uint64_t counter, double *restrict out) {      \
    double even[TI_PHILOX_LANES], odd[TI_PHILOX_LANES];                                                  \
    ti_philox bits;                                                                                      \
    for (size_t i = 0; i < TI_PHILOX_LANES; i++) {                                                       \
      bits.word[0][i] = (counter + i) & 0xffffffffu;                                                     \
      bits.word[1][i] = (counter + i) >> 32;                                                             \
      bits.word[2][i] = bits.word[3][i] = 0;                                                             \
    }                                                                                                    \
    ti_philox_run(&bits, (uint32_t)seed, (uint32_t)(seed >> 32));                                        \
    random_double_##set(bits.word[0], bits.word[1], even);                                               \
    random_double_##set(bits.word[2], bits.word[3], odd);                                                \
    for (size_t i = 0; i < TI_PHILOX_LANES; i++) {                                                       \
      out[2 * i] = even[i];                                                                              \
      out[2 * i + 1] = odd[i];                                                                           \
    }                                                                                                    \
  }
RANDOM_ITEMS(base, )
#if TI_SIMD_X86
RANDOM_ITEMS(avx2, TI_SIMD_AVX2_ONE)
RANDOM_ITEMS(avx512, TI_SIMD_AVX512_ONE)
#endif

static void random_items(uint64_t seed, uint64_t counter, double *out) {
#if TI_SIMD_X86
  const unsigned simd = ti_simd_now();
  if (simd >= TI_SIMD_AVX2) {
    (simd >= TI_SIMD_AVX512 ? random_items_avx512 : random_items_avx2)(seed, counter, out);
    return;
  }
#endif
  random_items_base(seed, counter, out);
}

static size_t random_fill(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  const uint64_t seed = ((const random_stage *)self)->seed;
  double some[RANDOM_AT_ONCE];
  double *out = ti_request_answer(rq, 0, TINE_F64, ti_request_room(rq, self->result));
  size_t skip = (size_t)(rq->lo % 2); /* the first counter's first item is before the block */
  (void)eval;
  for (size_t i = 0, n; i < rq->n; i += n, skip = 0) {
    n = rq->n - i < RANDOM_AT_ONCE - skip ? rq->n - i : RANDOM_AT_ONCE - skip;
    ti_assert(n > 0 && n + skip <= RANDOM_AT_ONCE);
    random_items(seed, (rq->lo + i) / 2, n == RANDOM_AT_ONCE ? out + i : some);
    if (n < RANDOM_AT_ONCE)
      memcpy(out + i, some + skip, n * sizeof *out);
  }
  return rq->n;
}

static void random_describe(const tine_pipeline *self, char *buffer, size_t size, size_t *used) {
  ti_text_add(buffer, size, used, " seed %llu", (unsigned long long)((const random_stage *)self)->seed);
}

static const ti_stage_type random_type = {TI_STAGE(random), .fill = random_fill, .describe = random_describe,
                                          .size = sizeof(random_stage)};

tine_pipeline *tine_random(uint64_t n, uint64_t seed) {
  tine_pipeline *p;
  if (!ti_stage_new(&p, &random_type, NULL, NULL))
    return p;
  if (n > (uint64_t)INT64_MAX)
    return ti_stage_fail(p, TINE_ERANGE, "'random' has more than 2^63-1 items");
  ((random_stage *)p)->seed = seed;
  ti_stage_items(p, n, TINE_F64);
  p->need = p->result = ti_column_bytes(TINE_F64);
  return p;
}

#undef RANDOM_ITEMS
