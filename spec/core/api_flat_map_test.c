/*
** flat_map, by core/tine.h: kernels that give nothing, a little or a million values for an item, in one room or in
** portions; kernels that break the rules; what ends early; and how much memory it takes.
*/
#include "peak.h"
#include "pool_set.h"

/* ===== Kernels: x and a constant ===== */

static int64_t input(const tine_block *b, unsigned k, size_t i) {
  return TINE_AT(int64_t, b->in[k], b->in_stride[k], i);
}

/* x, n times. */
static int repeats(tine_block *b) {
  for (size_t i = 0; i < b->n; i++) {
    const int64_t x = input(b, 0, i), n = input(b, 1, i);
    void *const *out = tine_block_emit(b, i, (size_t)n);
    if (out == NULL)
      return tine_block_emitted(b);
    for (int64_t k = 0; k < n; k++)
      ((int64_t *)out[0])[k] = x;
  }
  return tine_block_emitted(b);
}

/* n values x * n, x * n + 1, ... in rooms of at most 'portion'. */
static int counts_up(tine_block *b, size_t portion) {
  for (size_t i = 0; i < b->n; i++) {
    const int64_t x = input(b, 0, i), n = input(b, 1, i);
    for (int64_t done = 0; done < n;) {
      const int64_t some = n - done < (int64_t)portion ? n - done : (int64_t)portion;
      void *const *out = tine_block_emit(b, i, (size_t)some);
      if (out == NULL)
        return tine_block_emitted(b);
      for (int64_t k = 0; k < some; k++)
        ((int64_t *)out[0])[k] = x * n + done + k;
      done += some;
    }
  }
  return tine_block_emitted(b);
}

static int in_one_room(tine_block *b) {
  return counts_up(b, SIZE_MAX / 2);
}
static int in_portions(tine_block *b) {
  return counts_up(b, 1000);
}
static int one_by_one(tine_block *b) {
  return counts_up(b, 1);
}

/* x for each, but behind item 'c' the one before it; or, since a kernel may get but one at a time, one behind all. */
static int goes_back(tine_block *b) {
  for (size_t i = 0; i < b->n; i++) {
    void *const *out = tine_block_emit(b, i, 1);
    if (out == NULL)
      return tine_block_emitted(b);
    ((int64_t *)out[0])[0] = input(b, 0, i);
    if (input(b, 0, i) == input(b, 1, i))
      tine_block_emit(b, i > 0 ? i - 1 : b->n, 1);
  }
  return tine_block_emitted(b);
}

/* x for each, and for item 'c' one more than there is room for. */
static int writes_past(tine_block *b) {
  for (size_t i = 0; i < b->n; i++) {
    void *const *out = tine_block_emit(b, i, 3);
    if (out == NULL)
      return tine_block_emitted(b);
    for (int k = 0; k < 3 + (input(b, 0, i) == input(b, 1, i)); k++)
      ((int64_t *)out[0])[k] = input(b, 0, i);
  }
  return tine_block_emitted(b);
}

/* x for each; goes on asking when there is no more room, and says that all is well. */
static int never_minds(tine_block *b) {
  for (size_t i = 0; i < b->n; i++) {
    void *const *out = tine_block_emit(b, i, 1);
    if (out != NULL)
      ((int64_t *)out[0])[0] = input(b, 0, i);
  }
  return 0;
}

/* x twice for each, but item 'c' fails after one. */
static int fails_midway(tine_block *b) {
  for (size_t i = 0; i < b->n; i++)
    for (int k = 0; k < 2; k++) {
      if (k == 1 && input(b, 0, i) == input(b, 1, i))
        return tine_block_fail(b, TINE_EUSER + 9, i, "midway");
      void *const *out = tine_block_emit(b, i, 1);
      if (out == NULL)
        return tine_block_emitted(b);
      ((int64_t *)out[0])[0] = input(b, 0, i);
    }
  return tine_block_emitted(b);
}

/* Item x * 3 and 1 / x side by side, x times. */
static int two_columns(tine_block *b) {
  for (size_t i = 0; i < b->n; i++) {
    const int64_t x = input(b, 0, i);
    void *const *out = tine_block_emit(b, i, (size_t)x);
    if (out == NULL)
      break;
    for (int64_t k = 0; k < x; k++) {
      ((bool *)out[0])[k] = k % 2 == 0;
      ((float *)out[1])[k] = (float)(x + k);
    }
  }
  return tine_block_emitted(b);
}

static tine_registry *registry;

static tine_kernel *expanding(const char *types, tine_kernel_fn *fn) {
  char name[32];
  static unsigned made;
  const tine_kernel_signature signature = {types, fn, NULL};
  snprintf(name, sizeof name, "expanding_%u", made++);
  const tine_kernel_desc d = {
      .size = sizeof d, .name = name, .signatures = &signature, .signature_count = 1, .flags = TINE_EXPANDS};
  if (registry == NULL)
    CHECK_INT(tine_registry_create(&registry, NULL), TINE_OK);
  CHECK_INT(tine_kernel_register(registry, &d, NULL), TINE_OK);
  return tine_kernel_find(registry, name, NULL);
}

static void end_kernels(void) {
  tine_registry_release(registry);
  registry = NULL;
}

/* fn of the numbers 0 to n-1 and a constant, on a pool, cut in some way. */
static tine_pipeline *expanded(tine_kernel *k, int64_t n, int64_t constant, unsigned cut) {
  const tine_value c = tine_i64(constant);
  tine_pipeline *p = tine_flat_map(tine_range(0, n - 1, 1), k, &c, 1);
  p = tine_on(p, pools[cut % POOLS]);
  return cut / POOLS % 3 == 0 ? p : cut / POOLS % 3 == 1 ? tine_max_len(p, 3) : tine_sequential(p);
}
enum { CUTS = 3 * POOLS };

/* ===== Values ===== */

static void check_count_up(tine_kernel *k, int64_t n, int64_t each, unsigned cut) {
  tine_pipeline *p = expanded(k, n, each, cut);
  tine_array *a = NULL;
  tine_value sum;
  uint64_t count = 0;
  CHECK_INT(tine_pipeline_kind(p), TINE_PARALLEL);
  CHECK_INT(tine_count(p, &count, NULL), TINE_OK);
  CHECK_INT(count, n * each);
  CHECK_INT(tine_sum(p, &sum, NULL), TINE_OK);
  CHECK_INT(sum.as.i, n * each * (n * each - 1) / 2);
  if (CHECK_INT(tine_collect(p, &a, NULL), TINE_OK)) {
    bool same = tine_array_len(a) == count;
    for (uint64_t i = 0; same && i < count; i++)
      same = ((const int64_t *)tine_array_data(a))[i] == (int64_t)i;
    CHECK(same);
  }
  tine_array_release(a);
  tine_pipeline_release(p);
}

static void any_number_of_values_in_order(void) {
  begin_pools();
  tine_kernel *k[] = {expanding("i64 i64 -> i64", in_one_room), expanding("i64 i64 -> i64", in_portions),
                      expanding("i64 i64 -> i64", one_by_one)};
  for (unsigned cut = 0; cut < CUTS; cut++)
    for (int i = 0; i < 3; i++) {
      check_count_up(k[i], 2000, 0, cut);
      check_count_up(k[i], 1, 1, cut);
      check_count_up(k[i], 3000, 7, cut);
      check_count_up(k[i], 5, 1024, cut);
      check_count_up(k[i], 9, 5000, cut);
    }
  for (unsigned cut = 0; cut < POOLS; cut++)
    for (int i = 0; i < 3; i++)
      check_count_up(k[i], 3, 1000000, cut);
  end_kernels();
  end_pools();
}

static void columns_of_different_sizes(void) {
  begin_pools();
  tine_kernel *k = expanding("i64 -> bool f32", two_columns);
  for (unsigned i = 0; i < POOLS; i++) {
    tine_pipeline *p = tine_on(tine_flat_map(tine_range(1, 1500, 1), k, NULL, 0), pools[i]);
    tine_array *a[2] = {NULL, NULL};
    uint64_t at = 0, wrong = 0;
    if (CHECK_INT(tine_collect(p, a, NULL), TINE_OK)) {
      const bool *even = tine_array_data(a[0]);
      const float *f = tine_array_data(a[1]);
      CHECK_INT(tine_array_len(a[0]), 1500 * 1501 / 2);
      for (int64_t x = 1; x <= 1500; x++)
        for (int64_t j = 0; j < x; j++, at++)
          wrong += even[at] != (j % 2 == 0) || f[at] != (float)(x + j);
      CHECK_INT(wrong, 0);
    }
    tine_array_release(a[0]);
    tine_array_release(a[1]);
    tine_pipeline_release(p);
  }
  end_kernels();
  end_pools();
}

static void repeat_and_span(void) {
  double x[] = {0.5, -0.0, 2, 1e300};
  int64_t n[] = {2, 1, 0, -3}, last[] = {4, 1, -1, 3};
  tine_array *xs = tine_slice_of(TINE_F64, x, 4, 8), *ns = tine_slice_of(TINE_I64, n, 4, 8), *out = NULL;
  tine_array *ls = tine_slice_of(TINE_I64, last, 4, 8);
  tine_pipeline *p = tine_flat_map(tine_zip(tine_slice(xs), tine_slice(ns)), kernel("repeat"), NULL, 0);
  CHECK_INT(tine_collect(p, &out, NULL), TINE_OK);
  if (CHECK_INT(tine_array_len(out), 3)) {
    CHECK_F64(tine_array_get(out, 0).as.f, 0.5);
    CHECK_F64(tine_array_get(out, 2).as.f, -0.0);
  }
  tine_array_release(out);
  tine_pipeline_release(p);
  p = tine_flat_map(tine_zip(tine_slice(ns), tine_slice(ls)), kernel("span"), NULL, 0);
  CHECK_INT(tine_collect(p, &out, NULL), TINE_OK);
  const int64_t want[] = {2, 3, 4, 1, -3, -2, -1, 0, 1, 2, 3};
  if (CHECK_INT(tine_array_len(out), 11))
    for (int i = 0; i < 11; i++)
      CHECK_INT(tine_array_get(out, (uint64_t)i).as.i, want[i]);
  tine_array_release(out);
  tine_pipeline_release(p);
  tine_array_release(xs);
  tine_array_release(ns);
  tine_array_release(ls);
}

/* ===== Broken rules ===== */

static void fails_with(tine_kernel *k, tine_status want, uint64_t item, const char *part) {
  for (unsigned cut = 0; cut < CUTS; cut++) {
    tine_pipeline *p = expanded(k, 3000, (int64_t)item, cut);
    tine_array *a = NULL;
    tine_error err = {.status = TINE_OK};
    uint64_t n;
    CHECK_INT(tine_collect(p, &a, &err), want);
    CHECK(a == NULL);
    CHECK_INT(err.item, item);
    CHECK_CONTAINS(err.message, part);
    CHECK_CONTAINS(err.message, "flat_map");
    CHECK_INT(tine_count(p, &n, NULL), want);
    tine_pipeline_release(p);
  }
}

static void broken_rules_are_errors_of_the_item(void) {
  begin_pools();
  fails_with(expanding("i64 i64 -> i64", writes_past), TINE_EKERNEL, 1234, "1235");
  fails_with(expanding("i64 i64 -> i64", fails_midway), (tine_status)(TINE_EUSER + 9), 2048, "midway");
  end_kernels();
  end_pools();
}

static void items_out_of_order_are_refused(void) {
  begin_pools();
  tine_kernel *k = expanding("i64 i64 -> i64", goes_back);
  tine_pipeline *p = tine_sequential(expanded(k, 3000, 2000, 0));
  tine_error err;
  uint64_t n;
  CHECK_INT(tine_count(p, &n, &err), TINE_EKERNEL);
  CHECK_CONTAINS(err.message, "order");
  tine_pipeline_release(p);
  end_kernels();
  end_pools();
}

/* ===== Ends ===== */

static void a_take_behind_ends_it(void) {
  begin_pools();
  tine_kernel *k[] = {expanding("i64 i64 -> i64", never_minds), expanding("i64 i64 -> i64", in_one_room),
                      expanding("i64 i64 -> i64", in_portions)};
  for (unsigned cut = 0; cut < CUTS; cut++)
    for (int i = 0; i < 3; i++) {
      tine_pipeline *p = tine_take(expanded(k[i], INT64_C(1000000000000000), i == 0 ? 1 : 3000, cut), 1500);
      tine_array *a = NULL;
      tine_value sum;
      CHECK_INT(tine_pipeline_kind(p), TINE_BOUNDED);
      CHECK_INT(tine_sum(p, &sum, NULL), TINE_OK);
      CHECK_INT(sum.as.i, 1500 * 1499 / 2);
      if (CHECK_INT(tine_collect(p, &a, NULL), TINE_OK))
        CHECK_INT(tine_array_len(a), 1500);
      tine_array_release(a);
      tine_pipeline_release(p);
    }
  end_kernels();
  end_pools();
}

/* ===== Memory ===== */

#ifdef TI_HOSTILE
enum { TIMES = 3 }; /* blocks of random sizes leave room unused */
#else
enum { TIMES = 2 };
#endif

static void collecting_takes_twice_the_result_at_most(void) {
  enum { ITEMS = 1000000, EACH = 10 };
  const size_t result = (size_t)ITEMS * EACH * sizeof(int64_t);
  for (unsigned i = 0; i < POOLS; i++) {
    if (!begin_peak())
      return;
    tine_pool *pool = new_pool(threads[i]);
    const tine_value each = tine_i64(EACH);
    tine_kernel *k = expanding("i64 i64 -> i64", repeats); /* of the host's: nobody can tell what it will give */
    tine_pipeline *p = tine_on(tine_flat_map(tine_range(1, ITEMS, 1), k, &each, 1), pool);
    tine_array *a = NULL;
    CHECK_INT(tine_collect(p, &a, NULL), TINE_OK);
    CHECK_INT(tine_array_len(a), ITEMS * EACH);
    CHECK(peak_most <= TIMES * result + (8u << 20));
    tine_array_release(a);
    tine_pipeline_release(p);
    tine_pool_destroy(pool);
    end_kernels();
    end_peak();
  }
}

static void streaming_takes_little(void) {
  for (unsigned n = 1; n <= 3; n++) {
    if (!begin_peak())
      return;
    tine_pool *pool = new_pool(n);
    const tine_value each = tine_i64(10);
    tine_pipeline *p = tine_on(tine_flat_map(tine_range(1, 3000000, 1), kernel("repeat"), &each, 1), pool);
    tine_stream *s = NULL;
    tine_columns block;
    uint64_t items = 0;
    CHECK_INT(tine_stream_create(&s, p, NULL), TINE_OK);
    while (tine_stream_next(s, &block, NULL) == TINE_OK && block.n > 0)
      items += block.n;
    CHECK_INT(items, 30000000);
    CHECK(peak_most <= 64u << 20); /* of 240 MB */
    tine_stream_destroy(s);
    tine_pipeline_release(p);
    tine_pool_destroy(pool);
    end_peak();
  }
}

CHECK_SUITE(api_flat_map, CHECK_CASE(any_number_of_values_in_order), CHECK_CASE(columns_of_different_sizes),
            CHECK_CASE(repeat_and_span), CHECK_CASE(broken_rules_are_errors_of_the_item),
            CHECK_CASE(items_out_of_order_are_refused), CHECK_CASE(a_take_behind_ends_it),
            CHECK_CASE(collecting_takes_twice_the_result_at_most), CHECK_CASE(streaming_takes_little))
