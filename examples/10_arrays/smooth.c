/*
** One idea: functions in C that take arrays and pipelines from a script, and give them. Exponential smoothing is no
** kernel, since each item needs the one before; so it is a loop over an array, between pipelines.
**
** A job of the script, or of another state's, may be at work on an array at any moment. So the array is lent to this
** function, too, as long as it is read or written; where that cannot be, the script hears what tine itself would say.
*/
#define TINE_PACK
#include <lauxlib.h>
#include <tine.h>

static int raise_busy(lua_State *L) {
  return luaL_error(L, "%s", tine_status_text(TINE_EBUSY));
}

static void smooth(const tine_array *a, double alpha) {
  char *at = tine_array_data(a);
  double last = 0;
  for (uint64_t i = 0, n = tine_array_len(a); i < n; i++, at += tine_array_stride(a)) {
    double *x = (double *)(void *)at;
    last = *x = i == 0 ? *x : last + alpha * (*x - last);
  }
}

/* smooth.inplace(array, alpha) */
static int smooth_inplace(lua_State *L) {
  const double alpha = luaL_checknumber(L, 2);
  tine_array *a = tine_lua_toarray(L, 1);
  if (a == NULL)
    return luaL_typeerror(L, 1, "tine.Array");
  luaL_argcheck(L, tine_array_dtype(a) == TINE_F64, 1, "array of f64 expected");
  luaL_argcheck(L, !tine_array_readonly(a), 1, "array is read-only");
  if (!tine_array_lend(a, true))
    return raise_busy(L);
  smooth(a, alpha);
  tine_array_unlend(a, true);
  return 0;
}

static void visit(void *busy, tine_array *a) {
  if (tine_array_lent(a) == 2)
    *(bool *)busy = true;
}

/* The items of the pipeline or array at 1, in a new array of f64, smoothed. A state that shares arrays with others, and
   not only jobs of its own, would lend each of them, too. */
static tine_array *smoothed(lua_State *L) {
  const double alpha = luaL_checknumber(L, 2);
  tine_pipeline *p = tine_lua_topipeline(L, 1); /* borrowed: it is L's */
  tine_array *out;
  tine_status status;
  tine_error err;
  bool busy = false;
  if (p == NULL)
    luaL_typeerror(L, 1, "tine.Pipeline");
  luaL_argcheck(L, tine_pipeline_columns(p) == 1, 1, "one column expected");
  tine_pipeline_arrays(p, visit, &busy);
  if (busy)
    raise_busy(L);
  p = tine_cast(tine_pipeline_retain(p), TINE_F64, TINE_CAST_EXACT);
  status = tine_collect(p, &out, &err);
  tine_pipeline_release(p);
  if (status != TINE_OK)
    luaL_error(L, "%s", err.message);
  smooth(out, alpha);
  return out;
}

/* smooth.of(pipeline, alpha): an array */
static int smooth_of(lua_State *L) {
  tine_array *a = smoothed(L);
  tine_lua_pusharray(L, a); /* takes a reference of its own */
  tine_array_release(a);
  return 1;
}

/* smooth.rest(pipeline, alpha): a pipeline of what smoothing took away */
static int smooth_rest(lua_State *L) {
  tine_array *a = smoothed(L);
  tine_pipeline *p = tine_zip_eq(tine_pipeline_retain(tine_lua_topipeline(L, 1)), tine_slice(a));
  tine_array_release(a);
  return tine_lua_pushpipeline(L, tine_map(p, tine_kernel_find(NULL, "sub", NULL), NULL, 0)); /* takes the pipeline */
}

static const luaL_Reg functions[] = {
    {"inplace", smooth_inplace}, {"of", smooth_of}, {"rest", smooth_rest}, {NULL, NULL}};

int luaopen_smooth(lua_State *L);
int luaopen_smooth(lua_State *L) {
  tine_error err;
  lua_getglobal(L, "require");
  lua_pushliteral(L, "tine");
  lua_call(L, 1, 0);
  lua_getfield(L, LUA_REGISTRYINDEX, TINE_PACK_KEY);
  if (tine_pack_bind(lua_touserdata(L, -1), &err) != TINE_OK)
    return luaL_error(L, "%s", err.message);
  luaL_newlib(L, functions);
  return 1;
}
