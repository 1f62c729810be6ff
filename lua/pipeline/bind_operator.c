/*
** Operators on arrays and pipelines: each builds a pipeline of one kernel. Two pipelines are zipped, and their lengths
** must match: a silent shortest-wins is no arithmetic. A number or boolean on either side is a constant.
**
** Comparisons cannot: Lua makes true or false of whatever they give. So they raise, and say what to write. (Equality of
** different types is false without a question, so == tells whether both are the same handle.)
*/
#include "../state/bind.h"

/* The columns of a pipeline after one constant: 10 - xs. All of them are passed, so that a pipeline of
   several columns is refused by the kernel and not cut down to its first. */
static tine_pipeline *constant_first(tine_pipeline *base, tine_kernel *kernel, tine_value constant) {
  int columns[TINE_MAX_COLUMNS + 1];
  tine_value constants[TINE_MAX_COLUMNS + 1];
  const unsigned n = tine_pipeline_columns(base);
  for (unsigned k = 0; k <= n; k++) {
    columns[k] = (int)k - 1;
    constants[k] = constant;
  }
  return tine_map_args(base, kernel, columns, constants, n + 1);
}

/* They are built in, and no host can take their names. */
static tine_kernel *find_kernel(lua_State *L, const char *name) {
  tine_error err;
  tine_kernel *kernel = tine_kernel_find(NULL, name, &err);
  if (kernel == NULL)
    bind_error_raise(L, &err);
  return kernel;
}

/* Operand 'arg' as a source, or else as the constant; its index is 0 then. Does it carry anything? */
static bool check_operand(lua_State *L, int arg, bind_source *src, tine_value *v, const char *what) {
  if (bind_source_is(L, arg, src)) {
    bind_source_expect(L, src);
    return bind_source_carries(src);
  }
  if (!bind_value_to(L, arg, v))
    luaL_error(L, "attempt to perform %s on a %s value", what, luaL_typename(L, arg));
  src->index = 0;
  return false;
}

/* Once there is a handle for the result. */
static void inherit_operand(lua_State *L, const bind_stage *s, const bind_source *src) {
  if (src->index == 0)
    return;
  bind_source_again(L, src);
  bind_stage_inherit(L, s, src);
}

static int binary(lua_State *L, const char *name, const char *what) {
  tine_kernel *kernel = find_kernel(L, name);
  tine_value v = {TINE_NONE, {false}};
  bind_source left, right;
  tine_pipeline *p;
  bind_stage s;
  bool carries = check_operand(L, 1, &left, &v, what);
  carries = check_operand(L, 2, &right, &v, what) || carries;
  if (left.index == 0 && right.index == 0)
    return luaL_typeerror(L, 1, BIND_PIPELINE); /* a script called the metamethod itself */
  bind_stage_open(L, &s, carries);
  inherit_operand(L, &s, &left);
  inherit_operand(L, &s, &right);
  if (left.index == 0 || right.index == 0)
    bind_source_beside(left.index != 0 ? &left : &right, NULL, 0, &v, 1);
  if (left.index != 0 && right.index != 0) {
    p = tine_zip_eq(bind_source_take(&left), bind_source_take(&right));
    tine_pipeline_where(p, s.where);
    p = tine_map(p, kernel, NULL, 0);
  } else if (left.index != 0)
    p = tine_map(bind_source_take(&left), kernel, &v, 1);
  else
    p = constant_first(bind_source_take(&right), kernel, v);
  return bind_stage_close(L, &s, p, 0);
}

static int unary(lua_State *L, const char *name) {
  tine_kernel *kernel = find_kernel(L, name);
  bind_stage s;
  bind_source base;
  bind_stage_adapt(L, &s, &base);
  return bind_stage_close(L, &s, tine_map(bind_source_take(&base), kernel, NULL, 0), 0);
}

/* clang-format off */
#define BINARY_LIST(X)                                          \
  X(add, "arithmetic") X(sub, "arithmetic") X(mul, "arithmetic") \
  X(div, "arithmetic") X(idiv, "arithmetic") X(mod, "arithmetic") \
  X(pow, "arithmetic") X(band, "bitwise operation")              \
  X(bor, "bitwise operation") X(bxor, "bitwise operation")       \
  X(shl, "bitwise operation") X(shr, "bitwise operation")
/* clang-format on */

/* Kernels have the names of Lua's events; the two unary ones do not. */
#define BINARY(name, what)                   \
  static int operator_##name(lua_State *L) { \
    return binary(L, #name, what);           \
  }
BINARY_LIST(BINARY)
#undef BINARY

static int operator_unm(lua_State *L) {
  return unary(L, "neg");
}

static int operator_bnot(lua_State *L) {
  return unary(L, "bnot");
}

/* What an operand is called where there is no name. */
static const char *operand(const bind_source *src, const char *array, const char *pipeline) {
  return src->array != NULL ? array : pipeline;
}

static int compare(lua_State *L, const char *kernel, const char *mirrored) {
  bind_source left, right;
  const bool first = bind_source_is(L, 1, &left), second = bind_source_is(L, 2, &right);
  const int constant = first ? 2 : 1;
  if (first && second)
    return luaL_error(L, "a comparison is true or false in Lua, and no pipeline; write %s:zip_eq(%s):map(\"%s\")",
                      operand(&left, "xs", "p"), operand(&right, "ys", "q"), kernel);
  if (lua_type(L, constant) != LUA_TNUMBER)
    return luaL_error(L, "attempt to compare %s with %s",
                      first ? operand(&left, BIND_ARRAY, BIND_PIPELINE) : luaL_typename(L, 1),
                      second ? operand(&right, BIND_ARRAY, BIND_PIPELINE) : luaL_typename(L, 2));
  return luaL_error(L, "a comparison is true or false in Lua, and no pipeline; write %s:map(\"%s\", %s)",
                    operand(first ? &left : &right, "xs", "p"), first ? kernel : mirrored,
                    luaL_tolstring(L, constant, NULL));
}

/* Lua turns > and >= round. */
static int operator_lt(lua_State *L) {
  return compare(L, "lt", "gt");
}

static int operator_le(lua_State *L) {
  return compare(L, "le", "ge");
}

#define ENTRY(name, what) {"__" #name, operator_##name},
const luaL_Reg bind_operator_functions[] = {BINARY_LIST(ENTRY){"__unm", operator_unm},
                                            {"__bnot", operator_bnot},
                                            {"__lt", operator_lt},
                                            {"__le", operator_le},
                                            {NULL, NULL}};
#undef ENTRY
