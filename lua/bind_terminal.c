/*
** Terminals: each takes a run-ready reference to the pipeline, runs it once, gives the reference back, and only then
** talks to Lua. With several columns there is one result a column; a value that does not exist is nil.
**
** A pipeline bound to a pool by 'on' runs there; others run on the pool of the innermost install, or the default one.
*/
#include "bind.h"

tine_pipeline *bind_run_enter(lua_State *L, int arg) {
  const bind_state *state;
  bind_source src;
  bind_source_check(L, arg, &src);
  if (src.pipeline != NULL && bind_pool_bound(L, arg) != NULL)
    return bind_source_take(&src);
  state = bind_state_get(L);
  if (state == NULL || state->installed == NULL)
    return bind_source_take(&src);
  return tine_on(bind_source_take(&src), state->installed->pool);
}

static int push_values(lua_State *L, const tine_value *values, unsigned n) {
  luaL_checkstack(L, (int)n, "too many columns");
  for (unsigned i = 0; i < n; i++)
    bind_value_push(L, values[i]);
  return (int)n;
}

/* sum product mean var std: a value a column */
static int run_fold(lua_State *L, tine_status (*fold)(tine_pipeline *, tine_value *, tine_error *)) {
  tine_value out[TINE_MAX_COLUMNS];
  tine_error err;
  tine_pipeline *p = bind_run_enter(L, 1);
  const unsigned n = tine_pipeline_columns(p);
  const tine_status status = fold(p, out, &err);
  tine_pipeline_release(p);
  return status == TINE_OK ? push_values(L, out, n) : bind_error_raise(L, &err);
}

static int terminal_sum(lua_State *L) {
  return run_fold(L, tine_sum);
}

static int terminal_product(lua_State *L) {
  return run_fold(L, tine_product);
}

static int terminal_mean(lua_State *L) {
  return run_fold(L, tine_mean);
}

static int terminal_var(lua_State *L) {
  return run_fold(L, tine_var);
}

static int terminal_std(lua_State *L) {
  return run_fold(L, tine_std);
}

/* min max argmin argmax: for each column the value, if wanted, and its 1-based index */
static int run_extreme(lua_State *L, tine_status (*find)(tine_pipeline *, tine_value *, uint64_t *, tine_error *),
                       bool values) {
  tine_value out[TINE_MAX_COLUMNS];
  uint64_t index[TINE_MAX_COLUMNS];
  tine_error err;
  tine_pipeline *p = bind_run_enter(L, 1);
  const unsigned n = tine_pipeline_columns(p);
  const tine_status status = find(p, out, index, &err);
  tine_pipeline_release(p);
  if (status != TINE_OK)
    return bind_error_raise(L, &err);
  luaL_checkstack(L, 2 * (int)n, "too many columns");
  for (unsigned i = 0; i < n; i++) {
    if (values)
      bind_value_push(L, out[i]);
    if (out[i].dtype == TINE_NONE)
      lua_pushnil(L);
    else
      lua_pushinteger(L, (lua_Integer)index[i] + 1);
  }
  return (int)(values ? 2 * n : n);
}

static int terminal_min(lua_State *L) {
  return run_extreme(L, tine_min, true);
}

static int terminal_max(lua_State *L) {
  return run_extreme(L, tine_max, true);
}

static int terminal_argmin(lua_State *L) {
  return run_extreme(L, tine_min, false);
}

static int terminal_argmax(lua_State *L) {
  return run_extreme(L, tine_max, false);
}

static int terminal_minmax(lua_State *L) {
  tine_value min[TINE_MAX_COLUMNS], max[TINE_MAX_COLUMNS];
  tine_error err;
  tine_pipeline *p = bind_run_enter(L, 1);
  const unsigned n = tine_pipeline_columns(p);
  const tine_status status = tine_minmax(p, min, max, &err);
  tine_pipeline_release(p);
  if (status != TINE_OK)
    return bind_error_raise(L, &err);
  luaL_checkstack(L, 2 * (int)n, "too many columns");
  for (unsigned i = 0; i < n; i++) {
    bind_value_push(L, min[i]);
    bind_value_push(L, max[i]);
  }
  return (int)(2 * n);
}

static int terminal_reduce(lua_State *L) {
  tine_value out[TINE_MAX_COLUMNS], identity = {TINE_NONE, {false}};
  const bool given = !lua_isnoneornil(L, 3);
  tine_kernel *kernel;
  tine_error err;
  tine_status status;
  tine_pipeline *p;
  unsigned n;
  if (given)
    identity = bind_value_check(L, 3);
  kernel = bind_kernel_check(L, 2);
  p = bind_run_enter(L, 1);
  n = tine_pipeline_columns(p);
  status = tine_reduce(p, kernel, given ? &identity : NULL, out, &err);
  tine_pipeline_release(p);
  return status == TINE_OK ? push_values(L, out, n) : bind_error_raise(L, &err);
}

static int terminal_count(lua_State *L) {
  uint64_t n;
  tine_error err;
  tine_pipeline *p = bind_run_enter(L, 1);
  const tine_status status = tine_count(p, &n, &err);
  tine_pipeline_release(p);
  if (status != TINE_OK)
    return bind_error_raise(L, &err);
  lua_pushinteger(L, (lua_Integer)n);
  return 1;
}

/* Pushes a closed handle for each column of argument 1; returns the index of the first, and how many. */
static int push_handles(lua_State *L, unsigned *n) {
  const int first = lua_gettop(L) + 1;
  bind_source src;
  bind_source_check(L, 1, &src);
  *n = src.pipeline != NULL ? tine_pipeline_columns(src.pipeline->pipeline) : 1;
  luaL_checkstack(L, (int)*n + LUA_MINSTACK, "too many columns");
  for (unsigned i = 0; i < *n; i++)
    bind_array_new(L);
  return first;
}

static int terminal_collect(lua_State *L) {
  const tine_dtype dtype = lua_isnoneornil(L, 2) ? TINE_NONE : bind_dtype_check(L, 2);
  tine_array *out[TINE_MAX_COLUMNS];
  tine_error err;
  tine_status status;
  unsigned n;
  const int first = push_handles(L, &n);
  tine_pipeline *p = bind_run_enter(L, 1);
  if (dtype != TINE_NONE)
    p = tine_cast(p, dtype, TINE_CAST_EXACT);
  status = tine_collect(p, out, &err);
  tine_pipeline_release(p);
  if (status != TINE_OK)
    return bind_error_raise(L, &err);
  for (unsigned i = 0; i < n; i++)
    bind_array_own(lua_touserdata(L, first + (int)i), out[i]);
  for (unsigned i = 0; i < n; i++) {
    bind_array *h = lua_touserdata(L, first + (int)i);
    bind_state_charge(L, h, (uint64_t)h->len * tine_dtype_size(h->dtype));
  }
  return (int)n;
}

static int terminal_collect_into(lua_State *L) {
  const int n = lua_gettop(L) - 1;
  tine_array *dst[TINE_MAX_COLUMNS];
  tine_error err;
  tine_status status;
  tine_pipeline *p;
  luaL_argcheck(L, n <= TINE_MAX_COLUMNS, TINE_MAX_COLUMNS + 2, "too many arrays");
  bind_array_check(L, 2);
  for (int i = 0; i < n; i++)
    dst[i] = bind_array_check_writable(L, i + 2)->array;
  p = bind_run_enter(L, 1);
  status = tine_collect_into(p, dst, (size_t)n, &err);
  tine_pipeline_release(p);
  return status == TINE_OK ? n : bind_error_raise(L, &err);
}

static int terminal_for_each(lua_State *L) {
  tine_value constants[TINE_MAX_ARGS];
  const size_t n = bind_value_constants(L, 3, lua_gettop(L), constants);
  tine_kernel *kernel = bind_kernel_check(L, 2);
  tine_error err;
  tine_pipeline *p = bind_run_enter(L, 1);
  const tine_status status = tine_for_each(p, kernel, constants, n, &err);
  tine_pipeline_release(p);
  return status == TINE_OK ? 0 : bind_error_raise(L, &err);
}

const luaL_Reg bind_terminal_methods[] = {{"sum", terminal_sum},           {"product", terminal_product},
                                          {"mean", terminal_mean},         {"var", terminal_var},
                                          {"std", terminal_std},           {"min", terminal_min},
                                          {"max", terminal_max},           {"argmin", terminal_argmin},
                                          {"argmax", terminal_argmax},     {"minmax", terminal_minmax},
                                          {"reduce", terminal_reduce},     {"count", terminal_count},
                                          {"collect", terminal_collect},   {"collect_into", terminal_collect_into},
                                          {"for_each", terminal_for_each}, {NULL, NULL}};
