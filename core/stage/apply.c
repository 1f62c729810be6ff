/*
** A kernel applied to columns of a block; see apply.h.
*/
#include "apply.h"

#include <string.h>

#include "../base/thread.h"
#include "../expression/expression.h"

enum { APPLY_PART_NS = 200000, APPLY_SLOW_NS = 2000, APPLY_GROWTH = 8 };

const int ti_apply_nowhere[1] = {0};

/* Notes what each of n inputs is, of which the first 'own' are the columns, if these are not told; and chooses a
   signature for them. */
static tine_pipeline *apply_types(tine_pipeline *p, ti_apply *a, ti_role role, const ti_inputs *inputs, size_t own,
                                  size_t n) {
  ti_arg args[TINE_MAX_ARGS];
  tine_error err;
  bool some = false;
  if (n > 0 && inputs->columns == ti_apply_nowhere)
    return ti_stage_fail(p, TINE_EINVAL, "'%s' is not told its columns", p->name);
  for (size_t k = 0; k < n; k++) {
    const int c = inputs->columns != NULL ? inputs->columns[k] : k < own ? (int)k : -1;
    if (c >= (int)p->columns)
      return ti_stage_fail(p, TINE_EINVAL, "'%s' column %d of %u", p->name, c + 1, p->columns);
    if (c < 0 && inputs->constants == NULL)
      return ti_stage_fail(p, TINE_EINVAL, "'%s' is not given its constants", p->name);
    args[k].constant = c < 0;
    if (c < 0)
      args[k].value = inputs->constants[k - own];
    args[k].dtype = c < 0 ? args[k].value.dtype : p->dtype[c];
    some = some || c >= 0;
    a->column[k] = c;
  }
  if (!some)
    return ti_stage_fail(p, TINE_EINVAL, "'%s' needs at least one column", p->name);
  if (ti_kernel_bind(a->kernel, role, p->name, args, (unsigned)n, &a->binding, &err) != TINE_OK)
    return ti_stage_fail_with(p, &err);
  a->inputs = (unsigned)n;
  a->outputs = a->binding.signature->outputs;
  ti_assert(a->binding.signature->inputs == a->inputs && a->outputs <= TINE_MAX_OUTPUTS);
  return p;
}

/* An expression reads some of the columns; its values came with it. */
static tine_pipeline *apply_expression(tine_pipeline *p, ti_apply *a, ti_role role, const ti_inputs *inputs) {
  const bool all = inputs->columns == NULL;
  unsigned which[TINE_MAX_ARGS], n = a->kernel->expression->inputs;
  int columns[TINE_MAX_ARGS];
  tine_error err;
  for (size_t k = 0; k < inputs->n; k++)
    if (all || (inputs->columns != ti_apply_nowhere && inputs->columns[k] < 0))
      return ti_stage_fail(p, TINE_EINVAL, "expression \"%s\" takes no constants: its values have names",
                           tine_kernel_name(a->kernel));
  if (n == 0)
    return ti_stage_fail(p, TINE_EINVAL, "expression \"%s\" reads no input", tine_kernel_name(a->kernel));
  if (inputs->columns != ti_apply_nowhere &&
      a->kernel->told->inputs(a->kernel, all ? p->columns : inputs->n, !all, which, &n, &err) != TINE_OK)
    return ti_stage_fail_with(p, &err);
  for (unsigned k = 0; k < n && inputs->columns != ti_apply_nowhere; k++)
    columns[k] = all ? (int)which[k] : inputs->columns[which[k]];
  return apply_types(p, a, role,
                     &(ti_inputs){.columns = inputs->columns == ti_apply_nowhere ? ti_apply_nowhere : columns}, 0, n);
}

static void apply_size(ti_apply *a) {
  for (unsigned k = 0; k < a->outputs; k++)
    a->own += ti_column_bytes(a->binding.signature->out[k]);
  for (unsigned k = 0; k < a->inputs; k++)
    if (a->binding.cast[k] != NULL)
      a->converted += ti_column_bytes(a->binding.signature->in[k]);
}

static tine_pipeline *apply_bind(tine_pipeline *p, ti_role role, tine_kernel *kernel, const ti_inputs *inputs) {
  const size_t own = inputs->columns == NULL ? p->columns : 0;
  ti_apply *a = ti_apply_of(p);
  tine_error err;
  if (inputs->name != NULL)
    p->name = inputs->name;
  if (ti_role_check(kernel, role, p->name, &err) != TINE_OK)
    return ti_stage_fail_with(p, &err);
  if (kernel->expression == NULL && (inputs->n > TINE_MAX_ARGS || own + inputs->n > TINE_MAX_ARGS))
    return ti_stage_fail(p, TINE_EINVAL, "kernel '%s' cannot take %llu inputs; at most %d", tine_kernel_name(kernel),
                         (unsigned long long)(own + inputs->n), TINE_MAX_ARGS);
  a->kernel = tine_kernel_retain(kernel);
  p = kernel->expression != NULL ? apply_expression(p, a, role, inputs)
                                 : apply_types(p, a, role, inputs, own, own + inputs->n);
  if (p == NULL || p->error != NULL)
    return p;
  apply_size(a);
  p->reads = kernel;
  p->cheap = p->cheap && ti_apply_cheap(a);
  p->infallible = p->infallible && ti_apply_infallible(a);
  return p;
}

bool ti_apply_on(tine_pipeline **out, const ti_stage_type *type, tine_pipeline *base, tine_kind kind, ti_role role,
                 tine_kernel *kernel, const ti_inputs *inputs) {
  if (!ti_stage_on(out, type, base, NULL, false, kind))
    return false;
  *out = apply_bind(*out, role, kernel, inputs);
  return *out != NULL && (*out)->error == NULL;
}

void ti_apply_columns(tine_pipeline *p, unsigned n) {
  for (unsigned k = 0; k < n; k++)
    p->dtype[p->columns++] = ti_apply_of(p)->binding.signature->out[k];
}

/* Input k as a pointer and a stride, converted into 'room' if its type differs; returns the room left. */
static char *apply_input(const ti_apply *a, unsigned k, size_t n, const void **in, ptrdiff_t *stride, char *room) {
  const tine_dtype to = a->binding.signature->in[k];
  void *out = room;
  tine_block block = {.n = *stride == 0 ? 1 : n, .in = in, .in_stride = stride, .out = &out}; /* a constant stays one */
  if (a->binding.cast[k] == NULL)
    return room;
  a->binding.cast[k](&block); /* promotions never fail */
  *in = out;
  *stride = *stride == 0 ? 0 : (ptrdiff_t)tine_dtype_size(to);
  return room + ti_column_bytes(to);
}

void ti_apply_inputs(const ti_apply *a, size_t n, const void *const *data, const ptrdiff_t *stride, const void **in,
                     ptrdiff_t *in_stride, char *room) {
  for (unsigned k = 0; k < a->inputs; k++) {
    const int c = a->column[k];
    ti_assert(c >= 0 || a->binding.cast[k] == NULL); /* constants are converted once, when bound */
    in[k] = c < 0 ? a->binding.constant[k] : data[c];
    in_stride[k] = c < 0 ? 0 : stride[c];
    if (c >= 0)
      room = apply_input(a, k, n, &in[k], &in_stride[k], room);
  }
}

size_t ti_apply_part(const ti_apply *a, size_t last, size_t left) {
  const unsigned each = ti_load_relaxed(&a->item_ns); /* relaxed: a hint */
  const size_t fits = each == 0 ? 1 : APPLY_PART_NS / each > 0 ? APPLY_PART_NS / each : 1;
  const size_t most = last == 0 || fits < last * APPLY_GROWTH ? fits : last * APPLY_GROWTH;
  return left < most ? left : most;
}

/* So slow, or unknown, that one item is worth a look at the clock. */
static bool apply_slow(const ti_apply *a) {
  const unsigned each = ti_load_relaxed(&a->item_ns); /* relaxed: a hint */
  return each == 0 || each > APPLY_SLOW_NS;
}

void ti_apply_timed(const ti_apply *a, size_t n, uint64_t ns) {
  const uint64_t each = ns / n + 1;
  ti_store_relaxed((atomic_uint *)(uintptr_t)&a->item_ns, each > UINT32_MAX ? UINT32_MAX : (unsigned)each); /* a hint */
}

/* The block part by part; looks after each. */
static size_t apply_parts(const ti_apply *a, const tine_pipeline *stage, ti_eval *eval, const ti_request *rq,
                          const tine_block *block, const void **in, void **out) {
  size_t n = 0;
  for (size_t done = 0; done < block->n; done += n) {
    const uint64_t start = ti_now_ns();
    tine_block part = *block; /* the kernel may use up its copy */
    int code;
    if (done > 0) /* the first part begins where the block does, kept or not */
      part.first += rq->offset != NULL ? rq->offset[done] : done;
    part.n = n = ti_apply_part(a, n, block->n - done);
    ti_assert(n > 0 && done + n <= block->n);
    code = ti_kernel_run(a->kernel, a->binding.signature, eval->states, &part);
    part.failed += done;
    if (code != 0)
      return ti_eval_note(eval, stage, tine_kernel_name(a->kernel), rq, &part, code);
    ti_apply_timed(a, n, ti_now_ns() - start);
    if (ti_eval_over(eval, rq, TI_EVAL_WORK))
      return 0;
    for (unsigned k = 0; k < a->inputs; k++)
      in[k] = (const char *)in[k] + (ptrdiff_t)n * block->in_stride[k];
    for (unsigned k = 0; k < a->outputs; k++)
      out[k] = (char *)out[k] + n * tine_dtype_size(a->binding.signature->out[k]);
  }
  return block->n;
}

size_t ti_apply_run(const ti_apply *a, const tine_pipeline *stage, ti_eval *eval, const ti_request *rq, size_t n,
                    const void *const *data, const ptrdiff_t *stride, void *const *out, char *room) {
  const void *in[TINE_MAX_ARGS];
  ptrdiff_t in_stride[TINE_MAX_ARGS];
  char message[TINE_MESSAGE_SIZE] = "";
  tine_block block = {.n = n, .first = rq->lo, .in = in, .in_stride = in_stride, .out = out, .message = message};
  int code;
  if (ti_eval_over(eval, rq, n))
    return 0;
  ti_apply_inputs(a, n, data, stride, in, in_stride, room);
  ti_assert(ti_contract_kernel(a->binding.signature, in, in_stride, out, n));
  if (eval->over != NULL && !ti_apply_cheap(a) && (n > 1 || apply_slow(a))) {
    void *to[TINE_MAX_OUTPUTS];
    memcpy(to, out, a->outputs * sizeof *to);
    block.out = to;
    return apply_parts(a, stage, eval, rq, &block, in, to);
  }
  code = ti_kernel_run(a->kernel, a->binding.signature, eval->states, &block);
  return code == 0 ? n : ti_eval_note(eval, stage, tine_kernel_name(a->kernel), rq, &block, code);
}

char *ti_apply_places(const ti_apply *a, void **out, char *room) {
  for (unsigned k = 0; k < a->outputs; k++) {
    out[k] = room;
    room += ti_column_bytes(a->binding.signature->out[k]);
  }
  return room;
}

bool ti_apply_infallible(const ti_apply *a) {
  return ti_signature_infallible(a->kernel, a->binding.signature);
}

bool ti_apply_cheap(const ti_apply *a) {
  return ti_signature_cheap(a->kernel, a->binding.signature);
}

void ti_apply_drop(tine_pipeline *p) {
  tine_kernel_release(ti_apply_of(p)->kernel);
}

void ti_apply_describe(const tine_pipeline *p, char *buffer, size_t size, size_t *used) {
  const ti_apply *a = ti_apply_of(p);
  if (a->kernel != NULL)
    ti_text_add(buffer, size, used, " %s (%s)", tine_kernel_name(a->kernel), a->binding.signature->text);
}
