/*
** Random compositions of all that keeps the index, some twenty stages deep, against a model that is a plain table of
** values. Some kernels fail at some values; in the table such an item is bad, and what needs a bad item is bad. So the
** first bad item of the result is the failure that a run must report, and bad items that no stage needs must not be
** evaluated.
*/
#include <math.h>

#include "tables.h"

enum { MOST_ITEMS = 6000, MOST_COLUMNS = 6 };

/* ----- stages ----- */

/* The kernel takes column c, its result stands behind. */
static void stage_extend(table *m, const char *kernel, double (*f)(double), bool fails) {
  const int c = (int)check_below(m->columns);
  table to = table_new(tine_extend_args(m->p, table_kernel(kernel), &c, NULL, 1), m->n, m->columns + 1);
  for (uint64_t i = 0; i < m->n; i++) {
    double *item = to.value + i * to.columns;
    copy_item(&to, i, m, i);
    item[m->columns] = f(item[c]);
    to.bad[i] = to.bad[i] || (fails && rare(item[c]));
  }
  table_free(m);
  *m = to;
}

static double same(double x) {
  return x;
}
static double negated(double x) {
  return -x;
}

static void stage_select(table *m, unsigned columns) {
  unsigned pick[TINE_MAX_COLUMNS];
  table to = table_new(NULL, m->n, columns);
  for (unsigned k = 0; k < columns; k++)
    pick[k] = (unsigned)check_below(m->columns);
  to.p = tine_select(m->p, pick, columns);
  for (uint64_t i = 0; i < m->n; i++) {
    to.bad[i] = m->bad[i];
    for (unsigned k = 0; k < columns; k++)
      to.value[i * columns + k] = m->value[i * m->columns + pick[k]];
  }
  table_free(m);
  *m = to;
}

static void stage_enumerate(table *m) {
  table to = table_new(tine_cast(tine_enumerate(m->p), TINE_F64, TINE_CAST_EXACT), m->n, m->columns + 1);
  for (uint64_t i = 0; i < m->n; i++) {
    to.bad[i] = m->bad[i];
    to.value[i * to.columns] = (double)(i + 1);
    memcpy(to.value + i * to.columns + 1, m->value + i * m->columns, m->columns * sizeof(double));
  }
  table_free(m);
  *m = to;
}

static void stage_windows(table *m) {
  const uint64_t k = 1 + check_below(3), n = m->n >= k ? m->n - k + 1 : 0;
  table to = table_new(tine_windows(m->p, k), n, m->columns * (unsigned)k);
  for (uint64_t i = 0; i < n; i++)
    for (uint64_t j = 0; j < k; j++) {
      memcpy(to.value + i * to.columns + j * m->columns, m->value + (i + j) * m->columns, m->columns * sizeof(double));
      to.bad[i] = to.bad[i] || m->bad[i + j];
    }
  table_free(m);
  *m = to;
}

/* Positions gathered from a short array: those past its end are bad. */
static void stage_gather(table *m) {
  static const unsigned first = 0;
  const uint64_t len = m->n - check_below(m->n / 8 + 1);
  tine_array *a = random_array(TINE_F64, len);
  table to = table_new(tine_gather(tine_select(tine_enumerate(m->p), &first, 1), a), m->n, 1);
  for (uint64_t i = 0; i < m->n; i++) {
    to.bad[i] = m->bad[i] || i >= len;
    to.value[i] = i < len ? tine_array_get(a, i).as.f : 0;
  }
  tine_array_release(a);
  table_free(m);
  *m = to;
}

/* A chunk is what reduce makes of its items alone. */
static void stage_chunks(table *m) {
  static const char *const names[] = {"add", "max", "left"};
  const uint64_t k = check_below(3) == 0 ? 1 + check_below(3000) : 1 + check_below(70);
  const uint64_t n = m->n / k + (m->n % k != 0);
  const tine_value identity = tine_f64(0.5);
  tine_kernel *op = table_kernel(names[check_below(3)]);
  const tine_value *with = check_below(2) == 0 ? &identity : NULL;
  table to = table_new(tine_fold_chunks(m->p, k, op, with), n, m->columns);
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
  table_free(m);
  *m = to;
}

/* ----- two bases ----- */

static void both_zip(table *a, const table *b) {
  const uint64_t n = a->n < b->n ? a->n : b->n;
  const bool equal = check_below(3) == 0;
  tine_pipeline *p = equal && a->n > n ? tine_take(a->p, n) : a->p;
  tine_pipeline *q = equal && b->n > n ? tine_take(b->p, n) : b->p;
  table to = table_new(equal ? tine_zip_eq(p, q) : tine_zip(p, q), n, a->columns + b->columns);
  for (uint64_t i = 0; i < to.n; i++) {
    copy_item(&to, i, a, i);
    memcpy(to.value + i * to.columns + a->columns, b->value + i * b->columns, b->columns * sizeof(double));
    to.bad[i] = a->bad[i] || b->bad[i];
  }
  table_free(a);
  *a = to;
}

static void both_chain(table *a, const table *b) {
  table to = table_new(tine_chain(a->p, b->p), a->n + b->n, a->columns);
  for (uint64_t i = 0; i < to.n; i++)
    copy_item(&to, i, i < a->n ? a : b, i < a->n ? i : i - a->n);
  table_free(a);
  *a = to;
}

static void both_interleave(table *a, const table *b, bool shortest) {
  table to =
      table_new(shortest ? tine_interleave_shortest(a->p, b->p) : tine_interleave(a->p, b->p), a->n + b->n, a->columns);
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
  table_free(a);
  *a = to;
}

/* ----- compositions ----- */

static void one_stage(table *m) {
  const uint64_t k = check_below(m->n + 3), step = 1 + check_below(check_below(2) == 0 ? 3 : 20);
  switch (check_below(11)) {
    case 0: stage_extend(m, "neg", negated, false); break;
    case 1: stage_extend(m, "rare", same, true); break;
    case 2: table_thin(m, tine_rev(m->p), m->n - 1, -1, m->n); break;
    case 3: table_thin(m, tine_skip(m->p, k / 4), k / 4, 1, m->n > k / 4 ? m->n - k / 4 : 0); break;
    case 4: table_thin(m, tine_take(m->p, m->n - k / 4), 0, 1, m->n - k / 4); break;
    case 5: table_thin(m, tine_step_by(m->p, step), 0, (int64_t)step, (m->n + step - 1) / step); break;
    case 6: stage_windows(m); break;
    case 7: stage_chunks(m); break;
    case 8: stage_enumerate(m); break;
    case 9: stage_gather(m); break;
    default: stage_select(m, 1 + (unsigned)check_below(3)); break;
  }
}

static void narrow(table *m) {
  if (m->columns > MOST_COLUMNS)
    stage_select(m, 1 + (unsigned)check_below(2));
}

table table_composed(int depth) {
  table m = leaf();
  while (depth-- > 0) {
    if (depth > 2 && check_below(4) == 0) {
      table b = table_composed((int)check_below((uint64_t)depth));
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
      table_free(&b);
      narrow(&m);
    }
    one_stage(&m);
    narrow(&m);
  }
  return m;
}

/* ----- checks ----- */

static bool values_hold(const table *m, tine_array *const *out, uint64_t first, uint64_t n) {
  for (unsigned c = 0; c < m->columns; c++)
    for (uint64_t i = 0; i < n; i++) {
      const double got = tine_array_get(out[c], i).as.f, want = m->value[(first + i) * m->columns + c];
      if (memcmp(&got, &want, sizeof got) != 0 && !(isnan(got) && isnan(want)))
        return CHECK_F64(got, want) && false;
    }
  return true;
}

/* Items [first, first + n), collected, are those of the model, or the first bad one is the failure. */
static bool range_holds(const table *m, uint64_t first, uint64_t n) {
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
  table m = table_composed((int)check_below(21));
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
  table_free(&m);
  return held;
}

static void compositions_are_what_the_model_says(void) {
  table_kernels_begin();
  for (int round = 0; round < 400; round++)
    if (!composition_holds())
      break;
  table_kernels_end();
  test_pools_end();
}

CHECK_SUITE(compose, CHECK_CASE(compositions_are_what_the_model_says))
