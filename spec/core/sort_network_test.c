/*
** Sorting networks of every instruction set, for every number of keys they take, and the radix sorts that end in them:
** against qsort.
*/
#include "../../core/base/memory.h"
#include "../../core/kernel/simd.h"
#include "../../core/sort/sort.h"
#include "sort_oracle.h"

enum { MOST = 128, GUARD = 64, RADIX_MOST = 70000 };

static int order_u32(const void *x, const void *y) {
  const uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
  return (a > b) - (a < b);
}

static int order_u64(const void *x, const void *y) {
  const uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
  return (a > b) - (a < b);
}

static void sort_plainly(void *x, size_t n, size_t size) {
  qsort(x, n, size, size == 4 ? order_u32 : order_u64);
}

/* ----- Networks ----- */

/* Any keys; ends of the type only, of which a network that does not sort leaves some in disorder (the 0-1 principle);
   small ones; such as differ in the highest bits only. */
static uint64_t some_key(unsigned kind) {
  const uint64_t key = check_random();
  switch (kind) {
    case 0: return key;
    case 1: return 0 - key % 2;
    case 2: return key % 5;
    default: return (key % 7) << 61 | (key / 7 % 7) << 29;
  }
}

static void fill(unsigned char *x, size_t bytes, size_t size, unsigned kind) {
  for (size_t i = 0; i < bytes; i += size) {
    const uint64_t key = some_key(kind);
    const uint32_t narrow = (uint32_t)key;
    memcpy(x + i, size == 4 ? (const void *)&narrow : &key, size);
  }
}

/* At any place that a key may have; what lies around it stays as it was. */
static bool network_sorts(const ti_sort_network *network, size_t n, size_t size, unsigned kind) {
  _Alignas(64) unsigned char x[MOST * 8 + 2 * GUARD], out[sizeof x], want[sizeof x], before[sizeof x];
  const size_t at = GUARD - check_below(5) * size, to = GUARD - check_below(5) * size;
  bool right;
  fill(x, sizeof x, size, kind);
  fill(out, sizeof out, size, 0);
  memcpy(want, x, sizeof x);
  memcpy(before, out, sizeof out);
  sort_plainly(want + at, n, size);
  network->sort(out + to, x + at, n);
  right = memcmp(out + to, want + at, n * size) == 0 && memcmp(out, before, to) == 0 &&
          memcmp(out + to + n * size, before + to + n * size, sizeof out - to - n * size) == 0;
  network->sort(x + at, x + at, n);
  return right && memcmp(x, want, sizeof x) == 0;
}

static void networks(void) {
  for (unsigned simd = TI_SIMD_BASE; simd <= ti_simd_best(); simd++)
    for (size_t size = 2; size <= 8; size *= 2) {
      const ti_sort_network *const network = ti_sort_network_of(simd, size);
      CHECK((network != NULL) == (simd > TI_SIMD_BASE && size > 2));
      for (size_t n = 1; network != NULL && n <= network->most; n++)
        for (unsigned round = 0; round < 80; round++)
          if (!CHECK(network_sorts(network, n, size, round % 4)))
            printf(" (%s, %d bytes, n %d, kind %d)", ti_simd_name(simd), (int)size, (int)n, (int)(round % 4));
      CHECK(network == NULL || (network->most <= MOST && network->most >> network->per_bucket >= 2));
    }
}

/* ----- Radix sorts ----- */

typedef struct radix_case {
  void *x, *want, *scratch;
  size_t n, size;
  unsigned low; /* the bits below only tell elements apart: they rise in the beginning */
} radix_case;

/* Keys that agree in most of what a step looks at, so that buckets are as uneven as can be, or any pattern. */
static void radix_fill(const radix_case *c) {
  tine_array *const a = tine_slice_of(c->size == 4 ? TINE_U32 : TINE_U64, c->x, c->n, (ptrdiff_t)c->size);
  const uint64_t pattern = check_below(PATTERNS + 2);
  unsigned char *const bytes = c->x;
  if (pattern < PATTERNS)
    sort_fill(a, pattern);
  for (size_t i = 0; i < c->n && pattern >= PATTERNS; i++) {
    const uint64_t most = UINT64_MAX >> (64 - 8 * c->size), key = most >> check_below(8 * c->size);
    tine_value value = {c->size == 4 ? TINE_U32 : TINE_U64, {.u = pattern > PATTERNS ? key : most ^ key}};
    const uint32_t narrow = (uint32_t)value.as.u;
    memcpy(bytes + i * c->size, c->size == 4 ? (const void *)&narrow : &value.as.u, c->size);
  }
  for (size_t i = 0; i < c->n && c->low > 0; i++)
    ((uint64_t *)c->x)[i] = ((uint64_t *)c->x)[i] << c->low | i;
  tine_array_release(a);
}

static void radix_sorts(const radix_case *c, unsigned simd) {
  const ti_sort_width *const width = c->size == 4 ? &ti_sort_width_u32 : &ti_sort_width_u64;
  const ti_sort_job job = {c->x, c->scratch, c->n, {0, 0, 0, 0}, c->low, true, ti_sort_network_of(simd, c->size)};
  const ti_sort_stats stats = width->look(NULL, &job);
  CHECK(!stats.nans);
  width->radix(NULL, &job, stats.differ);
  if (!CHECK(memcmp(c->x, c->want, c->n * c->size) == 0))
    printf(" (%s, %d bytes, n %d, low %d)", ti_simd_name(simd), (int)c->size, (int)c->n, (int)c->low);
}

static void radix(void) {
  const size_t bytes = (size_t)RADIX_MOST * 8;
  radix_case c = {malloc(bytes), malloc(bytes), malloc(bytes), 0, 0, 0};
  void *const given = malloc(bytes);
  for (int round = 0; round < 150; round++) {
    c.size = check_below(2) ? 4 : 8;
    c.n = 2 + (size_t)(check_below(12) == 0 ? check_below(RADIX_MOST - 1) : sort_length());
    c.low = c.size == 8 && check_below(3) == 0 ? 17 : 0;
    radix_fill(&c);
    memcpy(given, c.x, c.n * c.size);
    memcpy(c.want, c.x, c.n * c.size);
    sort_plainly(c.want, c.n, c.size);
    for (unsigned simd = TI_SIMD_BASE; simd <= ti_simd_best(); simd++) {
      memcpy(c.x, given, c.n * c.size);
      radix_sorts(&c, simd);
    }
  }
  free(given);
  free(c.x);
  free(c.want);
  free(c.scratch);
}

CHECK_SUITE(sort_network, CHECK_CASE(networks), CHECK_CASE(radix))
