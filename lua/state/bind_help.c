/*
** tine.help: a text for every name of the API, for kernels and element types. Nothing is printed.
**
** The texts are those of lua/api.lua, which need not be installed: `make docs` writes them to help.def. A kernel's own
** are asked of it, since hosts add kernels. Every string here is static or owned by a kernel that stays in its
** registry, so all of them outlive what finalisers may do while a text grows.
*/
#include "bind_name.h"

#include <string.h>

static const struct help_entry {
  const char *name; /* "Pipeline:zip"; "" is the list of all */
  const char *keys; /* further names, each followed by a line feed */
  const char *text;
} help_entries[] = {
#define HELP(name, keys, text) {name, keys, text},
#include "../help.def"
#undef HELP
};

enum {
  HELP_ENTRIES = sizeof help_entries / sizeof help_entries[0],
  HELP_WIDTH = 78 /* columns of a terminal; those of help.def are cut likewise */
};

/* "zip" of "Pipeline:zip"; a name of another form is all its own. */
static const char *bare_name(const char *name) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  const size_t owner = strspn(name, letters);
  const char *rest = name + owner;
  if (owner == 0 || (*rest != ':' && *rest != '.'))
    return name;
  rest++;
  return *rest != '\0' && rest[strspn(rest, letters)] == '\0' ? rest : name;
}

static bool has_key(const struct help_entry *entry, const char *name) {
  const size_t n = strlen(name);
  size_t len;
  for (const char *key = entry->keys; *key != '\0'; key += len + 1) {
    len = strcspn(key, "\n");
    if (len == n && memcmp(key, name, n) == 0)
      return true;
  }
  return false;
}

typedef bool help_match(const struct help_entry *entry, const char *name);

static bool match_exactly(const struct help_entry *entry, const char *name) {
  return strcmp(entry->name, name) == 0 || has_key(entry, name);
}

static bool match_bare(const struct help_entry *entry, const char *name) {
  return match_exactly(entry, name) || strcmp(bare_name(entry->name), name) == 0;
}

/* "xs:zip", and "Array:zip": a method, whatever the object is called. */
static bool match_method(const struct help_entry *entry, const char *name) {
  return strchr(entry->name, ':') != NULL && strcmp(bare_name(entry->name), bare_name(name)) == 0;
}

static unsigned add_matches(luaL_Buffer *b, const char *name, help_match *match) {
  unsigned found = 0;
  for (size_t i = 0; i < HELP_ENTRIES; i++)
    if (match(&help_entries[i], name)) {
      luaL_addstring(b, found++ > 0 ? "\n\n" : "");
      luaL_addstring(b, help_entries[i].text);
    }
  return found;
}

/* Name, help, and a line a signature. */
static void add_kernel(luaL_Buffer *b, const tine_kernel *kernel) {
  const char *help = tine_kernel_help(kernel), *text;
  luaL_addstring(b, "kernel ");
  luaL_addstring(b, tine_kernel_name(kernel));
  luaL_addstring(b, ": ");
  luaL_addstring(b, help != NULL ? help : "");
  for (size_t i = 0; (text = tine_kernel_signature_at(kernel, i)) != NULL; i++) {
    luaL_addstring(b, "\n  ");
    luaL_addstring(b, text);
  }
}

static unsigned add_named(luaL_Buffer *b, const char *name) {
  const char *bare = bare_name(name);
  const unsigned found = add_matches(b, name, bare == name ? match_bare : match_exactly);
  return found == 0 && bare != name && bare[-1] == ':' ? add_matches(b, name, match_method) : found;
}

/* What a kernel of the script's own was given to say. Pushes a value. */
static bool add_own(lua_State *L, luaL_Buffer *b, const char *name, const char *help) {
  if (help == NULL || *help == '\0')
    return false;
  lua_pushfstring(L, "%s: %s", name, help);
  luaL_addvalue(b);
  return true;
}

/* All there is to know of a name, or of a kernel alone; false if that is nothing. */
static bool add_all(lua_State *L, luaL_Buffer *b, const char *name, bool alone) {
  const tine_kernel *kernel = tine_kernel_find(tine_lua_registry(L), name, NULL);
  const unsigned found = alone ? 0 : add_named(b, name);
  if (kernel != NULL) {
    luaL_addstring(b, found > 0 ? "\n\n" : "");
    add_kernel(b, kernel);
  }
  return found > 0 || kernel != NULL;
}

static int raise_unknown(lua_State *L, const char *name) {
  bind_guess guess = {name, NULL, 0};
  const char *meant;
  bind_guess_kernels(L, &guess);
  for (size_t i = 0; i < HELP_ENTRIES; i++) {
    bind_guess_consider(&guess, bare_name(help_entries[i].name));
    bind_guess_consider(&guess, help_entries[i].name);
  }
  meant = bind_guess_push(L, &guess, "; tine.help() lists all");
  return luaL_argerror(L, 1, lua_pushfstring(L, "unknown name '%s'%s", name, meant));
}

/* The list of all names; those of kernels as many to a line as there is room for. */
static int push_overview(lua_State *L) {
  const tine_kernel *kernel;
  size_t at = HELP_WIDTH;
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  add_matches(&b, "", match_exactly);
  luaL_addstring(&b, "\nKernels");
  for (size_t i = 0; (kernel = tine_kernel_at(tine_lua_registry(L), i)) != NULL; i++) {
    const char *name = tine_kernel_name(kernel);
    const size_t n = strlen(name);
    const bool fits = at + 1 + n <= HELP_WIDTH;
    luaL_addstring(&b, fits ? " " : "\n  ");
    luaL_addstring(&b, name);
    at = (fits ? at + 1 : 2) + n;
  }
  luaL_pushresult(&b);
  return 1;
}

/* Of a kernel as an object its name is what counts: names never change their meaning. */
static const char *asked_name(lua_State *L) {
  size_t n;
  const char *name;
  if (lua_isuserdata(L, 1)) {
    lua_pushstring(L, tine_kernel_name(bind_kernel_check(L, 1)));
    lua_replace(L, 1);
  } else if (lua_type(L, 1) != LUA_TSTRING)
    luaL_typeerror(L, 1, "name or tine.Kernel");
  name = lua_tolstring(L, 1, &n);
  luaL_argcheck(L, n > 0 && strlen(name) == n, 1, "unknown name");
  return name;
}

static int help_help(lua_State *L) {
  const bool object = lua_isuserdata(L, 1);
  const char *name, *help = NULL;
  luaL_Buffer b;
  if (lua_isnoneornil(L, 1))
    return push_overview(L);
  lua_settop(L, 1);
  if (bind_kernel_lengthy(L, 1))
    help = lua_pushstring(L, tine_kernel_help(bind_kernel_check(L, 1))); /* before the object goes */
  name = asked_name(L);
  luaL_buffinit(L, &b);
  if (!add_all(L, &b, name, object) && !add_own(L, &b, name, help))
    return raise_unknown(L, name);
  luaL_pushresult(&b);
  return 1;
}

const bind_export bind_help_functions[] = {{"help", help_help, 1}, {NULL, NULL, 0}};
