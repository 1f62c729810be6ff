/*
** Compaction, white box: every variant this machine has against one item after the other, with masks of all densities,
** every size, stride and number of items; and not a byte written beyond the room there is.
*/
#include "../../core/consume/compact.h"
#include "../../core/kernel/simd.h"
#include "check.h"

enum { MOST = TI_BLOCK, GUARD = 64 };

/* A block of bools and which of its items are kept. */
typedef struct compact_case {
  size_t n, kept;
  unsigned char mask[2 * MOST];
  ptrdiff_t stride;
  size_t keep[MOST];
  ti_bits bits;
} compact_case;

/* Bools are 0 or 1 but for a few, which are true. */
static unsigned char some_bool(uint64_t density) {
  const unsigned char one = check_below(50) == 0 ? (unsigned char)(1 + check_below(255)) : 1;
  return check_below(1000) < density ? one : 0;
}

static void compact_make(compact_case *c, const ti_compactor *compact) {
  static const uint64_t densities[] = {0, 3, 100, 500, 900, 997, 1000};
  const uint64_t density = densities[check_below(7)];
  c->n = check_below(3) == 0 ? MOST : check_below(MOST + 1);
  c->stride = check_below(3) == 0 ? 2 : 1;
  c->kept = 0;
  memset(c->bits, 0xAA, sizeof c->bits);
  for (size_t i = 0; i < c->n; i++) {
    unsigned char *b = &c->mask[i * (size_t)c->stride];
    *b = some_bool(density);
    if (*b != 0)
      c->keep[c->kept++] = i;
  }
  CHECK_INT(ti_compact_bits(compact, c->mask, c->stride, c->n, c->bits), c->kept);
}

/* Are bits [0, n) those of the case, or their opposite, and the others of the last word 0? */
static bool same_bits(const compact_case *c, bool opposite) {
  size_t wrong = 0;
  for (size_t i = 0; i < (c->n + 63) / 64 * 64; i++) {
    const bool held = i < c->n && (c->mask[i * (size_t)c->stride] != 0) != opposite;
    wrong += (c->bits[i / 64] >> i % 64 & 1) != held;
  }
  return wrong == 0;
}

static void fill(unsigned char *p, size_t bytes) {
  for (size_t i = 0; i < bytes; i++)
    p[i] = (unsigned char)check_random();
}

/* One column, to a room of its own that ends where nothing may be written. */
static void one_column(const ti_compactor *compact, const compact_case *c, size_t size) {
  static unsigned char in[MOST * 8 * 2], out[GUARD + MOST * 8 + GUARD], before[sizeof out];
  const ptrdiff_t strides[] = {(ptrdiff_t)size, (ptrdiff_t)size, 2 * (ptrdiff_t)size, 0};
  const ptrdiff_t stride = strides[check_below(4)];
  const size_t room = c->kept + check_below(c->n - c->kept + 1), at = GUARD - check_below(4) * size;
  size_t wrong = 0;
  fill(in, sizeof in);
  fill(out, sizeof out);
  memcpy(before, out, sizeof out);
  ti_compact_column(compact, out + at, room, in, stride, size, c->bits, c->n);
  for (size_t k = 0; k < c->kept; k++)
    wrong += memcmp(out + at + k * size, in + (ptrdiff_t)c->keep[k] * stride, size) != 0;
  CHECK_INT(wrong, 0);
  CHECK(memcmp(out, before, at) == 0);
  CHECK(memcmp(out + at + room * size, before + at + room * size, sizeof out - at - room * size) == 0);
}

/* Likewise onto itself: what lies behind the kept items may be anything, up to the last item. */
static void in_place(const ti_compactor *compact, const compact_case *c, size_t size) {
  static unsigned char all[MOST * 8 + GUARD], before[sizeof all];
  size_t wrong = 0;
  fill(all, sizeof all);
  memcpy(before, all, sizeof all);
  ti_compact_column(compact, all, c->n, all, (ptrdiff_t)size, size, c->bits, c->n);
  for (size_t k = 0; k < c->kept; k++)
    wrong += memcmp(all + k * size, before + c->keep[k] * size, size) != 0;
  CHECK_INT(wrong, 0);
  CHECK(memcmp(all + c->n * size, before + c->n * size, sizeof all - c->n * size) == 0);
}

static void both_places(const ti_compactor *compact, const compact_case *c) {
  uint16_t offset[TI_BLOCK], before[TI_BLOCK];
  size_t wrong = 0;
  ti_compact_places(compact, offset, false, c->bits, c->n);
  for (size_t k = 0; k < c->kept; k++)
    wrong += offset[k] != c->keep[k];
  fill((unsigned char *)before, sizeof before);
  memcpy(offset, before, sizeof offset);
  ti_compact_places(compact, offset, true, c->bits, c->n);
  for (size_t k = 0; k < c->kept; k++)
    wrong += offset[k] != before[c->keep[k]];
  CHECK_INT(wrong, 0);
  ti_compact_places(compact, NULL, true, c->bits, c->n); /* nobody asked */
}

static void variants(void) {
  compact_case *c = malloc(sizeof *c);
  for (unsigned simd = TI_SIMD_BASE; simd <= ti_simd_best(); simd++) {
    const ti_compactor *compact = ti_compact_variant(simd);
    for (unsigned round = 0; round < 400; round++) {
      compact_make(c, compact);
      CHECK(same_bits(c, false));
      for (size_t size = 1; size <= 8; size *= 2) {
        one_column(compact, c, size);
        in_place(compact, c, size);
      }
      both_places(compact, c);
      CHECK_INT(ti_compact_others(c->bits, c->n), c->n - c->kept);
      CHECK(same_bits(c, true));
    }
  }
  free(c);
}

CHECK_SUITE(compact, CHECK_CASE(variants))
