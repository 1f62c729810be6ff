/*
** How stages are built, and what all builders share: looking up pipelines and arrays, the line of the script, errors.
**
** A pipeline in Lua never holds an error: what is wrong is raised by the call that built it, at the line that did.
** Wherever a pipeline is expected an array will do; it is its own source.
**
** Building is: bind_stage_open (a closed handle, the script's line), check the arguments, take the sources, call one
** constructor of the engine, bind_stage_close. Nothing between 'take' and 'close' can raise.
*/
#include "../state/bind_pressure.h"

#include <string.h>

enum { CALLER_LEVELS = 8 }; /* how far up the line is searched: past pcall and its like */

/* What the collector is told a stage takes. Its own memory is less; but a pipeline keeps what its last run needed for
   the next one, and a loop that builds pipelines should not gather that a thousand times. */
enum { STAGE_BYTES = 1024 };

static bind_place *source_place(const bind_source *src) {
  return src->pipeline != NULL ? &src->pipeline->place : &src->array->place;
}

/* The record was finalised before the handle: that is closed. */
static void source_forget(const bind_source *src) {
  if (src->pipeline != NULL)
    *src->pipeline = (bind_pipeline){.tag = &bind_tag_pipeline};
  else
    bind_array_forget(src->array);
}

bool bind_source_is(lua_State *L, int index, bind_source *src) {
  void *h = lua_touserdata(L, index);
  const size_t size = h != NULL ? (size_t)lua_rawlen(L, index) : 0;
  const bind_place *place;
  src->index = index;
  src->array = size == sizeof(bind_array) && ((bind_array *)h)->tag == &bind_tag_array ? h : NULL;
  src->pipeline = size == sizeof(bind_pipeline) && ((bind_pipeline *)h)->tag == &bind_tag_pipeline ? h : NULL;
  if (src->pipeline == NULL && src->array == NULL)
    return false;
  place = source_place(src);
  src->state = place->at > 0 ? place->state : bind_state_get(L);
  if (bind_place_over(place))
    source_forget(src);
  return true;
}

void bind_source_expect(lua_State *L, const bind_source *src) {
  if (src->pipeline == NULL)
    bind_array_expect(L, src->array);
  else if (src->pipeline->pipeline == NULL)
    luaL_error(L, "attempt to use a closed pipeline");
}

void bind_source_check(lua_State *L, int arg, bind_source *src) {
  if (!bind_source_is(L, arg, src))
    luaL_typeerror(L, arg, BIND_PIPELINE);
  bind_source_expect(L, src);
}

void bind_source_again(lua_State *L, const bind_source *src) {
  if (bind_place_over(source_place(src)))
    source_forget(src);
  bind_source_expect(L, src);
}

bool bind_source_carries(const bind_source *src) {
  return src->pipeline != NULL && (src->pipeline->bound || src->pipeline->every > 0);
}

static tine_dtype source_dtype(const bind_source *src, unsigned column) {
  return src->pipeline != NULL ? tine_pipeline_dtype(src->pipeline->pipeline, column) : src->array->dtype;
}

static bool source_is_u64(const bind_source *src, const int *columns, size_t n) {
  bool any = false;
  for (size_t k = 0; k < n; k++) {
    const int c = columns != NULL ? columns[k] : (int)k;
    const tine_dtype dtype = c >= 0 ? source_dtype(src, (unsigned)c) : TINE_BOOL;
    any = any || dtype == TINE_U64;
    if (dtype != TINE_U64 && dtype != TINE_BOOL)
      return false;
  }
  return any;
}

void bind_source_beside(const bind_source *src, const int *columns, size_t n, tine_value *v, size_t count) {
  for (size_t k = 0; k < count; k++)
    if (v[k].dtype == TINE_I64 && v[k].as.i < 0) {
      if (!source_is_u64(src, columns, columns != NULL ? n : bind_source_columns(src)))
        return;
      v[k] = (tine_value){.dtype = TINE_U64, .as.u = (uint64_t)v[k].as.i};
    }
}

unsigned bind_source_columns(const bind_source *src) {
  return src->pipeline != NULL ? tine_pipeline_columns(src->pipeline->pipeline) : 1;
}

/* An array's slice is made once: every pipeline of it begins with it. So it is told no line. */
tine_pipeline *bind_source_take(const bind_source *src) {
  bind_array *h = src->array;
  bind_limit_begin(src->state);
  if (src->pipeline != NULL)
    return tine_pipeline_retain(src->pipeline->pipeline);
  if (h->slice == NULL)
    bind_keep_pipeline(&h->place, h->slice = tine_slice(h->array));
  return tine_pipeline_retain(h->slice);
}

/* "job.lua:17"; by hand, for it is done for every stage and printf takes longer than all the rest of that. */
static void put_where(char *where, const char *source, int line) {
  char digits[BIND_LINE];
  size_t n = strlen(source), at = sizeof digits;
  memcpy(where, source, n);
  digits[--at] = '\0';
  for (; line > 0; line /= 10)
    digits[--at] = (char)('0' + line % 10);
  digits[--at] = ':';
  memcpy(where + n, digits + at, sizeof digits - at);
}

/* The line of the nearest Lua function; empty where there is none. */
static void note_caller(lua_State *L, char *where) {
  lua_Debug ar;
  where[0] = '\0';
  for (int level = 1; level <= CALLER_LEVELS && lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "Sl", &ar);
    if (ar.currentline > 0) {
      put_where(where, ar.short_src, ar.currentline);
      return;
    }
  }
}

void bind_stage_open(lua_State *L, bind_stage *s, bool carries) {
  s->state = bind_state_get(L);
  bind_limit_end(s->state); /* in case something did raise */
  s->out = bind_handle_new(L, sizeof *s->out, carries ? BIND_PROGRESS : 0, BIND_PIPELINES);
  *s->out = (bind_pipeline){.tag = &bind_tag_pipeline};
  bind_place_take(L, s->state, &s->out->place);
  s->index = lua_gettop(L);
  note_caller(L, s->where);
}

static void inherit_value(lua_State *L, const bind_stage *s, const bind_source *src, int which) {
  lua_getiuservalue(L, src->index, which);
  lua_setiuservalue(L, s->index, which);
}

void bind_stage_inherit(lua_State *L, const bind_stage *s, const bind_source *src) {
  const bind_pipeline *base = src->pipeline;
  const uint64_t work = bind_source_work(src);
  bind_pipeline *out = s->out;
  out->work = work < UINT64_MAX - out->work ? out->work + work : UINT64_MAX;
  if (base == NULL)
    return;
  if (base->bound && !out->bound) {
    inherit_value(L, s, src, BIND_BOUND);
    out->bound = true;
  }
  if (base->every > 0 && out->every == 0) {
    inherit_value(L, s, src, BIND_PROGRESS);
    out->every = base->every;
  }
  if (base->limit > 0 && (out->limit == 0 || base->limit < out->limit))
    out->limit = base->limit;
}

int bind_stage_close(lua_State *L, bind_stage *s, tine_pipeline *p, int arg) {
  tine_error err;
  bind_limit_end(s->state);
  if (s->where[0] != '\0')
    tine_pipeline_where(p, s->where);
  s->out->pipeline = p;
  bind_keep_pipeline(&s->out->place, p);
  if (s->out->work == 0)
    s->out->work = tine_pipeline_kind(p) == TINE_INDEXED ? tine_pipeline_len(p) : UINT64_MAX; /* a source */
  if (tine_pipeline_check(p, &err) == TINE_OK) {
    lua_settop(L, s->index);
    bind_pressure_add(L, s->state, STAGE_BYTES);
    return 1;
  }
  s->out->pipeline = NULL;
  bind_keep_pipeline(&s->out->place, NULL);
  tine_pipeline_release(p);
  if (arg == 0 || err.status == TINE_EKIND || err.status == TINE_ENOMEM)
    return bind_error_raise(L, &err); /* no argument's fault: the message names the stage that lost the kind */
  return luaL_argerror(L, arg, err.message);
}

void bind_stage_adapt(lua_State *L, bind_stage *s, bind_source *base) {
  bind_source_check(L, 1, base);
  bind_stage_open(L, s, bind_source_carries(base));
  bind_source_again(L, base);
  bind_stage_inherit(L, s, base);
}

int bind_stage_plain(lua_State *L, bind_adapt_plain *adapt) {
  bind_stage s;
  bind_source base;
  lua_settop(L, 1);
  bind_stage_adapt(L, &s, &base);
  return bind_stage_close(L, &s, adapt(bind_source_take(&base)), 0);
}

int bind_stage_counted(lua_State *L, bind_adapt_counted *adapt, lua_Integer least) {
  bind_stage s;
  bind_source base;
  uint64_t n;
  bind_source_check(L, 1, &base);
  n = bind_count_check(L, 2, least);
  bind_stage_adapt(L, &s, &base);
  return bind_stage_close(L, &s, adapt(bind_source_take(&base), n), 2);
}

/* The arguments of bind_stage_combine. There may be any number; as a rule there are two. */
enum { COMBINED = 2 };
typedef struct combined {
  bind_source first[COMBINED], other;
} combined;

static const bind_source *combined_at(lua_State *L, combined *c, int arg) {
  if (arg <= COMBINED)
    return &c->first[arg - 1];
  bind_source_is(L, arg, &c->other);
  return &c->other;
}

/* Checks all of them; do any carry something? */
static bool combined_check(lua_State *L, combined *c, int last) {
  bool carries = (bind_source_check(L, 1, &c->first[0]), bind_source_carries(&c->first[0]));
  for (int arg = 2; arg <= last; arg++) {
    bind_source *const src = arg <= COMBINED ? &c->first[arg - 1] : &c->other;
    bind_source_check(L, arg, src);
    carries = carries || bind_source_carries(src);
  }
  return carries;
}

int bind_stage_combine(lua_State *L, bind_adapt_two *combine, int last) {
  combined all;
  bind_stage s;
  tine_pipeline *p;
  const bool carries = combined_check(L, &all, last);
  int blamed = 0;
  lua_settop(L, last);
  if (last == 1 && all.first[0].pipeline != NULL)
    return 1; /* of a single one there is nothing to build, and its stage is not ours to change */
  bind_stage_open(L, &s, carries);
  for (int arg = 1; arg <= last; arg++) {
    const bind_source *const src = combined_at(L, &all, arg);
    bind_source_again(L, src);
    bind_stage_inherit(L, &s, src);
  }
  /* Of a single array a stage of its own, which has a line. */
  bind_limit_begin(s.state);
  p = last > 1 ? bind_source_take(&all.first[0]) : tine_slice(all.first[0].array->array);
  for (int arg = 2; arg <= last; arg++) {
    p = combine(p, bind_source_take(combined_at(L, &all, arg)));
    if (blamed == 0 && tine_pipeline_check(p, NULL) != TINE_OK)
      blamed = arg;
    if (arg < last)
      tine_pipeline_where(p, s.where); /* the last one's is the stage's */
  }
  return bind_stage_close(L, &s, p, blamed);
}
