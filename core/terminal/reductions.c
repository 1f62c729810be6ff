/*
** The reducing terminals: which fold each column needs, and what its accumulator means as a value.
**
** Folds work in i64, u64 or f64; narrower columns are converted cell by cell, exactly (those of an f32 sum as they are
** added). So f32 sums accumulate in f64, integer sums in i64, and the result's type says so (tine.h).
*/
#include <math.h>
#include <string.h>

#include "../stage/fuse.h"
#include "reduction.h"

TI_DTYPES_ARE(11);

/* The folds of a terminal, by the type they work in. */
typedef struct reduce_folds {
  const ti_fold *f64;
  const ti_fold *i64; /* of integers and bools; NULL: these become f64 */
  const ti_fold *u64; /* of u64; NULL: as other integers */
} reduce_folds;

/* The type in which a column is folded. */
static tine_dtype work_type(const reduce_folds *folds, tine_dtype d) {
  if (folds->i64 == NULL || ti_dtype_float(d))
    return TINE_F64;
  return d == TINE_U64 && folds->u64 != NULL ? TINE_U64 : TINE_I64;
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

/* The sum of one column that a stage computes, or a filter keeps, without storing it: by what stands alone, or a
   program. 'work': of the fold. */
static void sum_fused(ti_reduction *r, tine_pipeline *p, tine_dtype work) {
  if (p->columns != 1)
    return;
  r->sums = p->dtype[0] == TINE_F64 || r->folds[0] == &ti_fold_sum_f32;
  r->below = ti_direct_below(p, &r->direct);
  if (r->below == NULL && p->kind == TINE_INDEXED)
    r->fused = ti_fuse_of(p, work);
}

/* Folds every column; 'n' tells in each accumulator whether there was anything, and if not all of it is 0. */
static tine_status reduce_columns(tine_pipeline *p, const reduce_folds *folds, ti_acc *acc, tine_error *err) {
  ti_reduction r;
  const tine_status status = ti_stage_check(p, err);
  if (status != TINE_OK)
    return status;
  r.name = folds->f64->name;
  r.cell = NULL;
  r.below = NULL;
  r.fused = NULL;
  r.kept = ti_stage_masks(p) ? p : NULL;
  r.sums = false;
  for (unsigned c = 0; c < p->columns; c++) {
    const tine_dtype work = work_type(folds, p->dtype[c]);
    r.folds[c] = work == TINE_F64 ? folds->f64 : work == TINE_U64 ? folds->u64 : folds->i64;
    r.envs[c] = NULL;
    r.convert[c] = ti_cast_promote(p->dtype[c], work);
    if (r.folds[c] == &ti_fold_sum_f64 && p->dtype[c] == TINE_F32 && p->kind == TINE_INDEXED) {
      r.folds[c] = &ti_fold_sum_f32;
      r.convert[c] = NULL;
    }
    memset(&acc[c], 0, sizeof acc[c]);
    if (r.folds[c]->bits == NULL)
      r.kept = NULL;
  }
  if (folds->f64 == &ti_fold_sum_f64)
    sum_fused(&r, p, work_type(folds, p->dtype[0]));
  return ti_reduce(p, &r, acc, err);
}

/* Sums and products: 'none' of no items. */
static tine_status total(tine_pipeline *p, const reduce_folds *folds, int none, tine_value *out, tine_error *err) {
  ti_acc acc[TINE_MAX_COLUMNS];
  const tine_status status = reduce_columns(p, folds, acc, err);
  for (unsigned c = 0; status == TINE_OK && c < p->columns; c++) {
    const tine_dtype work = work_type(folds, p->dtype[c]);
    if (acc[c].n == 0 && work == TINE_F64)
      acc[c].value.f = none;
    else if (acc[c].n == 0)
      acc[c].value.i = none;
    out[c] = word_value(work, work, acc[c].value);
  }
  return status;
}

tine_status tine_sum(tine_pipeline *p, tine_value *out, tine_error *err) {
  static const reduce_folds folds = {&ti_fold_sum_f64, &ti_fold_sum_i64, NULL};
  return total(p, &folds, 0, out, err);
}

tine_status tine_product(tine_pipeline *p, tine_value *out, tine_error *err) {
  static const reduce_folds folds = {&ti_fold_product_f64, &ti_fold_product_i64, NULL};
  return total(p, &folds, 1, out, err);
}

/* The sum of each column as f64, or that of the squared distances from the mean ('squares'), over the number of items
   less 'ddof'. */
static tine_status mean_of(tine_pipeline *p, bool squares, uint64_t ddof, tine_value *out, tine_error *err) {
  const reduce_folds folds = {squares ? &ti_fold_moments : &ti_fold_sum_f64, NULL, NULL};
  ti_acc acc[TINE_MAX_COLUMNS];
  const tine_status status = reduce_columns(p, &folds, acc, err);
  const ti_fp saved = ti_fp_enter(); /* the last division is part of the result */
  for (unsigned c = 0; status == TINE_OK && c < p->columns; c++) {
    const double sum = squares ? acc[c].extra.m2 : acc[c].value.f;
    out[c].dtype = acc[c].n > ddof ? TINE_F64 : TINE_NONE;
    out[c].as.f = acc[c].n > ddof ? sum / (double)(acc[c].n - ddof) : 0;
  }
  ti_fp_leave(saved);
  return status;
}

tine_status tine_mean(tine_pipeline *p, tine_value *out, tine_error *err) {
  return mean_of(p, false, 0, out, err);
}

tine_status tine_var_ddof(tine_pipeline *p, uint64_t ddof, tine_value *out, tine_error *err) {
  return mean_of(p, true, ddof, out, err);
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

/* The smallest or largest value of a column, in the column's own type. */
static tine_value order_value(const tine_pipeline *p, const reduce_folds *folds, unsigned c, const ti_acc *acc,
                              ti_acc_word w) {
  return word_value(acc->n > 0 ? p->dtype[c] : TINE_NONE, work_type(folds, p->dtype[c]), w);
}

static tine_status extreme(tine_pipeline *p, const char *name, const reduce_folds *folds, tine_value *out,
                           uint64_t *index, tine_error *err) {
  ti_acc acc[TINE_MAX_COLUMNS];
  tine_status status = index != NULL ? tine_pipeline_needs(p, TINE_INDEXED, name, err) : TINE_OK;
  if (status == TINE_OK)
    status = reduce_columns(p, folds, acc, err);
  for (unsigned c = 0; status == TINE_OK && c < p->columns; c++) {
    out[c] = order_value(p, folds, c, &acc[c], acc[c].value);
    if (index != NULL)
      index[c] = acc[c].extra.position;
  }
  return status;
}

tine_status tine_min(tine_pipeline *p, tine_value *out, uint64_t *index, tine_error *err) {
  static const reduce_folds folds[] = {{&ti_fold_min_f64, &ti_fold_min_i64, &ti_fold_min_u64},
                                       {&ti_fold_argmin_f64, &ti_fold_argmin_i64, &ti_fold_argmin_u64}};
  return extreme(p, "min", &folds[index != NULL], out, index, err);
}

tine_status tine_max(tine_pipeline *p, tine_value *out, uint64_t *index, tine_error *err) {
  static const reduce_folds folds[] = {{&ti_fold_max_f64, &ti_fold_max_i64, &ti_fold_max_u64},
                                       {&ti_fold_argmax_f64, &ti_fold_argmax_i64, &ti_fold_argmax_u64}};
  return extreme(p, "max", &folds[index != NULL], out, index, err);
}

tine_status tine_minmax(tine_pipeline *p, tine_value *min, tine_value *max, tine_error *err) {
  static const reduce_folds folds = {&ti_fold_minmax_f64, &ti_fold_minmax_i64, &ti_fold_minmax_u64};
  ti_acc acc[TINE_MAX_COLUMNS];
  const tine_status status = reduce_columns(p, &folds, acc, err);
  for (unsigned c = 0; status == TINE_OK && c < p->columns; c++) {
    min[c] = order_value(p, &folds, c, &acc[c], acc[c].value);
    max[c] = order_value(p, &folds, c, &acc[c], acc[c].extra.other);
  }
  return status;
}
