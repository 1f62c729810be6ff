/*
** Every terminal, for the table of bits_kinds_test.c: all that one gives goes into the hash, its status and the failing
** item first. What is left to chance - which match TINE_ANY finds, where a stream cuts - does not.
*/
#include "bits_kinds.h"
#include "pools.h"

/* What a terminal returned, and whether that was OK. */
static bool ended(tine_status status, const tine_error *err) {
  bits_add((uint64_t)status);
  bits_add(status == TINE_OK ? 0 : err->item);
  return status == TINE_OK;
}

static bool values(const bits_run *r, tine_status status, const tine_error *err, const tine_value *v) {
  const bool all = ended(status, err);
  for (unsigned c = 0; all && c < tine_pipeline_columns(r->p); c++)
    bits_value(v[c]);
  return all;
}

/* All of them are there, or none. */
static void arrays(const bits_run *r, tine_status status, const tine_error *err, tine_array **a) {
  ended(status, err);
  for (unsigned c = 0; c < tine_pipeline_columns(r->p); c++) {
    bits_add(a[c] != NULL);
    bits_array(a[c]);
  }
}

/* ===== Reductions ===== */

static void sums(const bits_run *r) {
  typedef tine_status reduction(tine_pipeline *, tine_value *, tine_error *);
  static reduction *const all[] = {tine_sum, tine_product, tine_mean, tine_var, tine_std};
  tine_value v[TINE_MAX_COLUMNS];
  tine_error err = {.item = 0};
  for (unsigned k = 0; k < sizeof all / sizeof *all; k++)
    values(r, all[k](r->p, v, &err), &err, v);
  values(r, tine_var_ddof(r->p, 1, v, &err), &err, v);
  values(r, tine_std_ddof(r->p, 2, v, &err), &err, v);
}

static void extremes(const bits_run *r) {
  uint64_t low_at[TINE_MAX_COLUMNS] = {0}, high_at[TINE_MAX_COLUMNS] = {0};
  tine_value low[TINE_MAX_COLUMNS], high[TINE_MAX_COLUMNS];
  tine_error err = {.item = 0};
  const bool all = values(r, tine_min(r->p, low, r->indexed ? low_at : NULL, &err), &err, low);
  if (values(r, tine_max(r->p, high, r->indexed ? high_at : NULL, &err), &err, high) && all)
    for (unsigned c = 0; c < tine_pipeline_columns(r->p) && low[c].dtype != TINE_NONE; c++)
      bits_add(low_at[c]), bits_add(high_at[c]);
  const tine_status status = tine_minmax(r->p, low, high, &err);
  values(r, status, &err, low);
  values(r, status, &err, high);
  if (!r->indexed)
    bits_add((uint64_t)tine_min(r->p, low, low_at, NULL));
}

/* Neither is associative, so the order of their calls is in the result; "knit" says it is commutative, and goes in
   lanes. */
TINE_MAP2(knot_i64, int64_t, int64_t, int64_t, mix((uint64_t)a * 3 + (uint64_t)b))
TINE_MAP2(knot_f32, float, float, float, a * 0.625f - b * 0.5f)
TINE_MAP2(knot_f64, double, double, double, a * 0.625 - b * 0.5)

static tine_registry *registry;

static void add_knot(const char *name, unsigned flags) {
  static const tine_kernel_signature signatures[] = {
      {"i64 i64 -> i64", knot_i64, NULL}, {"f32 f32 -> f32", knot_f32, NULL}, {"f64 f64 -> f64", knot_f64, NULL}};
  const tine_kernel_desc desc = {
      .size = sizeof desc, .name = name, .signatures = signatures, .signature_count = 3, .flags = flags};
  CHECK_INT(tine_kernel_register(registry, &desc, NULL), TINE_OK);
}

void bits_terminals_begin(void) {
  CHECK_INT(tine_registry_create(&registry, NULL), TINE_OK);
  add_knot("knot", TINE_ASSOCIATIVE);
  add_knot("knit", TINE_ASSOCIATIVE | TINE_COMMUTATIVE);
}

void bits_terminals_end(void) {
  tine_registry_release(registry);
}

static tine_kernel *own(const char *name) {
  return tine_kernel_find(registry, name, NULL);
}

static void reductions(const bits_run *r) {
  const tine_value start = tine_i64(3);
  tine_value v[TINE_MAX_COLUMNS];
  tine_error err = {.item = 0};
  values(r, tine_reduce(r->p, builtin("add"), &start, v, &err), &err, v);
  values(r, tine_reduce(r->p, own("knot"), &start, v, &err), &err, v);
  values(r, tine_reduce(r->p, own("knit"), NULL, v, &err), &err, v);
}

static void prefixes(const bits_run *r) {
  const tine_value start = tine_i64(3);
  tine_array *a[TINE_MAX_COLUMNS] = {NULL};
  tine_error err = {.item = 0};
  arrays(r, tine_scan(r->p, builtin("add"), &start, a, &err), &err, a);
  arrays(r, tine_scan(r->p, own("knot"), NULL, a, &err), &err, a);
}

/* ===== Kernels over the items of any pipeline ===== */

/* What they know of them. */
typedef struct row {
  unsigned columns;
  tine_dtype dtype[TINE_MAX_COLUMNS];
  uint64_t total;
} row;
static row items;

static uint64_t row_hash(const row *r, const void *const *data, const ptrdiff_t *stride, size_t i) {
  uint64_t h = 1;
  for (unsigned c = 0; c < r->columns; c++)
    h = mix(h + bits_element(r->dtype[c], (const char *)data[c] + stride[c] * (ptrdiff_t)i));
  return h;
}

static int chosen_block(tine_block *block) {
  const row *r = block->env;
  for (size_t i = 0; i < block->n; i++) {
    const int64_t of = TINE_AT(int64_t, block->in[r->columns], block->in_stride[r->columns], i);
    ((bool *)block->out[0])[i] = row_hash(r, block->in, block->in_stride, i) % (uint64_t)of == 0;
  }
  return 0;
}

static int effect_block(tine_block *block) {
  for (size_t i = 0; i < block->n; i++)
    *(uint64_t *)block->state += row_hash(block->env, block->in, block->in_stride, i);
  return 0;
}

static void effect_merge(void *env, void *state) {
  ((row *)env)->total += *(uint64_t *)state;
}

static void add_kernel(tine_registry *reg, const char *name, const char *types, tine_kernel_fn *fn, bool effect) {
  const tine_kernel_signature signature = {types, fn, NULL};
  const tine_kernel_desc desc = {.size = sizeof desc,
                                 .name = name,
                                 .signatures = &signature,
                                 .signature_count = 1,
                                 .env = &items,
                                 .mode = effect ? TINE_FN_MUT : TINE_FN,
                                 .state_size = effect ? sizeof(uint64_t) : 0,
                                 .merge = effect ? effect_merge : NULL};
  CHECK_INT(tine_kernel_register(reg, &desc, NULL), TINE_OK);
}

void bits_run_begin(bits_run *r, tine_pipeline *p) {
  char types[8 * TINE_MAX_COLUMNS + 16] = "", plan[8192];
  *r = (bits_run){.p = p, .indexed = tine_pipeline_kind(p) == TINE_INDEXED};
  items = (row){.columns = tine_pipeline_columns(p)};
  tine_pipeline_explain(p, plan, sizeof plan);
  r->ends = strstr(plan, "take_while") != NULL;
  CHECK_INT(tine_registry_create(&r->own, NULL), TINE_OK);
  for (unsigned c = 0; c < items.columns; c++) {
    items.dtype[c] = tine_pipeline_dtype(p, c);
    strcat(strcat(types, tine_dtype_name(items.dtype[c])), " ");
  }
  char *const end = types + strlen(types);
  strcpy(end, "i64 -> bool");
  add_kernel(r->own, "chosen", types, chosen_block, false);
  strcpy(end, "->");
  add_kernel(r->own, "effect", types, effect_block, true);
  r->chosen = tine_kernel_find(r->own, "chosen", NULL);
  r->effect = tine_kernel_find(r->own, "effect", NULL);
}

void bits_run_end(bits_run *r) {
  tine_registry_release(r->own);
}

static void counts(const bits_run *r) {
  const tine_value third = tine_i64(3);
  uint64_t n = 0;
  tine_error err = {.item = 0};
  if (ended(tine_count(r->p, &n, &err), &err))
    bits_add(n);
  if (ended(tine_count_if(r->p, r->chosen, NULL, &third, 1, &n, &err), &err))
    bits_add(n);
  items.total = 0;
  if (ended(tine_for_each(r->p, r->effect, NULL, 0, &err), &err) && !r->ends)
    bits_add(items.total);
}

/* In the order of the items, and of the tree in which cells are combined. */
typedef struct ordered {
  uint64_t n, hash;
} ordered;

static void ordered_init(void *acc, const void *env) {
  (void)env;
  *(ordered *)acc = (ordered){0, 0};
}

static int ordered_fold(void *acc, tine_block *block) {
  ordered *o = acc;
  for (size_t i = 0; i < block->n; i++, o->n++)
    o->hash = mix(o->hash + row_hash(block->env, block->in, block->in_stride, i));
  return 0;
}

static void ordered_combine(void *acc, void *right, const void *env) {
  ordered *a = acc;
  const ordered *b = right;
  (void)env;
  if (a->n == 0 || b->n == 0)
    *a = a->n == 0 ? *b : *a;
  else
    *a = (ordered){a->n + b->n, mix(a->hash * 3 + b->hash)};
}

static void folds(const bits_run *r) {
  const tine_fold_desc desc = {.size = sizeof desc,
                               .acc_size = sizeof(ordered),
                               .init = ordered_init,
                               .fold = ordered_fold,
                               .combine = ordered_combine,
                               .env = &items};
  ordered result = {0, 0};
  tine_error err = {.item = 0};
  if (ended(tine_fold(r->p, &desc, &result, &err), &err))
    bits_add(result.n), bits_add(result.hash);
}

/* ===== Arrays ===== */

/* Into new arrays, into given ones, and a part. */
static void collects(const bits_run *r) {
  tine_array *a[TINE_MAX_COLUMNS] = {NULL};
  tine_error err = {.item = 0};
  arrays(r, tine_collect(r->p, a, &err), &err, a);
  const unsigned columns = tine_pipeline_columns(r->p);
  const uint64_t n = tine_pipeline_len(r->p);
  for (unsigned how = 0; how < 2; how++) {
    bool all;
    for (unsigned c = 0; c < columns; c++)
      CHECK_INT(tine_array_create(&a[c], tine_pipeline_dtype(r->p, c), n, NULL), TINE_OK);
    all = ended(how == 0 ? tine_collect_into(r->p, a, columns, &err)
                         : tine_collect_range(r->p, n / 3, n / 2, a, columns, &err),
                &err);
    for (unsigned c = 0; c < columns; c++) {
      if (!all)
        tine_array_release(a[c]);
      else
        bits_array(a[c]);
      a[c] = NULL;
    }
  }
}

static void partitions(const bits_run *r) {
  const tine_value third = tine_i64(3);
  tine_array *yes[TINE_MAX_COLUMNS] = {NULL}, *no[TINE_MAX_COLUMNS] = {NULL};
  tine_error err = {.item = 0};
  const tine_status status = tine_partition(r->p, r->chosen, &third, 1, yes, no, &err);
  arrays(r, status, &err, yes);
  arrays(r, status, &err, no);
}

/* These run in the default pool. */
static void orders_of(tine_array *a) {
  tine_array *positions = NULL;
  bits_add((uint64_t)tine_array_argsort(a, TINE_DESCENDING, &positions, NULL));
  bits_array(positions);
  bits_add((uint64_t)tine_array_reverse(a, NULL));
  bits_array(tine_array_view(a, 0, tine_array_len(a)));
  bits_add((uint64_t)tine_array_sort(a, TINE_ASCENDING, NULL));
  bits_array(a);
}

static void sorts(const bits_run *r) {
  tine_array *a[TINE_MAX_COLUMNS] = {NULL};
  if (tine_collect(r->p, a, NULL) == TINE_OK)
    for (unsigned c = 0; c < tine_pipeline_columns(r->p); c++)
      orders_of(a[c]);
}

static void orders(const bits_run *r) {
  tine_array *a[TINE_MAX_COLUMNS] = {NULL};
  tine_error err = {.item = 0};
  arrays(r, tine_sorted(r->p, TINE_ASCENDING, a, &err), &err, a);
  arrays(r, tine_sorted(r->p, TINE_DESCENDING, a, &err), &err, a);
  arrays(r, tine_top(r->p, 10, a, &err), &err, a);
}

static void keys(const bits_run *r) {
  tine_array *a[TINE_MAX_COLUMNS] = {NULL}, *times = NULL;
  tine_error err = {.item = 0};
  arrays(r, tine_unique(r->p, a, &err), &err, a);
  arrays(r, tine_count_by(r->p, a, &times, &err), &err, a);
  bits_array(times);
  arrays(r, tine_histogram(r->p, -1, 3, 37, a, &err), &err, a);
}

/* ===== Ends before the end ===== */

static void finds(const bits_run *r, const tine_value *of, tine_which which) {
  tine_value v[TINE_MAX_COLUMNS];
  uint64_t at = 0;
  tine_error err = {.item = 0};
  values(r, tine_find(r->p, which, r->chosen, of, 1, v, &err), &err, v);
  if (ended(tine_position(r->p, which, r->chosen, of, 1, &at, &err), &err))
    bits_add(at);
}

/* Of items of which one in 40 is chosen, and of which hardly any is. */
static void searches(const bits_run *r) {
  const tine_value always = tine_i64(1), some = tine_i64(40), few = tine_i64(3000);
  bool held = false;
  tine_error err = {.item = 0};
  finds(r, &some, TINE_FIRST);
  finds(r, &some, TINE_LAST);
  finds(r, &few, TINE_FIRST);
  if (ended(tine_any(r->p, r->chosen, &few, 1, &held, &err), &err))
    bits_add(held);
  if (ended(tine_all(r->p, r->chosen, &always, 1, &held, &err), &err))
    bits_add(held);
}

static void order_of(tine_pipeline *p, tine_pipeline *q) {
  int order = 0;
  tine_error err = {.item = 0};
  if (ended(tine_cmp(p, q, &order, &err), &err))
    bits_add((uint64_t)(int64_t)order);
  tine_pipeline_release(q);
}

/* With itself, and with what is shorter and what is in another order. */
static void comparisons(const bits_run *r) {
  bool same = false;
  tine_error err = {.item = 0};
  if (ended(tine_eq(r->p, r->p, &same, &err), &err))
    bits_add(same);
  order_of(r->p, tine_take(tine_pipeline_retain(r->p), 1000));
  if (r->indexed)
    order_of(r->p, tine_rev(tine_pipeline_retain(r->p)));
}

/* ===== Block by block ===== */

static void block_items(const tine_columns *block) {
  for (size_t i = 0; i < block->n; i++)
    bits_add(row_hash(&items, block->data, block->stride, i));
}

static void producer_items(const tine_producer *p) {
  tine_iter *it = NULL;
  tine_columns block;
  tine_status status;
  if (!CHECK_INT(tine_iter_create(&it, p, NULL), TINE_OK))
    return;
  while ((status = tine_iter_next(it, &block, NULL)) == TINE_OK && block.n > 0)
    block_items(&block);
  bits_add((uint64_t)status);
  tine_iter_destroy(it);
}

/* The right part first. */
static tine_status parts(const tine_producer *whole, void *ud) {
  tine_producer left, right;
  (void)ud;
  CHECK_INT(tine_producer_split_at(whole, tine_producer_len(whole) / 3, &left, &right), TINE_OK);
  producer_items(&right);
  producer_items(&left);
  return TINE_OK;
}

static void blocks(const bits_run *r) {
  tine_stream *s = NULL;
  tine_columns block;
  tine_status status;
  tine_error err = {.item = 0};
  if (!CHECK_INT(tine_stream_create(&s, r->p, NULL), TINE_OK))
    return;
  while ((status = tine_stream_next(s, &block, &err)) == TINE_OK && block.n > 0)
    block_items(&block);
  ended(status, &err);
  tine_stream_destroy(s);
  if (r->indexed)
    tine_with_producer(r->p, parts, NULL);
}

/* ===== The list ===== */

const bits_terminal bits_terminals[] = {
    {"sum, mean, var", sums},
    {"min, max", extremes},
    {"reduce", reductions},
    {"scan", prefixes},
    {"count, for_each", counts},
    {"fold", folds},
    {"collect", collects},
    {"partition", partitions},
    {"sorted, top", orders},
    {"sort, argsort, reverse", sorts},
    {"unique, histogram", keys},
    {"find, any, all", searches},
    {"eq, cmp", comparisons},
    {"stream, iter", blocks},
    {NULL, NULL},
};
