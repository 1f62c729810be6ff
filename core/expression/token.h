/*
** The words of an expression's text, one at a time.
*/
#ifndef TI_EXPRESSION_TOKEN_H
#define TI_EXPRESSION_TOKEN_H

#include "expression.h"

/* An operator: its kernel, and how strongly it holds what is left and right of it, as in the reference manual of Lua
   5.4, 3.4.8. What holds its left side more strongly than its right is done from the right: '^'. */
typedef struct ti_operator {
  const char *text, *kernel;
  int left, right; /* left 0: it stands before its one argument */
} ti_operator;

enum { TI_COMPARES = 3 }; /* how strongly comparisons hold */

typedef enum ti_token_kind {
  TI_TOKEN_END,
  TI_TOKEN_NUMBER,
  TI_TOKEN_NAME,     /* dots included: math.pi */
  TI_TOKEN_OPERATOR, /* one that has two arguments, or 'not'; '-' and '~' may also have one */
  TI_TOKEN_MARK      /* ( ) [ ] , */
} ti_token_kind;

typedef struct ti_token {
  ti_token_kind kind;
  size_t at, length; /* in the text, from 0 */
  tine_value value;  /* of a number: i64 or f64 */
  const ti_operator *op;
} ti_token;

/* The token at or after 'from'. TINE_EINVAL, TINE_ERANGE: there is none. */
tine_status ti_token_read(const char *text, size_t from, ti_token *out, tine_error *err);
/* That operator before its argument; NULL: it cannot be. */
const ti_operator *ti_operator_prefix(const ti_operator *op);
bool ti_token_is(const ti_token *t, const char *text, char mark);

#endif
