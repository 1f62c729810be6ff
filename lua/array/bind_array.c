/*
** Handles of arrays. Those of what a run will make are made first, closed; the run fills C arrays; then the handles own
** these, and the collector is told. (bind_array_type.c has what makes one behave as a table does.)
*/
#include "../state/bind_pressure.h"

static const bind_array closed_array = {.tag = &bind_tag_array};

bind_array *bind_array_new(lua_State *L) {
  bind_array *h = bind_handle_new(L, sizeof *h, 0, BIND_ARRAYS);
  *h = closed_array;
  bind_place_take(L, bind_state_get(L), &h->place);
  return h;
}

void bind_array_own(bind_array *h, tine_array *a) {
  h->array = a;
  h->data = tine_array_data(a);
  h->len = (lua_Integer)tine_array_len(a);
  h->stride = tine_array_stride(a);
  h->dtype = tine_array_dtype(a);
  h->readonly = tine_array_readonly(a);
  bind_keep_array(&h->place, a);
}

void bind_array_clone(bind_array *h, tine_array *a) {
  *h = closed_array;
  if (a != NULL)
    bind_array_own(h, a);
}

void bind_array_forget(bind_array *h) {
  *h = closed_array;
}

void bind_array_create(lua_State *L, bind_array *h, tine_dtype dtype, uint64_t n) {
  bind_state *state = bind_state_get(L);
  tine_array *a;
  tine_error err;
  tine_status status;
  bind_limit_enter(state);
  status = tine_array_create(&a, dtype, n, &err);
  bind_limit_leave(state);
  if (status != TINE_OK && bind_pressure_again(L, &err)) {
    bind_limit_enter(state);
    status = tine_array_create(&a, dtype, n, &err);
    bind_limit_leave(state);
  }
  if (status != TINE_OK)
    bind_error_raise(L, &err);
  else
    bind_array_own(h, a);
}

void bind_array_expect(lua_State *L, const bind_array *h) {
  if (h->array == NULL)
    luaL_error(L, "attempt to use a closed array");
}

bind_array *bind_array_check(lua_State *L, int arg) {
  bind_array *h = bind_array_any(L, arg);
  bind_array_expect(L, h);
  return h;
}

int bind_array_raise_busy(lua_State *L) {
  return luaL_error(L, "%s", tine_status_text(TINE_EBUSY));
}

void bind_array_expect_readable(lua_State *L, const bind_array *h) {
  if (tine_array_lent(h->array) == BIND_WRITTEN)
    bind_array_raise_busy(L);
}

bind_array *bind_array_check_readable(lua_State *L, int arg) {
  bind_array *h = bind_array_check(L, arg);
  bind_array_expect_readable(L, h);
  return h;
}

bind_array *bind_array_check_writable(lua_State *L, int arg) {
  bind_array *h = bind_array_check(L, arg);
  if (h->readonly)
    luaL_error(L, "array is read-only");
  if (tine_array_lent(h->array) != BIND_FREE)
    bind_array_raise_busy(L);
  return h;
}

int bind_array_return(lua_State *L, int index) {
  bind_array *h = lua_touserdata(L, index);
  lua_settop(L, index);
  bind_state_charge(L, h, (uint64_t)h->len * tine_dtype_size(h->dtype));
  return 1;
}

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

TINE_API void tine_lua_pusharray(lua_State *L, tine_array *a) {
  bind_state *state;
  bind_array *h;
  if (!bind_has_lua())
    return;
  if (bind_state_find(L) == NULL)
    luaL_error(L, "this state does not run this copy of tine: no array of it can be pushed");
  if (a == NULL) {
    lua_pushnil(L);
    return;
  }
  h = bind_array_new(L);
  bind_array_own(h, tine_array_retain(a));
  state = bind_state_get(L);
  if (state != NULL)
    state->hosted = true;
}

TINE_API tine_array *tine_lua_toarray(lua_State *L, int index) {
  const bind_array *h = bind_has_lua() ? bind_array_to(L, index) : NULL;
  return h != NULL ? h->array : NULL;
}
