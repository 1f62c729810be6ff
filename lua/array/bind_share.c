/*
** Arrays that go to other states: a:share() and tine.receive by name, and __lanesclone for Lanes, which asks for it
** when an array is handed to another lane. Either way nothing is copied: both states have the same elements.
*/
#include "../state/bind.h"

#include <string.h>

static int array_share(lua_State *L) {
  const lua_Integer times = luaL_optinteger(L, 2, 1);
  bind_state *state = bind_state_get(L);
  char token[TINE_TOKEN_SIZE];
  const bind_array *h;
  tine_status status;
  tine_error err;
  luaL_argcheck(L, times > 0, 2, "must be positive");
  bind_limit_share(L);
  h = bind_array_check(L, 1);
  bind_limit_enter(state);
  status = tine_array_share(h->array, (uint64_t)times, token, &err);
  bind_limit_leave(state);
  if (status != TINE_OK)
    return bind_error_raise(L, &err);
  lua_pushstring(L, token);
  return 1;
}

static int array_receive(lua_State *L) {
  size_t length;
  const char *token = luaL_checklstring(L, 1, &length);
  bind_array *h;
  tine_error err;
  tine_array *a;
  bind_limit_share(L);
  h = bind_array_new(L);
  a = tine_array_receive(strlen(token) == length ? token : "", &err);
  if (a == NULL)
    return bind_error_raise(L, &err);
  bind_array_own(h, a);
  return bind_array_return(L, lua_gettop(L));
}

/* Is the userdata at that address a value on the stack of the function in C that called this one? */
static bool caller_has(lua_State *L, const void *address) {
  lua_Debug ar;
  bool found = false;
  if (lua_getstack(L, 1, &ar) == 0 || lua_getinfo(L, "S", &ar) == 0 || ar.what[0] != 'C')
    return false;
  for (int i = 1; !found && lua_getlocal(L, &ar, i) != NULL; i++) {
    found = lua_type(L, -1) == LUA_TUSERDATA && lua_touserdata(L, -1) == address;
    lua_pop(L, 1);
  }
  return found;
}

/*
** clone:__lanesclone(original, size), as Lanes calls it: two light userdata, the blocks of two full ones that are
** equally large; what the clone holds is undefined. It is called in the state of the original; or, where an array comes
** out of a linda, in the state of the clone, the original being a block in a state of Lanes's own that nobody will ever
** finalise: so then the reference moves. Lanes has the one that is of this state on its stack, which tells the two
** cases apart, and tells Lanes from a script that makes things up.
*/
static int array_lanesclone(lua_State *L) {
  bind_array *clone = lua_touserdata(L, 1), *original = lua_touserdata(L, 2);
  const bool sized = lua_tointeger(L, 3) == (lua_Integer)sizeof *clone;
  bind_limit_share(L);
  if (lua_islightuserdata(L, 1) && lua_islightuserdata(L, 2) && sized && clone != original) {
    const bool leaves = caller_has(L, original), arrives = !leaves && caller_has(L, clone);
    if ((leaves || arrives) && original->tag == &bind_tag_array) {
      bind_array_clone(clone, leaves ? tine_array_retain(original->array) : original->array);
      if (arrives)
        bind_array_clone(original, NULL);
      return 0;
    }
  }
  return luaL_error(L, "__lanesclone is for Lanes alone");
}

const bind_export bind_share_methods[] = {{"share", array_share, 1}, {NULL, NULL, 0}};
const luaL_Reg bind_share_metamethods[] = {{"__lanesclone", array_lanesclone}, {NULL, NULL}};
const bind_export bind_share_functions[] = {{"receive", array_receive, 1}, {NULL, NULL, 0}};
