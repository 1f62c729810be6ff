/*
** Pipelines that went wrong, by core/tine.h: every constructor takes what it is given and gives a pipeline all the
** same, which keeps the first error; every terminal returns it. NULL is a pipeline whose error is TINE_ENOMEM.
*/
#include <math.h>

#include "../../core/tine.h"
#include "check.h"

static tine_kernel *kernel(const char *name) {
  return tine_kernel_find(NULL, name, NULL);
}

/* Checks that p, which it takes, keeps an error: every look at it and every terminal say the same. */
static void refused(tine_pipeline *p, int want, const char *what, int line) {
  tine_error err = {.message = ""}, again = {.message = ""};
  tine_value v[TINE_MAX_COLUMNS];
  const tine_status status = tine_pipeline_check(p, &err);
  check_true(status != TINE_OK, what, __FILE__, line);
  check_int(status, want, what, __FILE__, line);
  check_int(err.status, status, what, __FILE__, line);
  check_true(err.message[0] != '\0', what, __FILE__, line);
  check_int(tine_sum(p, v, &again), status, what, __FILE__, line);
  check_text(again.message, err.message, what, __FILE__, line);
  check_int(tine_pipeline_columns(p), 0, what, __FILE__, line);
  tine_pipeline_release(p);
}

#define REFUSED(p, want) refused((p), (want), #p, __LINE__)

static void wrong_sources_keep_their_error(void) {
  REFUSED(tine_range(1, 4, 0), TINE_EINVAL);
  REFUSED(tine_range(INT64_MIN, INT64_MAX, 1), TINE_ERANGE);
  REFUSED(tine_range(INT64_MIN, -1, 1), TINE_ERANGE); /* 2^63 items */
  REFUSED(tine_range_f64(0, 1, 0), TINE_EINVAL);
  REFUSED(tine_range_f64(0, 1e300, 1), TINE_ERANGE);
  REFUSED(tine_rep(tine_i64(6), (uint64_t)INT64_MAX + 1), TINE_ERANGE);
  REFUSED(tine_rep((tine_value){TINE_NONE, {.u = 0}}, 3), TINE_ETYPE);
  REFUSED(tine_range_f64(0, NAN, 1), TINE_EINVAL);
  REFUSED(tine_range_f64(INFINITY, 0, 1), TINE_EINVAL);
  REFUSED(tine_empty(TINE_NONE), TINE_ETYPE);
  REFUSED(tine_chain(tine_range(1, 2, 1), tine_rep(tine_bool(true), 2)), TINE_ETYPE);
  REFUSED(tine_cast(tine_range(1, 2, 1), TINE_NONE, TINE_CAST_EXACT), TINE_ETYPE);
}

static void wrong_stages_keep_their_error(void) {
  static const int outside[] = {0, 1}, none[] = {-1, -1};
  tine_value two[] = {tine_i64(1), tine_i64(2)};
  tine_pipeline *wide = tine_range(1, 2, 1);
  for (int i = 1; i < TINE_MAX_COLUMNS; i++)
    wide = tine_zip(wide, tine_range(1, 2, 1));
  CHECK_INT(tine_pipeline_columns(wide), TINE_MAX_COLUMNS);
  REFUSED(tine_zip(wide, tine_range(1, 2, 1)), TINE_ERANGE);
  REFUSED(tine_zip_eq(tine_range(1, 2, 1), tine_range(1, 3, 1)), TINE_EINVAL);
  REFUSED(tine_map(tine_range(1, 2, 1), kernel("add"), NULL, 0), TINE_ETYPE);
  REFUSED(tine_map(tine_range(1, 2, 1), kernel("add"), two, 2), TINE_ETYPE);
  REFUSED(tine_map(tine_range(1, 2, 1), kernel("and"), two, 1), TINE_ETYPE);
  REFUSED(tine_map(tine_range(1, 2, 1), NULL, NULL, 0), TINE_ENAME);
  REFUSED(tine_map_args(tine_range(1, 2, 1), kernel("add"), outside, two, 2), TINE_EINVAL);
  REFUSED(tine_map_args(tine_range(1, 2, 1), kernel("add"), none, two, 2), TINE_EINVAL);
  REFUSED(tine_min_len(tine_range(1, 2, 1), 0), TINE_EINVAL);
  REFUSED(tine_max_len(tine_range(1, 2, 1), 0), TINE_EINVAL);
  REFUSED(tine_on(tine_range(1, 2, 1), NULL), TINE_EINVAL);
  REFUSED(tine_timeout(tine_range(1, 2, 1), NAN), TINE_EINVAL);
  REFUSED(tine_step_by(tine_range(1, 2, 1), 0), TINE_EINVAL);
  REFUSED(tine_windows(tine_range(1, 2, 1), 0), TINE_EINVAL);
  REFUSED(tine_windows(tine_range(1, 99, 1), TINE_MAX_COLUMNS + 1), TINE_ERANGE);
  REFUSED(tine_fold_chunks(tine_range(1, 2, 1), 0, kernel("add"), NULL), TINE_EINVAL);
  REFUSED(tine_fold_chunks(tine_range(1, 2, 1), 2, kernel("sub"), NULL), TINE_EINVAL);
  REFUSED(tine_filter_by(tine_range(1, 2, 1), tine_rep(tine_bool(true), 3)), TINE_EINVAL);
  REFUSED(tine_map(tine_range(1, 2, 1), kernel("span"), two, 1), TINE_EKIND);
}

/* The first error goes through every further stage; both bases of a zip are taken all the same. */
static void the_first_error_sticks(void) {
  tine_value one = tine_i64(1);
  tine_error first, last;
  tine_pipeline *p = tine_map(tine_range(1, 2, 1), kernel("and"), &one, 1);
  CHECK_INT(tine_pipeline_check(p, &first), TINE_ETYPE);
  p = tine_sequential(tine_max_len(tine_min_len(tine_take(tine_zip(p, tine_range(1, 9, 0)), 7), 0), 0));
  p = tine_map(tine_zip_eq(tine_range(1, 2, 1), tine_cast(p, TINE_F64, TINE_CAST_EXACT)), kernel("neg"), NULL, 0);
  CHECK_INT(tine_pipeline_check(p, &last), TINE_ETYPE);
  CHECK_TEXT(last.message, first.message);
  CHECK(tine_pipeline_explain(p, NULL, 0) > 0);
  uint64_t n;
  tine_array *out = NULL;
  CHECK_INT(tine_count(p, &n, NULL), TINE_ETYPE);
  CHECK_INT(tine_collect(p, &out, NULL), TINE_ETYPE);
  CHECK_INT(tine_collect_into(p, &out, 0, NULL), TINE_ETYPE);
  CHECK_INT(tine_collect_range(p, 0, 0, &out, 0, NULL), TINE_ETYPE);
  CHECK_INT(tine_for_each(p, kernel("neg"), NULL, 0, NULL), TINE_ETYPE);
  tine_pipeline_release(p);
}

static void null_is_a_pipeline_without_memory(void) {
  tine_value one = tine_i64(1);
  static const int columns[] = {0};
  REFUSED(NULL, TINE_ENOMEM);
  REFUSED(tine_slice(NULL), TINE_ENOMEM);
  REFUSED(tine_zip(NULL, tine_range(1, 2, 1)), TINE_ENOMEM);
  REFUSED(tine_zip_eq(tine_range(1, 2, 1), NULL), TINE_ENOMEM);
  REFUSED(tine_map(NULL, kernel("add"), &one, 1), TINE_ENOMEM);
  REFUSED(tine_map_args(NULL, kernel("neg"), columns, NULL, 1), TINE_ENOMEM);
  REFUSED(tine_take(NULL, 4), TINE_ENOMEM);
  REFUSED(tine_cast(NULL, TINE_F64, TINE_CAST_EXACT), TINE_ENOMEM);
  REFUSED(tine_min_len(tine_max_len(NULL, 4), 4), TINE_ENOMEM);
  REFUSED(tine_sequential(NULL), TINE_ENOMEM);
  tine_pipeline_where(NULL, "job.c:1");
  CHECK(tine_pipeline_retain(NULL) == NULL);
  CHECK_INT(tine_pipeline_len(NULL), 0);
  CHECK_INT(tine_pipeline_dtype(NULL, 0), TINE_NONE);
  (void)tine_pipeline_kind(NULL);
  (void)tine_pipeline_explain(NULL, NULL, 0);
}

CHECK_SUITE(api_sticky, CHECK_CASE(wrong_sources_keep_their_error), CHECK_CASE(wrong_stages_keep_their_error),
            CHECK_CASE(the_first_error_sticks), CHECK_CASE(null_is_a_pipeline_without_memory))
