/*
** random: numbers uniform in [0, 1). Item i is a function of seed and i alone, fixed for ever:
**
**     Philox4x32-10 (philox.h) with key (low half, high half of the seed) and counter (low half, high half of i / 2,
**     0, 0) gives words w0 to w3. u = w0 + 2^32 w1 where i is even, w2 + 2^32 w3 where it is odd. Item i is
**     (u >> 11) * 2^-53.
*/
#include "../stage/stage.h"
#include "philox.h"

#include <string.h>

typedef struct random_stage {
  tine_pipeline stage;
  uint64_t seed;
} random_stage;

enum { RANDOM_AT_ONCE = 2 * TI_PHILOX_LANES };

/* (u >> 11) * 2^-53 without an instruction that converts 64 bits, which few processors have for vectors: 32 bits become
   the fraction of 2^52, 21 bits that of 2^84, and every step is exact. */
static double random_double(uint64_t low, uint64_t high) {
  const uint64_t u = (low | high << 32) >> 11;
  const uint64_t a = (u & 0xffffffffu) | UINT64_C(0x4330000000000000), b = u >> 32 | UINT64_C(0x4530000000000000);
  double x, y;
  memcpy(&x, &a, sizeof x);
  memcpy(&y, &b, sizeof y);
  return (x + (y - (0x1p84 + 0x1p52))) * 0x1p-53;
}

/* The items of RANDOM_AT_ONCE, two for each counter from 'counter' on. */
static void random_items(uint64_t seed, uint64_t counter, double *out) {
  ti_philox bits;
  for (size_t i = 0; i < TI_PHILOX_LANES; i++) {
    bits.word[0][i] = (counter + i) & 0xffffffffu;
    bits.word[1][i] = (counter + i) >> 32;
    bits.word[2][i] = bits.word[3][i] = 0;
  }
  ti_philox_run(&bits, (uint32_t)seed, (uint32_t)(seed >> 32));
  for (size_t i = 0; i < TI_PHILOX_LANES; i++) {
    out[2 * i] = random_double(bits.word[0][i], bits.word[1][i]);
    out[2 * i + 1] = random_double(bits.word[2][i], bits.word[3][i]);
  }
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
    random_items(seed, (rq->lo + i) / 2, some);
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
