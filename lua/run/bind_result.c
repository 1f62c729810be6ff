/*
** What a job gives, each time it is asked: values anew; arrays and tables are the same ones, which the handle keeps.
*/
#include "bind_work.h"

#include <limits.h>

static tine_status run_totable(bind_run *r, tine_error *err) {
  return tine_collect(r->p, r->arrays, err);
}

/* As a method it is no terminal: that streams. A job's tables are made when they are asked for. */
const bind_terminal bind_job_totable = {"totable", .run = run_totable, .each = 1};

/* Pushes a handle for each array that was made. */
static int push_arrays(lua_State *L, const bind_run *r) {
  bind_arrays to;
  bind_arrays_open(L, &to, bind_run_makes(r));
  for (unsigned i = 0; i < to.n; i++)
    tine_array_retain(r->arrays[i]);
  return bind_arrays_close(L, &to, r->arrays);
}

static void push_table(lua_State *L, const tine_array *a) {
  const lua_Integer n = (lua_Integer)tine_array_len(a);
  const tine_dtype dtype = tine_array_dtype(a);
  const ptrdiff_t stride = tine_array_stride(a);
  const char *element = tine_array_data(a);
  lua_createtable(L, n < INT_MAX ? (int)n : INT_MAX, 0);
  for (lua_Integer i = 1; i <= n; i++, element += stride) {
    bind_element_push(L, dtype, element);
    lua_rawseti(L, -2, i);
  }
}

static int result_push(lua_State *L, const bind_run *r) {
  luaL_checkstack(L, (int)r->columns + LUA_MINSTACK, "too many columns");
  for (unsigned i = 0; i < r->columns; i++)
    push_table(L, r->arrays[i]);
  return (int)r->columns;
}

/* Pushes the results that the handle keeps in the table on top. */
static int push_kept(lua_State *L) {
  const int index = lua_gettop(L);
  int n;
  lua_getfield(L, index, "n");
  n = (int)lua_tointeger(L, -1);
  luaL_checkstack(L, n, "too many columns");
  for (int i = 1; i <= n; i++)
    lua_rawgeti(L, index, i);
  return n;
}

/* Keeps the n results on top, and leaves them there. */
static int result_keep(lua_State *L, int n) {
  lua_createtable(L, n, 1);
  lua_insert(L, -n - 1);
  for (int i = n; i >= 1; i--)
    lua_rawseti(L, -i - 1, i);
  lua_pushinteger(L, n);
  lua_setfield(L, -2, "n");
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, 1, BIND_RESULTS);
  return push_kept(L);
}

int bind_job_push(lua_State *L, bind_work *work) {
  const bind_run *r = &work->run;
  int n;
  lua_settop(L, 1);
  if (lua_getiuservalue(L, 1, BIND_RESULTS) == LUA_TTABLE)
    return push_kept(L);
  if (r->terminal->push != NULL)
    return r->terminal->push(L, r);
  n = r->terminal == &bind_job_totable ? result_push(L, r) : push_arrays(L, r);
  bind_work_discharge(bind_state_get(L), work);
  return result_keep(L, n);
}
