/*
** The verifier of register code. One pass: each instruction says by its operands what it names. Jumps to what takes
** open results are found in a second.
*/
#include "code.h"

#include <stdio.h>

#include "../base/error.h"
#include "../base/memory.h"

typedef enum code_operands {
  OPERANDS_a_b,
  OPERANDS_a_b_c,
  OPERANDS_b_c_to,
  OPERANDS_b_to,
  OPERANDS_to,
  OPERANDS_nil,
  OPERANDS_capture,
  OPERANDS_field,
  OPERANDS_call,
  OPERANDS_result,
  OPERANDS_loop
} code_operands;

static const struct {
  const char *name;
  code_operands operands;
} code_shapes[TI_CODE_END] = {
#define CODE_SHAPE(name, operands) {#name, OPERANDS_##operands},
    TI_CODE_LIST(CODE_SHAPE)
#undef CODE_SHAPE
};

static bool code_registers(const ti_code *code, int first, int count) {
  return first >= 0 && count >= 0 && first + count <= (int)code->registers;
}

static bool code_register(const ti_code *code, int r) {
  return code_registers(code, r, 1);
}

static bool code_value(const ti_code *code, int operand) {
  return operand < 0 ? ti_constant_of(operand) < (int)code->constant_count : code_register(code, operand);
}

static bool code_target(const ti_code *code, uint32_t to) {
  return to < code->count;
}

/* Does it take all values up to the last that the one before it gave? */
static bool code_takes_open(const ti_instruction *i) {
  return (i->op == TI_CODE_CALL || i->op == TI_CODE_RETURN) && i->b == TI_CODE_OPEN;
}

static bool code_gives_open(const ti_instruction *i) {
  return i->op == TI_CODE_CALL && i->c == TI_CODE_OPEN;
}

/* What gives open results stands before what takes them, and has its function above the other's own registers. */
static bool code_pairs(const ti_code *code, unsigned at) {
  const ti_instruction *const i = &code->code[at];
  if (code_takes_open(i) && (at == 0 || !code_gives_open(i - 1)))
    return false;
  return !code_gives_open(i) ||
         (at + 1 < code->count && code_takes_open(i + 1) && i->a >= i[1].a + (i[1].op == TI_CODE_CALL));
}

static bool code_loop(const ti_code *code, unsigned at) {
  const ti_instruction *const i = &code->code[at];
  const int64_t other = (int64_t)i->to - 1;
  const ti_instruction *end;
  if (!code_registers(code, i->a, 4) || !code_target(code, i->to) || other < 0)
    return false;
  end = &code->code[other];
  return end->op == (i->op == TI_CODE_FOR ? TI_CODE_NEXT : TI_CODE_FOR) && end->a == i->a && end->to == at + 1;
}

/* Is what the instruction names there? */
static bool code_names(const ti_code *code, unsigned at) {
  const ti_instruction *const i = &code->code[at];
  switch (code_shapes[i->op].operands) {
    case OPERANDS_a_b: return code_register(code, i->a) && code_value(code, i->b);
    case OPERANDS_a_b_c: return code_register(code, i->a) && code_value(code, i->b) && code_value(code, i->c);
    case OPERANDS_b_c_to: return code_value(code, i->b) && code_value(code, i->c) && code_target(code, i->to);
    case OPERANDS_b_to: return code_value(code, i->b) && code_target(code, i->to);
    case OPERANDS_to: return code_target(code, i->to);
    case OPERANDS_nil: return i->b > 0 && code_registers(code, i->a, i->b);
    case OPERANDS_capture: return code_register(code, i->a) && i->b >= 0 && (unsigned)i->b < code->capture_count;
    case OPERANDS_field:
      return code_register(code, i->a) && i->b >= 0 && (unsigned)i->b < code->name_count && code_register(code, i->c);
    case OPERANDS_call:
      return code_register(code, i->a) && (i->b == TI_CODE_OPEN || code_registers(code, i->a + 1, i->b)) &&
             (i->c == TI_CODE_OPEN || code_registers(code, i->a, i->c)) && code_pairs(code, at);
    case OPERANDS_result:
      return i->a >= 0 && (i->b == TI_CODE_OPEN || code_registers(code, i->a, i->b)) && code_pairs(code, at);
    case OPERANDS_loop: return code_loop(code, at);
  }
  return false;
}

static bool code_ends(const ti_instruction *i) {
  return i->op == TI_CODE_JUMP || i->op == TI_CODE_RETURN;
}

/* Does the code go to an instruction other than from the one before it? */
static bool code_jumps(const ti_instruction *i) {
  const code_operands o = code_shapes[i->op].operands;
  return o == OPERANDS_b_c_to || o == OPERANDS_b_to || o == OPERANDS_to || o == OPERANDS_loop;
}

static tine_status code_sizes(const ti_code *code, tine_error *err) {
  if (code->count > TI_CODE_INSTRUCTIONS || code->registers > TI_CODE_REGISTERS || code->params > TINE_MAX_ARGS ||
      code->constant_count > INT16_MAX || code->capture_count > TI_CODE_CAPTURES || code->name_count > INT16_MAX)
    return ti_error_set(err, TINE_ERANGE, "%u instructions, %u registers, %u parameters are too many", code->count,
                        code->registers, code->params);
  if (code->count == 0 || code->params > code->registers)
    return ti_error_set(err, TINE_EINVAL, "code has no instructions, or no registers for its parameters");
  for (unsigned k = 0; k < code->constant_count; k++) {
    const ti_datum *const d = &code->constants[k];
    const bool refused = d->kind == TI_KIND_REFUSED && d->as.why != NULL;
    if (!refused && (d->kind < TI_KIND_NIL || d->kind > TI_KIND_F64))
      return ti_error_set(err, TINE_EINVAL, "constant %u is neither nil nor a boolean nor a number", k);
  }
  return TINE_OK;
}

static tine_status code_wrong(const ti_code *code, unsigned at, const char *what, tine_error *err) {
  const unsigned op = code->code[at].op;
  return ti_error_set(err, TINE_EINVAL, "instruction %u (%s): %s", at,
                      op < TI_CODE_END ? code_shapes[op].name : "unknown", what);
}

tine_status ti_code_check(const ti_code *code, tine_error *err) {
  const tine_status sizes = code_sizes(code, err);
  if (sizes != TINE_OK)
    return sizes;
  for (unsigned at = 0; at < code->count; at++) {
    const ti_instruction *const i = &code->code[at];
    if (i->op >= TI_CODE_END)
      return code_wrong(code, at, "there is none of that number", err);
    if (!code_names(code, at))
      return code_wrong(code, at, "something that it names is not there", err);
    if (at + 1 == code->count && !code_ends(i))
      return code_wrong(code, at, "it runs out at its end", err);
  }
  for (unsigned at = 0; at < code->count; at++) {
    const ti_instruction *const i = &code->code[at];
    if (code_jumps(i) && code_takes_open(&code->code[i->to]))
      return code_wrong(code, at, "it jumps to what takes open results", err);
  }
  return TINE_OK;
}

static void code_number(char *room, size_t size, size_t n, const char *what) {
  if (n == 0)
    snprintf(room, size, "no %ss", what);
  else
    snprintf(room, size, "%zu %s%s", n, what, n == 1 ? "" : "s");
}

tine_status ti_code_takes(const ti_code *code, size_t columns, size_t constants, tine_error *err) {
  char params[40], gives[40], besides[40];
  if (code->params == columns + constants)
    return TINE_OK;
  code_number(params, sizeof params, code->params, "parameter");
  code_number(gives, sizeof gives, columns, "column");
  code_number(besides, sizeof besides, constants, "constant");
  return ti_error_set(err, TINE_ETYPE, "function at %.80s:%u takes %s, the pipeline gives %s and %s", code->source,
                      (unsigned)code->line, params, gives, besides);
}
