/*
** Lua values and the engine's values: numbers, booleans, element types, index ranges.
**
** Integers stay Lua integers and floats stay floats, in both directions. Storing follows string.pack, nearly in its
** words, but for two things: strings that look like numbers are refused, since an array is where a wrong type should be
** noticed; and u64 takes floats up to 2^64, too.
**
** Whatever rounds or may trap is done between tine_fp_enter and tine_fp_leave, so that the bits of an element do not
** depend on the host's floating-point mode. Widening an f32 is exact in any mode, unless it is subnormal (which a mode
** may flush to zero), infinite or a NaN (which may trap). A result that is used after tine_fp_leave is volatile:
** compilers know nothing of modes, and would otherwise compute it where it is used.
*/
#include "bind_name.h"

#include <string.h>

_Static_assert(sizeof(lua_Integer) == 8 && sizeof(lua_Number) == 8, "tine needs Lua's usual 64-bit numbers");
BIND_DTYPES_ARE(11);

#define NAME_WORD(NAME, name, type, integer, sign, member) " " #name

tine_dtype bind_dtype_check(lua_State *L, int arg) {
  const char *name = bind_name_check(L, arg);
  const tine_dtype dtype = tine_dtype_find(name);
  if (dtype == TINE_NONE)
    luaL_argerror(L, arg,
                  lua_pushfstring(L, "unknown element type '%s'; there are%s", name, TINE_DTYPE_LIST(NAME_WORD)));
  return dtype;
}

#undef NAME_WORD

void bind_value_push(lua_State *L, tine_value v) {
  switch (v.dtype) {
    case TINE_NONE:
    case TINE_DTYPE_END: lua_pushnil(L); break;
    case TINE_BOOL: lua_pushboolean(L, v.as.b); break;
    case TINE_F32:
    case TINE_F64: lua_pushnumber(L, v.as.f); break;
    case TINE_U64: lua_pushinteger(L, (lua_Integer)v.as.u); break;
    case TINE_U8:
    case TINE_I8:
    case TINE_U16:
    case TINE_I16:
    case TINE_U32:
    case TINE_I32:
    case TINE_I64: lua_pushinteger(L, v.as.i); break;
  }
}

bool bind_value_to(lua_State *L, int index, tine_value *out) {
  switch (lua_type(L, index)) {
    case LUA_TBOOLEAN: *out = tine_bool(lua_toboolean(L, index) != 0); return true;
    case LUA_TNUMBER:
      *out = lua_isinteger(L, index) ? tine_i64(lua_tointeger(L, index)) : tine_f64(lua_tonumber(L, index));
      return true;
    default: return false;
  }
}

tine_value bind_value_check(lua_State *L, int arg) {
  tine_value v = {TINE_NONE, {false}};
  if (!bind_value_to(L, arg, &v))
    luaL_typeerror(L, arg, "number or boolean");
  return v;
}

size_t bind_value_constants(lua_State *L, int first, int last, tine_value *out) {
  size_t n = 0;
  for (int arg = first; arg <= last; arg++) {
    luaL_argcheck(L, n < TINE_MAX_ARGS, arg, "too many constants");
    out[n++] = bind_value_check(L, arg);
  }
  return n;
}

static double f32_widened(const float *p) {
  uint32_t bits;
  uint64_t saved;
  volatile double wide;
  memcpy(&bits, p, sizeof bits);
  if (((bits >> 23) + 1) % 256 > 1)
    return (double)*p;
  saved = tine_fp_enter();
  wide = (double)*p;
  tine_fp_leave(saved);
  return wide;
}

void bind_element_push(lua_State *L, tine_dtype dtype, const void *p) {
  switch (dtype) {
    case TINE_BOOL: lua_pushboolean(L, *(const unsigned char *)p != 0); break;
    case TINE_U8: lua_pushinteger(L, *(const uint8_t *)p); break;
    case TINE_I8: lua_pushinteger(L, *(const int8_t *)p); break;
    case TINE_U16: lua_pushinteger(L, *(const uint16_t *)p); break;
    case TINE_I16: lua_pushinteger(L, *(const int16_t *)p); break;
    case TINE_U32: lua_pushinteger(L, *(const uint32_t *)p); break;
    case TINE_I32: lua_pushinteger(L, *(const int32_t *)p); break;
    case TINE_U64: lua_pushinteger(L, (lua_Integer) * (const uint64_t *)p); break;
    case TINE_I64: lua_pushinteger(L, *(const int64_t *)p); break;
    case TINE_F32: lua_pushnumber(L, f32_widened(p)); break;
    case TINE_F64: lua_pushnumber(L, *(const double *)p); break;
    case TINE_NONE:
    case TINE_DTYPE_END: lua_pushnil(L); break;
  }
}

/* u64 takes every Lua integer, as string.pack("I8") does. */
static bool store_integer(tine_dtype dtype, void *p, lua_Integer i) {
#define STORE(NAME, type, least, most)                       \
  case TINE_##NAME:                                          \
    if (i < (lua_Integer)(least) || i > (lua_Integer)(most)) \
      return false;                                          \
    *(type *)p = (type)i;                                    \
    return true;
  switch (dtype) {
    STORE(U8, uint8_t, 0, UINT8_MAX)
    STORE(I8, int8_t, INT8_MIN, INT8_MAX)
    STORE(U16, uint16_t, 0, UINT16_MAX)
    STORE(I16, int16_t, INT16_MIN, INT16_MAX)
    STORE(U32, uint32_t, 0, UINT32_MAX)
    STORE(I32, int32_t, INT32_MIN, INT32_MAX)
    case TINE_U64: *(uint64_t *)p = (uint64_t)i; return true;
    case TINE_I64: *(int64_t *)p = i; return true;
    case TINE_NONE:
    case TINE_BOOL:
    case TINE_F32:
    case TINE_F64:
    case TINE_DTYPE_END: break;
  }
  return false;
#undef STORE
}

/* Stores a Lua number as f32 or f64, rounded once: an integer does not become a double on its way to f32. */
static void store_float(lua_State *L, int index, tine_dtype dtype, void *p) {
  uint64_t saved;
  if (dtype == TINE_F64 && !lua_isinteger(L, index)) {
    *(double *)p = lua_tonumber(L, index);
    return;
  }
  saved = tine_fp_enter();
  if (dtype == TINE_F64)
    *(double *)p = lua_tonumber(L, index);
  else if (lua_isinteger(L, index))
    *(float *)p = (float)lua_tointeger(L, index);
  else
    *(float *)p = (float)lua_tonumber(L, index);
  tine_fp_leave(saved);
}

/* A Lua number as an integer; false if it is none. For u64, floats from 2^63 to below 2^64 count, too, and wrap. */
static bool whole_number(lua_State *L, int index, tine_dtype dtype, lua_Integer *i) {
  const uint64_t saved = tine_fp_enter();
  volatile bool large = false;
  int exact;
  *i = lua_tointegerx(L, index, &exact);
  if (!exact && dtype == TINE_U64) {
    const double f = lua_tonumber(L, index);
    large = f >= 0x1p63 && f < 0x1p64;
    if (large)
      *i = (lua_Integer)(uint64_t)f;
  }
  tine_fp_leave(saved);
  return exact != 0 || large;
}

static bool refuse_type(lua_State *L, int index, const char *expected) {
  lua_pushfstring(L, "%s expected, got %s", expected, luaL_typename(L, index));
  return false;
}

static bool refuse(lua_State *L, const char *why) {
  lua_pushstring(L, why);
  return false;
}

bool bind_element_store(lua_State *L, int index, tine_dtype dtype, void *p) {
  const int type = lua_type(L, index);
  lua_Integer i;
  if (dtype == TINE_BOOL) {
    if (type != LUA_TBOOLEAN)
      return refuse_type(L, index, "boolean");
    *(bool *)p = lua_toboolean(L, index) != 0;
    return true;
  }
  if (type != LUA_TNUMBER)
    return refuse_type(L, index, "number");
  if (dtype == TINE_F64 || dtype == TINE_F32) {
    store_float(L, index, dtype, p);
    return true;
  }
  if (!whole_number(L, index, dtype, &i))
    return refuse(L, "number has no integer representation");
  return store_integer(dtype, p, i) || refuse(L, "integer overflow");
}

double bind_number_check(lua_State *L, int arg) {
  const uint64_t saved = tine_fp_enter();
  int is;
  const double f = lua_tonumberx(L, arg, &is); /* converting an integer or a string may round */
  tine_fp_leave(saved);
  return is ? f : luaL_checknumber(L, arg);
}

double bind_least_check(lua_State *L, int arg, const char *what) {
  const double f = bind_number_check(L, arg);
  const uint64_t saved = tine_fp_enter();
  const volatile bool fits = f >= 0; /* a NaN does not, and comparing it may trap */
  tine_fp_leave(saved);
  if (!fits)
    luaL_argerror(L, arg, lua_pushfstring(L, "%s must not be negative", what));
  return f;
}

tine_cast_mode bind_castmode_check(lua_State *L, int arg) {
  static const char *const names[] = {"exact", "wrap", "clamp", NULL};
  static const tine_cast_mode modes[] = {TINE_CAST_EXACT, TINE_CAST_WRAP, TINE_CAST_CLAMP};
  return modes[bind_option_check(L, arg, "exact", names)];
}

uint64_t bind_count_check(lua_State *L, int arg, lua_Integer least) {
  const lua_Integer n = luaL_checkinteger(L, arg);
  if (n < least)
    luaL_argerror(L, arg, least == 0 ? "must not be negative" : "must be positive");
  return (uint64_t)n;
}

void bind_range_check(lua_State *L, int arg, lua_Integer n, uint64_t *first, uint64_t *count) {
  lua_Integer i = luaL_optinteger(L, arg, 1), j = luaL_optinteger(L, arg + 1, -1);
  if (i < 0)
    i = i < -n ? 1 : n + i + 1;
  else if (i == 0)
    i = 1;
  if (j < 0)
    j = j < -n ? 0 : n + j + 1;
  else if (j > n)
    j = n;
  *first = i <= j ? (uint64_t)(i - 1) : 0;
  *count = i <= j ? (uint64_t)(j - i + 1) : 0;
}
