/*
** The list of all producers, and helpers; see pipelines.h.
*/
#include "pipelines.h"

#include "pipelines_indexed.h"

static tine_pipeline *make_slice(uint64_t n) {
  tine_array *a;
  tine_pipeline *p;
  if (tine_array_create(&a, TINE_F64, n, NULL) != TINE_OK)
    return NULL;
  for (uint64_t i = 0; i < n; i++)
    ((double *)tine_array_data(a))[i] = (double)i * 0.5;
  p = tine_slice(a);
  tine_array_release(a);
  return p;
}
static double item_half(uint64_t n, unsigned c, uint64_t i) {
  (void)n, (void)c;
  return (double)i * 0.5;
}
static uint64_t len_n(uint64_t n) {
  return n;
}

/* Every second u16 of an owned array, backwards: a negative stride. */
static tine_pipeline *make_strided(uint64_t n) {
  tine_array *a, *v = NULL;
  tine_pipeline *p;
  if (tine_array_create(&a, TINE_U16, 2 * n + 1, NULL) != TINE_OK)
    return NULL;
  for (uint64_t i = 0; i < 2 * n + 1; i++)
    ((uint16_t *)tine_array_data(a))[i] = (uint16_t)(i * 7);
  v = tine_array_adopt(TINE_U16, (uint16_t *)tine_array_data(a) + (n > 0 ? 2 * (n - 1) : 0), n, -4,
                       (void (*)(void *))tine_array_release, a);
  p = tine_slice(v);
  tine_array_release(v);
  return p;
}
static double item_strided(uint64_t n, unsigned c, uint64_t i) {
  (void)c;
  return (double)(uint16_t)(2 * (n - 1 - i) * 7);
}

static tine_pipeline *make_range(uint64_t n) {
  return tine_range(10, 10 - 3 * ((int64_t)n - 1), -3);
}
static double item_range(uint64_t n, unsigned c, uint64_t i) {
  (void)n, (void)c;
  return 10.0 - 3.0 * (double)i;
}
static tine_pipeline *make_range_f64(uint64_t n) {
  return tine_range_f64(0.25, 0.25 + 0.5 * ((double)n - 1), 0.5);
}
static double item_range_f64(uint64_t n, unsigned c, uint64_t i) {
  (void)n, (void)c;
  return 0.25 + 0.5 * (double)i;
}
static tine_pipeline *make_rep(uint64_t n) {
  return tine_rep(tine_f64(2.5), n);
}
static double item_rep(uint64_t n, unsigned c, uint64_t i) {
  (void)n, (void)c, (void)i;
  return 2.5;
}

static tine_pipeline *make_zip(uint64_t n) {
  return tine_zip(tine_zip(make_range(n + 5), make_slice(n)), make_rep(n + 1));
}
static double item_zip(uint64_t n, unsigned c, uint64_t i) {
  return c == 0 ? item_range(n, 0, i) : c == 1 ? item_half(n, 0, i) : 2.5;
}
static tine_pipeline *make_zip_eq(uint64_t n) {
  return tine_zip_eq(make_slice(n), make_strided(n));
}
static double item_zip_eq(uint64_t n, unsigned c, uint64_t i) {
  return c == 0 ? item_half(n, 0, i) : item_strided(n, 0, i);
}

/* range, then i64 with f64 columns: a conversion of one input. */
static tine_pipeline *make_map(uint64_t n) {
  tine_pipeline *p = tine_zip(make_range(n), make_slice(n));
  const tine_value two = tine_i64(2);
  p = tine_map(p, tine_kernel_find(NULL, "mul", NULL), NULL, 0);
  return tine_map(p, tine_kernel_find(NULL, "add", NULL), &two, 1);
}
static double item_map(uint64_t n, unsigned c, uint64_t i) {
  return item_range(n, c, i) * item_half(n, c, i) + 2;
}

/* Two maps zipped and mapped, deep and lopsided: the scratch of all is in use at once. */
static tine_pipeline *make_tree(uint64_t n) {
  tine_pipeline *p = make_map(n);
  for (int i = 0; i < 6; i++) {
    const tine_value one = tine_f64(1);
    tine_pipeline *q = tine_map(make_map(n + 3), tine_kernel_find(NULL, "add", NULL), &one, 1);
    p = i % 2 == 0 ? tine_zip(p, q) : tine_zip(q, p);
    p = tine_map(p, tine_kernel_find(NULL, "max", NULL), NULL, 0);
  }
  return p;
}
static double item_tree(uint64_t n, unsigned c, uint64_t i) {
  return item_map(n, c, i) + 1;
}

static tine_pipeline *make_take(uint64_t n) {
  return tine_take(make_map(2 * n + 1), n);
}
static tine_pipeline *make_cast(uint64_t n) {
  return tine_cast(tine_zip(make_range(n), make_strided(n)), TINE_F32, TINE_CAST_EXACT);
}
static double item_cast(uint64_t n, unsigned c, uint64_t i) {
  return c == 0 ? item_range(n, 0, i) : item_strided(n, 0, i);
}
static tine_pipeline *make_hints(uint64_t n) {
  return tine_min_len(tine_max_len(make_map(n), 300), 7);
}
static tine_pipeline *make_alone(uint64_t n) {
  return tine_sequential(tine_on(make_map(n), test_pool(2)));
}
static tine_pipeline *make_patient(uint64_t n) {
  return tine_timeout(make_map(n), 1e6);
}
static tine_pipeline *make_slow(uint64_t n) {
  return tine_map(make_slice(n), slow_kernel(), NULL, 0);
}
static double item_slow(uint64_t n, unsigned c, uint64_t i) {
  return -item_half(n, c, i);
}

const pipeline_case pipeline_cases[] = {
    {"slice", make_slice, item_half, len_n},
    {"strided slice", make_strided, item_strided, len_n},
    {"range", make_range, item_range, len_n},
    {"range f64", make_range_f64, item_range_f64, len_n},
    {"rep", make_rep, item_rep, len_n},
    {"zip", make_zip, item_zip, len_n},
    {"zip_eq", make_zip_eq, item_zip_eq, len_n},
    {"map", make_map, item_map, len_n},
    {"tree of maps", make_tree, item_tree, len_n},
    {"take", make_take, item_map, len_n},
    {"cast", make_cast, item_cast, len_n},
    {"min_len max_len", make_hints, item_map, len_n},
    {"sequential, on", make_alone, item_map, len_n},
    {"timeout", make_patient, item_map, len_n},
    {"slow map", make_slow, item_slow, len_n},
#define INDEXED_CASE(name, make, item) {name, make, item, len_n},
    INDEXED_CASES(INDEXED_CASE)
#undef INDEXED_CASE
        {NULL, NULL, NULL, NULL},
};

tine_array *random_array(tine_dtype dtype, uint64_t n) {
  tine_array *a = NULL;
  if (tine_array_create(&a, dtype, n, NULL) != TINE_OK)
    return NULL;
  for (uint64_t i = 0; i < n; i++) {
    const int64_t r = (int64_t)check_below(2001) - 1000;
    tine_array_set(a, i, dtype == TINE_I64 ? tine_i64(r) : tine_f64((double)(int64_t)check_random() * 0x1p-63), NULL);
  }
  return a;
}

double column_item(const tine_columns *block, unsigned c, size_t i) {
  const char *at = (const char *)block->data[c] + (ptrdiff_t)i * block->stride[c];
  switch (block->dtype[c]) {
    case TINE_F64: return *(const double *)(const void *)at;
    case TINE_F32: return (double)*(const float *)(const void *)at;
    case TINE_I64: return (double)*(const int64_t *)(const void *)at;
    case TINE_U16: return (double)*(const uint16_t *)(const void *)at;
    default: return 0.0 / 0.0;
  }
}

enum { POOLS = 17 };
static tine_pool *pools[POOLS];

tine_pool *test_pool(unsigned threads) {
  if (pools[threads] == NULL) {
    tine_pool_options options = {.size = sizeof options};
    options.threads = threads;
    tine_pool_create(&pools[threads], &options, NULL);
  }
  return pools[threads];
}

void test_pools_end(void) {
  for (int i = 0; i < POOLS; i++) {
    tine_pool_destroy(pools[i]);
    pools[i] = NULL;
  }
}

tine_kernel *builtin(const char *name) {
  return tine_kernel_find(NULL, name, NULL);
}

tine_pipeline *numbers(int64_t n) {
  return tine_range(1, n, 1);
}

tine_pipeline *where(tine_pipeline *p, const char *predicate, int64_t x) {
  return tine_filter(p, builtin(predicate), &(tine_value){TINE_I64, {.i = x}}, 1);
}

static int slow_item(const void *env, const void *const *in, void *const *out, const char **message) {
  const double x = *(const double *)in[0];
  volatile unsigned spin = (unsigned)((uint64_t)(x * 8) * 2654435761u >> 7) % 64;
  (void)env, (void)message;
  if (spin > 32)
    while (spin > 0)
      spin--;
  *(double *)out[0] = -x;
  return 0;
}

static int failing_item(const void *env, const void *const *in, void *const *out, const char **message) {
  const double x = *(const double *)in[0];
  (void)env;
  *(double *)out[0] = x;
  if (x >= 0)
    return 0;
  *message = "negative";
  return TINE_EUSER + 7;
}

static tine_registry *kernels;

static tine_kernel *test_kernel(const char *name, tine_item_fn *fn) {
  const tine_kernel_signature signature = {"f64 -> f64", NULL, fn};
  tine_kernel_desc desc = {.size = sizeof desc, .name = name, .signatures = &signature, .signature_count = 1};
  if (kernels == NULL)
    tine_registry_create(&kernels, NULL);
  if (tine_kernel_find(kernels, name, NULL) == NULL)
    tine_kernel_register(kernels, &desc, NULL);
  return tine_kernel_find(kernels, name, NULL);
}

tine_kernel *slow_kernel(void) {
  return test_kernel("slow_neg", slow_item);
}

tine_kernel *failing_kernel(void) {
  return test_kernel("not_negative", failing_item);
}

void test_kernels_end(void) {
  test_pools_end(); /* a case has one, too */
  tine_registry_release(kernels);
  kernels = NULL;
}
