/*
** The table by which kernel packs call the engine. It and its type are made of one list, TINE_FUNCTION_LIST, so they
** hold the same functions in the same order; that those are the functions of tine.h is what a spec looks after.
**
** It lies in the topmost layer since it knows them all, the binding's as well: these are weak, NULL where the engine is
** linked without it.
*/
#include "../tine.h"

#if defined(__GNUC__)
#define API_CORE(name)
#define API_WEAK(name) extern __typeof__(name) name __attribute__((weak));
TINE_FUNCTION_LIST(API_CORE, API_WEAK)
#define API_LUA(name) &name,
#else
#define API_LUA(name) NULL,
#endif

#define API_MEMBER(name) &name,

static const tine_api api_table = {TINE_VERSION_MAJOR, TINE_VERSION_MINOR, sizeof(tine_api),
                                   TINE_VERSION,       TINE_JOIN_VERSION,  TINE_FUNCTION_LIST(API_MEMBER, API_LUA)};

TINE_API const tine_api *tine_api_get(unsigned major, unsigned minor) {
  return major == TINE_VERSION_MAJOR && minor <= TINE_VERSION_MINOR ? &api_table : NULL;
}
