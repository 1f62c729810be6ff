/*
** Errors of the engine on their way into Lua. Wrong use and failed runs raise, with the line of the call in front as
** luaL_error puts it; what the outside world did (files, a clock, who cancels) comes back as nil, message,
** code, so that assert(tine.load(path)) reads naturally.
*/
#include "bind.h"

int bind_error_raise(lua_State *L, const tine_error *err) {
  luaL_where(L, 1);
  if (err->status != TINE_ENOMEM || !bind_limit_explain(L))
    lua_pushstring(L, err->message);
  lua_concat(L, 2);
  return lua_error(L);
}

int bind_error_outcome(lua_State *L, const tine_error *err) {
  if (err->status != TINE_ETIMEOUT && err->status != TINE_ECANCELED)
    return bind_error_raise(L, err);
  luaL_pushfail(L);
  lua_pushstring(L, err->status == TINE_ETIMEOUT ? "timeout" : "cancelled");
  lua_pushinteger(L, err->status);
  return 3;
}

int bind_error_result(lua_State *L, const tine_error *err) {
  if (err->status == TINE_ENOMEM || err->status == TINE_EINVAL)
    return bind_error_raise(L, err);
  luaL_pushfail(L);
  lua_pushstring(L, err->message);
  lua_pushinteger(L, err->os_errno);
  return 3;
}
