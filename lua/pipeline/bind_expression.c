/*
** Expressions: a string where a kernel is expected that is no name, "a*x^2 + b", and behind it, perhaps, a table of its
** values. What it tells takes its place on the stack, a tine.Kernel, so that nothing has to remember it. So does what
** is made of a Lua function, ../function.
*/
#include "../function/bind_function.h"
#include "../state/bind.h"
#include "../state/bind_pressure.h"

#include <string.h>

/* In any locale, and without strspn's table of letters, which takes longer than all the rest of map("mul"). */
static bool expression_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* [A-Za-z_][A-Za-z0-9_.]*: the name of a kernel, be there one or not. */
static bool expression_names_kernel(const char *s) {
  if (!expression_letter(*s))
    return false;
  while (expression_letter(*s) || (*s >= '0' && *s <= '9') || *s == '.')
    s++;
  return *s == '\0';
}

/* x y z w, c1 c2 ...: an input, if no kernel has the name. */
static bool expression_names_input(lua_State *L, const char *s) {
  const bool letter = s[0] != '\0' && strchr("xyzw", s[0]) != NULL && s[1] == '\0';
  const bool number = s[0] == 'c' && s[1] != '\0' && s[1 + strspn(s + 1, "0123456789")] == '\0';
  return (letter || number) && tine_kernel_find(bind_state_get(L)->registry, s, NULL) == NULL;
}

bool bind_expression_is(lua_State *L, int arg) {
  size_t n;
  if (lua_isfunction(L, arg))
    return true;
  const char *const s = lua_type(L, arg) == LUA_TSTRING ? lua_tolstring(L, arg, &n) : NULL;
  return s != NULL && n > 0 && strlen(s) == n && (!expression_names_kernel(s) || expression_names_input(L, s));
}

/* The pairs of the table at 'table', whose value is on top and key below it: one named value. */
static tine_named_value named_value(lua_State *L, int table) {
  tine_named_value v = {.array = NULL};
  bind_source src;
  if (lua_type(L, -2) != LUA_TSTRING)
    luaL_argerror(L, table, "values have names, as in {a = 2}");
  v.name = lua_tostring(L, -2);
  if (strlen(v.name) != lua_rawlen(L, -2))
    luaL_argerror(L, table, "a value's name contains a zero byte");
  if (bind_value_to(L, -1, &v.value))
    return v;
  if (!bind_source_is(L, -1, &src) || src.array == NULL)
    luaL_argerror(L, table,
                  lua_pushfstring(L, "value '%s' is a %s; it may be a number, a boolean or an array", v.name,
                                  luaL_typename(L, -1)));
  bind_array_expect(L, src.array);
  v.array = src.array->array;
  return v;
}

/* All of them, in memory on top of the stack; names and arrays belong to the table. */
static const tine_named_value *named_values(lua_State *L, int table, size_t *n) {
  tine_named_value *list;
  size_t count = 0;
  for (lua_pushnil(L); lua_next(L, table) != 0; lua_pop(L, 1))
    count++;
  list = lua_newuserdatauv(L, (count + 1) * sizeof *list, 0);
  *n = 0;
  for (lua_pushnil(L); lua_next(L, table) != 0; lua_pop(L, 1))
    if (*n < count)
      list[(*n)++] = named_value(L, table);
  return list;
}

bind_kernel *bind_kernel_new(lua_State *L) {
  bind_kernel *const h = bind_handle_new(L, sizeof *h, 0, BIND_KERNELS);
  *h = (bind_kernel){.tag = &bind_tag_kernel};
  bind_place_take(L, bind_state_get(L), &h->place);
  return h;
}

enum { LONG_TEXT = 256 }; /* of an expression that takes longer than any kernel */

/* What a text of that length takes, some 30 bytes a character: the collector is told, for which a kernel is a few
   words. */
enum { CHARACTER_BYTES = 64 };

static tine_status parse(lua_State *L, int arg, bool values, unsigned flags, tine_kernel **out, tine_error *err) {
  bind_state *const state = bind_state_get(L);
  const tine_named_value *list = NULL;
  const int top = lua_gettop(L);
  size_t n = 0;
  tine_status status;
  if (values)
    list = named_values(L, arg + 1, &n);
  bind_limit_enter(state);
  status = tine_kernel_parse(out, state->registry, lua_tostring(L, arg), list, n, flags, err);
  bind_limit_leave(state);
  lua_settop(L, top);
  return status;
}

/* The kernel of the text at 'arg', with the values of the table behind it, if there are any: a new handle on top. */
static void expression_new(lua_State *L, int arg, bool values, unsigned flags) {
  bind_kernel *const h = bind_kernel_new(L);
  tine_error err;
  tine_status status = parse(L, arg, values, flags, &h->kernel, &err);
  if (status == TINE_ENOMEM && bind_pressure_again(L, &err))
    status = parse(L, arg, values, flags, &h->kernel, &err);
  if (status == TINE_ENOMEM)
    bind_error_raise(L, &err);
  if (status != TINE_OK)
    luaL_argerror(L, arg, err.message);
  bind_keep_kernel(&h->place, h->kernel);
  h->lengthy = lua_rawlen(L, arg) > LONG_TEXT;
  bind_state_pressure(L, (uint64_t)lua_rawlen(L, arg) * CHARACTER_BYTES);
}

/* Constants may stand behind a function, but no values. */
static bool function_take(lua_State *L, int arg, unsigned flags) {
  bind_function_push(L, arg, NULL, NULL, flags);
  lua_replace(L, arg);
  return false;
}

bool bind_expression_take(lua_State *L, int arg, unsigned flags) {
  const int behind = lua_type(L, arg + 1);
  if (lua_isfunction(L, arg))
    return function_take(L, arg, flags);
  if (!bind_expression_is(L, arg))
    return false;
  luaL_checkstack(L, 6, "too many arguments");
  expression_new(L, arg, behind == LUA_TTABLE, flags);
  lua_replace(L, arg);
  return behind == LUA_TTABLE || behind == LUA_TNIL;
}

/* Nobody but the stages built of it sees the kernel, so a text without values that comes again tells the same one:
   names never change their meaning (find_named). The record has a table of them, by text, whose values are weak: what
   no pipeline holds goes when Lua next collects. */
bool bind_expression_use(lua_State *L, int arg) {
  const int behind = lua_type(L, arg + 1);
  const bind_kernel *h;
  if (lua_isfunction(L, arg))
    return function_take(L, arg, 0);
  if (!bind_expression_is(L, arg))
    return false;
  if (behind == LUA_TTABLE || bind_state_get(L)->registry == NULL)
    return bind_expression_take(L, arg, 0);
  luaL_checkstack(L, 6, "too many arguments");
  lua_getiuservalue(L, lua_upvalueindex(1), BIND_TOLD);
  lua_pushvalue(L, arg);
  lua_rawget(L, -2);
  h = bind_handle_to(L, -1, &bind_tag_kernel, sizeof *h);
  if (h == NULL || h->kernel == NULL) {
    lua_pop(L, 1);
    expression_new(L, arg, false, 0);
    lua_pushvalue(L, arg);
    lua_pushvalue(L, -2);
    lua_rawset(L, -4);
  }
  lua_replace(L, arg);
  lua_pop(L, 1);
  return behind == LUA_TNIL;
}
