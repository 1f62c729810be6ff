/*
** Runs: the lowest failing item on every run, destinations checked before anything is written, sources written in step,
** sticky errors, a failing allocation at every place, runs inside kernels.
*/
#include <fenv.h>

#include "../../core/base/memory.h"
#include "pipelines.h"

static const unsigned thread_counts[] = {1, 2, 3, 16};

static tine_kernel *named(const char *name) {
  return tine_kernel_find(NULL, name, NULL);
}

static void the_lowest_failure_is_reported(void) {
  for (int round = 0; round < 200; round++) {
    const uint64_t n = 2 + check_below(30000);
    uint64_t lowest = n;
    tine_array *x = random_array(TINE_F64, n), *out = NULL;
    double *data = tine_array_data(x);
    tine_pipeline *p;
    tine_error err;
    tine_value got;
    for (uint64_t i = 0; i < n; i++)
      data[i] = data[i] < 0 ? -data[i] : data[i];
    for (int k = 0; k < 5; k++) {
      const uint64_t at = check_below(n);
      data[at] = -1;
      lowest = at < lowest ? at : lowest;
    }
    p = tine_map(tine_slice(x), failing_kernel(), NULL, 0);
    tine_pipeline_where(p, "job.lua:17");
    p = tine_on(tine_map(p, named("neg"), NULL, 0), test_pool(thread_counts[check_below(4)]));
    CHECK_INT(tine_sum(p, &got, &err), TINE_EUSER + 7);
    CHECK_INT(err.item, lowest);
    CHECK_CONTAINS(err.message, "kernel 'not_negative' failed at item ");
    CHECK_CONTAINS(err.message, "(stage 2 'map', built at job.lua:17): negative");
    err.item = 0;
    CHECK_INT(tine_collect(p, &out, &err), TINE_EUSER + 7);
    CHECK_INT(err.item, lowest);
    CHECK(out == NULL);
    tine_pipeline_release(p);
    tine_array_release(x);
  }
  test_kernels_end();
  test_pools_end();
}

/* A failure far to the left while others are at work on the right: what they have done is put aside, not piled up. */
static int late_failure(tine_block *block) {
  const uint64_t bad = *(const uint64_t *)block->env;
  for (size_t i = 0; i < block->n; i++) {
    if (block->first + i == bad) {
      for (volatile int spin = 0; spin < 3000000; spin++)
        continue;
      return tine_block_fail(block, TINE_EUSER + 3, i, "late");
    }
    ((double *)block->out[0])[i] = 1;
  }
  return 0;
}

static void late_failures_leave_gaps(void) {
  for (int round = 0; round < 60; round++) {
    const uint64_t bad = check_below(1000000);
    const tine_kernel_signature signature = {"i64 -> f64", late_failure, NULL};
    tine_kernel_desc desc = {.size = sizeof desc, .name = "late", .signatures = &signature, .signature_count = 1};
    tine_registry *registry;
    tine_pipeline *p;
    tine_value got;
    tine_error err;
    desc.env = &bad;
    CHECK_STOP(tine_registry_create(&registry, NULL) == TINE_OK);
    CHECK_INT(tine_kernel_register(registry, &desc, NULL), TINE_OK);
    p = tine_map(tine_range(1, 1000000, 1), tine_kernel_find(registry, "late", NULL), NULL, 0);
    p = tine_max_len(tine_on(p, test_pool(thread_counts[check_below(4)])), 1024 * (1 + check_below(20)));
    CHECK_INT(tine_sum(p, &got, &err), TINE_EUSER + 3);
    CHECK_INT(err.item, bad);
    tine_pipeline_release(p);
    tine_registry_release(registry);
  }
  test_pools_end();
}

/* Stage 2 fails at item 10, stage 3 at item 5: the plain loop would meet item 5 first. */
static void a_later_stage_may_fail_earlier(void) {
  tine_array *x = random_array(TINE_I64, 2000), *y = random_array(TINE_I64, 2000);
  int64_t *a = tine_array_data(x), *b = tine_array_data(y);
  tine_pipeline *p;
  tine_error err;
  tine_value got;
  for (int i = 0; i < 2000; i++)
    a[i] = b[i] = 1;
  a[10] = b[5] = 0;
  p = tine_map_args(tine_slice(x), named("idiv"), (const int[]){-1, 0}, (const tine_value[]){tine_i64(7), tine_i64(0)},
                    2);
  p = tine_map(tine_zip(p, tine_slice(y)), named("idiv"), NULL, 0);
  CHECK_INT(tine_sum(p, &got, &err), TINE_EKERNEL);
  CHECK_INT(err.item, 5);
  CHECK_CONTAINS(err.message, "stage 4");
  b[5] = 1;
  CHECK_INT(tine_sum(p, &got, &err), TINE_EKERNEL);
  CHECK_INT(err.item, 10);
  CHECK_CONTAINS(err.message, "kernel 'idiv' failed at item 11 (stage 2 'map')");
  tine_pipeline_release(p);
  tine_array_release(x);
  tine_array_release(y);
}

static void errors_stick(void) {
  const tine_value big = tine_i64(300);
  tine_array *x = random_array(TINE_F64, 10), *u = NULL;
  tine_pipeline *p;
  tine_error err;
  tine_value got;
  CHECK_STOP(tine_array_create(&u, TINE_U8, 10, NULL) == TINE_OK);
  p = tine_map(tine_slice(x), named("band"), NULL, 0);
  p = tine_zip(tine_take(p, 3), tine_map(tine_slice(u), named("min"), &big, 1));
  CHECK_INT(tine_sum(p, &got, &err), TINE_ETYPE);
  CHECK_CONTAINS(err.message, "band");
  CHECK_INT(tine_pipeline_columns(p), 0);
  tine_pipeline_release(p);
  p = tine_map(tine_slice(u), named("min"), &big, 1);
  CHECK_INT(tine_pipeline_check(p, &err), TINE_ERANGE);
  tine_pipeline_release(p);
  CHECK_INT(tine_sum(NULL, &got, &err), TINE_ENOMEM);
  p = tine_zip_eq(tine_range(1, 3, 1), tine_range(1, 4, 1));
  CHECK_INT(tine_pipeline_check(p, &err), TINE_EINVAL);
  CHECK_CONTAINS(err.message, "equal lengths, got 3 and 4");
  tine_pipeline_release(p);
  p = tine_map(tine_range(1, 3, 1), NULL, NULL, 0);
  CHECK_INT(tine_pipeline_check(p, &err), TINE_ENAME);
  tine_pipeline_release(p);
  for (p = tine_range(1, 2, 1); tine_pipeline_check(p, &err) == TINE_OK;)
    p = tine_zip(p, tine_pipeline_retain(p));
  CHECK_CONTAINS(err.message, "columns, more than");
  tine_pipeline_release(p);
  tine_array_release(x);
  tine_array_release(u);
}

/* Nobody's stack is overrun, and nobody waits for ever. */
static void too_many_stages(void) {
  const tine_value one = tine_f64(1);
  tine_pipeline *p = tine_range_f64(1, 3000, 1);
  tine_error err;
  tine_value got;
  for (int i = 0; i < 900; i++)
    p = tine_map(p, named("add"), &one, 1);
  p = tine_on(tine_max_len(p, 1024), test_pool(3));
  CHECK_INT(tine_sum(p, &got, NULL), TINE_OK);
  CHECK_F64(got.as.f, 3000 * 3001 / 2.0 + 900 * 3000.0);
  for (int i = 0; i < 200; i++)
    p = tine_map(tine_zip(tine_rep(one, 1), p), named("add"), NULL, 0); /* the chain goes on by the second branch */
  CHECK_INT(tine_pipeline_check(p, &err), TINE_ERANGE);
  CHECK_CONTAINS(err.message, "stages one after the other");
  tine_pipeline_release(p);
  p = tine_range(1, 3, 1);
  for (int i = 0; i < 40; i++)
    p = tine_map(tine_zip(p, tine_pipeline_retain(p)), named("add"), NULL, 0);
  CHECK_INT(tine_sum(p, &got, &err), TINE_ERANGE);
  CHECK_CONTAINS(err.message, "shared ones counted each time");
  tine_pipeline_release(p);
  test_pools_end();
}

static void float_ranges_end(void) {
  static const double limits[][3] = {
      {0, 1e300, 1}, {0, 1e19, 1}, {0, 0x1p53, 1}, {-1e308, 1e308, 1e300}, {0, 1, 1e-320}};
  for (int i = 0; i < 5; i++) {
    tine_pipeline *p = tine_range_f64(limits[i][0], limits[i][1], limits[i][2]);
    tine_error err;
    CHECK(tine_pipeline_check(p, &err) == TINE_OK || err.status == TINE_ERANGE);
    tine_pipeline_release(p);
  }
  for (int round = 0; round < 2000; round++) {
    const double first = (double)(int64_t)check_below(200) - 100, step = (double)(1 + check_below(30)) / 8;
    const uint64_t n = check_below(500);
    tine_pipeline *p = tine_range_f64(first, first + (double)n * step, step);
    CHECK_INT(tine_pipeline_len(p), n + 1);
    tine_pipeline_release(p);
  }
}

/* Constants are rounded like blocks, whatever the host has set when the pipeline is built. */
static void constants_round_to_nearest(void) {
  const tine_value v = tine_f64(0.7);
  tine_array *x, *out = NULL;
  tine_pipeline *p;
  CHECK_STOP(tine_array_create(&x, TINE_F32, 1, NULL) == TINE_OK);
  ((float *)tine_array_data(x))[0] = 1;
  fesetround(FE_UPWARD);
  p = tine_map(tine_slice(x), named("mul"), &v, 1);
  fesetround(FE_TONEAREST);
  CHECK_INT(tine_collect(p, &out, NULL), TINE_OK);
  CHECK(((float *)tine_array_data(out))[0] == 0.7f);
  tine_array_release(out);
  tine_array_release(x);
  tine_pipeline_release(p);
}

static void huge_lengths(void) {
  tine_pipeline *p = tine_take(tine_range(1, 1000000000000000, 1), 1000);
  uint64_t n;
  tine_value got;
  tine_error err;
  CHECK_INT(tine_sum(p, &got, NULL), TINE_OK);
  CHECK_INT(got.as.i, 500500);
  tine_pipeline_release(p);
  p = tine_range(INT64_MIN, INT64_MAX, 1);
  CHECK_INT(tine_pipeline_check(p, &err), TINE_ERANGE);
  tine_pipeline_release(p);
  p = tine_range(INT64_MIN, INT64_MAX, 3);
  CHECK_INT(tine_count(p, &n, NULL), TINE_OK);
  CHECK(n == UINT64_MAX / 3 + 1);
  tine_pipeline_release(p);
}

static void destinations_are_checked_first(void) {
  tine_array *x = random_array(TINE_F64, 3000), *y = random_array(TINE_F64, 3000), *v, *w, *f;
  tine_pipeline *p = tine_map(tine_slice(x), named("neg"), NULL, 0);
  tine_pipeline *two = tine_zip(tine_slice(x), tine_slice(y));
  const double x0 = ((double *)tine_array_data(x))[0];
  tine_error err;
  v = tine_array_view(x, 1, 2999);
  w = tine_array_view(x, 0, 2999);
  CHECK_STOP(tine_array_create(&f, TINE_I32, 3000, NULL) == TINE_OK);
  CHECK_INT(tine_collect_into(p, (tine_array *[]){w}, 1, &err), TINE_EINVAL);
  CHECK_CONTAINS(err.message, "2999 elements, pipeline has 3000");
  CHECK_INT(tine_collect_into(p, (tine_array *[]){x, y}, 2, &err), TINE_EINVAL);
  p = tine_take(p, 2999);
  CHECK_INT(tine_collect_into(p, (tine_array *[]){v}, 1, &err), TINE_EINVAL);
  CHECK_CONTAINS(err.message, "overlaps");
  CHECK_INT(tine_collect_into(two, (tine_array *[]){f, f}, 2, &err), TINE_EINVAL);
  CHECK_F64(((double *)tine_array_data(x))[0], x0);
  CHECK_INT(tine_collect_into(two, (tine_array *[]){y, x}, 2, &err), TINE_OK); /* a swap, item by item */
  CHECK_F64(((double *)tine_array_data(y))[0], x0);
  CHECK_INT(tine_collect_into(two, (tine_array *[]){y, x}, 2, &err), TINE_OK);
  CHECK_INT(tine_collect_into(p, (tine_array *[]){w}, 1, &err), TINE_OK); /* in place, item by item */
  CHECK_F64(((double *)tine_array_data(x))[0], -x0);
  p = tine_take(p, 1);
  v = (tine_array_release(v), tine_array_view(f, 7, 1));
  ((double *)tine_array_data(x))[0] = 2.5;
  CHECK_INT(tine_collect_into(p, (tine_array *[]){v}, 1, &err), TINE_EKERNEL); /* no integer representation */
  ((double *)tine_array_data(x))[0] = 2;
  CHECK_INT(tine_collect_into(p, (tine_array *[]){v}, 1, &err), TINE_OK);
  CHECK_INT(((int32_t *)tine_array_data(f))[7], -2);
  tine_pipeline_release(p);
  tine_pipeline_release(two);
  tine_array_release(v);
  tine_array_release(w);
  tine_array_release(f);
  tine_array_release(x);
  tine_array_release(y);
}

/* Fields of an array of structs lie between each other, and do not overlap; halves of one field do. */
static void fields_of_structs_do_not_overlap(void) {
  struct body {
    double x, v;
    float mass;
  } bodies[100] = {{0}};
  tine_array *x = tine_slice_of(TINE_F64, &bodies[0].x, 100, sizeof bodies[0]);
  tine_array *v = tine_slice_of(TINE_F64, &bodies[0].v, 100, sizeof bodies[0]);
  tine_array *m = tine_slice_of(TINE_F32, &bodies[99].mass, 100, -(ptrdiff_t)sizeof bodies[0]);
  tine_array *half = tine_slice_of(TINE_F32, (float *)(void *)&bodies[0].v + 1, 100, sizeof bodies[0]);
  tine_pipeline *p = tine_zip(tine_range(1, 100, 1), tine_zip(tine_slice(v), tine_range(1, 100, 1)));
  tine_error err;
  CHECK_INT(tine_collect_into(p, (tine_array *[]){x, v, m}, 3, &err), TINE_OK);
  CHECK_INT(tine_collect_into(p, (tine_array *[]){x, v, half}, 3, &err), TINE_EINVAL);
  CHECK_F64(bodies[41].x, 42.0);
  CHECK_F64((double)bodies[0].mass, 100.0);
  tine_pipeline_release(p);
  tine_array_release(x);
  tine_array_release(v);
  tine_array_release(m);
  tine_array_release(half);
}

/* Both columns are read before either is written: (x, y) becomes (x + y, x - y) in place. */
static void in_step_reads_before_it_writes(void) {
  for (int t = 0; t < 4; t++) {
    const uint64_t n = 20000;
    tine_array *x = random_array(TINE_I64, n), *y = random_array(TINE_I64, n), *x0, *y0;
    tine_pipeline *sum = tine_map(tine_zip(tine_slice(x), tine_slice(y)), named("add"), NULL, 0);
    tine_pipeline *difference = tine_map(tine_zip(tine_slice(x), tine_slice(y)), named("sub"), NULL, 0);
    tine_pipeline *p = tine_on(tine_max_len(tine_zip(sum, difference), 700), test_pool(thread_counts[t]));
    tine_array *copy[2];
    CHECK_INT(tine_collect(p, copy, NULL), TINE_OK);
    x0 = copy[0];
    y0 = copy[1];
    CHECK_INT(tine_collect_into(p, (tine_array *[]){x, y}, 2, NULL), TINE_OK);
    CHECK(memcmp(tine_array_data(x), tine_array_data(x0), n * 8) == 0);
    CHECK(memcmp(tine_array_data(y), tine_array_data(y0), n * 8) == 0);
    tine_pipeline_release(p);
    tine_array_release(x0);
    tine_array_release(y0);
    tine_array_release(x);
    tine_array_release(y);
  }
  test_pools_end();
}

static void ranges_of_items(void) {
  tine_pipeline *p = tine_range(100, 199, 1);
  tine_array *a;
  tine_error err;
  CHECK_STOP(tine_array_create(&a, TINE_F64, 10, NULL) == TINE_OK);
  CHECK_INT(tine_collect_range(p, 95, 5, &a, 1, &err), TINE_OK);
  CHECK_F64(((double *)tine_array_data(a))[4], 199.0);
  CHECK_F64(((double *)tine_array_data(a))[5], 0.0);
  CHECK_INT(tine_collect_range(p, 95, 6, &a, 1, &err), TINE_ERANGE);
  CHECK_INT(tine_collect_range(p, UINT64_MAX, 2, &a, 1, &err), TINE_ERANGE);
  CHECK_INT(tine_collect_range(p, 0, 11, &a, 1, &err), TINE_EINVAL);
  tine_array_release(a);
  tine_pipeline_release(p);
}

/* Everything a host may do, with allocation k failing, for every k. */
static void every_allocation_fails_once(void) {
  int failed = 0;
  tine_status status;
  test_pool(2);
  do {
    tine_array *x = NULL;
    tine_pipeline *p = NULL, *q = NULL;
    tine_array *out[2] = {NULL, NULL};
    tine_value got;
    ti_memory_fail_after(failed++);
    status = tine_array_create(&x, TINE_F64, 5000, NULL);
    if (status == TINE_OK) {
      p = tine_zip(tine_slice(x), tine_map(tine_range(1, 5000, 1), named("sqrt"), NULL, 0));
      p = tine_on(tine_max_len(p, 100), test_pool(2));
      q = tine_map(tine_pipeline_retain(p), named("mul"), NULL, 0);
      status = tine_sum(q, &got, NULL);
      if (status == TINE_OK)
        status = tine_collect(p, out, NULL);
    }
    ti_memory_fail_after(-1);
    CHECK(status == TINE_OK || status == TINE_ENOMEM);
    tine_array_release(out[0]);
    tine_array_release(out[1]);
    tine_pipeline_release(q);
    tine_pipeline_release(p);
    tine_array_release(x);
  } while (status != TINE_OK && failed < 1000);
  CHECK(failed > 5 && failed < 1000);
  test_pools_end();
}

/* A kernel that itself runs a pipeline, on the pool it is run by. */
static int nested_item(const void *env, const void *const *in, void *const *out, const char **message) {
  tine_pipeline *p = tine_range(1, *(const int64_t *)in[0], 1);
  tine_value got = {.dtype = TINE_NONE};
  (void)message;
  p = tine_map(tine_max_len(p, 50), tine_kernel_find(NULL, "f64", NULL), NULL, 0);
  if (env != NULL)
    p = tine_on(p, *(tine_pool *const *)env);
  if (tine_sum(p, &got, NULL) != TINE_OK)
    got.as.f = -1;
  tine_pipeline_release(p);
  *(double *)out[0] = got.as.f;
  return 0;
}

static void runs_inside_kernels(void) {
  const tine_kernel_signature signature = {"i64 -> f64", NULL, nested_item};
  for (int t = 0; t < 4; t++)
    for (int own = 0; own < 2; own++) {
      tine_pool *other = test_pool(2);
      tine_kernel_desc desc = {.size = sizeof desc, .name = "nested", .signatures = &signature, .signature_count = 1};
      tine_registry *registry;
      tine_pipeline *p;
      tine_value got;
      desc.env = own ? &other : NULL;
      CHECK_STOP(tine_registry_create(&registry, NULL) == TINE_OK);
      CHECK_INT(tine_kernel_register(registry, &desc, NULL), TINE_OK);
      p = tine_map(tine_range(1, 600, 1), tine_kernel_find(registry, "nested", NULL), NULL, 0);
      p = tine_on(p, test_pool(thread_counts[t]));
      CHECK_INT(tine_sum(p, &got, NULL), TINE_OK);
      CHECK_F64(got.as.f, 600.0 * 601 * 602 / 6);
      tine_pipeline_release(p);
      tine_registry_release(registry);
    }
  test_pools_end();
}

CHECK_SUITE(run, CHECK_CASE(the_lowest_failure_is_reported), CHECK_CASE(late_failures_leave_gaps),
            CHECK_CASE(a_later_stage_may_fail_earlier), CHECK_CASE(errors_stick), CHECK_CASE(too_many_stages),
            CHECK_CASE(float_ranges_end), CHECK_CASE(constants_round_to_nearest), CHECK_CASE(huge_lengths),
            CHECK_CASE(destinations_are_checked_first), CHECK_CASE(fields_of_structs_do_not_overlap),
            CHECK_CASE(in_step_reads_before_it_writes), CHECK_CASE(ranges_of_items),
            CHECK_CASE(every_allocation_fails_once), CHECK_CASE(runs_inside_kernels))
