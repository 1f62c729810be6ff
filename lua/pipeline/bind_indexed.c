/*
** Adaptors that need an indexed pipeline and give one, and chain, which lives with them: what moves items about
** without looking at them, and fold_chunks and gather.
*/
#include "../state/bind.h"

/* zip, zip_eq and chain take any number of further pipelines, but one at least. */
static int combine_more(lua_State *L, bind_adapt_two *combine) {
  return bind_stage_combine(L, combine, lua_gettop(L) > 2 ? lua_gettop(L) : 2);
}

static int indexed_zip(lua_State *L) {
  return combine_more(L, tine_zip);
}

static int indexed_zip_eq(lua_State *L) {
  return combine_more(L, tine_zip_eq);
}

static int indexed_chain(lua_State *L) {
  return combine_more(L, tine_chain);
}

static int indexed_interleave(lua_State *L) {
  return bind_stage_combine(L, tine_interleave, 2);
}

static int indexed_interleave_shortest(lua_State *L) {
  return bind_stage_combine(L, tine_interleave_shortest, 2);
}

static int indexed_enumerate(lua_State *L) {
  return bind_stage_plain(L, tine_enumerate);
}

static int indexed_rev(lua_State *L) {
  return bind_stage_plain(L, tine_rev);
}

static int indexed_skip(lua_State *L) {
  return bind_stage_counted(L, tine_skip, 0);
}

static int indexed_step_by(lua_State *L) {
  return bind_stage_counted(L, tine_step_by, 1);
}

static int indexed_windows(lua_State *L) {
  return bind_stage_counted(L, tine_windows, 1);
}

static int indexed_fold_chunks(lua_State *L) {
  tine_value init = {TINE_NONE, {false}};
  bool given, values;
  tine_kernel *op;
  uint64_t n;
  bind_stage s;
  bind_source base;
  bind_source_check(L, 1, &base);
  values = bind_expression_take(L, 3, TINE_ASSOCIATIVE); /* which its user promises; or a function */
  given = !lua_isnoneornil(L, 4 + values);
  n = bind_count_check(L, 2, 1);
  bind_kernel_check(L, 3); /* before the handle takes its place */
  bind_args_limit(L, 2, 3 + values, "fold_chunks");
  if (given)
    init = bind_value_check(L, 4 + values);
  bind_stage_adapt(L, &s, &base);
  bind_source_beside(&base, NULL, 0, &init, 1);
  op = bind_kernel_check(L, 3);
  if (bind_kernel_lengthy(L, 3))
    s.out->work = UINT64_MAX; /* a run of it is to be watched, however few its items are */
  return bind_stage_close(L, &s, tine_fold_chunks(bind_source_take(&base), n, op, given ? &init : NULL), 3);
}

static int indexed_gather(lua_State *L) {
  bind_stage s;
  bind_source base;
  const bind_array *from;
  bind_source_check(L, 1, &base);
  bind_array_check(L, 2); /* before the handle takes its place */
  bind_stage_adapt(L, &s, &base);
  from = bind_array_check(L, 2);
  return bind_stage_close(L, &s, tine_gather(bind_source_take(&base), from->array), 2);
}

const bind_export bind_indexed_methods[] = {{"zip", indexed_zip, BIND_ANY},
                                            {"zip_eq", indexed_zip_eq, BIND_ANY},
                                            {"chain", indexed_chain, BIND_ANY},
                                            {"interleave", indexed_interleave, 1},
                                            {"interleave_shortest", indexed_interleave_shortest, 1},
                                            {"enumerate", indexed_enumerate, 0},
                                            {"rev", indexed_rev, 0},
                                            {"skip", indexed_skip, 1},
                                            {"step_by", indexed_step_by, 1},
                                            {"windows", indexed_windows, 1},
                                            {"fold_chunks", indexed_fold_chunks, 4},
                                            {"gather", indexed_gather, 1},
                                            {NULL, NULL, 0}};
