/*
** Arrays sorted in place and argsorted, against the oracle: every type, order, stride and number of threads.
*/
#include "../../core/base/memory.h"
#include "sort_oracle.h"

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
    CHECK_INT(tine_pool_run(test_pool(sort_threads[check_below(4)]), body, arg, NULL), TINE_OK);
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
  sort_oracle o = {&before, 1, call.order};
  uint64_t *want, wrong = 0, untrue = 0;
  sort_fill(a, pattern);
  copy = malloc(bytes);
  memcpy(copy, memory, bytes);
  before = tine_slice_of(dtype, copy + ((char *)tine_array_data(a) - memory), n, tine_array_stride(a));
  want = sort_oracle_positions(&o, n);
  in_some_pool(sort_body, &call);
  CHECK_INT(tine_array_dtype(call.positions), TINE_I64);
  CHECK_INT(tine_array_len(call.positions), n);
  for (uint64_t i = 0; i < n; i++) {
    wrong += ((int64_t *)tine_array_data(call.positions))[i] != (int64_t)want[i] + 1;
    untrue += !sort_same_bits(a, i, before, want[i]);
  }
  CHECK_INT(untrue, 0);
  if (!CHECK_INT(wrong, 0))
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
    one_array(sort_dtype(), sort_length(), check_below(PATTERNS));
  for (uint64_t pattern = 0; pattern < PATTERNS; pattern++)
    for (int d = 1; d < TINE_DTYPE_END; d++)
      one_array((tine_dtype)d, 2000, pattern);
  test_pools_end();
}

/* So long that several threads distribute one stretch. */
static void long_arrays(void) {
  for (uint64_t pattern = 0; pattern < PATTERNS; pattern++)
    one_array(sort_dtype(), 150000 + check_below(1000), pattern);
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
    sort_fill(a, pattern);
    memcpy(copy, tine_array_data(a), N * sizeof *copy);
    for (int t = 0; t < 4; t++) {
      array_call call = {a, NULL, TINE_DESCENDING};
      memcpy(tine_array_data(a), copy, N * sizeof *copy);
      CHECK_INT(tine_pool_run(test_pool(sort_threads[t]), sort_body, &call, NULL), TINE_OK);
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
    tine_array *a = some_array(sort_dtype(), n, &memory);
    array_call call = {.a = a};
    uint64_t wrong = 0;
    sort_fill(a, 0);
    tine_value *before = malloc((n + 1) * sizeof *before);
    for (uint64_t i = 0; i < n; i++)
      before[i] = tine_array_get(a, i);
    in_some_pool(reverse_body, &call);
    for (uint64_t i = 0; i < n; i++) {
      const tine_value v = tine_array_get(a, n - 1 - i);
      wrong += v.as.u != before[i].as.u && !sort_value_nan(v);
    }
    CHECK_INT(wrong, 0);
    tine_array_release(a);
    free(before);
    free(memory);
  }
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
  check_own_order(path);
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
      sort_fill(a, 9);
      memcpy(copy, x, 2 * N * sizeof *x);
      ti_memory_fail_after(at);
      CHECK_INT(tine_pool_run(pool, failing_sort, &call, NULL), TINE_OK);
      ti_memory_fail_after(-1);
      status = call.status;
      CHECK(status == TINE_OK || (status == TINE_ENOMEM && memcmp(copy, x, 2 * N * sizeof *x) == 0));
      for (uint64_t i = 1; i < N && status == TINE_OK; i++)
        CHECK(sort_value_order(tine_array_get(a, i - 1), tine_array_get(a, i), TINE_ASCENDING) <= 0);
    }
    CHECK_INT(status, TINE_OK);
    tine_array_release(a);
  }
  free(x);
  free(copy);
  test_pools_end();
}

CHECK_SUITE(sort, CHECK_CASE(arrays_of_any_kind), CHECK_CASE(long_arrays), CHECK_CASE(same_bits_on_any_pool),
            CHECK_CASE(nans_keep_their_order), CHECK_CASE(reversed_arrays), CHECK_CASE(what_cannot_be_sorted),
            CHECK_CASE(read_only_arrays_are_refused), CHECK_CASE(no_memory_leaves_the_array))
