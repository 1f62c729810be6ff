/*
** Inside of flows: how the blocks of one segment of a pipeline reach the next one.
*/
#ifndef TI_DRIVE_OUTLET_H
#define TI_DRIVE_OUTLET_H

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
/* Notes an end or failure; the end of a sink that takes any is one for all loops. */
void ti_flow_fail(ti_flow *f, const ti_eval *eval, uint64_t position, uint64_t item);
/* Flushes a sink although the flow has come to the end noted in the space. */
void ti_flow_flush(const ti_sink *sink, ti_space *space, void *part);
/* After a join: puts 'right', whose positions begin at 'begin', behind 'part' unless it lies behind an end; drops
   it. */
void ti_flow_join(ti_flow *f, const ti_sink *sink, ti_space *space, void *part, void *right, uint64_t begin,
                  uint64_t origin, bool merge);
void ti_flow_nomem(ti_flow *f, uint64_t position);
/* The sum of two numbers of positions, or as many as need be told apart. */
uint64_t ti_flow_sum(uint64_t a, uint64_t b);

/* flow_plan.c: finds what each level of p must have room for, and where; returns how many bytes that is in all. */
size_t ti_flow_plan(ti_flow *f, const tine_pipeline *p);
/* Where column c of the block that a spring emits begins. */
char *ti_emit_column(const tine_pipeline *spring, char *block, unsigned c);

/* expand.c: runs the kernel of the flat_map above 'below' over items of it, and hands on what it gives. */
bool ti_expand(ti_flow *f, ti_space *space, const ti_outlet *below, void *part, const ti_items *items);

/* pieces.c: a source that splits itself. Its pieces take this many positions, whatever they hold. */
#define TI_PIECES_POSITIONS (UINT64_C(1) << TINE_MAX_SPLITS)
void ti_pieces_drive(ti_flow *f, tine_ctx *ctx, const ti_split *source, const ti_outlet *outlet, void *part,
                     uint64_t origin);

#endif
