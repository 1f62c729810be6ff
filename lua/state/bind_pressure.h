/*
** What the collector is told of besides memory, and asking again for what the system refused: see bind_pressure.c.
*/
#ifndef TINE_LUA_BIND_PRESSURE_H
#define TINE_LUA_BIND_PRESSURE_H

#include "bind.h"

/* As bind_state_pressure, where the record is at hand; or NULL. */
void bind_pressure_add(lua_State *L, bind_state *state, uint64_t bytes);
void bind_pressure_open(bind_state *state); /* a new record */
/* Collects everything if the account is over its limit, whoever charged it. */
void bind_pressure_look(lua_State *L);
/* Before n more of a resource are asked for: collects everything if there are many. */
void bind_pressure_expect(lua_State *L, bind_resource which, uint64_t n);
/* Collects everything; false if it cannot. */
bool bind_pressure_collect(lua_State *L);
/* Was it memory, a thread, a descriptor or a mapping that was refused? Then it collects everything, and true says that
   there is use in asking again. */
bool bind_pressure_again(lua_State *L, const tine_error *err);
static inline void bind_pressure_more(bind_state *state, bind_resource which, uint64_t n) {
  state->used[which] += n;
}
static inline void bind_pressure_less(bind_state *state, bind_resource which, uint64_t n) {
  state->used[which] -= n;
}

#endif
