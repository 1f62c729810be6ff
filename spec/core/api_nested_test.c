/*
** Parallel work inside of parallel work, as core/tine.h allows it: kernels that run pipelines, loops, joins and
** closures on the pool that runs them, three levels deep. The results are those of plain nested loops, bit for bit, on
** any number of threads; a failure inside is found, and reported by whoever is around it.
*/
#include <pthread.h>

#include "pools.h"

static const unsigned threads[] = {1, 2, 3, 16};
enum { POOLS = sizeof threads / sizeof threads[0], LEVELS = 3 };

/* What a kernel of a level does for an item: a run of its own over 'width' numbers below it. */
typedef enum inner { SUM, COLLECT, FOLD, LOOP, REDUCE, JOIN, SPAWN, INNERS } inner;

typedef struct level {
  tine_pool *pool;     /* NULL: wherever the kernel is running */
  tine_kernel *kernel; /* of the level below; NULL: this is the last */
  inner how;
  double fails_at; /* value at which the last level fails */
} level;

static level levels[LEVELS];

/* How many numbers there are below x, and the k-th of them. */
static uint64_t below(double x) {
  return 1 + (uint64_t)(x < 0 ? -x : x) % 7;
}
static double number(double x, uint64_t k) {
  return x * 0.7 + (double)(k + 1) * 0.1;
}
static double last(double x) {
  return x * x - 0.3 * x;
}

/* The oracle: sums as a cell makes them of so few numbers - one accumulator, or the lanes of a built-in sum. */
static double plain_sum(const double *x, uint64_t n) {
  tine_array *a = tine_slice_of(TINE_F64, (void *)(uintptr_t)x, n, sizeof *x);
  tine_pipeline *p = tine_sequential(tine_slice(a));
  tine_value sum = tine_f64(0);
  CHECK_INT(tine_sum(p, &sum, NULL), TINE_OK);
  tine_pipeline_release(p);
  tine_array_release(a);
  return sum.as.f;
}

static double in_order(const double *x, uint64_t n) {
  double sum = 0;
  for (uint64_t k = 0; k < n; k++)
    sum += x[k];
  return sum;
}

static double plain(const level *l, double x) {
  double y[8];
  const uint64_t n = below(x);
  if (l == NULL || l->kernel == NULL)
    return last(x);
  for (uint64_t k = 0; k < n; k++)
    y[k] = plain(l + 1, number(x, k));
  return l->how == SUM ? plain_sum(y, n) : in_order(y, n);
}

/* ===== The same, by runs ===== */

typedef struct failure {
  tine_status status;
  tine_error err;
} failure;

/* The numbers below x through the kernel of the level below. */
static tine_pipeline *inner_pipeline(const level *l, double x) {
  double *y = malloc(8 * sizeof *y);
  const uint64_t n = below(x);
  tine_array *a = y != NULL ? tine_array_adopt(TINE_F64, y, n, sizeof *y, free, y) : NULL;
  if (a == NULL)
    abort();
  for (uint64_t k = 0; k < n; k++)
    y[k] = number(x, k);
  tine_pipeline *p = tine_map(tine_slice(a), l->kernel, NULL, 0);
  tine_array_release(a);
  return l->pool != NULL ? tine_on(p, l->pool) : p;
}

static void fold_init(void *acc, const void *env) {
  (void)env;
  *(double *)acc = 0;
}
static int fold_block(void *acc, tine_block *block) {
  for (size_t i = 0; i < block->n; i++)
    *(double *)acc += TINE_AT(double, block->in[0], block->in_stride[0], i);
  return 0;
}
static void fold_combine(void *acc, void *right, const void *env) {
  (void)env;
  *(double *)acc += *(double *)right;
}

static tine_status by_fold(const level *l, double x, double *out, tine_error *err) {
  static const tine_fold_desc d = {
      .size = sizeof d, .acc_size = sizeof(double), .init = fold_init, .fold = fold_block, .combine = fold_combine};
  tine_pipeline *p = inner_pipeline(l, x);
  const tine_status status = tine_fold(p, &d, out, err);
  tine_pipeline_release(p);
  return status;
}

static tine_status by_sum(const level *l, double x, double *out, tine_error *err) {
  tine_pipeline *p = inner_pipeline(l, x);
  tine_value sum = tine_f64(0);
  const tine_status status = tine_sum(p, &sum, err);
  *out = sum.as.f;
  tine_pipeline_release(p);
  return status;
}

static tine_status by_collect(const level *l, double x, double *out, tine_error *err) {
  tine_pipeline *p = inner_pipeline(l, x);
  tine_array *a = NULL;
  const tine_status status = tine_collect(p, &a, err);
  if (status == TINE_OK)
    *out = in_order(tine_array_data(a), tine_array_len(a));
  tine_array_release(a);
  tine_pipeline_release(p);
  return status;
}

/* Items of a loop or task: each calls the kernel of the level below by itself. */
typedef struct many {
  const level *l;
  double x, *y;
  uint64_t lo, hi;
} many;

static tine_status one(tine_ctx *ctx, const many *m, uint64_t k) {
  const tine_value arg = tine_f64(number(m->x, k));
  tine_value out[TINE_MAX_OUTPUTS];
  size_t outs;
  tine_error err;
  if (tine_kernel_call(m->l->kernel, &arg, 1, out, &outs, &err) != TINE_OK)
    return tine_fail(ctx, err.status, k, err.message);
  m->y[k] = out[0].as.f;
  return TINE_OK;
}

static tine_status loop_body(tine_ctx *ctx, uint64_t lo, uint64_t hi, void *env) {
  tine_status status = TINE_OK;
  for (uint64_t k = lo; k < hi && status == TINE_OK; k++)
    status = one(ctx, env, k);
  return status;
}

static void reduce_init(void *acc, void *env) {
  (void)env;
  *(double *)acc = 0;
}
static tine_status reduce_fold(tine_ctx *ctx, void *acc, uint64_t lo, uint64_t hi, void *env) {
  const many *m = env;
  const tine_status status = loop_body(ctx, lo, hi, env);
  for (uint64_t k = lo; k < hi && status == TINE_OK; k++)
    *(double *)acc += m->y[k];
  return status;
}
static void reduce_combine(void *acc, void *right, void *env) {
  (void)env;
  *(double *)acc += *(double *)right;
}

static void join_task(tine_ctx *ctx, void *arg) {
  many left = *(many *)arg, right = left;
  left.hi = right.lo = left.lo + (right.hi - left.lo) / 2;
  if (right.hi - left.lo > 1)
    tine_join(ctx, join_task, &left, join_task, &right);
  else
    one(ctx, &left, left.lo);
}

static void spawned(tine_ctx *ctx, void *env) {
  one(ctx, env, ((many *)env)->lo);
}
static void spawn_task(tine_ctx *ctx, void *arg) {
  many m = *(many *)arg;
  for (; m.lo < m.hi; m.lo++) {
    const tine_closure c = {spawned, &m, sizeof m, NULL, TINE_FN_ONCE, 0};
    CHECK_INT(tine_spawn(ctx, &c), TINE_OK);
  }
}

static tine_status by_tasks(const level *l, double x, double *out, tine_error *err) {
  double y[8];
  many m = {l, x, y, 0, below(x)};
  static const tine_reducer reducer = {
      .acc_size = sizeof(double), .grain = 8, .init = reduce_init, .fold = reduce_fold, .combine = reduce_combine};
  tine_status status;
  if (l->how == REDUCE)
    return tine_parallel_reduce(l->pool, m.hi, &reducer, &m, out, err);
  if (l->how == LOOP)
    status = tine_parallel_for(l->pool, m.hi, loop_body, &m, err);
  else
    status = tine_pool_run(l->pool, l->how == JOIN ? join_task : spawn_task, &m, err);
  if (status == TINE_OK)
    *out = in_order(y, m.hi);
  return status;
}

/* The kernel of a level: its environment is the level. */
static int runs(tine_block *block) {
  const level *l = block->env;
  for (size_t i = 0; i < block->n; i++) {
    const double x = TINE_AT(double, block->in[0], block->in_stride[0], i);
    double y = 0;
    tine_error err;
    tine_status status = TINE_OK;
    if (l->kernel == NULL && x == l->fails_at)
      return tine_block_fail(block, TINE_EUSER + 1, i, "at the bottom");
    if (l->kernel == NULL)
      y = last(x);
    else if (l->how == SUM)
      status = by_sum(l, x, &y, &err);
    else if (l->how == COLLECT)
      status = by_collect(l, x, &y, &err);
    else if (l->how == FOLD)
      status = by_fold(l, x, &y, &err);
    else
      status = by_tasks(l, x, &y, &err);
    if (status != TINE_OK)
      return tine_block_fail(block, (int)status, i, err.message);
    ((double *)block->out[0])[i] = y;
  }
  return 0;
}

static tine_registry *registry_of_levels(tine_pool *pool) {
  static const char *const names[] = {"top", "middle", "bottom"};
  static const tine_kernel_signature types[] = {{"f64 -> f64", runs, NULL}};
  tine_registry *r = NULL;
  CHECK_INT(tine_registry_create(&r, NULL), TINE_OK);
  for (int k = LEVELS - 1; k >= 0; k--) {
    const tine_kernel_desc d = {
        .size = sizeof d, .name = names[k], .signatures = types, .signature_count = 1, .env = &levels[k]};
    CHECK_INT(tine_kernel_register(r, &d, NULL), TINE_OK);
    levels[k] = (level){pool, k + 1 < LEVELS ? tine_kernel_find(r, names[k + 1], NULL) : NULL, SUM, -1e300};
  }
  return r;
}

static double start_of(uint64_t i) {
  return (double)i * 1.7 - 90;
}

enum { ITEMS = 120 };

/* All items through all levels. */
static tine_status run_levels(tine_registry *r, tine_pool *pool, double *out, tine_error *err) {
  double x[ITEMS];
  for (uint64_t i = 0; i < ITEMS; i++)
    x[i] = start_of(i);
  tine_array *xs = tine_slice_of(TINE_F64, x, ITEMS, sizeof *x), *ys = tine_slice_of(TINE_F64, out, ITEMS, sizeof *out);
  tine_pipeline *p = tine_map(tine_slice(xs), tine_kernel_find(r, "top", NULL), NULL, 0);
  if (pool != NULL)
    p = tine_on(p, pool);
  const tine_status status = tine_collect_into(p, &ys, 1, err);
  tine_pipeline_release(p);
  tine_array_release(xs);
  tine_array_release(ys);
  return status;
}

static void check_levels(tine_registry *r, tine_pool *pool) {
  double out[ITEMS];
  tine_error err = {.message = ""};
  CHECK_INT(run_levels(r, pool, out, &err), TINE_OK);
  CHECK_TEXT(err.message, "");
  for (uint64_t i = 0; i < ITEMS; i++)
    CHECK_F64(out[i], plain(levels, start_of(i)));
}

static void any_run_may_be_made_in_a_kernel(void) {
  for (unsigned i = 0; i < POOLS; i++) {
    tine_pool *pool = new_pool(threads[i]);
    tine_registry *r = registry_of_levels(pool);
    for (int top = 0; top < INNERS; top++) {
      levels[0].how = (inner)top;
      levels[1].how = (inner)check_below(INNERS);
      check_levels(r, pool);
    }
    tine_registry_release(r);
    tine_pool_destroy(pool);
  }
}

/* Pipelines that name no pool run where they are; so do they on the default pool. */
static void a_run_inside_finds_its_pool(void) {
  tine_pool *pool = new_pool(3);
  tine_registry *r = registry_of_levels(NULL);
  levels[0].how = SUM, levels[1].how = COLLECT;
  check_levels(r, pool);
  check_levels(r, NULL);
  tine_registry_release(r);
  tine_pool_destroy(pool);
}

/* The levels on different pools: a thread is in all of them at once. */
static void levels_may_be_on_different_pools(void) {
  tine_pool *pools[LEVELS] = {new_pool(2), new_pool(3), new_pool(1)};
  tine_registry *r = registry_of_levels(NULL);
  for (unsigned round = 0; round < 6; round++) {
    for (int k = 0; k < LEVELS; k++) {
      levels[k].pool = pools[check_below(LEVELS)];
      levels[k].how = (inner)check_below(INNERS);
    }
    check_levels(r, pools[check_below(LEVELS)]);
  }
  tine_registry_release(r);
  for (int k = 0; k < LEVELS; k++)
    tine_pool_destroy(pools[k]);
}

/* One number fails, three levels down: the item at the top is the first that leads to it. */
static void a_failure_at_the_bottom_reaches_the_top(void) {
  for (unsigned i = 0; i < POOLS; i++) {
    tine_pool *pool = new_pool(threads[i]);
    tine_registry *r = registry_of_levels(pool);
    for (unsigned round = 0; round < 14; round++) {
      const uint64_t item = check_below(ITEMS);
      const double x = number(start_of(item), check_below(below(start_of(item))));
      double out[ITEMS];
      tine_error err = {.message = ""};
      levels[0].how = (inner)(round % INNERS);
      levels[1].how = (inner)check_below(INNERS);
      levels[2].fails_at = number(x, check_below(below(x)));
      CHECK_INT(run_levels(r, pool, out, &err), TINE_EUSER + 1);
      CHECK_INT(err.item, item);
      CHECK_CONTAINS(err.message, "kernel 'top' failed at item");
      CHECK_CONTAINS(err.message, "kernel 'middle'");
      levels[2].fails_at = -1e300;
    }
    levels[0].how = levels[1].how = SUM;
    check_levels(r, pool); /* the pool is as it was */
    tine_registry_release(r);
    tine_pool_destroy(pool);
  }
}

/* ===== Several hosts at once ===== */

typedef struct host {
  tine_registry *r;
  tine_pool *pool;
  unsigned wrong;
} host;

static void *host_runs(void *arg) {
  host *h = arg;
  for (int round = 0; round < 3; round++) {
    double out[ITEMS];
    h->wrong += run_levels(h->r, h->pool, out, NULL) != TINE_OK;
    for (uint64_t i = 0; i < ITEMS; i += 17)
      h->wrong += out[i] != plain(levels, start_of(i));
  }
  return NULL;
}

static void hosts_nest_at_once(void) {
  tine_pool *pool = new_pool(3);
  tine_registry *r = registry_of_levels(pool);
  host h[3];
  pthread_t t[3];
  levels[0].how = LOOP, levels[1].how = SUM;
  for (int k = 0; k < 3; k++) {
    h[k] = (host){r, pool, 0};
    CHECK_INT(pthread_create(&t[k], NULL, host_runs, &h[k]), 0);
  }
  for (int k = 0; k < 3; k++) {
    pthread_join(t[k], NULL);
    CHECK_INT(h[k].wrong, 0);
  }
  tine_registry_release(r);
  tine_pool_destroy(pool);
}

CHECK_SUITE(api_nested, CHECK_CASE(any_run_may_be_made_in_a_kernel), CHECK_CASE(a_run_inside_finds_its_pool),
            CHECK_CASE(levels_may_be_on_different_pools), CHECK_CASE(a_failure_at_the_bottom_reaches_the_top),
            CHECK_CASE(hosts_nest_at_once))
