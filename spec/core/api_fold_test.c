/*
** The contract of tine_fold in core/tine.h: a host's own terminal gives what folding one item after the other does, its
** combinations are those of the fixed tree, and each accumulator that was made is dropped exactly once.
*/
#include "pools.h"
#include "ration.h"

static const unsigned threads[] = {1, 2, 3, 16};
enum { POOLS = sizeof threads / sizeof threads[0] };

/* ===== Words: order matters, and each accumulator owns memory ===== */

typedef struct tally {
  _Atomic unsigned made, dropped, wrong;
  int64_t fails_at; /* value */
} tally;

/* Of a sequence of numbers x: its length, and the sum of x * BASE^(how many follow), modulo 2^64. */
#define BASE UINT64_C(0x9e3779b97f4a7c15)
typedef struct words {
  uint64_t *owned; /* NULL: not made */
  uint64_t n, power;
} words;

static void words_init(void *acc, const void *env) {
  tally *t = (tally *)(uintptr_t)env;
  words *w = acc;
  t->made++;
  t->wrong += (uintptr_t)acc % _Alignof(max_align_t) != 0;
  w->owned = malloc(sizeof *w->owned);
  if (w->owned == NULL)
    abort();
  *w->owned = 0;
  w->n = 0;
  w->power = 1;
}

static int words_fold(void *acc, tine_block *block) {
  tally *t = (tally *)(uintptr_t)block->env;
  words *w = acc;
  t->wrong += w->n != 0 || block->n == 0 || block->n > 1024 || block->first % 1024 != 0;
  for (size_t i = 0; i < block->n; i++) {
    const int64_t x = TINE_AT(int64_t, block->in[0], block->in_stride[0], i);
    if (x == t->fails_at)
      return tine_block_fail(block, TINE_EUSER + 1, i, "no such word");
    *w->owned = *w->owned * BASE + (uint64_t)x;
    w->power *= BASE;
    w->n++;
  }
  return 0;
}

static void words_combine(void *acc, void *right, const void *env) {
  words *w = acc;
  const words *r = right;
  (void)env;
  *w->owned = *w->owned * r->power + *r->owned;
  w->power *= r->power;
  w->n += r->n;
}

static void words_drop(void *acc, const void *env) {
  words *w = acc;
  tally *t = (tally *)(uintptr_t)env;
  t->dropped++;
  t->wrong += w->owned == NULL;
  free(w->owned);
  w->owned = NULL;
}

static tine_fold_desc words_desc(const tally *t) {
  return (tine_fold_desc){.size = sizeof(tine_fold_desc),
                          .name = "words",
                          .types = "i64",
                          .acc_size = sizeof(words),
                          .init = words_init,
                          .fold = words_fold,
                          .combine = words_combine,
                          .drop = words_drop,
                          .env = t};
}

static void reset(tally *t) {
  memset(t, 0, sizeof *t);
  t->fails_at = -1;
}

static uint64_t words_of(uint64_t n) {
  uint64_t h = 0;
  for (uint64_t i = 1; i <= n; i++)
    h = h * BASE + i;
  return h;
}

/* 1 to n; if 'slow', through a kernel whose blocks are small. */
static int copies(const void *env, const void *const *in, void *const *out, const char **message) {
  const int64_t x = *(const int64_t *)in[0];
  *message = "bad letter";
  if (x == *(const int64_t *)env)
    return TINE_EUSER + 2;
  *(int64_t *)out[0] = x;
  return 0;
}

static int64_t letter_fails_at;

static tine_registry *letters(void) {
  static const tine_kernel_signature types[] = {{"i64 -> i64", NULL, copies}};
  const tine_kernel_desc d = {
      .size = sizeof d, .name = "copies", .signatures = types, .signature_count = 1, .env = &letter_fails_at};
  tine_registry *r = NULL;
  letter_fails_at = -1;
  CHECK_INT(tine_registry_create(&r, NULL), TINE_OK);
  CHECK_INT(tine_kernel_register(r, &d, NULL), TINE_OK);
  return r;
}

static tine_pipeline *numbers(tine_registry *r, uint64_t n, bool slow, tine_pool *pool) {
  tine_pipeline *p = tine_range(1, (int64_t)n, 1);
  if (slow)
    p = tine_map(p, tine_kernel_find(r, "copies", NULL), NULL, 0);
  return tine_on(p, pool);
}

static void all_made_are_dropped(const tally *t) {
  CHECK_INT(t->made, t->dropped);
  CHECK_INT(t->wrong, 0);
}

static void it_folds_in_order(void) {
  static const uint64_t sizes[] = {0, 1, 2, 1023, 1024, 1025, 2048, 5000, 100000, 1000000};
  tine_registry *r = letters();
  for (unsigned i = 0; i < POOLS; i++) {
    tine_pool *pool = new_pool(threads[i]);
    for (unsigned k = 0; k < 2 * sizeof sizes / sizeof sizes[0]; k++) {
      const uint64_t n = sizes[k / 2];
      tine_pipeline *p = numbers(r, n, k % 2 != 0, pool);
      tally t;
      _Alignas(max_align_t) words w = {NULL, 0, 0};
      const tine_fold_desc d = words_desc(&t);
      reset(&t);
      CHECK_INT(tine_fold(p, &d, &w, NULL), TINE_OK);
      CHECK_INT(w.n, n);
      CHECK(w.owned != NULL && *w.owned == words_of(n));
      CHECK_INT(t.made, n == 0 ? 1 : (n + 1023) / 1024);
      words_drop(&w, &t);
      all_made_are_dropped(&t);
      tine_pipeline_release(p);
    }
    tine_pool_destroy(pool);
  }
  tine_registry_release(r);
}

/* Fold and kernel fail at random items, and the lower one is reported, as a plain loop finds it. */
static void the_lowest_failure_wins(void) {
  tine_registry *r = letters();
  for (unsigned i = 0; i < POOLS; i++) {
    tine_pool *pool = new_pool(threads[i]);
    for (unsigned round = 0; round < 40; round++) {
      const int64_t n = 20000, near = 1 + (int64_t)check_below((uint64_t)n);
      tine_pipeline *p = numbers(r, (uint64_t)n, true, pool);
      tally t;
      _Alignas(max_align_t) words w = {NULL, 0, 0};
      tine_error err = {.message = ""};
      const tine_fold_desc d = words_desc(&t);
      reset(&t);
      t.fails_at = near;
      letter_fails_at = 1 + (near + 500 - (int64_t)check_below(1000) + n) % n;
      const bool letter = letter_fails_at <= t.fails_at; /* an item comes to the kernel first */
      CHECK_INT(tine_fold(p, &d, &w, &err), TINE_EUSER + (letter ? 2 : 1));
      CHECK_INT(err.item, (letter ? letter_fails_at : t.fails_at) - 1);
      CHECK_CONTAINS(err.message, letter ? "bad letter" : "kernel 'words' failed at item");
      all_made_are_dropped(&t);
      CHECK(w.owned == NULL);
      tine_pipeline_release(p);
    }
    tine_pool_destroy(pool);
  }
  tine_registry_release(r);
}

static void no_path_without_memory_loses_an_accumulator(void) {
  CHECK_STOP(ration());
  tine_registry *r = letters();
  for (unsigned i = 0; i < 3; i++) {
    tine_pool *pool = new_pool(threads[i]);
    for (int64_t k = 0, fails = 1; fails; k++) {
      tally t;
      _Alignas(max_align_t) words w = {NULL, 0, 0};
      const tine_fold_desc d = words_desc(&t);
      allocations_left = INT64_MAX;
      tine_pipeline *p = numbers(r, 100000, k % 2 != 0, pool);
      reset(&t);
      allocations_left = k;
      const tine_status status = tine_fold(p, &d, &w, NULL);
      fails = allocations_left < 0;
      CHECK(status == TINE_OK || (status == TINE_ENOMEM && fails));
      if (status == TINE_OK) {
        CHECK(*w.owned == words_of(100000));
        words_drop(&w, &t);
      }
      all_made_are_dropped(&t);
      CHECK(threads[i] > 1 || k < 20); /* one thread wants little, however long the pipeline */
      allocations_left = INT64_MAX;
      tine_pipeline_release(p);
    }
    tine_pool_destroy(pool);
  }
  tine_registry_release(r);
  end_ration();
}

/* ===== The tree ===== */

static void tree_init(void *acc, const void *env) {
  (void)env;
  *(double *)acc = 0;
}

/* The product of both columns, summed. */
static int tree_fold(void *acc, tine_block *block) {
  for (size_t i = 0; i < block->n; i++)
    *(double *)acc += TINE_AT(double, block->in[0], block->in_stride[0], i) *
                      (double)TINE_AT(float, block->in[1], block->in_stride[1], i);
  return 0;
}

static void tree_combine(void *acc, void *right, const void *env) {
  (void)env;
  *(double *)acc += *(double *)right;
}

/* Cells [lo, hi) as the contract says: halves at the largest power of two. */
static double tree_of(const double *x, float y, uint64_t n, uint64_t lo, uint64_t hi) {
  uint64_t half = 1;
  if (hi - lo == 1) {
    double sum = 0;
    for (uint64_t i = lo * 1024; i < n && i < hi * 1024; i++)
      sum += x[i] * (double)y;
    return sum;
  }
  while (half < hi - lo - half)
    half *= 2;
  const double left = tree_of(x, y, n, lo, lo + half);
  return left + tree_of(x, y, n, lo + half, hi);
}

static void its_tree_is_fixed(void) {
  enum { MOST = 50000 };
  static double x[MOST];
  const tine_fold_desc d = {.size = sizeof d,
                            .types = "f64 f32",
                            .acc_size = sizeof(double),
                            .init = tree_init,
                            .fold = tree_fold,
                            .combine = tree_combine};
  for (int i = 0; i < MOST; i++)
    x[i] = (double)check_random() * 0x1p-40;
  for (unsigned i = 0; i < POOLS; i++) {
    tine_pool *pool = new_pool(threads[i]);
    for (unsigned round = 0; round < 20; round++) {
      const uint64_t n = 1 + check_below(MOST), cut = 1 + check_below(3000);
      float y = 1.25f;
      tine_array *xs = tine_slice_of(TINE_F64, x, n, sizeof *x), *ys = tine_slice_of(TINE_F32, &y, n, 0);
      tine_pipeline *p = tine_max_len(tine_on(tine_zip(tine_slice(xs), tine_slice(ys)), pool), cut);
      double sum = -1;
      CHECK_INT(tine_fold(p, &d, &sum, NULL), TINE_OK);
      CHECK_F64(sum, tree_of(x, y, n, 0, (n + 1023) / 1024));
      tine_pipeline_release(p);
      tine_array_release(xs);
      tine_array_release(ys);
    }
    tine_pool_destroy(pool);
  }
}

/* ===== Refusals ===== */

static void refused(tine_pipeline *p, const tine_fold_desc *d, void *result, tine_status want, const char *part,
                    int line) {
  tine_error err = {.message = ""};
  check_int(tine_fold(p, d, result, &err), want, part, __FILE__, line);
  check_contains(err.message, part, part, __FILE__, line);
}

static void what_cannot_be_folded_is_refused(void) {
  tally t;
  words w;
  tine_fold_desc d = words_desc(&t);
  tine_pipeline *p = tine_range(1, 10, 1), *wrong = tine_range(1, 10, 0);
  reset(&t);
  refused(p, NULL, &w, TINE_EINVAL, "no fold description", __LINE__);
  refused(p, &d, NULL, TINE_EINVAL, "no room for a result", __LINE__);
  refused(wrong, &d, &w, tine_pipeline_check(wrong, NULL), "step", __LINE__);
  d.types = "f64 i64";
  refused(p, &d, &w, TINE_ETYPE, "fold 'words' takes (f64 i64), the pipeline gives (i64)", __LINE__);
  d.types = "i46";
  refused(p, &d, &w, TINE_EINVAL, "fold 'words', types \"i46\"", __LINE__);
  d = words_desc(&t), d.fold = NULL;
  refused(p, &d, &w, TINE_EINVAL, "needs init, fold and combine", __LINE__);
  d = words_desc(&t), d.acc_size = 0;
  refused(p, &d, &w, TINE_EINVAL, "no room", __LINE__);
  d = words_desc(&t), d.flags = TINE_NOT_SYNC;
  refused(p, &d, &w, TINE_EMODE, "a closure whose environment is not sync cannot fold, since all workers", __LINE__);
  d.flags = 1;
  refused(p, &d, &w, TINE_EINVAL, "unknown flags", __LINE__);
  CHECK_INT(t.made, 0);
  tine_pipeline_release(p);
  tine_pipeline_release(wrong);
}

CHECK_SUITE(api_fold, CHECK_CASE(it_folds_in_order), CHECK_CASE(the_lowest_failure_wins),
            CHECK_CASE(no_path_without_memory_loses_an_accumulator), CHECK_CASE(its_tree_is_fixed),
            CHECK_CASE(what_cannot_be_folded_is_refused))
