/*
** Operators on arrays and pipelines: each builds a pipeline of one kernel. Two pipelines are zipped, and their lengths
** must match: a silent shortest-wins is no arithmetic. A number or boolean on either side is a constant.
**
** Comparisons cannot: Lua makes true or false of whatever they give. So they raise, and say what to write. (Equality of
** different types is false without a question, so == tells whether both are the same handle.)
*/
#include "../state/bind.h"

#include <stdatomic.h>

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

static tine_kernel *own_kernel(lua_State *L);

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

static int binary(lua_State *L, const char *what) {
  tine_kernel *const kernel = own_kernel(L);
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

static int operator_unary(lua_State *L) {
  tine_kernel *const kernel = own_kernel(L);
  bind_stage s;
  bind_source base;
  bind_stage_adapt(L, &s, &base);
  return bind_stage_close(L, &s, tine_map(bind_source_take(&base), kernel, NULL, 0), 0);
}

static int operator_arithmetic(lua_State *L) {
  return binary(L, "arithmetic");
}

static int operator_bits(lua_State *L) {
  return binary(L, "bitwise operation");
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

static const luaL_Reg comparisons[] = {{"__lt", operator_lt}, {"__le", operator_le}, {NULL, NULL}};

typedef struct operator_entry {
  const char *event, *kernel;
  lua_CFunction fn;
} operator_entry;

static const operator_entry operators[] = {
    {"__add", "add", operator_arithmetic},   {"__sub", "sub", operator_arithmetic},
    {"__mul", "mul", operator_arithmetic},   {"__div", "div", operator_arithmetic},
    {"__idiv", "idiv", operator_arithmetic}, {"__mod", "mod", operator_arithmetic},
    {"__pow", "pow", operator_arithmetic},   {"__band", "band", operator_bits},
    {"__bor", "bor", operator_bits},         {"__bxor", "bxor", operator_bits},
    {"__shl", "shl", operator_bits},         {"__shr", "shr", operator_bits},
    {"__unm", "neg", operator_unary},        {"__bnot", "bnot", operator_unary}};

enum { OPERATORS = sizeof operators / sizeof *operators };

/* They are built in, and no host can take their names: found when a module is opened, by any thread, they are the same
   for all. */
static _Atomic(tine_kernel *) kernels[OPERATORS];

/* Which an operator is its upvalue 2 says; a script that has the debug library may have put anything there. */
static tine_kernel *own_kernel(lua_State *L) {
  const lua_Integer i = lua_tointeger(L, lua_upvalueindex(2));
  if (i < 0 || i >= OPERATORS)
    luaL_error(L, "no operator %I", (LUAI_UACINT)i);
  return atomic_load_explicit(&kernels[i], memory_order_acquire); /* pairs with the release below */
}

void bind_operators(lua_State *L) {
  tine_error err;
  bind_functions(L, comparisons);
  for (int i = 0; i < OPERATORS; i++) {
    tine_kernel *const kernel = tine_kernel_find(NULL, operators[i].kernel, &err);
    if (kernel == NULL)
      bind_error_raise(L, &err);
    atomic_store_explicit(&kernels[i], kernel, memory_order_release);
    bind_push_record(L);
    lua_pushinteger(L, i);
    lua_pushcclosure(L, operators[i].fn, 2);
    lua_setfield(L, -2, operators[i].event);
  }
}
