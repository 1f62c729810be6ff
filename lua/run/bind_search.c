/*
** Terminals that search: any, all, find_*, position_*, and eq and cmp of two pipelines. The answer is that of a plain
** loop that stops at the item which decides it, so an item after that one may fail unnoticed. (The loop of *_last goes
** from the end where the pipeline allows it, else over all items; *_any may stop at any match.)
*/
#include "bind_pool.h"
#include "bind_run.h"

static int push_holds(lua_State *L, const bind_run *r) {
  lua_pushboolean(L, r->holds);
  return 1;
}

static tine_status run_any(bind_run *r, tine_error *err) {
  return tine_any(r->p, r->call.kernel, r->call.constants, r->call.n, &r->holds, err);
}

static tine_status run_all(bind_run *r, tine_error *err) {
  return tine_all(r->p, r->call.kernel, r->call.constants, r->call.n, &r->holds, err);
}

static tine_status find(bind_run *r, tine_which which, tine_error *err) {
  return tine_find(r->p, which, r->call.kernel, r->call.constants, r->call.n, r->values, err);
}

static tine_status run_find_first(bind_run *r, tine_error *err) {
  return find(r, TINE_FIRST, err);
}

static tine_status run_find_last(bind_run *r, tine_error *err) {
  return find(r, TINE_LAST, err);
}

static tine_status run_find_any(bind_run *r, tine_error *err) {
  return find(r, TINE_ANY, err);
}

/* The item, one value per column; or a single nil. */
static int push_found(lua_State *L, const bind_run *r) {
  const unsigned n = r->values[0].dtype == TINE_NONE ? 1 : r->columns;
  luaL_checkstack(L, (int)n, "too many columns");
  for (unsigned i = 0; i < n; i++)
    bind_value_push(L, r->values[i]);
  return (int)n;
}

static tine_status position(bind_run *r, tine_which which, tine_error *err) {
  return tine_position(r->p, which, r->call.kernel, r->call.constants, r->call.n, &r->n, err);
}

static tine_status run_position_first(bind_run *r, tine_error *err) {
  return position(r, TINE_FIRST, err);
}

static tine_status run_position_last(bind_run *r, tine_error *err) {
  return position(r, TINE_LAST, err);
}

static tine_status run_position_any(bind_run *r, tine_error *err) {
  return position(r, TINE_ANY, err);
}

static int push_position(lua_State *L, const bind_run *r) {
  if (r->n == UINT64_MAX)
    lua_pushnil(L);
  else
    lua_pushinteger(L, (lua_Integer)r->n + 1);
  return 1;
}

/* The second pipeline of a comparison: its pool has to be open, too. */
static void check_second(lua_State *L, bind_run *r) {
  bind_source src;
  bind_source_check(L, r->arg, &src);
  bind_run_expect(L, r->state, &src);
}

static void take_second(lua_State *L, bind_run *r) {
  bind_source src;
  bind_source_check(L, r->arg, &src);
  bind_run_expect(L, r->state, &src);
  if (src.pipeline != NULL && src.pipeline->bound && (r->source.pipeline == NULL || !r->source.pipeline->bound))
    r->pool = (r->on = bind_pool_bound(L, src.index))->pool;
  r->q = bind_source_take(&src);
  if (r->pool != NULL)
    r->q = tine_on(r->q, r->pool); /* both on that one: no other has to stay open until the end */
  r->brief = false;
}

static tine_status run_eq(bind_run *r, tine_error *err) {
  return tine_eq(r->p, r->q, &r->holds, err);
}

static tine_status run_cmp(bind_run *r, tine_error *err) {
  return tine_cmp(r->p, r->q, &r->sign, err);
}

static int push_sign(lua_State *L, const bind_run *r) {
  if (r->sign < -1 || r->sign > 1)
    lua_pushnil(L); /* a NaN: no order */
  else
    lua_pushinteger(L, r->sign);
  return 1;
}

const bind_terminal bind_search_terminals[] = {
    {"any", BIND_ANY, .kernel = true, .check = bind_run_check_call, .run = run_any, .push = push_holds},
    {"all", BIND_ANY, .kernel = true, .check = bind_run_check_call, .run = run_all, .push = push_holds},
    {"find_first", BIND_ANY, .kernel = true, .check = bind_run_check_call, .run = run_find_first, .push = push_found},
    {"find_last", BIND_ANY, .kernel = true, .check = bind_run_check_call, .run = run_find_last, .push = push_found},
    {"find_any", BIND_ANY, .kernel = true, .check = bind_run_check_call, .run = run_find_any, .push = push_found},
    {"position_first", BIND_ANY, .kernel = true, .check = bind_run_check_call, .run = run_position_first,
     .push = push_position},
    {"position_last", BIND_ANY, .kernel = true, .check = bind_run_check_call, .run = run_position_last,
     .push = push_position},
    {"position_any", BIND_ANY, .kernel = true, .check = bind_run_check_call, .run = run_position_any,
     .push = push_position},
    {"eq", 1, .check = check_second, .take = take_second, .run = run_eq, .push = push_holds},
    {"cmp", 1, .check = check_second, .take = take_second, .run = run_cmp, .push = push_sign},
    {.name = NULL}};
