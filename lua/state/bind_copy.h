/*
** Copies of the binding in one process, and in one state: see bind_copy.c.
*/
#ifndef TINE_LUA_BIND_COPY_H
#define TINE_LUA_BIND_COPY_H

#include "bind.h"

/* What copies of the binding ask of each other, so it is exported. */
typedef struct bind_copy {
  unsigned major, minor;
  lua_CFunction open;                     /* its luaopen_tine */
  void *(*lua)(lua_State *, size_t, int); /* its lua_newuserdatauv: tells which Lua it calls; NULL: none */
} bind_copy;
/* This one (bind_state.c). */
TINE_API const bind_copy *tine_lua_copy(void);
/* Pushes the module, if another copy serves this state or is to; else pushes nothing, and is false. May raise. */
bool bind_copy_open(lua_State *L);
void bind_copy_publish(lua_State *L); /* says that this copy serves the state */

#endif
