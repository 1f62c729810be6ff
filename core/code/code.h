/*
** Register code: a function of several values, told instruction by instruction, without types. Who reads a language -
** Lua's bytecode, for one - makes it; what it computes is made of it for the types of given inputs (typed.h). README.md
** in this folder has the whole way.
**
** A value is nil, a boolean, an integer or a float, as Lua's are; or a function, a kernel, a module or an array, which
** can be called, asked for a field, or indexed and measured, and no more. Registers hold any of them, one after the
** other; parameters come in the first. Arithmetic, comparisons, truth and the numeric 'for' are Lua's, and so is what
** fails in them. An array is read as Lua reads a tine.Array: where there is no element there is nil.
**
** An *operand* is a register, from 0 on, or a constant: ti_constant(k), below 0.
*/
#ifndef TI_CODE_CODE_H
#define TI_CODE_CODE_H

#include <stdbool.h>

#include "../tine.h"

enum {
  TI_CODE_REGISTERS = 255,
  TI_CODE_INSTRUCTIONS = 30000,
  TI_CODE_CAPTURES = 8000,
  TI_CODE_OPEN = -1 /* in place of a number of values: as many as there are */
};

/*
** X(name, operands): what each does. The operands tell which of a, b, c and to it has:
**
**     a_b_c    a = b op c; INDEX: element c of the array b, from 1 on
**     a_b      a = op b
**     b_c_to   if (b op c) == want then goto to
**     b_to     if (b is neither nil nor false) == want then goto to
**     to       goto to
**     nil      a to a + b - 1 are nil
**     capture  a = captured value b
**     field    a = the field of the module in register c that names[b] names
**     call     the function in a, of the b values behind it; c results from a on. What else was in registers from a
**              on is lost
**     result   returns the b values from a on
**     loop     a: the first value, a + 1: the limit, a + 2: the step, all replaced; a + 3: the variable. The target
**              of a FOR is behind its NEXT, for a loop that does not run; that of a NEXT is behind its FOR
*/
/* clang-format off */
#define TI_CODE_LIST(X) \
  X(MOVE, a_b) X(NEG, a_b) X(BNOT, a_b) X(NOT, a_b) X(LEN, a_b) X(ADD, a_b_c) X(SUB, a_b_c) X(MUL, a_b_c) \
  X(DIV, a_b_c) X(MOD, a_b_c) X(POW, a_b_c) X(IDIV, a_b_c) X(BAND, a_b_c) X(BOR, a_b_c) X(BXOR, a_b_c) X(SHL, a_b_c) \
  X(SHR, a_b_c) X(INDEX, a_b_c) X(IF_EQ, b_c_to) X(IF_LT, b_c_to) X(IF_LE, b_c_to) X(IF, b_to) X(JUMP, to) X(NIL, nil) \
  X(CAPTURE, capture) X(FIELD, field) X(CALL, call) X(RETURN, result) X(FOR, loop) X(NEXT, loop)
/* clang-format on */

typedef enum ti_code_op {
#define TI_CODE_OP(name, operands) TI_CODE_##name,
  TI_CODE_LIST(TI_CODE_OP)
#undef TI_CODE_OP
      TI_CODE_END
} ti_code_op;

typedef struct ti_instruction {
  uint8_t op;
  bool want;
  int16_t a, b, c;
  uint32_t to;
  uint32_t line; /* of the text it was made of; 0: nobody knows */
} ti_instruction;

typedef enum ti_kind {
  TI_KIND_NONE, /* nothing was ever put there */
  TI_KIND_NIL,
  TI_KIND_BOOL,
  TI_KIND_I64,
  TI_KIND_F64,
  TI_KIND_FUNCTION,
  TI_KIND_MODULE,
  TI_KIND_ARRAY,
  TI_KIND_CLOSURE, /* a function that code tells */
  TI_KIND_KERNEL,
  TI_KIND_REFUSED /* none of these */
} ti_kind;

typedef struct ti_closure ti_closure;
typedef struct ti_module ti_module;

/* The functions of Lua's math that code may call: X(name). What each does with which types: call.c. */
#define TI_FUNCTION_LIST(X) \
  X(abs) X(acos) X(asin) X(atan) X(ceil) X(cos) X(exp) X(floor) X(log) X(max) X(min) X(sin) X(sqrt) X(tan)

typedef enum ti_function {
#define TI_FUNCTION(name) TI_FUNCTION_##name,
  TI_FUNCTION_LIST(TI_FUNCTION)
#undef TI_FUNCTION
      TI_FUNCTION_END
} ti_function;

/* A constant, or a value that came with the function. Arrays and kernels, too, are borrowed. */
typedef struct ti_datum {
  ti_kind kind;
  union {
    bool b;
    int64_t i;
    double f;
    ti_function function;
    const tine_array *array;
    const ti_module *module;
    const ti_closure *closure;
    tine_kernel *kernel;
    const char *why; /* of what is refused: what is said where it is used */
  } as;
} ti_datum;

/* What it has not is no field of it that kernels know. */
struct ti_module {
  unsigned count;
  const char *const *names;
  const ti_datum *fields;
};

/* All of it is borrowed, from who made it; constant. */
typedef struct ti_code {
  const char *source; /* "job.lua": messages begin with that and the line */
  uint32_t line;      /* where the function begins */
  unsigned params, registers, count, constant_count, capture_count, name_count;
  const ti_instruction *code;
  const ti_datum *constants; /* nil, booleans and numbers; what is refused, where it is used */
  const char *const *names;  /* of fields */
  /* What is said of integers divided by zero; NULL: what the kernels say. */
  const char *idiv_by_zero, *mod_by_zero;
  /* What a register is called at an instruction, and in which line it began to be (0: nobody knows); NULL: nothing. May
     itself be NULL. */
  const char *(*name_of)(const void *env, unsigned reg, unsigned at, uint32_t *line);
  const void *env;
} ti_code;

/* A function that was captured: what its code captured is in the same list of values as what captured it, from 'first'
   on. Each has code of its own, though others may have been made of the same text. */
struct ti_closure {
  const ti_code *code;
  unsigned first;
};

static inline int16_t ti_constant(unsigned k) {
  return (int16_t)(-1 - (int)k);
}

/* Which constant an operand is, or -1: it is a register. */
static inline int ti_constant_of(int operand) {
  return operand < 0 ? -1 - operand : -1;
}

/*
** Is it code? Everything that an instruction names is there, jumps go to instructions, it does not run out at its end,
** the two ends of a loop fit, and open results are taken by the next instruction, to which nothing jumps. What is made
** of it relies on this. TINE_EINVAL, saying what is wrong with which instruction; TINE_ERANGE: it is too large;
** TINE_ENOMEM.
*/
tine_status ti_code_check(const ti_code *code, tine_error *err);
/* Has it as many parameters as a pipeline gives values, columns and constants behind them? TINE_ETYPE. */
tine_status ti_code_takes(const ti_code *code, size_t columns, size_t constants, tine_error *err);

#endif
