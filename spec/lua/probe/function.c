/*
** A module for specs: what lua/function makes of dumps, which no function of tine shows. Each dump is read from memory
** of exactly its size, so that a sanitizer sees what goes beyond.
**
** It has a copy of the engine, but the arrays and kernels of a script are those of the module that it requires. So it
** is a pack: what is done with these is done by that engine; and it knows them by their metatables.
*/
#define TINE_PACK
#include <lauxlib.h>
#include <lua.h>
#include <stdlib.h>
#include <string.h>

#include "../../../core/code/typed.h"
#include "../../../lua/state/bind.h"

static void *probe_handle(lua_State *L, int index, const void *tag, size_t size) {
  void *const h = luaL_testudata(L, index, tag == &bind_tag_array ? BIND_ARRAY : BIND_KERNEL);
  return h != NULL && lua_rawlen(L, index) == size ? h : NULL;
}
#define bind_handle_to probe_handle
#include "../../../lua/function/bind_capture.c"
#undef bind_handle_to

int luaopen_probe_function(lua_State *L);

/* A dump in memory of its own, the prototype of it, and what was wrong. */
typedef struct probe {
  void *dump, *memory;
  size_t size, bytes;
  const bind_proto *proto;
  bind_refusal why;
} probe;

/* Reads and verifies; false: it is refused. */
static bool probe_open(probe *o, const void *dump, size_t size) {
  *o = (probe){.size = size};
  o->dump = malloc(size > 0 ? size : 1);
  memcpy(o->dump, dump, size);
  o->bytes = bind_proto_size(o->dump, size, &o->why);
  if (o->bytes == 0)
    return false;
  o->memory = malloc(o->bytes);
  o->proto = bind_proto_read(o->memory, o->dump, size);
  memset(o->dump, 0xa5, size);
  return bind_proto_verify(o->proto, &o->why);
}

static void probe_close(const probe *o) {
  free(o->dump);
  free(o->memory);
}

static int probe_refused(lua_State *L, const probe *o) {
  lua_pushnil(L);
  lua_pushstring(L, o->why.text);
  lua_pushinteger(L, o->why.line);
  return 3;
}

static void push_constant(lua_State *L, const bind_constant *k) {
  switch (k->kind) {
    case BIND_CONSTANT_NIL: lua_pushliteral(L, "nil"); break;
    case BIND_CONSTANT_BOOLEAN: lua_pushboolean(L, k->as.b); break;
    case BIND_CONSTANT_INTEGER: lua_pushinteger(L, k->as.i); break;
    case BIND_CONSTANT_FLOAT: lua_pushnumber(L, k->as.f); break;
    case BIND_CONSTANT_STRING: lua_pushlstring(L, k->as.s, k->length); break;
  }
}

static void push_number(lua_State *L, const char *name, unsigned n) {
  lua_pushinteger(L, n);
  lua_setfield(L, -2, name);
}

static void push_names(lua_State *L, const bind_proto *p) {
  lua_newtable(L);
  for (unsigned i = 0; i < p->upvalue_count; i++) {
    lua_pushstring(L, p->upvalues[i] != NULL ? p->upvalues[i] : "?");
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -2, "upvalues");
  lua_newtable(L);
  for (unsigned at = 0; at < p->code_count; at++) { /* "x,y": the names of the registers, as far as they have some */
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    for (unsigned r = 0; r < p->registers && bind_proto_local(p, r, at, NULL) != NULL; r++) {
      luaL_addstring(&b, bind_proto_local(p, r, at, NULL));
      luaL_addchar(&b, ',');
    }
    luaL_pushresult(&b);
    lua_rawseti(L, -2, (lua_Integer)at + 1);
  }
  lua_setfield(L, -2, "locals");
}

static void push_proto(lua_State *L, const bind_proto *p) {
  lua_newtable(L);
  lua_pushstring(L, p->source);
  lua_setfield(L, -2, "source");
  push_number(L, "line", p->line);
  push_number(L, "last_line", p->last_line);
  push_number(L, "params", p->params);
  push_number(L, "registers", p->registers);
  push_number(L, "nested", p->nested_count);
  lua_pushboolean(L, p->vararg);
  lua_setfield(L, -2, "vararg");
  lua_newtable(L);
  for (unsigned i = 0; i < p->code_count; i++) {
    lua_pushinteger(L, p->code[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -2, "code");
  lua_newtable(L);
  for (unsigned i = 0; i < p->code_count; i++) {
    lua_pushinteger(L, bind_proto_line(p, i));
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -2, "lines");
  lua_newtable(L);
  for (unsigned i = 0; i < p->constant_count; i++) {
    push_constant(L, &p->constants[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -2, "constants");
  push_names(L, p);
}

/* read(dump): a table of what is in it; or nil, why not, and the line. */
static int probe_read(lua_State *L) {
  probe o;
  size_t size;
  const char *const dump = luaL_checklstring(L, 1, &size);
  int results = 1;
  if (probe_open(&o, dump, size))
    push_proto(L, o.proto);
  else
    results = probe_refused(L, &o);
  probe_close(&o);
  return results;
}

/* ===== Dumps that were damaged ===== */

static uint64_t probe_random(uint64_t *state) { /* xorshift */
  *state ^= *state << 13, *state ^= *state >> 7, *state ^= *state << 17;
  return *state >> 11;
}

/* One damage of several kinds; the header is left alone, mostly. */
static size_t probe_damage(unsigned char *d, size_t n, uint64_t *state) {
  const size_t first = probe_random(state) % 16 == 0 ? 0 : 32;
  const size_t at = n > first ? first + probe_random(state) % (n - first) : 0;
  const size_t length = 1 + probe_random(state) % 8;
  switch (probe_random(state) % 8) {
    case 0: return at;
    case 1: d[at] ^= (unsigned char)(1u << probe_random(state) % 8); return n;
    case 2: d[at] = (unsigned char)probe_random(state); return n;
    case 3: d[at] = (unsigned char)(d[at] + 1); return n;
    case 4: d[at] = (unsigned char)(d[at] - 1); return n;
    case 5: /* a stretch is left out */
      if (at + length < n) {
        memmove(d + at, d + at + length, n - at - length);
        return n - length;
      }
      return n;
    case 6: /* or there twice, over what was behind it */
      if (at + 2 * length < n)
        memcpy(d + at + length, d + at, length);
      return n;
    default:
      for (size_t k = 0; k < length && at + k < n; k++)
        d[at + k] = (unsigned char)(probe_random(state) % 3 == 0 ? 0x80 : 0x7f);
      return n;
  }
}

/* Reads all that a prototype points to. */
static uint64_t probe_look(const bind_proto *p) {
  uint64_t sum = p->source != NULL ? strlen(p->source) : 0;
  for (unsigned i = 0; i < p->code_count; i++)
    sum += p->code[i] + bind_proto_line(p, i) + (bind_proto_local(p, 0, i, NULL) != NULL);
  for (unsigned i = 0; i < p->constant_count; i++)
    sum += p->constants[i].kind == BIND_CONSTANT_STRING ? strlen(p->constants[i].as.s) : 1;
  for (unsigned i = 0; i < p->upvalue_count; i++)
    sum += p->upvalues[i] != NULL ? strlen(p->upvalues[i]) : 0;
  for (unsigned i = 0; i < p->local_count; i++)
    sum += p->locals[i].name != NULL ? strlen(p->locals[i].name) : 0;
  return sum;
}

/* A function that gives both of its values, and whether the second is there. */
static const ti_instruction probe_inner_list[] = {{.op = TI_CODE_IF, .b = 1, .want = true, .to = 2},
                                                  {.op = TI_CODE_MOVE, .a = 1, .b = 0},
                                                  {.op = TI_CODE_NOT, .a = 2, .b = 1},
                                                  {.op = TI_CODE_RETURN, .a = 0, .b = 3}};
static const ti_code probe_inner = {
    .source = "inner", .params = 2, .registers = 3, .count = 4, .code = probe_inner_list};
static const ti_code_closure probe_closure = {.code = &probe_inner};

/* Values of any kinds, for captures and fields; these are plain. */
static ti_datum *probe_values(size_t n, uint64_t *state, const ti_module *module, const tine_array *array) {
  ti_datum *const list = calloc(n + 1, sizeof *list);
  for (size_t k = 0; k < n; k++) {
    const unsigned kinds = module != NULL ? TI_KIND_KERNEL : TI_KIND_FUNCTION;
    list[k].kind = (unsigned)(TI_KIND_NIL + probe_random(state) % (kinds - TI_KIND_NIL + 1));
    if (list[k].kind == TI_KIND_FUNCTION)
      list[k].as.function = (unsigned)(probe_random(state) % TI_FUNCTION_END);
    if (list[k].kind == TI_KIND_MODULE)
      list[k].as.module = module;
    if (list[k].kind == TI_KIND_ARRAY)
      list[k].as.array = array;
    if (list[k].kind == TI_KIND_CLOSURE)
      list[k].as.closure = &probe_closure;
    if (list[k].kind == TI_KIND_KERNEL)
      list[k].as.kernel = ti_builtin_find(probe_random(state) % 2 == 0 ? "idiv" : "fma");
    if (list[k].kind == TI_KIND_I64)
      list[k].as.i = (int64_t)probe_random(state) % 100;
  }
  return list;
}

/* Makes code of it, types that and runs it for a while; whatever comes of that. False: what was made is no code. */
static bool probe_use(const bind_code *code, uint64_t *state) {
  static const double elements[] = {1.5, -2, 0};
  tine_array *const array = tine_slice_of(TINE_F64, (void *)(uintptr_t)elements, 3, sizeof *elements);
  ti_datum *const fields = probe_values(code->code.name_count, state, NULL, array);
  const ti_module module = {code->code.name_count, code->code.names, fields};
  ti_datum *const captured = probe_values(code->code.capture_count, state, &module, array);
  const tine_status checked = ti_code_check(&code->code, NULL);
  tine_dtype inputs[TINE_MAX_ARGS];
  tine_value args[TINE_MAX_ARGS], out[TINE_MAX_OUTPUTS];
  ti_typed *typed = NULL;
  for (unsigned k = 0; k < TINE_MAX_ARGS; k++) {
    inputs[k] = probe_random(state) % 2 == 0 ? TINE_I64 : TINE_F64;
    args[k] = (tine_value){.dtype = inputs[k], .as.i = 0};
  }
  if (checked == TINE_OK &&
      ti_typed_make(&typed, &code->code, inputs, captured, code->code.capture_count, NULL) == TINE_OK)
    ti_typed_call(typed, args, captured, 500, out, NULL);
  ti_typed_drop(typed);
  tine_array_release(array);
  free(captured);
  free(fields);
  return checked == TINE_OK || checked == TINE_ERANGE;
}

/* False: as above. */
static bool probe_make(const bind_proto *p, uint64_t *state, lua_Integer *made) {
  bind_refusal why;
  void *const memory = malloc(bind_code_size(p));
  const bind_code *const code = bind_code_make(memory, p, &(bind_words){"", ""}, &why);
  const bool good = code == NULL || probe_use(code, state);
  *made += code != NULL;
  free(memory);
  return good;
}

/* damage(dump, n, seed): reads n dumps that differ from it in one to three places, and goes on with those that are
   right as far as it gets. How many were refused, how many right, and of these, how many kernels might be made of. */
static int probe_damaged(lua_State *L) {
  size_t size;
  const char *const dump = luaL_checklstring(L, 1, &size);
  const lua_Integer n = luaL_checkinteger(L, 2);
  uint64_t state = (uint64_t)luaL_checkinteger(L, 3) * 2 + 1, sum = 0;
  unsigned char *const copy = lua_newuserdatauv(L, size, 0);
  lua_Integer accepted = 0, made = 0;
  for (lua_Integer k = 0; k < n; k++) {
    probe o;
    size_t left = size;
    bool good = true;
    memcpy(copy, dump, size);
    for (uint64_t times = 1 + probe_random(&state) % 3; times > 0 && left > 0; times--)
      left = probe_damage(copy, left, &state);
    if (probe_open(&o, copy, left)) {
      accepted++;
      good = probe_make(o.proto, &state, &made);
    }
    if (o.proto != NULL)
      sum += probe_look(o.proto);
    probe_close(&o);
    if (!good)
      return luaL_error(L, "what was made of a function is no code");
  }
  lua_pushinteger(L, n - accepted);
  lua_pushinteger(L, accepted);
  lua_pushinteger(L, made);
  lua_pushinteger(L, (lua_Integer)sum);
  return 4;
}

/* ===== Functions run ===== */

#define PROBE_FUNCTION "probe.Function"

typedef struct probe_function {
  probe opened;
  void *memory;
  ti_typed *typed;
  const bind_code *code;
  const ti_datum *captured;
} probe_function;

static tine_dtype dtype_of(char letter) {
  return letter == 'B' ? TINE_BOOL : letter == 'I' ? TINE_I64 : TINE_F64;
}

static int function_refused(lua_State *L, const bind_refusal *why) {
  lua_pushnil(L);
  lua_pushfstring(L, "%d: %s", (int)why->line, why->text);
  return 2;
}

/* A bind_reader, which reads anew each time. */
static bool probe_reader(lua_State *L, int index, bind_read *out, bind_refusal *why) {
  bind_dump d;
  size_t bytes;
  bind_dump_push(L, index, &d);
  out->code = bind_dump_code(L, &d, &bytes, why);
  lua_remove(L, -2);
  return out->code != NULL;
}

/* compile(function, types, its dump): something to be called, of inputs "I", "F", "B" each; or nil, and why not. The
   second result are the types of what it gives, the others how many versions and steps it has. */
static int probe_compile(lua_State *L) {
  const char *const types = luaL_checkstring(L, 2);
  tine_dtype inputs[TINE_MAX_ARGS];
  tine_error err;
  luaL_Buffer b;
  probe_function *f;
  size_t size, captures;
  const char *dump;
  for (size_t k = 0; k < strlen(types); k++)
    inputs[k] = dtype_of(types[k]);
  lua_settop(L, 3);
  dump = luaL_checklstring(L, 3, &size);
  f = lua_newuserdatauv(L, sizeof *f, 1);
  *f = (probe_function){.typed = NULL};
  luaL_setmetatable(L, PROBE_FUNCTION);
  if (!probe_open(&f->opened, dump, size))
    return function_refused(L, &f->opened.why);
  if (f->opened.proto->params != strlen(types))
    return luaL_error(L, "%d parameters", (int)f->opened.proto->params);
  f->memory = malloc(bind_code_size(f->opened.proto));
  f->code = bind_code_make(f->memory, f->opened.proto, &bind_known_of(L)->words, &f->opened.why);
  if (f->code == NULL)
    return function_refused(L, &f->opened.why);
  f->captured = bind_capture_read(L, 1, (bind_read){f->code, NULL}, probe_reader, &captures);
  lua_setiuservalue(L, 4, 1);
  if (ti_code_check(&f->code->code, &err) != TINE_OK)
    return luaL_error(L, "what was made of it is no code: %s", err.message);
  if (ti_typed_make(&f->typed, &f->code->code, inputs, f->captured, captures, &err) != TINE_OK) {
    lua_pushnil(L);
    lua_pushstring(L, err.message);
    return 2;
  }
  lua_pushvalue(L, 4);
  luaL_buffinit(L, &b);
  for (unsigned k = 0; k < f->typed->result_count; k++)
    luaL_addchar(&b, f->typed->results[k] == TINE_BOOL ? 'B' : f->typed->results[k] == TINE_I64 ? 'I' : 'F');
  luaL_pushresult(&b);
  lua_pushinteger(L, f->typed->versions);
  lua_pushinteger(L, (lua_Integer)f->typed->step_count);
  return 4;
}

/* f(most, ...): the results; or nil, the message, the status. */
static int function_call(lua_State *L) {
  const probe_function *const f = luaL_checkudata(L, 1, PROBE_FUNCTION);
  tine_value args[TINE_MAX_ARGS], out[TINE_MAX_OUTPUTS];
  tine_error err;
  tine_status status;
  for (unsigned k = 0; k < f->code->code.params; k++) {
    const int at = (int)k + 3;
    args[k] = (tine_value){.dtype = f->typed->inputs[k]};
    if (args[k].dtype == TINE_BOOL)
      args[k].as.b = lua_toboolean(L, at) != 0;
    else if (args[k].dtype == TINE_I64)
      args[k].as.i = luaL_checkinteger(L, at);
    else
      args[k].as.f = luaL_checknumber(L, at);
  }
  status = ti_typed_call(f->typed, args, f->captured, (uint64_t)luaL_checkinteger(L, 2), out, &err);
  if (status != TINE_OK) {
    lua_pushnil(L);
    lua_pushstring(L, err.message);
    lua_pushboolean(L, status == TINE_ETIMEOUT);
    return 3;
  }
  for (unsigned k = 0; k < f->typed->result_count; k++) {
    if (out[k].dtype == TINE_BOOL)
      lua_pushboolean(L, out[k].as.b);
    else if (out[k].dtype == TINE_I64)
      lua_pushinteger(L, out[k].as.i);
    else
      lua_pushnumber(L, out[k].as.f);
  }
  return (int)f->typed->result_count;
}

static int function_gc(lua_State *L) {
  probe_function *const f = luaL_checkudata(L, 1, PROBE_FUNCTION);
  ti_typed_drop(f->typed);
  free(f->memory);
  probe_close(&f->opened);
  *f = (probe_function){.typed = NULL};
  return 0;
}

#include "strips.h"

static const luaL_Reg probe_functions[] = {{"read", probe_read},
                                           {"damage", probe_damaged},
                                           {"compile", probe_compile},
                                           {"strips", probe_strips},
                                           {NULL, NULL}};
static const luaL_Reg function_metamethods[] = {{"__call", function_call}, {"__gc", function_gc}, {NULL, NULL}};

int luaopen_probe_function(lua_State *L) {
  tine_error err;
  if (luaL_dostring(L, "require 'tine'"))
    return lua_error(L);
  lua_getfield(L, LUA_REGISTRYINDEX, TINE_PACK_KEY);
  if (tine_pack_bind(lua_touserdata(L, -1), &err) != TINE_OK)
    return luaL_error(L, "%s", err.message);
  bind_capture_open(L);
  luaL_newmetatable(L, PROBE_FUNCTION);
  luaL_setfuncs(L, function_metamethods, 0);
  luaL_newlib(L, probe_functions);
  return 1;
}
