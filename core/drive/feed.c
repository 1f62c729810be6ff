/*
** Feeds; see feed.h. A gate takes windows from a stream of what stands below it, lets items through, and hands them on
** as they come; in whole cells if a reduction takes them, which cuts positions only between cells.
*/
#include "feed.h"

#include <string.h>

#include "../stage/parts.h"
#include "springs.h"
#include "stream.h"

static const ti_gate *feed_gate(const ti_feed *feed) {
  return (const ti_gate *)(const void *)feed->spring;
}

void ti_feed_begin(ti_feed *feed, const tine_pipeline *p, ti_book *book, const ti_hints *hints, ti_cancel *cancel) {
  feed->lo = feed->hi = feed->passed = 0; /* one by one: small runs feel it */
  feed->window = NULL;
  feed->done = feed->cells = feed->failed = false;
  feed->book = book;
  feed->hints = hints;
  feed->cancel = cancel;
  feed->stream = NULL;
  feed->buffer = NULL;
  feed->bytes = feed->room = feed->n = 0;
  p = ti_flow_base(p);
  feed->spring = p->spring;
  ti_assert(ti_flow_single(p));
  if (feed->spring == NULL) {
    feed->hi = p->span;
    return;
  }
  feed->window = &feed->shown;
  feed->shown.level = feed->spring->level;
  feed->shown.columns = feed->spring->columns;
  for (unsigned c = 0; c < feed->shown.columns; c++)
    feed->shown.stride[c] = (ptrdiff_t)tine_dtype_size(feed->spring->dtype[c]);
  feed->open = feed_gate(feed)->apply.kernel == NULL;
}

void ti_feed_end(ti_feed *feed) {
  ti_free(feed->buffer, feed->bytes, TI_ARRAY_ALIGN);
  tine_stream_destroy(feed->stream);
}

/* Where item i of column c is in the buffer. */
static char *feed_at(const ti_feed *feed, unsigned c, size_t i) {
  return (char *)(uintptr_t)feed->shown.data[c] + (ptrdiff_t)i * feed->shown.stride[c];
}

/* memmove to lower places: what goes along is seldom more than what is shown at a time. */
static void feed_move(const ti_feed *feed, char *to, const char *from, size_t n) {
  if ((size_t)(from - to) >= n)
    ti_cancel_copy(feed->cancel, to, from, n);
  else
    memmove(to, from, n);
}

/* Forgets the first items of the buffer. */
static void feed_shift(ti_feed *feed, size_t from) {
  ti_assert(from <= feed->n);
  for (unsigned c = 0; c < feed->spring->columns; c++)
    feed_move(feed, feed_at(feed, c, 0), feed_at(feed, c, from), (feed->n - from) * (size_t)feed->shown.stride[c]);
  feed->n -= from;
}

/* Makes room for n items in all; false without memory. */
static bool feed_grow(ti_feed *feed, size_t n) {
  const size_t bytes = ti_parts_bytes(feed->spring, n);
  char *const buffer = ti_alloc(bytes, TI_ARRAY_ALIGN), *at = buffer;
  ti_assert(n >= feed->n);
  if (buffer == NULL)
    return false;
  for (unsigned c = 0; c < feed->spring->columns; c++) {
    const size_t size = (size_t)feed->shown.stride[c];
    if (feed->n > 0)
      ti_cancel_copy(feed->cancel, at, feed->shown.data[c], feed->n * size);
    feed->shown.data[c] = at;
    at += ti_size_align(n * size, TI_ARRAY_ALIGN);
  }
  ti_free(feed->buffer, feed->bytes, TI_ARRAY_ALIGN);
  feed->buffer = buffer;
  feed->bytes = bytes;
  feed->room = n;
  return true;
}

/* The index of the first item of the window that opens a gate; the window's length if none does. */
static tine_status gate_opens(const ti_feed *feed, const ti_window *w, size_t *index, tine_error *err) {
  const ti_gate *g = feed_gate(feed);
  const size_t n = (size_t)(w->hi - w->lo), bytes = g->apply.own + g->apply.converted;
  char *room = ti_alloc(bytes, TI_ARRAY_ALIGN);
  ti_states states = {NULL, feed->book};
  ti_eval eval = {.code = 0, .states = &states};
  void *mask;
  const ti_arrival was = ti_cancel_arrive(feed->cancel);
  tine_status over = TINE_OK;
  *index = n;
  for (size_t at = 0; room != NULL && at < n && *index == n && eval.code == 0 && over == TINE_OK; at += TI_BLOCK) {
    const size_t some = n - at < TI_BLOCK ? n - at : TI_BLOCK;
    const ti_request rq = {.lo = w->lo + at, .n = some};
    const void *data[TINE_MAX_COLUMNS];
    size_t done;
    const unsigned char *stop;
    char *behind = ti_apply_places(&g->apply, &mask, room);
    for (unsigned c = 0; c < w->columns; c++)
      data[c] = w->data[c] + (ptrdiff_t)at * w->stride[c];
    done = ti_apply_run(&g->apply, &g->stage, &eval, &rq, some, data, w->stride, &mask, behind);
    stop = done > 0 ? memchr(mask, 0, done) : NULL;
    if (stop != NULL) {
      *index = at + (size_t)(stop - (const unsigned char *)mask);
      eval.code = 0; /* what fails after it was never to be asked */
    }
    over = feed->cancel != NULL ? ti_cancel_look(feed->cancel, 0) : TINE_OK;
  }
  ti_cancel_leave(&was);
  ti_states_return(&states);
  if (room == NULL)
    return ti_error_nomem(err);
  ti_free(room, bytes, TI_ARRAY_ALIGN);
  if (over != TINE_OK)
    return ti_cancel_error(feed->cancel, over, err);
  return eval.code != 0 ? ti_eval_report(&eval, err) : TINE_OK;
}

/* Puts the window's items from 'from' on after those in the buffer. */
static tine_status feed_add(ti_feed *feed, const ti_window *w, size_t from, tine_error *err) {
  const size_t n = (size_t)(w->hi - w->lo) - from;
  if (n == 0)
    return TINE_OK;
  if (feed->n + n > feed->room && !feed_grow(feed, 2 * (feed->n + n)))
    return ti_error_nomem(err);
  ti_assert(feed->n + n <= feed->room && from <= w->hi - w->lo);
  for (unsigned c = 0; c < w->columns; c++) {
    const size_t size = (size_t)feed->shown.stride[c];
    ti_cancel_copy(feed->cancel, feed_at(feed, c, feed->n), w->data[c] + from * size, n * size);
  }
  feed->n += n;
  feed->passed += n;
  return TINE_OK;
}

/* Takes one window in. False at the end, or after a failure, which is reported when the items before it are gone. */
static bool feed_pull(ti_feed *feed) {
  tine_error *err = &feed->failure;
  const uint64_t left = feed_gate(feed)->take - feed->passed;
  const ti_window *w = &feed->stream->out;
  size_t from = 0;
  tine_status status;
  ti_assert(feed->passed <= feed_gate(feed)->take && !feed->done);
  if (left == 0)
    return false;
  status = ti_stream_next(feed->stream, left, err);
  if (status == TINE_OK && w->hi == w->lo)
    return false;
  if (status == TINE_OK && !feed->open) {
    status = gate_opens(feed, w, &from, err);
    feed->open = from < w->hi - w->lo;
  }
  if (status == TINE_OK)
    status = feed_add(feed, w, from, err);
  feed->failed = status != TINE_OK;
  return status == TINE_OK;
}

bool ti_feed_next(ti_feed *feed, tine_error *err) {
  const size_t shown = (size_t)(feed->hi - feed->lo);
  size_t n;
  if (feed->spring == NULL)
    return false;
  if (feed->stream == NULL &&
      ti_stream_create(&feed->stream, feed->spring->base[0], feed->book, feed->hints, feed->cancel, err) != TINE_OK)
    return false;
  if (feed->buffer != NULL)
    feed_shift(feed, shown);
  while (feed->n < (feed->cells ? TI_CELL : 1) && !feed->done)
    feed->done = !feed_pull(feed);
  n = feed->done || !feed->cells ? feed->n : feed->n - feed->n % TI_CELL;
  ti_assert(n <= feed->n && (feed->done || !feed->cells || n % TI_CELL == 0));
  feed->lo = feed->hi;
  feed->hi = feed->lo + n;
  if (n == 0) {
    if (feed->failed)
      ti_error_copy(err, &feed->failure);
    return false;
  }
  feed->shown.lo = feed->lo;
  feed->shown.hi = feed->hi;
  return true;
}
