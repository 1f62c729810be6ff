/*
** A host that has chosen another floating-point mode for its thread: fpset(name) is a global function of its scripts.
** The modes: "up", "down", "zero" (rounding), "flush" (to zero, and denormals as zero, where the processor can),
** "traps" (where the system can switch them on), "nearest", which is the usual one. fpget() tells which one is in
** force.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fenv.h>
#include <stdio.h>
#include <string.h>

#include <lauxlib.h>
#include <lualib.h>
#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

#include "../../core/tine.h"

enum { FLUSH = 0x8040, MASKS_OFF = 0x0e80 }; /* of SSE: FTZ and DAZ; invalid, zero divide, overflow masked */

static const char *const names[] = {"nearest", "up", "down", "zero", "flush", "traps", NULL};

static void usual(void) {
  fesetround(FE_TONEAREST);
#if defined(__SSE2__)
  _mm_setcsr((_mm_getcsr() & ~(unsigned)FLUSH & ~0x3fu) | 0x1f80u);
#endif
}

/* False where there is no such mode here. */
static int fp_set(lua_State *L) {
  static const int roundings[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
  const int mode = luaL_checkoption(L, 1, NULL, names);
  int can = 1;
  usual();
  if (mode < 4)
    can = fesetround(roundings[mode]) == 0;
  else {
#if defined(__SSE2__)
    _mm_setcsr(mode == 4 ? _mm_getcsr() | FLUSH : _mm_getcsr() & ~(unsigned)MASKS_OFF);
#else
    can = 0;
#endif
  }
  lua_pushboolean(L, can);
  return 1;
}

static int fp_get(lua_State *L) {
  int mode = 0;
  switch (fegetround()) {
    case FE_UPWARD: mode = 1; break;
    case FE_DOWNWARD: mode = 2; break;
    case FE_TOWARDZERO: mode = 3; break;
    default: break;
  }
#if defined(__SSE2__)
  if ((_mm_getcsr() & FLUSH) == FLUSH)
    mode = 4;
  if ((_mm_getcsr() & 0x1f80u & MASKS_OFF) != MASKS_OFF)
    mode = 5;
#endif
  lua_pushstring(L, names[mode]);
  return 1;
}

int main(int argc, char **argv) {
  lua_State *L = luaL_newstate();
  int status;
  luaL_openlibs(L);
  luaL_requiref(L, "tine", luaopen_tine, 0);
  lua_pop(L, 1);
  lua_register(L, "fpset", fp_set);
  lua_register(L, "fpget", fp_get);
  status = argc > 1 ? luaL_dofile(L, argv[1]) : LUA_OK;
  usual();
  if (status != LUA_OK)
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
  lua_close(L);
  return status != LUA_OK;
}
