/*
** totable, each, iter: back into the sequential world. Items come in order, in windows that are run into arrays of the
** iterator's own: a small first one, so that a loop that soon breaks costs little, then twice as many each time up to
** a size where the run is worth its threads. Memory is bounded by two constants, whatever the length.
**
** The iterator is a userdata like any handle: it owns its pipeline and its windows, its user value 1 is the pool, and
** close empties it. A loop that breaks closes it at once, as the fourth value of a generic 'for'.
*/
#include "bind.h"

#include <limits.h>

enum { FIRST_WINDOW = 256, LAST_WINDOW = 65536 }; /* items */

#define BIND_ITER "tine.Iterator"

typedef struct bind_iter {
  tine_pipeline *pipeline;              /* owned; NULL: closed */
  tine_array *window[TINE_MAX_COLUMNS]; /* owned; as long as 'room' */
  const char *data[TINE_MAX_COLUMNS];
  tine_dtype dtype[TINE_MAX_COLUMNS];
  unsigned columns;
  uint64_t next, len;  /* the first item not yet in a window; all items */
  uint64_t room;       /* items a window can hold */
  uint64_t at, filled; /* the next item to hand out, and how many there are, in the window */
} bind_iter;

static void drop_windows(bind_iter *it) {
  it->at = it->filled = it->room = 0;
  for (unsigned c = 0; c < it->columns; c++) {
    tine_array *a = it->window[c];
    it->window[c] = NULL;
    tine_array_release(a);
  }
}

static int iter_close(lua_State *L) {
  bind_iter *it = luaL_checkudata(L, 1, BIND_ITER);
  tine_pipeline *p = it->pipeline;
  it->pipeline = NULL;
  it->next = it->len = 0;
  drop_windows(it);
  tine_pipeline_release(p);
  return 0;
}

/* Pushes an iterator over argument 1. */
static bind_iter *push_iter(lua_State *L) {
  bind_iter *it = lua_newuserdatauv(L, sizeof *it, 1);
  bind_source src;
  *it = (bind_iter){0};
  luaL_setmetatable(L, BIND_ITER);
  bind_source_check(L, 1, &src);
  if (src.pipeline != NULL) {
    lua_getiuservalue(L, 1, 1);
    lua_setiuservalue(L, -2, 1);
  }
  it->pipeline = bind_source_take(&src);
  it->columns = tine_pipeline_columns(it->pipeline);
  it->len = tine_pipeline_len(it->pipeline);
  for (unsigned c = 0; c < it->columns; c++)
    it->dtype[c] = tine_pipeline_dtype(it->pipeline, c);
  return it;
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
  tine_error err;
  drop_windows(it);
  for (unsigned c = 0; c < it->columns; c++) {
    if (tine_array_create(&it->window[c], it->dtype[c], room, &err) != TINE_OK) {
      it->window[c] = NULL;
      bind_error_raise(L, &err);
    }
    it->data[c] = tine_array_data(it->window[c]);
  }
  it->room = room;
}

/* Runs items [next, next + n) into the windows, on the pool this iterator has at this moment. */
static tine_status run_window(const bind_iter *it, tine_pool *pool, uint64_t n, tine_error *err) {
  tine_pipeline *p = tine_pipeline_retain(it->pipeline);
  tine_status status;
  if (pool != NULL)
    p = tine_on(p, pool);
  status = tine_collect_range(p, it->next, n, it->window, it->columns, err);
  tine_pipeline_release(p);
  return status;
}

static tine_pool *iter_pool(lua_State *L, int index) {
  const bind_pool *pool = bind_pool_bound(L, index);
  const bind_state *state = bind_state_get(L);
  if (pool != NULL)
    return NULL; /* the pipeline knows it */
  return state != NULL && state->installed != NULL ? state->installed->pool : NULL;
}

/*
** Fills the windows with the next items; false at the end. If an item fails, the ones before it are handed out first,
** as a plain loop over items would: the run is repeated up to there, and the failure raised when its turn comes.
*/
static bool fill_windows(lua_State *L, int index, bind_iter *it) {
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
  if (run_window(it, pool, n, &err) != TINE_OK) {
    if (err.item <= it->next || err.item - it->next >= n)
      bind_error_raise(L, &err);
    n = err.item - it->next;
    if (run_window(it, pool, n, &err) != TINE_OK)
      bind_error_raise(L, &err);
  }
  it->next += n;
  it->filled = n;
  it->at = 0;
  return true;
}

/* Pushes the columns of the next item of the iterator at 'index'; returns how many, 0 at the end. */
static int push_item(lua_State *L, int index, bind_iter *it) {
  if (it->at >= it->filled && !fill_windows(L, index, it))
    return 0;
  luaL_checkstack(L, (int)it->columns + LUA_MINSTACK, "too many columns");
  for (unsigned c = 0; c < it->columns; c++)
    bind_element_push(L, it->dtype[c], it->data[c] + it->at * tine_dtype_size(it->dtype[c]));
  it->at++;
  return (int)it->columns;
}

static int iter_next(lua_State *L) {
  bind_iter *it = luaL_checkudata(L, 1, BIND_ITER);
  const int n = push_item(L, 1, it);
  if (n == 0)
    lua_pushnil(L);
  return n == 0 ? 1 : n;
}

static int terminal_iter(lua_State *L) {
  lua_settop(L, 1);
  push_iter(L);
  lua_pushcfunction(L, iter_next);
  lua_pushvalue(L, 2);
  lua_pushnil(L);
  lua_pushvalue(L, 2);
  return 4;
}

/* The iterator is to be closed: an error in fn frees its windows at once. */
static int terminal_each(lua_State *L) {
  bind_iter *it;
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  it = push_iter(L);
  lua_toclose(L, 3);
  for (;;) {
    int n;
    lua_pushvalue(L, 2);
    n = push_item(L, 3, it);
    if (n == 0)
      return 0;
    lua_call(L, n, 0);
  }
}

/* A table a column, at most as large in advance as its constructor can be told. */
static void push_tables(lua_State *L, const bind_iter *it) {
  luaL_checkstack(L, (int)it->columns + LUA_MINSTACK, "too many columns");
  for (unsigned c = 0; c < it->columns; c++)
    lua_createtable(L, it->len < INT_MAX ? (int)it->len : INT_MAX, 0);
}

static int terminal_totable(lua_State *L) {
  bind_iter *it;
  lua_Integer done = 0;
  lua_settop(L, 1);
  it = push_iter(L);
  push_tables(L, it);
  while (fill_windows(L, 2, it)) {
    for (unsigned c = 0; c < it->columns; c++)
      for (uint64_t i = 0; i < it->filled; i++) {
        bind_element_push(L, it->dtype[c], it->data[c] + i * tine_dtype_size(it->dtype[c]));
        lua_rawseti(L, 3 + (int)c, done + (lua_Integer)i + 1);
      }
    done += (lua_Integer)it->filled;
    it->at = it->filled;
  }
  return lua_gettop(L) - 2;
}

const luaL_Reg bind_iter_methods[] = {
    {"iter", terminal_iter}, {"each", terminal_each}, {"totable", terminal_totable}, {NULL, NULL}};

static const luaL_Reg iter_metamethods[] = {{"__gc", iter_close}, {"__close", iter_close}, {NULL, NULL}};

void bind_iter_open(lua_State *L) {
  bind_metatable(L, BIND_ITER, iter_metamethods);
}
