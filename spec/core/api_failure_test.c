/*
** How kernels fail by core/tine.h, those of blocks and those of single items: the run returns the very code, and tells
** the lowest item, the stage and the kernel's message, the same on every run and whatever the threads.
*/
#include "../../core/tine.h"
#include "check.h"

enum { FAILING = 300000 };

/* ===== Kernels ===== */

/* Fails with code TINE_EUSER + 9 at negative items. */
static int digits(tine_block *block) {
  for (size_t i = 0; i < block->n; i++) {
    const int64_t a = TINE_AT(int64_t, block->in[0], block->in_stride[0], i);
    if (a < 0)
      return tine_block_fail(block, TINE_EUSER + 9, i, "bad digit");
    ((int64_t *)block->out[0])[i] = a;
  }
  return 0;
}

static int digits_item(const void *env, const void *const *in, void *const *out, const char **message) {
  (void)env;
  if (*(const int64_t *)in[0] < 0) {
    *message = "bad digit";
    return TINE_EUSER + 9;
  }
  *(int64_t *)out[0] = *(const int64_t *)in[0];
  return 0;
}

static int codeless(tine_block *block) {
  return tine_block_fail(block, 0, 0, NULL);
}

static int speechless(const void *env, const void *const *in, void *const *out, const char **message) {
  (void)env, (void)in, (void)out, (void)message;
  return TINE_EKERNEL;
}

static _Atomic int visits[FAILING];

/* Notes that item a was here; fails at the items that b says. */
static int visit(tine_block *block) {
  for (size_t i = 0; i < block->n; i++) {
    if (TINE_AT(int64_t, block->in[1], block->in_stride[1], i) < 0)
      return tine_block_fail(block, TINE_EUSER, i, "closed");
    visits[TINE_AT(int64_t, block->in[0], block->in_stride[0], i)]++;
  }
  return 0;
}

/* The larger; fails where they differ by one. */
static int larger(const void *env, const void *const *in, void *const *out, const char **message) {
  const int64_t a = *(const int64_t *)in[0], b = *(const int64_t *)in[1];
  (void)env;
  *(int64_t *)out[0] = a > b ? a : b;
  *message = "a and b differ by one";
  return a - b == 1 || b - a == 1 ? TINE_EUSER + 5 : 0;
}

static const struct {
  const char *name;
  tine_kernel_signature signature;
} kernels[] = {{"digits", {"i64 -> i64", digits, NULL}},     {"digits_item", {"i64 -> i64", NULL, digits_item}},
               {"codeless", {"i64 -> i64", codeless, NULL}}, {"speechless", {"i64 -> i64", NULL, speechless}},
               {"visit", {"i64 i64 ->", visit, NULL}},       {"larger", {"i64 i64 -> i64", NULL, larger}}};

static tine_registry *registry;

static bool start(void) {
  registry = NULL;
  if (!CHECK(tine_registry_create(&registry, NULL) == TINE_OK))
    return false;
  for (size_t i = 0; i < sizeof kernels / sizeof kernels[0]; i++) {
    const tine_kernel_desc desc = {
        .size = sizeof desc, .name = kernels[i].name, .signatures = &kernels[i].signature, .signature_count = 1};
    CHECK_INT(tine_kernel_register(registry, &desc, NULL), TINE_OK);
  }
  return true;
}

static tine_pipeline *map(tine_pipeline *p, const char *kernel) {
  return tine_map(p, tine_kernel_find(registry, kernel, NULL), NULL, 0);
}

/* ===== Cases ===== */

/* -1 at several items of 'FAILING', 0 elsewhere; the lowest is 'lowest'. */
static tine_array *with_failures(uint64_t lowest) {
  tine_array *a = NULL;
  CHECK_INT(tine_array_create(&a, TINE_I64, FAILING, NULL), TINE_OK);
  for (int k = 0; k < 20; k++)
    tine_array_set(a, lowest + check_below(FAILING - lowest), tine_i64(-1), NULL);
  tine_array_set(a, lowest, tine_i64(-1), NULL);
  return a;
}

static void the_lowest_failing_item_is_reported(void) {
  static const char *const names[] = {"digits", "digits_item"};
  if (!start())
    return;
  for (int round = 0; round < 40; round++) {
    const uint64_t lowest = check_below(FAILING);
    tine_array *a = with_failures(lowest);
    tine_pipeline *p = map(tine_slice(a), names[round % 2]);
    tine_error err;
    tine_value sum;
    tine_pipeline_where(p, "job.c:17");
    CHECK_INT(tine_sum(p, &sum, &err), TINE_EUSER + 9);
    CHECK_INT(err.status, TINE_EUSER + 9);
    CHECK_INT(err.item, lowest);
    CHECK_CONTAINS(err.message, round % 2 == 0 ? "kernel 'digits' failed at item" : "kernel 'digits_item' failed at");
    CHECK_CONTAINS(err.message, "(stage 2 'map', built at job.c:17): bad digit");
    tine_pipeline_release(p);
    tine_array_release(a);
  }
  tine_registry_release(registry);
}

/* More threads than this machine has, so that a failing part is joined with parts that were done far behind it. */
static void failures_meet_on_many_threads(void) {
  const tine_pool_options options = {.size = sizeof options, .threads = 16};
  tine_pool *pool = NULL;
  if (!start())
    return;
  CHECK_STOP(tine_pool_create(&pool, &options, NULL) == TINE_OK);
  for (int round = 0; round < 20; round++) {
    const uint64_t lowest = FAILING / 3 + check_below(FAILING / 4);
    tine_array *a = NULL;
    CHECK_STOP(tine_array_create(&a, TINE_I64, FAILING, NULL) == TINE_OK);
    tine_array_set(a, lowest, tine_i64(-1), NULL);
    tine_pipeline *p = tine_on(map(tine_slice(a), "digits"), pool);
    for (int again = 0; again < 50; again++) {
      tine_error err;
      tine_value sum;
      CHECK_INT(tine_sum(p, &sum, &err), TINE_EUSER + 9);
      CHECK_INT(err.item, lowest);
    }
    tine_pipeline_release(p);
    tine_array_release(a);
  }
  tine_pool_destroy(pool);
  tine_registry_release(registry);
}

/* As the plain loop over items would: what fails first there is what is told, in whichever stage. */
static void the_first_error_of_the_loop_is_told(void) {
  tine_error err;
  uint64_t n;
  if (!start())
    return;
  tine_array *a = with_failures(2000), *b = with_failures(1999);
  tine_pipeline *p = map(tine_zip(map(tine_slice(a), "digits"), tine_slice(b)), "larger"); /* 0 and -1 at 1999 */
  CHECK_INT(tine_count(p, &n, &err), TINE_EUSER + 5);
  CHECK_INT(err.item, 1999);
  CHECK_CONTAINS(err.message, "a and b differ by one");
  tine_pipeline_release(p);
  p = map(tine_zip(map(tine_slice(b), "digits"), tine_slice(a)), "larger"); /* the digit comes before */
  CHECK_INT(tine_count(p, &n, &err), TINE_EUSER + 9);
  CHECK_INT(err.item, 1999);
  tine_pipeline_release(p);
  p = tine_zip(map(tine_slice(a), "digits"), map(tine_slice(b), "digits_item"));
  CHECK_INT(tine_count(p, &n, &err), TINE_EUSER + 9);
  CHECK_INT(err.item, 1999);
  CHECK_CONTAINS(err.message, "'digits_item'");
  tine_pipeline_release(p);
  tine_array_release(a);
  tine_array_release(b);
  tine_registry_release(registry);
}

/* Behind a failure that a shorter length cuts off, nothing is evaluated; and a run may follow one that failed. */
static void what_is_cut_off_cannot_fail(void) {
  tine_error err;
  uint64_t n = 0;
  if (!start())
    return;
  tine_array *a = with_failures(5000);
  tine_pipeline *p = map(tine_slice(a), "digits");
  tine_pipeline *taken = tine_take(tine_pipeline_retain(p), 5000);
  tine_pipeline *zipped = tine_zip(tine_range(1, 5000, 1), tine_pipeline_retain(p));
  for (int round = 0; round < 5; round++) {
    CHECK_INT(tine_count(p, &n, &err), TINE_EUSER + 9);
    CHECK_INT(err.item, 5000);
    CHECK_INT(tine_count(taken, &n, NULL), TINE_OK);
    CHECK_INT(n, 5000);
    CHECK_INT(tine_count(zipped, &n, NULL), TINE_OK);
  }
  tine_pipeline_release(taken);
  tine_pipeline_release(zipped);
  tine_pipeline_release(p);
  tine_array_release(a);
  tine_registry_release(registry);
}

/* The items before the lowest failing one are done, and no item is done twice. */
static void what_lies_before_is_done_once(void) {
  tine_error err;
  if (!start())
    return;
  for (int round = 0; round < 10; round++) {
    const uint64_t lowest = check_below(FAILING);
    int missed = 0, repeated = 0;
    tine_array *a = with_failures(lowest);
    tine_pipeline *p = tine_zip(tine_range(0, FAILING - 1, 1), tine_slice(a));
    for (size_t i = 0; i < FAILING; i++)
      visits[i] = 0;
    CHECK_INT(tine_for_each(p, tine_kernel_find(registry, "visit", NULL), NULL, 0, &err), TINE_EUSER);
    CHECK_INT(err.item, lowest);
    for (size_t i = 0; i < FAILING; i++) {
      missed += i < lowest && visits[i] == 0;
      repeated += visits[i] > 1;
    }
    CHECK_INT(missed, 0);
    CHECK_INT(repeated, 0);
    tine_pipeline_release(p);
    tine_array_release(a);
  }
  tine_registry_release(registry);
}

/* Every terminal tells the same; collect leaves no array behind. */
static void every_terminal_reports_it(void) {
  tine_value v[2];
  tine_error err;
  uint64_t n;
  if (!start())
    return;
  tine_array *a = with_failures(123456), *out = a;
  tine_pipeline *p = map(tine_slice(a), "digits");
  typedef tine_status fold(tine_pipeline *, tine_value *, tine_error *);
  static fold *const folds[] = {tine_sum, tine_product, tine_mean, tine_var, tine_std};
  for (size_t i = 0; i < sizeof folds / sizeof folds[0]; i++) {
    CHECK_INT(folds[i](p, v, &err), TINE_EUSER + 9);
    CHECK_INT(err.item, 123456);
  }
  CHECK_INT(tine_min(p, v, &n, &err), TINE_EUSER + 9);
  CHECK_INT(tine_max(p, v, NULL, &err), TINE_EUSER + 9);
  CHECK_INT(tine_minmax(p, v, v + 1, &err), TINE_EUSER + 9);
  CHECK_INT(tine_reduce(p, tine_kernel_find(NULL, "add", NULL), NULL, v, &err), TINE_EUSER + 9);
  CHECK_INT(tine_for_each(p, tine_kernel_find(NULL, "neg", NULL), NULL, 0, &err), TINE_EUSER + 9);
  CHECK_INT(tine_collect(p, &out, &err), TINE_EUSER + 9);
  CHECK(out == NULL);
  CHECK_INT(err.item, 123456);
  CHECK_STOP(tine_array_create(&out, TINE_I64, FAILING, NULL) == TINE_OK);
  CHECK_INT(tine_collect_into(p, &out, 1, &err), TINE_EUSER + 9);
  CHECK_INT(tine_collect_range(p, 123400, 100, &out, 1, &err), TINE_EUSER + 9);
  CHECK_INT(err.item, 123456);
  CHECK_INT(tine_collect_range(p, 123300, 156, &out, 1, NULL), TINE_OK);
  tine_array_release(out);
  tine_pipeline_release(p);
  tine_array_release(a);
  tine_registry_release(registry);
}

static void codes_and_messages_are_optional(void) {
  tine_error err;
  uint64_t n;
  if (!start())
    return;
  tine_pipeline *p = map(tine_range(1, 10, 1), "codeless"), *q = map(tine_range(1, 10, 1), "speechless");
  CHECK_INT(tine_count(p, &n, &err), TINE_EKERNEL);
  CHECK_INT(err.item, 0);
  CHECK_CONTAINS(err.message, "kernel 'codeless' failed at item");
  CHECK_INT(tine_count(q, &n, &err), TINE_EKERNEL);
  CHECK_INT(err.item, 0);
  CHECK_CONTAINS(err.message, "kernel 'speechless' failed at item");
  tine_pipeline_release(p);
  tine_pipeline_release(q);
  tine_registry_release(registry);
}

CHECK_SUITE(api_failure, CHECK_CASE(the_lowest_failing_item_is_reported), CHECK_CASE(failures_meet_on_many_threads),
            CHECK_CASE(the_first_error_of_the_loop_is_told), CHECK_CASE(what_is_cut_off_cannot_fail),
            CHECK_CASE(what_lies_before_is_done_once), CHECK_CASE(every_terminal_reports_it),
            CHECK_CASE(codes_and_messages_are_optional))
