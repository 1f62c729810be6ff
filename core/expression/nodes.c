/*
** Nodes get their types: each operator is bound to a signature of its kernel, as a stage of its own would be, and what
** depends on no column is evaluated. See instance.h.
*/
#include <string.h>

#include "../base/error.h"
#include "instance.h"

unsigned ti_bind_constant_at(ti_instance *o, const unsigned char *bytes) {
  ti_assert(o->constants < o->room);
  memcpy(o->constant[o->constants], bytes, sizeof o->constant[0]);
  return (unsigned)o->constants++;
}

static ti_arg arg_of(const ti_bind_node *b) {
  return b->constant ? (ti_arg){true, b->known.dtype, b->known} : (ti_arg){.dtype = b->value.dtype};
}

/* All its arguments are constants: so is it. If the kernel fails for them it stays an operation ('*out' is false),
   which fails for each item that asks for it. */
static tine_status fold_constants(ti_bind_maker *m, ti_bind_node *b, bool *out) {
  const tine_kernel *kernel = b->of->of.kernel;
  tine_value args[TINE_MAX_ARGS], results[TINE_MAX_OUTPUTS];
  tine_error reason;
  tine_status status;
  size_t outs;
  ti_assert(kernel->builtin && b->of->count > 0);
  for (unsigned k = 0; k < b->of->count; k++)
    args[k] = m->node[m->argument[b->first + k]].known;
  status = ti_kernel_call(kernel, args, b->of->count, results, &outs, &reason);
  *out = status == TINE_OK;
  if (status == TINE_EKERNEL)
    return TINE_OK;
  if (status != TINE_OK)
    return ti_expression_fail(m->err, reason.status, m->e->text, b->of->at, "%s", reason.message);
  b->constant = true;
  b->known = results[0];
  return TINE_OK;
}

/* Beside columns that are all u64 (or bool) a negative integer is the u64 of its bits, as where a kernel is named. */
static void adapt_constants(ti_arg *args, unsigned n) {
  bool all = true, any = false;
  for (unsigned k = 0; k < n; k++) {
    all = all && (args[k].constant || args[k].dtype == TINE_U64 || args[k].dtype == TINE_BOOL);
    any = any || (!args[k].constant && args[k].dtype == TINE_U64);
  }
  for (unsigned k = 0; k < n && all && any; k++)
    if (args[k].constant && args[k].dtype == TINE_I64 && args[k].value.as.i < 0)
      args[k] = (ti_arg){true, TINE_U64, {.dtype = TINE_U64, .as.u = (uint64_t)args[k].value.as.i}};
}

/* Puts down what the arguments become in the signature's types. */
static void add_operands(ti_bind_maker *m, ti_bind_node *b, const ti_binding *binding) {
  ti_instance *const o = m->o;
  b->binding = o->operands;
  for (unsigned k = 0; k < b->of->count; k++) {
    const ti_bind_node *const arg = &m->node[m->argument[b->first + k]];
    ti_operand *const to = &o->operand[o->operands++];
    ti_assert(o->operands <= o->room);
    *to = arg->value;
    to->cast = binding->cast[k];
    if (arg->constant)
      *to = (ti_operand){TI_AT_CONSTANT, ti_bind_constant_at(o, binding->constant[k]), binding->signature->in[k], NULL};
  }
}

static tine_status bind_call(ti_bind_maker *m, ti_bind_node *b) {
  const tine_kernel *const kernel = b->of->of.kernel;
  bool all = b->of->count > 0;
  ti_arg args[TINE_MAX_ARGS];
  ti_binding binding;
  tine_error reason;
  for (unsigned k = 0; k < b->of->count; k++) {
    args[k] = arg_of(&m->node[m->argument[b->first + k]]);
    all = all && args[k].constant;
  }
  if (all && kernel->builtin) {
    const tine_status status = fold_constants(m, b, &all);
    if (status != TINE_OK || all)
      return status;
  }
  adapt_constants(args, b->of->count);
  if (ti_kernel_bind(kernel, TI_ROLE_VALUES, "expression", args, b->of->count, &binding, &reason) != TINE_OK)
    return ti_expression_fail(m->err, reason.status, m->e->text, b->of->at, "%s", reason.message);
  if (binding.signature->outputs != 1)
    return ti_expression_fail(m->err, TINE_ETYPE, m->e->text, b->of->at, "kernel '%s' gives %u values", kernel->name,
                              binding.signature->outputs);
  b->signature = binding.signature;
  b->value = (ti_operand){TI_AT_SLOT, 0, binding.signature->out[0], NULL};
  b->fails_below = b->fails_below || !ti_signature_infallible(kernel, binding.signature);
  m->o->cheap = m->o->cheap && kernel->builtin;
  add_operands(m, b, &binding);
  return TINE_OK;
}

static tine_status bind_element(ti_bind_maker *m, ti_bind_node *b) {
  const ti_expression_array *const a = &m->e->array[b->of->of.array];
  const ti_arg index = arg_of(&m->node[m->argument[b->first]]);
  ti_binding binding = {.signature = NULL};
  static const ti_signature takes = {.inputs = 1, .in = {TINE_I64}};
  if (!ti_dtype_integer(index.dtype))
    return ti_expression_fail(m->err, TINE_ETYPE, m->e->text, b->of->at,
                              "'%.40s' is indexed by %s; it takes integers, as of i64(x)", a->name,
                              tine_dtype_name(index.dtype));
  binding.signature = &takes;
  if (index.constant)
    memcpy(binding.constant[0], index.dtype == TINE_U64 ? (const void *)&index.value.as.u : &index.value.as.i, 8);
  else
    binding.cast[0] = ti_cast_promote(index.dtype, TINE_I64);
  b->value = (ti_operand){TI_AT_SLOT, 0, tine_array_dtype(a->array), NULL};
  b->fails_below = true;
  add_operands(m, b, &binding);
  return TINE_OK;
}

/* ----- Choices ----- */

bool ti_bind_calls(const ti_bind_node *b, const char *name) {
  return b->of->kind == TI_NODE_CALL && b->of->of.kernel->builtin && b->of->count == 2 &&
         strcmp(b->of->of.kernel->name, name) == 0;
}

/* 'c and a' is no value of one type, unless a is a bool, but half of 'c and a or b'. */
static bool is_half(const ti_bind_maker *m, const ti_bind_node *b) {
  return ti_bind_calls(b, "and") && arg_of(&m->node[m->argument[b->first]]).dtype == TINE_BOOL &&
         arg_of(&m->node[m->argument[b->first + 1]]).dtype != TINE_BOOL;
}

/* An 'or' whose left side is a half: where(c, a, b). Its arguments are put down anew, behind all others. */
static void make_choice(ti_bind_maker *m, ti_bind_node *b, size_t *arguments) {
  const ti_bind_node *const half = &m->node[m->argument[b->first]];
  const size_t otherwise = m->argument[b->first + 1];
  b->own = *b->of;
  b->own.of.kernel = ti_builtin_find("where"); /* lives for ever, and is not counted */
  b->own.count = 3;
  b->of = &b->own;
  b->first = *arguments;
  b->choice = true;
  m->argument[(*arguments)++] = m->argument[half->first];
  m->argument[(*arguments)++] = m->argument[half->first + 1];
  m->argument[(*arguments)++] = otherwise;
}

/* A half where a value is to be. */
static tine_status refuse_half(ti_bind_maker *m, const ti_bind_node *half) {
  return ti_expression_fail(m->err, TINE_ETYPE, m->e->text, half->of->at,
                            "kernel 'and' has no signature for (bool, %s); to choose say 'c and a or b'",
                            tine_dtype_name(arg_of(&m->node[m->argument[half->first + 1]]).dtype));
}

static tine_status bind_operator(ti_bind_maker *m, ti_bind_node *b, size_t *arguments) {
  if (ti_bind_calls(b, "or") && m->node[m->argument[b->first]].half)
    make_choice(m, b, arguments);
  for (unsigned k = 0; k < b->of->count; k++)
    if (m->node[m->argument[b->first + k]].half)
      return refuse_half(m, &m->node[m->argument[b->first + k]]);
  b->half = is_half(m, b);
  return b->half ? TINE_OK : b->of->kind == TI_NODE_CALL ? bind_call(m, b) : bind_element(m, b);
}

/* All nodes from the first on: their arguments are known when their turn comes. */
tine_status ti_bind_nodes(ti_bind_maker *m, size_t *held_nodes) {
  size_t held = 0, arguments = 0;
  for (size_t i = 0; i < m->e->count; i++) {
    ti_bind_node *const b = &m->node[i];
    const unsigned count = m->e->nodes[i].count;
    tine_status status = TINE_OK;
    ti_assert(held >= count);
    *b = (ti_bind_node){.of = &m->e->nodes[i], .first = arguments, .guard = -1, .turn = i};
    for (unsigned k = 0; k < count; k++) {
      m->argument[arguments] = held_nodes[held - count + k];
      b->fails_below = b->fails_below || m->node[m->argument[arguments]].fails_below;
      arguments++;
    }
    held -= count;
    switch (b->of->kind) {
      case TI_NODE_INPUT:
        b->value = (ti_operand){TI_AT_INPUT, m->o->place[b->of->of.input], TINE_NONE, NULL};
        b->value.dtype = m->o->signature.in[b->value.index];
        break;
      case TI_NODE_VALUE:
        b->constant = true;
        b->known = b->of->of.value;
        break;
      case TI_NODE_CALL:
      case TI_NODE_ELEMENT: status = bind_operator(m, b, &arguments); break;
    }
    if (status != TINE_OK)
      return status;
    held_nodes[held++] = i;
  }
  ti_assert(held == 1);
  return m->node[m->e->count - 1].half ? refuse_half(m, &m->node[m->e->count - 1]) : TINE_OK;
}
