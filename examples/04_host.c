/*
** One idea: a host lends its own memory and its own kernels to a script. The particles of this program stay an array of
** structs; the script sees their fields as columns, moves them on every core, and the program finds them moved.
*/
#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>

#include "tine.h"

enum { PARTICLES = 100000 };
static struct particle {
  char name[12]; /* nothing to the script */
  float mass;
  double height, speed;
} particles[PARTICLES];
static const struct world { double gravity, step; } earth = {9.81, 0.01};

/* Static dispatch: an expression becomes a loop that the compiler vectorises. a is the mass, b the speed. */
TINE_MAP2(kinetic, float, double, double, 0.5 * (double)a * b * b)

/* Virtual dispatch: one item a call. Height and speed become those of one time step later. */
static int fall(const void *env, const void *const *in, void *const *out, const char **message) {
  const struct world *w = env;
  const double speed = *(const double *)in[1] - w->gravity * w->step;
  *(double *)out[0] = *(const double *)in[0] + speed * w->step;
  *(double *)out[1] = speed;
  (void)message; /* falling never fails */
  return 0;
}

static const tine_kernel_signature types[] = {{"f32 f64 -> f64", kinetic, NULL}, {"f64 f64 -> f64 f64", NULL, fall}};
static const tine_kernel_desc kernels[] = {
    {.size = sizeof kernels[0], .name = "kinetic", .signatures = &types[0], .signature_count = 1},
    {.size = sizeof kernels[0], .name = "fall", .signatures = &types[1], .signature_count = 1, .env = &earth}};

static const char script[] = "local function energy() return mass:zip(speed):map('kinetic'):sum() end\n"
                             "print(('%d particles, kinetic energy %.3f'):format(#mass, energy()))\n"
                             "for _ = 1, 100 do height:zip(speed):map('fall'):collect_into(height, speed) end\n"
                             "print(('a second later %.3f, the lowest at %.3f'):format(energy(), (height:min())))\n";

/* Called protected, as registering, pushing and the script may raise. Argument 1: the fields. */
static int run(lua_State *L) {
  static const char *const names[] = {"mass", "height", "speed"};
  tine_array *const *fields = lua_touserdata(L, 1);
  tine_error err;
  luaL_openlibs(L);
  luaL_requiref(L, "tine", luaopen_tine, 0);
  for (int i = 0; i < 2; i++)
    if (tine_kernel_register(tine_lua_registry(L), &kernels[i], &err) != TINE_OK)
      return luaL_error(L, "%s", err.message);
  for (int i = 0; i < 3; i++) {
    tine_lua_pusharray(L, fields[i]); /* nil if there was no memory for it */
    lua_setglobal(L, names[i]);
  }
  return luaL_dostring(L, script) == LUA_OK ? 0 : lua_error(L);
}

int main(void) {
  lua_State *L = luaL_newstate();
  tine_array *fields[] = {tine_slice_of(TINE_F32, &particles->mass, PARTICLES, sizeof *particles),
                          tine_slice_of(TINE_F64, &particles->height, PARTICLES, sizeof *particles),
                          tine_slice_of(TINE_F64, &particles->speed, PARTICLES, sizeof *particles)};
  int status = LUA_ERRMEM;
  for (int i = 0; i < PARTICLES; i++)
    particles[i] = (struct particle){"", (float)(1 + i % 3), 100.0 + i % 10, i % 5};
  if (L != NULL) {
    lua_pushcfunction(L, run); /* a new state has room for these two */
    lua_pushlightuserdata(L, fields);
    status = lua_pcall(L, 1, 0, 0);
    if (status != LUA_OK)
      fprintf(stderr, "04_host: %s\n", lua_tostring(L, -1));
    lua_close(L); /* gives back what scripts still hold of the fields, and the kernels */
  }
  for (int i = 0; i < 3; i++)
    tine_array_release(fields[i]);
  if (status == LUA_OK)
    printf("the host sees the first at %.3f, falling at %.3f\n", particles->height, -particles->speed);
  return status; /* LUA_OK is 0 */
}
