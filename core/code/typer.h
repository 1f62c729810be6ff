/*
** What types code: the state that goes through it, and the steps it leaves behind. Seven files, each of which calls
** those before it alone: typer_steps.c (steps, constants), typer_frames.c (functions in functions, versions),
** typer_values.c (arithmetic, comparisons, results), typer_arrays.c (elements, and what may be nil), typer_kernels.c
** (kernels called), typer_calls.c (functions), typer.c (instructions and ways).
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
  uint32_t at, frame, step, next; /* next of the same instruction, from 1; 0: none */
  int32_t top;
  size_t types; /* its types are there in the pool, in the order of the registers */
} ti_version;

/* What is known of a code, whoever calls it. */
typedef struct ti_typer_unit {
  const ti_code *code;
  uint32_t *live;
  bool *label; /* something jumps to it */
} ti_typer_unit;

/* A call of it: from instruction 'at' in the parent, with its first register in cell 'base'. The first frame has none,
   and is called parent 0. */
typedef struct ti_typer_callee {
  uint16_t unit;
  unsigned captures, base, at;
  uint32_t parent;
  uint32_t *first; /* of each instruction, a version, from 1 */
} ti_typer_callee;

typedef struct ti_typer {
  ti_typed *t;
  const ti_code *code;
  const ti_datum *captured;
  tine_error *err;
  tine_status status;
  ti_typer_unit *units;
  ti_typer_callee *frames;
  size_t unit_count, unit_room, frame_count, frame_room;
  ti_version *versions;
  size_t version_count, version_room, type_count, type_room;
  ti_type *types;
  unsigned reached; /* all registers so far are below that */
  bool flags;       /* some have been needed */
  /* Where it is: code and base are those of the frame. */
  uint32_t frame;
  uint16_t unit;
  unsigned base, began, at, scratch;
  int top; /* behind the last of the open results, if the instruction before gave some; else 0 */
  bool ended;
  uint32_t returned;                 /* the first return, from 1 */
  ti_type state[TI_TYPED_REGISTERS]; /* by cells */
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

/* A list that grows: room for one more of 'size' bytes at '*list'. */
bool ti_typer_room(ti_typer *y, void **list, size_t count, size_t *room, size_t size);
void ti_typer_free(void *list, size_t room, size_t size);
/* There are registers up to this cell, without it; refused if there may not. */
void ti_typer_reach(ti_typer *y, unsigned cells);

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
ti_typer_value ti_typer_flag(ti_typer *y, const ti_typer_value *v);
/* Puts a value into a register, whose type it is then. */
void ti_typer_put(ti_typer *y, int reg, ti_typer_value v);
void ti_typer_set_type(ti_typer *y, int reg, ti_kind kind, unsigned which);

/* One of the values of a return. */
void ti_typer_value_add(ti_typer *y, ti_typed_value v);

/* A signature of values of its types, with one output; into scratch. */
ti_typer_value ti_typer_apply_of(ti_typer *y, const ti_signature *signature, const ti_typer_value *v);
/* A kernel of values of the types that one of its signatures has; into scratch. */
ti_typer_value ti_typer_apply(ti_typer *y, const char *kernel, unsigned count, const ti_typer_value *v);

/* On at one of two. It ends the version. */
void ti_typer_branch(ti_typer *y, ti_typer_value condition, uint32_t yes, uint32_t no);
/* Of a branch that was made: its ways are steps. (Else they become steps when all versions are there.) */
void ti_typer_ways_here(ti_typer *y, size_t branch, uint32_t yes, uint32_t no);

/* ===== typer_frames.c ===== */

/* The frame of a call at this instruction; the first is the function's own. */
uint32_t ti_typer_frame(ti_typer *y, const ti_code *code, unsigned captures, unsigned base);
void ti_typer_enter(ti_typer *y, uint32_t frame);
void ti_typer_frames_drop(ti_typer *y);
/* On at the beginning of a function that gets 'count' arguments, behind register a. */
void ti_typer_call_closure(ti_typer *y, const ti_instruction *i, const ti_code_closure *closure, int count);
/* 'count' results of a call are in the registers from a on, those that are wanted: behind them is nil where more are
   wanted, and nothing behind that. */
void ti_typer_results(ti_typer *y, const ti_instruction *i, int count);
/* On behind the call that this return of 'count' values ends; false: it ends all. */
bool ti_typer_leave(ti_typer *y, const ti_instruction *i, int count);
/* The version from an instruction on for the types as they are: what a way leads to. */
uint32_t ti_typer_way(ti_typer *y, unsigned at);
/* Goes to where a version begins, with its types. */
void ti_typer_restore(ti_typer *y, const ti_version *v);
/* On at an instruction. It ends the version. */
void ti_typer_jump(ti_typer *y, unsigned at);

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
ti_typer_value ti_typer_holds(ti_typer *y, const ti_typer_value *v);

/* ===== typer_arrays.c ===== */

void ti_typer_index(ti_typer *y, const ti_instruction *i);
void ti_typer_length(ti_typer *y, const ti_instruction *i);
/* Of a value that may be nil two versions of this instruction: with it, and with nil. False: it may not. */
bool ti_typer_split(ti_typer *y, int operand);

/* ===== typer_kernels.c ===== */

void ti_typer_call_kernel(ti_typer *y, const ti_instruction *i, tine_kernel *kernel, int count);

/* ===== typer_calls.c ===== */

void ti_typer_call(ti_typer *y, const ti_instruction *i);

#endif
