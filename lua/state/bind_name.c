/*
** Names that are not there. Reading one of an array, pipeline, job, kernel or pool raises, since Lua's own words for
** what comes next, "attempt to call a nil value", help nobody. The message says what was probably meant, or the way
** there: a kernel of that name, another type that has the method. Methods that are there are found before any of this
** is asked.
**
** What is no name reads as nil: p[{}], a["1"]; so do names that begin with "__", which libraries probe.
**
** A field of the module that is not there is nil as in any table: `if tine.this then` is how a script asks for a
** version.
*/
#include "bind_name.h"

#include <ctype.h>
#include <string.h>

enum {
  GUESS_MAX = 31, /* longer names are told apart, but not guessed */
  WEIGHT = 4      /* of an edit, against a first letter that differs */
};

static unsigned least(unsigned a, unsigned b) {
  return a < b ? a : b;
}

/* Edits from a to b, both of GUESS_MAX at most: a letter more, less, another, or two exchanged; capitals are the
   same. */
static unsigned edits(const char *a, const char *b) {
  unsigned rows[3][GUESS_MAX + 1], *before = rows[0], *last = rows[1], *row = rows[2];
  const size_t n = strlen(b);
  for (unsigned j = 0; j <= n; j++)
    last[j] = before[j] = j;
  for (size_t i = 0; a[i] != '\0'; i++) {
    unsigned *const spare = before;
    row[0] = (unsigned)i + 1;
    for (size_t j = 0; j < n; j++) {
      const bool same = tolower((unsigned char)a[i]) == tolower((unsigned char)b[j]);
      row[j + 1] = least(least(row[j], last[j + 1]) + 1, last[j] + !same);
      if (i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j])
        row[j + 1] = least(row[j + 1], before[j - 1] + 1);
    }
    before = last;
    last = row;
    row = spare;
  }
  return last[n];
}

/* Of equally near names the last in the alphabet, so a small letter before a capital: tables have no order. */
void bind_guess_consider(bind_guess *guess, const char *name) {
  const size_t n = strlen(guess->wanted);
  unsigned d;
  if (strlen(name) > GUESS_MAX || n > GUESS_MAX)
    return;
  d = edits(guess->wanted, name);
  if (3 * d > n + 1)
    return; /* that is another word */
  d = WEIGHT * d + (name[0] != guess->wanted[0]);
  if (guess->name == NULL || d < guess->distance || (d == guess->distance && strcmp(name, guess->name) > 0)) {
    guess->name = name;
    guess->distance = d;
  }
}

void bind_guess_kernels(lua_State *L, bind_guess *guess) {
  tine_registry *registry = bind_state_get(L)->registry;
  const tine_kernel *kernel;
  for (size_t i = 0; (kernel = tine_kernel_at(registry, i)) != NULL; i++)
    bind_guess_consider(guess, tine_kernel_name(kernel));
}

const char *bind_guess_push(lua_State *L, const bind_guess *guess, const char *otherwise) {
  if (guess->name == NULL)
    return lua_pushstring(L, otherwise);
  return lua_pushfstring(L, "; did you mean '%s'?", guess->name);
}

const char *bind_name_check(lua_State *L, int arg) {
  size_t n;
  const char *name = luaL_checklstring(L, arg, &n);
  if (strlen(name) != n)
    luaL_argerror(L, arg, "contains a zero byte");
  return name;
}

int bind_option_check(lua_State *L, int arg, const char *otherwise, const char *const *names) {
  if (!lua_isnoneornil(L, arg))
    bind_name_check(L, arg);
  return luaL_checkoption(L, arg, otherwise, names);
}

static bool is_among(lua_State *L, int index, const char *const *names) {
  size_t n = 0;
  const char *key = lua_type(L, index) == LUA_TSTRING ? lua_tolstring(L, index, &n) : "";
  while (*names != NULL && (strlen(*names) != n || memcmp(*names, key, n) != 0))
    names++;
  return *names != NULL;
}

void bind_options_check(lua_State *L, int arg, const char *const *names) {
  for (lua_pushnil(L); lua_next(L, arg); lua_pop(L, 1))
    if (!is_among(L, -2, names)) {
      bind_guess guess = {luaL_tolstring(L, -2, NULL), NULL, 0};
      for (; *names != NULL; names++)
        bind_guess_consider(&guess, *names);
      luaL_argerror(L, arg, lua_pushfstring(L, "unknown option '%s'%s", guess.wanted, bind_guess_push(L, &guess, "")));
    }
}

/* Pushes the table of methods of a type. That of arrays is the record's: their metatable is open, so whatever a script
   likes may be its __index. */
static void name_push_methods(lua_State *L, const char *type) {
  if (strcmp(type, BIND_ARRAY) == 0) {
    bind_push_record(L);
    lua_getiuservalue(L, -1, BIND_ARRAY_METHODS);
  } else {
    luaL_getmetatable(L, type);
    lua_getfield(L, -1, "__index");
  }
}

static bool has_method(lua_State *L, const char *type, const char *name) {
  const int top = lua_gettop(L);
  bool has;
  name_push_methods(L, type);
  lua_pushstring(L, name);
  has = lua_rawget(L, -2) != LUA_TNIL;
  lua_settop(L, top);
  return has;
}

static bool is_function(lua_State *L, const char *name) {
  const int top = lua_gettop(L);
  bool is;
  bind_push_record(L);
  is = lua_getiuservalue(L, -1, BIND_MODULE) == LUA_TTABLE && lua_getfield(L, -1, name) == LUA_TFUNCTION;
  lua_settop(L, top);
  return is;
}

static bool maps(const char *type) {
  return strcmp(type, BIND_ARRAY) == 0 || strcmp(type, BIND_PIPELINE) == 0;
}

/* Pushes the way from an object of that type to what has the method; false if there is none. */
static bool push_way(lua_State *L, const char *type, const char *name) {
  static const char *const types[] = {BIND_PIPELINE, BIND_ARRAY, BIND_JOB, BIND_KERNEL, BIND_POOL};
  if (maps(type) && tine_kernel_find(bind_state_get(L)->registry, name, NULL) != NULL) {
    lua_pushfstring(L, "; map(\"%s\") applies the kernel of that name", name);
    return true;
  }
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    if (!has_method(L, types[i], name))
      continue;
    if (maps(type) && strcmp(types[i], BIND_ARRAY) == 0)
      lua_pushliteral(L, "; collect() gives an array, which has");
    else if (maps(type) && strcmp(types[i], BIND_JOB) == 0)
      lua_pushliteral(L, "; start() gives a job, which has");
    else
      lua_pushfstring(L, "; a %s has", types[i]);
    return true;
  }
  if (!is_function(L, name))
    return false;
  lua_pushfstring(L, "; tine.%s is a function of the module", name);
  return true;
}

/* Pushes what is nearest: a method, or else a kernel. */
static void push_nearest(lua_State *L, const char *type, const char *name) {
  bind_guess method = {name, NULL, 0}, kernel = {name, NULL, 0};
  const int top = lua_gettop(L);
  name_push_methods(L, type);
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
    if (lua_type(L, -2) == LUA_TSTRING)
      bind_guess_consider(&method, lua_tostring(L, -2));
  lua_settop(L, top); /* the table is its metatable's */
  if (maps(type))
    bind_guess_kernels(L, &kernel);
  if (kernel.name != NULL && (method.name == NULL || kernel.distance < method.distance))
    lua_pushfstring(L, "; did you mean map(\"%s\")?", kernel.name);
  else
    bind_guess_push(L, &method, "; tine.help() lists all names");
}

static bool is_name(const char *text, size_t n) {
  if (n != strlen(text) || isdigit((unsigned char)*text) || *text == '\0' || strncmp(text, "__", 2) == 0)
    return false;
  while (isalnum((unsigned char)*text) || *text == '_')
    text++;
  return *text == '\0';
}

int bind_name_unknown(lua_State *L, int index, const char *type) {
  size_t n;
  const char *name = lua_type(L, index) == LUA_TSTRING ? lua_tolstring(L, index, &n) : NULL;
  if (name == NULL || !is_name(name, n) || bind_state_get(L) == NULL) {
    lua_pushnil(L);
    return 1;
  }
  if (!push_way(L, type, name))
    push_nearest(L, type, name);
  return luaL_error(L, "%s has no method '%s'%s", type, name, lua_tostring(L, -1));
}

/* Its upvalue 2 is the type's name. */
static int missing(lua_State *L) {
  return bind_name_unknown(L, 2, lua_tostring(L, lua_upvalueindex(2)));
}

void bind_name_expect(lua_State *L, const char *type) {
  lua_createtable(L, 0, 1);
  bind_push_record(L);
  lua_pushstring(L, type);
  lua_pushcclosure(L, missing, 2);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
}
