/*
** The reducing terminals: which fold each column needs, and what its accumulator means as a value.
**
** Folds work in i64, u64 or f64; narrower columns are converted cell by cell, exactly. So f32 sums accumulate in f64,
** integer sums in i64, and the result's type says so (tine.h).
*/
#include <math.h>
#include <string.h>

#include "../stage/fuse.h"
#include "reduction.h"

TI_DTYPES_ARE(11);

/* Sets column c of a reduction to a fold over 'work'. */
static void reduce_in(ti_reduction *r, const tine_pipeline *p, unsigned c, const ti_fold *fold, tine_dtype work) {
  r->folds[c] = fold;
  r->envs[c] = NULL;
  r->convert[c] =
      work == TINE_F64 ? ti_cast_find(p->dtype[c], work, TINE_CAST_EXACT) : ti_cast_promote(p->dtype[c], work);
}

/* The type sums of a column are made in. */
static tine_dtype sum_type(tine_dtype d) {
  return ti_dtype_float(d) ? TINE_F64 : TINE_I64;
}

/* The type in which values of a column are compared. */
static tine_dtype order_type(tine_dtype d) {
  if (d == TINE_U64)
    return TINE_U64;
  return sum_type(d);
}

/* A word of type 'work' as a value of type d, which it fits. */
static tine_value word_value(tine_dtype d, tine_dtype work, ti_acc_word w) {
  tine_value v = {.dtype = d};
  if (d == TINE_BOOL)
    v.as.b = w.i != 0;
  else if (work == TINE_F64)
    v.as.f = w.f;
  else
    v.as.u = w.u;
  return v;
}

/* A reduction by plain folds, of which each column is to be set. */
static void reduce_begin(ti_reduction *r, const char *name) {
  r->name = name;
  r->cell = NULL;
  r->factors = NULL;
  r->fused = NULL;
  r->sums = false;
}

/* The sum of one column that a stage computes, without storing it: two factors, or a program. */
static void sum_fused(ti_reduction *r, tine_pipeline *p) {
  if (p->kind != TINE_INDEXED || p->columns != 1 || p->dtype[0] != TINE_F64)
    return;
  r->factors = ti_map_pair(p, "mul", &r->a, &r->b);
  if (r->factors == NULL && p->len >= TI_FUSE_SPAN)
    r->fused = ti_fuse_of(p);
  r->sums = true;
}

/* Sums and products. */
static tine_status total(tine_pipeline *p, const ti_fold *f64, const ti_fold *i64, int64_t none, tine_value *out,
                         tine_error *err) {
  ti_reduction r;
  ti_acc acc[TINE_MAX_COLUMNS];
  tine_status status = ti_stage_check(p, err);
  if (status != TINE_OK)
    return status;
  reduce_begin(&r, f64->name);
  for (unsigned c = 0; c < p->columns; c++) {
    const tine_dtype work = sum_type(p->dtype[c]);
    reduce_in(&r, p, c, work == TINE_F64 ? f64 : i64, work);
    acc[c].n = 0;
  }
  if (f64 == &ti_fold_sum_f64)
    sum_fused(&r, p);
  status = ti_reduce(p, &r, acc, err);
  for (unsigned c = 0; c < p->columns; c++) {
    const tine_dtype work = sum_type(p->dtype[c]);
    if (acc[c].n == 0 && work == TINE_F64)
      acc[c].value.f = (double)none;
    else if (acc[c].n == 0)
      acc[c].value.i = none;
    out[c] = word_value(work, work, acc[c].value);
  }
  return status;
}

tine_status tine_sum(tine_pipeline *p, tine_value *out, tine_error *err) {
  return total(p, &ti_fold_sum_f64, &ti_fold_sum_i64, 0, out, err);
}

tine_status tine_product(tine_pipeline *p, tine_value *out, tine_error *err) {
  return total(p, &ti_fold_product_f64, &ti_fold_product_i64, 1, out, err);
}

/* All columns folded as f64; n tells in each accumulator whether there was anything. */
static tine_status as_f64(tine_pipeline *p, const ti_fold *fold, ti_acc *acc, tine_error *err) {
  ti_reduction r;
  const tine_status status = ti_stage_check(p, err);
  if (status != TINE_OK)
    return status;
  reduce_begin(&r, fold->name);
  for (unsigned c = 0; c < p->columns; c++) {
    reduce_in(&r, p, c, fold, TINE_F64);
    acc[c].n = 0;
  }
  if (fold == &ti_fold_sum_f64)
    sum_fused(&r, p);
  return ti_reduce(p, &r, acc, err);
}

tine_status tine_mean(tine_pipeline *p, tine_value *out, tine_error *err) {
  ti_acc acc[TINE_MAX_COLUMNS];
  const tine_status status = as_f64(p, &ti_fold_sum_f64, acc, err);
  const ti_fp saved = ti_fp_enter(); /* the last division is part of the result */
  for (unsigned c = 0; status == TINE_OK && c < p->columns; c++) {
    out[c].dtype = acc[c].n > 0 ? TINE_F64 : TINE_NONE;
    out[c].as.f = acc[c].n > 0 ? acc[c].value.f / (double)acc[c].n : 0;
  }
  ti_fp_leave(saved);
  return status;
}

tine_status tine_var_ddof(tine_pipeline *p, uint64_t ddof, tine_value *out, tine_error *err) {
  ti_acc acc[TINE_MAX_COLUMNS];
  const tine_status status = as_f64(p, &ti_fold_moments, acc, err);
  const ti_fp saved = ti_fp_enter(); /* the last division is part of the result */
  for (unsigned c = 0; status == TINE_OK && c < p->columns; c++) {
    out[c].dtype = acc[c].n > ddof ? TINE_F64 : TINE_NONE;
    out[c].as.f = acc[c].n > ddof ? acc[c].extra.m2 / (double)(acc[c].n - ddof) : 0;
  }
  ti_fp_leave(saved);
  return status;
}

tine_status tine_std_ddof(tine_pipeline *p, uint64_t ddof, tine_value *out, tine_error *err) {
  const tine_status status = tine_var_ddof(p, ddof, out, err);
  const ti_fp saved = ti_fp_enter(); /* the last division is part of the result */
  for (unsigned c = 0; status == TINE_OK && c < p->columns; c++)
    out[c].as.f = sqrt(out[c].as.f);
  ti_fp_leave(saved);
  return status;
}

tine_status tine_var(tine_pipeline *p, tine_value *out, tine_error *err) {
  return tine_var_ddof(p, 0, out, err);
}

tine_status tine_std(tine_pipeline *p, tine_value *out, tine_error *err) {
  return tine_std_ddof(p, 0, out, err);
}

/* The folds of an ordering terminal: over i64, u64, f64. */
typedef struct order_folds {
  const ti_fold *i64, *u64, *f64;
} order_folds;

static tine_status ordered(tine_pipeline *p, const order_folds *folds, ti_acc *acc, tine_error *err) {
  ti_reduction r;
  const tine_status status = ti_stage_check(p, err);
  if (status != TINE_OK)
    return status;
  reduce_begin(&r, folds->f64->name);
  for (unsigned c = 0; c < p->columns; c++) {
    const tine_dtype work = order_type(p->dtype[c]);
    reduce_in(&r, p, c, work == TINE_F64 ? folds->f64 : work == TINE_U64 ? folds->u64 : folds->i64, work);
    memset(&acc[c], 0, sizeof acc[c]);
  }
  return ti_reduce(p, &r, acc, err);
}

static tine_value order_value(const tine_pipeline *p, unsigned c, const ti_acc *acc, ti_acc_word w) {
  return word_value(acc->n > 0 ? p->dtype[c] : TINE_NONE, order_type(p->dtype[c]), w);
}

static tine_status extreme(tine_pipeline *p, const char *name, const order_folds *folds, tine_value *out,
                           uint64_t *index, tine_error *err) {
  ti_acc acc[TINE_MAX_COLUMNS];
  tine_status status = index != NULL ? tine_pipeline_needs(p, TINE_INDEXED, name, err) : TINE_OK;
  if (status == TINE_OK)
    status = ordered(p, folds, acc, err);
  for (unsigned c = 0; status == TINE_OK && c < p->columns; c++) {
    out[c] = order_value(p, c, &acc[c], acc[c].value);
    if (index != NULL)
      index[c] = acc[c].extra.position;
  }
  return status;
}

tine_status tine_min(tine_pipeline *p, tine_value *out, uint64_t *index, tine_error *err) {
  static const order_folds folds = {&ti_fold_min_i64, &ti_fold_min_u64, &ti_fold_min_f64};
  return extreme(p, "min", &folds, out, index, err);
}

tine_status tine_max(tine_pipeline *p, tine_value *out, uint64_t *index, tine_error *err) {
  static const order_folds folds = {&ti_fold_max_i64, &ti_fold_max_u64, &ti_fold_max_f64};
  return extreme(p, "max", &folds, out, index, err);
}

tine_status tine_minmax(tine_pipeline *p, tine_value *min, tine_value *max, tine_error *err) {
  static const order_folds folds = {&ti_fold_minmax_i64, &ti_fold_minmax_u64, &ti_fold_minmax_f64};
  ti_acc acc[TINE_MAX_COLUMNS];
  const tine_status status = ordered(p, &folds, acc, err);
  for (unsigned c = 0; status == TINE_OK && c < p->columns; c++) {
    min[c] = order_value(p, c, &acc[c], acc[c].value);
    max[c] = order_value(p, c, &acc[c], acc[c].extra.other);
  }
  return status;
}
