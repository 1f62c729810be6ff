/*
** reduce: any associative kernel, with an identity or without. The identity is combined once, leftmost, after all.
*/
#include <string.h>

#include "cells.h"

/* What one column is reduced with. */
typedef struct reduce_column {
  ti_reducer reducer;
  ti_acc_word identity; /* in the signature's type */
} reduce_column;

/* Chooses the signature for column c: (T, T -> T), T what promotion makes of the column and the identity. */
static tine_status reduce_bind(const tine_pipeline *p, unsigned c, const tine_kernel *op, const tine_value *identity,
                               reduce_column *out, tine_error *err) {
  ti_arg args[2] = {{.dtype = p->dtype[c]}, {.dtype = p->dtype[c]}};
  ti_binding binding;
  const ti_signature *s;
  tine_status status;
  if (identity != NULL) {
    args[0].constant = true;
    args[0].dtype = identity->dtype;
    args[0].value = *identity;
  }
  status = ti_kernel_bind(op, args, 2, &binding, err);
  if (status != TINE_OK)
    return status;
  s = binding.signature;
  if (s->outputs != 1 || s->in[0] != s->in[1] || s->in[0] != s->out[0])
    return ti_error_set(err, TINE_ETYPE, "kernel '%s' (%s) cannot reduce: it must give the type it takes", op->name,
                        s->text);
  out->reducer.kernel = op;
  out->reducer.signature = s;
  memcpy(&out->identity, binding.constant[0], sizeof out->identity);
  return TINE_OK;
}

static tine_status reduce_check(const tine_pipeline *p, const tine_kernel *op, tine_error *err) {
  const tine_status status = ti_stage_check(p, err);
  if (status != TINE_OK)
    return status;
  if (op == NULL)
    return ti_error_set(err, TINE_ENAME, "'reduce' needs a kernel");
  if ((op->flags & TINE_ASSOCIATIVE) == 0)
    return ti_error_set(err, TINE_EINVAL, "kernel '%s' is not associative: it cannot reduce", op->name);
  return TINE_OK;
}

/* The result of column c: identity op acc, or whichever of the two there is. */
static tine_status reduce_value(const tine_pipeline *p, const reduce_column *column, bool identity, ti_acc *acc,
                                tine_value *out, tine_error *err) {
  const tine_dtype type = column->reducer.signature->out[0];
  char message[TINE_MESSAGE_SIZE] = "";
  ti_acc left = {.value = column->identity};
  if (p->len == 0) {
    out->dtype = TINE_NONE;
    if (identity)
      *out = ti_value_load(type, left.value.bytes);
    return TINE_OK;
  }
  if (identity) {
    const int code = ti_fold_kernel.combine(&column->reducer, &left, acc, message);
    if (code != 0)
      return ti_error_set(err, (tine_status)code, "kernel '%s' failed at item 1%s%s", column->reducer.kernel->name,
                          message[0] != '\0' ? ": " : "", message);
    *acc = left;
  }
  *out = ti_value_load(type, acc->value.bytes);
  return TINE_OK;
}

tine_status tine_reduce(tine_pipeline *p, tine_kernel *op, const tine_value *identity, tine_value *out,
                        tine_error *err) {
  reduce_column columns[TINE_MAX_COLUMNS];
  ti_acc acc[TINE_MAX_COLUMNS];
  ti_reduction r = {.name = op != NULL ? op->name : NULL};
  ti_fp saved;
  tine_status status = reduce_check(p, op, err);
  if (status != TINE_OK)
    return status;
  for (unsigned c = 0; c < p->columns && status == TINE_OK; c++) {
    status = reduce_bind(p, c, op, identity, &columns[c], err);
    r.folds[c] = &ti_fold_kernel;
    r.envs[c] = &columns[c].reducer;
    if (status == TINE_OK)
      r.convert[c] = ti_cast_promote(p->dtype[c], columns[c].reducer.signature->out[0]);
  }
  if (status == TINE_OK && p->len > 0)
    status = ti_reduce_cells(p, &r, acc, err);
  saved = ti_fp_enter(); /* reading a value may convert it */
  for (unsigned c = 0; c < p->columns && status == TINE_OK; c++)
    status = reduce_value(p, &columns[c], identity != NULL, &acc[c], &out[c], err);
  ti_fp_leave(saved);
  return status;
}
