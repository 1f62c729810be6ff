/*
** Sources: pipelines out of nothing but arguments, and out of other pipelines put together.
*/
#include "../state/bind.h"

#include <math.h>

static int source_slice(lua_State *L) {
  bind_stage s;
  const bind_array *h;
  uint64_t first, count;
  tine_array *view;
  tine_pipeline *p;
  lua_settop(L, 3);
  bind_stage_open(L, &s, false);
  h = bind_array_check(L, 1);
  bind_range_check(L, 2, h->len, &first, &count);
  bind_limit_begin(s.state);
  if (count == (uint64_t)h->len)
    return bind_stage_close(L, &s, tine_slice(h->array), 1);
  view = tine_array_view(h->array, first, count);
  p = tine_slice(view);
  tine_array_release(view);
  return bind_stage_close(L, &s, p, 1);
}

static bool range_limit_float(double limit, lua_Integer step, volatile lua_Integer *last) {
  if (limit != limit)
    return false;
  else if (limit >= 0x1p63)
    *last = LUA_MAXINTEGER;
  else if (limit < -0x1p63)
    *last = LUA_MININTEGER;
  else
    *last = (lua_Integer)(step < 0 ? ceil(limit) : floor(limit));
  return limit < -0x1p63 ? step < 0 : limit >= 0x1p63 ? step > 0 : true;
}

/* The limit of a loop over integers: a float is brought to the integer that ends it at the same place, as a numeric for
   does. False if the loop would not run at all. */
static bool range_limit(lua_State *L, int arg, lua_Integer step, lua_Integer *last) {
  const double limit = bind_number_check(L, arg);
  volatile lua_Integer end = 0; /* volatile: compilers know nothing of modes */
  volatile bool some;
  uint64_t saved;
  if (lua_isinteger(L, arg)) {
    *last = lua_tointeger(L, arg);
    return true;
  }
  saved = tine_fp_enter();
  some = range_limit_float(limit, step, &end);
  tine_fp_leave(saved);
  *last = end;
  return some;
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
  bind_stage_open(L, &s, false);
  if (lua_isinteger(L, 1) && lua_isinteger(L, 3)) {
    const lua_Integer first = lua_tointeger(L, 1), step = lua_tointeger(L, 3);
    lua_Integer last = 0;
    const bool some = range_limit(L, 2, step, &last) || step == 0;
    bind_limit_begin(s.state);
    p = some ? tine_range(first, last, step) : tine_range(1, 0, 1);
  } else {
    const double first = bind_number_check(L, 1), last = bind_number_check(L, 2), step = bind_number_check(L, 3);
    bind_limit_begin(s.state);
    p = tine_range_f64(first, last, step);
  }
  return bind_stage_close(L, &s, p, blamed);
}

static int source_rep(lua_State *L) {
  bind_stage s;
  const tine_value v = bind_value_check(L, 1);
  const uint64_t n = bind_count_check(L, 2, 0);
  bind_stage_open(L, &s, false);
  bind_limit_begin(s.state);
  return bind_stage_close(L, &s, tine_rep(v, n), 2);
}

static int source_empty(lua_State *L) {
  const tine_dtype dtype = bind_dtype_check(L, 1);
  bind_stage s;
  bind_stage_open(L, &s, false);
  bind_limit_begin(s.state);
  return bind_stage_close(L, &s, tine_empty(dtype), 1);
}

/* A seed is asked for: numbers that differ from run to run would be no function of the pipeline. */
static int source_random(lua_State *L) {
  const uint64_t n = bind_count_check(L, 1, 0), seed = (uint64_t)luaL_checkinteger(L, 2);
  bind_stage s;
  bind_stage_open(L, &s, false);
  bind_limit_begin(s.state);
  return bind_stage_close(L, &s, tine_random(n, seed), 1);
}

static int combine_all(lua_State *L, bind_adapt_two *combine) {
  return bind_stage_combine(L, combine, lua_gettop(L) > 1 ? lua_gettop(L) : 1);
}

static int source_zip(lua_State *L) {
  return combine_all(L, tine_zip);
}

static int source_chain(lua_State *L) {
  return combine_all(L, tine_chain);
}

const bind_export bind_source_functions[] = {{"slice", source_slice, 3},    {"range", source_range, 3},
                                             {"rep", source_rep, 2},        {"empty", source_empty, 1},
                                             {"zip", source_zip, BIND_ANY}, {"chain", source_chain, BIND_ANY},
                                             {"random", source_random, 2},  {NULL, NULL, 0}};
