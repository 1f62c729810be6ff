/*
** Typed code run on single values, a step at a time: each kernel through its loop, over a block of one. Slow, and plain
** enough to be believed.
*/
#include <stdio.h>

#include "../base/thread.h"
#include "../data/array.h"
#include "loop.h"
#include "typed.h"

typedef struct evaluation {
  const ti_typed *t;
  const ti_datum *captured;
  uint64_t left; /* steps, or UINT64_MAX: any number */
  const ti_code_ask *ask;
  tine_error *err;
  ti_cell cells[2 * TI_TYPED_REGISTERS + TI_TYPED_SCRATCH];
  char message[TINE_MESSAGE_SIZE];
} evaluation;

/* Where a step finds an argument. */
static const ti_cell *evaluate_cell(const evaluation *e, unsigned cell, ti_cell *room) {
  const unsigned captures = ti_typed_capture_cell(e->t, 0), constants = ti_typed_constant_cell(e->t, 0);
  const ti_datum *d;
  if (cell < captures)
    return &e->cells[cell];
  ti_assert(cell < constants + e->t->constant_count);
  if (cell >= constants)
    return &e->t->constants[cell - constants];
  d = &e->captured[cell - captures];
  ti_assert(d->kind == TI_KIND_BOOL || d->kind == TI_KIND_I64 || d->kind == TI_KIND_F64 || d->kind == TI_KIND_ARRAY);
  room->i = 0;
  if (d->kind == TI_KIND_BOOL)
    room->b = d->as.b;
  else if (d->kind == TI_KIND_F64)
    room->f = d->as.f;
  else if (d->kind == TI_KIND_ARRAY)
    room->i = (int64_t)d->as.array->len;
  else
    room->i = d->as.i;
  return room;
}

/* 0, or the kernel's code; its message is in e->message. */
static int evaluate_apply(evaluation *e, const ti_typed_step *s) {
  ti_cell rooms[TI_TYPED_ARGS], result = {.i = 0};
  const void *in[TI_TYPED_ARGS];
  const ptrdiff_t stride[TI_TYPED_ARGS] = {0};
  void *out = &result;
  tine_block block = {.n = 1, .in = in, .in_stride = stride, .out = &out, .message = e->message};
  int code;
  ti_assert(s->count == s->signature->inputs && s->signature->block != NULL);
  for (unsigned k = 0; k < s->count; k++)
    in[k] = evaluate_cell(e, s->args[k], &rooms[k]);
  code = ti_signature_run(s->signature, &block);
  e->cells[s->to] = result;
  return code;
}

static ti_cell evaluate_element(tine_value v) {
  ti_cell cell = {.i = 0};
  if (v.dtype == TINE_BOOL)
    cell.b = v.as.b;
  else if (ti_typed_element(v.dtype) == TINE_F64)
    cell.f = v.as.f;
  else
    cell.i = v.as.i;
  return cell;
}

static void evaluate_lookup(evaluation *e, const ti_typed_step *s) {
  const tine_array *const a = e->captured[s->first].as.array;
  ti_cell room;
  const ti_cell index = *evaluate_cell(e, s->args[0], &room);
  uint64_t i = (uint64_t)index.i;
  if (s->count == TINE_F64) /* 0 in place of what is no index */
    i = index.f >= 1 && index.f < 0x1p63 && floor(index.f) == index.f ? (uint64_t)index.f : 0;
  e->cells[s->args[1]].b = i - 1 < a->len;
  e->cells[s->to].i = 0;
  if (i - 1 < a->len)
    e->cells[s->to] = evaluate_element(ti_value_load(a->dtype, ti_array_at(a, i - 1)));
}

/* 0, or the kernel's code; then what tine_kernel_call says of it is in e->message. */
static int evaluate_call(evaluation *e, const ti_typed_step *s) {
  _Alignas(8) unsigned char results[TINE_MAX_OUTPUTS][8] = {{0}};
  ti_cell rooms[TINE_MAX_ARGS];
  const void *in[TINE_MAX_ARGS];
  const ptrdiff_t stride[TINE_MAX_ARGS] = {0};
  void *out[TINE_MAX_OUTPUTS];
  char message[TINE_MESSAGE_SIZE] = "";
  tine_block block = {.n = 1, .in = in, .in_stride = stride, .out = out, .message = message};
  int code;
  ti_assert(s->count == s->signature->inputs && s->kernel->mode == TINE_FN);
  for (unsigned k = 0; k < s->count; k++)
    in[k] = evaluate_cell(e, e->t->values[s->first + k].cell, &rooms[k]);
  for (unsigned k = 0; k < s->signature->outputs; k++)
    out[k] = results[k];
  code = ti_kernel_run(s->kernel, s->signature, NULL, &block);
  for (unsigned k = 0; k < s->signature->outputs && code == 0; k++)
    e->cells[s->to + k] = evaluate_element(ti_value_load(s->signature->out[k], results[k]));
  if (code != 0 && message[0] == '\0')
    snprintf(e->message, sizeof e->message, "kernel '%.80s' failed with code %d", s->kernel->name, code);
  else if (code != 0)
    snprintf(e->message, sizeof e->message, "kernel '%.80s' failed: %.150s", s->kernel->name, message);
  return code;
}

/* ===== Steps ===== */

static tine_status evaluate_failed(evaluation *e, const ti_typed_step *s, const char *what) {
  const ti_code *const code = e->t->codes[s->code];
  return ti_error_set(e->err, TINE_EKERNEL, "%.80s:%u: %s", code->source, (unsigned)code->code[s->at].line, what);
}

static ti_cell *evaluate_loop(evaluation *e, const ti_typed_step *s) {
  ti_assert(s->to + 4u <= e->t->registers);
  return &e->cells[s->to];
}

/* What Lua says. Of a float that is no integer it says always the same; a kernel may call it too large. */
static const char *evaluate_why(const evaluation *e, const ti_typed_step *s) {
  const ti_code *const code = e->t->codes[s->code];
  const unsigned op = code->code[s->at].op;
  const char *const words = op == TI_CODE_IDIV ? code->idiv_by_zero : op == TI_CODE_MOD ? code->mod_by_zero : NULL;
  if (s->what == TI_TYPED_CHECK)
    return e->t->text + s->first;
  if (s->what == TI_TYPED_CALL)
    return e->message;
  if (s->what != TI_TYPED_APPLY)
    return "'for' step is zero";
  if (s->signature->in[0] == TINE_F64 && s->signature->out[0] == TINE_I64)
    return "number has no integer representation";
  return words != NULL ? words : e->message;
}

static void evaluate_results(const evaluation *e, const ti_typed_step *s, tine_value *out) {
  ti_assert(s->count == e->t->result_count);
  for (unsigned k = 0; k < s->count; k++) {
    const ti_typed_value *const v = &e->t->values[s->first + k];
    ti_cell room;
    const ti_cell *const cell = evaluate_cell(e, v->cell, &room);
    out[k] = (tine_value){.dtype = e->t->results[k]};
    if (out[k].dtype == TINE_BOOL)
      out[k].as.b = cell->b;
    else if (out[k].dtype == TINE_I64)
      out[k].as.i = cell->i;
    else
      out[k].as.f = v->dtype == TINE_I64 ? (double)cell->i : cell->f;
  }
}

/* The step to go on with; those that return, and fail, are no business of it. */
static uint32_t evaluate_way(evaluation *e, const ti_typed_step *s, int *failed) {
  const uint32_t next = (uint32_t)(s - e->t->steps) + 1;
  ti_cell room;
  int how = 0;
  switch ((ti_typed_what)s->what) {
    case TI_TYPED_APPLY: *failed = evaluate_apply(e, s); return next;
    case TI_TYPED_MOVE: e->cells[s->to] = *evaluate_cell(e, s->args[0], &room); return next;
    case TI_TYPED_CALL: *failed = evaluate_call(e, s); return next;
    case TI_TYPED_LOOKUP: evaluate_lookup(e, s); return next;
    case TI_TYPED_CHECK: *failed = evaluate_cell(e, s->args[0], &room)->b ? 0 : TINE_EKERNEL; return next;
    case TI_TYPED_JUMP: return s->ways[0];
    case TI_TYPED_BRANCH: return s->ways[evaluate_cell(e, s->args[0], &room)->b ? 0 : 1];
    case TI_TYPED_FOR_I64:
    case TI_TYPED_FOR_UP_TO_F64:
    case TI_TYPED_FOR_F64: how = ti_loop_for(evaluate_loop(e, s), (ti_typed_what)s->what); break;
    case TI_TYPED_NEXT_I64:
    case TI_TYPED_NEXT_F64: return s->ways[ti_loop_next(evaluate_loop(e, s), (ti_typed_what)s->what) ? 0 : 1];
    default: ti_assert(s->what == TI_TYPED_RETURN); return next;
  }
  *failed = how < 0 ? TINE_EKERNEL : 0;
  return s->ways[how == 0 ? 0 : 1];
}

enum { EVALUATE_ASK = 1 << 14 }; /* steps, some 50 ns each */

/* A kernel that code tells: each may take less than so many steps, and all together for ever. */
static bool evaluate_lengthy(const ti_typed_step *s) {
  return s->what == TI_TYPED_CALL && s->kernel->closure != NULL;
}

static tine_status evaluate_run(evaluation *e, tine_value *out) {
  const ti_typed_step *s = e->t->steps;
  unsigned asked = 0;
  while (s->what != TI_TYPED_RETURN) {
    int failed = 0;
    const uint32_t to = evaluate_way(e, s, &failed);
    if (failed != 0 && !(failed == TINE_ECANCELED && evaluate_lengthy(s)))
      return evaluate_failed(e, s, evaluate_why(e, s));
    if (e->left != UINT64_MAX && e->left-- == 0)
      return ti_error_set(e->err, TINE_ETIMEOUT, "not done after so many steps");
    if (failed != 0 || ((++asked % EVALUATE_ASK == 0 || evaluate_lengthy(s)) && ti_code_over(e->ask)))
      return ti_error_set(e->err, TINE_ECANCELED, "canceled");
    ti_assert(to < e->t->step_count);
    s = &e->t->steps[to];
  }
  evaluate_results(e, s, out);
  return TINE_OK;
}

static tine_status evaluate_all(evaluation *e, const tine_value *args, tine_value *out) {
  const ti_typed *const t = e->t;
  const ti_fp fp = ti_fp_enter();
  tine_status status;
  for (unsigned k = 0; k < t->code->params; k++) {
    if (t->inputs[k] == TINE_BOOL)
      e->cells[k].b = args[k].as.b;
    else if (t->inputs[k] == TINE_I64)
      e->cells[k].i = args[k].as.i;
    else
      e->cells[k].f = args[k].as.f;
  }
  status = evaluate_run(e, out);
  ti_fp_leave(fp);
  return status;
}

tine_status ti_typed_call(const ti_typed *t, const tine_value *args, const ti_datum *captured, uint64_t most,
                          tine_value *out, tine_error *err) {
  evaluation e = {.t = t, .captured = captured, .left = most > 0 ? most : UINT64_MAX, .err = err};
  return evaluate_all(&e, args, out);
}

tine_status ti_typed_call_until(const ti_typed *t, const tine_value *args, const ti_datum *captured,
                                const ti_code_ask *ask, tine_value *out, tine_error *err) {
  evaluation e = {.t = t, .captured = captured, .left = UINT64_MAX, .ask = ask, .err = err};
  return evaluate_all(&e, args, out);
}
