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
  int node;
  bool ramp;
  const char *at; /* item 0 of what a leaf only points at */
  ptrdiff_t stride;
} ti_fused_input;

struct ti_fused {
  ti_program *program;
  unsigned leaves;                              /* that are asked; ramps of stages that are seen through follow */
  unsigned silent;                              /* bit i: leaf i need not be, it is but a ramp */
  bool view;                                    /* all others only point: none need be asked */
  const tine_pipeline *leaf[TI_PROGRAM_INPUTS]; /* held by the stage the program belongs to */
  ti_fused_input input[TI_PROGRAM_INPUTS];
};

/* What was made for p; NULL: nothing, or it cannot be made. */
const ti_fused *ti_fused_of(const tine_pipeline *p);
/* Notes, of a program whose leaves and inputs are known, where these come from. */
void ti_fused_begin(ti_fused *f);

#endif
