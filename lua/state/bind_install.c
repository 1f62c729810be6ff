/*
** Which pool a run is on: the one its pipeline is bound to; else that of the innermost install; else, where the threads
** of the state are limited, one of its own; else the default one.
**
** pool:install makes a pool the one that runs of this state use, until fn is over. It is dynamic scope: the record
** points to the innermost install and each restores what it found. A to-be-closed guard does that, so that an error
** passes through with its traceback whole. fn cannot yield out of install ("attempt to yield across a C-call
** boundary"): what ran next would be inside a scope it never entered. Coroutines that fn resumes and that yield to fn
** are fine.
**
** An error that ends a coroutine closes nothing there before coroutine.close does, if ever. So an install knows its
** coroutine, and whoever asks for the innermost first takes off those of dead ones. These are on top: what a coroutine
** installed is over before the one that resumed it goes on.
*/
#include "../run/bind_pool.h"

#define BIND_GUARD "tine.Pool.Guard"

/* One call of install: the guard, whose user values keep what it points to. The record keeps the guard while it is
   active. */
typedef struct bind_install {
  bind_pool *pool;
  struct bind_install *previous;
  lua_State *thread;
  bool active;
} bind_install;

enum { INSTALL_PREVIOUS = 1, INSTALL_THREAD, INSTALL_HANDLE, INSTALL_USER_VALUES = INSTALL_HANDLE };

int bind_pool_raise_closed(lua_State *L) {
  return luaL_error(L, "attempt to use a closed pool");
}

bind_pool *bind_pool_check(lua_State *L, int arg) {
  bind_pool *h = bind_pool_of(luaL_checkudata(L, arg, BIND_POOL));
  if (h == NULL)
    bind_pool_raise_closed(L);
  return h;
}

bind_pool *bind_pool_bound(lua_State *L, int index) {
  void *handle = lua_getiuservalue(L, index, 1) == LUA_TUSERDATA ? luaL_testudata(L, -1, BIND_POOL) : NULL;
  bind_pool *h = bind_pool_of(handle);
  lua_pop(L, 1);
  if (handle != NULL && h == NULL)
    bind_pool_raise_closed(L);
  return h;
}

/* ----- Install ----- */

/* The innermost install is over. Allocates nothing. */
static void uninstall(lua_State *L, bind_state *state) {
  bind_install *install = state->install;
  install->active = false;
  install->pool->installs--;
  state->install = install->previous;
  bind_push_record(L);
  lua_getiuservalue(L, -1, BIND_INSTALL);
  lua_getiuservalue(L, -1, INSTALL_PREVIOUS);
  lua_setiuservalue(L, -3, BIND_INSTALL);
  lua_pop(L, 2);
}

/* Takes off the installs of coroutines that an error ended. */
static void uninstall_dead(lua_State *L, bind_state *state) {
  while (state->install != NULL && lua_status(state->install->thread) > LUA_YIELD)
    uninstall(L, state);
}

bind_pool *bind_pool_installed(lua_State *L) {
  bind_state *state = bind_state_get(L);
  if (state == NULL || state->install == NULL)
    return NULL;
  uninstall_dead(L, state);
  return state->install != NULL ? state->install->pool : NULL;
}

static int guard_close(lua_State *L) {
  const bind_install *install = luaL_checkudata(L, 1, BIND_GUARD);
  bind_state *state = bind_state_get(L);
  while (install->active && state->install != NULL)
    uninstall(L, state);
  return 0;
}

/* Pushes a guard, not active, for the pool at 1. */
static bind_install *push_guard(lua_State *L, bind_pool *h) {
  bind_install *install = lua_newuserdatauv(L, sizeof *install, INSTALL_USER_VALUES);
  *install = (bind_install){h, NULL, L, false};
  luaL_setmetatable(L, BIND_GUARD);
  lua_pushthread(L);
  lua_setiuservalue(L, -2, INSTALL_THREAD);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, INSTALL_HANDLE);
  return install;
}

int bind_pool_install(lua_State *L) {
  bind_pool *h = bind_pool_check(L, 1);
  bind_state *state = bind_state_get(L);
  bind_install *install;
  luaL_checktype(L, 2, LUA_TFUNCTION);
  install = push_guard(L, h);
  lua_insert(L, 2);
  lua_toclose(L, 2);
  if (h->pool == NULL)
    return bind_pool_raise_closed(L); /* by a finaliser, just now */
  uninstall_dead(L, state);
  bind_push_record(L);
  lua_getiuservalue(L, -1, BIND_INSTALL);
  lua_setiuservalue(L, 2, INSTALL_PREVIOUS);
  lua_pushvalue(L, 2);
  lua_setiuservalue(L, -2, BIND_INSTALL);
  lua_pop(L, 1);
  install->previous = state->install;
  install->active = true;
  state->install = install;
  h->installs++;
  lua_call(L, lua_gettop(L) - 3, LUA_MULTRET);
  return lua_gettop(L) - 2;
}

static const luaL_Reg guard_metamethods[] = {{"__close", guard_close}, {NULL, NULL}};

void bind_install_open(lua_State *L) {
  bind_metatable(L, BIND_GUARD, guard_metamethods);
}

/* ----- Where nothing is bound ----- */

/* In the child of a fork the pool has no threads: another one takes its place, unless a run of this thread is on it. */
static void renew_own(bind_state *state) {
  tine_pool *pool = state->own;
  if (pool == NULL || state->looking || state->own_process == tine_fork_generation())
    return;
  state->own = NULL;
  tine_pool_destroy(pool);
}

/* In place of the default pool; NULL where there is no limit. May raise. */
static tine_pool *limited_pool(lua_State *L) {
  tine_pool_options options = {.size = sizeof options};
  bind_state *state = bind_state_get(L);
  tine_status status;
  tine_error err;
  if (state->most_threads == 0 || state->closed)
    return NULL;
  renew_own(state);
  if (state->own != NULL)
    return state->own;
  options.threads = bind_limit_threads(L, 0);
  options.job_threads = TINE_NO_JOB_THREADS;
  state->own_process = tine_fork_generation();
  bind_limit_enter(state);
  status = tine_pool_create(&state->own, &options, &err);
  bind_limit_leave(state);
  if (status != TINE_OK) {
    state->own = NULL;
    bind_error_raise(L, &err);
  }
  return state->own;
}

tine_pool *bind_pool_here(lua_State *L) {
  const bind_pool *h = bind_pool_installed(L);
  return h != NULL && h->pool != NULL ? h->pool : limited_pool(L);
}
