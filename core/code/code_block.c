/*
** Typed code over a block: by strips, or item by item through the evaluator.
*/
#include "../base/error.h"
#include "../base/over.h"
#include "closure.h"

static bool code_block_over(void *env) {
  (void)env;
  return ti_over_here();
}

static const void *code_block_at(const tine_block *block, unsigned k, size_t i) {
  return (const char *)block->in[k] + (ptrdiff_t)i * block->in_stride[k];
}

static tine_value code_block_value(tine_dtype dtype, const void *at) {
  switch (dtype) {
    case TINE_BOOL: return tine_bool(*(const unsigned char *)at != 0);
    case TINE_I64: return tine_i64(*(const int64_t *)at);
    default: ti_assert(dtype == TINE_F64); return tine_f64(*(const double *)at);
  }
}

static void code_block_store(tine_value v, void *out, size_t i) {
  if (v.dtype == TINE_BOOL)
    ((unsigned char *)out)[i] = v.as.b;
  else if (v.dtype == TINE_I64)
    ((int64_t *)out)[i] = v.as.i;
  else
    ((double *)out)[i] = v.as.f;
}

static int code_block_items(const ti_typed *typed, const ti_datum *captured, const ti_code_ask *ask,
                            tine_block *block) {
  tine_value args[TINE_MAX_ARGS], results[TINE_MAX_OUTPUTS];
  ti_assert(typed->code->params <= TINE_MAX_ARGS && typed->result_count <= TINE_MAX_OUTPUTS);
  for (size_t i = 0; i < block->n; i++) {
    tine_error err;
    tine_status status;
    for (unsigned k = 0; k < typed->code->params; k++)
      args[k] = code_block_value(typed->inputs[k], code_block_at(block, k, i));
    status = ti_typed_call_until(typed, args, captured, ask, results, &err);
    if (status != TINE_OK)
      return tine_block_fail(block, (int)status, i, err.message);
    for (unsigned k = 0; k < typed->result_count; k++)
      code_block_store(results[k], block->out[k], i);
  }
  return 0;
}

/* A room that nobody works in; NULL: there is no memory for one. */
static void *code_block_take(ti_closure_version *v) {
  for (unsigned k = 0; k < TI_CLOSURE_SPARE; k++)
    if (ti_load_relaxed(&v->spare[k]) != NULL) { /* relaxed: a hint */
      void *const room = ti_swap_acqrel(&v->spare[k], NULL);
      if (room != NULL)
        return room;
    }
  return ti_alloc(v->scratch, TI_STRIPS_ALIGN);
}

static void code_block_give(ti_closure_version *v, void *room) {
  for (unsigned k = 0; k < TI_CLOSURE_SPARE; k++) {
    void *none = NULL;
    if (ti_load_relaxed(&v->spare[k]) == NULL && ti_cas_acqrel(&v->spare[k], &none, room)) /* relaxed: a hint */
      return;
  }
  ti_free(room, v->scratch, TI_STRIPS_ALIGN);
}

int ti_code_block(ti_closure_version *v, const ti_datum *captured, tine_block *block) {
  const ti_code_ask ask = {code_block_over, NULL};
  void *const room = v->scratch > 0 ? code_block_take(v) : NULL;
  int code;
  if (room == NULL)
    return code_block_items(v->typed, captured, &ask, block);
  code = ti_strips_run(v->strips, room, captured, &ask, block);
  code_block_give(v, room);
  return code;
}
