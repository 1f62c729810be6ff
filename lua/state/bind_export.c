/*
** What scripts may call, and that none of it ignores an argument.
**
** Lua's own functions drop arguments they have no use for: xs:sum("f32") would sum as ever, and say nothing. So each
** function is exported with the number of arguments it can make something of, and is called only after that was looked
** at. One that takes any number is called at once. Terminals, whose arguments come from their method or from
** p:start(name, ...), say the same in their descriptions.
*/
#include "bind.h"

int bind_args_limit(lua_State *L, int arg, int most, const char *name) {
  const int last = lua_gettop(L), end = arg + most;
  for (int i = end; i <= last; i++)
    if (!lua_isnil(L, i)) {
      const char *text = most == 0   ? lua_pushfstring(L, "'%s' takes no arguments", name)
                         : most == 1 ? lua_pushfstring(L, "'%s' takes one argument", name)
                                     : lua_pushfstring(L, "'%s' takes at most %d arguments", name, most);
      luaL_argerror(L, i, text);
    }
  lua_settop(L, end - 1);
  return end - 1;
}

/* tine:zeros("f64", 3) has an argument too many, the first. */
static void expect_dot(lua_State *L, const char *name) {
  lua_getiuservalue(L, lua_upvalueindex(1), BIND_MODULE);
  if (lua_rawequal(L, -1, 1))
    luaL_error(L, "tine.%s is no method: write tine.%s(...)", name, name);
  lua_pop(L, 1);
}

static int call_function(lua_State *L) {
  const bind_export *e = lua_touserdata(L, lua_upvalueindex(2));
  if (lua_gettop(L) > e->most) {
    expect_dot(L, e->name);
    bind_args_limit(L, 1, e->most, e->name);
  }
  return e->fn(L);
}

static int call_method(lua_State *L) {
  const bind_export *e = lua_touserdata(L, lua_upvalueindex(2));
  if (lua_gettop(L) > e->most + 1)
    bind_args_limit(L, 2, e->most, e->name);
  return e->fn(L);
}

static void export_all(lua_State *L, const bind_export *list, lua_CFunction call) {
  for (const bind_export *e = list; e->name != NULL; e++) {
    bind_push_record(L);
    if (e->most == BIND_ANY)
      lua_pushcclosure(L, e->fn, 1);
    else {
      lua_pushlightuserdata(L, (void *)(uintptr_t)e);
      lua_pushcclosure(L, call, 2);
    }
    lua_setfield(L, -2, e->name);
  }
}

void bind_export_functions(lua_State *L, const bind_export *list) {
  export_all(L, list, call_function);
}

void bind_export_methods(lua_State *L, const bind_export *list) {
  export_all(L, list, call_method);
}
