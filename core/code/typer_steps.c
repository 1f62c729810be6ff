/*
** Steps and cells of code that is being typed. Ways are versions, by their number, until all are there.
*/
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../base/memory.h"
#include "typer.h"

tine_status ti_typer_fail(ti_typer *y, tine_status status) {
  if (y->status == TINE_OK)
    y->status = status;
  y->ended = true;
  return status;
}

tine_status ti_code_refuse(const ti_code *code, unsigned at, tine_error *err, const char *format, ...) {
  const uint32_t line = at < code->count ? code->code[at].line : code->line;
  char text[TINE_MESSAGE_SIZE];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  return ti_error_set(err, TINE_EINVAL, "%.80s:%u: %s", code->source, (unsigned)line, text);
}

void ti_typer_refuse(ti_typer *y, const char *format, ...) {
  char text[TINE_MESSAGE_SIZE];
  va_list args;
  if (y->status != TINE_OK)
    return;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  ti_typer_fail(y, ti_code_refuse(y->code, y->at, y->err, "%s", text));
}

/* Of a local variable, and the line that made it, or 0. */
static const char *steps_name(const ti_typer *y, int operand, uint32_t *line) {
  const ti_code *const code = y->code;
  *line = 0;
  return operand >= 0 && code->name_of != NULL ? code->name_of(code->env, (unsigned)operand, y->at, line) : NULL;
}

const char *ti_typer_name(const ti_typer *y, int operand, char *room) {
  uint32_t line;
  const char *const name = steps_name(y, operand, &line);
  room[0] = '\0';
  if (name != NULL)
    snprintf(room, TI_TYPER_NAME, " (local '%.60s')", name);
  return room;
}

const char *ti_typer_element(const ti_typer *y, int operand, char *room) {
  if (*ti_typer_name(y, operand, room) == '\0')
    snprintf(room, TI_TYPER_NAME, " (field '?')");
  return room;
}

bool ti_typer_room(ti_typer *y, void **list, size_t count, size_t *room, size_t size) {
  const size_t more = *room > 0 ? 2 * *room : 32;
  void *grown;
  if (count < *room)
    return true;
  grown = ti_alloc(more * size, _Alignof(max_align_t));
  if (grown == NULL) {
    ti_typer_fail(y, ti_error_nomem(y->err));
    return false;
  }
  if (*room > 0) {
    memcpy(grown, *list, count * size);
    ti_free(*list, *room * size, _Alignof(max_align_t));
  }
  *list = grown;
  *room = more;
  return true;
}

void ti_typer_free(void *list, size_t room, size_t size) {
  if (room > 0)
    ti_free(list, room * size, _Alignof(max_align_t));
}

/* ===== Steps and cells ===== */

void ti_typer_step(ti_typer *y, ti_typed_step step) {
  ti_typed *const t = y->t;
  void *list = t->steps;
  if (y->status != TINE_OK)
    return;
  if (t->step_count == TI_TYPED_STEPS) {
    ti_typer_refuse(y, "the function is too large: more than %d steps", TI_TYPED_STEPS);
    return;
  }
  if (!ti_typer_room(y, &list, t->step_count, &t->step_room, sizeof *t->steps))
    return;
  t->steps = list;
  step.at = y->at;
  step.code = y->unit;
  t->steps[t->step_count++] = step;
}

uint16_t ti_typer_scratch(ti_typer *y) {
  ti_assert(y->scratch < TI_TYPED_SCRATCH || y->status != TINE_OK);
  return (uint16_t)(TI_TYPED_REGISTERS + (y->scratch < TI_TYPED_SCRATCH ? y->scratch++ : 0));
}

/* A new cell for a constant. */
static uint16_t steps_constant_new(ti_typer *y, ti_cell cell) {
  ti_typed *const t = y->t;
  const size_t most = UINT16_MAX - ti_typed_constant_cell(t, 0);
  void *list = t->constants;
  if (y->status != TINE_OK)
    return 0;
  if (t->constant_count >= most) {
    ti_typer_refuse(y, "the function is too large: more than %zu constants", most);
    return 0;
  }
  if (!ti_typer_room(y, &list, t->constant_count, &t->constant_room, sizeof *t->constants))
    return 0;
  t->constants = list;
  t->constants[t->constant_count++] = cell;
  return (uint16_t)ti_typed_constant_cell(t, (unsigned)(t->constant_count - 1));
}

/* The cell of a number, of which the last few may be the same. */
static uint16_t steps_constant(ti_typer *y, ti_cell cell) {
  const ti_typed *const t = y->t;
  for (size_t k = t->constant_count; k > 0 && t->constant_count - k < 16; k--) {
    const unsigned have = ti_typed_constant_cell(t, (unsigned)(k - 1));
    if (have != t->truth[0] && have != t->truth[1] && memcmp(&t->constants[k - 1], &cell, sizeof cell) == 0)
      return (uint16_t)have;
  }
  return steps_constant_new(y, cell);
}

ti_typer_value ti_typer_i64(ti_typer *y, int64_t i) {
  return (ti_typer_value){TI_KIND_I64, 0, steps_constant(y, (ti_cell){.i = i}), false};
}

ti_typer_value ti_typer_f64(ti_typer *y, double f) {
  return (ti_typer_value){TI_KIND_F64, 0, steps_constant(y, (ti_cell){.f = f}), false};
}

ti_typer_value ti_typer_bool(ti_typer *y, bool b) {
  ti_cell cell = {.i = 0};
  cell.b = b;
  if (y->t->truth[b] == 0)
    y->t->truth[b] = steps_constant_new(y, cell);
  return (ti_typer_value){TI_KIND_BOOL, 0, y->t->truth[b], false};
}

static ti_typer_value steps_datum(ti_typer *y, const ti_datum *d) {
  switch (d->kind) {
    case TI_KIND_BOOL: return ti_typer_bool(y, d->as.b);
    case TI_KIND_I64: return ti_typer_i64(y, d->as.i);
    case TI_KIND_F64: return ti_typer_f64(y, d->as.f);
    case TI_KIND_REFUSED: ti_typer_refuse(y, "%s", d->as.why); break;
    default: break;
  }
  return (ti_typer_value){TI_KIND_NIL, 0, 0, false};
}

ti_typer_value ti_typer_look(ti_typer *y, int operand) {
  const int k = ti_constant_of(operand);
  ti_type type;
  if (k >= 0)
    return steps_datum(y, &y->code->constants[k]);
  ti_assert(y->base + (unsigned)operand < y->reached);
  type = y->state[y->base + (unsigned)operand];
  return (ti_typer_value){(ti_kind)(type & (TI_TYPE_MAYBE - 1)), type >> TI_TYPE_WHICH,
                          (uint16_t)(y->base + (unsigned)operand), (type & TI_TYPE_MAYBE) != 0};
}

ti_typer_value ti_typer_get(ti_typer *y, int operand) {
  const ti_typer_value v = ti_typer_look(y, operand);
  const char *name;
  uint32_t line;
  if (v.kind != TI_KIND_NIL && v.kind != TI_KIND_NONE)
    return v;
  name = steps_name(y, operand, &line);
  if (name == NULL)
    ti_typer_refuse(y, "uses nil where a number or a boolean is wanted");
  else if (line == 0)
    ti_typer_refuse(y, "'%.60s' has no value here on one path; give it one before", name);
  else
    ti_typer_refuse(y, "'%.60s' has no value here on one path; give it one at line %u", name, (unsigned)line);
  return v;
}

void ti_typer_set_type(ti_typer *y, int reg, ti_kind kind, unsigned which) {
  ti_assert(reg >= 0 && y->base + (unsigned)reg < y->reached && which <= UINT32_MAX >> TI_TYPE_WHICH);
  y->state[y->base + (unsigned)reg] = (ti_type)kind | (ti_type)which << TI_TYPE_WHICH;
}

void ti_typer_reach(ti_typer *y, unsigned cells) {
  if (cells > TI_TYPED_REGISTERS)
    ti_typer_refuse(y, "calls functions in functions that need more than %d registers", TI_TYPED_REGISTERS);
  else if (cells > y->reached)
    y->reached = cells;
}

ti_typer_value ti_typer_flag(ti_typer *y, const ti_typer_value *v) {
  ti_assert(v->maybe && v->cell < TI_TYPED_REGISTERS);
  y->flags = true;
  return (ti_typer_value){TI_KIND_BOOL, 0, (uint16_t)(TI_TYPED_REGISTERS + TI_TYPED_SCRATCH + v->cell), false};
}

/* Puts words where checks have theirs; gives from where on. */
static uint32_t steps_text(ti_typer *y, const char *words) {
  ti_typed *const t = y->t;
  const size_t from = t->text_count;
  for (const char *c = words; y->status == TINE_OK; c++) {
    void *list = t->text;
    if (!ti_typer_room(y, &list, t->text_count, &t->text_room, 1))
      break;
    t->text = list;
    t->text[t->text_count++] = *c;
    if (*c == '\0')
      break;
  }
  return (uint32_t)from;
}

void ti_typer_fail_unless(ti_typer *y, ti_typer_value condition, const char *words) {
  const uint32_t text = steps_text(y, words);
  ti_typer_step(y, (ti_typed_step){.what = TI_TYPED_CHECK, .args = {condition.cell}, .first = text});
}

void ti_typer_check(ti_typer *y, ti_typer_value *v, const char *format, ...) {
  char words[TINE_MESSAGE_SIZE];
  va_list args;
  if (!v->maybe || y->status != TINE_OK)
    return;
  va_start(args, format);
  vsnprintf(words, sizeof words, format, args);
  va_end(args);
  ti_typer_fail_unless(y, ti_typer_flag(y, v), words);
  v->maybe = false;
  y->state[v->cell] &= ~(ti_type)TI_TYPE_MAYBE;
}

void ti_typer_put(ti_typer *y, int reg, ti_typer_value v) {
  const bool held = v.kind == TI_KIND_BOOL || v.kind == TI_KIND_I64 || v.kind == TI_KIND_F64;
  const unsigned cell = y->base + (unsigned)reg;
  ti_typed *const t = y->t;
  ti_typed_step *const last = t->step_count > 0 ? &t->steps[t->step_count - 1] : NULL;
  ti_typer_set_type(y, reg, v.kind, v.which);
  if (v.maybe)
    y->state[cell] |= TI_TYPE_MAYBE;
  if (!held || v.cell == cell || y->status != TINE_OK)
    return;
  if (v.maybe)
    ti_typer_step(y, (ti_typed_step){.what = TI_TYPED_MOVE,
                                     .to = (uint16_t)(TI_TYPED_REGISTERS + TI_TYPED_SCRATCH + cell),
                                     .args = {ti_typer_flag(y, &v).cell}});
  /* What was just computed for it goes there at once. */
  if (last != NULL && v.cell >= TI_TYPED_REGISTERS && v.cell < TI_TYPED_REGISTERS + TI_TYPED_SCRATCH &&
      last->what == TI_TYPED_APPLY && last->to == v.cell && last->at == y->at)
    last->to = (uint16_t)cell;
  else
    ti_typer_step(y, (ti_typed_step){.what = TI_TYPED_MOVE, .to = (uint16_t)cell, .args = {v.cell}});
}

void ti_typer_value_add(ti_typer *y, ti_typed_value v) {
  ti_typed *const t = y->t;
  void *list = t->values;
  if (y->status != TINE_OK || !ti_typer_room(y, &list, t->value_count, &t->value_room, sizeof v))
    return;
  t->values = list;
  t->values[t->value_count++] = v;
}

static tine_dtype steps_dtype(ti_kind kind) {
  return kind == TI_KIND_BOOL ? TINE_BOOL : kind == TI_KIND_I64 ? TINE_I64 : TINE_F64;
}

static ti_kind steps_kind(tine_dtype dtype) {
  return dtype == TINE_BOOL ? TI_KIND_BOOL : dtype == TINE_I64 ? TI_KIND_I64 : TI_KIND_F64;
}

ti_typer_value ti_typer_apply_of(ti_typer *y, const ti_signature *signature, const ti_typer_value *v) {
  ti_typed_step step = {.what = TI_TYPED_APPLY, .count = (uint8_t)signature->inputs, .signature = signature};
  ti_assert(signature->inputs <= TI_TYPED_ARGS && signature->outputs == 1);
  for (unsigned a = 0; a < signature->inputs; a++)
    step.args[a] = v[a].cell;
  step.to = ti_typer_scratch(y);
  ti_typer_step(y, step);
  return (ti_typer_value){steps_kind(signature->out[0]), 0, step.to, false};
}

ti_typer_value ti_typer_apply(ti_typer *y, const char *kernel, unsigned count, const ti_typer_value *v) {
  const tine_kernel *const k = ti_builtin_find(kernel);
  ti_assert(k != NULL && count <= TI_TYPED_ARGS);
  for (size_t s = 0; s < k->count; s++) {
    const ti_signature *const have = &k->signatures[s];
    bool same = have->inputs == count;
    for (unsigned a = 0; a < count && same; a++)
      same = have->in[a] == steps_dtype(v[a].kind);
    if (same)
      return ti_typer_apply_of(y, have, v);
  }
  ti_assert(y->status != TINE_OK); /* of values that were refused, any types may be here */
  return (ti_typer_value){TI_KIND_I64, 0, 0, false};
}

/* ===== Ways ===== */

void ti_typer_branch(ti_typer *y, ti_typer_value condition, uint32_t yes, uint32_t no) {
  ti_assert(condition.kind == TI_KIND_BOOL || y->status != TINE_OK);
  ti_typer_step(y, (ti_typed_step){.what = TI_TYPED_BRANCH, .args = {condition.cell}, .ways = {yes, no}});
  y->ended = true;
}

void ti_typer_ways_here(ti_typer *y, size_t branch, uint32_t yes, uint32_t no) {
  ti_typed_step *const step = &y->t->steps[branch];
  ti_assert(step->what == TI_TYPED_BRANCH && y->status == TINE_OK);
  step->ways[0] = yes;
  step->ways[1] = no;
  step->count = TI_TYPER_HERE;
}
