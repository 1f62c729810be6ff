/*
** Lists of chunks; see list.h. A chunk is one block of memory: its head, then its columns.
*/
#include "list.h"

#include <string.h>

#include "../stage/parts.h"

enum {
  CHUNK_HEAD = TI_CACHE_LINE,
  LIST_BLOCKS = 4,
  LIST_WORTH_BYTES = 1 << 20,
  LIST_SHORT = TI_BLOCK,
  LIST_SPARE = 8,
  LIST_TRIM_BYTES = 1 << 16
};
_Static_assert(sizeof(ti_chunk) <= CHUNK_HEAD, "a chunk's head has a cache line");

static size_t chunk_column_bytes(tine_dtype dtype, size_t capacity) {
  return ti_size_align(tine_dtype_size(dtype) * capacity, TI_CACHE_LINE);
}

char *ti_chunk_column(const ti_chunk *chunk, const ti_shape *shape, unsigned c) {
  char *at = (char *)(uintptr_t)chunk + CHUNK_HEAD;
  for (unsigned k = 0; k < c; k++)
    at += chunk_column_bytes(shape->dtype[k], chunk->capacity);
  return at;
}

static ti_chunk *chunk_new(const ti_shape *shape, size_t capacity) {
  size_t bytes = CHUNK_HEAD;
  ti_chunk *chunk;
  for (unsigned c = 0; c < shape->columns; c++)
    bytes += chunk_column_bytes(shape->dtype[c], capacity);
  chunk = ti_alloc(bytes, TI_CACHE_LINE);
  if (chunk != NULL) {
    ti_memory_large(chunk, bytes);
    *chunk = (ti_chunk){.capacity = capacity, .bytes = bytes};
  }
  return chunk;
}

static void chunk_free(ti_chunk *chunk) {
  ti_free(chunk, chunk->bytes, TI_CACHE_LINE);
}

bool ti_list_check(const ti_list *list) {
  uint64_t n = 0;
  const ti_chunk *last = NULL;
  for (const ti_chunk *c = list->first; c != NULL; last = c, c = c->next) {
    if (c->n > c->capacity)
      return false;
    n += c->n;
  }
  return n == list->n && last == list->last;
}

bool ti_list_room(ti_list *list, const ti_shape *shape, size_t n, void **want) {
  ti_chunk *chunk = list->last;
  if (chunk == NULL || chunk->capacity - chunk->n < n) {
    /* Of a whole block asked for few may come (filter): then there is room for some more blocks, so that a chunk is not
       given up with next to nothing in it. The first one may be the only one. */
    const size_t least = n < TI_BLOCK || chunk == NULL ? n : LIST_BLOCKS * TI_BLOCK;
    size_t capacity = list->n < TI_CHUNK_ITEMS ? (size_t)list->n : TI_CHUNK_ITEMS;
    if (capacity < least)
      capacity = least;
    chunk = chunk_new(shape, capacity);
    if (chunk == NULL)
      return false;
    if (list->last != NULL)
      list->last->next = chunk;
    else
      list->first = chunk;
    list->last = chunk;
  }
  ti_assert(chunk->n + n <= chunk->capacity);
  for (unsigned c = 0; c < shape->columns; c++)
    want[c] = ti_chunk_column(chunk, shape, c) + chunk->n * tine_dtype_size(shape->dtype[c]);
  return true;
}

void ti_list_add(ti_list *list, const ti_shape *shape, size_t n, const void *const *data, const ptrdiff_t *stride) {
  ti_chunk *chunk = list->last;
  ti_assert(chunk != NULL && n <= chunk->capacity - chunk->n);
  for (unsigned c = 0; c < shape->columns; c++) {
    const size_t size = tine_dtype_size(shape->dtype[c]);
    char *to = ti_chunk_column(chunk, shape, c) + chunk->n * size;
    if (to != data[c])
      ti_parts_copy(to, (ptrdiff_t)size, data[c], stride[c], size, n);
  }
  chunk->n += n;
  list->n += n;
}

void ti_list_cut(ti_list *list, uint64_t n) {
  ti_chunk *chunk = list->first;
  ti_list rest;
  uint64_t left = n;
  if (list->n <= n)
    return;
  if (n == 0) {
    ti_list_drop(list);
    return;
  }
  while (chunk->n < left) {
    left -= chunk->n;
    chunk = chunk->next;
  }
  rest.first = chunk->next;
  chunk->next = NULL;
  chunk->n = (size_t)left;
  list->n = n;
  list->last = chunk;
  ti_list_drop(&rest);
  ti_assert(ti_list_check(list));
}

/* Copies the first chunk of 'right' into room there is, or may be made, at the end of the list; false if there is
   none. */
static bool list_copy_chunk(ti_list *list, ti_list *right, const ti_shape *shape) {
  ti_chunk *chunk = right->first;
  const void *data[TINE_MAX_COLUMNS];
  void *want[TINE_MAX_COLUMNS];
  ptrdiff_t stride[TINE_MAX_COLUMNS];
  if (chunk->n > list->last->capacity - list->last->n && (right->n > LIST_SHORT || chunk->n > TI_BLOCK))
    return false;
  if (!ti_list_room(list, shape, chunk->n, want))
    return false;
  for (unsigned c = 0; c < shape->columns; c++) {
    data[c] = ti_chunk_column(chunk, shape, c);
    stride[c] = (ptrdiff_t)tine_dtype_size(shape->dtype[c]);
  }
  ti_list_add(list, shape, chunk->n, data, stride);
  right->first = chunk->next;
  right->n -= chunk->n;
  chunk_free(chunk);
  return true;
}

/* Nothing more comes into the last chunk: if much of it is empty, its values move to one of their size. Without memory
   for that it stays. */
static void list_trim(ti_list *list, const ti_shape *shape) {
  ti_chunk *const last = list->last, **link = &list->first, *trimmed;
  if (last->capacity - last->n <= last->capacity / LIST_SPARE || last->bytes < LIST_TRIM_BYTES)
    return;
  trimmed = chunk_new(shape, last->n > 0 ? last->n : 1);
  if (trimmed == NULL)
    return;
  for (unsigned c = 0; c < shape->columns; c++)
    memcpy(ti_chunk_column(trimmed, shape, c), ti_chunk_column(last, shape, c),
           last->n * tine_dtype_size(shape->dtype[c]));
  trimmed->n = last->n;
  while (*link != last)
    link = &(*link)->next;
  *link = list->last = trimmed;
  chunk_free(last);
}

/* Short lists, which hard cutting makes many of, are copied, so that chunks stay large; of others what fits. */
void ti_list_append(ti_list *list, ti_list *right, const ti_shape *shape) {
  ti_assert(ti_list_check(list) && ti_list_check(right));
  while (list->first != NULL && right->first != NULL && list_copy_chunk(list, right, shape))
    continue;
  if (list->first == NULL)
    *list = *right;
  else if (right->first != NULL) {
    list_trim(list, shape);
    list->last->next = right->first;
    list->last = right->last;
    list->n += right->n;
  }
  *right = (ti_list){NULL, NULL, 0};
}

void ti_list_drop(ti_list *list) {
  while (list->first != NULL) {
    ti_chunk *chunk = list->first;
    list->first = chunk->next;
    chunk_free(chunk);
  }
  *list = (ti_list){NULL, NULL, 0};
}

/* Copying a list, chunk by chunk. */
typedef struct list_copy {
  const ti_shape *shape;
  char *const *out;
  ti_chunk **chunk; /* 'count' of them; each is dropped once it is copied, and NULL then */
  uint64_t count;
} list_copy;

static void chunk_copy(const list_copy *l, ti_chunk *chunk) {
  for (unsigned c = 0; chunk->n > 0 && c < l->shape->columns; c++) {
    const size_t size = tine_dtype_size(l->shape->dtype[c]);
    if (!ti_cancel_copy(ti_guard_here(), l->out[c] + chunk->first * size, ti_chunk_column(chunk, l->shape, c),
                        chunk->n * size))
      break; /* nobody will see it */
  }
  chunk_free(chunk);
}

static tine_status list_copy_range(tine_ctx *ctx, uint64_t lo, uint64_t hi, void *env) {
  const list_copy *l = env;
  (void)ctx;
  for (uint64_t i = lo; i < hi; i++) {
    if (ti_cancel_over())
      return TINE_ECANCELED;
    chunk_copy(l, l->chunk[i]);
    l->chunk[i] = NULL;
  }
  return TINE_OK;
}

static void list_copy_alone(ti_list *list, const list_copy *l) {
  while (list->first != NULL && !ti_cancel_over()) {
    ti_chunk *chunk = list->first;
    list->first = chunk->next;
    chunk_copy(l, chunk);
  }
  ti_list_drop(list);
}

/* Is it quicker to share the copying? What takes less than some 20 us is not worth waking a thread for. */
static bool list_worth(const ti_list *list, const list_copy *l) {
  uint64_t bytes = 0;
  for (unsigned c = 0; c < l->shape->columns; c++)
    bytes += tine_dtype_size(l->shape->dtype[c]);
  return bytes * list->n > LIST_WORTH_BYTES;
}

/* Lists the chunks side by side; false without memory or if it is not worth while. */
static bool list_index(const ti_list *list, list_copy *l, size_t *bytes) {
  uint64_t i = 0;
  if (!list_worth(list, l))
    return false;
  *bytes = (size_t)l->count * sizeof *l->chunk;
  l->chunk = ti_alloc(*bytes, TI_CACHE_LINE);
  for (ti_chunk *c = list->first; l->chunk != NULL && c != NULL; c = c->next)
    l->chunk[i++] = c;
  return l->chunk != NULL;
}

void ti_list_store(ti_list *list, const ti_shape *shape, char *const *out, const ti_hints *hints) {
  list_copy l = {shape, out, NULL, 0};
  uint64_t n = 0;
  size_t bytes;
  ti_assert(ti_list_check(list));
  for (ti_chunk *c = list->first; c != NULL; c = c->next, l.count++) {
    c->first = n;
    n += c->n;
  }
  if (hints->sequential || !list_index(list, &l, &bytes)) {
    list_copy_alone(list, &l);
    return;
  }
  *list = (ti_list){NULL, NULL, 0};
  tine_parallel_for(hints->pool, l.count, list_copy_range, &l, NULL);
  for (uint64_t i = 0; i < l.count; i++) /* a run around this one that was cancelled, or no pool, may have left some */
    if (l.chunk[i] != NULL && list_copy_range(NULL, i, i + 1, &l) != TINE_OK)
      chunk_free(l.chunk[i]);
  ti_free(l.chunk, bytes, TI_CACHE_LINE);
}

tine_status ti_list_arrays(ti_list *list, const ti_shape *shape, tine_array **out, const tine_pipeline *p,
                           tine_error *err) {
  char *data[TINE_MAX_COLUMNS];
  for (unsigned c = 0; c < shape->columns; c++) {
    const tine_status status = ti_array_create_raw(&out[c], shape->dtype[c], list->n, err);
    if (status != TINE_OK)
      return status;
    data[c] = out[c]->data;
  }
  ti_list_store(list, shape, data, &p->hints);
  return TINE_OK;
}

static bool sink_begin(const ti_sink *sink, void *part, ti_space *space) {
  (void)sink, (void)space;
  *(ti_list *)part = (ti_list){NULL, NULL, 0};
  return true;
}

static bool list_note(ti_eval *eval, uint64_t lo, tine_status code) {
  ti_assert(code != TINE_OK);
  eval->code = (int)code;
  eval->item = lo;
  eval->kernel = NULL;
  eval->stage = NULL;
  strcpy(eval->message, tine_status_text(code));
  return false;
}

bool ti_list_nomem(ti_eval *eval, uint64_t lo) {
  return list_note(eval, lo, TINE_ENOMEM);
}

bool ti_list_over(ti_eval *eval, uint64_t lo) {
  return list_note(eval, lo, TINE_ECANCELED);
}

static bool sink_room(const ti_sink *sink, void *part, ti_eval *eval, uint64_t lo, size_t n, void **want) {
  return ti_list_room(part, sink->env, n, want) || ti_list_nomem(eval, lo);
}

static bool sink_push(const ti_sink *sink, void *part, ti_space *space, const ti_items *items) {
  void *want[TINE_MAX_COLUMNS];
  if (!sink_room(sink, part, &space->eval, items->lo, items->n, want))
    return false;
  ti_list_add(part, sink->env, items->n, items->data, items->stride);
  return true;
}

static void sink_append(const ti_sink *sink, void *part, void *right, ti_eval *eval) {
  (void)eval;
  ti_list_append(part, right, sink->env);
}

static void sink_drop(const ti_sink *sink, void *part, ti_space *space) {
  (void)sink, (void)space;
  ti_list_drop(part);
}

const ti_sink ti_list_sink = {
    .begin = sink_begin, .room = sink_room, .push = sink_push, .append = sink_append, .drop = sink_drop};
