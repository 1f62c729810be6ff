/*
** States of fn_mut kernels, by core/tine.h, where a run has several parts inside: pipelines that are not indexed, gates
** in them, streams. To the host it is one run: a state a worker, ended once.
*/
#include "tally.h"

static const unsigned threads[] = {1, 2, 3, 16};
enum { POOLS = sizeof threads / sizeof threads[0], ITEMS = 50000 };

/* A predicate with a state: is it even? Counts as the doubling kernel does. */
static int evens(tine_block *block) {
  private_state *s = block->state;
  for (size_t i = 0; i < block->n; i++) {
    const int64_t x = TINE_AT(int64_t, block->in[0], block->in_stride[0], i);
    if ((uint64_t)x == s->of->fails_at)
      return tine_block_fail(block, TINE_EUSER + 1, i, "planted");
    use_state(s, 1);
    ((bool *)block->out[0])[i] = x % 2 == 0;
  }
  return 0;
}

/* Is it at most half of all? */
static int low(tine_block *block) {
  private_state *s = block->state;
  for (size_t i = 0; i < block->n; i++) {
    use_state(s, 1);
    ((bool *)block->out[0])[i] = TINE_AT(int64_t, block->in[0], block->in_stride[0], i) <= ITEMS / 2;
  }
  return 0;
}

static tine_registry *with_predicates(tally *t) {
  static const tine_kernel_signature types[] = {{"i64 -> bool", evens, NULL}, {"i64 -> bool", low, NULL}};
  tine_registry *r = registry_of(t);
  for (int k = 0; k < 2; k++) {
    tine_kernel_desc d = describe(k == 0 ? "evens" : "low", &t, false, 0);
    d.signatures = &types[k];
    CHECK_INT(tine_kernel_register(r, &d, NULL), TINE_OK);
  }
  return r;
}

static tine_pipeline *filtered(tine_registry *r, tine_pool *pool) {
  tine_pipeline *p = tine_on(tine_range(1, ITEMS, 1), pool);
  return tine_filter(p, tine_kernel_find(r, "evens", NULL), NULL, 0);
}

static tine_pipeline *doubled_too(tine_registry *r, tine_pipeline *p) {
  return tine_map(p, tine_kernel_find(r, "by_block", NULL), NULL, 0);
}

/* What each pipeline sums up to, and how many kernels with a state it has. */
typedef enum shape { FILTER, TAKE, TAKE_WHILE, SKIP_WHILE, SHAPES } shape;

static tine_pipeline *shaped(tine_registry *r, tine_pool *pool, shape s) {
  tine_pipeline *p = filtered(r, pool);
  if (s == TAKE)
    p = tine_take(p, ITEMS / 4);
  else if (s == TAKE_WHILE)
    p = tine_take_while(p, tine_kernel_find(r, "low", NULL), NULL, 0);
  else if (s == SKIP_WHILE)
    p = tine_skip_while(p, tine_kernel_find(r, "low", NULL), NULL, 0);
  return doubled_too(r, p);
}

static int64_t sum_of(shape s) {
  const int64_t all = (int64_t)ITEMS / 2, half = all / 2; /* even numbers, and those up to half */
  const int64_t lower = 2 * half * (half + 1), whole = 2 * all * (all + 1);
  return s == FILTER ? whole : s == SKIP_WHILE ? whole - lower : lower;
}

static void inner_parts_share_states(void) {
  tally t;
  tine_registry *r = with_predicates(&t);
  for (unsigned i = 0; i < POOLS; i++) {
    tine_pool *pool = new_pool(threads[i]);
    for (int s = 0; s < SHAPES; s++) {
      tine_pipeline *p = shaped(r, pool, (shape)s);
      tine_value sum = tine_i64(-1);
      reset(&t);
      CHECK_INT(tine_sum(p, &sum, NULL), TINE_OK);
      CHECK_INT(sum.as.i, sum_of((shape)s));
      CHECK(t.items >= ITEMS / 2);
      is_over(&t, 3 * threads[i], true);
      reset(&t);
      t.fails_at = 2 + 2 * check_below(ITEMS / 8); /* what is doubled in the lower quarter of all, or filtered */
      CHECK_INT(tine_sum(p, &sum, NULL), TINE_EUSER + 1);
      is_over(&t, 3 * threads[i], false);
      tine_pipeline_release(p);
    }
    tine_pool_destroy(pool);
  }
  tine_registry_release(r);
}

/* Each number once more than its last digit says, with a state. */
static int repeats(tine_block *block) {
  private_state *s = block->state;
  for (size_t i = 0; i < block->n; i++) {
    const int64_t x = TINE_AT(int64_t, block->in[0], block->in_stride[0], i);
    void *const *out = tine_block_emit(block, i, (size_t)(x % 10 + 1));
    if (out == NULL)
      break;
    for (int64_t k = 0; k <= x % 10; k++)
      ((int64_t *)out[0])[k] = x;
    use_state(s, 1);
  }
  return tine_block_emitted(block);
}

/* A state that is first needed while the failure of a stage below is waiting to be told. */
static void what_expands_may_have_a_state(void) {
  static const tine_kernel_signature types[] = {{"i64 -> i64", repeats, NULL}};
  tally t;
  tine_registry *r = registry_of(&t);
  tine_kernel_desc d = describe("repeats", &(tally *){&t}, false, TINE_EXPANDS);
  d.signatures = types;
  CHECK_INT(tine_kernel_register(r, &d, NULL), TINE_OK);
  for (unsigned i = 0; i < POOLS; i++) {
    tine_pool *pool = new_pool(threads[i]);
    for (unsigned round = 0; round < 12; round++) {
      tine_pipeline *p = tine_on(tine_range(1, ITEMS, 1), pool);
      tine_value sum = tine_i64(-1);
      tine_error err = {.item = 0};
      int64_t want = 0;
      p = tine_flat_map(doubled_too(r, p), tine_kernel_find(r, "repeats", NULL), NULL, 0);
      for (int64_t x = 2; x <= 2 * ITEMS; x += 2)
        want += (x % 10 + 1) * x;
      reset(&t);
      t.fails_at = round % 3 == 0 ? UINT64_MAX : 1 + check_below(round % 3 == 1 ? 20 : ITEMS);
      CHECK_INT(tine_sum(p, &sum, &err), round % 3 == 0 ? TINE_OK : TINE_EUSER + 1);
      CHECK(round % 3 == 0 ? sum.as.i == want : err.item == t.fails_at - 1);
      is_over(&t, 2 * threads[i], round % 3 == 0);
      tine_pipeline_release(p);
    }
    tine_pool_destroy(pool);
  }
  tine_registry_release(r);
}

static void a_stream_is_a_run(void) {
  tally t;
  tine_registry *r = with_predicates(&t);
  for (unsigned i = 0; i < POOLS; i++) {
    tine_pool *pool = new_pool(threads[i]);
    for (int s = 0; s < 2 * SHAPES; s++) {
      tine_pipeline *p = shaped(r, pool, (shape)(s / 2));
      tine_stream *stream = NULL;
      tine_columns block;
      int64_t sum = 0;
      reset(&t);
      CHECK_INT(tine_stream_create(&stream, p, NULL), TINE_OK);
      for (int blocks = 0; s % 2 == 0 || blocks < 3; blocks++) {
        CHECK_INT(tine_stream_next(stream, &block, NULL), TINE_OK);
        for (size_t k = 0; k < block.n; k++)
          sum += TINE_AT(int64_t, block.data[0], block.stride[0], k);
        if (block.n == 0)
          break;
      }
      CHECK(s % 2 != 0 || sum == sum_of((shape)(s / 2)));
      CHECK_INT(t.drops, 0);
      tine_stream_destroy(stream);
      CHECK(t.inits > 0);
      is_over(&t, 3 * threads[i], true);
      tine_pipeline_release(p);
    }
    tine_pool_destroy(pool);
  }
  tine_registry_release(r);
}

CHECK_SUITE(api_state_flow, CHECK_CASE(inner_parts_share_states), CHECK_CASE(what_expands_may_have_a_state),
            CHECK_CASE(a_stream_is_a_run))
