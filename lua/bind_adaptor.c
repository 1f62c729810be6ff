/*
** Sources and adaptors: each builds one stage. The argument an error of the engine is blamed on is the one that
** carries the meaning: the kernel of map, the last pipeline of a zip.
*/
#include "bind.h"

#include <math.h>

static int source_slice(lua_State *L) {
  bind_stage s;
  const bind_array *h;
  uint64_t first, count;
  tine_array *view;
  tine_pipeline *p;
  lua_settop(L, 3);
  bind_stage_open(L, &s);
  h = bind_array_check(L, 1);
  bind_range_check(L, 2, h->len, &first, &count);
  if (count == (uint64_t)h->len)
    return bind_stage_close(L, &s, tine_slice(h->array), 1);
  view = tine_array_view(h->array, first, count);
  p = tine_slice(view);
  tine_array_release(view);
  return bind_stage_close(L, &s, p, 1);
}

/* The limit of a loop over integers: a float is brought to the integer that ends it at the same place, as a numeric for
   does. False if the loop would not run at all. */
static bool range_limit(lua_State *L, int arg, lua_Integer step, lua_Integer *last) {
  const double limit = luaL_checknumber(L, arg);
  if (lua_isinteger(L, arg))
    *last = lua_tointeger(L, arg);
  else if (limit != limit)
    return false;
  else if (limit >= 0x1p63)
    *last = LUA_MAXINTEGER;
  else if (limit < -0x1p63)
    *last = LUA_MININTEGER;
  else
    *last = (lua_Integer)(step < 0 ? ceil(limit) : floor(limit));
  return limit < -0x1p63 ? step < 0 : limit >= 0x1p63 ? step > 0 : true;
}

/* Where first and step are integers so are the items, whatever the limit, as in a numeric for; else all are floats. */
static int source_range(lua_State *L) {
  bind_stage s;
  tine_pipeline *p;
  const int blamed = lua_isnoneornil(L, 3) ? 2 : 3;
  if (blamed == 2) {
    lua_settop(L, 2);
    lua_pushinteger(L, 1);
  }
  bind_stage_open(L, &s);
  if (lua_isinteger(L, 1) && lua_isinteger(L, 3)) {
    const lua_Integer first = lua_tointeger(L, 1), step = lua_tointeger(L, 3);
    lua_Integer last = 0;
    p = range_limit(L, 2, step, &last) || step == 0 ? tine_range(first, last, step) : tine_range(1, 0, 1);
  } else {
    const double first = luaL_checknumber(L, 1), last = luaL_checknumber(L, 2), step = luaL_checknumber(L, 3);
    p = tine_range_f64(first, last, step);
  }
  return bind_stage_close(L, &s, p, blamed);
}

static int source_rep(lua_State *L) {
  bind_stage s;
  const tine_value v = bind_value_check(L, 1);
  const uint64_t n = bind_count_check(L, 2, 0);
  bind_stage_open(L, &s);
  return bind_stage_close(L, &s, tine_rep(v, n), 2);
}

/* The pipelines in arguments 1 to the last, side by side. */
static int zip_all(lua_State *L, tine_pipeline *(*zip)(tine_pipeline *, tine_pipeline *), int least) {
  const int last = lua_gettop(L) > least ? lua_gettop(L) : least;
  bind_source src;
  bind_stage s;
  tine_pipeline *p;
  lua_settop(L, last);
  bind_stage_open(L, &s);
  for (int arg = 1; arg <= last; arg++) {
    bind_source_check(L, arg, &src);
    bind_stage_inherit(L, &s, &src);
  }
  bind_source_is(L, 1, &src);
  p = bind_source_take(&src);
  for (int arg = 2; arg <= last; arg++) {
    bind_source_is(L, arg, &src);
    p = zip(p, bind_source_take(&src));
    if (arg < last)
      tine_pipeline_where(p, s.where); /* the last one's is the stage's */
  }
  return bind_stage_close(L, &s, p, last);
}

static int source_zip(lua_State *L) {
  return zip_all(L, tine_zip, 1);
}

static int adaptor_zip(lua_State *L) {
  return zip_all(L, tine_zip, 2);
}

static int adaptor_zip_eq(lua_State *L) {
  return zip_all(L, tine_zip_eq, 2);
}

/* Opens a stage on argument 1. Arguments behind it are checked by the caller, who then takes the base. */
static void adaptor_open(lua_State *L, bind_stage *s, bind_source *base) {
  bind_stage_open(L, s);
  bind_source_check(L, 1, base);
  bind_stage_inherit(L, s, base);
}

static int adaptor_map(lua_State *L) {
  const int last = lua_gettop(L);
  tine_value constants[TINE_MAX_ARGS];
  size_t n;
  bind_stage s;
  bind_source base;
  tine_kernel *kernel;
  if (last < 2)
    bind_kernel_check(L, 2); /* raises: "got no value" */
  adaptor_open(L, &s, &base);
  n = bind_value_constants(L, 3, last, constants);
  kernel = bind_kernel_check(L, 2);
  return bind_stage_close(L, &s, tine_map(bind_source_take(&base), kernel, constants, n), 2);
}

static int adaptor_take(lua_State *L) {
  const uint64_t n = bind_count_check(L, 2, 0);
  bind_stage s;
  bind_source base;
  adaptor_open(L, &s, &base);
  return bind_stage_close(L, &s, tine_take(bind_source_take(&base), n), 2);
}

static int adaptor_cast(lua_State *L) {
  const tine_dtype dtype = bind_dtype_check(L, 2);
  const tine_cast_mode mode = bind_castmode_check(L, 3);
  bind_stage s;
  bind_source base;
  adaptor_open(L, &s, &base);
  return bind_stage_close(L, &s, tine_cast(bind_source_take(&base), dtype, mode), 2);
}

static int adaptor_min_len(lua_State *L) {
  const uint64_t n = bind_count_check(L, 2, 1);
  bind_stage s;
  bind_source base;
  adaptor_open(L, &s, &base);
  return bind_stage_close(L, &s, tine_min_len(bind_source_take(&base), n), 2);
}

static int adaptor_max_len(lua_State *L) {
  const uint64_t n = bind_count_check(L, 2, 1);
  bind_stage s;
  bind_source base;
  adaptor_open(L, &s, &base);
  return bind_stage_close(L, &s, tine_max_len(bind_source_take(&base), n), 2);
}

static int adaptor_sequential(lua_State *L) {
  bind_stage s;
  bind_source base;
  adaptor_open(L, &s, &base);
  return bind_stage_close(L, &s, tine_sequential(bind_source_take(&base)), 1);
}

/* The last 'on' wins, so the pool of the new stage is this one whatever the base had. */
static int adaptor_on(lua_State *L) {
  bind_stage s;
  bind_source base;
  const bind_pool *pool;
  lua_settop(L, 2);
  bind_stage_open(L, &s);
  bind_source_check(L, 1, &base);
  pool = bind_pool_check(L, 2);
  lua_pushvalue(L, 2);
  lua_setiuservalue(L, s.index, 1);
  return bind_stage_close(L, &s, tine_on(bind_source_take(&base), pool->pool), 2);
}

const luaL_Reg bind_adaptor_methods[] = {{"zip", adaptor_zip},         {"zip_eq", adaptor_zip_eq},
                                         {"map", adaptor_map},         {"take", adaptor_take},
                                         {"cast", adaptor_cast},       {"min_len", adaptor_min_len},
                                         {"max_len", adaptor_max_len}, {"sequential", adaptor_sequential},
                                         {"on", adaptor_on},           {NULL, NULL}};

const luaL_Reg bind_source_functions[] = {
    {"slice", source_slice}, {"range", source_range}, {"rep", source_rep}, {"zip", source_zip}, {NULL, NULL}};
