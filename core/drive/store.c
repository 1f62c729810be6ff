/*
** The sink that stores; see store.h. It has no parts, for every item has a place: what is cut is put together by lying
** side by side. Where values can be made in place ('room') nothing is copied.
*/
#include "store.h"

#include <string.h>

#include "../stage/parts.h"

static bool store_begin(const ti_sink *sink, void *part, ti_space *space) {
  (void)sink, (void)part, (void)space;
  return true;
}

static void store_append(const ti_sink *sink, void *part, void *right, ti_eval *eval) {
  (void)sink, (void)part, (void)right, (void)eval;
}

/* The destination of item 'lo' in column c. */
static char *store_place(const ti_store *to, unsigned c, uint64_t lo) {
  return to->data[c] + (ptrdiff_t)(lo - to->origin) * to->stride[c];
}

/* Can values be made where they are to be? */
static bool store_direct(const ti_store *to) {
  bool direct = to->columns > 0 && !to->staged && to->there == NULL;
  for (unsigned c = 0; c < to->columns && direct; c++)
    direct = to->stride[c] == (ptrdiff_t)tine_dtype_size(to->dtype[c]);
  return direct;
}

static bool store_room(const ti_sink *sink, void *part, ti_eval *eval, uint64_t lo, size_t n, void **want) {
  const ti_store *to = sink->env;
  (void)part, (void)eval, (void)n;
  for (unsigned c = 0; c < to->columns; c++)
    want[c] = store_place(to, c, lo);
  return true;
}

/* Items of positions that need not give one: each goes to the place of its own. */
static void store_sparse(const ti_store *to, const ti_items *items) {
  const size_t at = (size_t)(items->lo - to->origin);
  ti_assert(items->lo >= to->origin && items->offset != NULL && !to->staged);
  for (unsigned c = 0; c < to->columns; c++) {
    const size_t size = tine_dtype_size(to->dtype[c]);
    for (size_t i = 0; i < items->n; i++)
      memcpy(to->data[c] + (at + items->offset[i]) * size,
             (const char *)items->data[c] + (ptrdiff_t)i * items->stride[c], size);
  }
  for (size_t i = 0; i < items->n; i++)
    to->there[at + items->offset[i]] = 1;
}

/* All columns of a block in staging, which is all read then. */
static bool store_staged(const ti_store *to, ti_space *space, const ti_items *items) {
  char *const staging = space->staging + to->staging;
  char *at = staging;
  for (unsigned c = 0; c < to->columns; c++, at += ti_column_bytes(to->dtype[c - 1])) {
    const size_t size = tine_dtype_size(to->dtype[c]);
    ti_parts_copy(at, (ptrdiff_t)size, items->data[c], items->stride[c], size, items->n);
  }
  at = staging;
  for (unsigned c = 0; c < to->columns; c++, at += ti_column_bytes(to->dtype[c - 1])) {
    const size_t size = tine_dtype_size(to->dtype[c]);
    ti_parts_copy(store_place(to, c, items->lo), to->stride[c], at, (ptrdiff_t)size, size, items->n);
  }
  return true;
}

static bool store_push(const ti_sink *sink, void *part, ti_space *space, const ti_items *items) {
  const ti_store *to = sink->env;
  (void)part;
  ti_assert(items->lo >= to->origin && items->n <= TI_BLOCK);
  if (to->there != NULL) {
    store_sparse(to, items);
    return true;
  }
  if (to->staged)
    return store_staged(to, space, items);
  for (unsigned c = 0; c < to->columns; c++)
    if (items->data[c] != store_place(to, c, items->lo))
      ti_parts_copy(store_place(to, c, items->lo), to->stride[c], items->data[c], items->stride[c],
                    tine_dtype_size(to->dtype[c]), items->n);
  return true;
}

void ti_store_sink(ti_sink *sink, const ti_store *to) {
  static const ti_sink stores = {.begin = store_begin, .room = store_room, .push = store_push, .append = store_append};
  *sink = stores;
  sink->env = (void *)(uintptr_t)to;
  if (!store_direct(to))
    sink->room = NULL;
}
