/*
** tine.Pipeline: the handle, how stages are built, and what can be asked of a plan.
**
** A pipeline in Lua never holds an error: what is wrong is raised by the call that built it, at the line that did.
** Wherever a pipeline is expected an array will do; it is its own source.
**
** Building is: bind_stage_open (a closed handle, the script's line), check the arguments, take the sources, call one
** constructor of the engine, bind_stage_close. Nothing between 'take' and 'close' can raise.
*/
#include "bind.h"

#include <stdio.h>
#include <string.h>

enum { CALLER_LEVELS = 8 }; /* how far up the line is searched: past pcall and its like */

/* What the collector is told a stage takes. Its own memory is less; but a pipeline keeps what its last run needed for
   the next one, and a loop that builds pipelines should not gather that a thousand times. */
enum { STAGE_BYTES = 1024 };

bool bind_source_is(lua_State *L, int index, bind_source *src) {
  src->index = index;
  src->array = NULL;
  src->pipeline = luaL_testudata(L, index, BIND_PIPELINE);
  if (src->pipeline == NULL)
    src->array = luaL_testudata(L, index, BIND_ARRAY);
  return src->pipeline != NULL || src->array != NULL;
}

void bind_source_check(lua_State *L, int arg, bind_source *src) {
  if (!bind_source_is(L, arg, src))
    luaL_typeerror(L, arg, BIND_PIPELINE);
  if (src->pipeline == NULL)
    bind_array_expect(L, src->array);
  else if (src->pipeline->pipeline == NULL)
    luaL_error(L, "attempt to use a closed pipeline");
}

tine_pipeline *bind_source_take(const bind_source *src) {
  return src->pipeline != NULL ? tine_pipeline_retain(src->pipeline->pipeline) : tine_slice(src->array->array);
}

/* "job.lua:17", the line of the nearest Lua function; empty where there is none. */
static void note_caller(lua_State *L, char *where, size_t size) {
  lua_Debug ar;
  where[0] = '\0';
  for (int level = 1; level <= CALLER_LEVELS && lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "Sl", &ar);
    if (ar.currentline > 0) {
      snprintf(where, size, "%s:%d", ar.short_src, ar.currentline);
      return;
    }
  }
}

void bind_stage_open(lua_State *L, bind_stage *s) {
  s->out = lua_newuserdatauv(L, sizeof *s->out, 1);
  s->out->pipeline = NULL;
  luaL_setmetatable(L, BIND_PIPELINE);
  s->index = lua_gettop(L);
  note_caller(L, s->where, sizeof s->where);
}

void bind_stage_inherit(lua_State *L, const bind_stage *s, const bind_source *src) {
  bool bound;
  if (src->pipeline == NULL)
    return;
  bound = lua_getiuservalue(L, s->index, 1) != LUA_TNIL;
  lua_pop(L, 1);
  if (bound)
    return;
  lua_getiuservalue(L, src->index, 1);
  lua_setiuservalue(L, s->index, 1);
}

int bind_stage_close(lua_State *L, bind_stage *s, tine_pipeline *p, int arg) {
  tine_error err;
  if (s->where[0] != '\0')
    tine_pipeline_where(p, s->where);
  s->out->pipeline = p;
  if (tine_pipeline_check(p, &err) == TINE_OK) {
    lua_settop(L, s->index);
    bind_state_pressure(L, STAGE_BYTES);
    return 1;
  }
  s->out->pipeline = NULL;
  tine_pipeline_release(p);
  return arg != 0 ? luaL_argerror(L, arg, err.message) : bind_error_raise(L, &err);
}

/* The pipeline of argument 1 for a question: borrowed from it, or from a handle pushed for an array. */
static const tine_pipeline *asked(lua_State *L) {
  bind_source src;
  bind_stage s;
  lua_settop(L, 1);
  bind_source_check(L, 1, &src);
  if (src.array != NULL) {
    bind_stage_open(L, &s);
    bind_source_check(L, 1, &src);
    bind_stage_close(L, &s, bind_source_take(&src), 1);
  }
  return ((const bind_pipeline *)lua_touserdata(L, -1))->pipeline;
}

static int pipeline_kind(lua_State *L) {
  static const char *const names[] = {"parallel", "bounded", "exact", "indexed"};
  lua_pushstring(L, names[tine_pipeline_kind(asked(L))]);
  return 1;
}

static int pipeline_len(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)tine_pipeline_len(asked(L)));
  return 1;
}

/* Every pipeline of today is indexed, so both bounds are its length. */
static int pipeline_bounds(lua_State *L) {
  const lua_Integer n = (lua_Integer)tine_pipeline_len(asked(L));
  lua_pushinteger(L, n);
  lua_pushinteger(L, n);
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

/* One line: the head of the plan, then the stages of the main chain (the others are indented). */
static int pipeline_tostring(lua_State *L) {
  const bind_pipeline *h = luaL_checkudata(L, 1, BIND_PIPELINE);
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
  bind_pipeline *h = luaL_checkudata(L, 1, BIND_PIPELINE);
  tine_pipeline *p = h->pipeline;
  h->pipeline = NULL;
  tine_pipeline_release(p);
  return 0;
}

const luaL_Reg bind_pipeline_methods[] = {{"kind", pipeline_kind},
                                          {"len", pipeline_len},
                                          {"bounds", pipeline_bounds},
                                          {"explain", pipeline_explain},
                                          {NULL, NULL}};

static const luaL_Reg pipeline_metamethods[] = {{"__tostring", pipeline_tostring}, {"__gc", pipeline_gc}, {NULL, NULL}};

void bind_pipeline_open(lua_State *L, int methods) {
  bind_metatable(L, BIND_PIPELINE, pipeline_metamethods);
  luaL_setfuncs(L, bind_operator_functions, 0);
  lua_pushvalue(L, methods);
  lua_setfield(L, -2, "__index");
}
