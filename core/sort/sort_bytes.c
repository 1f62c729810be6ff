/*
** Sorting elements of one byte: how many there are of each value is all there is to know. Any byte but 0 is a true
** bool.
*/
#include <string.h>

#include "../base/config.h"
#include "sort.h"

enum {
  BYTES_BLOCK = TI_HOSTILE ? 30 : 1 << 16,
  BYTES_TABLES = 4 /* taken in turn: counting equal values in one would wait for itself */
};

typedef struct bytes_sort {
  const tine_array *a;
  unsigned char flip;
  _Atomic uint64_t counts[256]; /* of each key */
  uint64_t begin[257];          /* of its elements, sorted */
} bytes_sort;

static void bytes_count(void *env, uint64_t lo, uint64_t hi) {
  bytes_sort *const s = env;
  uint64_t counts[BYTES_TABLES][256] = {{0}};
  const unsigned char *const data = s->a->data;
  const ptrdiff_t stride = s->a->stride;
  const bool truth = s->a->dtype == TINE_BOOL;
  ti_assert(lo < hi && hi <= s->a->len);
  for (uint64_t i = lo; i < hi; i++) {
    const unsigned char x = data[(ptrdiff_t)i * stride];
    counts[i % BYTES_TABLES][truth ? x != 0 : x]++;
  }
  for (unsigned x = 0; x < 256; x++) {
    const uint64_t sum = counts[0][x] + counts[1][x] + counts[2][x] + counts[3][x];
    if (sum > 0)
      ti_add_relaxed(&s->counts[x ^ s->flip], sum); /* relaxed: read after the join */
  }
}

static void bytes_fill(void *env, uint64_t lo, uint64_t hi) {
  const bytes_sort *const s = env;
  unsigned char *const data = s->a->data;
  const ptrdiff_t stride = s->a->stride;
  for (unsigned key = 0; key < 256; key++) {
    const uint64_t from = s->begin[key] > lo ? s->begin[key] : lo, to = s->begin[key + 1] < hi ? s->begin[key + 1] : hi;
    const unsigned char x = (unsigned char)(key ^ s->flip);
    if (from < to && stride == 1)
      memset(data + from, x, (size_t)(to - from));
    else
      for (uint64_t i = from; i < to; i++)
        data[(ptrdiff_t)i * stride] = x;
  }
}

void ti_sort_bytes(tine_ctx *ctx, const tine_array *a, tine_order order) {
  /* a false bool is the one key 0, or 1 when descending */
  const uint64_t flip = a->dtype == TINE_BOOL ? order == TINE_DESCENDING : ti_sort_map_of(a->dtype, order).flip;
  bytes_sort s = {.a = a, .flip = (unsigned char)flip};
  for (unsigned key = 0; key < 256; key++)
    atomic_init(&s.counts[key], 0);
  if (!ti_blocks_pass(ctx, a->len, BYTES_BLOCK, false, bytes_count, &s))
    return;
  for (unsigned key = 0; key < 256; key++)
    s.begin[key + 1] = s.begin[key] + ti_load_relaxed(&s.counts[key]); /* relaxed: written before the join */
  ti_assert(s.begin[256] == a->len);                                   /* each element was counted once */
  ti_blocks_pass(ctx, a->len, BYTES_BLOCK, true, bytes_fill, &s);
}
