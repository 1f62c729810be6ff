/*
** Dumps of the Lua functions of a state, and their code: the prototype of a dump, and what is made of that, in memory
** of one userdata each.
*/
#include "bind_capture.h"

#include <string.h>

enum { DUMP_ALIGN = 16 }; /* what a userdata need not have */

/* What does not fit is counted. */
static int dump_write(lua_State *L, const void *piece, size_t n, void *to) {
  bind_dump *const d = to;
  (void)L;
  if (n <= d->room && d->size <= d->room - n)
    memcpy(d->memory + d->size, piece, n);
  d->size += n;
  return 0;
}

static void dump_once(lua_State *L, int function, bind_dump *d) {
  d->size = 0;
  lua_pushvalue(L, function);
  lua_dump(L, dump_write, d, 0);
  lua_pop(L, 1);
}

void bind_dump_push(lua_State *L, int function, bind_dump *d) {
  function = lua_absindex(L, function);
  d->memory = d->own;
  d->room = sizeof d->own;
  dump_once(L, function, d);
  if (d->size <= d->room) {
    lua_pushnil(L);
    return;
  }
  d->room = d->size;
  d->memory = lua_newuserdatauv(L, d->room, 0);
  dump_once(L, function, d);
}

/* Pushes a userdata with that many bytes at a multiple of DUMP_ALIGN. */
static void *dump_room(lua_State *L, size_t size) {
  const uintptr_t room = (uintptr_t)lua_newuserdatauv(L, size + DUMP_ALIGN, 1);
  return (void *)((room + DUMP_ALIGN - 1) / DUMP_ALIGN * DUMP_ALIGN);
}

const bind_code *bind_dump_code(lua_State *L, const bind_dump *d, size_t *bytes, bind_refusal *why) {
  const int top = lua_gettop(L);
  const size_t size = bind_proto_size(d->memory, d->size, why);
  const bind_code *code = NULL;
  const bind_proto *proto;
  if (size > 0) {
    proto = bind_proto_read(dump_room(L, size), d->memory, d->size);
    *bytes = size + bind_code_size(proto);
    if (bind_proto_verify(proto, why))
      code = bind_code_make(dump_room(L, *bytes - size), proto, &bind_known_of(L)->words, why);
  }
  if (code == NULL) {
    lua_settop(L, top);
    lua_pushnil(L);
    return NULL;
  }
  lua_pushvalue(L, -2); /* the prototype, which the code refers to */
  lua_setiuservalue(L, -2, 1);
  lua_replace(L, top + 1);
  lua_settop(L, top + 1);
  return code;
}
