/*
** What stacks of filters keep of columns of several types, folded: random pipelines against the model of folds by
** place, on any pool, cut anywhere. What is kept may be infinite, NaN or -0.0, too large to be added in another order,
** or not be there at all in whole cells.
*/
#include <math.h>

#include "place_model.h"
#include "pool_set.h"

enum { MOST = 6000, COLUMNS = 4, LEVELS = 12, LAYERS = 8, ROUNDS = 300 };

/* A column as it is, in the type that f64 folds work in, and in that of integers. */
typedef struct typed_column {
  tine_dtype dtype;
  double f64[MOST];
  int64_t i64[MOST];
  float f32[MOST];
  bool boolean[MOST];
} typed_column;

static typed_column columns[COLUMNS];
static unsigned count;
static size_t length;
static int64_t level[MOST];         /* which filters drop, one after the other */
static bool mask[MOST], kept[MOST]; /* by the first filter; by all of them */

/* ----- Items ----- */

static double some_float(unsigned kind, bool narrow) {
  static const double any[] = {(double)NAN, (double)INFINITY, -(double)INFINITY, -0.0, 0, 1e-40};
  const double sign = check_below(2) == 0 ? -1 : 1, tame = sign * (0.5 + (double)check_below(1100001) / 1e6);
  if (kind == 1) /* one or two in all: else every sum is NaN */
    return check_below(length) == 0 ? any[check_below(sizeof any / sizeof any[0])] : tame;
  if (kind == 2)
    return -0.0;
  if (kind == 3) /* finite or not, as they are ordered */
    return sign * (narrow ? 2e38 : 1e308);
  return tame;
}

static void make_column(typed_column *c) {
  static const tine_dtype dtypes[] = {TINE_F64, TINE_F32, TINE_I64, TINE_BOOL};
  const unsigned kind = (unsigned)check_below(4);
  c->dtype = dtypes[check_below(sizeof dtypes / sizeof dtypes[0])];
  for (size_t i = 0; i < length; i++) {
    if (c->dtype == TINE_F64)
      c->f64[i] = some_float(kind, false);
    else if (c->dtype == TINE_F32)
      c->f64[i] = c->f32[i] = (float)some_float(kind, true);
    else if (c->dtype == TINE_I64)
      c->i64[i] = kind == 0 ? (int64_t)check_random() : (int64_t)check_below(7) - 3; /* wrap, or not */
    else
      c->i64[i] = c->boolean[i] = kind == 0 || check_below(2) == 0;
    if (c->dtype == TINE_I64 || c->dtype == TINE_BOOL)
      c->f64[i] = (double)c->i64[i];
  }
}

/* Some cells have one level only, so that one filter of a stack leaves nothing of them. */
static void make_items(void) {
  static const size_t lengths[] = {1, 31, 64, 65, 255, 1000, 1023, 1024, 1025, 2048, 3000, 4097, MOST};
  static const unsigned densities[] = {1, 50, 99, 100};
  const unsigned density = densities[check_below(4)];
  bool one = false;
  length = lengths[check_below(sizeof lengths / sizeof lengths[0])];
  count = 1 + (unsigned)check_below(COLUMNS);
  for (unsigned c = 0; c < count; c++)
    make_column(&columns[c]);
  for (size_t i = 0; i < length; i++) {
    if (i % 1024 == 0)
      one = check_below(3) == 0;
    level[i] = i % 1024 != 0 && one ? level[i - 1] : (int64_t)check_below(LEVELS);
    mask[i] = check_below(100) < density;
  }
}

/* ----- Pipelines ----- Each layer does to the model what it does to the pipeline. */

TINE_MAP1(same_i64, int64_t, int64_t, a)

/* A kernel of a host's, of which nobody knows how long it takes. */
static tine_kernel *same_kernel(tine_registry **registry) {
  static const tine_kernel_signature signature = {"i64 -> i64", same_i64, NULL};
  const tine_kernel_desc d = {.size = sizeof d, .name = "same", .signatures = &signature, .signature_count = 1};
  CHECK_INT(tine_registry_create(registry, NULL), TINE_OK);
  CHECK_INT(tine_kernel_register(*registry, &d, NULL), TINE_OK);
  return tine_kernel_find(*registry, "same", NULL);
}

static tine_pipeline *slice(tine_dtype dtype, const void *data) {
  tine_array *const a = tine_slice_of(dtype, (void *)(uintptr_t)data, length, (ptrdiff_t)tine_dtype_size(dtype));
  tine_pipeline *const p = tine_slice(a);
  tine_array_release(a);
  return p;
}

static tine_pipeline *column(const typed_column *c) {
  if (c->dtype == TINE_F64 || c->dtype == TINE_F32)
    return c->dtype == TINE_F64 ? slice(TINE_F64, c->f64) : slice(TINE_F32, c->f32);
  return c->dtype == TINE_I64 ? slice(TINE_I64, c->i64) : slice(TINE_BOOL, c->boolean);
}

/* Of n columns and one more, which takes the place of column 'at', or of none. */
static tine_pipeline *placed(tine_pipeline *p, unsigned n, unsigned at) {
  unsigned chosen[COLUMNS + 2];
  for (unsigned k = 0; k < n; k++)
    chosen[k] = k == at ? n : k;
  return tine_select(p, chosen, n);
}

/* The levels are the last column. */
static tine_pipeline *with_filter(tine_pipeline *p) {
  const int inputs[] = {(int)count, -1};
  const tine_value constants[] = {{.dtype = TINE_NONE}, tine_i64((int64_t)check_below(LEVELS))};
  for (size_t i = 0; i < length; i++)
    kept[i] = kept[i] && level[i] != constants[1].as.i;
  return tine_filter_args(p, kernel("ne"), inputs, constants, 2);
}

/* Signs change. What the model folds is not what the pipeline reads: that was sliced before. */
static tine_pipeline *with_neg(tine_pipeline *p, typed_column *model) {
  const unsigned c = (unsigned)check_below(count);
  const int input = (int)c;
  if (model[c].dtype == TINE_BOOL)
    return p;
  for (size_t i = 0; i < length; i++) {
    model[c].i64[i] = (int64_t)(0 - (uint64_t)model[c].i64[i]);
    model[c].f64[i] = model[c].dtype == TINE_I64 ? (double)model[c].i64[i] : -model[c].f64[i];
  }
  return placed(tine_extend_args(p, kernel("neg"), &input, NULL, 1), count + 1, c);
}

static tine_pipeline *with_layer(tine_pipeline *p, typed_column *model, tine_kernel *same) {
  const int levels = (int)count;
  const uint64_t way = check_below(20);
  if (way == 0)
    return placed(tine_extend_args(p, same, &levels, NULL, 1), count + 1, count);
  if (way == 1)
    return tine_min_len(p, 1);
  return way < 8 ? with_neg(p, model) : with_filter(p);
}

/* Without the levels; of one column of f64 by a few maps, which are a program. */
static tine_pipeline *without_levels(tine_pipeline *p, typed_column *model) {
  const int input = 0;
  if (count > 1 || model->dtype != TINE_F64 || check_below(2) == 0)
    return placed(p, count, count);
  p = tine_map_args(p, kernel("abs"), &input, NULL, 1);
  p = tine_map(p, kernel("sqrt"), NULL, 0);
  for (size_t i = 0; i < length; i++)
    model->f64[i] = -sqrt(fabs(model->f64[i]));
  return tine_map(p, kernel("neg"), NULL, 0);
}

/* As f64, all of them. */
static tine_pipeline *with_cast(tine_pipeline *p, typed_column *model) {
  for (unsigned c = 0; c < count; c++)
    model[c].dtype = TINE_F64;
  return tine_cast(p, TINE_F64, TINE_CAST_EXACT);
}

static tine_pipeline *some_pipeline(typed_column *model, tine_kernel *same) {
  tine_pipeline *p = column(&columns[0]);
  memcpy(model, columns, sizeof columns);
  memcpy(kept, mask, sizeof kept);
  for (unsigned c = 1; c < count; c++)
    p = tine_zip(p, column(&columns[c]));
  p = tine_filter_by(tine_zip(p, slice(TINE_I64, level)), slice(TINE_BOOL, mask));
  for (uint64_t layers = check_below(LAYERS + 1); layers > 0; layers--)
    p = with_layer(p, model, same);
  p = without_levels(p, model);
  return check_below(4) == 0 ? with_cast(p, model) : p;
}

/* ----- Values ----- */

static bool same_value(tine_value got, tine_value want) {
  if (got.dtype == TINE_BOOL)
    return want.dtype == TINE_BOOL && got.as.b == want.as.b;
  if (got.dtype != want.dtype || (got.dtype != TINE_F64 && got.dtype != TINE_F32))
    return got.dtype == want.dtype && (got.dtype == TINE_NONE || got.as.i == want.as.i);
  return (isnan(got.as.f) && isnan(want.as.f)) || memcmp(&got.as.f, &want.as.f, sizeof got.as.f) == 0;
}

static tine_value integers(const int64_t *x, bool product) {
  uint64_t all = product;
  for (size_t i = 0; i < length; i++)
    if (kept[i])
      all = product ? all * (uint64_t)x[i] : all + (uint64_t)x[i];
  return tine_i64((int64_t)all);
}

/* Is item i to be reported rather than item j, which stands after it? */
static bool beats(const typed_column *c, size_t i, size_t j, bool largest) {
  if (c->dtype != TINE_F64 && c->dtype != TINE_F32)
    return largest ? c->i64[i] >= c->i64[j] : c->i64[i] <= c->i64[j];
  if (isnan(c->f64[i]) || isnan(c->f64[j]))
    return isnan(c->f64[i]);
  return largest ? c->f64[i] >= c->f64[j] : c->f64[i] <= c->f64[j];
}

/* The first of the least, or largest; of NaNs, if there are any. */
static tine_value extreme(const typed_column *c, bool largest) {
  tine_value v = {.dtype = TINE_NONE};
  size_t at = length;
  for (size_t i = length; i-- > 0;)
    if (kept[i] && (at == length || beats(c, i, at, largest)))
      at = i;
  if (at == length)
    return v;
  v.dtype = c->dtype;
  if (c->dtype == TINE_BOOL)
    v.as.b = c->i64[at] != 0;
  else if (c->dtype == TINE_I64)
    v.as.i = c->i64[at];
  else
    v.as.f = c->f64[at];
  return v;
}

/* What folds give of a column. */
enum { SUM, PRODUCT, MEAN, VAR, MIN, MAX, LOW, HIGH, FOLDS };
static void wanted(const typed_column *c, tine_value *out) {
  const place_acc sum = place_model(PLACE_SUM, c->f64, kept, length);
  const place_acc product = place_model(PLACE_PRODUCT, c->f64, kept, length);
  const place_acc moments = place_model(PLACE_MOMENTS, c->f64, kept, length);
  const bool floats = c->dtype == TINE_F64 || c->dtype == TINE_F32;
  out[SUM] = floats ? tine_f64(sum.n > 0 ? sum.value : 0) : integers(c->i64, false);
  out[PRODUCT] = floats ? tine_f64(sum.n > 0 ? product.value : 1) : integers(c->i64, true);
  out[MEAN] = out[VAR] = (tine_value){.dtype = TINE_NONE};
  if (sum.n > 0) {
    out[MEAN] = tine_f64(sum.value / (double)sum.n);
    out[VAR] = tine_f64(moments.m2 / (double)sum.n);
  }
  out[MIN] = out[LOW] = extreme(c, false);
  out[MAX] = out[HIGH] = extreme(c, true);
}

static void show(const tine_pipeline *p, unsigned c, unsigned which, tine_value got, tine_value want) {
  char plan[4000];
  tine_pipeline_explain(p, plan, sizeof plan);
  printf(" (%u of column %u, %a or %" PRId64 " for %a or %" PRId64 ", %s)", which, c, got.as.f, got.as.i, want.as.f,
         want.as.i, plan);
}

/* On that pool, in parts of any size. */
static void check_on(tine_pipeline *p, tine_pool *pool, tine_value want[COLUMNS][FOLDS]) {
  tine_value got[FOLDS][COLUMNS];
  p = tine_on(tine_pipeline_retain(p), pool);
  if (check_below(2) == 0)
    p = tine_max_len(p, 1 + check_below(3000));
  CHECK_INT(tine_sum(p, got[SUM], NULL), TINE_OK);
  CHECK_INT(tine_product(p, got[PRODUCT], NULL), TINE_OK);
  CHECK_INT(tine_mean(p, got[MEAN], NULL), TINE_OK);
  CHECK_INT(tine_var(p, got[VAR], NULL), TINE_OK);
  CHECK_INT(tine_min(p, got[MIN], NULL, NULL), TINE_OK);
  CHECK_INT(tine_max(p, got[MAX], NULL, NULL), TINE_OK);
  CHECK_INT(tine_minmax(p, got[LOW], got[HIGH], NULL), TINE_OK);
  for (unsigned c = 0; c < count; c++)
    for (unsigned k = 0; k < FOLDS; k++)
      if (!CHECK(same_value(got[k][c], want[c][k])))
        show(p, c, k, got[k][c], want[c][k]);
  tine_pipeline_release(p);
}

static void any_types_below_any_filters(void) {
  static typed_column model[COLUMNS];
  tine_registry *registry;
  tine_kernel *const same = same_kernel(&registry);
  begin_pools();
  for (unsigned round = 0; round < ROUNDS; round++) {
    tine_value want[COLUMNS][FOLDS];
    make_items();
    tine_pipeline *const p = some_pipeline(model, same);
    for (unsigned c = 0; c < count; c++)
      wanted(&model[c], want[c]);
    for (unsigned i = 0; i < POOLS; i++)
      check_on(p, pools[i], want);
    tine_pipeline_release(p);
  }
  end_pools();
  tine_registry_release(registry);
}

CHECK_SUITE(api_place_types, CHECK_CASE(any_types_below_any_filters))
