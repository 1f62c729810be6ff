/*
** tine.Pool, and what there is to know about threads. (bind_install.c says which pool a run is on.)
*/
#include "../state/bind_pressure.h"
#include "bind_pool.h"
#include "bind_work.h"

#include <string.h>

bool bind_pool_push(lua_State *L, const tine_pool *pool) {
  const int top = lua_gettop(L);
  bind_push_record(L);
  lua_getiuservalue(L, -1, BIND_POOLS);
  if (lua_istable(L, -1) && lua_rawgetp(L, -1, pool) == LUA_TUSERDATA) {
    const bind_pool *h = bind_pool_of(lua_touserdata(L, -1));
    lua_replace(L, top + 1);
    lua_settop(L, top + 1);
    if (h != NULL && h->pool == pool)
      return true;
  }
  lua_settop(L, top);
  return false;
}

/* Lets the open pool of the handle on top be found. */
static void remember(lua_State *L) {
  const bind_pool *h = bind_pool_of(lua_touserdata(L, -1));
  bind_push_record(L);
  lua_getiuservalue(L, -1, BIND_POOLS);
  lua_pushvalue(L, -3);
  lua_rawsetp(L, -2, h->pool);
  lua_pop(L, 2);
}

/* Pushes a handle of a closed pool, which the record keeps. */
static bind_pool *push_pool(lua_State *L) {
  bind_pool **handle = lua_newuserdatauv(L, sizeof *handle, 1), *h;
  *handle = NULL;
  luaL_setmetatable(L, BIND_POOL);
  h = lua_newuserdatauv(L, sizeof *h, 0);
  *h = (bind_pool){NULL, 0, NULL, NULL};
  bind_push_record(L);
  lua_getiuservalue(L, -1, BIND_OPEN);
  lua_pushvalue(L, -3);
  lua_rawsetp(L, -2, h);
  lua_pop(L, 2);
  lua_setiuservalue(L, -2, 1);
  *handle = h;
  return h;
}

/* The record need not keep the pool of the handle at 1 any more. Allocates nothing. */
static void forget(lua_State *L, const bind_pool *h) {
  bind_push_record(L);
  lua_getiuservalue(L, -1, BIND_OPEN);
  lua_pushnil(L);
  lua_rawsetp(L, -2, h);
  lua_pop(L, 2);
}

static const char *const option_names[] = {"threads", "name", "stack_size", NULL};

/* An integer option in [0, most]; 0, the default, where it is not given. */
static size_t integer_option(lua_State *L, const char *name, lua_Integer most) {
  int exact = 0;
  lua_Integer n = 0;
  if (lua_getfield(L, 1, name) != LUA_TNIL) {
    n = lua_type(L, -1) == LUA_TNUMBER ? lua_tointegerx(L, -1, &exact) : 0;
    if (!exact || n < 0 || n > most)
      luaL_argerror(L, 1, lua_pushfstring(L, "option '%s' must be an integer from 0 to %I", name, (LUAI_UACINT)most));
  }
  lua_pop(L, 1);
  return (size_t)n;
}

/* Fills options from the table at 1; the name stays on the stack. */
static void read_options(lua_State *L, tine_pool_options *options) {
  bind_options_check(L, 1, option_names);
  options->threads = (unsigned)integer_option(L, "threads", TINE_MAX_THREADS);
  options->stack_size = integer_option(L, "stack_size", PTRDIFF_MAX);
  if (lua_getfield(L, 1, "name") != LUA_TNIL) {
    if (lua_type(L, -1) != LUA_TSTRING)
      luaL_argerror(L, 1, "option 'name' must be a string");
    options->name = lua_tostring(L, -1);
    if (strlen(options->name) != lua_rawlen(L, -1))
      luaL_argerror(L, 1, "option 'name' contains a zero byte");
  }
}

static tine_status create_pool(bind_state *state, const tine_pool_options *options, tine_pool **pool, tine_error *err) {
  tine_status status;
  *pool = NULL;
  bind_limit_enter(state);
  status = tine_pool_create(pool, options, err);
  bind_limit_leave(state);
  return status;
}

/* Did the system refuse something? */
static bool got_less(tine_status status, const tine_pool *pool, const tine_pool_options *options) {
  const unsigned asked = options->threads > 0 ? options->threads : tine_default_threads();
  return status == TINE_ENOMEM || (status == TINE_OK && tine_pool_threads(pool) < asked);
}

static int pool_pool(lua_State *L) {
  tine_pool_options options = {.size = sizeof options};
  bind_state *state = bind_state_get(L);
  tine_error err;
  tine_status status;
  tine_pool *pool;
  unsigned wanted;
  bind_pool *h;
  if (!lua_isnoneornil(L, 1)) {
    luaL_checktype(L, 1, LUA_TTABLE);
    read_options(L, &options);
  }
  if (state->closed)
    return luaL_error(L, "attempt to make a pool in a closing state"); /* nothing would join its threads */
  h = push_pool(L);
  wanted = options.threads;
  options.job_threads = state->most_threads > 0 ? TINE_NO_JOB_THREADS : 0;
  bind_pressure_expect(L, BIND_THREADS, wanted > 0 ? wanted : tine_default_threads());
  options.threads = bind_limit_threads(L, wanted);
  status = create_pool(state, &options, &pool, &err);
  if (got_less(status, pool, &options)) { /* finalisers may make pools, too: so this one goes before it is made anew */
    tine_pool_destroy(pool);
    bind_pressure_collect(L);
    options.threads = bind_limit_threads(L, wanted);
    status = create_pool(state, &options, &pool, &err);
  }
  if (status != TINE_OK)
    return bind_error_raise(L, &err);
  h->pool = pool;
  bind_pressure_more(state, BIND_THREADS, tine_pool_threads(pool) - 1);
  h->next = state->pools;
  state->pools = h;
  remember(L);
  return 1;
}

static int pool_threads(lua_State *L) {
  lua_pushinteger(L, tine_pool_threads(bind_pool_check(L, 1)->pool));
  return 1;
}

void bind_pool_destroy(bind_state *state, bind_pool *h) {
  tine_pool *pool = h->pool;
  h->pool = NULL;
  if (pool != NULL)
    bind_pressure_less(state, BIND_THREADS, tine_pool_threads(pool) - 1);
  if (pool != NULL)
    for (bind_pool **at = &state->pools; *at != NULL; at = &(*at)->next)
      if (*at == h) {
        *at = h->next;
        break;
      }
  if (pool != NULL && !bind_work_adopt_pool(state, h, pool))
    tine_pool_destroy(pool);
}

/* Waits for the jobs that run on the pool: only the script that started them ends them. Meanwhile a hook may do
   anything. */
static void wait_for_jobs(lua_State *L, bind_pool *h) {
  bind_state *state = bind_state_get(L);
  const bind_work *work;
  while (h->pool != NULL && (work = bind_work_on_pool(state, h)) != NULL) {
    tine_job *job = tine_job_retain(work->job);
    bind_watch w;
    bind_watch_open(L, &w, bind_state_get(L), 0, 0);
    bind_watch_set(&w);
    tine_job_wait(job, -1, NULL);
    tine_job_release(job);
    bind_watch_close(&w);
    if (w.failed)
      lua_error(L);
  }
}

static int pool_close(lua_State *L) {
  bind_pool *h = bind_pool_of(luaL_checkudata(L, 1, BIND_POOL));
  bind_state *state = bind_state_get(L);
  if (h == NULL)
    return 0;
  bind_pool_installed(L); /* those of dead coroutines go */
  if (h->installs > 0)
    return luaL_error(L, "attempt to close a pool inside its own install");
  if (state->looking) /* the terminal may be on it, or go there */
    return luaL_error(L, "attempt to close a pool inside of a terminal");
  wait_for_jobs(L, h);
  bind_pool_destroy(state, h);
  forget(L, h);
  return 0;
}

/* Unreachable, so nothing is inside its install - or the state closes, from within one. Jobs may still run on it. */
static int pool_gc(lua_State *L) {
  bind_pool *h = bind_pool_of(luaL_checkudata(L, 1, BIND_POOL));
  if (h == NULL)
    return 0;
  bind_pool_destroy(bind_state_get(L), h);
  forget(L, h);
  return 0;
}

static int pool_tostring(lua_State *L) {
  const bind_pool *h = bind_pool_of(luaL_checkudata(L, 1, BIND_POOL));
  if (h == NULL)
    lua_pushliteral(L, "tine.Pool (closed)");
  else
    lua_pushfstring(L, "tine.Pool (%d threads)", (int)tine_pool_threads(h->pool));
  return 1;
}

/* Threads that a run started here and now may use. */
static lua_Integer current_threads(lua_State *L) {
  const bind_pool *h = bind_pool_installed(L);
  return h != NULL && h->pool != NULL ? (lua_Integer)tine_pool_threads(h->pool) : bind_limit_default(bind_state_get(L));
}

static int module_threads(lua_State *L) {
  lua_pushinteger(L, current_threads(L));
  return 1;
}

static int module_clock(lua_State *L) {
  lua_pushnumber(L, tine_clock());
  return 1;
}

static int module_info(lua_State *L) {
  char warning[TINE_MESSAGE_SIZE];
  lua_createtable(L, 0, 5);
  lua_pushliteral(L, TINE_VERSION);
  lua_setfield(L, -2, "version");
  lua_pushinteger(L, current_threads(L));
  lua_setfield(L, -2, "threads");
  lua_pushliteral(L, LUA_VERSION);
  lua_setfield(L, -2, "lua");
  lua_pushstring(L, tine_math_name()); /* whose transcendental functions are in use */
  lua_setfield(L, -2, "math");
  bind_limit_info(L);
  lua_setfield(L, -2, "limits");
  if (tine_warning(warning, sizeof warning)) {
    lua_pushstring(L, warning);
    lua_setfield(L, -2, "warning");
  }
  return 1;
}

static const bind_export pool_methods[] = {
    {"threads", pool_threads, 0}, {"install", bind_pool_install, BIND_ANY}, {"close", pool_close, 0}, {NULL, NULL, 0}};

static const luaL_Reg pool_metamethods[] = {
    {"__gc", pool_gc}, {"__close", pool_close}, {"__tostring", pool_tostring}, {NULL, NULL}};

const bind_export bind_pool_functions[] = {{"pool", pool_pool, 1},
                                           {"threads", module_threads, 0},
                                           {"clock", module_clock, 0},
                                           {"info", module_info, 0},
                                           {NULL, NULL, 0}};

/* Two tables, in the record; the values of the first are weak. */
static void open_handles(lua_State *L) {
  bind_push_record(L);
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "v");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_setiuservalue(L, -2, BIND_POOLS);
  lua_newtable(L);
  lua_setiuservalue(L, -2, BIND_OPEN);
  lua_pop(L, 1);
}

void bind_pool_open(lua_State *L) {
  open_handles(L);
  bind_metatable(L, BIND_POOL, pool_metamethods);
  lua_newtable(L);
  bind_export_methods(L, pool_methods);
  bind_name_expect(L, BIND_POOL);
  lua_setfield(L, -2, "__index");
  bind_install_open(L);
}
