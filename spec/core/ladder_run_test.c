/*
** Runs of pipelines without an index, around the items: slow kernels overlap, kernels run pipelines, threads share a
** pipeline, memory runs out anywhere. By core/tine.h alone.
*/
#include <pthread.h>

#include "pools.h"
#include "ration.h"

static const unsigned threads[] = {1, 2, 3, 16};
enum { POOLS = sizeof threads / sizeof threads[0] };

static tine_kernel *kernel(const char *name) {
  return tine_kernel_find(NULL, name, NULL);
}

/* A kernel of one signature in a registry of its own. */
static tine_kernel *alone(tine_registry **r, const char *types, tine_kernel_fn *fn, const void *env) {
  const tine_kernel_signature signature = {types, fn, NULL};
  const tine_kernel_desc d = {
      .size = sizeof d, .name = "alone", .signatures = &signature, .signature_count = 1, .env = env};
  CHECK_INT(tine_registry_create(r, NULL), TINE_OK);
  CHECK_INT(tine_kernel_register(*r, &d, NULL), TINE_OK);
  return tine_kernel_find(*r, "alone", NULL);
}

/* ===== Slow items ===== */

/* Items that are at work, the most of them at a time, and those that were not alone all the while. */
static _Atomic int busy, together, accompanied;

static int takes_long(tine_block *b) {
  for (size_t i = 0; i < b->n; i++) {
    const int here = ++busy;
    bool alone = here == 1;
    if (here > together)
      together = here;
    for (int k = 0; k < 10; k++) {
      nap_us(1000);
      alone = alone && busy == 1;
    }
    accompanied += !alone;
    busy--;
    ((bool *)b->out[0])[i] = TINE_AT(int64_t, b->in[0], b->in_stride[0], i) % 2 == 0;
  }
  return 0;
}

/* Of 12 items most are at work two at a time, collected or summed; the first one is alone, and where others keep the
   processors some of the rest: then another run has to show it. */
static void overlaps(tine_pipeline *p, bool summed) {
  double end = 0;
  do {
    tine_array *a = NULL;
    tine_value sum;
    together = accompanied = 0;
    if (summed) {
      CHECK_INT(tine_sum(p, &sum, NULL), TINE_OK);
      CHECK_INT(sum.as.i, 42);
    } else if (CHECK_INT(tine_collect(p, &a, NULL), TINE_OK))
      CHECK_INT(tine_array_len(a), 6);
    tine_array_release(a);
  } while (accompanied < 8 && patient(&end));
  CHECK(accompanied >= 8);
  CHECK_INT(together, 2);
}

static void slow_items_overlap(void) {
  tine_registry *r;
  tine_kernel *slow = alone(&r, "i64 -> bool", takes_long, NULL);
  tine_pool *pool = new_pool(2);
  const tine_value one = tine_i64(1);
  for (int way = 0; way < 4; way++) {
    tine_pipeline *p = tine_range(1, 12, 1);
    if (way == 1)
      p = tine_flat_map(p, kernel("repeat"), &one, 1);
    else if (way == 2)
      p = tine_skip_while(p, kernel("lt"), &one, 1);
    p = tine_filter(p, slow, NULL, 0);
    if (way == 3) /* sides with positions of their own */
      p = tine_chain(tine_take_while(p, kernel("ge"), &one, 1), tine_empty(TINE_I64));
    p = tine_on(p, pool);
    overlaps(p, false);
    overlaps(p, true);
    tine_pipeline_release(p);
  }
  tine_pool_destroy(pool);
  tine_registry_release(r);
}

/* ===== Runs inside ===== */

/* Has x an odd number of divisors? Counts them by a pipeline of its own, on the pool it runs on. */
static int divisors(tine_block *b) {
  tine_pool *pool = *(tine_pool *const *)b->env;
  for (size_t i = 0; i < b->n; i++) {
    const int64_t x = TINE_AT(int64_t, b->in[0], b->in_stride[0], i);
    const tine_value zero = tine_i64(0);
    uint64_t n = 0;
    tine_pipeline *p = tine_range(1, x, 1);
    p = tine_filter(tine_map(tine_zip(tine_rep(tine_i64(x), (uint64_t)x), p), kernel("mod"), NULL, 0), kernel("eq"),
                    &zero, 1);
    p = tine_max_len(tine_on(p, pool), 16);
    const tine_status s = tine_count(p, &n, NULL);
    tine_pipeline_release(p);
    if (s != TINE_OK)
      return tine_block_fail(b, (int)s, i, "inside");
    ((bool *)b->out[0])[i] = n % 2 == 1;
  }
  return 0;
}

static void a_filter_may_run_pipelines(void) {
  for (unsigned t = 0; t < POOLS; t++) {
    tine_registry *r;
    tine_pool *pool = new_pool(threads[t]);
    tine_kernel *squares = alone(&r, "i64 -> bool", divisors, &pool);
    tine_pipeline *p = tine_on(tine_filter(tine_range(1, 400, 1), squares, NULL, 0), pool);
    tine_array *a = NULL;
    if (CHECK_INT(tine_collect(p, &a, NULL), TINE_OK) && CHECK_INT(tine_array_len(a), 20))
      for (int64_t i = 0; i < 20; i++)
        CHECK_INT(tine_array_get(a, (uint64_t)i).as.i, (i + 1) * (i + 1));
    tine_array_release(a);
    tine_pipeline_release(p);
    tine_registry_release(r);
    tine_pool_destroy(pool);
  }
}

/* ===== A pipeline of many threads ===== */

typedef struct shared {
  tine_pipeline *p;
  int64_t sum;
  uint64_t n;
  unsigned wrong;
} shared;

static void *runs_it(void *arg) {
  shared *s = arg;
  for (int i = 0; i < 30; i++) {
    tine_value v = tine_i64(0);
    tine_array *a = NULL;
    uint64_t n = 0;
    s->wrong += tine_sum(s->p, &v, NULL) != TINE_OK || v.as.i != s->sum;
    s->wrong += tine_count(s->p, &n, NULL) != TINE_OK || n != s->n;
    s->wrong += tine_collect(s->p, &a, NULL) != TINE_OK || tine_array_len(a) != s->n;
    tine_array_release(a);
  }
  return NULL;
}

static void threads_may_share_a_pipeline(void) {
  for (unsigned t = 0; t < POOLS; t++) {
    tine_pool *pool = new_pool(threads[t]);
    const tine_value three = tine_i64(3), some = tine_i64(5000);
    tine_pipeline *p = tine_flat_map(tine_range(1, 9000, 1), kernel("repeat"), &three, 1);
    p = tine_on(tine_take(tine_filter(p, kernel("gt"), &some, 1), 6000), pool);
    shared s[3];
    pthread_t id[3];
    for (int i = 0; i < 3; i++) {
      s[i] = (shared){p, 3 * (int64_t)(2000 * 5000 + 2000 * 2001 / 2), 6000, 0};
      CHECK_INT(pthread_create(&id[i], NULL, runs_it, &s[i]), 0);
    }
    for (int i = 0; i < 3; i++) {
      pthread_join(id[i], NULL);
      CHECK_INT(s[i].wrong, 0);
    }
    tine_pipeline_release(p);
    tine_pool_destroy(pool);
  }
}

/* ===== Memory that runs out ===== */

static tine_pipeline *shaped(int shape) {
  const tine_value three = tine_i64(3), some = tine_i64(500), most = tine_i64(1990);
  tine_pipeline *p = tine_filter(tine_range(1, 2000, 1), kernel("gt"), &some, 1);
  switch (shape) {
    case 0: return p;
    case 1: return tine_flat_map(p, kernel("repeat"), &three, 1);
    case 2: return tine_take(p, 700);
    case 3: return tine_skip_while(tine_take_while(p, kernel("lt"), &most, 1), kernel("lt"), &some, 1);
    case 4: return tine_chain(tine_flat_map(p, kernel("repeat"), &three, 1), tine_range(1, 300, 1));
    default: return tine_filter(tine_flat_map(tine_take(p, 900), kernel("repeat"), &three, 1), kernel("lt"), &most, 1);
  }
}

enum { SHAPES = 6, TERMINALS = 14 };

static tine_status streamed(tine_pipeline *p) {
  tine_stream *s = NULL;
  tine_columns block = {.n = 1};
  tine_status status = tine_stream_create(&s, p, NULL);
  while (status == TINE_OK && block.n > 0)
    status = tine_stream_next(s, &block, NULL);
  tine_stream_destroy(s);
  return status;
}

static tine_status ended(tine_pipeline *p, int terminal) {
  const tine_value some = tine_i64(800);
  tine_array *a = NULL, *b = NULL;
  tine_status status = TINE_OK;
  tine_value v;
  uint64_t n;
  bool held;
  int order;
  switch (terminal) {
    case 0: status = tine_sum(p, &v, NULL); break;
    case 1: status = tine_reduce(p, kernel("add"), &some, &v, NULL); break;
    case 2: status = tine_count(p, &n, NULL); break;
    case 3: status = tine_collect(p, &a, NULL); break;
    case 4: status = tine_find(p, TINE_LAST, kernel("lt"), &some, 1, &v, NULL); break;
    case 5: status = tine_all(p, kernel("lt"), &some, 1, &held, NULL); break;
    case 6: status = tine_partition(p, kernel("lt"), &some, 1, &a, &b, NULL); break;
    case 7: status = tine_scan(p, kernel("add"), NULL, &a, NULL); break;
    case 8: status = tine_sorted(p, TINE_DESCENDING, &a, NULL); break;
    case 9: status = tine_top(p, 100, &a, NULL); break;
    case 10: status = tine_count_by(p, &a, &b, NULL); break;
    case 11: status = tine_histogram(p, 0, 1000, 10, &a, NULL); break;
    case 12: status = tine_cmp(p, p, &order, NULL); break;
    default: status = streamed(p);
  }
  CHECK(status == TINE_OK || (a == NULL && b == NULL));
  tine_array_release(a);
  tine_array_release(b);
  return status;
}

static void every_allocation_may_fail(void) {
  if (!ration())
    return;
  tine_pool *pool = new_pool(3);
  for (int shape = 0; shape < SHAPES; shape++)
    for (int terminal = 0; terminal < TERMINALS; terminal++) {
      tine_status status = TINE_ENOMEM;
      for (int64_t n = 0; status == TINE_ENOMEM; n++) {
        allocations_left = n;
        tine_pipeline *p = tine_max_len(tine_on(shaped(shape), pool), 400);
        status = ended(p, terminal);
        CHECK(status == TINE_OK || status == TINE_ENOMEM);
        tine_pipeline_release(p);
      }
    }
  allocations_left = INT64_MAX;
  tine_pool_destroy(pool);
  end_ration();
}

/* ===== Cancelled ===== */

typedef struct doomed {
  tine_pipeline *p;
  tine_status status;
  _Atomic bool begun;
} doomed;

static int begins(tine_block *b) {
  (*(doomed *const *)b->env)->begun = true;
  for (size_t i = 0; i < b->n; i++)
    ((bool *)b->out[0])[i] = false;
  return 0;
}

static void runs_for_ever(tine_ctx *ctx, void *arg) {
  doomed *d = arg;
  uint64_t n;
  (void)ctx;
  d->status = tine_count(d->p, &n, NULL);
}

static void cancels(tine_ctx *ctx, void *arg) {
  doomed *d = arg;
  while (!d->begun)
    nap_us(100);
  tine_cancel(ctx);
}

static void both(tine_ctx *ctx, void *arg) {
  tine_join(ctx, cancels, arg, runs_for_ever, arg);
}

static void a_cancelled_run_ends_those_inside(void) {
  for (int way = 0; way < 4; way++) {
    doomed d = {NULL, TINE_OK, false}, *env = &d;
    tine_registry *r;
    tine_kernel *k = alone(&r, "i64 -> bool", begins, &env);
    tine_pool *pool = new_pool(2);
    const tine_value one = tine_i64(1);
    d.p = tine_range(1, INT64_C(1000000000000000), 1);
    d.p = way == 1 ? tine_flat_map(d.p, kernel("repeat"), &one, 1) : d.p;
    d.p = tine_filter(d.p, k, NULL, 0);
    d.p = way == 2 ? tine_take(d.p, 5) : way == 3 ? tine_chain(d.p, tine_range(1, 5, 1)) : d.p;
    d.p = tine_on(d.p, pool);
    CHECK_INT(tine_pool_run(pool, both, &d, NULL), TINE_ECANCELED);
    CHECK_INT(d.status, TINE_ECANCELED);
    tine_pipeline_release(d.p);
    tine_registry_release(r);
    tine_pool_destroy(pool);
  }
}

CHECK_SUITE(ladder_run, CHECK_CASE(slow_items_overlap), CHECK_CASE(a_filter_may_run_pipelines),
            CHECK_CASE(threads_may_share_a_pipeline), CHECK_CASE(every_allocation_may_fail),
            CHECK_CASE(a_cancelled_run_ends_those_inside))
