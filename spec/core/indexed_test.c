/*
** What adaptors and sources that keep the index mean, beyond the laws of producers: lengths, edges, wrong arguments,
** huge ranges, who reads which array, plans. Lengths and order are those of Rayon's methods of the same names.
*/
#include "../../core/stage/stage.h"
#include "pipelines.h"

/* Bytes of scratch a fill may use. */
static size_t scratch_of(const tine_pipeline *p) {
  return p->need;
}

static tine_kernel *named(const char *name) {
  return tine_kernel_find(NULL, name, NULL);
}

/* 1, 2, ..., n. */
static tine_pipeline *count_to(int64_t n) {
  return tine_range(1, n, 1);
}

/* Checks the items of p, i64 in one column, against n numbers; takes p. */
static void gives(tine_pipeline *p, const int64_t *want, size_t n, const char *what, int line) {
  tine_array *a = NULL;
  check_int((int64_t)tine_pipeline_len(p), (int64_t)n, what, __FILE__, line);
  if (check_int(tine_collect(p, &a, NULL), TINE_OK, what, __FILE__, line))
    for (size_t i = 0; i < n; i++)
      check_int(tine_array_get(a, i).as.i, want[i], what, __FILE__, line);
  tine_array_release(a);
  tine_pipeline_release(p);
}

#define GIVES(p, ...) \
  gives((p), (const int64_t[]){__VA_ARGS__}, sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t), #p, __LINE__)
#define GIVES_NONE(p) gives((p), NULL, 0, #p, __LINE__)

static void lengths_and_order(void) {
  GIVES(tine_skip(count_to(5), 3), 4, 5);
  GIVES(tine_skip(count_to(2), 0), 1, 2);
  GIVES_NONE(tine_skip(count_to(5), 5));
  GIVES_NONE(tine_skip(count_to(5), UINT64_MAX));
  GIVES(tine_step_by(count_to(7), 3), 1, 4, 7);
  GIVES(tine_step_by(count_to(6), 3), 1, 4);
  GIVES(tine_step_by(count_to(6), UINT64_MAX), 1);
  GIVES(tine_step_by(count_to(3), 1), 1, 2, 3);
  GIVES_NONE(tine_step_by(tine_empty(TINE_I64), 2));
  GIVES(tine_rev(count_to(3)), 3, 2, 1);
  GIVES_NONE(tine_rev(tine_empty(TINE_I64)));
  GIVES(tine_chain(count_to(2), count_to(3)), 1, 2, 1, 2, 3);
  GIVES(tine_chain(tine_empty(TINE_I64), count_to(1)), 1);
  GIVES(tine_interleave(count_to(3), tine_range(11, 12, 1)), 1, 11, 2, 12, 3);
  GIVES(tine_interleave(count_to(1), tine_range(11, 14, 1)), 1, 11, 12, 13, 14);
  GIVES(tine_interleave(count_to(4), tine_range(11, 11, 1)), 1, 11, 2, 3, 4);
  GIVES(tine_interleave(tine_empty(TINE_I64), count_to(2)), 1, 2);
  GIVES(tine_interleave(count_to(2), tine_empty(TINE_I64)), 1, 2);
  GIVES(tine_interleave_shortest(count_to(3), tine_range(11, 12, 1)), 1, 11, 2, 12, 3);
  GIVES(tine_interleave_shortest(count_to(4), tine_range(11, 12, 1)), 1, 11, 2, 12, 3);
  GIVES(tine_interleave_shortest(count_to(2), tine_range(11, 19, 1)), 1, 11, 2, 12);
  GIVES(tine_interleave_shortest(count_to(2), tine_empty(TINE_I64)), 1);
  GIVES_NONE(tine_interleave_shortest(tine_empty(TINE_I64), count_to(2)));
  GIVES(tine_fold_chunks(count_to(7), 3, named("add"), NULL), 6, 15, 7);
  GIVES(tine_fold_chunks(count_to(6), 100, named("add"), NULL), 21);
  GIVES(tine_fold_chunks(count_to(3), UINT64_MAX, named("max"), NULL), 3);
  GIVES(tine_fold_chunks(count_to(2), 1, named("mul"), NULL), 1, 2);
  GIVES_NONE(tine_fold_chunks(tine_empty(TINE_I64), 4, named("add"), NULL));
}

static void chunks_start_with_the_identity(void) {
  const tine_value ten = tine_i64(10);
  GIVES(tine_fold_chunks(count_to(5), 2, named("add"), &ten), 13, 17, 15);
  GIVES(tine_fold_chunks(count_to(100), 60, named("add"), &ten), 1840, 3230);
  GIVES(tine_fold_chunks(count_to(3000), 2000, named("add"), &ten), 2001010, 2500510);
}

/* Columns a0 b0 a1 b1, types repeated likewise. */
static void windows_have_columns_side_by_side(void) {
  tine_pipeline *p = tine_windows(tine_zip(count_to(4), tine_range_f64(0.5, 9, 1)), 3);
  tine_array *out[6];
  CHECK_INT(tine_pipeline_len(p), 2);
  CHECK_INT(tine_pipeline_columns(p), 6);
  CHECK_INT(tine_collect(p, out, NULL), TINE_OK);
  for (unsigned c = 0; c < 6; c++) {
    CHECK_INT(tine_pipeline_dtype(p, c), c % 2 == 0 ? TINE_I64 : TINE_F64);
    for (uint64_t i = 0; i < 2; i++) {
      const tine_value v = tine_array_get(out[c], i);
      CHECK_F64(c % 2 == 0 ? (double)v.as.i : v.as.f, (double)(i + c / 2) + (c % 2 == 0 ? 1 : 0.5));
    }
    tine_array_release(out[c]);
  }
  tine_pipeline_release(p);
}

static void no_windows(tine_pipeline *base, uint64_t k, unsigned columns) {
  tine_array *out[TINE_MAX_COLUMNS];
  tine_pipeline *p = tine_windows(base, k);
  CHECK_INT(tine_pipeline_len(p), 0);
  CHECK_INT(tine_pipeline_columns(p), columns);
  CHECK_INT(tine_collect(p, out, NULL), TINE_OK);
  for (unsigned c = 0; c < columns; c++) {
    CHECK_INT(tine_array_len(out[c]), 0);
    tine_array_release(out[c]);
  }
  tine_pipeline_release(p);
}

static void windows_longer_than_the_pipeline_are_none(void) {
  no_windows(count_to(3), 4, 4);
  no_windows(count_to(3), 32, 32);
  no_windows(count_to(3), 33, 32);
  no_windows(count_to(32), 33, 32);
  no_windows(count_to(3), UINT64_MAX, 32);
  no_windows(tine_empty(TINE_F64), 1000, 32);
  no_windows(tine_zip(tine_zip(count_to(3), count_to(3)), count_to(3)), 20, 30);
}

/* ----- wrong arguments ----- */

static void refused(tine_pipeline *p, tine_status status, const char *text, int line) {
  tine_error err = {.message = ""};
  check_int(tine_pipeline_check(p, &err), status, text, __FILE__, line);
  check_contains(err.message, text, text, __FILE__, line);
  tine_pipeline_release(p);
}
#define REFUSED(p, status, text) refused((p), (status), (text), __LINE__)

static void wrong_arguments_are_told(void) {
  static const unsigned columns[] = {0, 2};
  const tine_value text = tine_f64(0.5);
  tine_array *a = NULL;
  tine_pipeline *wide = count_to(2);
  CHECK_INT(tine_array_create(&a, TINE_F64, 3, NULL), TINE_OK);
  REFUSED(tine_step_by(count_to(5), 0), TINE_EINVAL, "'step_by' must be positive");
  REFUSED(tine_windows(count_to(5), 0), TINE_EINVAL, "'windows' must be positive");
  REFUSED(tine_windows(count_to(33), 33), TINE_ERANGE, "more than 32 columns");
  REFUSED(tine_windows(tine_zip(count_to(17), count_to(17)), 17), TINE_ERANGE, "'windows' of 17 items with 2 columns");
  REFUSED(tine_fold_chunks(count_to(5), 0, named("add"), NULL), TINE_EINVAL, "'fold_chunks' needs a positive length");
  REFUSED(tine_fold_chunks(count_to(5), 2, NULL, NULL), TINE_ENAME, "'fold_chunks' needs a kernel");
  REFUSED(tine_fold_chunks(count_to(5), 2, named("sub"), NULL), TINE_EINVAL, "kernel 'sub' is not associative");
  REFUSED(tine_fold_chunks(tine_slice(a), 2, named("band"), &text), TINE_ETYPE, "kernel 'band' has no signature");
  REFUSED(tine_chain(count_to(2), tine_rep(tine_bool(true), 2)), TINE_ETYPE,
          "'chain' puts no bool beside a number, got i64 and bool as column 1; cast one of them");
  REFUSED(tine_interleave(tine_rep(tine_bool(true), 2), tine_slice(a)), TINE_ETYPE,
          "'interleave' puts no bool beside a number, got bool and f64");
  REFUSED(tine_interleave(count_to(2), tine_zip(count_to(1), count_to(1))), TINE_ETYPE, "got 1 and 2");
  REFUSED(tine_gather(tine_slice(a), a), TINE_ETYPE, "'gather' needs one column of integers");
  REFUSED(tine_gather(tine_zip(count_to(1), count_to(1)), a), TINE_ETYPE, "'gather' needs one column of integers");
  REFUSED(tine_select(count_to(5), columns, 2), TINE_EINVAL, "'select' column 3 of 1");
  REFUSED(tine_select(count_to(5), columns, 0), TINE_EINVAL, "'select' gives 0 columns");
  REFUSED(tine_select(count_to(5), columns, 33), TINE_ERANGE, "'select' gives 33 columns");
  REFUSED(tine_empty(TINE_NONE), TINE_ETYPE, "'empty' needs an element type");
  REFUSED(tine_random((uint64_t)INT64_MAX + 1, 1), TINE_ERANGE, "more than 2^63-1 items");
  REFUSED(tine_extend(count_to(5), NULL, NULL, 0), TINE_ENAME, "'extend' needs a kernel");
  for (int i = 1; i < TINE_MAX_COLUMNS; i++)
    wide = tine_zip(wide, count_to(2));
  REFUSED(tine_enumerate(tine_pipeline_retain(wide)), TINE_ERANGE, "'enumerate' gives 33 columns");
  {
    static const int first[] = {0};
    REFUSED(tine_extend_args(wide, named("neg"), first, NULL, 1), TINE_ERANGE, "'extend' gives 33 columns");
  }
  REFUSED(tine_gather(count_to(1), NULL), TINE_ENOMEM, "");
  REFUSED(tine_chain(NULL, count_to(1)), TINE_ENOMEM, "");
  REFUSED(tine_chain(count_to(1), NULL), TINE_ENOMEM, "");
  REFUSED(tine_rev(NULL), TINE_ENOMEM, "");
  REFUSED(tine_fold_chunks(NULL, 0, NULL, NULL), TINE_ENOMEM, "");
  REFUSED(tine_skip(tine_step_by(count_to(1), 0), 1), TINE_EINVAL, "'step_by'");
  tine_array_release(a);
}

/* ----- huge ranges ----- */

static int64_t item_at(tine_pipeline *p, uint64_t i) {
  int64_t value = -1;
  tine_array *a = tine_slice_of(TINE_I64, &value, 1, 8);
  CHECK_INT(tine_collect_range(p, i, 1, &a, 1, NULL), TINE_OK);
  tine_array_release(a);
  return value;
}

static void sizes_are_64_bits(void) {
  const int64_t big = 1000000000000000, most = INT64_MAX;
  tine_pipeline *p = tine_rev(count_to(big));
  CHECK_INT(item_at(p, 0), big);
  CHECK_INT(item_at(p, (uint64_t)big - 1), 1);
  p = tine_skip(p, 5);
  CHECK_INT(item_at(p, 0), big - 5);
  CHECK_INT(tine_pipeline_len(p), big - 5);
  p = tine_step_by(p, 1000000);
  CHECK_INT(tine_pipeline_len(p), big / 1000000);
  CHECK_INT(item_at(p, 999999999), big - 5 - 999999999000000);
  p = tine_chain(tine_pipeline_retain(p), tine_chain(p, count_to(big)));
  CHECK_INT(tine_pipeline_len(p), 2000000000 + big);
  CHECK_INT(item_at(p, 1000000000), big - 5);
  CHECK_INT(item_at(p, (uint64_t)(2000000000 + big - 1)), big);
  p = tine_interleave(p, count_to(7));
  CHECK_INT(item_at(p, 14), big - 5 - 7000000);
  CHECK_INT(item_at(p, tine_pipeline_len(p) - 1), big);
  p = tine_fold_chunks(p, UINT64_C(1) << 40, named("min"), NULL);
  CHECK_INT(tine_pipeline_len(p), ((2000000000 + big + 7 - 1) >> 40) + 1);
  tine_pipeline_release(p);
  p = tine_windows(count_to(most), 4);
  CHECK_INT(tine_pipeline_len(p), most - 3);
  p = tine_select(tine_enumerate(p), (const unsigned[]){4}, 1);
  CHECK_INT(item_at(p, (uint64_t)most - 4), most);
  tine_pipeline_release(p);
  REFUSED(tine_chain(count_to(most), count_to(1)), TINE_ERANGE, "'chain' has more than 2^63-1 items");
  REFUSED(tine_interleave(count_to(most), count_to(1)), TINE_ERANGE, "'interleave' has more than 2^63-1 items");
  REFUSED(tine_interleave_shortest(count_to(most), count_to(most)), TINE_ERANGE, "more than 2^63-1 items");
  p = tine_step_by(tine_rep(tine_i64(3), (uint64_t)most), UINT64_C(1) << 62);
  GIVES(p, 3, 3);
}

/* A chunk may be longer than anybody has memory. */
static void a_chunk_may_be_long(void) {
  tine_pipeline *p = tine_fold_chunks(tine_rep(tine_i64(1), 30000000), 20000000, named("add"), NULL);
  GIVES(p, 20000000, 10000000);
}

/* ----- chains ----- */

/* 2, 4, ... */
static tine_pipeline *doubled(int64_t n) {
  const tine_value two = tine_i64(2);
  return tine_map(count_to(n), named("mul"), &two, 1);
}

/* A thousand pieces need no more scratch than one. */
static void long_chains_are_flat(void) {
  tine_pipeline *p = doubled(3);
  tine_value sum;
  for (int i = 1; i < 900; i++)
    p = i % 3 == 0 ? tine_chain(doubled(3), p) : tine_chain(p, doubled(3));
  CHECK(scratch_of(p) < 5 * 8192);
  CHECK_INT(tine_sum(p, &sum, NULL), TINE_OK);
  CHECK_INT(sum.as.i, 900 * (2 + 4 + 6));
  tine_pipeline_release(p);
}

/* ----- arrays ----- */

static void gather_fails_at_what_is_no_element(void) {
  static const int64_t wrong[] = {0, 6, -1, INT64_MIN, INT64_MAX};
  int64_t index[2000];
  tine_array *a, *i = tine_slice_of(TINE_I64, index, 2000, 8);
  tine_value sum;
  tine_error err;
  CHECK_INT(tine_array_create(&a, TINE_U8, 5, NULL), TINE_OK);
  for (int k = 0; k < 5; k++) {
    tine_pipeline *p = tine_gather(tine_slice(i), a);
    const uint64_t at = check_below(2000);
    for (int j = 0; j < 2000; j++)
      index[j] = 1 + j % (k % 2 == 0 ? 4 : 5);
    CHECK_INT(tine_sum(p, &sum, NULL), TINE_OK);
    index[at] = wrong[k];
    CHECK_INT(tine_sum(p, &sum, &err), TINE_EKERNEL);
    CHECK_INT(err.item, at);
    CHECK_CONTAINS(err.message, "(stage 2 'gather'): index ");
    CHECK_CONTAINS(err.message, " is out of range; the array has 5 elements");
    tine_pipeline_release(p);
  }
  tine_array_release(i);
  tine_array_release(a);
}

/* Which sources may be written in step. */
static void moved_sources_are_not_written(void) {
  int64_t x[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  tine_array *a = tine_slice_of(TINE_I64, x, 8, 8);
  tine_array *two[] = {a, NULL};
  tine_pipeline *moved[] = {tine_rev(tine_slice(a)),
                            tine_chain(tine_slice(a), tine_empty(TINE_I64)),
                            tine_gather(tine_slice(a), a),
                            tine_gather(count_to(8), a),
                            tine_interleave(tine_slice(a), tine_empty(TINE_I64)),
                            tine_fold_chunks(tine_slice(a), 1, named("add"), NULL),
                            tine_windows(tine_slice(a), 1),
                            tine_step_by(tine_slice(a), 1),
                            tine_skip(tine_slice(a), 0)};
  tine_error err;
  tine_pipeline *p;
  for (size_t k = 0; k < sizeof moved / sizeof moved[0]; k++) {
    CHECK_INT(tine_collect_into(moved[k], &a, 1, &err), TINE_EINVAL);
    CHECK_CONTAINS(err.message, "overlaps a source");
    tine_pipeline_release(moved[k]);
  }
  p = tine_select(tine_extend(tine_enumerate(tine_slice(a)), named("mul"), NULL, 0), (const unsigned[]){2}, 1);
  CHECK_INT(tine_collect_into(p, two, 1, NULL), TINE_OK);
  for (int i = 0; i < 8; i++)
    CHECK_INT(x[i], (i + 1) * (i + 1));
  tine_pipeline_release(p);
  tine_array_release(a);
}

/* Nothing is copied of what is only looked at from elsewhere. */
static tine_status points_into(const tine_producer *whole, void *ud) {
  tine_iter *it = NULL;
  tine_columns block;
  const char *first = ud;
  CHECK_INT(tine_iter_create(&it, whole, NULL), TINE_OK);
  CHECK_INT(tine_iter_next(it, &block, NULL), TINE_OK);
  for (unsigned c = 0; c < block.count; c++)
    CHECK((const char *)block.data[c] >= first && (const char *)block.data[c] < first + 800);
  tine_iter_destroy(it);
  return TINE_OK;
}

static void views_are_not_copied(void) {
  int64_t x[100] = {0};
  tine_array *a = tine_slice_of(TINE_I64, x, 100, 8);
  tine_pipeline *p = tine_zip(tine_rev(tine_slice(a)), tine_skip(tine_slice(a), 3));
  p = tine_windows(tine_step_by(tine_select(p, (const unsigned[]){1, 0, 1}, 3), 7), 5);
  CHECK_INT(scratch_of(p), 0);
  CHECK_INT(tine_with_producer(p, points_into, x), TINE_OK);
  tine_pipeline_release(p);
  tine_array_release(a);
}

static void plans_tell_what_there_is_to_tell(void) {
  char text[2048];
  tine_array *a;
  tine_pipeline *p = tine_chain(tine_skip(count_to(9), 2), tine_step_by(count_to(9), 4));
  CHECK_INT(tine_array_create(&a, TINE_F32, 12, NULL), TINE_OK);
  p = tine_extend(tine_enumerate(tine_rev(tine_fold_chunks(p, 2, named("add"), NULL))), named("add"), NULL, 0);
  p = tine_gather(tine_select(tine_windows(p, 2), (const unsigned[]){3}, 1), a);
  tine_pipeline_explain(p, text, sizeof text);
  CHECK_CONTAINS(text, "2 skip 2: i64[7]");
  CHECK_CONTAINS(text, "2 step_by 4: i64[3]");
  CHECK_CONTAINS(text, "3 chain: i64[10]");
  CHECK_CONTAINS(text, "4 fold_chunks 2 add (i64 i64 -> i64): i64[5]");
  CHECK_CONTAINS(text, "5 rev: i64[5]");
  CHECK_CONTAINS(text, "6 enumerate: i64 i64[5]");
  CHECK_CONTAINS(text, "7 extend add (i64 i64 -> i64): i64 i64 i64[5]");
  CHECK_CONTAINS(text, "8 windows 2: i64 i64 i64 i64 i64 i64[4]");
  CHECK_CONTAINS(text, "9 select 4: i64[4]");
  CHECK_CONTAINS(text, "10 gather from f32[12]: f32[4]");
  tine_pipeline_release(p);
  p = tine_random(3, 77);
  tine_pipeline_explain(p, text, sizeof text);
  CHECK_CONTAINS(text, "1 random seed 77: f64[3]");
  tine_pipeline_release(p);
  tine_array_release(a);
}

CHECK_SUITE(indexed, CHECK_CASE(lengths_and_order), CHECK_CASE(chunks_start_with_the_identity),
            CHECK_CASE(windows_have_columns_side_by_side), CHECK_CASE(windows_longer_than_the_pipeline_are_none),
            CHECK_CASE(wrong_arguments_are_told), CHECK_CASE(sizes_are_64_bits), CHECK_CASE(a_chunk_may_be_long),
            CHECK_CASE(long_chains_are_flat), CHECK_CASE(gather_fails_at_what_is_no_element),
            CHECK_CASE(moved_sources_are_not_written), CHECK_CASE(views_are_not_copied),
            CHECK_CASE(plans_tell_what_there_is_to_tell))
