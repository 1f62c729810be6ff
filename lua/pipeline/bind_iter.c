/*
** totable, each, iter: back into the sequential world. Items come in order, in windows (bind_window.c), so memory is
** bounded whatever the length. A loop that breaks closes its iterator at once, as the fourth value of a generic 'for'.
*/
#include "bind_iter.h"

#include <limits.h>
#include <math.h>

#define BIND_ITER "tine.Iterator"

static const char iter_tag = 0; /* only its address is used */

enum { OWN_MEMORY = BIND_PROGRESS + 1, USER_VALUES = OWN_MEMORY };

typedef struct iter_handle {
  const void *tag;
  bind_iter *it; /* NULL while it is made */
} iter_handle;

static bind_iter *iter_self(lua_State *L) {
  const iter_handle *h = bind_handle_to(L, 1, &iter_tag, sizeof *h);
  if (h == NULL || h->it == NULL)
    luaL_typeerror(L, 1, BIND_ITER);
  return h->it;
}

static void open_iter(bind_state *state, bind_iter *it) {
  it->next_open = state->iters;
  it->open_at = &state->iters;
  if (it->next_open != NULL)
    it->next_open->open_at = &it->next_open;
  state->iters = it;
}

static void end_iter(bind_iter *it) {
  tine_pipeline *p = it->pipeline;
  if (it->open_at != NULL)
    *it->open_at = it->next_open;
  if (it->open_at != NULL && it->next_open != NULL)
    it->next_open->open_at = it->open_at;
  it->open_at = NULL;
  it->next_open = NULL;
  bind_iter_unlend(it);
  it->pipeline = NULL;
  it->next = it->len = 0;
  bind_iter_drop(it);
  tine_pipeline_release(p);
  if (it->progress.told)
    bind_progress_close(&it->progress);
}

void bind_iter_end_all(bind_state *state) {
  while (state->iters != NULL)
    end_iter(state->iters);
}

/* Puts the value on top into the record's table of what is open, under that address, and pops it. */
static void iter_keep(lua_State *L, const bind_iter *it) {
  bind_push_record(L);
  lua_getiuservalue(L, -1, BIND_OPEN);
  lua_pushvalue(L, -3);
  lua_rawsetp(L, -2, it);
  lua_pop(L, 3);
}

static int iter_close(lua_State *L) {
  const iter_handle *h = bind_handle_to(L, 1, &iter_tag, sizeof *h);
  if (h == NULL || h->it == NULL)
    return 0;
  end_iter(h->it);
  lua_pushnil(L);
  iter_keep(L, h->it); /* allocates nothing */
  return 0;
}

/* Takes over what the pipeline at 1 has for its runs. */
static void inherit(lua_State *L, bind_iter *it, const bind_pipeline *base) {
  for (int which = BIND_BOUND; which <= BIND_PROGRESS; which++) {
    lua_getiuservalue(L, 1, which);
    lua_setiuservalue(L, -2, which);
  }
  it->bound = base->bound;
  if (base->limit > 0)
    it->deadline = tine_clock() + base->limit;
  if (base->every > 0) {
    const int top = lua_gettop(L);
    bind_progress_open(L, &it->progress, top, base->every);
    lua_settop(L, top);
  }
}

/* Pushes an iterator over argument 1. */
static bind_iter *push_iter(lua_State *L) {
  bind_state *state = bind_state_get(L);
  iter_handle *h = bind_handle_new(L, sizeof *h, USER_VALUES, BIND_ITERS);
  bind_iter *it;
  bind_source src;
  *h = (iter_handle){&iter_tag, NULL};
  it = lua_newuserdatauv(L, sizeof *it, 0);
  *it = (bind_iter){.next_open = NULL, .deadline = INFINITY};
  lua_pushvalue(L, -1);
  iter_keep(L, it);
  lua_setiuservalue(L, -2, OWN_MEMORY);
  open_iter(state, it);
  h->it = it;
  bind_source_check(L, 1, &src);
  if (src.pipeline != NULL)
    inherit(L, it, src.pipeline);
  it->pipeline = bind_source_take(&src);
  bind_limit_end(src.state);
  it->timed = it->deadline < INFINITY || bind_state_get(L)->interrupt != NULL;
  it->columns = tine_pipeline_columns(it->pipeline);
  it->indexed = tine_pipeline_kind(it->pipeline) == TINE_INDEXED;
  it->len = tine_pipeline_len(it->pipeline); /* 0 where it is not known */
  for (unsigned c = 0; c < it->columns; c++)
    it->dtype[c] = tine_pipeline_dtype(it->pipeline, c);
  return it;
}

/* Is its time over? What fn does with an item may take any time. */
static bool is_late(lua_State *L, bind_iter *it) {
  bind_interrupt_expect(L, bind_state_get(L));
  if (it->ended == TINE_OK && tine_clock() > it->deadline)
    it->ended = TINE_ETIMEOUT;
  return it->ended != TINE_OK;
}

/* Pushes the columns of the next item of the iterator at 'index'; returns how many, 0 at the end. */
static int iter_push(lua_State *L, int index, bind_iter *it) {
  if (it->timed && it->at < it->filled && is_late(L, it)) {
    bind_iter_unlend(it);
    return 0;
  }
  if (it->at >= it->filled && !bind_iter_fill(L, index, it))
    return 0;
  luaL_checkstack(L, (int)it->columns + LUA_MINSTACK, "too many columns");
  for (unsigned c = 0; c < it->columns; c++)
    bind_element_push(L, it->dtype[c], bind_iter_at(it, c, it->at));
  it->at++;
  return (int)it->columns;
}

static int iter_next(lua_State *L) {
  bind_iter *it = iter_self(L);
  const int n = iter_push(L, 1, it);
  if (it->ended != TINE_OK)
    return luaL_error(L, "%s", tine_status_text(it->ended)); /* nil would look like the end */
  if (n == 0)
    lua_pushnil(L);
  return n == 0 ? 1 : n;
}

static int terminal_iter(lua_State *L) {
  lua_settop(L, 1);
  push_iter(L);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushcclosure(L, iter_next, 1);
  lua_pushvalue(L, 2);
  lua_pushnil(L);
  lua_pushvalue(L, 2);
  return 4;
}

/* How a terminal ends that would return n results: so, or with what the clock says. */
static int iter_outcome(lua_State *L, const bind_iter *it, int n) {
  tine_error err;
  if (it->ended == TINE_OK)
    return n;
  err.status = it->ended;
  return bind_error_outcome(L, &err);
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
    n = iter_push(L, 3, it);
    if (n == 0)
      return iter_outcome(L, it, 0);
    lua_call(L, n, 0);
  }
}

/* A table a column, at most as large in advance as its constructor can be told. */
static void iter_push_tables(lua_State *L, const bind_iter *it) {
  luaL_checkstack(L, (int)it->columns + LUA_MINSTACK, "too many columns");
  for (unsigned c = 0; c < it->columns; c++)
    lua_createtable(L, it->len < INT_MAX ? (int)it->len : INT_MAX, 0);
}

static int terminal_totable(lua_State *L) {
  bind_iter *it;
  lua_Integer done = 0;
  lua_settop(L, 1);
  it = push_iter(L);
  lua_toclose(L, 2);
  iter_push_tables(L, it);
  while (bind_iter_fill(L, 2, it)) {
    for (unsigned c = 0; c < it->columns; c++)
      for (uint64_t i = 0; i < it->filled; i++) {
        bind_element_push(L, it->dtype[c], bind_iter_at(it, c, i));
        lua_rawseti(L, 3 + (int)c, done + (lua_Integer)i + 1);
      }
    done += (lua_Integer)it->filled;
    it->at = it->filled;
  }
  return iter_outcome(L, it, lua_gettop(L) - 2);
}

const bind_export bind_iter_methods[] = {
    {"iter", terminal_iter, 0}, {"each", terminal_each, 1}, {"totable", terminal_totable, 0}, {NULL, NULL, 0}};

static const luaL_Reg iter_metamethods[] = {{"__gc", iter_close}, {"__close", iter_close}, {NULL, NULL}};

void bind_iter_open(lua_State *L) {
  bind_metatable(L, BIND_ITER, iter_metamethods);
  bind_metatable_keep(L, BIND_ITERS);
}
