/*
** The contract of core/tine.h as a host reads it, through nothing but that header; the other api_*_test.c files go on
** with arrays, kernels, pipelines, terminals, producers, tasks and memory. Here: statuses, what is written to an error
** and when, element types, values, and the constants of the header.
*/
#include "../../core/tine.h"
#include "check.h"

static void expect(tine_status got, int want, const tine_error *err, const char *what, int line) {
  check_int(got, want, what, __FILE__, line);
  check_true(got != TINE_OK, what, __FILE__, line);
  check_int(err->status, got, what, __FILE__, line);
  check_true(memchr(err->message, '\0', sizeof err->message) != NULL, what, __FILE__, line);
  check_true(err->message[0] != '\0', what, __FILE__, line);
}

#define FAILS(call, want) (memset(&err, 0x5a, sizeof err), expect((call), (want), &err, #call, __LINE__))

/* ===== Statuses and errors ===== */

static void statuses_have_texts(void) {
#define STATUS_TEXT(name, code, text) \
  CHECK_INT(name, code);              \
  CHECK_TEXT(tine_status_text(name), text);
  TINE_STATUS_LIST(STATUS_TEXT)
#undef STATUS_TEXT
  CHECK_TEXT(tine_status_text((tine_status)999), "error of the host");
  CHECK_TEXT(tine_status_text((tine_status)1017), "error of the host");
  CHECK_TEXT(tine_status_text((tine_status)-5), "error of the host");
}

static void success_leaves_the_error_alone(void) {
  tine_error err, before;
  tine_array *a = NULL;
  tine_value sum;
  memset(&before, 0x5a, sizeof before);
  err = before;
  CHECK_INT(tine_array_create(&a, TINE_I32, 5, &err), TINE_OK);
  CHECK_INT(tine_array_set(a, 4, tine_i64(7), &err), TINE_OK);
  CHECK(tine_kernel_find(NULL, "mul", &err) != NULL);
  tine_pipeline *p = tine_slice(a);
  CHECK_INT(tine_pipeline_check(p, &err), TINE_OK);
  CHECK_INT(tine_sum(p, &sum, &err), TINE_OK);
  CHECK_INT(sum.as.i, 7);
  CHECK(memcmp(&err, &before, sizeof err) == 0);
  tine_pipeline_release(p);
  tine_array_release(a);
}

static void failure_fills_the_error(void) {
  tine_error err;
  tine_array *a = NULL, *none = NULL;
  tine_value v;
  CHECK_INT(tine_array_create(&a, TINE_U8, 3, NULL), TINE_OK);
  FAILS(tine_array_set(a, 3, tine_i64(1), &err), TINE_EINVAL);
  CHECK_INT(err.os_errno, 0);
  FAILS(tine_array_set(a, 0, tine_i64(256), &err), TINE_ERANGE);
  CHECK_INT(err.os_errno, 0);
  FAILS(tine_sum(NULL, &v, &err), TINE_ENOMEM);
  FAILS(tine_array_load(&none, "/nonexistent/api", &err), TINE_EIO);
  CHECK(err.os_errno != 0);
  tine_array_release(a);
}

/* Wherever an error can be given, NULL may be. */
static void errors_are_optional(void) {
  tine_array *a = NULL, *none = NULL;
  tine_value v;
  uint64_t count;
  CHECK_INT(tine_array_create(&a, TINE_U8, 2, NULL), TINE_OK);
  CHECK_INT(tine_array_create(&none, TINE_F64, UINT64_MAX, NULL), TINE_ERANGE);
  CHECK_INT(tine_array_set(a, 0, tine_i64(-1), NULL), TINE_ERANGE);
  CHECK(tine_kernel_find(NULL, "mull", NULL) == NULL);
  CHECK(tine_kernel_signature_for(tine_kernel_find(NULL, "mul", NULL), NULL, 0, NULL) == NULL);
  CHECK_INT(tine_array_load(&none, "/nonexistent/api", NULL), TINE_EIO);
  CHECK_INT(tine_array_mmap(&none, "/nonexistent/api", TINE_U8, "r", NULL), TINE_EIO);
  CHECK(tine_array_save(a, "/nonexistent/api", NULL) != TINE_OK);
  CHECK_INT(tine_pipeline_check(NULL, NULL), TINE_ENOMEM);
  CHECK_INT(tine_sum(NULL, &v, NULL), TINE_ENOMEM);
  CHECK_INT(tine_count(NULL, &count, NULL), TINE_ENOMEM);
  tine_array_release(a);
}

/* ===== Element types and values ===== */

static void types_have_names_and_sizes(void) {
#define TYPE_FACTS(NAME, name, type, integer, sign, member) \
  CHECK_TEXT(tine_dtype_name(TINE_##NAME), #name);          \
  CHECK_INT(tine_dtype_size(TINE_##NAME), sizeof(type));    \
  CHECK_INT(tine_dtype_find(#name), TINE_##NAME);
  TINE_DTYPE_LIST(TYPE_FACTS)
#undef TYPE_FACTS
  CHECK_TEXT(tine_dtype_name(TINE_NONE), "none");
  CHECK_TEXT(tine_dtype_name(TINE_DTYPE_END), "none");
  CHECK_TEXT(tine_dtype_name((tine_dtype)77), "none");
  CHECK_INT(tine_dtype_size(TINE_NONE), 0);
  CHECK_INT(tine_dtype_size(TINE_DTYPE_END), 0);
}

static void long_names_are_understood(void) {
  static const struct {
    const char *name;
    tine_dtype dtype;
  } names[] = {{"float64", TINE_F64}, {"double", TINE_F64}, {"float32", TINE_F32}, {"int32", TINE_I32},
               {"f6", TINE_NONE},     {"f640", TINE_NONE},  {"", TINE_NONE},       {"none", TINE_NONE}};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    CHECK_INT(tine_dtype_find(names[i].name), names[i].dtype);
}

static void constants_are_values(void) {
  CHECK_INT(tine_bool(true).dtype, TINE_BOOL);
  CHECK(tine_bool(true).as.b);
  CHECK(!tine_bool(false).as.b);
  CHECK_INT(tine_i64(INT64_MIN).dtype, TINE_I64);
  CHECK_INT(tine_i64(INT64_MIN).as.i, INT64_MIN);
  CHECK_INT(tine_f64(-0.0).dtype, TINE_F64);
  CHECK_F64(tine_f64(-0.0).as.f, -0.0);
}

static void version_agrees_with_itself(void) {
  char version[32];
  snprintf(version, sizeof version, "%d.%d.%d", TINE_VERSION_MAJOR, TINE_VERSION_MINOR, TINE_VERSION_PATCH);
  CHECK_TEXT(TINE_VERSION, version);
}

static void the_clock_is_monotonic(void) {
  double before = tine_clock();
  for (int i = 0; i < 10000; i++) {
    const double now = tine_clock();
    CHECK(now >= before);
    before = now;
  }
}

CHECK_SUITE(api, CHECK_CASE(statuses_have_texts), CHECK_CASE(success_leaves_the_error_alone),
            CHECK_CASE(failure_fills_the_error), CHECK_CASE(errors_are_optional),
            CHECK_CASE(types_have_names_and_sizes), CHECK_CASE(long_names_are_understood),
            CHECK_CASE(constants_are_values), CHECK_CASE(version_agrees_with_itself),
            CHECK_CASE(the_clock_is_monotonic))
