/*
** What the C and C++ sides of the throughput benchmarks share: the items, the clock, and the lines they print. The
** arguments are WORKLOAD:N ..., and for each a line "workload n seconds check" comes out: the shortest time of one
** operation over n items, warmed up, and a number that must be the same for every contestant, or nearly so.
**
** Every contestant makes the same items, whatever its language: item k, from 0, of the numbers behind a column is
** mixed(k). x is uniform in [0, 1), from the even ones; y the same from the odd ones; words are u32; keys are 1000
** different i64; copies are 0 to 20, in turn; xf and yf are x and y as f32; a and b are i64 below 2^20, from the even
** and the odd ones.
*/
#ifndef HARNESS_H
#define HARNESS_H
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 199309L /* clock_gettime; so this comes before the system's headers */
#endif
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
  USES_X = 1,
  USES_Y = 2,
  USES_OUT = 4,
  USES_WORDS = 8,
  USES_KEYS = 16,
  USES_COPIES = 32,
  USES_F32 = 64,
  USES_I64 = 128
};

typedef struct bench {
  long n; /* items of this measurement; columns may be longer */
  double *x, *y, *out;
  uint32_t *words, *sorted_words;
  int64_t *keys, *copies;
  float *xf, *yf;
  int64_t *a, *b;
} bench;

typedef struct workload {
  const char *name;
  double (*run)(const bench *b);  /* returns the check */
  void (*before)(const bench *b); /* not measured, before each run; may be NULL */
  unsigned uses;
} workload;

static void require(int ok, const char *what) {
  if (ok)
    return;
  fprintf(stderr, "%s\n", what);
  exit(EXIT_FAILURE);
}

static void *room(long n, size_t size) {
  void *p = malloc((size_t)(n > 0 ? n : 1) * size);
  require(p != NULL, "no memory for the items");
  return p;
}

static uint64_t mixed(uint64_t k) {
  uint64_t z = (k + 1) * UINT64_C(0x9E3779B97F4A7C15);
  z = (z ^ (z >> 32)) * UINT64_C(0xD6E8FEB86659FD93);
  return z ^ (z >> 32);
}

static double *uniform(long n, uint64_t odd) {
  double *x = (double *)room(n, sizeof *x);
  for (long i = 0; i < n; i++)
    x[i] = (double)(mixed(2 * (uint64_t)i + odd) >> 11) * 0x1p-53;
  return x;
}

static void fill_integers(bench *b, unsigned uses, long n) {
  b->words = (uint32_t *)room(uses & USES_WORDS ? n : 0, sizeof *b->words);
  b->sorted_words = (uint32_t *)room(uses & USES_WORDS ? n : 0, sizeof *b->words);
  b->keys = (int64_t *)room(uses & USES_KEYS ? n : 0, sizeof *b->keys);
  b->copies = (int64_t *)room(uses & USES_COPIES ? n : 0, sizeof *b->copies);
  for (long i = 0; i < n; i++) {
    if (uses & USES_WORDS)
      b->words[i] = (uint32_t)(mixed((uint64_t)i) >> 32);
    if (uses & USES_KEYS)
      b->keys[i] = (int64_t)((mixed((uint64_t)i) >> 11) % 1000) * 1000003;
    if (uses & USES_COPIES)
      b->copies[i] = i % 21;
  }
}

static void fill_pairs(bench *b, unsigned uses, long n) {
  const long floats = uses & USES_F32 ? n : 0, integers = uses & USES_I64 ? n : 0;
  b->xf = (float *)room(floats, sizeof *b->xf);
  b->yf = (float *)room(floats, sizeof *b->yf);
  b->a = (int64_t *)room(integers, sizeof *b->a);
  b->b = (int64_t *)room(integers, sizeof *b->b);
  for (long i = 0; i < floats; i++) {
    b->xf[i] = (float)((double)(mixed(2 * (uint64_t)i) >> 11) * 0x1p-53);
    b->yf[i] = (float)((double)(mixed(2 * (uint64_t)i + 1) >> 11) * 0x1p-53);
  }
  for (long i = 0; i < integers; i++) {
    b->a[i] = (int64_t)(mixed(2 * (uint64_t)i) >> 44);
    b->b[i] = (int64_t)(mixed(2 * (uint64_t)i + 1) >> 44);
  }
}

/* Monotonic seconds. */
static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Seconds of one run, of so many in a row; what happens before a run is left out. */
static double timed(const workload *w, const bench *b, long calls, double *check) {
  double seconds = 0, start = now();
  if (w->before == NULL) {
    for (long i = 0; i < calls; i++)
      *check = w->run(b);
    return (now() - start) / (double)calls;
  }
  for (long i = 0; i < calls; i++) {
    w->before(b);
    start = now();
    *check = w->run(b);
    seconds += now() - start;
  }
  return seconds / (double)calls;
}

/* The rule all contestants follow: a run or two to warm up, then the best of batches of a millisecond or one run, for
   20 ms or so, three batches at least if they are not long. */
static double shortest(const workload *w, const bench *b, double *check) {
  double once = timed(w, b, 1, check), least = 1e9, total = 0;
  if (once < 0.1)
    once = timed(w, b, 1, check);
  const long calls = once < 1e-3 ? (long)(1e-3 / (once + 1e-9)) + 1 : 1;
  for (int batch = 0; batch < 3 ? total < 0.1 : total < 0.02; batch++) {
    const double seconds = timed(w, b, calls, check);
    total += seconds * (double)calls;
    least = seconds < least ? seconds : least;
  }
  return least;
}

static const workload *find(const workload *list, size_t count, const char *argument) {
  const char *colon = strchr(argument, ':');
  require(colon != NULL, "usage: WORKLOAD:N ...");
  for (size_t i = 0; i < count; i++)
    if (strlen(list[i].name) == (size_t)(colon - argument) &&
        strncmp(list[i].name, argument, strlen(list[i].name)) == 0)
      return &list[i];
  require(0, "no such workload");
  return NULL;
}

static int measure_all(int argc, char **argv, const workload *list, size_t count) {
  bench b;
  unsigned uses = 0;
  long longest = 0;
  for (int i = 1; i < argc; i++) {
    const long n = atol(strchr(argv[i], ':') != NULL ? strchr(argv[i], ':') + 1 : "0");
    uses |= find(list, count, argv[i])->uses;
    longest = n > longest ? n : longest;
  }
  b.x = uniform(uses & USES_X ? longest : 0, 0);
  b.y = uniform(uses & USES_Y ? longest : 0, 1);
  b.out = (double *)calloc(uses & USES_OUT ? (size_t)longest : 1, sizeof *b.out);
  require(b.out != NULL, "no memory for the results");
  fill_integers(&b, uses, longest);
  fill_pairs(&b, uses, longest);
  for (int i = 1; i < argc; i++) {
    const workload *w = find(list, count, argv[i]);
    double check = 0;
    b.n = atol(strchr(argv[i], ':') + 1);
    const double seconds = shortest(w, &b, &check);
    printf("%s %ld %.12f %.17g\n", w->name, b.n, seconds, check);
  }
  free(b.x);
  free(b.y);
  free(b.out);
  free(b.words);
  free(b.sorted_words);
  free(b.keys);
  free(b.copies);
  free(b.xf);
  free(b.yf);
  free(b.a);
  free(b.b);
  return EXIT_SUCCESS;
}

/* A check of a column of n results. */
static inline double ends_and_middle(const double *x, long n) {
  return n > 0 ? x[0] + x[n / 2] + x[n - 1] : 0;
}

/* The number of steps, at most 100, that pixel i of a square of 'side' pixels takes to leave. */
static inline long mandelbrot_steps(long i, long side) {
  const double cx = -2.0 + 3.0 * (double)(i % side) / (double)side, cy = -1.5 + 3.0 * (double)(i / side) / (double)side;
  double x = 0, y = 0;
  long k = 0;
  for (; k < 100 && x * x + y * y <= 4; k++) {
    const double t = x * x - y * y + cx;
    y = 2 * x * y + cy;
    x = t;
  }
  return k;
}

static inline long side_of(long pixels) {
  long side = 1;
  while ((side + 1) * (side + 1) <= pixels)
    side++;
  return side;
}
#endif
