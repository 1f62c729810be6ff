/*
** Expressions as kernels: made from a text, bound to inputs, and kept as instances; see expression.h.
*/
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "expression.h"

/* ----- Instances ----- */

static ti_instance *find_instance(const ti_expression *e, const unsigned *place, const tine_dtype *dtypes, unsigned n) {
  ti_instance *i = ti_load_acquire(&e->made); /* pairs with the exchange of whoever made it */
  while (i != NULL && (i->signature.inputs != n || memcmp(i->signature.in, dtypes, n * sizeof *dtypes) != 0 ||
                       memcmp(i->place, place, e->inputs * sizeof *place) != 0))
    i = i->next;
  return i;
}

/* One for these inputs: there are as many as somebody has asked for, and they go with the expression. Two threads may
   make the same; both serve. */
static tine_status instance_for(ti_instance **out, ti_expression *e, const unsigned *place, const tine_dtype *dtypes,
                                unsigned n, tine_error *err) {
  tine_status status;
  *out = find_instance(e, place, dtypes, n);
  if (*out != NULL)
    return TINE_OK;
  status = ti_instance_make(out, e, place, dtypes, n, err);
  if (status != TINE_OK)
    return status;
  (*out)->next = ti_load_acquire(&e->made); /* the next one's contents are read by whoever follows the link */
  while (!ti_cas_acqrel(&e->made, &(*out)->next, *out))
    ;
  return TINE_OK;
}

/* ----- Binding ----- */

static tine_status told_inputs(const tine_kernel *kernel, size_t given, bool spelt, unsigned *out, unsigned *n,
                               tine_error *err) {
  const ti_expression *const e = kernel->expression;
  *n = e->inputs;
  for (unsigned k = 0; k < e->inputs; k++) {
    out[k] = e->input[k];
    if (out[k] >= given)
      return ti_error_set(err, TINE_ETYPE, "expression \"%s\" reads input %u of %llu", kernel->name, out[k] + 1,
                          (unsigned long long)given);
  }
  for (unsigned i = 0; spelt && i < given; i++) {
    unsigned k = 0;
    while (k < e->inputs && out[k] != i)
      k++;
    if (k == e->inputs)
      return ti_error_set(err, TINE_ETYPE, "expression \"%s\" does not read input %u of %llu", kernel->name, i + 1,
                          (unsigned long long)given);
  }
  return TINE_OK;
}

/* The instance. Its inputs are taken as they are, so nothing is converted; constants there are only where it is called
   for single values. */
static tine_status bind_instance(const tine_kernel *kernel, ti_role role, const char *what, const unsigned *place,
                                 const tine_dtype *dtypes, unsigned n, ti_binding *out, tine_error *err) {
  ti_instance *instance;
  ti_assert(kernel->told == &ti_expression_told && n <= TINE_MAX_ARGS);
  const tine_status status = instance_for(&instance, kernel->expression, place, dtypes, n, err);
  if (status != TINE_OK)
    return status;
  out->signature = &instance->signature;
  memset(out->cast, 0, sizeof out->cast);
  return role == TI_ROLE_FOLD ? TINE_OK : ti_role_signature(kernel, out->signature, role, what, err);
}

/* Both inputs and the result have one type: that of the column, or what the expression makes of it. */
static tine_status bind_fold(const tine_kernel *kernel, const char *what, const ti_arg *args, ti_binding *out,
                             tine_error *err) {
  const ti_expression *const e = kernel->expression;
  const ti_arg *const init = args[0].constant ? &args[0] : NULL;
  tine_dtype type = args[1].dtype;
  unsigned place[TINE_MAX_ARGS];
  for (unsigned k = 0; k < e->inputs; k++) {
    place[k] = e->input[k];
    if (place[k] > 1)
      return ti_error_set(err, TINE_ETYPE, "'%s' needs an expression of x and y; \"%s\" reads input %u", what,
                          kernel->name, place[k] + 1);
  }
  if (init != NULL && ti_dtype_float(init->dtype) && !ti_dtype_float(type) && type != TINE_BOOL)
    type = TINE_F64;
  for (unsigned round = 0; round < 3; round++) {
    const tine_dtype types[2] = {type, type};
    const tine_status status = bind_instance(kernel, TI_ROLE_FOLD, what, place, types, 2, out, err);
    if (status != TINE_OK)
      return status;
    if (out->signature->out[0] == type)
      return init != NULL ? ti_bind_constant(init, type, out->constant[0], err) : TINE_OK;
    if (!ti_bind_promotes(type, out->signature->out[0]))
      break;
    type = out->signature->out[0];
  }
  return ti_role_signature(kernel, out->signature, TI_ROLE_FOLD, what, err);
}

static tine_status told_bind(const tine_kernel *kernel, ti_role role, const char *what, const ti_arg *args, unsigned n,
                             ti_binding *out, tine_error *err) {
  unsigned place[TINE_MAX_ARGS];
  tine_dtype dtypes[TINE_MAX_ARGS];
  if (role == TI_ROLE_FOLD && n == 2)
    return bind_fold(kernel, what, args, out, err);
  ti_assert(n == kernel->expression->inputs);
  for (unsigned k = 0; k < n; k++) {
    place[k] = k;
    dtypes[k] = args[k].dtype;
    if (!ti_dtype_valid(args[k].dtype))
      return ti_error_set(err, TINE_ETYPE, "expression \"%s\" is given a value of no type", kernel->name);
    if (args[k].constant)
      ti_value_store(args[k].dtype, out->constant[k], args[k].value, NULL);
  }
  return bind_instance(kernel, role, what, place, dtypes, n, out, err);
}

static bool told_infallible(const ti_signature *signature) {
  return ((const ti_instance *)signature)->infallible;
}

static bool told_cheap(const ti_signature *signature) {
  return ((const ti_instance *)signature)->cheap;
}

static void told_arrays(const tine_kernel *kernel, void (*visit)(void *arg, tine_array *a), void *arg) {
  const ti_expression *const e = kernel->expression;
  for (size_t i = 0; i < e->arrays; i++)
    visit(arg, e->array[i].array);
}

static void told_drop(tine_kernel *kernel) {
  ti_expression_drop(kernel->expression);
}

const ti_told ti_expression_told = {told_bind, told_inputs, told_infallible, told_cheap, told_arrays, told_drop};

/* ----- A kernel ----- */

static tine_status kernel_of(tine_kernel **out, ti_expression *e, const char *text, unsigned flags, tine_error *err) {
  char name[TI_EXPRESSION_NAME];
  tine_kernel *const kernel = ti_new(tine_kernel);
  if (kernel == NULL)
    return ti_error_nomem(err);
  ti_refs_init(&kernel->refs);
  ti_turn_init(&kernel->turn);
  ti_expression_name(text, name);
  kernel->name = ti_string_copy(name);
  kernel->help = ti_string_copy(text);
  kernel->flags = flags;
  kernel->mode = TINE_FN;
  if (kernel->name == NULL || kernel->help == NULL) {
    ti_kernel_discard(kernel);
    return ti_error_nomem(err);
  }
  kernel->told = &ti_expression_told;
  kernel->expression = e;
  *out = kernel;
  return TINE_OK;
}

tine_status tine_kernel_parse(tine_kernel **out, tine_registry *registry, const char *text,
                              const tine_named_value *values, size_t n, unsigned flags, tine_error *err) {
  ti_expression *e;
  tine_status status;
  *out = NULL;
  if ((flags & ~(unsigned)(TINE_ASSOCIATIVE | TINE_COMMUTATIVE)) != 0)
    return ti_error_set(err, TINE_EINVAL, "an expression is associative or commutative, or neither");
  status = ti_expression_parse(&e, registry, text, values, n, err);
  if (status != TINE_OK)
    return status;
  status = kernel_of(out, e, text, flags, err);
  if (status != TINE_OK)
    ti_expression_drop(e);
  return status;
}
