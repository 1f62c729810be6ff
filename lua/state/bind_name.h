/*
** Names that are not there: what was meant by them, and errors that say so.
*/
#ifndef TINE_LUA_BIND_NAME_H
#define TINE_LUA_BIND_NAME_H

#include "bind.h"

/* The string at 'arg', a name or a path. Raises if it has a zero byte, after which C would not look. */
const char *bind_name_check(lua_State *L, int arg);
/* As luaL_checkoption, likewise. */
int bind_option_check(lua_State *L, int arg, const char *otherwise, const char *const *names);
/* What is nearest to a name, of those that were considered and outlive it. */
typedef struct bind_guess {
  const char *wanted, *name; /* NULL: none is near */
  unsigned distance;
} bind_guess;

void bind_guess_consider(bind_guess *guess, const char *name);
void bind_guess_kernels(lua_State *L, bind_guess *guess); /* considers all of them */
/* Pushes "; did you mean 'x'?", or else what is said otherwise. */
const char *bind_guess_push(lua_State *L, const bind_guess *guess, const char *otherwise);
/* Raises if the table at 'arg' has a key that is none of these names, which end with NULL: an option that is misspelt
   would silently be the default. */
void bind_options_check(lua_State *L, int arg, const char *const *names);
/* Gives the table of methods on top a metatable: to read a name that it has not raises, for objects of that type. */
void bind_name_expect(lua_State *L, const char *type);
/* How a look-up of the key at 'index' ends that found nothing: raises if that is a name, else returns nil. */
int bind_name_unknown(lua_State *L, int index, const char *type);

#endif
