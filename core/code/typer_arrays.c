/*
** Elements of captured arrays, as Lua reads them from a tine.Array: at an index that is an integer, or a float that is
** one, an element; anywhere else nil.
*/
#include "../data/array.h"
#include "typer.h"

static const ti_datum *arrays_datum(const ti_typer *y, unsigned which) {
  ti_assert(which < y->t->capture_count && y->captured[which].kind == TI_KIND_ARRAY);
  return &y->captured[which];
}

static bool arrays_are(ti_typer *y, int operand, ti_typer_value v, const char *what) {
  char name[TI_TYPER_NAME];
  if (y->status == TINE_OK && v.kind != TI_KIND_ARRAY)
    ti_typer_refuse(y, "attempt to %s a %s value%s", what, ti_typer_kind(v.kind), ti_typer_name(y, operand, name));
  return y->status == TINE_OK;
}

static ti_kind arrays_kind(tine_dtype dtype) {
  const tine_dtype element = ti_typed_element(dtype);
  return element == TINE_BOOL ? TI_KIND_BOOL : element == TINE_I64 ? TI_KIND_I64 : TI_KIND_F64;
}

void ti_typer_index(ti_typer *y, const ti_instruction *i) {
  const ti_typer_value a = ti_typer_get(y, i->b), index = ti_typer_look(y, i->c);
  ti_typed_step s = {.what = TI_TYPED_LOOKUP, .to = (uint16_t)(y->base + (unsigned)i->a), .args = {index.cell}};
  ti_typer_value element = {.cell = s.to, .maybe = true};
  if (!arrays_are(y, i->b, a, "index"))
    return;
  if (index.kind != TI_KIND_I64 && index.kind != TI_KIND_F64) {
    ti_typer_set_type(y, i->a, TI_KIND_NIL, 0);
    return;
  }
  /* An index that is nil is zero, where no element is. */
  element.kind = arrays_kind(arrays_datum(y, a.which)->as.array->dtype);
  s.args[1] = ti_typer_flag(y, &element).cell;
  s.count = index.kind == TI_KIND_I64 ? TINE_I64 : TINE_F64;
  s.first = a.which;
  ti_typer_step(y, s);
  ti_typer_put(y, i->a, element);
}

void ti_typer_length(ti_typer *y, const ti_instruction *i) {
  const ti_typer_value a = ti_typer_get(y, i->b);
  if (arrays_are(y, i->b, a, "get length of"))
    ti_typer_put(y, i->a,
                 (ti_typer_value){.kind = TI_KIND_I64, .cell = (uint16_t)ti_typed_capture_cell(y->t, a.which)});
}

bool ti_typer_split(ti_typer *y, int operand) {
  const ti_typer_value v = ti_typer_look(y, operand);
  uint32_t there, not_there;
  if (!v.maybe)
    return false;
  y->state[v.cell] &= ~(ti_type)TI_TYPE_MAYBE;
  there = ti_typer_way(y, y->at);
  y->state[v.cell] = TI_KIND_NIL;
  not_there = ti_typer_way(y, y->at);
  ti_typer_branch(y, ti_typer_flag(y, &v), there, not_there);
  return true;
}
