/*
** What is held to a time, measured in C: small runs beside a plain loop, how late timeouts and cancels are, what an
** idle pool and tiny runs use of the processors, slow items that overlap. For spec/bench/latency.lua, one line each:
**
**     what <tab> the figure <tab> what it is held to <tab> unit
**
** Each figure is the least of several attempts, where another load on the machine can only make it larger.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tine.h"

enum { FEW = 10, MANY = 1000, CALLS = 50 };

static int rounds = 300, attempts = 10; /* --quick: less */

static void nap_us(long us) {
  const struct timespec t = {us / 1000000, us % 1000000 * 1000};
  nanosleep(&t, NULL);
}

static double processor_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void report(const char *what, double figure, double limit, const char *unit) {
  printf("%s\t%.9g\t%g\t%s\n", what, figure, limit, unit);
}

static tine_kernel *named(const char *name) {
  return tine_kernel_find(NULL, name, NULL);
}

/* ----- Small runs beside a loop over a thousand products ----- */

static tine_array *ramp(uint64_t n) {
  tine_array *a = NULL;
  if (tine_array_create(&a, TINE_F64, n, NULL) != TINE_OK)
    exit(EXIT_FAILURE);
  for (uint64_t i = 0; i < n; i++)
    ((double *)tine_array_data(a))[i] = 0.5 + (double)i;
  return a;
}

static double dot(const double *x, const double *y, long n) {
  double sum = 0;
  for (long i = 0; i < n; i++)
    sum += x[i] * y[i];
  return sum;
}

/* Read at each call, so that no call can be moved out of the loop around it. */
static double (*volatile plain)(const double *, const double *, long) = dot;

static tine_array *target; /* of collect_into */

static void end_sum(tine_pipeline *p) {
  tine_value v;
  tine_sum(p, &v, NULL);
}
static void end_min(tine_pipeline *p) {
  tine_value v;
  tine_min(p, &v, NULL, NULL);
}
static void end_count(tine_pipeline *p) {
  uint64_t n;
  tine_count(p, &n, NULL);
}
static void end_reduce(tine_pipeline *p) {
  tine_value v;
  tine_reduce(p, named("add"), NULL, &v, NULL);
}
static void end_into(tine_pipeline *p) {
  tine_collect_into(p, &target, 1, NULL);
}
static void end_any(tine_pipeline *p) {
  const tine_value far = tine_f64(1e9);
  bool found;
  tine_any(p, named("gt"), &far, 1, &found, NULL);
}

static const struct {
  const char *name;
  void (*run)(tine_pipeline *);
} ends[] = {{"sum", end_sum},       {"min", end_min},           {"count", end_count},
            {"reduce", end_reduce}, {"collect_into", end_into}, {"any", end_any}};

static double beside_loop(void (*end)(tine_pipeline *), tine_pipeline *p, const double *x) {
  double ours = 1e9, theirs = 1e9;
  for (int round = 0; round < rounds; round++) {
    double start = tine_clock(), took;
    for (int i = 0; i < CALLS; i++)
      end(p);
    took = tine_clock() - start;
    ours = took < ours ? took : ours;
    start = tine_clock();
    for (int i = 0; i < CALLS; i++)
      plain(x, x, MANY);
    took = tine_clock() - start;
    theirs = took < theirs ? took : theirs;
  }
  return ours / theirs;
}

static void small_runs(void) {
  const tine_value two = tine_f64(2), four = tine_f64(4);
  tine_array *x = ramp(FEW), *many = ramp(MANY);
  const double *loop = tine_array_data(many);
  tine_pipeline *shapes[] = {tine_map(tine_zip(tine_slice(x), tine_slice(x)), named("mul"), NULL, 0),
                             tine_map(tine_map(tine_slice(x), named("mul"), &two, 1), named("sqrt"), NULL, 0),
                             tine_filter(tine_map(tine_slice(x), named("neg"), NULL, 0), named("lt"), &four, 1)};
  static const char *const names[] = {"products", "roots", "filtered"};
  tine_pipeline *products = tine_map(tine_zip(tine_slice(many), tine_slice(many)), named("mul"), NULL, 0);
  target = ramp(FEW);
  for (int s = 0; s < 3; s++) {
    for (size_t e = 0; e < sizeof ends / sizeof ends[0]; e++) {
      char what[80];
      if (s == 2 && ends[e].run == end_into) /* what is filtered has no length yet */
        continue;
      snprintf(what, sizeof what, "%s of ten %s, beside a C loop over 1000", ends[e].name, names[s]);
      report(what, beside_loop(ends[e].run, shapes[s], loop), 1, "times");
    }
    tine_pipeline_release(shapes[s]);
  }
  report("sum of 1000 products, beside a C loop over 1000", beside_loop(end_sum, products, loop), 2, "times");
  tine_pipeline_release(products);
  tine_array_release(x);
  tine_array_release(many);
  tine_array_release(target);
}

/* ----- Ends ----- */

static tine_pipeline *endless(void) {
  return tine_map(tine_map(tine_range(1, INT64_C(1) << 50, 1), named("sqrt"), NULL, 0), named("sin"), NULL, 0);
}

static void late_timeouts(void) {
  const double limit = 0.01;
  tine_pipeline *p = tine_timeout(endless(), limit);
  double least = 1e9;
  for (int i = 0; i < attempts; i++) {
    const double start = tine_clock();
    double late;
    end_sum(p);
    late = tine_clock() - start - limit;
    least = late < least ? late : least;
  }
  tine_pipeline_release(p);
  report("a timeout is late by", least * 1e3, 1, "ms");
}

static tine_status sum_endless(void *env, tine_error *err) {
  tine_pipeline *p = endless();
  tine_value sum;
  const tine_status status = tine_sum(p, &sum, err);
  (void)env;
  tine_pipeline_release(p);
  return status;
}

static void slow_cancels(void) {
  const tine_job_desc desc = {.size = sizeof desc, .fn = sum_endless};
  double least = 1e9;
  for (int i = 0; i < attempts; i++) {
    tine_job *job;
    double start, took;
    if (tine_job_start(&job, &desc, NULL) != TINE_OK)
      return;
    nap_us(5000);
    start = tine_clock();
    tine_job_cancel(job);
    tine_job_wait(job, -1, NULL);
    took = tine_clock() - start;
    least = took < least ? took : least;
    tine_job_release(job);
  }
  report("a job that is cancelled ends after", least * 1e3, 1, "ms");
}

/* ----- What pools use ----- */

/* How often the other threads of this process went to sleep so far. */
static long sleeps(void) {
  DIR *tasks = opendir("/proc/self/task");
  const struct dirent *entry;
  long sum = 0, n;
  while (tasks != NULL && (entry = readdir(tasks)) != NULL) {
    char path[300], line[200];
    FILE *status;
    if (entry->d_name[0] == '.' || atol(entry->d_name) == (long)getpid())
      continue;
    snprintf(path, sizeof path, "/proc/self/task/%s/status", entry->d_name);
    status = fopen(path, "r");
    while (status != NULL && fgets(line, sizeof line, status) != NULL)
      if (sscanf(line, "voluntary_ctxt_switches: %ld", &n) == 1)
        sum += n;
    if (status != NULL)
      fclose(status);
  }
  if (tasks != NULL)
    closedir(tasks);
  return sum;
}

static void fib(tine_ctx *ctx, void *arg) {
  long *f = arg;
  const long n = *f;
  long x = n - 1, y = n - 2;
  if (n < 2)
    return;
  tine_join(ctx, fib, &x, fib, &y);
  *f = x + y;
}

static void idle_pool(void) {
  const tine_pool_options o = {.size = sizeof o, .threads = 8};
  tine_pool *pool;
  double least = 1e9;
  if (tine_pool_create(&pool, &o, NULL) != TINE_OK)
    return;
  for (int i = 0; i < 3; i++) {
    long f = 20;
    double used;
    tine_pool_run(pool, fib, &f, NULL);
    nap_us(100000);
    used = processor_seconds();
    nap_us(200000);
    used = (processor_seconds() - used) / 0.2;
    least = used < least ? used : least;
  }
  tine_pool_destroy(pool);
  report("an idle pool of 8 uses of a processor", least * 100, 1, "%");
}

/* Forks of a quarter of a microsecond in all, again and again: they are not worth a second processor, nor a system call
   each. */
static void tiny_runs(void) {
  const tine_pool_options o = {.size = sizeof o, .threads = 2};
  tine_pool *pool;
  double start, used, wall;
  long before;
  if (tine_pool_create(&pool, &o, NULL) != TINE_OK)
    return;
  start = tine_clock();
  used = processor_seconds();
  before = sleeps();
  while (tine_clock() - start < 0.4)
    for (int i = 0; i < 100; i++) {
      long f = 10;
      tine_pool_run(pool, fib, &f, NULL);
    }
  wall = tine_clock() - start;
  report("tiny runs without a pause use processors", (processor_seconds() - used) / wall, 1.3, "");
  report("and wake a worker, times a second", (double)(sleeps() - before) / wall, 2000, "");
  tine_pool_destroy(pool);
}

/* ----- Slow items ----- */

static int takes_50_ms(tine_block *b) {
  for (size_t i = 0; i < b->n; i++) {
    nap_us(50000);
    ((int64_t *)b->out[0])[i] = 1;
  }
  return 0;
}

static void slow_items(void) {
  const tine_pool_options o = {.size = sizeof o, .threads = 2};
  const tine_kernel_signature signature = {"i64 -> i64", takes_50_ms, NULL};
  const tine_kernel_desc d = {.size = sizeof d, .name = "slow", .signatures = &signature, .signature_count = 1};
  tine_registry *r;
  tine_pool *pool;
  tine_pipeline *p;
  double least = 1e9;
  if (tine_registry_create(&r, NULL) != TINE_OK || tine_kernel_register(r, &d, NULL) != TINE_OK ||
      tine_pool_create(&pool, &o, NULL) != TINE_OK)
    exit(EXIT_FAILURE);
  p = tine_on(tine_map(tine_range(1, 12, 1), tine_kernel_find(r, "slow", NULL), NULL, 0), pool);
  for (int i = 0; i < 3; i++) {
    const double start = tine_clock();
    double took;
    end_sum(p);
    took = tine_clock() - start;
    least = took < least ? took : least;
  }
  tine_pipeline_release(p);
  tine_pool_destroy(pool);
  tine_registry_release(r);
  report("12 items of 50 ms take two threads", least, 0.5, "s");
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "--quick") == 0)
    rounds = 30, attempts = 5;
  tine_default_pool_hold();
  small_runs();
  late_timeouts();
  slow_cancels();
  idle_pool();
  tiny_runs();
  slow_items();
  tine_default_pool_release();
  return EXIT_SUCCESS;
}
