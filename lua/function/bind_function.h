/*
** A Lua function as a kernel of the engine's.
*/
#ifndef TINE_LUA_BIND_FUNCTION_H
#define TINE_LUA_BIND_FUNCTION_H

#include "../state/bind.h"

/* Pushes the kernel of the function at 'arg', a tine.Kernel, with the values that it captured as they are now. 'name'
   and 'help' may be NULL; 'flags': what its user promises. Raises, blaming the argument, if no kernel can be made of
   it. */
void bind_function_push(lua_State *L, int arg, const char *name, const char *help, unsigned flags);

/* Readies the record on top, once a state. */
void bind_function_open(lua_State *L);

#endif
