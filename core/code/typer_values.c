/*
** Lua's arithmetic, comparisons and truth, as kernels of given types.
*/
#include "typer.h"

static bool values_number(ti_kind kind) {
  return kind == TI_KIND_I64 || kind == TI_KIND_F64;
}

const char *ti_typer_kind(ti_kind kind) {
  switch (kind) {
    case TI_KIND_BOOL: return "boolean";
    case TI_KIND_FUNCTION:
    case TI_KIND_CLOSURE: return "function";
    case TI_KIND_MODULE: return "table";
    case TI_KIND_ARRAY:
    case TI_KIND_KERNEL: return "userdata";
    case TI_KIND_I64:
    case TI_KIND_F64: return "number";
    default: return "nil";
  }
}

/* The kernel of an instruction; for bits, and for the rest. */
static const char *values_kernel(unsigned op) {
  static const char *const names[TI_CODE_END] = {
      [TI_CODE_ADD] = "add", [TI_CODE_SUB] = "sub",   [TI_CODE_MUL] = "mul",   [TI_CODE_DIV] = "div",
      [TI_CODE_MOD] = "mod", [TI_CODE_POW] = "pow",   [TI_CODE_IDIV] = "idiv", [TI_CODE_BAND] = "band",
      [TI_CODE_BOR] = "bor", [TI_CODE_BXOR] = "bxor", [TI_CODE_SHL] = "shl",   [TI_CODE_SHR] = "shr",
      [TI_CODE_NEG] = "neg", [TI_CODE_BNOT] = "bnot", [TI_CODE_NOT] = "not"};
  ti_assert(names[op] != NULL);
  return names[op];
}

static bool values_bits(unsigned op) {
  return (op >= TI_CODE_BAND && op <= TI_CODE_SHR) || op == TI_CODE_BNOT;
}

/* The integer that a constant is; NULL: it is none. */
static const int64_t *values_constant(const ti_typer *y, ti_typer_value v) {
  const unsigned first = ti_typed_constant_cell(y->t, 0);
  return v.kind == TI_KIND_I64 && y->status == TINE_OK && v.cell >= first ? &y->t->constants[v.cell - first].i : NULL;
}

ti_typer_value ti_typer_to_f64(ti_typer *y, ti_typer_value v) {
  const int64_t *const known = values_constant(y, v);
  if (known != NULL)
    return ti_typer_f64(y, (double)*known);
  return v.kind == TI_KIND_I64 ? ti_typer_apply(y, "f64", 1, &v) : v;
}

/* Of numbers to be compared an integer constant becomes a float beside one, if it is the same number then. */
static void values_alike(ti_typer *y, ti_typer_value *v) {
  for (unsigned k = 0; k < 2; k++) {
    const int64_t *const known = values_constant(y, v[k]);
    if (known != NULL && v[1 - k].kind == TI_KIND_F64 && *known >= -(INT64_C(1) << 53) && *known <= INT64_C(1) << 53)
      v[k] = ti_typer_to_f64(y, v[k]);
  }
}

/* Of a float the integer that it is, or a failure. */
static ti_typer_value values_to_i64(ti_typer *y, ti_typer_value v) {
  return v.kind == TI_KIND_F64 ? ti_typer_apply(y, "i64", 1, &v) : v;
}

/* An operand, which has to be a number. */
static ti_typer_value values_operand(ti_typer *y, unsigned op, int operand) {
  const char *const what = values_bits(op) ? "bitwise operation" : "arithmetic";
  ti_typer_value v = ti_typer_get(y, operand);
  char name[TI_TYPER_NAME];
  if (!values_number(v.kind))
    ti_typer_refuse(y, "attempt to perform %s on a %s value%s", what, ti_typer_kind(v.kind),
                    ti_typer_name(y, operand, name));
  if (v.maybe)
    ti_typer_check(y, &v, "attempt to perform %s on a nil value%s", what, ti_typer_element(y, operand, name));
  return v;
}

/* Lua's: a*a for an exponent of 2, which is not always what pow gives. */
static ti_typer_value values_power(ti_typer *y, const ti_typer_value *v) {
  const ti_typer_value two = ti_typer_f64(y, 2);
  const ti_typer_value square[2] = {v[0], v[0]}, is[2] = {v[1], two};
  ti_typer_value choice[3];
  if (v[1].cell == two.cell)
    return ti_typer_apply(y, "mul", 2, square);
  choice[0] = ti_typer_apply(y, "eq", 2, is);
  choice[1] = ti_typer_apply(y, "mul", 2, square);
  choice[2] = ti_typer_apply(y, "pow", 2, v);
  return ti_typer_apply(y, "where", 3, choice);
}

ti_typer_value ti_typer_arithmetic(ti_typer *y, const ti_instruction *i) {
  ti_typer_value v[2];
  v[0] = values_operand(y, i->op, i->b);
  v[1] = values_operand(y, i->op, i->c);
  if (y->status != TINE_OK)
    return v[0];
  for (unsigned k = 0; k < 2; k++) {
    if (values_bits(i->op))
      v[k] = values_to_i64(y, v[k]);
    else if (i->op == TI_CODE_DIV || i->op == TI_CODE_POW || v[0].kind != v[1].kind)
      v[k] = ti_typer_to_f64(y, v[k]);
  }
  if (v[0].kind != v[1].kind) /* the first was an integer beside a float, and has only then become one */
    v[0] = ti_typer_to_f64(y, v[0]), v[1] = ti_typer_to_f64(y, v[1]);
  return i->op == TI_CODE_POW ? values_power(y, v) : ti_typer_apply(y, values_kernel(i->op), 2, v);
}

int ti_typer_truth(const ti_typer_value *v) {
  return v->kind == TI_KIND_BOOL || v->maybe ? -1 : v->kind != TI_KIND_NIL && v->kind != TI_KIND_NONE;
}

/* A boolean that is nil is false, as its cell is. */
ti_typer_value ti_typer_holds(ti_typer *y, const ti_typer_value *v) {
  ti_assert(ti_typer_truth(v) < 0);
  return v->kind == TI_KIND_BOOL ? (ti_typer_value){TI_KIND_BOOL, 0, v->cell, false} : ti_typer_flag(y, v);
}

ti_typer_value ti_typer_unary(ti_typer *y, const ti_instruction *i) {
  ti_typer_value v;
  if (i->op == TI_CODE_NOT) {
    v = ti_typer_look(y, i->b);
    if (ti_typer_truth(&v) >= 0)
      return ti_typer_bool(y, ti_typer_truth(&v) == 0);
    v = ti_typer_holds(y, &v);
    return ti_typer_apply(y, "not", 1, &v);
  }
  v = values_operand(y, i->op, i->b);
  if (i->op == TI_CODE_BNOT)
    v = values_to_i64(y, v);
  return ti_typer_apply(y, values_kernel(i->op), 1, &v);
}

/* Both may be nil, or one of them. */
static void values_less_check(ti_typer *y, ti_typer_value *a, ti_typer_value *b) {
  const bool both = a->maybe && b->maybe;
  if (both && a->cell == b->cell) {
    ti_typer_check(y, a, "attempt to compare two nil values");
    b->maybe = false;
  } else if (both) {
    const ti_typer_value flags[2] = {ti_typer_flag(y, a), ti_typer_flag(y, b)};
    ti_typer_fail_unless(y, ti_typer_apply(y, "or", 2, flags), "attempt to compare two nil values");
  }
  ti_typer_check(y, a, "attempt to compare nil with %s", ti_typer_kind(b->kind));
  ti_typer_check(y, b, "attempt to compare %s with nil", ti_typer_kind(a->kind));
}

ti_typer_value ti_typer_less(ti_typer *y, bool equal, ti_typer_value *a, ti_typer_value *b) {
  const char *const of_a = ti_typer_kind(a->kind), *const of_b = ti_typer_kind(b->kind);
  if (values_number(a->kind) && values_number(b->kind)) {
    ti_typer_value v[2];
    values_less_check(y, a, b);
    v[0] = *a, v[1] = *b;
    values_alike(y, v);
    return ti_typer_apply(y, equal ? "le" : "lt", 2, v);
  }
  if (of_a == of_b)
    ti_typer_refuse(y, "attempt to compare two %s values", of_a);
  else
    ti_typer_refuse(y, "attempt to compare %s with %s", of_a, of_b);
  return *a;
}

/* Whether two values are equal; 'known' is -1, or says it for all values of these types: those of different types are
   not, but for numbers. */
ti_typer_value ti_typer_equal(ti_typer *y, ti_typer_value a, ti_typer_value b, int *known) {
  ti_typer_value v[2] = {a, b};
  *known = -1;
  values_alike(y, v);
  if ((values_number(a.kind) && values_number(b.kind)) || (a.kind == TI_KIND_BOOL && b.kind == TI_KIND_BOOL))
    return ti_typer_apply(y, "eq", 2, v);
  *known = a.kind == b.kind && a.which == b.which;
  return a;
}

/* ===== Results ===== */

static tine_dtype values_dtype(ti_kind kind) {
  return kind == TI_KIND_BOOL ? TINE_BOOL : kind == TI_KIND_I64 ? TINE_I64 : TINE_F64;
}

/* One more result of this return; of all of them, the type that holds what every return gives for it. */
static void values_result(ti_typer *y, unsigned k, ti_typer_value v) {
  const tine_dtype dtype = values_dtype(v.kind), before = y->t->results[k];
  const unsigned line = y->code->code[y->returned - 1].line;
  if (y->status != TINE_OK)
    return;
  if (v.kind != TI_KIND_BOOL && !values_number(v.kind))
    ti_typer_refuse(y, "returns a %s; kernels compute numbers and booleans only", ti_typer_kind(v.kind));
  else if (before != TINE_NONE && (before == TINE_BOOL) != (dtype == TINE_BOOL))
    ti_typer_refuse(y, "returns a %s here and a %s at line %u", ti_typer_kind(v.kind),
                    before == TINE_BOOL ? "boolean" : "number", line);
  ti_typer_check(y, &v, "returns nil; every path must return a value");
  y->t->results[k] = before == TINE_NONE || before == dtype ? dtype : TINE_F64;
  ti_typer_value_add(y, (ti_typed_value){v.cell, (uint8_t)dtype});
}

void ti_typer_return(ti_typer *y, const ti_instruction *i) {
  const unsigned count = (unsigned)(i->b != TI_CODE_OPEN ? i->b : y->top - i->a), wanted = y->t->result_count;
  const ti_typed_step s = {.what = TI_TYPED_RETURN, .count = (uint8_t)count, .first = (uint32_t)y->t->value_count};
  if (ti_typer_leave(y, i, (int)count))
    return;
  if (count == 0)
    ti_typer_refuse(y, "may end without a result; every path must return a value");
  else if (count > TINE_MAX_OUTPUTS)
    ti_typer_refuse(y, "returns %u values; there may be %d", count, TINE_MAX_OUTPUTS);
  else if (y->returned != 0 && count != wanted)
    ti_typer_refuse(y, "returns %u value%s here and %u at line %u", count, count == 1 ? "" : "s", wanted,
                    (unsigned)y->code->code[y->returned - 1].line);
  if (y->returned == 0)
    y->returned = y->at + 1;
  for (unsigned k = 0; k < count && y->status == TINE_OK; k++)
    values_result(y, k, ti_typer_get(y, i->a + (int)k));
  y->t->result_count = count;
  ti_typer_step(y, s);
  y->ended = true;
}
