/*
** New arrays: zeros, full, linspace, array, build, isarray. Each makes its closed handle first; what fails later
** leaves it to the collector, half filled and unreachable.
*/
#include "../run/bind_run.h"

#include <string.h>

/* A handle for a fresh array; everything that fills one starts here. */
static bind_array *make_zeros(lua_State *L, tine_dtype dtype, uint64_t n) {
  bind_array *h = bind_array_new(L);
  bind_array_create(L, h, dtype, n);
  return h;
}

static int array_isarray(lua_State *L) {
  luaL_checkany(L, 1);
  lua_pushboolean(L, bind_array_to(L, 1) != NULL);
  return 1;
}

static int array_zeros(lua_State *L) {
  const tine_dtype dtype = bind_dtype_check(L, 1);
  make_zeros(L, dtype, bind_count_check(L, 2, 0));
  return bind_array_return(L, lua_gettop(L));
}

static int array_full(lua_State *L) {
  static const double zero[2];
  const tine_dtype dtype = bind_dtype_check(L, 1);
  const uint64_t n = bind_count_check(L, 2, 0);
  double element[2]; /* any element, aligned */
  const bind_array *h;
  if (!bind_element_store(L, 3, dtype, element))
    return luaL_argerror(L, 3, lua_tostring(L, -1));
  h = make_zeros(L, dtype, n);
  if (memcmp(element, zero, tine_dtype_size(dtype)) != 0) /* fresh memory is zero, and untouched so far */
    bind_fill(L, h, element, true);
  return bind_array_return(L, lua_gettop(L));
}

static int array_linspace(lua_State *L) {
  const double a = bind_number_check(L, 1), b = bind_number_check(L, 2);
  const bind_array *h = make_zeros(L, TINE_F64, bind_count_check(L, 3, 0));
  bind_fill_steps(L, h, a, b);
  return bind_array_return(L, lua_gettop(L));
}

/* Element i (from 0) of h becomes the value on top, which is popped. */
static void store_popped(lua_State *L, const bind_array *h, lua_Integer i, int arg) {
  if (!bind_element_store(L, -1, h->dtype, bind_array_at(h, i)))
    luaL_argerror(L, arg, lua_pushfstring(L, "element %I: %s", (LUAI_UACINT)(i + 1), lua_tostring(L, -1)));
  lua_pop(L, 1);
}

static int array_from_table(lua_State *L, tine_dtype dtype) {
  const lua_Integer n = luaL_len(L, 2);
  const bind_array *h = make_zeros(L, dtype, n > 0 ? (uint64_t)n : 0);
  double next = 0;
  for (lua_Integer i = 0; i < h->len; i++) {
    if (i % BIND_REST == BIND_REST - 1)
      bind_watch_rest(L, bind_state_get(L), &next);
    lua_geti(L, 2, i + 1);
    store_popped(L, h, i, 2);
  }
  return bind_array_return(L, lua_gettop(L));
}

static int array_from_pipeline(lua_State *L, const bind_source *src, tine_dtype dtype) {
  const unsigned columns = bind_source_columns(src);
  bind_array *h;
  tine_pipeline *p;
  tine_array *a;
  tine_error err;
  tine_status status;
  bind_watch w;
  int index;
  if (columns != 1)
    return luaL_argerror(L, 2, lua_pushfstring(L, "one column expected, got %d", (int)columns));
  h = bind_array_new(L);
  index = lua_gettop(L);
  bind_watch_open(L, &w, bind_state_get(L), 2, src->pipeline != NULL ? src->pipeline->every : 0);
  p = tine_cast(bind_run_enter(L, 2), dtype, TINE_CAST_EXACT);
  w.loan = bind_loan_of(p, NULL, NULL, 0);
  bind_watch_set(&w);
  status = tine_collect(p, &a, &err);
  tine_pipeline_release(p);
  bind_limit_end(bind_state_get(L));
  bind_watch_close(&w);
  if (status != TINE_OK)
    return bind_watch_fail(L, &w, &err);
  bind_array_own(h, a);
  return bind_array_return(L, index);
}

static int array_array(lua_State *L) {
  const tine_dtype dtype = bind_dtype_check(L, 1);
  bind_source src;
  if (lua_istable(L, 2))
    return array_from_table(L, dtype);
  if (bind_source_is(L, 2, &src)) {
    bind_source_expect(L, &src);
    return array_from_pipeline(L, &src, dtype);
  }
  return luaL_typeerror(L, 2, "table, tine.Array or tine.Pipeline");
}

static int array_build(lua_State *L) {
  const tine_dtype dtype = bind_dtype_check(L, 1);
  const uint64_t n = bind_count_check(L, 2, 0);
  const bind_array *h;
  luaL_checktype(L, 3, LUA_TFUNCTION);
  h = make_zeros(L, dtype, n);
  for (lua_Integer i = 0; i < h->len; i++) {
    lua_pushvalue(L, 3);
    lua_pushinteger(L, i + 1);
    lua_call(L, 1, 1);
    store_popped(L, h, i, 3);
  }
  return bind_array_return(L, lua_gettop(L));
}

const bind_export bind_array_functions[] = {{"zeros", array_zeros, 2},
                                            {"full", array_full, 3},
                                            {"linspace", array_linspace, 3},
                                            {"array", array_array, 2},
                                            {"build", array_build, 3},
                                            {"isarray", array_isarray, 1},
                                            {NULL, NULL, 0}};
