/*
** windows: item i is items i to i + k - 1 of the base, side by side. The base's columns are evaluated once, into places
** k - 1 items longer than a block, and each is shown k times, an item further on each time. A base that only points at
** values is shown where it is.
*/
#include "../stage/fuse.h"
#include "../stage/parts.h"

typedef struct windows_stage {
  tine_pipeline stage;
  unsigned width; /* items of a window */
} windows_stage;

/* Shows the base's columns, which are in the first places of the answer. */
static void windows_show(const windows_stage *s, const ti_request *rq) {
  const unsigned columns = s->stage.base[0]->columns;
  for (unsigned k = 1; k < s->width; k++)
    for (unsigned c = 0; c < columns; c++) {
      rq->data[k * columns + c] = (const char *)rq->data[c] + (ptrdiff_t)k * rq->stride[c];
      rq->stride[k * columns + c] = rq->stride[c];
    }
}

/* The items of all windows of the block, in two goes where they are more than a block: the second, too, is long enough
   for a program. Returns how many are valid. */
static size_t windows_items(const windows_stage *s, ti_eval *eval, const ti_request *rq, size_t items) {
  const tine_pipeline *base = s->stage.base[0];
  const size_t first = items <= TI_BLOCK ? items : TI_BLOCK - TI_FUSE_ITEMS;
  ti_parts parts;
  size_t n;
  ti_parts_begin(&parts, base, TI_BLOCK + s->width - 1, NULL, rq);
  n = ti_parts_fill(&parts, base, eval, rq->lo, first, 0, 1);
  if (n == first && items > first)
    n += ti_parts_fill(&parts, base, eval, rq->lo + first, items - first, first, 1);
  return n;
}

static size_t windows_fill(const tine_pipeline *self, ti_eval *eval, const ti_request *rq) {
  const windows_stage *s = (const windows_stage *)self;
  const size_t items = rq->n + s->width - 1;
  ti_request part = *rq;
  size_t n = items;
  ti_assert(s->width > 0 && self->columns == s->width * self->base[0]->columns);
  if (ti_stage_points(self->base[0])) {
    part.n = 1;
    ti_stage_fill(self->base[0], eval, &part);
  } else
    n = windows_items(s, eval, rq, items);
  if (n < items) { /* the first window that has the failing item */
    n = n >= s->width ? n - s->width + 1 : 0;
    eval->item = rq->lo + n;
  } else
    n = rq->n;
  if (n > 0)
    windows_show(s, rq);
  return n;
}

static void windows_describe(const tine_pipeline *self, char *buffer, size_t size, size_t *used) {
  ti_text_add(buffer, size, used, " %u", ((const windows_stage *)self)->width);
}

static const ti_stage_type windows_type = {TI_STAGE(windows), .fill = windows_fill, .moves = true,
                                           .describe = windows_describe, .size = sizeof(windows_stage)};

tine_pipeline *tine_windows(tine_pipeline *base, uint64_t k) {
  tine_pipeline *p;
  bool whole;
  if (!ti_stage_on(&p, &windows_type, base, NULL, false, TINE_INDEXED))
    return p;
  if (k == 0)
    return ti_stage_fail(p, TINE_EINVAL, "'windows' must be positive");
  whole = k <= base->len;
  if (!whole && k > TINE_MAX_COLUMNS / base->columns)
    k = TINE_MAX_COLUMNS / base->columns; /* there are no windows: as many columns as there can be */
  else if (k > TINE_MAX_COLUMNS / base->columns)
    return ti_stage_fail(p, TINE_ERANGE, "'windows' of %llu items with %u columns each gives more than %d columns",
                         (unsigned long long)k, base->columns, TINE_MAX_COLUMNS);
  ((windows_stage *)p)->width = (unsigned)k;
  for (; p->columns < (unsigned)k * base->columns; p->columns++)
    p->dtype[p->columns] = base->dtype[p->columns % base->columns];
  ti_stage_len(p, whole ? base->len - (k - 1) : 0);
  if (!ti_stage_points(base)) {
    p->result = ti_parts_bytes(base, TI_BLOCK + (size_t)k - 1);
    p->need = p->result + base->need;
  }
  return p;
}
