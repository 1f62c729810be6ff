/*
** reduce: any associative kernel, with an identity or without. The identity is combined once, leftmost, after all.
*/
#include "reduction.h"

/* What one column is reduced with. */
typedef struct reduce_column {
  ti_reducer reducer;
  ti_acc_word identity; /* in the signature's type */
} reduce_column;

/* The result of column c: identity op acc, or whichever of the two there is. */
static tine_status reduce_value(const reduce_column *column, bool identity, const ti_acc *acc, tine_value *out,
                                tine_error *err) {
  const tine_dtype type = column->reducer.signature->out[0];
  char message[TINE_MESSAGE_SIZE] = "";
  ti_acc left = {.value = column->identity};
  const ti_acc *result = identity ? &left : acc;
  if (acc->n == 0 && !identity) {
    out->dtype = TINE_NONE;
    return TINE_OK;
  }
  if (acc->n > 0 && identity) {
    const int code = ti_fold_kernel.combine(&column->reducer, &left, acc, message);
    if (code != 0)
      return ti_error_set(err, (tine_status)code, "kernel '%s' failed at item 1%s%s", column->reducer.kernel->name,
                          message[0] != '\0' ? ": " : "", message);
  }
  *out = ti_value_load(type, result->value.bytes);
  return TINE_OK;
}

tine_status tine_reduce(tine_pipeline *p, tine_kernel *op, const tine_value *identity, tine_value *out,
                        tine_error *err) {
  reduce_column columns[TINE_MAX_COLUMNS];
  ti_acc acc[TINE_MAX_COLUMNS];
  ti_reduction r = {.name = op != NULL ? op->name : NULL};
  ti_fp saved;
  tine_status status = ti_stage_check(p, err);
  if (status == TINE_OK)
    status = ti_role_check(op, TI_ROLE_FOLD, "reduce", err);
  if (status != TINE_OK)
    return status;
  for (unsigned c = 0; c < p->columns && status == TINE_OK; c++) {
    status = ti_reducer_bind(op, "reduce", p->dtype[c], identity, &columns[c].reducer, &columns[c].identity, err);
    acc[c].n = 0;
    r.folds[c] = &ti_fold_kernel;
    r.envs[c] = &columns[c].reducer;
    if (status == TINE_OK)
      r.convert[c] = ti_cast_promote(p->dtype[c], columns[c].reducer.signature->out[0]);
  }
  if (status == TINE_OK)
    status = ti_reduce(p, &r, acc, err);
  saved = ti_fp_enter(); /* reading a value may convert it */
  for (unsigned c = 0; c < p->columns && status == TINE_OK; c++)
    status = reduce_value(&columns[c], identity != NULL, &acc[c], &out[c], err);
  ti_fp_leave(saved);
  return status;
}
