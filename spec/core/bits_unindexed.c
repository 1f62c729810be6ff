/*
** Pipelines without index, and those that fail or have a kernel with states, for the table of bits_kinds_test.c.
*/
#include "bits_parts.h"
#include "ladder.h"

/* ===== Sparse ===== */

static tine_pipeline *above(tine_pipeline *p, double x) {
  return tine_filter(p, builtin("gt"), &(tine_value){TINE_F64, {.f = x}}, 1);
}

/* What is above a/1000. */
static tine_pipeline *filtered(uint64_t n, int64_t a, int64_t b) {
  return above(base(n, b), (double)a / 1000);
}

static tine_pipeline *filtered_type(uint64_t n, int64_t a, int64_t b) {
  return tine_filter(slice(n, a, 0), builtin("lt"), &(tine_value){TINE_I64, {.i = b}}, 1);
}

static tine_pipeline *filtered_then_maps(uint64_t n, int64_t a, int64_t b) {
  return maps(filtered(n, a, b));
}

static tine_pipeline *filtered_twice(uint64_t n, int64_t a, int64_t b) {
  return above(maps(filtered(n, a, b)), 0.2);
}

static tine_pipeline *filtered_by_column(uint64_t n, int64_t a, int64_t b) {
  return tine_filter_args(zipped(n, a, b), builtin("lt"), (const int[]){0, 1}, NULL, 2);
}

static tine_pipeline *masked(uint64_t n, int64_t a, int64_t b) {
  return tine_filter_mask(extended(n, a, b));
}

static tine_pipeline *masked_by(uint64_t n, int64_t a, int64_t b) {
  return tine_filter_by(zipped(n, a, b), slice(n, TINE_BOOL, 0));
}

static tine_pipeline *found(uint64_t n, int64_t a, int64_t b) {
  return tine_positions(base(n, b), builtin("gt"), &(tine_value){TINE_F64, {.f = (double)a / 1000}}, 1);
}

static tine_pipeline *chained_filters(uint64_t n, int64_t a, int64_t b) {
  return tine_chain(filtered(n / 2, a, b), above(reals(n - n / 2, 9), 0.5));
}

static tine_pipeline *filtered_chain(uint64_t n, int64_t a, int64_t b) {
  return tine_filter(chained(n, a, b), builtin("gt"), &(tine_value){TINE_I64, {.i = 0}}, 1);
}

/* ===== Sources that split themselves ===== */

enum { HOSTS = 4 };
static host_source hosts[HOSTS];
static int64_t *host_items;

static tine_pipeline *split(uint64_t n, int64_t kind, int64_t fails_at) {
  host_source *h = &hosts[fails_at < 0 ? kind : 3];
  h->v = host_items;
  h->n = (size_t)n;
  h->fails_at = fails_at < 0 ? SIZE_MAX : (size_t)fails_at;
  h->columns = kind == TINE_BOUNDED ? 2 : 1;
  h->kind = (tine_kind)kind;
  return host_pipeline(h);
}

/* ===== What the functions of ladder.h make of whole numbers ===== */

typedef enum step { CHANGED, TESTED, MAYBES, EXPANDED, ENDED, SKIPPED } step;

/* One of those: of 1000 items 'yes' hold and 'fails' fail. */
static tine_pipeline *ladder(tine_pipeline *p, step how, int64_t yes, int64_t fails) {
  const rule r = {how + 7, yes, fails};
  const unsigned columns = tine_pipeline_columns(p);
  tine_kernel *const test = ladder_kernel(TEST, columns);
  tine_value v[3];
  rule_values(&r, v);
  switch (how) {
    case CHANGED: return tine_map(p, ladder_kernel(CHANGE, columns), v, 3);
    case TESTED: return tine_filter(p, test, v, 3);
    case MAYBES: return tine_filter_map(p, ladder_kernel(MAYBE, columns), v, 3);
    case EXPANDED: return tine_flat_map(p, ladder_kernel(MANY, columns), v, 3);
    case ENDED: return tine_take_while(p, test, v, 3);
    case SKIPPED: return tine_skip_while(p, test, v, 3);
  }
  return p;
}

/* f64 of what it gives, which round. */
static tine_pipeline *rounded(tine_pipeline *p) {
  return with(p, "mul", tine_f64(1.0 / 3));
}

static tine_pipeline *of_wholes(uint64_t n, int64_t how, int64_t yes) {
  return ladder(wholes(n, 100000, 8), (step)how, yes, 0);
}

static tine_pipeline *of_wholes_rounded(uint64_t n, int64_t how, int64_t yes) {
  return rounded(of_wholes(n, how, yes));
}

static tine_pipeline *of_wholes_failing(uint64_t n, int64_t how, int64_t fails) {
  return ladder(wholes(n, 100000, 8), (step)how, how == SKIPPED ? 999 : how == EXPANDED ? 100 : 500, fails);
}

static tine_pipeline *of_two(uint64_t n, int64_t how, int64_t yes) {
  return ladder(tine_zip(wholes(n, 5000, 8), wholes(n, 3, 9)), (step)how, yes, 0);
}

/* How many hold where nothing else is said: a few for what gives many items, most for what they end. */
static int64_t often(int64_t how) {
  return how == EXPANDED ? 130 : how >= ENDED ? 998 : 600;
}

/* One upon the other. */
static tine_pipeline *of_steps(uint64_t n, int64_t below, int64_t on_top) {
  return ladder(ladder(wholes(n, 100000, 8), (step)below, often(below), 0), (step)on_top, often(on_top), 0);
}

static tine_pipeline *of_steps_rounded(uint64_t n, int64_t below, int64_t on_top) {
  return rounded(of_steps(n, below, on_top));
}

static tine_pipeline *taken_of(uint64_t n, int64_t how, int64_t most) {
  return rounded(tine_take(of_wholes(n, how, often(how)), (uint64_t)most));
}

static tine_pipeline *taken_of_split(uint64_t n, int64_t kind, int64_t most) {
  return tine_take(split(n, kind, -1), (uint64_t)most);
}

static tine_pipeline *of_split(uint64_t n, int64_t kind, int64_t how) {
  return ladder(split(n, kind, -1), (step)how, often(how), 0);
}

static tine_pipeline *split_rounded(uint64_t n, int64_t kind, int64_t how) {
  (void)how;
  return rounded(split(n, kind, -1));
}

static tine_pipeline *chained_steps(uint64_t n, int64_t a, int64_t b) {
  return rounded(tine_chain(of_wholes(n / 2, a, often(a)), of_wholes(n - n / 2, b, often(b))));
}

static tine_pipeline *chained_splits(uint64_t n, int64_t a, int64_t b) {
  return tine_chain(tine_chain(of_wholes(n / 3, EXPANDED, 130), rounded(split(n / 3, a, -1))),
                    tine_chain(tine_empty(TINE_I64), rounded(split(n - n / 2, b, -1))));
}

static tine_pipeline *repeated(uint64_t n, int64_t a, int64_t b) {
  return tine_flat_map(base(n / (uint64_t)b + 1, a), builtin("repeat"), &(tine_value){TINE_I64, {.i = b}}, 1);
}

static tine_pipeline *spans(uint64_t n, int64_t a, int64_t b) {
  return tine_flat_map(tine_zip(tine_rep(tine_i64(a), n / 4), wholes(n / 4, (uint64_t)b, 4)), builtin("span"), NULL, 0);
}

/* Ends or begins at item 'at'. */
static tine_pipeline *until(uint64_t n, int64_t a, int64_t at) {
  return tine_take_while_args(tine_enumerate(base(n, a)), builtin("le"), (const int[]){0, -1},
                              (const tine_value[]){tine_i64(0), tine_i64(at)}, 2);
}

static tine_pipeline *from(uint64_t n, int64_t a, int64_t at) {
  return tine_skip_while_args(tine_enumerate(base(n, a)), builtin("le"), (const int[]){0, -1},
                              (const tine_value[]){tine_i64(0), tine_i64(at)}, 2);
}

static tine_pipeline *from_filtered(uint64_t n, int64_t a, int64_t at) {
  return tine_skip_while(maps(filtered(n, 0, a)), builtin("lt"), &(tine_value){TINE_F64, {.f = (double)at / 1000}}, 1);
}

/* ===== Failures ===== */

static tine_pipeline *failing(uint64_t n, int64_t at, int64_t b) {
  (void)b;
  return tine_map(signed_reals(n, 1, at), failing_kernel(), NULL, 0);
}

static tine_pipeline *failing_reversed(uint64_t n, int64_t at, int64_t b) {
  return tine_rev(failing(n, at, b));
}

static tine_pipeline *failing_skipped(uint64_t n, int64_t at, int64_t by_how_many) {
  return tine_skip(failing(n, at, 0), (uint64_t)by_how_many);
}

static tine_pipeline *failing_taken(uint64_t n, int64_t at, int64_t most) {
  return tine_take(failing(n, at, 0), (uint64_t)most);
}

static tine_pipeline *failing_twice(uint64_t n, int64_t at, int64_t and_at) {
  return tine_zip(failing(n, at, 0), maps(failing(n, and_at, 0)));
}

static tine_pipeline *failing_chained(uint64_t n, int64_t at, int64_t b) {
  return tine_chain(filtered(n / 2, 0, b), above(failing(n - n / 2, at, 0), 0.3));
}

static tine_pipeline *failing_repeated(uint64_t n, int64_t at, int64_t times) {
  return tine_flat_map(failing(n / 2, at, 0), builtin("repeat"), &(tine_value){TINE_I64, {.i = times}}, 1);
}

static tine_pipeline *failing_after(uint64_t n, int64_t at, int64_t end) {
  return tine_take_while_args(tine_enumerate(failing(n, at, 0)), builtin("le"), (const int[]){0, -1},
                              (const tine_value[]){tine_i64(0), tine_i64(end)}, 2);
}

/* ===== A kernel with states ===== */

static tine_registry *registry;

static int scratch_block(tine_block *block) {
  int64_t *seen = block->state;
  const double *x = block->in[0];
  (void)x;
  for (size_t i = 0; i < block->n; i++, ++*seen)
    ((double *)block->out[0])[i] = 0.1 - TINE_AT(double, block->in[0], block->in_stride[0], i);
  return 0;
}

static tine_pipeline *stateful(uint64_t n, int64_t a, int64_t b) {
  tine_pipeline *p = tine_map(base(n, a), tine_kernel_find(registry, "scratch", NULL), NULL, 0);
  return b == 0 ? p : above(p, 0);
}

void bits_sources_begin(uint64_t most) {
  static const tine_kernel_signature signature = {"f64 -> f64", scratch_block, NULL};
  const tine_kernel_desc desc = {.size = sizeof desc,
                                 .name = "scratch",
                                 .signatures = &signature,
                                 .signature_count = 1,
                                 .mode = TINE_FN_MUT,
                                 .state_size = sizeof(int64_t)};
  CHECK_INT(tine_registry_create(&registry, NULL), TINE_OK);
  CHECK_INT(tine_kernel_register(registry, &desc, NULL), TINE_OK);
  ladder_begin();
  host_items = malloc((size_t)(2 * most) * sizeof *host_items);
  bits_seed(3);
  for (uint64_t i = 0; i < 2 * most; i++)
    host_items[i] = (int64_t)(bits_next() % 100000) - 50000;
}

void bits_sources_end(void) {
  free(host_items);
  ladder_end();
  tine_registry_release(registry);
  test_kernels_end();
}

/* ===== The list ===== */

const bits_source bits_unindexed[] = {
    {"filter", filtered, 0, STORED, true},
    {"filter of maps", filtered, 300, COMPUTED, false},
    {"filter, few", filtered, 998, STORED, false},
    {"filter, none", filtered, 2000, STORED, false},
    {"filter, all", filtered, -2000, COMPUTED, false},
    {"filter of u8", filtered_type, TINE_U8, 90, false},
    {"filter of i64", filtered_type, TINE_I64, 5, false},
    {"filter of f32", filtered_type, TINE_F32, 1, false},
    {"maps of a filter", filtered_then_maps, 0, STORED, true},
    {"maps of few", filtered_then_maps, 998, STORED, false},
    {"filter of maps of a filter", filtered_twice, 100, COMPUTED, false},
    {"filter by column", filtered_by_column, TINE_F64, TINE_I32, false},
    {"filter_mask", masked, TINE_F32, TINE_I8, false},
    {"filter_by", masked_by, TINE_F64, TINE_U16, false},
    {"positions", found, 500, COMPUTED, false},
    {"chain of filters", chained_filters, 0, COMPUTED, false},
    {"filter of a chain", filtered_chain, TINE_I32, TINE_F64, false},
    {"map of the host's", of_wholes, CHANGED, 0, false},
    {"filter of the host's", of_wholes, TESTED, 300, false},
    {"filter_map", of_wholes, MAYBES, 600, false},
    {"filter_map, rounded", of_wholes_rounded, MAYBES, 600, true},
    {"filter_map of two columns", of_two, MAYBES, 600, false},
    {"flat_map", of_wholes, EXPANDED, 150, false},
    {"flat_map, rounded", of_wholes_rounded, EXPANDED, 100, true},
    {"flat_map of two columns", of_two, EXPANDED, 150, false},
    {"flat_map, repeat", repeated, STORED, 3, false},
    {"flat_map, repeat maps", repeated, COMPUTED, 1100, false},
    {"flat_map, span", spans, 1, 9, false},
    {"take_while", of_wholes, ENDED, 998, false},
    {"take_while, to 1", until, STORED, 1, false},
    {"take_while, to 1500", until, COMPUTED, 1500, false},
    {"take_while, all", until, COMPUTED, 1000000, false},
    {"skip_while", of_wholes, SKIPPED, 998, false},
    {"skip_while, to 1500", from, COMPUTED, 1500, false},
    {"skip_while, none", from, STORED, 0, false},
    {"skip_while of a filter", from_filtered, STORED, 330, false},
    {"filter_map of filter_map", of_steps, MAYBES, MAYBES, false},
    {"flat_map of filter", of_steps, TESTED, EXPANDED, false},
    {"filter of flat_map", of_steps_rounded, EXPANDED, TESTED, false},
    {"flat_map of flat_map", of_steps, EXPANDED, EXPANDED, false},
    {"take_while of flat_map", of_steps_rounded, EXPANDED, ENDED, false},
    {"skip_while of flat_map", of_steps_rounded, EXPANDED, SKIPPED, false},
    {"flat_map of skip_while", of_steps, SKIPPED, EXPANDED, false},
    {"flat_map of take_while", of_steps, ENDED, EXPANDED, false},
    {"take of filter_map", taken_of, MAYBES, 1200, false},
    {"take of flat_map", taken_of, EXPANDED, 1030, false},
    {"take of flat_map, 3000", taken_of, EXPANDED, 3000, false},
    {"split, exact", split, TINE_EXACT, -1, false},
    {"split, bounded", split, TINE_BOUNDED, -1, false},
    {"split, parallel", split, TINE_PARALLEL, -1, false},
    {"split, rounded", split_rounded, TINE_EXACT, 0, false},
    {"take of split", taken_of_split, TINE_PARALLEL, 1100, false},
    {"filter of split", of_split, TINE_BOUNDED, TESTED, false},
    {"flat_map of split", of_split, TINE_EXACT, EXPANDED, false},
    {"skip_while of split", of_split, TINE_EXACT, SKIPPED, false},
    {"take_while of split", of_split, TINE_PARALLEL, ENDED, false},
    {"chain of flat_maps", chained_steps, EXPANDED, EXPANDED, false},
    {"chain of take_while, filter_map", chained_steps, ENDED, MAYBES, false},
    {"chain of skip_while, take_while", chained_steps, SKIPPED, ENDED, false},
    {"chain of splits", chained_splits, TINE_EXACT, TINE_PARALLEL, false},
    {"failing at 1000", failing, 1000, 0, false},
    {"failing at 4090", failing, 4090, 0, false},
    {"failing at 1000, rev", failing_reversed, 1000, 0, false},
    {"failing at 1000, skip it", failing_skipped, 1000, 1001, false},
    {"failing at 1000, skip to it", failing_skipped, 1000, 1000, false},
    {"failing at 1000, take to it", failing_taken, 1000, 1000, false},
    {"failing at 1005 and 1001", failing_twice, 1005, 1001, false},
    {"failing in a chain", failing_chained, 1100, STORED, false},
    {"failing below flat_map", failing_repeated, 1100, 2, false},
    {"failing after the end", failing_after, 1500, 900, false},
    {"failing before the end", failing_after, 900, 1500, false},
    {"failing filter", of_wholes_failing, TESTED, 1, false},
    {"failing filter_map", of_wholes_failing, MAYBES, 1, false},
    {"failing flat_map", of_wholes_failing, EXPANDED, 1, false},
    {"failing skip_while", of_wholes_failing, SKIPPED, 1, false},
    {"failing split", split, TINE_EXACT, 1234, false},
    {"with states", stateful, STORED, 0, false},
    {"with states, filter", stateful, COMPUTED, 1, false},
    {NULL, NULL, 0, 0, false},
};
