/*
** Expressions by core/tine.h: kernels of the host within them, which may fail; one expression that many threads give to
** columns of every type at once; how deep they may be; programs that there are too few registers and rooms for.
*/
#include "pool_set.h"
#include "ration.h"

enum { ITEMS = 5000 };

/* ----- Kernels of the host ----- */

static _Atomic unsigned dropped;

static void drop_limit(void *env) {
  (void)env;
  dropped++;
}

/* Half of an even number below a limit; odd ones fail. */
static int half_item(const void *env, const void *const *in, void *const *out, const char **message) {
  const int64_t x = *(const int64_t *)in[0];
  *message = x % 2 != 0 ? "odd" : "too large";
  *(int64_t *)out[0] = x / 2;
  return x % 2 != 0 ? TINE_EUSER : x >= *(const int64_t *)env ? TINE_EUSER + 1 : 0;
}

static int half_block(tine_block *block) {
  for (size_t i = 0; i < block->n; i++) {
    const void *const in = (const char *)block->in[0] + (ptrdiff_t)i * block->in_stride[0];
    void *const out = (int64_t *)block->out[0] + i;
    const char *message;
    const int code = half_item(block->env, &in, &out, &message);
    if (code != 0)
      return tine_block_fail(block, code, i, message);
  }
  return 0;
}

/* An expression of 'half', the only one that still holds the kernel and its limit. */
static tine_kernel *expression_of_half(const char *text, bool by_item, int64_t limit) {
  const tine_kernel_signature signature = {"i64 -> i64", by_item ? NULL : half_block, by_item ? half_item : NULL};
  const tine_kernel_desc d = {.size = sizeof d,
                              .name = "half",
                              .signatures = &signature,
                              .signature_count = 1,
                              .env = &limit,
                              .env_size = sizeof limit,
                              .drop = drop_limit};
  tine_registry *registry = NULL;
  tine_kernel *k = NULL;
  CHECK_INT(tine_registry_create(&registry, NULL), TINE_OK);
  CHECK_INT(tine_kernel_register(registry, &d, NULL), TINE_OK);
  CHECK_INT(tine_kernel_parse(&k, registry, text, NULL, 0, 0, NULL), TINE_OK);
  tine_registry_release(registry);
  return k;
}

typedef struct half_case {
  const char *text;
  int64_t limit;
  int failed; /* the item; -1: none */
  int code;
  const char *message;
  int64_t sum; /* of 1 for true */
} half_case;

/* Over 0 to ITEMS - 1, so an item is its position. */
static void kernels_of_the_host_fail_where_they_count(void) {
  static const half_case cases[] = {
      {"i64(x % 2 == 0 and half(x) < 10)", ITEMS, -1, 0, "", 10},
      {"i64(x % 2 ~= 0 or half(x) < 10)", ITEMS, -1, 0, "", 2500 + 10},
      {"half(2*x) - x", 2 * ITEMS, -1, 0, "", 0},
      {"half(x)", ITEMS, 1, TINE_EUSER, "odd", 0},
      {"half(2*x)", 3000, 1500, TINE_EUSER + 1, "too large", 0},
      {"half(2*x) + half(x - x % 2)", 3000, 1500, TINE_EUSER + 1, "too large", 0},
      {"half(x - x % 2 + x // 4001) + half(2*x)", 2 * ITEMS, 4001, TINE_EUSER, "odd", 0},
      {"half(2*x) + half(x)", 2, 1, TINE_EUSER + 1, "too large", 0}, /* of two at one item the first in the text */
      {"half(x) + half(2*x)", 2, 1, TINE_EUSER, "odd", 0},
      {"i64(x > 4000 or half(2*x) >= 0)", 8002, -1, 0, "", ITEMS},
      {"i64(x > 4000 or half(2*x) >= 0)", 7000, 3500, TINE_EUSER + 1, "too large", 0},
      {"i64(x % 2 == 0 and (x < 4 or half(x) + 7 // (x - 4) > 0))", ITEMS, 4, TINE_EKERNEL, "", 0},
  };
  begin_pools();
  for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++)
    for (unsigned i = 0; i < 2 * POOLS; i++) {
      const half_case *const c = &cases[k];
      tine_kernel *const half = expression_of_half(c->text, i >= POOLS, c->limit);
      tine_pipeline *p = tine_on(tine_map(tine_range(0, ITEMS - 1, 1), half, NULL, 0), pools[i % POOLS]);
      tine_error err = {.status = TINE_OK};
      tine_value sum = tine_i64(-1);
      const unsigned before = dropped;
      tine_kernel_release(half);
      CHECK_INT(tine_sum(p, &sum, &err), c->failed < 0 ? TINE_OK : (tine_status)c->code);
      if (c->failed < 0)
        CHECK_INT(sum.as.i, c->sum);
      else
        CHECK_INT(err.item, (uint64_t)c->failed);
      CHECK_CONTAINS(c->failed < 0 ? "" : err.message, c->message);
      CHECK_INT(dropped, before);
      tine_pipeline_release(p);
      CHECK_INT(dropped, before + 1);
    }
  end_pools();
}

/* ----- Many threads ----- */

static struct {
  tine_kernel *k;
  tine_array *column[TINE_DTYPE_END];
  _Atomic unsigned wrong, done;
} shared;

/* The sum of 2*x + 1 over a column of 0 to 60 of that type; a constant of i64 adapts to what it stands beside. */
static bool right_of(tine_dtype d) {
  tine_pipeline *const p = tine_map(tine_slice(shared.column[d]), shared.k, NULL, 0);
  tine_value sum = tine_i64(0);
  const tine_status status = tine_sum(p, &sum, NULL);
  const double got = sum.dtype == TINE_F64 ? sum.as.f : sum.dtype == TINE_U64 ? (double)sum.as.u : (double)sum.as.i;
  tine_pipeline_release(p);
  return status == TINE_OK && got == 2 * 1830 + 61;
}

static void binds(void *arg, unsigned worker) {
  (void)arg;
  for (unsigned i = 0; i < 4 * TINE_DTYPE_END; i++) {
    const tine_dtype d = (tine_dtype)((i + worker) % TINE_DTYPE_END);
    shared.wrong += shared.column[d] != NULL && !right_of(d);
  }
  shared.done++;
}

static void many_threads_bind_one_expression(void) {
  for (unsigned round = 0; round < 20; round++) {
    const tine_pool_options options = {.size = sizeof options, .threads = 6, .on_start = binds};
    tine_pool *workers = NULL;
    CHECK_INT(tine_kernel_parse(&shared.k, NULL, "2*x + 1", NULL, 0, 0, NULL), TINE_OK);
    for (tine_dtype d = TINE_U8; d < TINE_DTYPE_END; d++) {
      tine_pipeline *const p = tine_cast(tine_range(0, 60, 1), d, TINE_CAST_EXACT);
      CHECK_INT(tine_collect(p, &shared.column[d], NULL), TINE_OK);
      tine_pipeline_release(p);
    }
    CHECK_STOP(tine_pool_create(&workers, &options, NULL) == TINE_OK);
    binds(NULL, 0);
    tine_pool_destroy(workers);
    CHECK_INT(shared.wrong, 0);
    CHECK(shared.done >= round + 1);
    for (tine_dtype d = TINE_U8; d < TINE_DTYPE_END; d++) {
      tine_array_release(shared.column[d]);
      shared.column[d] = NULL;
    }
    tine_kernel_release(shared.k);
  }
}

/* ----- Deep ones ----- */

enum { DEEP_TEXT = 16384 };

/* In each other's right sides, which may fail: n times. */
static void make_deep(char *text, unsigned n) {
  size_t used = 0;
  for (unsigned i = 0; i < n; i++)
    used += (size_t)snprintf(text + used, DEEP_TEXT - used, "x ~= %u and (", i % 7);
  used += (size_t)snprintf(text + used, DEEP_TEXT - used, "60 // ((x%%7)*(x-1)) < 3");
  for (unsigned i = 0; i < n; i++)
    used += (size_t)snprintf(text + used, DEEP_TEXT - used, ")");
}

static void two_hundred_guards_and_no_more(void) {
  static char text[DEEP_TEXT];
  for (unsigned n = 7; n <= 201; n += n == 7 ? 193 : 1) {
    tine_kernel *k = NULL;
    tine_error err = {.status = TINE_OK};
    uint64_t count = 0;
    make_deep(text, n);
    CHECK_INT(tine_kernel_parse(&k, NULL, text, NULL, 0, 0, NULL), TINE_OK);
    tine_pipeline *const p = tine_filter(tine_range(0, ITEMS - 1, 1), k, NULL, 0);
    CHECK_INT(tine_pipeline_check(p, &err), n > 200 ? TINE_ERANGE : TINE_OK);
    CHECK_CONTAINS(err.message, n > 200 ? "more than 200 'and' and 'or'" : "");
    if (n <= 200) { /* 7 is the first that fails */
      CHECK_INT(tine_count(p, &count, &err), TINE_EKERNEL);
      CHECK_INT(err.item, 7);
    }
    tine_pipeline_release(p);
    tine_kernel_release(k);
  }
}

/* ----- Programs that do not fit ----- */

/* n levels: of 'fma', whose constants a program holds in rooms of which there are few; or of five operations each. */
static void make_levels(char *text, unsigned n, bool fma) {
  size_t used = 0;
  for (unsigned i = 0; i < n; i++)
    used += fma ? (size_t)snprintf(text + used, DEEP_TEXT - used, "fma(")
                : (size_t)snprintf(text + used, DEEP_TEXT - used, "(x*%u.5 - sqrt(x + %u)) + (", i, i + 1);
  used += (size_t)snprintf(text + used, DEEP_TEXT - used, "x");
  for (unsigned i = 0; i < n; i++)
    used += fma ? (size_t)snprintf(text + used, DEEP_TEXT - used, ", 0.%u, -%u.25)", i + 1, i)
                : (size_t)snprintf(text + used, DEEP_TEXT - used, ")");
}

/* Nobody sees whether a program fits or not, but that it would be tried again. */
static void second_runs_ask_for_no_memory(void) {
  static char text[DEEP_TEXT];
  if (!ration())
    return;
  for (unsigned n = 1; n <= 12; n++)
    for (unsigned fma = 0; fma < 2; fma++) {
      tine_kernel *k = NULL;
      tine_value first = tine_f64(0), again = tine_f64(1);
      make_levels(text, n, fma != 0);
      CHECK_INT(tine_kernel_parse(&k, NULL, text, NULL, 0, 0, NULL), TINE_OK);
      tine_pipeline *const p = tine_sequential(tine_map(tine_range_f64(0, ITEMS - 1, 1), k, NULL, 0));
      CHECK_INT(tine_sum(p, &first, NULL), TINE_OK);
      allocations_left = 0;
      CHECK_INT(tine_sum(p, &again, NULL), TINE_OK);
      CHECK(allocations_left == 0 && again.as.f == first.as.f);
      allocations_left = INT64_MAX;
      tine_pipeline_release(p);
      tine_kernel_release(k);
    }
  end_ration();
}

CHECK_SUITE(api_expression, CHECK_CASE(kernels_of_the_host_fail_where_they_count),
            CHECK_CASE(many_threads_bind_one_expression), CHECK_CASE(two_hundred_guards_and_no_more),
            CHECK_CASE(second_runs_ask_for_no_memory))
