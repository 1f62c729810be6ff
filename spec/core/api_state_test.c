/*
** The contract of fn_mut kernels in core/tine.h: one state a worker and run, made where it is needed and ended exactly
** once on every path.
*/
#include <pthread.h>

#include "ration.h"
#include "tally.h"

static const unsigned threads[] = {1, 2, 3, 16};
enum { POOLS = sizeof threads / sizeof threads[0] };

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

/* Three threads run one pipeline on a pool of so many, again and again. */
static void at_once(tally *t, tine_registry *r, const char *name, unsigned workers, unsigned rounds) {
  enum { RUNNERS = 3 };
  tine_pool *pool = new_pool(workers);
  tine_pipeline *p = doubled(r, name, 9000, pool);
  _Atomic unsigned wrong = 0;
  summing s = {p, rounds, &wrong};
  pthread_t runner[RUNNERS];
  for (int j = 0; j < RUNNERS; j++)
    CHECK_INT(pthread_create(&runner[j], NULL, sums, &s), 0);
  for (int j = 0; j < RUNNERS; j++)
    pthread_join(runner[j], NULL);
  CHECK_INT(wrong, 0);
  CHECK_INT(t->items, INT64_C(9000) * RUNNERS * rounds);
  is_over(t, workers * RUNNERS * rounds, true);
  tine_pipeline_release(p);
  tine_pool_destroy(pool);
}

static void runs_at_once_have_states_of_their_own(void) {
  tally t;
  tine_registry *r = registry_of(&t);
  for (unsigned i = 0; i < POOLS; i++)
    for (unsigned k = 0; k < 3; k++) {
      reset(&t);
      at_once(&t, r, names[k], threads[i], 20);
    }
  tine_registry_release(r);
}

/* One at a time is in a merge, or makes a state of what is not sync. */
static void runs_at_once_take_turns(void) {
  tally t;
  tine_registry *r = registry_of(&t);
  for (unsigned k = 0; k < 3; k++) {
    reset(&t);
    t.slow = true;
    t.alone = strcmp(names[k], "alone") == 0;
    at_once(&t, r, names[k], 2, 5);
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
            CHECK_CASE(runs_at_once_take_turns), CHECK_CASE(no_path_without_memory_loses_a_state))
