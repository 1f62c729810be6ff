/*
** Terminals that give arrays. Their handles are made first, closed; the run fills C arrays; then the handles own these,
** and the collector is told.
*/
#include "bind.h"

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
  tine_status status;
  bind_arrays_open(L, &to, bind_arrays_columns(L));
  p = bind_run_enter(L, 1);
  if (dtype != TINE_NONE)
    p = tine_cast(p, dtype, TINE_CAST_EXACT);
  status = tine_collect(p, out, &err);
  tine_pipeline_release(p);
  return status == TINE_OK ? bind_arrays_close(L, &to, out) : bind_error_raise(L, &err);
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
  tine_pipeline_release(p);
  return status == TINE_OK ? n : bind_error_raise(L, &err);
}

const luaL_Reg bind_collect_methods[] = {{"collect", collect_collect}, {"collect_into", collect_into}, {NULL, NULL}};
