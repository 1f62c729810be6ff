/*
** The windows of iterators. Items of an indexed pipeline are run into arrays of the iterator's own: a small window first,
** so that a loop that soon breaks costs little, then twice as many items each time up to a size where the run is worth
** its threads. Others come from a stream of the engine, which does likewise.
*/
#include "bind_iter.h"

enum { FIRST_WINDOW = 256, LAST_WINDOW = 65536 }; /* items */

void bind_iter_drop(bind_iter *it) {
  tine_stream *stream = it->stream;
  it->at = it->filled = it->room = 0;
  for (unsigned c = 0; c < it->columns; c++) {
    tine_array *a = it->window[c];
    it->window[c] = NULL;
    tine_array_release(a);
  }
  it->stream = NULL;
  tine_stream_destroy(stream);
}

/* Items of the next window: small at first, then twice as many each time. */
static uint64_t next_room(const bind_iter *it) {
  const uint64_t room = it->room == 0 ? FIRST_WINDOW : it->room * 2, left = it->len - it->next;
  return room < LAST_WINDOW ? (room < left ? room : left) : LAST_WINDOW < left ? LAST_WINDOW : left;
}

static void announce_windows(lua_State *L, const bind_iter *it, uint64_t room) {
  uint64_t bytes = 0;
  for (unsigned c = 0; c < it->columns; c++)
    bytes += room * tine_dtype_size(it->dtype[c]);
  bind_state_pressure(L, bytes);
}

/* New windows of 'room' items. The old ones go first: they have been read. */
static void make_windows(lua_State *L, bind_iter *it, uint64_t room) {
  bind_state *state = bind_state_get(L);
  tine_status status;
  tine_error err;
  bind_iter_drop(it);
  for (unsigned c = 0; c < it->columns; c++) {
    bind_limit_enter(state);
    status = tine_array_create(&it->window[c], it->dtype[c], room, &err);
    bind_limit_leave(state);
    if (status != TINE_OK) {
      it->window[c] = NULL;
      bind_error_raise(L, &err);
    }
    it->data[c] = tine_array_data(it->window[c]);
    it->stride[c] = tine_array_stride(it->window[c]);
  }
  it->room = room;
}

/* Runs items [next, next + n) into the windows, on the pool this iterator has at this moment. */
static tine_status run_window(lua_State *L, const bind_iter *it, tine_pool *pool, uint64_t n, tine_error *err) {
  bind_state *state = bind_state_get(L);
  tine_pipeline *p = tine_pipeline_retain(it->pipeline);
  tine_status status;
  bind_limit_enter(state);
  if (pool != NULL)
    p = tine_on(p, pool);
  status = tine_collect_range(p, it->next, n, it->window, it->columns, err);
  tine_pipeline_release(p);
  bind_limit_leave(state);
  return status;
}

/* NULL, too, if the pipeline knows it. */
static tine_pool *iter_pool(lua_State *L, int index) {
  return bind_pool_bound(L, index) != NULL ? NULL : bind_pool_here(L);
}

/*
** Fills the windows with the next items; false at the end. If an item fails, the ones before it are handed out first,
** as a plain loop over items would: the run is repeated up to there, and the failure raised when its turn comes.
*/
static bool fill_window(lua_State *L, int index, bind_iter *it) {
  tine_pool *pool;
  uint64_t n, room;
  tine_error err;
  room = next_room(it);
  if (room > it->room) {
    announce_windows(L, it, room); /* a finaliser may close this very iterator, or take its next window */
    if (it->at < it->filled)
      return true;
    room = next_room(it);
  }
  if (it->next >= it->len)
    return false;
  n = it->len - it->next < room ? it->len - it->next : room;
  if (n > it->room)
    make_windows(L, it, n);
  pool = iter_pool(L, index);
  if (it->pipeline == NULL)
    return false;
  if (run_window(L, it, pool, n, &err) != TINE_OK) {
    if (err.item <= it->next || err.item - it->next >= n)
      bind_error_raise(L, &err);
    n = err.item - it->next;
    if (run_window(L, it, pool, n, &err) != TINE_OK)
      bind_error_raise(L, &err);
  }
  it->next += n;
  it->filled = n;
  it->at = 0;
  return true;
}

/* Tells the collector about the stream to be made: as much as a window of the other kind. */
static void announce_stream(lua_State *L, const bind_iter *it) {
  uint64_t n;
  if (!tine_pipeline_bounds(it->pipeline, NULL, &n) || n > LAST_WINDOW)
    n = LAST_WINDOW;
  announce_windows(L, it, n);
}

/* Raises if that pool, of the state or NULL, is closed: it is not in the state's list then. */
static void expect_open(lua_State *L, const tine_pool *pool) {
  const bind_state *state = bind_state_get(L);
  bool open = pool == NULL || (state != NULL && pool == state->own);
  for (const bind_pool *h = state != NULL ? state->pools : NULL; h != NULL && !open; h = h->next)
    open = h->pool == pool;
  if (!open)
    luaL_error(L, "attempt to use a closed pool");
}

/* Makes the stream. It runs on the pool that is installed now, unless its pipeline is bound to one. */
static void open_stream(lua_State *L, int index, bind_iter *it) {
  bind_state *state = bind_state_get(L);
  tine_pool *pool = iter_pool(L, index);
  tine_status status;
  tine_error err;
  announce_stream(L, it);
  if (it->pipeline == NULL || it->stream != NULL)
    return; /* a finaliser closed this very iterator, or took its first window */
  expect_open(L, pool);
  bind_limit_enter(state);
  if (pool != NULL) {
    it->installed = pool;
    it->pipeline = tine_on(it->pipeline, pool);
  }
  status = tine_stream_create(&it->stream, it->pipeline, &err);
  bind_limit_leave(state);
  if (status != TINE_OK) {
    it->stream = NULL;
    bind_error_raise(L, &err);
  }
}

static bool fill_stream(lua_State *L, int index, bind_iter *it) {
  bind_state *state = bind_state_get(L);
  tine_columns block;
  tine_status status;
  tine_error err;
  if (it->stream == NULL)
    open_stream(L, index, it);
  if (it->at < it->filled)
    return true;
  if (it->stream == NULL)
    return false;
  bind_pool_bound(L, index);
  expect_open(L, it->installed);
  it->at = it->filled = 0;
  bind_limit_enter(state);
  status = tine_stream_next(it->stream, &block, &err);
  bind_limit_leave(state);
  if (status != TINE_OK)
    bind_error_raise(L, &err);
  for (unsigned c = 0; c < it->columns && block.n > 0; c++) {
    it->data[c] = block.data[c];
    it->stride[c] = block.stride[c];
  }
  it->filled = block.n;
  return block.n > 0;
}

bool bind_iter_fill(lua_State *L, int index, bind_iter *it) {
  if (it->pipeline == NULL)
    return false;
  return it->indexed ? fill_window(L, index, it) : fill_stream(L, index, it);
}
