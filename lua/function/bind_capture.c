/*
** Captured values, read. Functions and tables are known by what they are, not by what they are called: a local alias
** of math.sqrt is math.sqrt, and a function that was put into its place is not. What they are was noted when the
** module was opened. The table of math is read raw; a global is what Lua would find, in environments that look
** elsewhere, too.
**
** First all Lua functions are found that are reached over upvalues, and made code; then all values are read into one
** list. In between scripts may run, in finalisers and in environments that look elsewhere: a function that is new then
** is refused.
*/
#include "bind_capture.h"

#include <stdio.h>
#include <string.h>

enum { WHY = 360 };

/* What is read: first of what is pushed. Its user value keeps the code of functions. */
typedef struct capture_box {
  size_t held; /* so many of its values are read; arrays and kernels among them it holds */
  ti_datum *values;
  ti_module module; /* math */
} capture_box;

/* A Lua function that was found: its code, and where its captured values begin; or why it has none. */
typedef struct capture_found {
  const bind_code *code;
  const tine_kernel *kernel;
  const char *why;
  unsigned first;
} capture_found;

typedef struct capture_reader {
  lua_State *L;
  const bind_known *known;
  bind_reader *reader;
  int found_at, math; /* on the stack: functions by their numbers, numbers by functions; the table of math, or nil */
  unsigned count;
  capture_found found[BIND_CAPTURE_FUNCTIONS];
  capture_box *box;
  ti_datum *fields;
  const char **names;
  ti_code_closure *closures; /* one for each that was found */
  char (*why)[WHY];          /* one for each value, and then for each field */
} capture_reader;

/* ===== Single values ===== */

/* Which function of math the value on top is; TI_FUNCTION_END: none that kernels have. */
static ti_function capture_function(const capture_reader *r) {
  const lua_CFunction f = lua_tocfunction(r->L, -1);
  if (f == NULL)
    return TI_FUNCTION_END;
  if (lua_getupvalue(r->L, -1, 1) != NULL) {
    lua_pop(r->L, 1);
    return TI_FUNCTION_END;
  }
  for (unsigned k = 0; k < TI_FUNCTION_END; k++)
    if (r->known->functions[k] == f)
      return (ti_function)k;
  return TI_FUNCTION_END;
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
    d.as.function = (unsigned)function;
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
    return capture_refuse(why, "attempt to use a closed array%s%s", "", "");
  if (tine_array_lent(h->array) == BIND_WRITTEN)
    return capture_refuse(why, "%s%s", tine_status_text(TINE_EBUSY), "");
  return (ti_datum){.kind = TI_KIND_ARRAY, .as.array = h->array};
}

/* For each array of a kernel: does a run write an array that it takes elements of? */
static void capture_busy(void *busy, tine_array *a) {
  *(bool *)busy = *(bool *)busy || tine_array_lent(a) == BIND_WRITTEN;
}

static ti_datum capture_kernel(const bind_kernel *h, char *why) {
  bool busy = false;
  if (h->kernel == NULL || bind_place_over(&h->place))
    return capture_refuse(why, "attempt to use a closed kernel%s%s", "", "");
  tine_kernel_arrays(h->kernel, capture_busy, &busy);
  if (busy)
    return capture_refuse(why, "%s%s", tine_status_text(TINE_EBUSY), "");
  return (ti_datum){.kind = TI_KIND_KERNEL, .as.kernel = h->kernel};
}

/* The number of the Lua function on top; -1: it was not found before. */
static int capture_number(const capture_reader *r) {
  lua_State *const L = r->L;
  int number = -1;
  lua_pushvalue(L, -1);
  if (lua_rawget(L, r->found_at) == LUA_TNUMBER)
    number = (int)lua_tointeger(L, -1);
  lua_pop(L, 1);
  return number;
}

static ti_datum capture_closure(const capture_reader *r, const char *name, char *why) {
  const int number = capture_number(r);
  if (number < 0)
    return capture_refuse(why, "captures '%.60s'%s", name,
                          r->count == BIND_CAPTURE_FUNCTIONS ? ", and too many functions besides: there may be 200"
                                                             : ", which is a new function each time");
  if (r->found[number].code == NULL)
    return capture_refuse(why, "'%.40s' is no kernel: %s", name, r->found[number].why);
  return (ti_datum){.kind = TI_KIND_CLOSURE, .as.closure = &r->closures[number]};
}

/* The table of math itself. */
static bool capture_is_math(const capture_reader *r) {
  return lua_istable(r->L, -1) && lua_rawequal(r->L, -1, r->math);
}

static bool capture_is_lua(lua_State *L) {
  return lua_isfunction(L, -1) && !lua_iscfunction(L, -1);
}

static ti_datum capture_value(const capture_reader *r, const char *name, char *why) {
  const bind_array *const array = bind_handle_to(r->L, -1, &bind_tag_array, sizeof *array);
  const bind_kernel *const kernel = bind_handle_to(r->L, -1, &bind_tag_kernel, sizeof *kernel);
  const ti_datum d = capture_plain(r);
  if (d.kind != TI_KIND_REFUSED)
    return d;
  if (array != NULL)
    return capture_array(array, why);
  if (kernel != NULL)
    return capture_kernel(kernel, why);
  if (capture_is_math(r))
    return (ti_datum){.kind = TI_KIND_MODULE, .as.module = &r->box->module};
  if (capture_is_lua(r->L))
    return capture_closure(r, name, why);
  if (lua_iscfunction(r->L, -1))
    return capture_refuse(why, "calls '%.60s', which is a C function that is not in math%s", name, "");
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
    return capture_refuse(why, "takes '%.60s' of an array; kernels have its elements and its length, a[i] and #a%s",
                          c->field, "");
  if (!global && !in_math)
    return capture_refuse(why, "captures '%.60s', a %s; kernels compute numbers and booleans only", name,
                          luaL_typename(L, -1));
  lua_pushstring(L, c->field);
  if (global)
    lua_gettable(L, -2);
  else
    lua_rawget(L, -2);
  d = global && capture_is_math(r) ? (ti_datum){.kind = TI_KIND_MODULE, .as.module = &r->box->module}
                                   : capture_plain(r);
  lua_pop(L, 1);
  if (in_math && (d.kind == TI_KIND_REFUSED || d.kind == TI_KIND_NIL))
    return capture_refuse(why, "uses 'math.%.60s', which kernels do not have%s", c->field, "");
  if (global && d.kind != TI_KIND_FUNCTION && d.kind != TI_KIND_MODULE)
    return capture_refuse(why, "uses global '%.60s'; kernels may use math, captured values and kernels%s", c->field,
                          "");
  return d;
}

static ti_datum capture_one(const capture_reader *r, int function, const bind_capture *c, char *why) {
  lua_State *const L = r->L;
  const char *const name = lua_getupvalue(L, function, (int)c->upvalue + 1);
  const char *const called = name == NULL || *name == '\0' || *name == '(' ? "?" : name;
  ti_datum d;
  if (name == NULL)
    return capture_refuse(why, "lacks upvalue '%.60s'%s", called, "");
  d = c->field == NULL ? capture_value(r, called, why) : capture_field(r, c, called, why);
  lua_pop(L, 1);
  return d;
}

/* ===== Functions ===== */

/* Makes code of the Lua function on top, and gives it a number. What that takes is kept in user value 'kept'. */
static void capture_find(capture_reader *r) {
  lua_State *const L = r->L;
  const int function = lua_gettop(L);
  capture_found *const found = &r->found[r->count];
  bind_read read = {NULL, NULL};
  bind_refusal why;
  lua_Debug ar;
  const bool good = r->reader(L, function, &read, &why); /* pushes what keeps it */
  *found = (capture_found){.code = read.code, .kernel = read.kernel};
  if (!good) {
    lua_pushvalue(L, function);
    lua_getinfo(L, ">S", &ar);
    lua_pushfstring(L, "%s:%d: %s", ar.short_src, (int)why.line, why.text);
    lua_replace(L, -2);
    found->why = lua_tostring(L, -1);
  }
  lua_pushvalue(L, function);
  lua_pushinteger(L, (lua_Integer)r->count);
  lua_rawset(L, r->found_at);
  lua_pushvalue(L, function);
  lua_rawseti(L, r->found_at, (lua_Integer)r->count);
  lua_rawseti(L, r->found_at, -1 - (lua_Integer)r->count++);
}

/* All that are reached from one. */
static void capture_find_from(capture_reader *r, unsigned number) {
  lua_State *const L = r->L;
  const bind_code *const code = r->found[number].code;
  lua_rawgeti(L, r->found_at, (lua_Integer)number);
  for (unsigned k = 0; code != NULL && k < code->code.capture_count; k++) {
    if (code->captures[k].field != NULL || lua_getupvalue(L, -1, (int)code->captures[k].upvalue + 1) == NULL)
      continue;
    if (capture_is_lua(L) && r->count < BIND_CAPTURE_FUNCTIONS && capture_number(r) < 0)
      capture_find(r);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* The function at 'index' has number 0, and was read already. Pushes a table of them. */
static void capture_find_all(capture_reader *r, int index, bind_read function) {
  lua_State *const L = r->L;
  lua_newtable(L);
  r->found_at = lua_gettop(L);
  r->found[0] = (capture_found){.code = function.code, .kernel = function.kernel};
  r->count = 1;
  lua_pushvalue(L, index);
  lua_pushinteger(L, 0);
  lua_rawset(L, r->found_at);
  lua_pushvalue(L, index);
  lua_rawseti(L, r->found_at, 0);
  for (unsigned k = 0; k < r->count; k++)
    capture_find_from(r, k);
}

/* ===== All of it ===== */

/* The last is read; no call into Lua that may raise is between reading it and this. */
static void capture_hold(capture_box *box) {
  const ti_datum *const d = &box->values[box->held++];
  if (d->kind == TI_KIND_ARRAY)
    tine_array_retain((tine_array *)(uintptr_t)d->as.array);
  if (d->kind == TI_KIND_KERNEL)
    tine_kernel_retain(d->as.kernel);
}

static int capture_gc(lua_State *L) {
  capture_box *const box = lua_touserdata(L, 1);
  while (box->held > 0) {
    const ti_datum *const d = &box->values[--box->held];
    if (d->kind == TI_KIND_ARRAY)
      tine_array_release((tine_array *)(uintptr_t)d->as.array);
    if (d->kind == TI_KIND_KERNEL)
      tine_kernel_release(d->as.kernel);
  }
  return 0;
}

/* Pushes it, with room for all; gives how many values there will be. */
static size_t capture_rooms(capture_reader *r) {
  lua_State *const L = r->L;
  size_t values = 0, fields = 0, at;
  char *room;
  for (unsigned k = 0; k < r->count; k++) {
    const bind_code *const code = r->found[k].code;
    r->found[k].first = (unsigned)values;
    values += code != NULL ? code->code.capture_count : 0;
    fields += code != NULL ? code->code.name_count : 0;
  }
  at = sizeof *r->box + (values + fields) * sizeof(ti_datum);
  room =
      lua_newuserdatauv(L, at + r->count * sizeof *r->closures + fields * sizeof(char *) + (values + fields) * WHY, 1);
  r->box = (capture_box *)(void *)room;
  *r->box = (capture_box){.values = (ti_datum *)(void *)(r->box + 1)};
  bind_known_push_metatable(L);
  lua_setmetatable(L, -2);
  lua_pushvalue(L, r->found_at);
  lua_setiuservalue(L, -2, 1);
  r->fields = r->box->values + values;
  r->closures = (ti_code_closure *)(void *)(room + at);
  r->names = (const char **)(void *)(r->closures + r->count);
  r->why = (char(*)[WHY])(r->names + fields);
  return values;
}

/* The fields of math that any of the codes names. */
static void capture_fields(capture_reader *r, size_t values) {
  lua_State *const L = r->L;
  unsigned n = 0;
  for (unsigned k = 0; k < r->count; k++) {
    const ti_code *const code = r->found[k].code != NULL ? &r->found[k].code->code : NULL;
    for (unsigned name = 0; code != NULL && name < code->name_count; name++, n++) {
      r->names[n] = code->names[name];
      r->fields[n].kind = TI_KIND_REFUSED;
      if (lua_istable(L, r->math)) {
        lua_pushstring(L, r->names[n]);
        lua_rawget(L, r->math);
        r->fields[n] = capture_plain(r);
        lua_pop(L, 1);
      }
      if (r->fields[n].kind == TI_KIND_REFUSED || r->fields[n].kind == TI_KIND_NIL)
        r->fields[n] =
            capture_refuse(r->why[values + n], "uses 'math.%.60s', which kernels do not have%s", r->names[n], "");
    }
  }
  r->box->module = (ti_module){n, r->names, r->fields};
}

static void capture_all(capture_reader *r) {
  lua_State *const L = r->L;
  for (unsigned f = 0; f < r->count; f++) {
    const bind_code *const code = r->found[f].code;
    if (code == NULL)
      continue;
    r->closures[f] = (ti_code_closure){r->found[f].kernel, r->found[f].first, &code->code};
    lua_rawgeti(L, r->found_at, (lua_Integer)f);
    for (unsigned k = 0; k < code->code.capture_count; k++) {
      const size_t at = r->found[f].first + k;
      r->box->values[at] = capture_one(r, lua_gettop(L), &code->captures[k], r->why[at]);
      capture_hold(r->box);
    }
    lua_pop(L, 1);
  }
}

const ti_datum *bind_capture_read(lua_State *L, int index, bind_read function, bind_reader *reader, size_t *count) {
  capture_reader r = {.L = L, .reader = reader};
  const int top = lua_gettop(L);
  index = lua_absindex(L, index);
  luaL_checkstack(L, 20, NULL);
  r.known = bind_known_of(L);
  bind_known_push_math(L);
  r.math = lua_gettop(L);
  capture_find_all(&r, index, function);
  *count = capture_rooms(&r);
  capture_fields(&r, *count);
  capture_all(&r);
  lua_replace(L, top + 1);
  lua_settop(L, top + 1);
  return r.box->values;
}

void bind_capture_open(lua_State *L) {
  bind_known_open(L, capture_gc);
}
