/*
** The ladder of kinds, by core/tine.h: what each adaptor makes of a kind, what is known of the length, and how a stage
** or terminal says who lost the kind it needs. And floats on what has no index: the same bits on every pool, NaN and
** -0.0.
*/
#include <math.h>

#include "pools.h"

static tine_kernel *kernel(const char *name) {
  return tine_kernel_find(NULL, name, NULL);
}

static const tine_value five = {TINE_I64, {.i = 5}};

/* Of the numbers 1 to 20. */
static tine_pipeline *made(const char *how) {
  tine_pipeline *p = tine_range(1, 20, 1);
  for (; *how != '\0'; how++)
    switch (*how) {
      case 'f': p = tine_filter(p, kernel("lt"), &five, 1); break;
      case 'x': p = tine_flat_map(p, kernel("repeat"), &five, 1); break;
      case 'p': p = tine_positions(p, kernel("lt"), &five, 1); break;
      case 'w': p = tine_take_while(p, kernel("lt"), &five, 1); break;
      case 's': p = tine_skip_while(p, kernel("lt"), &five, 1); break;
      case 'm': p = tine_map(p, kernel("neg"), NULL, 0); break;
      case 't': p = tine_take(p, 7); break;
      case 'c': p = tine_chain(p, tine_range(1, 20, 1)); break;
      case 'd': p = tine_chain(tine_range(1, 20, 1), p); break;
      default: p = tine_cast(p, TINE_I64, TINE_CAST_EXACT);
    }
  return p;
}

static const struct {
  const char *how;
  tine_kind kind;
  uint64_t lower, upper, n;
  const char *lost; /* who lost the index */
} rungs[] = {
    {"", TINE_INDEXED, 20, 20, 20, NULL},
    {"m", TINE_INDEXED, 20, 20, 20, NULL},
    {"mtc", TINE_INDEXED, 27, 27, 27, NULL},
    {"f", TINE_BOUNDED, 0, 20, 4, "stage 2 'filter' made it bounded"},
    {"mft", TINE_BOUNDED, 0, 7, 7, "stage 3 'filter' made it bounded"},
    {"p", TINE_BOUNDED, 0, 20, 4, "stage 2 'positions' made it bounded"},
    {"w", TINE_BOUNDED, 0, 20, 4, "stage 2 'take_while' made it bounded"},
    {"s", TINE_BOUNDED, 0, 20, 16, "stage 2 'skip_while' made it bounded"},
    {"x", TINE_PARALLEL, 0, 0, 100, "stage 2 'flat_map' made it parallel"},
    {"xf", TINE_PARALLEL, 0, 0, 20, "stage 2 'flat_map' made it parallel"},
    {"fx", TINE_PARALLEL, 0, 0, 20, "stage 2 'filter' made it bounded"},
    {"xt", TINE_BOUNDED, 0, 7, 7, "stage 2 'flat_map' made it parallel"},
    {"fc", TINE_BOUNDED, 20, 40, 24, "'filter' made it bounded"},
    {"fd", TINE_BOUNDED, 20, 40, 24, "'filter' made it bounded"},
    {"xc", TINE_PARALLEL, 20, 0, 120, "'flat_map' made it parallel"},
    {"fci", TINE_BOUNDED, 20, 40, 24, "'filter' made it bounded"},
};

static void needs(const tine_pipeline *p, tine_status got, const tine_error *err, const char *who, const char *lost) {
  (void)p;
  CHECK_INT(got, TINE_EKIND);
  CHECK_CONTAINS(err->message, who);
  CHECK_CONTAINS(err->message, lost);
}

static void needs_an_index(tine_pipeline *p, const char *lost) {
  tine_array *ones = NULL;
  tine_error err;
  tine_value v;
  uint64_t at;
  CHECK_INT(tine_array_create(&ones, TINE_I64, 3, NULL), TINE_OK);
  struct {
    tine_pipeline *p;
    const char *who;
  } stages[] = {{tine_zip(tine_pipeline_retain(p), tine_range(1, 3, 1)), "'zip' needs an indexed"},
                {tine_zip(tine_range(1, 3, 1), tine_pipeline_retain(p)), "'zip' needs an indexed"},
                {tine_zip_eq(tine_pipeline_retain(p), tine_range(1, 3, 1)), "'zip_eq' needs an indexed"},
                {tine_enumerate(tine_pipeline_retain(p)), "'enumerate' needs an indexed"},
                {tine_rev(tine_pipeline_retain(p)), "'rev' needs an indexed"},
                {tine_skip(tine_pipeline_retain(p), 1), "'skip' needs an indexed"},
                {tine_step_by(tine_pipeline_retain(p), 2), "'step_by' needs an indexed"},
                {tine_windows(tine_pipeline_retain(p), 2), "'windows' needs an indexed"},
                {tine_interleave(tine_pipeline_retain(p), tine_range(1, 3, 1)), "'interleave' needs an indexed"},
                {tine_fold_chunks(tine_pipeline_retain(p), 2, kernel("add"), NULL), "'fold_chunks' needs an indexed"},
                {tine_positions(tine_pipeline_retain(p), kernel("lt"), &five, 1), "'positions' needs an indexed"},
                {tine_gather(tine_pipeline_retain(p), ones), "'gather' needs an indexed"}};
  for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
    needs(p, tine_pipeline_check(stages[i].p, &err), &err, stages[i].who, lost);
    tine_pipeline_release(stages[i].p);
  }
  needs(p, tine_position(p, TINE_FIRST, kernel("lt"), &five, 1, &at, &err), &err, "needs an indexed", lost);
  needs(p, tine_min(p, &v, &at, &err), &err, "'min' needs an indexed", lost);
  needs(p, tine_pipeline_needs(p, TINE_INDEXED, "somebody", &err), &err, "'somebody' needs an indexed", lost);
  needs(p, tine_collect_into(p, &ones, 1, &err), &err, "'collect_into' needs an exact", lost);
  tine_array_release(ones);
}

static void every_rung(void) {
  for (size_t i = 0; i < sizeof rungs / sizeof *rungs; i++) {
    tine_pipeline *p = made(rungs[i].how);
    uint64_t low = 99, high = 99, n = 0;
    CHECK_INT(tine_pipeline_check(p, NULL), TINE_OK);
    CHECK_INT(tine_pipeline_kind(p), rungs[i].kind);
    CHECK_INT(tine_pipeline_bounds(p, &low, &high), rungs[i].kind > TINE_PARALLEL);
    CHECK_INT(low, rungs[i].lower);
    CHECK_INT(high, rungs[i].kind > TINE_PARALLEL ? rungs[i].upper : 99);
    CHECK_INT(tine_pipeline_len(p), rungs[i].kind >= TINE_EXACT ? rungs[i].n : 0);
    CHECK_INT(tine_count(p, &n, NULL), TINE_OK);
    CHECK_INT(n, rungs[i].n);
    CHECK_INT(tine_pipeline_needs(p, rungs[i].kind, "x", NULL), TINE_OK);
    if (rungs[i].lost != NULL)
      needs_an_index(p, rungs[i].lost);
    tine_pipeline_release(p);
  }
}

static void the_line_that_built_the_stage_is_named(void) {
  tine_pipeline *p = made("f");
  tine_error err;
  tine_pipeline_where(p, "job.lua:7");
  p = tine_zip(tine_map(p, kernel("neg"), NULL, 0), tine_range(1, 3, 1));
  CHECK_INT(tine_pipeline_check(p, &err), TINE_EKIND);
  CHECK_TEXT(err.message, "'zip' needs an indexed pipeline; stage 2 'filter' (job.lua:7) made it bounded");
  tine_pipeline_release(p);
}

static void kernels_of_the_wrong_sort_are_refused(void) {
  tine_pipeline *bad[] = {tine_filter(tine_range(1, 3, 1), kernel("neg"), NULL, 0),
                          tine_take_while(tine_range(1, 3, 1), kernel("neg"), NULL, 0),
                          tine_filter_map(tine_range(1, 3, 1), kernel("neg"), NULL, 0),
                          tine_flat_map(tine_range(1, 3, 1), kernel("neg"), NULL, 0),
                          tine_map(tine_range(1, 3, 1), kernel("repeat"), &five, 1),
                          tine_filter(tine_range(1, 3, 1), kernel("repeat"), &five, 1),
                          tine_filter_mask(tine_range(1, 3, 1)),
                          tine_filter_by(tine_range(1, 3, 1), tine_range(1, 3, 1)),
                          tine_filter_by(tine_range(1, 3, 1), tine_rep(tine_bool(true), 4)),
                          tine_filter_by(tine_filter_mask(tine_range(1, 3, 1)), tine_rep(tine_bool(true), 3)),
                          tine_filter_by(tine_range(1, 3, 1), tine_step_by(tine_rep(tine_bool(true), 4), 0)),
                          tine_chain(tine_range(1, 3, 1), tine_rep(tine_bool(true), 2))};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    tine_error err = {.status = TINE_OK};
    uint64_t n;
    CHECK(tine_pipeline_check(bad[i], &err) != TINE_OK);
    CHECK(err.message[0] != '\0');
    CHECK_INT(tine_count(bad[i], &n, NULL), err.status);
    tine_pipeline_release(bad[i]);
  }
}

/* ===== Floats ===== */

enum { FLOATS = 50000, ENDS = 8 };

static void ends(tine_pipeline *p, tine_value *v) {
  const tine_value one = tine_f64(1);
  tine_array *a = NULL;
  CHECK_INT(tine_sum(p, &v[0], NULL), TINE_OK);
  CHECK_INT(tine_mean(p, &v[1], NULL), TINE_OK);
  CHECK_INT(tine_var(p, &v[2], NULL), TINE_OK);
  CHECK_INT(tine_std(p, &v[3], NULL), TINE_OK);
  CHECK_INT(tine_product(p, &v[4], NULL), TINE_OK);
  CHECK_INT(tine_reduce(p, kernel("add"), &one, &v[5], NULL), TINE_OK);
  CHECK_INT(tine_minmax(p, &v[6], &v[7], NULL), TINE_OK);
  CHECK_INT(tine_scan(p, kernel("add"), NULL, &a, NULL), TINE_OK);
  tine_array_release(a);
}

static tine_pipeline *floats(tine_array *a, tine_array *times, unsigned way) {
  const tine_value some = tine_f64(-0.7);
  tine_pipeline *p = tine_slice(a);
  if (way == 0)
    return tine_filter(p, kernel("gt"), &some, 1);
  if (way == 1)
    return tine_flat_map(tine_zip(p, tine_slice(times)), kernel("repeat"), NULL, 0);
  if (way == 2)
    return tine_skip_while(tine_filter(p, kernel("gt"), &some, 1), kernel("lt"), &some, 1);
  return tine_chain(tine_filter(p, kernel("gt"), &some, 1), tine_take(tine_slice(a), 777));
}

static void the_same_bits_on_every_pool(void) {
  static const unsigned threads[] = {1, 2, 3, 16};
  static const uint64_t cuts[] = {0, 1, 7, 100, 1024, 5000};
  double *x = malloc(FLOATS * sizeof *x);
  int64_t *n = malloc(FLOATS * sizeof *n);
  for (int i = 0; i < FLOATS; i++) {
    x[i] = (double)(int64_t)check_random() * 0x1p-63;
    n[i] = i % 5000 == 0 ? 3000 : (int64_t)check_below(3);
  }
  tine_array *a = tine_slice_of(TINE_F64, x, FLOATS, 8), *times = tine_slice_of(TINE_I64, n, FLOATS, 8);
  for (unsigned way = 0; way < 4; way++) {
    tine_value want[ENDS], got[ENDS];
    tine_pipeline *p = tine_sequential(floats(a, times, way));
    ends(p, want);
    tine_pipeline_release(p);
    for (int t = 0; t < 4; t++) {
      tine_pool *pool = new_pool(threads[t]);
      for (size_t c = 0; c < sizeof cuts / sizeof *cuts; c++) {
        p = tine_on(floats(a, times, way), pool);
        p = cuts[c] == 0 ? tine_min_len(p, 3000) : tine_max_len(p, cuts[c]);
        ends(p, got);
        for (int i = 0; i < ENDS; i++)
          CHECK_F64(got[i].as.f, want[i].as.f);
        tine_pipeline_release(p);
      }
      tine_pool_destroy(pool);
    }
  }
  tine_array_release(a);
  tine_array_release(times);
  free(x);
  free(n);
}

static void nan_and_zero(void) {
  double x[] = {3, -0.0, 0.0, NAN, 1, NAN, -0.0};
  tine_array *a = tine_slice_of(TINE_F64, x, 7, 8), *out = NULL, *counts = NULL;
  const tine_value two = tine_f64(2), nine = tine_f64(9);
  tine_value v, w;
  int order = 9;
  bool same = true;
  tine_pipeline *p = tine_filter(tine_slice(a), kernel("ne"), &nine, 1); /* all */
  CHECK_INT(tine_minmax(p, &v, &w, NULL), TINE_OK);
  CHECK(isnan(v.as.f) && isnan(w.as.f));
  CHECK_INT(tine_unique(p, &out, NULL), TINE_OK);
  CHECK_INT(tine_array_len(out), 4);
  tine_array_release(out);
  CHECK_INT(tine_count_by(p, &out, &counts, NULL), TINE_OK);
  CHECK_F64(tine_array_get(out, 1).as.f, -0.0);
  CHECK_INT(tine_array_get(counts, 1).as.i, 3);
  CHECK_INT(tine_array_get(counts, 2).as.i, 2);
  tine_array_release(out);
  tine_array_release(counts);
  CHECK_INT(tine_sorted(p, TINE_DESCENDING, &out, NULL), TINE_OK);
  const double sorted[] = {3, 1, 0.0, -0.0, -0.0, NAN, NAN};
  for (int i = 0; i < 7; i++)
    CHECK_F64(tine_array_get(out, (uint64_t)i).as.f, sorted[i]);
  tine_array_release(out);
  CHECK_INT(tine_eq(p, p, &same, NULL), TINE_OK);
  CHECK(!same);
  CHECK_INT(tine_cmp(p, p, &order, NULL), TINE_OK);
  CHECK_INT(order, 2);
  CHECK_INT(tine_histogram(p, 0, 3, 3, &out, NULL), TINE_OK);
  CHECK_INT(tine_array_get(out, 0).as.i, 3);
  CHECK_INT(tine_array_get(out, 1).as.i, 1);
  CHECK_INT(tine_array_get(out, 2).as.i, 1);
  tine_array_release(out);
  tine_pipeline_release(p);
  p = tine_filter(tine_slice(a), kernel("lt"), &two, 1); /* -0.0, 0.0, 1, -0.0 */
  CHECK_INT(tine_minmax(p, &v, &w, NULL), TINE_OK);
  CHECK_F64(v.as.f, -0.0); /* the first of those that are the same */
  CHECK_F64(w.as.f, 1);
  tine_pipeline_release(p);
  tine_array_release(a);
}

CHECK_SUITE(api_ladder, CHECK_CASE(every_rung), CHECK_CASE(the_line_that_built_the_stage_is_named),
            CHECK_CASE(kernels_of_the_wrong_sort_are_refused), CHECK_CASE(the_same_bits_on_every_pool),
            CHECK_CASE(nan_and_zero))
