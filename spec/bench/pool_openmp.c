/*
** The side of OpenMP in the fork-join benchmarks: see pool.c, whose arguments it takes. fib and empty as OpenMP's own
** examples write them. Built twice: as the language has it; and with -ffast-math and `simd`, which let a
** compiler sum in lanes.
*/
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EMPTY_CALLS = 20000, SUMMED_ITEMS = 4000000 };

static void require(int ok, const char *what) {
  if (ok)
    return;
  fprintf(stderr, "%s\n", what);
  exit(EXIT_FAILURE);
}

static long fib(long n) {
  long x, y;
  if (n < 2)
    return n;
#pragma omp task shared(x)
  x = fib(n - 1);
  y = fib(n - 2);
#pragma omp taskwait
  return x + y;
}

static long expected_fib(long n) {
  return n < 2 ? n : expected_fib(n - 1) + expected_fib(n - 2);
}

static double measure_fib(long size, int threads) {
  static long expected;
  if (expected == 0)
    expected = expected_fib(size);
  long f = 0;
  const double start = omp_get_wtime();
#pragma omp parallel num_threads(threads)
#pragma omp single
  f = fib(size);
  const double seconds = omp_get_wtime() - start;
  require(f == expected, "wrong Fibonacci number");
  return seconds;
}

static double measure_empty(long size, int threads) {
  (void)size;
  const double start = omp_get_wtime();
  for (int i = 0; i < EMPTY_CALLS; i++) {
#pragma omp parallel num_threads(threads)
    __asm__ volatile("");
  }
  return (omp_get_wtime() - start) / EMPTY_CALLS;
}

static double sum(const double *x, long n, int threads) {
  double s = 0;
#if defined(__FAST_MATH__)
#pragma omp parallel for simd reduction(+ : s) num_threads(threads)
#else
#pragma omp parallel for reduction(+ : s) num_threads(threads)
#endif
  for (long i = 0; i < n; i++)
    s += x[i];
  return s;
}

/* Read at each call, so that no call can be moved out of the loop around it. */
static double (*volatile measured)(const double *, long, int) = sum;

static double measure_sum(long size, int threads) {
  const long calls = SUMMED_ITEMS / size + 1;
  double *x = malloc((size_t)size * sizeof *x), expected = 0;
  int right = 1;
  require(x != NULL, "no memory for the items");
  for (long i = 0; i < size; i++)
    expected += x[i] = (double)(i % 1000);
  const double start = omp_get_wtime();
  for (long i = 0; i < calls; i++)
    right &= measured(x, size, threads) >= expected;
  const double seconds = (omp_get_wtime() - start) / (double)calls;
  free(x);
  require(right, "wrong sum");
  return seconds;
}

int main(int argc, char **argv) {
  require(argc == 5, "usage: pool_openmp WORKLOAD SIZE THREADS REPETITIONS");
  double (*measure)(long size, int threads) = NULL;
  if (strcmp(argv[1], "fib") == 0)
    measure = measure_fib;
  else if (strcmp(argv[1], "empty") == 0)
    measure = measure_empty;
  else if (strcmp(argv[1], "sum") == 0)
    measure = measure_sum;
  require(measure != NULL, "no such workload");
  measure(atol(argv[2]), atoi(argv[3]));
  for (int i = atoi(argv[4]); i > 0; i--)
    printf("%.12f\n", measure(atol(argv[2]), atoi(argv[3])));
  return EXIT_SUCCESS;
}
