/*
** OpenMP in the throughput benchmarks: loops fused and parallelised by hand, the least a compiler can make of each
** workload. Built twice: as the language has it, where sums keep their order in each thread; and with -ffast-math and
** `simd`, which allow sums in lanes and libmvec's functions.
*/
#include "harness.h"
#include <math.h>
#include <omp.h>

#if defined(__FAST_MATH__)
#define LOOP(clauses) LOOP_PRAGMA(omp parallel for simd clauses)
#else
#define LOOP(clauses) LOOP_PRAGMA(omp parallel for clauses)
#endif
#define LOOP_PRAGMA(text) _Pragma(#text)

static double dot(const bench *b) {
  const double *x = b->x, *y = b->y;
  double s = 0;
  LOOP(reduction(+ : s))
  for (long i = 0; i < b->n; i++)
    s += x[i] * y[i];
  return s;
}

static double sum(const bench *b) {
  const double *x = b->x;
  double s = 0;
  LOOP(reduction(+ : s))
  for (long i = 0; i < b->n; i++)
    s += x[i];
  return s;
}

static double chain(const bench *b) {
  const double *x = b->x, *y = b->y;
  double s = 0;
  LOOP(reduction(+ : s))
  for (long i = 0; i < b->n; i++)
    s += sqrt(x[i] * x[i] + y[i] * y[i]) * 0.5 + 1;
  return s;
}

static double chain_f32(const bench *b) {
  const float *x = b->xf, *y = b->yf;
  double s = 0;
  LOOP(reduction(+ : s))
  for (long i = 0; i < b->n; i++)
    s += (double)(sqrtf(x[i] * x[i] + y[i] * y[i]) * 0.5f + 1);
  return s;
}

static double choose(const bench *b) {
  const int64_t *a = b->a, *c = b->b;
  int64_t s = 0;
  LOOP(reduction(+ : s))
  for (long i = 0; i < b->n; i++)
    s += a[i] > c[i] ? 3 * a[i] - c[i] : c[i] + 1;
  return (double)s;
}

static double filter(const bench *b) {
  const double *x = b->x;
  double s = 0;
  LOOP(reduction(+ : s))
  for (long i = 0; i < b->n; i++)
    s += x[i] > 0.5 ? x[i] : 0;
  return s;
}

static void gauss(const double *x, double *out, long n) {
  LOOP()
  for (long i = 0; i < n; i++)
    out[i] = exp(-x[i] * x[i]);
}

static double exp_into(const bench *b) {
  gauss(b->x, b->out, b->n);
  return ends_and_middle(b->out, b->n);
}

static double exp_new(const bench *b) {
  double *out = (double *)room(b->n, sizeof *out);
  gauss(b->x, out, b->n);
  const double check = ends_and_middle(out, b->n);
  free(out);
  return check;
}

static double windows(const bench *b) {
  const double *x = b->x;
  double *out = b->out;
  LOOP()
  for (long i = 0; i < b->n - 2; i++)
    out[i] = (x[i] + x[i + 2] + 2 * x[i + 1]) * 0.25;
  return ends_and_middle(out, b->n - 2);
}

static double add_new(const bench *b) {
  const double *x = b->x;
  double *out = (double *)room(b->n, sizeof *out);
  LOOP()
  for (long i = 0; i < b->n; i++)
    out[i] = x[i] + 1;
  const double check = ends_and_middle(out, b->n);
  free(out);
  return check;
}

/* All nine points at once: what the columns of neighbours have in common is computed again, in registers. */
static double convolution(const bench *b) {
  const double *x = b->x;
  double *out = b->out;
  const long w = side_of(b->n), n = b->n - 2 * w - 2;
  LOOP()
  for (long i = 0; i < n; i++) {
    const double left = x[i] + x[i + 2 * w] + 2 * x[i + w];
    const double middle = x[i + 1] + x[i + 1 + 2 * w] + 2 * x[i + 1 + w];
    const double right = x[i + 2] + x[i + 2 + 2 * w] + 2 * x[i + 2 + w];
    out[i] = (left + right + 2 * middle) * (1.0 / 16);
  }
  return ends_and_middle(out, n);
}

static double scan(const bench *b) {
  const double *x = b->x;
  double *out = (double *)room(b->n, sizeof *out), s = 0;
#pragma omp parallel for simd reduction(inscan, + : s)
  for (long i = 0; i < b->n; i++) {
    s += x[i];
#pragma omp scan inclusive(s)
    out[i] = s;
  }
  const double check = ends_and_middle(out, b->n);
  free(out);
  return check;
}

static double histogram(const bench *b) {
  const double *x = b->x;
  long bins[101] = {0};
  double check = 0;
#pragma omp parallel for reduction(+ : bins)
  for (long i = 0; i < b->n; i++)
    bins[(int)(x[i] * 100)]++;
  bins[99] += bins[100]; /* the last bin is closed */
  for (int k = 0; k < 100; k++)
    check += (k + 1.0) * (double)bins[k];
  return check;
}

/* Two passes: how much each thread will write, and the writing. */
static double flat_map(const bench *b) {
  const long n = b->n / 10; /* they become some n */
  double *out = NULL, check;
  long *first = (long *)room(omp_get_max_threads() + 1, sizeof *first);
  memset(first, 0, (size_t)(omp_get_max_threads() + 1) * sizeof *first);
#pragma omp parallel
  {
    const int t = omp_get_thread_num(), threads = omp_get_num_threads();
    const long lo = n * t / threads, hi = n * (t + 1) / threads;
    long made = 0;
    for (long i = lo; i < hi; i++)
      made += b->copies[i];
    first[t + 1] = made;
#pragma omp barrier
#pragma omp single
    {
      for (int k = 0; k < threads; k++)
        first[k + 1] += first[k];
      out = (double *)room(first[threads], sizeof *out);
      first[0] = first[threads]; /* how many in all: thread 0 knows where it begins */
    }
    double *to = out + (t > 0 ? first[t] : 0);
    for (long i = lo; i < hi; i++)
      for (int64_t k = 0; k < b->copies[i]; k++)
        *to++ = b->x[i];
  }
  check = (double)first[0] + ends_and_middle(out, first[0]);
  free(first);
  free(out);
  return check;
}

static double mandelbrot(const bench *b) {
  const long side = side_of(b->n);
  long steps = 0;
#pragma omp parallel for reduction(+ : steps) schedule(dynamic)
  for (long row = 0; row < side; row++)
    for (long i = row * side; i < (row + 1) * side; i++)
      steps += mandelbrot_steps(i, side);
  return (double)steps;
}

static const workload workloads[] = {
    {"dot", dot, NULL, USES_X | USES_Y},
    {"sum", sum, NULL, USES_X},
    {"chain", chain, NULL, USES_X | USES_Y},
    {"exp", exp_into, NULL, USES_X | USES_OUT},
    {"exp_new", exp_new, NULL, USES_X},
    {"add_new", add_new, NULL, USES_X},
    {"chain_f32", chain_f32, NULL, USES_F32},
    {"choose", choose, NULL, USES_I64},
    {"filter", filter, NULL, USES_X},
    {"windows", windows, NULL, USES_X | USES_OUT},
    {"convolution", convolution, NULL, USES_X | USES_OUT},
    {"scan", scan, NULL, USES_X},
    {"histogram", histogram, NULL, USES_X},
    {"flat_map", flat_map, NULL, USES_X | USES_COPIES},
    {"mandelbrot", mandelbrot, NULL, 0},
};

int main(int argc, char **argv) {
  return measure_all(argc, argv, workloads, sizeof workloads / sizeof *workloads);
}
