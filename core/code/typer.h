/*
** What types code: the state that goes through it, and the steps it leaves behind. Five files, each of which calls
** those before it alone: typer_steps.c (steps, constants, versions), typer_values.c (arithmetic, comparisons, results),
** typer_arrays.c (elements, and what may be nil), typer_calls.c (functions), typer.c (instructions and ways).
**
** Once something is refused, or there is no memory, 'status' says so, and all of these do nothing more.
*/
#ifndef TI_CODE_TYPER_H
#define TI_CODE_TYPER_H

#include "typed.h"

/* The type of a register: a kind, whether it may be nil instead, and which function, module or array of its kind. */
typedef uint32_t ti_type;
enum {
  TI_TYPE_MAYBE = 1 << 4, /* above the kind */
  TI_TYPE_WHICH = 5,      /* bits of both */
  TI_TYPER_HERE = 1       /* 'count' of a step whose ways are steps already */
};

_Static_assert((int)TI_KIND_REFUSED < (int)TI_TYPE_MAYBE, "a type has room for each kind");

/* An operand: its type, and the cell it is in. Functions, modules and arrays are in none. What may be nil is a boolean
   or a number in a register. */
typedef struct ti_typer_value {
  ti_kind kind;
  unsigned which;
  uint16_t cell;
  bool maybe;
} ti_typer_value;

/* A version: from an instruction on, for the types of the registers that are live there. */
typedef struct ti_version {
  uint32_t at, step, next; /* next of the same instruction, from 1; 0: none */
  int32_t top;
  size_t types; /* its types are there in the pool, in the order of the registers */
} ti_version;

typedef struct ti_typer {
  ti_typed *t;
  const ti_code *code;
  const ti_datum *captured;
  tine_error *err;
  tine_status status;
  uint32_t *live, *first; /* first: of each instruction, a version, from 1 */
  bool *label;            /* something jumps to it */
  ti_version *versions;
  size_t version_count, version_room, type_count, type_room;
  ti_type *types;
  /* Where it is. */
  unsigned at, scratch;
  int top; /* behind the last of the open results, if the instruction before gave some; else 0 */
  bool ended;
  uint32_t returned; /* the first return, from 1 */
  ti_type state[TI_CODE_REGISTERS];
} ti_typer;

/* ===== typer_steps.c ===== */

tine_status ti_typer_fail(ti_typer *y, tine_status status);
/* Refuses at this instruction. */
void ti_typer_refuse(ti_typer *y, const char *format, ...) TI_PRINTF(2, 3);
/* " (local 'x')", or nothing, in 'room'. */
enum { TI_TYPER_NAME = 80 };
const char *ti_typer_name(const ti_typer *y, int operand, char *room);

/* The same of a value that may be nil; without a name it is " (field '?')", as Lua calls an element. */
const char *ti_typer_element(const ti_typer *y, int operand, char *room);

void ti_typer_step(ti_typer *y, ti_typed_step step);
uint16_t ti_typer_scratch(ti_typer *y);
ti_typer_value ti_typer_i64(ti_typer *y, int64_t i);
ti_typer_value ti_typer_f64(ti_typer *y, double f);
ti_typer_value ti_typer_bool(ti_typer *y, bool b);
/* What a register or constant holds; refused if that is nothing for certain. */
ti_typer_value ti_typer_get(ti_typer *y, int operand);
/* The same, and nil is a value. */
ti_typer_value ti_typer_look(ti_typer *y, int operand);
/* If it may be nil: fails with these words where it is, and from here on it is none that may. */
void ti_typer_check(ti_typer *y, ti_typer_value *v, const char *format, ...) TI_PRINTF(3, 4);
void ti_typer_fail_unless(ti_typer *y, ti_typer_value condition, const char *words);
/* The flag of a register that may be nil. */
ti_typer_value ti_typer_flag(const ti_typer *y, const ti_typer_value *v);
/* Puts a value into a register, whose type it is then. */
void ti_typer_put(ti_typer *y, int reg, ti_typer_value v);
void ti_typer_set_type(ti_typer *y, int reg, ti_kind kind, unsigned which);

/* One of the values of a return. */
void ti_typer_value_add(ti_typer *y, ti_typed_value v);

/* A kernel of values of the types that one of its signatures has; into scratch. */
ti_typer_value ti_typer_apply(ti_typer *y, const char *kernel, unsigned count, const ti_typer_value *v);

/* The version from an instruction on for the types as they are: what a way leads to. */
uint32_t ti_typer_way(ti_typer *y, unsigned at);
/* Goes to where a version begins, with its types. */
void ti_typer_restore(ti_typer *y, const ti_version *v);
/* On at an instruction; at one of two. Both end the version. */
void ti_typer_jump(ti_typer *y, unsigned at);
void ti_typer_branch(ti_typer *y, ti_typer_value condition, uint32_t yes, uint32_t no);
/* Of a branch that was made: its ways are steps. (Else they become steps when all versions are there.) */
void ti_typer_ways_here(ti_typer *y, size_t branch, uint32_t yes, uint32_t no);

/* ===== typer_values.c ===== */

/* As messages call it. */
const char *ti_typer_kind(ti_kind kind);
ti_typer_value ti_typer_to_f64(ti_typer *y, ti_typer_value v);
ti_typer_value ti_typer_arithmetic(ti_typer *y, const ti_instruction *i);
ti_typer_value ti_typer_unary(ti_typer *y, const ti_instruction *i);
ti_typer_value ti_typer_less(ti_typer *y, bool equal, ti_typer_value *a, ti_typer_value *b);
ti_typer_value ti_typer_equal(ti_typer *y, ti_typer_value a, ti_typer_value b, int *known);
void ti_typer_return(ti_typer *y, const ti_instruction *i);
/* 1: it holds; 0: it does not; -1: that depends on the value. */
int ti_typer_truth(const ti_typer_value *v);
/* And then on this boolean. */
ti_typer_value ti_typer_holds(const ti_typer *y, const ti_typer_value *v);

/* ===== typer_arrays.c ===== */

void ti_typer_index(ti_typer *y, const ti_instruction *i);
void ti_typer_length(ti_typer *y, const ti_instruction *i);
/* Of a value that may be nil two versions of this instruction: with it, and with nil. False: it may not. */
bool ti_typer_split(ti_typer *y, int operand);

/* ===== typer_calls.c ===== */

void ti_typer_call(ti_typer *y, const ti_instruction *i);

#endif
