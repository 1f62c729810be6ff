/*
** Keys against a plain list that is searched from its beginning: all types, any stride, values that collide and values
** that fill the slots there are, stretches counted apart and merged, and no memory at any point.
*/
#include <math.h>

#include "../../core/base/memory.h"
#include "../../core/terminal/keys.h"
#include "../../core/terminal/table.h"
#include "check.h"

enum { VALUES = 6000 };

typedef struct oracle {
  size_t n;
  uint64_t bits[VALUES], same[VALUES];
  int64_t count[VALUES];
} oracle;

static void oracle_add(oracle *o, tine_dtype dtype, const char *data, ptrdiff_t stride, size_t n) {
  for (size_t i = 0; i < n; i++) {
    const uint64_t bits = ti_row_bits(dtype, data + (ptrdiff_t)i * stride), same = ti_row_same(dtype, bits);
    size_t at = 0;
    while (at < o->n && o->same[at] != same)
      at++;
    if (at == o->n) {
      o->bits[at] = bits;
      o->same[at] = same;
      o->count[at] = 0;
      o->n++;
    }
    o->count[at]++;
  }
}

static void compare(const oracle *o, const ti_keys *t) {
  static int64_t counts[VALUES];
  CHECK_STOP(CHECK_INT(t->n, o->n));
  ti_keys_counts(t, counts);
  for (size_t i = 0; i < o->n; i++)
    if (!CHECK_INT(t->row[i], o->bits[i]) || !CHECK_INT(counts[i], o->count[i]))
      return;
}

/* One of about 'different' values: some far apart, some side by side, some alike in all but their upper bits. */
static void value(tine_dtype dtype, uint64_t different, unsigned kind, void *to) {
  static const double odd[] = {0.0, -0.0, NAN, -NAN, INFINITY, -INFINITY, 0x1p-1074, 1};
  const uint64_t k = check_below(different);
  const double x = check_below(4) == 0 ? odd[check_below(8)] : (double)k * 0.25;
  const float y = (float)x;
  uint64_t bits = kind == 0 ? k : kind == 1 ? k << 56 | k << 24 | k << 8 : (k + 1) * UINT64_C(0x9e3779b97f4a7c15);
  if (dtype == TINE_F64 && kind == 0)
    memcpy(&bits, &x, sizeof x);
  else if (dtype == TINE_F32 && kind == 0)
    memcpy(&bits, &y, sizeof y);
  else if (dtype == TINE_BOOL)
    bits &= 1;
  ti_row_store(dtype, bits, to);
}

/* The values in some stretches, each with keys of its own, put together from one end or the other. */
static void stretches(tine_dtype dtype, const char *data, ptrdiff_t stride, size_t n, ti_keys *all) {
  enum { MOST = 5 };
  ti_keys part[MOST];
  size_t at = 0;
  const size_t parts = 1 + (size_t)check_below(MOST);
  for (size_t k = 0; k < parts; k++) {
    const size_t end = k + 1 < parts ? at + (size_t)check_below(n - at + 1) : n;
    part[k] = (ti_keys){.dtype = dtype};
    while (at < end) {
      const size_t some = 1 + (size_t)check_below(check_below(2) ? 1100 : 7);
      const size_t now = some < end - at ? some : end - at;
      CHECK(ti_keys_add(&part[k], data + (ptrdiff_t)at * stride, stride, now));
      at += now;
    }
  }
  for (size_t k = parts - 1; k > 0; k--) {
    CHECK(ti_keys_merge(&part[k - 1], &part[k]));
    ti_keys_drop(&part[k]);
  }
  *all = part[0];
}

static void one(tine_dtype dtype) {
  static uint64_t room[4 * VALUES];
  static oracle o;
  const ptrdiff_t size = (ptrdiff_t)tine_dtype_size(dtype), steps[] = {1, 1, 3, -1, 0};
  const ptrdiff_t stride = size * steps[check_below(5)];
  const size_t n = (size_t)check_below(check_below(3) ? 300 : VALUES);
  const uint64_t different = 1 + check_below(check_below(3) ? 20 : VALUES);
  const unsigned kind = (unsigned)check_below(3);
  char *data = (char *)room + (stride < 0 ? (ptrdiff_t)n * size : 0);
  ti_keys t;
  for (size_t i = 0; i < n; i++)
    value(dtype, different, kind, data + (ptrdiff_t)i * stride);
  o.n = 0;
  oracle_add(&o, dtype, data, stride, n);
  stretches(dtype, data, stride, n, &t);
  compare(&o, &t);
  ti_keys_drop(&t);
}

static void all_types(void) {
  for (unsigned d = TINE_NONE + 1; d < TINE_DTYPE_END; d++)
    for (int round = 0; round < 60; round++)
      one((tine_dtype)d);
}

/* All values of two bytes at once: as many slots as there are keys, and none is free. */
static void no_slot_left(void) {
  static uint16_t x[1 << 16];
  static int64_t counts[1 << 16];
  ti_keys t = {.dtype = TINE_U16};
  uint64_t wrong = 0;
  for (uint32_t i = 0; i < 1 << 16; i++)
    x[i] = (uint16_t)(i * 40503 + 7); /* odd: a permutation */
  for (int times = 0; times < 3; times++)
    CHECK(ti_keys_add(&t, x, sizeof *x, 1 << 16));
  CHECK_INT(t.n, 1 << 16);
  CHECK_INT(t.slots, 1 << 16);
  ti_keys_counts(&t, counts);
  for (uint32_t i = 0; i < 1 << 16; i++)
    wrong += t.row[i] != x[i] || counts[i] != 3;
  CHECK_INT(wrong, 0);
  ti_keys_drop(&t);
}

/* What is asked for again and again gets more slots; what is asked for once does not. */
static void grows_when_asked(void) {
  static int64_t x[1000];
  ti_keys t = {.dtype = TINE_I64};
  uint64_t before;
  for (int64_t i = 0; i < 1000; i++)
    x[i] = i * i;
  CHECK(ti_keys_add(&t, x, sizeof *x, 1000));
  before = t.slots;
  for (int times = 0; times < 200; times++)
    CHECK(ti_keys_add(&t, x, sizeof *x, 1000));
  CHECK(t.slots > before);
  CHECK_INT(t.n, 1000);
  ti_keys_drop(&t);
}

static void no_memory(void) {
  static int64_t x[VALUES];
  bool done = false;
  for (int64_t i = 0; i < VALUES; i++)
    x[i] = i * 3;
  for (int64_t at = 0; at < 100 && !done; at++) {
    ti_keys t = {.dtype = TINE_I64}, r = {.dtype = TINE_I64};
    ti_memory_fail_after(at);
    done = ti_keys_add(&t, x, sizeof *x, VALUES / 2) && ti_keys_add(&r, x + VALUES / 4, sizeof *x, 3 * VALUES / 4) &&
           ti_keys_merge(&t, &r);
    ti_memory_fail_after(-1);
    CHECK(!done || t.n == VALUES);
    ti_keys_drop(&t);
    ti_keys_drop(&r);
  }
  CHECK(done);
}

/* ----- Ways ----- */

enum { PATTERNED = 20000, PATTERNS = 19, SECRETS = 20 };

static uint64_t of_double(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static uint64_t reversed(uint64_t x) {
  uint64_t y = 0;
  for (int b = 0; b < 64; b++)
    y |= (x >> b & 1) << (63 - b);
  return y;
}

static uint64_t patterned(unsigned pattern, uint64_t i) {
  switch (pattern) {
    case 0: return i;
    case 1: return i << 8;
    case 2: return i << 16;
    case 3: return i << 24;
    case 4: return i << 32;
    case 5: return i << 40;
    case 6: return i << 48;
    case 7: return of_double((double)i);
    case 8: return of_double((double)i / 1000);
    case 9: return of_double(1.0 / (double)(i + 1));
    case 10: return (i / 141) << 32 | i % 141;
    case 11: return UINT64_C(0x0a000000) + 2 * i;
    case 12: return i * UINT64_C(0x4cf35d8fcd3ba2bb);
    case 13: return i * 1000003;
    case 14: return reversed(i);
    case 15: return (uint64_t)0 - i;
    case 16: return i * i;
    case 17: return check_random() << 20;
    default: return check_random();
  }
}

/* Values that all begin at one slot of 4096, by the product that is folded with a constant that everybody knows. */
static void crafted(uint64_t *x, size_t n) {
  uint64_t candidate = 0;
  for (size_t i = 0; i < n;) {
    const uint64_t key = candidate++ * UINT64_C(0x9e3779b97f4a7c15) + 12345, a = key ^ UINT64_C(0x9e3779b97f4a7c15);
    const uint64_t b = UINT64_C(0xd6e8feb86659fd93), low = a * b;
    const uint64_t cross = (a >> 32) * (uint32_t)b + ((uint64_t)(uint32_t)a * (uint32_t)b >> 32);
    const uint64_t middle = (uint32_t)cross + (uint64_t)(uint32_t)a * (b >> 32);
    const uint64_t high = (a >> 32) * (b >> 32) + (cross >> 32) + (middle >> 32);
    if ((low ^ high) >> 52 == 0)
      x[i++] = key;
  }
}

/* At most as far from their slots as values at random, which in a table half full are half a slot away. */
static void check_way(const uint64_t *x, size_t n, const ti_secret *secret) {
  ti_keys t = {.dtype = TINE_U64};
  ti_table rows = {0}, words = {0};
  CHECK(ti_keys_add(&t, x, sizeof *x, n));
  CHECK(ti_keys_way(&t) <= n);
  for (size_t i = 0; i < n; i++)
    CHECK_STOP(ti_table_add(&rows, secret, 2, (const uint64_t[]){1, x[i], x[n - 1 - i], 0, 0}));
  CHECK(ti_table_way(&rows, secret, 2) <= n);
  for (size_t i = 0; i < n; i++)
    CHECK_STOP(ti_table_add(&words, secret, 1, (const uint64_t[]){1, x[i], 0}));
  CHECK(ti_table_way(&words, secret, 1) <= n);
  ti_table_drop(&words, 1);
  ti_table_drop(&rows, 2);
  ti_keys_drop(&t);
}

static void no_long_ways(void) {
  static uint64_t x[PATTERNED];
  for (int round = 0; round < SECRETS; round++) {
    const ti_secret secret = {check_random(), check_random() | 1, check_random() | 1};
    ti_hash_use(round > 0 ? &secret : NULL);
    for (unsigned pattern = 0; pattern < PATTERNS; pattern++) {
      for (uint64_t i = 0; i < PATTERNED; i++)
        x[i] = patterned(pattern, i);
      const ti_secret now = ti_hash_secret();
      check_way(x, PATTERNED, &now);
    }
    ti_hash_use(NULL);
  }
}

static void no_way_for_the_crafty(void) {
  static uint64_t x[PATTERNED / 4];
  const ti_secret own = ti_hash_secret(), again = ti_hash_secret();
  CHECK(own.flip == again.flip && own.fold == again.fold && own.spread == again.spread);
  CHECK(own.flip != 0 && (own.fold & own.spread & 1) == 1);
  CHECK(own.flip != own.fold && own.fold != own.spread);
  crafted(x, PATTERNED / 4);
  check_way(x, PATTERNED / 4, &own);
}

CHECK_SUITE(keys, CHECK_CASE(no_long_ways), CHECK_CASE(no_way_for_the_crafty), CHECK_CASE(all_types),
            CHECK_CASE(no_slot_left), CHECK_CASE(grows_when_asked), CHECK_CASE(no_memory))
