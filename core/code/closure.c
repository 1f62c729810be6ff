/*
** Code as a kernel: made, bound to inputs, and kept as instances; see closure.h.
*/
#include "closure.h"

#include <stdio.h>
#include <string.h>

#include "../base/memory.h"

/* ----- Instances ----- */

/* The function of its signature. */
static int closure_block(tine_block *block) {
  const ti_closure_instance *const o = block->env;
  return ti_code_block(o->version, o->closure->captured.list, block);
}

static void closure_sign(ti_closure_instance *o) {
  const ti_typed *const t = o->version->typed;
  ti_signature *const s = &o->signature;
  s->inputs = t->code->params;
  s->outputs = t->result_count;
  memcpy(s->in, t->inputs, sizeof s->in);
  memcpy(s->out, t->results, sizeof s->out);
  s->block = closure_block;
  ti_signature_format(s, o->text);
  s->text = o->text;
}

static ti_closure_instance *closure_find(const ti_closure *c, const tine_dtype *inputs) {
  const size_t bytes = c->prototype->code.params * sizeof *inputs;
  ti_closure_instance *o = ti_load_acquire(&c->made); /* pairs with the exchange of whoever made it */
  while (o != NULL && bytes > 0 && memcmp(o->signature.in, inputs, bytes) != 0)
    o = o->next;
  return o;
}

/* One for these inputs. Two threads may make the same; both serve. */
static tine_status closure_instance(ti_closure_instance **out, ti_closure *c, const tine_dtype *inputs,
                                    tine_error *err) {
  ti_closure_version *version, *own;
  ti_closure_instance *o = closure_find(c, inputs);
  tine_status status;
  *out = o;
  if (o != NULL)
    return TINE_OK;
  status = ti_prototype_version(c->prototype, inputs, &c->captured, &version, &own, err);
  if (status != TINE_OK)
    return status;
  *out = o = ti_new(ti_closure_instance);
  if (o == NULL) {
    ti_closure_version_drop(own);
    return ti_error_nomem(err);
  }
  o->closure = c;
  o->version = version;
  o->own = own;
  closure_sign(o);
  o->next = ti_load_acquire(&c->made); /* the next one's contents are read by whoever follows the link */
  while (!ti_cas_acqrel(&c->made, &o->next, o))
    ;
  return TINE_OK;
}

/* ----- Binding ----- */

/* What code has of a column of that type. */
static tine_dtype closure_type(tine_dtype dtype) {
  return dtype == TINE_BOOL ? TINE_BOOL : ti_dtype_float(dtype) ? TINE_F64 : TINE_I64;
}

static const char *closure_plural(size_t n) {
  return n == 1 ? "" : "s";
}

/* "job.lua:3" */
static void closure_place(const tine_kernel *kernel, char *out, size_t size) {
  const ti_code *const code = &kernel->closure->prototype->code;
  snprintf(out, size, "%.80s:%u", code->source, (unsigned)code->line);
}

static tine_status closure_count_error(const tine_kernel *kernel, ti_role role, size_t columns, size_t constants,
                                       tine_error *err) {
  const unsigned params = kernel->closure->prototype->code.params;
  char place[100];
  closure_place(kernel, place, sizeof place);
  if (role == TI_ROLE_FOLD)
    return ti_error_set(err, TINE_ETYPE, "function at %s takes %u parameter%s; to fold it is given 2", place, params,
                        closure_plural(params));
  if (role == TI_ROLE_ASKED || role == TI_ROLE_CALL)
    return ti_error_set(err, TINE_ETYPE, "function at %s takes %u parameter%s, got %zu", place, params,
                        closure_plural(params), columns + constants);
  return ti_code_takes(&kernel->closure->prototype->code, columns, constants, err);
}

/* All that are given; how many that must be is asked here, or where they are bound. */
static tine_status closure_inputs(const tine_kernel *kernel, size_t given, bool spelt, unsigned *out, unsigned *n,
                                  tine_error *err) {
  const unsigned params = kernel->closure->prototype->code.params;
  (void)spelt;
  *n = params;
  for (unsigned k = 0; k < params; k++)
    out[k] = k;
  return given == params ? TINE_OK : closure_count_error(kernel, TI_ROLE_ASKED, given, 0, err);
}

/* A constant in the type that the code takes: of a u64 the bits. */
static tine_status closure_constant(const ti_arg *arg, tine_dtype to, unsigned char *out, tine_error *err) {
  ti_arg bits = *arg;
  if (to == TINE_I64 && arg->dtype == TINE_U64)
    bits = (ti_arg){true, TINE_I64, {.dtype = TINE_I64, .as.i = (int64_t)arg->value.as.u}};
  return ti_bind_constant(&bits, to, out, err);
}

/* Both inputs and the result have one type: that of the column, as the code has it, or what the code makes of it. */
static tine_status closure_bind_fold(const tine_kernel *kernel, const char *what, const ti_arg *args, ti_binding *out,
                                     tine_error *err) {
  const ti_arg *const init = args[0].constant ? &args[0] : NULL;
  tine_dtype type = closure_type(args[1].dtype);
  if (init != NULL && ti_dtype_float(init->dtype) && type == TINE_I64)
    type = TINE_F64;
  for (unsigned round = 0; round < 3; round++) {
    const tine_dtype types[2] = {type, type};
    ti_closure_instance *o;
    const tine_status status = closure_instance(&o, kernel->closure, types, err);
    if (status != TINE_OK)
      return status;
    out->signature = &o->signature;
    if (o->signature.outputs == 1 && o->signature.out[0] == type)
      return init != NULL ? closure_constant(init, type, out->constant[0], err) : TINE_OK;
    if (o->signature.outputs != 1 || !ti_bind_promotes(type, o->signature.out[0]))
      break;
    type = o->signature.out[0];
  }
  return ti_role_signature(kernel, out->signature, TI_ROLE_FOLD, what, err);
}

static tine_status closure_bind_args(const tine_kernel *kernel, const ti_arg *args, unsigned n, ti_binding *out,
                                     tine_error *err) {
  tine_dtype inputs[TINE_MAX_ARGS] = {TINE_NONE};
  ti_closure_instance *o;
  tine_status status = TINE_OK;
  for (unsigned k = 0; k < n; k++) {
    if (!ti_dtype_valid(args[k].dtype))
      return ti_error_set(err, TINE_ETYPE, "kernel '%s' is given a value of no type", kernel->name);
    inputs[k] = closure_type(args[k].dtype);
  }
  status = closure_instance(&o, kernel->closure, inputs, err);
  if (status != TINE_OK)
    return status;
  out->signature = &o->signature;
  for (unsigned k = 0; k < n && status == TINE_OK; k++)
    if (args[k].constant)
      status = closure_constant(&args[k], inputs[k], out->constant[k], err);
    else
      out->cast[k] = ti_cast_promote(args[k].dtype, inputs[k]);
  return status;
}

static tine_status closure_bind(const tine_kernel *kernel, ti_role role, const char *what, const ti_arg *args,
                                unsigned n, ti_binding *out, tine_error *err) {
  size_t constants = 0;
  tine_status status;
  ti_assert(kernel->told == &ti_closure_told && n <= TINE_MAX_ARGS);
  for (unsigned k = 0; k < n; k++)
    constants += args[k].constant;
  if (n != kernel->closure->prototype->code.params)
    return closure_count_error(kernel, role, n - constants, constants, err);
  memset(out->cast, 0, sizeof out->cast);
  if (role == TI_ROLE_FOLD)
    return closure_bind_fold(kernel, what, args, out, err);
  status = closure_bind_args(kernel, args, n, out, err);
  return status == TINE_OK ? ti_role_signature(kernel, out->signature, role, what, err) : status;
}

/* Nobody knows how long it takes, nor whether it ends. */
static bool closure_no(const ti_signature *signature) {
  (void)signature;
  return false;
}

static void closure_free(ti_closure *c) {
  for (ti_closure_instance *o = ti_load_relaxed(&c->made), *next; o != NULL;
       o = next) { /* relaxed: nobody else has it */
    next = o->next;
    ti_closure_version_drop(o->own);
    ti_delete(ti_closure_instance, o);
  }
  ti_free(c->arrays, c->array_room * sizeof(*c->arrays), _Alignof(tine_array *));
  ti_captures_drop(&c->captured);
  ti_prototype_release(c->prototype);
  ti_delete(ti_closure, c);
}

static void closure_arrays(const tine_kernel *kernel, void (*visit)(void *arg, tine_array *a), void *arg) {
  for (size_t k = 0; k < kernel->closure->array_count; k++)
    visit(arg, kernel->closure->arrays[k]);
}

static void closure_drop(tine_kernel *kernel) {
  closure_free(kernel->closure);
}

const ti_told ti_closure_told = {closure_bind, closure_inputs, closure_no, closure_no, closure_arrays, closure_drop};

/* ----- A kernel ----- */

/* Takes the reference to the prototype, NULL: there is no memory for it. */
static ti_closure *closure_new(ti_prototype *p, const ti_datum *captured, size_t captures) {
  ti_closure *const c = p != NULL ? ti_new(ti_closure) : NULL;
  if (c == NULL) {
    ti_prototype_release(p);
    return NULL;
  }
  c->prototype = p;
  c->depth = 1 + ti_captures_depth(captured, captures);
  if (ti_captures_copy(&c->captured, captured, captures, false) &&
      ti_captures_arrays(&c->captured, &c->arrays, &c->array_count, &c->array_room))
    return c;
  closure_free(c);
  return NULL;
}

static tine_status closure_kernel(tine_kernel **out, ti_closure *c, const char *name, const char *help, unsigned flags,
                                  tine_error *err) {
  tine_kernel *const kernel = c != NULL ? ti_new(tine_kernel) : NULL;
  char place[100];
  if (kernel == NULL) {
    if (c != NULL)
      closure_free(c);
    return ti_error_nomem(err);
  }
  ti_refs_init(&kernel->refs);
  ti_turn_init(&kernel->turn);
  kernel->told = &ti_closure_told;
  kernel->closure = c;
  closure_place(kernel, place, sizeof place);
  kernel->name = ti_string_copy(name != NULL ? name : place);
  kernel->help = ti_string_copy(help != NULL ? help : "");
  kernel->flags = flags;
  kernel->mode = TINE_FN;
  if (kernel->name == NULL || kernel->help == NULL) {
    ti_kernel_discard(kernel);
    return ti_error_nomem(err);
  }
  *out = kernel;
  return TINE_OK;
}

static tine_status closure_flags(unsigned flags, tine_error *err) {
  if ((flags & ~(unsigned)(TINE_ASSOCIATIVE | TINE_COMMUTATIVE)) == 0)
    return TINE_OK;
  return ti_error_set(err, TINE_EINVAL, "code is associative or commutative, or neither");
}

/* The form as this version knows it: members that an older host's lacks read as 0. */
static bool closure_read(const tine_code *given, tine_code *out) {
  if (given == NULL || given->size < sizeof given->size)
    return false;
  memset(out, 0, sizeof *out);
  memcpy(out, given, given->size < sizeof *out ? given->size : sizeof *out);
  return true;
}

tine_status tine_kernel_code(tine_kernel **out, const tine_code *code, const tine_datum *captured, size_t captures,
                             const char *name, const char *help, unsigned flags, tine_error *err) {
  tine_code known;
  tine_status status;
  *out = NULL;
  if (!closure_read(code, &known))
    return ti_error_set(err, TINE_EINVAL, "no code, or one whose size is not set");
  status = closure_flags(flags, err);
  if (status == TINE_OK)
    status = ti_code_check(&known, err);
  if (status == TINE_OK)
    status = ti_captures_check(&known, captured, captures, err);
  if (status != TINE_OK)
    return status;
  return closure_kernel(out, closure_new(ti_prototype_make(&known), captured, captures), name, help, flags, err);
}

tine_status tine_kernel_recapture(tine_kernel **out, const tine_kernel *kernel, const tine_datum *captured,
                                  size_t captures, const char *name, const char *help, unsigned flags,
                                  tine_error *err) {
  tine_status status = closure_flags(flags, err);
  ti_prototype *p;
  *out = NULL;
  if (kernel == NULL || kernel->closure == NULL)
    return ti_error_set(err, TINE_EINVAL, "a kernel that is made of no code captures nothing");
  p = kernel->closure->prototype;
  if (status == TINE_OK)
    status = ti_captures_check(&p->code, captured, captures, err);
  if (status != TINE_OK)
    return status;
  ti_refs_retain(&p->refs);
  return closure_kernel(out, closure_new(p, captured, captures), name, help, flags, err);
}
