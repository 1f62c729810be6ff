/*
** Methods of arrays: asking (dtype, nbytes, shape, get), views and copies (sub, copy, cast, totable), change in place
** (fill). Methods that change an array return it; those that make one leave the old as it was. Whole-array
** work that pays is a pipeline run, so copies and casts use all threads.
*/
#include "../run/bind_run.h"

#include <limits.h>
#include <string.h>

static int array_dtype(lua_State *L) {
  lua_pushstring(L, tine_dtype_name(bind_array_check(L, 1)->dtype));
  return 1;
}

static int array_nbytes(lua_State *L) {
  const bind_array *h = bind_array_check(L, 1);
  lua_pushinteger(L, h->len * (lua_Integer)tine_dtype_size(h->dtype));
  return 1;
}

static int array_shape(lua_State *L) {
  const bind_array *h = bind_array_check(L, 1);
  const uint64_t *shape;
  const unsigned dims = tine_array_shape(h->array, &shape);
  luaL_checkstack(L, (int)dims, "too many dimensions");
  for (unsigned i = 0; i < dims; i++)
    lua_pushinteger(L, (lua_Integer)shape[i]);
  return (int)dims;
}

static int array_get(lua_State *L) {
  const bind_array *h = bind_array_check_readable(L, 1);
  const lua_Integer i = luaL_checkinteger(L, 2);
  const lua_Unsigned at = (lua_Unsigned)(i < 0 ? h->len + i : i - 1);
  if (at < (lua_Unsigned)h->len)
    bind_element_push(L, h->dtype, bind_array_at(h, (lua_Integer)at));
  else
    lua_pushnil(L);
  return 1;
}

static int array_sub(lua_State *L) {
  const bind_array *h;
  bind_array *out;
  uint64_t first, count;
  tine_array *view;
  luaL_checkinteger(L, 2);
  lua_settop(L, 3);
  out = bind_array_new(L);
  h = bind_array_check(L, 1);
  bind_range_check(L, 2, h->len, &first, &count);
  bind_limit_enter(bind_state_get(L));
  view = tine_array_view(h->array, first, count);
  bind_limit_leave(bind_state_get(L));
  if (view == NULL)
    return bind_limit_explain(L) ? luaL_error(L, "%s", lua_tostring(L, -1)) : luaL_error(L, "not enough memory");
  bind_array_own(out, view);
  return 1;
}

/* Runs 'array |> cast' into a new array. */
static int collect_cast(lua_State *L, tine_dtype dtype, tine_cast_mode mode) {
  bind_array *out = bind_array_new(L);
  tine_array *a;
  tine_error err;
  tine_status status;
  bind_watch w;
  bind_watch_open(L, &w, bind_state_get(L), 0, 0);
  tine_pipeline *p = bind_run_enter(L, 1);
  w.loan = bind_loan_of(p, NULL, NULL, 0);
  bind_watch_set(&w);
  if (dtype != TINE_NONE)
    p = tine_cast(p, dtype, mode);
  status = tine_collect(p, &a, &err);
  tine_pipeline_release(p);
  bind_limit_end(bind_state_get(L));
  bind_watch_close(&w);
  if (status != TINE_OK)
    return bind_watch_fail(L, &w, &err);
  bind_array_own(out, a);
  return bind_array_return(L, lua_gettop(L));
}

static int array_copy(lua_State *L) {
  bind_array_check(L, 1);
  return collect_cast(L, TINE_NONE, TINE_CAST_EXACT);
}

static int array_cast(lua_State *L) {
  bind_array_check(L, 1);
  return collect_cast(L, bind_dtype_check(L, 2), bind_castmode_check(L, 3));
}

static int array_fill(lua_State *L) {
  const bind_array *h = bind_array_check_writable(L, 1);
  double element; /* any element, aligned */
  if (!bind_element_store(L, 2, h->dtype, &element))
    return luaL_argerror(L, 2, lua_tostring(L, -1));
  lua_settop(L, 1);
  bind_fill(L, h, &element, false);
  return 1;
}

/* The table has at most as much room in advance as its constructor can be told. A finaliser that runs meanwhile may
   close the array. */
static int array_totable(lua_State *L) {
  const bind_array *h = bind_array_check_readable(L, 1);
  uint64_t first, count;
  double next = 0;
  bind_range_check(L, 2, h->len, &first, &count);
  lua_createtable(L, count < INT_MAX ? (int)count : INT_MAX, 0);
  for (uint64_t i = 0; i < count; i++) {
    if (i % BIND_REST == BIND_REST - 1)
      bind_watch_rest(L, bind_state_get(L), &next);
    if (h->array == NULL)
      bind_array_check_readable(L, 1); /* raises */
    bind_element_push(L, h->dtype, bind_array_at(h, (lua_Integer)(first + i)));
    lua_rawseti(L, -2, (lua_Integer)(i + 1));
  }
  return 1;
}

const bind_export bind_array_ops[] = {{"dtype", array_dtype, 0},
                                      {"nbytes", array_nbytes, 0},
                                      {"shape", array_shape, 0},
                                      {"get", array_get, 1},
                                      {"sub", array_sub, 2},
                                      {"copy", array_copy, 0},
                                      {"cast", array_cast, 2},
                                      {"fill", array_fill, 1},
                                      {"totable", array_totable, 2},
                                      {"equal", bind_array_equal, 2},
                                      {NULL, NULL, 0}};
