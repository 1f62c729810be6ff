/*
** gather: for every item, an index that counts from 1, the element of an array at that index. The base's column goes to
** the far end of the scratch; the elements, and the indices converted to i64 if need be, go to the near end.
*/
#include "../stage/stage.h"

#include <string.h>

typedef struct gather_stage {
  tine_pipeline stage;
  tine_array *array;     /* a reference of its own */
  tine_kernel_fn *to_64; /* converts the indices; NULL: they are i64. u64 above 2^63-1 become negative: out of range */
} gather_stage;

/* Notes that item n of the request failed, its index being out of range; returns n. */
static size_t gather_outside(const gather_stage *s, ti_eval *eval, const ti_request *rq, size_t n, int64_t index) {
  char message[TINE_MESSAGE_SIZE] = "";
  const tine_block block = {.failed = n, .message = message};
  size_t used = 0;
  ti_text_add(message, sizeof message, &used, "index %lld is out of range; the array has %llu elements",
              (long long)index, (unsigned long long)s->array->len);
  return ti_eval_note(eval, &s->stage, "gather", rq, &block, TINE_EKERNEL);
}

static size_t gather_fill(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  const gather_stage *s = (const gather_stage *)self;
  char *room = ti_request_room(rq, self->result);
  void *out = ti_request_answer(rq, 0, s->array->dtype, room);
  void *indices = room + ti_column_bytes(s->array->dtype);
  const void *index;
  ptrdiff_t stride;
  ti_request base = {rq->lo, rq->n, rq->low, rq->high, !rq->at_high, NULL, &index, &stride, NULL, NULL};
  const size_t n = ti_eval_over(eval, rq, rq->n) ? 0 : ti_stage_fill(self->base[0], eval, &base);
  int64_t outside = 0;
  size_t valid;
  if (n == 0)
    return 0;
  if (s->to_64 != NULL) {
    tine_block block = {.n = stride == 0 ? 1 : n, .in = &index, .in_stride = &stride, .out = &indices};
    s->to_64(&block); /* cannot fail: to a wider type, or u64 bit by bit */
    index = indices;
    stride = stride == 0 ? 0 : (ptrdiff_t)sizeof(int64_t);
  }
  valid = ti_array_take(s->array, index, stride, n, out, &outside);
  return valid == n ? n : gather_outside(s, eval, rq, valid, outside);
}

static void gather_drop(tine_pipeline *self) {
  tine_array_release(((gather_stage *)self)->array);
}

static const tine_array *gather_reads(const tine_pipeline *self) {
  return ((const gather_stage *)self)->array;
}

static void gather_describe(const tine_pipeline *self, char *buffer, size_t size, size_t *used) {
  const tine_array *a = ((const gather_stage *)self)->array;
  ti_text_add(buffer, size, used, " from %s[%llu]", tine_dtype_name(a->dtype), (unsigned long long)a->len);
}

static const ti_stage_type gather_type = {
    TI_STAGE(gather),      .fill = gather_fill,         .drop = gather_drop,
    .reads = gather_reads, .describe = gather_describe, .size = sizeof(gather_stage)};

tine_pipeline *tine_gather(tine_pipeline *base, tine_array *array) {
  tine_pipeline *p;
  if (array == NULL) {
    tine_pipeline_release(base);
    return NULL;
  }
  if (!ti_stage_on(&p, &gather_type, base, NULL, false, TINE_INDEXED))
    return p;
  if (base->columns != 1 || !ti_dtype_integer(base->dtype[0]))
    return ti_stage_fail(p, TINE_ETYPE, "'gather' needs one column of integers, got %u of %s", base->columns,
                         tine_dtype_name(base->dtype[0]));
  if (array->len > (uint64_t)INT64_MAX)
    return ti_stage_fail(p, TINE_ERANGE, "'gather' takes arrays of at most 2^63-1 elements");
  ((gather_stage *)p)->array = tine_array_retain(array);
  ((gather_stage *)p)->to_64 = ti_cast_promote(base->dtype[0], TINE_I64);
  p->dtype[0] = array->dtype;
  p->infallible = false;
  ti_assert((((gather_stage *)p)->to_64 == NULL) == (base->dtype[0] == TINE_I64));
  p->result = ti_column_bytes(array->dtype);
  if (base->dtype[0] != TINE_I64)
    p->result += ti_column_bytes(TINE_I64);
  p->need = ti_size_most(base->need, base->result + p->result);
  return p;
}
