/*
** Every terminal, over a pipeline of i64 columns, against a plain loop over the list of its items (ladder.h).
*/
#include <math.h>

#include "ladder.h"

typedef struct ends {
  tine_pipeline *p;
  const list *want;
  tine_kind kind;
  bool all;
} ends;

static int64_t at(const list *l, size_t i, unsigned c) {
  return l->v[i * l->columns + c];
}

static const int64_t *item(const list *l, size_t i) {
  return l->v + i * l->columns;
}

static tine_kernel *add(void) {
  return tine_kernel_find(NULL, "add", NULL);
}

/* ===== Arrays ===== */

static void same_array(tine_array *a, const list *l, unsigned c, int line) {
  check_int(a != NULL, 1, "there is an array", __FILE__, line);
  if (a == NULL || !check_int((int64_t)tine_array_len(a), (int64_t)l->n, "length", __FILE__, line))
    return;
  const int64_t *v = tine_array_data(a);
  for (size_t i = 0; i < l->n; i++)
    if (!check_int(v[i], at(l, i, c), "element", __FILE__, line))
      return;
}

/* Arrays that must be the items of the list, or none where a run failed; releases them. */
static void same_arrays(tine_array **a, tine_status got, int want, const list *l, int line) {
  check_int((int64_t)got, want, "status", __FILE__, line);
  for (unsigned c = 0; c < l->columns; c++) {
    if (got == TINE_OK && want == 0)
      same_array(a[c], l, c, line);
    else if (got != TINE_OK)
      check_int(a[c] == NULL, 1, "no array", __FILE__, line);
    tine_array_release(a[c]);
  }
}

static void collects(const ends *e) {
  tine_array *a[WIDEST] = {NULL, NULL};
  tine_status s = tine_collect(e->p, a, NULL);
  same_arrays(a, s, e->want->failed, e->want, __LINE__);
  uint64_t n = 77;
  s = tine_count(e->p, &n, NULL);
  CHECK_INT(s, e->want->failed);
  if (s == TINE_OK)
    CHECK_INT(n, e->want->n);
}

static void collects_into(const ends *e) {
  tine_array *a[WIDEST] = {NULL, NULL};
  for (unsigned c = 0; c < e->want->columns; c++)
    CHECK_INT(tine_array_create(&a[c], TINE_I64, e->kind >= TINE_EXACT ? tine_pipeline_len(e->p) : 9, NULL), TINE_OK);
  const tine_status s = tine_collect_into(e->p, a, e->want->columns, NULL);
  CHECK_INT(s, e->kind < TINE_EXACT ? (int)TINE_EKIND : e->want->failed);
  for (unsigned c = 0; c < e->want->columns; c++) {
    if (s == TINE_OK)
      same_array(a[c], e->want, c, __LINE__);
    tine_array_release(a[c]);
  }
}

static void parts(const ends *e) {
  const rule r = {(int64_t)check_below(1000), 500, e->all ? 0 : (int64_t)check_below(2)};
  tine_value constants[3];
  tine_array *yes[WIDEST] = {NULL, NULL}, *no[WIDEST] = {NULL, NULL};
  list kept, others;
  int failed = 0;
  list_begin(&kept, e->want->columns);
  list_begin(&others, e->want->columns);
  for (size_t i = 0; i < e->want->n && failed == 0; i++) {
    failed = rule_fails(&r, item(e->want, i), e->want->columns);
    list_add(rule_holds(&r, item(e->want, i), e->want->columns) ? &kept : &others, item(e->want, i));
  }
  failed = failed != 0 ? failed : e->want->failed;
  rule_values(&r, constants);
  const tine_status s = tine_partition(e->p, ladder_kernel(TEST, e->want->columns), constants, 3, yes, no, NULL);
  same_arrays(yes, s, failed, &kept, __LINE__);
  same_arrays(no, s, failed, &others, __LINE__);
  CHECK_INT(tine_for_each(e->p, ladder_kernel(TEST, e->want->columns), constants, 3, NULL), failed);
  list_end(&kept);
  list_end(&others);
}

static void scans(const ends *e) {
  const tine_value init = tine_i64(5);
  tine_array *a[WIDEST] = {NULL, NULL};
  list sums;
  int64_t sum[WIDEST] = {5, 5};
  list_begin(&sums, e->want->columns);
  for (size_t i = 0; i < e->want->n; i++) {
    for (unsigned c = 0; c < e->want->columns; c++)
      sum[c] += at(e->want, i, c);
    list_add(&sums, sum);
  }
  const tine_status s = tine_scan(e->p, add(), &init, a, NULL);
  same_arrays(a, s, e->want->failed, &sums, __LINE__);
  list_end(&sums);
}

/* ===== Order ===== */

static const list *sorting;

/* Items by their columns, those that are the same by their places. */
static int items_order(const size_t *a, const size_t *b, int direction) {
  for (unsigned c = 0; c < sorting->columns; c++) {
    const int64_t x = at(sorting, *a, c), y = at(sorting, *b, c);
    if (x != y)
      return x < y ? -direction : direction;
  }
  return *a < *b ? -1 : *a > *b;
}

static int ascending(const void *a, const void *b) {
  return items_order(a, b, 1);
}

static int descending(const void *a, const void *b) {
  return items_order(a, b, -1);
}

static size_t *order(const list *l, bool up) {
  size_t *places = malloc((l->n + 1) * sizeof *places);
  for (size_t i = 0; i < l->n; i++)
    places[i] = i;
  sorting = l;
  qsort(places, l->n, sizeof *places, up ? ascending : descending);
  return places;
}

static void sorts(const ends *e) {
  const bool up = check_below(2) != 0;
  const uint64_t k = check_below(e->want->n + 10);
  size_t *places = order(e->want, up);
  tine_array *a[WIDEST] = {NULL, NULL};
  list sorted;
  list_begin(&sorted, e->want->columns);
  for (size_t i = 0; i < e->want->n; i++)
    list_add(&sorted, item(e->want, places[i]));
  tine_status s = tine_sorted(e->p, up ? TINE_ASCENDING : TINE_DESCENDING, a, NULL);
  same_arrays(a, s, e->want->failed, &sorted, __LINE__);
  if (!up) {
    sorted.n = sorted.n < k ? sorted.n : k;
    s = tine_top(e->p, k, a, NULL);
    same_arrays(a, s, e->want->failed, &sorted, __LINE__);
  }
  list_end(&sorted);
  free(places);
}

static void counts_by(const ends *e) {
  const unsigned columns = e->want->columns;
  size_t *places = order(e->want, true), *times = calloc(e->want->n + 1, sizeof *times);
  tine_array *a[WIDEST] = {NULL, NULL}, *counted = NULL;
  list keys, counts;
  list_begin(&keys, columns);
  list_begin(&counts, 1);
  for (size_t i = 0, first = 0; i < e->want->n; i++) {
    if (i == 0 || memcmp(item(e->want, places[i]), item(e->want, places[first]), columns * sizeof(int64_t)) != 0)
      first = i;
    times[places[first]]++;
  }
  for (size_t i = 0; i < e->want->n; i++)
    if (times[i] > 0) {
      const int64_t n = (int64_t)times[i];
      list_add(&keys, item(e->want, i));
      list_add(&counts, &n);
    }
  tine_status s = tine_unique(e->p, a, NULL);
  same_arrays(a, s, e->want->failed, &keys, __LINE__);
  s = tine_count_by(e->p, a, &counted, NULL);
  same_arrays(a, s, e->want->failed, &keys, __LINE__);
  same_arrays(&counted, s, e->want->failed, &counts, __LINE__);
  list_end(&keys);
  list_end(&counts);
  free(places);
  free(times);
}

static void histograms(const ends *e) {
  enum { BINS = 32, WIDTH = 64 };
  tine_array *a[WIDEST] = {NULL, NULL};
  const tine_status s = tine_histogram(e->p, -BINS * WIDTH / 2, BINS * WIDTH / 2, BINS, a, NULL);
  for (unsigned c = 0; c < e->want->columns; c++) {
    list bins;
    list_begin(&bins, 1);
    for (int64_t b = 0; b < BINS; b++) {
      int64_t n = 0;
      for (size_t i = 0; i < e->want->n; i++) {
        const int64_t x = at(e->want, i, c) + BINS * WIDTH / 2;
        n += (x >= b * WIDTH && x < (b + 1) * WIDTH) || (b == BINS - 1 && x == BINS * WIDTH);
      }
      list_add(&bins, &n);
    }
    same_arrays(&a[c], s, e->want->failed, &bins, __LINE__);
    list_end(&bins);
  }
}

/* ===== Values ===== */

static void same_value(const tine_value *got, bool some, int64_t want, int line) {
  if (check_int(got->dtype, some ? TINE_I64 : TINE_NONE, "type", __FILE__, line) && some)
    check_int(got->as.i, want, "value", __FILE__, line);
}

static void sums(const ends *e) {
  const tine_value seven = tine_i64(7);
  tine_value s[WIDEST], m[WIDEST], r[WIDEST], q[WIDEST], mean[WIDEST];
  CHECK_INT(tine_sum(e->p, s, NULL), e->want->failed);
  CHECK_INT(tine_product(e->p, m, NULL), e->want->failed);
  CHECK_INT(tine_reduce(e->p, add(), &seven, r, NULL), e->want->failed);
  CHECK_INT(tine_reduce(e->p, add(), NULL, q, NULL), e->want->failed);
  CHECK_INT(tine_mean(e->p, mean, NULL), e->want->failed);
  for (unsigned c = 0; c < e->want->columns && e->want->failed == 0; c++) {
    uint64_t sum = 0, product = 1;
    for (size_t i = 0; i < e->want->n; i++) {
      sum += (uint64_t)at(e->want, i, c);
      product *= (uint64_t)at(e->want, i, c);
    }
    same_value(&s[c], true, (int64_t)sum, __LINE__);
    same_value(&m[c], true, (int64_t)product, __LINE__);
    same_value(&r[c], true, (int64_t)sum + 7, __LINE__);
    same_value(&q[c], e->want->n > 0, (int64_t)sum, __LINE__);
    CHECK_INT(mean[c].dtype, e->want->n > 0 ? TINE_F64 : TINE_NONE);
    if (e->want->n > 0)
      CHECK(fabs(mean[c].as.f - (double)(int64_t)sum / (double)e->want->n) <= 1e-9 * (1 + fabs(mean[c].as.f)));
  }
}

static void extremes(const ends *e) {
  uint64_t *none = NULL, places[2][WIDEST];
  const bool indexed = e->kind == TINE_INDEXED;
  tine_value least[WIDEST], most[WIDEST], both[2][WIDEST];
  CHECK_INT(tine_min(e->p, least, indexed ? places[0] : none, NULL), e->want->failed);
  CHECK_INT(tine_max(e->p, most, indexed ? places[1] : none, NULL), e->want->failed);
  CHECK_INT(tine_minmax(e->p, both[0], both[1], NULL), e->want->failed);
  if (!indexed)
    CHECK_INT(tine_min(e->p, both[0], places[0], NULL), TINE_EKIND);
  for (unsigned c = 0; c < e->want->columns && e->want->failed == 0; c++) {
    size_t low = 0, high = 0;
    for (size_t i = 1; i < e->want->n; i++) {
      low = at(e->want, i, c) < at(e->want, low, c) ? i : low;
      high = at(e->want, i, c) > at(e->want, high, c) ? i : high;
    }
    const bool some = e->want->n > 0;
    same_value(&least[c], some, some ? at(e->want, low, c) : 0, __LINE__);
    same_value(&most[c], some, some ? at(e->want, high, c) : 0, __LINE__);
    if (indexed && some) {
      CHECK_INT(places[0][c], low);
      CHECK_INT(places[1][c], high);
    }
  }
}

void check_ends(tine_pipeline *p, const list *want, tine_kind kind, bool all) {
  static void (*const each[])(const ends *) = {collects,  collects_into, parts, scans,   sorts,
                                               counts_by, histograms,    sums,  extremes};
  const ends e = {p, want, kind, all};
  for (size_t i = 0; i < sizeof each / sizeof *each; i++)
    each[i](&e);
}
