/*
** cast: columns converted to other types. Columns that have the type already pass through untouched.
*/
#include "fuse.h"

TI_DTYPES_ARE(11);

typedef struct cast_stage {
  tine_pipeline stage;
  tine_cast_mode mode;
  tine_kernel_fn *convert[TINE_MAX_COLUMNS]; /* NULL: passes */
} cast_stage;

/* Converts column c of the block into 'room' or the caller's own place; returns how many items made it. */
static size_t cast_column(const cast_stage *s, ti_eval *eval, const ti_request *rq, unsigned c, size_t n, char *room) {
  const void *in = rq->data[c];
  ptrdiff_t stride = rq->stride[c];
  void *out = ti_request_answer(rq, c, s->stage.dtype[c], room);
  char message[TINE_MESSAGE_SIZE] = "";
  tine_block block = {.n = n, .first = rq->lo, .in = &in, .in_stride = &stride, .out = &out, .message = message};
  int code;
  ti_assert(ti_contract_apart(out, tine_dtype_size(s->stage.dtype[c]), in, tine_dtype_size(s->stage.base[0]->dtype[c]),
                              stride, n));
  code = s->convert[c](&block);
  return code == 0 ? n : ti_eval_note(eval, &s->stage, tine_dtype_name(s->stage.dtype[c]), rq, &block, code);
}

static size_t cast_fill(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  const cast_stage *s = (const cast_stage *)self;
  const tine_pipeline *b = self->base[0];
  ti_request base = *rq;
  /* Columns that pass are part of this result: they keep the near end, conversions go after them. */
  char *room = ti_request_after(rq, b->result, self->result - b->result);
  size_t n;
  if (ti_fuse_fill(self, eval, rq, &n))
    return n;
  base.want = NULL;
  n = ti_eval_over(eval, rq, rq->n) ? 0 : ti_stage_fill(b, eval, &base);
  for (unsigned c = 0; c < self->columns && n > 0; c++)
    if (s->convert[c] != NULL) {
      n = cast_column(s, eval, rq, c, n, room);
      room += ti_column_bytes(self->dtype[c]);
    }
  return n;
}

static void cast_describe(const tine_pipeline *self, char *buffer, size_t size, size_t *used) {
  static const char *const modes[] = {"", " wrap", " clamp"};
  for (unsigned c = 0; c < self->columns; c++)
    ti_text_add(buffer, size, used, " %s", tine_dtype_name(self->dtype[c]));
  ti_text_add(buffer, size, used, "%s", modes[((const cast_stage *)self)->mode]);
}

static int cast_origin(const tine_pipeline *self, unsigned *c) {
  return ((const cast_stage *)self)->convert[*c] == NULL ? 0 : -1;
}

static tine_cast_mode cast_casts(const tine_pipeline *self) {
  return ((const cast_stage *)self)->mode;
}

static const ti_stage_type cast_type = {
    TI_STAGE(cast),        .fill = cast_fill,   .drop = ti_fuse_drop,      .masks = true,
    .origin = cast_origin, .casts = cast_casts, .describe = cast_describe, .size = sizeof(cast_stage)};

tine_pipeline *ti_cast_columns(tine_pipeline *base, const tine_dtype *dtypes, tine_cast_mode mode) {
  tine_pipeline *p;
  cast_stage *s;
  size_t own = 0;
  unsigned converted = 0;
  if (!ti_stage_on(&p, &cast_type, base, NULL, false, TINE_PARALLEL))
    return p;
  s = (cast_stage *)p;
  s->mode = mode;
  for (unsigned c = 0; c < p->columns; c++) {
    const tine_dtype to = dtypes[c];
    if (to == TINE_NONE || to == p->dtype[c])
      continue;
    s->convert[c] = ti_cast_find(p->dtype[c], to, mode);
    if (ti_cast_fails(p->dtype[c], to, mode))
      p->infallible = false;
    p->dtype[c] = to;
    own += ti_column_bytes(to);
    converted++;
  }
  p->result = base->result + own;
  p->need = ti_size_most(base->need, p->result);
  ti_fuse_open(p, converted);
  return p;
}

tine_pipeline *tine_cast(tine_pipeline *base, tine_dtype dtype, tine_cast_mode mode) {
  const bool sound = base != NULL && base->error == NULL;
  tine_dtype dtypes[TINE_MAX_COLUMNS];
  if (sound && !ti_dtype_valid(dtype))
    return ti_stage_fail(base, TINE_ETYPE, "'cast' needs an element type");
  if (sound && (unsigned)mode > TINE_CAST_CLAMP)
    return ti_stage_fail(base, TINE_EINVAL, "'cast' mode %d", (int)mode);
  for (int c = 0; c < TINE_MAX_COLUMNS; c++)
    dtypes[c] = dtype;
  return ti_cast_columns(base, dtypes, mode);
}
