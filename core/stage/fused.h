/*
** A program of stages as it is kept, and run over blocks; fuse.h. What it reads are columns of its leaves. A leaf that
** only points at items is not asked for them; nor is one that is a *ramp*, numbers at equal distances (range, the
** positions of enumerate): the program makes those itself, from where a block begins.
*/
#ifndef TI_STAGE_FUSED_H
#define TI_STAGE_FUSED_H

#include "fuse.h"

/* Where an input of the program comes from. */
typedef struct ti_fused_input {
  unsigned leaf, column;
  bool ramp;
  const char *at; /* item 0 of what a leaf only points at */
  ptrdiff_t stride;
} ti_fused_input;

struct ti_fused {
  ti_program *program;
  unsigned leaves;            /* that are asked */
  unsigned known;             /* and with stages that are seen through for a ramp, which stand behind them */
  unsigned silent;            /* bit i: leaf i need not be, it is but a ramp */
  bool view;                  /* all others only point: none need be asked */
  const tine_pipeline **leaf; /* held by the stage the program belongs to; these stand behind the inputs */
  ti_fused_input input[];
};

/* In the place of a program: none can be made, so that it is tried once; or a short run has been here, and for one more
   it is worth it. A sum asks twice a run, so its mark is another. */
enum { TI_FUSED_UNFIT, TI_FUSED_RUN, TI_FUSED_SUMMED, TI_FUSED_MARKS };
void *ti_fused_mark(unsigned which);
bool ti_fused_is_mark(const void *f);

/* What was made for p; NULL: nothing, or it cannot be made. */
const ti_fused *ti_fused_of(const tine_pipeline *p);
/* The program, which becomes the result's, with room for its inputs, and those leaves; NULL: there is no memory. */
ti_fused *ti_fused_new(ti_program *program, const tine_pipeline *const *leaf, unsigned leaves);
void ti_fused_drop(ti_fused *f);
/* Notes, of a program whose leaves and inputs are known, where these come from. */
void ti_fused_begin(ti_fused *f);

#endif
