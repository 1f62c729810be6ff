/*
** Expressions given up, with all that is kept of them; see expression.h.
*/
#include "expression.h"

#include "../base/memory.h"

void ti_expression_drop(ti_expression *e) {
  if (e == NULL)
    return;
  for (size_t i = 0; i < e->count; i++)
    if (e->nodes[i].kind == TI_NODE_CALL)
      tine_kernel_release(e->nodes[i].of.kernel);
  for (size_t i = 0; i < e->arrays; i++) {
    ti_string_free(e->array[i].name);
    tine_array_release(e->array[i].array);
  }
  for (ti_instance *i = ti_load_relaxed(&e->made), *next; i != NULL; i = next) { /* relaxed: nobody else has it */
    next = i->next;
    ti_instance_drop(i);
  }
  ti_free(e->nodes, e->room * sizeof *e->nodes, _Alignof(max_align_t));
  ti_free(e->array, e->array_room * sizeof *e->array, _Alignof(max_align_t));
  ti_string_free(e->text);
  ti_delete(ti_expression, e);
}

void ti_expression_sort_inputs(ti_expression *e) {
  unsigned order[TINE_MAX_ARGS];
  for (unsigned k = 0; k < e->inputs; k++) {
    order[k] = 0;
    for (unsigned i = 0; i < e->inputs; i++)
      order[k] += e->input[i] < e->input[k];
  }
  for (size_t i = 0; i < e->count; i++)
    if (e->nodes[i].kind == TI_NODE_INPUT)
      e->nodes[i].of.input = order[e->nodes[i].of.input];
  for (unsigned k = 0; k < e->inputs; k++) {
    unsigned least = k;
    for (unsigned i = k + 1; i < e->inputs; i++)
      least = e->input[i] < e->input[least] ? i : least;
    const unsigned input = e->input[least];
    e->input[least] = e->input[k];
    e->input[k] = input;
  }
}
