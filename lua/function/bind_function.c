/*
** Lua functions made kernels. What is made of a function's bytecode is kept, in a table of the record: under a hash of
** the dump, and with the dump, which has to be the same to the byte. So a function that is used again costs a dump and
** its captured values, whatever closure of it that is.
**
** An *entry* is a tine.Kernel that no script sees, which holds the code and no captured values, with two user values:
** a function_text with the dump behind it; and the code. The kernels that are used are made of it, and so are the
** functions that those captured.
*/
#include "bind_function.h"
#include "../state/bind_pressure.h"
#include "bind_capture.h"
#include "bind_code.h"

#include <string.h>

enum {
  FUNCTION_ENTRIES = 256,       /* in the table, before it is begun anew */
  FUNCTION_BYTES = 8 << 20,     /* of them, likewise */
  FUNCTION_ALIGN = 16,          /* what a userdata need not have */
  FUNCTION_KERNEL_BYTES = 1024, /* what the collector is told that a kernel takes */
  FUNCTION_TEXT = 1,            /* user values of an entry */
  FUNCTION_CODE
};

typedef struct function_text {
  size_t size; /* of the dump */
  const bind_code *code;
  const unsigned char *dump;
} function_text;

/* Eight bytes at a time. What is alike and is not the same is found out, so nothing hangs on it but time. */
static lua_Integer function_hash(const bind_dump *d) {
  uint64_t h = d->size * UINT64_C(0x9e3779b97f4a7c15);
  for (size_t i = 0; i < d->size; i += sizeof h) {
    uint64_t word = 0;
    memcpy(&word, d->memory + i, d->size - i < sizeof word ? d->size - i : sizeof word);
    h = (h ^ word) * UINT64_C(0xff51afd7ed558ccd);
    h ^= h >> 32;
  }
  return (lua_Integer)h;
}

/* ===== Making an entry ===== */

static int function_refuse(lua_State *L, int arg, const bind_refusal *why) {
  lua_Debug ar;
  lua_pushvalue(L, arg);
  lua_getinfo(L, ">S", &ar);
  if (why->line == 0)
    return luaL_argerror(L, arg, lua_pushfstring(L, "%s: %s", ar.short_src, why->text));
  return luaL_argerror(L, arg, lua_pushfstring(L, "%s:%d: %s", ar.short_src, (int)why->line, why->text));
}

static unsigned char *function_align(void *p) {
  return (unsigned char *)(((uintptr_t)p + FUNCTION_ALIGN - 1) & ~(uintptr_t)(FUNCTION_ALIGN - 1));
}

/* Reads the dump for the entry on top, which keeps it all; NULL: it is refused. */
static const function_text *function_read(lua_State *L, const bind_dump *d, size_t *bytes, bind_refusal *why) {
  const bind_code *const code = bind_dump_code(L, d, bytes, why);
  function_text *text;
  lua_setiuservalue(L, -2, FUNCTION_CODE);
  if (code == NULL)
    return NULL;
  text = (function_text *)(void *)function_align(lua_newuserdatauv(L, sizeof *text + d->size + FUNCTION_ALIGN, 0));
  *text = (function_text){.size = d->size, .code = code, .dump = (unsigned char *)(text + 1)};
  memcpy(text + 1, d->memory, d->size);
  lua_setiuservalue(L, -2, FUNCTION_TEXT);
  *bytes += sizeof *text + d->size;
  return text;
}

/* The engine's copy of the code, with nothing captured; 'nothing' has room for that. */
static tine_status function_make(bind_state *state, bind_kernel *h, const tine_code *code, const tine_datum *nothing,
                                 tine_error *err) {
  tine_status status;
  bind_limit_enter(state);
  status = tine_kernel_code(&h->kernel, code, nothing, code->capture_count, NULL, NULL, 0, err);
  bind_limit_leave(state);
  return status;
}

static bind_kernel *function_handle(lua_State *L, int values) {
  bind_kernel *const h = bind_handle_new(L, sizeof *h, values, BIND_KERNELS);
  *h = (bind_kernel){.tag = &bind_tag_kernel, .lengthy = true};
  bind_place_take(L, bind_state_get(L), &h->place);
  return h;
}

/* Pushes a new entry; false: it is refused, and that is nothing yet. */
static bool function_new(lua_State *L, int function, const bind_dump *d, size_t *bytes, bind_refusal *why) {
  bind_kernel *const h = function_handle(L, 2);
  const function_text *const text = function_read(L, d, bytes, why);
  tine_datum *nothing;
  tine_code code;
  tine_status status;
  tine_error err;
  lua_Debug ar;
  if (text == NULL)
    return false;
  code = text->code->code;
  nothing = lua_newuserdatauv(L, (code.capture_count + 1) * sizeof *nothing, 0);
  for (unsigned k = 0; k < code.capture_count; k++)
    nothing[k].kind = TINE_DATUM_NIL;
  lua_pushvalue(L, function);
  lua_getinfo(L, ">S", &ar);
  code.size = sizeof code;
  code.source = ar.short_src; /* as Lua's own messages have it */
  status = function_make(bind_state_get(L), h, &code, nothing, &err);
  if (status == TINE_ENOMEM && bind_pressure_again(L, &err))
    status = function_make(bind_state_get(L), h, &code, nothing, &err);
  if (status == TINE_ENOMEM)
    bind_error_raise(L, &err);
  lua_pop(L, 1);
  if (status != TINE_OK) {
    bind_refuse(why, 0, "%s", err.message);
    return false;
  }
  bind_keep_kernel(&h->place, h->kernel);
  *bytes *= 2; /* the engine's copy is as large, more or less */
  return true;
}

/* ===== The table of entries ===== */

/* The text of the entry at an index, if it is one of that dump. */
static const function_text *function_entry(lua_State *L, int index, const bind_dump *d) {
  const bind_kernel *const h = bind_handle_to(L, index, &bind_tag_kernel, sizeof *h);
  const function_text *text;
  if (h == NULL || h->kernel == NULL || bind_place_over(&h->place))
    return NULL;
  lua_getiuservalue(L, index, FUNCTION_TEXT);
  text = (const function_text *)(const void *)function_align(lua_touserdata(L, -1));
  lua_pop(L, 1);
  return text->size == d->size && memcmp(text->dump, d->memory, d->size) == 0 ? text : NULL;
}

static void function_table_new(lua_State *L) {
  lua_newtable(L);
  lua_setiuservalue(L, -2, BIND_FUNCTIONS);
}

/* Keeps the entry on top. */
static void function_keep(lua_State *L, lua_Integer hash, size_t bytes) {
  bind_state *const state = bind_state_get(L);
  const int entry = lua_gettop(L);
  bind_push_record(L);
  if (state->functions >= FUNCTION_ENTRIES || state->function_bytes + bytes > FUNCTION_BYTES) {
    function_table_new(L);
    state->functions = 0;
    state->function_bytes = 0;
  }
  lua_getiuservalue(L, -1, BIND_FUNCTIONS);
  lua_pushvalue(L, entry);
  lua_rawseti(L, -2, hash);
  state->functions++;
  state->function_bytes += bytes;
  lua_settop(L, entry);
}

/* Pushes the entry of a function; or nil, and why not. A bind_reader. */
static bool function_find(lua_State *L, int function, bind_read *out, bind_refusal *why) {
  const int top = lua_gettop(L);
  const function_text *text;
  lua_Integer hash;
  size_t bytes;
  bind_dump d;
  function = lua_absindex(L, function);
  luaL_checkstack(L, LUA_MINSTACK, "too many functions");
  bind_dump_push(L, function, &d);
  hash = function_hash(&d);
  bind_push_record(L);
  lua_getiuservalue(L, -1, BIND_FUNCTIONS);
  lua_rawgeti(L, -1, hash);
  if (function_entry(L, lua_gettop(L), &d) == NULL) {
    lua_settop(L, top + 1);
    if (!function_new(L, function, &d, &bytes, why)) {
      lua_settop(L, top);
      lua_pushnil(L);
      return false;
    }
    function_keep(L, hash, bytes);
    bind_state_pressure(L, bytes);
  }
  text = function_entry(L, lua_gettop(L), &d);
  *out = (bind_read){text->code, ((const bind_kernel *)lua_touserdata(L, -1))->kernel};
  lua_replace(L, top + 1);
  lua_settop(L, top + 1);
  return true;
}

/* ===== A kernel ===== */

typedef struct function_use {
  bind_read function;
  const ti_datum *captured;
  size_t captures;
  const char *name, *help;
  unsigned flags;
} function_use;

static tine_status function_capture(bind_state *state, bind_kernel *h, const function_use *use, tine_error *err) {
  tine_status status;
  bind_limit_enter(state);
  status = tine_kernel_recapture(&h->kernel, use->function.kernel, use->captured, use->captures, use->name, use->help,
                                 use->flags, err);
  bind_limit_leave(state);
  return status;
}

void bind_function_push(lua_State *L, int arg, const char *name, const char *help, unsigned flags) {
  const int top = lua_gettop(L);
  bind_state *const state = bind_state_get(L);
  function_use use = {.name = name, .help = help, .flags = flags};
  bind_refusal why;
  bind_kernel *h;
  tine_status status;
  tine_error err;
  luaL_checkstack(L, LUA_MINSTACK, "too many arguments");
  if (lua_iscfunction(L, arg))
    luaL_argerror(L, arg,
                  "a C function cannot be read; name a kernel, see tine.kernels(), or write a Lua function that "
                  "calls it, if it is one of math");
  if (!function_find(L, arg, &use.function, &why))
    function_refuse(L, arg, &why);
  use.captured = bind_capture_read(L, arg, use.function, function_find, &use.captures);
  h = function_handle(L, 0);
  status = function_capture(state, h, &use, &err);
  if (status == TINE_ENOMEM && bind_pressure_again(L, &err))
    status = function_capture(state, h, &use, &err);
  if (status == TINE_ENOMEM)
    bind_error_raise(L, &err);
  if (status != TINE_OK)
    luaL_argerror(L, arg, err.message);
  bind_keep_kernel(&h->place, h->kernel);
  lua_replace(L, top + 1);
  lua_settop(L, top + 1);
  bind_state_pressure(L, FUNCTION_KERNEL_BYTES);
}

void bind_function_open(lua_State *L) {
  function_table_new(L);
}
