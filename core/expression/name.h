/*
** What names mean in expressions: inputs, constants, functions of Lua's library, kernels, and the values that come with
** the text. A name is so many bytes of a text, not ended by a zero.
*/
#ifndef TI_EXPRESSION_NAME_H
#define TI_EXPRESSION_NAME_H

#include "../kernel/kernel.h"

/* Where names are looked up: what is given, borrowed, and the values by name. */
typedef struct ti_names {
  tine_registry *registry;
  const tine_named_value *values;
  size_t n;
  const tine_named_value **sorted;
} ti_names;

/* A function of Lua's library, and the kernel that does it. */
typedef struct ti_math_function {
  const char *name, *kernel;
  unsigned least, most; /* arguments */
} ti_math_function;

enum {
  TI_INPUTS = TINE_MAX_COLUMNS + TINE_MAX_ARGS, /* behind all columns that a pipeline may have there may be constants */
  TI_NAME_SHOWN = 40                            /* bytes of a name in a message, at most */
};

/* Sorts the values. TINE_EINVAL, TINE_ETYPE: one has no name, or one that means something else, or a type that
   expressions do not know; TINE_ENOMEM. Ended by ti_names_end in any case. */
tine_status ti_names_begin(ti_names *names, tine_error *err);
void ti_names_end(ti_names *names);
/* x y z w, c1 c2 ...: the input, from 0. False: none of those. TI_INPUTS: a number that none has. */
bool ti_name_input(const char *name, size_t length, unsigned *input);
/* true, false, math.pi and its like. */
bool ti_name_constant(const char *name, size_t length, tine_value *out);
/* The value of that name, any if there are more; NULL: there is none. */
const tine_named_value *ti_name_value(const ti_names *names, const char *name, size_t length);
/* math.something: the function; NULL: no kernel does what it does. */
bool ti_name_in_math(const char *name, size_t length);
const ti_math_function *ti_name_math(const char *name, size_t length);
/* The kernel that is called by that name, borrowed. TINE_ENAME; TINE_EMODE: an expression cannot call it. */
tine_status ti_name_kernel(const ti_names *names, const char *name, size_t length, tine_kernel **out, tine_error *err);
/* Says why a name that is not called means nothing. */
tine_status ti_name_unknown(const ti_names *names, const char *name, size_t length, tine_error *err);

#endif
