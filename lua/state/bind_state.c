/*
** The record of a Lua state, as the binding's functions find it: upvalue 1 of each, or under an address of the module's
** in Lua's registry. And what is made with it: handles, functions, metatables. (bind_open.c makes the record.)
*/
#include "bind_copy.h"

const char bind_tag_state = 0, bind_tag_array = 0, bind_tag_pipeline = 0, bind_tag_kernel = 0;

bind_state *bind_state_find(lua_State *L) {
  bind_state *state;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &bind_tag_state);
  state = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return state;
}

void bind_push_record(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &bind_tag_state);
}

void *bind_handle_new(lua_State *L, size_t size, int values, int which) {
  void *h = lua_newuserdatauv(L, size, values);
  if (bind_handle_to(L, lua_upvalueindex(1), &bind_tag_state, sizeof(bind_state)) != NULL)
    lua_getiuservalue(L, lua_upvalueindex(1), which);
  else { /* a function of a host, which has upvalues of its own */
    lua_rawgetp(L, LUA_REGISTRYINDEX, &bind_tag_state);
    lua_getiuservalue(L, -1, which);
    lua_remove(L, -2);
  }
  lua_setmetatable(L, -2);
  return h;
}

void bind_functions(lua_State *L, const luaL_Reg *list) {
  bind_push_record(L);
  luaL_setfuncs(L, list, 1);
}

void bind_metatable(lua_State *L, const char *name, const luaL_Reg *list) {
  luaL_newmetatable(L, name);
  bind_functions(L, list);
  lua_pushstring(L, name);
  lua_setfield(L, -2, "__metatable"); /* closed to scripts: what frees things is Lua's to call */
}

void bind_metatable_keep(lua_State *L, int which) {
  bind_push_record(L);
  lua_pushvalue(L, -2);
  lua_setiuservalue(L, -2, which);
  lua_pop(L, 1);
}

TINE_API tine_registry *tine_lua_registry(lua_State *L) {
  bind_state *state = bind_has_lua() ? bind_state_find(L) : NULL;
  if (state == NULL)
    return NULL;
  state->hosted = true;
  return state->registry;
}

/* Here, since all files of the binding want this one: an archive gives a host that uses any of them this function and
   the module behind it, so that copies which its scripts require find them. */
const bind_copy *tine_lua_copy(void) {
  static const bind_copy self = {TINE_VERSION_MAJOR, TINE_VERSION_MINOR, luaopen_tine, lua_newuserdatauv};
  return &self;
}
