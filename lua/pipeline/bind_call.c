/*
** A kernel applied to a pipeline, as arguments of a call - [columns,] kernel, constants... - and the adaptors that do
** nothing else: map, extend, filter and its relatives. The inputs are all columns, or those of the list, and then the
** constants.
*/
#include "../state/bind.h"

#include <string.h>

unsigned bind_column_check(lua_State *L, int index, int arg, unsigned width) {
  int exact = 0;
  const lua_Integer c = lua_type(L, index) == LUA_TNUMBER ? lua_tointegerx(L, index, &exact) : 0;
  if (!exact)
    luaL_argerror(L, arg, "columns are integers");
  if (c < 1 || c > (lua_Integer)width)
    luaL_argerror(L, arg, lua_pushfstring(L, "column %I is out of range [1, %d]", (LUAI_UACINT)c, (int)width));
  return (unsigned)(c - 1);
}

void bind_call_check(lua_State *L, int arg, int last, bind_call *call) {
  if (arg > last)
    lua_settop(L, last); /* the message is to be "got no value", whatever lies there */
  call->arg = arg;
  call->spelt = false;
  call->n = bind_value_constants(L, arg + 1, last, call->constants);
  call->kernel = bind_kernel_check(L, arg);
}

/* The list of columns at 'arg'; as inputs of the call, in front of the constants. */
static size_t check_columns(lua_State *L, int arg, unsigned width, int *columns) {
  const lua_Unsigned n = lua_rawlen(L, arg);
  luaL_argcheck(L, n > 0, arg, "list of columns is empty");
  luaL_argcheck(L, n <= TINE_MAX_ARGS, arg, "too many columns");
  for (lua_Unsigned k = 0; k < n; k++) {
    lua_rawgeti(L, arg, (lua_Integer)k + 1);
    columns[k] = (int)bind_column_check(L, -1, arg, width);
    lua_pop(L, 1);
  }
  return (size_t)n;
}

void bind_call_check_columns(lua_State *L, int arg, int last, const bind_source *src, bind_call *call) {
  tine_value constants[TINE_MAX_ARGS];
  size_t n;
  if (arg > last || !lua_istable(L, arg)) {
    bind_call_check(L, arg, last, call);
    bind_source_beside(src, NULL, 0, call->constants, call->n);
    return;
  }
  n = check_columns(L, arg, bind_source_columns(src), call->columns);
  bind_call_check(L, arg + 1, last, call);
  luaL_argcheck(L, n + call->n <= TINE_MAX_ARGS, last, "too many constants");
  bind_source_beside(src, call->columns, n, call->constants, call->n);
  memcpy(constants, call->constants, call->n * sizeof *constants);
  memcpy(call->constants + n, constants, call->n * sizeof *constants);
  for (size_t k = n; k < n + call->n; k++)
    call->columns[k] = -1;
  call->n += n;
  call->spelt = true;
}

/* An adaptor whose kernel sees all columns. */
typedef tine_pipeline *apply_all(tine_pipeline *, tine_kernel *, const tine_value *, size_t);
/* One whose inputs are spelt out. */
typedef tine_pipeline *apply_args(tine_pipeline *, tine_kernel *, const int *, const tine_value *, size_t);

/* A run of a kernel that may take long is to be watched, however few its items are. */
static void expect_long(lua_State *L, bind_stage *s, int arg) {
  if (bind_kernel_lengthy(L, arg))
    s->out->work = UINT64_MAX;
}

/* If the kernel of an adaptor is an expression, or a function, it is read first, and its values go. Returns the last
   argument. */
static int take_expression(lua_State *L, bool columns) {
  const int arg = columns && lua_istable(L, 2) ? 3 : 2;
  bind_source src;
  if (bind_expression_is(L, arg)) {
    bind_source_check(L, 1, &src);
    if (bind_expression_use(L, arg))
      lua_remove(L, arg + 1);
  }
  return lua_gettop(L);
}

static int apply(lua_State *L, apply_all *all) {
  const int last = take_expression(L, false);
  bind_call call;
  bind_stage s;
  bind_source base;
  bind_stage_adapt(L, &s, &base);
  bind_call_check(L, 2, last, &call);
  bind_source_beside(&base, NULL, 0, call.constants, call.n);
  expect_long(L, &s, call.arg);
  return bind_stage_close(L, &s, all(bind_source_take(&base), call.kernel, call.constants, call.n), call.arg);
}

static int apply_columns(lua_State *L, apply_all *all, apply_args *args) {
  const int last = take_expression(L, true);
  bind_call call;
  bind_stage s;
  bind_source base;
  tine_pipeline *p;
  bind_stage_adapt(L, &s, &base);
  bind_call_check_columns(L, 2, last, &base, &call);
  expect_long(L, &s, call.arg);
  p = bind_source_take(&base);
  p = call.spelt ? args(p, call.kernel, call.columns, call.constants, call.n)
                 : all(p, call.kernel, call.constants, call.n);
  return bind_stage_close(L, &s, p, call.arg);
}

static int call_map(lua_State *L) {
  return apply(L, tine_map);
}

static int call_extend(lua_State *L) {
  return apply_columns(L, tine_extend, tine_extend_args);
}

/* Without a predicate the last column is it; a mask has no constants. */
static int call_filter(lua_State *L) {
  bind_source mask;
  if (lua_gettop(L) == 1)
    return bind_stage_plain(L, tine_filter_mask);
  if (!bind_source_is(L, 2, &mask))
    return apply_columns(L, tine_filter, tine_filter_args);
  bind_args_limit(L, 2, 1, "filter by a mask");
  return bind_stage_combine(L, tine_filter_by, 2);
}

static int call_filter_map(lua_State *L) {
  return apply(L, tine_filter_map);
}

static int call_flat_map(lua_State *L) {
  apply(L, tine_flat_map);
  ((bind_pipeline *)lua_touserdata(L, -1))->work = UINT64_MAX; /* an item may become any number of them */
  return 1;
}

static int call_positions(lua_State *L) {
  return apply(L, tine_positions);
}

static int call_take_while(lua_State *L) {
  return apply_columns(L, tine_take_while, tine_take_while_args);
}

static int call_skip_while(lua_State *L) {
  return apply_columns(L, tine_skip_while, tine_skip_while_args);
}

const bind_export bind_call_methods[] = {{"map", call_map, BIND_ANY},
                                         {"extend", call_extend, BIND_ANY},
                                         {"filter", call_filter, BIND_ANY},
                                         {"filter_map", call_filter_map, BIND_ANY},
                                         {"flat_map", call_flat_map, BIND_ANY},
                                         {"positions", call_positions, BIND_ANY},
                                         {"take_while", call_take_while, BIND_ANY},
                                         {"skip_while", call_skip_while, BIND_ANY},
                                         {NULL, NULL, 0}};
