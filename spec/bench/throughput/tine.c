/*
** tine from C in the throughput benchmarks: what cannot be said from Lua, kernels of the host, and the cost of building
** a pipeline and running it without Lua around. Each run builds its pipeline.
*/
#include "harness.h"

#include "tine.h"

static void done(tine_status status, const tine_error *err) {
  require(status == TINE_OK, err->message);
}

/* The sum of what a pipeline gives, which is released. */
static double summed(tine_pipeline *p) {
  tine_value v;
  tine_error err = {TINE_OK, 0, 0, ""};
  done(tine_sum(p, &v, &err), &err);
  tine_pipeline_release(p);
  return v.dtype == TINE_F64 ? v.as.f : (double)v.as.i;
}

/* A borrowed column as a source; the pipeline holds the array. */
static tine_pipeline *column(tine_dtype dtype, void *x, long n) {
  tine_array *a = tine_slice_of(dtype, x, (uint64_t)n, (ptrdiff_t)tine_dtype_size(dtype));
  tine_pipeline *p = tine_slice(a);
  tine_array_release(a);
  return p;
}

static tine_pipeline *source(double *x, long n) {
  return column(TINE_F64, x, n);
}

static tine_pipeline *both(const bench *b) {
  return tine_zip(source(b->x, b->n), source(b->y, b->n));
}

static void stored(tine_pipeline *p, double *to, long n) {
  tine_array *out = tine_slice_of(TINE_F64, to, (uint64_t)n, sizeof *to);
  tine_error err = {TINE_OK, 0, 0, ""};
  done(tine_collect_into(p, &out, 1, &err), &err);
  tine_pipeline_release(p);
  tine_array_release(out);
}

/* ----- Kernels of the host: a C expression is one loop ----- */

TINE_MAP2(norm, double, double, double, __builtin_sqrt(a *a + b * b) * 0.5 + 1)
TINE_MAP1(gauss, double, double, __builtin_exp(-a *a))
TINE_MAP3(blur, double, double, double, double, (a + c + 2 * b) * 0.25)

static int steps(tine_block *block) {
  int64_t *out = block->out[0];
  const int64_t *pixel = block->in[0];
  const long side = (long)*(const int64_t *)block->in[1];
  for (size_t i = 0; i < block->n; i++)
    out[i] = mandelbrot_steps((long)pixel[i], side);
  return 0;
}

static const tine_kernel_signature signatures[] = {{"f64 f64 -> f64", norm, NULL},
                                                   {"f64 -> f64", gauss, NULL},
                                                   {"f64 f64 f64 -> f64", blur, NULL},
                                                   {"i64 i64 -> i64", steps, NULL}};
static const char *const names[] = {"norm", "gauss", "blur", "steps"};
static tine_registry *registry;

static tine_kernel *kernel(const char *name) {
  return tine_kernel_find(registry, name, NULL);
}

static void register_all(void) {
  tine_error err = {TINE_OK, 0, 0, ""};
  done(tine_registry_create(&registry, &err), &err);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const tine_kernel_desc desc = {
        .size = sizeof desc, .name = names[i], .signatures = &signatures[i], .signature_count = 1};
    done(tine_kernel_register(registry, &desc, &err), &err);
  }
}

/* ----- Workloads ----- */

static double dot(const bench *b) {
  return summed(tine_map(both(b), kernel("mul"), NULL, 0));
}

static double sum(const bench *b) {
  return summed(source(b->x, b->n));
}

static double chain(const bench *b) {
  return summed(tine_map(both(b), kernel("norm"), NULL, 0));
}

static double exp_into(const bench *b) {
  stored(tine_map(source(b->x, b->n), kernel("gauss"), NULL, 0), b->out, b->n);
  return ends_and_middle(b->out, b->n);
}

static double windows(const bench *b) {
  stored(tine_map(tine_windows(source(b->x, b->n), 3), kernel("blur"), NULL, 0), b->out, b->n - 2);
  return ends_and_middle(b->out, b->n - 2);
}

/* Three rows of an image, side by side, as columns; then each three neighbours of what came of them. */
static double convolution(const bench *b) {
  const long width = side_of(b->n), n = b->n - 2 * width;
  tine_pipeline *rows = tine_zip(source(b->x, n), tine_zip(source(b->x + width, n), source(b->x + 2 * width, n)));
  tine_pipeline *columns = tine_map(rows, kernel("blur"), NULL, 0);
  stored(tine_map(tine_windows(columns, 3), kernel("blur"), NULL, 0), b->out, n - 2);
  return ends_and_middle(b->out, n - 2);
}

static double filter(const bench *b) {
  const tine_value half = tine_f64(0.5);
  return summed(tine_filter(source(b->x, b->n), kernel("gt"), &half, 1));
}

static double histogram(const bench *b) {
  tine_pipeline *p = source(b->x, b->n);
  tine_error err = {TINE_OK, 0, 0, ""};
  tine_array *bins;
  double check = 0;
  done(tine_histogram(p, 0, 1, 100, &bins, &err), &err);
  for (uint64_t k = 0; k < 100; k++)
    check += (double)(k + 1) * (double)tine_array_get(bins, k).as.i;
  tine_array_release(bins);
  tine_pipeline_release(p);
  return check;
}

static double count_by(const bench *b) {
  tine_pipeline *p = column(TINE_I64, b->keys, b->n);
  tine_error err = {TINE_OK, 0, 0, ""};
  tine_array *keys, *counts;
  done(tine_count_by(p, &keys, &counts, &err), &err);
  const double check = (double)tine_array_len(keys) + (double)tine_array_get(counts, 0).as.i;
  tine_array_release(keys);
  tine_array_release(counts);
  tine_pipeline_release(p);
  return check;
}

static void sort_all(tine_dtype dtype, void *x, long n) {
  tine_array *a = tine_slice_of(dtype, x, (uint64_t)n, (ptrdiff_t)tine_dtype_size(dtype));
  tine_error err = {TINE_OK, 0, 0, ""};
  done(tine_array_sort(a, TINE_ASCENDING, &err), &err);
  tine_array_release(a);
}

static void unsort(const bench *b) {
  memcpy(b->out, b->x, (size_t)b->n * sizeof *b->x);
}

static double sort(const bench *b) {
  sort_all(TINE_F64, b->out, b->n);
  return ends_and_middle(b->out, b->n);
}

static void unsort_words(const bench *b) {
  memcpy(b->sorted_words, b->words, (size_t)b->n * sizeof *b->words);
}

static double sort_u32(const bench *b) {
  const uint32_t *w = b->sorted_words;
  sort_all(TINE_U32, b->sorted_words, b->n);
  return (double)w[0] + (double)w[b->n / 2] + (double)w[b->n - 1];
}

static double mandelbrot(const bench *b) {
  const long side = side_of(b->n);
  const tine_value constant = tine_i64(side);
  return summed(tine_map(tine_range(0, side * side - 1, 1), kernel("steps"), &constant, 1));
}

static const workload workloads[] = {
    {"dot", dot, NULL, USES_X | USES_Y},
    {"sum", sum, NULL, USES_X},
    {"chain", chain, NULL, USES_X | USES_Y},
    {"exp", exp_into, NULL, USES_X | USES_OUT},
    {"filter", filter, NULL, USES_X},
    {"windows", windows, NULL, USES_X | USES_OUT},
    {"convolution", convolution, NULL, USES_X | USES_OUT},
    {"histogram", histogram, NULL, USES_X},
    {"count_by", count_by, NULL, USES_KEYS},
    {"sort", sort, unsort, USES_X | USES_OUT},
    {"sort_u32", sort_u32, unsort_words, USES_WORDS},
    {"mandelbrot", mandelbrot, NULL, 0},
};

int main(int argc, char **argv) {
  tine_default_pool_hold();
  register_all();
  const int status = measure_all(argc, argv, workloads, sizeof workloads / sizeof *workloads);
  tine_registry_release(registry);
  tine_default_pool_release();
  return status;
}
