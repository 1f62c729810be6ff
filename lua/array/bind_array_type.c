/*
** tine.Array: what makes it behave as a table does where that matters, and the list of its methods.
**
** Element access is a C closure that tests the integer key first: a read is a comparison and a switch on the type.
** Out of range reads are nil (ipairs stops there) and writes raise. Keys are never coerced: a["1"] is a name. Methods
** are looked up on closed arrays too, and complain themselves; so a:close() may be called twice.
*/
#include <string.h>

#include "../state/bind_name.h"

BIND_DTYPES_ARE(11);

enum { PREVIEW_ALL = 8, PREVIEW_HEAD = 3 }; /* up to so many elements are all shown; else the first and the last */

/* Element i, or nil. A closed array has no elements, so the common case asks for nothing else. */
static inline int push_element(lua_State *L, const bind_array *h, lua_Integer i) {
  if ((lua_Unsigned)i - 1u >= (lua_Unsigned)h->len) {
    bind_array_expect(L, h);
    lua_pushnil(L);
  } else if (tine_array_lent(h->array) == BIND_WRITTEN)
    return bind_array_raise_busy(L);
  else if (h->dtype == TINE_F64)
    lua_pushnumber(L, *(const double *)(const void *)bind_array_at(h, i - 1));
  else
    bind_element_push(L, h->dtype, bind_array_at(h, i - 1));
  return 1;
}

/* Its upvalue 2 is the table of methods. */
static int array_index(lua_State *L) {
  const bind_array *h = bind_array_any(L, 1);
  if (lua_isinteger(L, 2))
    return push_element(L, h, lua_tointeger(L, 2));
  if (lua_type(L, 2) == LUA_TNUMBER) {
    int exact;
    const lua_Integer i = lua_tointegerx(L, 2, &exact);
    return push_element(L, h, exact ? i : 0);
  }
  lua_settop(L, 2);
  lua_pushvalue(L, 2);
  return lua_rawget(L, lua_upvalueindex(2)) != LUA_TNIL ? 1 : bind_name_unknown(L, 2, BIND_ARRAY);
}

static int raise_key(lua_State *L, const bind_array *h) {
  if (lua_type(L, 2) != LUA_TNUMBER)
    return luaL_error(L, "index of a tine.Array must be a number, got %s", luaL_typename(L, 2));
  return luaL_error(L, "index %s out of range [1, %I] in tine.Array", luaL_tolstring(L, 2, NULL), (LUAI_UACINT)h->len);
}

static int array_newindex(lua_State *L) {
  const bind_array *h = bind_array_any(L, 1);
  int exact = 0;
  const lua_Integer i = lua_type(L, 2) == LUA_TNUMBER ? lua_tointegerx(L, 2, &exact) : 0;
  bind_array_expect(L, h);
  if (h->readonly)
    return luaL_error(L, "array is read-only");
  if (!exact || (lua_Unsigned)i - 1u >= (lua_Unsigned)h->len)
    return raise_key(L, h);
  if (tine_array_lent(h->array) != BIND_FREE)
    return bind_array_raise_busy(L);
  if (!bind_element_store(L, 3, h->dtype, bind_array_at(h, i - 1)))
    return luaL_error(L, "%s", lua_tostring(L, -1));
  return 0;
}

static int array_len(lua_State *L) {
  lua_pushinteger(L, bind_array_check(L, 1)->len);
  return 1;
}

static int next_element(lua_State *L) {
  const bind_array *h = bind_array_check_readable(L, 1);
  const lua_Integer i = luaL_checkinteger(L, 2);
  if (i < 0 || i >= h->len)
    return 0;
  lua_pushinteger(L, i + 1);
  bind_element_push(L, h->dtype, bind_array_at(h, i));
  return 2;
}

static int array_pairs(lua_State *L) {
  bind_array_check(L, 1);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushcclosure(L, next_element, 1);
  lua_pushvalue(L, 1);
  lua_pushinteger(L, 0);
  return 3;
}

/* The text of the value on top in its place: that of a float rounded by the engine's rules, not by the thread's. */
static void add_text(lua_State *L) {
  char text[64];
  uint64_t saved;
  if (lua_type(L, -1) != LUA_TNUMBER || lua_isinteger(L, -1)) {
    luaL_tolstring(L, -1, NULL);
    lua_remove(L, -2);
    return;
  }
  saved = tine_fp_enter();
  lua_number2str(text, sizeof text, lua_tonumber(L, -1));
  tine_fp_leave(saved);
  lua_pop(L, 1);
  lua_pushfstring(L, text[strspn(text, "-0123456789")] == '\0' ? "%s.0" : "%s", text);
}

/* What a preview shows: the first elements and, where there are more than PREVIEW_ALL, the last. */
typedef struct preview {
  unsigned first;
  bool more;
  _Alignas(8) char element[PREVIEW_ALL][8];
} preview;

/* Copies them, so that no job of another state writes them meanwhile. False: one does already. */
static bool preview_take(const bind_array *h, preview *out) {
  const size_t size = tine_dtype_size(h->dtype);
  if (!tine_array_lend(h->array, false))
    return false;
  out->more = h->len > PREVIEW_ALL;
  out->first = out->more ? PREVIEW_HEAD : (unsigned)h->len;
  for (unsigned i = 0; i < out->first; i++)
    memcpy(out->element[i], bind_array_at(h, i), size);
  if (out->more)
    memcpy(out->element[PREVIEW_HEAD], bind_array_at(h, h->len - 1), size);
  tine_array_unlend(h->array, false);
  return true;
}

static int array_tostring(lua_State *L) {
  const bind_array *h = bind_array_any(L, 1);
  const tine_dtype dtype = h->dtype;
  preview shown;
  luaL_Buffer b;
  bool taken;
  if (h->array == NULL) {
    lua_pushliteral(L, "tine.Array (closed)");
    return 1;
  }
  taken = preview_take(h, &shown); /* before Lua allocates, and may run finalisers that close the array */
  lua_pushfstring(L, "tine.Array %s[%I] {", tine_dtype_name(dtype), (LUAI_UACINT)h->len);
  if (!taken) {
    lua_pushliteral(L, "a running job writes it}");
    lua_concat(L, 2);
    return 1;
  }
  luaL_buffinit(L, &b);
  for (unsigned i = 0; i < shown.first + shown.more; i++) {
    if (i > 0)
      luaL_addstring(&b, i < shown.first ? ", " : ", ..., ");
    bind_element_push(L, dtype, shown.element[i]);
    add_text(L);
    luaL_addvalue(&b);
  }
  luaL_addchar(&b, '}');
  luaL_pushresult(&b);
  lua_concat(L, 2);
  return 1;
}

/* __gc, __close and close: marks first, frees second. */
static int array_close(lua_State *L) {
  bind_array *h = bind_array_any(L, 1);
  tine_array *a = h->array;
  tine_pipeline *slice = h->slice;
  h->slice = NULL;
  bind_place_free(&h->place);
  tine_pipeline_release(slice); /* first: what else holds the array is of interest */
  bind_state_discharge(L, h);
  bind_array_forget(h);
  tine_array_release(a);
  return 0;
}

static const luaL_Reg array_metamethods[] = {{"__newindex", array_newindex},
                                             {"__len", array_len},
                                             {"__pairs", array_pairs},
                                             {"__tostring", array_tostring},
                                             {"__gc", array_close},
                                             {"__close", array_close},
                                             {NULL, NULL}};

static const bind_export array_methods[] = {{"len", array_len, 0}, {"close", array_close, 0}, {NULL, NULL, 0}};

/* The methods of arrays are those of pipelines, covered by their own. */
static void push_array_methods(lua_State *L, int methods) {
  lua_newtable(L);
  for (lua_pushnil(L); lua_next(L, methods);) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4);
  }
  bind_export_methods(L, bind_array_ops);
  bind_export_methods(L, bind_io_methods);
  bind_export_methods(L, bind_sort_array_methods);
  bind_export_methods(L, bind_share_methods);
  bind_export_methods(L, array_methods);
}

void bind_array_open(lua_State *L, int methods) {
  bind_metatable(L, BIND_ARRAY, array_metamethods);
  lua_pushnil(L);
  lua_setfield(L, -2, "__metatable"); /* tine.Array, which has to be there; an array's end is 'close', at any time */
  bind_operators(L);
  bind_functions(L, bind_share_metamethods);
  bind_metatable_keep(L, BIND_ARRAYS);
  bind_push_record(L);
  push_array_methods(L, methods);
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, -3, BIND_ARRAY_METHODS);
  lua_pushcclosure(L, array_index, 2);
  lua_setfield(L, -2, "__index");
}
