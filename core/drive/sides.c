/*
** The spring of a chain whose sides have no positions in common: one side is driven, then the other, into the same
** outlet. Each is shared by itself, and has positions of its own.
*/
#include "springs.h"

#include "../base/error.h"

static bool tree_has(const tine_pipeline *p, const tine_pipeline *stage) {
  for (; p != NULL; p = p->base[ti_stage_larger(p)])
    if (p == stage || tree_has(p->base[1 - ti_stage_larger(p)], stage))
      return true;
  return false;
}

/* An end that a stage of this side noted is the end of the side alone: what is chained after it is wanted. All that
   the side gave has been joined, so nobody else is at work. */
static void sides_go_on(ti_run *run, const tine_pipeline *side) {
  if (run->failure.code != TI_END || !tree_has(side, run->failure.stage))
    return;
  run->failure.code = 0;
  ti_store_relaxed(&run->stop, UINT64_MAX); /* relaxed: a hint to loops, and none is at work */
}

/* Positions of the sides cannot be confused: where the near side ended or failed the far one is not begun. */
static void sides_drive(ti_flow *f, tine_ctx *ctx, const ti_outlet *out, void *part, uint64_t origin) {
  _Alignas(max_align_t) char right[TI_PART_BYTES];
  const tine_pipeline *chain = out->upto->spring, *near = chain->base[0];
  ti_space *space = ti_run_space(&f->run, ctx);
  const uint64_t behind = near->span > (uint64_t)INT64_MAX - origin ? (uint64_t)INT64_MAX : origin + near->span;
  if (f->run.cancel != NULL) /* there may be a hundred thousand, of nothing */
    ti_run_look(&f->run, ctx, space);
  ti_flow_drive_into(f, ctx, near, out, part, origin);
  sides_go_on(&f->run, near);
  if (f->run.failure.code != 0)
    return;
  if (!out->sink->begin(out->sink, right, space)) {
    ti_flow_nomem(f, 0);
    return;
  }
  ti_flow_drive_into(f, ctx, chain->base[1], out, right, behind);
  ti_flow_join(f, out->sink, space, part, right, 0, behind, true);
}

static bool sides_hand(ti_flow *f, ti_space *space, const ti_outlet *below, void *part, const ti_items *items) {
  return ti_flow_up(f, space, below->next, part, items);
}

static void sides_plan(ti_flow *f, const tine_pipeline *chain) {
  ti_flow_plan_add(f, chain->base[0]);
  ti_flow_plan_add(f, chain->base[1]);
}

/* In a tree the sides are but two nodes that meet; the right one has a tree of its own meanwhile. */
static void sides_trees(const tine_pipeline *chain, ti_trees *room) {
  ti_trees far;
  ti_flow_trees(chain->base[0], room);
  ti_flow_trees(chain->base[1], &far);
  room->leaves = far.leaves > room->leaves ? far.leaves : room->leaves;
  room->lists = far.lists + 1 > room->lists ? far.lists + 1 : room->lists;
  room->single = false;
}

const ti_spring ti_spring_sides = {.drive = sides_drive, .hand = sides_hand, .plan = sides_plan, .trees = sides_trees};
