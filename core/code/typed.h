/*
** Code for given types of its inputs. Where the types of registers differ from one way to an instruction to another,
** the code behind it is there once for each: a *version* is a stretch of code for the types that its live registers
** have. So no type is ever joined with another, each step knows the types of its operands, and 'local s = 0' may be an
** integer in the first turn of a loop and a float in the others.
**
** What is left is steps over *cells*. All that computes is a built-in kernel with one of its signatures; what remains
** is moves, ways, the two ends of a 'for', and elements of captured arrays.
**
** An element may not be there, and is nil then. A register with such a value - it *may be nil* - has a *flag* beside
** it, a bool that says whether there is one, and holds zero or false where there is none. Moves copy both. Who needs
** the value checks the flag first, and it is a plain value from there on: so what fails, fails where Lua does.
*/
#ifndef TI_CODE_TYPED_H
#define TI_CODE_TYPED_H

#include "../base/error.h"
#include "../kernel/kernel.h"
#include "code.h"

enum {
  TI_TYPED_SCRATCH = 16,    /* cells for values within an instruction */
  TI_TYPED_REGISTERS = 500, /* at most, of functions within each other */
  TI_TYPED_FRAMES = 1000,   /* places that call a function, each counted for every place that calls the one it is in */
  TI_TYPED_VERSIONS = 16,   /* of one instruction, at most */
  TI_TYPED_STEPS = 100000,  /* in all */
  TI_TYPED_ARGS = 3
};

typedef enum ti_typed_what {
  TI_TYPED_APPLY,  /* to = the kernel of 'signature' of the arguments */
  TI_TYPED_MOVE,   /* to = argument 0 */
  TI_TYPED_JUMP,   /* on at ways[0] */
  TI_TYPED_BRANCH, /* on at ways[0] if argument 0 holds, else at ways[1] */
  TI_TYPED_RETURN, /* the results are 'count' values, listed from values[first] on */
  /* to = the element of the captured array 'first' at index argument 0, from 1 on, which is of type 'count': an i64, or
     an f64, which is an index where it is an integer. To the flag, argument 1, goes whether there is one; where not, to
     is zero or false. An element becomes a bool, an i64 (a u64 with its bits) or an f64. */
  TI_TYPED_LOOKUP,
  /* A captured kernel is called, of mode fn: its 'count' inputs are values[first] and those behind it, of the types
     of the signature; each output goes to a cell, from 'to' on, and becomes a bool, an i64 or an f64 there. What it
     does is its own business; what it is known never to fail in, and is told in builtin.def, is a TI_TYPED_APPLY
     instead. */
  TI_TYPED_CALL,
  TI_TYPED_CHECK, /* fails unless argument 0 holds, with the words from text[first] on */
  /* The ends of a loop whose registers are to, to + 1, to + 2, to + 3: integers or floats. Of the first of integers the
     limit may be a float, argument 0. Into the body at ways[0], else on at ways[1]. */
  TI_TYPED_FOR_I64,
  TI_TYPED_FOR_UP_TO_F64,
  TI_TYPED_FOR_F64,
  TI_TYPED_NEXT_I64,
  TI_TYPED_NEXT_F64
} ti_typed_what;

/* Cells are numbered: registers of all functions, scratch, flags of the registers (if any), which are t->cells and are
   written; captured values, of an array its length; constants. */
typedef struct ti_typed_step {
  uint8_t what, count;
  uint16_t to, args[TI_TYPED_ARGS];
  uint16_t code;    /* it was made of instruction 'at' of codes[code] */
  uint32_t ways[2]; /* other steps */
  uint32_t at, first;
  const ti_signature *signature;
  tine_kernel *kernel; /* of a call */
} ti_typed_step;

typedef union ti_cell {
  bool b;
  int64_t i;
  double f;
} ti_cell;

typedef struct ti_typed_value {
  uint16_t cell;
  uint8_t dtype;
} ti_typed_value;

/* Refers to the code it was made of. Constant, but for who makes it. */
typedef struct ti_typed {
  const ti_code *code;
  const ti_code **codes;                                       /* that, and those of the functions that it calls */
  tine_dtype inputs[TINE_MAX_ARGS], results[TINE_MAX_OUTPUTS]; /* bool, i64 or f64 */
  unsigned result_count, versions, registers, cells, capture_count;
  size_t step_count, step_room, value_count, value_room, constant_count, constant_room, text_count, text_room;
  size_t code_count, code_room;
  ti_typed_step *steps; /* the first is where it begins */
  ti_typed_value *values;
  ti_cell *constants;
  char *text;        /* of checks, one behind the other, each with its zero */
  uint16_t truth[2]; /* the cells of false and true, which no numbers are in; 0: none */
} ti_typed;

static inline unsigned ti_typed_capture_cell(const ti_typed *t, unsigned capture) {
  return t->cells + capture;
}

static inline unsigned ti_typed_constant_cell(const ti_typed *t, unsigned constant) {
  return t->cells + t->capture_count + constant;
}

/* Of elements of an array, and outputs of a kernel: the type of their cells. */
static inline tine_dtype ti_typed_element(tine_dtype dtype) {
  return dtype == TINE_BOOL ? TINE_BOOL : dtype == TINE_F32 || dtype == TINE_F64 ? TINE_F64 : TINE_I64;
}

/* A version for inputs of types bool, i64 and f64, code.params of them, and captured values of these kinds, 'captures'
   of them: those of the code, and behind them those of the functions that are among them; all their code is such as
   ti_code_check lets pass. Functions are typed where they are called, as if they stood there. Of captured numbers and
   booleans only the kinds count, of arrays the element types; kernels have to stay: the values may be others when it
   runs. TINE_EINVAL, with the place: the code does with such types what it cannot; TINE_ERANGE: there are too many
   values; TINE_ENOMEM. */
tine_status ti_typed_make(ti_typed **out, const ti_code *code, const tine_dtype *inputs, const ti_datum *captured,
                          size_t captures, tine_error *err);
void ti_typed_drop(ti_typed *t);

/*
** The code of single values: what all ways to run it are held against, and what finds out why an item fails. The
** results have the types of t->results. TINE_EKERNEL: "job.lua:5: attempt to perform 'n//0'". After 'most' steps (0:
** any number) it is TINE_ETIMEOUT. Any number of threads at a time.
*/
tine_status ti_typed_call(const ti_typed *t, const tine_value *args, const ti_datum *captured, uint64_t most,
                          tine_value *out, tine_error *err);

/* Asked now and then by what may take for ever; NULL, or with no function: nobody wants to know. */
typedef struct ti_code_ask {
  bool (*over)(void *env);
  void *env;
} ti_code_ask;

static inline bool ti_code_over(const ti_code_ask *ask) {
  return ask != NULL && ask->over != NULL && ask->over(ask->env);
}

/* The same, of any number of steps; TINE_ECANCELED once it is over. */
tine_status ti_typed_call_until(const ti_typed *t, const tine_value *args, const ti_datum *captured,
                                const ti_code_ask *ask, tine_value *out, tine_error *err);

/* Which registers are live before each instruction: bit r % 32 of word r / 32 of its ti_live_words. NULL: there is
   no memory. */
static inline size_t ti_live_words(const ti_code *code) {
  return code->registers / 32 + 1;
}
uint32_t *ti_live_make(const ti_code *code);
void ti_live_drop(uint32_t *live, const ti_code *code);

/* TINE_EINVAL, with "job.lua:7: " before the message: the line of an instruction. */
tine_status ti_code_refuse(const ti_code *code, unsigned at, tine_error *err, const char *format, ...) TI_PRINTF(4, 5);

#endif
