/*
** A module for specs: what lua/function makes of dumps, which no function of tine shows. Each dump is read from memory
** of exactly its size, so that a sanitizer sees what goes beyond.
*/
#include <lauxlib.h>
#include <lua.h>
#include <stdlib.h>
#include <string.h>

#include "../../../lua/function/bind_proto.h"

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
    for (unsigned r = 0; r < p->registers && bind_proto_local(p, r, at) != NULL; r++) {
      luaL_addstring(&b, bind_proto_local(p, r, at));
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
    sum += p->code[i] + bind_proto_line(p, i) + (bind_proto_local(p, 0, i) != NULL);
  for (unsigned i = 0; i < p->constant_count; i++)
    sum += p->constants[i].kind == BIND_CONSTANT_STRING ? strlen(p->constants[i].as.s) : 1;
  for (unsigned i = 0; i < p->upvalue_count; i++)
    sum += p->upvalues[i] != NULL ? strlen(p->upvalues[i]) : 0;
  for (unsigned i = 0; i < p->local_count; i++)
    sum += p->locals[i].name != NULL ? strlen(p->locals[i].name) : 0;
  return sum;
}

/* damage(dump, n, seed): reads n dumps that differ from it in one to three places. How many were refused, how many
   accepted. */
static int probe_damaged(lua_State *L) {
  size_t size;
  const char *const dump = luaL_checklstring(L, 1, &size);
  const lua_Integer n = luaL_checkinteger(L, 2);
  uint64_t state = (uint64_t)luaL_checkinteger(L, 3) * 2 + 1, sum = 0;
  unsigned char *const copy = lua_newuserdatauv(L, size, 0);
  lua_Integer accepted = 0;
  for (lua_Integer k = 0; k < n; k++) {
    probe o;
    size_t left = size;
    memcpy(copy, dump, size);
    for (uint64_t times = 1 + probe_random(&state) % 3; times > 0 && left > 0; times--)
      left = probe_damage(copy, left, &state);
    if (probe_open(&o, copy, left))
      accepted++;
    if (o.proto != NULL)
      sum += probe_look(o.proto);
    probe_close(&o);
  }
  lua_pushinteger(L, n - accepted);
  lua_pushinteger(L, accepted);
  lua_pushinteger(L, (lua_Integer)sum);
  return 3;
}

static const luaL_Reg probe_functions[] = {{"read", probe_read}, {"damage", probe_damaged}, {NULL, NULL}};

int luaopen_probe_function(lua_State *L) {
  luaL_newlib(L, probe_functions);
  return 1;
}
