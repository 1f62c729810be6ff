/*
** Stages that are to be fused (fuse.h), told as a recipe (core/expression/recipe.h): a walk down from the top of a
** program to its leaves, which gives each column on the way a word.
*/
#ifndef TI_STAGE_FUSE_RECIPE_H
#define TI_STAGE_FUSE_RECIPE_H

#include "../expression/expression.h"
#include "fuse.h"

/* A column that has a word, in case it is met again: of a leaf, or of a stage in the program. */
typedef struct ti_fuse_word {
  const tine_pipeline *stage;
  unsigned column;
  int word;
} ti_fuse_word;

typedef struct ti_fuse_recipe {
  ti_recipe recipe;
  unsigned inputs, known, leaves;
  unsigned asked; /* leaves that are; behind them are stages seen through that give a ramp */
  const tine_pipeline *leaf[TI_PROGRAM_INPUTS];
  ti_fuse_word input[TI_PROGRAM_INPUTS]; /* in the order of the program's */
  ti_fuse_word made[TI_FUSE_OPERATIONS];
} ti_fuse_recipe;

/* 'below_cut': what is below a stage that cuts is a leaf, whatever it is. */
static inline bool ti_fuse_is_leaf(const tine_pipeline *p, bool below_cut) {
  return below_cut || !p->fusion.open;
}

/* What the kernel applied is, if it is an expression. */
static inline const ti_instance *ti_fuse_instance(const ti_apply *a) {
  return (const ti_instance *)(const void *)a->binding.signature; /* the instance begins with it */
}

/* Tells what the top p gives, and finds all leaves. Returns that word; -1: there are too many. */
int ti_fuse_tell(ti_fuse_recipe *m, const tine_pipeline *p);
/* Index of a leaf; a stage that is met twice is one. */
unsigned ti_fuse_leaf(ti_fuse_recipe *m, const tine_pipeline *p);

#endif
