/*
** Terminals that give arrays (bind_array.c has their handles).
*/
#include "bind_run.h"

#include <math.h>

static tine_status run_collect(bind_run *r, tine_error *err) {
  tine_pipeline *p;
  tine_status status;
  if (r->dtype == TINE_NONE)
    return tine_collect(r->p, r->arrays, err);
  p = tine_cast(tine_pipeline_retain(r->p), r->dtype, TINE_CAST_EXACT);
  status = tine_collect(p, r->arrays, err);
  tine_pipeline_release(p);
  return status;
}

static void check_collect(lua_State *L, bind_run *r) {
  r->dtype = lua_isnoneornil(L, r->arg) ? TINE_NONE : bind_dtype_check(L, r->arg);
}

static void check_targets(lua_State *L, bind_run *r) {
  const int n = r->last - r->arg + 1;
  luaL_argcheck(L, n <= TINE_MAX_COLUMNS, r->arg + TINE_MAX_COLUMNS, "too many arrays");
  bind_array_check(L, r->arg);
  for (int i = 0; i < n; i++)
    bind_array_check_writable(L, r->arg + i);
  r->targets = (size_t)n;
}

/* A reference of each: what Lua does during the run may close their handles. */
static void take_targets(lua_State *L, bind_run *r) {
  for (size_t i = 0; i < r->targets; i++)
    r->arrays[i] = bind_array_check_writable(L, r->arg + (int)i)->array;
  for (size_t i = 0; i < r->targets; i++)
    tine_array_retain(r->arrays[i]);
}

static tine_status run_collect_into(bind_run *r, tine_error *err) {
  return tine_collect_into(r->p, r->arrays, r->targets, err);
}

static int push_targets(lua_State *L, const bind_run *r) {
  lua_settop(L, r->last);
  return (int)r->targets;
}

/* Arrays of the items that pass, one a column, then those of the others. */
static tine_status run_partition(bind_run *r, tine_error *err) {
  return tine_partition(r->p, r->call.kernel, r->call.constants, r->call.n, r->arrays, r->arrays + r->columns, err);
}

static tine_status run_scan(bind_run *r, tine_error *err) {
  return tine_scan(r->p, r->call.kernel, r->given ? &r->init : NULL, r->arrays, err);
}

static tine_status run_unique(bind_run *r, tine_error *err) {
  return tine_unique(r->p, r->arrays, err);
}

/* The keys, one array a column, then the counts. */
static tine_status run_count_by(bind_run *r, tine_error *err) {
  return tine_count_by(r->p, r->arrays, r->arrays + r->columns, err);
}

/* A limit: beside u64 as a constant would be. */
static double check_limit(lua_State *L, const bind_run *r, int arg) {
  tine_value v;
  uint64_t saved;
  volatile double limit;
  if (!lua_isinteger(L, arg))
    return bind_number_check(L, arg);
  v = tine_i64(lua_tointeger(L, arg));
  bind_source_beside(&r->source, NULL, 0, &v, 1);
  saved = tine_fp_enter();
  limit = v.dtype == TINE_U64 ? (double)v.as.u : (double)v.as.i;
  tine_fp_leave(saved);
  return limit;
}

static void check_histogram(lua_State *L, bind_run *r) {
  uint64_t saved;
  volatile bool first, last, below; /* computed here, not where they are used */
  r->lo = check_limit(L, r, r->arg);
  r->hi = check_limit(L, r, r->arg + 1);
  r->k = bind_count_check(L, r->arg + 2, 1);
  saved = tine_fp_enter(); /* two subnormals differ, and a NaN may trap */
  first = isfinite(r->lo);
  last = isfinite(r->hi);
  below = r->lo < r->hi;
  tine_fp_leave(saved);
  luaL_argcheck(L, first, r->arg, "must be finite");
  luaL_argcheck(L, last, r->arg + 1, "must be finite");
  luaL_argcheck(L, below, r->arg + 1, "must be above the lower end");
}

static tine_status run_histogram(bind_run *r, tine_error *err) {
  return tine_histogram(r->p, r->lo, r->hi, r->k, r->arrays, err);
}

const bind_terminal bind_collect_terminals[] = {
    {"collect", 1, .check = check_collect, .run = run_collect, .each = 1},
    {"collect_into", BIND_ANY, .check = check_targets, .take = take_targets, .run = run_collect_into,
     .push = push_targets},
    {"partition", BIND_ANY, .kernel = true, .check = bind_run_check_call, .run = run_partition, .each = 2},
    {"scan", 2, .folds = true, .check = bind_run_check_fold, .run = run_scan, .each = 1},
    {"unique", .run = run_unique, .each = 1},
    {"count_by", .run = run_count_by, .each = 1, .more = 1},
    {"histogram", 3, .check = check_histogram, .run = run_histogram, .each = 1},
    {.name = NULL}};
