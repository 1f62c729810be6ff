/*
** Reductions against a slow, obvious model of the grid: cells of 1024 positions, 32 lanes, neighbouring lanes pairwise,
** and a tree that halves at the largest power of two. The bits must be those on any pool, cut anyhow.
*/
#include <fenv.h>
#include <math.h>

#include "../../core/base/memory.h"
#include "pipelines.h"

static const unsigned thread_counts[] = {1, 2, 3, 16};

/* ----- the model ----- */

static double model_cell(const double *x, size_t n) {
  double lane[32];
  size_t lanes = n < 32 ? n : 32;
  for (size_t j = 0; j < lanes; j++) {
    lane[j] = x[j];
    for (size_t i = j + 32; i < n; i += 32)
      lane[j] = lane[j] + x[i];
  }
  while (lanes > 1) {
    for (size_t j = 0; j < lanes / 2; j++)
      lane[j] = lane[2 * j] + lane[2 * j + 1];
    if (lanes % 2 != 0)
      lane[lanes / 2] = lane[lanes - 1];
    lanes = lanes / 2 + lanes % 2;
  }
  return lane[0];
}

static double model_sum(const double *x, size_t n) {
  size_t half = 1024;
  if (n <= 1024)
    return model_cell(x, n);
  while (half * 2 < n)
    half *= 2;
  return model_sum(x, half) + model_sum(x + half, n - half);
}

/* Lengths where grids go wrong, and others. */
static uint64_t some_length(void) {
  static const uint64_t near[] = {1, 31, 32, 33, 63, 64, 65, 1023, 1024, 1025, 2047, 2048, 2049, 3072, 4096, 5000};
  switch (check_below(3)) {
    case 0: return near[check_below(16)];
    case 1: return 1 + check_below(40);
    default: return 1 + check_below(100000);
  }
}

/* A pipeline over x that gives x, by one of several roads. */
static tine_pipeline *some_road(tine_array *x) {
  const tine_value one = tine_f64(1);
  tine_pipeline *p = tine_slice(x);
  switch (check_below(4)) {
    case 0: return p;
    case 1: return tine_map(p, tine_kernel_find(NULL, "mul", NULL), &one, 1);
    case 2: return tine_map(tine_map(p, slow_kernel(), NULL, 0), tine_kernel_find(NULL, "neg", NULL), NULL, 0);
    default: return tine_take(p, UINT64_MAX);
  }
}

static tine_pipeline *some_hints(tine_pipeline *p) {
  p = tine_on(p, test_pool(thread_counts[check_below(4)]));
  if (check_below(3) == 0)
    p = tine_min_len(p, 1 + check_below(3000));
  if (check_below(3) == 0)
    p = tine_max_len(p, 1 + check_below(3000));
  return check_below(8) == 0 ? tine_sequential(p) : p;
}

static void sums_have_the_models_bits(void) {
  for (int round = 0; round < 300; round++) {
    const uint64_t n = some_length();
    tine_array *x = random_array(TINE_F64, n);
    double *data = tine_array_data(x);
    tine_pipeline *p;
    tine_value got;
    for (uint64_t i = 0; i < n; i++)
      data[i] = ldexp(data[i], (int)check_below(60));
    p = some_hints(some_road(x));
    CHECK_INT(tine_sum(p, &got, NULL), TINE_OK);
    CHECK_F64(got.as.f, model_sum(data, n));
    CHECK_INT(tine_reduce(p, tine_kernel_find(NULL, "add", NULL), NULL, &got, NULL), TINE_OK);
    CHECK_F64(got.as.f, model_sum(data, n));
    tine_pipeline_release(p);
    tine_array_release(x);
  }
  test_kernels_end();
  test_pools_end();
}

/* A sum of products is done in one pass; its bits are those of the products stored and summed, with any strides. */
static void dot_products_have_the_models_bits(void) {
  for (int round = 0; round < 200; round++) {
    const uint64_t n = some_length();
    tine_array *x = random_array(TINE_F64, 2 * n), *y = random_array(TINE_F64, n), *z;
    double *a = tine_array_data(x), *b = tine_array_data(y), *products = malloc(n * sizeof *products);
    const int step = check_below(2) != 0 ? 1 : check_below(2) != 0 ? 2 : 0;
    tine_pipeline *p, *q;
    tine_value got;
    for (uint64_t i = 0; i < n; i++) {
      b[i] = ldexp(b[i], (int)check_below(60));
      products[i] = a[i * (uint64_t)step] * b[i];
    }
    z = tine_slice_of(TINE_F64, a, n, step * (ptrdiff_t)sizeof *a);
    p = tine_map(tine_zip(tine_slice(z), tine_slice(y)), tine_kernel_find(NULL, "mul", NULL), NULL, 0);
    p = some_hints(check_below(2) != 0 ? p : tine_take(p, n));
    CHECK_INT(tine_sum(p, &got, NULL), TINE_OK);
    CHECK_F64(got.as.f, model_sum(products, n));
    q = tine_map(tine_zip(tine_slice(y), tine_slice(y)), tine_kernel_find(NULL, "mul", NULL), NULL, 0);
    for (uint64_t i = 0; i < n; i++)
      products[i] = b[i] * b[i];
    CHECK_INT(tine_sum(q, &got, NULL), TINE_OK);
    CHECK_F64(got.as.f, model_sum(products, n));
    free(products);
    tine_pipeline_release(p);
    tine_pipeline_release(q);
    tine_array_release(x);
    tine_array_release(y);
    tine_array_release(z);
  }
  test_pools_end();
}

static void f32_sums_are_f64_sums(void) {
  for (int round = 0; round < 30; round++) {
    const uint64_t n = some_length();
    tine_array *x = random_array(TINE_F32, n);
    double *wide = malloc(n * sizeof *wide);
    tine_pipeline *p = some_hints(tine_slice(x));
    tine_value got;
    for (uint64_t i = 0; i < n; i++)
      wide[i] = (double)((float *)tine_array_data(x))[i];
    CHECK_INT(tine_sum(p, &got, NULL), TINE_OK);
    CHECK_INT(got.dtype, TINE_F64);
    CHECK_F64(got.as.f, model_sum(wide, n));
    free(wide);
    tine_pipeline_release(p);
    tine_array_release(x);
  }
  test_pools_end();
}

/* Affine maps x -> m*x + c modulo 2^32, packed: composing them is associative and not commutative. */
static uint64_t compose(uint64_t f, uint64_t g) {
  const uint64_t m1 = f >> 32, c1 = f & 0xffffffffu, m2 = g >> 32, c2 = g & 0xffffffffu;
  return ((m1 * m2) & 0xffffffffu) << 32 | ((c1 * m2 + c2) & 0xffffffffu);
}
TINE_MAP2(compose_block, uint64_t, uint64_t, uint64_t, compose(a, b))

static void neighbours_only_for_the_others(void) {
  const tine_kernel_signature signature = {"u64 u64 -> u64", compose_block, NULL};
  tine_kernel_desc desc = {.size = sizeof desc, .name = "compose", .signatures = &signature, .signature_count = 1};
  tine_registry *registry;
  desc.flags = TINE_ASSOCIATIVE;
  CHECK_STOP(tine_registry_create(&registry, NULL) == TINE_OK);
  CHECK_STOP(tine_kernel_register(registry, &desc, NULL) == TINE_OK);
  for (int round = 0; round < 60; round++) {
    const uint64_t n = some_length();
    tine_array *x = NULL;
    tine_pipeline *p;
    tine_value got;
    uint64_t want = 1ull << 32;
    CHECK_STOP(tine_array_create(&x, TINE_U64, n, NULL) == TINE_OK);
    for (uint64_t i = 0; i < n; i++) {
      ((uint64_t *)tine_array_data(x))[i] = check_random() | 1ull << 32;
      want = compose(want, ((uint64_t *)tine_array_data(x))[i]);
    }
    p = some_hints(tine_slice(x));
    CHECK_INT(tine_reduce(p, tine_kernel_find(registry, "compose", NULL), NULL, &got, NULL), TINE_OK);
    CHECK(got.as.u == want);
    tine_pipeline_release(p);
    tine_array_release(x);
  }
  tine_registry_release(registry);
  test_pools_end();
}

static void extremes_are_the_first(void) {
  for (int round = 0; round < 200; round++) {
    const uint64_t n = some_length();
    tine_array *x = random_array(TINE_F64, n);
    double *data = tine_array_data(x);
    tine_pipeline *p = some_hints(tine_slice(x));
    uint64_t low = 0, high = 0, index;
    tine_value got, other;
    for (uint64_t i = 0; i < n; i++)
      data[i] = check_below(2) != 0 ? floor(data[i] * 4) : (check_below(2) != 0 ? -0.0 : 0.0);
    if (check_below(4) == 0)
      data[check_below(n)] = data[check_below(n)] = NAN;
    for (uint64_t i = n; i-- > 0;) {
      low = isnan(data[i]) || (!isnan(data[low]) && data[i] <= data[low]) ? i : low;
      high = isnan(data[i]) || (!isnan(data[high]) && data[i] >= data[high]) ? i : high;
    }
    CHECK_INT(tine_min(p, &got, &index, NULL), TINE_OK);
    CHECK_F64(got.as.f, data[low]);
    CHECK_INT(index, low);
    CHECK_INT(tine_max(p, &got, &index, NULL), TINE_OK);
    CHECK_F64(got.as.f, data[high]);
    CHECK_INT(index, high);
    CHECK_INT(tine_minmax(p, &got, &other, NULL), TINE_OK);
    CHECK_F64(got.as.f, data[low]);
    CHECK_F64(other.as.f, data[high]);
    tine_pipeline_release(p);
    tine_array_release(x);
  }
  test_pools_end();
}

static void variance_keeps_small_noise(void) {
  const uint64_t n = 100000;
  tine_array *x = random_array(TINE_F64, n);
  double *data = tine_array_data(x);
  tine_pipeline *p = tine_slice(x);
  long double mean = 0, m2 = 0;
  tine_value var, again, std;
  for (uint64_t i = 0; i < n; i++)
    data[i] = 1e9 + data[i] * 1e-3;
  for (uint64_t i = 0; i < n; i++)
    mean += (long double)data[i] / (long double)n;
  for (uint64_t i = 0; i < n; i++)
    m2 += ((long double)data[i] - mean) * ((long double)data[i] - mean) / (long double)n;
  CHECK_INT(tine_var(p, &var, NULL), TINE_OK);
  CHECK(fabsl((long double)var.as.f / m2 - 1) < 1e-6L);
  CHECK_INT(tine_std(p, &std, NULL), TINE_OK);
  CHECK_F64(std.as.f, sqrt(var.as.f));
  for (int t = 0; t < 4; t++) {
    tine_pipeline *q = tine_on(tine_pipeline_retain(p), test_pool(thread_counts[t]));
    CHECK_INT(tine_var(q, &again, NULL), TINE_OK);
    CHECK_F64(again.as.f, var.as.f);
    tine_pipeline_release(q);
  }
  tine_pipeline_release(p);
  tine_array_release(x);
  test_pools_end();
}

static void a_hundred_million_tenths(void) {
  const tine_value zero = tine_f64(0);
  tine_pipeline *p = tine_rep(tine_f64(0.1), 100000000);
  tine_value got;
  CHECK_INT(tine_sum(p, &got, NULL), TINE_OK);
  CHECK(fabs(got.as.f / 1e7 - 1) < 1e-15);
  p = tine_map(p, tine_kernel_find(NULL, "add", NULL), &zero, 1);
  CHECK_INT(tine_sum(p, &got, NULL), TINE_OK);
  CHECK(fabs(got.as.f / 1e7 - 1) < 1e-15);
  tine_pipeline_release(p);
}

static void nothing_gives_the_neutral_values(void) {
  tine_pipeline *p = tine_zip(tine_rep(tine_f64(3), 0), tine_range(1, 0, 1));
  tine_value out[2], other[2];
  uint64_t n = 7;
  CHECK_INT(tine_sum(p, out, NULL), TINE_OK);
  CHECK(out[0].dtype == TINE_F64 && out[1].dtype == TINE_I64);
  CHECK_F64(out[0].as.f, 0.0);
  CHECK_INT(out[1].as.i, 0);
  CHECK_INT(tine_product(p, out, NULL), TINE_OK);
  CHECK_F64(out[0].as.f, 1.0);
  CHECK_INT(out[1].as.i, 1);
  CHECK_INT(tine_mean(p, out, NULL), TINE_OK);
  CHECK_INT(out[0].dtype, TINE_NONE);
  CHECK_INT(tine_var(p, out, NULL), TINE_OK);
  CHECK_INT(out[1].dtype, TINE_NONE);
  CHECK_INT(tine_min(p, out, NULL, NULL), TINE_OK);
  CHECK_INT(out[0].dtype, TINE_NONE);
  CHECK_INT(tine_minmax(p, out, other, NULL), TINE_OK);
  CHECK_INT(other[1].dtype, TINE_NONE);
  CHECK_INT(tine_count(p, &n, NULL), TINE_OK);
  CHECK_INT(n, 0);
  out[0] = tine_i64(5);
  CHECK_INT(tine_reduce(p, tine_kernel_find(NULL, "add", NULL), &out[0], other, NULL), TINE_OK);
  CHECK_F64(other[0].as.f, 5.0);
  CHECK_INT(other[1].as.i, 5);
  CHECK_INT(tine_reduce(p, tine_kernel_find(NULL, "add", NULL), NULL, other, NULL), TINE_OK);
  CHECK_INT(other[0].dtype, TINE_NONE);
  tine_pipeline_release(p);
}

/* Joins neighbouring stretches, first << 32 | last; the one of cells 2 and 3 of four, [2049, 3072], is refused. */
static int stretch_item(const void *env, const void *const *in, void *const *out, const char **message) {
  const uint64_t a = *(const uint64_t *)in[0], b = *(const uint64_t *)in[1];
  (void)env;
  if (a == ((uint64_t)2049 << 32 | 3072)) {
    *message = "refused";
    return TINE_EUSER + 1;
  }
  if ((uint32_t)a + 1 != b >> 32) {
    *message = "no neighbours";
    return TINE_EUSER + 2;
  }
  *(uint64_t *)out[0] = (a >> 32 << 32) | (uint32_t)b;
  return 0;
}
TINE_MAP1(stretch_of_one, int64_t, int64_t, (int64_t)((uint64_t)a << 32 | (uint64_t)a))

/* A fold that fails is reported the same on any pool, and nobody meets what it left half done. */
static void a_failing_fold_is_the_same_everywhere(void) {
  const tine_kernel_signature fold = {"i64 i64 -> i64", NULL, stretch_item}, one = {"i64 -> i64", stretch_of_one, NULL};
  tine_kernel_desc desc = {.size = sizeof desc, .name = "stretch", .signatures = &fold, .signature_count = 1};
  tine_registry *registry;
  desc.flags = TINE_ASSOCIATIVE;
  CHECK_STOP(tine_registry_create(&registry, NULL) == TINE_OK);
  CHECK_INT(tine_kernel_register(registry, &desc, NULL), TINE_OK);
  desc.name = "one";
  desc.signatures = &one;
  CHECK_INT(tine_kernel_register(registry, &desc, NULL), TINE_OK);
  for (int round = 0; round < 200; round++) {
    tine_pipeline *p = tine_map(tine_range(1, 8192, 1), tine_kernel_find(registry, "one", NULL), NULL, 0);
    tine_value got;
    tine_error err;
    p = round == 0 ? tine_sequential(p) : some_hints(p);
    CHECK_INT(tine_reduce(p, tine_kernel_find(registry, "stretch", NULL), NULL, &got, &err), TINE_EUSER + 1);
    CHECK_INT(err.item, 3072);
    tine_pipeline_release(p);
  }
  tine_registry_release(registry);
  test_pools_end();
}

static void not_associative_is_refused(void) {
  tine_pipeline *p = tine_range(1, 10, 1);
  tine_value out;
  tine_error err;
  CHECK_INT(tine_reduce(p, tine_kernel_find(NULL, "sub", NULL), NULL, &out, &err), TINE_EINVAL);
  CHECK_CONTAINS(err.message, "not associative");
  CHECK_INT(tine_reduce(p, tine_kernel_find(NULL, "sqrt", NULL), NULL, &out, &err), TINE_EINVAL);
  tine_pipeline_release(p);
}

/* Whatever the host has set, blocks round to nearest; and the host has its setting back. */
static void the_hosts_rounding_is_left_alone(void) {
  const uint64_t n = 50000;
  tine_array *x = random_array(TINE_F64, n);
  const double want = model_sum(tine_array_data(x), n);
  tine_value got = {.dtype = TINE_NONE};
  for (int t = 0; t < 4; t++) {
    tine_pipeline *p = tine_on(tine_max_len(tine_slice(x), 2048), test_pool(thread_counts[t]));
    fesetround(FE_UPWARD);
    tine_sum(p, &got, NULL);
    CHECK_INT(fegetround(), FE_UPWARD);
    fesetround(FE_TONEAREST);
    CHECK_F64(got.as.f, want);
    tine_pipeline_release(p);
  }
  tine_array_release(x);
  test_pools_end();
}

/* The last division of a mean is part of the result, too. */
static void means_round_to_nearest(void) {
  static double thirds[3] = {1, 0, 0};
  tine_array *x = tine_slice_of(TINE_F64, thirds, 3, sizeof *thirds);
  tine_pipeline *p = tine_slice(x);
  tine_value got = {.dtype = TINE_NONE};
  fesetround(FE_UPWARD);
  tine_mean(p, &got, NULL);
  fesetround(FE_TONEAREST);
  CHECK_F64(got.as.f, 0x1.5555555555555p-2);
  tine_pipeline_release(p);
  tine_array_release(x);
}

/* A warm run allocates nothing, in the loop or around it. */
static void a_warm_run_allocates_nothing(void) {
  const uint64_t n = 10000000;
  tine_pipeline *p = tine_zip(tine_range(1, (int64_t)n, 1), tine_range_f64(0, (double)n, 1));
  size_t before;
  tine_value got;
  p = tine_on(tine_map(p, tine_kernel_find(NULL, "mul", NULL), NULL, 0), test_pool(2));
  CHECK_INT(tine_sum(p, &got, NULL), TINE_OK);
  before = ti_memory_allocations();
  CHECK_INT(tine_sum(p, &got, NULL), TINE_OK);
  CHECK_INT(tine_sum(p, &got, NULL), TINE_OK);
  CHECK_INT(ti_memory_allocations(), before);
  tine_pipeline_release(p);
  test_pools_end();
}

CHECK_SUITE(reduce, CHECK_CASE(sums_have_the_models_bits), CHECK_CASE(dot_products_have_the_models_bits),
            CHECK_CASE(f32_sums_are_f64_sums), CHECK_CASE(neighbours_only_for_the_others),
            CHECK_CASE(extremes_are_the_first), CHECK_CASE(variance_keeps_small_noise),
            CHECK_CASE(a_hundred_million_tenths), CHECK_CASE(nothing_gives_the_neutral_values),
            CHECK_CASE(not_associative_is_refused), CHECK_CASE(a_failing_fold_is_the_same_everywhere),
            CHECK_CASE(the_hosts_rounding_is_left_alone), CHECK_CASE(means_round_to_nearest),
            CHECK_CASE(a_warm_run_allocates_nothing))
