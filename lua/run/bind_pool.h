/*
** Pools as the binding's other files see them: which one a run is on, and handles of those that are open.
*/
#ifndef TINE_LUA_BIND_POOL_H
#define TINE_LUA_BIND_POOL_H

#include "../state/bind.h"

/* The pool of a handle; NULL: it is closed. */
static inline bind_pool *bind_pool_of(void *handle) {
  bind_pool *h = handle != NULL ? *(bind_pool **)handle : NULL;
  return h != NULL && h->pool != NULL ? h : NULL;
}
/* Pushes the handle of that pool; false, and nothing pushed, if it has none. Raises nothing. */
bool bind_pool_push(lua_State *L, const tine_pool *pool);
void bind_pool_open(lua_State *L);
void bind_pool_destroy(bind_state *state, bind_pool *h); /* joins its threads; may be closed already */
extern const bind_export bind_pool_functions[];

/* bind_install.c */
bind_pool *bind_pool_check(lua_State *L, int arg); /* raises if closed */
int bind_pool_raise_closed(lua_State *L);
/* The pool whose handle is the user value of the pipeline or iterator at 'index'; NULL for none. Raises if closed. */
bind_pool *bind_pool_bound(lua_State *L, int index);
int bind_pool_install(lua_State *L);          /* the method */
bind_pool *bind_pool_installed(lua_State *L); /* the innermost; NULL: none; it may be closed */
/* Where what is bound to no pool runs: in the innermost install, or the state's own; NULL: the default pool. */
tine_pool *bind_pool_here(lua_State *L);
static inline bool bind_pool_none(const bind_state *state) { /* not even looked for: usual, and asked at each run */
  return state->install == NULL && state->most_threads == 0;
}
void bind_install_open(lua_State *L); /* pushes the metatable of guards */

#endif
