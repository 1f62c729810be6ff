/*
** The contract of arrays in core/tine.h: memory that is owned, borrowed or adopted, views and who keeps what alive,
** elements, and files. A drop is called exactly once, when the last reference goes, and not a moment before.
*/
#include "../../core/tine.h"
#include "check.h"

static void expect(tine_status got, int want, const tine_error *err, const char *what, int line) {
  check_int(got, want, what, __FILE__, line);
  check_true(got != TINE_OK, what, __FILE__, line);
  check_int(err->status, got, what, __FILE__, line);
  check_true(err->message[0] != '\0' && memchr(err->message, '\0', sizeof err->message) != NULL, what, __FILE__, line);
}

#define FAILS(call, want) (memset(&err, 0x5a, sizeof err), expect((call), (want), &err, #call, __LINE__))

/* Element i as a number, whatever its type. */
static double number(const tine_array *a, uint64_t i) {
  const tine_value v = tine_array_get(a, i);
  switch (v.dtype) {
    case TINE_BOOL: return v.as.b;
    case TINE_U64: return (double)v.as.u;
    case TINE_F32:
    case TINE_F64: return v.as.f;
    default: return (double)v.as.i;
  }
}

/* ===== Memory of the library ===== */

static void owned_memory_is_zeroed_and_aligned(void) {
  static const uint64_t lengths[] = {0, 1, 7, 4096, 600000};
  for (int d = TINE_NONE + 1; d < TINE_DTYPE_END; d++)
    for (size_t k = 0; k < sizeof lengths / sizeof lengths[0]; k++) {
      tine_array *a = NULL;
      CHECK_STOP(tine_array_create(&a, (tine_dtype)d, lengths[k], NULL) == TINE_OK);
      CHECK_INT(tine_array_dtype(a), d);
      CHECK_INT(tine_array_len(a), lengths[k]);
      CHECK_INT(tine_array_stride(a), tine_dtype_size((tine_dtype)d));
      CHECK(tine_array_data(a) != NULL);
      CHECK_INT((uintptr_t)tine_array_data(a) % 64, 0);
      CHECK(!tine_array_readonly(a));
      const char *bytes = tine_array_data(a);
      size_t set = 0;
      for (size_t i = 0; i < lengths[k] * tine_dtype_size((tine_dtype)d); i++)
        set += bytes[i] != 0;
      CHECK_INT(set, 0);
      tine_array_release(a);
    }
}

static void impossible_arrays_are_refused(void) {
  tine_error err;
  tine_array *a = NULL;
  FAILS(tine_array_create(&a, TINE_F64, UINT64_MAX, &err), TINE_ERANGE);
  FAILS(tine_array_create(&a, TINE_F64, UINT64_MAX / 8 + 1, &err), TINE_ERANGE);
  FAILS(tine_array_create(&a, TINE_F64, UINT64_MAX / 8 + 2, &err), TINE_ERANGE);
  FAILS(tine_array_create(&a, TINE_U8, UINT64_MAX, &err), TINE_ERANGE);
  FAILS(tine_array_create(&a, TINE_NONE, 4, &err), TINE_EINVAL);
  FAILS(tine_array_create(&a, TINE_DTYPE_END, 4, &err), TINE_EINVAL);
}

/* ===== Memory of the host ===== */

static struct body {
  char name[3];
  float mass;
  double height;
  uint8_t flags;
} bodies[100];

static void a_field_is_a_column(void) {
  for (int i = 0; i < 100; i++)
    bodies[i] = (struct body){"ab", (float)i, 0.25 - i, (uint8_t)(2 * i)};
  tine_array *mass = tine_slice_of(TINE_F32, &bodies->mass, 100, sizeof *bodies);
  tine_array *height = tine_slice_of(TINE_F64, &bodies->height, 100, sizeof *bodies);
  tine_array *flags = tine_slice_of(TINE_U8, &bodies->flags, 100, sizeof *bodies);
  for (uint64_t i = 0; i < 100; i++) {
    CHECK_F64(number(mass, i), (double)i);
    CHECK_F64(number(height, i), 0.25 - (double)i);
    CHECK_F64(number(flags, i), 2 * (double)i);
    CHECK_INT(tine_array_set(height, i, tine_f64(0.5), NULL), TINE_OK);
    CHECK_F64(bodies[i].height, 0.5);
  }
  CHECK(tine_array_data(mass) == &bodies->mass);
  CHECK_INT(tine_array_stride(mass), sizeof *bodies);
  CHECK_TEXT(bodies[99].name, "ab");
  tine_array_release(mass);
  tine_array_release(height);
  tine_array_release(flags);
}

static void strides_may_be_negative_or_0(void) {
  int16_t x[] = {1, 2, 3, 4};
  tine_array *back = tine_slice_of(TINE_I16, &x[3], 4, -(ptrdiff_t)sizeof *x);
  tine_array *same = tine_slice_of(TINE_I16, &x[1], 1000000, 0);
  for (uint64_t i = 0; i < 4; i++)
    CHECK_INT(tine_array_get(back, i).as.i, 4 - (int64_t)i);
  CHECK_INT(tine_array_get(same, 0).as.i, 2);
  CHECK_INT(tine_array_get(same, 999999).as.i, 2);
  CHECK_INT(tine_array_stride(back), -2);
  CHECK_INT(tine_array_stride(same), 0);
  tine_array_release(back);
  tine_array_release(same);
}

static void unusable_host_memory_is_refused(void) {
  double x[4] = {0};
  char *const bytes = (char *)x;
  CHECK(tine_slice_of(TINE_NONE, x, 4, sizeof *x) == NULL);
  CHECK(tine_slice_of(TINE_DTYPE_END, x, 4, sizeof *x) == NULL);
  CHECK(tine_slice_of(TINE_F64, bytes + 1, 2, sizeof *x) == NULL);
  CHECK(tine_slice_of(TINE_F64, x, 2, 10) == NULL);
  CHECK(tine_slice_of(TINE_F64, x, UINT64_MAX, sizeof *x) == NULL);
  CHECK(tine_slice_of(TINE_F64, x, UINT64_MAX / 8 + 2, sizeof *x) == NULL);
  CHECK(tine_slice_of(TINE_F64, x, UINT64_MAX / 8 + 2, -(ptrdiff_t)sizeof *x) == NULL);
  tine_array *empty = tine_slice_of(TINE_F64, NULL, 0, sizeof *x);
  CHECK(empty != NULL);
  CHECK_INT(tine_array_len(empty), 0);
  tine_array_release(empty);
}

/* ===== Who keeps what alive ===== */

static int drops;
static void *dropped;

static void drop(void *arg) {
  drops++;
  dropped = arg;
}

static void adopted_memory_is_dropped_once(void) {
  double x[10] = {0};
  drops = 0;
  tine_array *a = tine_array_adopt(TINE_F64, x, 10, sizeof *x, drop, &x[5]);
  CHECK(tine_array_retain(a) == a);
  tine_array_release(a);
  CHECK_INT(drops, 0);
  tine_array_release(a);
  CHECK_INT(drops, 1);
  CHECK(dropped == &x[5]);
  CHECK(tine_array_adopt(TINE_NONE, x, 10, sizeof *x, drop, x) == NULL);
  CHECK(tine_array_adopt(TINE_F64, (char *)x + 1, 9, sizeof *x, drop, x) == NULL);
  CHECK_INT(drops, 1);
}

static void views_and_pipelines_keep_memory_alive(void) {
  double x[10] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  drops = 0;
  tine_array *a = tine_array_adopt(TINE_F64, x, 10, sizeof *x, drop, x);
  tine_array *view = tine_array_view(a, 2, 6);
  tine_array *inner = tine_array_view(view, 1, 2);
  tine_pipeline *p = tine_slice(inner);
  tine_array_release(a);
  tine_array_release(view);
  tine_array_release(inner);
  CHECK_INT(drops, 0);
  tine_value sum;
  CHECK_INT(tine_sum(p, &sum, NULL), TINE_OK);
  CHECK_F64(sum.as.f, 3 + 4);
  tine_pipeline_release(p);
  CHECK_INT(drops, 1);
}

static void arrays_tell_whether_they_are_shared(void) {
  tine_array *a = NULL;
  CHECK_STOP(tine_array_create(&a, TINE_U8, 4, NULL) == TINE_OK);
  CHECK(!tine_array_shared(a));
  tine_array_retain(a);
  CHECK(tine_array_shared(a));
  tine_array_release(a);
  CHECK(!tine_array_shared(a));
  tine_array *view = tine_array_view(a, 1, 2);
  CHECK(tine_array_shared(a));
  CHECK(!tine_array_shared(view));
  tine_array_release(view);
  tine_pipeline *p = tine_slice(a);
  CHECK(tine_array_shared(a));
  tine_pipeline_release(p);
  CHECK(!tine_array_shared(a));
  tine_array_release(a);
}

static void a_view_is_a_range_of_elements(void) {
  int32_t x[20];
  for (int i = 0; i < 20; i++)
    x[i] = i;
  tine_array *odd = tine_slice_of(TINE_I32, &x[1], 10, 2 * sizeof *x);
  tine_array *view = tine_array_view(odd, 3, 4);
  CHECK_INT(tine_array_len(view), 4);
  CHECK_INT(tine_array_dtype(view), TINE_I32);
  CHECK_INT(tine_array_stride(view), 2 * sizeof *x);
  CHECK_INT(tine_array_get(view, 0).as.i, 7);
  CHECK_INT(tine_array_set(view, 3, tine_i64(-1), NULL), TINE_OK);
  CHECK_INT(x[13], -1);
  tine_array *end = tine_array_view(odd, 10, 0);
  CHECK(end != NULL);
  CHECK(tine_array_view(odd, 10, 1) == NULL);
  CHECK(tine_array_view(odd, 11, 0) == NULL);
  CHECK(tine_array_view(odd, 2, UINT64_MAX - 1) == NULL);
  tine_array_release(end);
  tine_array_release(view);
  tine_array_release(odd);
  tine_array_release(NULL);
}

/* ===== Elements ===== */

static tine_value of(tine_dtype dtype, uint64_t u) {
  tine_value v;
  v.dtype = dtype;
  v.as.u = u;
  return v;
}

static void storing_takes_what_fits(void) {
  static const struct {
    tine_dtype dtype;
    int64_t lowest, highest;
  } types[] = {{TINE_U8, 0, UINT8_MAX},          {TINE_I8, INT8_MIN, INT8_MAX}, {TINE_U16, 0, UINT16_MAX},
               {TINE_I16, INT16_MIN, INT16_MAX}, {TINE_U32, 0, UINT32_MAX},     {TINE_I32, INT32_MIN, INT32_MAX}};
  tine_error err;
  for (size_t k = 0; k < sizeof types / sizeof types[0]; k++) {
    tine_array *a = NULL;
    CHECK_STOP(tine_array_create(&a, types[k].dtype, 2, NULL) == TINE_OK);
    CHECK_INT(tine_array_set(a, 0, tine_i64(types[k].lowest), NULL), TINE_OK);
    CHECK_INT(tine_array_set(a, 1, tine_f64((double)types[k].highest), NULL), TINE_OK);
    FAILS(tine_array_set(a, 0, tine_i64(types[k].lowest - 1), &err), TINE_ERANGE);
    CHECK_CONTAINS(err.message, "integer overflow");
    FAILS(tine_array_set(a, 1, tine_f64((double)(types[k].highest + 1)), &err), TINE_ERANGE);
    FAILS(tine_array_set(a, 1, tine_f64(1.5), &err), TINE_ERANGE);
    CHECK_CONTAINS(err.message, "number has no integer representation");
    FAILS(tine_array_set(a, 1, tine_f64(1e300), &err), TINE_ERANGE);
    FAILS(tine_array_set(a, 1, tine_bool(true), &err), TINE_ETYPE);
    FAILS(tine_array_set(a, 2, tine_i64(1), &err), TINE_EINVAL);
    FAILS(tine_array_set(a, UINT64_MAX, tine_i64(1), &err), TINE_EINVAL);
    CHECK_INT(tine_array_get(a, 0).as.i, types[k].lowest);
    CHECK_INT(tine_array_get(a, 1).as.i, types[k].highest);
    tine_array_release(a);
  }
}

static void wide_integers_floats_and_bools_are_stored(void) {
  tine_error err;
  tine_array *i = NULL, *u = NULL, *f = NULL, *b = NULL;
  CHECK_STOP(tine_array_create(&i, TINE_I64, 1, NULL) == TINE_OK &&
             tine_array_create(&u, TINE_U64, 1, NULL) == TINE_OK);
  CHECK_STOP(tine_array_create(&f, TINE_F32, 1, NULL) == TINE_OK &&
             tine_array_create(&b, TINE_BOOL, 1, NULL) == TINE_OK);
  CHECK_INT(tine_array_set(u, 0, of(TINE_U64, UINT64_MAX), NULL), TINE_OK);
  CHECK(tine_array_get(u, 0).dtype == TINE_U64 && tine_array_get(u, 0).as.u == UINT64_MAX);
  CHECK_INT(tine_array_set(i, 0, tine_i64(INT64_MIN), NULL), TINE_OK);
  CHECK_INT(tine_array_get(i, 0).as.i, INT64_MIN);
  FAILS(tine_array_set(i, 0, tine_f64(9223372036854775808.0), &err), TINE_ERANGE);
  CHECK_INT(tine_array_set(i, 0, tine_f64(-9223372036854775808.0), NULL), TINE_OK);
  CHECK_INT(tine_array_set(f, 0, tine_f64(0.1), NULL), TINE_OK);
  CHECK_F64(tine_array_get(f, 0).as.f, (double)0.1f);
  CHECK_INT(tine_array_set(f, 0, tine_i64(16777217), NULL), TINE_OK);
  CHECK_F64(tine_array_get(f, 0).as.f, 16777216.0);
  CHECK_INT(tine_array_set(b, 0, tine_bool(true), NULL), TINE_OK);
  CHECK(tine_array_get(b, 0).dtype == TINE_BOOL && tine_array_get(b, 0).as.b);
  FAILS(tine_array_set(b, 0, tine_i64(1), &err), TINE_ETYPE);
  FAILS(tine_array_set(b, 0, of(TINE_NONE, 0), &err), TINE_ETYPE);
  tine_array_release(i);
  tine_array_release(u);
  tine_array_release(f);
  tine_array_release(b);
}

CHECK_SUITE(api_array, CHECK_CASE(owned_memory_is_zeroed_and_aligned), CHECK_CASE(impossible_arrays_are_refused),
            CHECK_CASE(a_field_is_a_column), CHECK_CASE(strides_may_be_negative_or_0),
            CHECK_CASE(unusable_host_memory_is_refused), CHECK_CASE(adopted_memory_is_dropped_once),
            CHECK_CASE(views_and_pipelines_keep_memory_alive), CHECK_CASE(arrays_tell_whether_they_are_shared),
            CHECK_CASE(a_view_is_a_range_of_elements), CHECK_CASE(storing_takes_what_fits),
            CHECK_CASE(wide_integers_floats_and_bools_are_stored))
