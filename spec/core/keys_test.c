/*
** Keys against a plain list that is searched from its beginning: all types, any stride, values that collide and values
** that fill the slots there are, stretches counted apart and merged, and no memory at any point.
*/
#include <math.h>

#include "check.h"
#include "../../core/base/memory.h"
#include "../../core/drive/keys.h"

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

CHECK_SUITE(keys, CHECK_CASE(all_types), CHECK_CASE(no_slot_left), CHECK_CASE(grows_when_asked), CHECK_CASE(no_memory))
