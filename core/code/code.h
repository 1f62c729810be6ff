/*
** Register code: a function of several values, told instruction by instruction, without types. Its form is public, and
** core/tine.h says what it means ("Kernels that a host makes at run time"); what is here are the engine's names for it.
** Who reads a language - Lua's bytecode, for one - makes it; what it computes is made of it for the types of given
** inputs (typed.h). README.md in this folder has the whole way.
*/
#ifndef TI_CODE_CODE_H
#define TI_CODE_CODE_H

#include <stdbool.h>

#include "../tine.h"

enum { TI_CODE_REGISTERS = 255, TI_CODE_INSTRUCTIONS = 30000, TI_CODE_CAPTURES = 8000, TI_CODE_OPEN = TINE_CODE_OPEN };

#define TI_CODE_LIST TINE_CODE_LIST
#define TI_FUNCTION_LIST TINE_CODE_FUNCTION_LIST

typedef enum ti_code_op {
#define TI_CODE_OP(name, operands) TI_CODE_##name,
  TI_CODE_LIST(TI_CODE_OP)
#undef TI_CODE_OP
      TI_CODE_END
} ti_code_op;

typedef enum ti_kind {
#define TI_KIND(name) TI_KIND_##name,
  TINE_DATUM_LIST(TI_KIND)
#undef TI_KIND
      TI_KIND_END
} ti_kind;

/* What each does with which types: typer_calls.c. */
typedef enum ti_function {
#define TI_FUNCTION(name) TI_FUNCTION_##name,
  TI_FUNCTION_LIST(TI_FUNCTION)
#undef TI_FUNCTION
      TI_FUNCTION_END
} ti_function;

typedef tine_instruction ti_instruction;
typedef tine_datum ti_datum; /* a constant, or a value that came with the function */
typedef tine_code ti_code;   /* all of it is borrowed, from who made it; constant. Inside nobody asks for its size */

typedef tine_code_module ti_module;
/* A function that was captured. Here it has its code; several may have the same, with other values from 'first' on. */
typedef tine_code_closure ti_code_closure;

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
