/*
** Streams: window after window of positions is made into a list by a run of its own. Windows start small and grow while
** they are quick, so the first items come early and later ones in large portions; where few positions give many items
** (flat_map) they shrink again: nobody knows how many the first one gives, so it is a window of its own. Memory is that
** of one window.
*/
#include "stream.h"

#include "../stage/parts.h"
#include "springs.h"

enum {
  WINDOW_FIRST = 256, /* positions of cheap items */
  WINDOW_LEAST = 64,  /* what is slow needs as many, to be shared */
  WINDOW_GROWTH = 4,
  WINDOW_NS = 5000000
};
#define WINDOW_POSITIONS (UINT64_C(1) << 20)
#define WINDOW_ITEMS (UINT64_C(1) << 20)

/* A list that has enough at some length. */
typedef struct stream_sink {
  ti_sink sink;
  uint64_t limit;
} stream_sink;

static bool stream_push(const ti_sink *sink, void *part, ti_space *space, const ti_items *items) {
  const stream_sink *s = (const stream_sink *)(const void *)sink;
  const ti_list *list = part;
  if (!ti_list_sink.push(sink, part, space, items))
    return false;
  if (list->n < s->limit)
    return true;
  space->eval.code = TI_END;
  space->eval.stage = NULL;
  space->eval.item = items->lo + items->offset[items->n - 1];
  return false;
}

/* Pieces, or sides of a chain, that have enough together need nothing that comes after. */
static void stream_merge(const ti_sink *sink, void *part, void *right, ti_eval *eval) {
  const stream_sink *s = (const stream_sink *)(const void *)sink;
  ti_list_sink.append(sink, part, right, eval);
  if (eval->code != 0 || ((const ti_list *)part)->n < s->limit)
    return;
  eval->code = TI_END;
  eval->stage = NULL;
  eval->item = 0; /* it ends where 'right' begins */
}

/* Runs the pipeline over the next positions, or all of it, into s->list. The flow lies in the stream: gates stand on
   each other, and so a stack would have a flow for each of them. */
static tine_status stream_run(tine_stream *s, uint64_t limit, tine_error *err) {
  _Alignas(max_align_t) char part[TI_PART_BYTES];
  stream_sink sink = {ti_list_sink, limit};
  ti_terminal part_of;
  ti_flow *const f = &s->flow;
  tine_status status;
  sink.sink.env = &s->shape;
  sink.sink.push = stream_push;
  sink.sink.merge = stream_merge;
  ti_terminal_begin_with(&part_of, s->cancel);
  status = ti_flow_begin(f, s->pipeline, &(ti_whole){s->book, s->hints}, &sink.sink, 0, 0, err);
  if (status != TINE_OK)
    return ti_terminal_end(&part_of, status, err);
  f->given = !s->whole;
  f->lo = s->at;
  f->hi = s->feed.hi - s->at < s->size ? s->feed.hi : s->at + s->size;
  f->window = s->feed.window;
  ti_assert(s->whole || (f->lo >= s->feed.lo && f->lo < f->hi && f->hi <= s->feed.hi));
  ti_flow_drive(f, part);
  s->at = f->hi;
  ti_list_drop(&s->list); /* of a window without items there may be room for some */
  s->list = *(ti_list *)(void *)part;
  ti_assert(ti_list_check(&s->list));
  if (f->run.failure.code != 0)
    s->ended = true;
  status = ti_run_end(&f->run, err);
  return ti_terminal_end(&part_of, status, err);
}

/* The next window, after one of 'positions' that took so long. */
static void stream_pace(tine_stream *s, uint64_t positions, uint64_t ns) {
  const uint64_t each = positions > 0 ? s->list.n / positions : 0; /* items a position */
  if ((ns < WINDOW_NS || s->size < WINDOW_LEAST) && s->size < WINDOW_POSITIONS)
    s->size *= WINDOW_GROWTH;
  if (each > 0 && s->size > WINDOW_ITEMS / each)
    s->size = WINDOW_ITEMS / each > 0 ? WINDOW_ITEMS / each : 1;
  ti_assert(s->size > 0);
}

/* Puts the list's items side by side. */
static tine_status stream_level(tine_stream *s, tine_error *err) {
  const size_t n = (size_t)s->list.n, bytes = ti_parts_bytes(s->pipeline, n);
  char *data[TINE_MAX_COLUMNS], *at;
  if (bytes > s->buffer_bytes) {
    ti_free(s->buffer, s->buffer_bytes, TI_ARRAY_ALIGN);
    s->buffer = ti_alloc(bytes, TI_ARRAY_ALIGN);
    s->buffer_bytes = s->buffer != NULL ? bytes : 0;
    if (s->buffer == NULL)
      return ti_error_nomem(err);
  }
  at = s->buffer;
  for (unsigned c = 0; c < s->shape.columns; c++) {
    s->out.data[c] = data[c] = at;
    at += ti_size_align(n * tine_dtype_size(s->shape.dtype[c]), TI_ARRAY_ALIGN);
  }
  ti_list_store(&s->list, &s->shape, data, s->hints);
  return TINE_OK;
}

static tine_status stream_show(tine_stream *s, tine_error *err) {
  const uint64_t n = s->list.n;
  s->out.lo = s->first;
  s->out.hi = s->first += n;
  s->out.columns = s->shape.columns;
  for (unsigned c = 0; c < s->shape.columns; c++)
    s->out.stride[c] = (ptrdiff_t)tine_dtype_size(s->shape.dtype[c]);
  if (n == 0)
    return TINE_OK; /* whatever parts there are, and without a buffer */
  if (s->list.first != s->list.last)
    return stream_level(s, err);
  for (unsigned c = 0; c < s->shape.columns; c++)
    s->out.data[c] = ti_chunk_column(s->list.first, &s->shape, c);
  return TINE_OK;
}

/* Goes on to positions that are there; false if there are none. */
static bool stream_positions(tine_stream *s) {
  if (s->whole || s->at < s->feed.hi)
    return !s->ended;
  if (s->ended)
    return false;
  if (!ti_feed_next(&s->feed, &s->below)) {
    s->failure = s->below;
    return false;
  }
  s->at = s->feed.lo;
  return true;
}

tine_status ti_stream_next(tine_stream *s, uint64_t limit, tine_error *err) {
  ti_list_drop(&s->list);
  while (s->list.n == 0 && s->failure.status == TINE_OK && limit > 0 && stream_positions(s)) {
    const uint64_t from = s->at, begun = ti_now_ns();
    stream_run(s, limit, &s->failure);
    stream_pace(s, s->at - from, ti_now_ns() - begun);
    s->ended = s->ended || s->whole;
  }
  if (s->list.n == 0 && s->failure.status != TINE_OK)
    return ti_error_copy(err, &s->failure);
  ti_list_cut(&s->list, limit);
  ti_assert(s->list.n <= limit);
  return stream_show(s, err);
}

tine_status ti_stream_create(tine_stream **out, tine_pipeline *p, ti_book *book, const ti_hints *hints,
                             ti_cancel *cancel, tine_error *err) {
  const tine_status status = ti_stage_check(p, err);
  const tine_pipeline *base;
  tine_stream *s;
  *out = NULL;
  if (status != TINE_OK)
    return status;
  s = *out = ti_new(tine_stream);
  if (s == NULL)
    return ti_error_nomem(err);
  base = ti_flow_base(p);
  ti_book_begin(&s->own_book);
  s->book = book != NULL ? book : &s->own_book;
  s->hints = hints != NULL ? hints : &p->hints;
  s->cancel = cancel;
  s->deadline = UINT64_MAX;
  s->pipeline = p;
  s->whole = !ti_flow_single(base);
  s->size = base != p ? 1 : p->cheap ? WINDOW_FIRST : WINDOW_LEAST;
  s->shape.columns = p->columns;
  s->shape.dtype = p->dtype;
  if (!s->whole)
    ti_feed_begin(&s->feed, base, s->book, s->hints, s->cancel);
  return TINE_OK;
}

tine_status tine_stream_create(tine_stream **out, tine_pipeline *p, tine_error *err) {
  tine_status status = ti_stream_create(out, p, NULL, NULL, NULL, err);
  if (status == TINE_OK) {
    (*out)->deadline = ti_cancel_deadline(p->hints.limit);
    (*out)->cancel = (*out)->feed.cancel = &(*out)->own_cancel;
  }
  return status;
}

tine_status tine_stream_next(tine_stream *s, tine_columns *block, tine_error *err) {
  tine_status status;
  ti_cancel_begin_until(s->cancel, s->deadline);
  ti_cancel_plan(s->cancel, ti_flow_total(s->pipeline));
  status = ti_stream_next(s, UINT64_MAX, err);
  ti_cancel_end(s->cancel);
  if (status == TINE_OK && ti_cancel_state(s->cancel) != TINE_OK) /* the last look had enough */
    status = ti_cancel_error(s->cancel, ti_cancel_state(s->cancel), err);
  block->n = status == TINE_OK ? (size_t)(s->out.hi - s->out.lo) : 0;
  block->first = s->out.lo;
  block->count = s->shape.columns;
  for (unsigned c = 0; c < block->count; c++) {
    block->data[c] = s->out.data[c];
    block->stride[c] = s->out.stride[c];
    block->dtype[c] = s->shape.dtype[c];
  }
  return status;
}

void tine_stream_destroy(tine_stream *s) {
  if (s == NULL)
    return;
  ti_list_drop(&s->list);
  ti_free(s->buffer, s->buffer_bytes, TI_ARRAY_ALIGN);
  if (!s->whole)
    ti_feed_end(&s->feed);
  ti_book_end(&s->own_book, s->failure.status == TINE_OK);
  ti_delete(tine_stream, s);
}
