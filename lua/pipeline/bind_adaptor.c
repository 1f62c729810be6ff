/*
** Adaptors for any kind of pipeline that apply no kernel: take, select, cast, and the scheduling hints (min_len,
** max_len, sequential, on). Each builds one stage. If the engine refuses it, the error names the adaptor's main
** argument.
*/
#include "../run/bind_pool.h"
#include "../state/bind.h"

static int adaptor_take(lua_State *L) {
  return bind_stage_counted(L, tine_take, 0);
}

static int adaptor_min_len(lua_State *L) {
  return bind_stage_counted(L, tine_min_len, 1);
}

static int adaptor_max_len(lua_State *L) {
  return bind_stage_counted(L, tine_max_len, 1);
}

static int adaptor_sequential(lua_State *L) {
  return bind_stage_plain(L, tine_sequential);
}

/* Columns count from 1 here and from 0 in the engine. */
static int adaptor_select(lua_State *L) {
  const int last = lua_gettop(L);
  unsigned columns[TINE_MAX_COLUMNS], width;
  size_t n = 0;
  bind_stage s;
  bind_source base;
  bind_stage_adapt(L, &s, &base);
  if (last < 2) {
    lua_settop(L, 1);
    luaL_checkinteger(L, 2); /* raises: "got no value" */
  }
  width = bind_source_columns(&base);
  for (int arg = 2; arg <= last; arg++) {
    luaL_argcheck(L, n < TINE_MAX_COLUMNS, arg, "too many columns");
    luaL_checkinteger(L, arg);
    columns[n++] = bind_column_check(L, arg, arg, width);
  }
  return bind_stage_close(L, &s, tine_select(bind_source_take(&base), columns, n), 2);
}

static int adaptor_cast(lua_State *L) {
  const tine_dtype dtype = bind_dtype_check(L, 2);
  const tine_cast_mode mode = bind_castmode_check(L, 3);
  bind_stage s;
  bind_source base;
  bind_stage_adapt(L, &s, &base);
  return bind_stage_close(L, &s, tine_cast(bind_source_take(&base), dtype, mode), 2);
}

/* The last 'on' wins: this pool takes the place of the one that bind_stage_inherit has passed on from the base. */
static int adaptor_on(lua_State *L) {
  bind_stage s;
  bind_source base;
  const bind_pool *pool;
  lua_settop(L, 2);
  bind_stage_open(L, &s, true);
  bind_source_check(L, 1, &base);
  bind_stage_inherit(L, &s, &base);
  pool = bind_pool_check(L, 2);
  lua_pushvalue(L, 2);
  lua_setiuservalue(L, s.index, BIND_BOUND);
  s.out->bound = true;
  return bind_stage_close(L, &s, tine_on(bind_source_take(&base), pool->pool), 2);
}

const bind_export bind_adaptor_methods[] = {{"take", adaptor_take, 1},       {"select", adaptor_select, BIND_ANY},
                                            {"cast", adaptor_cast, 2},       {"min_len", adaptor_min_len, 1},
                                            {"max_len", adaptor_max_len, 1}, {"sequential", adaptor_sequential, 0},
                                            {"on", adaptor_on, 1},           {NULL, NULL, 0}};
