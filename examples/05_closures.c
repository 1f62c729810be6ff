/*
** One idea: what a function may do with its environment, and where it is run, are said apart. The three modes of
** closures, capture by reference and by move, loops as macros and as function pointers, a terminal of one's own, and
** parallel work inside of parallel work. Needs nothing but tine.h.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tine.h"

enum { N = 100000 };
static double readings[N];

static void check(tine_status status, const tine_error *err) {
  if (status == TINE_OK)
    return;
  fprintf(stderr, "05_closures: %s\n", err->message);
  exit(1);
}

static tine_pipeline *all_readings(void) {
  tine_array *a = tine_slice_of(TINE_F64, readings, N, sizeof *readings);
  tine_pipeline *p = tine_slice(a);
  tine_array_release(a);
  return p;
}

/* Registers a kernel, maps all readings with it and sums up. */
static double sum_of(tine_registry *r, const tine_kernel_desc *desc) {
  tine_error err;
  tine_value sum;
  tine_pipeline *p;
  check(tine_kernel_register(r, desc, &err), &err);
  p = tine_map(all_readings(), tine_kernel_find(r, desc->name, &err), NULL, 0);
  check(tine_sum(p, &sum, &err), &err);
  tine_pipeline_release(p);
  return sum.as.f;
}

/* ----- fn: all workers share a const environment, here borrowed ----- */

static int calibrate(const void *env, const void *const *in, void *const *out, const char **message) {
  *(double *)out[0] = *(const double *)in[0] * *(const double *)env;
  (void)message;
  return 0;
}

static void mode_fn(tine_registry *r) {
  static const tine_kernel_signature types[] = {{"f64 -> f64", NULL, calibrate}};
  static const double factor = 0.5;
  const tine_kernel_desc desc = {
      .size = sizeof desc, .name = "calibrate", .signatures = types, .signature_count = 1, .env = &factor};
  printf("fn: calibrated, the readings sum to %.3f\n", sum_of(r, &desc));
}

/* ----- fn_mut: a private state for each worker, merged when the run is over ----- */

typedef struct clipping {
  double limit;
  uint64_t clipped;
} clipping;

static int clip(tine_block *block) {
  const double limit = ((const clipping *)block->env)->limit;
  uint64_t *clipped = block->state; /* starts as zeroed bytes; nobody else looks at it */
  for (size_t i = 0; i < block->n; i++) {
    const double x = TINE_AT(double, block->in[0], block->in_stride[0], i);
    *clipped += x > limit;
    ((double *)block->out[0])[i] = x > limit ? limit : x;
  }
  return 0;
}

static void merge(void *env, void *state) { /* merges take turns */
  ((clipping *)env)->clipped += *(uint64_t *)state;
}

static void mode_fn_mut(tine_registry *r) {
  static const tine_kernel_signature types[] = {{"f64 -> f64", clip, NULL}};
  clipping env = {900, 0};
  const tine_kernel_desc desc = {.size = sizeof desc,
                                 .name = "clip",
                                 .signatures = types,
                                 .signature_count = 1,
                                 .mode = TINE_FN_MUT,
                                 .env = &env,
                                 .state_size = sizeof(uint64_t),
                                 .merge = merge};
  const double sum = sum_of(r, &desc);
  printf("fn_mut: clipped %llu readings, the sum is now %.3f\n", (unsigned long long)env.clipped, sum);
}

/* ----- fn_once: the environment is moved in and used up by one call ----- */

typedef struct letter {
  char *text; /* owned */
  _Atomic int *posted;
} letter;

static void post(tine_ctx *ctx, void *env) {
  letter *l = env;
  *l->posted += (int)strlen(l->text);
  (void)ctx;
}

static void burn(void *env) {
  free(((letter *)env)->text);
}

static void write_letters(tine_ctx *ctx, void *arg) {
  for (int i = 0; i < 100; i++) {
    letter l = {malloc(12), arg};
    tine_closure c = tine_closure_move(post, &l, sizeof l, burn);
    if (l.text != NULL) {
      snprintf(l.text, 12, "letter %d", i);
      tine_spawn(ctx, &c); /* 'l' is dead now: it is another thread's, perhaps */
    }
  }
}

static void mode_fn_once(void) {
  _Atomic int posted = 0;
  tine_error err;
  check(tine_pool_run(NULL, write_letters, &posted, &err), &err);
  printf("fn_once: posted %d bytes\n", posted);
}

/* A place refuses what it cannot honour. */
static void refusals(tine_registry *r) {
  static const tine_kernel_signature types[] = {{"f64 -> f64", NULL, calibrate}};
  const tine_kernel_desc desc = {
      .size = sizeof desc, .name = "once", .signatures = types, .signature_count = 1, .mode = TINE_FN_ONCE};
  tine_error err;
  if (tine_kernel_register(r, &desc, &err) == TINE_EMODE)
    printf("refused: %s\n", err.message);
}

/* ----- Loops by macro, inlined, and by function pointer: the same bits ----- */

TINE_FOR(fill, double, env[i] = (double)(i % 1000) + 0.25)
TINE_REDUCE(total, const double, double, 0, left += env[i], left += right)

static void nothing(void *acc, void *env) {
  *(double *)acc = 0;
  (void)env;
}

static tine_status add_items(tine_ctx *ctx, void *acc, uint64_t lo, uint64_t hi, void *env) {
  (void)ctx;
  for (uint64_t i = lo; i < hi; i++)
    *(double *)acc += ((const double *)env)[i];
  return TINE_OK;
}

static void add(void *acc, void *right, void *env) {
  *(double *)acc += *(double *)right;
  (void)env;
}

static void both_routes(void) {
  static const tine_reducer pointers = {sizeof(double), 0, nothing, add_items, add, NULL};
  double inlined, called;
  tine_error err;
  check(tine_parallel_reduce(NULL, N, &total, readings, &inlined, &err), &err);
  check(tine_parallel_reduce(NULL, N, &pointers, readings, &called, &err), &err);
  printf("both routes: %.3f, %s\n", inlined,
         memcmp(&inlined, &called, sizeof inlined) == 0 ? "same bits" : "different");
}

/* ----- A terminal of one's own: how often the readings fall, in one pass ----- */

typedef struct falls {
  uint64_t n;
  double first, last;
  bool any;
} falls;

static falls then(falls left, falls right) {
  const falls both = {left.n + right.n + (right.first < left.last), left.first, right.last, true};
  if (!left.any || !right.any)
    return left.any ? left : right;
  return both;
}

static falls one_reading(double x) {
  const falls f = {0, x, x, true};
  return f;
}

static const falls none;
TINE_FOLD1(count_falls, "f64", double, falls, none, left = then(left, one_reading(a)), left = then(left, right))

static void own_terminal(void) {
  tine_pipeline *p = all_readings();
  falls f;
  tine_error err;
  check(tine_fold(p, &count_falls, &f, &err), &err);
  printf("own terminal: %llu falls\n", (unsigned long long)f.n);
  tine_pipeline_release(p);
}

/* ----- Parallel work inside of parallel work: a kernel that runs a pipeline ----- */

static int triangle(const void *env, const void *const *in, void *const *out, const char **message) {
  const double x = *(const double *)in[0];
  tine_pipeline *p = tine_range(1, (int64_t)x % 10, 1);
  tine_value sum;
  const tine_status status = tine_sum(p, &sum, NULL);
  tine_pipeline_release(p);
  *(double *)out[0] = status == TINE_OK ? (double)sum.as.i : 0;
  (void)env, (void)message;
  return (int)status;
}

static void nested(tine_registry *r) {
  static const tine_kernel_signature types[] = {{"f64 -> f64", NULL, triangle}};
  const tine_kernel_desc desc = {.size = sizeof desc, .name = "triangle", .signatures = types, .signature_count = 1};
  printf("nested: %.0f\n", sum_of(r, &desc));
}

int main(void) {
  tine_registry *r;
  tine_error err;
  check(tine_parallel_for(NULL, N, fill, readings, &err), &err);
  check(tine_registry_create(&r, &err), &err);
  mode_fn(r);
  mode_fn_mut(r);
  mode_fn_once();
  refusals(r);
  both_routes();
  own_terminal();
  nested(r);
  tine_registry_release(r); /* the kernels go, and with them what they borrowed may */
  return 0;
}
