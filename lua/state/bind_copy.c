/*
** Copies of tine: a process may contain several - the module of the system, that of a rock, a library that a host is
** linked to, an archive inside of a host - and a script's arrays are of use to the one that made them only. So:
**
** 1. A state has one. The copy that opens first leaves its table of functions and its module in Lua's registry under
**    names that all copies know; those that come later give that module. If they are of versions that do not fit, they
**    raise.
** 2. A process has one, where it can. A host's engine is at hand before its scripts require the module, and the host
**    lends it arrays and kernels; so the module asks whether there is an engine in the global scope, or the library by
**    its name wherever it was loaded, and lets that open the state. It has to be of a version that fits and call the
**    very Lua that runs the state: a library that was loaded before Lua was calls none. Else the module's own engine
**    serves.
**
** The second is for the module alone (BIND_LIBRARY, the name of that library): a host that compiles the binding in has
** chosen, and needs no dlsym.
*/
#if defined(BIND_LIBRARY) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* RTLD_NOLOAD */
#endif
#include "bind_copy.h"

#if defined(BIND_LIBRARY)
#include <dlfcn.h>
#include <string.h>
#endif

/* May a copy of that version serve scripts that were written for this one? Before 1.0 a minor version may change
   things. */
static bool version_fits(unsigned major, unsigned minor) {
  return major == TINE_VERSION_MAJOR && (major > 0 ? minor + 1 > TINE_VERSION_MINOR : minor == TINE_VERSION_MINOR);
}

void bind_copy_publish(lua_State *L) {
  lua_pushlightuserdata(L, (void *)(uintptr_t)tine_api_get(TINE_VERSION_MAJOR, TINE_VERSION_MINOR));
  lua_setfield(L, LUA_REGISTRYINDEX, TINE_PACK_KEY);
}

/* Pushes the module of the copy that opened this state; false, and nothing pushed, if that is this one or nobody. */
static bool push_module_of_state(lua_State *L) {
  const tine_api *api;
  lua_getfield(L, LUA_REGISTRYINDEX, TINE_PACK_KEY);
  api = lua_touserdata(L, -1);
  lua_pop(L, 1);
  if (api == NULL || api == tine_api_get(TINE_VERSION_MAJOR, TINE_VERSION_MINOR))
    return false;
  if (!version_fits(api->major, api->minor))
    luaL_error(L, "this state runs tine %s, another copy of it: tine %s cannot work beside that", api->version,
               TINE_VERSION);
  if (lua_getfield(L, LUA_REGISTRYINDEX, BIND_MODULE_KEY) != LUA_TTABLE)
    luaL_error(L, "another copy of tine did not open in this state");
  return true;
}

#if defined(BIND_LIBRARY)

/* The copy that is found there and can open states of this Lua, or NULL. Whoever has a copy stays: it is linked so. */
static const bind_copy *copy_in(const char *name) {
  const bind_copy *(*ask)(void) = NULL;
  const bind_copy *copy = NULL;
  void *const handle = dlopen(name, RTLD_LAZY | RTLD_NOLOAD);
  void *const symbol = handle != NULL ? dlsym(handle, "tine_lua_copy") : NULL;
  if (symbol != NULL) {
    memcpy(&ask, &symbol, sizeof ask);
    copy = ask();
  }
  if (handle != NULL)
    dlclose(handle);
  return copy != NULL && copy != tine_lua_copy() && copy->lua == lua_newuserdatauv &&
                 version_fits(copy->major, copy->minor)
             ? copy
             : NULL;
}

/* In the global scope - which is not RTLD_DEFAULT: to whoever is linked by -Bsymbolic that begins with itself - or by
   name. */
static const bind_copy *copy_in_process(void) {
  const bind_copy *const copy = copy_in(NULL);
  return copy != NULL ? copy : copy_in(BIND_LIBRARY);
}

#else

static const bind_copy *copy_in_process(void) {
  return NULL;
}

#endif

bool bind_copy_open(lua_State *L) {
  const bind_copy *copy;
  if (push_module_of_state(L))
    return true;
  if (bind_state_find(L) != NULL) /* opened before, by this one */
    return false;
  copy = copy_in_process();
  return copy != NULL && copy->open(L) == 1;
}
