/*
** Terminals that give values: each takes a run-ready reference to the pipeline, runs it once, gives the reference back,
** and only then talks to Lua. With several columns there is one result a column; a value that does not exist is nil.
**
** A pipeline bound to a pool by 'on' runs there; others run on the pool of the innermost install, or the default one.
*/
#include "bind.h"

tine_pipeline *bind_run_enter(lua_State *L, int arg) {
  tine_pool *pool;
  bind_source src;
  bind_source_check(L, arg, &src);
  if (src.pipeline != NULL && bind_pool_bound(L, arg) != NULL)
    return bind_source_take(&src);
  pool = bind_pool_here(L);
  bind_source_expect(L, &src); /* that may have run finalisers */
  return pool != NULL ? tine_on(bind_source_take(&src), pool) : bind_source_take(&src);
}

void bind_run_leave(lua_State *L, tine_pipeline *p) {
  tine_pipeline_release(p);
  bind_limit_end(bind_state_get(L));
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
  bind_run_leave(L, p);
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

/* The values of an extreme, where wanted, and its 1-based positions, where known: for each column in turn. */
static int push_extremes(lua_State *L, const tine_value *values, const uint64_t *index, unsigned n, bool wanted) {
  int pushed = 0;
  luaL_checkstack(L, 2 * (int)n, "too many columns");
  for (unsigned i = 0; i < n; i++) {
    if (wanted) {
      bind_value_push(L, values[i]);
      pushed++;
    }
    if (index == NULL)
      continue;
    if (values[i].dtype == TINE_NONE)
      lua_pushnil(L);
    else
      lua_pushinteger(L, (lua_Integer)index[i] + 1);
    pushed++;
  }
  return pushed;
}

typedef tine_status extreme_fn(tine_pipeline *, tine_value *, uint64_t *, tine_error *);

/* min max: only the items of an indexed pipeline have positions */
static int run_extreme(lua_State *L, extreme_fn *find) {
  tine_value out[TINE_MAX_COLUMNS];
  uint64_t positions[TINE_MAX_COLUMNS];
  tine_error err;
  tine_pipeline *p = bind_run_enter(L, 1);
  const unsigned n = tine_pipeline_columns(p);
  uint64_t *const index = tine_pipeline_kind(p) == TINE_INDEXED ? positions : NULL;
  const tine_status status = find(p, out, index, &err);
  bind_run_leave(L, p);
  return status == TINE_OK ? push_extremes(L, out, index, n, true) : bind_error_raise(L, &err);
}

/* argmin argmax */
static int run_position(lua_State *L, extreme_fn *find, const char *name) {
  tine_value out[TINE_MAX_COLUMNS];
  uint64_t index[TINE_MAX_COLUMNS];
  tine_error err;
  tine_pipeline *p = bind_run_enter(L, 1);
  const unsigned n = tine_pipeline_columns(p);
  tine_status status = tine_pipeline_needs(p, TINE_INDEXED, name, &err);
  if (status == TINE_OK)
    status = find(p, out, index, &err);
  bind_run_leave(L, p);
  return status == TINE_OK ? push_extremes(L, out, index, n, false) : bind_error_raise(L, &err);
}

static int terminal_min(lua_State *L) {
  return run_extreme(L, tine_min);
}

static int terminal_max(lua_State *L) {
  return run_extreme(L, tine_max);
}

static int terminal_argmin(lua_State *L) {
  return run_position(L, tine_min, "argmin");
}

static int terminal_argmax(lua_State *L) {
  return run_position(L, tine_max, "argmax");
}

static int terminal_minmax(lua_State *L) {
  tine_value min[TINE_MAX_COLUMNS], max[TINE_MAX_COLUMNS];
  tine_error err;
  tine_pipeline *p = bind_run_enter(L, 1);
  const unsigned n = tine_pipeline_columns(p);
  const tine_status status = tine_minmax(p, min, max, &err);
  bind_run_leave(L, p);
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
  bind_run_leave(L, p);
  return status == TINE_OK ? push_values(L, out, n) : bind_error_raise(L, &err);
}

static int terminal_count(lua_State *L) {
  uint64_t n;
  tine_error err;
  tine_pipeline *p = bind_run_enter(L, 1);
  const tine_status status = tine_count(p, &n, &err);
  bind_run_leave(L, p);
  if (status != TINE_OK)
    return bind_error_raise(L, &err);
  lua_pushinteger(L, (lua_Integer)n);
  return 1;
}

static int terminal_for_each(lua_State *L) {
  tine_value constants[TINE_MAX_ARGS];
  const size_t n = bind_value_constants(L, 3, lua_gettop(L), constants);
  tine_kernel *kernel = bind_kernel_check(L, 2);
  tine_error err;
  tine_pipeline *p = bind_run_enter(L, 1);
  const tine_status status = tine_for_each(p, kernel, constants, n, &err);
  bind_run_leave(L, p);
  return status == TINE_OK ? 0 : bind_error_raise(L, &err);
}

const luaL_Reg bind_terminal_methods[] = {{"sum", terminal_sum},           {"product", terminal_product},
                                          {"mean", terminal_mean},         {"var", terminal_var},
                                          {"std", terminal_std},           {"min", terminal_min},
                                          {"max", terminal_max},           {"argmin", terminal_argmin},
                                          {"argmax", terminal_argmax},     {"minmax", terminal_minmax},
                                          {"reduce", terminal_reduce},     {"count", terminal_count},
                                          {"for_each", terminal_for_each}, {NULL, NULL}};
