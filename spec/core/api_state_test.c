/*
** The contract of fn_mut kernels in core/tine.h: one state a worker and run, made where it is needed and ended exactly once
** on every path.
*/
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>

#include "pools.h"
#include "ration.h"

static const unsigned threads[] = {1, 2, 3, 16};
enum { POOLS = sizeof threads / sizeof threads[0] };

/* ===== A kernel that counts: how often it was given what ===== */

enum { PLANTED = 0x5eed };

/* The environment: what became of the states. Atomic, as runs at once share it; 'items' is the merges' alone. */
typedef struct tally {
  _Atomic unsigned asked, inits, merges, drops, wrong, merging;
  unsigned may_init; /* so many succeed */
  uint64_t items;
  uint64_t fails_at; /* value at which the kernel fails */
} tally;

typedef struct private_state {
  tally *of;
  uint64_t items;
  unsigned planted;
  atomic_flag busy; /* by one thread at a time */
} private_state;

static tine_status make_state(const void *env, void *state) {
  tally *t = *(tally *const *)env;
  private_state *s = state;
  if ((uintptr_t)state % _Alignof(max_align_t) != 0 || s->of != NULL || s->items != 0)
    t->wrong++;
  if (t->asked++ >= t->may_init)
    return (tine_status)(TINE_EUSER + 3);
  t->inits++;
  s->of = t;
  s->planted = PLANTED;
  atomic_flag_clear(&s->busy);
  return TINE_OK;
}

static void merge_state(void *env, void *state) {
  tally *t = *(tally **)env;
  const private_state *s = state;
  t->wrong += s->planted != PLANTED || s->of != t || t->merging++ != 0;
  t->items += s->items;
  t->merges++;
  t->merging--;
}

static void drop_state(void *state) {
  private_state *s = state;
  s->of->wrong += s->planted != PLANTED;
  s->of->drops++;
  s->planted = 0;
}

static void use_state(private_state *s, uint64_t n) {
  s->of->wrong += s->planted != PLANTED || atomic_flag_test_and_set(&s->busy);
  s->items += n;
  atomic_flag_clear(&s->busy);
}

static int doubles_block(tine_block *block) {
  private_state *s = block->state;
  if (block->env != NULL)
    s->of->wrong += *(tally *const *)block->env != s->of;
  for (size_t i = 0; i < block->n; i++) {
    const int64_t x = TINE_AT(int64_t, block->in[0], block->in_stride[0], i);
    if ((uint64_t)x == s->of->fails_at)
      return tine_block_fail(block, TINE_EUSER + 1, i, "planted");
    use_state(s, 1);
    ((int64_t *)block->out[0])[i] = 2 * x;
  }
  return 0;
}

static int doubles_item(const void *env, const void *const *in, void *const *out, const char **message) {
  private_state *s = (private_state *)(uintptr_t)env;
  const int64_t x = *(const int64_t *)in[0];
  *message = "planted";
  if ((uint64_t)x == s->of->fails_at)
    return TINE_EUSER + 1;
  use_state(s, 1);
  *(int64_t *)out[0] = 2 * x;
  return 0;
}

static const tine_kernel_signature doubles_types[] = {{"i64 -> i64", doubles_block, NULL},
                                                      {"i64 -> i64", NULL, doubles_item}};

static void reset(tally *t) {
  memset(t, 0, sizeof *t);
  t->may_init = UINT_MAX;
  t->fails_at = UINT64_MAX;
}

/* The kernel's environment is the address of the tally, moved in. */
static tine_kernel_desc describe(const char *name, tally *const *t, bool item, unsigned flags) {
  return (tine_kernel_desc){.size = sizeof(tine_kernel_desc),
                            .name = name,
                            .signatures = &doubles_types[item],
                            .signature_count = 1,
                            .flags = flags,
                            .mode = TINE_FN_MUT,
                            .env = t,
                            .env_size = sizeof *t,
                            .state_size = sizeof(private_state),
                            .init = make_state,
                            .merge = merge_state,
                            .drop_state = drop_state};
}

static const char *const names[] = {"by_block", "by_item", "alone"};

static tine_registry *registry_of(tally *t) {
  tine_registry *r = NULL;
  CHECK_INT(tine_registry_create(&r, NULL), TINE_OK);
  for (int k = 0; k < 3; k++) {
    const tine_kernel_desc d = describe(names[k], &t, k == 1, k == 2 ? TINE_NOT_SYNC : 0);
    CHECK_INT(tine_kernel_register(r, &d, NULL), TINE_OK);
  }
  return r;
}

static tine_pipeline *doubled(tine_registry *r, const char *name, int64_t n, tine_pool *pool) {
  tine_pipeline *p = tine_map(tine_range(1, n, 1), tine_kernel_find(r, name, NULL), NULL, 0);
  return pool != NULL ? tine_on(p, pool) : p;
}

static void give_up(tine_pipeline *p, tine_pool *pool, tine_registry *r) {
  tine_pipeline_release(p);
  tine_registry_release(r);
  if (pool != NULL)
    tine_pool_destroy(pool);
}

static void is_over(const tally *t, unsigned most, bool merged) {
  CHECK(t->inits <= most);
  CHECK_INT(t->drops, t->inits);
  CHECK_INT(t->merges, merged ? t->inits : 0);
  CHECK_INT(t->wrong, 0);
}

static void each_worker_has_one_state_a_run(void) {
  enum { ITEMS = 30000 };
  tally t;
  tine_registry *r = registry_of(&t);
  for (unsigned i = 0; i < POOLS; i++) {
    tine_pool *pool = new_pool(threads[i]);
    for (unsigned k = 0; k < 3; k++) {
      tine_pipeline *p = doubled(r, names[k], ITEMS, pool);
      for (unsigned round = 0; round < 3; round++) {
        tine_value sum;
        tine_array *a = NULL;
        reset(&t);
        CHECK_INT(tine_sum(p, &sum, NULL), TINE_OK);
        CHECK_INT(sum.as.i, (int64_t)ITEMS * (ITEMS + 1));
        CHECK_INT(t.items, ITEMS);
        CHECK(t.inits >= 1);
        is_over(&t, threads[i], true);
        reset(&t);
        CHECK_INT(tine_collect(p, &a, NULL), TINE_OK);
        CHECK_INT(tine_array_get(a, ITEMS - 1).as.i, 2 * ITEMS);
        CHECK_INT(t.items, ITEMS);
        is_over(&t, threads[i], true);
        tine_array_release(a);
      }
      tine_pipeline_release(p);
    }
    tine_pool_destroy(pool);
  }
  tine_registry_release(r);
}

/* One kernel in two stages and two kernels in one pipeline; the state is the worker's and the kernel's. */
static void stages_of_one_kernel_share_a_state(void) {
  tally t;
  tine_registry *r = registry_of(&t);
  tine_pool *pool = new_pool(3);
  tine_pipeline *p = doubled(r, "by_block", 5000, pool);
  tine_value sum;
  p = tine_map(tine_map(p, tine_kernel_find(r, "by_block", NULL), NULL, 0), tine_kernel_find(r, "by_item", NULL), NULL,
               0);
  reset(&t);
  CHECK_INT(tine_sum(p, &sum, NULL), TINE_OK);
  CHECK_INT(sum.as.i, 4 * INT64_C(5000) * 5001);
  CHECK_INT(t.items, 3 * 5000);
  CHECK(t.inits >= 2);
  is_over(&t, 2 * 3, true);
  give_up(p, pool, r);
}

static void a_failed_run_merges_nothing_and_drops_all(void) {
  tally t;
  tine_registry *r = registry_of(&t);
  for (unsigned i = 0; i < POOLS; i++) {
    tine_pool *pool = new_pool(threads[i]);
    for (unsigned round = 0; round < 20; round++) {
      tine_pipeline *p = doubled(r, names[round % 3], 20000, pool);
      tine_value sum;
      tine_error err;
      reset(&t);
      t.fails_at = 1 + check_below(20000);
      CHECK_INT(tine_sum(p, &sum, &err), TINE_EUSER + 1);
      CHECK_INT(err.item, t.fails_at - 1);
      is_over(&t, threads[i], false);
      CHECK_INT(t.items, 0);
      tine_pipeline_release(p);
    }
    tine_pool_destroy(pool);
  }
  tine_registry_release(r);
}

static void an_init_may_fail(void) {
  tally t;
  tine_registry *r = registry_of(&t);
  for (unsigned i = 0; i < POOLS; i++) {
    tine_pool *pool = new_pool(threads[i]);
    for (unsigned round = 0; round < 12; round++) {
      tine_pipeline *p = doubled(r, names[round % 3], 40000, pool);
      tine_value sum;
      tine_error err;
      tine_status status;
      reset(&t);
      t.may_init = round / 3;
      status = tine_sum(p, &sum, &err);
      if (status != TINE_OK) {
        CHECK_INT(status, TINE_EUSER + 3);
        CHECK_CONTAINS(err.message, "its state could not be made");
      }
      CHECK(round >= 3 || (status != TINE_OK && err.item == 0));
      CHECK(t.inits <= round / 3);
      is_over(&t, threads[i], status == TINE_OK);
      tine_pipeline_release(p);
    }
    tine_pool_destroy(pool);
  }
  tine_registry_release(r);
}

/* ===== Where a run begins and ends otherwise ===== */

/* Iterates over so many blocks. */
static tine_status iterates(const tine_producer *whole, void *blocks) {
  tine_iter *it = NULL;
  tine_columns block;
  const tine_status status = tine_iter_create(&it, whole, NULL);
  for (int k = 0; status == TINE_OK && k < *(int *)blocks; k++)
    if (tine_iter_next(it, &block, NULL) != TINE_OK)
      break;
  tine_iter_destroy(it);
  return status;
}

static void an_iterator_is_a_run(void) {
  tally t;
  tine_registry *r = registry_of(&t);
  tine_pipeline *p = doubled(r, "by_block", 5000, NULL);
  for (int blocks = 0; blocks < 5; blocks++) {
    reset(&t);
    CHECK_INT(tine_with_producer(p, iterates, &blocks), TINE_OK);
    is_over(&t, blocks > 0, true);
    CHECK_INT(t.inits, blocks > 0);
    CHECK(t.items >= (blocks > 0) && t.items <= 5000);
    if (blocks == 0)
      continue;
    reset(&t);
    t.fails_at = 1;
    CHECK_INT(tine_with_producer(p, iterates, &blocks), TINE_OK);
    is_over(&t, 1, false);
  }
  give_up(p, NULL, r);
}

static void a_call_is_a_run(void) {
  static const tine_status ends[] = {TINE_OK, (tine_status)(TINE_EUSER + 1), (tine_status)(TINE_EUSER + 3)};
  tally t;
  tine_registry *r = registry_of(&t);
  const tine_value arg = tine_i64(21);
  for (unsigned k = 0; k < 9; k++) {
    tine_value out[TINE_MAX_OUTPUTS] = {{TINE_NONE, {0}}};
    size_t outs = 0;
    reset(&t);
    t.fails_at = k / 3 == 1 ? 21 : UINT64_MAX;
    t.may_init = k / 3 == 2 ? 0 : 1;
    CHECK_INT(tine_kernel_call(tine_kernel_find(r, names[k % 3], NULL), &arg, 1, out, &outs, NULL), ends[k / 3]);
    CHECK(k >= 3 || (out[0].as.i == 42 && t.items == 1));
    CHECK_INT(t.inits, k / 3 != 2);
    is_over(&t, 1, k < 3);
  }
  tine_registry_release(r);
}

static void what_never_runs_has_no_state(void) {
  tally t;
  tine_registry *r = registry_of(&t);
  tine_pipeline *p = doubled(r, "by_block", 0, NULL);
  tine_value sum;
  reset(&t);
  CHECK_INT(tine_sum(p, &sum, NULL), TINE_OK);
  tine_pipeline_release(p);
  tine_pipeline_release(doubled(r, "by_item", 100, NULL));
  is_over(&t, 0, true);
  tine_registry_release(r);
}

/* for_each runs a kernel for its effects: here they are the state's. */
static void for_each_counts(void) {
  tally t;
  tine_registry *r = registry_of(&t);
  tine_pool *pool = new_pool(3);
  tine_pipeline *p = tine_on(tine_range(1, 12345, 1), pool);
  reset(&t);
  CHECK_INT(tine_for_each(p, tine_kernel_find(r, "by_item", NULL), NULL, 0, NULL), TINE_OK);
  CHECK_INT(t.items, 12345);
  is_over(&t, 3, true);
  give_up(p, pool, r);
}

/* ===== Two runs at once ===== */

typedef struct summing {
  tine_pipeline *p;
  unsigned rounds;
  _Atomic unsigned *wrong;
} summing;

static void *sums(void *arg) {
  const summing *s = arg;
  for (unsigned i = 0; i < s->rounds; i++) {
    tine_value sum = tine_i64(0);
    *s->wrong += tine_sum(s->p, &sum, NULL) != TINE_OK || sum.as.i != INT64_C(9000) * 9001;
  }
  return NULL;
}

static void runs_at_once_have_states_of_their_own(void) {
  enum { RUNNERS = 3, ROUNDS = 20 };
  tally t;
  tine_registry *r = registry_of(&t);
  for (unsigned i = 0; i < POOLS; i++)
    for (unsigned k = 0; k < 3; k++) {
      tine_pool *pool = new_pool(threads[i]);
      tine_pipeline *p = doubled(r, names[k], 9000, pool);
      _Atomic unsigned wrong = 0;
      summing s = {p, ROUNDS, &wrong};
      pthread_t runner[RUNNERS];
      reset(&t);
      for (int j = 0; j < RUNNERS; j++)
        CHECK_INT(pthread_create(&runner[j], NULL, sums, &s), 0);
      for (int j = 0; j < RUNNERS; j++)
        pthread_join(runner[j], NULL);
      CHECK_INT(wrong, 0);
      CHECK_INT(t.items, 9000 * RUNNERS * ROUNDS);
      is_over(&t, threads[i] * RUNNERS * ROUNDS, true);
      tine_pipeline_release(p);
      tine_pool_destroy(pool);
    }
  tine_registry_release(r);
}

/* ===== Without memory ===== */

static void no_path_without_memory_loses_a_state(void) {
  tally t;
  CHECK_STOP(ration());
  tine_registry *r = registry_of(&t);
  for (unsigned i = 0; i < 3; i++) {
    tine_pool *pool = new_pool(threads[i]);
    for (unsigned k = 0, fails = 1; fails; k++) {
      tine_value sum;
      allocations_left = INT64_MAX;
      tine_pipeline *p = doubled(r, names[i], 20000, pool);
      p = tine_map(p, tine_kernel_find(r, "alone", NULL), NULL, 0);
      reset(&t);
      allocations_left = k;
      const tine_status status = tine_sum(p, &sum, NULL);
      fails = allocations_left < 0;
      CHECK(status == TINE_OK || (status == TINE_ENOMEM && fails));
      CHECK(status != TINE_OK || sum.as.i == 2 * INT64_C(20000) * 20001);
      is_over(&t, 2 * threads[i], status == TINE_OK);
      allocations_left = INT64_MAX;
      tine_pipeline_release(p);
    }
    tine_pool_destroy(pool);
  }
  tine_registry_release(r);
  end_ration();
}

CHECK_SUITE(api_state, CHECK_CASE(each_worker_has_one_state_a_run), CHECK_CASE(stages_of_one_kernel_share_a_state),
            CHECK_CASE(a_failed_run_merges_nothing_and_drops_all), CHECK_CASE(an_init_may_fail),
            CHECK_CASE(an_iterator_is_a_run), CHECK_CASE(a_call_is_a_run), CHECK_CASE(what_never_runs_has_no_state),
            CHECK_CASE(for_each_counts), CHECK_CASE(runs_at_once_have_states_of_their_own),
            CHECK_CASE(no_path_without_memory_loses_a_state))
