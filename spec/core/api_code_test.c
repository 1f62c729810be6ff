/*
** Codes at every boundary: whatever a function of the host's returns for a failure ends the run, as what tine.h says,
** and is never taken for an end, a cancelling or a success.
*/
#include "../../core/tine.h"
#include "check.h"

enum { ITEMS = 10000, BAD = 4999 };

/* Returned; what the run gives. */
static const struct {
  int returned;
  int reported;
} codes[] = {
    {-1, TINE_EKERNEL},
    {-2, TINE_EKERNEL},
    {INT32_MIN, TINE_EKERNEL},
    {INT32_MIN + 1, TINE_EKERNEL},
    {TINE_STATUS_END, TINE_EKERNEL},
    {TINE_EKERNEL, TINE_EKERNEL},
    {TINE_ENOMEM, TINE_ENOMEM},
    {TINE_ETYPE, TINE_ETYPE},
    {TINE_ECANCELED, TINE_ECANCELED},
    {TINE_ETIMEOUT, TINE_ETIMEOUT},
    {99, 99},
    {TINE_EUSER, TINE_EUSER},
    {TINE_EUSER + 7, TINE_EUSER + 7},
    {TINE_STATUS_END - 1, TINE_STATUS_END - 1},
};
enum { CODES = sizeof codes / sizeof codes[0] };

static int code;           /* what the functions below return at item BAD */
static const char *reason; /* with it, or NULL */

static int at_bad(tine_block *b, uint64_t first, void (*item)(tine_block *, size_t)) {
  for (size_t i = 0; i < b->n; i++) {
    if (first + i == BAD)
      return tine_block_fail(b, code, i, reason);
    if (item != NULL)
      item(b, i);
  }
  return 0;
}

/* ===== Kernels ===== */

static void copy_item(tine_block *b, size_t i) {
  ((int64_t *)b->out[0])[i] = TINE_AT(int64_t, b->in[0], b->in_stride[0], i);
}
static int block_kernel(tine_block *b) {
  return at_bad(b, b->first, copy_item);
}
static void true_item(tine_block *b, size_t i) {
  ((bool *)b->out[0])[i] = true;
}
static int predicate(tine_block *b) {
  return at_bad(b, b->first, true_item);
}
static void option_item(tine_block *b, size_t i) {
  copy_item(b, i);
  ((bool *)b->out[1])[i] = true;
}
static int option(tine_block *b) {
  return at_bad(b, b->first, option_item);
}
static int effect(tine_block *b) {
  return at_bad(b, b->first, NULL);
}
static void emit_item(tine_block *b, size_t i) {
  void *const *out = tine_block_emit(b, i, 1);
  if (out != NULL)
    *(int64_t *)out[0] = TINE_AT(int64_t, b->in[0], b->in_stride[0], i);
}
static int expanding(tine_block *b) {
  const int failed = at_bad(b, b->first, emit_item);
  return failed != 0 ? failed : tine_block_emitted(b);
}
static int item_kernel(const void *env, const void *const *in, void *const *out, const char **message) {
  (void)env;
  *message = reason;
  if (*(const int64_t *)in[0] == BAD + 1)
    return code;
  *(int64_t *)out[0] = *(const int64_t *)in[0];
  return 0;
}
/* Fails where both sides hold BAD or more; sums elsewhere. */
static int joining(tine_block *b) {
  for (size_t i = 0; i < b->n; i++) {
    const int64_t x = TINE_AT(int64_t, b->in[0], b->in_stride[0], i),
                  y = TINE_AT(int64_t, b->in[1], b->in_stride[1], i);
    if (x == BAD || y == BAD)
      return tine_block_fail(b, code, i, reason);
    ((int64_t *)b->out[0])[i] = x > y ? x : y;
  }
  return 0;
}
static tine_status no_state(const void *env, void *state) {
  (void)env, (void)state;
  return (tine_status)code;
}

static tine_kernel *make(tine_registry *r, const char *name, const char *types, tine_kernel_fn *block,
                         tine_item_fn *item, unsigned flags) {
  const tine_kernel_signature s = {types, block, item};
  tine_kernel_desc d = {.size = sizeof d, .name = name, .signatures = &s, .signature_count = 1, .flags = flags};
  if (strncmp(name, "mut", 3) == 0) {
    d.mode = TINE_FN_MUT;
    d.state_size = 8;
  }
  if (strcmp(name, "mut_stateless") == 0)
    d.init = no_state;
  CHECK_INT(tine_kernel_register(r, &d, NULL), TINE_OK);
  return tine_kernel_find(r, name, NULL);
}

typedef struct kernels {
  tine_kernel *block, *item, *mut, *stateless, *predicate, *option, *effect, *expanding, *joining;
} kernels;

static kernels make_all(tine_registry *r) {
  return (kernels){make(r, "block", "i64 -> i64", block_kernel, NULL, 0),
                   make(r, "item", "i64 -> i64", NULL, item_kernel, 0),
                   make(r, "mut", "i64 -> i64", block_kernel, NULL, 0),
                   make(r, "mut_stateless", "i64 -> i64", block_kernel, NULL, 0),
                   make(r, "predicate", "i64 -> bool", predicate, NULL, 0),
                   make(r, "option", "i64 -> i64 bool", option, NULL, 0),
                   make(r, "effect", "i64 ->", effect, NULL, 0),
                   make(r, "expanding", "i64 -> i64", expanding, NULL, TINE_EXPANDS),
                   make(r, "joining", "i64 i64 -> i64", joining, NULL, TINE_ASSOCIATIVE)};
}

/* ===== Runs ===== */

static int reported; /* what is due for 'code' */

static void is_reported(tine_status status, const tine_error *err, const char *what) {
  char said[64];
  snprintf(said, sizeof said, "it returned %d, which is no status", code);
  check_int(status, reported, what, __FILE__, __LINE__);
  check_int(err->status, reported, what, __FILE__, __LINE__);
  if (reason != NULL)
    check_contains(err->message, reason, what, __FILE__, __LINE__);
  else if (code != reported)
    check_contains(err->message, said, what, __FILE__, __LINE__);
}

/* Every kind of terminal over p, which is given up. */
static void fails_everywhere(tine_pipeline *p, const char *what) {
  tine_value v[2];
  uint64_t n;
  tine_array *a[2] = {NULL, NULL};
  tine_error err;
  tine_stream *s;
  struct tine_columns block;
  tine_status status;
  is_reported(tine_sum(p, v, &err), &err, what);
  is_reported(tine_count(p, &n, &err), &err, what);
  is_reported(tine_collect(p, a, &err), &err, what);
  is_reported(tine_unique(p, a, &err), &err, what);
  is_reported(tine_sorted(p, TINE_ASCENDING, a, &err), &err, what);
  is_reported(tine_minmax(p, v, v + 1, &err), &err, what);
  is_reported(tine_find(p, TINE_FIRST, tine_kernel_find(NULL, "isnan", NULL), NULL, 0, v, &err), &err, what);
  CHECK_STOP(tine_stream_create(&s, p, &err) == TINE_OK);
  do
    status = tine_stream_next(s, &block, &err);
  while (status == TINE_OK && block.n > 0);
  is_reported(status, &err, what);
  tine_stream_destroy(s);
  tine_pipeline_release(p);
}

static tine_pipeline *base(void) {
  return tine_range(1, ITEMS, 1);
}

static void in_kernels(const kernels *k) {
  uint64_t n;
  tine_error err;
  tine_value v[1];
  tine_array *a;
  tine_pipeline *p = base();
  fails_everywhere(tine_map(base(), k->block, NULL, 0), "map");
  fails_everywhere(tine_map(base(), k->item, NULL, 0), "map, by item");
  fails_everywhere(tine_map(base(), k->mut, NULL, 0), "map, fn_mut");
  fails_everywhere(tine_select(tine_extend(base(), k->block, NULL, 0), (unsigned[]){1}, 1), "extend");
  fails_everywhere(tine_filter(base(), k->predicate, NULL, 0), "filter");
  fails_everywhere(tine_filter_map(base(), k->option, NULL, 0), "filter_map");
  fails_everywhere(tine_positions(base(), k->predicate, NULL, 0), "positions");
  fails_everywhere(tine_take_while(base(), k->predicate, NULL, 0), "take_while");
  fails_everywhere(tine_skip_while(base(), k->predicate, NULL, 0), "skip_while");
  fails_everywhere(tine_flat_map(base(), k->expanding, NULL, 0), "flat_map");
  fails_everywhere(tine_take(tine_filter(base(), k->predicate, NULL, 0), ITEMS), "take of a filter");
  fails_everywhere(tine_chain(tine_take_while(base(), k->predicate, NULL, 0), base()), "a side of a chain");
  fails_everywhere(tine_fold_chunks(base(), 10, k->joining, NULL), "fold_chunks");
  is_reported(tine_for_each(p, k->effect, NULL, 0, &err), &err, "for_each");
  is_reported(tine_reduce(p, k->joining, NULL, v, &err), &err, "reduce");
  is_reported(tine_scan(p, k->joining, NULL, &a, &err), &err, "scan");
  tine_pipeline_release(p);
  p = tine_map(base(), k->stateless, NULL, 0);
  CHECK_INT(tine_count(p, &n, &err), reported); /* its message is the engine's */
  tine_pipeline_release(p);
}

static void in_calls(const kernels *k) {
  const tine_value bad = tine_i64(BAD + 1);
  tine_value out[TINE_MAX_OUTPUTS];
  size_t outs;
  tine_error err;
  is_reported(tine_kernel_call(k->item, &bad, 1, out, &outs, &err), &err, "tine_kernel_call");
}

/* ===== Folds, sources ===== */

static void acc_init(void *acc, const void *env) {
  (void)env;
  *(int64_t *)acc = 0;
}
static int acc_fold(void *acc, tine_block *b) {
  for (size_t i = 0; i < b->n; i++) {
    const int64_t x = TINE_AT(int64_t, b->in[0], b->in_stride[0], i);
    if (x == BAD + 1)
      return tine_block_fail(b, code, i, reason);
    *(int64_t *)acc += x;
  }
  return 0;
}
static void acc_combine(void *acc, void *right, const void *env) {
  (void)env;
  *(int64_t *)acc += *(int64_t *)right;
}

static void in_folds(void) {
  const tine_fold_desc d = {
      .size = sizeof d, .types = "i64", .acc_size = 8, .init = acc_init, .fold = acc_fold, .combine = acc_combine};
  int64_t acc;
  tine_error err;
  tine_pipeline *p = base();
  is_reported(tine_fold(p, &d, &acc, &err), &err, "tine_fold");
  tine_pipeline_release(p);
}

static void number_item(tine_block *b, size_t i) {
  ((int64_t *)b->out[0])[i] = (int64_t)(b->first + i + 1);
}
static int index_fill(tine_block *b) {
  return at_bad(b, b->first, number_item);
}

typedef struct piece {
  uint64_t lo, hi;
} piece;

static void piece_begin(const void *env, void *whole) {
  (void)env;
  *(piece *)whole = (piece){0, ITEMS};
}
static bool piece_split(const void *env, void *left, void *right) {
  piece *const l = left;
  const uint64_t middle = l->lo + (l->hi - l->lo) / 2;
  (void)env;
  if (l->hi - l->lo < 2000)
    return false;
  *(piece *)right = (piece){middle, l->hi};
  l->hi = middle;
  return true;
}
static int piece_fill(const void *env, void *of, tine_block *b) {
  piece *const p = of;
  size_t n = 0;
  (void)env;
  for (; n < b->n && p->lo < p->hi; n++, p->lo++) {
    if (p->lo == BAD)
      return tine_block_fail(b, code, n, reason);
    ((int64_t *)b->out[0])[n] = (int64_t)p->lo + 1;
  }
  b->n = n;
  return 0;
}

static void in_sources(void) {
  const tine_dtype dtype = TINE_I64;
  const tine_index_source by_index = {
      .size = sizeof by_index, .name = "index", .dtypes = &dtype, .columns = 1, .len = ITEMS, .fill = index_fill};
  const tine_split_source by_split = {.size = sizeof by_split,
                                      .name = "split",
                                      .dtypes = &dtype,
                                      .columns = 1,
                                      .kind = TINE_PARALLEL,
                                      .piece_size = sizeof(piece),
                                      .begin = piece_begin,
                                      .split = piece_split,
                                      .fill = piece_fill};
  fails_everywhere(tine_source_index(&by_index), "a source by index");
  fails_everywhere(tine_source_split(&by_split), "a source that splits");
}

/* ===== Tasks, loops, jobs ===== */

static tine_status body(tine_ctx *ctx, uint64_t lo, uint64_t hi, void *env) {
  if (lo > BAD || hi <= BAD)
    return TINE_OK;
  if (env != NULL)
    CHECK_INT(tine_fail(ctx, (tine_status)code, BAD, reason), reported);
  return (tine_status)code;
}
static void reducer_init(void *acc, void *env) {
  (void)env;
  *(int64_t *)acc = 0;
}
static tine_status reducer_fold(tine_ctx *ctx, void *acc, uint64_t lo, uint64_t hi, void *env) {
  *(int64_t *)acc += (int64_t)(hi - lo);
  return body(ctx, lo, hi, env);
}
static void reducer_combine(void *acc, void *right, void *env) {
  (void)env;
  *(int64_t *)acc += *(int64_t *)right;
}
static void failing_task(tine_ctx *ctx, void *arg) {
  (void)arg;
  tine_fail(ctx, (tine_status)code, 0, reason);
}

static void in_tasks(void) {
  const tine_reducer r = {8, 100, reducer_init, reducer_fold, reducer_combine, NULL};
  const char *const why = reason;
  int64_t sum;
  tine_error err;
  is_reported(tine_pool_run(NULL, failing_task, NULL, &err), &err, "tine_fail");
  is_reported(tine_parallel_for(NULL, ITEMS, body, &sum, &err), &err, "tine_fail in a loop");
  is_reported(tine_parallel_reduce(NULL, ITEMS, &r, &sum, &sum, &err), &err, "tine_fail in a fold");
  reason = NULL; /* a code that is returned comes without one */
  is_reported(tine_parallel_for(NULL, ITEMS, body, NULL, &err), &err, "the body of a loop");
  is_reported(tine_parallel_reduce(NULL, ITEMS, &r, NULL, &sum, &err), &err, "the fold of a reducer");
  reason = why;
}

static tine_status job(void *env, tine_error *err) {
  (void)env;
  if (reason != NULL) {
    err->status = (tine_status)code;
    snprintf(err->message, sizeof err->message, "%s", reason);
  }
  return (tine_status)code;
}

static void in_jobs(void) {
  const tine_job_desc d = {.size = sizeof d, .fn = job};
  tine_job *j;
  tine_error err;
  CHECK_STOP(tine_job_start(&j, &d, &err) == TINE_OK);
  is_reported(tine_job_wait(j, -1, &err), &err, "a job");
  tine_job_release(j);
}

static void each_boundary(void) {
  static const char *const reasons[] = {"bad digit", NULL};
  tine_registry *r;
  kernels k;
  CHECK_STOP(tine_registry_create(&r, NULL) == TINE_OK);
  k = make_all(r);
  for (size_t i = 0; i < 2 * CODES; i++) {
    code = codes[i / 2].returned;
    reported = codes[i / 2].reported;
    reason = reasons[i % 2];
    in_kernels(&k);
    in_calls(&k);
    in_folds();
    in_sources();
    in_tasks();
    in_jobs();
  }
  tine_registry_release(r);
}

/* A code of 0 with a failing item is a mistake that has a name. */
static void no_code_is_a_failure_too(void) {
  tine_error err;
  code = 0;
  reported = TINE_EKERNEL;
  reason = "without a code";
  in_folds();
  is_reported(tine_pool_run(NULL, failing_task, NULL, &err), &err, "tine_fail");
}

CHECK_SUITE(api_code, CHECK_CASE(each_boundary), CHECK_CASE(no_code_is_a_failure_too))
