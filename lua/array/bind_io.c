/*
** Arrays to and from files and strings. Files follow Lua's io library: nil, message, errno when the outside world
** says no. Bytes are those of the machine, as string.unpack reads them with the format "=".
*/
#include "../run/bind_run.h"
#include "../state/bind_name.h"
#include "../state/bind_pressure.h"

#include <string.h>

enum { IO_STEP = 1 << 20 }; /* bytes between two looks whether the script was interrupted */

static tine_status load(bind_watch *w, tine_array **a, const char *path, tine_error *err) {
  tine_status status;
  bind_watch_set(w);
  bind_limit_enter(w->state);
  status = tine_array_load(a, path, err);
  bind_limit_leave(w->state);
  bind_watch_close(w);
  return status;
}

/* What the outside world did, or who ended it. */
static int io_failed(lua_State *L, const bind_watch *w, const tine_error *err) {
  return err->status == TINE_ECANCELED ? bind_watch_fail(L, w, err) : bind_error_result(L, err);
}

static int array_load(lua_State *L) {
  const char *path = bind_name_check(L, 1);
  bind_array *h = bind_array_new(L);
  const int index = lua_gettop(L);
  tine_array *a;
  tine_error err;
  tine_status status;
  bind_watch w;
  bind_limit_io(L);
  bind_watch_open(L, &w, bind_state_get(L), 0, 0);
  status = load(&w, &a, path, &err);
  if (status != TINE_OK && status != TINE_ECANCELED && bind_pressure_again(L, &err)) {
    bind_watch_open(L, &w, bind_state_get(L), 0, 0);
    status = load(&w, &a, path, &err);
  }
  if (status != TINE_OK)
    return io_failed(L, &w, &err);
  bind_array_own(h, a);
  return bind_array_return(L, index);
}

/* Other programs go by the end of a name. */
static bool named_npy(const char *path, size_t n) {
  const char *end = path + n;
  return n > 4 && end[-4] == '.' && (end[-3] | 32) == 'n' && (end[-2] | 32) == 'p' && (end[-1] | 32) == 'y';
}

/* Is the format told, by the table at 'arg'? */
static bool check_format(lua_State *L, int arg) {
  static const char *const names[] = {"format", NULL};
  if (lua_isnoneornil(L, arg))
    return false;
  luaL_checktype(L, arg, LUA_TTABLE);
  bind_options_check(L, arg, names);
  lua_pushliteral(L, "format");
  if (lua_rawget(L, arg) == LUA_TNIL)
    return false;
  if (lua_type(L, -1) != LUA_TSTRING || lua_rawlen(L, -1) != 3 || strcmp(lua_tostring(L, -1), "npy") != 0)
    luaL_argerror(L, arg, "option 'format' must be \"npy\"");
  return true;
}

/* The path at 'arg', to be written to as a .npy file. */
static const char *check_npy_path(lua_State *L, int arg) {
  const char *path = bind_name_check(L, arg);
  if (!check_format(L, arg + 1) && !named_npy(path, strlen(path)))
    luaL_argerror(
        L, arg,
        lua_pushfstring(L, "'%s' is no name of a .npy file; {format = \"npy\"} behind it writes one there", path));
  return path;
}

static int array_save(lua_State *L) {
  const char *path = check_npy_path(L, 2);
  tine_array *a = bind_array_check_readable(L, 1)->array;
  tine_error err;
  tine_status status;
  bind_watch w;
  bind_limit_io(L);
  bind_watch_open(L, &w, bind_state_get(L), 0, 0);
  w.loan.array = tine_array_retain(a); /* a hook may close its handle */
  bind_watch_set(&w);
  bind_limit_enter(w.state);
  status = tine_array_save(a, path, &err);
  bind_limit_leave(w.state);
  bind_watch_close(&w);
  tine_array_release(a);
  if (status != TINE_OK)
    return io_failed(L, &w, &err);
  lua_pushboolean(L, 1);
  return 1;
}

static tine_status map_file(bind_state *state, tine_array **a, const char *path, tine_dtype dtype, const char *mode,
                            tine_error *err) {
  tine_status status;
  bind_limit_enter(state);
  status = tine_array_mmap(a, path, dtype, mode, err);
  bind_limit_leave(state);
  return status;
}

/* Is a copy asked for, by the table at 'arg'? */
static bool check_copy(lua_State *L, int arg, const char *mode) {
  static const char *const names[] = {"copy", NULL};
  if (lua_isnoneornil(L, arg))
    return false;
  luaL_checktype(L, arg, LUA_TTABLE);
  bind_options_check(L, arg, names);
  lua_pushliteral(L, "copy");
  if (lua_rawget(L, arg) != LUA_TBOOLEAN && !lua_isnil(L, -1))
    luaL_argerror(L, arg, "option 'copy' must be true or false");
  if (lua_toboolean(L, -1) && strcmp(mode, "rw") == 0)
    luaL_argerror(L, arg, "what is written to a copy does not reach the file: no mode 'rw'");
  return lua_toboolean(L, -1) != 0;
}

static int array_mmap(lua_State *L) {
  static const char *const modes[] = {"r", "rw", "cow", NULL};
  const char *path = bind_name_check(L, 1);
  const tine_dtype dtype = lua_isnoneornil(L, 2) ? TINE_NONE : bind_dtype_check(L, 2);
  const char *asked = modes[bind_option_check(L, 3, "r", modes)];
  const bool copy = check_copy(L, 4, asked);
  const char *mode = copy ? "copy" : asked;
  bind_state *state = bind_state_get(L);
  bind_array *h = bind_array_new(L);
  tine_array *a;
  tine_error err;
  tine_status status;
  bind_limit_io(L);
  if (!copy)
    bind_pressure_expect(L, BIND_MAPPINGS, 1);
  status = map_file(state, &a, path, dtype, mode, &err);
  if (status != TINE_OK && bind_pressure_again(L, &err))
    status = map_file(state, &a, path, dtype, mode, &err);
  if (status != TINE_OK)
    return bind_error_result(L, &err);
  bind_array_own(h, a);
  if (copy)
    return bind_array_return(L, lua_gettop(L));
  h->mapped = true;
  bind_pressure_more(state, BIND_MAPPINGS, 1);
  return mode[0] == 'c' ? bind_array_return(L, lua_gettop(L)) : 1; /* private pages are memory, others the file's */
}

/* Any byte but zero is true: a C bool may hold nothing else than 0 and 1. */
static void bytes_in(tine_dtype dtype, char *to, const char *bytes, size_t n) {
  if (dtype == TINE_BOOL)
    for (size_t i = 0; i < n; i++)
      ((bool *)(void *)to)[i] = bytes[i] != 0;
  else
    memcpy(to, bytes, n);
}

static int array_frombytes(lua_State *L) {
  const tine_dtype dtype = bind_dtype_check(L, 1);
  const size_t size = tine_dtype_size(dtype);
  size_t n;
  const char *bytes = luaL_checklstring(L, 2, &n);
  bind_array *h;
  double next = 0;
  if (n % size != 0)
    return luaL_argerror(L, 2,
                         lua_pushfstring(L, "length %I is no multiple of %d bytes, the size of %s", (LUAI_UACINT)n,
                                         (int)size, tine_dtype_name(dtype)));
  h = bind_array_new(L);
  bind_array_create(L, h, dtype, n / size);
  for (size_t at = 0; at < n; at += IO_STEP) { /* nobody else knows of the array */
    bytes_in(dtype, (char *)h->data + at, bytes + at, n - at < IO_STEP ? n - at : IO_STEP);
    bind_watch_rest(L, bind_state_get(L), &next);
  }
  return bind_array_return(L, lua_gettop(L));
}

static void copy_out(const bind_array *h, uint64_t first, size_t n, char *out) {
  const size_t size = tine_dtype_size(h->dtype);
  if (h->stride == (ptrdiff_t)size)
    memcpy(out, bind_array_at(h, (lua_Integer)first), n * size);
  else
    for (size_t i = 0; i < n; i++)
      memcpy(out + i * size, bind_array_at(h, (lua_Integer)(first + i)), size);
}

/* The buffer is made before the array is looked at: making it may run finalisers. */
static int array_tobytes(lua_State *L) {
  const bind_array *h = bind_array_check(L, 1);
  const size_t size = tine_dtype_size(h->dtype), n = (size_t)h->len * size;
  luaL_Buffer b;
  double next = 0;
  char *out;
  lua_settop(L, 1);
  out = luaL_buffinitsize(L, &b, n);
  for (size_t at = 0; at < n; at += IO_STEP) {
    if (at > 0)
      bind_watch_rest(L, bind_state_get(L), &next);
    h = bind_array_check_readable(L, 1); /* a hook may have closed it */
    copy_out(h, at / size, (n - at < IO_STEP ? n - at : IO_STEP) / size, out + at);
  }
  luaL_pushresultsize(&b, n);
  return 1;
}

const bind_export bind_io_methods[] = {{"save", array_save, 2}, {"tobytes", array_tobytes, 0}, {NULL, NULL, 0}};

const bind_export bind_io_functions[] = {
    {"load", array_load, 1}, {"mmap", array_mmap, 4}, {"frombytes", array_frombytes, 2}, {NULL, NULL, 0}};
