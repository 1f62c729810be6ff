/*
** Pipelines on their way between scripts and functions in C, of packs and of hosts. Arrays go the same way in
** bind_array.c.
**
** What C takes is borrowed from the handle. What it gives is made anew, so it may come with an error, which is raised,
** and must not be lost where Lua has no memory for a handle: that is made in protected mode, before p is the handle's.
*/
#include "../run/bind_pool.h"
#include "../state/bind.h"

TINE_API tine_pipeline *tine_lua_topipeline(lua_State *L, int index) {
  bind_source src;
  if (!bind_source_is(L, index, &src))
    return NULL;
  if (src.pipeline != NULL)
    return src.pipeline->pipeline;
  if (src.array->array != NULL && src.array->slice == NULL) {
    bind_limit_enter(src.state);
    bind_keep_pipeline(&src.array->place, src.array->slice = tine_slice(src.array->array));
    bind_limit_leave(src.state);
  }
  return src.array->slice;
}

/* Argument 1: the stage to open. */
static int open_handle(lua_State *L) {
  bind_stage_open(L, lua_touserdata(L, 1), true);
  return 1;
}

/* Binds the new handle to the script's pool that p is bound to; false if p is bound to another one. */
static bool keep_pool(lua_State *L, const bind_stage *s, const tine_pipeline *p) {
  const tine_pool *pool = tine_pipeline_pool(p);
  if (pool == NULL)
    return true;
  if (!bind_pool_push(L, pool))
    return false;
  lua_setiuservalue(L, s->index, BIND_BOUND);
  s->out->bound = true;
  return true;
}

static int raise_after(lua_State *L, tine_pipeline *p, const char *message) {
  tine_pipeline_release(p);
  return luaL_error(L, "%s", message);
}

TINE_API int tine_lua_pushpipeline(lua_State *L, tine_pipeline *p) {
  bind_state *state = bind_state_get(L);
  bind_stage s;
  if (state == NULL)
    return raise_after(L, p, "this state has no tine yet: luaopen_tine first (luaL_requiref), or require it");
  if (!lua_checkstack(L, LUA_MINSTACK))
    return raise_after(L, p, "stack overflow");
  lua_pushcfunction(L, open_handle);
  lua_pushlightuserdata(L, &s);
  if (lua_pcall(L, 1, 1, 0) != LUA_OK) {
    tine_pipeline_release(p);
    return lua_error(L);
  }
  s.index = lua_gettop(L);
  if (!keep_pool(L, &s, p))
    return raise_after(L, p, "a pipeline for scripts cannot be bound to a pool that is not theirs");
  state->hosted = true;
  s.out->work = UINT64_MAX; /* nobody said */
  return bind_stage_close(L, &s, p, 0);
}
