/*
** Inside of the making of an instance: nodes get their types first (nodes.c), then an order (instance.c).
*/
#ifndef TI_EXPRESSION_INSTANCE_H
#define TI_EXPRESSION_INSTANCE_H

#include "expression.h"

/* A node while an instance is made. */
typedef struct ti_bind_node {
  const ti_expression_node *of;
  ti_expression_node own; /* 'of', where a choice took the place of what the text has */
  size_t first;           /* of its arguments, in the list of all */
  ti_operand value;       /* its result, as another takes it */
  bool constant;          /* then that has no operand yet, and this is it */
  tine_value known;
  size_t binding; /* its operands begin there */
  const ti_signature *signature;
  bool fails_below; /* it may, or anything it is made of */
  bool half;        /* 'c and a', where a is no bool: waits for an 'or' */
  bool choice;      /* 'c and a or b': the kernel 'where', of which what is not chosen does not count */
  unsigned strips;  /* in memory, to do it */
  int guard;
  size_t turn;
} ti_bind_node;

typedef struct ti_bind_maker {
  ti_instance *o;
  const ti_expression *e;
  ti_bind_node *node;
  size_t *argument; /* nodes, those of one node together */
  unsigned free;    /* below it every slot is taken */
  tine_error *err;
} ti_bind_maker;

static inline bool ti_bind_operates(const ti_bind_node *b) {
  return !b->constant && !b->half && b->of->kind != TI_NODE_INPUT;
}

/* Is it a call of that built-in kernel, of two arguments? */
bool ti_bind_calls(const ti_bind_node *b, const char *name);
/* All nodes from the first on, with the operands of what operates. 'held' has room for all. */
tine_status ti_bind_nodes(ti_bind_maker *m, size_t *held);
/* The number of a new constant. */
unsigned ti_bind_constant_at(ti_instance *o, const unsigned char *bytes);

#endif
