/* What a state's scripts may have, as bind_limit.c sees to it; a part of bind.h. */
#ifndef TINE_LUA_BIND_LIMIT_H
#define TINE_LUA_BIND_LIMIT_H

void bind_limit_open(bind_state *state); /* a new record */
void bind_limit_close(bind_state *state);
/* What the engine allocates in between is charged to the state (NULL: to nobody); nothing may raise there. */
void bind_limit_enter(bind_state *state);
void bind_limit_leave(bind_state *state);
/* The same for builders: begun as they take their sources, ended as they close; more than once does no harm. */
static inline void bind_limit_begin(bind_state *state) {
  if (state != NULL && state->account != NULL && !state->taking) {
    state->taking = true;
    bind_limit_enter(state);
  }
}
static inline void bind_limit_end(bind_state *state) {
  if (state != NULL && state->taking) {
    state->taking = false;
    bind_limit_leave(state);
  }
}
/* Lua runs inside of a call of the engine's: until that goes on nothing is charged but what is begun anew. */
typedef struct bind_charge {
  unsigned charging;
  bool taking;
  tine_account *charged_before, *used;
  uint64_t refused;
} bind_charge;
void bind_limit_pause(bind_state *state, bind_charge *charge);
void bind_limit_resume(bind_state *state, const bind_charge *charge);
/* After the engine had no memory: pushes the message if it was the state's limit; else pushes nothing, and is false. */
bool bind_limit_explain(lua_State *L);
void bind_limit_io(lua_State *L);    /* raises where files are closed to the state */
void bind_limit_share(lua_State *L); /* raises where arrays may not leave the state, or come to it */
/* How many threads a pool gets that is to have so many (0: as many as there are); raises where the limit forbids. */
unsigned bind_limit_threads(lua_State *L, unsigned wanted);
/* Threads that a run without a pool has, or would have. */
unsigned bind_limit_default(bind_state *state);
void bind_limit_info(lua_State *L); /* pushes a table */

#endif
