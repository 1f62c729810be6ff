/*
** Calls of Lua's mathematical functions, as kernels. What several signatures of Lua's share here is told by the rule;
** those whose result is an integer or a float, as the value is, leave two versions behind them.
*/
#include <string.h>

#include "typer.h"

enum { CALLS_MIXED = 8 /* arguments of max and min of both types: each may double the ways */ };

typedef enum calls_rule {
  CALLS_FLOAT, /* one float: a kernel of that */
  CALLS_ROUND, /* the integer next to it, if there is one */
  CALLS_ABS,
  CALLS_EXTREME, /* the one that is smaller, or larger, than all before it */
  CALLS_LOG,
  CALLS_ATAN
} calls_rule;

static const struct {
  const char *name, *kernel;
  calls_rule rule;
} calls_functions[TI_FUNCTION_END] = {
    [TI_FUNCTION_abs] = {"abs", "abs", CALLS_ABS},      [TI_FUNCTION_acos] = {"acos", "acos", CALLS_FLOAT},
    [TI_FUNCTION_asin] = {"asin", "asin", CALLS_FLOAT}, [TI_FUNCTION_atan] = {"atan", "atan2", CALLS_ATAN},
    [TI_FUNCTION_ceil] = {"ceil", "ceil", CALLS_ROUND}, [TI_FUNCTION_cos] = {"cos", "cos", CALLS_FLOAT},
    [TI_FUNCTION_exp] = {"exp", "exp", CALLS_FLOAT},    [TI_FUNCTION_floor] = {"floor", "floor", CALLS_ROUND},
    [TI_FUNCTION_log] = {"log", "log", CALLS_LOG},      [TI_FUNCTION_max] = {"max", NULL, CALLS_EXTREME},
    [TI_FUNCTION_min] = {"min", NULL, CALLS_EXTREME},   [TI_FUNCTION_sin] = {"sin", "sin", CALLS_FLOAT},
    [TI_FUNCTION_sqrt] = {"sqrt", "sqrt", CALLS_FLOAT}, [TI_FUNCTION_tan] = {"tan", "tan", CALLS_FLOAT}};

/* A call: where its arguments are, how many, and what it does with the result. */
typedef struct calls_call {
  const ti_instruction *i;
  ti_function function;
  int first, count;
} calls_call;

/* A number, which may be nil. */
static ti_typer_value calls_look(ti_typer *y, const calls_call *call, int k) {
  ti_typer_value v = {.kind = TI_KIND_I64};
  if (k >= call->count)
    ti_typer_refuse(y, "bad argument #%d to '%s' (number expected, got no value)", k + 1,
                    calls_functions[call->function].name);
  if (y->status != TINE_OK)
    return v;
  v = ti_typer_get(y, call->first + k);
  if (v.kind != TI_KIND_I64 && v.kind != TI_KIND_F64)
    ti_typer_refuse(y, "bad argument #%d to '%s' (number expected, got %s)", k + 1,
                    calls_functions[call->function].name, ti_typer_kind(v.kind));
  return v;
}

static ti_typer_value calls_argument(ti_typer *y, const calls_call *call, int k) {
  ti_typer_value v = calls_look(y, call, k);
  ti_typer_check(y, &v, "bad argument #%d to '%s' (number expected, got nil)", k + 1,
                 calls_functions[call->function].name);
  return v;
}

static ti_typer_value calls_float(ti_typer *y, const calls_call *call, int k) {
  return ti_typer_to_f64(y, calls_argument(y, call, k));
}

static void calls_result(ti_typer *y, const calls_call *call, ti_typer_value v) {
  if (call->i->c != 0)
    ti_typer_put(y, call->i->a, v);
  ti_typer_results(y, call->i, 1);
}

/* A float that may be an integer: it is one in a version of its own, and a float in another. */
static void calls_integer_or_float(ti_typer *y, const calls_call *call, ti_typer_value fits, ti_typer_value rounded) {
  const size_t branch = y->t->step_count;
  uint32_t ways[2];
  ti_type before[TI_CODE_REGISTERS];
  ti_typer_branch(y, fits, 0, 0);
  memcpy(before, y->state, sizeof before);
  for (unsigned w = 0; w < 2 && y->status == TINE_OK; w++) {
    ways[w] = (uint32_t)y->t->step_count;
    memcpy(y->state, before, sizeof before);
    calls_result(y, call, w == 0 ? ti_typer_apply(y, "i64", 1, &rounded) : rounded);
    ti_typer_jump(y, y->at + 1);
  }
  if (y->status == TINE_OK)
    ti_typer_ways_here(y, branch, ways[0], ways[1]);
}

static void calls_round(ti_typer *y, const calls_call *call) {
  const ti_typer_value v = calls_argument(y, call, 0);
  ti_typer_value rounded, fits[2], bound[2];
  if (y->status != TINE_OK || v.kind == TI_KIND_I64) {
    calls_result(y, call, v);
    return;
  }
  rounded = ti_typer_apply(y, calls_functions[call->function].kernel, 1, &v);
  bound[0] = rounded, bound[1] = ti_typer_f64(y, -0x1p63);
  fits[0] = ti_typer_apply(y, "ge", 2, bound);
  bound[1] = ti_typer_f64(y, 0x1p63);
  fits[1] = ti_typer_apply(y, "lt", 2, bound);
  calls_integer_or_float(y, call, ti_typer_apply(y, "and", 2, fits), rounded);
}

static void calls_extreme(ti_typer *y, const calls_call *call, int k, ti_typer_value best, bool split);

/* Of an integer and a float, one wins on each of two ways, and both go on with the values behind. */
static void calls_ways(ti_typer *y, const calls_call *call, int k, ti_typer_value condition,
                       const ti_typer_value *wins) {
  const size_t branch = y->t->step_count;
  uint32_t ways[2];
  ti_type before[TI_CODE_REGISTERS];
  ti_typer_branch(y, condition, 0, 0);
  memcpy(before, y->state, sizeof before);
  for (unsigned w = 0; w < 2 && y->status == TINE_OK; w++) {
    ways[w] = (uint32_t)y->t->step_count;
    memcpy(y->state, before, sizeof before);
    calls_extreme(y, call, k, wins[w], true);
  }
  if (y->status == TINE_OK)
    ti_typer_ways_here(y, branch, ways[0], ways[1]);
}

/* The best of the values from k on and the best before them. As Lua has it, a NaN wins only where it comes first. It is
   kept in the register of the function, which nobody needs any more. 'split': it is on one of several ways. */
static void calls_extreme(ti_typer *y, const calls_call *call, int k, ti_typer_value best, bool split) {
  const bool max = call->function == TI_FUNCTION_max;
  for (; k < call->count && y->status == TINE_OK; k++) {
    ti_typer_value v = calls_look(y, call, k), choice[3];
    y->scratch = 0;
    if (y->status != TINE_OK)
      return;
    choice[0] = max ? ti_typer_less(y, false, &best, &v) : ti_typer_less(y, false, &v, &best);
    choice[1] = v, choice[2] = best;
    if (v.kind != best.kind && call->count > CALLS_MIXED) {
      ti_typer_refuse(y, "math.%s of more than %d values, some of which are integers and some floats",
                      calls_functions[call->function].name, CALLS_MIXED);
      return;
    }
    if (v.kind != best.kind) {
      calls_ways(y, call, k + 1, choice[0], choice + 1);
      return;
    }
    ti_typer_put(y, call->i->a, ti_typer_apply(y, "where", 3, choice));
    best = ti_typer_get(y, call->i->a);
  }
  calls_result(y, call, best);
  if (split)
    ti_typer_jump(y, y->at + 1);
}

/* log(x), and log(x, base): Lua has 2 and 10 done by functions of their own. */
static ti_typer_value calls_log(ti_typer *y, const calls_call *call) {
  static const struct {
    const char *kernel;
    double base;
  } special[] = {{"log10", 10}, {"log2", 2}};
  const ti_typer_value x = calls_float(y, call, 0);
  ti_typer_value base, v[3], is[2];
  if (call->count < 2)
    return ti_typer_apply(y, "log", 1, &x);
  base = calls_float(y, call, 1);
  v[0] = ti_typer_apply(y, "log", 1, &x);
  v[1] = ti_typer_apply(y, "log", 1, &base);
  v[2] = ti_typer_apply(y, "div", 2, v);
  for (unsigned k = 0; k < sizeof special / sizeof *special; k++) {
    is[0] = base, is[1] = ti_typer_f64(y, special[k].base);
    v[0] = ti_typer_apply(y, "eq", 2, is);
    v[1] = ti_typer_apply(y, special[k].kernel, 1, &x);
    v[2] = ti_typer_apply(y, "where", 3, v);
  }
  return v[2];
}

static ti_typer_value calls_atan(ti_typer *y, const calls_call *call) {
  const ti_typer_value v[2] = {calls_float(y, call, 0), call->count > 1 ? calls_float(y, call, 1) : ti_typer_f64(y, 1)};
  return ti_typer_apply(y, "atan2", 2, v);
}

static void calls_by_rule(ti_typer *y, const calls_call *call) {
  ti_typer_value v;
  switch (calls_functions[call->function].rule) {
    case CALLS_ROUND: calls_round(y, call); return;
    case CALLS_EXTREME: calls_extreme(y, call, 1, calls_look(y, call, 0), false); return;
    case CALLS_LOG: v = calls_log(y, call); break;
    case CALLS_ATAN: v = calls_atan(y, call); break;
    case CALLS_ABS:
      v = calls_argument(y, call, 0);
      v = ti_typer_apply(y, "abs", 1, &v);
      break;
    default: v = calls_float(y, call, 0); v = ti_typer_apply(y, calls_functions[call->function].kernel, 1, &v);
  }
  calls_result(y, call, v);
}

void ti_typer_call(ti_typer *y, const ti_instruction *i) {
  calls_call call = {.i = i, .first = i->a + 1};
  const ti_typer_value f = ti_typer_get(y, i->a);
  char name[TI_TYPER_NAME];
  call.count = i->b != TI_CODE_OPEN ? i->b : y->top - call.first;
  if (y->status != TINE_OK)
    return;
  ti_assert(call.count >= 0);
  if (f.kind == TI_KIND_CLOSURE) {
    ti_typer_call_closure(y, i, y->captured[f.which].as.closure, call.count);
    return;
  }
  if (f.kind == TI_KIND_KERNEL) {
    ti_typer_call_kernel(y, i, y->captured[f.which].as.kernel, call.count);
    return;
  }
  if (f.kind != TI_KIND_FUNCTION) {
    ti_typer_refuse(y, "attempt to call a %s value%s", ti_typer_kind(f.kind), ti_typer_name(y, i->a, name));
    return;
  }
  ti_assert(f.which < TI_FUNCTION_END);
  call.function = (ti_function)f.which;
  y->top = 0;
  calls_by_rule(y, &call);
}
