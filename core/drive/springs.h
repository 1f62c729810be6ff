/*
** Inside of flows: how the blocks of one segment of a pipeline reach the next one, and what is done where a pipeline
** stands on a spring. README.md, "Flows".
*/
#ifndef TI_DRIVE_SPRINGS_H
#define TI_DRIVE_SPRINGS_H

#include "../consume/spring_stage.h"
#include "flow.h"

/* Where the blocks of a segment go: they are evaluated up to the stage 'upto'; then into the spring that the next one
   stands on, or the sink if there is none. Lives in the frame that drives it. */
typedef struct ti_outlet ti_outlet;
struct ti_outlet {
  const tine_pipeline *upto;
  const ti_outlet *next;
  const ti_sink *sink; /* in the end; the same for all of them */
};

/* ----- A kind of spring ----- */

typedef struct ti_spring {
  bool single;  /* has positions of its own, each of which gives one item at most: cells can be made of those */
  bool expands; /* its positions are its base's */
  bool emits;   /* a block of its items is made in the space */
  /* Makes all items that it gives flow into 'part' by way of 'out', whose segment stands on it; as
     ti_flow_drive_into. */
  void (*drive)(ti_flow *f, tine_ctx *ctx, const ti_outlet *out, void *part, uint64_t origin);
  /* Takes a block of the segment below, which ends in below->upto, and hands on what becomes of it. False at an end or
     failure, noted in the space. NULL where blocks do not come from below. */
  bool (*hand)(ti_flow *f, ti_space *space, const ti_outlet *below, void *part, const ti_items *items);
  /* Raises what each level has room for to what is needed below it; NULL: nothing, or what is below is made by runs of
     its own. */
  void (*plan)(ti_flow *f, const tine_pipeline *spring);
  /* What a reduction must have room for (reduction.c): how many leaves a tree has at most, and how many trees there are
     at a time. NULL: the one tree over all positions. */
  void (*trees)(const tine_pipeline *spring, ti_trees *room);
} ti_spring;

/* springs.c: a row each, and for what stands on positions. */
extern const ti_spring *const ti_springs[TI_SPRING_KINDS];
extern const ti_spring ti_spring_expand; /* expand.c */
extern const ti_spring ti_spring_sides;  /* sides.c */
extern const ti_spring ti_spring_pieces; /* pieces.c */

/* What p stands on. */
static inline const ti_spring *ti_spring_of(const tine_pipeline *p) {
  return ti_springs[p->spring != NULL ? p->spring->type->spring : TI_SPRING_NONE];
}

/* ----- Handing on ----- */

/* Makes all items of p flow to 'next' and from there into 'part', which is empty. An item is reported as 'origin' more
   than its position. */
void ti_flow_drive_into(ti_flow *f, tine_ctx *ctx, const tine_pipeline *p, const ti_outlet *next, void *part,
                        uint64_t origin);
/* Makes the segment's positions, or those that are let through by the gate it stands on, flow; as above. */
void ti_flow_loop(ti_flow *f, tine_ctx *ctx, const ti_outlet *out, void *part, uint64_t origin);
/* Evaluates the segment over positions [from->lo, from->lo + from->n), or over items of the spring it stands on, which
   are shown already; hands on what comes out. False at an end or failure, noted in the space. */
bool ti_flow_pass(ti_flow *f, ti_space *space, const ti_outlet *outlet, void *part, const ti_items *from);
/* Hands a block of the spring below 'outlet' on. False at an end or failure, noted in the space. */
bool ti_flow_up(ti_flow *f, ti_space *space, const ti_outlet *outlet, void *part, const ti_items *items);

/* ----- Ends and joins ----- */

/* Notes an end or failure; the end of a sink that takes any is one for all loops. */
void ti_flow_fail(ti_flow *f, const ti_eval *eval, uint64_t position, uint64_t item);
/* Flushes a sink although the flow has come to the end noted in the space. */
void ti_flow_flush(const ti_sink *sink, ti_space *space, void *part);
/* After a join: puts 'right', whose positions begin at 'begin', behind 'part' unless it lies behind an end; drops
   it. */
void ti_flow_join(ti_flow *f, const ti_sink *sink, ti_space *space, void *part, void *right, uint64_t begin,
                  uint64_t origin, bool merge);
void ti_flow_nomem(ti_flow *f, uint64_t position);

/* ----- Levels (flow_plan.c) ----- */

/* Finds what each level of p must have room for, and where; returns how many bytes that is in all. */
size_t ti_flow_plan(ti_flow *f, const tine_pipeline *p);
/* Adds what p and all below it need: for ti_spring.plan. */
void ti_flow_plan_add(ti_flow *f, const tine_pipeline *p);
/* Raises the need of a level to that much scratch. */
void ti_flow_plan_scratch(ti_flow *f, unsigned level, size_t bytes);
/* Where column c of the block that a spring emits begins. */
char *ti_emit_column(const tine_pipeline *spring, char *block, unsigned c);

#endif
