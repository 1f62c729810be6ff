/*
** rep: one value n times. It reaches kernels as a constant (stride 0); no column is ever written.
*/
#include "../stage/stage.h"

#include "../base/thread.h"

typedef struct rep_stage {
  tine_pipeline stage;
  tine_value shown;
  _Alignas(8) unsigned char value[8];
} rep_stage;

static size_t rep_fill(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  (void)eval;
  ti_assert(rq->lo < self->len && rq->n <= self->len - rq->lo);
  rq->data[0] = ((const rep_stage *)self)->value;
  rq->stride[0] = 0;
  return rq->n;
}

static void rep_describe(const tine_pipeline *self, char *buffer, size_t size, size_t *used) {
  char text[64];
  ti_value_text(text, sizeof text, ((const rep_stage *)self)->shown);
  ti_text_add(buffer, size, used, " %s", text);
}

static const ti_stage_type rep_type = {TI_STAGE(rep), .fill = rep_fill, .describe = rep_describe,
                                       .size = sizeof(rep_stage)};

tine_pipeline *tine_rep(tine_value v, uint64_t n) {
  tine_pipeline *p;
  tine_error err;
  tine_status status;
  ti_fp saved;
  if (!ti_stage_new(&p, &rep_type, NULL, NULL))
    return p;
  if (!ti_dtype_valid(v.dtype))
    return ti_stage_fail(p, TINE_ETYPE, "'rep' needs a value of an element type");
  if (n > (uint64_t)INT64_MAX)
    return ti_stage_fail(p, TINE_ERANGE, "'rep' has more than 2^63-1 items");
  saved = ti_fp_enter();
  status = ti_value_store(v.dtype, ((rep_stage *)p)->value, v, &err);
  ti_fp_leave(saved);
  if (status != TINE_OK)
    return ti_stage_fail_with(p, &err);
  ((rep_stage *)p)->shown = v;
  ti_stage_items(p, n, v.dtype);
  return p;
}
