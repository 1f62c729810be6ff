/*
** A Lua function of a state, made code: its dump, the prototype of that, the code of that. The last two are in memory
** of one userdata each; the dump goes.
*/
#include "bind_capture.h"

#include <string.h>

enum { ALIGN = 16 };

/* Pushes a userdata with that many bytes at a multiple of ALIGN. */
static void *dump_room(lua_State *L, size_t size) {
  const uintptr_t room = (uintptr_t)lua_newuserdatauv(L, size + ALIGN, 1);
  return (void *)((room + ALIGN - 1) / ALIGN * ALIGN);
}

/* lua_Writer. Until it is called first, the function has to be on top. */
typedef struct dump_writer {
  luaL_Buffer buffer;
  bool begun;
} dump_writer;

static int dump_write(lua_State *L, const void *bytes, size_t n, void *arg) {
  dump_writer *const w = arg;
  if (!w->begun)
    luaL_buffinit(L, &w->buffer);
  w->begun = true;
  luaL_addlstring(&w->buffer, bytes, n);
  return 0;
}

/* Pushes the dump of the function at an index; false, and nothing pushed: it has none. */
static bool dump_push(lua_State *L, int index) {
  dump_writer w;
  w.begun = false;
  lua_pushvalue(L, index);
  if (lua_dump(L, dump_write, &w, 0) != 0 || !w.begun) {
    lua_settop(L, lua_gettop(L) - 1);
    return false;
  }
  luaL_pushresult(&w.buffer);
  lua_remove(L, -2);
  return true;
}

const bind_code *bind_function_code(lua_State *L, int index, bind_refusal *why) {
  const int top = lua_gettop(L);
  const bind_proto *proto;
  const bind_code *code = NULL;
  const char *dump;
  size_t size, bytes;
  index = lua_absindex(L, index);
  luaL_checkstack(L, 10, NULL);
  bind_refuse(why, 0, "is not a function that Lua can dump");
  if (dump_push(L, index)) {
    dump = lua_tolstring(L, -1, &size);
    bytes = bind_proto_size(dump, size, why);
    if (bytes > 0) {
      proto = bind_proto_read(dump_room(L, bytes), dump, size);
      if (bind_proto_verify(proto, why))
        code = bind_code_make(dump_room(L, bind_code_size(proto)), proto, &bind_known_of(L)->words, why);
    }
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
