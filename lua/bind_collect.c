/*
** Terminals that give arrays. Their handles are made first, closed; the run fills C arrays; then the handles own these,
** and the collector is told.
*/
#include "bind.h"

#include <math.h>

void bind_arrays_open(lua_State *L, bind_arrays *to, unsigned n) {
  to->first = lua_gettop(L) + 1;
  to->n = n;
  luaL_checkstack(L, (int)n + LUA_MINSTACK, "too many columns");
  for (unsigned i = 0; i < n; i++)
    bind_array_new(L);
}

int bind_arrays_close(lua_State *L, const bind_arrays *to, tine_array *const *made) {
  for (unsigned i = 0; i < to->n; i++)
    bind_array_own(lua_touserdata(L, to->first + (int)i), made[i]);
  lua_settop(L, to->first + (int)to->n - 1);
  for (unsigned i = 0; i < to->n; i++) {
    bind_array *h = lua_touserdata(L, to->first + (int)i);
    bind_state_charge(L, h, (uint64_t)h->len * tine_dtype_size(h->dtype));
  }
  return (int)to->n;
}

int bind_arrays_finish(lua_State *L, const bind_arrays *to, tine_pipeline *p, tine_status status,
                       tine_array *const *made, const tine_error *err) {
  bind_run_leave(L, p);
  return status == TINE_OK ? bind_arrays_close(L, to, made) : bind_error_raise(L, err);
}

unsigned bind_arrays_columns(lua_State *L) {
  bind_source src;
  bind_source_check(L, 1, &src);
  return bind_source_columns(&src);
}

static int collect_collect(lua_State *L) {
  const tine_dtype dtype = lua_isnoneornil(L, 2) ? TINE_NONE : bind_dtype_check(L, 2);
  tine_array *out[TINE_MAX_COLUMNS];
  bind_arrays to;
  tine_error err;
  tine_pipeline *p;
  bind_arrays_open(L, &to, bind_arrays_columns(L));
  p = bind_run_enter(L, 1);
  if (dtype != TINE_NONE)
    p = tine_cast(p, dtype, TINE_CAST_EXACT);
  return bind_arrays_finish(L, &to, p, tine_collect(p, out, &err), out, &err);
}

static int collect_into(lua_State *L) {
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
  bind_run_leave(L, p);
  return status == TINE_OK ? n : bind_error_raise(L, &err);
}

/* Arrays of the items that pass, one a column, then those of the others. */
static int collect_partition(lua_State *L) {
  const int last = lua_gettop(L);
  const unsigned n = bind_arrays_columns(L);
  tine_array *out[2 * TINE_MAX_COLUMNS];
  bind_arrays to;
  bind_call call;
  tine_error err;
  tine_pipeline *p;
  bind_arrays_open(L, &to, 2 * n);
  bind_call_check(L, 2, last, &call);
  p = bind_run_enter(L, 1);
  return bind_arrays_finish(L, &to, p, tine_partition(p, call.kernel, call.constants, call.n, out, out + n, &err), out,
                            &err);
}

static int collect_scan(lua_State *L) {
  tine_array *out[TINE_MAX_COLUMNS];
  tine_value init = {TINE_NONE, {false}};
  const bool given = !lua_isnoneornil(L, 3);
  bind_arrays to;
  tine_kernel *op;
  tine_error err;
  tine_pipeline *p;
  lua_settop(L, lua_isnone(L, 2) ? 1 : 3);
  if (given)
    init = bind_value_check(L, 3);
  bind_kernel_check(L, 2); /* before a handle takes its place */
  bind_arrays_open(L, &to, bind_arrays_columns(L));
  op = bind_kernel_check(L, 2);
  p = bind_run_enter(L, 1);
  return bind_arrays_finish(L, &to, p, tine_scan(p, op, given ? &init : NULL, out, &err), out, &err);
}

static int collect_unique(lua_State *L) {
  tine_array *out[TINE_MAX_COLUMNS];
  bind_arrays to;
  tine_error err;
  tine_pipeline *p;
  bind_arrays_open(L, &to, bind_arrays_columns(L));
  p = bind_run_enter(L, 1);
  return bind_arrays_finish(L, &to, p, tine_unique(p, out, &err), out, &err);
}

/* The keys, one array a column, then the counts. */
static int collect_count_by(lua_State *L) {
  const unsigned n = bind_arrays_columns(L);
  tine_array *out[TINE_MAX_COLUMNS + 1];
  bind_arrays to;
  tine_error err;
  tine_pipeline *p;
  bind_arrays_open(L, &to, n + 1);
  p = bind_run_enter(L, 1);
  return bind_arrays_finish(L, &to, p, tine_count_by(p, out, out + n, &err), out, &err);
}

static int collect_histogram(lua_State *L) {
  const double lo = luaL_checknumber(L, 2), hi = luaL_checknumber(L, 3);
  const uint64_t bins = bind_count_check(L, 4, 1);
  tine_array *out[TINE_MAX_COLUMNS];
  bind_arrays to;
  tine_error err;
  tine_pipeline *p;
  luaL_argcheck(L, isfinite(lo), 2, "must be finite");
  luaL_argcheck(L, isfinite(hi), 3, "must be finite");
  luaL_argcheck(L, lo < hi, 3, "must be above the lower end");
  bind_arrays_open(L, &to, bind_arrays_columns(L));
  p = bind_run_enter(L, 1);
  return bind_arrays_finish(L, &to, p, tine_histogram(p, lo, hi, bins, out, &err), out, &err);
}

const luaL_Reg bind_collect_methods[] = {{"collect", collect_collect},     {"collect_into", collect_into},
                                         {"partition", collect_partition}, {"scan", collect_scan},
                                         {"unique", collect_unique},       {"count_by", collect_count_by},
                                         {"histogram", collect_histogram}, {NULL, NULL}};
