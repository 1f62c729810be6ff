/*
** One idea: kernels in a shared object of their own. A script requires it as any other module, and names the kernels
** from then on. It is compiled against tine.h and linked to nothing: the engine is found when it is loaded.
*/
#define TINE_PACK
#include <lauxlib.h>
#include <math.h>
#include <tine.h>

TINE_MAP3(mix, double, double, double, double, a + c * (b - a))
TINE_MAP1(logistic, double, double, 1 / (1 + exp(-a)))

static const tine_kernel_signature types[] = {{"f64 f64 f64 -> f64", mix, NULL}, {"f64 -> f64", logistic, NULL}};
static const tine_kernel_desc kernels[] = {
    {.size = sizeof kernels[0], .name = "mix", .help = "a + c * (b - a)", .signatures = types, .signature_count = 1},
    {.size = sizeof kernels[0], .name = "logistic", .signatures = types + 1, .signature_count = 1}};

int luaopen_blend(lua_State *L);
int luaopen_blend(lua_State *L) {
  tine_error err;
  tine_status status;
  lua_getglobal(L, "require");
  lua_pushliteral(L, "tine");
  lua_call(L, 1, 0);
  lua_getfield(L, LUA_REGISTRYINDEX, TINE_PACK_KEY);
  status = tine_pack_bind(lua_touserdata(L, -1), &err);
  for (size_t i = 0; i < sizeof kernels / sizeof kernels[0] && status == TINE_OK; i++)
    status = tine_kernel_register(tine_lua_registry(L), &kernels[i], &err);
  return status == TINE_OK ? 0 : luaL_error(L, "%s", err.message);
}
