/*
** Reducing: every column of a pipeline folded to one accumulator, along the fixed grid of cells and the fixed tree over
** them (../fold/README.md, "The grid"). The order of the arithmetic is that of the grid; which thread does what
** when is up to the loop.
*/
#ifndef TI_TERMINAL_REDUCTION_H
#define TI_TERMINAL_REDUCTION_H

#include "../fold/tree.h"
#include "../stage/direct.h"

typedef struct ti_reduction {
  const char *name; /* of the kernel, for failures in a fold */
  const ti_fold *folds[TINE_MAX_COLUMNS];
  const void *envs[TINE_MAX_COLUMNS];
  tine_kernel_fn *convert[TINE_MAX_COLUMNS]; /* to the type the fold works in; NULL: it has it */
  /* If not NULL: folds all columns of a cell, block->in, at once into ti_tree_next(tree), with their number, where
     'env' is envs[0]; folds[] then only combine. Fails as a kernel function does; 'block' has room for a message. */
  int (*cell)(const void *env, const ti_tree *tree, tine_block *block);
  const tine_pipeline *below; /* not NULL: the one column is what 'direct' gives of this, or keeps of its one column, */
  ti_direct direct;           /* and is to be summed: nothing need be stored */
  const struct ti_fused *fused; /* not NULL: the one column is this program's, and is to be summed */
  const tine_pipeline *kept;    /* not NULL: what is kept of this is folded by bits, and need not be put side by side */
  bool sums; /* the one column is f64, or f32 and indexed, and is to be summed: in place, if it lies in memory */
} ti_reduction;

/* Folds all of p, which has no error. out gets one accumulator per column, with n 0 if there were no items. */
tine_status ti_reduce(tine_pipeline *p, const ti_reduction *r, ti_acc *out, tine_error *err);

#endif
