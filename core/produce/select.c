/*
** select: columns picked, reordered or repeated. It only hands on pointers, in another order.
*/
#include "../stage/fuse.h"

typedef struct select_stage {
  tine_pipeline stage;
  unsigned column[TINE_MAX_COLUMNS]; /* of the base */
} select_stage;

/* A base column goes where one of those that show it is wanted; for the others the caller copies it from there. */
static void select_want(const select_stage *s, const ti_request *rq, void **want) {
  for (unsigned c = 0; c < s->stage.base[0]->columns; c++)
    want[c] = NULL;
  for (unsigned k = 0; rq->want != NULL && k < s->stage.columns; k++)
    if (rq->want[k] != NULL)
      want[s->column[k]] = rq->want[k];
}

static size_t select_fill(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  const select_stage *s = (const select_stage *)self;
  void *want[TINE_MAX_COLUMNS];
  const void *data[TINE_MAX_COLUMNS];
  ptrdiff_t stride[TINE_MAX_COLUMNS];
  ti_request base = *rq;
  size_t n;
  select_want(s, rq, want);
  base.want = want;
  base.data = data;
  base.stride = stride;
  n = ti_stage_fill(self->base[0], eval, &base);
  for (unsigned k = 0; k < self->columns && n > 0; k++) {
    ti_assert(s->column[k] < self->base[0]->columns);
    rq->data[k] = data[s->column[k]];
    rq->stride[k] = stride[s->column[k]];
  }
  return n;
}

static void select_describe(const tine_pipeline *self, char *buffer, size_t size, size_t *used) {
  for (unsigned k = 0; k < self->columns; k++)
    ti_text_add(buffer, size, used, " %u", ((const select_stage *)self)->column[k] + 1);
}

static int select_origin(const tine_pipeline *self, unsigned *c) {
  *c = ((const select_stage *)self)->column[*c];
  return 0;
}

static const ti_stage_type select_type = {
    TI_STAGE(select),        .fill = select_fill,         .masks = true,
    .origin = select_origin, .describe = select_describe, .size = sizeof(select_stage)};

tine_pipeline *tine_select(tine_pipeline *base, const unsigned *columns, size_t n) {
  tine_pipeline *p;
  if (!ti_stage_on(&p, &select_type, base, NULL, false, TINE_PARALLEL))
    return p;
  if (n == 0 || n > TINE_MAX_COLUMNS)
    return ti_stage_fail(p, n == 0 ? TINE_EINVAL : TINE_ERANGE, "'select' gives %llu columns; 1 to %d are possible",
                         (unsigned long long)n, TINE_MAX_COLUMNS);
  for (size_t k = 0; k < n; k++) {
    if (columns[k] >= base->columns)
      return ti_stage_fail(p, TINE_EINVAL, "'select' column %llu of %u", (unsigned long long)columns[k] + 1,
                           base->columns);
    ((select_stage *)p)->column[k] = columns[k];
    p->dtype[k] = base->dtype[columns[k]];
  }
  p->columns = (unsigned)n;
  ti_fuse_open(p, 0);
  return p;
}
