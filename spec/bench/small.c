/*
** The plain C loop of spec/bench/small.lua: for each length among the arguments, the shortest time of a dot product of
** two f64 columns, in seconds, one line each.
*/
#define _POSIX_C_SOURCE 199309L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 9, ITEMS_A_ROUND = 2000000 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double dot(const double *x, const double *y, long n) {
  double sum = 0;
  for (long i = 0; i < n; i++)
    sum += x[i] * y[i];
  return sum;
}

/* Read at each call, so that no call can be moved out of the loop around it. */
static double (*volatile measured)(const double *, const double *, long) = dot;

static double shortest(const double *x, const double *y, long n) {
  const long calls = ITEMS_A_ROUND / n + 1;
  double least = 1e9;
  for (int round = 0; round < ROUNDS; round++) {
    const double start = now();
    double seconds;
    for (long i = 0; i < calls; i++)
      measured(x, y, n);
    seconds = (now() - start) / (double)calls;
    least = seconds < least ? seconds : least;
  }
  return least;
}

int main(int argc, char **argv) {
  for (int a = 1; a < argc; a++) {
    const long n = atol(argv[a]);
    double *x = n > 0 ? malloc(2 * (size_t)n * sizeof *x) : NULL;
    if (x == NULL)
      return EXIT_FAILURE;
    for (long i = 0; i < 2 * n; i++)
      x[i] = (double)(i % 1000) * 0.001;
    printf("%.12f\n", shortest(x, x + n, n));
    free(x);
  }
  return EXIT_SUCCESS;
}
