/*
** Which arrays have memory in common. Addresses tell it of memory that is at one address; a file that is mapped twice
** is at two, so of mapped files the place in the file does.
*/
#include "array.h"

tine_array *ti_array_root(const tine_array *a) {
  return a->parent != NULL ? a->parent : (tine_array *)(uintptr_t)a;
}

void ti_array_span(const tine_array *a, const char **first, const char **end) {
  *first = *end = NULL;
  if (a->len == 0)
    return;
  const char *zeroth = a->data, *last = ti_array_at(a, a->len - 1);
  *first = a->stride < 0 ? last : zeroth;
  *end = (a->stride < 0 ? zeroth : last) + tine_dtype_size(a->dtype);
  ti_assert(*first < *end);
}

/* Fields side by side in an array of structs: the same distance from item to item, and room for both in it. */
static bool meet_interleave(const tine_array *a, const tine_array *b) {
  const uint64_t step = (uint64_t)(a->stride < 0 ? -a->stride : a->stride);
  const uint64_t apart = (uint64_t)((const char *)b->data - (const char *)a->data);
  uint64_t offset;
  if (step == 0 || (a->stride != b->stride && a->stride != -b->stride))
    return false;
  /* modulo a step that need be no power of two, the distance must be taken with its sign */
  offset = (int64_t)apart >= 0 ? apart % step : (step - (0u - apart) % step) % step;
  ti_assert(offset < step);
  return offset >= tine_dtype_size(a->dtype) && offset + tine_dtype_size(b->dtype) <= step;
}

static bool meet_at_addresses(const tine_array *a, const tine_array *b) {
  const char *a_first, *a_end, *b_first, *b_end;
  ti_array_span(a, &a_first, &a_end);
  ti_array_span(b, &b_first, &b_end);
  return a_first < b_end && b_first < a_end && !meet_interleave(a, b);
}

/* The same elements as if the file began at address 0. */
static tine_array meet_in_file(const tine_array *a) {
  const tine_array *const root = ti_array_root(a);
  const uint64_t at = root->place->position + (uint64_t)((const char *)a->data - (const char *)root->data);
  return (tine_array){.dtype = a->dtype, .len = a->len, .stride = a->stride, .data = (void *)(uintptr_t)at};
}

static bool meet_same_file(const tine_array *a, const tine_array *b) {
  const ti_file_place *const x = ti_array_root(a)->place, *const y = ti_array_root(b)->place;
  return x != NULL && y != NULL && x->device == y->device && x->inode == y->inode;
}

bool ti_array_changes(const tine_array *written, const tine_array *read) {
  tine_array w, r;
  if (meet_at_addresses(written, read))
    return true;
  if (!meet_same_file(written, read) || !ti_array_root(written)->place->reaches)
    return false;
  ti_assert(ti_array_root(written)->parent == NULL && ti_array_root(read)->place != NULL);
  w = meet_in_file(written);
  r = meet_in_file(read);
  return meet_at_addresses(&w, &r);
}

bool ti_array_in_step(const tine_array *a, const tine_array *b) {
  return a->stride == b->stride && a->dtype == b->dtype &&
         (a->data == b->data || (meet_same_file(a, b) && meet_in_file(a).data == meet_in_file(b).data));
}

bool tine_array_same_memory(const tine_array *a, const tine_array *b) {
  const tine_array *const x = ti_array_root(a), *const y = ti_array_root(b);
  return x == y || ti_array_changes(x, y) || ti_array_changes(y, x);
}
