/*
** Flows where several things meet: ends, failures, gates, springs, wishes about scheduling. What a run gives, and which
** failure it reports, is that of the plain item-by-item loop, wherever it was cut.
*/
#include "../../core/stage/stage.h"
#include "pipelines.h"
#include <pthread.h>

#include "pools.h"

static tine_pipeline *while_not(tine_pipeline *p, int64_t x) {
  return tine_take_while(p, builtin("ne"), &(tine_value){TINE_I64, {.i = x}}, 1);
}

/* ----- Kernels of the host ----- */

/* x, but at x == bad, where it fails. */
static int fails_at(tine_block *block) {
  for (size_t i = 0; i < block->n; i++) {
    const int64_t x = TINE_AT(int64_t, block->in[0], block->in_stride[0], i);
    if (x == TINE_AT(int64_t, block->in[1], block->in_stride[1], i))
      return tine_block_fail(block, TINE_EUSER + 1, i, "planted");
    ((int64_t *)block->out[0])[i] = x;
  }
  return 0;
}

/* x, n times, in one portion; but at x == bad too much is asked for, or too much is written, it fails after asking, or
   goes back. */
typedef enum misbehaviour { ASKS, WRITES, GIVES_UP, GOES_BACK } misbehaviour;

static misbehaviour misbehaves_how;

static int bursts(tine_block *block) {
  for (size_t i = 0; i < block->n; i++) {
    const int64_t x = TINE_AT(int64_t, block->in[0], block->in_stride[0], i);
    const bool bad = x == TINE_AT(int64_t, block->in[2], block->in_stride[2], i);
    size_t n = (size_t)TINE_AT(int64_t, block->in[1], block->in_stride[1], i);
    void *const *out;
    if (bad && misbehaves_how == ASKS)
      n = SIZE_MAX - 100;
    out = tine_block_emit(block, i, n);
    if (out == NULL)
      break;
    if (bad && misbehaves_how == GIVES_UP) {
      memset(out[0], 0x77, n * sizeof(int64_t));
      return tine_block_fail(block, TINE_EUSER + 2, i, "half way");
    }
    for (size_t k = 0; k < n + (bad && misbehaves_how == WRITES); k++)
      ((int64_t *)out[0])[k] = x;
    if (bad && misbehaves_how == GOES_BACK)
      tine_block_emit(block, i - 1, 1);
  }
  return tine_block_emitted(block);
}

/* Which threads have come by: it counts those that are not 'home'. */
static pthread_t home;
static _Atomic unsigned strangers;

static int comes_by(tine_block *block) {
  strangers += !pthread_equal(home, pthread_self());
  nap_us(200);
  for (size_t i = 0; i < block->n; i++)
    ((int64_t *)block->out[0])[i] = TINE_AT(int64_t, block->in[0], block->in_stride[0], i);
  return 0;
}

/* The last of all, which is associative; but it fails if that is 'unwanted'. */
static int64_t unwanted;

static int lasts(tine_block *block) {
  for (size_t i = 0; i < block->n; i++) {
    const int64_t b = TINE_AT(int64_t, block->in[1], block->in_stride[1], i);
    if (b == unwanted)
      return tine_block_fail(block, TINE_EUSER + 3, i, "unwanted");
    ((int64_t *)block->out[0])[i] = b;
  }
  return 0;
}

static tine_registry *registry;

static tine_kernel *kernel(const char *name) {
  static const struct {
    const char *name;
    tine_kernel_signature signature;
    unsigned flags;
  } list[] = {{"fails_at", {"i64 i64 -> i64", fails_at, NULL}, 0},
              {"bursts", {"i64 i64 i64 -> i64", bursts, NULL}, TINE_EXPANDS},
              {"comes_by", {"i64 -> i64", comes_by, NULL}, 0},
              {"lasts", {"i64 i64 -> i64", lasts, NULL}, TINE_ASSOCIATIVE}};
  if (registry == NULL) {
    tine_registry_create(&registry, NULL);
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
      const tine_kernel_desc d = {.size = sizeof d,
                                  .name = list[i].name,
                                  .signatures = &list[i].signature,
                                  .signature_count = 1,
                                  .flags = list[i].flags};
      CHECK_INT(tine_kernel_register(registry, &d, NULL), TINE_OK);
    }
  }
  return tine_kernel_find(registry, name, NULL);
}

static void end_registry(void) {
  tine_registry_release(registry);
  registry = NULL;
  test_pools_end();
}

static tine_pipeline *failing(tine_pipeline *p, int64_t at) {
  return tine_map(p, kernel("fails_at"), &(tine_value){TINE_I64, {.i = at}}, 1);
}

static tine_pipeline *bursting(tine_pipeline *p, int64_t n, int64_t bad) {
  const tine_value constants[2] = {tine_i64(n), tine_i64(bad)};
  return tine_flat_map(p, kernel("bursts"), constants, 2);
}

static int64_t sum_of(tine_pipeline *p) {
  tine_value v = tine_i64(-1);
  tine_error err;
  if (!CHECK_INT(tine_sum(p, &v, &err), TINE_OK))
    printf(" %s", err.message);
  tine_pipeline_release(p);
  return v.as.i;
}

static uint64_t count_of(tine_pipeline *p) {
  uint64_t n = UINT64_MAX;
  tine_error err;
  if (!CHECK_INT(tine_count(p, &n, &err), TINE_OK))
    printf(" %s", err.message);
  tine_pipeline_release(p);
  return n;
}

/* ----- Searching ----- */

static void what_is_found_where_a_cut_was_counts(void) {
  for (int64_t at = 1; at <= 5; at++) {
    tine_pipeline *p = tine_max_len(tine_on(numbers(5), test_pool(2)), 1);
    const tine_value x = tine_i64(at);
    tine_value found;
    uint64_t position;
    for (int which = TINE_FIRST; which <= TINE_ANY; which++) {
      CHECK_INT(tine_find(p, (tine_which)which, builtin("eq"), &x, 1, &found, NULL), TINE_OK);
      CHECK_INT(found.as.i, at);
      CHECK_INT(tine_position(p, (tine_which)which, builtin("eq"), &x, 1, &position, NULL), TINE_OK);
      CHECK_INT(position, at - 1);
    }
    tine_pipeline_release(p);
  }
  end_registry();
}

/* The end of a take_while is not what was searched for: nothing behind it is found, all before it is looked at. */
static void any_heeds_an_end(void) {
  enum { N = 4000000 };
  for (int round = 0; round < 40; round++) {
    const int64_t end = N / 2 + (int64_t)check_below(20) - 10; /* where another thread begins */
    tine_pipeline *p = while_not(tine_max_len(tine_on(numbers(N), test_pool(2)), N / 2), end);
    const tine_value x = tine_i64(end + (round % 2 == 0 ? -1 : 1) * (int64_t)(1 + check_below(2000)));
    tine_value found;
    bool any = false;
    CHECK_INT(tine_find(p, TINE_ANY, builtin("eq"), &x, 1, &found, NULL), TINE_OK);
    CHECK_INT(found.dtype, x.as.i < end ? TINE_I64 : TINE_NONE);
    CHECK_INT(tine_any(p, builtin("eq"), &x, 1, &any, NULL), TINE_OK);
    CHECK_INT(any, x.as.i < end);
    tine_pipeline_release(p);
  }
  end_registry();
}

/* ----- Streams and gates ----- */

/* All items of a stream; the status in the end. */
static tine_status streamed(tine_pipeline *p, int64_t *sum, uint64_t *n, tine_error *err) {
  tine_stream *s = NULL;
  tine_columns block;
  tine_status status = tine_stream_create(&s, p, err);
  *sum = 0;
  *n = 0;
  while (status == TINE_OK && (status = tine_stream_next(s, &block, err)) == TINE_OK && block.n > 0)
    for (size_t i = 0; i < block.n; i++, (*n)++)
      *sum += TINE_AT(int64_t, block.data[0], block.stride[0], i);
  tine_stream_destroy(s);
  tine_pipeline_release(p);
  return status;
}

static void a_stream_over_a_gate_tells_what_failed_below(void) {
  for (int64_t at = 1; at <= 5000; at += 1 + (int64_t)check_below(700)) {
    tine_error err = {.item = 0};
    int64_t sum;
    uint64_t n;
    CHECK_INT(streamed(tine_take(where(failing(numbers(5000), at), "gt", 0), 100000), &sum, &n, &err), TINE_EUSER + 1);
    CHECK_INT(err.item, at - 1);
    CHECK_INT(n, at - 1);
    CHECK_INT(streamed(where(tine_take(where(failing(numbers(5000), at), "gt", 0), 5000), "lt", 1), &sum, &n, &err),
              TINE_EUSER + 1);
    CHECK_INT(n, 0);
  }
  end_registry();
}

static void flat_maps_are_streamed(void) {
  int64_t sum;
  uint64_t n;
  CHECK_INT(streamed(bursting(numbers(3000), 3, 0), &sum, &n, NULL), TINE_OK);
  CHECK_INT(n, 9000);
  CHECK_INT(sum, 3 * 3000 * 3001 / 2);
  CHECK_INT(streamed(bursting(tine_take(where(numbers(3000), "gt", 10), 2000), 3, 0), &sum, &n, NULL), TINE_OK);
  CHECK_INT(n, 6000);
  CHECK_INT(sum, 3 * (2010 * 2011 / 2 - 55));
  end_registry();
}

/* Wishes of a stage hold for all below it, also below a gate. */
static void sequential_holds_below_a_gate(void) {
  home = pthread_self();
  for (int on = 0; on < 2; on++) {
    tine_pipeline *p = tine_map(numbers(200), kernel("comes_by"), NULL, 0);
    p = tine_take(where(p, "gt", 0), 150);
    strangers = 0;
    CHECK_INT(sum_of(on ? tine_on(p, test_pool(1)) : tine_sequential(tine_on(p, test_pool(3)))), 150 * 151 / 2);
    CHECK_INT(strangers, 0);
  }
  end_registry();
}

/* ----- Chains ----- */

static void chains_of_ends_in_huge_ranges(void) {
  const int64_t n = INT64_MAX;
  for (int cut = 0; cut < 2; cut++) {
    tine_pipeline *p = while_not(tine_range(1, n, 1), 5000);
    for (int i = 0; i < 4; i++)
      p = tine_chain(p, while_not(tine_range(1, n, 1), 5000));
    p = tine_on(p, test_pool(2));
    if (cut)
      p = tine_max_len(p, 1000);
    CHECK_INT(count_of(p), 5 * 4999);
  }
  end_registry();
}

static void a_failure_in_a_chain_is_at_its_place(void) {
  for (int threads = 1; threads <= 3; threads += 2) {
    tine_pipeline *a = while_not(numbers(3000), 2001), *b = failing(where(numbers(3000), "gt", 10), 700);
    tine_pipeline *p = tine_max_len(tine_on(tine_chain(a, b), test_pool((unsigned)threads)), 64);
    tine_error err = {.item = 0};
    tine_value v;
    CHECK_INT(tine_sum(p, &v, &err), TINE_EUSER + 1);
    CHECK_INT(err.item, 3000 + 699);
    tine_pipeline_release(p);
  }
  end_registry();
}

/* A reducer that fails names the first item of the stretch on its right, whoever put the two together. */
static void a_failing_fold_in_a_chain(void) {
  for (unwanted = 2002; unwanted <= 4000; unwanted += 2 + 2 * (int64_t)check_below(50)) {
    uint64_t item[2];
    for (unsigned threads = 1; threads <= 2; threads++) {
      tine_pipeline *p = tine_chain(while_not(numbers(1000), 600), tine_range(2001, 4000, 1));
      tine_error err = {.item = 0};
      tine_value v;
      p = tine_on(p, test_pool(threads));
      if (threads > 1)
        p = tine_max_len(p, 10 + check_below(100));
      CHECK_INT(tine_reduce(p, kernel("lasts"), NULL, &v, &err), TINE_EUSER + 3);
      item[threads - 1] = err.item;
      tine_pipeline_release(p);
    }
    CHECK_INT(item[1], item[0]);
    CHECK_INT(item[0], 1000 + (unwanted - 2001) / 1024 * 1024);
  }
  for (int round = 0; round < 30; round++) { /* an item that fails in front of it */
    const int64_t at = 1 + (int64_t)check_below(200000);
    tine_pipeline *p = tine_chain(while_not(numbers(10), 6), failing(numbers(300000), at));
    tine_error err = {.item = 0};
    tine_value v;
    unwanted = (at / 1024 + 1) * 1024 + 512;
    p = tine_max_len(tine_on(p, test_pool(3)), 2048);
    CHECK_INT(tine_reduce(p, kernel("lasts"), NULL, &v, &err), TINE_EUSER + 1);
    CHECK_INT(err.item, 10 + at - 1);
    tine_pipeline_release(p);
  }
  end_registry();
}

/* ----- Expanding ----- */

/* What a kernel gave before it went wrong still flows up, and may be the end, or fail earlier. */
static void what_was_given_before_a_wrong_call_counts(void) {
  for (misbehaves_how = ASKS; misbehaves_how <= GOES_BACK; misbehaves_how++)
    for (int64_t bad = 2; bad < 3000; bad += 1 + (int64_t)check_below(400)) {
      tine_error err = {.item = 0};
      tine_value v = tine_i64(-1);
      tine_pipeline *p = failing(bursting(numbers(3000), 2, bad), bad - 1);
      CHECK_INT(tine_sum(p, &v, &err), TINE_EUSER + 1);
      CHECK_INT(err.item, bad - 2);
      tine_pipeline_release(p);
      CHECK_INT(sum_of(while_not(bursting(numbers(3000), 2, bad), bad - 1)), (bad - 2) * (bad - 1));
      p = failing(bursting(numbers(3000), 2, bad), 0x7777777777777777);
      CHECK(tine_sum(p, &v, &err) != TINE_OK && err.status != TINE_EUSER + 1);
      CHECK_INT(err.item, bad - 1);
      tine_pipeline_release(p);
    }
  end_registry();
}

/* ----- Sources that split themselves ----- */

typedef struct stretch {
  int64_t lo, hi;
} stretch;

static int64_t fails_in_block;

static void list_begin(const void *env, void *piece) {
  *(stretch *)piece = (stretch){1, *(const int64_t *)env};
}
/* Like a linked list: one item, and the rest. */
static bool list_split(const void *env, void *piece, void *right) {
  stretch *s = piece;
  (void)env;
  if (s->hi - s->lo < 1)
    return false;
  *(stretch *)right = (stretch){s->lo + 1, s->hi};
  s->hi = s->lo;
  return true;
}
static bool never_split(const void *env, void *piece, void *right) {
  (void)env, (void)piece, (void)right;
  return false;
}
static int list_fill(const void *env, void *piece, tine_block *block) {
  stretch *s = piece;
  size_t n = 0;
  (void)env;
  for (; n < block->n && s->lo <= s->hi; n++, s->lo++) {
    if (s->lo == fails_in_block)
      return tine_block_fail(block, TINE_EUSER + 4, n, "torn");
    ((int64_t *)block->out[0])[n] = s->lo;
  }
  block->n = n;
  return 0;
}

static tine_pipeline *list_source(const int64_t *n, bool splits) {
  static const tine_dtype types[] = {TINE_I64};
  const tine_split_source s = {.size = sizeof s,
                               .name = "list",
                               .dtypes = types,
                               .columns = 1,
                               .kind = TINE_PARALLEL,
                               .piece_size = sizeof(stretch),
                               .begin = list_begin,
                               .split = splits ? list_split : never_split,
                               .fill = list_fill,
                               .env = n};
  return tine_source_split(&s);
}

/* As deep as splits go, on both sides, with the trees of a sum, in chains. */
static void deep_splits_have_room(void) {
  const int64_t n = 1000;
  tine_pipeline *p = list_source(&n, true);
  fails_in_block = 0;
  for (int i = 0; i < 20; i++) {
    CHECK_INT(sum_of(tine_on(tine_pipeline_retain(p), test_pool(1 + (unsigned)i % 2))), (i + 1) * n * (n + 1) / 2);
    p = tine_chain(list_source(&n, true), p);
  }
  tine_pipeline_release(p);
  end_registry();
}

static void what_a_source_gave_before_it_failed_counts(void) {
  const int64_t n = 3000;
  for (fails_in_block = 2; fails_in_block < n; fails_in_block += 1 + (int64_t)check_below(300)) {
    tine_pipeline *p = failing(list_source(&n, false), fails_in_block - 1);
    tine_error err = {.item = 0};
    tine_value v;
    CHECK_INT(tine_sum(p, &v, &err), TINE_EUSER + 1);
    CHECK_INT(err.item, fails_in_block - 2);
    tine_pipeline_release(p);
    CHECK_INT(sum_of(while_not(list_source(&n, false), fails_in_block - 1)),
              (fails_in_block - 1) * (fails_in_block - 2) / 2);
    p = list_source(&n, false);
    CHECK_INT(tine_sum(p, &v, &err), TINE_EUSER + 4);
    CHECK_INT(err.item, fails_in_block - 1);
    tine_pipeline_release(p);
  }
  end_registry();
}

CHECK_SUITE(flow, CHECK_CASE(what_is_found_where_a_cut_was_counts), CHECK_CASE(any_heeds_an_end),
            CHECK_CASE(a_stream_over_a_gate_tells_what_failed_below), CHECK_CASE(flat_maps_are_streamed),
            CHECK_CASE(sequential_holds_below_a_gate), CHECK_CASE(chains_of_ends_in_huge_ranges),
            CHECK_CASE(a_failure_in_a_chain_is_at_its_place), CHECK_CASE(a_failing_fold_in_a_chain),
            CHECK_CASE(what_was_given_before_a_wrong_call_counts), CHECK_CASE(deep_splits_have_room),
            CHECK_CASE(what_a_source_gave_before_it_failed_counts))
