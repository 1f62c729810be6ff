/*
** Columns put together from several blocks; see parts.h.
*/
#include "parts.h"

#include <string.h>

TI_DTYPES_ARE(11);

/* The common type of two; TINE_NONE if only one of them is bool. */
static tine_dtype parts_type(tine_dtype a, tine_dtype b) {
  if (a == b)
    return a;
  if (a == TINE_BOOL || b == TINE_BOOL)
    return TINE_NONE;
  if (ti_dtype_float(a) || ti_dtype_float(b))
    return TINE_F64;
  return (a == TINE_U64 && !ti_dtype_signed(b)) || (b == TINE_U64 && !ti_dtype_signed(a)) ? TINE_U64 : TINE_I64;
}

static bool parts_sound(const tine_pipeline *p) {
  return p != NULL && p->error == NULL;
}

void ti_parts_promote(tine_pipeline **a, tine_pipeline **b) {
  tine_dtype dtypes[TINE_MAX_COLUMNS];
  bool left = false, right = false;
  if (!parts_sound(*a) || !parts_sound(*b) || (*a)->columns != (*b)->columns)
    return;
  for (unsigned c = 0; c < (*a)->columns; c++) {
    dtypes[c] = parts_type((*a)->dtype[c], (*b)->dtype[c]);
    left = left || (dtypes[c] != TINE_NONE && dtypes[c] != (*a)->dtype[c]);
    right = right || (dtypes[c] != TINE_NONE && dtypes[c] != (*b)->dtype[c]);
  }
  if (left)
    *a = ti_cast_columns(*a, dtypes, TINE_CAST_EXACT);
  if (right)
    *b = ti_cast_columns(*b, dtypes, TINE_CAST_EXACT);
}

bool ti_parts_alike(tine_pipeline **p) {
  const tine_pipeline *a = (*p)->base[0], *b = (*p)->base[1];
  if (a->columns != b->columns) {
    *p = ti_stage_fail(*p, TINE_ETYPE, "'%s' needs as many columns on both sides, got %u and %u", (*p)->type->name,
                       a->columns, b->columns);
    return false;
  }
  for (unsigned c = 0; c < a->columns; c++)
    if (a->dtype[c] != b->dtype[c]) { /* all other pairs have been promoted */
      *p = ti_stage_fail(*p, TINE_ETYPE,
                         "'%s' puts no bool beside a number, got %s and %s as column %u; cast one of them",
                         (*p)->type->name, tine_dtype_name(a->dtype[c]), tine_dtype_name(b->dtype[c]), c + 1);
      return false;
    }
  return true;
}

static size_t parts_column(tine_dtype dtype, size_t items) {
  return ti_size_align(tine_dtype_size(dtype) * items, TI_ARRAY_ALIGN);
}

size_t ti_parts_bytes(const tine_pipeline *shape, size_t items) {
  size_t bytes = 0;
  for (unsigned c = 0; c < shape->columns; c++)
    bytes += parts_column(shape->dtype[c], items);
  return bytes;
}

void ti_parts_begin(ti_parts *parts, const tine_pipeline *shape, size_t items, void *const *want,
                    const ti_request *rq) {
  ti_assert(items > 0);
  parts->shape = shape;
  parts->base = *rq;
  parts->base.want = parts->want;
  parts->base.data = parts->data;
  parts->base.stride = parts->stride;
  parts->base.offset = NULL;
  for (unsigned c = 0; c < shape->columns; c++) {
    const bool wanted = want != NULL && want[c] != NULL;
    parts->to[c] = wanted ? want[c] : ti_request_take(&parts->base, parts_column(shape->dtype[c], items));
    rq->data[c] = parts->to[c];
    rq->stride[c] = (ptrdiff_t)tine_dtype_size(shape->dtype[c]);
  }
}

#define PARTS_COPY(size)                             \
  if (to_stride == size && from_stride == -size) {   \
    char *restrict put = to;                         \
    const char *restrict last = from;                \
    for (size_t i = 0; i < n; i++)                   \
      memcpy(put + i * size, last - i * size, size); \
  } else                                             \
    for (size_t i = 0; i < n; i++)                   \
      memcpy(to + (ptrdiff_t)i * to_stride, from + (ptrdiff_t)i * from_stride, size);

/* A constant size lets the compiler make each copy one move. */
void ti_parts_copy(char *to, ptrdiff_t to_stride, const char *from, ptrdiff_t from_stride, size_t size, size_t n) {
  ti_assert(to_stride != (ptrdiff_t)size || ti_contract_apart(to, size, from, size, from_stride, n));
  if (to_stride == (ptrdiff_t)size && from_stride == (ptrdiff_t)size) {
    memcpy(to, from, n * size);
    return;
  }
  switch (size) {
    case 1: PARTS_COPY(1) break;
    case 2: PARTS_COPY(2) break;
    case 4: PARTS_COPY(4) break;
    default: PARTS_COPY(8) break;
  }
}
#undef PARTS_COPY

/* Copies n of the items that a base gave, every k-th, to the places at, at + step, ...; but for columns that the base
   has put there itself. */
static void parts_put(ti_parts *parts, size_t n, size_t k, size_t at, size_t step) {
  const tine_pipeline *p = parts->shape;
  for (unsigned c = 0; c < p->columns; c++) {
    const size_t size = tine_dtype_size(p->dtype[c]);
    if (parts->data[c] != parts->want[c])
      ti_parts_copy(parts->to[c] + at * size, (ptrdiff_t)(step * size), parts->data[c], (ptrdiff_t)k * parts->stride[c],
                    size, n);
  }
}

size_t ti_parts_fill(ti_parts *parts, const tine_pipeline *base, ti_eval *eval, uint64_t lo, size_t n, size_t at,
                     size_t step) {
  const tine_pipeline *p = parts->shape;
  for (unsigned c = 0; c < p->columns; c++)
    parts->want[c] = step == 1 ? parts->to[c] + at * tine_dtype_size(p->dtype[c]) : NULL;
  parts->base.lo = lo;
  parts->base.n = n;
  n = ti_stage_fill(base, eval, &parts->base);
  if (n > 0)
    parts_put(parts, n, 1, at, step);
  return n;
}

size_t ti_parts_thin(ti_parts *parts, const tine_pipeline *base, ti_eval *eval, uint64_t lo, size_t n, size_t at,
                     size_t k) {
  for (unsigned c = 0; c < parts->shape->columns; c++)
    parts->want[c] = NULL;
  parts->base.lo = lo;
  parts->base.n = (n - 1) * k + 1;
  ti_assert(n > 0 && parts->base.n <= TI_BLOCK);
  n = (ti_stage_fill(base, eval, &parts->base) + k - 1) / k;
  if (n > 0)
    parts_put(parts, n, k, at, 1);
  return n;
}
