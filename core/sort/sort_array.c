/*
** sort and reverse: arrays in place.
**
** The elements are looked at first: what is sorted already is left alone, and what is strictly descending is
** reversed. NaNs are moved to the end, in their order. The rest goes to the radix sort of the element's width;
** single bytes are counted. Elements that are not side by side are gathered and put back.
**
** Whatever needs memory asks for it before the array is touched.
*/
#include <string.h>

#include "../base/config.h"
#include "../base/error.h"
#include "../base/memory.h"
#include "../kernel/simd.h"
#include "../stage/parts.h"
#include "sort.h"

enum {
  MOVE_BLOCK = TI_HOSTILE ? 30 : 1 << 14, /* elements that one thread moves, at least */
  REVERSE_CHEAP = TI_HOSTILE ? 1 : 8      /* moving an element costs so many times less than sorting it */
};

typedef struct move_job {
  const tine_array *a;
  char *packed; /* its elements side by side */
} move_job;

static void gather_block(void *env, uint64_t lo, uint64_t hi) {
  const move_job *const m = env;
  const size_t size = tine_dtype_size(m->a->dtype);
  ti_assert(lo < hi && hi <= m->a->len);
  ti_parts_copy(m->packed + lo * size, (ptrdiff_t)size, ti_array_at(m->a, lo), m->a->stride, size, (size_t)(hi - lo));
}

static void scatter_block(void *env, uint64_t lo, uint64_t hi) {
  const move_job *const m = env;
  const size_t size = tine_dtype_size(m->a->dtype);
  ti_assert(lo < hi && hi <= m->a->len);
  ti_parts_copy(ti_array_at(m->a, lo), m->a->stride, m->packed + lo * size, (ptrdiff_t)size, size, (size_t)(hi - lo));
}

/* Swaps elements of the first half with those of the second. */
static void reverse_block(void *env, uint64_t lo, uint64_t hi) {
  const tine_array *const a = env;
  char *const data = a->data, *const end = ti_array_at(a, a->len - 1);
  const ptrdiff_t stride = a->stride;
  ti_assert(lo < hi && hi <= a->len / 2);
#define REVERSE(type)                                               \
  for (uint64_t i = lo; i < hi; i++) {                              \
    type *const x = (type *)(void *)(data + (ptrdiff_t)i * stride); \
    type *const y = (type *)(void *)(end - (ptrdiff_t)i * stride);  \
    const type value = *x;                                          \
    *x = *y;                                                        \
    *y = value;                                                     \
  }
  TI_SORT_WORDS(tine_dtype_size(a->dtype), REVERSE)
#undef REVERSE
}

void ti_sort_reverse(tine_ctx *ctx, const tine_array *a) {
  ti_blocks_pass(ctx, a->len / 2, MOVE_BLOCK, false, reverse_block, (void *)(uintptr_t)a);
}

/* ----- Sorting what lies side by side ----- */

static const ti_sort_width *width_of(size_t size) {
  static const ti_sort_width *const widths[] = {&ti_sort_width_u16, &ti_sort_width_u32, &ti_sort_width_u64};
  ti_assert(size == 2 || size == 4 || size == 8);
  return widths[size / 4]; /* 2, 4, 8 */
}

/* Where the terminal is over the status is of no account, but the elements are where the caller wants them. */
static tine_status sort_packed(tine_ctx *ctx, const tine_array *a, tine_order order, bool keeps) {
  const size_t size = tine_dtype_size(a->dtype), bytes = (size_t)a->len * size; /* as many as there are already */
  const ti_sort_width *const width = width_of(size);
  ti_sort_job job = {a->data,
                     NULL,
                     (size_t)a->len,
                     ti_sort_map_of(a->dtype, order),
                     0,
                     keeps,
                     ti_sort_network_of(ti_simd_best(), size)};
  ti_sort_stats stats = width->look(ctx, &job);
  if (!stats.nans && !stats.falls)
    return TINE_OK;
  if (!stats.nans && !stats.rises) {
    ti_sort_reverse(ctx, a);
    return TINE_OK;
  }
  /* Elements of the host's may change while they are sorted, and places stay empty: nobody else's bytes may be
     there. */
  job.scratch = (keeps ? ti_alloc_zeroed : ti_alloc)(bytes, TI_ARRAY_ALIGN);
  if (job.scratch == NULL)
    return TINE_ENOMEM;
  ti_memory_large(job.scratch, bytes);
  if (stats.nans) {
    job.n = width->part(ctx, &job);
    ti_assert(job.n <= a->len);
    if (job.n > 0)
      stats = width->look(ctx, &job);
  }
  if (job.n > 0 && stats.falls && !ti_cancel_over())
    width->radix(ctx, &job, stats.differ);
  ti_free(job.scratch, bytes, TI_ARRAY_ALIGN);
  return TINE_OK;
}

tine_status ti_sort_array(tine_ctx *ctx, const tine_array *a, tine_order order, bool keeps) {
  const size_t size = tine_dtype_size(a->dtype);
  size_t bytes;
  move_job m = {.a = a};
  tine_array packed = {.dtype = a->dtype, .len = a->len, .stride = (ptrdiff_t)size};
  tine_status status = TINE_OK;
  if (a->len < 2 || a->stride == 0)
    return TINE_OK;
  if (size == 1)
    ti_sort_bytes(ctx, a, order);
  if (size == 1 || ti_array_contiguous(a))
    return size == 1 ? TINE_OK : sort_packed(ctx, a, order, keeps);
  packed.data = m.packed = ti_size_mul(a->len, size, &bytes) ? ti_alloc(bytes, TI_ARRAY_ALIGN) : NULL;
  if (packed.data == NULL)
    return TINE_ENOMEM;
  ti_memory_large(packed.data, bytes);
  if (ti_blocks_pass(ctx, a->len, MOVE_BLOCK, false, gather_block, &m)) {
    status = sort_packed(ctx, &packed, order, keeps);
    if (status == TINE_OK && !ti_cancel_over()) /* else all are where they were */
      ti_blocks_pass(ctx, a->len, MOVE_BLOCK, true, scatter_block, &m);
  }
  ti_free(packed.data, bytes, TI_ARRAY_ALIGN);
  return status;
}

/* ----- The terminals ----- */

typedef struct sort_call {
  tine_array *a;
  tine_order order;
  tine_status status;
} sort_call;

static void sort_task(tine_ctx *ctx, void *arg) {
  sort_call *const c = arg;
  c->status = ti_sort_array(ctx, c->a, c->order, true);
}

static void reverse_task(tine_ctx *ctx, void *arg) {
  ti_sort_reverse(ctx, arg);
}

static tine_status check_writable(const tine_array *a, tine_error *err) {
  if (a == NULL || a->readonly)
    return ti_error_set(err, TINE_EINVAL, a == NULL ? "no array" : "array is read-only");
  return TINE_OK;
}

tine_status ti_sort_check(tine_order order, tine_error *err) {
  if (order != TINE_ASCENDING && order != TINE_DESCENDING)
    return ti_error_set(err, TINE_EINVAL, "no such order");
  return TINE_OK;
}

tine_status tine_array_sort(tine_array *a, tine_order order, tine_error *err) {
  sort_call call = {a, order, TINE_OK};
  ti_terminal terminal;
  tine_status status = check_writable(a, err);
  if (status == TINE_OK)
    status = ti_sort_check(order, err);
  if (status == TINE_OK)
    status = ti_cancel_room(err);
  if (status != TINE_OK)
    return status;
  ti_terminal_begin(&terminal, 0);
  ti_cancel_plan(terminal.cancel, a->len);
  ti_blocks_run(NULL, false, a->len, sort_task, &call);
  status = call.status == TINE_ENOMEM ? ti_error_nomem(err) : call.status;
  return ti_terminal_end(&terminal, status, err);
}

tine_status tine_array_reverse(tine_array *a, tine_error *err) {
  const tine_status status = check_writable(a, err);
  ti_terminal terminal;
  if (status != TINE_OK || a->len < 2 || a->stride == 0)
    return status;
  ti_terminal_begin(&terminal, 0);
  ti_cancel_plan(terminal.cancel, a->len);
  ti_blocks_run(NULL, false, a->len / REVERSE_CHEAP, reverse_task, a);
  return ti_terminal_end(&terminal, TINE_OK, err);
}
