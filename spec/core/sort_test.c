/*
** Sorting against a plain merge sort of whole items, which compares values and knows no keys: every type, order, stride
** and number of threads, with NaNs, both zeros, infinities and the ends of the integers, and inputs that sorts dislike.
*/
#include <math.h>

#include "../../core/base/memory.h"
#include "pipelines.h"

static const unsigned thread_counts[] = {1, 2, 3, 16};

/* ----- The oracle ----- */

static bool value_nan(tine_value v) {
  return (v.dtype == TINE_F64 || v.dtype == TINE_F32) && isnan(v.as.f);
}

/* -1, 0, 1 by the order asked for; NaNs are equal, and behind all. */
static int value_order(tine_value a, tine_value b, tine_order order) {
  int r;
  if (value_nan(a) || value_nan(b))
    return value_nan(a) - value_nan(b);
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

typedef struct oracle {
  tine_array **columns;
  unsigned count;
  tine_order order;
} oracle;

static int item_order(const oracle *o, uint64_t i, uint64_t j) {
  int r = 0;
  for (unsigned c = 0; c < o->count && r == 0; c++)
    r = value_order(tine_array_get(o->columns[c], i), tine_array_get(o->columns[c], j), o->order);
  return r;
}

static void merge_sort(const oracle *o, uint64_t *x, uint64_t *room, uint64_t n) {
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
static uint64_t *oracle_positions(const oracle *o, uint64_t n) {
  uint64_t *x = malloc((n + 1) * sizeof *x), *room = malloc((n + 1) * sizeof *room);
  for (uint64_t i = 0; i < n; i++)
    x[i] = i;
  merge_sort(o, x, room, n);
  free(room);
  return x;
}

/* ----- Inputs ----- */

static uint64_t sort_length(void) {
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
static void fill(tine_array *a, uint64_t pattern) {
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

enum { PATTERNS = 10 };

static tine_dtype some_dtype(void) {
  return (tine_dtype)(1 + check_below(TINE_DTYPE_END - 1));
}

/* n elements of memory[], which has room for them, at some distance; the memory is to be freed. */
static tine_array *some_array(tine_dtype dtype, uint64_t n, char **memory) {
  static const ptrdiff_t steps[] = {1, 1, 1, 2, 3, -1, -2};
  const ptrdiff_t size = (ptrdiff_t)tine_dtype_size(dtype), stride = steps[check_below(7)] * size;
  const size_t bytes = 3 * (size_t)size * (n + 1);
  *memory = malloc(bytes);
  memset(*memory, 1, bytes);
  return tine_slice_of(dtype, stride < 0 ? *memory + (n > 0 ? n - 1 : 0) * (size_t)-stride : *memory, n, stride);
}

/* Runs a test's body as a task of one of the pools, which is then the one that arrays are sorted on; or plainly. */
static void in_some_pool(tine_task *body, void *arg) {
  if (check_below(5) == 0)
    body(NULL, arg);
  else
    CHECK_INT(tine_pool_run(test_pool(thread_counts[check_below(4)]), body, arg, NULL), TINE_OK);
}

static bool same_bits(const tine_array *a, uint64_t i, const tine_array *b, uint64_t j) {
  return memcmp((const char *)tine_array_data(a) + (ptrdiff_t)i * tine_array_stride(a),
                (const char *)tine_array_data(b) + (ptrdiff_t)j * tine_array_stride(b),
                tine_dtype_size(tine_array_dtype(a))) == 0;
}

/* ----- Arrays ----- */

typedef struct array_call {
  tine_array *a, *positions;
  tine_order order;
} array_call;

static void sort_body(tine_ctx *ctx, void *arg) {
  array_call *const c = arg;
  (void)ctx;
  CHECK_INT(tine_array_argsort(c->a, c->order, &c->positions, NULL), TINE_OK);
  CHECK_INT(tine_array_sort(c->a, c->order, NULL), TINE_OK);
}

static void one_array(tine_dtype dtype, uint64_t n, uint64_t pattern) {
  char *memory, *copy;
  tine_array *a = some_array(dtype, n, &memory), *before;
  const size_t bytes = 3 * tine_dtype_size(dtype) * (n + 1);
  array_call call = {a, NULL, check_below(2) != 0 ? TINE_ASCENDING : TINE_DESCENDING};
  oracle o = {&before, 1, call.order};
  uint64_t *want, wrong = 0, untrue = 0;
  fill(a, pattern);
  copy = malloc(bytes);
  memcpy(copy, memory, bytes);
  before = tine_slice_of(dtype, copy + ((char *)tine_array_data(a) - memory), n, tine_array_stride(a));
  want = oracle_positions(&o, n);
  in_some_pool(sort_body, &call);
  CHECK_INT(tine_array_dtype(call.positions), TINE_I64);
  CHECK_INT(tine_array_len(call.positions), n);
  for (uint64_t i = 0; i < n; i++) {
    wrong += ((int64_t *)tine_array_data(call.positions))[i] != (int64_t)want[i] + 1;
    untrue += !same_bits(a, i, before, want[i]);
  }
  if (!CHECK_INT(wrong, 0) | !CHECK_INT(untrue, 0))
    printf(" (%s, n %d, pattern %d, stride %d)", tine_dtype_name(dtype), (int)n, (int)pattern,
           (int)tine_array_stride(a));
  for (uint64_t i = 0; i < n; i++) /* what lies between the elements is as it was */
    memset((char *)tine_array_data(before) + (ptrdiff_t)i * tine_array_stride(a), 0, tine_dtype_size(dtype));
  for (uint64_t i = 0; i < n; i++)
    memset((char *)tine_array_data(a) + (ptrdiff_t)i * tine_array_stride(a), 0, tine_dtype_size(dtype));
  CHECK(memcmp(memory, copy, bytes) == 0);
  tine_array_release(call.positions);
  tine_array_release(a);
  tine_array_release(before);
  free(want);
  free(memory);
  free(copy);
}

static void arrays_of_any_kind(void) {
  for (int round = 0; round < 300; round++)
    one_array(some_dtype(), sort_length(), check_below(PATTERNS));
  for (uint64_t pattern = 0; pattern < PATTERNS; pattern++)
    for (int d = 1; d < TINE_DTYPE_END; d++)
      one_array((tine_dtype)d, 2000, pattern);
  test_pools_end();
}

/* So long that several threads distribute one stretch. */
static void long_arrays(void) {
  for (uint64_t pattern = 0; pattern < PATTERNS; pattern++)
    one_array(some_dtype(), 150000 + check_below(1000), pattern);
  one_array(TINE_F64, 200000, 0);
  one_array(TINE_F64, 200000, 8);
  one_array(TINE_U32, 200000, 0);
  one_array(TINE_U16, 200000, 0);
  test_pools_end();
}

static void same_bits_on_any_pool(void) {
  enum { N = 100000 };
  tine_array *a = NULL, *first = NULL;
  CHECK_STOP(tine_array_create(&a, TINE_F64, N, NULL) == TINE_OK);
  CHECK_STOP(tine_array_create(&first, TINE_F64, N, NULL) == TINE_OK);
  for (uint64_t pattern = 0; pattern < PATTERNS; pattern++) {
    double *copy = malloc(N * sizeof *copy);
    fill(a, pattern);
    memcpy(copy, tine_array_data(a), N * sizeof *copy);
    for (int t = 0; t < 4; t++) {
      array_call call = {a, NULL, TINE_DESCENDING};
      memcpy(tine_array_data(a), copy, N * sizeof *copy);
      CHECK_INT(tine_pool_run(test_pool(thread_counts[t]), sort_body, &call, NULL), TINE_OK);
      if (t == 0)
        memcpy(tine_array_data(first), tine_array_data(a), N * sizeof *copy);
      CHECK(memcmp(tine_array_data(first), tine_array_data(a), N * sizeof *copy) == 0);
      tine_array_release(call.positions);
    }
    free(copy);
  }
  tine_array_release(a);
  tine_array_release(first);
  test_pools_end();
}

static void nans_keep_their_order(void) {
  const uint64_t base = 0x7ff8ull << 48, sign = 1ull << 63;
  uint64_t x[] = {base | 3, 0, sign | base | 1, base | 2, sign, sign | base | 4};
  const uint64_t up[] = {sign, 0, base | 3, sign | base | 1, base | 2, sign | base | 4};
  const uint64_t down[] = {0, sign, base | 3, sign | base | 1, base | 2, sign | base | 4};
  tine_array *a = tine_slice_of(TINE_F64, x, 6, 8);
  CHECK_INT(tine_array_sort(a, TINE_ASCENDING, NULL), TINE_OK);
  CHECK(memcmp(x, up, sizeof x) == 0);
  CHECK_INT(tine_array_sort(a, TINE_DESCENDING, NULL), TINE_OK);
  CHECK(memcmp(x, down, sizeof x) == 0);
  tine_array_release(a);
}

static void reverse_body(tine_ctx *ctx, void *arg) {
  (void)ctx;
  CHECK_INT(tine_array_reverse(((array_call *)arg)->a, NULL), TINE_OK);
}

static void reversed_arrays(void) {
  for (int round = 0; round < 200; round++) {
    char *memory;
    const uint64_t n = check_below(10) == 0 ? 400000 : sort_length();
    tine_array *a = some_array(some_dtype(), n, &memory);
    array_call call = {.a = a};
    uint64_t wrong = 0;
    fill(a, 0);
    tine_value *before = malloc((n + 1) * sizeof *before);
    for (uint64_t i = 0; i < n; i++)
      before[i] = tine_array_get(a, i);
    in_some_pool(reverse_body, &call);
    for (uint64_t i = 0; i < n; i++) {
      const tine_value v = tine_array_get(a, n - 1 - i);
      wrong += v.as.u != before[i].as.u && !value_nan(v);
    }
    CHECK_INT(wrong, 0);
    tine_array_release(a);
    free(before);
    free(memory);
  }
  test_pools_end();
}

/* ----- Whole items ----- */

static void one_sorted(unsigned columns, uint64_t n) {
  tine_array *in[TINE_MAX_COLUMNS], *out[TINE_MAX_COLUMNS];
  oracle o = {in, columns, check_below(2) != 0 ? TINE_ASCENDING : TINE_DESCENDING};
  uint64_t *want, wrong = 0;
  tine_pipeline *p = NULL;
  for (unsigned c = 0; c < columns; c++) {
    CHECK_INT(tine_array_create(&in[c], some_dtype(), n, NULL), TINE_OK);
    fill(in[c], check_below(3) != 0 ? 4 : check_below(PATTERNS));
    p = c == 0 ? tine_slice(in[c]) : tine_zip(p, tine_slice(in[c]));
  }
  p = check_below(4) == 0 ? tine_sequential(p) : tine_on(p, test_pool(thread_counts[check_below(4)]));
  want = oracle_positions(&o, n);
  CHECK_INT(tine_sorted(p, o.order, out, NULL), TINE_OK);
  for (unsigned c = 0; c < columns; c++) {
    CHECK_INT(tine_array_len(out[c]), n);
    CHECK_INT(tine_array_dtype(out[c]), tine_array_dtype(in[c]));
    for (uint64_t i = 0; i < n; i++)
      wrong += !same_bits(out[c], i, in[c], want[i]);
  }
  CHECK_INT(wrong, 0);
  for (unsigned c = 0; c < columns; c++) {
    tine_array_release(in[c]);
    tine_array_release(out[c]);
  }
  free(want);
  tine_pipeline_release(p);
}

static void items_by_all_columns(void) {
  for (int round = 0; round < 150; round++)
    one_sorted(1 + (unsigned)check_below(5), sort_length());
  one_sorted(TINE_MAX_COLUMNS, 300);
  one_sorted(3, 150000);
  test_pools_end();
}

/* ----- Refusals ----- */

static void what_cannot_be_sorted(void) {
  double x[2] = {2, 1};
  tine_error err;
  tine_array *a = tine_slice_of(TINE_F64, x, 2, 8), *same = tine_slice_of(TINE_F64, x, 2, 0), *out = a;
  tine_pipeline *p;
  CHECK_INT(tine_array_sort(NULL, TINE_ASCENDING, &err), TINE_EINVAL);
  CHECK_INT(tine_array_reverse(NULL, NULL), TINE_EINVAL);
  CHECK_INT(tine_array_argsort(NULL, TINE_ASCENDING, &out, &err), TINE_EINVAL);
  CHECK(out == NULL);
  CHECK_INT(tine_array_sort(a, (tine_order)2, &err), TINE_EINVAL);
  CHECK_CONTAINS(err.message, "order");
  CHECK_INT(tine_array_argsort(a, (tine_order)2, &out, &err), TINE_EINVAL);
  CHECK_INT(tine_array_sort(same, TINE_ASCENDING, NULL), TINE_OK); /* one value, however often */
  CHECK_INT(tine_array_reverse(same, NULL), TINE_OK);
  CHECK(x[0] == 2 && x[1] == 1);
  p = tine_slice(a);
  CHECK_INT(tine_sorted(p, (tine_order)7, &out, &err), TINE_EINVAL);
  CHECK(out == NULL);
  tine_pipeline_release(p);
  p = tine_map(tine_slice(a), NULL, NULL, 0);
  CHECK(tine_sorted(p, TINE_ASCENDING, &out, NULL) != TINE_OK);
  tine_pipeline_release(p);
  tine_array_release(a);
  tine_array_release(same);
}

static void read_only_arrays_are_refused(void) {
  char path[512];
  tine_array *a = NULL, *mapped = NULL;
  tine_error err;
  CHECK_STOP(check_folder(path, sizeof path - 8));
  strcat(path, "/a.npy");
  CHECK_STOP(tine_array_create(&a, TINE_I32, 3, NULL) == TINE_OK);
  CHECK_INT(tine_array_save(a, path, NULL), TINE_OK);
  CHECK_INT(tine_array_mmap(&mapped, path, TINE_NONE, "r", NULL), TINE_OK);
  CHECK_INT(tine_array_sort(mapped, TINE_ASCENDING, &err), TINE_EINVAL);
  CHECK_CONTAINS(err.message, "read-only");
  CHECK_INT(tine_array_reverse(mapped, &err), TINE_EINVAL);
  tine_array_release(mapped);
  tine_array_release(a);
  remove(path);
  *strrchr(path, '/') = '\0';
  remove(path);
}

typedef struct failing_call {
  tine_array *a;
  tine_status status;
} failing_call;

static void failing_sort(tine_ctx *ctx, void *arg) {
  failing_call *const c = arg;
  (void)ctx;
  c->status = tine_array_sort(c->a, TINE_ASCENDING, NULL);
}

/* Every allocation is refused once; then the array is as it was, or sorted all the same. */
static void no_memory_leaves_the_array(void) {
  enum { N = 90000 };
  static const ptrdiff_t strides[] = {8, 16};
  double *x = malloc(2 * N * sizeof *x), *copy = malloc(2 * N * sizeof *x);
  tine_pool *pool = test_pool(2);
  for (int s = 0; s < 2; s++) {
    tine_array *a = tine_slice_of(TINE_F64, x, N, strides[s]);
    failing_call call = {a, TINE_OK};
    tine_status status = TINE_ENOMEM;
    for (int64_t at = 0; at < 100 && (status != TINE_OK || at < 8); at++) { /* what fails later is done without */
      fill(a, 9);
      memcpy(copy, x, 2 * N * sizeof *x);
      ti_memory_fail_after(at);
      CHECK_INT(tine_pool_run(pool, failing_sort, &call, NULL), TINE_OK);
      ti_memory_fail_after(-1);
      status = call.status;
      CHECK(status == TINE_OK || (status == TINE_ENOMEM && memcmp(copy, x, 2 * N * sizeof *x) == 0));
      for (uint64_t i = 1; i < N && status == TINE_OK; i++)
        CHECK(value_order(tine_array_get(a, i - 1), tine_array_get(a, i), TINE_ASCENDING) <= 0);
    }
    CHECK_INT(status, TINE_OK);
    tine_array_release(a);
  }
  free(x);
  free(copy);
  test_pools_end();
}

static void no_memory_leaks_nothing(void) {
  tine_array *in = random_array(TINE_F64, 70000);
  tine_status status = TINE_ENOMEM;
  for (int64_t at = 0; at < 100 && status != TINE_OK; at++) {
    tine_array *out[2] = {in, in}, *positions = in;
    tine_pipeline *p = tine_zip(tine_slice(in), tine_slice(in));
    const tine_status argsort = (ti_memory_fail_after(at), tine_array_argsort(in, TINE_ASCENDING, &positions, NULL));
    ti_memory_fail_after(at);
    status = tine_sorted(p, TINE_ASCENDING, out, NULL);
    ti_memory_fail_after(-1);
    CHECK(argsort == TINE_OK || (argsort == TINE_ENOMEM && positions == NULL));
    CHECK(status == TINE_OK || (status == TINE_ENOMEM && out[0] == NULL && out[1] == NULL));
    tine_array_release(positions);
    tine_array_release(out[0]);
    tine_array_release(out[1]);
    tine_pipeline_release(p);
  }
  CHECK_INT(status, TINE_OK);
  tine_array_release(in);
}

CHECK_SUITE(sort, CHECK_CASE(arrays_of_any_kind), CHECK_CASE(long_arrays), CHECK_CASE(same_bits_on_any_pool),
            CHECK_CASE(nans_keep_their_order), CHECK_CASE(reversed_arrays), CHECK_CASE(items_by_all_columns),
            CHECK_CASE(what_cannot_be_sorted), CHECK_CASE(read_only_arrays_are_refused),
            CHECK_CASE(no_memory_leaves_the_array), CHECK_CASE(no_memory_leaks_nothing))
