/*
** empty: no items, of a type. Nobody ever asks it for one.
*/
#include "../stage/stage.h"

static size_t empty_fill(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  (void)self, (void)eval, (void)rq;
  return 0;
}

static const ti_stage_type empty_type = {TI_STAGE(empty), .fill = empty_fill, .size = sizeof(tine_pipeline)};

tine_pipeline *tine_empty(tine_dtype dtype) {
  tine_pipeline *p;
  if (!ti_stage_new(&p, &empty_type, NULL, NULL))
    return p;
  if (!ti_dtype_valid(dtype))
    return ti_stage_fail(p, TINE_ETYPE, "'empty' needs an element type");
  ti_stage_items(p, 0, dtype);
  return p;
}
