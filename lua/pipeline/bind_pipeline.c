/*
** tine.Pipeline: the handle, and what can be asked of a plan.
*/
#include "../state/bind_name.h"

#include <string.h>

/* The pipeline of argument 1 for a question: borrowed from it, or from a handle pushed for an array. */
static const tine_pipeline *asked(lua_State *L) {
  bind_source src;
  bind_stage s;
  lua_settop(L, 1);
  bind_source_check(L, 1, &src);
  if (src.array != NULL) {
    bind_stage_open(L, &s, false);
    bind_source_again(L, &src);
    bind_limit_begin(s.state);
    bind_stage_close(L, &s, tine_slice(src.array->array), 1);
  }
  return ((const bind_pipeline *)lua_touserdata(L, -1))->pipeline;
}

static int pipeline_kind(lua_State *L) {
  static const char *const names[] = {"parallel", "bounded", "exact", "indexed"};
  lua_pushstring(L, names[tine_pipeline_kind(asked(L))]);
  return 1;
}

static int push_len(lua_State *L, const char *what) {
  const tine_pipeline *p = asked(L);
  tine_error err;
  if (tine_pipeline_needs(p, TINE_EXACT, what, &err) != TINE_OK)
    return luaL_error(L, "%s; count() runs it, and collect() gives an array", err.message);
  lua_pushinteger(L, (lua_Integer)tine_pipeline_len(p));
  return 1;
}

static int pipeline_len(lua_State *L) {
  return push_len(L, "len");
}

static int pipeline_length(lua_State *L) {
  return push_len(L, "#");
}

/* Where a name or index is looked up that is none of a method. Argument 2 is it. */
static int pipeline_missing(lua_State *L) {
  if (lua_type(L, 2) == LUA_TNUMBER)
    return luaL_error(L,
                      "a pipeline has no elements to index; collect() gives an array, which has, and iter() all items");
  return bind_name_unknown(L, 2, BIND_PIPELINE);
}

static int pipeline_pairs(lua_State *L) {
  return luaL_error(L,
                    "a pipeline has no elements for pairs; collect() gives an array, which has, and iter() all items");
}

/* The upper one is nil where nothing is known. */
static int pipeline_bounds(lua_State *L) {
  uint64_t lower, upper;
  const bool bounded = tine_pipeline_bounds(asked(L), &lower, &upper);
  lua_pushinteger(L, (lua_Integer)lower);
  if (bounded)
    lua_pushinteger(L, (lua_Integer)upper);
  else
    lua_pushnil(L);
  return 2;
}

static int pipeline_explain(lua_State *L) {
  const size_t size = tine_pipeline_explain(asked(L), NULL, 0) + 1;
  const int index = lua_gettop(L);
  luaL_Buffer b;
  char *text = luaL_buffinitsize(L, &b, size);
  const bind_pipeline *h = lua_touserdata(L, index); /* making the buffer may have run finalisers */
  const size_t n = tine_pipeline_explain(h->pipeline, text, size);
  luaL_pushresultsize(&b, n < size ? n : size - 1);
  return 1;
}

/* Adds the name of a stage, and the kernel's, from its line in a plan: "3 map mul (f64 -> f64): f64[9]". */
static void add_stage(luaL_Buffer *b, const char *line, bool first) {
  size_t n;
  line += strspn(line, "0123456789");
  line += *line == ' ';
  n = strcspn(line, ":(\n");
  while (n > 0 && line[n - 1] == ' ')
    n--;
  luaL_addstring(b, first ? ": " : " | ");
  luaL_addlstring(b, line, n);
}

static bind_pipeline *pipeline_self(lua_State *L) {
  bind_pipeline *h = bind_handle_to(L, 1, &bind_tag_pipeline, sizeof *h);
  if (h == NULL)
    luaL_typeerror(L, 1, BIND_PIPELINE);
  else if (bind_place_over(&h->place))
    *h = (bind_pipeline){.tag = &bind_tag_pipeline};
  return h;
}

/* One line: the head of the plan, then the stages of the main chain (the others are indented). */
static int pipeline_tostring(lua_State *L) {
  const bind_pipeline *h = pipeline_self(L);
  luaL_Buffer b;
  const char *plan;
  bool first = true;
  if (h->pipeline == NULL) {
    lua_pushliteral(L, "tine.Pipeline (closed)");
    return 1;
  }
  lua_settop(L, 1);
  pipeline_explain(L);
  plan = lua_tostring(L, -1);
  luaL_buffinit(L, &b);
  luaL_addstring(&b, "tine.Pipeline ");
  luaL_addlstring(&b, plan, strcspn(plan, "\n"));
  while ((plan = strchr(plan, '\n')) != NULL) {
    plan++;
    if (*plan == ' ')
      continue;
    add_stage(&b, plan, first);
    first = false;
  }
  luaL_pushresult(&b);
  return 1;
}

static int pipeline_gc(lua_State *L) {
  bind_pipeline *h = pipeline_self(L);
  tine_pipeline *p = h->pipeline;
  h->pipeline = NULL;
  bind_place_free(&h->place);
  tine_pipeline_release(p);
  return 0;
}

const bind_export bind_pipeline_methods[] = {{"kind", pipeline_kind, 0},
                                             {"len", pipeline_len, 0},
                                             {"bounds", pipeline_bounds, 0},
                                             {"explain", pipeline_explain, 0},
                                             {NULL, NULL, 0}};

static const luaL_Reg pipeline_metamethods[] = {{"__tostring", pipeline_tostring},
                                                {"__gc", pipeline_gc},
                                                {"__len", pipeline_length},
                                                {"__pairs", pipeline_pairs},
                                                {NULL, NULL}};

/* For what the table of methods, on top, has not. */
static const luaL_Reg missing_metamethods[] = {{"__index", pipeline_missing}, {NULL, NULL}};

void bind_pipeline_open(lua_State *L, int methods) {
  bind_metatable(L, BIND_PIPELINE, pipeline_metamethods);
  bind_operators(L);
  bind_metatable_keep(L, BIND_PIPELINES);
  lua_pushvalue(L, methods);
  lua_newtable(L);
  bind_functions(L, missing_metamethods);
  lua_setmetatable(L, -2);
  lua_setfield(L, -2, "__index");
}
