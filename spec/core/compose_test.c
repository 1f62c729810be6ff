/*
** Random compositions of all that keeps the index, some twenty stages deep, against a model that is a plain table of
** values. Some kernels fail at some values; in the table such an item is bad, and what needs a bad item is bad. So the
** first bad item of the result is the failure that a run must report, and bad items that no stage needs must not be
** evaluated.
*/
#include <math.h>

#include "pipelines.h"
#include "pools.h"

enum { MOST_ITEMS = 6000, MOST_COLUMNS = 6 };

/* ----- kernels: one that fails now and then, one that is associative only ----- */

static bool rare(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return mix(bits) % 1500 == 0;
}

static int rare_block(tine_block *block) {
  for (size_t i = 0; i < block->n; i++) {
    const double x = TINE_AT(double, block->in[0], block->in_stride[0], i);
    if (rare(x))
      return tine_block_fail(block, TINE_EUSER + 1, i, "rare");
    ((double *)block->out[0])[i] = x;
  }
  return 0;
}

/* Left, whatever right is; fails now and then. Associative, not commutative. */
static int left_item(const void *env, const void *const *in, void *const *out, const char **message) {
  (void)env;
  *(double *)out[0] = *(const double *)in[0];
  *message = "left";
  return rare(*(const double *)in[0] * 3 + *(const double *)in[1]) ? TINE_EUSER + 2 : 0;
}

static tine_registry *registry;

static void kernels_begin(void) {
  static const tine_kernel_signature one = {"f64 -> f64", rare_block, NULL}, two = {"f64 f64 -> f64", NULL, left_item};
  const tine_kernel_desc rarely = {.size = sizeof rarely, .name = "rare", .signatures = &one, .signature_count = 1};
  const tine_kernel_desc left = {
      .size = sizeof left, .name = "left", .signatures = &two, .signature_count = 1, .flags = TINE_ASSOCIATIVE};
  CHECK_INT(tine_registry_create(&registry, NULL), TINE_OK);
  CHECK_INT(tine_kernel_register(registry, &rarely, NULL), TINE_OK);
  CHECK_INT(tine_kernel_register(registry, &left, NULL), TINE_OK);
}

static tine_kernel *named(const char *name) {
  return tine_kernel_find(registry, name, NULL);
}

/* ----- the model: a pipeline of f64 columns and the table of its items ----- */

typedef struct model {
  tine_pipeline *p;
  uint64_t n;
  unsigned columns;
  double *value; /* item i, column c: value[i * columns + c] */
  bool *bad;
} model;

static model model_new(tine_pipeline *p, uint64_t n, unsigned columns) {
  const model m = {p, n, columns, calloc((size_t)n * columns + 1, sizeof(double)), calloc((size_t)n + 1, sizeof(bool))};
  return m;
}

static void model_free(model *m) {
  free(m->value);
  free(m->bad);
}

static void copy_item(model *to, uint64_t i, const model *from, uint64_t j) {
  memcpy(to->value + i * to->columns, from->value + j * from->columns, from->columns * sizeof(double));
  to->bad[i] = from->bad[j];
}

/* Items first, first + step, ... of m, n of them. */
static void model_thin(model *m, tine_pipeline *p, uint64_t first, int64_t step, uint64_t n) {
  model to = model_new(p, n, m->columns);
  for (uint64_t i = 0; i < n; i++)
    copy_item(&to, i, m, (uint64_t)((int64_t)first + (int64_t)i * step));
  model_free(m);
  *m = to;
}

/* ----- leaves ----- */

static model leaf_array(uint64_t n) {
  tine_array *a = random_array(TINE_F64, 2 * n + 1), *b;
  const ptrdiff_t strides[] = {8, 16, -8};
  const ptrdiff_t stride = strides[check_below(3)];
  model m;
  double *data = tine_array_data(a);
  b = tine_array_adopt(TINE_F64, stride < 0 ? data + n : data, n, stride, (void (*)(void *))tine_array_release, a);
  m = model_new(tine_slice(b), n, 1);
  for (uint64_t i = 0; i < n; i++)
    m.value[i] = tine_array_get(b, i).as.f;
  tine_array_release(b);
  return m;
}

static int host_items(tine_block *block) {
  for (size_t i = 0; i < block->n; i++) {
    const double x = (double)(block->first + i) * 0.75;
    if (rare(x))
      return tine_block_fail(block, TINE_EUSER + 3, i, "host");
    ((double *)block->out[0])[i] = x;
    ((double *)block->out[1])[i] = -x;
  }
  return 0;
}

static model leaf_host(uint64_t n) {
  static const tine_dtype dtypes[] = {TINE_F64, TINE_F64};
  const tine_index_source s = {
      .size = sizeof s, .name = "host", .dtypes = dtypes, .columns = 2, .len = n, .fill = host_items};
  model m = model_new(tine_source_index(&s), n, 2);
  for (uint64_t i = 0; i < n; i++) {
    m.value[2 * i] = (double)i * 0.75;
    m.value[2 * i + 1] = -m.value[2 * i];
    m.bad[i] = rare(m.value[2 * i]);
  }
  return m;
}

static model leaf_random(uint64_t n) {
  model m = model_new(tine_random(n, check_random()), n, 1);
  tine_array *a = NULL;
  CHECK_INT(tine_collect(m.p, &a, NULL), TINE_OK);
  for (uint64_t i = 0; i < n; i++)
    m.value[i] = tine_array_get(a, i).as.f;
  tine_array_release(a);
  return m;
}

static model leaf(void) {
  const uint64_t n = check_below(4) == 0 ? check_below(5) : check_below(2600), kind = check_below(6);
  model m;
  switch (kind) {
    case 0: return leaf_host(n);
    case 1: return leaf_random(n);
    case 2: m = model_new(tine_range_f64(1, (double)n, 1), n, 1); break;
    case 3: m = model_new(tine_rep(tine_f64(0.125), n), n, 1); break;
    default: return leaf_array(n);
  }
  for (uint64_t i = 0; i < n; i++)
    m.value[i] = kind == 2 ? (double)(i + 1) : 0.125;
  return m;
}

/* ----- stages ----- */

/* The kernel takes column c, its result stands behind. */
static void stage_extend(model *m, const char *kernel, double (*f)(double), bool fails) {
  const int c = (int)check_below(m->columns);
  model to = model_new(tine_extend_args(m->p, named(kernel), &c, NULL, 1), m->n, m->columns + 1);
  for (uint64_t i = 0; i < m->n; i++) {
    double *item = to.value + i * to.columns;
    copy_item(&to, i, m, i);
    item[m->columns] = f(item[c]);
    to.bad[i] = to.bad[i] || (fails && rare(item[c]));
  }
  model_free(m);
  *m = to;
}

static double same(double x) {
  return x;
}
static double negated(double x) {
  return -x;
}

static void stage_select(model *m, unsigned columns) {
  unsigned pick[TINE_MAX_COLUMNS];
  model to = model_new(NULL, m->n, columns);
  for (unsigned k = 0; k < columns; k++)
    pick[k] = (unsigned)check_below(m->columns);
  to.p = tine_select(m->p, pick, columns);
  for (uint64_t i = 0; i < m->n; i++) {
    to.bad[i] = m->bad[i];
    for (unsigned k = 0; k < columns; k++)
      to.value[i * columns + k] = m->value[i * m->columns + pick[k]];
  }
  model_free(m);
  *m = to;
}

static void stage_enumerate(model *m) {
  model to = model_new(tine_cast(tine_enumerate(m->p), TINE_F64, TINE_CAST_EXACT), m->n, m->columns + 1);
  for (uint64_t i = 0; i < m->n; i++) {
    to.bad[i] = m->bad[i];
    to.value[i * to.columns] = (double)(i + 1);
    memcpy(to.value + i * to.columns + 1, m->value + i * m->columns, m->columns * sizeof(double));
  }
  model_free(m);
  *m = to;
}

static void stage_windows(model *m) {
  const uint64_t k = 1 + check_below(3), n = m->n >= k ? m->n - k + 1 : 0;
  model to = model_new(tine_windows(m->p, k), n, m->columns * (unsigned)k);
  for (uint64_t i = 0; i < n; i++)
    for (uint64_t j = 0; j < k; j++) {
      memcpy(to.value + i * to.columns + j * m->columns, m->value + (i + j) * m->columns, m->columns * sizeof(double));
      to.bad[i] = to.bad[i] || m->bad[i + j];
    }
  model_free(m);
  *m = to;
}

/* Positions gathered from a short array: those past its end are bad. */
static void stage_gather(model *m) {
  static const unsigned first = 0;
  const uint64_t len = m->n - check_below(m->n / 8 + 1);
  tine_array *a = random_array(TINE_F64, len);
  model to = model_new(tine_gather(tine_select(tine_enumerate(m->p), &first, 1), a), m->n, 1);
  for (uint64_t i = 0; i < m->n; i++) {
    to.bad[i] = m->bad[i] || i >= len;
    to.value[i] = i < len ? tine_array_get(a, i).as.f : 0;
  }
  tine_array_release(a);
  model_free(m);
  *m = to;
}

/* A chunk is what reduce makes of its items alone. */
static void stage_chunks(model *m) {
  static const char *const names[] = {"add", "max", "left"};
  const uint64_t k = check_below(3) == 0 ? 1 + check_below(3000) : 1 + check_below(40);
  const uint64_t n = m->n / k + (m->n % k != 0);
  const tine_value identity = tine_f64(0.5);
  tine_kernel *op = named(names[check_below(3)]);
  const tine_value *with = check_below(2) == 0 ? &identity : NULL;
  model to = model_new(tine_fold_chunks(m->p, k, op, with), n, m->columns);
  for (uint64_t i = 0; i < n; i++)
    for (unsigned c = 0; c < m->columns; c++) {
      const uint64_t len = m->n - i * k < k ? m->n - i * k : k;
      tine_array *a = tine_slice_of(TINE_F64, m->value + i * k * m->columns + c, len, (ptrdiff_t)m->columns * 8);
      tine_pipeline *p = tine_slice(a);
      tine_value v = tine_f64(0);
      to.bad[i] = to.bad[i] || tine_reduce(p, op, with, &v, NULL) != TINE_OK;
      to.value[i * m->columns + c] = v.as.f;
      for (uint64_t j = 0; j < len; j++)
        to.bad[i] = to.bad[i] || m->bad[i * k + j];
      tine_pipeline_release(p);
      tine_array_release(a);
    }
  model_free(m);
  *m = to;
}

/* ----- two bases ----- */

static void both_zip(model *a, const model *b) {
  model to = model_new(tine_zip(a->p, b->p), a->n < b->n ? a->n : b->n, a->columns + b->columns);
  for (uint64_t i = 0; i < to.n; i++) {
    copy_item(&to, i, a, i);
    memcpy(to.value + i * to.columns + a->columns, b->value + i * b->columns, b->columns * sizeof(double));
    to.bad[i] = a->bad[i] || b->bad[i];
  }
  model_free(a);
  *a = to;
}

static void both_chain(model *a, const model *b) {
  model to = model_new(tine_chain(a->p, b->p), a->n + b->n, a->columns);
  for (uint64_t i = 0; i < to.n; i++)
    copy_item(&to, i, i < a->n ? a : b, i < a->n ? i : i - a->n);
  model_free(a);
  *a = to;
}

static void both_interleave(model *a, const model *b, bool shortest) {
  model to =
      model_new(shortest ? tine_interleave_shortest(a->p, b->p) : tine_interleave(a->p, b->p), a->n + b->n, a->columns);
  uint64_t i = 0, j = 0, n = 0;
  bool turn = false;
  while (i < a->n || j < b->n) {
    if (shortest && (turn ? j == b->n : i == a->n))
      break;
    if (i < a->n && (!turn || j == b->n))
      copy_item(&to, n++, a, i++);
    else
      copy_item(&to, n++, b, j++);
    turn = !turn;
  }
  to.n = n;
  model_free(a);
  *a = to;
}

/* ----- compositions ----- */

static void one_stage(model *m) {
  const uint64_t k = check_below(m->n + 3), step = 1 + check_below(check_below(2) == 0 ? 3 : 20);
  switch (check_below(12)) {
    case 0: stage_extend(m, "neg", negated, false); break;
    case 1: stage_extend(m, "rare", same, true); break;
    case 2: model_thin(m, tine_rev(m->p), m->n - 1, -1, m->n); break;
    case 3: model_thin(m, tine_rev(m->p), m->n - 1, -1, m->n); break;
    case 4: model_thin(m, tine_skip(m->p, k / 4), k / 4, 1, m->n > k / 4 ? m->n - k / 4 : 0); break;
    case 5: model_thin(m, tine_take(m->p, m->n - k / 4), 0, 1, m->n - k / 4); break;
    case 6: model_thin(m, tine_step_by(m->p, step), 0, (int64_t)step, (m->n + step - 1) / step); break;
    case 7: stage_windows(m); break;
    case 8: stage_chunks(m); break;
    case 9: stage_enumerate(m); break;
    case 10: stage_gather(m); break;
    default: stage_select(m, 1 + (unsigned)check_below(3)); break;
  }
}

static void narrow(model *m) {
  if (m->columns > MOST_COLUMNS)
    stage_select(m, 1 + (unsigned)check_below(2));
}

static model composed(int depth) {
  model m = leaf();
  while (depth-- > 0) {
    if (depth > 2 && check_below(4) == 0) {
      model b = composed((int)check_below((uint64_t)depth));
      const uint64_t how = check_below(4);
      if (how == 0 || m.n + b.n > MOST_ITEMS)
        both_zip(&m, &b);
      else {
        stage_select(&m, 2);
        stage_select(&b, 2);
        if (how == 1)
          both_chain(&m, &b);
        else
          both_interleave(&m, &b, how == 2);
      }
      model_free(&b);
      narrow(&m);
    }
    one_stage(&m);
    narrow(&m);
  }
  return m;
}

/* ----- checks ----- */

static bool values_hold(const model *m, tine_array *const *out, uint64_t first, uint64_t n) {
  for (unsigned c = 0; c < m->columns; c++)
    for (uint64_t i = 0; i < n; i++) {
      const double got = tine_array_get(out[c], i).as.f, want = m->value[(first + i) * m->columns + c];
      if (memcmp(&got, &want, sizeof got) != 0 && !(isnan(got) && isnan(want)))
        return CHECK_F64(got, want) && false;
    }
  return true;
}

/* Items [first, first + n), collected, are those of the model, or the first bad one is the failure. */
static bool range_holds(const model *m, uint64_t first, uint64_t n) {
  tine_array *out[TINE_MAX_COLUMNS] = {NULL};
  tine_error err = {.item = 0};
  uint64_t bad = first;
  tine_status status;
  bool held;
  while (bad < first + n && !m->bad[bad])
    bad++;
  for (unsigned c = 0; c < m->columns; c++)
    tine_array_create(&out[c], TINE_F64, n, NULL);
  status = tine_collect_range(m->p, first, n, out, m->columns, &err);
  if (bad < first + n)
    held = CHECK(status != TINE_OK) && CHECK_INT(err.item, bad);
  else
    held = CHECK_INT(status, TINE_OK) && values_hold(m, out, first, n);
  for (unsigned c = 0; c < m->columns; c++)
    tine_array_release(out[c]);
  return held;
}

static bool composition_holds(void) {
  static const unsigned threads[] = {1, 2, 3};
  model m = composed((int)check_below(21));
  const uint64_t first = check_below(m.n + 1);
  bool held;
  m.p = tine_on(m.p, test_pool(threads[check_below(3)]));
  held = CHECK_INT(tine_pipeline_check(m.p, NULL), TINE_OK) && CHECK_INT(tine_pipeline_len(m.p), m.n) &&
         CHECK_INT(tine_pipeline_columns(m.p), m.columns) && range_holds(&m, 0, m.n) &&
         range_holds(&m, first, check_below(m.n - first + 1));
  if (!held) {
    char text[8192];
    tine_pipeline_explain(m.p, text, sizeof text);
    printf("%s\n", text);
  }
  tine_pipeline_release(m.p);
  model_free(&m);
  return held;
}

static void compositions_are_what_the_model_says(void) {
  kernels_begin();
  for (int round = 0; round < 400; round++)
    if (!composition_holds())
      break;
  tine_registry_release(registry);
  test_pools_end();
}

CHECK_SUITE(compose, CHECK_CASE(compositions_are_what_the_model_says))
