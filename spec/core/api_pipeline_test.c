/*
** The contract of pipelines in core/tine.h: what sources and adaptors give, what a pipeline says of itself, and that it
** is a value, used twice in one tree and run by several threads at once.
*/
#include "../../core/tine.h"
#include "check.h"

static tine_kernel *kernel(const char *name) {
  return tine_kernel_find(NULL, name, NULL);
}

/* Checks the first column of p, which it takes, against 'n' integers. */
static void gives(tine_pipeline *p, const int64_t *want, uint64_t n, int line) {
  tine_array *out[TINE_MAX_COLUMNS] = {NULL};
  tine_error err = {.message = ""};
  check_int((int64_t)tine_pipeline_len(p), (int64_t)n, "length", __FILE__, line);
  if (!check_int(tine_collect(p, out, &err), TINE_OK, err.message, __FILE__, line))
    return;
  check_int((int64_t)tine_array_len(out[0]), (int64_t)n, "collected", __FILE__, line);
  for (uint64_t i = 0; i < n && i < tine_array_len(out[0]); i++)
    check_int(tine_array_get(out[0], i).as.i, want[i], "item", __FILE__, line);
  for (unsigned i = 0; i < TINE_MAX_COLUMNS; i++)
    tine_array_release(out[i]);
  tine_pipeline_release(p);
}

#define GIVES(p, n, ...) gives((p), (const int64_t[]){__VA_ARGS__}, (n), __LINE__)

/* ===== Sources ===== */

static void ranges_are_those_of_a_for_loop(void) {
  GIVES(tine_range(1, 4, 1), 4, 1, 2, 3, 4);
  GIVES(tine_range(1, 10, 4), 3, 1, 5, 9);
  GIVES(tine_range(5, -5, -4), 3, 5, 1, -3);
  GIVES(tine_range(7, 7, -1), 1, 7);
  GIVES(tine_range(1, 0, 1), 0, 0);
  GIVES(tine_range(0, 1, -1), 0, 0);
  GIVES(tine_range(INT64_MAX - 1, INT64_MAX, 1), 2, INT64_MAX - 1, INT64_MAX);
  GIVES(tine_range(INT64_MAX - 3, INT64_MAX, 2), 2, INT64_MAX - 3, INT64_MAX - 1);
  GIVES(tine_range(INT64_MIN + 1, INT64_MIN, -1), 2, INT64_MIN + 1, INT64_MIN);
  GIVES(tine_range(INT64_MIN, INT64_MAX, INT64_MAX), 3, INT64_MIN, -1, INT64_MAX - 1);
  GIVES(tine_range(INT64_MAX, INT64_MIN, INT64_MIN), 2, INT64_MAX, -1);
  tine_pipeline *p = tine_range(INT64_MIN, -2, 1);
  CHECK_INT(tine_pipeline_check(p, NULL), TINE_OK);
  CHECK_INT(tine_pipeline_len(p), INT64_MAX);
  tine_pipeline_release(p);
}

static void float_ranges_do_not_drift(void) {
  tine_array *out = NULL;
  tine_pipeline *p = tine_range_f64(0, 1000, 0.1);
  CHECK_INT(tine_pipeline_len(p), 10001);
  CHECK_INT(tine_pipeline_dtype(p, 0), TINE_F64);
  CHECK_STOP(tine_collect(p, &out, NULL) == TINE_OK);
  for (uint64_t i = 0; i < 10001; i++)
    CHECK_F64(tine_array_get(out, i).as.f, 0 + (double)i * 0.1);
  tine_array_release(out);
  tine_pipeline_release(p);
  p = tine_range_f64(1, 0, 0.5);
  CHECK_INT(tine_pipeline_len(p), 0);
  tine_pipeline_release(p);
}

static void one_value_is_repeated(void) {
  GIVES(tine_rep(tine_i64(6), 3), 3, 6, 6, 6);
  GIVES(tine_rep(tine_i64(6), 0), 0, 0);
  tine_pipeline *p = tine_rep(tine_bool(true), INT64_MAX);
  CHECK_INT(tine_pipeline_len(p), INT64_MAX);
  CHECK_INT(tine_pipeline_dtype(p, 0), TINE_BOOL);
  tine_pipeline_release(p);
}

/* ===== Adaptors ===== */

static void adaptors_do_as_they_say(void) {
  tine_value ten = tine_i64(10);
  static const int swapped[] = {1, -1}, both[] = {1, 0};
  GIVES(tine_zip(tine_range(1, 3, 1), tine_range(1, 9, 1)), 3, 1, 2, 3);
  GIVES(tine_zip(tine_range(1, 9, 1), tine_range(4, 6, 1)), 3, 1, 2, 3);
  GIVES(tine_map(tine_range(1, 3, 1), kernel("add"), &ten, 1), 3, 11, 12, 13);
  GIVES(tine_map(tine_zip(tine_range(1, 3, 1), tine_range(5, 9, 1)), kernel("sub"), NULL, 0), 3, -4, -4, -4);
  GIVES(tine_map_args(tine_zip(tine_range(1, 2, 1), tine_range(5, 6, 1)), kernel("sub"), swapped,
                      (tine_value[]){tine_i64(0), ten}, 2),
        2, -5, -4);
  GIVES(tine_map_args(tine_zip(tine_range(1, 2, 1), tine_range(5, 6, 1)), kernel("sub"), both, NULL, 2), 2, 4, 4);
  GIVES(tine_take(tine_range(1, 9, 1), 2), 2, 1, 2);
  GIVES(tine_take(tine_range(1, 2, 1), 9), 2, 1, 2);
  GIVES(tine_take(tine_range(1, 2, 1), 0), 0, 0);
  GIVES(tine_min_len(tine_max_len(tine_range(1, 3, 1), 1), 5), 3, 1, 2, 3);
  GIVES(tine_sequential(tine_range(1, 3, 1)), 3, 1, 2, 3);
  GIVES(tine_zip_eq(tine_range(1, 2, 1), tine_range(4, 5, 1)), 2, 1, 2);
}

static void casts_have_three_modes(void) {
  static double x[] = {1.5, -1.5, 300, -5, 1e30, -1e30, 0, 0};
  enum { N = sizeof x / sizeof x[0] };
  x[6] = 1e308 * 10; /* infinity */
  x[7] = x[6] - x[6];
  tine_array *a = tine_slice_of(TINE_F64, x, N, sizeof *x);
  GIVES(tine_cast(tine_slice(a), TINE_U8, TINE_CAST_WRAP), N, 1, 255, 44, 251, 0, 0, 0, 0);
  GIVES(tine_cast(tine_slice(a), TINE_U8, TINE_CAST_CLAMP), N, 1, 0, 255, 0, 255, 0, 255, 0);
  GIVES(tine_cast(tine_range(-2, 256, 129), TINE_U8, TINE_CAST_WRAP), 3, 254, 127, 0);
  GIVES(tine_cast(tine_range(-2, 256, 129), TINE_I8, TINE_CAST_CLAMP), 3, -2, 127, 127);
  GIVES(tine_cast(tine_rep(tine_f64(2), 2), TINE_I16, TINE_CAST_EXACT), 2, 2, 2);
  tine_pipeline *p = tine_cast(tine_take(tine_slice(a), 1), TINE_I32, TINE_CAST_EXACT);
  tine_pipeline *q = tine_cast(tine_range(1, 256, 1), TINE_U8, TINE_CAST_EXACT);
  tine_error err;
  uint64_t n;
  CHECK(tine_count(p, &n, &err) != TINE_OK);
  CHECK_INT(err.item, 0);
  CHECK_CONTAINS(err.message, "number has no integer representation");
  CHECK(tine_count(q, &n, &err) != TINE_OK);
  CHECK_INT(err.item, 255);
  CHECK_CONTAINS(err.message, "integer overflow");
  tine_pipeline_release(p);
  tine_pipeline_release(q);
  tine_array_release(a);
}

/* ===== What a pipeline says of itself ===== */

static void pipelines_describe_themselves(void) {
  tine_pipeline *p = tine_zip(tine_range(1, 5, 1), tine_rep(tine_f64(2), 9));
  CHECK_INT(tine_pipeline_kind(p), TINE_INDEXED);
  CHECK_INT(tine_pipeline_len(p), 5);
  CHECK_INT(tine_pipeline_columns(p), 2);
  CHECK_INT(tine_pipeline_dtype(p, 0), TINE_I64);
  CHECK_INT(tine_pipeline_dtype(p, 1), TINE_F64);
  CHECK_INT(tine_pipeline_dtype(p, 2), TINE_NONE);
  p = tine_map(p, kernel("lt"), NULL, 0);
  CHECK_INT(tine_pipeline_columns(p), 1);
  CHECK_INT(tine_pipeline_dtype(p, 0), TINE_BOOL);
  tine_pipeline_release(p);
}

static int lines(const char *text) {
  int n = 0;
  while ((text = strchr(text, '\n')) != NULL)
    n++, text++;
  return n;
}

static void plans_are_explained(void) {
  char text[1000], more[1000], some[20];
  tine_value ten = tine_f64(10);
  tine_array *a = NULL;
  CHECK_STOP(tine_array_create(&a, TINE_F32, 77, NULL) == TINE_OK);
  tine_pipeline *p = tine_map(tine_slice(a), kernel("mul"), &ten, 1);
  const size_t length = tine_pipeline_explain(p, text, sizeof text);
  CHECK_INT(length, strlen(text));
  CHECK_CONTAINS(text, "slice");
  CHECK_CONTAINS(text, "map");
  CHECK_CONTAINS(text, "mul");
  CHECK_CONTAINS(text, "f32");
  CHECK_CONTAINS(text, "77");
  CHECK_INT(tine_pipeline_explain(p, NULL, 0), length);
  CHECK_INT(tine_pipeline_explain(p, some, sizeof some), length);
  CHECK_INT(strlen(some), sizeof some - 1);
  CHECK(strncmp(some, text, sizeof some - 1) == 0);
  p = tine_take(p, 5);
  tine_pipeline_explain(p, more, sizeof more);
  CHECK_INT(lines(more), lines(text) + 1); /* one line a stage */
  CHECK_CONTAINS(more, "take");
  tine_pipeline_release(p);
  tine_array_release(a);
}

/* ===== Values ===== */

/* Used twice in one tree, and again after the tree is gone. */
static void pipelines_are_shared_by_reference(void) {
  tine_pipeline *p = tine_range(1, 1000, 1);
  tine_pipeline *squares = tine_map(tine_zip(tine_pipeline_retain(p), tine_pipeline_retain(p)), kernel("mul"), NULL, 0);
  tine_value sum;
  for (int round = 0; round < 3; round++) {
    CHECK_INT(tine_sum(squares, &sum, NULL), TINE_OK);
    CHECK_INT(sum.as.i, 333833500);
  }
  tine_pipeline_release(squares);
  CHECK_INT(tine_sum(p, &sum, NULL), TINE_OK);
  CHECK_INT(sum.as.i, 500500);
  tine_pipeline_release(p);
}

static struct {
  tine_pipeline *p;
  double sum;
  _Atomic unsigned started, wrong;
} shared;

/* Runs on a thread of its own: the hook of a worker. */
static void run_shared(void *arg, unsigned worker) {
  (void)arg;
  shared.started++;
  for (unsigned i = 0; i < 30; i++) {
    tine_pipeline *p = tine_pipeline_retain(shared.p);
    if ((i + worker) % 3 == 0)
      p = tine_sequential(p);
    tine_value sum = tine_f64(0);
    if (tine_sum(p, &sum, NULL) != TINE_OK || memcmp(&sum.as.f, &shared.sum, sizeof sum.as.f) != 0)
      shared.wrong++;
    tine_pipeline_release(p);
  }
}

static void several_threads_run_one_pipeline(void) {
  const tine_pool_options options = {.size = sizeof options, .threads = 5, .on_start = run_shared};
  tine_pool *threads = NULL;
  tine_value sum;
  shared.started = shared.wrong = 0;
  shared.p = tine_map(tine_range(1, 50000, 1), kernel("sqrt"), NULL, 0);
  CHECK_STOP(tine_sum(shared.p, &sum, NULL) == TINE_OK);
  shared.sum = sum.as.f;
  CHECK_STOP(tine_pool_create(&threads, &options, NULL) == TINE_OK);
  for (int i = 0; i < 30; i++) {
    CHECK_INT(tine_sum(shared.p, &sum, NULL), TINE_OK);
    CHECK_F64(sum.as.f, shared.sum);
  }
  const unsigned workers = tine_pool_threads(threads) - 1;
  tine_pool_destroy(threads);
  CHECK_INT(shared.started, workers);
  CHECK_INT(shared.wrong, 0);
  tine_pipeline_release(shared.p);
}

CHECK_SUITE(api_pipeline, CHECK_CASE(ranges_are_those_of_a_for_loop), CHECK_CASE(float_ranges_do_not_drift),
            CHECK_CASE(one_value_is_repeated), CHECK_CASE(adaptors_do_as_they_say), CHECK_CASE(casts_have_three_modes),
            CHECK_CASE(pipelines_describe_themselves), CHECK_CASE(plans_are_explained),
            CHECK_CASE(pipelines_are_shared_by_reference), CHECK_CASE(several_threads_run_one_pipeline))
