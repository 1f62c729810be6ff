/*
** Terminals that search: any, all, find_*, position_*, and eq and cmp of two pipelines. The answer is that of a plain
** loop over the items; what lies behind the deciding one is not looked at.
*/
#include "bind.h"

typedef tine_status test_fn(tine_pipeline *, tine_kernel *, const tine_value *, size_t, bool *, tine_error *);

/* The predicate of a search; what it names is read last but for the pipeline. */
static void check_predicate(lua_State *L, bind_call *call) {
  bind_source src;
  bind_source_check(L, 1, &src);
  bind_call_check(L, 2, lua_gettop(L), call);
}

static int run_test(lua_State *L, test_fn *test) {
  bind_call call;
  tine_error err;
  tine_pipeline *p;
  tine_status status;
  bool holds = false;
  check_predicate(L, &call);
  p = bind_run_enter(L, 1);
  status = test(p, call.kernel, call.constants, call.n, &holds, &err);
  bind_run_leave(L, p);
  if (status != TINE_OK)
    return bind_error_raise(L, &err);
  lua_pushboolean(L, holds);
  return 1;
}

static int search_any(lua_State *L) {
  return run_test(L, tine_any);
}

static int search_all(lua_State *L) {
  return run_test(L, tine_all);
}

/* The item, a value a column; or a single nil. */
static int run_find(lua_State *L, tine_which which) {
  tine_value out[TINE_MAX_COLUMNS];
  bind_call call;
  tine_error err;
  tine_pipeline *p;
  tine_status status;
  unsigned n;
  check_predicate(L, &call);
  p = bind_run_enter(L, 1);
  n = tine_pipeline_columns(p);
  status = tine_find(p, which, call.kernel, call.constants, call.n, out, &err);
  bind_run_leave(L, p);
  if (status != TINE_OK)
    return bind_error_raise(L, &err);
  if (out[0].dtype == TINE_NONE)
    n = 1;
  luaL_checkstack(L, (int)n, "too many columns");
  for (unsigned i = 0; i < n; i++)
    bind_value_push(L, out[i]);
  return (int)n;
}

static int search_find_first(lua_State *L) {
  return run_find(L, TINE_FIRST);
}

static int search_find_last(lua_State *L) {
  return run_find(L, TINE_LAST);
}

static int search_find_any(lua_State *L) {
  return run_find(L, TINE_ANY);
}

static int run_position(lua_State *L, tine_which which) {
  uint64_t at = UINT64_MAX;
  bind_call call;
  tine_error err;
  tine_pipeline *p;
  tine_status status;
  check_predicate(L, &call);
  p = bind_run_enter(L, 1);
  status = tine_position(p, which, call.kernel, call.constants, call.n, &at, &err);
  bind_run_leave(L, p);
  if (status != TINE_OK)
    return bind_error_raise(L, &err);
  if (at == UINT64_MAX)
    lua_pushnil(L);
  else
    lua_pushinteger(L, (lua_Integer)at + 1);
  return 1;
}

static int search_position_first(lua_State *L) {
  return run_position(L, TINE_FIRST);
}

static int search_position_last(lua_State *L) {
  return run_position(L, TINE_LAST);
}

static int search_position_any(lua_State *L) {
  return run_position(L, TINE_ANY);
}

/* Takes both pipelines of a comparison, the second one's pool being open, too. */
static void enter_both(lua_State *L, tine_pipeline **p, tine_pipeline **q) {
  bind_source src;
  bind_source_check(L, 2, &src);
  if (src.pipeline != NULL)
    bind_pool_bound(L, 2);
  *p = bind_run_enter(L, 1);
  *q = bind_source_take(&src);
}

static int search_eq(lua_State *L) {
  tine_pipeline *p, *q;
  tine_error err;
  tine_status status;
  bool equal = false;
  enter_both(L, &p, &q);
  status = tine_eq(p, q, &equal, &err);
  bind_run_leave(L, p);
  tine_pipeline_release(q);
  if (status != TINE_OK)
    return bind_error_raise(L, &err);
  lua_pushboolean(L, equal);
  return 1;
}

static int search_cmp(lua_State *L) {
  tine_pipeline *p, *q;
  tine_error err;
  tine_status status;
  int order = 0;
  enter_both(L, &p, &q);
  status = tine_cmp(p, q, &order, &err);
  bind_run_leave(L, p);
  tine_pipeline_release(q);
  if (status != TINE_OK)
    return bind_error_raise(L, &err);
  if (order < -1 || order > 1)
    lua_pushnil(L); /* a NaN: no order */
  else
    lua_pushinteger(L, order);
  return 1;
}

const luaL_Reg bind_search_methods[] = {{"any", search_any},
                                        {"all", search_all},
                                        {"find_first", search_find_first},
                                        {"find_last", search_find_last},
                                        {"find_any", search_find_any},
                                        {"position_first", search_position_first},
                                        {"position_last", search_position_last},
                                        {"position_any", search_position_any},
                                        {"eq", search_eq},
                                        {"cmp", search_cmp},
                                        {NULL, NULL}};
