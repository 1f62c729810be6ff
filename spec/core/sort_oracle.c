/*
** What sort_oracle.h says: a merge sort of positions by the values themselves, and arrays filled with what sorts
** dislike.
*/
#include "sort_oracle.h"

#include <math.h>

const unsigned sort_threads[4] = {1, 2, 3, 16};

/* ----- The sort_oracle ----- */

bool sort_value_nan(tine_value v) {
  return (v.dtype == TINE_F64 || v.dtype == TINE_F32) && isnan(v.as.f);
}

/* -1, 0, 1 by the order asked for; NaNs are equal, and behind all. */
int sort_value_order(tine_value a, tine_value b, tine_order order) {
  int r;
  if (sort_value_nan(a) || sort_value_nan(b))
    return sort_value_nan(a) - sort_value_nan(b);
  if (a.dtype == TINE_U64)
    r = (a.as.u > b.as.u) - (a.as.u < b.as.u);
  else if (a.dtype == TINE_BOOL)
    r = a.as.b - b.as.b;
  else if (a.dtype == TINE_F64 || a.dtype == TINE_F32)
    r = a.as.f == b.as.f ? (signbit(a.as.f) == 0) - (signbit(b.as.f) == 0) : a.as.f < b.as.f ? -1 : 1;
  else
    r = (a.as.i > b.as.i) - (a.as.i < b.as.i);
  return order == TINE_ASCENDING ? r : -r;
}

static int item_order(const sort_oracle *o, uint64_t i, uint64_t j) {
  int r = 0;
  for (unsigned c = 0; c < o->count && r == 0; c++)
    r = sort_value_order(tine_array_get(o->columns[c], i), tine_array_get(o->columns[c], j), o->order);
  return r;
}

static void merge_sort(const sort_oracle *o, uint64_t *x, uint64_t *room, uint64_t n) {
  const uint64_t half = n / 2;
  uint64_t i = 0, j = half, k = 0;
  if (n < 2)
    return;
  merge_sort(o, x, room, half);
  merge_sort(o, x + half, room, n - half);
  while (k < n)
    room[k++] = j == n || (i < half && item_order(o, x[i], x[j]) <= 0) ? x[i++] : x[j++];
  memcpy(x, room, n * sizeof *x);
}

/* The positions of the items in their order; to be freed. */
uint64_t *sort_oracle_positions(const sort_oracle *o, uint64_t n) {
  uint64_t *x = malloc((n + 1) * sizeof *x), *room = malloc((n + 1) * sizeof *room);
  for (uint64_t i = 0; i < n; i++)
    x[i] = i;
  merge_sort(o, x, room, n);
  free(room);
  return x;
}

/* ----- Inputs ----- */

uint64_t sort_length(void) {
  static const uint64_t near[] = {0, 1, 2, 3, 31, 32, 33, 255, 256, 257, 1023, 1024, 1025, 4095, 4096, 4097};
  switch (check_below(4)) {
    case 0: return near[check_below(16)];
    case 1: return check_below(70);
    case 2: return check_below(3000);
    default: return 1 + check_below(20000);
  }
}

static void set_bits(tine_array *a, uint64_t i, uint64_t bits) {
  char *at = (char *)tine_array_data(a) + (ptrdiff_t)i * tine_array_stride(a);
  if (tine_array_dtype(a) == TINE_BOOL)
    bits = bits % 2;
  memcpy(at, &bits, tine_dtype_size(tine_array_dtype(a)));
}

static void set_double(tine_array *a, uint64_t i, double f) {
  const float narrow = (float)f;
  uint64_t bits = 0;
  if (tine_array_dtype(a) == TINE_F64)
    memcpy(&bits, &f, sizeof f);
  else
    memcpy(&bits, &narrow, sizeof narrow);
  set_bits(a, i, bits);
}

static void set_special(tine_array *a, uint64_t i) {
  static const double floats[] = {0.0, -0.0, INFINITY, -INFINITY, 1, -1, 1e-310, -1e-310};
  static const uint64_t bits[] = {0, 1, UINT64_MAX, 0x80, 0x8000, 0x80000000u, 1ull << 63, 0x7f7f7f7f7f7f7f7f};
  const tine_dtype d = tine_array_dtype(a);
  if (d != TINE_F64 && d != TINE_F32)
    set_bits(a, i, bits[check_below(8)]);
  else if (check_below(4) == 0) /* any NaN, of either sign */
    set_bits(a, i, d == TINE_F64 ? 0x7ff8ull << 48 | check_random() : (0x7fc00000u | check_random()) & 0xffffffffu);
  else
    set_double(a, i, floats[check_below(8)]);
}

/* A pattern that some sort dislikes. */
void sort_fill(tine_array *a, uint64_t pattern) {
  const uint64_t n = tine_array_len(a), few = 1 + check_below(20);
  const unsigned shift = (unsigned)check_below(60), hot = (unsigned)check_below(64);
  for (uint64_t i = 0; i < n; i++)
    switch (pattern) {
      case 0: set_bits(a, i, check_random()); break;
      case 1: set_bits(a, i, i >> (shift % 8)); break;
      case 2: set_bits(a, i, (n - i) << (shift % 8)); break;
      case 3: set_bits(a, i, 77); break;
      case 4: set_bits(a, i, check_below(few) << shift); break;
      case 5: set_bits(a, i, i % (few * 10)); break;
      case 6: set_bits(a, i, i == n / 2 ? 1ull << hot : check_below(1000)); break;
      case 7: set_bits(a, i, check_below(50) == 0 ? check_random() : i); break;
      case 8: set_special(a, i); break;
      default: set_bits(a, i, check_random() & check_random() & check_random() << shift); break;
    }
  for (uint64_t i = 0; i < n && pattern == 9; i++)
    if (check_below(10) == 0)
      set_special(a, i);
}

tine_dtype sort_dtype(void) {
  return (tine_dtype)(1 + check_below(TINE_DTYPE_END - 1));
}

bool sort_same_bits(const tine_array *a, uint64_t i, const tine_array *b, uint64_t j) {
  return memcmp((const char *)tine_array_data(a) + (ptrdiff_t)i * tine_array_stride(a),
                (const char *)tine_array_data(b) + (ptrdiff_t)j * tine_array_stride(b),
                tine_dtype_size(tine_array_dtype(a))) == 0;
}
