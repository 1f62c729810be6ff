/*
** Expressions: kernels that a text tells, "a*x^2 + b".
**
** The grammar is that of Lua's expressions: arithmetic, bits, comparisons, 'and or not', numbers, calls of kernels by
** their names and of Lua's math functions by theirs, elements of arrays. x y z w are the inputs 1 to 4, c1 c2 ... any;
** all other names are values that came with the text. What the operators mean is what the kernels of their names mean
** (README.md in this folder), types included. Where Lua evaluates the right side of 'and' and 'or' only if the left
** side asks for it, an item's failure on the right side counts only then. 'c and a or b' chooses between values.
**
** Three steps, a file each. *Parsing* makes a text a list of nodes, once, and knows no types. *Binding* makes them an
** *instance* for inputs of given types: each operator bound as a stage of its own would be, and what depends on no
** column evaluated. *Running* takes a block through an instance strip by strip, so that what one operation hands to the
** next stays in the first-level cache.
*/
#ifndef TI_EXPRESSION_EXPRESSION_H
#define TI_EXPRESSION_EXPRESSION_H

#include "../base/error.h"
#include "../data/array.h"
#include "recipe.h"

typedef enum ti_node_kind { TI_NODE_INPUT, TI_NODE_VALUE, TI_NODE_CALL, TI_NODE_ELEMENT } ti_node_kind;

/* A node stands behind its arguments: the list is in reverse Polish notation. */
typedef struct ti_expression_node {
  ti_node_kind kind;
  unsigned count; /* of arguments: the results of as many nodes before it */
  size_t at;      /* where it is in the text, from 0 */
  union {
    unsigned input;      /* number k of those that the expression reads */
    tine_value value;    /* a bool, i64, u64 or f64 */
    tine_kernel *kernel; /* called: a reference of its own */
    unsigned array;      /* an element of that one */
  } of;
} ti_expression_node;

typedef struct ti_instance ti_instance;

/* An array that an expression takes elements of. */
typedef struct ti_expression_array {
  char *name;
  tine_array *array; /* a reference of its own */
} ti_expression_array;

struct ti_expression {
  char *text;
  _Atomic(ti_instance *) made;           /* the newest */
  unsigned inputs, input[TINE_MAX_ARGS]; /* those that it reads, from 0, in the order in which they come */
  size_t count, room;
  ti_expression_node *nodes;
  size_t arrays, array_room;
  ti_expression_array *array;
};

/* Reads a text. TINE_EINVAL, TINE_ENAME, TINE_ERANGE: the message quotes it, and says where. The registry is that of
   the host's kernels, or NULL. */
tine_status ti_expression_parse(ti_expression **out, tine_registry *registry, const char *text,
                                const tine_named_value *values, size_t n, tine_error *err);
void ti_expression_drop(ti_expression *e);
/* The inputs in their own order, so that signatures have them so. */
void ti_expression_sort_inputs(ti_expression *e);
/* Fails with a message that quotes the text around 'at', what the format says, and where. */
tine_status ti_expression_fail(tine_error *err, tine_status status, const char *text, size_t at, const char *format,
                               ...) TI_PRINTF(5, 6);
/* The text, or as much of it as goes well into a message: TI_EXPRESSION_NAME bytes at most. */
enum { TI_EXPRESSION_NAME = 64 };
void ti_expression_name(const char *text, char *buffer);

/* Where an operation finds an argument. */
typedef enum ti_where { TI_AT_INPUT, TI_AT_SLOT, TI_AT_CONSTANT } ti_where;

typedef struct ti_operand {
  ti_where where;
  unsigned index; /* of the input, slot or constant */
  tine_dtype dtype;
  tine_kernel_fn *cast; /* to what the operation takes; NULL: it is that */
} ti_operand;

/* What is needed for the result of an operation to count: that another result is true, or false. */
typedef struct ti_guard {
  ti_operand of;
  bool wanted;
  int also;       /* another that must hold besides; -1: none */
  unsigned depth; /* so many in all */
} ti_guard;

typedef struct ti_step {
  const tine_kernel *kernel; /* NULL: an element of 'array', or a copy, by the signature's function */
  const ti_signature *signature;
  const ti_expression_array *array;
  size_t first; /* of its arguments */
  unsigned count, slot;
  tine_dtype dtype; /* of its result */
  bool fails;       /* it may */
  int guard;        /* -1: none */
  size_t turn;      /* among the operations as the text has them: of two that fail at an item the first is told */
} ti_step;

/* An expression for inputs of given types. Its operations stand in the order in which they are done, the last gives the
   result. Constant. */
struct ti_instance {
  ti_signature signature; /* first: whoever has this has the instance */
  char text[TI_SIGNATURE_TEXT];
  struct ti_instance *next;        /* of the same expression */
  const ti_expression *expression; /* that it is of */
  size_t room;                     /* of each list */
  size_t operations, operands, constants, guards;
  unsigned place[TINE_MAX_ARGS];
  unsigned slots, casts; /* strips of results, and of arguments converted, at a time */
  bool infallible, cheap;
  ti_step *operation;
  ti_operand *operand;
  unsigned char (*constant)[8];
  ti_guard *guard;
  ti_program *program; /* does the same; NULL: it is none */
};

/* The expression for n inputs of these types; place[k] says which of them is number k of those that it reads.
   TINE_ETYPE, TINE_ERANGE, TINE_EKERNEL. */
tine_status ti_instance_make(ti_instance **out, const ti_expression *e, const unsigned *place, const tine_dtype *dtypes,
                             unsigned n, tine_error *err);
void ti_instance_drop(ti_instance *instance);

/* How many operations of a program it is; 0: it is none. And its value as a word, made of those of its inputs. */
size_t ti_instance_lowers(const ti_instance *instance);
int ti_instance_word(const ti_instance *instance, ti_recipe *r, const int *inputs);
/* Makes its program. */
void ti_instance_lower(ti_instance *instance);

/* What a kernel's 'told' is if it is an expression. Bound, its inputs are those that it reads, in their order; but
   where it folds, both that there are. An instance is kept with the expression, so that it is made once. */
extern const ti_told ti_expression_told;
/* The function of its signature. The block's environment is the instance. */
int ti_instance_block(tine_block *block);

#endif
