/*
** slice: the elements of an array, in place. Kernels get pointers into the array itself, with its stride; nothing is
** copied.
*/
#include "../stage/stage.h"

typedef struct slice_stage {
  tine_pipeline stage;
  tine_array *array; /* a reference of its own */
} slice_stage;

static size_t slice_fill(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  const tine_array *a = ((const slice_stage *)self)->array;
  (void)eval;
  ti_assert(rq->lo < a->len && rq->n <= a->len - rq->lo);
  rq->data[0] = ti_array_at(a, rq->lo);
  rq->stride[0] = a->stride;
  return rq->n;
}

static void slice_drop(tine_pipeline *self) {
  tine_array_release(((slice_stage *)self)->array);
}

static const tine_array *slice_reads(const tine_pipeline *self) {
  return ((const slice_stage *)self)->array;
}

static const ti_stage_type slice_type = {TI_STAGE(slice), .fill = slice_fill, .drop = slice_drop, .reads = slice_reads,
                                         .size = sizeof(slice_stage)};

tine_pipeline *tine_slice(tine_array *a) {
  tine_pipeline *p;
  if (a == NULL || !ti_stage_new(&p, &slice_type, NULL, NULL))
    return NULL;
  ((slice_stage *)p)->array = tine_array_retain(a);
  ti_stage_items(p, a->len, a->dtype);
  if (a->len > (uint64_t)INT64_MAX)
    return ti_stage_fail(p, TINE_ERANGE, "a pipeline has at most 2^63-1 items");
  return p;
}
