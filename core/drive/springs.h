/*
** Inside of flows: how the blocks of one segment of a pipeline reach the next one, and what is done where a pipeline
** stands on a spring. README.md, "Flows".
*/
#ifndef TI_DRIVE_SPRINGS_H
#define TI_DRIVE_SPRINGS_H

#include "../consume/spring_stage.h"
#include "flow.h"

/* A segment, and where its blocks go: evaluated up to the stage 'upto', they go into the spring that the next segment
   stands on, or into the sink if there is none. Lives in the frame of the function that drives it. */
typedef struct ti_outlet ti_outlet;
struct ti_outlet {
  const tine_pipeline *upto;
  const ti_outlet *next;
  const ti_sink *sink; /* the same for all outlets of a flow */
};

/* ----- A kind of spring ----- */

typedef struct ti_spring {
  bool single;  /* has positions of its own, each of which gives one item at most: cells can be made of those */
  bool expands; /* its positions are its base's */
  bool emits;   /* its blocks are made in the space: ti_level.emit */
  /* Makes all items that it gives flow into 'part' by way of 'out', whose segment stands on it; as
     ti_flow_drive_into. */
  void (*drive)(ti_flow *f, tine_ctx *ctx, const ti_outlet *out, void *part, uint64_t origin);
  /* Takes a block of the segment below, which ends in below->upto, and hands on what becomes of it. False at an end or
     failure, noted in the space. NULL where blocks do not come from below. */
  bool (*hand)(ti_flow *f, ti_space *space, const ti_outlet *below, void *part, const ti_items *items);
  /* Adds what the stages below it need to their levels (ti_flow_plan_add). NULL: nothing is below, or runs of its own
     make that. */
  void (*plan)(ti_flow *f, const tine_pipeline *spring);
  /* What a reduction must have room for (reduction.c): how many leaves a tree has at most, and how many trees there are
     at a time. NULL: the one tree over all positions. */
  void (*trees)(const tine_pipeline *spring, ti_trees *room);
} ti_spring;

/* springs.c: a row for each kind of spring, and one for what stands on positions. */
extern const ti_spring *const ti_springs[TI_SPRING_KINDS];
extern const ti_spring ti_spring_expand; /* expand.c */
extern const ti_spring ti_spring_sides;  /* sides.c */
extern const ti_spring ti_spring_pieces; /* pieces.c */

/* What p stands on. */
static inline const ti_spring *ti_spring_of(const tine_pipeline *p) {
  return ti_springs[p->spring != NULL ? p->spring->type->spring : TI_SPRING_NONE];
}

/* ----- Handing on ----- */

/* Makes all items of p flow to 'next' and from there into 'part', which is empty. What is reported of an item is its
   position plus 'origin'. */
void ti_flow_drive_into(ti_flow *f, tine_ctx *ctx, const tine_pipeline *p, const ti_outlet *next, void *part,
                        uint64_t origin);
/* Makes the items of a segment's positions flow, or those that the gate it stands on lets through; as above. */
void ti_flow_loop(ti_flow *f, tine_ctx *ctx, const ti_outlet *out, void *part, uint64_t origin);
/* Evaluates the segment over positions [from->lo, from->lo + from->n), or over that many items of the spring it stands
   on, which space->current shows already; hands on what comes out. False at an end or failure, noted in the space. */
bool ti_flow_pass(ti_flow *f, ti_space *space, const ti_outlet *outlet, void *part, const ti_items *from);
/* Shows the segment of 'outlet' a block of the spring it stands on, and evaluates it: as ti_flow_pass. */
bool ti_flow_up(ti_flow *f, ti_space *space, const ti_outlet *outlet, void *part, const ti_items *items);

/* ----- Ends and joins ----- */

/* Notes an end or failure. If the sink takes any item, an end stops all loops. */
void ti_flow_fail(ti_flow *f, const ti_eval *eval, uint64_t position, uint64_t item);
/* Flushes a sink although the flow has come to the end noted in the space. */
void ti_flow_flush(const ti_sink *sink, ti_space *space, void *part);
/* After a join: puts 'right', whose positions begin at 'begin', after 'part', unless an end or failure lies before
   'begin'; drops it in either case. 'merge': by the sink's merge, not append. */
void ti_flow_join(ti_flow *f, const ti_sink *sink, ti_space *space, void *part, void *right, uint64_t begin,
                  uint64_t origin, bool merge);
void ti_flow_nomem(ti_flow *f, uint64_t position);

/* ----- Levels (flow_plan.c) ----- */

/* Finds what each level of p must have room for, and where; returns how many bytes that is in all. */
size_t ti_flow_plan(ti_flow *f, const tine_pipeline *p);
/* Adds what p and all below it need: for ti_spring.plan. */
void ti_flow_plan_add(ti_flow *f, const tine_pipeline *p);
/* Makes sure that a level gets 'bytes' of scratch at least. */
void ti_flow_plan_scratch(ti_flow *f, unsigned level, size_t bytes);
/* Where column c of the block that a spring emits begins. */
char *ti_emit_column(const tine_pipeline *spring, char *block, unsigned c);

#endif
