/*
** How long a run of a millisecond takes beside one that never ends: submitted every ten milliseconds to a pool that
** works on an endless job, and to the same pool when it is idle, in turns. Prints the times of both.
**
**     build/bench/fair [threads [runs [nap]]]     nap: kernels sleep, and take nothing from each other
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tine.h"

enum { ROUNDS = 4, EVERY_US = 10000 };

static tine_pool *pool;
static tine_registry *kernels;

static void nap_us(long us) {
  const struct timespec t = {us / 1000000, us % 1000000 * 1000};
  nanosleep(&t, NULL);
}

/* Takes 250 us an item: of a processor; or of nobody, which is measured well where a machine has other guests. */
static int busy(tine_block *block) {
  for (size_t i = 0; i < block->n; i++) {
    const double until = tine_clock() + 250e-6;
    while (tine_clock() < until)
      continue;
    ((int64_t *)block->out[0])[i] = (int64_t)i;
  }
  return 0;
}

static int nap(tine_block *block) {
  for (size_t i = 0; i < block->n; i++) {
    nap_us(250);
    ((int64_t *)block->out[0])[i] = (int64_t)i;
  }
  return 0;
}

static tine_pipeline *work(uint64_t n, const char *kernel) {
  tine_kernel *k = tine_kernel_find(kernels, kernel, NULL);
  return tine_on(tine_map(tine_range(1, (int64_t)n, 1), k, NULL, 0), pool);
}

static tine_status endless(void *env, tine_error *err) {
  tine_pipeline *p = work((uint64_t)1 << 50, env);
  tine_value sum;
  const tine_status status = tine_sum(p, &sum, err);
  tine_pipeline_release(p);
  return status;
}

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void measure(tine_pipeline *p, double *out, int runs) {
  for (int i = 0; i < runs; i++) {
    tine_value sum;
    double begun;
    nap_us(EVERY_US);
    begun = tine_clock();
    if (tine_sum(p, &sum, NULL) != TINE_OK)
      exit(1);
    out[i] = (tine_clock() - begun) * 1e3;
  }
}

static void show(const char *what, double *ms, int n) {
  qsort(ms, (size_t)n, sizeof *ms, ascending);
  printf("%-20s median %.2f ms, 90%% %.2f, 99%% %.2f, most %.2f\n", what, ms[n / 2], ms[n * 9 / 10], ms[n * 99 / 100],
         ms[n - 1]);
}

int main(int argc, char **argv) {
  static const tine_kernel_signature busy_sigs[] = {{"i64 -> i64", busy, NULL}},
                                     nap_sigs[] = {{"i64 -> i64", nap, NULL}};
  const tine_kernel_desc descs[] = {
      {.size = sizeof descs[0], .name = "busy", .signatures = busy_sigs, .signature_count = 1},
      {.size = sizeof descs[0], .name = "nap", .signatures = nap_sigs, .signature_count = 1}};
  const tine_pool_options o = {.size = sizeof o, .threads = argc > 1 ? (unsigned)atoi(argv[1]) : 0};
  const char *kernel = argc > 3 ? "nap" : "busy";
  const int runs = argc > 2 ? atoi(argv[2]) : 200;
  double *alone = malloc((size_t)(ROUNDS * runs) * sizeof *alone),
         *beside = malloc((size_t)(ROUNDS * runs) * sizeof *beside);
  tine_pipeline *p;
  if (tine_pool_create(&pool, &o, NULL) != TINE_OK || tine_registry_create(&kernels, NULL) != TINE_OK)
    return 1;
  for (int i = 0; i < 2; i++)
    tine_kernel_register(kernels, &descs[i], NULL);
  p = work(4 * tine_pool_threads(pool), kernel); /* a millisecond of all */
  for (int round = 0; round < ROUNDS; round++) {
    tine_job_desc desc = {.size = sizeof desc, .pool = pool, .fn = endless, .env = (void *)(uintptr_t)kernel};
    tine_job *job;
    measure(p, alone + round * runs, runs);
    if (tine_job_start(&job, &desc, NULL) != TINE_OK)
      return 1;
    nap_us(20000);
    measure(p, beside + round * runs, runs);
    tine_job_cancel(job);
    tine_job_wait(job, -1, NULL);
    tine_job_release(job);
  }
  printf("%u threads\n", tine_pool_threads(pool));
  show("alone", alone, ROUNDS * runs);
  show("beside endless", beside, ROUNDS * runs);
  tine_pipeline_release(p);
  tine_registry_release(kernels);
  tine_pool_destroy(pool);
  free(alone);
  free(beside);
  return 0;
}
