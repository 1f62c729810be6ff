/*
** What reading needs of a state, noted when the module is opened, before a script has put other functions in their
** places: the functions of math, as C has them; and what this Lua says of a division by zero.
*/
#include "bind_capture.h"

#include <stdio.h>
#include <string.h>

/* In Lua's registry, at its address; its user value is the metatable of what is read. */
static const char known_key;

static const char *const known_functions[] = {
#define KNOWN_FUNCTION(name) #name,
    TI_FUNCTION_LIST(KNOWN_FUNCTION)
#undef KNOWN_FUNCTION
};

void bind_known_push_math(lua_State *L) {
  lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_pushliteral(L, "math");
  if (lua_istable(L, -2))
    lua_rawget(L, -2);
  lua_remove(L, -2);
}

/* The words of what the chunk raises, without their place; none, if it does not. */
static void known_words(lua_State *L, char *words, const char *chunk) {
  const int top = lua_gettop(L);
  const char *said = NULL;
  if (luaL_loadbufferx(L, chunk, strlen(chunk), "=", "t") == LUA_OK && lua_pcall(L, 0, 0, 0) != LUA_OK)
    said = lua_tostring(L, -1);
  said = said != NULL ? strstr(said, ": ") : NULL;
  if (said != NULL)
    snprintf(words, BIND_WORDS, "%s", said + 2);
  lua_settop(L, top);
}

void bind_known_open(lua_State *L, lua_CFunction gc) {
  bind_known *const known = lua_newuserdatauv(L, sizeof *known, 1);
  memset(known, 0, sizeof *known);
  bind_known_push_math(L);
  for (unsigned k = 0; k < TI_FUNCTION_END && lua_istable(L, -1); k++) {
    lua_pushstring(L, known_functions[k]);
    lua_rawget(L, -2);
    known->functions[k] = lua_tocfunction(L, -1);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  known_words(L, known->words.idiv, "local a, b = 1, 0 return a // b");
  known_words(L, known->words.mod, "local a, b = 1, 0 return a % b");
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, gc);
  lua_setfield(L, -2, "__gc");
  lua_setiuservalue(L, -2, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &known_key);
}

const bind_known *bind_known_of(lua_State *L) {
  const bind_known *known;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &known_key);
  known = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return known;
}

void bind_known_push_metatable(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &known_key);
  lua_getiuservalue(L, -1, 1);
  lua_remove(L, -2);
}
