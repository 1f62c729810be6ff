/*
** What a function brings along: the values of its upvalues, and of the globals that it names, as they are now. They are
** read each time that it is used, so what was made of its code may stay when they change.
*/
#ifndef TINE_LUA_BIND_CAPTURE_H
#define TINE_LUA_BIND_CAPTURE_H

#include "../state/bind.h"
#include "bind_code.h"

enum { BIND_CAPTURE_FUNCTIONS = 200 /* that are reached over upvalues, at most, with the one in question */ };

/* ===== bind_known.c ===== */

/* What reading needs of a state. */
typedef struct bind_known {
  lua_CFunction functions[TI_FUNCTION_END]; /* of math, as they were; NULL: there was none of that name */
  bind_words words;
} bind_known;

/* Notes it, and the finaliser of what bind_capture_read pushes. May raise. */
void bind_known_open(lua_State *L, lua_CFunction gc);
const bind_known *bind_known_of(lua_State *L);
/* Of what bind_capture_read pushes. */
void bind_known_push_metatable(lua_State *L);
/* Pushes the table of Lua's mathematical library; nil, where there is none. */
void bind_known_push_math(lua_State *L);

/* ===== bind_dump.c ===== */

enum { BIND_DUMP = 3072 }; /* bytes of a dump that needs no memory of its own; most do */

typedef struct bind_dump {
  unsigned char *memory; /* 'own', or a userdata on the stack */
  size_t size, room;
  unsigned char own[BIND_DUMP];
} bind_dump;

/* The dump of the Lua function at 'index'. Pushes a value, which it needs. */
void bind_dump_push(lua_State *L, int index, bind_dump *d);
/* The code of a dump, and how much memory it takes, in a userdata that is pushed; NULL, with nil pushed: it is refused,
   and why says so. */
const bind_code *bind_dump_code(lua_State *L, const bind_dump *d, size_t *bytes, bind_refusal *why);

/* ===== bind_capture.c ===== */

/* To be called once, when the module is opened. May raise. */
void bind_capture_open(lua_State *L);

/* A Lua function that was read: its code, and the kernel that was made of that (NULL: none was). */
typedef struct bind_read {
  const bind_code *code;
  const tine_kernel *kernel;
} bind_read;

/* Reads the function at 'index' and pushes what keeps that; false, with nil pushed: it is refused, and why says so. May
   raise for want of memory. */
typedef bool bind_reader(lua_State *L, int index, bind_read *out, bind_refusal *why);

/* The values that code.captures name, of the function at 'index', and behind them those of the Lua functions among
   them, which are read by 'reader', and so on: '*count' in all, in a userdata that is pushed. That keeps the code of
   those functions - what is given has to stay - and holds arrays and kernels, whatever becomes of their handles. What
   no kernel can use is among the values, with what to say where it is used. May raise: for want of memory, and what
   the __index of an environment raises. */
const ti_datum *bind_capture_read(lua_State *L, int index, bind_read function, bind_reader *reader, size_t *count);

#endif
