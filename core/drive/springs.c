/*
** Springs: which rows there are, and those of them that need no file of their own. A new kind of spring is a name in
** ti_spring_kind (../stage/stage.h), a row here, and the file that says how its items are made.
*/
#include "springs.h"

/* Positions, and ranks behind a gate: a loop over them, which asks a feed for the latter (flow_loop.c, feed.c). */
static const ti_spring spring_positions = {.single = true, .drive = ti_flow_loop};

const ti_spring *const ti_springs[TI_SPRING_KINDS] = {
    [TI_SPRING_NONE] = &spring_positions, [TI_SPRING_EXPAND] = &ti_spring_expand, [TI_SPRING_SIDES] = &ti_spring_sides,
    [TI_SPRING_GATE] = &spring_positions, [TI_SPRING_PIECES] = &ti_spring_pieces,
};

bool ti_flow_single(const tine_pipeline *p) {
  return ti_spring_of(p)->single;
}

const tine_pipeline *ti_flow_base(const tine_pipeline *p) {
  while (ti_spring_of(p)->expands)
    p = p->spring->base[0];
  return p;
}

bool ti_flow_reverses(const tine_pipeline *p) {
  if (p->level > 0)
    return false;
  for (int larger; p != NULL && p->kind != TINE_INDEXED; p = p->base[larger]) {
    larger = ti_stage_larger(p);
    if (p->type->ends || (p->base[1] != NULL && !ti_flow_reverses(p->base[1 - larger])))
      return false;
  }
  return true;
}

void ti_flow_trees(const tine_pipeline *p, ti_trees *room) {
  if (ti_spring_of(p)->trees != NULL)
    ti_spring_of(p)->trees(p->spring, room);
  else
    *room = (ti_trees){p->span, 1, true};
}
