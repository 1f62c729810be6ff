/*
** Instances made programs (core/kernel/program.h): their operations over values in registers, in place of a strip in
** memory for each. Not where a failure may not count, since a program could not say whether one has.
*/
#include <string.h>

#include "../base/memory.h"
#include "../kernel/simd.h"
#include "expression.h"

size_t ti_instance_lowers(const ti_instance *o) {
  for (size_t i = 0; i < o->operations; i++)
    if (o->operation[i].kernel == NULL || !ti_program_takes(o->operation[i].kernel, o->operation[i].signature))
      return 0;
  return o->guards == 0 && o->slots <= TI_PROGRAM_NODES ? o->operations : 0;
}

int ti_instance_node(const ti_instance *o, ti_program_maker *m, const int *inputs) {
  int slot[TI_PROGRAM_NODES], args[TI_PROGRAM_ARGS], node = -1;
  ti_assert(ti_instance_lowers(o) > 0);
  for (size_t i = 0; i < o->operations; i++) {
    const ti_step *const step = &o->operation[i];
    for (unsigned k = 0; k < step->count; k++) {
      const ti_operand *const v = &o->operand[step->first + k];
      args[k] = v->where == TI_AT_INPUT  ? inputs[v->index]
                : v->where == TI_AT_SLOT ? slot[v->index]
                                         : ti_program_constant(m, v->dtype, o->constant[v->index]);
      args[k] = ti_program_promote(m, args[k], step->signature->in[k]);
    }
    node = ti_program_apply(m, step->signature, args);
    if (node < 0)
      return -1;
    slot[step->slot] = node;
  }
  return node;
}

static bool lower(const ti_instance *o, ti_program_maker *m) {
  int inputs[TINE_MAX_ARGS], node;
  if (!ti_program_begin(m, ti_simd_best()))
    return false;
  for (unsigned k = 0; k < o->signature.inputs; k++)
    inputs[k] = ti_program_input(m, o->signature.in[k]);
  node = ti_instance_node(o, m, inputs);
  return node >= 0 && ti_program_finish(m, node, TI_PROGRAM_VALUES);
}

/* One operation is done best by its loop. Without memory, too, all is done by loops. */
void ti_instance_lower(ti_instance *o) {
  ti_program_maker *m = NULL;
  if (ti_instance_lowers(o) > 1)
    m = ti_alloc(sizeof *m, _Alignof(ti_program_maker)); /* large, and begun anew */
  if (m == NULL)
    return;
  if (lower(o, m))
    o->program = ti_program_keep(m);
  ti_delete(ti_program_maker, m);
}
