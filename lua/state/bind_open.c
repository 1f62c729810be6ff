/*
** luaopen_tine: the module table, and the one record a Lua state keeps (bind_state.c finds it).
**
** The record is a userdata in Lua's registry under an address no one else has. It is made before everything else, so
** when the state closes it is finalised after every handle the module made: the registry of kernels and the hold on
** the default pool outlive their users. Opening twice gives the same module, also after an attempt that ran out of
** memory half way: all steps may be repeated.
*/
#include "../function/bind_capture.h"
#include "../function/bind_function.h"
#include "../pipeline/bind_iter.h"
#include "../run/bind_pool.h"
#include "../run/bind_work.h"
#include "bind_copy.h"
#include "bind_pressure.h"

#define BIND_STATE "tine.State"

static int state_gc(lua_State *L) {
  bind_state *state = luaL_checkudata(L, 1, BIND_STATE);
  tine_registry *registry = state->registry;
  tine_interrupt *const interrupt = state->interrupt;
  bind_work_end_all(state);
  bind_iter_end_all(state);
  while (state->pools != NULL)
    bind_pool_destroy(state, state->pools);
  bind_keep_end(state);
  bind_limit_close(state);
  const bool holds = state->holds;
  *state = (bind_state){
      .tag = &bind_tag_state, .main = state->main, .live = state->live, .no_io = state->no_io, .closed = true};
  tine_registry_release(registry);
  tine_interrupt_release(interrupt);
  if (holds)
    tine_default_pool_release();
  return 0;
}

static lua_State *main_thread(lua_State *L) {
  lua_State *main;
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
  main = lua_tothread(L, -1);
  lua_pop(L, 1);
  return main;
}

/* Makes the record, or completes one. */
static void state_open(lua_State *L) {
  bind_state *state = bind_state_find(L);
  tine_error err;
  if (state == NULL) {
    state = lua_newuserdatauv(L, sizeof *state, BIND_USER_VALUES);
    *state = (bind_state){.tag = &bind_tag_state, .main = main_thread(L)};
    bind_pressure_open(state);
    bind_limit_open(state);
    luaL_newmetatable(L, BIND_STATE);
    lua_pushcfunction(L, state_gc);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &bind_tag_state);
  }
  if (state->closed)
    return; /* required by a finaliser of a closing state: the built-in kernels and runs without a hold remain */
  if (state->registry == NULL && tine_registry_create(&state->registry, &err) != TINE_OK) {
    state->registry = NULL;
    bind_error_raise(L, &err);
  }
  if (!state->holds) {
    tine_default_pool_hold();
    state->holds = true;
  }
}

static const bind_export *const open_methods[] = {
    bind_pipeline_methods, bind_adaptor_methods, bind_indexed_methods, bind_call_methods,
    bind_progress_methods, bind_iter_methods,    bind_job_methods,     NULL};

/* A table of what pipelines and arrays have in common. */
static void open_push_methods(lua_State *L) {
  lua_newtable(L);
  for (size_t i = 0; open_methods[i] != NULL; i++)
    bind_export_methods(L, open_methods[i]);
  bind_run_methods(L);
}

static void open_types(lua_State *L) {
  const int top = lua_gettop(L);
  bind_push_record(L);
  lua_newtable(L);
  lua_setiuservalue(L, -2, BIND_FOUND);
  lua_newtable(L);
  lua_newtable(L);
  lua_pushliteral(L, "v");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_setiuservalue(L, -2, BIND_TOLD);
  bind_function_open(L);
  lua_settop(L, top);
  open_push_methods(L);
  bind_pipeline_open(L, top + 1);
  bind_array_open(L, top + 1);
  bind_kernel_open(L);
  bind_pool_open(L);
  bind_iter_open(L);
  bind_job_open(L);
  bind_watch_ready(L);
  bind_capture_open(L);
  lua_settop(L, top);
}

static const bind_export *const functions[] = {
    bind_array_functions, bind_io_functions,   bind_source_functions, bind_kernel_functions,
    bind_pool_functions,  bind_help_functions, bind_share_functions,  NULL};

static void push_module(lua_State *L) {
  lua_newtable(L);
  for (size_t i = 0; functions[i] != NULL; i++)
    bind_export_functions(L, functions[i]);
  lua_pushliteral(L, "tine " TINE_VERSION);
  lua_setfield(L, -2, "_VERSION");
  lua_pushliteral(L, TINE_VERSION);
  lua_setfield(L, -2, "version");
  bind_push_record(L);
  lua_getiuservalue(L, -1, BIND_ARRAYS);
  lua_setfield(L, -3, BIND_ARRAY_FIELD);
  lua_pop(L, 1);
}

/* Lua of another version, or without lauxlib, gets an error; without any Lua there is nobody to tell. */
static int without_lua(lua_State *L) {
#if defined(BIND_WEAK_LUA) && defined(__GNUC__)
  if (lua_pushstring == NULL || lua_error == NULL)
    return 0;
#endif
  lua_pushstring(L, "tine needs Lua 5.4, and all of its auxiliary library (lauxlib) linked");
  return lua_error(L);
}

TINE_API int luaopen_tine(lua_State *L) {
  if (!bind_has_lua())
    return without_lua(L);
  luaL_checkversion(L);
  if (bind_copy_open(L))
    return 1;
  bind_copy_publish(L);
  state_open(L);
  bind_push_record(L);
  if (lua_getiuservalue(L, -1, BIND_MODULE) == LUA_TTABLE)
    return 1;
  open_types(L);
  push_module(L);
  lua_pushvalue(L, -1);
  lua_setfield(L, LUA_REGISTRYINDEX, BIND_MODULE_KEY);
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, -4, BIND_MODULE); /* record, nil, module, module */
  return 1;
}
