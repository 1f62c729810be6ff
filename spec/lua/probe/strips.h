/*
** Part of function.c: a function over blocks of random items, in every instruction set that this machine has, held
** against the same function called for each item.
*/
#include "../../../core/code/strips.h"
#include "../../../core/kernel/simd.h"

enum { STRIPS_ITEMS = 1000, STRIPS_POOL = 64 };

typedef struct strips_items {
  const probe_function *f;
  uint64_t random, most;
  size_t n, fails; /* items; the first that fails, or n */
  double floats[STRIPS_POOL];
  int64_t integers[STRIPS_POOL];
  unsigned float_count, integer_count;
  tine_value args[STRIPS_ITEMS][TINE_MAX_ARGS], want[STRIPS_ITEMS][TINE_MAX_OUTPUTS];
  char message[TINE_MESSAGE_SIZE];
} strips_items;

static tine_value strips_value(strips_items *x, tine_dtype dtype) {
  const uint64_t k = probe_random(&x->random);
  tine_value v = {.dtype = dtype};
  if (dtype == TINE_BOOL)
    v.as.b = k % 2 != 0;
  else if (dtype == TINE_I64)
    v.as.i = k % 3 == 0 ? (int64_t)(k / 3 % 20) - 5 : x->integers[k / 3 % x->integer_count];
  else
    v.as.f = k % 3 == 0 ? (double)(k / 3 % 100) / 8 - 4 : x->floats[k / 3 % x->float_count];
  return v;
}

/* Each parameter changes after so many items; those that Lua would take too long for are left out. */
static void strips_draw(strips_items *x) {
  const ti_typed *const t = x->f->typed;
  const size_t wanted = 1 + probe_random(&x->random) % STRIPS_ITEMS;
  uint64_t every[TINE_MAX_ARGS];
  static const unsigned runs[] = {1, 1, 1, 7, 40, 2000};
  for (unsigned p = 0; p < t->code->params; p++)
    every[p] = runs[probe_random(&x->random) % 6];
  x->n = 0;
  x->fails = SIZE_MAX;
  for (size_t k = 0; k < wanted; k++) {
    tine_error err;
    tine_status status;
    for (unsigned p = 0; p < t->code->params; p++)
      x->args[x->n][p] = k % every[p] == 0 || x->n == 0 ? strips_value(x, t->inputs[p]) : x->args[x->n - 1][p];
    status = ti_typed_call(t, x->args[x->n], x->f->captured, x->most, x->want[x->n], &err);
    if (status == TINE_ETIMEOUT || (status != TINE_OK && k < wanted / 4 && probe_random(&x->random) % 8 != 0))
      continue;
    if (status != TINE_OK && x->fails == SIZE_MAX) {
      x->fails = x->n;
      memcpy(x->message, err.message, sizeof x->message);
    }
    x->n++;
  }
  x->fails = x->fails < x->n ? x->fails : x->n;
}

static void strips_put(char *to, const tine_value *v) {
  if (v->dtype == TINE_BOOL)
    memcpy(to, &v->as.b, 1);
  else
    memcpy(to, &v->as.i, 8);
}

/* A column of a parameter, in memory of its own: side by side, apart, backwards, or one value if all are the same. */
static void *strips_column(strips_items *x, unsigned p, const void **in, ptrdiff_t *stride) {
  const size_t size = tine_dtype_size(x->f->typed->inputs[p]);
  const uint64_t how = probe_random(&x->random) % 5;
  const size_t each = how == 1 ? 2 * size : size;
  char *const memory = malloc(x->n * each);
  bool same = true;
  for (size_t i = 0; i < x->n; i++) {
    same = same && memcmp(&x->args[i][p], &x->args[0][p], sizeof(tine_value)) == 0;
    strips_put(memory + (how == 2 ? x->n - 1 - i : i) * each, &x->args[i][p]);
  }
  *in = how == 2 ? memory + (x->n - 1) * each : memory;
  *stride = same && how == 3 ? 0 : how == 2 ? -(ptrdiff_t)each : (ptrdiff_t)each;
  return memory;
}

static bool strips_same(const char *got, const tine_value *want) {
  double x;
  if (want->dtype == TINE_BOOL)
    return memcmp(got, &want->as.b, 1) == 0;
  memcpy(&x, got, 8);
  return memcmp(got, &want->as.i, 8) == 0 || (want->dtype == TINE_F64 && x != x && want->as.f != want->as.f);
}

/* The first item whose results differ from what was wanted, of those before 'end'; or 'end'. */
static size_t strips_differ(const strips_items *x, char *const *out, size_t end) {
  const ti_typed *const t = x->f->typed;
  for (size_t i = 0; i < end; i++)
    for (unsigned k = 0; k < t->result_count; k++)
      if (!strips_same(out[k] + i * tine_dtype_size(t->results[k]), &x->want[i][k]))
        return i;
  return end;
}

static const char *strips_run(strips_items *x, unsigned simd, size_t *item) {
  const ti_typed *const t = x->f->typed;
  const void *in[TINE_MAX_ARGS];
  void *memory[TINE_MAX_ARGS], *out[TINE_MAX_OUTPUTS];
  ptrdiff_t stride[TINE_MAX_ARGS];
  char message[TINE_MESSAGE_SIZE] = "";
  tine_block block = {.n = x->n, .in = in, .in_stride = stride, .out = out, .message = message};
  const char *wrong = NULL;
  ti_strips *s;
  void *scratch;
  int code;
  if (ti_strips_make(&s, t, simd, NULL) != TINE_OK)
    return "is not made";
  scratch = aligned_alloc(TI_STRIPS_ALIGN, ti_strips_scratch(s) + TI_STRIPS_ALIGN);
  memset(scratch, 0xa5, ti_strips_scratch(s));
  for (unsigned p = 0; p < t->code->params; p++)
    memory[p] = strips_column(x, p, &in[p], &stride[p]);
  for (unsigned k = 0; k < t->result_count; k++)
    out[k] = malloc(x->n * tine_dtype_size(t->results[k]));
  code = ti_strips_run(s, scratch, x->f->captured, NULL, &block);
  *item = strips_differ(x, (char *const *)out, x->fails);
  if (*item < x->fails)
    wrong = "an item has another result";
  else if (code != (x->fails < x->n ? TINE_EKERNEL : TINE_OK))
    wrong = code == TINE_OK ? "it does not fail" : "it fails";
  else if (code != TINE_OK && (block.failed != x->fails || strcmp(message, x->message) != 0))
    wrong = "another item fails, or with other words";
  for (unsigned p = 0; p < t->code->params; p++)
    free(memory[p]);
  for (unsigned k = 0; k < t->result_count; k++)
    free(out[k]);
  free(scratch);
  ti_strips_drop(s);
  return wrong;
}

/* strips(function, seed, most, floats, integers): how many items were run, and the first that fails, or nil; or nil and
   what is wrong. */
static int probe_strips(lua_State *L) {
  strips_items *const x = malloc(sizeof *x);
  const char *wrong = NULL;
  unsigned simd = 0;
  size_t item = 0;
  x->f = luaL_checkudata(L, 1, PROBE_FUNCTION);
  x->random = (uint64_t)luaL_checkinteger(L, 2) * 2654435769u + 88172645463325252u;
  x->most = (uint64_t)luaL_checkinteger(L, 3);
  x->float_count = x->integer_count = 0;
  for (lua_Integer k = 1; lua_rawgeti(L, 4, k) != LUA_TNIL && k <= STRIPS_POOL; k++)
    x->floats[x->float_count++] = lua_tonumber(L, -1);
  for (lua_Integer k = 1; lua_rawgeti(L, 5, k) != LUA_TNIL && k <= STRIPS_POOL; k++)
    x->integers[x->integer_count++] = lua_tointeger(L, -1);
  lua_settop(L, 5);
  strips_draw(x);
  for (; simd <= ti_simd_best() && wrong == NULL && x->n > 0; simd++)
    wrong = strips_run(x, simd, &item);
  if (wrong == NULL) {
    lua_pushinteger(L, (lua_Integer)x->n);
    lua_pushinteger(L, (lua_Integer)x->fails);
  } else {
    lua_pushnil(L);
    lua_pushfstring(L, "%s: %s (item %d of %d, of which %d is to fail first: %s)", ti_simd_name(simd - 1), wrong,
                    (int)item, (int)x->n, (int)x->fails, x->message);
  }
  free(x);
  return 2;
}
