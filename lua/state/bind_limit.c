/*
** What a state's scripts may have: memory of the engine, threads, files. The host says so; scripts can only ask.
**
** Memory is an account of the engine. It is used from bind_limit_enter to bind_limit_leave, between which nothing
** raises: so what the engine allocates for the script is charged, and what the host does on the same thread is not. Lua
** that runs inside of a run (a hook, a function that is told the progress) finds it paused: it may begin and end
** anything, and close the state, and the run goes on as it was.
**
** A limit of threads means pools of the state's own: it never uses the default pool, which others made as large as they
** like. What runs without a pool uses one of what is left, made when it is first needed.
*/
#include "../run/bind_work.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* The struct as the first hosts have it: members that theirs lacks read as 0. */
enum { LIMITS_FIRST = offsetof(tine_lua_limits, no_share) };

/* TINE_NO_IO in the environment, unless it is empty or 0, closes files to all scripts of the process. */
static bool io_closed_outside(void) {
  const char *text = getenv("TINE_NO_IO");
  return text != NULL && *text != '\0' && (text[0] != '0' || text[1] != '\0');
}

void bind_limit_open(bind_state *state) {
  state->no_io = io_closed_outside();
}

/* Argument 1: are there limits? The metatable of arrays is open where Lanes is to find it, and then a script can take
   the finaliser away: not one that has limits. */
static int close_arrays(lua_State *L) {
  const bool closed = lua_toboolean(L, 1);
  bind_push_record(L);
  lua_getiuservalue(L, 2, BIND_ARRAYS);
  if (closed)
    lua_pushliteral(L, BIND_ARRAY);
  else
    lua_pushnil(L);
  lua_setfield(L, 3, "__metatable");
  if (lua_getiuservalue(L, 2, BIND_MODULE) == LUA_TTABLE) {
    if (closed)
      lua_pushnil(L);
    else
      lua_pushvalue(L, 3);
    lua_setfield(L, 4, BIND_ARRAY_FIELD);
  }
  return 0;
}

static tine_status protect_arrays(lua_State *L, bool limited) {
  int status = LUA_ERRMEM;
  if (lua_checkstack(L, LUA_MINSTACK)) {
    lua_pushcfunction(L, close_arrays);
    lua_pushboolean(L, limited);
    status = lua_pcall(L, 1, 0, 0);
    if (status != LUA_OK)
      lua_pop(L, 1);
  }
  return status == LUA_OK ? TINE_OK : TINE_ENOMEM;
}

TINE_API tine_status tine_lua_limit(lua_State *L, const tine_lua_limits *limits) {
  tine_lua_limits given = {.size = sizeof given};
  bind_state *state = bind_has_lua() ? bind_state_find(L) : NULL;
  if (limits != NULL && limits->size < LIMITS_FIRST)
    return TINE_EINVAL;
  if (limits != NULL)
    memcpy(&given, limits, limits->size < sizeof given ? limits->size : sizeof given);
  limits = &given;
  if (state == NULL || state->closed || limits->threads > TINE_MAX_THREADS)
    return TINE_EINVAL;
  if (protect_arrays(L, limits->bytes > 0 || limits->threads > 0 || limits->no_io || limits->no_share != 0) != TINE_OK)
    return TINE_ENOMEM;
  if (limits->bytes > 0 && state->account == NULL && tine_account_create(&state->account, 0, NULL) != TINE_OK) {
    state->account = NULL;
    return TINE_ENOMEM;
  }
  if (state->account != NULL)
    tine_account_limit(state->account, limits->bytes);
  state->most_bytes = limits->bytes;
  state->most_threads = limits->threads;
  state->no_io = limits->no_io || io_closed_outside();
  state->no_share = limits->no_share != 0;
  return TINE_OK;
}

void bind_limit_enter(bind_state *state) {
  if (state == NULL || state->account == NULL || state->charging++ > 0)
    return;
  state->charged_before = tine_account_use(state->account);
  tine_account_refused(state->account); /* forgets what is no longer of interest */
  state->refused = 0;
}

void bind_limit_leave(bind_state *state) {
  if (state != NULL && state->charging > 0 && --state->charging == 0)
    tine_account_use(state->charged_before);
}

void bind_limit_pause(bind_state *state, bind_charge *charge) {
  *charge = (bind_charge){state->charging, state->taking, state->charged_before, NULL, 0};
  if (state->charging > 0) {
    charge->used = tine_account_use(state->charged_before);
    charge->refused = tine_account_refused(state->account);
  }
  state->charging = 0;
  state->taking = false;
}

void bind_limit_resume(bind_state *state, const bind_charge *charge) {
  if (charge->charging > 0)
    tine_account_use(charge->used);
  state->charging = charge->charging;
  state->taking = charge->taking;
  state->charged_before = charge->charged_before;
  state->refused = charge->refused;
}

bool bind_limit_explain(lua_State *L) {
  bind_state *state = bind_state_get(L);
  uint64_t wanted = state != NULL && state->account != NULL ? tine_account_refused(state->account) : 0;
  if (wanted == 0 && state != NULL)
    wanted = state->refused;
  if (wanted == 0)
    return false;
  lua_pushfstring(L, "memory limit of this state: %I bytes wanted, %I of %I in use", (LUAI_UACINT)wanted,
                  (LUAI_UACINT)tine_account_bytes(state->account), (LUAI_UACINT)state->most_bytes);
  return true;
}

void bind_limit_io(lua_State *L) {
  if (bind_state_get(L)->no_io)
    luaL_error(L, "this state may not use files");
}

void bind_limit_share(lua_State *L) {
  if (bind_state_get(L)->no_share)
    luaL_error(L, "this state may not share arrays with others");
}

/* Threads, besides the one that runs the state, that its pools do not have yet. */
static unsigned workers_left(bind_state *state) {
  unsigned taken = bind_work_adopted(state) + (state->own != NULL ? tine_pool_threads(state->own) - 1 : 0);
  for (const bind_pool *h = state->pools; h != NULL; h = h->next)
    taken += tine_pool_threads(h->pool) - 1;
  return taken < state->most_threads ? state->most_threads - 1 - taken : 0;
}

unsigned bind_limit_threads(lua_State *L, unsigned wanted) {
  bind_state *state = bind_state_get(L);
  const unsigned all = wanted > 0 ? wanted : tine_default_threads();
  unsigned most;
  if (state->most_threads == 0)
    return wanted;
  most = workers_left(state) + 1;
  if (wanted > most)
    luaL_error(L, "thread limit of this state: a pool of %d threads wanted, %d of %d workers left", (int)wanted,
               (int)most - 1, (int)state->most_threads - 1);
  return all < most ? all : most;
}

unsigned bind_limit_default(bind_state *state) {
  const unsigned all = tine_default_threads();
  if (state == NULL || state->most_threads == 0)
    return tine_pool_threads(NULL);
  if (state->own != NULL)
    return tine_pool_threads(state->own);
  return all <= workers_left(state) ? all : workers_left(state) + 1;
}

void bind_limit_close(bind_state *state) {
  tine_pool *pool = state->own;
  tine_account *account = state->account;
  state->charging = state->charging > 0; /* a thread that used the account after its end would be the worst */
  bind_limit_leave(state);
  state->own = NULL;
  state->account = NULL;
  tine_pool_destroy(pool);
  tine_account_unshare(account);
  tine_account_release(account);
}

void bind_limit_info(lua_State *L) {
  const bind_state *state = bind_state_get(L);
  lua_createtable(L, 0, 3);
  if (state->most_bytes > 0) {
    lua_pushinteger(L, (lua_Integer)state->most_bytes);
    lua_setfield(L, -2, "bytes");
    lua_pushinteger(L, (lua_Integer)tine_account_bytes(state->account));
    lua_setfield(L, -2, "used");
  }
  if (state->most_threads > 0) {
    lua_pushinteger(L, (lua_Integer)state->most_threads);
    lua_setfield(L, -2, "threads");
  }
  lua_pushboolean(L, !state->no_io);
  lua_setfield(L, -2, "io");
  lua_pushboolean(L, !state->no_share);
  lua_setfield(L, -2, "share");
}
