/*
** What adaptors that keep the index evaluate: what is needed and nothing else, each item once a block; where failures
** are; and what is left when memory runs out.
*/
#include "../../core/base/memory.h"
#include "pipelines.h"

enum { MANY = 5000 };

/* How often each item of the base was evaluated; and one that fails. */
static struct {
  _Atomic int visits[MANY];
  int64_t bad, worse;
} seen;

static int visit(tine_block *block) {
  for (size_t i = 0; i < block->n; i++) {
    const int64_t a = TINE_AT(int64_t, block->in[0], block->in_stride[0], i);
    seen.visits[a]++;
    if (a == seen.bad)
      return tine_block_fail(block, TINE_EUSER + 6, i, "bad");
    if (a == seen.worse)
      return tine_block_fail(block, TINE_EUSER + 7, i, "worse");
    ((int64_t *)block->out[0])[i] = a;
  }
  return 0;
}

static tine_registry *registry;

static void start(int64_t bad) {
  static const tine_kernel_signature signature = {"i64 -> i64", visit, NULL};
  const tine_kernel_desc desc = {.size = sizeof desc, .name = "visit", .signatures = &signature, .signature_count = 1};
  if (registry == NULL) {
    CHECK_INT(tine_registry_create(&registry, NULL), TINE_OK);
    CHECK_INT(tine_kernel_register(registry, &desc, NULL), TINE_OK);
  }
  for (int i = 0; i < MANY; i++)
    seen.visits[i] = 0;
  seen.bad = bad;
  seen.worse = -1;
}

static void end(void) {
  tine_registry_release(registry);
  registry = NULL;
}

/* first, ..., last, noted when evaluated. */
static tine_pipeline *noted(int64_t first, int64_t last) {
  return tine_map(tine_range(first, last, 1), tine_kernel_find(registry, "visit", NULL), NULL, 0);
}

static tine_kernel *add(void) {
  return tine_kernel_find(NULL, "add", NULL);
}

static tine_kernel *neg(void) {
  return tine_kernel_find(NULL, "neg", NULL);
}

/* ----- what is evaluated ----- */

static bool any(int64_t i) {
  return i < MANY;
}
static bool from_70(int64_t i) {
  return i >= 70;
}
static bool every_third(int64_t i) {
  return i % 3 == 0;
}
static bool far_apart(int64_t i) {
  return i >= 7 && (i - 7) % 1700 == 0;
}
static bool below_3000(int64_t i) {
  return i < 3000;
}
static bool below_2000(int64_t i) {
  return i < 2000;
}
static bool inner(int64_t i) {
  return i >= 100 && i < 4900;
}

/* Runs p, which it takes, on one thread; then exactly those of the base must have been evaluated, once each. */
static void evaluates(tine_pipeline *p, bool (*needed)(int64_t i), const char *what) {
  tine_value sum[TINE_MAX_COLUMNS];
  p = tine_sequential(p);
  if (!CHECK_INT(tine_sum(p, sum, NULL), TINE_OK))
    printf(" (%s)", what);
  for (int64_t i = 0; i < MANY; i++)
    if (!CHECK_INT(seen.visits[i], needed(i))) {
      printf(" (%s, item %d)", what, (int)i);
      break;
    }
  tine_pipeline_release(p);
  start(-1);
}

static tine_pipeline *all(void) {
  return noted(0, MANY - 1);
}

static void nothing_else_is_evaluated(void) {
  start(-1);
  evaluates(all(), any, "base");
  evaluates(tine_rev(all()), any, "rev");
  evaluates(tine_skip(all(), 70), from_70, "skip");
  evaluates(tine_step_by(all(), 3), every_third, "step_by");
  evaluates(tine_step_by(tine_skip(all(), 7), 1700), far_apart, "step_by far");
  evaluates(tine_rev(tine_step_by(tine_rev(tine_take(all(), 4999)), 3)), every_third, "rev step_by rev");
  evaluates(tine_chain(noted(0, 2999), tine_empty(TINE_I64)), below_3000, "chain");
  evaluates(tine_take(tine_chain(noted(0, 2000), noted(2001, 4999)), 3000), below_3000, "take of a chain");
  evaluates(tine_interleave(noted(0, 999), noted(1000, 4999)), any, "interleave");
  evaluates(tine_interleave_shortest(noted(0, 999), noted(1000, 4999)), below_2000, "interleave_shortest");
  evaluates(tine_enumerate(tine_skip(tine_take(all(), 4900), 100)), inner, "take skip");
  evaluates(tine_rev(tine_skip(tine_rev(tine_skip(all(), 100)), 100)), inner, "skip both");
  evaluates(tine_fold_chunks(all(), 7, add(), NULL), any, "fold_chunks");
  evaluates(tine_fold_chunks(all(), 2000, add(), NULL), any, "fold_chunks 2000");
  evaluates(tine_take(tine_fold_chunks(all(), 1500, add(), NULL), 2), below_3000, "take of chunks");
  evaluates(tine_zip(tine_range(1, 3000, 1), tine_extend(all(), neg(), NULL, 0)), below_3000, "zip");
  end();
}

/* Windows share what their neighbours look at, but for those at the end of a block. */
static tine_status walk(const tine_producer *whole, void *ud) {
  tine_iter *it = NULL;
  tine_columns block;
  int *blocks = ud;
  CHECK_INT(tine_iter_create(&it, whole, NULL), TINE_OK);
  while (tine_iter_next(it, &block, NULL) == TINE_OK && block.n > 0)
    ++*blocks;
  tine_iter_destroy(it);
  return TINE_OK;
}

static void windows_evaluate_once_a_block(void) {
  int visits = 0, blocks = 0;
  tine_pipeline *p;
  start(-1);
  p = tine_windows(all(), 4);
  CHECK_INT(tine_with_producer(p, walk, &blocks), TINE_OK);
  for (int i = 0; i < MANY; i++)
    visits += seen.visits[i];
  CHECK_INT(visits, MANY + 3 * (blocks - 1));
  CHECK_INT(blocks, (MANY + 1023) / 1024);
  tine_pipeline_release(p);
  end();
}

/* ----- failures ----- */

/* Items are evaluated as often whatever is reversed again, and there are as many as one may be. */
static void fails_after(tine_pipeline *p, int code, uint64_t item, int most) {
  tine_value sum;
  tine_error err = {.item = 0};
  p = tine_sequential(p);
  CHECK_INT(tine_sum(p, &sum, &err), code);
  CHECK_INT(err.item, item);
  for (int i = 0; i < MANY; i++)
    if (!CHECK(seen.visits[i] <= most)) {
      printf(" (item %d, %d times)", i, (int)seen.visits[i]);
      break;
    }
  tine_pipeline_release(p);
}

static void what_is_reversed_again_is_looked_through_once(void) {
  for (int depth = 1; depth < 30; depth++) {
    tine_pipeline *p;
    start(700);
    p = noted(0, 999);
    for (int i = 0; i < depth; i++)
      p = tine_rev(i % 3 == 0 ? tine_map(p, neg(), NULL, 0) : p);
    fails_after(p, TINE_EUSER + 6, depth % 2 == 0 ? 700 : 299, 4);
  }
  for (int depth = 1; depth < 10; depth++) { /* each chunk asks for several */
    tine_pipeline *p;
    start(700);
    p = noted(0, 1023);
    for (int i = 0; i < depth; i++)
      p = tine_rev(tine_fold_chunks(tine_rev(p), 2, add(), NULL));
    p = tine_rev(p);
    fails_after(p, TINE_EUSER + 6, tine_pipeline_len(p) - 1 - (UINT64_C(700) >> depth), 4 + 4 * depth);
  }
  end();
}

static void what_failed_is_what_comes_first(void) {
  start(3);
  seen.worse = 5; /* chunks, from the last: 9 8 ... 5 ... 3 */
  fails_after(tine_rev(tine_fold_chunks(tine_rev(noted(0, 99)), 10, add(), NULL)), TINE_EUSER + 7, 0, 6);
  start(3);
  seen.worse = 5;
  fails_after(tine_rev(tine_rev(noted(0, 99))), TINE_EUSER + 6, 3, 6);
  end();
}

/* The failing position of a run of p, which it takes; -1 if it does not fail. Told the same by all terminals. */
static int64_t fails_at(tine_pipeline *p) {
  static const unsigned threads[] = {1, 2, 3, 16};
  tine_value sum[TINE_MAX_COLUMNS];
  tine_array *out[TINE_MAX_COLUMNS];
  tine_error err = {.item = 0}, again = {.item = 0};
  int64_t at;
  tine_status status;
  p = tine_on(p, test_pool(threads[check_below(4)]));
  status = tine_sum(p, sum, &err);
  at = status == TINE_OK ? -1 : (int64_t)err.item;
  CHECK_INT(tine_collect(p, out, &again), status);
  if (status != TINE_OK) {
    CHECK_CONTAINS(err.message, "kernel 'visit' failed at item ");
    CHECK_CONTAINS(err.message, "(stage 2 'map'): bad");
    CHECK_TEXT(again.message, err.message);
    CHECK_INT(again.item, at);
  } else
    for (unsigned c = 0; c < tine_pipeline_columns(p); c++)
      tine_array_release(out[c]);
  tine_pipeline_release(p);
  return at;
}

static int64_t least(int64_t a, int64_t b) {
  return a < b ? a : b;
}

/* One item of the base fails: the position at which each adaptor meets it. */
static void failures_are_at_the_adaptors_own_positions(void) {
  for (int round = 0; round < 60; round++) {
    const int64_t n = 1 + (int64_t)check_below(MANY), b = (int64_t)check_below((uint64_t)n);
    const int64_t k = 1 + (int64_t)check_below(12), skip = (int64_t)check_below((uint64_t)n);
    const int64_t chunk = 1 + (int64_t)check_below(3000), other = (int64_t)check_below(MANY);
    tine_pipeline *rest = tine_range(1, other, 1);
    start(b);
    CHECK_INT(fails_at(tine_rev(noted(0, n - 1))), n - 1 - b);
    CHECK_INT(fails_at(tine_skip(noted(0, n - 1), (uint64_t)skip)), b >= skip ? b - skip : -1);
    CHECK_INT(fails_at(tine_step_by(noted(0, n - 1), (uint64_t)k)), b % k == 0 ? b / k : -1);
    CHECK_INT(fails_at(tine_windows(noted(0, n - 1), (uint64_t)k)), n < k ? -1 : b - k + 1 > 0 ? b - k + 1 : 0);
    CHECK_INT(fails_at(tine_fold_chunks(noted(0, n - 1), (uint64_t)chunk, add(), NULL)), b / chunk);
    CHECK_INT(fails_at(tine_fold_chunks(noted(0, n - 1), (uint64_t)k, add(), NULL)), b / k);
    CHECK_INT(fails_at(tine_enumerate(noted(0, n - 1))), b);
    CHECK_INT(fails_at(tine_extend(noted(0, n - 1), neg(), NULL, 0)), b);
    CHECK_INT(fails_at(tine_chain(noted(0, n - 1), tine_pipeline_retain(rest))), b);
    CHECK_INT(fails_at(tine_chain(tine_pipeline_retain(rest), noted(0, n - 1))), other + b);
    CHECK_INT(fails_at(tine_interleave(noted(0, n - 1), tine_pipeline_retain(rest))), b + least(b, other));
    CHECK_INT(fails_at(tine_interleave(tine_pipeline_retain(rest), noted(0, n - 1))), b + least(b + 1, other));
    CHECK_INT(fails_at(tine_interleave_shortest(noted(0, n - 1), tine_pipeline_retain(rest))), b <= other ? 2 * b : -1);
    tine_pipeline_release(rest);
  }
  end();
  test_pools_end();
}

/* The folding kernel itself may fail, in any of the ways chunks are folded. */
static int picky(tine_block *block) {
  for (size_t i = 0; i < block->n; i++) {
    const int64_t a = TINE_AT(int64_t, block->in[0], block->in_stride[0], i);
    const int64_t b = TINE_AT(int64_t, block->in[1], block->in_stride[1], i);
    if (a >= 4000 || b >= 4000)
      return tine_block_fail(block, TINE_EUSER + 8, i, a >= 4000 ? "left" : "right");
    ((int64_t *)block->out[0])[i] = a > b ? a : b;
  }
  return 0;
}

static void folds_fail_at_their_chunk(void) {
  static const tine_kernel_signature signature = {"i64 i64 -> i64", picky, NULL};
  const tine_value zero = tine_i64(0);
  for (unsigned flags = TINE_ASSOCIATIVE; flags <= (TINE_ASSOCIATIVE | TINE_COMMUTATIVE); flags += TINE_COMMUTATIVE) {
    const tine_kernel_desc desc = {
        .size = sizeof desc, .name = "picky", .signatures = &signature, .signature_count = 1, .flags = flags};
    tine_registry *own;
    CHECK_STOP(tine_registry_create(&own, NULL) == TINE_OK);
    CHECK_INT(tine_kernel_register(own, &desc, NULL), TINE_OK);
    for (uint64_t k = 1; k < 4000; k += 1 + k / 3) {
      tine_pipeline *p = tine_range(1, 4900, 1);
      tine_value sum;
      tine_error err;
      p = tine_fold_chunks(p, k, tine_kernel_find(own, "picky", NULL), k > 1 ? NULL : &zero);
      CHECK_INT(tine_sum(p, &sum, &err), TINE_EUSER + 8);
      CHECK_INT(err.item, 3999 / k);
      CHECK_CONTAINS(err.message, "kernel 'picky' failed at item ");
      CHECK_CONTAINS(err.message, "(stage 2 'fold_chunks'): ");
      tine_pipeline_release(p);
    }
    tine_registry_release(own);
  }
}

/* ----- memory ----- */

static int no_items(tine_block *block) {
  memset(block->out[0], 0, block->n * sizeof(double));
  return 0;
}

static int drops;
static void count_drop(void *env) {
  (void)env;
  drops++;
}

/* Every constructor once, all in one pipeline; the source counts whether it was made. */
static tine_pipeline *everything(tine_array *a, bool *made) {
  static const tine_dtype f64 = TINE_F64;
  static const unsigned last[] = {0};
  const tine_value one = tine_f64(1);
  const tine_index_source s = {.size = sizeof s,
                               .name = "none",
                               .dtypes = &f64,
                               .columns = 1,
                               .len = 50,
                               .fill = no_items,
                               .env = &one,
                               .env_size = sizeof one,
                               .drop = count_drop};
  tine_pipeline *p = tine_source_index(&s);
  *made = tine_pipeline_check(p, NULL) == TINE_OK;
  p = tine_chain(p, tine_gather(tine_range(1, 100, 1), a));
  p = tine_interleave(tine_chain(p, tine_empty(TINE_F64)), tine_random(400, 1));
  p = tine_select(tine_windows(tine_step_by(tine_skip(tine_rev(p), 3), 2), 2), last, 1);
  p = tine_select(tine_enumerate(tine_fold_chunks(p, 2, add(), &one)), (const unsigned[]){1}, 1);
  return tine_interleave_shortest(tine_map(tine_extend(p, neg(), NULL, 0), add(), NULL, 0), tine_rep(one, 100));
}

static void memory_may_run_out_anywhere(void) {
  tine_array *a = random_array(TINE_F64, 100);
  tine_status status;
  int64_t failed = 0;
  int made = 0;
  drops = 0;
  do {
    const size_t before = ti_memory_live();
    tine_pipeline *p;
    tine_value sum;
    bool source;
    ti_memory_fail_after(failed++);
    p = everything(a, &source);
    status = tine_sum(p, &sum, NULL);
    tine_pipeline_release(p);
    ti_memory_fail_after(-1);
    made += source;
    CHECK(status == TINE_OK || status == TINE_ENOMEM);
    CHECK_INT(ti_memory_live(), before);
    CHECK_INT(drops, made);
  } while (status != TINE_OK && failed < 1000);
  CHECK(failed > 20 && failed < 1000);
  tine_array_release(a);
}

CHECK_SUITE(indexed_effect, CHECK_CASE(what_is_reversed_again_is_looked_through_once),
            CHECK_CASE(what_failed_is_what_comes_first), CHECK_CASE(nothing_else_is_evaluated),
            CHECK_CASE(windows_evaluate_once_a_block), CHECK_CASE(failures_are_at_the_adaptors_own_positions),
            CHECK_CASE(folds_fail_at_their_chunk), CHECK_CASE(memory_may_run_out_anywhere))
