/*
** Captured values, read. Functions and tables are known by what they are, not by what they are called: a local alias of
** math.sqrt is math.sqrt, and a function that was put into its place is not. The table of math is read raw; a global is
** what Lua would find, in environments that look elsewhere, too.
*/
#include "bind_capture.h"

#include <stdio.h>
#include <string.h>

enum { WHY = 160 };

/* In Lua's registry, at its address: the metatable of what is read. */
static const char capture_key;

/* What is read: first of what is pushed. */
typedef struct capture_box {
  size_t held; /* so many of its values are read; the arrays among them it holds */
  ti_datum *values;
} capture_box;

typedef struct capture_reader {
  lua_State *L;
  const bind_code *code;
  int function, math; /* where they are on the stack */
  capture_box *box;
  ti_datum *fields; /* of math, in the order of code.names */
  char (*why)[WHY]; /* one for each capture, and then for each field */
} capture_reader;

static const char *const capture_functions[] = {
#define CAPTURE_FUNCTION(name) #name,
    TI_FUNCTION_LIST(CAPTURE_FUNCTION)
#undef CAPTURE_FUNCTION
};

/* Pushes the table of Lua's mathematical library; nil, where there is none. */
static void capture_math(lua_State *L) {
  lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_pushliteral(L, "math");
  if (lua_istable(L, -2))
    lua_rawget(L, -2);
  lua_remove(L, -2);
}

/* Which function of math the value on top is; TI_FUNCTION_END: none that kernels have. */
static ti_function capture_function(const capture_reader *r) {
  lua_State *const L = r->L;
  ti_function found = TI_FUNCTION_END;
  if (!lua_iscfunction(L, -1) || !lua_istable(L, r->math))
    return found;
  for (unsigned k = 0; k < TI_FUNCTION_END && found == TI_FUNCTION_END; k++) {
    lua_pushstring(L, capture_functions[k]);
    lua_rawget(L, r->math);
    if (lua_rawequal(L, -1, -2))
      found = (ti_function)k;
    lua_pop(L, 1);
  }
  return found;
}

static ti_datum capture_refuse(char *room, const char *format, const char *name, const char *type) {
  snprintf(room, WHY, format, name, type);
  return (ti_datum){.kind = TI_KIND_REFUSED, .as.why = room};
}

/* The value on top, if it is one that kernels have: nil, booleans, numbers, functions of math. */
static ti_datum capture_plain(const capture_reader *r) {
  lua_State *const L = r->L;
  ti_datum d = {.kind = TI_KIND_REFUSED, .as.i = 0};
  const ti_function function = capture_function(r);
  if (function != TI_FUNCTION_END) {
    d.kind = TI_KIND_FUNCTION;
    d.as.function = function;
  } else if (lua_isinteger(L, -1)) {
    d.kind = TI_KIND_I64;
    d.as.i = lua_tointeger(L, -1);
  } else if (lua_type(L, -1) == LUA_TNUMBER) {
    d.kind = TI_KIND_F64;
    d.as.f = lua_tonumber(L, -1);
  } else if (lua_isboolean(L, -1)) {
    d.kind = TI_KIND_BOOL;
    d.as.b = lua_toboolean(L, -1) != 0;
  } else if (lua_isnil(L, -1)) {
    d.kind = TI_KIND_NIL;
  }
  return d;
}

/* An array that is not lent to one that writes it. */
static ti_datum capture_array(const bind_array *h, char *why) {
  if (h->array == NULL || bind_place_over(&h->place))
    return capture_refuse(why, "attempt to use a closed array", "", "");
  if (tine_array_lent(h->array) == BIND_WRITTEN)
    return capture_refuse(why, "%s%s", tine_status_text(TINE_EBUSY), "");
  return (ti_datum){.kind = TI_KIND_ARRAY, .as.array = h->array};
}

/* The table of math itself; its fields come later. */
static bool capture_is_math(const capture_reader *r) {
  return lua_istable(r->L, -1) && lua_rawequal(r->L, -1, r->math);
}

static ti_datum capture_value(const capture_reader *r, const char *name, char *why) {
  const bind_array *const array = bind_handle_to(r->L, -1, &bind_tag_array, sizeof *array);
  const ti_datum d = capture_plain(r);
  if (d.kind != TI_KIND_REFUSED)
    return d;
  if (array != NULL)
    return capture_array(array, why);
  if (capture_is_math(r))
    return (ti_datum){.kind = TI_KIND_MODULE, .as.fields = r->fields};
  if (lua_iscfunction(r->L, -1))
    return capture_refuse(why, "calls '%.60s', which is a C function that is not in math", name, "");
  return capture_refuse(why, "captures '%.60s', a %s; kernels compute numbers and booleans only", name,
                        luaL_typename(r->L, -1));
}

/* The environment of a function, by its name; or, where that was stripped, the usual one. */
static bool capture_is_globals(const capture_reader *r, const char *name) {
  lua_State *const L = r->L;
  bool same;
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  same = lua_rawequal(L, -1, -2) != 0;
  lua_pop(L, 1);
  return lua_istable(L, -1) && (same || strcmp(name, "_ENV") == 0);
}

/* A global, or a field of a table in an upvalue. */
static ti_datum capture_field(const capture_reader *r, const bind_capture *c, const char *name, char *why) {
  lua_State *const L = r->L;
  ti_datum d;
  const bool in_math = capture_is_math(r), global = !in_math && capture_is_globals(r, name);
  if (bind_handle_to(L, -1, &bind_tag_array, sizeof(bind_array)) != NULL)
    return capture_refuse(why, "takes '%.60s' of an array; kernels have its elements and its length, a[i] and #a",
                          c->field, "");
  if (!global && !in_math)
    return capture_refuse(why, "captures '%.60s', a %s; kernels compute numbers and booleans only", name,
                          luaL_typename(L, -1));
  lua_pushstring(L, c->field);
  if (global)
    lua_gettable(L, -2);
  else
    lua_rawget(L, -2);
  d = capture_value(r, c->field, why);
  lua_pop(L, 1);
  if (in_math && (d.kind == TI_KIND_REFUSED || d.kind == TI_KIND_NIL))
    return capture_refuse(why, "uses 'math.%.60s', which kernels do not have", c->field, "");
  if (global && d.kind != TI_KIND_FUNCTION && d.kind != TI_KIND_MODULE)
    return capture_refuse(why, "uses global '%.60s'; kernels may use math, captured values and kernels", c->field, "");
  return d;
}

static ti_datum capture_one(const capture_reader *r, const bind_capture *c, char *why) {
  lua_State *const L = r->L;
  const char *const name = lua_getupvalue(L, r->function, (int)c->upvalue + 1);
  const char *const called = name == NULL || *name == '\0' || *name == '(' ? "?" : name;
  ti_datum d;
  if (name == NULL)
    return capture_refuse(why, "lacks upvalue '%.60s'", called, "");
  d = c->field == NULL ? capture_value(r, called, why) : capture_field(r, c, called, why);
  lua_pop(L, 1);
  return d;
}

/* The fields of math that the code names. */
static void capture_fields(const capture_reader *r) {
  for (unsigned k = 0; k < r->code->code.name_count; k++) {
    const char *const name = r->code->code.names[k];
    char *const why = r->why[r->code->code.capture_count + k];
    r->fields[k].kind = TI_KIND_REFUSED;
    if (lua_istable(r->L, r->math)) {
      lua_pushstring(r->L, name);
      lua_rawget(r->L, r->math);
      r->fields[k] = capture_plain(r);
      lua_pop(r->L, 1);
    }
    if (r->fields[k].kind == TI_KIND_REFUSED || r->fields[k].kind == TI_KIND_NIL)
      r->fields[k] = capture_refuse(why, "uses 'math.%.60s', which kernels do not have", name, "");
  }
}

/* The last is read; no call into Lua is between reading it and this. */
static void capture_hold(capture_box *box) {
  const ti_datum *const d = &box->values[box->held++];
  if (d->kind == TI_KIND_ARRAY)
    tine_array_retain((tine_array *)(uintptr_t)d->as.array);
}

static int capture_gc(lua_State *L) {
  capture_box *const box = lua_touserdata(L, 1);
  while (box->held > 0) {
    const ti_datum *const d = &box->values[--box->held];
    if (d->kind == TI_KIND_ARRAY)
      tine_array_release((tine_array *)(uintptr_t)d->as.array);
  }
  return 0;
}

void bind_capture_open(lua_State *L) {
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, capture_gc);
  lua_setfield(L, -2, "__gc");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &capture_key);
}

static ti_datum *capture_values(capture_reader *r, size_t captures, size_t all) {
  lua_State *const L = r->L;
  r->box = lua_newuserdatauv(L, sizeof *r->box + all * (sizeof *r->box->values + WHY), 0);
  *r->box = (capture_box){.values = (ti_datum *)(void *)(r->box + 1)};
  lua_rawgetp(L, LUA_REGISTRYINDEX, &capture_key);
  lua_setmetatable(L, -2);
  r->fields = r->box->values + captures;
  r->why = (char(*)[WHY])(r->box->values + all);
  return r->box->values;
}

const ti_datum *bind_capture_read(lua_State *L, int index, const bind_code *code) {
  const size_t captures = code->code.capture_count, all = captures + code->code.name_count;
  capture_reader r = {.L = L, .code = code, .function = lua_absindex(L, index)};
  ti_datum *list;
  luaL_checkstack(L, 8, NULL);
  list = capture_values(&r, captures, all);
  capture_math(L);
  r.math = lua_gettop(L);
  capture_fields(&r);
  for (size_t k = 0; k < captures; k++) {
    list[k] = capture_one(&r, &code->captures[k], r.why[k]);
    capture_hold(r.box);
  }
  lua_pop(L, 1);
  return list;
}
