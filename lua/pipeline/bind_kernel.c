/*
** tine.Kernel and the catalogue: kernel, kernels. A kernel is named or passed as an object, or made of a text or a Lua
** function, which the callers of bind_kernel_check have done before.
*/
#include "../function/bind_function.h"
#include "../run/bind_run.h"
#include "../state/bind_loan.h"
#include "../state/bind_name.h"
#include "../state/bind_pressure.h"

#include <string.h>

#define CATALOGUE "tine.Kernels" /* metatables of tine.kernels() and of its entries, so that they print */
#define CATALOGUE_ENTRY "tine.Kernels.Entry"

static bind_kernel *kernel_at(lua_State *L, int index) {
  bind_kernel *h = bind_handle_to(L, index, &bind_tag_kernel, sizeof *h);
  if (h != NULL && bind_place_over(&h->place))
    *h = (bind_kernel){.tag = &bind_tag_kernel};
  return h;
}

/* Argument 1, which may have been finalised. */
static bind_kernel *kernel_any(lua_State *L) {
  bind_kernel *h = kernel_at(L, 1);
  if (h == NULL)
    luaL_typeerror(L, 1, BIND_KERNEL);
  return h;
}

static tine_kernel *look_up(lua_State *L, int arg) {
  tine_error err;
  tine_kernel *kernel = tine_kernel_find(bind_state_get(L)->registry, bind_name_check(L, arg), &err);
  if (kernel == NULL)
    luaL_argerror(L, arg, err.message);
  return kernel;
}

/* By the string at 'arg'. Names never change their meaning as long as there is a registry: kernels neither leave it nor
   take another's name. So what was found once is kept in a table of the record, under the string itself. */
static tine_kernel *find_named(lua_State *L, int arg) {
  tine_kernel *kernel;
  if (bind_state_get(L)->registry == NULL)
    return look_up(L, arg);
  lua_getiuservalue(L, lua_upvalueindex(1), BIND_FOUND);
  lua_pushvalue(L, arg);
  lua_rawget(L, -2);
  kernel = lua_touserdata(L, -1);
  if (kernel == NULL) {
    kernel = look_up(L, arg);
    lua_pushvalue(L, arg);
    lua_pushlightuserdata(L, kernel);
    lua_rawset(L, -4);
  }
  lua_pop(L, 2);
  return kernel;
}

tine_kernel *bind_kernel_check(lua_State *L, int arg) {
  const bind_kernel *h;
  if (lua_type(L, arg) == LUA_TSTRING)
    return find_named(L, arg);
  h = kernel_at(L, arg);
  if (h != NULL && h->kernel != NULL)
    return h->kernel;
  luaL_typeerror(L, arg, "kernel name or tine.Kernel");
  return NULL;
}

static bind_kernel *kernel_self(lua_State *L) {
  bind_kernel *h = kernel_any(L);
  if (h->kernel == NULL)
    luaL_error(L, "attempt to use a closed kernel");
  return h;
}

static const char *const promise_names[] = {"associative", "commutative", NULL};

/* Does the table of promises at 'arg' make that one? */
static bool kernel_promised(lua_State *L, int arg, const char *name) {
  const int type = (lua_pushstring(L, name), lua_rawget(L, arg));
  const bool holds = lua_toboolean(L, -1) != 0;
  if (type != LUA_TNIL && type != LUA_TBOOLEAN)
    luaL_argerror(L, arg, lua_pushfstring(L, "option '%s' must be a boolean", name));
  lua_pop(L, 1);
  return holds;
}

static unsigned kernel_flags(lua_State *L, int arg) {
  return (kernel_promised(L, arg, "associative") ? TINE_ASSOCIATIVE : 0u) |
         (kernel_promised(L, arg, "commutative") ? TINE_COMMUTATIVE : 0u);
}

/* What the table at 3, if there is one, promises of an expression. */
static unsigned kernel_promises(lua_State *L) {
  if (lua_isnoneornil(L, 3))
    return 0;
  luaL_checktype(L, 3, LUA_TTABLE);
  bind_options_check(L, 3, promise_names);
  return kernel_flags(L, 3);
}

/* A text among the options at 'arg', which stays on the stack; NULL: there is none. */
static const char *kernel_text(lua_State *L, int arg, const char *name) {
  const int type = (lua_pushstring(L, name), lua_rawget(L, arg));
  const char *const text = type == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
  if (type != LUA_TNIL && (type != LUA_TSTRING || strlen(text) != lua_rawlen(L, -1)))
    luaL_argerror(L, arg, lua_pushfstring(L, "option '%s' must be a string without zero bytes", name));
  return text;
}

/* A function, and the table of options at 2, if there is one. */
static int kernel_of_function(lua_State *L) {
  static const char *const names[] = {"name", "help", "associative", "commutative", NULL};
  const char *name = NULL, *help = NULL;
  unsigned flags = 0;
  bind_args_limit(L, 1, 2, "kernel");
  if (!lua_isnoneornil(L, 2)) {
    luaL_checktype(L, 2, LUA_TTABLE);
    bind_options_check(L, 2, names);
    flags = kernel_flags(L, 2);
    name = kernel_text(L, 2, "name");
    help = kernel_text(L, 2, "help");
  }
  bind_function_push(L, 1, name, help, flags);
  return 1;
}

/* A name; a function and its options; or an expression, its values and what is promised of it. */
static int kernel_kernel(lua_State *L) {
  bind_kernel *h;
  luaL_checkany(L, 1); /* before the handle takes its place */
  if (lua_isfunction(L, 1))
    return kernel_of_function(L);
  if (bind_expression_is(L, 1)) {
    const unsigned promises = kernel_promises(L);
    if (!lua_isnoneornil(L, 2))
      luaL_checktype(L, 2, LUA_TTABLE);
    bind_expression_take(L, 1, promises);
    lua_settop(L, 1);
    return 1;
  }
  bind_args_limit(L, 1, 1, "kernel");
  h = bind_kernel_new(L);
  h->kernel = tine_kernel_retain(bind_kernel_check(L, 1));
  bind_keep_kernel(&h->place, h->kernel);
  return 1;
}

/* A call of a kernel with single values. */
typedef struct kernel_values {
  size_t n, outs;
  tine_value args[TINE_MAX_ARGS], out[TINE_MAX_OUTPUTS];
} kernel_values;

/* What a text or code tells takes memory for types that it has not had before. */
static tine_status kernel_run(bind_state *state, tine_kernel *kernel, kernel_values *v, tine_error *err) {
  tine_status status;
  bind_limit_enter(state);
  status = tine_kernel_call(kernel, v->args, v->n, v->out, &v->outs, err);
  bind_limit_leave(state);
  return status;
}

/* One that may never end is watched; whatever a hook does meanwhile, the kernel stays. */
static tine_status kernel_run_watched(lua_State *L, tine_kernel *kernel, kernel_values *v, tine_error *err) {
  bind_state *const state = bind_state_get(L);
  tine_status status;
  bind_watch w;
  bind_interrupt_expect(L, state);
  bind_watch_open(L, &w, state, 0, 0);
  w.loan.kernel = tine_kernel_retain(kernel);
  bind_watch_set(&w);
  status = kernel_run(state, kernel, v, err);
  bind_watch_close(&w);
  tine_kernel_release(kernel);
  if (status == TINE_ECANCELED)
    bind_watch_fail(L, &w, err);
  return status;
}

static tine_status kernel_apply(lua_State *L, const bind_kernel *h, kernel_values *v, tine_error *err) {
  bind_state *const state = bind_state_get(L);
  if (bind_loan_busy(state, NULL, h->kernel))
    bind_array_raise_busy(L);
  return h->lengthy ? kernel_run_watched(L, h->kernel, v, err) : kernel_run(state, h->kernel, v, err);
}

static int kernel_call(lua_State *L) {
  const bind_kernel *h = kernel_self(L);
  kernel_values v = {.outs = 0};
  tine_status status;
  tine_error err;
  lua_rotate(L, 1, -1); /* the kernel goes to the top: k(a, b) has two arguments */
  v.n = bind_value_constants(L, 1, lua_gettop(L) - 1, v.args);
  status = kernel_apply(L, h, &v, &err);
  if (status == TINE_ENOMEM && bind_pressure_again(L, &err))
    status = kernel_apply(L, h, &v, &err);
  if (status != TINE_OK)
    return bind_error_raise(L, &err);
  for (size_t i = 0; i < v.outs; i++)
    bind_value_push(L, v.out[i]);
  return (int)v.outs;
}

/* NULL: there is none, or no memory to find out. */
static const char *kernel_asked(lua_State *L, const bind_kernel *h, const tine_dtype *dtypes, int n, tine_error *err) {
  const char *text;
  bind_limit_enter(bind_state_get(L));
  text = tine_kernel_signature_for(h->kernel, dtypes, (size_t)n, err);
  bind_limit_leave(bind_state_get(L));
  return text;
}

/* The signature that serves the given types; without types all of them, a line each. */
static int kernel_signature(lua_State *L) {
  const bind_kernel *h = kernel_self(L);
  const int n = lua_gettop(L) - 1;
  tine_dtype dtypes[TINE_MAX_ARGS];
  const char *text;
  tine_error err;
  luaL_Buffer b;
  if (n > 0) {
    luaL_argcheck(L, n <= TINE_MAX_ARGS, TINE_MAX_ARGS + 2, "too many inputs");
    for (int i = 0; i < n; i++)
      dtypes[i] = bind_dtype_check(L, i + 2);
    text = kernel_asked(L, h, dtypes, n, &err);
    if (text == NULL && err.status == TINE_ENOMEM && bind_pressure_again(L, &err))
      text = kernel_asked(L, h, dtypes, n, &err);
    if (text == NULL && err.status == TINE_ENOMEM)
      return bind_error_raise(L, &err);
    if (text == NULL)
      return luaL_argerror(L, 2, err.message);
    lua_pushstring(L, text);
    return 1;
  }
  luaL_buffinit(L, &b);
  for (size_t i = 0; h->kernel != NULL && (text = tine_kernel_signature_at(h->kernel, i)) != NULL; i++) {
    if (i > 0)
      luaL_addchar(&b, '\n');
    luaL_addstring(&b, text);
  }
  luaL_pushresult(&b);
  return 1;
}

static int kernel_name(lua_State *L) {
  lua_pushstring(L, tine_kernel_name(kernel_self(L)->kernel));
  return 1;
}

static int kernel_mode(lua_State *L) {
  static const char *const names[] = {"fn", "fn_mut", "fn_once"};
  lua_pushstring(L, names[tine_kernel_mode(kernel_self(L)->kernel)]);
  return 1;
}

static int kernel_eq(lua_State *L) {
  const bind_kernel *a = kernel_at(L, 1), *b = kernel_at(L, 2);
  lua_pushboolean(L, a != NULL && b != NULL && a->kernel == b->kernel);
  return 1;
}

static int kernel_tostring(lua_State *L) {
  const bind_kernel *h = kernel_any(L);
  lua_pushfstring(L, "tine.Kernel %s", h->kernel != NULL ? tine_kernel_name(h->kernel) : "(closed)");
  return 1;
}

static int kernel_gc(lua_State *L) {
  bind_kernel *h = kernel_any(L);
  tine_kernel *kernel = h->kernel;
  h->kernel = NULL;
  bind_place_free(&h->place);
  tine_kernel_release(kernel);
  return 0;
}

/* Pushes {name = ..., help = ..., signatures = {...}}. The registry keeps the kernel alive. */
static void push_entry(lua_State *L, const tine_kernel *kernel) {
  const char *help = tine_kernel_help(kernel), *text;
  lua_createtable(L, 0, 3);
  lua_pushstring(L, tine_kernel_name(kernel));
  lua_setfield(L, -2, "name");
  lua_pushstring(L, help != NULL ? help : "");
  lua_setfield(L, -2, "help");
  lua_newtable(L);
  for (size_t i = 0; (text = tine_kernel_signature_at(kernel, i)) != NULL; i++) {
    lua_pushstring(L, text);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -2, "signatures");
  luaL_setmetatable(L, CATALOGUE_ENTRY);
}

static int kernel_kernels(lua_State *L) {
  const tine_kernel *kernel;
  lua_newtable(L);
  for (size_t i = 0; (kernel = tine_kernel_at(bind_state_get(L)->registry, i)) != NULL; i++) {
    push_entry(L, kernel);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  luaL_setmetatable(L, CATALOGUE);
  return 1;
}

/* "mul: product", of an entry. */
static int entry_tostring(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  lua_getfield(L, 1, "name");
  lua_pushliteral(L, ": ");
  lua_getfield(L, 1, "help");
  lua_concat(L, 3);
  return 1;
}

static int catalogue_tostring(lua_State *L) {
  luaL_Buffer b;
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_buffinit(L, &b);
  for (lua_Integer i = 1, n = luaL_len(L, 1); i <= n; i++) {
    if (i > 1)
      luaL_addchar(&b, '\n');
    lua_geti(L, 1, i);
    luaL_tolstring(L, -1, NULL);
    lua_remove(L, -2);
    luaL_addvalue(&b);
  }
  luaL_pushresult(&b);
  return 1;
}

static const bind_export kernel_methods[] = {
    {"signature", kernel_signature, BIND_ANY}, {"name", kernel_name, 0}, {"mode", kernel_mode, 0}, {NULL, NULL, 0}};

static const luaL_Reg kernel_metamethods[] = {
    {"__call", kernel_call}, {"__eq", kernel_eq}, {"__tostring", kernel_tostring}, {"__gc", kernel_gc}, {NULL, NULL}};

static const luaL_Reg catalogue_metamethods[] = {{"__tostring", catalogue_tostring}, {NULL, NULL}};
static const luaL_Reg entry_metamethods[] = {{"__tostring", entry_tostring}, {NULL, NULL}};

const bind_export bind_kernel_functions[] = {
    {"kernel", kernel_kernel, 3}, {"kernels", kernel_kernels, 0}, {NULL, NULL, 0}};

void bind_kernel_open(lua_State *L) {
  bind_metatable(L, BIND_KERNEL, kernel_metamethods);
  bind_metatable_keep(L, BIND_KERNELS);
  lua_newtable(L);
  bind_export_methods(L, kernel_methods);
  bind_name_expect(L, BIND_KERNEL);
  lua_setfield(L, -2, "__index");
  bind_metatable(L, CATALOGUE, catalogue_metamethods);
  bind_metatable(L, CATALOGUE_ENTRY, entry_metamethods);
}
