/*
** Two ways to write a kernel for core/tine.h, a C expression (TINE_MAP1, 2, 3) and a function of one item, against a
** plain loop: the same bits for every layout a column can have. Then what a block tells its kernel.
*/
#include "../../core/tine.h"
#include "check.h"

#include <stdatomic.h>

enum { N = 2500 };

/* ===== Layouts: where column k of the rows is read from ===== */

static struct row {
  char name[5];
  double a;
  float b;
  int64_t c;
} rows[N];
static double as[N];
static float bs[N];
static int64_t cs[N];

typedef enum layout { CONTIGUOUS, STRIDED, BACKWARDS, CONSTANT, REPEATED, LAYOUTS } layout;

static void fill(void) {
  for (size_t i = 0; i < N; i++) {
    rows[i].a = as[i] = (double)check_below(1000) / 7 - 50;
    rows[i].b = bs[i] = (float)check_below(1000) / 3.0f;
    rows[i].c = cs[i] = (int64_t)check_below(2000) - 1000;
  }
}

/* The index of the row that item i comes from. */
static size_t place(layout l, size_t i) {
  return l == BACKWARDS ? N - 1 - i : l == CONSTANT || l == REPEATED ? 7 : i;
}

static tine_pipeline *column(int k, layout l) {
  static const tine_dtype dtypes[] = {TINE_F64, TINE_F32, TINE_I64};
  char *const plain[] = {(char *)as, (char *)bs, (char *)cs};
  char *const fields[] = {(char *)&rows->a, (char *)&rows->b, (char *)&rows->c};
  const ptrdiff_t size = (ptrdiff_t)tine_dtype_size(dtypes[k]);
  tine_value v = {dtypes[k], {.u = 0}};
  if (l == REPEATED) {
    if (k == 2)
      v.as.i = cs[7];
    else
      v.as.f = k == 0 ? as[7] : (double)bs[7];
    return tine_rep(v, N);
  }
  tine_array *a = l == CONTIGUOUS  ? tine_slice_of(dtypes[k], plain[k], N, size)
                  : l == STRIDED   ? tine_slice_of(dtypes[k], fields[k], N, sizeof *rows)
                  : l == BACKWARDS ? tine_slice_of(dtypes[k], plain[k] + (N - 1) * size, N, -size)
                                   : tine_slice_of(dtypes[k], plain[k] + 7 * size, N, 0);
  tine_pipeline *p = tine_slice(a);
  tine_array_release(a);
  return p;
}

/* ===== The same three functions three times ===== */

#define ONE(a) ((a) * (a)-1 / (a))
#define TWO(a, b) ((a) + 0.1 * (double)(b))
#define THREE(a, b, c) ((a) * (double)(b) + (double)(c))

TINE_MAP1(one, double, double, ONE(a))
TINE_MAP2(two, double, float, double, TWO(a, b))
TINE_MAP3(three, double, float, int64_t, double, THREE(a, b, c))
TINE_MAP2(above, double, float, bool, a > (double)b)

static int one_item(const void *env, const void *const *in, void *const *out, const char **message) {
  const double a = *(const double *)in[0];
  *(double *)out[0] = ONE(a);
  return (void)env, (void)message, 0;
}

static int two_item(const void *env, const void *const *in, void *const *out, const char **message) {
  *(double *)out[0] = TWO(*(const double *)in[0], *(const float *)in[1]);
  return (void)env, (void)message, 0;
}

static int three_item(const void *env, const void *const *in, void *const *out, const char **message) {
  *(double *)out[0] = THREE(*(const double *)in[0], *(const float *)in[1], *(const int64_t *)in[2]);
  return (void)env, (void)message, 0;
}

/* ===== Kernels about blocks ===== */

/* The position of each item; fails if the block breaks a promise. */
static int position(tine_block *block) {
  const uintptr_t in = (uintptr_t)block->in[0], out = (uintptr_t)block->out[0];
  if (block->n == 0 || block->in_stride[0] < 0 || block->message == NULL)
    return tine_block_fail(block, TINE_EUSER + 1, 0, "no items, or no room for a message");
  if (block->in_stride[0] > 0 && in < out + block->n * 8 && out < in + block->n * (size_t)block->in_stride[0])
    return tine_block_fail(block, TINE_EUSER + 2, 0, "the output overlaps the input");
  for (size_t i = 0; i < block->n; i++)
    ((int64_t *)block->out[0])[i] = (int64_t)(block->first + i);
  return 0;
}

static _Atomic size_t longest_block;

static int note_length(tine_block *block) {
  size_t longest = longest_block;
  while (longest < block->n && !atomic_compare_exchange_weak(&longest_block, &longest, block->n))
    continue;
  return position(block);
}

static int sum_and_difference(const void *env, const void *const *in, void *const *out, const char **message) {
  *(int64_t *)out[0] = *(const int64_t *)in[0] + *(const int64_t *)in[1];
  *(bool *)out[1] = *(const int64_t *)in[0] < *(const int64_t *)in[1];
  return (void)env, (void)message, 0;
}

static const struct {
  const char *name;
  tine_kernel_signature signature;
} kernels[] = {{"one", {"f64 -> f64", one, NULL}},
               {"two", {"f64 f32 -> f64", two, NULL}},
               {"three", {"f64 f32 i64 -> f64", three, NULL}},
               {"above", {"f64 f32 -> bool", above, NULL}},
               {"one_item", {"f64 -> f64", NULL, one_item}},
               {"two_item", {"f64 f32 -> f64", NULL, two_item}},
               {"three_item", {"f64 f32 i64 -> f64", NULL, three_item}},
               {"position", {"i64 -> i64", position, NULL}},
               {"length", {"i64 -> i64", note_length, NULL}},
               {"both", {"i64 i64 -> i64 bool", NULL, sum_and_difference}}};

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
  fill();
  return true;
}

static tine_pipeline *map(tine_pipeline *p, const char *kernel) {
  return tine_map(p, tine_kernel_find(registry, kernel, NULL), NULL, 0);
}

/* ===== Same results ===== */

/* Collects p, which it takes, and checks each item against what THREE, TWO or ONE gives for these layouts. */
static void agrees(tine_pipeline *p, int inputs, const layout *l) {
  tine_array *out[TINE_MAX_COLUMNS] = {NULL};
  const tine_status status = tine_collect(p, out, NULL);
  tine_pipeline_release(p);
  CHECK_STOP(status == TINE_OK);
  const double *got = tine_array_data(out[0]);
  CHECK_INT(tine_array_len(out[0]), N);
  for (size_t i = 0; i < N; i++) {
    const double a = as[place(l[0], i)];
    const float b = bs[place(l[1], i)];
    const int64_t c = cs[place(l[2], i)];
    CHECK_F64(got[i], inputs == 1 ? ONE(a) : inputs == 2 ? TWO(a, b) : THREE(a, b, c));
  }
  tine_array_release(out[0]);
}

static void both_dispatches_agree_with_a_loop(void) {
  layout l[3];
  if (!start())
    return;
  for (l[0] = 0; l[0] < LAYOUTS; l[0]++) {
    agrees(map(column(0, l[0]), "one"), 1, l);
    agrees(map(column(0, l[0]), "one_item"), 1, l);
    for (l[1] = 0; l[1] < LAYOUTS; l[1]++) {
      agrees(map(tine_zip(column(0, l[0]), column(1, l[1])), "two"), 2, l);
      agrees(map(tine_zip(column(0, l[0]), column(1, l[1])), "two_item"), 2, l);
      for (l[2] = 0; l[2] < LAYOUTS; l[2]++) {
        tine_pipeline *three_columns = tine_zip(tine_zip(column(0, l[0]), column(1, l[1])), column(2, l[2]));
        agrees(map(tine_pipeline_retain(three_columns), "three"), 3, l);
        agrees(map(three_columns, "three_item"), 3, l);
      }
      l[2] = CONTIGUOUS;
    }
    l[1] = CONTIGUOUS;
  }
  tine_registry_release(registry);
}

static void constants_are_inputs_too(void) {
  static const layout l[] = {CONTIGUOUS, REPEATED, REPEATED};
  static const int columns[] = {0, -1, -1};
  if (!start())
    return;
  tine_value v[] = {{TINE_NONE, {.u = 0}}, {TINE_F32, {.f = (double)bs[7]}}, tine_i64(cs[7])};
  tine_kernel *block = tine_kernel_find(registry, "three", NULL),
              *item = tine_kernel_find(registry, "three_item", NULL);
  tine_pipeline *p = tine_map(column(0, CONTIGUOUS), block, v + 1, 2);
  tine_pipeline *q = tine_map_args(column(0, CONTIGUOUS), item, columns, v, 3);
  v[1] = v[2] = tine_f64(0); /* they were copied */
  agrees(p, 3, l);
  agrees(q, 3, l);
  tine_registry_release(registry);
}

static void an_expression_may_give_bools(void) {
  tine_array *out = NULL;
  if (!start())
    return;
  tine_pipeline *p = map(tine_zip(column(0, STRIDED), column(1, BACKWARDS)), "above");
  CHECK_INT(tine_pipeline_dtype(p, 0), TINE_BOOL);
  CHECK_INT(tine_collect(p, &out, NULL), TINE_OK);
  for (size_t i = 0; i < N; i++)
    CHECK_INT(tine_array_get(out, i).as.b, as[i] > (double)bs[N - 1 - i]);
  tine_array_release(out);
  tine_pipeline_release(p);
  tine_registry_release(registry);
}

static void a_kernel_may_have_several_outputs(void) {
  tine_array *out[2] = {NULL, NULL};
  if (!start())
    return;
  tine_pipeline *p = map(tine_zip(tine_range(1, 3000, 1), tine_range(3000, 1, -1)), "both");
  CHECK_INT(tine_pipeline_columns(p), 2);
  CHECK_INT(tine_collect(p, out, NULL), TINE_OK);
  for (uint64_t i = 0; i < 3000; i++) {
    CHECK_INT(tine_array_get(out[0], i).as.i, 3001);
    CHECK_INT(tine_array_get(out[1], i).as.b, i < 1500);
  }
  tine_array_release(out[0]);
  tine_array_release(out[1]);
  tine_pipeline_release(p);
  tine_registry_release(registry);
}

/* ===== Blocks ===== */

static void a_block_says_where_it_is(void) {
  tine_array *xs = NULL;
  tine_error err;
  if (!start())
    return;
  CHECK_STOP(tine_array_create(&xs, TINE_I64, 100000, NULL) == TINE_OK);
  tine_pipeline *p = tine_max_len(map(tine_slice(xs), "position"), 777);
  CHECK_INT(tine_collect_into(p, &xs, 1, &err), TINE_OK); /* in place */
  for (uint64_t i = 0; i < 100000; i++)
    CHECK_INT(tine_array_get(xs, i).as.i, i);
  tine_array *part = NULL;
  CHECK_STOP(tine_array_create(&part, TINE_I64, 5000, NULL) == TINE_OK);
  CHECK_INT(tine_collect_range(p, 40001, 5000, &part, 1, NULL), TINE_OK);
  for (uint64_t i = 0; i < 5000; i++)
    CHECK_INT(tine_array_get(part, i).as.i, 40001 + i);
  tine_array_release(part);
  tine_array_release(xs);
  tine_pipeline_release(p);
  tine_registry_release(registry);
}

/* Runs p and releases it: its kernel gets that many items at most. */
static void gets_at_most(tine_pipeline *p, size_t most) {
  tine_array *out = NULL;
  tine_value sum;
  uint64_t n;
  longest_block = 0;
  CHECK_INT(tine_sum(p, &sum, NULL), TINE_OK);
  CHECK_INT(tine_collect(p, &out, NULL), TINE_OK);
  tine_array_release(out);
  CHECK_INT(tine_scan(p, tine_kernel_find(NULL, "add", NULL), NULL, &out, NULL), TINE_OK);
  tine_array_release(out);
  p = tine_filter(p, tine_kernel_find(NULL, "gt", NULL), &(tine_value){TINE_I64, {.i = 3}}, 1);
  CHECK_INT(tine_sum(p, &sum, NULL), TINE_OK);
  CHECK_INT(tine_count(p, &n, NULL), TINE_OK);
  CHECK(longest_block > 0 && longest_block <= most);
  tine_pipeline_release(p);
}

/* Whether anything is cut or not: one thread, many, and none but the caller. */
static void a_block_is_no_longer_than_max_len(void) {
  static const uint64_t most[] = {1, 10, 777, 1024, 5000};
  if (!start())
    return;
  for (unsigned threads = 1; threads <= 3; threads += 2) {
    const tine_pool_options options = {.size = sizeof options, .threads = threads};
    tine_pool *pool = NULL;
    CHECK_STOP(tine_pool_create(&pool, &options, NULL) == TINE_OK);
    for (unsigned i = 0; i < 20; i++) {
      const int64_t n = i % 4 < 2 ? 50 : 20000;
      tine_pipeline *p = tine_max_len(map(tine_range(1, n, 1), "length"), most[i / 4]);
      p = tine_on(i % 2 == 0 ? p : tine_sequential(p), pool);
      gets_at_most(p, (size_t)most[i / 4]);
    }
    gets_at_most(tine_sequential(tine_min_len(tine_max_len(map(tine_range(1, 5000, 1), "length"), 3), 100)), 100);
    tine_pool_destroy(pool);
  }
  tine_registry_release(registry);
}

CHECK_SUITE(api_dispatch, CHECK_CASE(a_block_is_no_longer_than_max_len), CHECK_CASE(both_dispatches_agree_with_a_loop),
            CHECK_CASE(constants_are_inputs_too), CHECK_CASE(an_expression_may_give_bools),
            CHECK_CASE(a_kernel_may_have_several_outputs), CHECK_CASE(a_block_says_where_it_is))
