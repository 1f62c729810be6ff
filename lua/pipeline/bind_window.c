/*
** The windows of iterators. Items of an indexed pipeline are run into arrays of the iterator's own: a small window
** first, so that a loop that soon breaks costs little, then twice as many items each time up to a size where the run is
** worth its threads. Others come from a stream of the engine, which does likewise.
*/
#include "../run/bind_pool.h"
#include "bind_iter.h"

#include <math.h>

enum { FIRST_WINDOW = 256, LAST_WINDOW = 65536 }; /* items */

void bind_iter_drop(bind_iter *it) {
  tine_stream *stream = it->stream;
  if (it->running)
    return; /* a hook closed it: left to whoever runs it */
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

/* A run of it is over; perhaps a hook has closed it meanwhile. */
static void end_run(bind_iter *it) {
  it->running = false;
  if (it->pipeline == NULL)
    bind_iter_drop(it);
}

/* Runs items [next, next + n) into the windows, on the pool this iterator has at this moment. */
static tine_status run_window(lua_State *L, bind_iter *it, tine_pool *pool, uint64_t n, tine_error *err) {
  const double left = it->deadline - tine_clock();
  bind_state *state = bind_state_get(L);
  tine_pipeline *p;
  tine_status status;
  bind_watch w;
  bind_watch_open(L, &w, state, 0, 0);
  bind_limit_enter(state);
  p = tine_pipeline_retain(it->pipeline);
  if (pool != NULL)
    p = tine_on(p, pool);
  if (left < INFINITY)
    p = tine_timeout(p, left > 0 ? left : 0);
  bind_watch_set(&w);
  it->running = true;
  status = tine_collect_range(p, it->next, n, it->window, it->columns, err);
  tine_pipeline_release(p);
  bind_limit_leave(state);
  bind_watch_close(&w);
  end_run(it);
  if (w.failed)
    lua_error(L);
  return status;
}

/* The pool that this iterator's pipeline is to be run on; NULL: its own, or the default one. */
static tine_pool *iter_pool(lua_State *L, int index, const bind_iter *it) {
  return it->bound && bind_pool_bound(L, index) != NULL ? NULL : bind_pool_here(L);
}

/* The end of a run that failed: raises, unless it was the clock's fault; that is noted. */
static bool note_failure(lua_State *L, bind_iter *it, const tine_error *err) {
  bind_interrupt_expect(L, bind_state_get(L));
  if (err->status != TINE_ETIMEOUT)
    bind_error_raise(L, err);
  it->ended = TINE_ETIMEOUT;
  return false;
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
  pool = iter_pool(L, index, it);
  if (it->pipeline == NULL)
    return false;
  if (run_window(L, it, pool, n, &err) != TINE_OK) {
    if (err.status == TINE_ETIMEOUT || err.item <= it->next || err.item - it->next >= n)
      return note_failure(L, it, &err);
    n = err.item - it->next;
    if (it->pipeline == NULL)
      return false;
    if (run_window(L, it, pool, n, &err) != TINE_OK)
      return note_failure(L, it, &err);
  }
  if (it->pipeline == NULL)
    return false;
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

/* Makes the stream. It runs on the pool that is installed now, unless its pipeline is bound to one. */
static void open_stream(lua_State *L, int index, bind_iter *it) {
  bind_state *state = bind_state_get(L);
  tine_pool *pool;
  tine_status status;
  tine_error err;
  announce_stream(L, it);
  if (it->pipeline == NULL || it->stream != NULL)
    return; /* a finaliser closed this very iterator, or took its first window */
  pool = iter_pool(L, index, it);
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

/* Raises if the pool that the stream runs on is closed: it is not in the state's list then. */
static void expect_pool(lua_State *L, int index, const bind_iter *it) {
  const bind_state *state = bind_state_get(L);
  const bind_pool *pool;
  if (it->bound)
    bind_pool_bound(L, index);
  if (it->installed == NULL || (state != NULL && it->installed == state->own))
    return;
  for (pool = state != NULL ? state->pools : NULL; pool != NULL; pool = pool->next)
    if (pool->pool == it->installed)
      return;
  luaL_error(L, "attempt to use a closed pool");
}

static bool fill_stream(lua_State *L, int index, bind_iter *it) {
  bind_state *state = bind_state_get(L);
  tine_pipeline *p;
  tine_columns block;
  tine_status status;
  tine_error err;
  bind_watch w;
  if (it->stream == NULL)
    open_stream(L, index, it);
  if (it->at < it->filled)
    return true;
  if (it->stream == NULL)
    return false;
  expect_pool(L, index, it);
  it->at = it->filled = 0;
  bind_watch_open(L, &w, state, 0, 0);
  bind_watch_set(&w);
  bind_limit_enter(state);
  it->running = true;
  p = tine_pipeline_retain(it->pipeline);
  status = tine_stream_next(it->stream, &block, &err);
  bind_limit_leave(state);
  bind_watch_close(&w);
  end_run(it);
  tine_pipeline_release(p);
  if (w.failed)
    lua_error(L);
  if (it->pipeline == NULL)
    return false;
  if (status != TINE_OK)
    return note_failure(L, it, &err);
  for (unsigned c = 0; c < it->columns && block.n > 0; c++) {
    it->data[c] = block.data[c];
    it->stride[c] = block.stride[c];
  }
  it->filled = block.n;
  return block.n > 0;
}

/* Told between the windows, where the script's turn is. */
static void tell_progress(lua_State *L, int index, bind_iter *it) {
  const int top = lua_gettop(L);
  it->given += it->filled;
  it->at = it->filled = 0;
  if (it->progress.told) {
    if (it->progress.fn != 0) {
      lua_getiuservalue(L, index, BIND_PROGRESS);
      it->progress.fn = lua_gettop(L);
    }
    if (bind_progress_due(&it->progress, it->given, it->len) &&
        !bind_progress_tell(L, &it->progress, it->given, it->len))
      lua_error(L);
  }
  lua_settop(L, top);
}

/* Between its windows the script has its turn: what is still to be read is lent until then. */
static void lend(lua_State *L, bind_iter *it) {
  if (it->lent)
    return;
  it->loan = bind_loan_of(it->pipeline, NULL, NULL, 0);
  if (!bind_loan_all(&it->loan)) {
    it->loan.p = NULL;
    bind_array_raise_busy(L);
  }
  tine_pipeline_retain(it->loan.p);
  it->lent = true;
}

void bind_iter_unlend(bind_iter *it) {
  tine_pipeline *p = it->loan.p;
  bind_loan_end(&it->loan);
  it->loan.p = NULL;
  tine_pipeline_release(p);
}

static bool fill(lua_State *L, int index, bind_iter *it) {
  if (it->pipeline == NULL)
    return false;
  if (tine_clock() > it->deadline) {
    it->ended = TINE_ETIMEOUT;
    return false;
  }
  bind_run_still(L, it->pipeline);
  lend(L, it);
  return it->indexed ? fill_window(L, index, it) : fill_stream(L, index, it);
}

bool bind_iter_fill(lua_State *L, int index, bind_iter *it) {
  bool more;
  bind_watch_rest(L, bind_state_get(L), &it->look); /* short runs do not, nor what C does with the items */
  tell_progress(L, index, it);
  more = fill(L, index, it);
  if (!more)
    bind_iter_unlend(it);
  return more;
}
