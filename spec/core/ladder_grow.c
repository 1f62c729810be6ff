/*
** Random pipelines of every kind beside the lists of what a plain loop makes of them (ladder.h). Each adaptor does the
** same to both.
*/
#include "ladder.h"

enum { SOURCES = 64 };

static struct {
  host_source source[SOURCES];
  list items[SOURCES];
  unsigned sources;
  bool fallible;
  tine_pool *pool; /* for a wish to be on some pool */
} trial;

static const tine_kind kinds[] = {TINE_PARALLEL, TINE_BOUNDED, TINE_EXACT};

static tine_kind lower(tine_kind a, tine_kind b) {
  return a < b ? a : b;
}

static size_t some_length(void) {
  switch (check_below(8)) {
    case 0: return check_below(3);
    case 1: return 1 + check_below(40);
    case 2: return check_below(20000);
    default: return check_below(3000);
  }
}

/* ===== Sources ===== */

static made host_made(unsigned columns) {
  host_source *s = &trial.source[trial.sources];
  list *items = &trial.items[trial.sources++];
  made m = {.kind = kinds[check_below(3)], .all = true};
  const size_t n = some_length();
  list_begin(items, columns);
  list_begin(&m.l, columns);
  for (size_t i = 0; i < n; i++)
    list_add(items, (int64_t[]){(int64_t)check_below(600), (int64_t)check_below(3)});
  s->v = items->v;
  s->n = n;
  s->columns = columns;
  s->kind = m.kind;
  s->pieces = s->wrong = 0;
  s->fails_at = trial.fallible && check_below(4) == 0 ? check_below(n + 1) : SIZE_MAX;
  for (size_t i = 0; i < n && i < s->fails_at; i++)
    list_add(&m.l, items->v + i * columns);
  if (s->fails_at < n) {
    m.l.failed = SOURCE_FAILS;
    m.all = false;
  }
  m.p = host_pipeline(s);
  return m;
}

static made leaf(unsigned columns) {
  if (check_below(3) == 0 && trial.sources < SOURCES)
    return host_made(columns);
  made m = {.kind = TINE_INDEXED, .all = true};
  const int64_t n = (int64_t)some_length(), first = (int64_t)check_below(100);
  list_begin(&m.l, columns);
  for (int64_t i = 0; i < n; i++)
    list_add(&m.l, (int64_t[]){first + i, -3 * i});
  m.p = tine_range(first, first + n - 1, 1);
  if (columns == 2)
    m.p = tine_zip(m.p, tine_range(0, -3 * n, -3));
  return m;
}

/* ===== Adaptors: each does the same to pipeline and list ===== */

static rule some_rule(void) {
  static const int64_t often[] = {0, 1000, 500, 20, 980};
  static const int64_t fails[] = {0, 0, 0, 1, 20};
  return (rule){(int64_t)check_below(1000), often[check_below(5)], trial.fallible ? fails[check_below(5)] : 0};
}

/* Nearly always true, or nearly never: ends somewhere in a list of some thousand. */
static rule long_rule(void) {
  static const int64_t often[] = {1000, 999, 998, 900, 0};
  rule r = some_rule();
  r.yes = often[check_below(5)];
  return r;
}

/* The list with what 'visit' makes of each item, until it wants no more. */
typedef bool visitor(list *to, const rule *r, const int64_t *item, unsigned columns, size_t i);

static void visit_all(made *m, const rule *r, unsigned columns, visitor *visit) {
  list to;
  list_begin(&to, columns);
  to.failed = m->l.failed;
  for (size_t i = 0; i < m->l.n; i++) {
    const int64_t *item = m->l.v + i * m->l.columns;
    const int failed = rule_fails(r, item, m->l.columns);
    if (failed != 0) {
      to.failed = failed;
      break;
    }
    if (!visit(&to, r, item, m->l.columns, i)) {
      to.failed = 0;
      break;
    }
  }
  if (r->fails > 0)
    m->all = false;
  list_end(&m->l);
  m->l = to;
}

static bool change(list *to, const rule *r, const int64_t *item, unsigned columns, size_t i) {
  const int64_t x = rule_value(r, item, columns, 0);
  (void)i;
  list_add(to, to->columns == 1 ? &x : (int64_t[]){item[0], x});
  return true;
}

static bool keep(list *to, const rule *r, const int64_t *item, unsigned columns, size_t i) {
  (void)i;
  if (rule_holds(r, item, columns))
    list_add(to, item);
  return true;
}

static bool perhaps(list *to, const rule *r, const int64_t *item, unsigned columns, size_t i) {
  int64_t made_of[WIDEST];
  (void)i;
  for (unsigned c = 0; c < columns; c++)
    made_of[c] = rule_value(r, item, columns, c);
  if (rule_holds(r, item, columns))
    list_add(to, made_of);
  return true;
}

static bool expand(list *to, const rule *r, const int64_t *item, unsigned columns, size_t i) {
  const size_t n = rule_count(r, item, columns);
  int64_t made_of[WIDEST];
  (void)i;
  for (size_t k = 0; k < n; k++) {
    for (unsigned c = 0; c < columns; c++)
      made_of[c] = rule_value(r, item, columns, k * WIDEST + c);
    list_add(to, made_of);
  }
  return true;
}

static bool place(list *to, const rule *r, const int64_t *item, unsigned columns, size_t i) {
  if (rule_holds(r, item, columns))
    list_add(to, (int64_t[]){(int64_t)i + 1});
  return true;
}

static bool go_on(list *to, const rule *r, const int64_t *item, unsigned columns, size_t i) {
  return rule_holds(r, item, columns) && keep(to, r, item, columns, i);
}

static void mapped(made *m) {
  const rule r = some_rule();
  tine_value c[3];
  rule_values(&r, c);
  const bool wider = m->l.columns == 1 && check_below(2) == 0;
  m->p = (wider ? tine_extend : tine_map)(m->p, ladder_kernel(CHANGE, m->l.columns), c, 3);
  visit_all(m, &r, wider ? 2 : 1, change);
}

static void kept(made *m) {
  static const int both[] = {0, 1, -1, -1, -1};
  const rule r = some_rule();
  tine_value c[5];
  rule_values(&r, c + 2);
  tine_kernel *k = ladder_kernel(TEST, m->l.columns);
  if (check_below(3) == 0)
    m->p = tine_filter_mask(tine_extend(m->p, k, c + 2, 3));
  else if (m->l.columns == 2 && check_below(2) == 0)
    m->p = tine_filter_args(m->p, k, both, c, 5);
  else
    m->p = tine_filter(m->p, k, c + 2, 3);
  visit_all(m, &r, m->l.columns, keep);
  m->kind = lower(m->kind, TINE_BOUNDED);
}

static void filter_mapped(made *m) {
  const rule r = some_rule();
  tine_value c[3];
  rule_values(&r, c);
  m->p = tine_filter_map(m->p, ladder_kernel(MAYBE, m->l.columns), c, 3);
  visit_all(m, &r, m->l.columns, perhaps);
  m->kind = lower(m->kind, TINE_BOUNDED);
}

static void flat_mapped(made *m) {
  const rule r = some_rule();
  tine_value c[3];
  if (m->l.n > 20000)
    return;
  rule_values(&r, c);
  m->p = tine_flat_map(m->p, ladder_kernel(MANY, m->l.columns), c, 3);
  visit_all(m, &r, m->l.columns, expand);
  m->kind = TINE_PARALLEL;
}

static void positioned(made *m) {
  const rule r = some_rule();
  tine_value c[3];
  if (m->kind != TINE_INDEXED)
    return;
  rule_values(&r, c);
  m->p = tine_positions(m->p, ladder_kernel(TEST, m->l.columns), c, 3);
  visit_all(m, &r, 1, place);
  m->kind = TINE_BOUNDED;
}

static void taken(made *m) {
  const uint64_t n = check_below(m->l.n + 20);
  m->p = tine_take(m->p, n);
  if (n <= m->l.n) {
    m->l.n = n;
    m->l.failed = 0;
  }
  if (m->kind != TINE_INDEXED)
    m->kind = TINE_BOUNDED;
}

static void taken_while(made *m) {
  const rule r = long_rule();
  tine_value c[3];
  rule_values(&r, c);
  m->p = tine_take_while(m->p, ladder_kernel(TEST, m->l.columns), c, 3);
  visit_all(m, &r, m->l.columns, go_on);
  m->kind = lower(m->kind, TINE_BOUNDED);
}

static void skipped_while(made *m) {
  const rule r = long_rule();
  tine_value c[3];
  list to;
  size_t i = 0;
  rule_values(&r, c);
  m->p = tine_skip_while(m->p, ladder_kernel(TEST, m->l.columns), c, 3);
  list_begin(&to, m->l.columns);
  to.failed = m->l.failed;
  for (; i < m->l.n; i++) {
    const int64_t *item = m->l.v + i * to.columns;
    const int failed = rule_fails(&r, item, to.columns);
    if (failed != 0) {
      to.failed = failed;
      i = m->l.n;
    } else if (!rule_holds(&r, item, to.columns))
      break;
  }
  for (; i < m->l.n; i++)
    list_add(&to, m->l.v + i * to.columns);
  m->all = m->all && r.fails == 0;
  list_end(&m->l);
  m->l = to;
  m->kind = lower(m->kind, TINE_BOUNDED);
}

static void selected(made *m) {
  static const unsigned swap[] = {1, 0}, twice[] = {0, 0};
  list to;
  const bool both = m->l.columns == 2;
  list_begin(&to, 2);
  to.failed = m->l.failed;
  for (size_t i = 0; i < m->l.n; i++) {
    const int64_t *item = m->l.v + i * m->l.columns;
    list_add(&to, (int64_t[]){both ? item[1] : item[0], item[0]});
  }
  m->p = tine_select(m->p, both ? swap : twice, 2);
  list_end(&m->l);
  m->l = to;
}

/* What changes nothing. */
static void hinted(made *m) {
  switch (check_below(7)) {
    case 0: m->p = tine_min_len(m->p, 1 + check_below(3000)); break;
    case 1: m->p = tine_max_len(m->p, 1 + check_below(100)); break;
    case 2: m->p = tine_cast(tine_cast(m->p, TINE_F64, TINE_CAST_EXACT), TINE_I64, TINE_CAST_EXACT); break;
    case 3: m->p = tine_on(m->p, trial.pool); break;
    case 4: m->p = tine_timeout(m->p, 3600); break;
    case 5: m->p = check_below(3) == 0 ? tine_sequential(m->p) : tine_timeout(m->p, 4000); break;
    default: m->p = tine_cast(m->p, TINE_I64, TINE_CAST_EXACT);
  }
}

static made grow(unsigned columns, unsigned stages);

static void chained(made *m) {
  made q = grow(0, (unsigned)check_below(3));
  if (q.l.columns > m->l.columns) {
    const unsigned first = 0;
    q.p = tine_select(q.p, &first, 1);
    for (size_t i = 0; i < q.l.n; i++)
      q.l.v[i] = q.l.v[2 * i];
    q.l.columns = 1;
  } else if (q.l.columns < m->l.columns)
    selected(&q);
  m->p = tine_chain(m->p, q.p);
  for (size_t i = 0; m->l.failed == 0 && i < q.l.n; i++)
    list_add(&m->l, q.l.v + i * q.l.columns);
  m->l.failed = m->l.failed != 0 ? m->l.failed : q.l.failed;
  m->all = m->all && q.all;
  m->kind = lower(m->kind, q.kind);
  list_end(&q.l);
}

static made grow(unsigned columns, unsigned stages) {
  static void (*const adaptors[])(made *) = {mapped,      kept,          filter_mapped, flat_mapped, positioned, taken,
                                             taken_while, skipped_while, selected,      hinted,      chained};
  made m = leaf(columns > 0 ? columns : 1 + (unsigned)check_below(2));
  for (unsigned i = 0; i < stages; i++)
    adaptors[check_below(sizeof adaptors / sizeof *adaptors)](&m);
  return m;
}

made ladder_grow(unsigned stages, bool fallible, tine_pool *pool) {
  trial.sources = 0;
  trial.fallible = fallible;
  trial.pool = pool;
  return grow(0, stages);
}

void ladder_cut(made *m) {
  list_end(&m->l);
  tine_pipeline_release(m->p);
  for (unsigned i = 0; i < trial.sources; i++) {
    CHECK_INT(trial.source[i].pieces, 0);
    CHECK_INT(trial.source[i].wrong, 0);
    list_end(&trial.items[i]);
  }
}
