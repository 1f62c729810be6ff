/*
** Code given types: version after version, until no way leads to one that is not there. Each goes through the code from
** its instruction on with the types of registers as a state, up to a jump, a branch or a return, or to where something
** else jumps to.
*/
#include "typer.h"

#include <string.h>

#include "../base/memory.h"

/* ===== Instructions ===== */

static void typer_move(ti_typer *y, const ti_instruction *i) {
  const ti_typer_value v = ti_typer_look(y, i->b);
  ti_typer_put(y, i->a, v);
}

static void typer_nil(ti_typer *y, const ti_instruction *i) {
  for (int k = 0; k < i->b; k++)
    ti_typer_set_type(y, i->a + k, TI_KIND_NIL, 0);
}

/* A value from outside, in a register. */
static void typer_datum(ti_typer *y, int reg, const ti_datum *d, unsigned which, uint16_t cell) {
  switch (d->kind) {
    case TI_KIND_BOOL:
    case TI_KIND_I64:
    case TI_KIND_F64: ti_typer_put(y, reg, (ti_typer_value){d->kind, 0, cell, false}); break;
    case TI_KIND_NIL: ti_typer_set_type(y, reg, TI_KIND_NIL, 0); break;
    case TI_KIND_FUNCTION: ti_typer_set_type(y, reg, TI_KIND_FUNCTION, d->as.function); break;
    case TI_KIND_MODULE:
    case TI_KIND_ARRAY:
    case TI_KIND_CLOSURE:
    case TI_KIND_KERNEL: ti_typer_set_type(y, reg, d->kind, which); break;
    default: ti_typer_refuse(y, "%s", d->as.why);
  }
}

static void typer_capture(ti_typer *y, const ti_instruction *i) {
  const unsigned which = y->frames[y->frame].captures + (unsigned)i->b;
  typer_datum(y, i->a, &y->captured[which], which, (uint16_t)ti_typed_capture_cell(y->t, which));
}

static const ti_datum *typer_field_of(const ti_module *m, const char *name) {
  for (unsigned k = 0; k < m->count; k++)
    if (strcmp(m->names[k], name) == 0)
      return &m->fields[k];
  return NULL;
}

/* A field's value is taken as it is now, a number as a constant. */
static void typer_field(ti_typer *y, const ti_instruction *i) {
  const ti_typer_value m = ti_typer_get(y, i->c);
  const ti_datum *d;
  ti_typer_value v = {.kind = TI_KIND_NIL};
  char name[TI_TYPER_NAME];
  if (y->status != TINE_OK)
    return;
  if (m.kind == TI_KIND_ARRAY) {
    ti_typer_refuse(y, "takes '%.60s' of an array; kernels have its elements and its length, a[i] and #a",
                    y->code->names[i->b]);
    return;
  }
  if (m.kind != TI_KIND_MODULE) {
    ti_typer_refuse(y, "attempt to index a %s value%s", ti_typer_kind(m.kind), ti_typer_name(y, i->c, name));
    return;
  }
  ti_assert(m.which < y->t->capture_count && (unsigned)i->b < y->code->name_count);
  d = typer_field_of(y->captured[m.which].as.module, y->code->names[i->b]);
  if (d == NULL || d->kind > TI_KIND_FUNCTION) {
    ti_typer_refuse(y, "%s", d != NULL && d->kind == TI_KIND_REFUSED ? d->as.why : "takes what is in no module");
    return;
  }
  if (d->kind == TI_KIND_I64)
    v = ti_typer_i64(y, d->as.i);
  else if (d->kind == TI_KIND_F64)
    v = ti_typer_f64(y, d->as.f);
  else if (d->kind == TI_KIND_BOOL)
    v = ti_typer_bool(y, d->as.b);
  typer_datum(y, i->a, d, 0, v.cell);
}

/* Goes to i->to if the condition is what is wanted, else to the next instruction. */
static void typer_if(ti_typer *y, const ti_instruction *i, ti_typer_value condition, int known) {
  uint32_t there, next;
  if (known >= 0) {
    ti_typer_jump(y, (known != 0) == i->want ? i->to : y->at + 1);
    return;
  }
  next = ti_typer_way(y, y->at + 1); /* first, so that messages go down the text */
  there = ti_typer_way(y, i->to);
  ti_typer_branch(y, condition, i->want ? there : next, i->want ? next : there);
}

static void typer_compare(ti_typer *y, const ti_instruction *i) {
  ti_typer_value a, b;
  int known;
  if (i->op != TI_CODE_IF_EQ) {
    a = ti_typer_get(y, i->b), b = ti_typer_get(y, i->c);
    typer_if(y, i, ti_typer_less(y, i->op == TI_CODE_IF_LE, &a, &b), -1);
  } else if (!ti_typer_split(y, i->b) && !ti_typer_split(y, i->c)) {
    a = ti_typer_equal(y, ti_typer_look(y, i->b), ti_typer_look(y, i->c), &known);
    typer_if(y, i, a, known);
  }
}

/* Was a boolean put there just before? So Lua's compiler writes 'if false then', and what is behind that has no way. */
static int typer_just_put(const ti_typer *y, int reg) {
  const ti_instruction *const before = &y->code->code[y->at] - (y->at > y->began);
  const int k = before->op == TI_CODE_MOVE && before->a == reg ? ti_constant_of(before->b) : -1;
  return k >= 0 && y->code->constants[k].kind == TI_KIND_BOOL ? y->code->constants[k].as.b : -1;
}

/* What may be nil is nil on one way, and is not on the other; of booleans, which may be false, nobody knows. */
static void typer_if_true(ti_typer *y, const ti_instruction *i) {
  ti_typer_value v = ti_typer_look(y, i->b);
  const int truth = ti_typer_truth(&v), known = truth < 0 && i->b >= 0 ? typer_just_put(y, i->b) : truth;
  if (v.kind != TI_KIND_BOOL && ti_typer_split(y, i->b))
    return;
  if (known < 0)
    v = ti_typer_holds(y, &v);
  typer_if(y, i, v, known);
}

static ti_kind typer_for_part(ti_typer *y, int reg, const char *what) {
  ti_typer_value v = ti_typer_get(y, reg);
  if (v.kind != TI_KIND_I64 && v.kind != TI_KIND_F64)
    ti_typer_refuse(y, "bad 'for' %s (number expected, got %s)", what, ti_typer_kind(v.kind));
  ti_typer_check(y, &v, "bad 'for' %s (number expected, got nil)", what);
  return v.kind;
}

/* A loop of integers if the first value and the step are; else one of floats. */
static void typer_for(ti_typer *y, const ti_instruction *i) {
  const ti_kind limit = typer_for_part(y, i->a + 1, "limit"), step = typer_for_part(y, i->a + 2, "step");
  const ti_kind first = typer_for_part(y, i->a, "initial value");
  const bool integers = first == TI_KIND_I64 && step == TI_KIND_I64;
  const uint16_t cell = (uint16_t)(y->base + (unsigned)i->a);
  ti_typed_step s = {.to = cell, .args = {(uint16_t)(cell + 1)}};
  s.what = !integers ? TI_TYPED_FOR_F64 : limit == TI_KIND_F64 ? TI_TYPED_FOR_UP_TO_F64 : TI_TYPED_FOR_I64;
  for (int k = 0; k < 3 && y->status == TINE_OK; k++) {
    if (!integers)
      ti_typer_put(y, i->a + k, ti_typer_to_f64(y, ti_typer_get(y, i->a + k)));
    ti_typer_set_type(y, i->a + k, integers ? TI_KIND_I64 : TI_KIND_F64, 0);
  }
  if (y->status != TINE_OK)
    return;
  s.ways[1] = ti_typer_way(y, i->to);
  ti_typer_set_type(y, i->a + 3, integers ? TI_KIND_I64 : TI_KIND_F64, 0);
  s.ways[0] = ti_typer_way(y, y->at + 1);
  ti_typer_step(y, s);
  y->ended = true;
}

static void typer_next(ti_typer *y, const ti_instruction *i) {
  const ti_kind kind = ti_typer_get(y, i->a + 2).kind;
  ti_typed_step s = {.to = (uint16_t)(y->base + (unsigned)i->a)};
  for (int k = 0; k < 3; k++)
    if (ti_typer_get(y, i->a + k).kind != kind || (kind != TI_KIND_I64 && kind != TI_KIND_F64))
      ti_typer_refuse(y, "a 'for' whose own values are changed in it");
  s.what = kind == TI_KIND_I64 ? TI_TYPED_NEXT_I64 : TI_TYPED_NEXT_F64;
  s.ways[1] = ti_typer_way(y, y->at + 1); /* there the variable's register is as it was */
  ti_typer_set_type(y, i->a + 3, kind, 0);
  s.ways[0] = ti_typer_way(y, i->to);
  ti_typer_step(y, s);
  y->ended = true;
}

static void typer_instruction(ti_typer *y, const ti_instruction *i) {
  switch ((ti_code_op)i->op) {
    case TI_CODE_MOVE: typer_move(y, i); break;
    case TI_CODE_NEG:
    case TI_CODE_BNOT:
    case TI_CODE_NOT: ti_typer_put(y, i->a, ti_typer_unary(y, i)); break;
    case TI_CODE_LEN: ti_typer_length(y, i); break;
    case TI_CODE_INDEX: ti_typer_index(y, i); break;
    case TI_CODE_IF_EQ:
    case TI_CODE_IF_LT:
    case TI_CODE_IF_LE: typer_compare(y, i); break;
    case TI_CODE_IF: typer_if_true(y, i); break;
    case TI_CODE_JUMP: ti_typer_jump(y, i->to); break;
    case TI_CODE_NIL: typer_nil(y, i); break;
    case TI_CODE_CAPTURE: typer_capture(y, i); break;
    case TI_CODE_FIELD: typer_field(y, i); break;
    case TI_CODE_CALL: ti_typer_call(y, i); break;
    case TI_CODE_RETURN: ti_typer_return(y, i); break;
    case TI_CODE_FOR: typer_for(y, i); break;
    case TI_CODE_NEXT: typer_next(y, i); break;
    default: ti_typer_put(y, i->a, ti_typer_arithmetic(y, i));
  }
}

/* ===== Versions ===== */

static void typer_version(ti_typer *y, uint32_t version) {
  const ti_version v = y->versions[version];
  y->versions[version].step = (uint32_t)y->t->step_count;
  ti_typer_restore(y, &v);
  y->began = v.at;
  ti_assert(v.at < y->code->count);
  for (y->ended = false; !y->ended;) {
    y->scratch = 0;
    typer_instruction(y, &y->code->code[y->at]);
    if (!y->ended && y->units[y->unit].label[y->at + 1])
      ti_typer_jump(y, y->at + 1);
    y->at++;
  }
}

/* Ways are versions so far; they become steps. */
static void typer_link(ti_typer *y) {
  for (size_t k = 0; k < y->t->step_count; k++) {
    ti_typed_step *const s = &y->t->steps[k];
    const unsigned ways = s->what == TI_TYPED_JUMP                                    ? 1
                          : s->what == TI_TYPED_BRANCH || s->what >= TI_TYPED_FOR_I64 ? 2
                                                                                      : 0;
    if (s->what == TI_TYPED_BRANCH && s->count == TI_TYPER_HERE)
      continue;
    for (unsigned w = 0; w < ways; w++) {
      ti_assert(s->ways[w] < y->version_count);
      s->ways[w] = y->versions[s->ways[w]].step;
    }
  }
}

static ti_kind typer_kind(tine_dtype dtype) {
  ti_assert(dtype == TINE_BOOL || dtype == TINE_I64 || dtype == TINE_F64);
  return dtype == TINE_BOOL ? TI_KIND_BOOL : dtype == TINE_I64 ? TI_KIND_I64 : TI_KIND_F64;
}

/* Cells were given out with room for all registers that there may be. */
static uint16_t typer_cell(const ti_typer *y, uint16_t cell) {
  enum { FLAGS = TI_TYPED_REGISTERS + TI_TYPED_SCRATCH, BEHIND = FLAGS + TI_TYPED_REGISTERS };
  if (cell >= BEHIND)
    return (uint16_t)(cell - BEHIND + y->t->cells);
  if (cell >= FLAGS)
    return (uint16_t)(cell - FLAGS + y->t->registers + TI_TYPED_SCRATCH);
  return cell < TI_TYPED_REGISTERS ? cell : (uint16_t)(cell - TI_TYPED_REGISTERS + y->t->registers);
}

static void typer_cells(ti_typer *y) {
  ti_typed *const t = y->t;
  t->registers = y->reached;
  t->cells = y->reached + TI_TYPED_SCRATCH + (y->flags ? y->reached : 0);
  for (size_t k = 0; k < t->step_count; k++) {
    ti_typed_step *const s = &t->steps[k];
    s->to = typer_cell(y, s->to);
    for (unsigned a = 0; a < TI_TYPED_ARGS; a++)
      s->args[a] = typer_cell(y, s->args[a]);
  }
  for (size_t k = 0; k < t->value_count; k++)
    t->values[k].cell = typer_cell(y, t->values[k].cell);
  for (unsigned b = 0; b < 2; b++)
    t->truth[b] = t->truth[b] != 0 ? typer_cell(y, t->truth[b]) : 0;
}

static void typer_run(ti_typer *y) {
  const uint32_t frame = ti_typer_frame(y, y->code, 0, 0);
  if (y->status != TINE_OK)
    return;
  ti_typer_enter(y, frame);
  for (unsigned r = 0; r < y->code->params; r++)
    ti_typer_set_type(y, (int)r, typer_kind(y->t->inputs[r]), 0);
  ti_typer_way(y, 0);
  ti_assert(y->version_count == 1 || y->status != TINE_OK);
  for (uint32_t v = 0; v < y->version_count && y->status == TINE_OK; v++)
    typer_version(y, v);
  if (y->status != TINE_OK)
    return;
  typer_link(y);
  typer_cells(y);
  y->t->versions = (unsigned)y->version_count;
  if (y->t->result_count == 0)
    ti_typer_fail(y, ti_code_refuse(y->t->code, y->t->code->count, y->err, "never returns"));
}

void ti_typed_drop(ti_typed *t) {
  if (t == NULL)
    return;
  ti_typer_free(t->steps, t->step_room, sizeof *t->steps);
  ti_typer_free(t->values, t->value_room, sizeof *t->values);
  ti_typer_free(t->constants, t->constant_room, sizeof *t->constants);
  ti_typer_free(t->text, t->text_room, 1);
  ti_typer_free(t->codes, t->code_room, sizeof *t->codes);
  ti_delete(ti_typed, t);
}

static void typer_drop(ti_typer *y) {
  ti_typer_frames_drop(y);
  ti_typer_free(y->versions, y->version_room, sizeof *y->versions);
  ti_typer_free(y->types, y->type_room, sizeof *y->types);
  ti_delete(ti_typer, y);
}

static ti_typed *typed_new(const ti_code *code, const tine_dtype *inputs, size_t captures) {
  ti_typed *const t = ti_new(ti_typed);
  if (t == NULL)
    return NULL;
  t->code = code;
  t->capture_count = (unsigned)captures;
  t->cells = 2 * TI_TYPED_REGISTERS + TI_TYPED_SCRATCH;
  if (code->params > 0)
    memcpy(t->inputs, inputs, code->params * sizeof *inputs);
  return t;
}

tine_status ti_typed_make(ti_typed **out, const ti_code *code, const tine_dtype *inputs, const ti_datum *captured,
                          size_t captures, tine_error *err) {
  ti_typer *y;
  tine_status status;
  *out = NULL;
  if (captures > TI_CODE_CAPTURES)
    return ti_error_set(err, TINE_ERANGE, "%zu captured values are too many", captures);
  ti_assert(captures >= code->capture_count);
  y = ti_new(ti_typer);
  if (y == NULL)
    return ti_error_nomem(err);
  y->code = code;
  y->captured = captured;
  y->err = err;
  y->t = typed_new(code, inputs, captures);
  if (y->t == NULL)
    ti_typer_fail(y, ti_error_nomem(err));
  else
    typer_run(y);
  status = y->status;
  if (status == TINE_OK)
    *out = y->t;
  else
    ti_typed_drop(y->t);
  typer_drop(y);
  return status;
}
