/*
** Expressions parsed: operator precedence with a stack of its own (Dijkstra's shunting yard), so that ten thousand
** parentheses cost memory and no stack.
**
** Between tokens the parser wants an argument or, after one, an operator. What waits for arguments to come - operators,
** parentheses, calls, brackets - is on the stack; a finished one becomes a node behind its arguments.
*/
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "name.h"
#include "token.h"

typedef enum wait_kind { WAIT_OPERATOR, WAIT_PARENTHESIS, WAIT_CALL, WAIT_MATH, WAIT_ELEMENT } wait_kind;

typedef struct parse_wait {
  wait_kind kind;
  size_t at;
  const ti_operator *op;
  const ti_math_function *math;
  tine_kernel *kernel; /* of a call, borrowed from its registry */
  unsigned array, commas;
  size_t logarithm; /* math.log(x, b): the node that is log(x) */
} parse_wait;

typedef struct parser {
  ti_expression *e;
  ti_names names;
  unsigned *held; /* arrays among the values, which the expression has */
  tine_error *err;
  parse_wait *stack;
  size_t depth, room;
} parser;

#define FAIL(p, status, at, ...) (ti_expression_fail((p)->err, status, (p)->e->text, at, __VA_ARGS__), false)

/* As much of a token as a message has room for. */
static int shown(const ti_token *t) {
  return (int)(t->length < TI_NAME_SHOWN ? t->length : TI_NAME_SHOWN);
}

/* ----- Nodes, and the stack ----- */

/* Room for one more element; false without memory. */
static bool grow(void **list, size_t *room, size_t count, size_t size) {
  const size_t more = *room * 2 + 16;
  void *larger;
  if (count < *room)
    return true;
  larger = ti_alloc(more * size, _Alignof(max_align_t));
  if (larger == NULL)
    return false;
  if (count > 0)
    memcpy(larger, *list, count * size);
  ti_free(*list, *room * size, _Alignof(max_align_t));
  *list = larger;
  *room = more;
  return true;
}

static bool add_node(parser *p, ti_expression_node node) {
  ti_expression *const e = p->e;
  void *list = e->nodes;
  ti_assert(node.count <= e->count && e->count <= e->room);
  if (!grow(&list, &e->room, e->count, sizeof *e->nodes))
    return ti_error_nomem(p->err), false;
  e->nodes = list;
  if (node.kind == TI_NODE_CALL)
    node.of.kernel = tine_kernel_retain(node.of.kernel);
  e->nodes[e->count++] = node;
  return true;
}

static bool add_call(parser *p, const char *builtin, unsigned count, size_t at) {
  ti_assert(ti_builtin_find(builtin) != NULL);
  return add_node(p, (ti_expression_node){TI_NODE_CALL, count, at, {.kernel = ti_builtin_find(builtin)}});
}

static bool add_value(parser *p, tine_value value, size_t at) {
  return add_node(p, (ti_expression_node){TI_NODE_VALUE, 0, at, {.value = value}});
}

static bool push(parser *p, parse_wait w) {
  void *list = p->stack;
  if (!grow(&list, &p->room, p->depth, sizeof w))
    return ti_error_nomem(p->err), false;
  p->stack = list;
  p->stack[p->depth++] = w;
  return true;
}

static parse_wait *newest(const parser *p) {
  ti_assert(p->depth <= p->room);
  return p->depth > 0 ? &p->stack[p->depth - 1] : NULL;
}

/* Ends operators down to what holds its left side less strongly than that. */
static bool reduce(parser *p, int left) {
  for (const parse_wait *w = newest(p); w != NULL && w->kind == WAIT_OPERATOR && w->op->right >= left; w = newest(p)) {
    p->depth--;
    if (!add_call(p, w->op->kernel, w->op->left > 0 ? 2 : 1, w->at))
      return false;
  }
  return true;
}

/* 'c and a or d and b or e' is made from the right, so that each choice has what is chosen else behind it. What is left
   of an 'or' stays the same where it is no 'and'. */
static bool waits_for_else(const parser *p, const ti_operator *op) {
  const parse_wait *const w = newest(p);
  const ti_expression *const e = p->e;
  const ti_expression_node *const last = &e->nodes[e->count - 1];
  return w != NULL && w->kind == WAIT_OPERATOR && w->op == op && strcmp(op->kernel, "or") == 0 &&
         last->kind == TI_NODE_CALL && last->count == 2 && last->of.kernel == ti_builtin_find("and");
}

static bool hold_room(parser *p) {
  const size_t n = p->names.n;
  p->held = ti_alloc_zeroed((n + 1) * sizeof *p->held, _Alignof(unsigned));
  return p->held != NULL || (ti_error_nomem(p->err), false);
}

/* The index of an array among those that the expression holds. */
static bool hold_array(parser *p, const tine_named_value *v, unsigned *index) {
  ti_expression *const e = p->e;
  unsigned *const held = &p->held[v - p->names.values]; /* one more than that; 0: it is none yet */
  void *list = e->array;
  ti_expression_array a = {NULL, NULL};
  if (*held > 0) {
    *index = *held - 1;
    return true;
  }
  if (!grow(&list, &e->array_room, e->arrays, sizeof a))
    return ti_error_nomem(p->err), false;
  e->array = list;
  a.name = ti_string_copy(v->name);
  if (a.name == NULL)
    return ti_error_nomem(p->err), false;
  a.array = tine_array_retain(v->array);
  *index = (unsigned)e->arrays;
  e->array[e->arrays++] = a;
  *held = *index + 1;
  return true;
}

/* ----- Arguments ----- */

static bool add_input(parser *p, unsigned input, size_t at) {
  ti_expression *const e = p->e;
  unsigned k = 0;
  if (input >= TI_INPUTS)
    return FAIL(p, TINE_ENAME, at, "inputs are c1 to c%d", TI_INPUTS);
  while (k < e->inputs && e->input[k] != input)
    k++;
  if (k == TINE_MAX_ARGS)
    return FAIL(p, TINE_ERANGE, at, "more than %d inputs", TINE_MAX_ARGS);
  if (k == e->inputs)
    e->input[e->inputs++] = input;
  return add_node(p, (ti_expression_node){TI_NODE_INPUT, 0, at, {.input = k}});
}

/* A name that is not called. '*next' is the token behind it; one of an array's is taken with it. */
static bool read_value(parser *p, const ti_token *t, ti_token *next, bool *wants) {
  const char *const text = p->e->text, *const name = text + t->at;
  const tine_named_value *v;
  parse_wait w = {.kind = WAIT_ELEMENT, .at = t->at};
  tine_error reason;
  tine_value constant;
  unsigned input;
  if (ti_name_input(name, t->length, &input))
    return add_input(p, input, t->at);
  if (ti_name_constant(name, t->length, &constant))
    return add_value(p, constant, t->at);
  v = ti_name_value(&p->names, name, t->length);
  if (v == NULL) {
    const tine_status status = ti_name_unknown(&p->names, name, t->length, &reason);
    return FAIL(p, status, t->at, "%s", reason.message);
  }
  if (v->array == NULL)
    return add_value(p, v->value, t->at);
  if (!ti_token_is(next, text, '['))
    return FAIL(p, TINE_ETYPE, t->at, "'%.40s' is an array: take an element, %.40s[x]", v->name, v->name);
  *wants = true;
  return hold_array(p, v, &w.array) && push(p, w) &&
         ti_token_read(text, next->at + next->length, next, p->err) == TINE_OK;
}

/* A name and its parenthesis; '*next' becomes what is behind that. */
static bool read_call(parser *p, const ti_token *t, ti_token *next) {
  const char *const text = p->e->text, *const name = text + t->at;
  parse_wait w = {.kind = WAIT_CALL, .at = t->at};
  tine_error reason;
  tine_status status;
  if (ti_name_in_math(name, t->length)) {
    w.kind = WAIT_MATH;
    w.math = ti_name_math(name, t->length);
    if (w.math == NULL)
      return FAIL(p, TINE_ENAME, t->at, "no kernel does what %.*s does", shown(t), name);
  } else {
    status = ti_name_kernel(&p->names, name, t->length, &w.kernel, &reason);
    if (status != TINE_OK)
      return FAIL(p, status, t->at, "%s", reason.message);
  }
  return push(p, w) && ti_token_read(text, next->at + next->length, next, p->err) == TINE_OK;
}

/* One token where an argument is to come. '*t' becomes the next one. */
static bool read_argument(parser *p, ti_token *t, bool *wants) {
  const char *const text = p->e->text;
  const ti_operator *prefix = t->kind == TI_TOKEN_OPERATOR ? ti_operator_prefix(t->op) : NULL;
  const ti_token was = *t;
  if (was.kind == TI_TOKEN_END)
    return FAIL(p, TINE_EINVAL, was.at, p->e->count == 0 && p->depth == 0 ? "it is empty" : "it ends too early");
  if (prefix == NULL && was.kind != TI_TOKEN_NUMBER && was.kind != TI_TOKEN_NAME && !ti_token_is(&was, text, '('))
    return FAIL(p, TINE_EINVAL, was.at, "unexpected '%.*s'", shown(&was), text + was.at);
  if (ti_token_read(text, was.at + was.length, t, p->err) != TINE_OK)
    return false;
  if (prefix != NULL)
    return push(p, (parse_wait){.kind = WAIT_OPERATOR, .at = was.at, .op = prefix});
  if (was.kind == TI_TOKEN_MARK)
    return push(p, (parse_wait){.kind = WAIT_PARENTHESIS, .at = was.at});
  if (was.kind == TI_TOKEN_NAME && ti_token_is(t, text, '('))
    return read_call(p, &was, t);
  *wants = false;
  return was.kind == TI_TOKEN_NUMBER ? add_value(p, was.value, was.at) : read_value(p, &was, t, wants);
}

/* ----- Operators and ends ----- */

/* 0: it is none. */
static double number_of(tine_value v) {
  return v.dtype == TINE_I64 ? (double)v.as.i : v.dtype == TINE_U64 ? (double)v.as.u : v.dtype == TINE_F64 ? v.as.f : 0;
}

/* All arguments of a math function are there. */
static bool end_math(parser *p, const parse_wait *w, unsigned count) {
  ti_expression *const e = p->e;
  const ti_math_function *const m = w->math;
  if (count < m->least || count > m->most)
    return FAIL(p, TINE_ETYPE, w->at, "math.%s takes %u%s input%s, got %u", m->name, m->least,
                m->most > m->least ? " or more" : "", m->most == 1 ? "" : "s", count);
  if (m->most == TINE_MAX_ARGS) { /* min and max: of the last two, then of that and the one before */
    for (; count > 1; count--)
      if (!add_call(p, m->kernel, 2, w->at))
        return false;
    return true;
  }
  ti_assert(count == 1 || count == 2);
  if (count == 1)
    return add_call(p, m->kernel, 1, w->at);
  if (strcmp(m->name, "atan") == 0)
    return add_call(p, "atan2", 2, w->at);
  /* log(x, b): the logarithm of x is there. Lua has functions of their own for two bases. */
  const ti_expression_node *const base = &e->nodes[e->count - 1];
  const bool value = base->kind == TI_NODE_VALUE && w->logarithm + 2 == e->count;
  const double b = value ? number_of(base->of.value) : 0;
  if (b == 2 || b == 10) {
    e->count--;
    e->nodes[w->logarithm].of.kernel = ti_builtin_find(b == 2 ? "log2" : "log10");
    return true;
  }
  return add_call(p, "log", 1, w->at) && add_call(p, "div", 2, w->at);
}

static bool end_call(parser *p, const parse_wait *w, unsigned count) {
  tine_error reason;
  if (ti_kernel_takes(w->kernel, count, &reason) != TINE_OK)
    return FAIL(p, TINE_ETYPE, w->at, "%s", reason.message);
  return add_node(p, (ti_expression_node){TI_NODE_CALL, count, w->at, {.kernel = w->kernel}});
}

/* A comma: there is one more argument to come. */
static bool read_comma(parser *p, const ti_token *t) {
  parse_wait *w;
  if (!reduce(p, 0))
    return false;
  w = newest(p);
  if (w == NULL || (w->kind != WAIT_CALL && w->kind != WAIT_MATH))
    return FAIL(p, TINE_EINVAL, t->at, "unexpected ','");
  if (++w->commas == TINE_MAX_ARGS)
    return FAIL(p, TINE_ETYPE, w->at, "more than %d arguments", TINE_MAX_ARGS);
  if (w->kind == WAIT_CALL || strcmp(w->math->name, "log") != 0 || w->commas > 1)
    return true;
  w->logarithm = p->e->count;
  return add_call(p, "log", 1, w->at);
}

/* A parenthesis or bracket that ends what the last open one began. 'some': an argument came before it. */
static bool read_end(parser *p, const ti_token *t, bool some) {
  const bool bracket = ti_token_is(t, p->e->text, ']');
  parse_wait w;
  if (some && !reduce(p, 0))
    return false;
  if (newest(p) == NULL || (newest(p)->kind == WAIT_ELEMENT) != bracket)
    return FAIL(p, TINE_EINVAL, t->at, "unexpected '%c'", bracket ? ']' : ')');
  w = *newest(p);
  p->depth--;
  switch (w.kind) {
    case WAIT_CALL: return end_call(p, &w, w.commas + some);
    case WAIT_MATH: return end_math(p, &w, w.commas + some);
    case WAIT_ELEMENT: return add_node(p, (ti_expression_node){TI_NODE_ELEMENT, 1, w.at, {.array = w.array}});
    case WAIT_PARENTHESIS:
    case WAIT_OPERATOR: break;
  }
  return true;
}

/* One token behind an argument. */
static bool read_operator(parser *p, const ti_token *t, bool *wants) {
  const char *const text = p->e->text;
  if (t->kind == TI_TOKEN_OPERATOR && t->op->left > 0) {
    *wants = true;
    if (t->op->left == TI_COMPARES) {
      if (!reduce(p, TI_COMPARES + 1))
        return false;
      if (newest(p) != NULL && newest(p)->kind == WAIT_OPERATOR && newest(p)->op->left == TI_COMPARES)
        return FAIL(p, TINE_EINVAL, t->at, "comparisons do not chain; say a < b and b < c");
    }
    return reduce(p, t->op->left + 1) && (waits_for_else(p, t->op) || reduce(p, t->op->left)) &&
           push(p, (parse_wait){.kind = WAIT_OPERATOR, .at = t->at, .op = t->op});
  }
  if (ti_token_is(t, text, ',')) {
    *wants = true;
    return read_comma(p, t);
  }
  if (ti_token_is(t, text, ')') || ti_token_is(t, text, ']'))
    return read_end(p, t, true);
  return FAIL(p, TINE_EINVAL, t->at, "unexpected '%.*s'", shown(t), text + t->at);
}

static bool read_all(parser *p) {
  const char *const text = p->e->text;
  bool wants = true;
  ti_token t;
  if (ti_token_read(text, 0, &t, p->err) != TINE_OK)
    return false;
  while (wants || t.kind != TI_TOKEN_END) {
    const bool empty = wants && ti_token_is(&t, text, ')') && newest(p) != NULL && newest(p)->commas == 0 &&
                       (newest(p)->kind == WAIT_CALL || newest(p)->kind == WAIT_MATH);
    if (wants && !empty) {
      if (!read_argument(p, &t, &wants))
        return false;
      continue;
    }
    wants = false;
    if (!(empty ? read_end(p, &t, false) : read_operator(p, &t, &wants)) ||
        ti_token_read(text, t.at + t.length, &t, p->err) != TINE_OK)
      return false;
  }
  if (!reduce(p, 0))
    return false;
  if (newest(p) != NULL)
    return FAIL(p, TINE_EINVAL, t.at, "'%c' expected, for the one at %zu", newest(p)->kind == WAIT_ELEMENT ? ']' : ')',
                newest(p)->at + 1);
  return true;
}

tine_status ti_expression_parse(ti_expression **out, tine_registry *registry, const char *text,
                                const tine_named_value *values, size_t n, tine_error *err) {
  tine_error reason = {.status = TINE_OK};
  parser p = {.names = {registry, values, n, NULL}, .err = &reason};
  bool well;
  *out = NULL;
  if (text == NULL || (values == NULL && n > 0))
    return ti_error_set(err, TINE_EINVAL, text == NULL ? "no expression" : "no values");
  p.e = ti_new(ti_expression);
  if (p.e == NULL)
    return ti_error_nomem(err);
  p.e->text = ti_string_copy(text);
  if (p.e->text == NULL)
    well = (ti_error_nomem(&reason), false);
  else
    well = ti_names_begin(&p.names, &reason) == TINE_OK && hold_room(&p) && read_all(&p);
  ti_free(p.stack, p.room * sizeof *p.stack, _Alignof(max_align_t));
  ti_free(p.held, (n + 1) * sizeof *p.held, _Alignof(unsigned));
  ti_names_end(&p.names);
  if (well) {
    ti_expression_sort_inputs(p.e);
    *out = p.e;
    return TINE_OK;
  }
  ti_expression_drop(p.e);
  return ti_error_copy(err, &reason);
}

#undef FAIL
