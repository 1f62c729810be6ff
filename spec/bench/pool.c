/*
** tine's side of the fork-join benchmarks, with the plain calls and loops it is held against. pool.lua runs it in turns
** with its peers, which take the same arguments:
**
**     pool WORKLOAD SIZE THREADS REPETITIONS
**
** After one repetition that nobody sees it prints a number for each of the others: seconds, or what the workload says.
** Every result is checked. Tasks that stand for work spin until they have had the processor for so long: two of them
** that share a processor take twice the time, as work does.
*/
#define _POSIX_C_SOURCE 200809L
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "tine.h"

enum { EMPTY_CALLS = 200000, SUMMED_ITEMS = 4000000, TINY_CALLS = 256 };
static const double TINY_SECONDS = 0.1, BUSY_SECONDS = 1, PAUSE = 0.05, TASK = 0.005;

/* Makes the value one the compiler knows nothing about, so that it can neither fold nor turn a call into a jump. */
#define OPAQUE(x) __asm__ volatile("" : "+r"(x))

typedef struct node {
  const struct node *left, *right; /* both or none */
  long value;
} node;

typedef struct bench {
  long size;
  tine_pool *pool;
  double *items;
  tine_pipeline *pipeline;
  node *root;
} bench;

static void require(bool ok, const char *what) {
  if (ok)
    return;
  fprintf(stderr, "%s\n", what);
  exit(EXIT_FAILURE);
}

static void run(const bench *b, tine_task *fn, void *arg) {
  tine_error err;
  require(tine_pool_run(b->pool, fn, arg, &err) == TINE_OK, "tine_pool_run failed");
}

static double clock_seconds(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void rest(double seconds) {
  struct timespec t;
  t.tv_sec = (time_t)seconds;
  t.tv_nsec = (long)((seconds - (double)t.tv_sec) * 1e9);
  nanosleep(&t, NULL);
}

static void spin(double seconds) {
  const double end = clock_seconds(CLOCK_THREAD_CPUTIME_ID) + seconds;
  while (clock_seconds(CLOCK_THREAD_CPUTIME_ID) < end) {
  }
}

/* Processor seconds of all threads of this process. */
static double used(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + 1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

/* ----- Fibonacci numbers: forks and nothing else ----- */

static __attribute__((noinline)) long plain_fib(long n) {
  if (n < 2)
    return n;
  long x = plain_fib(n - 1);
  long y = plain_fib(n - 2);
  OPAQUE(y);
  return x + y;
}

static void fib(tine_ctx *ctx, void *arg) {
  long *f = arg;
  const long n = *f;
  if (n < 2)
    return;
  long x = n - 1, y = n - 2;
  tine_join(ctx, fib, &x, fib, &y);
  *f = x + y;
}

static long expected_fib(long n) {
  long now = 0, next = 1;
  for (; n > 0; n--) {
    const long sum = now + next;
    now = next;
    next = sum;
  }
  return now;
}

static double measure_plain_fib(bench *b) {
  const double start = tine_clock();
  const long f = plain_fib(b->size);
  const double seconds = tine_clock() - start;
  require(f == expected_fib(b->size), "wrong Fibonacci number");
  return seconds;
}

static double measure_fib(bench *b) {
  long f = b->size;
  const double start = tine_clock();
  run(b, fib, &f);
  const double seconds = tine_clock() - start;
  require(f == expected_fib(b->size), "wrong Fibonacci number");
  return seconds;
}

/* ----- The sum over a binary tree of 2^size - 1 nodes, which lie in memory as they are visited ----- */

static const node *grow(node **next, long depth) {
  node *n = (*next)++;
  n->left = n->right = NULL;
  n->value = 1;
  if (depth > 1) {
    n->left = grow(next, depth - 1);
    n->right = grow(next, depth - 1);
  }
  return n;
}

static void make_tree(bench *b) {
  node *next = b->root = malloc(((size_t)1 << b->size) * sizeof *next);
  require(next != NULL, "no memory for the tree");
  grow(&next, b->size);
}

static __attribute__((noinline)) long plain_tree(const node *n) {
  if (n->left == NULL)
    return n->value;
  long l = plain_tree(n->left);
  long r = plain_tree(n->right);
  OPAQUE(r);
  return n->value + l + r;
}

/* Goes in with the node and comes out with its sum. */
typedef union branch {
  const node *root;
  long sum;
} branch;

static void sum_tree(tine_ctx *ctx, void *arg);

/* Apart from sum_tree, so that a leaf, every second node, needs no frame. */
static __attribute__((noinline)) void sum_halves(tine_ctx *ctx, branch *t, const node *n) {
  branch l, r;
  l.root = n->left;
  r.root = n->right;
  t->sum = n->value;
  tine_join(ctx, sum_tree, &l, sum_tree, &r);
  t->sum += l.sum + r.sum;
}

static void sum_tree(tine_ctx *ctx, void *arg) {
  branch *t = arg;
  const node *n = t->root;
  if (n->left == NULL)
    t->sum = n->value;
  else
    sum_halves(ctx, t, n);
}

static double measure_plain_tree(bench *b) {
  const double start = tine_clock();
  const long sum = plain_tree(b->root);
  const double seconds = tine_clock() - start;
  require(sum == (1L << b->size) - 1, "wrong sum of the tree");
  return seconds;
}

static double measure_tree(bench *b) {
  branch t = {b->root};
  const double start = tine_clock();
  run(b, sum_tree, &t);
  const double seconds = tine_clock() - start;
  require(t.sum == (1L << b->size) - 1, "wrong sum of the tree");
  return seconds;
}

/* ----- One short operation after the other, seconds each ----- */

static void nothing(tine_ctx *ctx, void *arg) {
  (void)ctx;
  (void)arg;
}

static double measure_empty(bench *b) {
  const double start = tine_clock();
  for (long i = 0; i < EMPTY_CALLS; i++)
    run(b, nothing, NULL);
  return (tine_clock() - start) / EMPTY_CALLS;
}

/* The pipeline is made once and kept. */
static void make_items(bench *b) {
  b->items = malloc((size_t)b->size * sizeof *b->items);
  require(b->items != NULL, "no memory for the items");
  for (long i = 0; i < b->size; i++)
    b->items[i] = (double)(i % 1000); /* all sums are exact */
  tine_array *array = tine_slice_of(TINE_F64, b->items, (uint64_t)b->size, sizeof *b->items);
  b->pipeline = tine_slice(array);
  if (b->pool != NULL)
    b->pipeline = tine_on(b->pipeline, b->pool);
  tine_array_release(array);
}

static double plain_sum(bench *b) {
  double sum = 0;
  for (long i = 0; i < b->size; i++)
    sum += b->items[i];
  return sum;
}

static double pipeline_sum(bench *b) {
  tine_value sum;
  return tine_sum(b->pipeline, &sum, NULL) == TINE_OK ? sum.as.f : -1;
}

/* The pointer is read at each call, so that no call can be moved out of the loop. */
static double sums(bench *b, double (*volatile sum)(bench *)) {
  const long calls = SUMMED_ITEMS / b->size + 1;
  const double expected = plain_sum(b), start = tine_clock();
  bool right = true;
  for (long i = 0; i < calls; i++)
    right &= sum(b) >= expected;
  const double seconds = (tine_clock() - start) / (double)calls;
  require(right, "wrong sum");
  return seconds;
}

static double measure_plain_sum(bench *b) {
  return sums(b, plain_sum);
}

static double measure_sum(bench *b) {
  return sums(b, pipeline_sum);
}

/* Tiny runs for that long; returns how many. */
static long tiny_runs(bench *b, double seconds) {
  const double end = tine_clock() + seconds;
  long runs = 0;
  for (; tine_clock() < end; runs += TINY_CALLS)
    for (int i = 0; i < TINY_CALLS; i++) {
      long f = b->size;
      run(b, fib, &f);
    }
  return runs;
}

static double measure_tiny(bench *b) {
  const double start = tine_clock();
  const long runs = tiny_runs(b, TINY_SECONDS);
  return (tine_clock() - start) / (double)runs;
}

/* Processors kept busy by tiny runs. */
static double measure_tiny_processors(bench *b) {
  const double before = used(), start = tine_clock();
  tiny_runs(b, BUSY_SECONDS);
  return (used() - before) / (tine_clock() - start);
}

/* Processors kept busy by a pool that did something and has nothing more to do, for 'size' milliseconds. */
static double measure_idle(bench *b) {
  long f = 20;
  run(b, fib, &f);
  const double before = used(), start = tine_clock();
  rest(1e-3 * (double)b->size);
  return (used() - before) / (tine_clock() - start);
}

/* ----- Few and long tasks ----- */

static void spin_task(tine_ctx *ctx, void *arg) {
  (void)ctx;
  spin(*(double *)arg);
}

static void two_spins(tine_ctx *ctx, void *arg) {
  tine_join(ctx, spin_task, arg, spin_task, arg);
}

/* Two tasks of 'size' microseconds. */
static double measure_coarse(bench *b) {
  double task = 1e-6 * (double)b->size;
  const double start = tine_clock();
  run(b, two_spins, &task);
  return tine_clock() - start;
}

static double measure_coarse_idle(bench *b) {
  rest(PAUSE);
  return measure_coarse(b);
}

static double measure_plain_tasks(bench *b) {
  const double start = tine_clock();
  for (long i = 0; i < b->size; i++)
    spin(TASK);
  return tine_clock() - start;
}

static int spin_kernel(tine_block *block) {
  for (size_t i = 0; i < block->n; i++)
    spin(TASK);
  return 0;
}

/* 'size' tasks by a pipeline that was told nothing about what an item costs. */
static double measure_tasks(bench *b) {
  static const tine_kernel_signature signature = {"i64 ->", spin_kernel, NULL};
  const tine_kernel_desc desc = {.size = sizeof desc, .name = "spin", .signatures = &signature, .signature_count = 1};
  tine_registry *registry;
  require(tine_registry_create(&registry, NULL) == TINE_OK, "no registry");
  require(tine_kernel_register(registry, &desc, NULL) == TINE_OK, "no kernel");
  tine_pipeline *p = tine_on(tine_range(1, b->size, 1), b->pool);
  const double start = tine_clock();
  require(tine_for_each(p, tine_kernel_find(registry, "spin", NULL), NULL, 0, NULL) == TINE_OK, "for_each failed");
  const double seconds = tine_clock() - start;
  tine_pipeline_release(p);
  tine_registry_release(registry);
  return seconds;
}

/* ----- The program ----- */

static const struct workload {
  const char *name;
  void (*make)(bench *b);
  double (*measure)(bench *b);
  bool cold; /* no repetition to warm up */
} workloads[] = {
    {"plain_fib", NULL, measure_plain_fib, false},
    {"fib", NULL, measure_fib, false},
    {"plain_tree", make_tree, measure_plain_tree, false},
    {"tree", make_tree, measure_tree, false},
    {"empty", NULL, measure_empty, false},
    {"plain_sum", make_items, measure_plain_sum, false},
    {"sum", make_items, measure_sum, false},
    {"tiny", NULL, measure_tiny, false},
    {"tiny_processors", NULL, measure_tiny_processors, true},
    {"idle", NULL, measure_idle, true},
    {"coarse", NULL, measure_coarse, false},
    {"coarse_idle", NULL, measure_coarse_idle, false},
    {"plain_tasks", NULL, measure_plain_tasks, true},
    {"tasks", NULL, measure_tasks, false},
};

static const struct workload *find(const char *name) {
  for (size_t i = 0; i < sizeof workloads / sizeof *workloads; i++)
    if (strcmp(workloads[i].name, name) == 0)
      return &workloads[i];
  return NULL;
}

int main(int argc, char **argv) {
  require(argc == 5, "usage: pool WORKLOAD SIZE THREADS REPETITIONS");
  const struct workload *w = find(argv[1]);
  require(w != NULL, "no such workload");
  tine_pool_options options = {.size = sizeof options, .threads = (unsigned)atoi(argv[3])};
  bench b = {.size = atol(argv[2])};
  require(tine_pool_create(&b.pool, &options, NULL) == TINE_OK, "no pool");
  if (w->make != NULL)
    w->make(&b);
  if (!w->cold)
    w->measure(&b);
  for (int i = atoi(argv[4]); i > 0; i--)
    printf("%.12f\n", w->measure(&b));
  tine_pipeline_release(b.pipeline);
  free(b.items);
  free(b.root);
  tine_pool_destroy(b.pool);
  return EXIT_SUCCESS;
}
