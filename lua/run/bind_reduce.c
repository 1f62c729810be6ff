/*
** Terminals that give values. With several columns there is one result a column; a value that does not exist is nil.
*/
#include "bind_run.h"

static int push_each(lua_State *L, const tine_value *values, unsigned n) {
  luaL_checkstack(L, (int)n, "too many columns");
  for (unsigned i = 0; i < n; i++)
    bind_value_push(L, values[i]);
  return (int)n;
}

static int push_values(lua_State *L, const bind_run *r) {
  return push_each(L, r->values, r->columns);
}

static int push_nothing(lua_State *L, const bind_run *r) {
  (void)L;
  (void)r;
  return 0;
}

static tine_status run_sum(bind_run *r, tine_error *err) {
  return tine_sum(r->p, r->values, err);
}

static tine_status run_product(bind_run *r, tine_error *err) {
  return tine_product(r->p, r->values, err);
}

static tine_status run_mean(bind_run *r, tine_error *err) {
  return tine_mean(r->p, r->values, err);
}

static void check_ddof(lua_State *L, bind_run *r) {
  r->k = lua_isnoneornil(L, r->arg) ? 0 : bind_count_check(L, r->arg, 0);
}

static tine_status run_var(bind_run *r, tine_error *err) {
  return tine_var_ddof(r->p, r->k, r->values, err);
}

static tine_status run_std(bind_run *r, tine_error *err) {
  return tine_std_ddof(r->p, r->k, r->values, err);
}

static tine_status run_min(bind_run *r, tine_error *err) {
  return tine_min(r->p, r->values, NULL, err);
}

static tine_status run_max(bind_run *r, tine_error *err) {
  return tine_max(r->p, r->values, NULL, err);
}

static tine_status run_argmin(bind_run *r, tine_error *err) {
  const tine_status status = tine_pipeline_needs(r->p, TINE_INDEXED, "argmin", err);
  return status == TINE_OK ? tine_min(r->p, r->values, r->index, err) : status;
}

static tine_status run_argmax(bind_run *r, tine_error *err) {
  const tine_status status = tine_pipeline_needs(r->p, TINE_INDEXED, "argmax", err);
  return status == TINE_OK ? tine_max(r->p, r->values, r->index, err) : status;
}

static int push_positions(lua_State *L, const bind_run *r) {
  luaL_checkstack(L, (int)r->columns, "too many columns");
  for (unsigned i = 0; i < r->columns; i++)
    if (r->values[i].dtype == TINE_NONE)
      lua_pushnil(L);
    else
      lua_pushinteger(L, (lua_Integer)r->index[i] + 1);
  return (int)r->columns;
}

static tine_status run_minmax(bind_run *r, tine_error *err) {
  return tine_minmax(r->p, r->values, r->values + TINE_MAX_COLUMNS, err);
}

static int push_minmax(lua_State *L, const bind_run *r) {
  luaL_checkstack(L, 2 * (int)r->columns, "too many columns");
  for (unsigned i = 0; i < r->columns; i++) {
    bind_value_push(L, r->values[i]);
    bind_value_push(L, r->values[TINE_MAX_COLUMNS + i]);
  }
  return (int)(2 * r->columns);
}

static tine_status run_reduce(bind_run *r, tine_error *err) {
  return tine_reduce(r->p, r->call.kernel, r->given ? &r->init : NULL, r->values, err);
}

/* With a predicate, and perhaps a list of its columns: how many a filter with these arguments keeps. */
static void check_count(lua_State *L, bind_run *r) {
  if (!lua_isnoneornil(L, r->arg) || r->last > r->arg)
    bind_call_check_columns(L, r->arg, r->last, &r->source, &r->call);
}

static tine_status run_count(bind_run *r, tine_error *err) {
  const bind_call *call = &r->call;
  if (call->kernel == NULL)
    return tine_count(r->p, &r->n, err);
  return tine_count_if(r->p, call->kernel, call->spelt ? call->columns : NULL, call->constants, call->n, &r->n, err);
}

static int push_count(lua_State *L, const bind_run *r) {
  lua_pushinteger(L, (lua_Integer)r->n);
  return 1;
}

static tine_status run_for_each(bind_run *r, tine_error *err) {
  return tine_for_each(r->p, r->call.kernel, r->call.constants, r->call.n, err);
}

const bind_terminal bind_value_terminals[] = {
    {"sum", .run = run_sum, .push = push_values},
    {"product", .run = run_product, .push = push_values},
    {"mean", .run = run_mean, .push = push_values},
    {"var", 1, .check = check_ddof, .run = run_var, .push = push_values},
    {"std", 1, .check = check_ddof, .run = run_std, .push = push_values},
    {"min", .run = run_min, .push = push_values},
    {"max", .run = run_max, .push = push_values},
    {"argmin", .run = run_argmin, .push = push_positions},
    {"argmax", .run = run_argmax, .push = push_positions},
    {"minmax", .run = run_minmax, .push = push_minmax},
    {"reduce", 2, .folds = true, .check = bind_run_check_fold, .run = run_reduce, .push = push_values},
    {"count", BIND_ANY, .kernel = true, .check = check_count, .run = run_count, .push = push_count},
    {"for_each", BIND_ANY, .kernel = true, .check = bind_run_check_call, .run = run_for_each, .push = push_nothing},
    {.name = NULL}};
