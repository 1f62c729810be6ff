/*
** zip: columns of two stages side by side, as long as the shorter. Both sides are asked for the same range, so items
** stay lined up however the work is cut; what the longer side has beyond is never asked for.
*/
#include "../stage/fuse.h"

static size_t zip_fill(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  const tine_pipeline *a = self->base[0], *b = self->base[1];
  ti_request part = *rq;
  const size_t n = ti_stage_fill(a, eval, &part);
  if (n == 0)
    return 0;
  ti_assert(self->result == a->result + b->result);
  part.n = n; /* where a failed, b is never asked */
  ti_request_take(&part, a->result);
  part.want = rq->want != NULL ? rq->want + a->columns : NULL;
  part.data = rq->data + a->columns;
  part.stride = rq->stride + a->columns;
  return ti_stage_fill(b, eval, &part);
}

static int zip_origin(const tine_pipeline *self, unsigned *c) {
  const unsigned first = self->base[0]->columns;
  const bool second = *c >= first;
  *c -= second ? first : 0;
  return second;
}

static const ti_stage_type zip_type = {TI_STAGE(zip), .fill = zip_fill, .origin = zip_origin,
                                       .size = sizeof(tine_pipeline)};
static const ti_stage_type zip_eq_type = {TI_STAGE(zip_eq), .fill = zip_fill, .origin = zip_origin,
                                          .size = sizeof(tine_pipeline)};

static tine_pipeline *zip_of(const ti_stage_type *type, tine_pipeline *a, tine_pipeline *b) {
  tine_pipeline *p;
  if (!ti_stage_on(&p, type, a, b, true, TINE_INDEXED))
    return p;
  if (a->columns + b->columns > TINE_MAX_COLUMNS)
    return ti_stage_fail(p, TINE_ERANGE, "'%s' gives %u columns, more than %d", type->name, a->columns + b->columns,
                         TINE_MAX_COLUMNS);
  for (unsigned i = 0; i < b->columns; i++)
    p->dtype[a->columns + i] = b->dtype[i];
  p->columns = a->columns + b->columns;
  ti_stage_len(p, a->len < b->len ? a->len : b->len);
  p->result = a->result + b->result;
  p->need = ti_size_most(a->need, a->result + b->need);
  ti_fuse_zip(p);
  return p;
}

tine_pipeline *tine_zip(tine_pipeline *a, tine_pipeline *b) {
  return zip_of(&zip_type, a, b);
}

tine_pipeline *tine_zip_eq(tine_pipeline *a, tine_pipeline *b) {
  tine_pipeline *p = zip_of(&zip_eq_type, a, b);
  if (p != NULL && p->error == NULL && a->len != b->len)
    return ti_stage_fail(p, TINE_EINVAL, "'zip_eq' needs equal lengths, got %llu and %llu", (unsigned long long)a->len,
                         (unsigned long long)b->len);
  return p;
}
