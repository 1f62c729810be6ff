/*
** Captured kernels, called as scripts call them: with the signature for the types of the values, integers and floats
** and booleans, and with the words of tine_kernel_call where it fails.
*/
#include "typer.h"

/* The values, as arguments; each is one that kernels take. */
static bool kernels_arguments(ti_typer *y, const ti_instruction *i, const tine_kernel *kernel, unsigned n,
                              ti_arg *args) {
  for (unsigned k = 0; k < n && y->status == TINE_OK; k++) {
    ti_typer_value v = ti_typer_look(y, i->a + 1 + (int)k);
    const bool held = v.kind == TI_KIND_BOOL || v.kind == TI_KIND_I64 || v.kind == TI_KIND_F64;
    if (!held)
      ti_typer_refuse(y, "bad argument #%u to '%.60s' (number or boolean expected, got %s)", k + 1, kernel->name,
                      ti_typer_kind(v.kind));
    ti_typer_check(y, &v, "bad argument #%u to '%.60s' (number or boolean expected, got nil)", k + 1, kernel->name);
    args[k] = (ti_arg){.dtype = v.kind == TI_KIND_BOOL ? TINE_BOOL : v.kind == TI_KIND_I64 ? TINE_I64 : TINE_F64};
  }
  return y->status == TINE_OK;
}

/* Its signature for them: which of them it reads, in 'which', and how many. */
static tine_status kernels_bind(const tine_kernel *kernel, const ti_arg *args, unsigned n, unsigned *which,
                                ti_binding *binding, tine_error *err) {
  ti_arg read[TINE_MAX_ARGS];
  unsigned reads = n;
  tine_status status = TINE_OK;
  for (unsigned k = 0; k < n; k++)
    which[k] = k;
  if (kernel->told != NULL)
    status = kernel->told->inputs(kernel, n, true, which, &reads, err);
  if (status != TINE_OK)
    return status;
  for (unsigned k = 0; k < reads; k++)
    read[k] = args[which[k]];
  return ti_kernel_bind(kernel, TI_ROLE_CALL, "call", read, reads, binding, err);
}

/* An argument in the type that the signature has it in: in its own register, which nobody needs any more. */
static ti_typer_value kernels_convert(ti_typer *y, int reg, tine_dtype to) {
  const ti_typer_value v = ti_typer_look(y, reg);
  const tine_dtype is = v.kind == TI_KIND_BOOL ? TINE_BOOL : v.kind == TI_KIND_I64 ? TINE_I64 : TINE_F64;
  if (is == to)
    return v;
  y->scratch = 0;
  ti_typer_put(y, reg, ti_typer_apply(y, tine_dtype_name(to), 1, &v));
  return ti_typer_look(y, reg);
}

static bool kernels_plain(const tine_kernel *kernel, const ti_signature *s) {
  return kernel->builtin && kernel->told == NULL && ti_signature_infallible(kernel, s) && s->inputs <= TI_TYPED_ARGS &&
         s->outputs == 1 && ti_typed_element(s->out[0]) == s->out[0];
}

static void kernels_step(ti_typer *y, const ti_instruction *i, tine_kernel *kernel, const ti_signature *s,
                         const ti_typer_value *v) {
  const int wanted = i->c == TI_CODE_OPEN ? (int)s->outputs : i->c;
  ti_typed_step step = {.what = TI_TYPED_CALL,
                        .count = (uint8_t)s->inputs,
                        .first = (uint32_t)y->t->value_count,
                        .signature = s,
                        .kernel = kernel};
  y->scratch = 0;
  for (unsigned k = 0; k < s->inputs; k++)
    ti_typer_value_add(y, (ti_typed_value){v[k].cell, (uint8_t)s->in[k]});
  step.to = ti_typer_scratch(y);
  ti_typer_step(y, step);
  for (unsigned k = 0; k < s->outputs && (int)k < wanted; k++) {
    const tine_dtype dtype = ti_typed_element(s->out[k]);
    const ti_kind kind = dtype == TINE_BOOL ? TI_KIND_BOOL : dtype == TINE_I64 ? TI_KIND_I64 : TI_KIND_F64;
    ti_typer_put(y, i->a + (int)k, (ti_typer_value){kind, 0, (uint16_t)(step.to + k), false});
  }
}

void ti_typer_call_kernel(ti_typer *y, const ti_instruction *i, tine_kernel *kernel, int count) {
  ti_arg args[TINE_MAX_ARGS];
  ti_typer_value v[TINE_MAX_ARGS];
  unsigned which[TINE_MAX_ARGS];
  ti_binding binding;
  const ti_signature *s;
  tine_error err;
  tine_status status;
  _Static_assert(TINE_MAX_OUTPUTS <= TI_TYPED_SCRATCH, "all outputs of a kernel have room in scratch");
  if (kernel->mode != TINE_FN)
    ti_typer_refuse(y, "calls kernel '%.60s', which is not of mode fn: it has a state of its own", kernel->name);
  else if (count > TINE_MAX_ARGS)
    ti_typer_refuse(y, "calls kernel '%.60s' with %d values; there may be %d", kernel->name, count, TINE_MAX_ARGS);
  if (y->status != TINE_OK || !kernels_arguments(y, i, kernel, (unsigned)count, args))
    return;
  status = kernels_bind(kernel, args, (unsigned)count, which, &binding, &err);
  if (status == TINE_ENOMEM)
    ti_typer_fail(y, ti_error_nomem(y->err));
  else if (status != TINE_OK)
    ti_typer_refuse(y, "%s", err.message);
  if (y->status != TINE_OK)
    return;
  s = binding.signature;
  for (unsigned k = 0; k < s->inputs; k++)
    v[k] = kernels_convert(y, i->a + 1 + (int)which[k], s->in[k]);
  if (kernels_plain(kernel, s))
    ti_typer_put(y, i->a, ti_typer_apply_of(y, s, v));
  else
    kernels_step(y, i, kernel, s, v);
  ti_typer_results(y, i, (int)s->outputs);
}
