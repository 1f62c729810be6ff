/*
** Arrays: a counted handle over n elements that lie 'stride' bytes apart.
**
** Invariant: elements 0 to len-1 are aligned, and the bytes they span are a possible object (PTRDIFF_MAX at most), so
** that no address computed from an index below len can wrap. Constructors refuse anything else; nothing changes later.
**
** A view holds the array that has the memory, never another view: a = a:sub(2) in a loop would otherwise build a chain
** whose release recurses once a link.
*/
#include "array.h"

#include <inttypes.h>
#include <string.h>

#include "../base/config.h"
#include "../base/error.h"
#include "../base/memory.h"
#include "../base/thread.h"
#include "../base/visit.h"

TI_DTYPES_ARE(11);

/* Bytes from the lowest element's first to the highest element's last; false if no object can have them. */
static bool span_possible(tine_dtype dtype, uint64_t n, ptrdiff_t stride) {
  const uint64_t step = stride < 0 ? -(uint64_t)stride : (uint64_t)stride;
  size_t span;
  if (n == 0)
    return true;
  return n <= INT64_MAX && ti_size_mul(n - 1, step, &span) && span <= PTRDIFF_MAX - tine_dtype_size(dtype);
}

static bool elements_aligned(tine_dtype dtype, const void *ptr, uint64_t n, ptrdiff_t stride) {
  const uintptr_t low_bits = ti_dtype_align(dtype) - 1;
  return n == 0 || (((uintptr_t)ptr & low_bits) == 0 && (n == 1 || ((uintptr_t)stride & low_bits) == 0));
}

static tine_array *array_handle(tine_dtype dtype, void *data, uint64_t n, ptrdiff_t stride) {
  ti_assert(ti_dtype_valid(dtype) && span_possible(dtype, n, stride) && elements_aligned(dtype, data, n, stride));
  tine_array *a = ti_new(tine_array);
  if (a == NULL)
    return NULL;
  ti_refs_init(&a->refs);
  a->dtype = dtype;
  a->len = n;
  a->data = data;
  a->stride = stride;
  a->dims = 1;
  return a;
}

/* 'alloc' is ti_alloc or its zeroing sister. An empty array has a byte, so that it has an address. */
static tine_status array_owning(tine_array **out, tine_dtype dtype, uint64_t n, void *(*alloc)(size_t, size_t),
                                tine_error *err) {
  size_t bytes;
  *out = NULL;
  if (!ti_dtype_valid(dtype))
    return ti_error_set(err, TINE_EINVAL, "no element type");
  if (!ti_size_mul(n, tine_dtype_size(dtype), &bytes))
    return ti_error_set(err, TINE_ERANGE, "array of %" PRIu64 " %s elements is too large", n, tine_dtype_name(dtype));
  tine_array *a = array_handle(dtype, NULL, n, (ptrdiff_t)tine_dtype_size(dtype));
  if (a == NULL)
    return ti_error_nomem(err);
  a->owned = bytes > 0 ? bytes : 1;
  a->data = alloc(a->owned, TI_ARRAY_ALIGN);
  if (a->data == NULL) {
    ti_delete(tine_array, a);
    return ti_error_nomem(err);
  }
  ti_assert((uintptr_t)a->data % TI_ARRAY_ALIGN == 0 && a->owned >= a->len);
  ti_memory_large(a->data, a->owned);
  *out = a;
  return TINE_OK;
}

static void free_shape(tine_array *a) {
  if (a->shape != NULL)
    ti_free(a->shape, a->dims * sizeof *a->shape, _Alignof(uint64_t));
}

tine_status tine_array_create(tine_array **out, tine_dtype dtype, uint64_t n, tine_error *err) {
  return array_owning(out, dtype, n, ti_alloc_zeroed, err);
}

tine_array *tine_slice_of(tine_dtype dtype, void *ptr, uint64_t n, ptrdiff_t stride) {
  return tine_array_adopt(dtype, ptr, n, stride, NULL, NULL);
}

tine_array *tine_array_adopt(tine_dtype dtype, void *ptr, uint64_t n, ptrdiff_t stride, void (*drop)(void *arg),
                             void *arg) {
  if (!ti_dtype_valid(dtype) || (ptr == NULL && n > 0) || !span_possible(dtype, n, stride) ||
      !elements_aligned(dtype, ptr, n, stride))
    return NULL;
  tine_array *a = array_handle(dtype, ptr, n, stride);
  if (a == NULL)
    return NULL;
  a->drop = drop;
  a->drop_arg = arg;
  return a;
}

tine_array *tine_array_view(tine_array *a, uint64_t first, uint64_t n) {
  if (a == NULL || first > a->len || n > a->len - first)
    return NULL;
  /* An empty view stays at the start: one past a strided end may be no address at all. */
  tine_array *view = array_handle(a->dtype, n > 0 ? ti_array_at(a, first) : a->data, n, a->stride);
  if (view == NULL)
    return NULL;
  view->readonly = a->readonly;
  view->parent = tine_array_retain(ti_array_root(a));
  ti_assert(view->parent->parent == NULL); /* views hold what has the memory, not each other */
  return view;
}

tine_array *tine_array_retain(tine_array *a) {
  if (a != NULL)
    ti_refs_retain(&a->refs);
  return a;
}

void tine_array_release(tine_array *a) {
  if (a == NULL || !ti_refs_release(&a->refs))
    return;
  ti_assert((a->owned > 0) + (a->parent != NULL) + (a->drop != NULL) <= 1 && ti_load_relaxed(&a->lent) == 0);
  if (a->owned > 0)
    ti_free(a->data, a->owned, TI_ARRAY_ALIGN);
  else if (a->parent != NULL)
    tine_array_release(a->parent);
  else if (a->drop != NULL)
    TI_VISIT(a->drop(a->drop_arg));
  free_shape(a);
  ti_delete(tine_array, a);
}

bool tine_array_shared(const tine_array *a) {
  return ti_load_relaxed(&a->refs) > 1u; /* relaxed: a hint by its nature */
}

tine_dtype tine_array_dtype(const tine_array *a) {
  return a->dtype;
}

uint64_t tine_array_len(const tine_array *a) {
  return a->len;
}

void *tine_array_data(const tine_array *a) {
  return a->data;
}

ptrdiff_t tine_array_stride(const tine_array *a) {
  return a->stride;
}

bool tine_array_readonly(const tine_array *a) {
  return a->readonly;
}

unsigned tine_array_shape(const tine_array *a, const uint64_t **shape) {
  *shape = a->shape != NULL ? a->shape : &a->len;
  return a->dims;
}

tine_value tine_array_get(const tine_array *a, uint64_t i) {
  ti_fp saved;
  tine_value v;
  if (i >= a->len)
    return (tine_value){.dtype = TINE_NONE};
  if (a->dtype != TINE_F32)
    return ti_value_load(a->dtype, ti_array_at(a, i));
  saved = ti_fp_enter(); /* widening one that is next to zero may flush it */
  v = ti_value_load(a->dtype, ti_array_at(a, i));
  TI_FP_SETTLE(v);
  ti_fp_leave(saved);
  return v;
}

tine_status tine_array_set(tine_array *a, uint64_t i, tine_value v, tine_error *err) {
  tine_status status;
  ti_fp saved;
  if (a == NULL || a->readonly)
    return ti_error_set(err, TINE_EINVAL, a == NULL ? "no array" : "array is read-only");
  if (i >= a->len)
    return ti_error_set(err, TINE_EINVAL, "index %" PRIu64 " is past the end of an array of length %" PRIu64, i,
                        a->len);
  saved = ti_fp_enter();
  status = ti_value_store(a->dtype, ti_array_at(a, i), v, err);
  ti_fp_leave(saved);
  return status;
}

tine_status ti_array_create_raw(tine_array **out, tine_dtype dtype, uint64_t n, tine_error *err) {
  return array_owning(out, dtype, n, ti_alloc, err);
}

tine_status ti_array_set_shape(tine_array *a, const uint64_t *shape, unsigned dims, tine_error *err) {
  uint64_t product = 1, *copy = NULL;
  bool fits = dims <= TI_MAX_DIMS;
  for (unsigned i = 0; fits && i < dims; i++)
    fits = !__builtin_mul_overflow(product, shape[i], &product);
  if (!fits || product != a->len)
    return ti_error_set(err, TINE_EINVAL, "shape does not fit an array of length %" PRIu64, a->len);
  if (dims > 1) {
    copy = ti_alloc(dims * sizeof *copy, _Alignof(uint64_t));
    if (copy == NULL)
      return ti_error_nomem(err);
    memcpy(copy, shape, dims * sizeof *copy);
  }
  ti_assert((copy != NULL) == (dims > 1));
  free_shape(a);
  a->shape = copy;
  a->dims = dims;
  return TINE_OK;
}
