/*
** The terminals that end early, and streams, against a plain loop over the list of a pipeline's items (ladder.h).
*/
#include "ladder.h"

static const int64_t *item(const list *l, size_t i) {
  return l->v + i * l->columns;
}

/* What a loop that looks for an item finds: its place, l->n for none; or the failure before it. */
static size_t look(const list *l, const rule *r, bool wanted, int *failed) {
  *failed = 0;
  for (size_t i = 0; i < l->n; i++)
    if ((*failed = rule_fails(r, item(l, i), l->columns)) != 0 || rule_holds(r, item(l, i), l->columns) == wanted)
      return i;
  *failed = l->failed;
  return l->n;
}

static size_t look_back(const list *l, const rule *r, int *failed) {
  *failed = 0;
  for (size_t i = l->n; i-- > 0;)
    if ((*failed = rule_fails(r, item(l, i), l->columns)) != 0 || rule_holds(r, item(l, i), l->columns))
      return i;
  return l->n;
}

static void same_item(const tine_value *got, const list *l, size_t i, int line) {
  for (unsigned c = 0; c < l->columns; c++)
    if (check_int(got[c].dtype, i < l->n ? TINE_I64 : TINE_NONE, "type", __FILE__, line) && i < l->n)
      check_int(got[c].as.i, item(l, i)[c], "column", __FILE__, line);
}

static void finds(tine_pipeline *p, const list *l, bool indexed, tine_which which, const rule *r, size_t at,
                  int failed) {
  tine_kernel *k = ladder_kernel(TEST, l->columns);
  tine_value constants[3], got[WIDEST];
  uint64_t place = 99;
  rule_values(r, constants);
  const tine_status s = tine_find(p, which, k, constants, 3, got, NULL);
  CHECK_INT(s, failed);
  if (s == TINE_OK && failed == 0)
    same_item(got, l, at, __LINE__);
  CHECK_INT(tine_position(p, which, k, constants, 3, &place, NULL), indexed ? failed : (int)TINE_EKIND);
  if (indexed && failed == 0)
    CHECK_INT(place, at < l->n ? at : UINT64_MAX);
}

/* Any match, or any failure where there is one. */
static void finds_any(tine_pipeline *p, const list *l, const rule *r) {
  tine_value constants[3], got[WIDEST];
  int failed;
  size_t i = look(l, r, true, &failed);
  rule_values(r, constants);
  const tine_status s = tine_find(p, TINE_ANY, ladder_kernel(TEST, l->columns), constants, 3, got, NULL);
  if (s != TINE_OK)
    CHECK(failed != 0 || l->failed != 0 || r->fails > 0);
  else if (got[0].dtype == TINE_NONE)
    CHECK(i == l->n && failed == 0);
  else {
    int64_t found[WIDEST] = {got[0].as.i, got[l->columns - 1].as.i};
    CHECK(rule_holds(r, found, l->columns));
    for (i = 0; i < l->n && memcmp(item(l, i), found, l->columns * sizeof *found) != 0;)
      i++;
    if (l->failed == 0)
      CHECK(i < l->n);
  }
}

static void searches(tine_pipeline *p, const list *l, bool indexed, bool all) {
  static const int64_t often[] = {0, 1, 30, 500, 1000};
  const rule r = {(int64_t)check_below(1000), often[check_below(5)], (int64_t)check_below(3) * 2};
  const rule most = {r.seed, 1000 - r.yes, r.fails};
  tine_kernel *k = ladder_kernel(TEST, l->columns);
  tine_value constants[3];
  bool held;
  int failed;
  size_t at = look(l, &r, true, &failed);
  rule_values(&r, constants);
  CHECK_INT(tine_any(p, k, constants, 3, &held, NULL), failed);
  if (failed == 0)
    CHECK_INT(held, at < l->n);
  finds(p, l, indexed, TINE_FIRST, &r, at, failed);
  finds_any(p, l, &r);
  if (all && (indexed || r.fails == 0)) {
    at = look_back(l, &r, &failed);
    finds(p, l, indexed, TINE_LAST, &r, at, failed);
  }
  at = look(l, &most, false, &failed);
  rule_values(&most, constants);
  CHECK_INT(tine_all(p, k, constants, 3, &held, NULL), failed);
  if (failed == 0)
    CHECK_INT(held, at == l->n);
}

/* Against a copy of the items, once with one changed, once with one less or more. */
static void compares(tine_pipeline *p, const list *l) {
  enum { SAME, CHANGED, SHORTER };
  for (int how = SAME; how <= SHORTER; how++) {
    list other;
    const size_t at = l->n > 0 ? check_below(l->n) : 0, n = how == SHORTER && l->n > 0 ? l->n - 1 : l->n;
    bool same = true;
    int order = -9;
    list_begin(&other, l->columns);
    for (size_t i = 0; i < l->n; i++)
      list_add(&other, item(l, i));
    if (how == CHANGED && l->n > 0)
      other.v[at * l->columns]++;
    tine_pipeline *q = NULL;
    for (unsigned c = 0; c < l->columns; c++) {
      tine_array *a = tine_slice_of(TINE_I64, other.v + c, n, (ptrdiff_t)(l->columns * sizeof(int64_t)));
      q = q == NULL ? tine_slice(a) : tine_zip(q, tine_slice(a));
      tine_array_release(a);
    }
    const bool differs = how != SAME && l->n > 0;
    const int failed = how == CHANGED && l->n > 0 ? 0 : l->failed;
    if (l->failed == 0 || (how != SHORTER && tine_pipeline_kind(p) < TINE_EXACT)) { /* else the lengths decide */
      CHECK_INT(tine_eq(p, q, &same, NULL), failed);
      CHECK_INT(tine_cmp(p, q, &order, NULL), failed);
      if (failed == 0) {
        CHECK_INT(same, !differs);
        CHECK_INT(order, !differs ? 0 : how == CHANGED ? -1 : 1);
      }
    }
    tine_pipeline_release(q);
    list_end(&other);
  }
}

/* All items, or the first few. */
static void streams(tine_pipeline *p, const list *l) {
  tine_stream *s = NULL;
  tine_columns block;
  tine_status status;
  const size_t most = check_below(4) == 0 ? check_below(l->n + 1) : SIZE_MAX;
  size_t at = 0;
  CHECK_STOP(CHECK_INT(tine_stream_create(&s, p, NULL), TINE_OK));
  while ((status = tine_stream_next(s, &block, NULL)) == TINE_OK && block.n > 0 && at < most)
    for (size_t i = 0; i < block.n; i++, at++)
      for (unsigned c = 0; c < l->columns && at < l->n; c++)
        if (!CHECK_INT(TINE_AT(int64_t, block.data[c], block.stride[c], i), item(l, at)[c]))
          goto over;
  if (most == SIZE_MAX) {
    CHECK_INT(status, l->failed);
    CHECK_INT(at, l->n);
  }
over:
  tine_stream_destroy(s);
}

void check_searches(tine_pipeline *p, const list *want, tine_kind kind, bool all) {
  searches(p, want, kind == TINE_INDEXED, all);
  compares(p, want);
  streams(p, want);
}
