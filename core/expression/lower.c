/*
** Instances made programs (core/kernel/program.h): their operations over values in registers, in place of a strip in
** memory for each. Not where a failure may not count, since a program could not say whether one has.
*/
#include "expression.h"

size_t ti_instance_lowers(const ti_instance *o) {
  for (size_t i = 0; i < o->operations; i++)
    if (o->operation[i].kernel == NULL || !ti_program_takes(o->operation[i].kernel, o->operation[i].signature))
      return 0;
  return o->guards == 0 && o->slots <= TI_RECIPE_WORDS ? o->operations : 0;
}

int ti_instance_word(const ti_instance *o, ti_recipe *r, const int *inputs) {
  int slot[TI_RECIPE_WORDS], args[TI_PROGRAM_ARGS], word = -1;
  ti_assert(ti_instance_lowers(o) > 0);
  for (size_t i = 0; i < o->operations; i++) {
    const ti_step *const step = &o->operation[i];
    for (unsigned k = 0; k < step->count; k++) {
      const ti_operand *const v = &o->operand[step->first + k];
      args[k] = v->where == TI_AT_INPUT  ? inputs[v->index]
                : v->where == TI_AT_SLOT ? slot[v->index]
                                         : ti_recipe_constant(r, v->dtype, o->constant[v->index]);
      args[k] = ti_recipe_promote(r, args[k], step->signature->in[k]);
    }
    word = ti_recipe_apply(r, step->signature, args);
    if (word < 0)
      return -1;
    slot[step->slot] = word;
  }
  return word;
}

/* One operation is done best by its loop. Without memory, too, all is done by loops. */
void ti_instance_lower(ti_instance *o) {
  int inputs[TINE_MAX_ARGS], word;
  ti_recipe r;
  bool never;
  if (ti_instance_lowers(o) < 2)
    return;
  ti_recipe_begin(&r);
  for (unsigned k = 0; k < o->signature.inputs; k++)
    inputs[k] = ti_recipe_input(&r, o->signature.in[k]);
  word = ti_instance_word(o, &r, inputs);
  if (word >= 0)
    o->program = ti_recipe_program(&r, word, TI_PROGRAM_VALUES, &never);
}
