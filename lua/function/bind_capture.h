/*
** What a function brings along: the values of its upvalues, and of the globals that it names, as they are now. They are
** read each time that it is used, so what was made of its code may stay when they change.
*/
#ifndef TINE_LUA_BIND_CAPTURE_H
#define TINE_LUA_BIND_CAPTURE_H

#include "../state/bind.h"
#include "bind_code.h"

/* What reading needs of a state, once in it, when the module is opened. May raise. */
void bind_capture_open(lua_State *L);

/* The values that code.captures name, of the function at 'index', in a userdata that is pushed; arrays are held as long
   as it lives, whatever becomes of their handles. What no kernel can use is among them, with what to say where it is
   used. May raise: for want of memory, and what the __index of an environment raises. */
const ti_datum *bind_capture_read(lua_State *L, int index, const bind_code *code);

#endif
