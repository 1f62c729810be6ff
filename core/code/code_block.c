/*
** Typed code over a block, by its strips, and the rooms that these work in.
*/
#include "../base/error.h"
#include "../base/over.h"
#include "closure.h"

static bool code_block_over(void *env) {
  (void)env;
  return ti_over_here();
}

/* A room that nobody works in; NULL: there is no memory for one. */
static void *code_block_take(ti_closure_version *v) {
  for (unsigned k = 0; k < TI_CLOSURE_SPARE; k++)
    if (ti_load_relaxed(&v->spare[k]) != NULL) { /* relaxed: a hint */
      void *const room = ti_swap_acqrel(&v->spare[k], NULL);
      if (room != NULL)
        return room;
    }
  return ti_alloc(v->scratch, TI_STRIPS_ALIGN);
}

static void code_block_give(ti_closure_version *v, void *room) {
  for (unsigned k = 0; k < TI_CLOSURE_SPARE; k++) {
    void *none = NULL;
    if (ti_load_relaxed(&v->spare[k]) == NULL && ti_cas_acqrel(&v->spare[k], &none, room)) /* relaxed: a hint */
      return;
  }
  ti_free(room, v->scratch, TI_STRIPS_ALIGN);
}

int ti_code_block(ti_closure_version *v, const ti_datum *captured, tine_block *block) {
  const ti_code_ask ask = {code_block_over, NULL};
  void *const room = v->scratch > 0 ? code_block_take(v) : NULL;
  const int code = ti_strips_run(v->strips, room, captured, &ask, block);
  if (room != NULL)
    code_block_give(v, room);
  return code;
}
